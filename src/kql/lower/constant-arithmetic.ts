/** Arithmetic of constants: numbers, durations and instants. */
import { datetime, long, real, timespan } from '../../ir/build.ts';
import type { Scalar, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';

export type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';

/** The result of two constants; `undefined` where there is none, or where it depends on the engine. */
export function foldArithmetic(fn: Arithmetic, left: Value, right: Value, span: Span): Scalar | undefined {
  if (left.type === 'long' && right.type === 'long') return foldLongs(fn, left.value, right.value, span);
  if (left.type === 'datetime' && right.type === 'timespan') {
    if (fn === 'add') return datetime(left.value + right.value, span);
    return fn === 'subtract' ? datetime(left.value - right.value, span) : undefined;
  }
  if (left.type === 'timespan' && right.type === 'datetime') {
    return fn === 'add' ? datetime(left.value + right.value, span) : undefined;
  }
  if (left.type === 'datetime' && right.type === 'datetime') {
    return fn === 'subtract' ? timespan(left.value - right.value, span) : undefined;
  }
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) return undefined;
  if (left.type === 'timespan' && right.type === 'timespan') {
    if (fn === 'add') return timespan(a + b, span);
    if (fn === 'subtract') return timespan(a - b, span);
    return fn === 'divide' && b !== 0 ? real(a / b, span) : undefined;
  }
  if (left.type === 'timespan' || right.type === 'timespan') {
    if (fn === 'multiply') return timespan(a * b, span);
    return fn === 'divide' && left.type === 'timespan' && b !== 0 ? timespan(a / b, span) : undefined;
  }
  switch (fn) {
    case 'add':
      return real(a + b, span);
    case 'subtract':
      return real(a - b, span);
    case 'multiply':
      return real(a * b, span);
    case 'divide':
      return b === 0 ? undefined : real(a / b, span);
    case 'modulo':
      return undefined;
  }
}

const LONG_LIMIT = 2n ** 63n;

function foldLongs(fn: Arithmetic, left: bigint, right: bigint, span: Span): Scalar | undefined {
  const result = longResult(fn, left, right);
  // What does not fit wraps around in KQL: left to the engine.
  return result === undefined || result >= LONG_LIMIT || result < -LONG_LIMIT ? undefined : long(result, span);
}

function longResult(fn: Arithmetic, left: bigint, right: bigint): bigint | undefined {
  switch (fn) {
    case 'add':
      return left + right;
    case 'subtract':
      return left - right;
    case 'multiply':
      return left * right;
    case 'divide':
      return right === 0n ? undefined : left / right;
    case 'modulo': {
      if (right === 0n) return undefined;
      const size = right < 0n ? -right : right;
      return ((left % size) + size) % size;
    }
  }
}

function numberOf(value: Value): number | undefined {
  switch (value.type) {
    case 'long':
      return Number(value.value);
    case 'real':
    case 'timespan':
      return value.value;
    case 'decimal':
    case 'string':
    case 'bool':
    case 'datetime':
    case 'guid':
    case 'dynamic':
    case 'null':
      return undefined;
  }
}
