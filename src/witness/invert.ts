/** Which values of stored fields make a computed value come out as wanted: functions read backwards, one way of many. */
import { parseTimespan } from '../eval/instants.ts';
import { compileRegex } from '../eval/regex.ts';
import { jsonOf, jsonText } from '../eval/value.ts';
import { quoteRegex, replaceGroup } from '../ir/regex-syntax.ts';
import type { Field, Json, Scalar, ScalarFunction } from '../ir/types.ts';
import { fieldsOf, scalarPart } from '../ir/walk.ts';
import type { Assignment } from './draft.ts';
import { sampleRegex } from './sample-regex.ts';

/** What a field holds so far, where that helps (a text of which only a part is to change). */
export type Current = (place: Field) => Json | undefined;

/**
 * Assignments after which the scalar should have this value. Not every answer is right: the caller evaluates. `undefined`
 * where no way is known.
 */
export function invert(scalar: Scalar, wanted: Json, current: Current, depth = 0): readonly Assignment[] | undefined {
  if (depth > 40) return undefined;
  const into = (inner: Scalar | undefined, value: Json | undefined): readonly Assignment[] | undefined =>
    inner === undefined || value === undefined ? undefined : invert(inner, value, current, depth + 1);
  const place = placeUnder(scalar);
  if (place !== undefined) return [{ place, value: asStored(wanted, place) }];
  switch (scalar.op) {
    case 'field':
      return [{ place: scalar, value: asStored(wanted, scalar) }];
    case 'literal':
      return jsonText(jsonOf(scalar.value)) === jsonText(wanted) ? [] : undefined;
    case 'choose': {
      for (const option of [...scalar.cases.map(({ then }) => then), scalar.otherwise]) {
        const found = into(option, wanted);
        if (found !== undefined && found.length > 0) return found;
      }
      return undefined;
    }
    case 'call':
      return INVERSES[scalar.fn]?.({ node: scalar, wanted, current, into });
    case 'anyField':
    case 'now':
    case 'test':
    case 'query':
    case 'opaque':
      return undefined;
  }
}

const KEEPS_STRUCTURE: ReadonlySet<string> = new Set(['toDynamic', 'parseJson', 'toText']);

/** The place that a chain of `element` leads to in a column: other values in the same structure stay then. */
function placeUnder(scalar: Scalar): Field | undefined {
  const keys: (string | number)[] = [];
  let inner: Scalar = scalar;
  while (inner.op === 'call') {
    const [of, key]: readonly (Scalar | undefined)[] = inner.args;
    if (of === undefined) return undefined;
    if (inner.fn === 'element' && key !== undefined) {
      const step = literalJson(key);
      if (typeof step !== 'string' && typeof step !== 'number') return undefined;
      keys.unshift(step);
    } else if (!KEEPS_STRUCTURE.has(inner.fn) || keys.length === 0) return undefined;
    inner = of;
  }
  return inner.op === 'field' && keys.length > 0
    ? { ...inner, path: [...inner.path, ...keys], type: 'dynamic' }
    : undefined;
}

/** Durations are stored as texts, and so is what the wanted value says of them. */
function asStored(wanted: Json, { type }: Field): Json {
  if (type === 'string' && typeof wanted !== 'string') return jsonText(wanted);
  if ((type === 'long' || type === 'real') && typeof wanted === 'string' && /^-?\d+(\.\d+)?$/.test(wanted)) {
    const number = Number(wanted);
    return Number.isSafeInteger(number) || !Number.isInteger(number) ? number : wanted;
  }
  return wanted;
}

type Into = (inner: Scalar | undefined, value: Json | undefined) => readonly Assignment[] | undefined;

/** A call to be read backwards. */
interface Call {
  readonly node: Extract<Scalar, { op: 'call' }>;
  readonly wanted: Json;
  readonly current: Current;
  readonly into: Into;
}

type Inverse = (call: Call) => readonly Assignment[] | undefined;

const throughFirst: Inverse = ({ node, wanted, into }) => into(node.args[0], wanted);

