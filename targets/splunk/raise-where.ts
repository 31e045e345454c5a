/**
 * Expressions of `where` as predicates. A test of a missing field is null there: neither true nor false. What holds when
 * an expression is true and what holds when it is false are therefore said apart, with explicit tests for missing
 * fields where the Detection's own tests would read them as empty.
 */
import {
  and,
  compare,
  constant,
  ipInRange,
  isTrue,
  match,
  matchScalar,
  missing,
  not,
  oneOf,
  opaquePredicate,
  or,
} from '../../src/ir/build.ts';
import { foldCase } from '../../src/ir/text.ts';
import type { Predicate, Value } from '../../src/ir/types.ts';
import { hasNoCase, isSharedSyntax, matchesEmptyText, readTextPattern, readWildcardPattern } from './patterns.ts';
import { printFlat } from './print.ts';
import { fieldsIn, isGuarded, make, raiseScalar, raiseText } from './raise-scalar.ts';
import type { Expression } from './tree.ts';

/** What holds exactly when the expression is true. */
export function raiseTrue(node: Expression): Predicate {
  return raise(node, true);
}

/** What holds exactly when the expression is false: not when it is null. */
export function raiseFalse(node: Expression): Predicate {
  return raise(node, false);
}

function raise(node: Expression, truth: boolean): Predicate {
  const { span } = node;
  switch (node.kind) {
    case 'and':
    case 'or': {
      const of = node.of.map((operand) => raise(operand, truth));
      return (node.kind === 'and') === truth ? and(of, span) : or(of, span);
    }
    case 'not':
      return raise(node.of, !truth);
    case 'binary':
      return raiseBinary(node, truth);
    case 'in':
      return raiseMembership(node.subject, node.values, truth, span);
    case 'call':
      return raiseTest(node, truth);
    case 'field':
    case 'text':
    case 'number':
    case 'negative': {
      const truthOf = isTrue(raiseScalar(node), span);
      return truth ? truthOf : not(truthOf, span);
    }
    case 'subsearch':
    case 'macro':
      return opaque(node, truth);
  }
}

function opaque(node: Expression, truth: boolean): Predicate {
  const of = opaquePredicate(printFlat(node), [...fieldsIn(node)], node.span);
  return truth ? of : not(of, node.span);
}

/** A test that is two-valued in the Detection: false also asks that its subject is there. */
function settled(of: Predicate, truth: boolean, subject: Expression): Predicate {
  if (truth) return of;
  const negated = not(of, of.span);
  return isGuarded(subject) ? negated : and([negated, not(missing(raiseScalar(subject), 'null'))], of.span);
}

/** A test by a pattern: one that matches the empty text does not match what is missing, unless the subject says so. */
function settledPattern(of: Predicate, passesEmpty: boolean, truth: boolean, subject: Expression): Predicate {
  if (!truth || !passesEmpty || isGuarded(subject)) return settled(of, truth, subject);
  return and([of, not(missing(raiseScalar(subject), 'null'))], of.span);
}

// ---------------------------------------------------------------------------------------------- comparisons

const TURNED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
const NEGATED = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

function raiseBinary(node: Extract<Expression, { kind: 'binary' }>, truth: boolean): Predicate {
  const { left, right, operator, span } = node;
  switch (operator) {
    case '==':
      return raiseEquality(left, right, truth, span);
    case '!=':
      return raiseEquality(left, right, !truth, span);
    case '<':
    case '<=':
    case '>':
    case '>=': {
      // A comparison with something missing is null on either side.
      const comparison = truth ? operator : NEGATED[operator];
      return isLiteral(left)
        ? compare(raiseScalar(right), TURNED[comparison], raiseScalar(left), span)
        : compare(raiseScalar(left), comparison, raiseScalar(right), span);
    }
    case 'LIKE':
      return raiseLike(left, right, truth, node);
    case 'XOR': {
      const either = (first: boolean, second: boolean): Predicate =>
        and([raise(left, first), raise(right, second)], span);
      return truth
        ? or([either(true, false), either(false, true)], span)
        : or([either(true, true), either(false, false)], span);
    }
    case '+':
    case '-':
    case '.':
    case '*':
    case '/':
    case '%': {
      const of = isTrue(raiseScalar(node), span);
      return truth ? of : not(of, span);
    }
  }
}

function isLiteral(node: Expression): boolean {
  return node.kind === 'text' || node.kind === 'number' || (node.kind === 'negative' && node.of.kind === 'number');
}

function raiseEquality(left: Expression, right: Expression, truth: boolean, span: Expression['span']): Predicate {
  if (isLiteral(left) && !isLiteral(right)) return raiseEquality(right, left, truth, span);
  if (isLiteral(right)) return raiseMembership(left, [right], truth, span);
  const [first, second] = [foldedArgument(left), foldedArgument(right)];
  if (first !== undefined && second !== undefined && isGuarded(left) && isGuarded(right)) {
    return withTruth(matchScalar(raiseText(first), 'equals', raiseText(second), false, span), truth);
  }
  if (isGuarded(left) && isGuarded(right)) {
    return withTruth(matchScalar(raiseText(left), 'equals', raiseText(right), true, span), truth);
  }
  const equality = compare(raiseScalar(left), '==', raiseScalar(right), span);
  if (truth) return equality;
  const present = [left, right]
    .filter((side) => !isGuarded(side))
    .map((side) => not(missing(raiseScalar(side), 'null')));
  return and([not(equality, span), ...present], span);
}

