/**
 * The functions of KQL, one row each: what a scalar function, an aggregate and a plug-in mean in the neutral terms of the
 * Detection, and how the column is called that has no name of its own.
 * Specification: "Scalar functions", "Aggregation functions" and "Evaluate plugins" of the Kusto Query Language reference
 * (Microsoft Learn); default column names as the reference shows them.
 */
import type { AggregateFunction, ScalarFunction, ScalarType } from '../ir/types.ts';

/**
 * How a call names its column where nothing else does.
 *
 * `none`: `Column1`, `Column2` ... `first`: like its first argument. `column`: as the text of the first argument says.
 * `call`: the function's name, `_`, the first argument's name.
 */
export type ImplicitName = 'none' | 'first' | 'column' | 'call';

/** Functions of type bool that are predicates in the neutral form. */
export type PredicateFunction =
  'not' | 'isEmpty' | 'isNotEmpty' | 'isNull' | 'isNotNull' | 'ipIsPrivate' | 'ipInRange' | 'ipMatch';

/** Functions whose meaning depends on where they stand: on the columns of the row, or on what an argument is. */
export type ContextFunction = 'choose' | 'toScalar' | 'columnIfExists' | 'columnExists';

/** Functions of values that differ from the neutral ones in their arguments, or by a constant. */
export type ValueFunction =
  | 'ago'
  | 'now'
  | 'identity'
  | 'extract'
  | 'extractAll'
  | 'extractJson'
  | 'split'
  | 'replaceStrings'
  | 'toDynamicText'
  | 'hash'
  | 'startOf'
  | 'endOf'
  | 'datePart'
  | 'unixTime'
  | 'makeTimespan'
  | 'packAll'
  | 'bagPackColumns'
  | 'arraySort'
  | 'hasIp'
  | 'hasIpPrefix'
  | 'seriesFill'
  | 'seriesOther';

export type FunctionMeaning =
  | { readonly is: 'call'; readonly fn: ScalarFunction; readonly order?: readonly number[] }
  | { readonly is: 'predicate'; readonly predicate: PredicateFunction; readonly variant: string }
  | { readonly is: 'context'; readonly context: ContextFunction }
  /** `variant` tells functions of one family apart. */
  | { readonly is: 'value'; readonly value: ValueFunction; readonly variant: string };

export interface FunctionRow {
  readonly meaning: FunctionMeaning;
  readonly names: ImplicitName;
  /** Columns of a function that gives several: suffixes of their default names, and types. */
  readonly columns?: readonly { readonly suffix: string; readonly type: ScalarType }[];
}

/** `order`: positions of KQL's arguments in the neutral function's order; left out: the same order. */
const call = (fn: ScalarFunction, names: ImplicitName = 'none', order?: readonly number[]): FunctionRow => ({
  meaning: { is: 'call', fn, ...(order === undefined ? {} : { order }) },
  names,
});
const predicate = (name: PredicateFunction, variant = ''): FunctionRow => ({
  meaning: { is: 'predicate', predicate: name, variant },
  names: 'none',
});
const context = (name: ContextFunction, names: ImplicitName = 'none'): FunctionRow => ({
  meaning: { is: 'context', context: name },
  names,
});
const value = (name: ValueFunction, variant = '', names: ImplicitName = 'none'): FunctionRow => ({
  meaning: { is: 'value', value: name, variant },
  names,
});
const tuple = (row: FunctionRow, columns: string): FunctionRow => ({
  ...row,
  columns: columns.split(' ').map((column) => {
    const [suffix = '', type = 'dynamic'] = column.split(':');
    return { suffix, type: type as ScalarType };
  }),
});

