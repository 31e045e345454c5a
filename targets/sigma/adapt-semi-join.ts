/**
 * `where k in (other events)` as the join that it is: an event belongs to the result when the other query has its key.
 * What is joined can be correlated; a list that is computed from events cannot be written down.
 */
import * as build from '../../src/ir/build.ts';
import type { Predicate, Relation } from '../../src/ir/types.ts';
import { mainInput } from '../../src/ir/walk.ts';

type InQuery = Extract<Predicate, { readonly op: 'inQuery' }>;
type Filter = Extract<Relation, { readonly op: 'filter' }>;

/** The query with its one list of events as a join; itself when it has none, or several. */
export function withSemiJoin(query: Relation): Relation {
  const found: { readonly filter: Filter; readonly test: InQuery; readonly column: string }[] = [];
  for (let node: Relation | undefined = query; node !== undefined; node = mainInput(node)) {
    if (node.op !== 'filter') continue;
    for (const test of node.where.op === 'and' ? node.where.of : [node.where]) {
      // A join heeds letter case.
      if (test.op !== 'inQuery' || test.test !== 'equals' || test.quantifier !== 'any' || !test.caseSensitive) continue;
      const column = firstColumn(test.query);
      if (column !== undefined) found.push({ filter: node, test, column });
    }
  }
  const [only, ...more] = found;
  return only === undefined || more.length > 0 ? query : replaced(query, only.filter, only.test, only.column);
}

function replaced(query: Relation, filter: Filter, test: InQuery, column: string): Relation {
  const above: Relation[] = [];
  let node: Relation = query;
  while (node !== filter) {
    const inner = mainInput(node);
    if (inner === undefined) return query;
    above.push(node);
    node = inner;
  }
  const { where, input, span } = filter;
  const others = where.op === 'and' ? where.of.filter((operand) => operand !== test) : [];
  const key = { left: test.subject, right: build.field(column, [], 'unknown', test.span) };
  const events = build.filter(input, build.and(others, where.span), span);
  let joined: Relation | undefined = build.join('leftSemi', events, test.query, [key], {}, test.span);
  for (const outer of above.toReversed()) joined = joined && withInput(outer, joined);
  return joined ?? query;
}

function withInput(node: Relation, input: Relation): Relation | undefined {
  switch (node.op) {
    case 'filter':
    case 'extend':
    case 'project':
    case 'select':
    case 'rename':
    case 'aggregate':
    case 'expand':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'sort':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
      return { ...node, input };
    case 'join':
      return { ...node, left: input };
    case 'union':
    case 'source':
    case 'literal':
    case 'reference':
    case 'opaque':
      return undefined;
  }
}

/** The name of a query's first column where it comes from events and says so. */
function firstColumn(query: Relation): string | undefined {
  for (let node: Relation | undefined = query; node !== undefined; node = mainInput(node)) {
    if (node.op === 'project') return readsEvents(node) ? node.columns[0]?.name : undefined;
    if (node.op === 'aggregate') return readsEvents(node) ? node.by[0]?.name : undefined;
    if (node.op !== 'filter' && node.op !== 'sort' && node.op !== 'take' && node.op !== 'extend') return undefined;
  }
  return undefined;
}

function readsEvents(query: Relation): boolean {
  let node: Relation | undefined = query;
  while (node !== undefined && node.op !== 'source') node = mainInput(node);
  return node !== undefined;
}
