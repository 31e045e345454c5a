/**
 * What the neutral scalar functions mean: argument order, result type and one line each. Lowering fills calls in this
 * order, the evaluator runs them so, every emitter reads them so.
 *
 * A parameter's name ends in `?` when it may be left out (only from the end) and begins with `...` when any number may
 * follow. Positions count from 0. A null argument gives a null result (`""` for results of type string) unless the
 * line says otherwise. Durations are of type timespan.
 */
import type { ScalarFunction, ScalarType } from './types.ts';

/**
 * The type of a call's result. `first`: that of the first argument; `widest`: `real` or `decimal` when an argument is
 * one, else the first argument's; `additive`: of sums and differences, where datetimes and timespans mix.
 */
export type ResultType = ScalarType | 'first' | 'widest' | 'additive';

export interface FunctionEntry {
  readonly parameters: readonly string[];
  readonly result: ResultType;
  readonly meaning: string;
}

const entry = (parameters: string, result: ResultType, meaning: string): FunctionEntry => ({
  parameters: parameters === '' ? [] : parameters.split(' '),
  result,
  meaning,
});

export const SCALAR_FUNCTIONS: Readonly<Record<ScalarFunction, FunctionEntry>> = {
  // text
  lower: entry('text', 'string', 'Lower case.'),
  upper: entry('text', 'string', 'Upper case.'),
  concat: entry('...parts', 'string', 'The parts as text, one after the other; a null part is empty.'),
  concatWith: entry('delimiter ...parts', 'string', 'The parts as text with the delimiter between them.'),
  joinText: entry('array delimiter?', 'string', 'The elements of an array as text, the delimiter between them.'),
  length: entry('text', 'long', 'Number of characters (code points).'),
  byteLength: entry('text', 'long', 'Number of bytes of the UTF-8 form.'),
  substring: entry('text start length?', 'string', 'From a position on; a negative start counts from the end.'),
  indexOf: entry(
    'text lookup start? length? occurrence?',
    'long',
    'Position of the lookup, case-sensitive; -1 when it is not there.',
  ),
  indexOfRegex: entry(
    'text regex start? length? occurrence?',
    'long',
    'Position of the first match of a regex; -1: none.',
  ),
  split: entry('text delimiter index?', 'dynamic', 'Array of the pieces; with an index, an array of that piece only.'),
  trim: entry('regex text', 'string', 'Without what the regex matches at both ends.'),
  trimStart: entry('regex text', 'string', 'Without what the regex matches at the start.'),
  trimEnd: entry('regex text', 'string', 'Without what the regex matches at the end.'),
  replaceText: entry('text lookup rewrite', 'string', 'Every occurrence of the lookup replaced; case-sensitive.'),
  replaceRegex: entry('text regex rewrite', 'string', 'Every match replaced; `\\1` in the rewrite is a group.'),
  extract: entry('regex group text', 'string', 'A capture group (0: all) of the first match; empty without a match.'),
  extractAll: entry(
    'regex text groups?',
    'dynamic',
    'Every match: an array of texts when one group is asked for, of arrays of texts when several; null without a match.',
  ),
  extractJson: entry('path text', 'string', 'The value at a JSONPath as text.'),
  countMatches: entry(
    'text search kind?',
    'long',
    'Occurrences (overlapping); kind `regex`: matches (not overlapping).',
  ),
  reverse: entry('text', 'string', 'The characters in reverse order.'),
  translate: entry(
    'search replacement text',
    'string',
    'Each character of the search list replaced by its counterpart.',
  ),
  repeat: entry('value count delimiter?', 'string', 'The value as text, so many times.'),
  formatText: entry('format ...values', 'string', 'printf-style formatting.'),
  compareText: entry('first second', 'long', '-1, 0 or 1 by the order of the code points.'),
  base64Decode: entry('text', 'string', 'Base64 to UTF-8 text; empty when it is no base64.'),
  base64DecodeToBytes: entry('text', 'dynamic', 'Base64 to an array of byte values; null when it is no base64.'),
  base64Encode: entry('text', 'string', 'UTF-8 text to base64.'),
  urlDecode: entry('text', 'string', 'Percent-decoding.'),
  urlEncode: entry('text', 'string', 'Percent-encoding.'),
  parseUrl: entry('url', 'dynamic', 'Bag of Scheme, Host, Port, Path, Username, Password, Query Parameters, Fragment.'),
  parseUrlQuery: entry('text', 'dynamic', 'Bag with `Query Parameters`.'),
  parsePath: entry(
    'path',
    'dynamic',
    'Bag of Scheme, RootPath, DirectoryPath, DirectoryName, Filename, Extension, AlternateDataStreamName.',
  ),
  parseCommandLine: entry('text kind', 'dynamic', 'Array of the arguments; kind `Windows`.'),
  parseCsv: entry('text', 'dynamic', 'Array of the first record.'),
  parseJson: entry('text', 'dynamic', 'JSON to a structure; text that is no JSON stays a text inside the dynamic.'),
  parseXml: entry('text', 'dynamic', 'XML to a structure; attributes become `@name`, text content `#text`.'),
  parseUserAgent: entry('text kind', 'dynamic', 'Bag of Browser, OperatingSystem, Device.'),
  parseVersion: entry('text', 'decimal', 'A version of up to four parts as a number that orders like it.'),
  hash: entry('value algorithm', 'string', 'Hexadecimal digest; `md5`, `sha1`, `sha256`, `xxhash64`.'),
  toHex: entry('value minimumLength?', 'string', 'A number in hexadecimal, lower case, padded with zeros.'),
  isAscii: entry('text', 'bool', 'Whether all characters are ASCII.'),
  isUtf8: entry('text', 'bool', 'Whether the text is valid UTF-8.'),
  toCodePoints: entry('text', 'dynamic', 'Array of code points.'),
  fromCodePoints: entry('...codePoints', 'string', 'Text of code points, or of arrays of them.'),
  quoteRegex: entry('text', 'string', 'The text as a regex that matches it and nothing else.'),

  // conversion
  toText: entry('value', 'string', 'As text: structures as compact JSON, null as the empty text.'),
  toLong: entry('value', 'long', 'As an integer; null when it is none.'),
  toReal: entry('value', 'real', 'As a floating-point number; null when it is none.'),
  toDecimal: entry('value', 'decimal', 'As a decimal number; null when it is none.'),
  toBool: entry('value', 'bool', 'As a bool (`true`, `false`, numbers); null when it is none.'),
  toDatetime: entry('value', 'datetime', 'As an instant; null when it is none.'),
  toTimespan: entry('value', 'timespan', 'As a duration; null when it is none.'),
  toGuid: entry('value', 'guid', 'As a GUID; null when it is none.'),
  toDynamic: entry('value', 'dynamic', 'The value itself, typed dynamic; a text is not parsed (see parseJson).'),

  // arithmetic
  add: entry('left right', 'additive', 'Sum; datetime + timespan is a datetime.'),
  subtract: entry('left right', 'additive', 'Difference; datetime - datetime is a timespan.'),
  multiply: entry('left right', 'widest', 'Product; timespan * number is a timespan.'),
  divide: entry(
    'left right',
    'widest',
    'Quotient; of two longs truncated; timespan / timespan is a real; by 0 null (long).',
  ),
  modulo: entry('left right', 'widest', 'Remainder; never negative.'),
  negate: entry('value', 'first', 'The value with the other sign.'),
  abs: entry('value', 'first', 'Absolute value.'),
  round: entry('value digits?', 'real', 'Rounded to so many digits after the point.'),
  floor: entry('value', 'first', 'The greatest integer not above the value (see bin for steps).'),
  ceiling: entry('value', 'first', 'The least integer not below the value.'),
  log: entry('value', 'real', 'Natural logarithm.'),
  log2: entry('value', 'real', 'Logarithm to base 2.'),
  log10: entry('value', 'real', 'Logarithm to base 10.'),
  exp: entry('value', 'real', 'e to the power of the value.'),
  power: entry('base exponent', 'real', 'Power.'),
  sqrt: entry('value', 'real', 'Square root; null of a negative.'),
  sign: entry('value', 'first', '-1, 0 or 1.'),
  maxOf: entry('...values', 'first', 'The greatest argument; nulls are ignored.'),
  minOf: entry('...values', 'first', 'The least argument; nulls are ignored.'),
  bin: entry('value size', 'first', 'Rounded down to a multiple of the size; datetimes from the epoch 0001-01-01.'),
  binAt: entry('value size fixed', 'first', 'Rounded down to fixed + a multiple of the size.'),
  bitAnd: entry('left right', 'long', 'Bitwise and.'),
  bitOr: entry('left right', 'long', 'Bitwise or.'),
  bitXor: entry('left right', 'long', 'Bitwise exclusive or.'),
  bitNot: entry('value', 'long', 'Bitwise not.'),
  shiftLeft: entry('value bits', 'long', 'Shifted to the left.'),
  shiftRight: entry('value bits', 'long', 'Shifted to the right.'),

  // time
  startOf: entry(
    'time unit offset?',
    'datetime',
    'Start of the `day`, `week` (Sunday), `month`, `year`, moved by offset units.',
  ),
  endOf: entry('time unit offset?', 'datetime', 'Last tick of the same units.'),
  datePart: entry(
    'part time',
    'long',
    'Year, Quarter, Month, week_of_year, Day, DayOfYear, Hour, Minute, Second, Millisecond, Microsecond, Nanosecond.',
  ),
  dateAdd: entry(
    'period amount time',
    'datetime',
    'The time moved by so many year, quarter, month, week, day, hour, minute, second, millisecond.',
  ),
  dateDiff: entry(
    'period first second',
    'long',
    'How many period boundaries lie from second to first (first - second).',
  ),
  dayOfWeek: entry('time', 'timespan', 'Days since the preceding Sunday.'),
  dayOfMonth: entry('time', 'long', '1 to 31.'),
  dayOfYear: entry('time', 'long', '1 to 366.'),
  hourOfDay: entry('time', 'long', '0 to 23.'),
  formatDatetime: entry('time format', 'string', 'As text by a format of yyyy MM dd HH mm ss fff and the like.'),
  formatTimespan: entry('timespan format', 'string', 'As text by a format of d hh mm ss fff and the like.'),
  makeDatetime: entry('year month day hour? minute? second?', 'datetime', 'The instant; null when there is none.'),
  makeTimespan: entry(
    'days hours minutes? seconds?',
    'timespan',
    'KQL: two arguments are hours, minutes; three hours, minutes, seconds; four all. Always given as four here.',
  ),
  fromUnixSeconds: entry('value', 'datetime', 'Seconds since 1970.'),
  fromUnixMillis: entry('value', 'datetime', 'Milliseconds since 1970.'),
  ingestionTime: entry('', 'datetime', 'When the event reached the table.'),

  // lists and bags
  element: entry(
    'container key',
    'dynamic',
    'Array element by position (negative: from the end) or property by name; null: none.',
  ),
  makeArray: entry('...values', 'dynamic', 'An array.'),
  makeBag: entry('...keysAndValues', 'dynamic', 'A bag of alternating keys and values.'),
  arrayLength: entry('array', 'long', 'Number of elements; null of anything else.'),
  arrayConcat: entry('...arrays', 'dynamic', 'One array of all elements.'),
  arraySlice: entry('array start end', 'dynamic', 'From start to end, both included; negatives count from the end.'),
  arrayIndexOf: entry('array value start? length? occurrence?', 'long', 'Position of a value; -1: none.'),
  arraySort: entry('array direction', 'dynamic', 'Sorted `asc` or `desc`.'),
  arraySum: entry('array', 'real', 'Sum of the elements; null when one is no number.'),
  arrayReverse: entry('array', 'dynamic', 'In reverse order.'),
  setUnion: entry('...arrays', 'dynamic', 'Distinct elements of all.'),
  setDifference: entry('array ...others', 'dynamic', 'Distinct elements of the first that are in no other.'),
  setIntersect: entry('...arrays', 'dynamic', 'Distinct elements that are in all.'),
  setHas: entry('array value', 'bool', 'Whether the value is an element.'),
  bagKeys: entry('bag', 'dynamic', 'Array of the property names.'),
  bagMerge: entry('...bags', 'dynamic', 'One bag; the leftmost value of a name wins.'),
  bagRemoveKeys: entry('bag keys', 'dynamic', 'The bag without some properties.'),
  bagHasKey: entry('bag key', 'bool', 'Whether there is such a property.'),
  packAll: entry('ignoreEmpty?', 'dynamic', 'All columns of the row as a bag.'),
  anyElement: entry(
    'list id',
    'dynamic',
    'An element of a list, the same one for all calls with the same id: what holds of the row holds for some choice. Only in shapes.',
  ),
  treePath: entry('value', 'dynamic', 'Array of all paths in a structure.'),
  zip: entry('...arrays', 'dynamic', 'Array of arrays: the first elements, the second elements ...'),
  range: entry('start stop step?', 'dynamic', 'Array of start, start + step ... up to stop.'),

  // network
  ipInRange: entry(
    'address range',
    'bool',
    'An IPv4 address within a range whose text is computed (literals: the predicate).',
  ),
  ipCompare: entry(
    'first second prefix?',
    'long',
    '-1, 0 or 1 by address, under both masks; null when one is no address.',
  ),
  ipIsPrivate: entry('address', 'bool', 'IPv4 in 10/8, 172.16/12 or 192.168/16; null when it is no address.'),
  ipToLong: entry('address', 'long', 'An IPv4 address as a number, masked by its prefix; null when it is none.'),
  ipFormatMask: entry('address prefix?', 'string', 'An IPv4 network as `a.b.c.d/n`.'),
  ipFormat: entry('address prefix?', 'string', 'An IPv4 address, masked, as `a.b.c.d`.'),
  ipNetmask: entry('address', 'long', 'The prefix length after the slash; 32 without one.'),
  ipv6Compare: entry('first second prefix?', 'long', 'Like ipCompare, for IPv6 and IPv4.'),
  ipv6InRange: entry('address range', 'bool', 'Like ipInRange, for IPv6 and IPv4.'),
  hasIp: entry(
    'text ...addresses',
    'bool',
    'Whether one of the IPv4 addresses stands in the text, delimited by what is no letter or digit.',
  ),
  hasIpPrefix: entry('text ...prefixes', 'bool', 'Like hasIp, for prefixes that end in a dot.'),
  geoFromIp: entry(
    'address',
    'dynamic',
    'Bag of country, state, city, latitude, longitude: from a database outside the events.',
  ),

  // choice, types, rows
  coalesce: entry('...values', 'first', 'The first that is not null (texts: not empty).'),
  typeName: entry('value', 'string', 'Name of the value’s type at run time.'),
  isNan: entry('value', 'bool', 'Whether it is not-a-number.'),
  isFinite: entry('value', 'bool', 'Whether it is neither infinite nor not-a-number.'),
  previousRow: entry('column offset? default?', 'first', 'The column’s value in an earlier row of the sorted input.'),
  nextRow: entry('column offset? default?', 'first', 'The column’s value in a later row of the sorted input.'),
  rowNumber: entry(
    'start? restart?',
    'long',
    'Position in the sorted input, from start (1), again at rows where restart holds.',
  ),
  rowCumulativeSum: entry('term restart?', 'first', 'Running sum over the sorted input.'),
  rowRank: entry('term restart?', 'long', 'Rank (dense) in the sorted input.'),
  rowWindowSession: entry(
    'time maxFromFirst maxBetween restart?',
    'datetime',
    'Start of the session that the row belongs to.',
  ),
  newGuid: entry('', 'guid', 'A random GUID.'),
  random: entry('upTo?', 'real', 'A random number.'),
  columnNames: entry('', 'dynamic', 'Array of the names of the row’s columns.'),

  // series
  seriesDecomposeAnomalies: entry(
    'series threshold? seasonality? trend? testPoints? method? seasonalityThreshold?',
    'dynamic',
    'Array [flags, scores, baseline]; KQL gives them as three columns.',
  ),
  seriesDecompose: entry('series ...options', 'dynamic', 'Array [baseline, seasonal, trend, residual].'),
  seriesOutliers: entry('series ...options', 'dynamic', 'Array of outlier scores.'),
  seriesStats: entry('series ignoreNonFinite?', 'dynamic', 'Bag of min, min_idx, max, max_idx, avg, stdev, variance.'),
  seriesFitLine: entry('series', 'dynamic', 'Array [rsquare, slope, variance, rvariance, interception, line].'),
  seriesFill: entry(
    'kind series ...options',
    'dynamic',
    'Missing points filled: `forward`, `backward`, `const`, `linear`.',
  ),
  seriesOther: entry('name ...args', 'dynamic', 'Another function on series; its name comes first.'),
};

