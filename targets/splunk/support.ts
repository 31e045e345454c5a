/**
 * Which functions of the Detection have a function of `eval`, `where` or `stats` that means the same. Splunk Search
 * Reference, "Evaluation functions" and "Statistical and charting functions".
 */
import type { AggregateFunction, ScalarFunction } from '../../src/ir/types.ts';

/**
 * How an argument is written. `value`: as it is; a missing one makes the result missing, which reads as the empty text
 * that it would be. `text`: never missing, for the result of the empty text is another. `literal`: a text that is
 * written in the query.
 */
export type ArgumentKind = 'value' | 'text' | 'literal';

export interface FunctionRow {
  readonly fn: ScalarFunction;
  readonly name: string;
  /** The last kind stands for all that follow. */
  readonly args: readonly ArgumentKind[];
  readonly least: number;
  readonly most: number;
  /** Of a text that is there the result is a text that is there. */
  readonly keepsText?: boolean;
}

const row = (
  fn: ScalarFunction,
  name: string,
  args: readonly ArgumentKind[],
  counts: readonly [number, number] = [args.length, args.length],
  keepsText = false,
): FunctionRow => ({ fn, name, args, least: counts[0], most: counts[1], ...(keepsText ? { keepsText } : {}) });

export const FUNCTION_ROWS: readonly FunctionRow[] = [
  row('lower', 'lower', ['value'], [1, 1], true),
  row('upper', 'upper', ['value'], [1, 1], true),
  row('length', 'len', ['text']),
  row('split', 'split', ['value', 'value']),
  row('replaceRegex', 'replace', ['value', 'literal', 'literal'], [3, 3], true),
  row('urlDecode', 'urldecode', ['value']),
  row('joinText', 'mvjoin', ['value', 'literal']),
  row('arrayLength', 'mvcount', ['value']),
  row('element', 'mvindex', ['value']),
  row('arraySlice', 'mvindex', ['value'], [3, 3]),
  row('arrayConcat', 'mvappend', ['value'], [1, 50]),
  // The elements of a JSON list as a multivalue: nothing else takes the text of a list apart.
  row('parseJson', 'json_array_to_mv', ['value'], [1, 1]),
  row('setUnion', 'mvdedup', ['value']),
  row('abs', 'abs', ['value']),
  row('ceiling', 'ceiling', ['value']),
  row('floor', 'floor', ['value']),
  row('round', 'round', ['value'], [1, 2]),
  row('sqrt', 'sqrt', ['value']),
  row('exp', 'exp', ['value']),
  row('power', 'pow', ['value'], [2, 2]),
  row('log', 'ln', ['value']),
  row('maxOf', 'max', ['value'], [1, 50]),
  row('minOf', 'min', ['value'], [1, 50]),
  row('toReal', 'tonumber', ['value']),
  row('toText', 'tostring', ['value']),
  row('coalesce', 'coalesce', ['value'], [1, 50]),
  row('makeBag', 'json_object', ['value'], [0, 100]),
];

const ELEMENT_COUNTS = new Map<ScalarFunction, readonly [number, number]>([['element', [2, 2]]]);

const rowsByFunction = new Map(FUNCTION_ROWS.map((one) => [one.fn, one]));

/** The row of a function called with so many arguments. */
export function rowOfFunction(fn: ScalarFunction, count: number): FunctionRow | undefined {
  const found = rowsByFunction.get(fn);
  const [least, most] = ELEMENT_COUNTS.get(fn) ?? [found?.least ?? 0, found?.most ?? 0];
  return found !== undefined && count >= least && count <= most ? found : undefined;
}

/** The row of a function of `eval`. */
export function rowOfName(name: string, count: number): FunctionRow | undefined {
  const known = ALIASES.get(name) ?? name;
  return FUNCTION_ROWS.find((one) => {
    const [least, most] = ELEMENT_COUNTS.get(one.fn) ?? [one.least, one.most];
    return one.name === known && count >= least && count <= most;
  });
}

/** Other names of functions. */
const ALIASES: ReadonlyMap<string, string> = new Map([['ceil', 'ceiling']]);

/** Hash functions: the name of the algorithm and of the function are one. */
export const HASHES: ReadonlySet<string> = new Set(['md5', 'sha1', 'sha256', 'sha512']);

/** Statistics with one function on either side; `count`, `dc` and percentiles have forms of their own. */
export const STATISTICS: ReadonlyMap<AggregateFunction, string> = new Map([
  ['sum', 'sum'],
  ['average', 'avg'],
  ['min', 'min'],
  ['max', 'max'],
  ['standardDeviation', 'stdev'],
  ['variance', 'var'],
  ['any', 'first'],
  ['list', 'list'],
  ['set', 'values'],
]);

/** Statistics by their names; `mean` is another name of `avg`. */
export const STATISTICS_BY_NAME: ReadonlyMap<string, AggregateFunction> = new Map([
  ...[...STATISTICS].map(([fn, name]) => [name, fn] as const),
  ['mean', 'average'],
]);

/** The event time, in seconds since 1970. */
export const TIME = '_time';

/** The event's text; of JSON events the JSON. */
export const RAW = '_raw';

/** The column that a KQL `take_any(*)` measures and drops again: `dedup` keeps any row of each group. */
export const ANY_ROW = '$row';

/** The field that marks rows of the left side that have a counterpart on the right. */
export const MATCHED = 'joined_with_right';

/**
 * Instants are read from ISO 8601 in UTC: its first 19 characters, to the second, with the offset behind them. A literal
 * `Z` in a format is no time zone, and a fraction in it has to be there (Search Reference, "Date and time format
 * variables").
 */
export const INSTANT_FORMAT = '%Y-%m-%dT%H:%M:%S%z';
export const INSTANT_LENGTH = 19;
export const UTC_OFFSET = '+0000';

/** Parts of KQL's datetime formats and of `strftime`'s. */
export const FORMAT_PARTS: readonly (readonly [string, string])[] = [
  ['yyyy', '%Y'],
  ['yy', '%y'],
  ['MM', '%m'],
  ['dd', '%d'],
  ['HH', '%H'],
  ['hh', '%I'],
  ['mm', '%M'],
  ['ss', '%S'],
  ['fff', '%3N'],
  ['tt', '%p'],
];
