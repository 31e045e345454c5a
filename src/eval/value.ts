/**
 * Values at run time: reading them out of events, as text, as numbers, and comparing them.
 *
 * Null and empty are KQL's: text is never null, everything else may be (Kusto documentation, "Null values").
 */
import { nullValue } from '../ir/build.ts';
import type { Field, Json, PathStep, ScalarType, Value } from '../ir/types.ts';
import { formatDatetimeIso, formatTimespan, parseDatetime, parseTimespan } from './instants.ts';
import { payloadOf } from './payload.ts';

/** A row: column name to value. A column that the event does not have is not in it. */
export type Row = ReadonlyMap<string, Value>;

/** What the evaluator does not do, said by name: the caller reports it, and no result is invented. */
export class EvaluationUnsupported extends Error {
  readonly construct: string;
  constructor(construct: string) {
    super(`The evaluator does not run ${construct}`);
    this.name = 'EvaluationUnsupported';
    this.construct = construct;
  }
}

export const NULL: Value = nullValue('unknown');

/** What a missing value of a type reads as: text is empty, everything else null. */
export const nullOfType = (type: ScalarType): Value =>
  type === 'string' ? { type: 'string', value: '' } : nullValue(type);

export const textValue = (value: string): Value => ({ type: 'string', value });
export const longValue = (value: bigint | number): Value => ({ type: 'long', value: BigInt.asIntN(64, BigInt(value)) });
export const realValue = (value: number): Value => ({ type: 'real', value });
export const boolValue = (value: boolean): Value => ({ type: 'bool', value });
export const datetimeValue = (value: number): Value => ({ type: 'datetime', value });
export const timespanValue = (value: number): Value => ({ type: 'timespan', value });
/** A structure; JSON's null is the null of type dynamic. */
export const dynamicValue = (value: Json): Value =>
  value === null ? nullValue('dynamic') : { type: 'dynamic', value };

export const isNull = (value: Value): boolean => value.type === 'null' && value.of !== 'string';

/** Null or the empty text; also a dynamic that holds the empty text. */
export function isEmpty(value: Value): boolean {
  return textOf(value) === '';
}

/** A number as KQL prints it: integers of type real have no fraction shown as `1.0`. */
function realText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return `${value}.0`;
  return String(value);
}

/** As text, as `tostring()` gives it: null is empty, structures are compact JSON. */
export function textOf(value: Value): string {
  switch (value.type) {
    case 'string':
    case 'guid':
      return value.value;
    case 'long':
      return value.value.toString();
    case 'real':
      return realText(value.value);
    case 'decimal':
      return String(value.value);
    case 'bool':
      return value.value ? 'true' : 'false';
    case 'datetime':
      return formatDatetimeIso(value.value);
    case 'timespan':
      return formatTimespan(value.value);
    case 'dynamic':
      return jsonText(value.value);
    case 'null':
      return '';
  }
}

