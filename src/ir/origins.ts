/** Where the columns of a shape come from: what entity mappings, keys and conditions above a shape speak of. */
import { hasColumn, resolvePredicateIn, resolveScalarIn } from './environment.ts';
import { field } from './build.ts';
import type { AggregateShape, Branch, CorrelationShape, Grouping, Shape } from './shape.ts';
import type { AggregateFunction, JoinKind, Measure, Predicate, Scalar } from './types.ts';
import { columnsReadBy, scalarPart, substituteInScalar } from './walk.ts';

/** A scalar over the columns that leave a branch, as a function of stored fields. */
export const scalarOfBranch = (branch: Branch, scalar: Scalar): Scalar => resolveScalarIn(branch, scalar);

/** A predicate over the columns that leave a branch, over stored fields; simplified. */
export const predicateOfBranch = (branch: Branch, predicate: Predicate): Predicate =>
  resolvePredicateIn(branch, predicate);

/** What a column of the result is, in events of one branch. */
export interface Origin {
  readonly branch: Branch;
  /** Over stored fields. */
  readonly value: Scalar;
  /** The measure that picked or collected the value, innermost; absent where it is the event's own or a key. */
  readonly through?: AggregateFunction;
}

/**
 * The stored values behind a column that leaves a shape: one for each branch that has it. Empty where the column is
 * something that no single value is: a count, a function of both sides of a join, a part of an `other` shape.
 */
export function originsOf(shape: Shape, column: string): readonly Origin[] {
  return originsOfScalar(shape, field(column));
}

/** Like {@link originsOf}, for an expression over the columns that leave a shape. */
export function originsOfScalar(shape: Shape, scalar: Scalar): readonly Origin[] {
  switch (shape.shape) {
    case 'events': {
      const below = belowGroupings(shape.groupings, { scalar });
      return below === undefined ? [] : shape.branches.flatMap((branch) => originIn(branch, below));
    }
    case 'aggregate': {
      const above = belowGroupings(shape.groupings, { scalar });
      const below = above && belowGroups(shape, above);
      return below === undefined ? [] : shape.events.branches.flatMap((branch) => originIn(branch, below));
    }
    case 'correlation': {
      const above = belowGroupings(shape.groupings, { scalar });
      return above === undefined ? [] : originsInSides(shape, above);
    }
    case 'anyOf': {
      const above = belowGroupings(shape.groupings, { scalar });
      return above === undefined
        ? []
        : shape.of.flatMap((inner) => withMeasure(originsOfScalar(inner, above.scalar), above));
    }
    case 'other':
      return [];
  }
}

interface Traced {
  readonly scalar: Scalar;
  readonly through?: AggregateFunction;
}

function withMeasure(origins: readonly Origin[], { through }: Traced): readonly Origin[] {
  return through === undefined ? origins : origins.map((origin) => ({ ...origin, through: origin.through ?? through }));
}

function originIn(branch: Branch, { scalar, through }: Traced): readonly Origin[] {
  const reads = [...columnsReadBy(scalarPart(scalar)).names];
  if (reads.some((name) => hasColumn(branch, name) === false)) return [];
  const value = scalarOfBranch(branch, scalar);
  return [{ branch, value, ...(through === undefined ? {} : { through }) }];
}

function belowGroupings(groupings: readonly Grouping[], traced: Traced): Traced | undefined {
  return groupings.reduceRight<Traced | undefined>(
    (above, grouping) => (above === undefined ? undefined : belowGroups(grouping, above)),
    traced,
  );
}

type Groups = Pick<AggregateShape, 'by' | 'measures' | 'columns'>;

