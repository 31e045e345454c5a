/**
 * The crosswalk: for a source table, which log source holds the same events in a target, and what its columns are
 * called there. The facts stand in one YAML file per table beside this file; `index.ts` loads them.
 *
 * How an emitter uses it, for a branch (one table, one predicate):
 * 1. `constraintsOf(branch.where)` (`constraints.ts`): what the predicate fixes (`EventID` is 4688 ...).
 * 2. `crosswalk.logSources(table, vocabulary, constraints)`: which log source to read. Each comes with the constraints
 *    that it serves and the columns whose tests it makes superfluous.
 * 3. `narrowTo(branch.where, match)` (`constraints.ts`): what is left to test within that log source.
 * 4. `crosswalk.column(table, path, vocabulary, match.constraints)` for every column, with the constraints **of the
 *    chosen log source**, for a column's name depends on them.
 * 5. `carryTest(leaf, mapping)` (`carry.ts`): the test on a column as a test on the target's field.
 */
import type { PathStep } from '../../src/ir/types.ts';

/** The vocabularies of the crosswalk: Sigma's taxonomy, Splunk's add-ons, Google's Unified Data Model. */
export type Vocabulary = 'sigma' | 'splunk' | 'udm';

/**
 * What is known of some columns of an event: column (or property path, `EventData.LogonType`) -> the values it may have,
 * as text (`4688`, not a number). A column that is not in the map may have any value. Values compare without case.
 */
export type Constraints = ReadonlyMap<string, ReadonlySet<string>>;

// ---------------------------------------------------------------------------------------------- log sources

/** What a Sigma rule's `logsource` says. */
export interface SigmaLogSource {
  readonly product?: string;
  /**
   * The product, provided that the rule's tests show it: the table holds the events of others, too. Where nothing shows
   * it, the log source is that of every product.
   */
  readonly productIfShown?: string;
  readonly category?: string;
  readonly service?: string;
  /**
   * What every rule must test besides, joined by AND (field -> values, any of which will do): the log source holds more
   * kinds of events than the table, `EventID: [4624, 4625]` in the Windows Security log.
   */
  readonly where?: ReadonlyMap<string, readonly string[]>;
}

/** Terms of the base search, joined by AND: field -> values, any of which will do. `EventCode=4688`, `sourcetype=...`. */
export interface SplunkLogSource {
  readonly terms: ReadonlyMap<string, readonly string[]>;
}

/** Tests on `metadata.*`, joined by AND: any of the values will do. An empty list is no test. */
export interface UdmLogSource {
  readonly logType: readonly string[];
  readonly eventType: readonly string[];
  readonly productEventType: readonly string[];
  readonly productName: readonly string[];
  readonly vendorName: readonly string[];
}

export interface LogSourceOf {
  readonly sigma: SigmaLogSource;
  readonly splunk: SplunkLogSource;
  readonly udm: UdmLogSource;
}

/**
 * How the events of a log source compare with the table's events that it is to stand for.
 *
 * `same`: the same events. `more`: those and others (Sigma's `process_creation` holds every sensor's): the rule becomes
 * wider. `less`: some are missing: narrower. `similar`: another sensor that records the same activity: differs.
 */
export type Coverage = 'same' | 'more' | 'less' | 'similar';

/** `low`: inferred from documentation or habit, not seen in use; say so in a note. */
export type Confidence = 'high' | 'low';

/** A log source and the part of the asked-for events that it stands for. */
export interface LogSourceMatch<Source> {
  readonly source: Source;
  /** The asked-for constraints, narrowed to the part that this log source serves. Pass them to `column`. */
  readonly constraints: Constraints;
  /**
   * Columns whose test need not be repeated: within this log source, the column's value is among `constraints` anyway.
   * Only tests that `constraintsOf` read are meant; `EventID != 4689` beside `EventID == 4688` is a test of its own.
   */
  readonly implies: ReadonlySet<string>;
  readonly covers: Coverage;
  readonly confidence: Confidence;
  readonly note?: string;
}

/** The log sources for a table under some constraints. */
export interface LogSources<Source> {
  /**
   * The one log source that holds all of the asked-for events; `undefined` when they are known only in parts. When the
   * constraints fall into one part, this is that part.
   */
  readonly whole: LogSourceMatch<Source> | undefined;
  /**
   * The asked-for events split so that each part has its closest log source; the parts are disjoint. Complete (nothing
   * falls between them) when `partsAreComplete`. One part, the same as `whole`, when there is nothing to split.
   */
  readonly parts: readonly LogSourceMatch<Source>[];
  readonly partsAreComplete: boolean;
}

// ---------------------------------------------------------------------------------------------- columns

