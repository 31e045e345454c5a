/** Expressions as predicates. */
import {
  and,
  anyField,
  call,
  compare,
  between,
  constant,
  isTrue,
  literal,
  match,
  matchScalar,
  missing,
  not,
  oneOf,
  opaquePredicate,
  or,
} from '../../ir/build.ts';
import type { Comparison, Field, Predicate, Scalar, ScalarType, TextTest, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { BinaryOperator, Expression, Literal } from '../ast.ts';
import { lowerPredicateCall, subjectOf } from './call-predicates.ts';
import { typeOfScalar } from './columns.ts';
import type { Place } from './context.ts';
import { nested } from './context.ts';
import { lowerList } from './lists.ts';
import { textOfValue } from './literals.ts';
import { lowerScalar, reportTextOperand } from './scalar.ts';
import { lowerSearchTerm } from './search.ts';
import { namesIn, writtenExpression } from './written.ts';

type BinaryExpression = Extract<Expression, { readonly kind: 'binary' }>;

/** The predicate that an expression means; `opaque` where it is not understood, never an exception. */
export function lowerPredicate(expression: Expression, place: Place): Predicate {
  return nested(
    place.run,
    expression.span,
    () => lowerAny(expression, place),
    () => opaque(expression),
  );
}

function opaque(expression: Expression): Predicate {
  return opaquePredicate(writtenExpression(expression), namesIn(expression), expression.span);
}

function lowerAny(expression: Expression, place: Place): Predicate {
  let at = expression;
  while (at.kind === 'parenthesised') at = at.of;
  switch (at.kind) {
    case 'binary':
      if (at.operator === 'and' || at.operator === 'or') return lowerJunction(at, at.operator, place);
      return lowerTest(at, place);
    case 'between':
      return lowerBetween(at, place);
    case 'list':
      return lowerList(at, place);
    case 'call': {
      const predicate = lowerPredicateCall(at, place);
      return predicate ?? truthOf(lowerScalar(at, place));
    }
    case 'star':
      return place.searching === undefined ? opaque(at) : constant(true, at.span);
    case 'literal':
      if (place.searching !== undefined && isSearchTerm(at.literal)) {
        return lowerSearchTerm(anyField(at.span), String(at.literal.value), place.searching.caseSensitive, at.span);
      }
      return truthOf(lowerScalar(at, place));
    case 'name':
    case 'member':
    case 'element':
    case 'unary':
    case 'subquery':
    case 'source':
      return truthOf(lowerScalar(at, place));
    case 'type':
      return opaque(at);
  }
}

/** The truth of a value: of a bool; numbers and texts are converted, as KQL does. */
export function truthOf(value: Scalar): Predicate {
  if (value.op === 'opaque') return opaquePredicate(value.text, value.reads, value.span);
  if (value.op === 'literal' && value.value.type === 'null') return constant(false, value.span);
  return isTrue(value, value.span);
}

/**
 * A predicate that has the same rows pass a filter, where a test of a predicate against `true` or `false` is that
 * predicate or its negation: they differ only in what is null, which a filter drops like what is false.
 */
export function asCondition(predicate: Predicate): Predicate {
  switch (predicate.op) {
    case 'and':
      return and(predicate.of.map(asCondition), predicate.span);
    case 'or':
      return or(predicate.of.map(asCondition), predicate.span);
    case 'oneOf': {
      const { subject, values, span } = predicate;
      const [only, ...others] = values;
      if (subject.op !== 'test' || only?.type !== 'bool' || others.length > 0) return predicate;
      return only.value ? asCondition(subject.of) : not(subject.of, span);
    }
    case 'constant':
    case 'not':
    case 'match':
    case 'matchScalar':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return predicate;
  }
}

/** All operands of a chain of the same operator, however it is nested, without recursion. */
function lowerJunction(expression: BinaryExpression, operator: 'and' | 'or', place: Place): Predicate {
  const operands: Predicate[] = [];
  const waiting: Expression[] = [expression];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    while (at.kind === 'parenthesised') at = at.of;
    if (at.kind === 'binary' && at.operator === operator) waiting.push(at.right, at.left);
    else operands.push(lowerPredicate(at, place));
  }
  return operator === 'and' ? and(operands, expression.span) : or(operands, expression.span);
}

