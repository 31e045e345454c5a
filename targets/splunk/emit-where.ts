/**
 * Predicates as expressions of `where`. There a test of a missing field is neither true nor false, and what becomes of
 * its negation is not documented; so where a missing field must read as the empty text, it is written so.
 */
import type { Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { foldCase } from '../../src/ir/text.ts';
import { NO_SPAN } from '../../src/source.ts';
import {
  binary,
  call,
  emitScalar,
  emitText,
  negation,
  NotExpressible,
  numberIn,
  numberOf,
  textOf,
} from './emit-scalar.ts';
import { hasNoCase, matchesEmptyText, writeTextPattern, writeWildcardPattern } from './patterns.ts';
import type { Expression } from './tree.ts';

/** A junction without junctions of the same kind in it. */
export function junction(kind: 'and' | 'or', operands: readonly Expression[]): Expression {
  const of = operands.flatMap((operand) => (operand.kind === kind ? operand.of : [operand]));
  const [first] = of;
  return of.length === 1 && first !== undefined ? first : { kind, of, span: NO_SPAN };
}

/** A predicate with its negations at the leaves. */
export function emitWhere(node: Predicate): Expression {
  switch (node.op) {
    case 'constant':
      return call(node.value ? 'true' : 'false');
    case 'and':
    case 'or':
      return junction(node.op, node.of.map(emitWhere));
    case 'not':
      return emitNegated(node.of);
    case 'match':
      return emitMatch(node, false);
    case 'matchScalar':
      return emitMatchScalar(node, '==');
    case 'oneOf':
      return emitMembership(emitScalar(node.subject), node.values.map(emitValue), false);
    case 'compare':
      return binary(emitScalar(node.left), node.test, emitScalar(node.right));
    case 'ipInRange':
      return emitRanges(node);
    case 'missing':
      return node.counts === 'empty'
        ? binary(emitText(node.subject), '==', textOf(''))
        : call('isnull', emitScalar(node.subject));
    case 'isTrue':
      return emitTruth(node.of);
    case 'between':
    case 'inQuery':
    case 'opaque':
      throw new NotExpressible(`a test ${node.op} here`);
  }
}

function emitNegated(node: Predicate): Expression {
  switch (node.op) {
    case 'match':
      return emitMatch(node, true);
    case 'matchScalar':
      return emitMatchScalar(node, '!=');
    case 'oneOf':
      return emitMembership(emitText(node.subject), node.values.map(emitValue), true);
    case 'ipInRange':
      return negation(emitRanges(node));
    case 'missing':
      return node.counts === 'empty'
        ? binary(emitText(node.subject), '!=', textOf(''))
        : call('isnotnull', emitScalar(node.subject));
    case 'isTrue':
      return negation(emitTruth(node.of));
    case 'constant':
      return call(node.value ? 'false' : 'true');
    case 'and':
    case 'or':
    case 'not':
    case 'compare':
    case 'between':
    case 'inQuery':
    case 'opaque':
      throw new NotExpressible(`a negated test ${node.op} here`);
  }
}

function emitValue(value: Value): Expression {
  const number = numberIn(value);
  if (number === undefined) throw new NotExpressible(`a value of type ${value.type} in a list`);
  return numberOf(number);
}

/** `x==1`, `in(x, 1, 2)` and their negations. */
function emitMembership(subject: Expression, values: readonly Expression[], negated: boolean): Expression {
  const [first] = values;
  if (values.length === 1 && first !== undefined) return binary(subject, negated ? '!=' : '==', first);
  const membership: Expression = { kind: 'in', subject, values, span: NO_SPAN };
  return negated ? negation(membership) : membership;
}

function emitMatch(node: Extract<Predicate, { op: 'match' }>, negated: boolean): Expression {
  const { subject, test, values, quantifier, caseSensitive } = node;
  if (quantifier === 'all' && values.length > 1) {
    const single = values.map((value) => emitMatch({ ...node, values: [value], quantifier: 'any' }, negated));
    return junction(negated ? 'or' : 'and', single);
  }
  // A test of a field that is not there is not true: what it reads as has to be said of a negation only, and of a
  // pattern that matches the empty text.
  const read = negated ? emitText(subject) : emitScalar(subject);
  const folded = caseSensitive || values.every(hasNoCase) ? read : foldedOf(subject, negated);
  const spelt = caseSensitive ? values : values.map(foldCase);
  const [first = ''] = spelt;
  if (test === 'equals') return emitMembership(folded, spelt.map(textOf), negated);
  const wrap = (of: Expression): Expression => (negated ? negation(of) : of);
  if (test === 'regex' || test === 'wildcard') {
    const patterns = test === 'regex' ? values : values.map((value) => writeWildcardPattern(value, caseSensitive));
    const tests = patterns.map((pattern) =>
      wrap(call('match', matchesEmptyText(pattern) ? emitText(subject) : read, textOf(pattern))),
    );
    return junction(negated ? 'and' : 'or', tests);
  }
  const isPlain = test === 'contains' || test === 'startsWith' || test === 'endsWith';
  if (isPlain && values.length === 1 && !/[%_\\]/.test(first)) {
    const pattern = `${test === 'startsWith' ? '' : '%'}${first}${test === 'endsWith' ? '' : '%'}`;
    return wrap(call('like', folded, textOf(pattern)));
  }
  return wrap(
    call('match', read, textOf(writeTextPattern({ test, values: caseSensitive ? values : spelt, caseSensitive }))),
  );
}

/** The subject in the spelling by which letter case does not count. */
function foldedOf(subject: Scalar, negated: boolean): Expression {
  return call('lower', negated ? emitText(subject) : emitScalar(subject));
}

function emitMatchScalar(node: Extract<Predicate, { op: 'matchScalar' }>, operator: '==' | '!='): Expression {
  if (node.test !== 'equals') throw new NotExpressible(`a test ${node.test} for a computed text`);
  const side = (of: Scalar): Expression => (node.caseSensitive ? emitText(of) : call('lower', emitText(of)));
  return binary(side(node.subject), operator, side(node.value));
}

function emitRanges(node: Extract<Predicate, { op: 'ipInRange' }>): Expression {
  const subject = emitScalar(node.subject);
  return junction(
    'or',
    node.ranges.map((range) => call('cidrmatch', textOf(range), subject)),
  );
}

/** The bool functions that `where` has. */
function emitTruth(node: Scalar): Expression {
  if (node.op === 'call' && node.fn === 'ipInRange') {
    const [address, range] = node.args;
    if (address !== undefined && range !== undefined) return call('cidrmatch', emitScalar(range), emitScalar(address));
  }
  throw new NotExpressible('the truth of a scalar');
}
