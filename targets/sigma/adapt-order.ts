/** Conditions above a join on the times of the two events: which comes first, and how far they may lie apart. */
import type { CorrelationShape, Grouping, Shape } from '../../src/ir/shape.ts';
import type { Measure, Predicate, Scalar, Value } from '../../src/ir/types.ts';

/** How much later the right event is than the left one; milliseconds, both ends possibly infinite. */
export interface TimeDistance {
  readonly least: number;
  readonly most: number;
}

type Side = 'left' | 'right';

/** A time of one side plus milliseconds. */
interface TimePoint {
  readonly side: Side;
  readonly offset: number;
}

/** The distance that a predicate asks for, when that is all it says. */
export function timeDistance(predicate: Predicate, shape: CorrelationShape): TimeDistance | undefined {
  if (predicate.op === 'between') {
    const { subject, low, high } = predicate;
    const after = compared(subject, '>=', low, shape);
    const before = compared(subject, '<=', high, shape);
    return after === undefined || before === undefined ? undefined : intersect(after, before);
  }
  if (predicate.op !== 'compare' || predicate.test === '==') return undefined;
  return compared(predicate.left, predicate.test, predicate.right, shape);
}

export function intersect(first: TimeDistance, second: TimeDistance): TimeDistance {
  return { least: Math.max(first.least, second.least), most: Math.min(first.most, second.most) };
}

type Order = '<' | '<=' | '>' | '>=';

function compared(left: Scalar, test: Order, right: Scalar, shape: CorrelationShape): TimeDistance | undefined {
  const first = timePoint(left, shape);
  const second = timePoint(right, shape);
  if (first !== undefined && second !== undefined && first.side !== second.side) {
    // first + a TEST second + b: the second is later than the first by more, or less, than a - b.
    const distance = first.offset - second.offset;
    const isEarlier = test === '<' || test === '<=';
    const later: TimeDistance = isEarlier ? { least: distance, most: Infinity } : { least: -Infinity, most: distance };
    return first.side === 'left' ? later : { least: -later.most, most: -later.least };
  }
  const limit = right.op === 'literal' ? milliseconds(right.value) : undefined;
  return limit === undefined ? undefined : difference(left, test, limit, shape);
}

/** A difference of two times, possibly its absolute value or in whole periods, compared with a duration. */
function difference(scalar: Scalar, test: Order, limit: Limit, shape: CorrelationShape): TimeDistance | undefined {
  if (scalar.op !== 'call') return undefined;
  const [first, second, third] = scalar.args;
  if (scalar.fn === 'toLong' && first !== undefined) {
    // As a number it is in ticks: only its sign can be told without knowing that.
    return limit.value === 0 ? difference(first, test, { ...limit, isDuration: true }, shape) : undefined;
  }
  if (scalar.fn === 'abs' && first !== undefined) {
    const one = test === '<' || test === '<=' ? difference(first, test, limit, shape) : undefined;
    return one && { least: -magnitude(one), most: magnitude(one) };
  }
  if (scalar.fn === 'subtract' && limit.isDuration) return distanceOf(first, second, test, limit.value, shape);
  if (scalar.fn !== 'dateDiff' || limit.isDuration || first?.op !== 'literal' || first.value.type !== 'string') {
    return undefined;
  }
  const period = PERIODS[first.value.value.toLowerCase()];
  if (period === undefined) return undefined;
  // It counts boundaries between periods: up to one period more or less may have passed.
  const slack = test === '<' || test === '<=' ? period : -period;
  return distanceOf(second, third, test, limit.value * period + slack, shape);
}

function magnitude({ least, most }: TimeDistance): number {
  return Number.isFinite(most) ? Math.abs(most) : Math.abs(least);
}

