/**
 * The normal form of predicates, node by node: {@link tidyPredicate} gets a node whose operands are in that form
 * already. Everything here keeps the meaning in three-valued logic: a predicate that was true, false or null of a row
 * is that afterwards.
 */
import type { Span } from '../source.ts';
import { and, constant, isTrue, match, missing, not, oneOf, or, spanOf } from './build.ts';
import type { PredicateOf } from './build.ts';
import { canonicalTextOfPredicate, canonicalTextOfScalar, stableJson } from './canonical.ts';
import { foldCase, passesTest } from './text.ts';
import type { Comparison, Predicate, Scalar, TextTest, Value } from './types.ts';
import { foldParts, predicatePart } from './walk.ts';

/** `source`: operands and values keep the order in which they were written. `canonical`: one order for all. */
export type Ordering = 'source' | 'canonical';

export function tidyPredicate(node: Predicate, ordering: Ordering): Predicate {
  switch (node.op) {
    case 'and':
    case 'or':
      return junction(node.op, node.of, ordering, node.span);
    case 'not':
      return negate(node.of, ordering);
    case 'match':
      return tidyMatch(node, ordering);
    case 'matchScalar':
      return tidyMatchScalar(node, ordering);
    case 'oneOf':
      return tidyOneOf(node, ordering);
    case 'compare':
      return tidyCompare(node, ordering);
    case 'between':
      if (ordering === 'source') return node;
      return junction(
        'and',
        [
          tidyCompare(compareNode(node.subject, '>=', node.low, node.span), ordering),
          tidyCompare(compareNode(node.subject, '<=', node.high, node.span), ordering),
        ],
        ordering,
        node.span,
      );
    case 'ipInRange': {
      const ranges = distinctRanges(node.ranges, ordering);
      if (ranges.length === 0) return constant(false, node.span);
      return sameList(ranges, node.ranges) ? node : { ...node, ranges };
    }
    case 'missing':
      // Text of nothing is empty, and empty text is the text of nothing.
      return node.counts === 'empty' && isToText(node.subject)
        ? { ...node, subject: withoutToText(node.subject) }
        : node;
    case 'isTrue':
      return isTrue(node.of, node.span);
    case 'constant':
    case 'inQuery':
    case 'opaque':
      return node;
  }
}

const compareNode = (left: Scalar, test: Comparison, right: Scalar, span: Span): PredicateOf<'compare'> => ({
  op: 'compare',
  test,
  left,
  right,
  span,
});

// ---------------------------------------------------------------------------------------------- junctions

/** An `and` or `or`: flat, without constants and repetitions, tests of the same subject merged. */
export function junction(op: 'and' | 'or', operands: readonly Predicate[], ordering: Ordering, span: Span): Predicate {
  // Splices nested junctions of the same kind and resolves constants.
  const flat = (op === 'and' ? and : or)(operands, span);
  if (flat.op !== op) return flat;
  const groups = new Map<string, Predicate[]>();
  for (const operand of flat.of) {
    const key = mergeKey(op, operand);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [operand]);
    else group.push(operand);
  }
  const list = [...groups.values()].flatMap((group) => mergeAll(group, op, ordering));
  if (ordering === 'canonical') sortBy(list, canonicalTextOfPredicate);
  const [first] = list;
  if (list.length === 1 && first !== undefined) return first;
  return sameList(list, flat.of) ? flat : { op, of: list, span: flat.span };
}

/**
 * What operands that become one have in common; where nothing does, what only equal ones have. In an `or`, a test for any of
 * some values and one for any of others are a test for any of all; in an `and`, so are tests for all; and the other way
 * round for negated ones.
 */
function mergeKey(op: 'and' | 'or', operand: Predicate): string {
  const known = mergeKeys[op].get(operand);
  if (known !== undefined) return known;
  const key = computeMergeKey(op, operand) ?? canonicalTextOfPredicate(operand);
  mergeKeys[op].set(operand, key);
  return key;
}

/** Operands meet again whenever a condition is added to them. */
const mergeKeys = { and: new WeakMap<Predicate, string>(), or: new WeakMap<Predicate, string>() };

function computeMergeKey(op: 'and' | 'or', operand: Predicate): string | undefined {
  const negated = operand.op === 'not';
  const inner = negated ? operand.of : operand;
  const collects = (op === 'or') !== negated ? 'any' : 'all';
  switch (inner.op) {
    case 'match':
      if (inner.values.length !== 1 && inner.quantifier !== collects) return undefined;
      return stableJson(['match', negated, inner.test, inner.caseSensitive, canonicalTextOfScalar(inner.subject)]);
    case 'oneOf':
    case 'ipInRange':
      return collects === 'any' ? stableJson([inner.op, negated, canonicalTextOfScalar(inner.subject)]) : undefined;
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'matchScalar':
    case 'compare':
    case 'between':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return undefined;
  }
}

