/** The crosswalk, loaded: the files of this folder, with a user's own on top. See `types.ts` for how to use it. */
import { tableNameOf } from '../../src/kql/schema/aliases.ts';
import type { PathStep } from '../../src/ir/types.ts';
import { SHARED_SETS, TABLES } from './crosswalk.generated.js';
import { columnPath, findColumn, findLogSources } from './lookup.ts';
import type { ColumnEntry, Conditions, LogSourceEntry, SharedColumns, TableMapping } from './mapping.ts';
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
  const mapping = text === undefined ? undefined : readMapping(JSON.parse(text)).mapping;
  if (mapping !== undefined) parsed.set(key, mapping);
  return mapping;
}

/** The conditions of a shared set in the words of the table that uses it. */
function inTable(when: Conditions, use: SharedColumns, set: TableMapping): Conditions {
  const nameOf = (column: string): string => {
    const renamed = use.rename.get(column);
    if (renamed !== undefined) return renamed;
    return use.below !== undefined && set.columns.has(column) ? `${use.below}.${column}` : column;
  };
  return when.map((condition) => new Map([...condition].map(([column, values]) => [nameOf(column), values])));
}

/** Both conditions at once. */
function both(first: Conditions, second: Conditions): Conditions {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  return first.flatMap((one) => second.map((other) => new Map([...one, ...other])));
}

/** The patterns that a name fits, the closest first: `A.B.*`, `A.*`, `*` for `A.B.C`; with what the star stands for. */
function patternsOf(name: string): readonly { readonly pattern: string; readonly rest: string }[] {
  const patterns: { pattern: string; rest: string }[] = [];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    patterns.push({ pattern: `${name.slice(0, dot)}.*`, rest: name.slice(dot + 1) });
  }
  return [...patterns, { pattern: '*', rest: name }];
}

/** A mapping's own entries for a name: under the name itself, or under a pattern. */
function ownEntries(
  mapping: TableMapping,
  name: string,
  vocabulary: Vocabulary,
  by: 'name' | 'pattern',
): readonly ColumnEntry[] | undefined {
  if (by === 'name') return mapping.columns.get(name)?.[vocabulary];
  for (const { pattern, rest } of patternsOf(name)) {
    const entries = mapping.columns.get(pattern)?.[vocabulary];
    if (entries === undefined) continue;
    return entries.map((entry) => {
      const { mapping: found } = entry;
      return { ...entry, mapping: found && { ...found, field: found.field.replace('*', () => rest) } };
    });
  }
  return undefined;
}

/** The entries for a name: the mapping's own, else those of the sets that it shares; patterns come last. */
function entriesFor(mapping: TableMapping, name: string, vocabulary: Vocabulary): readonly ColumnEntry[] | undefined {
  for (const by of ['name', 'pattern'] as const) {
    const own = ownEntries(mapping, name, vocabulary, by);
    if (own !== undefined) return own;
    const shared = sharedEntries(mapping.uses, name, vocabulary, by);
    if (shared.length > 0) return shared;
  }
  return undefined;
}

/** The entries of shared sets; those of sets below a dynamic column come before those that stand at the top. */
function sharedEntries(
  uses: readonly SharedColumns[],
  name: string,
  vocabulary: Vocabulary,
  by: 'name' | 'pattern',
): readonly ColumnEntry[] {
  const below: ColumnEntry[] = [];
  const atTop: ColumnEntry[] = [];
  for (const use of uses) {
    if (use.below !== undefined && !name.startsWith(`${use.below}.`)) continue;
    const set = parseBuiltIn('set', use.set);
    if (set === undefined) continue;
    const inside = use.below === undefined ? name : name.slice(use.below.length + 1);
    const found = use.below === undefined ? atTop : below;
    for (const entry of ownEntries(set, inside, vocabulary, by) ?? []) {
      found.push({ ...entry, when: both(use.when, inTable(entry.when, use, set)) });
    }
  }
  return below.length > 0 ? below : atTop;
}

/** A mapping's own log sources, then those of the sets that it shares. */
function logSourcesOf<V extends Vocabulary>(
  mapping: TableMapping,
  vocabulary: V,
): readonly LogSourceEntry<LogSourceOf[V]>[] {
  const entries: LogSourceEntry<LogSourceOf[V]>[] = [...mapping.logSources[vocabulary]];
  for (const use of mapping.uses) {
    const set = parseBuiltIn('set', use.set);
    for (const entry of set?.logSources[vocabulary] ?? []) {
      if (set === undefined) continue;
      const implies = inTable([entry.implies], use, set)[0] ?? entry.implies;
      entries.push({ ...entry, when: both(use.when, inTable(entry.when, use, set)), implies });
    }
  }
  return entries;
}

/** The log sources of the tables asked for so far. */
type SourceMemory = { readonly [V in Vocabulary]: Map<string, readonly LogSourceEntry<LogSourceOf[V]>[]> };

/**
 * The crosswalk with overlays on top, the first of which wins: column by column (and vocabulary by vocabulary), and
 * with log sources that are tried before the built-in ones. Built-in tables are read when they are first asked for.
 */
export function loadCrosswalk(overlays: readonly TableMapping[] = []): Crosswalk {
  const layers = new Map<string, readonly TableMapping[]>();
  const sources: SourceMemory = { sigma: new Map(), splunk: new Map(), udm: new Map() };

  function layersOf(table: string): readonly TableMapping[] {
    return remember(layers, table, () => {
      const name = tableNameOf(table);
      const builtIn = parseBuiltIn('table', table) ?? parseBuiltIn('table', name);
      const own = overlays.filter((overlay) => overlay.name === table || overlay.name === name);
      return builtIn === undefined ? own : [...own, builtIn];
    });
  }

  function logSources<V extends Vocabulary>(
    table: string,
    vocabulary: V,
    constraints: Constraints,
  ): LogSources<LogSourceOf[V]> | undefined {
    const known: SourceMemory[V] = sources[vocabulary];
    const entries = remember(known, table, () =>
      layersOf(table).flatMap((mapping) => logSourcesOf(mapping, vocabulary)),
    );
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
    const entries =
      firstOf(found, (mapping) => mapping.columns.get(name)?.[vocabulary]) ??
      common?.columns.get(name)?.[vocabulary] ??
      firstOf(found, (mapping) => entriesFor(mapping, name, vocabulary));
    const lookup = entries === undefined ? undefined : findColumn(entries, constraints);
    return path.some((step) => typeof step === 'number') ? lookup && ofAnyElement(lookup) : lookup;
  }

  return { knows: (table) => layersOf(table).length > 0, logSources, column };
}

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = make();
  known.set(key, value);
  return value;
}

/** The lookup for one position of a list, where the target's field holds all elements. */
function ofAnyElement(lookup: ColumnLookup): ColumnLookup {
  if (lookup.kind === 'mapped') return { kind: 'mapped', mapping: { ...lookup.mapping, anyElement: true } };
  const candidates = lookup.candidates.map(({ when, mapping }) => ({
    when,
    mapping: { ...mapping, anyElement: true } as const,
  }));
  return { ...lookup, candidates };
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
