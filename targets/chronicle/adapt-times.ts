/** Instants and durations as numbers of seconds, which is how YARA-L keeps them. */
import * as b from '../../src/ir/build.ts';
import type { Comparison, Predicate, Scalar } from '../../src/ir/types.ts';
import {
  outsideSubqueries,
  partsOf,
  predicatePart,
  rewritePredicate,
  rewriteScalar,
  type Part,
} from '../../src/ir/walk.ts';
import type { Effect } from '../../src/diagnostic.ts';

/** The scalar with instants as seconds since 1970 and durations as seconds. */
export function inSeconds(scalar: Scalar): Scalar {
  return rewriteScalar(scalar, { scalar: secondsOfNode }, intoArithmetic);
}

export function predicateInSeconds(predicate: Predicate): Predicate {
  return rewritePredicate(predicate, { scalar: secondsOfNode }, intoArithmetic);
}

/** Stays out of functions that take an instant as one. */
const intoArithmetic = (part: Part): boolean =>
  outsideSubqueries(part) && !(part.kind === 'scalar' && part.node.op === 'call' && part.node.fn === 'hourOfDay');

function secondsOfNode(node: Scalar): Scalar {
  if (node.op === 'call') {
    const [first, second, third] = node.args;
    if (node.fn === 'fromUnixSeconds' && first !== undefined) return first;
    if (node.fn === 'fromUnixMillis') return node;
    // Whole seconds between two instants; KQL counts the boundaries that lie between them.
    const isSeconds = first?.op === 'literal' && first.value.type === 'string' && first.value.value === 'second';
    if (node.fn === 'dateDiff' && isSeconds && second !== undefined && third !== undefined) {
      return b.call('subtract', [second, third], 'long', node.span);
    }
    const isTime = node.type === 'datetime' || node.type === 'timespan';
    return isTime && (node.fn === 'add' || node.fn === 'subtract') ? { ...node, type: 'long' } : node;
  }
  if (node.op !== 'literal') return node;
  const { value } = node;
  if (value.type !== 'datetime' && value.type !== 'timespan') return node;
  return value.value % 1000 === 0 ? b.long(value.value / 1000, node.span) : b.real(value.value / 1000, node.span);
}

const isTime = (scalar: Scalar): boolean =>
  (scalar.op === 'call' && (scalar.type === 'datetime' || scalar.type === 'timespan')) ||
  (scalar.op === 'literal' && (scalar.value.type === 'datetime' || scalar.value.type === 'timespan'));

const ROUNDING: Readonly<Record<Comparison, Effect>> = {
  '<': 'narrower',
  '>': 'narrower',
  '<=': 'wider',
  '>=': 'wider',
  '==': 'wider',
};

/** What it does to compare times in whole seconds; `undefined` when no times are compared. */
export function roundingEffect(predicate: Predicate): Effect | undefined {
  const effects = new Set<Effect>();
  for (const { kind, node } of partsOf(predicatePart(predicate))) {
    if (kind !== 'predicate') continue;
    if (node.op === 'compare' && (isTime(node.left) || isTime(node.right))) effects.add(ROUNDING[node.test]);
    if (node.op === 'between' && isTime(node.subject)) effects.add('wider');
  }
  const [only, ...others] = effects;
  return others.length > 0 ? 'differs' : only;
}
