/** A table's part of the crosswalk as it is kept: what a mapping file says, checked and with its short forms written out. */
import type { Confidence, Coverage, FieldMapping, LogSourceOf, Vocabulary } from './types.ts';

/** Column -> values, any of which satisfies it; all columns must be satisfied. A value may end in `*`. */
export type Condition = ReadonlyMap<string, readonly string[]>;

/** Conditions, any of which will do. Empty: always. */
export type Conditions = readonly Condition[];

export interface LogSourceEntry<Source> {
  readonly when: Conditions;
  readonly source: Source;
  /** What columns are within the log source: a test that all of the column's values pass is superfluous there. */
  readonly implies: Condition;
  readonly covers: Coverage;
  readonly confidence: Confidence;
  readonly note?: string;
}

export interface ColumnEntry {
  readonly when: Conditions;
  /**
   * A name in the log source of these events alone: counts only when the constraints satisfy the condition for certain.
   * In a log source that holds more than them, a later entry is right for them too.
   */
  readonly strict: boolean;
  /** `undefined`: the file says that there is no equivalent. */
  readonly mapping: FieldMapping | undefined;
}

/** A column's entries in the order in which they are tried. */
export type ColumnEntries = Readonly<Record<Vocabulary, readonly ColumnEntry[] | undefined>>;

/** A set of log sources and columns that a table shares with others. */
export interface SharedColumns {
  readonly set: string;
  /** The dynamic column below which the set's columns stand. */
  readonly below?: string;
  /** Under what the set's columns apply, beside what their entries ask for. */
  readonly when: Conditions;
  /** The set's names of the columns in its conditions -> the table's. */
  readonly rename: ReadonlyMap<string, string>;
}

export interface TableMapping {
  /** The table, or the name of the shared set. */
  readonly name: string;
  readonly logSources: { readonly [V in Vocabulary]: readonly LogSourceEntry<LogSourceOf[V]>[] };
  readonly columns: ReadonlyMap<string, ColumnEntries>;
  readonly uses: readonly SharedColumns[];
}

export const VOCABULARIES: readonly Vocabulary[] = ['sigma', 'splunk', 'udm'];

export const RELATIONS = [
  'same',
  'file-name-of',
  'folder-of',
  'path-of',
  'account-of',
  'domain-of',
  'qualified-account',
  'prefixed',
  'item-of',
  'numbered',
  'ending-tells',
  'text-in',
  'keyword',
  'differs',
] as const;