// ---------------------------------------------------------------------------------------------- tests

interface TextOperator {
  readonly test: TextTest;
  readonly caseSensitive: boolean;
  readonly negated: boolean;
}

const text = (test: TextTest, caseSensitive = false, negated = false): TextOperator => ({
  test,
  caseSensitive,
  negated,
});

type TestOperator = Exclude<BinaryOperator, 'and' | 'or' | '+' | '-' | '*' | '/' | '%'>;

const OPERATORS: Readonly<Record<TestOperator, TextOperator | Comparison>> = {
  '==': text('equals', true),
  '!=': text('equals', true, true),
  '<>': text('equals', true, true),
  '=~': text('equals'),
  '!~': text('equals', false, true),
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  has: text('term'),
  '!has': text('term', false, true),
  has_cs: text('term', true),
  '!has_cs': text('term', true, true),
  hasprefix: text('termPrefix'),
  '!hasprefix': text('termPrefix', false, true),
  hasprefix_cs: text('termPrefix', true),
  '!hasprefix_cs': text('termPrefix', true, true),
  hassuffix: text('termSuffix'),
  '!hassuffix': text('termSuffix', false, true),
  hassuffix_cs: text('termSuffix', true),
  '!hassuffix_cs': text('termSuffix', true, true),
  contains: text('contains'),
  '!contains': text('contains', false, true),
  notcontains: text('contains', false, true),
  contains_cs: text('contains', true),
  containscs: text('contains', true),
  '!contains_cs': text('contains', true, true),
  notcontainscs: text('contains', true, true),
  startswith: text('startsWith'),
  '!startswith': text('startsWith', false, true),
  startswith_cs: text('startsWith', true),
  '!startswith_cs': text('startsWith', true, true),
  endswith: text('endsWith'),
  '!endswith': text('endsWith', false, true),
  endswith_cs: text('endsWith', true),
  '!endswith_cs': text('endsWith', true, true),
  'matches regex': text('regex', true),
  like: text('wildcard'),
  notlike: text('wildcard', false, true),
  likecs: text('wildcard', true),
  notlikecs: text('wildcard', true, true),
  ':': text('term'),
};

function isTest(operator: BinaryOperator): operator is TestOperator {
  return Object.hasOwn(OPERATORS, operator);
}

function lowerTest(expression: BinaryExpression, place: Place): Predicate {
  const { operator, span } = expression;
  if (!isTest(operator)) return truthOf(lowerScalar(expression, place));
  const left = lowerSide(expression.left, place);
  const right = lowerSide(expression.right, place);
  if (operator === ':') return lowerSearchTest(left, right, expression, place);
  const meaning = OPERATORS[operator];
  if (typeof meaning === 'string') {
    reportTextOperand(operator, left, right, span, place);
    return compare(copySource(left, place), meaning, copySource(right, place), span);
  }
  const positive =
    meaning.test === 'equals'
      ? lowerEquality(left, right, meaning, span, place)
      : lowerTextTest(left, right, meaning, span, place);
  return meaning.negated ? not(positive, span) : positive;
}

/** What `search` looks for as text: texts, and numbers as they are written. */
function isSearchTerm(literal: Literal): literal is Extract<Literal, { readonly type: 'string' | 'long' | 'int' }> {
  return literal.type === 'string' || literal.type === 'long' || literal.type === 'int';
}

/** `column:term` of `search`. */
function lowerSearchTest(left: Scalar, right: Scalar, expression: BinaryExpression, place: Place): Predicate {
  const value = right.op === 'literal' ? textOfValue(right.value) : undefined;
  if (value === undefined) return opaque(expression);
  return lowerSearchTerm(left, value, place.searching?.caseSensitive ?? false, expression.span);
}

/** An operand of a test: there a text is a value, in `search` too. */
function lowerSide(expression: Expression, place: Place): Scalar {
  const { run, scope, row } = place;
  return lowerScalar(expression, { run, scope, row });
}

function lowerTextTest(left: Scalar, right: Scalar, meaning: TextOperator, span: Span, place: Place): Predicate {
  const { test, caseSensitive } = meaning;
  const subject = subjectOf(left, place);
  if (right.op === 'literal') {
    const value = textOfValue(right.value);
    if (value !== undefined)
      return match(subject, test, test === 'wildcard' ? escapeLike(value) : value, { caseSensitive }, span);
  }
  return matchScalar(subject, test, subjectOf(right, place), caseSensitive, span);
}

