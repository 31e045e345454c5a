/** Numbers, and the arithmetic of instants and durations. */
import type { ScalarType, Value } from '../../ir/types.ts';
import { KQL_EPOCH } from '../instants.ts';
import {
  datetimeValue,
  isNull,
  isNumeric,
  longValue,
  nullOfType,
  orderOf,
  plain,
  realValue,
  timespanValue,
  toLong,
  toNumber,
} from '../value.ts';
import { argument, integerArgument } from './family.ts';
import type { Family, FunctionBody } from './family.ts';

type Operation = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';

const binary =
  (operation: Operation): FunctionBody =>
  (args, { type }) =>
    calculate(operation, numeric(argument(args, 0)), numeric(argument(args, 1)), type);

/** Texts in structures and bools count as the numbers they are. */
function numeric(value: Value): Value {
  const of = plain(value);
  if (of.type !== 'string' && of.type !== 'bool') return of;
  const exact = toLong(of);
  if (!isNull(exact)) return exact;
  const number = toNumber(of);
  return number === undefined ? nullOfType('real') : realValue(number);
}

function calculate(operation: Operation, left: Value, right: Value, type: ScalarType): Value {
  if (left.type === 'long' && right.type === 'long') return integers(operation, left.value, right.value);
  if (isNumeric(left) && isNumeric(right)) {
    const kind = left.type === 'decimal' || right.type === 'decimal' ? 'decimal' : 'real';
    return { type: kind, value: numbers(operation, Number(left.value), Number(right.value)) };
  }
  return times(operation, left, right) ?? nullOfType(type);
}

function integers(operation: Operation, left: bigint, right: bigint): Value {
  switch (operation) {
    case 'add':
      return longValue(left + right);
    case 'subtract':
      return longValue(left - right);
    case 'multiply':
      return longValue(left * right);
    case 'divide':
      return right === 0n ? nullOfType('long') : longValue(left / right);
    case 'modulo': {
      if (right === 0n) return nullOfType('long');
      const size = right < 0n ? -right : right;
      return longValue(((left % size) + size) % size);
    }
  }
}

function numbers(operation: Operation, left: number, right: number): number {
  switch (operation) {
    case 'add':
      return left + right;
    case 'subtract':
      return left - right;
    case 'multiply':
      return left * right;
    case 'divide':
      return left / right;
    case 'modulo': {
      const size = Math.abs(right);
      return ((left % size) + size) % size;
    }
  }
}

/** Arithmetic with instants and durations; `undefined` where there is none. */
function times(operation: Operation, left: Value, right: Value): Value | undefined {
  const [a, b] = [left, right];
  if (a.type === 'datetime' && b.type === 'datetime') {
    return operation === 'subtract' ? timespanValue(a.value - b.value) : undefined;
  }
  if (a.type === 'datetime' && b.type === 'timespan') {
    if (operation === 'add') return datetimeValue(a.value + b.value);
    return operation === 'subtract' ? datetimeValue(a.value - b.value) : undefined;
  }
  if (a.type === 'timespan' && b.type === 'datetime')
    return operation === 'add' ? datetimeValue(a.value + b.value) : undefined;
  if (a.type === 'timespan' && b.type === 'timespan') {
    if (operation === 'multiply') return undefined;
    const result = numbers(operation, a.value, b.value);
    return operation === 'divide' ? realValue(result) : timespanValue(result);
  }
  if (a.type === 'timespan' && isNumeric(b)) {
    if (operation !== 'multiply' && operation !== 'divide') return undefined;
    return timespanValue(numbers(operation, a.value, Number(b.value)));
  }
  if (isNumeric(a) && b.type === 'timespan') {
    return operation === 'multiply' ? timespanValue(Number(a.value) * b.value) : undefined;
  }
  return undefined;
}

const mathematical =
  (body: (value: number) => number): FunctionBody =>
  (args) => {
    const value = toNumber(argument(args, 0));
    return value === undefined ? nullOfType('real') : realValue(body(value));
  };

/** A function that leaves the kind of number as it is. */
const alike =
  (ofLong: (value: bigint) => bigint, ofReal: (value: number) => number): FunctionBody =>
  (args, { type }) => {
    const of = numeric(argument(args, 0));
    if (of.type === 'long') return longValue(ofLong(of.value));
    if (of.type === 'real' || of.type === 'decimal') return { type: of.type, value: ofReal(of.value) };
    return of.type === 'timespan' ? timespanValue(ofReal(of.value)) : nullOfType(type);
  };