/** How many arguments a function takes; `most` is infinite where any number may follow. */
export function argumentCounts(fn: ScalarFunction): { readonly least: number; readonly most: number } {
  const { parameters } = SCALAR_FUNCTIONS[fn];
  const repeats = parameters.some((parameter) => parameter.startsWith('...'));
  const least = parameters.filter((parameter) => !parameter.endsWith('?') && !parameter.startsWith('...')).length;
  return { least, most: repeats ? Infinity : parameters.length };
}

/** The type of a call's result, from those of its arguments. */
export function resultTypeOf(fn: ScalarFunction, args: readonly ScalarType[]): ScalarType {
  const { result } = SCALAR_FUNCTIONS[fn];
  const [first = 'unknown', second = 'unknown'] = args;
  const either = (type: ScalarType): boolean => first === type || second === type;
  if (result === 'first') return first;
  if (result !== 'widest' && result !== 'additive') return result;
  if (result === 'widest' && first === 'timespan' && second === 'timespan') return fn === 'modulo' ? first : 'real';
  if (result === 'additive' && first === 'datetime' && second === 'datetime') return 'timespan';
  if (result === 'additive' && either('datetime')) return 'datetime';
  if (either('timespan')) return 'timespan';
  if (either('real')) return 'real';
  if (either('decimal')) return 'decimal';
  return first === 'unknown' || first === 'dynamic' ? second : first;
}
