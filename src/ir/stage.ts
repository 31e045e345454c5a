/** A shape under construction: what decides whether there are rows, and above it what only tidies them. */
import type { Span } from '../source.ts';
import type { OpenBranch } from './branch.ts';
import type { Environment } from './environment.ts';
import type { AggregateShape, Branch, Grouping, Limit, Shape } from './shape.ts';
import type { JoinKey, JoinKind, Measure, NamedScalar, Predicate, Relation } from './types.ts';

export type Core =
  | { readonly kind: 'events'; readonly branches: readonly OpenBranch[] }
  | AggregateCore
  | CorrelationCore
  | { readonly kind: 'anyOf'; readonly of: readonly Stage[]; readonly span: Span }
  | {
      readonly kind: 'other';
      readonly relation: Relation;
      readonly reasons: readonly { readonly construct: string; readonly span: Span }[];
    };

export interface AggregateCore {
  readonly kind: 'aggregate';
  readonly branches: readonly OpenBranch[];
  readonly by: readonly NamedScalar[];
  readonly measures: readonly Measure[];
  readonly where: Predicate;
  readonly environment: Environment;
  readonly span: Span;
}

export interface CorrelationCore {
  readonly kind: 'correlation';
  readonly join: JoinKind;
  readonly left: Stage;
  readonly right: Stage;
  readonly on: readonly JoinKey[];
  readonly where: Predicate;
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly environment: Environment;
  readonly relation: Extract<Relation, { readonly op: 'join' }>;
  readonly span: Span;
}

/** A grouping whose conditions, if any, do not need what it measures. */
export interface OpenGrouping extends Grouping {
  /**
   * Conditions that every group with an event passes. Without keys there is a row even without events, unless such a
   * condition wants some.
   */
  readonly guards: readonly Predicate[];
  /**
   * Set where a condition has become one on the events below (`max(x) > 5`). The same groups remain, but what they
   * measure is no longer right: `below` has all their events, for whatever reads a measure above.
   */
  readonly narrowed?: { readonly below: Stage; readonly condition: Predicate };
}

export interface Stage {
  readonly core: Core;
  /** Innermost first. */
  readonly groupings: readonly OpenGrouping[];
  readonly limits: readonly Limit[];
}

export function otherStage(relation: Relation, construct: string, span: Span): Stage {
  return { core: { kind: 'other', relation, reasons: [{ construct, span }] }, groupings: [], limits: [] };
}

/** The shape of a finished stage. `relation` is the whole, which an `other` shape holds. */
export function finishStage(stage: Stage, relation: Relation): Shape {
  const { core, limits } = stage;
  const groupings = stage.groupings.map(({ guards: _guards, narrowed: _narrowed, ...grouping }) => grouping);
  const unguarded = stage.groupings.find((grouping) => grouping.by.length === 0 && grouping.guards.length === 0);
  if (unguarded !== undefined && core.kind !== 'other') {
    const construct = 'summarize without keys and without a condition: there is always a row';
    return { shape: 'other', relation, reasons: [{ construct, span: unguarded.span }] };
  }
  switch (core.kind) {
    case 'events':
      return { shape: 'events', branches: core.branches.map(finishBranch), groupings, limits };
    case 'aggregate': {
      const { by, measures, where, environment, span } = core;
      const branches = core.branches.map(finishBranch);
      const bucket = bucketOf(core);
      return {
        shape: 'aggregate',
        events: { shape: 'events', branches, groupings: [], limits: [] },
        by,
        ...(bucket === undefined ? {} : { bucket }),
        measures,
        where,
        columns: environment.columns,
        groupings,
        limits,
        span,
      };
    }
    case 'correlation': {
      const { join: kind, on, where, renamed, environment, span } = core;
      return {
        shape: 'correlation',
        kind,
        left: finishSide(core.left, relation),
        right: finishSide(core.right, relation),
        on,
        where,
        renamed,
        columns: environment.columns,
        groupings,
        limits,
        span,
      };
    }
    case 'anyOf': {
      const of = core.of.map((inner) => finishStage(inner, relation));
      const other = of.find((inner) => inner.shape === 'other');
      if (other?.shape === 'other') return { ...other, relation };
      return { shape: 'anyOf', of, groupings, limits, span: core.span };
    }
    case 'other':
      return { shape: 'other', relation, reasons: core.reasons };
  }
}

/** A side of a join keeps its own relation when it fits no shape. */
function finishSide(stage: Stage, relation: Relation): Shape {
  return finishStage(stage, stage.core.kind === 'other' ? stage.core.relation : relation);
}

function finishBranch({ unpacked: _unpacked, ...branch }: OpenBranch): Branch {
  return branch;
}

const DAY = 86_400_000;

/** The key that is the event time rounded down: `bin(TimeGenerated, 5m)`, `startofday(TimeGenerated)`. */
function bucketOf(core: AggregateCore): AggregateShape['bucket'] {
  for (const { name, value } of core.by) {
    const scalars = core.branches.map((branch) =>
      value.op === 'field' ? (branch.columns.get(value.name) ?? value) : value,
    );
    const sizes = scalars.map((scalar, index) => bucketSize(scalar, core.branches[index]));
    const [size] = sizes;
    if (size !== undefined && sizes.every((one) => one === size)) return { size, key: name };
  }
  return undefined;
}

function bucketSize(scalar: NamedScalar['value'], branch: OpenBranch | undefined): number | undefined {
  if (scalar.op !== 'call' || branch === undefined) return undefined;
  const [time, size] = scalar.args;
  if (time?.op !== 'field' || time.path.length > 0) return undefined;
  const stored = branch.columns.get(time.name);
  const name =
    stored === undefined ? time.name : stored.op === 'field' && stored.path.length === 0 ? stored.name : undefined;
  if (name !== branch.timeColumn || size?.op !== 'literal') return undefined;
  if (scalar.fn === 'bin' && size.value.type === 'timespan' && size.value.value > 0) return size.value.value;
  return scalar.fn === 'startOf' &&
    scalar.args.length === 2 &&
    size.value.type === 'string' &&
    size.value.value === 'day'
    ? DAY
    : undefined;
}
