/**
 * YARA-L expressions as predicates and scalars of a Detection: the inverse of `phrase.ts`, and more, for rules are
 * written in many ways. A list is read as if it had one element, for a Detection does not quantify over elements.
 */
import * as b from '../../src/ir/build.ts';
import type { Field, Predicate, Scalar, ScalarType } from '../../src/ir/types.ts';
import { resultTypeOf } from '../../src/ir/functions.ts';
import { capturingGroups, ARITHMETIC, FUNCTION_OF_NAME } from './phrase-scalar.ts';
import { printFlat } from './print.ts';
import type { ComparisonOperator, Expression, ExpressionOf } from './tree.ts';

/** What names stand for: the fields of event variables, and placeholders and outcomes. */
export interface Names {
  readonly field: (expression: ExpressionOf<'field'>) => Field;
  /** `undefined`: nothing is known by that name. */
  readonly variable: (expression: ExpressionOf<'variable'>) => Scalar | undefined;
  readonly count: (expression: ExpressionOf<'count'>) => Scalar | undefined;
}

// ---------------------------------------------------------------------------------------------- predicates

export function interpretPredicate(expression: Expression, names: Names): Predicate {
  switch (expression.kind) {
    case 'logic': {
      const operands = expression.of.map((operand) => interpretPredicate(operand, names));
      return (expression.operator === 'and' ? b.and : b.or)(operands, expression.span);
    }
    case 'not':
    case 'absent':
      return b.not(interpretPredicate(expression.of, names), expression.span);
    case 'comparison':
      return interpretComparison(expression, names);
    case 'nocase':
      return interpretTest(expression.of, true, names) ?? opaque(expression, names);
    case 'call':
      return interpretTest(expression, false, names) ?? opaque(expression, names);
    case 'in':
      return interpretList(expression, names);
    case 'bool':
      return b.constant(expression.value, expression.span);
    case 'string':
    case 'regex':
    case 'number':
    case 'null':
    case 'variable':
    case 'count':
    case 'field':
    case 'quantified':
    case 'negative':
    case 'arithmetic':
      return opaque(expression, names);
  }
}

function opaque(expression: Expression, names: Names): Predicate {
  return b.opaquePredicate(printFlat(expression), readsOf(expression, names), expression.span);
}

const TURNED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function isLiteral(expression: Expression): boolean {
  return ['string', 'regex', 'number', 'bool', 'null', 'negative'].includes(expression.kind) || isNegative(expression);
}

/** `0 - 5`, as negative numbers are written. */
function isNegative(expression: Expression): boolean {
  if (expression.kind !== 'arithmetic' || expression.operator !== '-') return false;
  return expression.left.kind === 'number' && expression.left.text === '0' && expression.right.kind === 'number';
}

function interpretComparison(node: ExpressionOf<'comparison'>, names: Names): Predicate {
  const { span } = node;
  if (isLiteral(node.left) && !isLiteral(node.right)) {
    return interpretComparison({ ...node, left: node.right, right: node.left, operator: TURNED[node.operator] }, names);
  }
  const found = interpretEqualityOrOrder(node, names);
  if (found === undefined) return opaque(node, names);
  return node.operator === '!=' ? b.not(found, span) : found;
}

/** The comparison read without its negation: `!=` as `=`. */
function interpretEqualityOrOrder(node: ExpressionOf<'comparison'>, names: Names): Predicate | undefined {
  const { left, right, operator, nocase, span } = node;
  const isEquality = operator === '=' || operator === '!=';
  if (right.kind === 'bool' && isEquality) {
    const test = left.kind === 'call' || left.kind === 'nocase' ? interpretPredicate(left, names) : undefined;
    if (test !== undefined && test.op !== 'opaque') return right.value ? test : b.not(test, span);
  }
  const subject = interpretScalar(left, names);
  if (subject === undefined) return undefined;
  const options = { caseSensitive: !nocase };
  if (isEquality) {
    if (right.kind === 'regex') {
      return b.match(subject, 'regex', [right.pattern.replaceAll('\\/', '/')], options, span);
    }
    if (right.kind === 'string') return b.match(subject, 'equals', [right.value], options, span);
    if (right.kind === 'bool') {
      const isSet = b.isTrue(subject, span);
      return right.value ? isSet : b.not(isSet, span);
    }
    if (right.kind === 'null') return b.missing(subject, typeOf(subject) === 'string' ? 'empty' : 'null', span);
  }
  const value = interpretScalar(right, names);
  if (value === undefined) return undefined;
  if (!isEquality) {
    return value.op === 'literal' && value.value.type === 'string'
      ? undefined
      : b.compare(subject, operator, value, span);
  }
  if (value.op === 'literal') return b.oneOf(subject, [value.value], span);
  const areTexts = typeOf(subject) === 'string' || typeOf(value) === 'string';
  return areTexts ? b.matchScalar(subject, 'equals', value, !nocase, span) : b.compare(subject, '==', value, span);
}

