/** The tests of a branch in Sigma's fields: operands of `and` and `or` one by one, leaves by `adapt-leaf.ts`. */
import * as build from '../../src/ir/build.ts';
import { dropOperand } from '../../src/ir/fidelity.ts';
import type { Predicate } from '../../src/ir/types.ts';
import type { Adapting, Failure } from './adapt-notes.ts';

/** A leaf, possibly negated, in Sigma's fields: a predicate or why there is none. */
export type LeafAdapter = (leaf: Predicate) => Predicate | Failure;

/** What is left of a predicate; `undefined`: nothing, for these reasons. */
interface Adapted {
  readonly predicate: Predicate | undefined;
  readonly failures: readonly Failure[];
}

/**
 * The predicate with every leaf adapted. It has its negations at the leaves. A leaf that Sigma can not say is left out
 * of the `and` or `or` in which it stands (or the rule is refused); `undefined` when nothing is left.
 */
export function adaptPredicate(
  predicate: Predicate,
  adaptLeaf: LeafAdapter,
  adapting: Adapting,
): Predicate | undefined {
  const { predicate: adapted, failures } = adaptNode(predicate, adaptLeaf, adapting);
  for (const failure of failures) adapting.leaveOut(failure, dropOperand('and', 'positive'));
  return adapted;
}

export function isFailure(result: Predicate | Failure): result is Failure {
  return 'code' in result;
}

function adaptNode(node: Predicate, adaptLeaf: LeafAdapter, adapting: Adapting): Adapted {
  if (node.op === 'constant') return { predicate: node, failures: [] };
  if (node.op !== 'and' && node.op !== 'or') {
    const result = adaptLeaf(node);
    return isFailure(result) ? { predicate: undefined, failures: [result] } : { predicate: result, failures: [] };
  }
  const operands = node.of.map((operand) => adaptNode(operand, adaptLeaf, adapting));
  const kept = operands.flatMap(({ predicate }) => (predicate === undefined ? [] : [predicate]));
  const failures = operands.flatMap((operand) => operand.failures);
  if (kept.length === 0) return { predicate: undefined, failures };
  for (const failure of failures) adapting.leaveOut(failure, dropOperand(node.op, 'positive'));
  return { predicate: node.op === 'and' ? build.and(kept, node.span) : build.or(kept, node.span), failures: [] };
}