const bits =
  (body: (left: bigint, right: bigint) => bigint): FunctionBody =>
  (args) => {
    const [left, right] = [toLong(argument(args, 0)), toLong(argument(args, 1))];
    return left.type === 'long' && right.type === 'long'
      ? longValue(body(left.value, right.value))
      : nullOfType('long');
  };

const shift = (by: bigint): bigint => BigInt.asUintN(6, by);

export const ARITHMETIC: Family = {
  add: binary('add'),
  subtract: binary('subtract'),
  multiply: binary('multiply'),
  divide: binary('divide'),
  modulo: binary('modulo'),
  negate: alike(
    (value) => -value,
    (value) => -value,
  ),
  abs: alike((value) => (value < 0n ? -value : value), Math.abs),
  sign: alike((value) => (value > 0n ? 1n : value < 0n ? -1n : 0n), Math.sign),
  floor: alike((value) => value, Math.floor),
  ceiling: alike((value) => value, Math.ceil),
  round: (args) => {
    const value = toNumber(argument(args, 0));
    if (value === undefined) return nullOfType('real');
    return realValue(roundTo(value, integerArgument(args, 1) ?? 0));
  },
  log: mathematical(Math.log),
  log2: mathematical(Math.log2),
  log10: mathematical(Math.log10),
  exp: mathematical(Math.exp),
  sqrt: (args) => {
    const value = toNumber(argument(args, 0));
    return value === undefined || value < 0 ? nullOfType('real') : realValue(Math.sqrt(value));
  },
  power: (args) => {
    const [base, exponent] = [toNumber(argument(args, 0)), toNumber(argument(args, 1))];
    return base === undefined || exponent === undefined ? nullOfType('real') : realValue(base ** exponent);
  },
  maxOf: (args, { type }) => extreme(args, 1, type),
  minOf: (args, { type }) => extreme(args, -1, type),
  bin: (args, { type }) => binned(argument(args, 0), argument(args, 1), undefined, type),
  binAt: (args, { type }) => binned(argument(args, 0), argument(args, 1), argument(args, 2), type),
  bitAnd: bits((left, right) => left & right),
  bitOr: bits((left, right) => left | right),
  bitXor: bits((left, right) => left ^ right),
  bitNot: (args) => {
    const of = toLong(argument(args, 0));
    return of.type === 'long' ? longValue(~of.value) : of;
  },
  shiftLeft: bits((left, right) => left << shift(right)),
  shiftRight: bits((left, right) => left >> shift(right)),
};

/** Halves away from zero, like the decimal number that is written. */
function roundTo(value: number, digits: number): number {
  const limited = Math.max(-300, Math.min(digits, 15));
  const factor = 10 ** limited;
  const scaled = Math.abs(value) * factor;
  if (!Number.isFinite(scaled)) return value;
  return (Math.sign(value) * Math.round(Number(scaled.toPrecision(15)))) / factor;
}

function extreme(args: readonly Value[], direction: number, type: ScalarType): Value {
  let found: Value | undefined;
  for (const arg of args) {
    if (isNull(plain(arg))) continue;
    if (found === undefined || (orderOf(arg, found) ?? 0) * direction > 0) found = arg;
  }
  return found ?? nullOfType(type);
}

function binned(value: Value, size: Value, fixed: Value | undefined, type: ScalarType): Value {
  const [of, by] = [numeric(value), numeric(size)];
  const origin = fixed === undefined ? undefined : numeric(fixed);
  if (of.type === 'long' && by.type === 'long' && (origin === undefined || origin.type === 'long')) {
    if (by.value <= 0n) return nullOfType('long');
    const start = origin?.value ?? 0n;
    const offset = (((of.value - start) % by.value) + by.value) % by.value;
    return longValue(of.value - offset);
  }
  const step = stepOf(by);
  if (step === undefined || step <= 0) return nullOfType(type);
  const down = (number: number, start: number): number => start + Math.floor((number - start) / step) * step;
  if (of.type === 'datetime')
    return datetimeValue(down(of.value, origin?.type === 'datetime' ? origin.value : KQL_EPOCH));
  const start = origin !== undefined && 'value' in origin ? (toNumber(origin) ?? 0) : 0;
  if (of.type === 'timespan') return timespanValue(down(of.value, start));
  return isNumeric(of) ? realValue(down(Number(of.value), start)) : nullOfType(type);
}

const stepOf = (value: Value): number | undefined =>
  value.type === 'timespan' ? value.value : isNumeric(value) ? Number(value.value) : undefined;