const ROWS: Readonly<Record<string, FunctionRow>> = {
  // choice, null and empty
  not: predicate('not'),
  isempty: predicate('isEmpty'),
  isnotempty: predicate('isNotEmpty'),
  notempty: predicate('isNotEmpty'),
  isnull: predicate('isNull'),
  isnotnull: predicate('isNotNull'),
  notnull: predicate('isNotNull'),
  iff: context('choose'),
  iif: context('choose'),
  case: context('choose'),
  coalesce: call('coalesce'),
  max_of: call('maxOf'),
  min_of: call('minOf'),
  column_ifexists: context('columnIfExists', 'column'),
  columnifexists: context('columnIfExists', 'column'),
  iscolumnexists: context('columnExists'),
  toscalar: context('toScalar'),
  materialize: value('identity'),

  // text
  tolower: call('lower'),
  toupper: call('upper'),
  strcat: call('concat'),
  strcat_delim: call('concatWith'),
  strcat_array: call('joinText'),
  array_strcat: call('joinText'),
  strlen: call('length', 'call'),
  string_size: call('byteLength', 'call'),
  substring: call('substring'),
  indexof: call('indexOf'),
  indexof_regex: call('indexOfRegex'),
  split: value('split', undefined, 'first'),
  trim: call('trim'),
  trim_start: call('trimStart'),
  trim_end: call('trimEnd'),
  replace_string: call('replaceText'),
  replace_strings: value('replaceStrings'),
  replace_regex: call('replaceRegex'),
  replace: call('replaceRegex', 'none', [2, 0, 1]),
  extract: value('extract'),
  extract_all: value('extractAll'),
  extractall: value('extractAll'),
  extract_json: value('extractJson'),
  extractjson: value('extractJson'),
  countof: call('countMatches'),
  reverse: call('reverse'),
  translate: call('translate'),
  strrep: call('repeat'),
  strcmp: call('compareText'),
  base64_decode_tostring: call('base64Decode'),
  base64_decodestring: call('base64Decode'),
  base64_decode_toarray: call('base64DecodeToBytes'),
  base64_encode_tostring: call('base64Encode'),
  base64_encodestring: call('base64Encode'),
  url_decode: call('urlDecode'),
  url_encode: call('urlEncode'),
  url_encode_component: call('urlEncode'),
  parse_url: call('parseUrl'),
  parseurl: call('parseUrl'),
  parse_urlquery: call('parseUrlQuery'),
  parseurlquery: call('parseUrlQuery'),
  parse_path: call('parsePath'),
  parse_command_line: call('parseCommandLine'),
  parse_csv: call('parseCsv', 'first'),
  parse_json: value('toDynamicText', undefined, 'first'),
  parsejson: value('toDynamicText', undefined, 'first'),
  todynamic: value('toDynamicText', undefined, 'first'),
  toobject: value('toDynamicText', undefined, 'first'),
  parse_xml: call('parseXml', 'first'),
  parse_user_agent: call('parseUserAgent'),
  parse_version: call('parseVersion'),
  hash_md5: value('hash', 'md5'),
  hash_sha1: value('hash', 'sha1'),
  hash_sha256: value('hash', 'sha256'),
  hash: value('hash', 'xxhash64'),
  hash_xxhash64: value('hash', 'xxhash64'),
  tohex: call('toHex', 'first'),
  isascii: call('isAscii'),
  isutf8: call('isUtf8'),
  to_utf8: call('toCodePoints'),
  unicode_codepoints_from_string: call('toCodePoints'),
  make_string: call('fromCodePoints'),
  unicode_codepoints_to_string: call('fromCodePoints'),
  regex_quote: call('quoteRegex'),
  dynamic_to_json: call('toText'),

  // conversion
  tostring: call('toText', 'first'),
  toint: call('toLong', 'first'),
  tolong: call('toLong', 'first'),
  toreal: call('toReal', 'first'),
  todouble: call('toReal', 'first'),
  todecimal: call('toDecimal', 'first'),
  tobool: call('toBool', 'first'),
  toboolean: call('toBool', 'first'),
  todatetime: call('toDatetime', 'first'),
  totimespan: call('toTimespan', 'first'),
  totime: call('toTimespan', 'first'),
  toguid: call('toGuid', 'first'),
  gettype: call('typeName'),

  // arithmetic
  abs: call('abs', 'first'),
  round: call('round', 'first'),
  floor: call('bin', 'first'),
  ceiling: call('ceiling', 'first'),
  log: call('log', 'first'),
  log2: call('log2', 'first'),
  log10: call('log10', 'first'),
  exp: call('exp', 'first'),
  pow: call('power', 'first'),
  sqrt: call('sqrt', 'first'),
  sign: call('sign'),
  bin: call('bin', 'first'),
  bin_at: call('binAt', 'first'),
  binary_and: call('bitAnd', 'first'),
  binary_or: call('bitOr', 'first'),
  binary_xor: call('bitXor', 'first'),
  binary_not: call('bitNot', 'first'),
  binary_shift_left: call('shiftLeft', 'first'),
  binary_shift_right: call('shiftRight', 'first'),
  isnan: call('isNan'),
  isfinite: call('isFinite'),
  rand: call('random', 'first'),

  // time
  ago: value('ago'),
  now: value('now'),
  startofday: value('startOf', 'day', 'first'),
  startofweek: value('startOf', 'week'),
  startofmonth: value('startOf', 'month'),
  startofyear: value('startOf', 'year'),
  endofday: value('endOf', 'day'),
  endofweek: value('endOf', 'week'),
  endofmonth: value('endOf', 'month'),
  endofyear: value('endOf', 'year'),
  datetime_part: call('datePart'),
  datepart: call('datePart'),
  getyear: value('datePart', 'Year'),
  getmonth: value('datePart', 'Month'),
  monthofyear: value('datePart', 'Month'),
  week_of_year: value('datePart', 'week_of_year'),
  weekofyear: value('datePart', 'week_of_year'),
  datetime_add: call('dateAdd'),
  datetime_diff: call('dateDiff'),
  dayofweek: call('dayOfWeek'),
  dayofmonth: call('dayOfMonth'),
  dayofyear: call('dayOfYear'),
  hourofday: call('hourOfDay'),
  format_datetime: call('formatDatetime', 'first'),
  format_timespan: call('formatTimespan', 'first'),
  make_datetime: call('makeDatetime'),
  make_timespan: value('makeTimespan'),
  unixtime_seconds_todatetime: call('fromUnixSeconds'),
  unixtime_milliseconds_todatetime: call('fromUnixMillis'),
  unixtime_microseconds_todatetime: value('unixTime', '1000'),
  unixtime_nanoseconds_todatetime: value('unixTime', '1000000'),
  ingestion_time: call('ingestionTime'),

  // lists and bags
  pack_array: call('makeArray'),
  pack: call('makeBag'),
  pack_dictionary: call('makeBag'),
  bag_pack: call('makeBag'),
  bag_pack_columns: value('bagPackColumns'),
  pack_all: value('packAll'),
  array_length: call('arrayLength'),
  arraylength: call('arrayLength'),
  array_concat: call('arrayConcat'),
  array_slice: call('arraySlice'),
  array_index_of: call('arrayIndexOf'),
  array_sort_asc: value('arraySort', 'asc'),
  array_sort_desc: value('arraySort', 'desc'),
  array_sum: call('arraySum'),
  array_reverse: call('arrayReverse'),
  set_union: call('setUnion'),
  set_difference: call('setDifference'),
  set_intersect: call('setIntersect'),
  set_has_element: call('setHas'),
  bag_keys: call('bagKeys'),
  bag_merge: call('bagMerge'),
  bag_remove_keys: call('bagRemoveKeys'),
  bag_has_key: call('bagHasKey'),
  treepath: call('treePath'),
  zip: call('zip'),
  range: call('range'),

  // network
  ipv4_is_private: predicate('ipIsPrivate'),
  ipv4_is_in_range: predicate('ipInRange'),
  ipv4_is_in_any_range: predicate('ipInRange'),
  ipv4_is_match: predicate('ipMatch'),
  ipv4_compare: call('ipCompare'),
  ipv6_compare: call('ipv6Compare'),
  ipv6_is_match: predicate('ipMatch', 'v6'),
  ipv6_is_in_range: predicate('ipInRange', 'v6'),
  ipv6_is_in_any_range: predicate('ipInRange', 'v6'),
  parse_ipv4: call('ipToLong'),
  format_ipv4: call('ipFormat'),
  format_ipv4_mask: call('ipFormatMask'),
  ipv4_netmask_suffix: call('ipNetmask'),
  has_ipv4: value('hasIp'),
  has_any_ipv4: value('hasIp'),
  has_ipv4_prefix: value('hasIpPrefix'),
  has_any_ipv4_prefix: value('hasIpPrefix'),
  geo_info_from_ip_address: call('geoFromIp'),

  // rows
  prev: call('previousRow'),
  next: call('nextRow'),
  row_number: call('rowNumber'),
  row_cumsum: call('rowCumulativeSum'),
  row_rank: call('rowRank'),
  row_rank_dense: call('rowRank'),
  row_window_session: call('rowWindowSession'),
  new_guid: call('newGuid'),

  // series
  series_decompose_anomalies: tuple(
    call('seriesDecomposeAnomalies'),
    'ad_flag:dynamic ad_score:dynamic baseline:dynamic',
  ),
  series_decompose: tuple(call('seriesDecompose'), 'baseline:dynamic seasonal:dynamic trend:dynamic residual:dynamic'),
  series_outliers: call('seriesOutliers', 'first'),
  series_stats: tuple(
    call('seriesStats'),
    'min:real min_idx:long max:real max_idx:long avg:real stdev:real variance:real',
  ),
  series_stats_dynamic: call('seriesStats'),
  series_fit_line: tuple(
    call('seriesFitLine'),
    'rsquare:real slope:real variance:real rvariance:real interception:real line_fit:dynamic',
  ),
  series_fit_line_dynamic: value('seriesOther', 'series_fit_line_dynamic'),
  series_fill_forward: value('seriesFill', 'forward', 'first'),
  series_fill_backward: value('seriesFill', 'backward', 'first'),
  series_fill_const: value('seriesFill', 'const', 'first'),
  series_fill_linear: value('seriesFill', 'linear', 'first'),
};

