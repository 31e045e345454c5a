/**
 * Predicates of a Detection as YARA-L expressions, in the form that `wording.ts` gives and without what absent values
 * imply (`absence.ts`). Functions and operators: "YARA-L 2.0 functions", "Expressions, operators, and other constructs",
 * "Repeated fields" of the Google SecOps documentation.
 */
import type { PredicateOf } from '../../src/ir/build.ts';
import type { Comparison, Predicate, Scalar, TextTest } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { patternOf, type PlainTest } from './pattern.ts';
import { callOf, type FieldPhrase, phraseScalar, phraseValue, stringOf } from './phrase-scalar.ts';
import type { ComparisonOperator, Expression } from './tree.ts';
import { enumValues, isRepeated, udmKind } from './udm.ts';

/** Up to so many equalities stand one under the other; more become one pattern. */
const LONGEST_CHAIN = 8;

/** Operands that are joined by the same operator stand among the others: no parentheses of their own. */
export const logicOf = (operator: 'and' | 'or', operands: readonly Expression[]): Expression | undefined => {
  const of = operands.flatMap((one) => (one.kind === 'logic' && one.operator === operator ? one.of : [one]));
  const [first] = of;
  return of.length < 2 ? first : { kind: 'logic', operator, of, span: NO_SPAN };
};

export const notOf = (of: Expression): Expression => ({ kind: 'not', of, span: NO_SPAN });

export function comparisonOf(
  left: Expression,
  operator: ComparisonOperator,
  right: Expression,
  nocase = false,
): Expression {
  return { kind: 'comparison', operator, left, right, nocase, span: NO_SPAN };
}

/** `undefined` when some part of it has no phrase. */
export function phrasePredicate(predicate: Predicate, field: FieldPhrase): Expression | undefined {
  switch (predicate.op) {
    case 'and':
    case 'or': {
      const operands = predicate.of.map((operand) => phrasePredicate(operand, field));
      const phrased = operands.filter((operand) => operand !== undefined);
      return phrased.length === operands.length ? logicOf(predicate.op, phrased) : undefined;
    }
    case 'not':
      return phraseTest(predicate.of, true, field);
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
      return phraseTest(predicate, false, field);
    case 'constant':
    case 'between':
    case 'opaque':
      return undefined;
  }
}

function phraseTest(test: Predicate, negated: boolean, field: FieldPhrase): Expression | undefined {
  switch (test.op) {
    case 'match':
      return phraseMatch(test, negated, field);
    case 'matchScalar':
      return phraseMatchScalar(test, negated, field);
    case 'oneOf': {
      const subject = phraseSubject(test.subject, negated, field);
      const values = test.values.map(phraseValue);
      if (subject === undefined) return undefined;
      return chain(negated, values.length, (index) => {
        const value = values[index];
        return value === undefined ? undefined : equality(subject, value, negated, false);
      });
    }
    case 'compare': {
      const left = phraseSubject(test.left, negated, field);
      const right = phraseScalar(test.right, field);
      if (left === undefined || right === undefined) return undefined;
      const compared = compareParts(left, test.test, right);
      return negated ? notOf(compared) : compared;
    }
    case 'ipInRange': {
      const subject = phraseSubject(test.subject, negated, field);
      if (subject === undefined) return undefined;
      return chain(negated, test.ranges.length, (index) => {
        const within = callOf('net.ip_in_range_cidr', [subject, stringOf(test.ranges[index] ?? '')]);
        return negated ? notOf(within) : within;
      });
    }
    case 'missing':
      return phraseMissing(test, negated, field);
    case 'inQuery':
      return phraseList(test, negated, field);
    case 'isTrue': {
      const subject = phraseScalar(test.of, field);
      return subject === undefined
        ? undefined
        : comparisonOf(subject, '=', { kind: 'bool', value: !negated, span: NO_SPAN });
    }
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'between':
    case 'opaque':
      return undefined;
  }
}

/** Tests that must all hold, or of which one must. */
function chain(all: boolean, length: number, part: (index: number) => Expression | undefined): Expression | undefined {
  const parts = Array.from({ length }, (_, index) => part(index)).filter((one) => one !== undefined);
  return parts.length < length ? undefined : logicOf(all ? 'and' : 'or', parts);
}

/** A list must not hold the value in any element to fail a test: `not any`, where a plain negation asks of one element. */
function phraseSubject(subject: Scalar, negated: boolean, field: FieldPhrase): Expression | undefined {
  const phrased = phraseScalar(subject, field);
  if (phrased === undefined || !negated || !isListField(subject) || phrased.kind !== 'field') return phrased;
  return { kind: 'quantified', quantifier: 'any', of: phrased, span: NO_SPAN };
}

const isNumberField = (subject: Scalar): boolean => {
  const kind = subject.op === 'field' ? udmKind(subject.name, subject.path[0]) : 'text';
  return kind === 'integer' || kind === 'float';
};

const isListField = (subject: Scalar): boolean => subject.op === 'field' && isRepeated(subject.name, subject.path[0]);

function equality(subject: Expression, value: Expression, negated: boolean, nocase: boolean): Expression {
  if (!negated) return comparisonOf(subject, '=', value, nocase);
  return subject.kind === 'quantified'
    ? notOf(comparisonOf(subject, '=', value, nocase))
    : comparisonOf(subject, '!=', value, nocase);
}

