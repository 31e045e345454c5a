/**
 * The forms in which `emit` writes predicates: what `adapt` may return. Tests that mean the same have one form here, so
 * that reading what was written gives the same form again.
 */
import { and, compare, constant, ipInRange, match, matchScalar, missing, not, or } from '../../src/ir/build.ts';
import { foldCase } from '../../src/ir/text.ts';
import type { Comparison, Predicate, Scalar } from '../../src/ir/types.ts';
import { emitScalar } from './emit-scalar.ts';
import { isSearchable } from './emit-search.ts';
import { hasNoCase, readTextPattern, readWildcardPattern, toSharedSyntax, withoutIdleBounds } from './patterns.ts';
import type { PlainTest } from './patterns.ts';
import { isPlainInJson } from './json-places.ts';
import { isGuarded } from './raise-scalar.ts';
import type { Found } from './rows.ts';
import { Unsayable } from './unsayable.ts';

type Match = Extract<Predicate, { readonly op: 'match' }>;

/** A test of a text in its one form: patterns that are plain tests become those, bounds that bound nothing go. */
export function normaliseMatch(node: Match): Predicate {
  const { subject, span } = node;
  const quantifier = node.values.length === 1 ? 'any' : node.quantifier;
  // Of values that must all be found each stands for itself: one may have letters, another none.
  if (quantifier === 'all') {
    return and(
      node.values.map((value) => normaliseMatch({ ...node, values: [value] })),
      span,
    );
  }
  const groups = new Map<string, Match>();
  for (const value of node.values) {
    const one = normaliseValue({ ...node, quantifier }, value);
    if (one === undefined) {
      throw new Unsayable('unsupported-regex', span, 'The regular expression has a construct that PCRE does not have.');
    }
    const key = JSON.stringify([one.test, one.caseSensitive]);
    const before = groups.get(key);
    groups.set(key, before === undefined ? one : { ...before, values: [...before.values, ...one.values] });
  }
  const tests = [...groups.values()].map((group) => withoutFolding(withoutCase({ ...group, subject, quantifier })));
  return or(tests, span);
}

function normaliseValue(node: Match, value: string): Match | undefined {
  const { test, caseSensitive } = node;
  if (test === 'wildcard') return { ...node, values: [value], caseSensitive: caseSensitive && !hasNoCase(value) };
  if (test !== 'regex') return { ...node, test: withoutIdleBounds(test, value), values: [value] };
  const shared = toSharedSyntax(value);
  if (shared === undefined) return undefined;
  const pattern = caseSensitive || shared.startsWith('(?i)') ? shared : `(?i)${shared}`;
  const plain = readTextPattern(pattern);
  const [only] = plain?.values ?? [];
  if (plain !== undefined && only !== undefined) {
    return {
      ...node,
      test: plain.values.length === 1 ? withoutIdleBounds(plain.test, only) : plain.test,
      values: plain.values,
      caseSensitive: plain.caseSensitive,
    };
  }
  const wildcard = readWildcardPattern(pattern);
  if (wildcard !== undefined) {
    return normaliseValue({ ...node, test: 'wildcard', caseSensitive: wildcard.caseSensitive }, wildcard.value);
  }
  return { ...node, values: [pattern], caseSensitive: true };
}

/** A test for texts without letters has no letter case. */
function withoutCase(node: Match): Match {
  const isCaseless = node.test !== 'regex' && node.values.every(hasNoCase);
  return isCaseless && node.caseSensitive ? { ...node, caseSensitive: false } : node;
}

/** `lower(x)` equal to a text in lower case is `x` equal to it whatever the case. */
function withoutFolding(node: Match): Predicate {
  const { subject, test, values, caseSensitive, span } = node;
  const fn = subject.op === 'call' && (subject.fn === 'lower' || subject.fn === 'upper') ? subject.fn : undefined;
  const [inner] = subject.op === 'call' ? subject.args : [];
  if (fn === undefined || inner === undefined || test === 'regex') return node;
  const fold = (value: string): string => (fn === 'lower' ? foldCase(value) : value.toUpperCase());
  if (!caseSensitive) return withoutFolding({ ...node, subject: inner });
  const passing = values.filter((value) => fold(value) === value);
  if (passing.length === 0) return constant(false, span);
  return withoutFolding({ ...node, subject: inner, values: passing, caseSensitive: false });
}

const REVERSED: Readonly<Record<Exclude<Comparison, '=='>, Comparison>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

