/** Joins as temporal correlations: events, or groups of events, with the same values within a time span. */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { joinPolarity } from '../../src/ir/fidelity.ts';
import type { AggregateShape, Branch, CorrelationShape, EventsShape, Shape } from '../../src/ir/shape.ts';
import type { Detection, JoinKind, Measure, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { columnsReadBy, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import { adaptGroups, noteGroupings, noteLimits, noteTrigger } from './adapt-aggregate.ts';
import { adaptBranch } from './adapt-branch.ts';
import { asEvents, belowGroupings } from './adapt-chosen.ts';
import { ColumnNaming, noteGrain, readsTimeOnly } from './adapt-naming.ts';
import type { NamedColumn } from './adapt-naming.ts';
import type { Adapting, Failure } from './adapt-notes.ts';
import { intersect, timeDistance } from './adapt-order.ts';
import type { TimeDistance } from './adapt-order.ts';
import { mayBeEmpty } from './adapt-presence.ts';
import { timespanOf } from './adapt-time.ts';
import type { AdaptedQuery } from './adapt.ts';
import { MEASURE, renamedColumn, TIME_COLUMN } from './shape-names.ts';

/** One side of the join in Sigma's words. */
interface Side {
  readonly branches: readonly Branch[];
  /** The Sigma field, or alias, for a column that leaves the side. */
  nameFor(alias: string, scalar: Scalar): NamedColumn | undefined;
  /** Whether a column that leaves the side depends on nothing but the time of the event. */
  isTimeOnly(scalar: Scalar): boolean;
  /** Whether a column that leaves the side may be an empty text, as far as the tests tell. */
  mayBeEmpty(scalar: Scalar): boolean;
  /** The side's relation, when all its keys are named. */
  relation(keys: readonly string[]): Relation;
}

export function adaptCorrelation(
  shape: CorrelationShape,
  detection: Detection,
  adapting: Adapting,
): AdaptedQuery | undefined {
  noteTrigger(detection, adapting);
  noteGroupings(shape.groupings, adapting);
  noteLimits(shape.limits, 'context', adapting);
  const distance = adaptDistance(shape, adapting);
  const isOrdered = distance.least >= 0 || distance.most <= 0;
  const adaptOwn = (which: 'left' | 'right') =>
    adapting.correlated(joinPolarity(shape.kind, which, false), () =>
      adaptSide(shape[which], detection, isOrdered, adapting),
    );
  const left = adaptOwn('left');
  const right = adaptOwn('right');
  if (left === undefined || right === undefined) return undefined;
  const keys = adaptKeys(shape, left, right, adapting);
  if (keys === undefined) return undefined;
  const message = 'The join became a temporal correlation: it fires once for the events that belong together.';
  adapting.note('join-as-temporal', 'context', shape.span, message);
  const slides =
    'Sentinel joins what one run sees, over its period; a sliding time span also joins what two runs would split.';
  adapting.note('sliding-window', 'wider', shape.span, slides);
  const farthest = isOrdered
    ? distance.least >= 0
      ? distance.most
      : -distance.least
    : Math.max(Math.abs(distance.least), Math.abs(distance.most));
  const branches = [...left.branches, ...right.branches];
  // The file has one time span: shortened to the distance, it would count fewer events of a group than the source does.
  const counted = Math.max(0, ...[shape.left, shape.right].map(groupingTime));
  const timespan = timespanOf(detection, branches, Math.max(farthest, counted), shape.span, adapting);
  return { query: temporal(left, right, keys, isOrdered ? distance : undefined, shape.span), timespan };
}

/** Over how much time a side counts, in milliseconds: 0 for events, infinite where only the rule's own window bounds it. */
function groupingTime(side: Shape): number {
  return side.shape === 'aggregate' ? (side.bucket?.size ?? Infinity) : 0;
}

/** Joins that a temporal correlation is: an event on each side. */
export function isInner(kind: JoinKind): boolean {
  return kind === 'inner' || kind === 'innerUnique' || kind === 'leftSemi' || kind === 'rightSemi';
}

// ---------------------------------------------------------------------------------------------- above the join

/** The distance in time that the condition above the join asks for; anything else it says is left out. */
function adaptDistance(shape: CorrelationShape, adapting: Adapting): TimeDistance {
  const { where } = shape;
  let distance: TimeDistance = { least: -Infinity, most: Infinity };
  let span: Span | undefined;
  for (const conjunct of where.op === 'and' ? where.of : [where]) {
    if (conjunct.op === 'constant' && conjunct.value) continue;
    const own = timeDistance(conjunct, shape);
    if (own === undefined) {
      const message = 'Sigma cannot express this condition on the joined events.';
      const essential = comparesMeasures(conjunct, shape);
      adapting.widen({ code: 'unsupported-predicate', message, span: conjunct.span, essential });
    } else {
      distance = intersect(distance, own);
      span ??= conjunct.span;
    }
  }
  const isOrdered = distance.least >= 0 || distance.most <= 0;
  const ownEnd = distance.least >= 0 ? distance.least : distance.most;
  const isPlain = isOrdered ? ownEnd === 0 : distance.least === -distance.most;
  // Of several left events with the same key the source takes any one (innerunique).
  const isGrouped =
    shape.kind === 'innerUnique' ||
    [shape.left, shape.right].some((side) => side.shape !== 'events' || side.groupings.length > 0);
  if (span !== undefined && (!isPlain || isGrouped)) {
    const message = 'The times of the events are compared only as far as their order and the time span tell.';
    adapting.note('join-as-temporal', 'wider', span, message);
  }
  return distance;
}

/** What is measured of groups, compared: with what was usual before, above all. Without it the rule is another one. */
function comparesMeasures(condition: Predicate, { left, right, renamed }: CorrelationShape): boolean {
  const measured = [left, right].flatMap((side) => [...measuredNames(side)]);
  const inner = new Map(renamed.map(({ from, to }) => [to, from]));
  const names = [...columnsReadBy(predicatePart(condition)).names].map((name) => inner.get(name) ?? name);
  return names.some((name) => measured.includes(name));
}

const CHOICES: ReadonlySet<Measure['fn']> = new Set(['argMax', 'argMin', 'any', 'max', 'min']);

/** The columns of a side that depend on a measure of its groups; those of a single event, such as the latest, do not. */
function measuredNames(side: Shape): ReadonlySet<string> {
  if (side.shape === 'other') return new Set();
  const groupings = side.shape === 'aggregate' ? [side, ...side.groupings] : side.groupings;
  const measured = new Set<string>();
  for (const { measures, columns } of groupings) {
    for (const { name, fn } of measures) if (!CHOICES.has(fn)) measured.add(name);
    for (const [name, value] of columns) {
      if ([...columnsReadBy(scalarPart(value)).names].some((one) => measured.has(one))) measured.add(name);
    }
  }
  return measured;
}

// ---------------------------------------------------------------------------------------------- sides

function adaptSide(shape: Shape, detection: Detection, ordered: boolean, adapting: Adapting): Side | undefined {
  switch (shape.shape) {
    case 'events':
      return adaptEventsSide(shape, ordered, adapting);
    case 'aggregate': {
      const events = asEvents(shape, adapting);
      return events === undefined
        ? adaptGroupsSide(shape, detection, ordered, adapting)
        : adaptEventsSide(events, ordered, adapting);
    }
    case 'correlation':
    case 'anyOf': {
      const message = 'Sigma has no counterpart for a join with a union of correlations or with another join.';
      adapting.refuse({ code: 'unsupported-query', message, span: shape.span });
      return undefined;
    }
    case 'other':
      for (const { construct, span } of shape.reasons) {
        const message = `Sigma has no counterpart for ${construct}.`;
        adapting.refuse({ code: 'unsupported-query', message, span });
      }
      return undefined;
  }
}

const lastTime = (span: Span): Measure => ({ name: TIME_COLUMN, fn: 'max', args: [build.field(TIME_COLUMN)], span });

/** Events. Those of several log sources are counted together: a temporal correlation asks for each of its rules. */
function adaptEventsSide(shape: EventsShape, ordered: boolean, adapting: Adapting): Side | undefined {
  noteLimits(shape.limits, 'wider', adapting);
  const pairs = shape.branches.flatMap((branch) =>
    adaptBranch(branch, adapting).map((adapted) => ({ branch, adapted })),
  );
  const span = shape.branches[0]?.span ?? { start: 0, end: 0 };
  if (pairs.length === 0) {
    const message = 'One side of the join can never have an event.';
    if (!adapting.isRefused) adapting.refuse({ code: 'never-fires', message, span });
    return undefined;
  }
  const naming = new ColumnNaming(pairs);
  return {
    branches: shape.branches,
    nameFor: (alias, scalar) => {
      const below = belowGroupings(scalar, shape.groupings, () => {
        const message = 'Any event of a group may be joined, not only the one that the source chooses.';
        adapting.note('any-event', 'wider', scalar.span, message);
      });
      return below === undefined ? undefined : naming.nameFor(alias, below);
    },
    isTimeOnly: (scalar) => {
      const below = belowGroupings(scalar, shape.groupings);
      return below !== undefined && shape.branches.every((branch) => readsTimeOnly(below, branch));
    },
    mayBeEmpty: (scalar) => {
      const below = belowGroupings(scalar, shape.groupings, () => undefined);
      return below !== undefined && shape.branches.some((branch) => mayBeEmpty(resolveScalarIn(branch, below), branch));
    },
    relation: (keys) => {
      const events = naming.events();
      if (pairs.length === 1) return events.op === 'extend' ? events.input : events;
      const by = keys.map((name): NamedScalar => ({ name, value: build.field(name) }));
      const count: Measure = { name: MEASURE, fn: 'count', args: [], span };
      const grouped = build.aggregate(events, by, ordered ? [count, lastTime(span)] : [count], span);
      return build.filter(grouped, build.compare(build.field(MEASURE), '>=', build.long(1)), span);
    },
  };
}

/** Groups that satisfy a condition: a counting correlation. Its columns are its group keys. */
function adaptGroupsSide(
  shape: AggregateShape,
  detection: Detection,
  ordered: boolean,
  adapting: Adapting,
): Side | undefined {
  noteLimits(shape.limits, 'wider', adapting);
  const groups = adaptGroups(shape, detection, adapting);
  if (groups?.query.op !== 'filter' || groups.query.input.op !== 'aggregate') return undefined;
  const { query } = groups;
  const { input } = groups.query;
  const aggregate = ordered ? { ...input, measures: [...input.measures, lastTime(shape.span)] } : input;
  const keyOf = (scalar: Scalar) => {
    const above = belowGroupings(scalar, shape.groupings);
    const below = above && resolveScalarIn({ columns: shape.columns, open: false, hidden: new Set() }, above);
    return below?.op === 'field' && below.path.length === 0 ? below.name : undefined;
  };
  return {
    branches: shape.events.branches,
    nameFor: (_alias, scalar) => {
      const key = keyOf(scalar);
      const name = key === undefined ? undefined : groups.keys?.get(key);
      // What its grain costs was noted with the groups.
      return name === undefined ? undefined : { name, grains: new Set() };
    },
    isTimeOnly: (scalar) => {
      const name = keyOf(scalar);
      const key = shape.by.find((one) => one.name === name);
      return key !== undefined && shape.events.branches.every((branch) => readsTimeOnly(key.value, branch));
    },
    mayBeEmpty: (scalar) => {
      const name = keyOf(scalar);
      const key = shape.by.find((one) => one.name === name);
      return (
        key !== undefined &&
        shape.events.branches.some((branch) => mayBeEmpty(resolveScalarIn(branch, key.value), branch))
      );
    },
    relation: () => ({ ...query, input: aggregate }),
  };
}

// ---------------------------------------------------------------------------------------------- keys

interface Key {
  /** The group: the field's name where both sides agree, else an alias. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

function adaptKeys(shape: CorrelationShape, left: Side, right: Side, adapting: Adapting): readonly Key[] | undefined {
  const keys: Key[] = [];
  const unnamed: Failure[] = [];
  for (const on of shape.on) {
    const alias = on.left.op === 'field' ? on.left.name : `key_${keys.length + 1}`;
    const own = left.nameFor(alias, on.left);
    const other = right.nameFor(alias, on.right);
    if (own !== undefined && other !== undefined) {
      for (const column of [own, other]) noteGrain(column, 'narrower', on.left.span, adapting);
      if (left.mayBeEmpty(on.left) && right.mayBeEmpty(on.right)) {
        const message = `The source also joins events that both lack '${own.name}'; a correlation leaves them out.`;
        adapting.note('missing-values', 'narrower', on.left.span, message);
      }
      const wanted = own.name === other.name ? own.name : alias;
      let name = wanted;
      for (let number = 2; keys.some((key) => key.name === name); number++) name = `${wanted}_${number}`;
      keys.push({ name, left: own.name, right: other.name });
    } else if (left.isTimeOnly(on.left) && right.isTimeOnly(on.right)) {
      const message = 'Windows of time in which both events must lie became one sliding time span.';
      adapting.note('sliding-window', 'wider', on.left.span, message);
    } else {
      const message = 'Sigma cannot correlate by this key, which is computed or has no Sigma field.';
      unnamed.push({ code: 'unsupported-query', message, span: on.left.span });
    }
  }
  for (const failure of unnamed) {
    // By the other keys more events belong together; without any key all would.
    if (keys.length > 0) adapting.widen(failure);
    else adapting.refuse(failure);
  }
  return adapting.isRefused ? undefined : keys;
}

/** The join as raising gives it back: each side has the group columns, and the time where it is ordered. */
function temporal(
  left: Side,
  right: Side,
  keys: readonly Key[],
  order: TimeDistance | undefined,
  span: Span,
): Relation {
  const time: readonly NamedScalar[] =
    order === undefined ? [] : [{ name: TIME_COLUMN, value: build.field(TIME_COLUMN) }];
  const project = (side: Side, fieldOf: (key: Key) => string) =>
    build.project(
      side.relation(keys.map(fieldOf)),
      [...keys.map((key): NamedScalar => ({ name: key.name, value: build.field(fieldOf(key)) })), ...time],
      span,
    );
  const sides = [project(left, (key) => key.left), project(right, (key) => key.right)] as const;
  // The earlier side stands first.
  const [first, second] = order !== undefined && order.least < 0 ? [sides[1], sides[0]] : sides;
  const names = [...keys, ...time].map(({ name }) => name);
  const joined = build.join(
    'inner',
    first,
    second,
    keys.map(({ name }) => ({ left: build.field(name), right: build.field(name) })),
    { renamed: names.map((from) => ({ from, to: renamedColumn(from, 1) })) },
    span,
  );
  if (order === undefined) return joined;
  return build.filter(
    joined,
    build.compare(build.field(TIME_COLUMN), '<=', build.field(renamedColumn(TIME_COLUMN, 1)), span),
    span,
  );
}
