/**
 * Calls whose arguments are all constants, computed: what a `let` or a list of literals says about values, said once.
 * Only what has one exact result whatever the engine; everything else stays a call.
 */
import { datetime, dynamic, long, now, nullOf, real, text, timespan } from '../../ir/build.ts';
import type { Json, Scalar, ScalarFunction, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import { isJsonArray, jsonOfValue, textOfValue, valueOfJson } from './literals.ts';

/** Texts and lists longer than this are left as calls. */
const TEXT_LIMIT = 100_000;

/** The constant that a call gives, or `undefined`: not constant, or not computed here. */
export function foldCall(fn: ScalarFunction, args: readonly Scalar[], span: Span): Scalar | undefined {
  const [first, second] = args;
  if (fn === 'add' || fn === 'subtract') {
    const moved = first === undefined || second === undefined ? undefined : foldNow(fn, first, second, span);
    if (moved !== undefined) return moved;
  }
  const values: Value[] = [];
  for (const arg of args) {
    if (arg.op !== 'literal') return undefined;
    values.push(arg.value);
  }
  return foldValues(fn, values, span);
}

/** `now() - 1d`, `ago(1d) + 2h`. */
function foldNow(fn: 'add' | 'subtract', left: Scalar, right: Scalar, span: Span): Scalar | undefined {
  if (left.op === 'now' && right.op === 'literal' && right.value.type === 'timespan') {
    return now(fn === 'add' ? left.offset + right.value.value : left.offset - right.value.value, span);
  }
  if (fn === 'add' && right.op === 'now' && left.op === 'literal' && left.value.type === 'timespan') {
    return now(right.offset + left.value.value, span);
  }
  if (fn === 'subtract' && left.op === 'now' && right.op === 'now') return timespan(left.offset - right.offset, span);
  return undefined;
}

function foldValues(fn: ScalarFunction, values: readonly Value[], span: Span): Scalar | undefined {
  const [first, second, third] = values;
  switch (fn) {
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'modulo':
      return first === undefined || second === undefined ? undefined : foldArithmetic(fn, first, second, span);
    case 'negate':
      if (first?.type === 'long') return long(-first.value, span);
      if (first?.type === 'real') return real(-first.value, span);
      return first?.type === 'timespan' ? timespan(-first.value, span) : undefined;
    case 'lower':
      return first?.type === 'string' ? text(first.value.toLowerCase(), span) : undefined;
    case 'upper':
      return first?.type === 'string' ? text(first.value.toUpperCase(), span) : undefined;
    case 'length':
      return first?.type === 'string' ? long([...first.value].length, span) : undefined;
    case 'concat':
      return joined(values, '', span);
    case 'concatWith':
      return first?.type === 'string' ? joined(values.slice(1), first.value, span) : undefined;
    case 'joinText': {
      const elements = elementsOf(first);
      if (elements === undefined || (second !== undefined && second.type !== 'string')) return undefined;
      return joined(elements, second?.value ?? '', span);
    }
    case 'split':
      if (first?.type !== 'string' || second?.type !== 'string' || second.value === '') return undefined;
      return foldSplit(first.value.split(second.value), third, span);
    case 'replaceText':
      if (first?.type !== 'string' || second?.type !== 'string' || third?.type !== 'string' || second.value === '')
        return undefined;
      return limited(first.value.split(second.value).join(third.value), span);
    case 'substring':
      return foldSubstring(first, second, third, span);
    case 'toText': {
      const written = first === undefined ? undefined : textOfValue(first);
      return written === undefined ? undefined : text(written, span);
    }
    case 'toLong':
      if (first?.type === 'long') return long(first.value, span);
      if (first?.type === 'string' && /^[+-]?[0-9]{1,18}$/.test(first.value)) return long(BigInt(first.value), span);
      return undefined;
    case 'toReal':
      if (first?.type === 'long') return real(Number(first.value), span);
      return first?.type === 'real' ? real(first.value, span) : undefined;
    case 'toTimespan':
      if (first?.type === 'timespan') return timespan(first.value, span);
      return first?.type === 'string' ? foldTimespan(first.value, span) : undefined;
    case 'toDatetime':
      if (first?.type === 'datetime') return datetime(first.value, span);
      return first?.type === 'string' ? foldDatetime(first.value, span) : undefined;
    case 'toDynamic':
      return first === undefined ? undefined : foldDynamic([first], span, (json) => json[0] ?? null);
    case 'parseJson':
      if (first?.type === 'dynamic') return dynamic(first.value, span);
      return first?.type === 'string' ? foldJson(first.value, span) : undefined;
    case 'makeArray':
      return foldDynamic(values, span, (json) => json);
    case 'makeBag':
      return foldBag(values, span);
    case 'arrayConcat': {
      const lists = values.map(elementsOf);
      const all: Value[] = [];
      for (const list of lists) {
        if (list === undefined) return undefined;
        all.push(...list);
      }
      return foldDynamic(all, span, (json) => json);
    }
    case 'setUnion': {
      const all: Json[] = [];
      const seen = new Set<string>();
      for (const value of values) {
        if (value.type !== 'dynamic' || !isJsonArray(value.value)) return undefined;
        for (const element of value.value) {
          const key = JSON.stringify(element);
          if (!seen.has(key)) all.push(element);
          seen.add(key);
        }
      }
      return dynamic(all, span);
    }
    case 'arrayLength':
      return first?.type === 'dynamic' && isJsonArray(first.value) ? long(first.value.length, span) : undefined;
    case 'element':
      return foldElement(first, second, span);
    default:
      return undefined;
  }
}

function foldArithmetic(
  fn: 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo',
  left: Value,
  right: Value,
  span: Span,
): Scalar | undefined {
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

function foldLongs(
  fn: 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo',
  left: bigint,
  right: bigint,
  span: Span,
): Scalar | undefined {
  const result = longResult(fn, left, right);
  // What does not fit wraps around in KQL: left to the engine.
  return result === undefined || result >= LONG_LIMIT || result < -LONG_LIMIT ? undefined : long(result, span);
}

function longResult(
  fn: 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo',
  left: bigint,
  right: bigint,
): bigint | undefined {
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

function elementsOf(value: Value | undefined): readonly Value[] | undefined {
  return value?.type === 'dynamic' && isJsonArray(value.value) ? value.value.map(valueOfJson) : undefined;
}

function limited(value: string, span: Span): Scalar | undefined {
  return value.length > TEXT_LIMIT ? undefined : text(value, span);
}

function joined(values: readonly Value[], delimiter: string, span: Span): Scalar | undefined {
  const parts: string[] = [];
  let length = 0;
  for (const value of values) {
    const part = textOfValue(value);
    if (part === undefined) return undefined;
    length += part.length + delimiter.length;
    if (length > TEXT_LIMIT) return undefined;
    parts.push(part);
  }
  return text(parts.join(delimiter), span);
}

function foldSplit(pieces: readonly string[], index: Value | undefined, span: Span): Scalar | undefined {
  if (index === undefined) return dynamic(pieces, span);
  if (index.type !== 'long' || index.value < 0n) return undefined;
  const piece = pieces[Number(index.value)];
  return dynamic(piece === undefined ? [] : [piece], span);
}

function foldSubstring(
  subject: Value | undefined,
  start: Value | undefined,
  count: Value | undefined,
  span: Span,
): Scalar | undefined {
  if (subject?.type !== 'string' || start?.type !== 'long' || start.value < 0n) return undefined;
  if (count !== undefined && (count.type !== 'long' || count.value < 0n)) return undefined;
  const from = Number(start.value);
  const characters = [...subject.value];
  return text(characters.slice(from, count === undefined ? undefined : from + Number(count.value)).join(''), span);
}

function foldDynamic(
  values: readonly Value[],
  span: Span,
  make: (elements: readonly Json[]) => Json,
): Scalar | undefined {
  const elements: Json[] = [];
  for (const value of values) {
    const json = jsonOfValue(value);
    if (json === undefined) return undefined;
    elements.push(json);
  }
  return dynamic(make(elements), span);
}

function foldBag(values: readonly Value[], span: Span): Scalar | undefined {
  const entries: [string, Json][] = [];
  for (let index = 0; index + 1 < values.length; index += 2) {
    const key = values[index];
    const value = values[index + 1];
    const json = value === undefined ? undefined : jsonOfValue(value);
    if (key?.type !== 'string' || json === undefined) return undefined;
    entries.push([key.value, json]);
  }
  return dynamic(Object.fromEntries(entries), span);
}

function foldJson(written: string, span: Span): Scalar | undefined {
  // Beyond 2^53 JSON.parse rounds; such numbers stay with the engine.
  if (written.length > TEXT_LIMIT || /[0-9]{16}/.test(written)) return undefined;
  try {
    return dynamic(JSON.parse(written) as Json, span);
  } catch {
    return dynamic(written, span);
  }
}

function foldElement(container: Value | undefined, key: Value | undefined, span: Span): Scalar | undefined {
  if (container?.type !== 'dynamic') return undefined;
  const json = container.value;
  if (key?.type === 'long' && isJsonArray(json)) {
    const position = Number(key.value);
    const element = json[position < 0 ? json.length + position : position];
    return element === undefined ? nullOf('dynamic', span) : dynamic(element, span);
  }
  if (key?.type === 'string' && json !== null && typeof json === 'object' && !isJsonArray(json)) {
    return Object.hasOwn(json, key.value) ? dynamic(json[key.value] ?? null, span) : nullOf('dynamic', span);
  }
  return undefined;
}

const TIMESPAN_FORM = /^(-)?(?:(\d{1,9})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$/;
const SHORT_TIMESPAN = /^(\d{1,9}(?:\.\d{1,9})?)(d|h|m|s|ms)$/;
const UNIT_LENGTH: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function foldTimespan(written: string, span: Span): Scalar | undefined {
  const short = SHORT_TIMESPAN.exec(written.trim());
  if (short !== null) return timespan(Number(short[1]) * (UNIT_LENGTH[short[2] ?? ''] ?? 0), span);
  const parts = TIMESPAN_FORM.exec(written.trim());
  if (parts === null) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const size =
    Number(days) * 86_400_000 +
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(`${seconds}${fraction}`) * 1000;
  return timespan(sign === undefined ? size : -size, span);
}

/** ISO 8601 dates and times; without a zone they are UTC, as all datetimes in KQL. */
function foldDatetime(written: string, span: Span): Scalar | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(
    written.trim(),
  );
  if (parts === null) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = parts;
  const instant = Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, '$1')}${zone}`);
  return Number.isNaN(instant) ? undefined : datetime(instant, span);
}