/**
 * How the value of the source column relates to the value of the target field. `carry.ts` rewrites a test accordingly.
 *
 * - `same`: the same text or number (unless `values` says how it is spelt).
 * - `file-name-of`: the last segment of a path: column `cmd.exe`, field `C:\Windows\System32\cmd.exe`.
 * - `folder-of`: everything before the last segment: column `HKLM\Software\Run`, field `HKLM\Software\Run\Updater`.
 * - `path-of`: the reverse of `file-name-of`: the column holds the whole path, the field its last segment.
 * - `account-of`: the name in `DOMAIN\name`: column `kim`, field `CONTOSO\kim`.
 * - `domain-of`: the domain in `DOMAIN\name`: column `CONTOSO`, field `CONTOSO\kim`.
 * - `qualified-account`: the reverse: column `CONTOSO\kim`, field `kim`, the domain in `domainField` if there is one.
 * - `prefixed`: the field holds `prefix` and then the value.
 * - `item-of`: the field is a list written as text in which `prefix` + value is one item: `SHA256=...` in Sysmon's Hashes.
 * - `numbered`: the column is a label that starts with a number, the field is that number: column
 *   `4625 - An account failed to log on.`, field `4625`.
 * - `ending-tells`: the column is one of two words, by whether the field ends with `ending`: column `Machine` for the
 *   field `SERVER1$`, `User` for any other.
 * - `text-in`: the column's text stands somewhere in the field's text (a message, the raw event), with delimiters around.
 * - `keyword`: there is no field; the text stands somewhere in the event.
 * - `differs`: the field means the same but its values are written differently (`note` says how): a test cannot be
 *   carried over as it is, only presence can.
 */
export type ValueRelation =
  | { readonly kind: 'same' | 'numbered' | 'text-in' | 'keyword' | 'differs' }
  | { readonly kind: 'file-name-of' | 'folder-of' | 'path-of' | 'account-of' | 'domain-of'; readonly separator: string }
  | { readonly kind: 'qualified-account'; readonly separator: string; readonly domainField?: string }
  | { readonly kind: 'prefixed' | 'item-of'; readonly prefix: string }
  | { readonly kind: 'ending-tells'; readonly ending: string; readonly yes: string; readonly no: string };

export interface FieldMapping {
  /** The target's name of the field; empty for the relation `keyword`. */
  readonly field: string;
  readonly relation: ValueRelation;
  /** Source value -> target value where they are spelt differently; other values have no known equivalent. */
  readonly values?: ReadonlyMap<string, string>;
  /** Parts of values that are spelt differently, wherever they stand: `HKEY_LOCAL_MACHINE` -> `HKLM`. */
  readonly rewrites?: ReadonlyMap<string, string>;
  /**
   * The rule asks for one position of a list (`TargetResources[0].id`), the field holds every element: a test on it is
   * wider. `carryTest` says so.
   */
  readonly anyElement?: true;
  /**
   * Beside `text-in`, where the field's text is JSON: the place in it that holds the column's structure, with `{}` behind
   * lists (`properties.targetResources{}.modifiedProperties`).
   */
  readonly json?: string;
  readonly confidence: Confidence;
  /** What to mind; a sentence for a note. */
  readonly note?: string;
}

/**
 * What a column is called. `ambiguous`: it depends on something the constraints leave open (in UDM a logon's user is
 * `target.user`, another event's `principal.user`); each candidate is right for the events with its `when` that no earlier
 * candidate is for (an empty one: for all the rest), and they are complete when `complete`. `undefined` (see {@link Crosswalk.column}): no known equivalent.
 */
export type ColumnLookup =
  | { readonly kind: 'mapped'; readonly mapping: FieldMapping }
  | {
      readonly kind: 'ambiguous';
      readonly candidates: readonly { readonly when: Constraints; readonly mapping: FieldMapping }[];
      readonly complete: boolean;
    };

export interface Crosswalk {
  /** Whether there is a file (or an overlay) for the table, under any of its names. */
  knows(table: string): boolean;
  /** `undefined`: the table is unknown, or has no log source in this vocabulary. */
  logSources<V extends Vocabulary>(
    table: string,
    vocabulary: V,
    constraints: Constraints,
  ): LogSources<LogSourceOf[V]> | undefined;
  /**
   * @param path the column's name and, for a place inside a dynamic column, the steps below it: a `Field`'s name and
   *   path. Steps into lists (numbers) are left out, for the crosswalk names the property; the mapping says `anyElement`.
   * @returns `undefined` when the column has no known equivalent.
   */
  column(
    table: string,
    path: readonly PathStep[],
    vocabulary: Vocabulary,
    constraints: Constraints,
  ): ColumnLookup | undefined;
}

/** A mapping file as read: its text stays apart from the file system. `path` is for messages. */
export interface TableMappingInput {
  readonly path: string;
  readonly text: string;
}