/** A structure as text: a text inside stands for itself, anything else is JSON. */
export function jsonText(json: Json): string {
  if (json === null) return '';
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** A dynamic that holds a plain value as that value; everything else as it is. */
export function plain(value: Value): Value {
  if (value.type !== 'dynamic') return value;
  const json = value.value;
  if (json === null) return nullValue('dynamic');
  if (typeof json === 'string') return textValue(json);
  if (typeof json === 'boolean') return boolValue(json);
  if (typeof json === 'number') return Number.isSafeInteger(json) ? longValue(json) : realValue(json);
  return value;
}

/** A value as JSON, for structures and output. Integers beyond 2^53 become texts. */
export function jsonOf(value: Value): Json {
  switch (value.type) {
    case 'dynamic':
    case 'bool':
    case 'string':
    case 'guid':
      return value.value;
    case 'real':
    case 'decimal':
      return Number.isFinite(value.value) ? value.value : textOf(value);
    case 'long': {
      const number = Number(value.value);
      return Number.isSafeInteger(number) ? number : value.value.toString();
    }
    case 'datetime':
    case 'timespan':
      return textOf(value);
    case 'null':
      return value.of === 'string' ? '' : null;
  }
}

/** A JSON value from an event as a value of the column's type; null where it does not fit. */
export function valueFromJson(json: Json, type: ScalarType): Value {
  if (type === 'string') return textValue(json === null ? '' : jsonText(json));
  if (json === null) return nullValue(type);
  switch (type) {
    case 'long':
      return toLong(dynamicValue(json));
    case 'real':
    case 'decimal': {
      const number = toNumber(dynamicValue(json));
      return number === undefined ? nullValue(type) : { type, value: number };
    }
    case 'bool':
      return toBool(dynamicValue(json));
    case 'datetime': {
      const instant = typeof json === 'number' ? json : parseDatetime(jsonText(json));
      return instant === undefined ? nullValue(type) : datetimeValue(instant);
    }
    case 'timespan': {
      const duration = parseTimespan(jsonText(json));
      return duration === undefined ? nullValue(type) : timespanValue(duration);
    }
    case 'guid':
      return { type, value: jsonText(json).toLowerCase() };
    case 'dynamic':
      return dynamicValue(parsedIfJson(json));
    case 'unknown':
      return plain(dynamicValue(json));
  }
}

/** A structure from its JSON text: dynamic columns often arrive so, and below a text a path goes into its JSON. */
function parsedIfJson(json: Json): Json {
  if (typeof json !== 'string' || !/^\s*[[{]/.test(json)) return json;
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}

// ---------------------------------------------------------------------------------------------- conversion

/** `tolong()`: digits with a sign, `0x` digits, numbers cut to integers, bools; else null. */
export function toLong(value: Value): Value {
  const of = plain(value);
  switch (of.type) {
    case 'long':
      return of;
    case 'real':
    case 'decimal':
      return Number.isFinite(of.value) ? longValue(Math.trunc(of.value)) : nullValue('long');
    case 'bool':
      return longValue(of.value ? 1 : 0);
    case 'string': {
      const text = of.value.trim();
      if (/^0x[0-9a-f]{1,16}$/i.test(text)) return longValue(BigInt(text));
      if (/^[-+]?\d{1,19}$/.test(text)) {
        const exact = BigInt(text.replace(/^\+/, ''));
        return BigInt.asIntN(64, exact) === exact ? longValue(exact) : nullValue('long');
      }
      // A decimal point makes it no integer.
      return nullValue('long');
    }
    case 'datetime':
    case 'timespan':
      return longValue(Math.round(of.value * 10_000));
    case 'guid':
    case 'dynamic':
    case 'null':
      return nullValue('long');
  }
}

/** As a number; `undefined` where it is none. */
export function toNumber(value: Value): number | undefined {
  const of = plain(value);
  switch (of.type) {
    case 'long':
      return Number(of.value);
    case 'real':
    case 'decimal':
    case 'datetime':
    case 'timespan':
      return of.value;
    case 'bool':
      return of.value ? 1 : 0;
    case 'string': {
      const text = of.value.trim();
      if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
      return /^0x[0-9a-f]+$/i.test(text) ? Number(text) : undefined;
    }
    case 'guid':
    case 'dynamic':
    case 'null':
      return undefined;
  }
}

/** `tobool()`: `true`, `false`, and numbers, of which 0 is false; else null. */
export function toBool(value: Value): Value {
  const of = plain(value);
  switch (of.type) {
    case 'bool':
      return of;
    case 'long':
      return boolValue(of.value !== 0n);
    case 'real':
    case 'decimal':
      return boolValue(of.value !== 0);
    case 'string': {
      const text = of.value.trim().toLowerCase();
      if (text === 'true') return boolValue(true);
      if (text === 'false') return boolValue(false);
      return /^[-+]?\d+$/.test(text) ? boolValue(Number(text) !== 0) : nullValue('bool');
    }
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'dynamic':
    case 'null':
      return nullValue('bool');
  }
}

// ---------------------------------------------------------------------------------------------- places

/** What stands at a field's place; `undefined` when the row has no such column or the structure no such place. */
export function readField(row: Row, field: Field): Value | undefined {
  const value = row.get(field.name);
  if (value === undefined || field.path.length === 0) return value;
  return readPath(value, field.path);
}

/** What a path goes into: a structure, or the one that a text holds. */
function structureOf(json: Json): Json {
  return (typeof json === 'string' ? payloadOf(json) : undefined) ?? parsedIfJson(json);
}

export function readPath(value: Value, path: readonly PathStep[]): Value | undefined {
  let json: Json | undefined = value.type === 'dynamic' || value.type === 'string' ? value.value : undefined;
  for (const step of path) {
    json = json === undefined ? undefined : stepInto(structureOf(json), step);
    if (json === undefined) return undefined;
  }
  return json === undefined ? undefined : dynamicValue(json);
}

/** One step into a structure: a property by name, an element by position (negative: from the end). */
export function stepInto(json: Json, step: PathStep): Json | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  if (Array.isArray(json)) {
    const list = json as readonly Json[];
    return typeof step === 'number' ? list.at(step) : undefined;
  }
  const bag = json as { readonly [key: string]: Json };
  return typeof step === 'string' && Object.hasOwn(bag, step) ? bag[step] : undefined;
}

// ---------------------------------------------------------------------------------------------- comparison

/** -1, 0 or 1; `undefined` where the values have no order between them, or one is null. */
export function orderOf(left: Value, right: Value): number | undefined {
  const [a, b] = [plain(left), plain(right)];
  if (isNull(a) || isNull(b)) return undefined;
  if (isNumeric(a) && isNumeric(b)) {
    return a.value < b.value ? -1 : a.value > b.value ? 1 : a.value == b.value ? 0 : undefined;
  }
  if (a.type === 'dynamic' || b.type === 'dynamic') return textOf(a) === textOf(b) ? 0 : undefined;
  if (isTextual(a) && isTextual(b)) return compareCodePoints(textOf(a), textOf(b));
  if (a.type === 'datetime' && b.type === 'datetime') return Math.sign(a.value - b.value);
  if (a.type === 'timespan' && b.type === 'timespan') return Math.sign(a.value - b.value);
  if (a.type === 'bool' && b.type === 'bool') return Number(a.value) - Number(b.value);
  return undefined;
}

type Numeric = Extract<Value, { type: 'long' | 'real' | 'decimal' }>;

export const isNumeric = (value: Value): value is Numeric =>
  value.type === 'long' || value.type === 'real' || value.type === 'decimal';

const isTextual = (value: Value): boolean =>
  value.type === 'string' || value.type === 'guid' || (value.type === 'null' && value.of === 'string');

/** Ordinal comparison of texts. */
export function compareCodePoints(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A text that is the same for values that group together. */
export function groupKey(value: Value): string {
  const of = plain(value);
  if (of.type === 'null') return of.of === 'string' ? 's' : 'n';
  if (of.type === 'real' || of.type === 'decimal') return Number.isInteger(of.value) ? `l${of.value}` : `r${of.value}`;
  return `${of.type.charAt(0)}${of.type === 'guid' ? 'u' : ''}${textOf(of)}`;
}
