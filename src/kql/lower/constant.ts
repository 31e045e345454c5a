/**
 * Calls whose arguments are all constants, computed: what a `let` or a list of literals says about values, said once.
 * Only what has one exact result whatever the engine; everything else stays a call.
 */
import { datetime, dynamic, long, now, nullOf, real, text, timespan } from '../../ir/build.ts';
import type { Json, Scalar, ScalarFunction, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import { foldArithmetic } from './constant-arithmetic.ts';
import type { Arithmetic } from './constant-arithmetic.ts';
import { parseDatetime, parseTimespan } from './constant-time.ts';
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
  return FOLDS[fn]?.(values, span);
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

type Fold = (values: readonly Value[], span: Span) => Scalar | undefined;

const arithmetic =
  (fn: Arithmetic): Fold =>
  ([left, right], span) =>
    left === undefined || right === undefined ? undefined : foldArithmetic(fn, left, right, span);

const ofText =
  (make: (text: string) => string): Fold =>
  ([first], span) =>
    first?.type === 'string' ? limited(make(first.value), span) : undefined;

const FOLDS: Readonly<Partial<Record<ScalarFunction, Fold>>> = {
  add: arithmetic('add'),
  subtract: arithmetic('subtract'),
  multiply: arithmetic('multiply'),
  divide: arithmetic('divide'),
  modulo: arithmetic('modulo'),
  negate: ([value], span) => {
    if (value?.type === 'long') return long(-value.value, span);
    if (value?.type === 'real') return real(-value.value, span);
    return value?.type === 'timespan' ? timespan(-value.value, span) : undefined;
  },
  lower: ofText((value) => value.toLowerCase()),
  upper: ofText((value) => value.toUpperCase()),
  length: ([value], span) => (value?.type === 'string' ? long(Array.from(value.value).length, span) : undefined),
  concat: (values, span) => joined(values, '', span),
  concatWith: ([delimiter, ...values], span) =>
    delimiter?.type === 'string' ? joined(values, delimiter.value, span) : undefined,
  joinText: ([list, delimiter], span) => {
    const elements = elementsOf(list);
    if (elements === undefined || (delimiter !== undefined && delimiter.type !== 'string')) return undefined;
    return joined(elements, delimiter?.value ?? '', span);
  },
  split: ([subject, delimiter, index], span) =>
    subject?.type === 'string' && delimiter?.type === 'string' && delimiter.value !== ''
      ? foldSplit(subject.value.split(delimiter.value), index, span)
      : undefined,
  replaceText: ([subject, lookup, rewrite], span) =>
    subject?.type === 'string' && lookup?.type === 'string' && rewrite?.type === 'string' && lookup.value !== ''
      ? limited(subject.value.split(lookup.value).join(rewrite.value), span)
      : undefined,
  substring: ([subject, start, count], span) => foldSubstring(subject, start, count, span),
  toText: ([value], span) => {
    const written = value === undefined ? undefined : textOfValue(value);
    return written === undefined ? undefined : text(written, span);
  },
  toLong: ([value], span) => {
    if (value?.type === 'long') return long(value.value, span);
    return value?.type === 'string' && /^[+-]?[0-9]{1,18}$/.test(value.value)
      ? long(BigInt(value.value), span)
      : undefined;
  },
  toReal: ([value], span) => {
    if (value?.type === 'long') return real(Number(value.value), span);
    return value?.type === 'real' ? real(value.value, span) : undefined;
  },
  toTimespan: ([value], span) => {
    const size = value?.type === 'string' ? parseTimespan(value.value) : undefined;
    if (value?.type === 'timespan') return timespan(value.value, span);
    return size === undefined ? undefined : timespan(size, span);
  },
  toDatetime: ([value], span) => {
    const instant = value?.type === 'string' ? parseDatetime(value.value) : undefined;
    if (value?.type === 'datetime') return datetime(value.value, span);
    return instant === undefined ? undefined : datetime(instant, span);
  },
  toDynamic: (values, span) => foldDynamic(values.slice(0, 1), span, (json) => json[0] ?? null),
  parseJson: ([value], span) => {
    if (value?.type === 'dynamic') return dynamic(value.value, span);
    return value?.type === 'string' ? foldJson(value.value, span) : undefined;
  },
  makeArray: (values, span) => foldDynamic(values, span, (json) => json),
  makeBag: foldBag,
  arrayConcat: (values, span) => {
    const all: Value[] = [];
    for (const list of values.map(elementsOf)) {
      if (list === undefined) return undefined;
      all.push(...list);
    }
    return foldDynamic(all, span, (json) => json);
  },
  setUnion: foldSetUnion,
  arrayLength: ([list], span) =>
    list?.type === 'dynamic' && isJsonArray(list.value) ? long(list.value.length, span) : undefined,
  element: ([container, key], span) => foldElement(container, key, span),
  range: ([from, to, step], span) => foldRange(from, to, step, span),
};

function foldSetUnion(values: readonly Value[], span: Span): Scalar | undefined {
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
  const characters = Array.from(subject.value);
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

/** The longest range of numbers that is written out. */
const RANGE_LIMIT = 1000n;

function foldRange(
  from: Value | undefined,
  to: Value | undefined,
  step: Value | undefined,
  span: Span,
): Scalar | undefined {
  const by = step ?? { type: 'long', value: 1n };
  if (from?.type !== 'long' || to?.type !== 'long' || by.type !== 'long' || by.value <= 0n) return undefined;
  if ((to.value - from.value) / by.value > RANGE_LIMIT) return undefined;
  const numbers: number[] = [];
  for (let number = from.value; number <= to.value; number += by.value) numbers.push(Number(number));
  return numbers.every(Number.isSafeInteger) ? dynamic(numbers, span) : undefined;
}
