/** Function calls in SPL's words. What a function has no counterpart for is put together from others where that is exact. */
import { call, field, long, text } from '../../src/ir/build.ts';
import type { Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { kqlName } from '../../src/kql/raise/names.ts';
import { firstText } from './adapt-scalar.ts';
import type { ScalarContext } from './adapt-scalar.ts';
import { Arguments, binTo, floorOf, make, op, truncated } from './call-arguments.ts';
import type { Call, Handler } from './call-arguments.ts';
import { JSON_HANDLERS } from './call-json.ts';
import { DAY, TIME_HANDLERS } from './call-time.ts';
import { countGroups, escapePattern, readGroups } from './patterns.ts';
import { isPlainField } from './rows.ts';
import { HASHES, rowOfFunction } from './support.ts';
import { isNumber, typeOf } from './value-types.ts';
import { unsayable } from './unsayable.ts';

export function adaptCall(node: Call, context: ScalarContext): Scalar {
  const handler = HANDLERS[node.fn] ?? TIME_HANDLERS[node.fn] ?? JSON_HANDLERS[node.fn];
  if (handler !== undefined) return handler(new Arguments(node, context));
  return unsayable(node, `The function '${kqlName(node)}' has no counterpart in SPL.`);
}

/** The same function, of the adapted arguments. */
const alike: Handler = (of) => {
  const { fn } = of.node;
  if (rowOfFunction(fn, of.count) === undefined)
    return unsayable(of.node, `'${kqlName(of.node)}' with ${of.count} arguments has no counterpart.`);
  return make(of, fn, of.values());
};

/** The value is what its argument is. */
const itself: Handler = (of) => of.value(0);

const binary: Handler = (of) => make(of, of.node.fn, [of.value(0), of.value(1)]);

const HANDLERS: Partial<Readonly<Record<ScalarFunction, Handler>>> = {
  // text
  lower: alike,
  upper: alike,
  length: alike,
  urlDecode: alike,
  concat: (of) => make(of, 'concat', of.values()),
  concatWith: (of) => {
    const delimiter = of.value(0);
    const parts = of.values(1).flatMap((part, index) => (index === 0 ? [part] : [delimiter, part]));
    return make(of, 'concat', parts);
  },
  joinText: (of) => {
    const delimiter = of.count > 1 ? of.literalText(1, 'A delimiter') : '';
    return make(of, 'joinText', [of.value(0), text(delimiter)]);
  },
  substring: (of) => {
    const start = of.literalNumber(1, 'The start of a part of a text');
    return make(of, 'substring', [of.value(0), long(Math.trunc(start)), ...of.values(2)]);
  },
  split: (of) => {
    const delimiter = of.literalText(1, 'A delimiter');
    if (delimiter === '') return unsayable(of.node, 'Splitting a text into characters has no counterpart.');
    const pieces = call('split', [of.value(0), text(delimiter)], 'dynamic', of.node.span);
    if (of.count === 2) return pieces;
    // The result is a list of one piece.
    const position = long(of.literalNumber(2, 'A position'));
    return make(of, 'arraySlice', [pieces, position, position]);
  },
  trim: (of) => {
    const pattern = of.pattern(0);
    const start = replaced(of, of.value(1), `^(?:${pattern})+`);
    return replaced(of, start, `(?:${pattern})+\\z`);
  },
  trimStart: (of) => replaced(of, of.value(1), `^(?:${of.pattern(0)})+`),
  trimEnd: (of) => replaced(of, of.value(1), `(?:${of.pattern(0)})+\\z`),
  replaceText: (of) => {
    const lookup = escapePattern(of.literalText(1, 'A text to replace'));
    const rewrite = of.literalText(2, 'A replacement').replaceAll('\\', '\\\\');
    return make(of, 'replaceRegex', [of.value(0), text(lookup), text(rewrite)]);
  },
  replaceRegex: (of) => {
    const rewrite = of.literalText(2, 'A replacement');
    if (/\\0/.test(rewrite.replaceAll('\\\\', '')))
      return unsayable(of.node, 'The whole match in a replacement has no counterpart.');
    return make(of, 'replaceRegex', [of.value(0), text(of.pattern(1)), text(rewrite)]);
  },
  extract: (of) => {
    const group = of.literalNumber(1, 'The number of a group');
    const written = readGroups(of.pattern(0)).pattern;
    const pattern = group === 0 ? `(${written})` : written;
    const number = group === 0 ? 1 : group;
    if (number > countGroups(pattern)) return text('', of.node.span);
    const value = call('extract', [text(pattern), long(number), of.asField(2)], 'string', of.node.span);
    return of.context.rows.compute(value, of.context.rows.columnNamed(of.node) ?? 'extracted');
  },
  extractAll: (of) => {
    const { pattern } = readGroups(of.pattern(0));
    if (countGroups(pattern) !== 1 || of.count > 2)
      return unsayable(of.node, 'All matches of several groups have no counterpart.');
    const value = call('extractAll', [text(pattern), of.asField(1)], 'dynamic', of.node.span);
    return of.context.rows.compute(value, of.context.rows.columnNamed(of.node) ?? 'extracted');
  },
  hash: (of) => {
    const algorithm = of.count > 1 ? of.literalText(1, 'An algorithm') : 'xxhash64';
    if (!HASHES.has(algorithm)) return unsayable(of.node, `The hash '${algorithm}' has no counterpart.`);
    return make(of, 'hash', [of.value(0), text(algorithm)]);
  },

  // conversion
  toText: itself,
  toGuid: itself,
  toDynamic: itself,
  toLong: (of) => {
    const type = typeOf(of.raw(0));
    if (type === 'long') return of.value(0);
    if (type === 'real' || type === 'decimal') return truncated(of.value(0));
    if (type === 'datetime' || type === 'timespan')
      return unsayable(of.node, 'A time as a number of ticks has no counterpart.');
    return extractsDigits(of.raw(0)) ? numberIn(of) : make(of, 'toReal', [withoutFraction(of.value(0))]);
  },
  toReal: (of) => (isNumber(of.raw(0)) ? of.value(0) : numberIn(of)),
  toDecimal: (of) => (isNumber(of.raw(0)) ? of.value(0) : numberIn(of)),
  toTimespan: (of) =>
    typeOf(of.raw(0)) === 'timespan' ? of.value(0) : unsayable(of.node, 'A duration in a text has no counterpart.'),
  toDatetime: (of) => {
    if (typeOf(of.raw(0)) === 'datetime') return of.value(0);
    const { rows, use } = of.context;
    const message = 'A time in a text is read as ISO 8601 in UTC, to the second.';
    rows.adapting.noteUse('time-format', 'differs', use, of.node.span, message);
    return make(of, 'toDatetime', [of.value(0)]);
  },

  // arithmetic
  add: binary,
  subtract: binary,
  multiply: binary,
  divide: (of) => {
    const quotient = make(of, 'divide', [of.value(0), of.value(1)]);
    // Of two integers KQL keeps the integer part.
    return typeOf(of.raw(0)) === 'long' && typeOf(of.raw(1)) === 'long' ? truncated(quotient) : quotient;
  },
  modulo: (of) => {
    const [value, size] = [of.value(0), of.value(1)];
    return op('subtract', value, op('multiply', floorOf(op('divide', value, size)), size));
  },
  negate: (of) => make(of, 'multiply', [of.value(0), long(-1)]),
  abs: alike,
  ceiling: alike,
  floor: alike,
  round: alike,
  sqrt: alike,
  exp: alike,
  power: alike,
  log: alike,
  log2: (of) => make(of, 'log2', [of.value(0)]),
  log10: (of) => make(of, 'log10', [of.value(0)]),
  maxOf: alike,
  minOf: alike,
  bin: (of) => {
    const size = of.raw(1);
    if (size.op !== 'literal') return unsayable(of.node, 'A computed bin size has no counterpart.');
    const width = size.value.type === 'timespan' ? size.value.value / 1000 : of.literalNumber(1, 'A bin size');
    if (!(width > 0)) return unsayable(of.node, 'A bin of no size has no counterpart.');
    const value = of.value(0);
    const isTime = typeOf(of.raw(0)) === 'datetime';
    // KQL counts days from year 1, 719,162 days before the epoch.
    const offset = isTime && width > DAY ? -((719_162 * DAY) % width) : 0;
    return binTo(value, width, offset);
  },

  // time
  fromUnixSeconds: itself,
  fromUnixMillis: (of) => op('divide', of.value(0), long(1000)),
  ingestionTime: (of) => field('_indextime', [], 'datetime', of.node.span),

  // choice
  coalesce: (of) => {
    const values = of.values();
    if (of.node.type === 'string') return firstText(values, of.node.span);
    // Texts that are missing read as empty: the empty text adds nothing.
    const last = values.at(-1);
    const kept =
      last?.op === 'literal' && last.value.type === 'string' && last.value.value === '' ? values.slice(0, -1) : values;
    const [only] = kept;
    return kept.length === 1 && only !== undefined ? only : make(of, 'coalesce', kept);
  },
};

/** Whether an extraction takes nothing but digits. */
function extractsDigits(raw: Scalar): boolean {
  const [pattern, number] = raw.op === 'call' && raw.fn === 'extract' ? raw.args : [];
  if (pattern?.op !== 'literal' || pattern.value.type !== 'string') return false;
  if (number?.op !== 'literal' || number.value.type !== 'long') return false;
  const written = readGroups(pattern.value.value).pattern;
  const groups = written.match(/\((?!\?)(?:[^()\\]|\\.)*\)/g) ?? [];
  const group = groups.length === countGroups(written) ? groups[Number(number.value.value) - 1] : undefined;
  return group !== undefined && /^\((?:\[\+-\]\?)?(?:\[0-9\]|\\d)(?:\+|\{[0-9,]+\})\)$/.test(group);
}

/** The text of a number, truncated as `toint` does. */
const withoutFraction = (value: Scalar): Scalar =>
  call('replaceRegex', [value, text('^([+-]?[0-9]+)\\.[0-9]+\\z'), text('\\1')], 'string', value.span);

/** The number in a text; what a column extracts for it becomes the number itself. */
function numberIn(of: Arguments): Scalar {
  const [raw, value] = [of.raw(0), of.value(0)];
  const { rows } = of.context;
  if (raw.op === 'call' && raw.fn === 'extract' && isPlainField(value) && rows.isComputed(value))
    return rows.asNumber(value);
  return make(of, 'toReal', [value]);
}

function replaced(of: Arguments, value: Scalar, pattern: string): Scalar {
  return make(of, 'replaceRegex', [value, text(pattern), text('')]);
}
