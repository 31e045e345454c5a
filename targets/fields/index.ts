/** The crosswalk, loaded: the files of this folder, with a user's own on top. See `types.ts` for how to use it. */
import { tableNameOf } from '../../src/kql/schema/aliases.ts';
import type { PathStep } from '../../src/ir/types.ts';
import { SHARED_SETS, TABLES } from './crosswalk.generated.js';
import { columnPath, findColumn, findLogSources } from './lookup.ts';
import type { ColumnEntry, Conditions, LogSourceEntry, TableMapping } from './mapping.ts';
import { readMapping } from './read.ts';
import type { ColumnLookup, Constraints, Crosswalk, LogSourceOf, LogSources, Vocabulary } from './types.ts';

export { readOverlay } from './overlay.ts';
export type * from './types.ts';

/** Mappings that were read once: they never change. */
const parsed = new Map<string, TableMapping>();

function parseBuiltIn(kind: 'set' | 'table', name: string): TableMapping | undefined {
  const key = `${kind} ${name}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const text = (kind === 'set' ? SHARED_SETS : TABLES).get(name);
  if (text === undefined) return undefined;
  const { mapping } = readMapping(JSON.parse(text));
  if (mapping !== undefined) parsed.set(key, mapping);
  return mapping;
}

/** Both conditions at once. */
function both(first: Conditions, second: Conditions): Conditions {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  return first.flatMap((one) => second.map((other) => new Map([...one, ...other])));
}

/** The entries for a name in a mapping's own columns, or in `*` of the dynamic column it stands in. */
function ownEntries(
  mapping: TableMapping,
  name: string,
  vocabulary: Vocabulary,
  wild: boolean,
): readonly ColumnEntry[] | undefined {
  if (!wild) return mapping.columns.get(name)?.[vocabulary];
  for (let end = name.length; end >= 0; end = name.lastIndexOf('.', end - 1)) {
    const prefix = end === name.length ? '' : name.slice(0, end + 1);
    if (end !== name.length) {
      const entries = mapping.columns.get(`${prefix}*`)?.[vocabulary];
      if (entries !== undefined) return withStar(entries, name.slice(prefix.length));
    }
    if (end <= 0) break;
  }
  const entries = mapping.columns.get('*')?.[vocabulary];
  return entries === undefined ? undefined : withStar(entries, name);
}

function withStar(entries: readonly ColumnEntry[], rest: string): readonly ColumnEntry[] {
  return entries.map(({ when, mapping }) => ({
    when,
    mapping: mapping === undefined ? undefined : { ...mapping, field: mapping.field.replace('*', () => rest) },
  }));
}

/** The entries for a name: the mapping's own, else those of the sets it shares; patterns come last. */
function entriesFor(mapping: TableMapping, name: string, vocabulary: Vocabulary): readonly ColumnEntry[] | undefined {
  for (const wild of [false, true]) {
    const own = ownEntries(mapping, name, vocabulary, wild);
    if (own !== undefined) return own;
    const shared: ColumnEntry[] = [];
    for (const use of mapping.uses) {
      const inside =
        use.below === undefined
          ? name
          : name.startsWith(`${use.below}.`)
            ? name.slice(use.below.length + 1)
            : undefined;
      const set = inside === undefined ? undefined : parseBuiltIn('set', use.set);
      const entries = set === undefined || inside === undefined ? undefined : ownEntries(set, inside, vocabulary, wild);
      for (const entry of entries ?? []) shared.push({ when: both(use.when, entry.when), mapping: entry.mapping });
    }
    if (shared.length > 0) return shared;
  }
  return undefined;
}

function mergeEntries<Source>(
  layers: readonly TableMapping[],
  of: (mapping: TableMapping) => readonly LogSourceEntry<Source>[],
): readonly LogSourceEntry<Source>[] {
  return layers.flatMap(of);
}

/**
 * The crosswalk with overlays on top, the first of which wins: column by column (and vocabulary by vocabulary), and
 * with log sources that are tried before the built-in ones. Built-in tables are read when they are first asked for.
 */
export function loadCrosswalk(overlays: readonly TableMapping[] = []): Crosswalk {
  const layers = new Map<string, readonly TableMapping[]>();

  function layersOf(table: string): readonly TableMapping[] {
    const known = layers.get(table);
    if (known !== undefined) return known;
    const name = tableNameOf(table);
    const builtIn = parseBuiltIn('table', table) ?? parseBuiltIn('table', name);
    const own = overlays.filter((overlay) => overlay.name === table || overlay.name === name);
    const found = builtIn === undefined ? own : [...own, builtIn];
    layers.set(table, found);
    return found;
  }

  function logSources<V extends Vocabulary>(
    table: string,
    vocabulary: V,
    constraints: Constraints,
  ): LogSources<LogSourceOf[V]> | undefined {
    const entries = mergeEntries(layersOf(table), (mapping) => mapping.logSources[vocabulary]);
    return findLogSources<LogSourceOf[V]>(entries, constraints);
  }

  function column(
    table: string,
    path: readonly PathStep[],
    vocabulary: Vocabulary,
    constraints: Constraints,
  ): ColumnLookup | undefined {
    const name = columnPath(path);
    const found = layersOf(table);
    if (found.length === 0) return undefined;
    const common = parseBuiltIn('set', 'common');
    for (const mapping of found) {
      const entries = mapping.columns.get(name)?.[vocabulary];
      if (entries !== undefined) return findColumn(entries, vocabulary, constraints);
    }
    const shared = common?.columns.get(name)?.[vocabulary];
    if (shared !== undefined) return findColumn(shared, vocabulary, constraints);
    for (const mapping of found) {
      const entries = entriesFor(mapping, name, vocabulary);
      if (entries !== undefined) return findColumn(entries, vocabulary, constraints);
    }
    return undefined;
  }

  return { knows: (table) => layersOf(table).length > 0, logSources, column };
}
