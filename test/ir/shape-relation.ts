/** A shape as a relation again, so that the evaluator can say whether it fires: the meaning of `shape.ts`, executable. */
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import type { AggregateShape, Branch, Grouping, Limit, Shape } from '../../src/ir/shape.ts';
import type { NamedScalar, Relation, Scalar } from '../../src/ir/types.ts';
import { rewritePredicate, rewriteScalar } from '../../src/ir/walk.ts';
import { NO_SPAN } from '../../src/source.ts';
import type { Rewriter } from '../../src/ir/walk.ts';

export function relationOfShape(shape: Shape): Relation {
  switch (shape.shape) {
    case 'events':
      return withGroupings(b.union(shape.branches.map(relationOfBranch)), shape.groupings, shape.limits);
    case 'aggregate': {
      const events = b.union(shape.events.branches.map(relationOfBranch));
      const groups = b.filter(b.aggregate(events, shape.by, shape.measures), shape.where);
      return withGroupings(withColumns(groups, shape), shape.groupings, shape.limits);
    }
    case 'correlation': {
      const joined = b.join(shape.kind, relationOfShape(shape.left), relationOfShape(shape.right), shape.on, {
        renamed: shape.renamed,
      });
      const columns = [...shape.columns].map(([name, value]) => ({ name, value }));
      return withGroupings(b.extend(b.filter(joined, shape.where), columns), shape.groupings, shape.limits);
    }
    case 'anyOf':
      return withGroupings(b.union(shape.of.map(relationOfShape)), shape.groupings, shape.limits);
    case 'other':
      return shape.relation;
  }
}

function withGroupings(input: Relation, groupings: readonly Grouping[], limits: readonly Limit[]): Relation {
  const grouped = groupings.reduce<Relation>(
    (below, grouping) => withColumns(groupsOfEvents(below, grouping), grouping),
    input,
  );
  return limits.reduce<Relation>((below, { count }) => b.take(below, count), grouped);
}

/** Groupings of a shape only tidy rows: without events there is none, even where there are no keys. */
function groupsOfEvents(input: Relation, { by, measures }: Grouping): Relation {
  const name = 'number of events';
  const counted = b.aggregate(input, by, [...measures, { name, fn: 'count', args: [], span: NO_SPAN }]);
  return b.filter(counted, b.compare(b.field(name), '>', b.long(0)));
}

/** Columns above groups; those of the row that an `argMax` has chosen stay too. */
function withColumns(groups: Relation, { columns, measures }: Pick<AggregateShape, 'columns' | 'measures'>): Relation {
  const named = [...columns].map(([name, value]) => ({ name, value }));
  const bringsRow = measures.some(({ fn, args }) => (fn === 'argMax' || fn === 'argMin') && args.length === 1);
  return bringsRow ? b.extend(groups, named) : b.project(groups, named);
}

function relationOfBranch(branch: Branch): Relation {
  const { window, timeColumn } = branch;
  let relation: Relation = b.source(branch.table, { timeColumn, ...(window === undefined ? {} : { window }) });
  // Lists that expand side by side have a common id.
  const names = new Map<string, string>();
  for (const id of new Set(branch.expansions.map((one) => one.id))) {
    const lists = branch.expansions.filter((one) => one.id === id);
    const columns = lists.map(({ of }, index) => {
      const name = `element ${id} ${index}`;
      const value = withElements(of, names);
      names.set(`${id} ${canonicalTextOfScalar(value)}`, name);
      return { name, value, type: 'dynamic' as const };
    });
    relation = b.expand(relation, columns);
  }
  relation = b.filter(relation, rewritePredicate(branch.where, elementsAsColumns(names)));
  const columns: NamedScalar[] = [...branch.columns].map(([name, value]) => ({
    name,
    value: withElements(value, names),
  }));
  if (!branch.open) return b.project(relation, columns);
  const computed = b.extend(relation, columns);
  const gone = [...branch.hidden].filter((name) => !branch.columns.has(name));
  return gone.length === 0 ? computed : b.select(computed, 'drop', gone);
}

const withElements = (scalar: Scalar, names: ReadonlyMap<string, string>): Scalar =>
  rewriteScalar(scalar, elementsAsColumns(names));

function elementsAsColumns(names: ReadonlyMap<string, string>): Rewriter {
  return {
    scalar: (node) => {
      if (node.op !== 'call' || node.fn !== 'anyElement') return node;
      const [of, id] = node.args;
      if (of === undefined || id?.op !== 'literal' || id.value.type !== 'string') return node;
      // Elements of an outer list inside the list are columns by now, here as in the key.
      const name = [...names].find(
        ([key]) => key === `${(id.value as { readonly value: string }).value} ${canonicalTextOfScalar(of)}`,
      )?.[1];
      return name === undefined ? node : b.field(name, [], 'dynamic');
    },
  };
}