/** Operands with the same key as one: the first, with what the others add to it. */
function mergeAll(group: readonly Predicate[], op: 'and' | 'or', ordering: Ordering): readonly Predicate[] {
  const [first, second] = group;
  if (first === undefined || second === undefined) return group;
  if (first.op === 'not') {
    const inner = group.flatMap((operand) => (operand.op === 'not' ? [operand.of] : []));
    const [merged] = mergeAll(inner, op === 'and' ? 'or' : 'and', ordering);
    return merged === undefined || merged === first.of ? [first] : [{ op: 'not', of: merged, span: spanOf(group) }];
  }
  if (first.op === 'match') {
    const written = group.flatMap((operand) => (operand.op === 'match' ? operand.values : []));
    const values = distinctTexts(written, first, ordering);
    if (values.length === first.values.length) return [first];
    return [{ ...first, values, quantifier: op === 'or' ? 'any' : 'all', span: spanOf(group) }];
  }
  if (first.op === 'oneOf') {
    const written = group.flatMap((operand) => (operand.op === 'oneOf' ? operand.values : []));
    const values = distinct(written, stableJson, ordering);
    return [values.length === first.values.length ? first : { ...first, values, span: spanOf(group) }];
  }
  if (first.op === 'ipInRange') {
    const written = group.flatMap((operand) => (operand.op === 'ipInRange' ? operand.ranges : []));
    const ranges = distinctRanges(written, ordering);
    return [ranges.length === first.ranges.length ? first : { ...first, ranges, span: spanOf(group) }];
  }
  return [first];
}

/** The negation of a predicate in normal form, in normal form: De Morgan down to the leaves. */
export function negate(root: Predicate, ordering: Ordering): Predicate {
  return foldParts<Predicate>(
    predicatePart(root),
    (part, operands) => {
      if (part.kind !== 'predicate') return root;
      const { node } = part;
      if (node.op === 'and') return junction('or', operands, ordering, node.span);
      if (node.op === 'or') return junction('and', operands, ordering, node.span);
      return not(node, node.span);
    },
    (part) => part.kind === 'predicate' && (part.node.op === 'and' || part.node.op === 'or'),
  );
}

// ---------------------------------------------------------------------------------------------- leaves

type Match = PredicateOf<'match'>;

function tidyMatch(node: Match, ordering: Ordering): Predicate {
  const subject = withoutToText(node.subject);
  const { test, quantifier, caseSensitive, span } = node;
  const join = quantifier === 'any' ? 'or' : 'and';
  // A test for the values that are not special in any way, and what the special ones amount to.
  const plain: string[] = [];
  const others: Predicate[] = [];
  for (const value of node.values) {
    const other = special(subject, test, value, node);
    if (other === undefined) plain.push(value);
    else others.push(other);
  }
  const values = distinctTexts(plain, node, ordering);
  const unchanged = subject === node.subject && others.length === 0 && sameList(values, node.values);
  if (unchanged && (values.length > 1 || quantifier === 'any') && values.length > 0) return node;
  if (values.length > 0) {
    const rest = match(
      subject,
      test,
      values,
      { quantifier: values.length === 1 ? 'any' : quantifier, caseSensitive },
      span,
    );
    others.unshift(rest);
  }
  return junction(join, others, ordering, span);
}

/** What a value amounts to that another test says better, or that needs no test at all. */
function special(subject: Scalar, test: TextTest, value: string, node: Match): Predicate | undefined {
  if (test === 'wildcard') return wildcardAsTest(subject, value, node);
  if (test === 'regex' || subject.op === 'anyField') return undefined;
  if (subject.op === 'literal' && subject.value.type === 'string') {
    return constant(passesTest(subject.value.value, test, value, node.caseSensitive), node.span);
  }
  if (value !== '') return undefined;
  return test === 'equals' ? missing(subject, 'empty', node.span) : constant(true, node.span);
}

/** A wildcard value that a plain test says: no `?`, and `*` at the ends only. */
function wildcardAsTest(subject: Scalar, value: string, node: Match): Predicate | undefined {
  let stars = '';
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index);
    if (character === '?') return undefined;
    if (character === '*') {
      if (text === '') stars = 'start';
      else if (/^\*+$/.test(value.slice(index))) {
        const test = stars === '' ? 'startsWith' : 'contains';
        return plainMatch(subject, test, text, node);
      } else return undefined;
    } else {
      if (character === '\\' && /^[*?\\]/.test(value.slice(index + 1))) index++;
      text += value.charAt(index);
    }
  }
  if (text === '' && stars !== '') return subject.op === 'anyField' ? undefined : constant(true, node.span);
  return plainMatch(subject, stars === '' ? 'equals' : 'endsWith', text, node);
}

function plainMatch(subject: Scalar, test: TextTest, value: string, { caseSensitive, span }: Match): Predicate {
  const made: Match = { op: 'match', subject, test, values: [value], quantifier: 'any', caseSensitive, span };
  return special(subject, test, value, made) ?? made;
}

