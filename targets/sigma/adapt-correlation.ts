/** Joins as temporal correlations: events, or groups of events, with the same values within the lookback. */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { AggregateShape, Branch, CorrelationShape, EventsShape, Grouping, Shape } from '../../src/ir/shape.ts';
import type { Detection, JoinKind, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { adaptGroups, noteGroupings, noteTrigger } from './adapt-aggregate.ts';
import { adaptBranch } from './adapt-branch.ts';
import type { Adapting } from './adapt-notes.ts';
import { isTimeOrder } from './adapt-order.ts';
import { timespanOf } from './adapt-time.ts';
import type { AdaptedQuery } from './adapt.ts';
import { MEASURE, renamedColumn, TIME_COLUMN } from './shape-names.ts';

/** One side of the join in Sigma's words. */
interface Side {
  readonly relation: Relation;
  readonly branches: readonly Branch[];
  /** The Sigma field for a column that leaves the side. */
  fieldFor(scalar: Scalar): string | undefined;
}

export function adaptCorrelation(
  shape: CorrelationShape,
  detection: Detection,
  adapting: Adapting,
): AdaptedQuery | undefined {
  noteTrigger(detection, adapting);
  noteGroupings(shape.groupings, adapting);
  if (!isInner(shape.kind)) {
    const message = `Sigma has no counterpart for a join of kind ${shape.kind.toLowerCase()}.`;
    adapting.refuse({ code: 'unsupported-query', message, span: shape.span });
    return undefined;
  }
  const ordered = adaptOrder(shape, adapting);
  const left = adaptSide(shape.left, detection, ordered, adapting);
  const right = adaptSide(shape.right, detection, ordered, adapting);
  if (left === undefined || right === undefined) return undefined;
  const keys = adaptKeys(shape, left, right, adapting);
  if (keys === undefined) return undefined;
  const message = 'The join became a temporal correlation: it fires once for the events that belong together.';
  adapting.note('join-as-temporal', 'context', shape.span, message);
  const timespan = timespanOf(detection, [...left.branches, ...right.branches], undefined, shape.span, adapting);
  return { query: temporal(left.relation, right.relation, keys, ordered, shape), timespan };
}

function isInner(kind: JoinKind): boolean {
  return kind === 'inner' || kind === 'innerUnique' || kind === 'leftSemi' || kind === 'rightSemi';
}

/** Whether the condition above the join orders the events in time; anything else it says is left out. */
function adaptOrder(shape: CorrelationShape, adapting: Adapting): boolean {
  const { where } = shape;
  let ordered = false;
  for (const conjunct of where.op === 'and' ? where.of : [where]) {
    if (conjunct.op === 'constant' && conjunct.value) continue;
    if (isTimeOrder(conjunct, shape)) ordered = true;
    else {
      const message = 'Sigma can not express this condition on the joined events.';
      adapting.leaveOut({ code: 'unsupported-predicate', message, span: conjunct.span }, 'wider');
    }
  }
  return ordered;
}

function adaptSide(shape: Shape, detection: Detection, ordered: boolean, adapting: Adapting): Side | undefined {
  switch (shape.shape) {
    case 'events':
      return adaptEventsSide(shape, adapting);
    case 'aggregate':
      return adaptGroupsSide(shape, detection, ordered, adapting);
    case 'correlation':
    case 'anyOf': {
      const message = 'Sigma has no counterpart for a join with a union or another join.';
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

/** Events of one log source. */
function adaptEventsSide(shape: EventsShape, adapting: Adapting): Side | undefined {
  const pairs = shape.branches.flatMap((branch) =>
    adaptBranch(branch, adapting).map((adapted) => ({ branch, adapted })),
  );
  const [pair] = pairs;
  if (pair === undefined || pairs.length > 1) {
    const message =
      'A temporal correlation asks for an event of each of its rules: a side of several log sources is none.';
    const span = shape.branches[0]?.span;
    if (!adapting.isRefused && span !== undefined) {
      adapting.refuse({ code: 'unsupported-query', message, span });
    }
    return undefined;
  }
  const { branch, adapted } = pair;
  return {
    relation: adapted.events,
    branches: [branch],
    fieldFor: (scalar) => {
      const below = belowGroupings(scalar, shape.groupings);
      return below === undefined ? undefined : adapted.fieldFor(resolveScalarIn(branch, below))?.name;
    },
  };
}

/** A column that leaves the groupings in terms of the events' columns; `undefined` when it is no group key. */
function belowGroupings(scalar: Scalar, groupings: readonly Grouping[]): Scalar | undefined {
  let below = scalar;
  for (const { columns, by } of groupings.toReversed()) {
    const inner = resolveScalarIn({ columns, open: false, hidden: new Set() }, below);
    const key =
      inner.op === 'field' && inner.path.length === 0 ? by.find(({ name }) => name === inner.name) : undefined;
    if (key === undefined) return undefined;
    below = key.value;
  }
  return below;
}

/** Groups that satisfy a condition: a counting correlation. Its columns are its group keys. */
function adaptGroupsSide(
  shape: AggregateShape,
  detection: Detection,
  ordered: boolean,
  adapting: Adapting,
): Side | undefined {
  const groups = adaptGroups(shape, detection, adapting);
  if (groups?.query.op !== 'filter' || groups.query.input.op !== 'aggregate') return undefined;
  const { input } = groups.query;
  const keys = shape.by.filter(({ name }) => name !== shape.bucket?.key);
  const names = new Map<string, string>();
  // The keys of the correlation stand in the order of the source's; what could not be said was left out.
  if (keys.length === input.by.length) {
    for (const [index, { name }] of keys.entries()) names.set(name, input.by[index]?.name ?? name);
  }
  const time = { name: TIME_COLUMN, fn: 'max', args: [build.field(TIME_COLUMN)], span: shape.span } as const;
  const aggregate = ordered ? { ...input, measures: [...input.measures, time] } : input;
  return {
    relation: { ...groups.query, input: aggregate },
    branches: shape.events.branches,
    fieldFor: (scalar) => {
      const below = resolveScalarIn({ columns: shape.columns, open: false, hidden: new Set() }, scalar);
      return below.op === 'field' && below.name !== MEASURE ? names.get(below.name) : undefined;
    },
  };
}

interface Key {
  /** The group: the field's name where both sides agree, else an alias. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

function adaptKeys(shape: CorrelationShape, left: Side, right: Side, adapting: Adapting): readonly Key[] | undefined {
  const keys: Key[] = [];
  for (const on of shape.on) {
    const own = left.fieldFor(on.left);
    const other = right.fieldFor(on.right);
    if (own === undefined || other === undefined) {
      const message = 'Sigma can not correlate by this key, which is computed or has no Sigma field.';
      adapting.refuse({ code: 'unsupported-query', message, span: on.left.span });
      return undefined;
    }
    const wanted = own === other || on.left.op !== 'field' ? own : on.left.name;
    let name = wanted;
    for (let number = 2; keys.some((key) => key.name === name); number++) name = `${wanted}_${number}`;
    keys.push({ name, left: own, right: other });
  }
  return keys;
}

/** The join as raising gives it back: each side has the group columns, and the time where it is ordered. */
function temporal(
  left: Relation,
  right: Relation,
  keys: readonly Key[],
  ordered: boolean,
  shape: CorrelationShape,
): Relation {
  const { span } = shape;
  const time: readonly NamedScalar[] = ordered ? [{ name: TIME_COLUMN, value: build.field(TIME_COLUMN) }] : [];
  const side = (relation: Relation, fieldOf: (key: Key) => string) =>
    build.project(
      relation,
      [...keys.map((key): NamedScalar => ({ name: key.name, value: build.field(fieldOf(key)) })), ...time],
      span,
    );
  const sides = { left: side(left, (key) => key.left), right: side(right, (key) => key.right) };
  // The earlier side stands first.
  const isTurned = ordered && startsOnTheRight(shape);
  const [first, second] = isTurned ? [sides.right, sides.left] : [sides.left, sides.right];
  const names = [...keys.map(({ name }) => name), ...time.map(({ name }) => name)];
  const joined = build.join(
    'inner',
    first,
    second,
    keys.map(({ name }) => ({ left: build.field(name), right: build.field(name) })),
    { renamed: names.map((from) => ({ from, to: renamedColumn(from, 1) })) },
    span,
  );
  if (!ordered) return joined;
  const order: Predicate = build.compare(
    build.field(TIME_COLUMN),
    '<=',
    build.field(renamedColumn(TIME_COLUMN, 1)),
    span,
  );
  return build.filter(joined, order, span);
}

function startsOnTheRight(shape: CorrelationShape): boolean {
  const { where } = shape;
  return (where.op === 'and' ? where.of : [where]).some((conjunct) => isTimeOrder(conjunct, shape) === 'rightFirst');
}