/** Functions on series without a neutral name of their own. */
const OTHER_SERIES =
  'series_abs series_add series_ceiling series_cosine_similarity series_decompose_forecast series_divide series_dot_product series_equals series_exp series_fft series_fir series_fit_2lines series_fit_2lines_dynamic series_fit_poly series_floor series_greater series_greater_equals series_ifft series_iir series_less series_less_equals series_log series_magnitude series_multiply series_not_equals series_pearson_correlation series_periods_detect series_periods_validate series_pow series_product series_seasonal series_sign series_subtract series_sum';

const SCALAR_ROWS: ReadonlyMap<string, FunctionRow> = new Map([
  ...OTHER_SERIES.split(' ').map((name) => [name, value('seriesOther', name)] as const),
  ...Object.entries(ROWS),
]);

/** The row of a scalar function; function names are case-sensitive in KQL. */
export function scalarFunction(name: string): FunctionRow | undefined {
  return SCALAR_ROWS.get(name);
}

/** Names of all scalar functions that have a row; for suggestions. */
export function scalarFunctionNames(): readonly string[] {
  return [...SCALAR_ROWS.keys()];
}

// ---------------------------------------------------------------------------------------------- aggregates

export interface AggregateRow {
  readonly fn: AggregateFunction;
  /**
   * What stands for the name of the column: `prefix_argument`. `undefined`: the argument's own name (`arg_max`,
   * `take_any`).
   */
  readonly prefix: string | undefined;
  /** Position of the condition of `countif` and its like. */
  readonly condition?: number;
  /** Position of the number that goes into the measure's parameter: a percentile, the most elements kept. */
  readonly parameter?: number;
  /** How many arguments the measure takes as values (the rest are hints: an accuracy, a maximum). */
  readonly values: number;
}

