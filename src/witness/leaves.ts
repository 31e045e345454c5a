/** The tests of a query's filters, and the query changed so that one of them decides. */
import * as b from '../ir/build.ts';
import type { RelationOf } from '../ir/build.ts';
import type { Predicate, Relation } from '../ir/types.ts';
import { childrenOf, partsOf, relationPart, rewriteRelation } from '../ir/walk.ts';

/** A test, the filter that it stands in, and the way to it: positions among operands. */
export interface Leaf {
  readonly test: Predicate;
  readonly filter: RelationOf<'filter'>;
  readonly path: readonly number[];
}

/** All tests of all filters, in the order of the query; those of queries inside conditions too. */
export function leavesOf(query: Relation): readonly Leaf[] {
  const found: Leaf[] = [];
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind === 'relation' && node.op === 'filter') collect(node.where, node, found);
  }
  return found;
}

function collect(where: Predicate, filter: RelationOf<'filter'>, found: Leaf[]): void {
  const waiting: { readonly of: Predicate; readonly path: readonly number[] }[] = [{ of: where, path: [] }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { of, path } = next;
    if (of.op === 'and' || of.op === 'or') {
      waiting.unshift(...of.of.map((operand, index) => ({ of: operand, path: [...path, index] })));
    } else if (of.op === 'not') waiting.unshift({ of: of.of, path: [...path, 0] });
    else if (of.op !== 'constant') found.push({ test: of, filter, path });
  }
}

/**
 * The filter's condition when one test decides it: what stands beside the test is true under `and` and false under `or`.
 * `replacement` stands where the test stood.
 */
export function deciding(where: Predicate, path: readonly number[], replacement: Predicate): Predicate {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (where.op === 'not') return deciding(where.of, rest, replacement);
  if (where.op !== 'and' && where.op !== 'or') return replacement;
  const own = where.of[step];
  const others = where.of.filter((_, index) => index !== step);
  const inner = own === undefined ? replacement : deciding(own, rest, replacement);
  return b.and([inner, ...(where.op === 'and' ? others : others.map((one) => b.not(one)))], where.span);
}

/** Whether a test stands under an odd number of negations. */
export function isNegated(where: Predicate, path: readonly number[]): boolean {
  let node: Predicate | undefined = where;
  let negated = false;
  for (const step of path) {
    if (node === undefined) return negated;
    if (node.op === 'not') {
      negated = !negated;
      node = node.of;
    } else node = node.op === 'and' || node.op === 'or' ? node.of[step] : undefined;
  }
  return negated;
}

/** The query with another condition in one filter, and of every union around it only the input with that filter. */
export function withCondition(query: Relation, filter: RelationOf<'filter'>, where: Predicate): Relation {
  return focusOn(query, filter, () => ({ ...filter, where }));
}

/** The query with a node replaced, and of every union around it only the input with that node. */
export function focusOn(query: Relation, target: Relation, replace: () => Relation): Relation {
  const changed = new WeakSet<Relation>();
  return rewriteRelation(query, {
    relation: (node) => {
      if (node === target) {
        const made = replace();
        changed.add(made);
        return made;
      }
      const inside = childrenOf(relationPart(node)).some(
        (child) => child.kind === 'relation' && changed.has(child.node),
      );
      if (!inside) return node;
      const kept = node.op === 'union' ? { ...node, inputs: node.inputs.filter((input) => changed.has(input)) } : node;
      changed.add(kept);
      return kept;
    },
  });
}

/** Every input of every union, with the query that goes through it. */
export function branchesOf(query: Relation): readonly { readonly input: Relation; readonly query: Relation }[] {
  const found: { input: Relation; query: Relation }[] = [];
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind !== 'relation' || node.op !== 'union') continue;
    for (const input of node.inputs) {
      // An input that is used twice is one object: a copy tells where the way leads.
      found.push({ input, query: focusOn(query, input, () => ({ ...input })) });
    }
  }
  return found;
}