function tidyMatchScalar(node: PredicateOf<'matchScalar'>, ordering: Ordering): Predicate {
  const subject = withoutToText(node.subject);
  const value = withoutToText(node.value);
  const { test, caseSensitive, span } = node;
  if (value.op === 'literal' && value.value.type === 'string') {
    return tidyMatch(matchNode(subject, test, value.value.value, caseSensitive, span), ordering);
  }
  if (test === 'equals' && subject.op === 'literal' && subject.value.type === 'string') {
    return tidyMatch(matchNode(value, test, subject.value.value, caseSensitive, span), ordering);
  }
  if (test === 'equals' && ordering === 'canonical' && canonicalTextOfScalar(value) < canonicalTextOfScalar(subject)) {
    return { ...node, subject: value, value: subject };
  }
  return subject === node.subject && value === node.value ? node : { ...node, subject, value };
}

function matchNode(subject: Scalar, test: TextTest, value: string, caseSensitive: boolean, span: Span): Match {
  return { op: 'match', subject, test, values: [value], quantifier: 'any', caseSensitive, span };
}

function tidyOneOf(node: PredicateOf<'oneOf'>, ordering: Ordering): Predicate {
  const values = distinct(node.values, stableJson, ordering);
  if (values.length === 0) return constant(false, node.span);
  return sameList(values, node.values) ? node : { ...node, values };
}

const TURNED: Readonly<Record<Comparison, Comparison>> = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function tidyCompare(node: PredicateOf<'compare'>, ordering: Ordering): Predicate {
  const { left, right, test, span } = node;
  if (left.op === 'literal' && right.op === 'literal') {
    const result = compareValues(left.value, test, right.value);
    return result === undefined ? node : constant(result, span);
  }
  if (left.op === 'literal') return tidyCompare(compareNode(right, TURNED[test], left, span), ordering);
  if (test === '==' && right.op === 'literal') {
    const { value } = right;
    if (value.type === 'string') {
      return left.op === 'field' && left.type === 'string'
        ? tidyMatch(matchNode(left, 'equals', value.value, true, span), ordering)
        : node;
    }
    return value.type === 'null' || value.type === 'dynamic' ? node : oneOf(left, [value], span);
  }
  if (ordering === 'canonical' && right.op !== 'literal') {
    const turns =
      test === '==' ? canonicalTextOfScalar(right) < canonicalTextOfScalar(left) : test === '>' || test === '>=';
    if (turns) return compareNode(right, TURNED[test], left, span);
  }
  return node;
}

/** The result for two literals of one orderly type; `undefined` where it is not plain. */
function compareValues(left: Value, test: Comparison, right: Value): boolean | undefined {
  if (left.type !== right.type) return undefined;
  if (left.type === 'long' && right.type === 'long') return ordered(left.value, test, right.value);
  if (left.type === 'datetime' && right.type === 'datetime') return ordered(left.value, test, right.value);
  if (left.type === 'timespan' && right.type === 'timespan') return ordered(left.value, test, right.value);
  return undefined;
}

function ordered<Value extends bigint | number>(left: Value, test: Comparison, right: Value): boolean {
  switch (test) {
    case '==':
      return left === right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

// ---------------------------------------------------------------------------------------------- lists

const isToText = (scalar: Scalar): boolean => scalar.op === 'call' && scalar.fn === 'toText';

/** The subject of a text test is read as text anyway. */
export function withoutToText(scalar: Scalar): Scalar {
  let inner = scalar;
  for (;;) {
    if (inner.op !== 'call' || inner.fn !== 'toText') return inner;
    const [argument] = inner.args;
    if (argument === undefined) return inner;
    inner = argument;
  }
}

/** Each once, in the first spelling; in the canonical order if asked for. */
function distinct<Item>(items: readonly Item[], key: (item: Item) => string, ordering: Ordering): readonly Item[] {
  const found = new Map<string, Item>();
  for (const item of items) {
    const text = key(item);
    if (!found.has(text)) found.set(text, item);
  }
  const keyed = [...found];
  if (ordering === 'canonical') keyed.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return keyed.map(([, item]) => item);
}

function distinctTexts(values: readonly string[], node: Match, ordering: Ordering): readonly string[] {
  const folds = !node.caseSensitive && node.test !== 'regex';
  const list = distinct(values, folds ? foldCase : (value) => value, ordering);
  return folds && ordering === 'canonical' ? list.map(foldCase) : list;
}

function distinctRanges(ranges: readonly string[], ordering: Ordering): readonly string[] {
  const list = distinct(ranges, (range) => range.toLowerCase(), ordering);
  return ordering === 'canonical' ? list.map((range) => range.toLowerCase()) : list;
}

function sortBy(list: Predicate[], key: (item: Predicate) => string): void {
  list.sort((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

function sameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