/** `like` knows `%` and `_` where wildcards here are `*` and `?`. */
function escapeLike(pattern: string): string {
  return pattern
    .replace(/[\\*?]/g, '\\$&')
    .replace(/%/g, '*')
    .replace(/_/g, '?');
}

// ---------------------------------------------------------------------------------------------- equality

function lowerEquality(left: Scalar, right: Scalar, meaning: TextOperator, span: Span, place: Place): Predicate {
  if (left.op === 'literal' && right.op !== 'literal') return lowerEquality(right, left, meaning, span, place);
  if (left.op === 'literal' && right.op === 'literal') {
    const folded = equalLiterals(left.value, right.value, meaning.caseSensitive);
    if (folded !== undefined) return constant(folded, span);
  }
  if (right.op === 'literal') return equalsValues(left, [right.value], meaning.caseSensitive, span, place);
  const types = [typeOfScalar(left), typeOfScalar(right)];
  const isText =
    !meaning.caseSensitive ||
    types.includes('string') ||
    types.every((type) => type === 'unknown' || type === 'dynamic');
  if (isText && !types.some(isNumeric)) {
    return matchScalar(subjectOf(left, place), 'equals', subjectOf(right, place), meaning.caseSensitive, span);
  }
  return compare(copySource(left, place), '==', copySource(right, place), span);
}

function isNumeric(type: ScalarType): boolean {
  return (
    type === 'long' ||
    type === 'real' ||
    type === 'decimal' ||
    type === 'datetime' ||
    type === 'timespan' ||
    type === 'bool'
  );
}

function equalLiterals(left: Value, right: Value, caseSensitive: boolean): boolean | undefined {
  if (left.type === 'string' && right.type === 'string') {
    return caseSensitive ? left.value === right.value : left.value.toLowerCase() === right.value.toLowerCase();
  }
  if (left.type === 'long' && right.type === 'long') return left.value === right.value;
  if (left.type === 'bool' && right.type === 'bool') return left.value === right.value;
  return undefined;
}

/** The field that a column is a copy of, where a comparison of values is about it. */
export function copySource(value: Scalar, place: Place): Scalar {
  if (value.op !== 'field' || value.path.length > 0) return value;
  const alias = place.row?.known.get(value.name)?.alias;
  return alias?.as === 'copy'
    ? { ...alias.of, type: alias.of.type === 'unknown' ? value.type : alias.of.type, span: value.span }
    : value;
}

/**
 * Whether a value equals any of some literals. Texts compare as texts, everything else by value; a literal whose type is
 * not the column's is converted, which is reported.
 */
export function equalsValues(
  subject: Scalar,
  values: readonly Value[],
  caseSensitive: boolean,
  span: Span,
  place: Place,
): Predicate {
  const texts: string[] = [];
  const others: Value[] = [];
  for (const value of values) {
    const fitted = fitValue(subject, value, span, place);
    if (fitted.type === 'string') texts.push(fitted.value);
    else if (fitted.type === 'dynamic' && typeof fitted.value === 'string') texts.push(fitted.value);
    else if (fitted.type !== 'null') others.push(fitted);
  }
  const operands: Predicate[] = [];
  if (texts.length > 0) operands.push(equalsTexts(subject, texts, caseSensitive, span, place));
  if (others.length > 0) operands.push(equalsOthers(subject, others, span, place));
  return or(operands, span);
}

function equalsTexts(
  subject: Scalar,
  texts: readonly string[],
  caseSensitive: boolean,
  span: Span,
  place: Place,
): Predicate {
  const numbers = numbersWritten(subject, texts);
  if (numbers !== undefined) return numbers;
  const about = subjectOf(subject, place);
  const type = typeOfScalar(subject);
  const isEmpty = texts.length === 1 && texts[0] === '';
  if (isEmpty && type !== 'dynamic') return missing(about, 'empty', span);
  const sensitive = caseSensitive && type !== 'guid';
  const equal = match(about, 'equals', texts, { caseSensitive: sensitive }, span);
  // A text reads as empty when it is missing; a null dynamic is not equal to the empty text.
  return isEmpty ? and([not(missing(about, 'null', span), span), equal], span) : equal;
}