/** An expression over what leaves groups as one over what they group, where its values are those of single events. */
function belowGroups(groups: Groups, above: Traced): Traced | undefined {
  const resolved = resolveScalarIn({ columns: groups.columns, open: true, hidden: new Set() }, above.scalar);
  const keys = new Map(groups.by.map(({ name, value }) => [name, value]));
  const measures = new Map(groups.measures.map((measure) => [measure.name, measure]));
  const row = groups.measures.find(({ fn }) => fn === 'argMax' || fn === 'argMin');
  let { through } = above;
  for (const name of columnsReadBy(scalarPart(resolved)).names) {
    if (keys.has(name)) continue;
    const measure = measures.get(name) ?? row;
    if (measure === undefined || (measures.has(name) && valueOf(measure) === undefined)) return undefined;
    through = measure.fn;
  }
  const scalar = substituteInScalar(resolved, ({ name }) => {
    const measure = measures.get(name);
    return keys.get(name) ?? (measure && valueOf(measure));
  });
  return { scalar, ...(through === undefined ? {} : { through }) };
}

/** What a measure picks from, or collects of, its events. */
function valueOf(measure: Measure): Scalar | undefined {
  const picks: ReadonlySet<AggregateFunction> = new Set(['any', 'min', 'max', 'argMax', 'argMin', 'set', 'list']);
  return picks.has(measure.fn) ? measure.args[0] : undefined;
}

function originsInSides(shape: CorrelationShape, above: Traced): readonly Origin[] {
  const resolved = resolveScalarIn({ columns: shape.columns, open: true, hidden: new Set() }, above.scalar);
  const sides = new Set([...columnsReadBy(scalarPart(resolved)).names].map((name) => sideOf(shape, name)));
  const [side] = sides;
  if (sides.size !== 1 || side === undefined) return [];
  if (side === 'left') return withMeasure(originsOfScalar(shape.left, resolved), above);
  const from = new Map(shape.renamed.map((one) => [one.to, one.from]));
  const own = substituteInScalar(resolved, (place) => {
    const name = from.get(place.name);
    return name === undefined ? undefined : { ...place, name };
  });
  return withMeasure(originsOfScalar(shape.right, own), above);
}

// ---------------------------------------------------------------------------------------------- sides

interface Sides {
  readonly kind: JoinKind;
  readonly left: Shape;
  readonly right: Shape;
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
}

/** The side of a join that a column above it comes from; `undefined` where both may have it. */
export function sideOf({ kind, left, right, renamed }: Sides, name: string): 'left' | 'right' | undefined {
  if (kind === 'leftAnti' || kind === 'leftSemi') return 'left';
  if (kind === 'rightAnti' || kind === 'rightSemi') return 'right';
  if (renamed.some(({ to }) => to === name)) return 'right';
  // The right side's column of that name would have been renamed if the left side had one.
  if (renamed.some(({ from }) => from === name)) return 'left';
  const [inLeft, inRight] = [shapeHas(left, name), shapeHas(right, name)];
  if (inLeft === true || inRight === false) return 'left';
  if (inRight === true || inLeft === false) return 'right';
  return undefined;
}

/** Whether a column leaves a shape; `undefined` where that depends on what is stored. */
export function shapeHas(shape: Shape, name: string): boolean | undefined {
  if (shape.shape === 'other') return undefined;
  const top = shape.groupings.at(-1);
  if (top !== undefined) return groupsHave(top, name);
  switch (shape.shape) {
    case 'events':
      return some(shape.branches.map((branch) => hasColumn(branch, name)));
    case 'aggregate':
      return groupsHave(shape, name);
    case 'correlation':
      return shape.columns.has(name) ? true : some([shapeHas(shape.left, name), shapeHas(shape.right, name)]);
    case 'anyOf':
      return some(shape.of.map((inner) => shapeHas(inner, name)));
  }
}

function groupsHave(groups: Pick<Groups, 'columns' | 'measures'>, name: string): boolean | undefined {
  if (groups.columns.has(name)) return true;
  // The row that `arg_max(x, *)` picks comes out whole.
  return groups.measures.some(({ fn, args }) => (fn === 'argMax' || fn === 'argMin') && args.length === 1)
    ? undefined
    : false;
}

function some(answers: readonly (boolean | undefined)[]): boolean | undefined {
  return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
}