const OPERATORS: Readonly<Record<Comparison, ComparisonOperator>> = {
  '==': '=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

const TURNED: Readonly<Record<Comparison, ComparisonOperator>> = {
  '==': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** A line must not begin with a parenthesis of arithmetic ("YARA-L 2.0 known issues"), so such a comparison is turned. */
function compareParts(left: Expression, test: Comparison, right: Expression): Expression {
  return startsWithGroup(left) ? comparisonOf(right, TURNED[test], left) : comparisonOf(left, OPERATORS[test], right);
}

function startsWithGroup(expression: Expression): boolean {
  if (expression.kind !== 'arithmetic') return false;
  const { operator, left } = expression;
  const binds = operator === '*' || operator === '/' || operator === '%';
  const isSum = left.kind === 'arithmetic' && (left.operator === '+' || left.operator === '-');
  return (binds && isSum) || startsWithGroup(left);
}

// ---------------------------------------------------------------------------------------------- text

type Match = PredicateOf<'match'>;

function phraseMatch(node: Match, negated: boolean, field: FieldPhrase): Expression | undefined {
  if (node.quantifier === 'all' && node.values.length > 1) {
    return chain(!negated, node.values.length, (index) =>
      phraseMatch({ ...node, values: node.values.slice(index, index + 1), quantifier: 'any' }, negated, field),
    );
  }
  const { test, values } = node;
  const phrased = phraseSubject(node.subject, negated, field);
  if (phrased === undefined) return undefined;
  // The functions on texts take no numbers.
  const subject = test !== 'equals' && isNumberField(node.subject) ? callOf('cast.as_string', [phrased]) : phrased;
  const nocase = !node.caseSensitive;
  if (test === 'wildcard') return undefined;
  const isEnum = node.subject.op === 'field' && enumValues(node.subject.name) !== undefined;
  if (isEnum && (test !== 'equals' || nocase)) return undefined;
  const canChain = values.every(isQuotable) && (isEnum || values.length <= LONGEST_CHAIN);
  if (test === 'equals' && canChain) {
    return chain(negated, values.length, (index) => equality(subject, stringOf(values[index] ?? ''), negated, nocase));
  }
  const found =
    test === 'regex'
      ? chain(false, values.length, (index) => matches(subject, values[index] ?? '', nocase))
      : phrasePlain(subject, test, values, nocase);
  return negated && found !== undefined ? notOf(found) : found;
}

/** The functions that look for one text as it is. There is none for case that does not count, and none for terms. */
const CASED_FUNCTIONS: Readonly<Partial<Record<TextTest, string>>> = {
  contains: 'strings.contains',
  startsWith: 'strings.starts_with',
  endsWith: 'strings.ends_with',
};

function phrasePlain(subject: Expression, test: PlainTest, values: readonly string[], nocase: boolean): Expression {
  const [only] = values;
  const cased = CASED_FUNCTIONS[test];
  if (cased !== undefined && !nocase && values.length === 1 && only !== undefined && isQuotable(only)) {
    return callOf(cased, [subject, stringOf(only)]);
  }
  return matches(subject, patternOf(test, values), nocase);
}

function matches(subject: Expression, pattern: string, nocase: boolean): Expression {
  const call = callOf('re.regex', [subject, stringOf(pattern, true)]);
  return nocase ? { kind: 'nocase', of: call, span: NO_SPAN } : call;
}

/** Whether a string literal can hold the text with documented escapes only; patterns have escapes for the rest. */
const isQuotable = (text: string): boolean => !/[^\P{C}\n\r\t]|[\u2028\u2029]/u.test(text);

function phraseMatchScalar(
  node: PredicateOf<'matchScalar'>,
  negated: boolean,
  field: FieldPhrase,
): Expression | undefined {
  const left = phraseScalar(node.subject, field);
  const right = phraseScalar(node.value, field);
  if (left === undefined || right === undefined) return undefined;
  if (node.test === 'equals') return equality(left, right, negated, !node.caseSensitive);
  const name = CASED_FUNCTIONS[node.test];
  if (name === undefined) return undefined;
  const inOneCase = (of: Expression): Expression => (node.caseSensitive ? of : callOf('strings.to_lower', [of]));
  const found = callOf(name, [inOneCase(left), inOneCase(right)]);
  return negated ? notOf(found) : found;
}

function phraseMissing(node: PredicateOf<'missing'>, negated: boolean, field: FieldPhrase): Expression | undefined {
  const subject = phraseScalar(node.subject, field);
  if (subject === undefined || node.counts !== 'empty') return undefined;
  const zeros = node.subject.op === 'field' ? enumValues(node.subject.name) : undefined;
  if (zeros?.length === 0) return undefined;
  return comparisonOf(subject, negated ? '!=' : '=', stringOf(zeros?.[0] ?? ''));
}

function phraseList(node: PredicateOf<'inQuery'>, negated: boolean, field: FieldPhrase): Expression | undefined {
  const left = phraseScalar(node.subject, field);
  const isPlain = node.test === 'equals' || node.test === 'regex';
  if (left === undefined || node.query.op !== 'reference' || !isPlain || node.quantifier !== 'any') return undefined;
  const entries = node.test === 'regex' ? 'regex' : 'text';
  const found: Expression = {
    kind: 'in',
    left,
    list: node.query.name,
    entries,
    nocase: !node.caseSensitive,
    span: NO_SPAN,
  };
  return negated ? notOf(found) : found;
}
