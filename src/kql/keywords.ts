/**
 * The words of KQL and where they may stand as names. Which word is reserved follows Microsoft's parser
 * (Kusto.Language, SyntaxFacts and KustoFacts), because the documentation lists only some of them.
 */

import { OPERATORS } from './operators.ts';

const split = (words: string): readonly string[] => words.trim().split(/\s+/);

/** Words that start an operator, a statement or a type and are still good names: `count`, `id`, `type`-like. */
export const SOFT_WORDS: readonly string[] = split(`
  access alias best_effort bin bool consume count database dataformat datetime_pattern declare default distinct edges
  entity_group evaluate extend facet filter fork from getschema graph guid id inline_external_table join let limit
  lookup mvapply mvexpand nodes null nulls on optional order output pack parse __partitionby partition pattern plotly
  query_parameters range reduce regex render restrict scan serialize sort step summarize take top typeof uuid view with
  with_node_id
`);

/** Reserved words that may still be given as a new column's name: `extend title = ...`, `title: string`. */
export const DECLARABLE_WORDS: readonly string[] = split(`
  accumulate as by contains datatable earliest externaldata find has in invoke latest materialize mdm of print sample
  sample-distinct search set sql title to top-hitters top-nested toscalar totable verbose viewers where
`);

/** Reserved words that name a column or a property all the same when they stand alone. */
export const LONE_NAME_WORDS: readonly string[] = split('kind withsource with_source');

/** Words that are names only in brackets: `['first']`. */
const RESERVED_WORDS: readonly string[] = [
  ...split(`
  __contextual_datatable __crossCluster __crossDB __executeAndCache __id __isFuzzy __noWithSource __packedColumn
  __projectAway __sourceColumnIndex 3Dchart and anomalychart areachart asc assert-schema bagexpansion barchart between
  bin_legacy boolean byte cachingpolicy callout cancel card char columnchart commands-and-queries contains_cs containscs
  cycles dataexport datascope date datetime decimal decodeblocks desc double dynamic encodingpolicy endswith endswith_cs
  expandoutput extent_tags_retention external_data first flags float force_remote granny-asc granny-desc
  graph-mark-components graph-match graph-shortest-paths graph-to-table graph-where-edges graph-where-nodes harddelete
  hardretention has_all has_any has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs hint.concurrency hint.distribution
  hint.materialized hint.num_partitions hint.progressive_top hint.remote hint.shufflekey hint.spread hint.strategy
  hotcache in~ int int16 int32 int64 int8 isfuzzy journal ladderchart last like likecs linechart long macro-expand
  make-graph make-series materialized-view-combine materialized-views missing mv-apply mv-expand nooptimization
  notcontains notcontainscs notlike notlikecs or others parse-kv parse-where partitioned-by pathformat piechart
  pivotchart project project-away project-by-names project-keep project-rename project-reorder project-smart queries
  query_results real relaxed restricted_view_access row_level_security rowstore rowstore_references rowstore_sealinfo
  rowstorepolicy rowstores scatterchart seal seals set-or-append set-or-replace shards simple softdelete softretention
  stackedareachart startswith startswith_cs statistics storedqueryresultcontainers string tablepurge time timechart
  timeline timepivot timespan treemap uint uint16 uint32 uint64 uint8 ulong union uniqueid unrestrictedviewers views
  with_itemindex with_match_id with_step_name writeaheadlog
`),
  'matches regex',
];

/** Operators that begin with an exclamation mark: one word each, the longer ones first. */
export const NEGATED_WORDS: readonly string[] = OPERATORS.map(({ operator }) => operator)
  .filter((operator) => /^![a-z]/.test(operator))
  .sort((a, b) => b.length - a.length);

/** Every word the grammar knows. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...SOFT_WORDS,
  ...DECLARABLE_WORDS,
  ...LONE_NAME_WORDS,
  ...RESERVED_WORDS,
  ...NEGATED_WORDS,
]);

/** Words that may stand as a name anywhere without brackets. */
export const PLAIN_NAMES: ReadonlySet<string> = new Set([...SOFT_WORDS, ...LONE_NAME_WORDS]);

/** Words that write a literal when an opening parenthesis follows without a blank: `datetime(2024-01-01)`. */
export const LITERAL_WORDS: ReadonlyMap<string, string> = new Map([
  ['long', 'long'],
  ['int64', 'long'],
  ['int', 'int'],
  ['int32', 'int'],
  ['real', 'real'],
  ['double', 'real'],
  ['decimal', 'decimal'],
  ['bool', 'bool'],
  ['datetime', 'datetime'],
  ['date', 'datetime'],
  ['time', 'timespan'],
  ['timespan', 'timespan'],
  ['guid', 'guid'],
]);

/** Whether a name must be written in brackets where it is read (not declared). */
export function needsBrackets(name: string): boolean {
  if (!/^(?:[A-Za-z_$][A-Za-z0-9_]*|[0-9]+[A-Za-z_][A-Za-z0-9_]*)$/.test(name)) return true;
  return (KEYWORDS.has(name) && !PLAIN_NAMES.has(name)) || /^(?:true|True|TRUE|false|False|FALSE)$/.test(name);
}