const aggregate = (
  fn: AggregateFunction,
  prefix: string | undefined,
  values = 1,
  options: Pick<AggregateRow, 'condition' | 'parameter'> = {},
): AggregateRow => ({ fn, prefix, values, ...options });

const AGGREGATES: ReadonlyMap<string, AggregateRow> = new Map(
  Object.entries({
    count: aggregate('count', 'count', 0),
    countif: aggregate('count', 'countif', 0, { condition: 0 }),
    cnt: aggregate('count', 'cnt', 0),
    dcount: aggregate('countDistinct', 'dcount'),
    dcountif: aggregate('countDistinct', 'dcountif', 1, { condition: 1 }),
    count_distinct: aggregate('countDistinct', 'count_distinct'),
    count_distinctif: aggregate('countDistinct', 'count_distinctif', 1, { condition: 1 }),
    sum: aggregate('sum', 'sum'),
    sumif: aggregate('sum', 'sumif', 1, { condition: 1 }),
    avg: aggregate('average', 'avg'),
    avgif: aggregate('average', 'avgif', 1, { condition: 1 }),
    min: aggregate('min', 'min'),
    minif: aggregate('min', 'minif', 1, { condition: 1 }),
    max: aggregate('max', 'max'),
    maxif: aggregate('max', 'maxif', 1, { condition: 1 }),
    percentile: aggregate('percentile', 'percentile', 1, { parameter: 1 }),
    stdev: aggregate('standardDeviation', 'stdev'),
    stdevif: aggregate('standardDeviation', 'stdevif', 1, { condition: 1 }),
    variance: aggregate('variance', 'variance'),
    varianceif: aggregate('variance', 'varianceif', 1, { condition: 1 }),
    make_list: aggregate('list', 'list', 1, { parameter: 1 }),
    makelist: aggregate('list', 'list', 1, { parameter: 1 }),
    make_list_if: aggregate('list', 'list', 1, { condition: 1, parameter: 2 }),
    make_set: aggregate('set', 'set', 1, { parameter: 1 }),
    makeset: aggregate('set', 'set', 1, { parameter: 1 }),
    make_set_if: aggregate('set', 'set', 1, { condition: 1, parameter: 2 }),
    make_bag: aggregate('bag', 'bag', 1, { parameter: 1 }),
    make_dictionary: aggregate('bag', 'dictionary', 1, { parameter: 1 }),
    make_bag_if: aggregate('bag', 'bag', 1, { condition: 1, parameter: 2 }),
    any: aggregate('any', 'any', Infinity),
    anyif: aggregate('any', 'any', 1, { condition: 1 }),
    take_any: aggregate('any', undefined, Infinity),
    take_anyif: aggregate('any', undefined, 1, { condition: 1 }),
    arg_max: aggregate('argMax', undefined, Infinity),
    argmax: aggregate('argMax', 'max', Infinity),
    arg_min: aggregate('argMin', undefined, Infinity),
    argmin: aggregate('argMin', 'min', Infinity),
    binary_all_and: aggregate('binaryAnd', undefined),
    binary_all_or: aggregate('binaryOr', undefined),
    hll: aggregate('hll', 'hll'),
  } satisfies Record<string, AggregateRow>),
);

