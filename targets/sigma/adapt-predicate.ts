/** The tests of a branch in Sigma's fields: operands of `and` and `or` one by one, leaves by `adapt-leaf.ts`. */
import * as build from '../../src/ir/build.ts';
import { dropOperand } from '../../src/ir/fidelity.ts';
import { impliedByLeaf } from '../../src/ir/implied.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { testOfPayloadField } from './adapt-payload.ts';
import { isSelective } from './adapt-selective.ts';
import type { Adapting, Failure } from './adapt-notes.ts';

/** A leaf, possibly negated, in Sigma's fields: a predicate or why there is none. */
export type LeafAdapter = (leaf: Predicate) => Predicate | Failure;

/** What is left of a predicate. */
interface Adapted {
  /** `undefined`: nothing. */
  readonly predicate: Predicate | undefined;
  /** What of the source is in it, in the source's words. */
  readonly kept: Predicate | undefined;
  /** Tests that are left out of it, and why. */
  readonly failures: readonly Failure[];
  /** Tests in whose place one stands that follows from them. */
  readonly implied: readonly Failure[];
}

/**
 * The predicate with every leaf adapted. It has its negations at the leaves.
 *
 * A test that Sigma cannot say is replaced by one that follows from it, or left out of the `and` in which it stands
 * (with the whole `or` around it): both are wider, and noted. That is done only where firing on more does no harm to
 * what the rule says, and where what remains still tells the events apart from others of their kind; else the rule is
 * refused, or with best effort any operand is left out.
 *
 * @returns `undefined` when nothing is left.
 */
export function adaptPredicate(
  predicate: Predicate,
  adaptLeaf: LeafAdapter,
  adapting: Adapting,
): Predicate | undefined {
  const mayWiden = adapting.polarity === 'positive';
  const adapted = adaptNode(predicate, adaptLeaf, mayWiden);
  const { kept, failures } = adapted;
  if (failures.length === 0) return settle(adapted, adapting);
  const isLeaveable = failures.every(({ essential }) => essential !== true);
  // Below a correlation its own condition tells the events apart.
  const remains = kept !== undefined && (isSelective(kept) || (adapting.counts && kept.op !== 'constant'));
  if (mayWiden && isLeaveable && remains) {
    for (const failure of failures) adapting.widen(failure);
    return settle(adapted, adapting);
  }
  return adaptLeniently(predicate, adaptLeaf, adapting);
}

function settle({ predicate, implied }: Adapted, adapting: Adapting): Predicate | undefined {
  for (const { span, message } of implied) {
    const instead = `${message} A wider test that follows from it stands in its place.`;
    adapting.note('implied-test', 'wider', span, instead);
  }
  return predicate;
}

export function isFailure(result: Predicate | Failure): result is Failure {
  return 'code' in result;
}

/** Without a test that cannot be said goes the `or` in which it stands: nothing else is wider. */
function adaptNode(node: Predicate, adaptLeaf: LeafAdapter, mayWiden: boolean): Adapted {
  if (node.op === 'constant') return { predicate: node, kept: node, failures: [], implied: [] };
  if (node.op !== 'and' && node.op !== 'or') return adaptOne(node, adaptLeaf, mayWiden);
  const operands = node.of.map((operand) => adaptNode(operand, adaptLeaf, mayWiden));
  const failures = operands.flatMap((operand) => operand.failures);
  const known = operands.filter(({ predicate }) => predicate !== undefined);
  if (known.length === 0 || (node.op === 'or' && known.length < operands.length)) {
    return { predicate: undefined, kept: undefined, failures, implied: [] };
  }
  const join = (of: readonly (Predicate | undefined)[]): Predicate => {
    const given = of.filter((operand) => operand !== undefined);
    return node.op === 'and' ? build.and(given, node.span) : build.or(given, node.span);
  };
  return {
    predicate: join(known.map(({ predicate }) => predicate)),
    kept: join(known.map(({ kept }) => kept)),
    failures,
    implied: known.flatMap(({ implied }) => implied),
  };
}

function adaptOne(leaf: Predicate, adaptLeaf: LeafAdapter, mayWiden: boolean): Adapted {
  const result = adaptLeaf(leaf);
  if (!isFailure(result)) return { predicate: result, kept: leaf, failures: [], implied: [] };
  for (const wider of mayWiden ? widerTests(leaf) : []) {
    const instead = adaptNode(wider, adaptLeaf, false);
    if (instead.failures.length === 0) return { ...instead, implied: [result] };
  }
  // What other events say of this one, or what was seen before: without it the rule is about something else.
  const isJoin = leaf.op === 'inQuery' || (leaf.op === 'not' && leaf.of.op === 'inQuery');
  const failure = isJoin ? { ...result, essential: true } : result;
  return { predicate: undefined, kept: undefined, failures: [failure], implied: [] };
}

/** Tests that follow from one, the closest first. */
function widerTests(leaf: Predicate): readonly Predicate[] {
  const caseless =
    leaf.op === 'match' && leaf.caseSensitive ? impliedByLeaf({ ...leaf, caseSensitive: false }) : undefined;
  return [testOfPayloadField(leaf), impliedByLeaf(leaf), caseless].filter((test) => test !== undefined);
}

// ---------------------------------------------------------------------------------------------- best effort

/** Whatever can be said, however much that leaves out; without the wish for it, a refusal. */
function adaptLeniently(predicate: Predicate, adaptLeaf: LeafAdapter, adapting: Adapting): Predicate | undefined {
  const { predicate: adapted, failures } = adaptOperands(predicate, adaptLeaf, adapting);
  for (const failure of failures) adapting.leaveOut(failure, dropOperand('and', 'positive'));
  return adapted;
}

type Remaining = Pick<Adapted, 'predicate' | 'failures'>;

function adaptOperands(node: Predicate, adaptLeaf: LeafAdapter, adapting: Adapting): Remaining {
  if (node.op === 'constant') return { predicate: node, failures: [] };
  if (node.op !== 'and' && node.op !== 'or') {
    const result = adaptLeaf(node);
    return isFailure(result) ? { predicate: undefined, failures: [result] } : { predicate: result, failures: [] };
  }
  const operands = node.of.map((operand) => adaptOperands(operand, adaptLeaf, adapting));
  const kept = operands.flatMap(({ predicate }) => (predicate === undefined ? [] : [predicate]));
  const failures = operands.flatMap((operand) => operand.failures);
  if (kept.length === 0) return { predicate: undefined, failures };
  for (const failure of failures) adapting.leaveOut(failure, dropOperand(node.op, 'positive'));
  return { predicate: node.op === 'and' ? build.and(kept, node.span) : build.or(kept, node.span), failures: [] };
}
