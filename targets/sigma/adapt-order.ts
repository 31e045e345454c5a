/** Conditions above a join that only say which of the two events comes first. */
import type { CorrelationShape, Shape } from '../../src/ir/shape.ts';
import type { Predicate, Scalar } from '../../src/ir/types.ts';

/** Which side is the earlier one, when that is all the predicate says. */
export function isTimeOrder(predicate: Predicate, shape: CorrelationShape): 'leftFirst' | 'rightFirst' | undefined {
  if (predicate.op !== 'compare' || predicate.test === '==') return undefined;
  const left = timeOf(predicate.left, shape);
  const right = timeOf(predicate.right, shape);
  if (left === undefined || right === undefined || left === right) return undefined;
  const isAscending = predicate.test === '<' || predicate.test === '<=';
  return (left === 'left') === isAscending ? 'leftFirst' : 'rightFirst';
}

/** The side whose event time the scalar is. */
function timeOf(scalar: Scalar, shape: CorrelationShape): 'left' | 'right' | undefined {
  if (scalar.op !== 'field' || scalar.path.length > 0) return undefined;
  const computed = shape.columns.get(scalar.name);
  if (computed !== undefined && computed !== scalar) return timeOf(computed, { ...shape, columns: new Map() });
  const renamed = shape.renamed.find(({ to }) => to === scalar.name);
  if (renamed !== undefined) return isTime(renamed.from, shape.right) ? 'right' : undefined;
  if (isTime(scalar.name, shape.left)) return 'left';
  return isTime(scalar.name, shape.right) ? 'right' : undefined;
}

/** Whether a column that leaves the side is the time of its events, or of the last event of its groups. */
function isTime(name: string, side: Shape): boolean {
  if (side.shape === 'events' && side.groupings.length === 0) {
    return side.branches.every((branch) => {
      const column = branch.columns.get(name);
      if (column === undefined) return branch.open && name === branch.timeColumn;
      return column.op === 'field' && column.name === branch.timeColumn && column.path.length === 0;
    });
  }
  if (side.shape !== 'aggregate') return false;
  const column = side.columns.get(name);
  const measure = side.measures.find((one) => column?.op === 'field' && one.name === column.name);
  const [of] = measure?.args ?? [];
  return (
    measure?.fn === 'max' &&
    of?.op === 'field' &&
    side.events.branches.every(({ timeColumn }) => timeColumn === of.name)
  );
}