const throughSecond: Inverse = ({ node, wanted, into }) => into(node.args[1], wanted);

/** The functions that can be read backwards; of others likely values are tried. */
const INVERSES: Readonly<Partial<Record<ScalarFunction, Inverse>>> = {
  lower: throughFirst,
  upper: throughFirst,
  toText: throughFirst,
  toLong: throughFirst,
  toReal: throughFirst,
  toDecimal: throughFirst,
  toBool: throughFirst,
  toDatetime: throughFirst,
  toTimespan: throughFirst,
  toGuid: throughFirst,
  toDynamic: throughFirst,
  parseJson: throughFirst,
  round: throughFirst,
  floor: throughFirst,
  ceiling: throughFirst,
  bin: throughFirst,
  binAt: throughFirst,
  abs: throughFirst,
  replaceText: throughFirst,
  replaceRegex: throughFirst,
  urlDecode: throughFirst,
  startOf: throughFirst,
  arraySort: throughFirst,
  setUnion: throughFirst,
  arraySlice: throughFirst,
  ipFormat: throughFirst,
  coalesce: ({ node, wanted, into }) => {
    for (const arg of node.args) {
      const found = into(arg, wanted);
      if (found !== undefined && found.length > 0) return found;
    }
    return undefined;
  },
  trim: throughSecond,
  trimStart: throughSecond,
  trimEnd: throughSecond,
  anyElement: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, [wanted]);
  },
  element: ({ node, wanted, current, into }) => {
    const [first, second] = node.args;
    const key = second === undefined ? undefined : literalJson(second);
    if (typeof key === 'string') return into(first, { [key]: wanted });
    if (typeof key !== 'number') return undefined;
    const at = Math.min(key < 0 ? -key - 1 : key, 50);
    const fillers = Array.from({ length: at }, () => (typeof wanted === 'object' ? {} : 'x'));
    if (first?.op === 'field') {
      const list = current(first);
      if (Array.isArray(list) && key >= 0) {
        const filled: Json[] = [...(list as readonly Json[])];
        while (filled.length <= key) filled.push('x');
        filled[key] = wanted;
        return into(first, filled);
      }
    }
    return into(first, key < 0 ? [wanted, ...fillers] : [...fillers, wanted]);
  },
  split: ({ node, wanted, into }) => {
    const [first, second, third] = node.args;
    const delimiter = second === undefined ? undefined : literalJson(second);
    if (typeof delimiter !== 'string') return undefined;
    if (!Array.isArray(wanted)) return into(first, wanted);
    const position = third === undefined ? 0 : literalJson(third);
    const pieces = (wanted as readonly Json[]).map(jsonText);
    const before = Array.from(
      { length: typeof position === 'number' ? Math.max(0, Math.min(position, 50)) : 0 },
      () => 'x',
    );
    // A text before the last piece: splitting is no reason for the rule to look at a text without delimiter.
    return into(first, [...before, ...pieces].join(delimiter));
  },
  substring: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    const start = second === undefined ? undefined : literalJson(second);
    if (typeof start !== 'number') return into(first, wanted);
    return into(first, start >= 0 ? 'x'.repeat(Math.min(start, 200)) + jsonText(wanted) : jsonText(wanted));
  },
  extract: ({ node, wanted, current, into }) => {
    const [first, second, third] = node.args;
    const regex = first === undefined ? undefined : literalJson(first);
    const group = second === undefined ? undefined : literalJson(second);
    if (typeof regex !== 'string' || typeof group !== 'number') return undefined;
    return invertExtract(regex, group, jsonText(wanted), third, current, into);
  },
  extractAll: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    const regex = first === undefined ? undefined : literalJson(first);
    if (typeof regex !== 'string') return undefined;
    const one = Array.isArray(wanted) ? (wanted as readonly Json[])[0] : wanted;
    const text = one === undefined ? undefined : textWithGroup(regex, 1, jsonText(one));
    return into(second, text);
  },
  extractJson: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    const path = first === undefined ? undefined : literalJson(first);
    const steps = typeof path === 'string' ? path.match(/[A-Za-z_]\w*/g) : undefined;
    if (steps === undefined || steps === null) return undefined;
    return into(
      second,
      steps.reduceRight<Json>((value, step) => ({ [step]: value }), wanted),
    );
  },
  concat: ({ node, wanted, into }) => {
    return invertConcat(node.args, jsonText(wanted), into);
  },
  concatWith: ({ node, wanted, into }) => {
    const [delimiter, ...parts] = node.args;
    const between = delimiter === undefined ? undefined : literalJson(delimiter);
    if (typeof between !== 'string') return undefined;
    const pieces = jsonText(wanted).split(between === '' ? '\u0000' : between);
    return allOf(parts.map((part, index) => into(part, pieces[index] ?? '')));
  },
  joinText: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    return into(first, jsonText(wanted).split(jsonText(second === undefined ? '' : (literalJson(second) ?? ''))));
  },
  reverse: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, Array.from(jsonText(wanted)).reverse().join(''));
  },
  length: ({ node, wanted, current, into }) => {
    const [first] = node.args;
    return typeof wanted === 'number' && wanted >= 0 && wanted <= 20_000
      ? into(first, resized(first, wanted, current))
      : undefined;
  },
  byteLength: ({ node, wanted, current, into }) => {
    const [first] = node.args;
    return typeof wanted === 'number' && wanted >= 0 && wanted <= 20_000
      ? into(first, resized(first, wanted, current))
      : undefined;
  },
  arrayLength: ({ node, wanted, into }) => {
    const [first] = node.args;
    return typeof wanted === 'number' && wanted >= 0 && wanted <= 1000
      ? into(
          first,
          Array.from({ length: wanted }, (_, index) => `item${index}`),
        )
      : undefined;
  },
  countMatches: ({ node, wanted, into }) => {
    const [first, second, third] = node.args;
    const search = second === undefined ? undefined : literalJson(second);
    const kind = third === undefined ? undefined : literalJson(third);
    if (typeof wanted !== 'number' || typeof search !== 'string' || wanted < 0 || wanted > 2000) return undefined;
    const one = kind === 'regex' ? sampleRegex(search) : search;
    return one === undefined ? undefined : into(first, Array.from({ length: wanted }, () => one).join(' '));
  },
  add: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    return invertSum(first, second, wanted, 1, into);
  },
  subtract: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    return invertSum(first, second, wanted, -1, into);
  },
  multiply: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    return invertProduct(first, second, wanted, (value, factor) => value / factor, into);
  },
  divide: ({ node, wanted, into }) => {
    const [first, second] = node.args;
    return invertProduct(first, second, wanted, (value, factor) => value * factor, into);
  },
  negate: ({ node, wanted, into }) => {
    const [first] = node.args;
    return typeof wanted === 'number' ? into(first, -wanted) : undefined;
  },
  base64Decode: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, base64(jsonText(wanted)));
  },
  parseUrl: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, urlOf(wanted));
  },
  parsePath: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, pathOf(wanted));
  },
  parseCommandLine: ({ node, wanted, into }) => {
    const [first] = node.args;
    const pieces = Array.isArray(wanted) ? (wanted as readonly Json[]).map(jsonText) : [jsonText(wanted)];
    return into(first, pieces.join(node.fn === 'parseCsv' ? ',' : ' '));
  },
  parseCsv: ({ node, wanted, into }) => {
    const [first] = node.args;
    const pieces = Array.isArray(wanted) ? (wanted as readonly Json[]).map(jsonText) : [jsonText(wanted)];
    return into(first, pieces.join(node.fn === 'parseCsv' ? ',' : ' '));
  },
  fromUnixSeconds: ({ node, wanted, into }) => {
    const [first] = node.args;
    const instant = typeof wanted === 'string' ? Date.parse(wanted) : undefined;
    if (instant === undefined || Number.isNaN(instant)) return undefined;
    return into(first, node.fn === 'fromUnixMillis' ? instant : instant / 1000);
  },
  fromUnixMillis: ({ node, wanted, into }) => {
    const [first] = node.args;
    const instant = typeof wanted === 'string' ? Date.parse(wanted) : undefined;
    if (instant === undefined || Number.isNaN(instant)) return undefined;
    return into(first, node.fn === 'fromUnixMillis' ? instant : instant / 1000);
  },
  formatDatetime: ({ node, wanted, into }) => {
    const [first] = node.args;
    return into(first, jsonText(wanted));
  },
  makeArray: ({ node, wanted, into }) => {
    const items = Array.isArray(wanted) ? (wanted as readonly Json[]) : [wanted];
    return allOf(node.args.map((arg, index) => (items[index] === undefined ? [] : into(arg, items[index]))));
  },
  makeBag: ({ node, wanted, into }) => {
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return undefined;
    const open = Object.entries(wanted as { readonly [key: string]: Json });
    const found: (readonly Assignment[] | undefined)[] = [];
    for (let index = 0; index + 1 < node.args.length; index += 2) {
      const [name, value] = [node.args[index], node.args[index + 1]];
      if (name === undefined) continue;
      const own = literalJson(name);
      // A name that is computed becomes the first that is wanted.
      const [key, to] = (own === undefined ? open[0] : open.find(([one]) => one === own)) ?? [];
      if (key === undefined || to === undefined) continue;
      if (own === undefined) found.push(into(name, key));
      found.push(into(value, to));
    }
    return allOf(found);
  },
};

