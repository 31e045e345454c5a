/** What was understood of a rule, put so that a person can check it against the rule: `ruleglot explain`. */
import type { Metadata, Relation, ScalarType, Schedule, TextTest, TimeWindow } from '../ir/types.ts';
import type { Shape } from '../ir/shape.ts';
import type { Span } from '../source.ts';

export interface Explanation {
  readonly meta: Metadata;
  readonly schedule: Schedule;
  /** What the query amounts to: events that match, groups of them, events that belong together. */
  readonly shape: Shape['shape'];
  /** The operators of the query in the order in which they run, definitions of `let` put in where they are used. */
  readonly stages: readonly Stage[];
  /** Every table that is read; a table read under different conditions comes several times. */
  readonly tables: readonly TableUse[];
  readonly lists: readonly ListUse[];
  readonly indicators: readonly Indicator[];
  /** Conditions on what no single event has: on counts and other measures, on pairs of events. */
  readonly conditions: readonly Condition[];
  readonly columns: OutputColumns;
  readonly entities: readonly EntityUse[];
  /** Parts that are kept as they are written because they have no neutral meaning, or cannot be seen into. */
  readonly opaque: readonly OpaquePart[];
}

/** One operator. `text` is KQL: what the operator was understood to do, which need not be how it was written. */
export interface Stage {
  readonly step: Relation['op'];
  readonly text: string;
  readonly span: Span;
  /** For a `source` whose time the query itself bounds. */
  readonly window?: TimeWindow;
  /** Queries that the operator takes in beside the rows before it. */
  readonly inputs: readonly StageInput[];
}

export interface StageInput {
  /** `branch`: of a union. `right`: of a join. `elements`: for each row of `mv-apply`. `query`: inside an expression. */
  readonly role: 'branch' | 'right' | 'elements' | 'query';
  readonly stages: readonly Stage[];
}

/** Milliseconds before the time at which the rule runs; `from` is the larger. */
export interface Reach {
  /** `undefined`: no bound is known. */
  readonly from: number | undefined;
  readonly to: number;
}

export interface TableUse {
  readonly table: string;
  /** What the query says about the sort of event: `EventID in (1, 4688)`. Each on its own narrows the table. */
  readonly selection: readonly Condition[];
  /** What the query itself says about the time. */
  readonly window?: TimeWindow;
  /** The part of the table's events that the rule sees: the query's bounds and the schedule's lookback together. */
  readonly reach: Reach;
  /** The query asks for events from further back than the rule's lookback reaches. */
  readonly isCutShort: boolean;
  readonly span: Span;
}

/** A list kept outside the query. */
export interface ListUse {
  readonly kind: 'watchlist' | 'external';
  readonly name: string;
  readonly span: Span;
}

export interface Condition {
  /** KQL. */
  readonly text: string;
  readonly span: Span;
}

/** A test of a stored field against values. */
export interface Indicator {
  /** The tables whose events are tested; empty where that is not known. */
  readonly tables: readonly string[];
  /** The stored fields that are read, with the path below the column: `EventData.CommandLine`. */
  readonly fields: readonly string[];
  /** Functions applied to the field before the test, the innermost first: `trim`, `tolower`. */
  readonly transforms: readonly string[];
  readonly test: TextTest | 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual' | 'between' | 'ipInRange' | 'inQuery';
  /** As KQL literals; those of texts as they are. For `inQuery` the query. */
  readonly values: readonly string[];
  readonly quantifier: 'any' | 'all';
  readonly isCaseSensitive: boolean;
  readonly isNegated: boolean;
  /** The test stands inside a computed value (`iff`, `countif`), so it does not decide by itself. */
  readonly isInsideValue: boolean;
  /** The whole test in KQL, over stored fields, with its negation. */
  readonly text: string;
  readonly span: Span;
}

export interface OutputColumns {
  readonly known: readonly OutputColumn[];
  /** Whether there may be columns beyond those known. */
  readonly isOpen: boolean;
}

export interface OutputColumn {
  readonly name: string;
  readonly type: ScalarType;
  /** The stage, or stages of a union's branches, that made the column; a `source` where it is the table's own. */
  readonly madeBy: readonly ColumnOrigin[];
}

export interface ColumnOrigin {
  readonly step: Relation['op'];
  /** What it is computed from, in KQL; for a table's own column the table. */
  readonly text: string;
  readonly span: Span;
}

export interface EntityUse {
  readonly entity: string;
  readonly identifiers: readonly EntityIdentifier[];
  readonly span: Span;
}

export interface EntityIdentifier {
  readonly identifier: string;
  readonly column: string;
  /** The stored values behind the column, in KQL with the table: `SecurityEvent.Account`. */
  readonly from: readonly string[];
}

export interface OpaquePart {
  readonly text: string;
  readonly kind: 'relation' | 'predicate' | 'scalar' | 'aggregate';
  readonly span: Span;
}