function typeOf(scalar: Scalar): ScalarType {
  switch (scalar.op) {
    case 'field':
    case 'call':
    case 'choose':
    case 'query':
      return scalar.type;
    case 'literal':
      return b.typeOfValue(scalar.value);
    case 'test':
      return 'bool';
    case 'now':
      return 'datetime';
    case 'anyField':
    case 'opaque':
      return 'string';
  }
}

const TEST_FUNCTIONS = {
  'strings.contains': 'contains',
  'strings.starts_with': 'startsWith',
  'strings.ends_with': 'endsWith',
} as const;

function interpretTest(expression: Expression, nocase: boolean, names: Names): Predicate | undefined {
  if (expression.kind !== 'call') return undefined;
  const { name, args, span } = expression;
  const [first, second] = args;
  if (first === undefined || second === undefined) return undefined;
  const subject = interpretScalar(first, names);
  if (subject === undefined) return undefined;
  const options = { caseSensitive: !nocase };
  if (name === 're.regex') {
    const pattern =
      second.kind === 'string'
        ? second.value
        : second.kind === 'regex'
          ? second.pattern.replaceAll('\\/', '/')
          : undefined;
    return pattern === undefined ? undefined : b.match(subject, 'regex', [pattern], options, span);
  }
  if (name === 'net.ip_in_range_cidr') {
    return second.kind === 'string' ? b.ipInRange(subject, [second.value], span) : undefined;
  }
  const test = isTestFunction(name) ? TEST_FUNCTIONS[name] : undefined;
  if (test === undefined) return undefined;
  if (second.kind === 'string') return b.match(subject, test, [second.value], options, span);
  const value = interpretScalar(second, names);
  return value === undefined ? undefined : b.matchScalar(subject, test, value, !nocase, span);
}

const isTestFunction = (name: string): name is keyof typeof TEST_FUNCTIONS => Object.hasOwn(TEST_FUNCTIONS, name);

function interpretList(node: ExpressionOf<'in'>, names: Names): Predicate {
  const subject = interpretScalar(node.left, names);
  if (subject === undefined || node.entries === 'cidr') return opaque(node, names);
  const list = b.reference('watchlist', node.list, [], node.span);
  const test = node.entries === 'regex' ? 'regex' : 'equals';
  return b.inQuery(subject, test, list, { caseSensitive: !node.nocase }, node.span);
}

// ---------------------------------------------------------------------------------------------- scalars

/** `undefined` when a name in it is not known, or it is no value at all. */
export function interpretScalar(expression: Expression, names: Names): Scalar | undefined {
  const { span } = expression;
  switch (expression.kind) {
    case 'field':
      return names.field(expression);
    case 'variable':
      return names.variable(expression);
    case 'count':
      return names.count(expression);
    case 'quantified':
      return interpretScalar(expression.of, names);
    case 'string':
      return b.text(expression.value, span);
    case 'number':
      return numberLiteral(expression.text, span);
    case 'bool':
      return b.bool(expression.value, span);
    case 'negative':
      return expression.of.kind === 'number' ? numberLiteral(`-${expression.of.text}`, span) : undefined;
    case 'arithmetic': {
      if (isNegative(expression) && expression.right.kind === 'number') {
        return numberLiteral(`-${expression.right.text}`, span);
      }
      const fn = (Object.keys(ARITHMETIC) as (keyof typeof ARITHMETIC)[]).find(
        (name) => ARITHMETIC[name] === expression.operator,
      );
      const left = interpretScalar(expression.left, names);
      const right = interpretScalar(expression.right, names);
      if (fn === undefined || left === undefined || right === undefined) return undefined;
      return b.call(fn, [left, right], resultTypeOf(fn, [typeOf(left), typeOf(right)]), span);
    }
    case 'call':
      return interpretCall(expression, names);
    case 'nocase':
    case 'comparison':
    case 'logic':
    case 'not':
    case 'in':
      return b.test(interpretPredicate(expression, names), span);
    case 'regex':
    case 'null':
    case 'absent':
      return undefined;
  }
}

