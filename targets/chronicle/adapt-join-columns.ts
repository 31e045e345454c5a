/** The columns above a join: which side they come from, and what they are in UDM. */
import * as b from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { CorrelationShape, Shape } from '../../src/ir/shape.ts';
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, rewriteScalar, scalarPart, substituteInPredicate, substituteInScalar } from '../../src/ir/walk.ts';
import type { BranchPair } from './adapt-events.ts';
import { namesIn } from './adapt-groups.ts';
import { belowGroupings, valueInBranches } from './adapt-outcome.ts';

import { inSeconds } from './adapt-times.ts';
import { columnOf, textOfField } from './udm-path.ts';

export type SideName = 'left' | 'right';

/** One side of the join as an event variable. */
export interface Side {
  readonly variable: string;
  readonly shape: Shape;
  readonly pairs: readonly BranchPair[];
  readonly where: Predicate;
  readonly absent: boolean;
}

/** The side and the name there of a column above the join. */
export function sideOf(shape: CorrelationShape, name: string): { readonly side: SideName; readonly name: string } {
  const renamed = shape.renamed.find(({ to }) => to === name);
  if (renamed !== undefined) return { side: 'right', name: renamed.from };
  if (leaves(shape.left, name) === false) return { side: 'right', name };
  if (leaves(shape.left, name) === undefined && leaves(shape.right, name) === true) return { side: 'right', name };
  return { side: 'left', name };
}

/** Whether a shape has a column of this name; `undefined`: perhaps, among its stored ones. */
function leaves(shape: Shape, name: string): boolean | undefined {
  switch (shape.shape) {
    case 'events': {
      const last = shape.groupings.at(-1);
      if (last !== undefined) return last.columns.has(name);
      if (shape.branches.some(({ columns }) => columns.has(name))) return true;
      return shape.branches.some(({ open, hidden }) => open && !hidden.has(name)) ? undefined : false;
    }
    case 'aggregate':
    case 'correlation':
      return (shape.groupings.at(-1) ?? shape).columns.has(name);
    case 'anyOf':
      return shape.groupings.at(-1)?.columns.has(name);
    case 'other':
      return undefined;
  }
}

export function sidesOf(shape: CorrelationShape, predicate: Predicate): ReadonlySet<SideName> {
  return new Set([...namesIn(resolved(shape, predicate))].map((name) => sideOf(shape, name).side));
}

/** A predicate above the join without the columns computed there. */
export const resolved = (shape: CorrelationShape, predicate: Predicate): Predicate =>
  substituteInPredicate(predicate, (field) => computedColumn(shape, field));

export function computedColumn(shape: CorrelationShape, field: Field): Scalar | undefined {
  const column = shape.columns.get(field.name);
  return column === undefined || (column.op === 'field' && column.name === field.name) ? undefined : column;
}

/** A scalar over the columns that leave a side, in UDM fields of its events; a sentence that says why there is none. */
export function sideValue(side: Side, scalar: Scalar): Scalar | string {
  let failure: string | undefined;
  const below = substituteInScalar(scalar, (field) => {
    const value = belowSide(side.shape, field.name);
    if (value === undefined) failure = `${field.name} is made of several events.`;
    return value === undefined ? undefined : withPath(value, field);
  });
  return failure ?? valueInBranches(side.pairs, below);
}

/** The place inside a column that a field asks for. */
export function withPath(value: Scalar, field: Field): Scalar {
  if (field.path.length === 0) return value;
  if (value.op === 'field') return { ...value, path: [...value.path, ...field.path] };
  return field.path.reduce<Scalar>(
    (inner, step) => b.call('element', [inner, typeof step === 'string' ? b.text(step) : b.long(step)], 'dynamic'),
    value,
  );
}

export function belowSide(shape: Shape, name: string): Scalar | undefined {
  if (shape.shape === 'events') return belowGroupings(shape.groupings, name);
  if (shape.shape !== 'aggregate') return undefined;
  const above = belowGroupings(shape.groupings, name);
  if (above === undefined) return undefined;
  const inner = resolveScalarIn({ columns: shape.columns, open: true, hidden: new Set() }, above);
  const isOfKeys = fieldsOf(scalarPart(inner)).every((field) => shape.by.some((key) => key.name === field.name));
  return isOfKeys
    ? substituteInScalar(inner, (field) => shape.by.find((key) => key.name === field.name)?.value)
    : undefined;
}

/** A value of an event variable above the variables, where fields are columns. */
export const asColumns = (variable: string, value: Scalar): Scalar =>
  rewriteScalar(inSeconds(value), {
    scalar: (node) =>
      node.op === 'field' ? b.field(columnOf(variable, textOfField(node)), [], node.type, node.span) : node,
  });