/** Aggregates known by name only: their value has no neutral meaning, their column has a name. */
const OTHER_AGGREGATES: ReadonlyMap<string, string | undefined> = new Map([
  ['percentilew', 'percentile'],
  ['percentiles_array', 'percentiles'],
  ['percentilesw_array', 'percentiles'],
  ['make_list_with_nulls', 'list'],
  ['buildschema', 'schema'],
  ['stdevp', 'stdevp'],
  ['variancep', 'variancep'],
  ['variancepif', 'variancepif'],
  ['covariance', 'covariance'],
  ['covarianceif', 'covarianceif'],
  ['covariancep', 'covariancep'],
  ['covariancepif', 'covariancepif'],
  ['binary_all_xor', undefined],
  ['hll_if', 'hll_if'],
  ['hll_merge', 'hll_merge'],
  ['tdigest', 'tdigest'],
  ['tdigest_merge', 'merge_tdigests'],
  ['merge_tdigest', 'merge_tdigests'],
]);

/** The row of an aggregate; `percentiles` and `percentilesw`, which give several columns, have none. */
export function aggregateFunction(name: string): AggregateRow | undefined {
  const row = AGGREGATES.get(name);
  if (row !== undefined) return row;
  return OTHER_AGGREGATES.has(name) ? aggregate('other', OTHER_AGGREGATES.get(name), Infinity) : undefined;
}

export function isAggregate(name: string): boolean {
  return name === 'percentiles' || name === 'percentilesw' || AGGREGATES.has(name) || OTHER_AGGREGATES.has(name);
}

// ---------------------------------------------------------------------------------------------- plug-ins

export interface PluginRow {
  /** What becomes of the columns: `keeps` those of the input (and adds unknown ones), or replaces them all. */
  readonly columns: 'keeps' | 'replaces';
  /** The position of the argument that is a table. */
  readonly table?: number;
  /** The first position of the arguments that are columns of that table. */
  readonly columnsOfTable?: number;
}

const PLUGINS: ReadonlyMap<string, PluginRow> = new Map(
  Object.entries({
    autocluster: { columns: 'replaces' },
    basket: { columns: 'replaces' },
    diffpatterns: { columns: 'replaces' },
    pivot: { columns: 'replaces' },
    narrow: { columns: 'replaces' },
    sequence_detect: { columns: 'replaces' },
    funnel_sequence: { columns: 'replaces' },
    session_count: { columns: 'replaces' },
    sliding_window_counts: { columns: 'replaces' },
    activity_counts_metrics: { columns: 'replaces' },
    active_users_count: { columns: 'replaces' },
    rolling_percentile: { columns: 'replaces' },
    dcount_intersect: { columns: 'keeps' },
    ipv4_lookup: { columns: 'keeps', table: 0, columnsOfTable: 2 },
    ipv6_lookup: { columns: 'keeps', table: 0, columnsOfTable: 2 },
    preview: { columns: 'keeps' },
  } satisfies Record<string, PluginRow>),
);

/** The row of an `evaluate` plug-in known by name; `bag_unpack`, which has a meaning of its own, has none. */
export function plugin(name: string): PluginRow | undefined {
  return PLUGINS.get(name);
}

/** The names of all `evaluate` plug-ins that are known. */
export function pluginNames(): readonly string[] {
  return ['bag_unpack', ...PLUGINS.keys()];
}
