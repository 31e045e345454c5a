/** The truth of predicates, in three values: true, false and null (Kusto documentation, "Null values"). */
import { passesTest } from '../ir/text.ts';
import type { Predicate, Scalar, TextTest, Value } from '../ir/types.ts';
import { isInRange, parseAddress } from './addresses.ts';
import type { Context } from './context.ts';
import { matchesRegex, matchesWildcard } from './regex.ts';
import { evaluateScalar } from './scalar.ts';
import { EvaluationUnsupported, isEmpty, isNull, orderOf, plain, readField, textOf, toBool } from './value.ts';
import type { Row } from './value.ts';

export type Truth = boolean | null;

/** Evaluates a predicate of a row. `null` is KQL's null: `filter` drops the row. */
export function evaluatePredicate(node: Predicate, row: Row, context: Context): Truth {
  switch (node.op) {
    case 'constant':
      return node.value;
    case 'and':
      return conjunction(node.of, row, context, false);
    case 'or':
      return conjunction(node.of, row, context, true);
    case 'not': {
      const truth = evaluatePredicate(node.of, row, context);
      return truth === null ? null : !truth;
    }
    case 'match': {
      const { test, caseSensitive, quantifier } = node;
      const subjects = subjectsOf(node.subject, row, context);
      const passes = (value: string): boolean =>
        subjects.some((subject) => passesTextTest(subject, test, value, caseSensitive));
      return quantifier === 'any' ? node.values.some(passes) : node.values.every(passes);
    }
    case 'matchScalar': {
      const value = textOf(evaluateScalar(node.value, row, context));
      return subjectsOf(node.subject, row, context).some((subject) =>
        passesTextTest(subject, node.test, value, node.caseSensitive),
      );
    }
    case 'oneOf': {
      const subject = evaluateScalar(node.subject, row, context);
      if (isNull(plain(subject)) && node.values.some(isNull)) return null;
      return isAmong(subject, node.values);
    }
    case 'compare': {
      const [left, right] = [evaluateScalar(node.left, row, context), evaluateScalar(node.right, row, context)];
      if (node.test === '==') return equality(left, right);
      const order = orderOf(left, right);
      if (order === undefined) return isNull(left) || isNull(right) ? null : false;
      switch (node.test) {
        case '<':
          return order < 0;
        case '<=':
          return order <= 0;
        case '>':
          return order > 0;
        case '>=':
          return order >= 0;
      }
      return null;
    }
    case 'between': {
      const of = evaluateScalar(node.subject, row, context);
      const [low, high] = [evaluateScalar(node.low, row, context), evaluateScalar(node.high, row, context)];
      return both(atLeast(of, low), atLeast(high, of));
    }
    case 'ipInRange': {
      const address = parseAddress(textOf(evaluateScalar(node.subject, row, context)));
      if (address === undefined) return null;
      // To IPv4 ranges an IPv6 address is none, and the other way round.
      const ranges = node.ranges.map(parseAddress).filter((range) => range?.version === address.version);
      if (ranges.length === 0) return null;
      return ranges.some((range) => range !== undefined && isInRange(address, range));
    }
    case 'missing':
      return isMissing(node.subject, node.counts, row, context);
    case 'inQuery': {
      const subject = textOf(evaluateScalar(node.subject, row, context));
      const values = context.firstColumn(node.query).map(textOf);
      const passes = (value: string): boolean => passesTextTest(subject, node.test, value, node.caseSensitive);
      return node.quantifier === 'any' ? values.some(passes) : values.every(passes);
    }
    case 'isTrue': {
      const truth = toBool(evaluateScalar(node.of, row, context));
      return truth.type === 'bool' ? truth.value : null;
    }
    case 'opaque':
      throw new EvaluationUnsupported(`\`${node.text}\``);
  }
}

/** Kleene's `and` (deciding: false) and `or` (deciding: true). */
function conjunction(of: readonly Predicate[], row: Row, context: Context, deciding: boolean): Truth {
  let truth: Truth = !deciding;
  for (const operand of of) {
    const one = evaluatePredicate(operand, row, context);
    if (one === deciding) return deciding;
    if (one === null) truth = null;
  }
  return truth;
}

function both(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function atLeast(value: Value, low: Value): Truth {
  const order = orderOf(value, low);
  return order === undefined ? (isNull(value) || isNull(low) ? null : false) : order >= 0;
}

/** `==`: of two nulls null, of one false. */
export function equality(left: Value, right: Value): Truth {
  if (isNull(left) && isNull(right)) return null;
  return orderOf(left, right) === 0;
}

/** Whether a value equals one of the literals. A null equals none, not even a null. */
export function isAmong(subject: Value, values: readonly Value[]): boolean {
  return values.some((value) => orderOf(subject, value) === 0);
}

export function passesTextTest(subject: string, test: TextTest, value: string, caseSensitive: boolean): boolean {
  if (test === 'regex') return matchesRegex(subject, value, caseSensitive);
  if (test === 'wildcard') return matchesWildcard(subject, value, caseSensitive);
  return passesTest(subject, test, value, caseSensitive);
}

/** The texts that a test is about: one, or, for any field, one of each column. */
function subjectsOf(subject: Scalar, row: Row, context: Context): readonly string[] {
  if (subject.op !== 'anyField') return [textOf(evaluateScalar(subject, row, context))];
  return [...row.values()].map(textOf);
}

function isMissing(subject: Scalar, counts: 'null' | 'empty' | 'absent', row: Row, context: Context): boolean {
  if (counts === 'absent') {
    if (subject.op === 'field') return readField(row, subject) === undefined;
    return isNull(evaluateScalar(subject, row, context));
  }
  const value = evaluateScalar(subject, row, context);
  return counts === 'null' ? isNull(value) : isEmpty(value);
}