export function literalJson(scalar: Scalar): Json | undefined {
  return scalar.op === 'literal' ? jsonOf(scalar.value) : undefined;
}

function allOf(parts: readonly (readonly Assignment[] | undefined)[]): readonly Assignment[] | undefined {
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

/** The text of a field made longer or shorter; what stands in it stays at the start. */
function resized(scalar: Scalar | undefined, length: number, current: Current): string {
  const [place] = scalar === undefined ? [] : fieldsOf(scalarPart(scalar));
  const before = place === undefined ? undefined : current(place);
  const text = typeof before === 'string' ? before : '';
  return text.length >= length ? text.slice(0, length) : text + 'a'.repeat(length - text.length);
}

function invertConcat(args: readonly Scalar[], wanted: string, into: Into): readonly Assignment[] | undefined {
  const texts = args.map(literalJson);
  let start = 0;
  while (start < args.length && texts[start] !== undefined) start++;
  let end = args.length;
  while (end > start && texts[end - 1] !== undefined) end--;
  const prefix = texts
    .slice(0, start)
    .map((one) => jsonText(one ?? ''))
    .join('');
  const suffix = texts
    .slice(end)
    .map((one) => jsonText(one ?? ''))
    .join('');
  const inner = wanted.slice(prefix.length, wanted.length - suffix.length);
  const middle = args.slice(start, end);
  const found: (readonly Assignment[] | undefined)[] = [];
  let rest = inner;
  for (const [index, arg] of middle.entries()) {
    const own = literalJson(arg);
    if (own !== undefined) {
      const at = rest.indexOf(jsonText(own));
      rest = at < 0 ? rest : rest.slice(at + jsonText(own).length);
      continue;
    }
    const next = middle
      .slice(index + 1)
      .map(literalJson)
      .find((one) => one !== undefined);
    const isLast = middle.slice(index + 1).every((other) => literalJson(other) !== undefined);
    const cut = next === undefined ? -1 : rest.indexOf(jsonText(next));
    const piece = cut >= 0 ? rest.slice(0, cut) : isLast || index === 0 ? rest : '';
    found.push(into(arg, piece));
    rest = cut >= 0 ? rest.slice(cut) : isLast || index === 0 ? '' : rest;
  }
  return allOf(found);
}

function invertSum(
  left: Scalar | undefined,
  right: Scalar | undefined,
  wanted: Json,
  sign: 1 | -1,
  into: Into,
): readonly Assignment[] | undefined {
  if (left === undefined || right === undefined) return undefined;
  const amount = amountOf(right);
  const instant = typeof wanted === 'string' ? Date.parse(wanted) : NaN;
  if (amount !== undefined) {
    if (typeof wanted === 'number') return into(left, wanted - sign * amount);
    return Number.isNaN(instant) ? undefined : into(left, new Date(instant - sign * amount).toISOString());
  }
  const first = amountOf(left);
  if (first !== undefined && typeof wanted === 'number') return into(right, sign * (wanted - first));
  return undefined;
}

/** A number; of a duration its milliseconds. */
function amountOf(scalar: Scalar): number | undefined {
  if (scalar.op !== 'literal') return undefined;
  const { value } = scalar;
  if (value.type === 'long') return Number(value.value);
  if (value.type === 'real' || value.type === 'decimal' || value.type === 'timespan') return value.value;
  return undefined;
}

function invertProduct(
  left: Scalar | undefined,
  right: Scalar | undefined,
  wanted: Json,
  undo: (value: number, factor: number) => number,
  into: Into,
): readonly Assignment[] | undefined {
  const number = typeof wanted === 'number' ? wanted : typeof wanted === 'string' ? parseTimespan(wanted) : undefined;
  if (left === undefined || right === undefined || number === undefined) return undefined;
  const factor = amountOf(right);
  if (factor !== undefined && factor !== 0) return into(left, undo(number, factor));
  const other = amountOf(left);
  return other === undefined || other === 0 ? undefined : into(right, number / other);
}

/** A text in which the group is the wanted text, where that can be; else any that the regex matches. */
function textWithGroup(regex: string, group: number, wanted: string): string | undefined {
  const fixed = replaceGroup(regex, group, quoteRegex(wanted));
  const text = fixed === undefined ? undefined : sampleRegex(fixed);
  if (text !== undefined && compileRegex(regex).matcher(text).find()) return text;
  return sampleRegex(regex);
}

/** A text in which the group is the wanted text: the present text with another group, else a new one. */
function invertExtract(
  regex: string,
  group: number,
  wanted: string,
  subject: Scalar | undefined,
  current: Current,
  into: Into,
): readonly Assignment[] | undefined {
  const place = subject?.op === 'field' ? subject : undefined;
  const before = place === undefined ? undefined : current(place);
  if (typeof before === 'string' && before !== '') {
    const changed = withGroup(before, regex, group, wanted);
    if (changed !== undefined) return into(subject, changed);
    const one = textWithGroup(regex, group, wanted);
    return one === undefined ? undefined : into(subject, `${before} ${one}`);
  }
  return into(subject, textWithGroup(regex, group, wanted));
}

function withGroup(text: string, regex: string, group: number, wanted: string): string | undefined {
  const matcher = compileRegex(regex).matcher(text);
  if (!matcher.find() || group > matcher.groupCount()) return undefined;
  const start = matcher.start(group);
  return start < 0 ? undefined : text.slice(0, start) + wanted + text.slice(matcher.end(group));
}

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const part = (wanted: Json, name: string): string | undefined => {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return undefined;
  const value = (wanted as { readonly [key: string]: Json })[name];
  return value === undefined ? undefined : jsonText(value);
};

function urlOf(wanted: Json): string {
  const path = part(wanted, 'Path') ?? '/';
  const port = part(wanted, 'Port');
  return `${part(wanted, 'Scheme') ?? 'https'}://${part(wanted, 'Host') ?? 'example.com'}${port === undefined ? '' : `:${port}`}${path}`;
}

function pathOf(wanted: Json): string {
  const extension = part(wanted, 'Extension');
  const folder = part(wanted, 'DirectoryPath') ?? `C:\\${part(wanted, 'DirectoryName') ?? 'Folder'}`;
  return `${folder}\\${part(wanted, 'Filename') ?? `file.${extension ?? 'bin'}`}`;
}
