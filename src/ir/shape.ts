/**
 * What a Detection amounts to for a target that has no pipeline: events that match, groups of them, events that belong
 * together. Recognised from the relation; the emitters of Sigma and YARA-L start here.
 */
import type { Span } from '../source.ts';
import type { JoinKind, Measure, NamedScalar, Predicate, Relation, Scalar, TimeWindow } from './types.ts';

/**
 * Events of one table that satisfy a predicate. Everything is said in **stored fields**: computed columns are replaced
 * by what computes them.
 */
export interface Branch {
  readonly table: string;
  readonly timeColumn: string;
  readonly window?: TimeWindow;
  readonly where: Predicate;
  /** The columns that leave the branch, by name, as functions of stored fields. */
  readonly columns: ReadonlyMap<string, Scalar>;
  /** Whether stored fields that `columns` does not name leave the branch too, under their own names. */
  readonly open: boolean;
  readonly span: Span;
}

export interface EventsShape {
  readonly shape: 'events';
  readonly branches: readonly Branch[];
  /** Groupings above the events that do not decide whether the rule fires: de-duplication, tidy result rows. */
  readonly groupings: readonly Grouping[];
}

/** `summarize` without a condition on what it measures: at least one event, at least one row. */
export interface Grouping {
  readonly by: readonly NamedScalar[];
  readonly measures: readonly Measure[];
  readonly span: Span;
}

export interface AggregateShape {
  readonly shape: 'aggregate';
  readonly events: EventsShape;
  /** Group keys as functions of stored fields (per branch: resolve names through `Branch.columns`). */
  readonly by: readonly NamedScalar[];
  /** The tumbling window among the keys (`bin(TimeGenerated, 5m)`), milliseconds; else the rule's lookback. */
  readonly bucket?: { readonly size: number; readonly key: string };
  readonly measures: readonly Measure[];
  /** The condition on measures (and keys), in terms of their names. */
  readonly where: Predicate;
  readonly span: Span;
}

export interface CorrelationShape {
  readonly shape: 'correlation';
  readonly kind: JoinKind;
  readonly left: Shape;
  readonly right: Shape;
  readonly on: readonly { readonly left: Scalar; readonly right: Scalar }[];
  /** The condition above the join (order in time, distance, other columns), over both sides' columns. */
  readonly where: Predicate;
  /** Right columns that left the join under another name. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly groupings: readonly Grouping[];
  readonly span: Span;
}

/** What no simpler shape says. `reason` names the construct, `span` where it stands. */
export interface OtherShape {
  readonly shape: 'other';
  readonly relation: Relation;
  readonly reasons: readonly { readonly construct: string; readonly span: Span }[];
}

export type Shape = EventsShape | AggregateShape | CorrelationShape | OtherShape;
