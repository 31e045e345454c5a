/** Literals of the syntax tree as values. */
import { datetime, literal, now, opaqueScalar } from '../../ir/build.ts';
import type { Json, Scalar, ScalarType, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Literal } from '../ast.ts';

export function lowerLiteral(written: Literal, span: Span): Scalar {
  switch (written.type) {
    case 'string':
      return literal({ type: 'string', value: written.value }, span);
    case 'long':
    case 'int':
      return isLong(written.value)
        ? literal({ type: 'long', value: written.value }, span)
        : opaqueScalar(written.text.slice(0, 80), [], span);
    case 'real':
    case 'decimal':
      return literal({ type: written.type, value: written.value }, span);
    case 'bool':
      return literal({ type: 'bool', value: written.value }, span);
    case 'datetime':
      return written.value === 'now' ? now(0, span) : datetime(written.value, span);
    case 'timespan':
      return Number.isFinite(written.value)
        ? literal({ type: 'timespan', value: written.value }, span)
        : opaqueScalar(written.text.slice(0, 80), [], span);
    case 'guid':
      return literal({ type: 'guid', value: written.value }, span);
    case 'dynamic':
      return literal({ type: 'dynamic', value: written.value }, span);
    case 'null':
      return literal({ type: 'null', of: scalarTypeOf(written.of) }, span);
  }
}

/** Longs have 64 bits; what a literal beyond them means the reference does not say. */
const isLong = (value: bigint): boolean => value >= -(2n ** 63n) && value < 2n ** 63n;

/** The neutral name of a KQL type, with its other names (`int64`, `date`, `double`); `unknown` for no type. */
export function scalarTypeOf(name: string): ScalarType {
  switch (name.toLowerCase()) {
    case 'string':
      return 'string';
    case 'int':
    case 'int32':
    case 'long':
    case 'int64':
    case 'uint':
    case 'ulong':
      return 'long';
    case 'real':
    case 'double':
    case 'float':
      return 'real';
    case 'decimal':
      return 'decimal';
    case 'bool':
    case 'boolean':
      return 'bool';
    case 'datetime':
    case 'date':
      return 'datetime';
    case 'timespan':
    case 'time':
      return 'timespan';
    case 'guid':
    case 'uniqueid':
    case 'uuid':
      return 'guid';
    case 'dynamic':
    case 'object':
      return 'dynamic';
    default:
      return 'unknown';
  }
}

/** An element of a dynamic literal as a value. */
export function valueOfJson(json: Json): Value {
  if (typeof json === 'string') return { type: 'string', value: json };
  if (typeof json === 'boolean') return { type: 'bool', value: json };
  if (typeof json === 'number') {
    return Number.isSafeInteger(json) ? { type: 'long', value: BigInt(json) } : { type: 'real', value: json };
  }
  return json === null ? { type: 'null', of: 'dynamic' } : { type: 'dynamic', value: json };
}

/** A value as an element of a dynamic; `undefined` where JSON has no form for it. */
export function jsonOfValue(value: Value): Json | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
    case 'bool':
    case 'dynamic':
      return value.value;
    case 'long': {
      const number = Number(value.value);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'real':
    case 'decimal':
      return Number.isFinite(value.value) ? value.value : undefined;
    case 'null':
      return value.of === 'string' ? '' : null;
    case 'datetime':
    case 'timespan':
      return undefined;
  }
}

export function isJsonArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** The elements of a literal array, as values; `undefined` for anything else. */
export function elementsOfLiteral(scalar: Scalar): readonly Value[] | undefined {
  if (scalar.op !== 'literal' || scalar.value.type !== 'dynamic' || !isJsonArray(scalar.value.value)) return undefined;
  return scalar.value.value.map(valueOfJson);
}

/** A value as KQL's `tostring` writes it; `undefined` where that needs more than the value. */
export function textOfValue(value: Value): string | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
      return value.value;
    case 'long':
      return String(value.value);
    case 'bool':
      return value.value ? 'true' : 'false';
    case 'dynamic':
      return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
    case 'null':
      return '';
    case 'real':
    case 'decimal':
    case 'datetime':
    case 'timespan':
      return undefined;
  }
}
