/**
 * What follows from a test that has no exact counterpart on stored fields: a **wider** test that has. `extract("user=(\\w+)",
 * 1, x) == "jo"` holds only if `x` matches `user=jo`. For languages that cannot compute: they say the wider test, and note
 * that they do (under negation it narrows, see `fidelity.ts`).
 */
import { and, match, or } from './build.ts';
import { tidyPredicateTree } from './normalise.ts';
import { withoutToText } from './normalise-predicate.ts';
import { quoteRegex, replaceGroup } from './regex-syntax.ts';
import { foldCase, isAscii } from './text.ts';
import type { PredicateOf } from './build.ts';
import type { Predicate, Scalar, ScalarFunction, TextTest } from './types.ts';

/**
 * A predicate without calls that is true of every row of which the leaf is (a leaf, or the negation of one);
 * `undefined` when nothing follows, or when the leaf is about plain fields already.
 */
export function impliedByLeaf(leaf: Predicate): Predicate | undefined {
  const found = impliedBy(leaf, 0);
  return found === undefined ? undefined : tidyPredicateTree(found);
}

const DEEPEST = 20;

function impliedBy(leaf: Predicate, depth: number): Predicate | undefined {
  if (depth > DEEPEST) return undefined;
  if (leaf.op === 'match') return impliedByMatch(leaf, depth);
  if (leaf.op === 'not' && leaf.of.op === 'missing') return impliedByPresence(leaf.of);
  return undefined;
}

type Match = PredicateOf<'match'>;

function impliedByMatch(node: Match, depth: number): Predicate | undefined {
  const subject = withoutToText(node.subject);
  if (subject.op === 'choose') {
    // One of the cases, under its own condition.
    const cases = subject.cases.map(({ when, then }) => {
      const implied = impliedForSubject(node, then, depth);
      return implied && and([when, implied]);
    });
    return allOf([...cases, impliedForSubject(node, subject.otherwise, depth)]);
  }
  if (subject.op !== 'call') return undefined;
  if (subject.fn === 'coalesce') return allOf(subject.args.map((arg) => impliedForSubject(node, arg, depth)));
  const made: Predicate[] = [];
  for (const value of node.values) {
    const one = impliedByValue(subject.fn, subject.args, value, node, depth);
    if (one !== undefined) made.push(one);
    // Of `all` each that says something counts; of `any` one that says nothing leaves nothing.
    else if (node.quantifier === 'any') return undefined;
  }
  if (made.length === 0) return undefined;
  return node.quantifier === 'any' ? or(made, node.span) : and(made, node.span);
}

/** The same test of another scalar: itself where that is a field. */
function impliedForSubject(node: Match, scalar: Scalar, depth: number): Predicate | undefined {
  const subject = withoutToText(scalar);
  const moved: Match = { ...node, subject };
  return subject.op === 'field' || subject.op === 'literal' ? moved : impliedBy(moved, depth + 1);
}

function allOf(alternatives: readonly (Predicate | undefined)[]): Predicate | undefined {
  const known = alternatives.filter((one) => one !== undefined);
  return known.length < alternatives.length ? undefined : or(known);
}

/** Tests for a value that the tested text then holds. */
const HOLDS_VALUE: ReadonlySet<TextTest> = new Set<TextTest>([
  'equals',
  'contains',
  'startsWith',
  'endsWith',
  'term',
  'termPrefix',
  'termSuffix',
]);

/** Functions whose result is a part of one of their arguments, by that argument's position. */
const PARTS: Readonly<Partial<Record<ScalarFunction, number>>> = {
  substring: 0,
  trim: 1,
  trimStart: 1,
  trimEnd: 1,
  extract: 2,
};

function impliedByValue(
  fn: ScalarFunction,
  args: readonly Scalar[],
  value: string,
  node: Match,
  depth: number,
): Predicate | undefined {
  if (!HOLDS_VALUE.has(node.test) || value === '') return undefined;
  const contains = (subject: Scalar, caseSensitive = node.caseSensitive): Predicate | undefined =>
    impliedForSubject({ ...node, test: 'contains', values: [value], quantifier: 'any', caseSensitive }, subject, depth);
  if (fn === 'extract') {
    const [pattern, group, subject] = args;
    const precise = subject && captured(pattern, group, withoutToText(subject), value, node);
    if (precise !== undefined) return precise;
  }
  if (fn === 'lower' || fn === 'upper') return args[0] && contains(args[0], false);
  if (fn === 'element') return args[0] && insideOf(args[0], value, contains);
  // JSON as text may be spaced otherwise than it is written again; a word stands in both.
  if (fn === 'parseJson') return args[0] && /^[a-z][\w-]*( [\w-]+)*$/i.test(value) ? contains(args[0]) : undefined;
  const position = PARTS[fn];
  const whole = position === undefined ? undefined : args[position];
  return whole && contains(whole);
}

