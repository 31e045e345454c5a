/**
 * What a Detection amounts to for a target that has no pipeline: events that match, groups of them, events that belong
 * together. Recognised from the relation (`recognise.ts`); the emitters of Sigma and YARA-L start here.
 *
 * A shape says **when the rule fires** exactly: whatever is not in its predicates, keys and measures does not decide it.
 * What else the rule says about its rows (groupings, limits, computed columns) is kept, so that it can be reported.
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
  /** Stored fields that do not leave an open branch. */
  readonly hidden: ReadonlySet<string>;
  /**
   * Lists whose elements became rows. In `where` and `columns` the element is `anyElement(list, id)`; the event belongs
   * to the branch when **one** choice of elements satisfies the whole of `where`, and it counts once for each choice.
   */
  readonly expansions: readonly Expansion[];
  readonly span: Span;
}

export interface Expansion {
  readonly id: string;
  readonly of: Scalar;
  readonly span: Span;
}

/** Only so many rows are kept: fewer alerts or rows, but the rule fires all the same. */
export interface Limit {
  readonly count: number;
  readonly span: Span;
}

export interface EventsShape {
  readonly shape: 'events';
  /** At least one; an event of any of them makes the rule fire. */
  readonly branches: readonly Branch[];
  /** Groupings above the events, innermost first, that do not decide whether the rule fires. */
  readonly groupings: readonly Grouping[];
  readonly limits: readonly Limit[];
}

/** `summarize` without a condition on what it measures: at least one event, at least one row. */
export interface Grouping {
  /** In terms of the columns below: the branches', or those of the grouping before. */
  readonly by: readonly NamedScalar[];
  readonly measures: readonly Measure[];
  /** The columns that leave it, by name, as functions of keys and measures. */
  readonly columns: ReadonlyMap<string, Scalar>;
  readonly span: Span;
}

export interface AggregateShape {
  readonly shape: 'aggregate';
  /** Its `groupings` are empty: what is aggregated is events. */
  readonly events: EventsShape;
  /** Group keys in terms of the branches' columns (resolve names with `resolveScalar`). Without keys all is one group, which exists even without events. */
  readonly by: readonly NamedScalar[];
  /** The tumbling window among the keys (`bin(TimeGenerated, 5m)`), milliseconds; else the rule's lookback. */
  readonly bucket?: { readonly size: number; readonly key: string };
  readonly measures: readonly Measure[];
  /**
   * The condition on groups, in terms of the names of measures and keys. Other names are columns of the row that an
   * `argMax` or `argMin` without columns has chosen.
   */
  readonly where: Predicate;
  /** The columns that leave it, by name, as functions of keys and measures. */
  readonly columns: ReadonlyMap<string, Scalar>;
  /** Groupings above that do not decide anything, innermost first. */
  readonly groupings: readonly Grouping[];
  readonly limits: readonly Limit[];
  readonly span: Span;
}

export interface CorrelationShape {
  readonly shape: 'correlation';
  readonly kind: JoinKind;
  readonly left: Shape;
  readonly right: Shape;
  /** In terms of the columns that leave the sides. */
  readonly on: readonly { readonly left: Scalar; readonly right: Scalar }[];
  /** The condition above the join (order in time, distance, other columns), over both sides' columns. */
  readonly where: Predicate;
  /** Right columns that left the join under another name. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Columns computed above the join, by name, over both sides' columns. */
  readonly columns: ReadonlyMap<string, Scalar>;
  /** Groupings above that do not decide anything, innermost first. */
  readonly groupings: readonly Grouping[];
  readonly limits: readonly Limit[];
  readonly span: Span;
}

/** Fires when any of several shapes does: a union of more than plain events. */
export interface AnyOfShape {
  readonly shape: 'anyOf';
  readonly of: readonly Shape[];
  /** Groupings above that do not decide anything, innermost first. */
  readonly groupings: readonly Grouping[];
  readonly limits: readonly Limit[];
  readonly span: Span;
}

/** What no simpler shape says. `construct` names the reason in words of the source language, `span` where it stands. */
export interface OtherShape {
  readonly shape: 'other';
  readonly relation: Relation;
  readonly reasons: readonly { readonly construct: string; readonly span: Span }[];
}

export type Shape = EventsShape | AggregateShape | CorrelationShape | AnyOfShape | OtherShape;