/** `minuend - subtrahend TEST limit`. */
function distanceOf(
  minuend: Scalar | undefined,
  subtrahend: Scalar | undefined,
  test: Order,
  limit: number,
  shape: CorrelationShape,
): TimeDistance | undefined {
  const first = minuend && timePoint(minuend, shape);
  const second = subtrahend && timePoint(subtrahend, shape);
  if (first === undefined || second === undefined || first.side === second.side) return undefined;
  const bound = limit - first.offset + second.offset;
  const isMost = test === '<' || test === '<=';
  const own: TimeDistance = isMost ? { least: -Infinity, most: bound } : { least: bound, most: Infinity };
  return first.side === 'right' ? own : { least: -own.most, most: -own.least };
}

const PERIODS: Readonly<Record<string, number | undefined>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

interface Limit {
  readonly value: number;
  readonly isDuration: boolean;
}

function milliseconds(value: Value): Limit | undefined {
  if (value.type === 'timespan') return { value: value.value, isDuration: true };
  if (value.type === 'long') return { value: Number(value.value), isDuration: false };
  return value.type === 'real' ? { value: value.value, isDuration: false } : undefined;
}

// ---------------------------------------------------------------------------------------------- times of the sides

function timePoint(scalar: Scalar, shape: CorrelationShape): TimePoint | undefined {
  if (scalar.op === 'call' && (scalar.fn === 'add' || scalar.fn === 'subtract')) {
    const [time, shift] = scalar.args;
    const point = time && timePoint(time, shape);
    const by = shift?.op === 'literal' ? milliseconds(shift.value) : undefined;
    if (point === undefined || by?.isDuration !== true) return undefined;
    return { side: point.side, offset: point.offset + (scalar.fn === 'add' ? by.value : -by.value) };
  }
  if (scalar.op !== 'field' || scalar.path.length > 0) return undefined;
  const renamed = shape.renamed.find(({ to }) => to === scalar.name);
  if (renamed !== undefined) return isTime(renamed.from, shape.right) ? { side: 'right', offset: 0 } : undefined;
  if (isTime(scalar.name, shape.left)) return { side: 'left', offset: 0 };
  return isTime(scalar.name, shape.right) ? { side: 'right', offset: 0 } : undefined;
}

/** Whether a column that leaves the side is the time of one of its events. */
function isTime(name: string, side: Shape): boolean {
  if (side.shape === 'events') {
    const below = belowGroupings(name, side.groupings);
    return below !== undefined && side.branches.every((branch) => isBranchTime(below, branch));
  }
  if (side.shape !== 'aggregate') return false;
  const below = belowGroupings(name, side.groupings);
  const column = below === undefined ? undefined : side.columns.get(below);
  if (column?.op !== 'field') return false;
  const own = timeKeyOrMeasure(column.name, side);
  return own !== undefined && side.events.branches.every((branch) => isBranchTime(own, branch));
}

function isBranchTime(name: string, branch: Extract<Shape, { readonly shape: 'events' }>['branches'][number]): boolean {
  const column = branch.columns.get(name);
  if (column === undefined) return branch.open && name === branch.timeColumn;
  return column.op === 'field' && column.name === branch.timeColumn && column.path.length === 0;
}

function belowGroupings(name: string, groupings: readonly Grouping[]): string | undefined {
  let below: string | undefined = name;
  for (const grouping of groupings.toReversed()) {
    const column: Scalar | undefined = below === undefined ? undefined : grouping.columns.get(below);
    below = column?.op === 'field' ? timeKeyOrMeasure(column.name, grouping) : undefined;
  }
  return below;
}

/** The column that a key is, or the first, last or some value of which a measure is. */
function timeKeyOrMeasure(
  name: string,
  { by, measures }: { readonly by: Grouping['by']; readonly measures: readonly Measure[] },
): string | undefined {
  const key = by.find((one) => one.name === name)?.value;
  if (key !== undefined) return key.op === 'field' && key.path.length === 0 ? key.name : undefined;
  const measure = measures.find((one) => one.name === name);
  const picks = measure?.fn === 'min' || measure?.fn === 'max' || measure?.fn === 'any';
  const [of] = measure?.args ?? [];
  return picks && of?.op === 'field' && of.path.length === 0 ? of.name : undefined;
}