const withTruth = (of: Predicate, truth: boolean): Predicate => (truth ? of : not(of, of.span));

/** The text inside `lower(x)`. */
function foldedArgument(node: Expression): Expression | undefined {
  return node.kind === 'call' && node.name === 'lower' && node.args.length === 1 ? node.args[0] : undefined;
}

/** A subject against literals, of which any will do. */
function raiseMembership(
  subject: Expression,
  values: readonly Expression[],
  truth: boolean,
  span: Expression['span'],
): Predicate {
  const texts: string[] = [];
  const numbers: Value[] = [];
  const others: Predicate[] = [];
  for (const value of values) {
    const raised = raiseScalar(value);
    if (value.kind === 'text') texts.push(value.value);
    else if (raised.op === 'literal') numbers.push(raised.value);
    else others.push(compare(raiseScalar(subject), '==', raised, span));
  }
  const tests: Predicate[] = [...others];
  if (texts.length > 0) tests.push(raiseTexts(subject, texts, span));
  if (numbers.length > 0) tests.push(oneOf(raiseText(subject), numbers, span));
  return settled(or(tests, span), truth, subject);
}

/** Equality with texts; the empty text is not what is missing, unless the subject says so. */
function raiseTexts(subject: Expression, values: readonly string[], span: Expression['span']): Predicate {
  const folded = foldedArgument(subject);
  const insensitive = folded !== undefined && values.every((value) => value === foldCase(value));
  const read = raiseText(insensitive ? folded : subject);
  const full = values.filter((value) => value !== '');
  const tests: Predicate[] = [];
  if (full.length > 0) {
    tests.push(match(read, 'equals', full, { caseSensitive: !insensitive && !full.every(hasNoCase) }, span));
  }
  if (full.length < values.length) {
    const empty = missing(read, 'empty', span);
    tests.push(isGuarded(subject) ? empty : and([empty, not(missing(raiseScalar(subject), 'null'))], span));
  }
  return or(tests, span);
}

// ---------------------------------------------------------------------------------------------- functions

function raiseTest(node: Extract<Expression, { kind: 'call' }>, truth: boolean): Predicate {
  const { name, args, span } = node;
  const [first, second] = args;
  if (first === undefined) {
    if (name === 'true') return constant(truth, span);
    if (name === 'false') return constant(!truth, span);
    return opaque(node, truth);
  }
  switch (name) {
    case 'isnull':
      return withTruth(missing(raiseScalar(first), 'null', span), truth);
    case 'isnotnull':
      return withTruth(missing(raiseScalar(first), 'null', span), !truth);
    case 'match':
      if (second?.kind !== 'text') return opaque(node, truth);
      return raisePattern(first, second.value, node, truth);
    case 'like':
      return second === undefined ? opaque(node, truth) : raiseLike(first, second, truth, node);
    case 'cidrmatch':
      if (second === undefined) return opaque(node, truth);
      if (first.kind === 'text') return withTruth(ipInRange(raiseScalar(second), [first.value], span), truth);
      return withTruth(isTrue(make('ipInRange', [raiseScalar(second), raiseScalar(first)], span), span), truth);
    case 'searchmatch':
      return opaque(node, truth);
    default: {
      const of = raiseScalar(node);
      return of.op === 'opaque' ? opaque(node, truth) : withTruth(isTrue(of, span), truth);
    }
  }
}

function raisePattern(subject: Expression, pattern: string, node: Expression, truth: boolean): Predicate {
  const plain = readTextPattern(pattern);
  const read = raiseText(subject);
  const { span } = node;
  if (plain !== undefined) {
    const { test, values, caseSensitive } = plain;
    return settled(match(read, test, values, { caseSensitive }, span), truth, subject);
  }
  const passesEmpty = matchesEmptyText(pattern);
  const wildcard = readWildcardPattern(pattern);
  if (wildcard !== undefined) {
    const { value, caseSensitive } = wildcard;
    return settledPattern(match(read, 'wildcard', value, { caseSensitive }, span), passesEmpty, truth, subject);
  }
  if (!isSharedSyntax(pattern)) return opaque(node, truth);
  return settledPattern(match(read, 'regex', pattern, { caseSensitive: true }, span), passesEmpty, truth, subject);
}

/** `like`: `%` is any text, `_` any character; a backslash before either makes it itself. */
function raiseLike(subject: Expression, pattern: Expression, truth: boolean, node: Expression): Predicate {
  if (pattern.kind !== 'text') return opaque(node, truth);
  const folded = foldedArgument(subject);
  const insensitive = folded !== undefined && pattern.value === foldCase(pattern.value);
  const read = raiseText(insensitive ? folded : subject);
  return settledPattern(
    match(
      read,
      'wildcard',
      likeAsWildcard(pattern.value),
      { caseSensitive: !insensitive && !hasNoCase(pattern.value) },
      node.span,
    ),
    /^%*$/.test(pattern.value),
    truth,
    subject,
  );
}

function likeAsWildcard(pattern: string): string {
  let wildcard = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '%') wildcard += '*';
    else if (character === '_') wildcard += '?';
    else {
      const next = pattern.charAt(at + 1);
      const literal = character === '\\' && (next === '%' || next === '_') ? pattern.charAt(++at) : character;
      wildcard += /[*?\\]/.test(literal) ? `\\${literal}` : literal;
    }
  }
  return wildcard;
}