function numberLiteral(text: string, span: Expression['span']): Scalar {
  return text.includes('.') ? b.real(Number(text), span) : b.long(BigInt(text), span);
}

function interpretCall(node: ExpressionOf<'call'>, names: Names): Scalar | undefined {
  const { name, args, span } = node;
  const [first, second, third] = args;
  if (name === 'if' && first !== undefined && second !== undefined)
    return interpretChoice(first, second, third, node, names);
  const inner = first?.kind === 'call' && first.name === 'strings.split' ? first : undefined;
  if (name === 'arrays.index_to_str' && inner !== undefined && second !== undefined) {
    const pieces = interpretAll(inner.args, names);
    const index = interpretScalar(second, names);
    if (pieces === undefined || index === undefined) return undefined;
    const split = b.call('split', pieces.length === 1 ? [...pieces, b.text(',')] : pieces, 'dynamic', inner.span);
    return b.call('element', [split, index], 'string', span);
  }
  const plain = args.map((arg): Expression =>
    arg.kind === 'regex'
      ? { kind: 'string', value: arg.pattern.replaceAll('\\/', '/'), raw: true, span: arg.span }
      : arg,
  );
  const values = interpretAll(plain, names);
  const [value, pattern] = values ?? [];
  if (values === undefined || value === undefined) return opaqueCall(node, names);
  if (name === 're.capture' && pattern?.op === 'literal' && pattern.value.type === 'string') {
    const groups = capturingGroups(pattern.value.value);
    return b.call('extract', [pattern, b.long(Math.min(groups, 1)), value], 'string', span);
  }
  if (name === 'timestamp.get_hour' && (second === undefined || (second.kind === 'string' && second.value === 'UTC'))) {
    return b.call('hourOfDay', [b.call('fromUnixSeconds', [value], 'datetime')], 'long', span);
  }
  const fn = FUNCTION_OF_NAME.get(name);
  return fn === undefined ? opaqueCall(node, names) : b.call(fn, values, resultTypeOf(fn, values.map(typeOf)), span);
}

function interpretAll(args: readonly Expression[], names: Names): readonly Scalar[] | undefined {
  const values = args.map((arg) => interpretScalar(arg, names));
  const found = values.filter((value) => value !== undefined);
  return found.length === values.length ? found : undefined;
}

function opaqueCall(node: Expression, names: Names): Scalar {
  return b.opaqueScalar(printFlat(node), readsOf(node, names), node.span);
}

/** `if(test, then, otherwise)`; without a last argument it is 0. */
function interpretChoice(
  when: Expression,
  then: Expression,
  otherwise: Expression | undefined,
  node: Expression,
  names: Names,
): Scalar | undefined {
  const chosen = interpretScalar(then, names);
  const other = otherwise === undefined ? b.long(0) : interpretScalar(otherwise, names);
  if (chosen === undefined || other === undefined) return undefined;
  return b.choose([{ when: interpretPredicate(when, names), then: chosen }], other, typeOf(chosen), node.span);
}

/** The fields that an expression names. */
export function readsOf(expression: Expression, names: Names): readonly string[] {
  const found = new Set<string>();
  const waiting: Expression[] = [expression];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === 'field') found.add(names.field(node).name);
    waiting.push(...operandsOf(node));
  }
  return [...found].sort();
}

export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return expression.args;
    case 'quantified':
    case 'not':
    case 'absent':
    case 'negative':
    case 'nocase':
      return [expression.of];
    case 'logic':
      return expression.of;
    case 'comparison':
    case 'arithmetic':
      return [expression.left, expression.right];
    case 'in':
      return [expression.left];
    case 'string':
    case 'regex':
    case 'number':
    case 'bool':
    case 'null':
    case 'variable':
    case 'count':
    case 'field':
      return [];
  }
}