/** `tostring(EventID) == "4688"`: the number, where every text is just how a number is written. */
function numbersWritten(subject: Scalar, texts: readonly string[]): Predicate | undefined {
  if (subject.op !== 'call' || subject.fn !== 'toText') return undefined;
  const [number] = subject.args;
  if (number === undefined || typeOfScalar(number) !== 'long') return undefined;
  if (!texts.every((written) => /^(?:0|-?[1-9]\d{0,17})$/.test(written))) return undefined;
  return oneOf(
    number,
    texts.map((written) => ({ type: 'long', value: BigInt(written) })),
    subject.span,
  );
}

function equalsOthers(subject: Scalar, values: readonly Value[], span: Span, place: Place): Predicate {
  const [only] = values;
  if (values.length === 1 && only?.type === 'bool' && subject.op === 'test' && isNeverNull(subject.of)) {
    return only.value ? subject.of : not(subject.of, span);
  }
  return oneOf(copySource(subject, place), values, span);
}

/** Whether a predicate is true or false of every row: then comparing it with a bool is the predicate itself. */
function isNeverNull(predicate: Predicate): boolean {
  switch (predicate.op) {
    case 'match':
    case 'matchScalar':
    case 'missing':
    case 'constant':
    case 'oneOf':
      return true;
    case 'not':
      return isNeverNull(predicate.of);
    case 'and':
    case 'or':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}

/** A literal as the column's type has it. */
function fitValue(subject: Scalar, value: Value, span: Span, place: Place): Value {
  const type = typeOfScalar(subject);
  if (value.type === 'string' && (type === 'long' || type === 'real' || type === 'decimal')) {
    const number = /^\s*[+-]?\d{1,18}\s*$/.test(value.value) ? BigInt(value.value.trim()) : undefined;
    if (subject.op === 'field') mismatch(subject, type, 'text', span, place);
    return number === undefined ? value : { type: 'long', value: number };
  }
  if ((value.type === 'long' || value.type === 'real') && type === 'string') {
    if (subject.op === 'field') mismatch(subject, type, 'number', span, place);
    return { type: 'string', value: textOfValue(value) ?? String(value.value) };
  }
  if (value.type === 'string' && type === 'bool') {
    const truth = { true: true, false: false }[value.value.trim().toLowerCase()];
    if (subject.op === 'field') mismatch(subject, type, 'text', span, place);
    return truth === undefined ? value : { type: 'bool', value: truth };
  }
  if (value.type === 'bool' && type === 'string') {
    if (subject.op === 'field') mismatch(subject, type, 'bool', span, place);
    return { type: 'string', value: value.value ? 'true' : 'false' };
  }
  return value;
}

function mismatch(subject: Field, type: ScalarType, literalType: string, span: Span, place: Place): void {
  place.run.report(
    'type-mismatch',
    'info',
    span,
    `\`${subject.name}\` is of type ${type} and compared with a ${literalType}; it is read as the column's type has it.`,
  );
}

// ---------------------------------------------------------------------------------------------- ranges

function lowerBetween(expression: Extract<Expression, { readonly kind: 'between' }>, place: Place): Predicate {
  const { span } = expression;
  const subject = copySource(lowerScalar(expression.value, place), place);
  const low = lowerScalar(expression.low, place);
  let high = lowerScalar(expression.high, place);
  // `datetime .. timespan` is a start and a length.
  if (typeOfScalar(low) === 'datetime' && typeOfScalar(high) === 'timespan') high = addTo(low, high);
  const within = between(subject, low, high, span);
  return expression.negated ? not(within, span) : within;
}

function addTo(start: Scalar, length: Scalar): Scalar {
  if (start.op === 'now' && length.op === 'literal' && length.value.type === 'timespan') {
    return { ...start, offset: start.offset + length.value.value };
  }
  if (
    start.op === 'literal' &&
    start.value.type === 'datetime' &&
    length.op === 'literal' &&
    length.value.type === 'timespan'
  ) {
    return literal({ type: 'datetime', value: start.value.value + length.value.value }, start.span);
  }
  return call('add', [start, length], 'datetime');
}