/** The negation of a predicate in core form, in core form: null stays null. */
export function negateCore(node: Predicate): Predicate {
  switch (node.op) {
    case 'and':
      return or(node.of.map(negateCore), node.span);
    case 'or':
      return and(node.of.map(negateCore), node.span);
    case 'not':
      return node.of.op === 'ipInRange' ? and([node.of]) : node.of;
    case 'compare':
      // Of one missing side, equality is false and its negation true.
      if (node.test === '==') return not(matchScalar(node.left, 'equals', node.right, true, node.span), node.span);
      return compare(node.left, REVERSED[node.test], node.right, node.span);
    case 'ipInRange':
      // What is no address is neither in a range nor outside, nor is an IPv6 address of IPv4 ranges only.
      return and([ipInRange(node.subject, everyAddressFor(node.ranges), node.span), not(node, node.span)], node.span);
    case 'constant':
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'between':
    case 'opaque':
      return not(node, node.span);
  }
}

/** All addresses that the ranges can be asked about: with an IPv6 one among them the test is one of IPv6, which takes both. */
const everyAddressFor = (ranges: readonly string[]): readonly string[] =>
  ranges.some((range) => range.includes(':')) ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'];

/** Comparisons and tests for emptiness in their one form. */
export function normaliseLeaf(node: Predicate): Predicate {
  switch (node.op) {
    case 'matchScalar': {
      const [subject, value] = [unfolded(node.subject), unfolded(node.value)];
      const folds = node.test !== 'regex' && node.test !== 'wildcard';
      if (folds && node.caseSensitive && subject?.fn === 'lower' && value?.fn === 'lower') {
        return matchScalar(subject.of, node.test, value.of, false, node.span);
      }
      if (folds && !node.caseSensitive && (subject !== undefined || value !== undefined)) {
        return normaliseLeaf({ ...node, subject: subject?.of ?? node.subject, value: value?.of ?? node.value });
      }
      return node;
    }
    case 'compare':
      // Two sides that are always there are compared as texts are.
      return node.test === '==' && isGuarded(emitScalar(node.left)) && isGuarded(emitScalar(node.right))
        ? matchScalar(node.left, 'equals', node.right, true, node.span)
        : node;
    case 'missing': {
      const inner = unfolded(node.subject);
      return node.counts === 'empty' && inner !== undefined
        ? normaliseLeaf(missing(inner.of, 'empty', node.span))
        : node;
    }
    case 'match':
      return normaliseMatch(node);
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return node;
  }
}

function unfolded(node: Scalar): { readonly fn: 'lower' | 'upper'; readonly of: Scalar } | undefined {
  if (node.op !== 'call' || (node.fn !== 'lower' && node.fn !== 'upper')) return undefined;
  const [of] = node.args;
  return of === undefined ? undefined : { fn: node.fn, of };
}

// ---------------------------------------------------------------------------------------------- what holds beforehand

/**
 * A test for the first search of what must hold for the predicate to be true, without letter case and terms: it spares
 * the exact test most events. `undefined`: there is none.
 *
 * @param foundIn where else a scalar's value is found
 */
export function searchableCore(node: Predicate, foundIn: (of: Scalar) => Found | undefined): Predicate | undefined {
  if (isSearchable(node)) return node;
  switch (node.op) {
    case 'and': {
      const of = node.of.flatMap((operand) => searchableCore(operand, foundIn) ?? []);
      return of.length === 0 ? undefined : and(of, node.span);
    }
    case 'or': {
      const of = node.of.map((operand) => searchableCore(operand, foundIn));
      return of.includes(undefined)
        ? undefined
        : or(
            of.filter((operand) => operand !== undefined),
            node.span,
          );
    }
    case 'match': {
      const test = WEAKER[node.test];
      if (test === undefined) return undefined;
      const found = foundIn(node.subject);
      if (found?.as === 'json-text' && !node.values.every(isPlainInJson)) return undefined;
      const weaker = match(
        found?.field ?? node.subject,
        found?.as === 'json-text' ? 'contains' : test,
        node.values,
        { quantifier: node.quantifier },
        node.span,
      );
      return isSearchable(weaker) ? weaker : undefined;
    }
    case 'oneOf': {
      const found = foundIn(node.subject);
      const weaker: Predicate | undefined = found?.as === 'value' ? { ...node, subject: found.field } : undefined;
      return weaker !== undefined && isSearchable(weaker) ? weaker : undefined;
    }
    case 'constant':
    case 'not':
    case 'matchScalar':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return undefined;
  }
}

const WEAKER: Readonly<Partial<Record<Match['test'], PlainTest>>> = {
  equals: 'equals',
  contains: 'contains',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
  term: 'contains',
  termPrefix: 'contains',
  termSuffix: 'contains',
};