/** The regex with the value in place of the group. */
function captured(
  pattern: Scalar | undefined,
  group: Scalar | undefined,
  subject: Scalar,
  value: string,
  node: Match,
): Predicate | undefined {
  if (subject.op !== 'field' || pattern?.op !== 'literal' || pattern.value.type !== 'string') return undefined;
  if (group?.op !== 'literal' || group.value.type !== 'long' || node.test !== 'equals') return undefined;
  // Without letter case the rest of the regex would match more too: still wider, but then the plain test is as good.
  if (!node.caseSensitive) return undefined;
  const regex = replaceGroup(pattern.value.value, Number(group.value.value), `(?:${quoteRegex(value)})`);
  return regex === undefined ? undefined : match(subject, 'regex', regex, { caseSensitive: true }, node.span);
}

/** A piece of a text, or a place in a structure: what holds of it stands in the whole, if JSON writes it as it is. */
function insideOf(
  container: Scalar,
  value: string,
  contains: (subject: Scalar) => Predicate | undefined,
): Predicate | undefined {
  if (container.op === 'call') {
    const [first, second] = container.args;
    if (container.fn === 'split') return first && contains(first);
    if (container.fn === 'parsePath') return first && contains(first);
    if (container.fn === 'anyElement') return first && insideOf(first, value, contains);
    if (container.fn === 'element') return first && second && insideOf(first, value, contains);
    return undefined;
  }
  return container.op === 'field' && isPlainInJson(value) ? contains(container) : undefined;
}

const isPlainInJson = (text: string): boolean => isAscii(text) && !/["\\\p{Cc}]/u.test(text);

/** What a text within a structure is tested for that its JSON is then found to hold, too. */
const FOUND_IN_WHOLE: ReadonlySet<TextTest> = new Set<TextTest>([
  'equals',
  'contains',
  'startsWith',
  'endsWith',
  'term',
]);

/**
 * Whether a test for words in a whole structure says no more than another test on a place within it: `EventData has "add"`
 * beside `EventData.CommandLine has "add"`. All but so: JSON writes a line feed as `\n`, whose letter takes the boundary
 * from a word that follows it, so that leaving the test out is a (very small) widening.
 */
export function followsFromPlaceWithin(whole: Predicate, place: Predicate): boolean {
  if (whole.op !== 'match' || place.op !== 'match') return false;
  const outer = withoutToText(whole.subject);
  const inner = withoutToText(place.subject);
  if (outer.op !== 'field' || inner.op !== 'field' || outer.name !== inner.name) return false;
  if (inner.path.length <= outer.path.length || outer.path.some((step, index) => step !== inner.path[index]))
    return false;
  if (whole.caseSensitive && !place.caseSensitive) return false;
  if (whole.test !== 'contains' && whole.test !== 'term') return false;
  if (place.test !== whole.test && (whole.test === 'term' || !FOUND_IN_WHOLE.has(place.test))) return false;
  const found = new Set(place.values.map((value) => spelling(value, whole.caseSensitive)));
  const asked = whole.values.map((value) => spelling(value, whole.caseSensitive));
  if (!whole.values.every(isPlainInJson)) return false;
  // Of `all` found each asked for must be one; of `any` found each must be one that was asked for.
  if (place.quantifier === 'all' || found.size === 1) {
    return whole.quantifier === 'all'
      ? asked.every((value) => found.has(value))
      : asked.some((value) => found.has(value));
  }
  return (whole.quantifier === 'any' || asked.length === 1) && [...found].every((value) => asked.includes(value));
}

const spelling = (value: string, caseSensitive: boolean): string => (caseSensitive ? value : foldCase(value));

/** `isnotempty(extract(regex, n, x))`: then the regex matches. */
function impliedByPresence({ subject, counts, span }: PredicateOf<'missing'>): Predicate | undefined {
  const of = withoutToText(subject);
  if (counts !== 'empty' || of.op !== 'call' || of.fn !== 'extract') return undefined;
  const [pattern, , text] = of.args;
  const stored = text && withoutToText(text);
  if (stored?.op !== 'field' || pattern?.op !== 'literal' || pattern.value.type !== 'string') return undefined;
  return match(stored, 'regex', pattern.value.value, { caseSensitive: true }, span);
}
