/** Comparisons and truth of calls as tests of what the call looks at: positions, counts, lengths, membership. */
import { and, constant, ipInRange, match, missing, not, oneOf, or } from './build.ts';
import type { PredicateOf, ScalarOf } from './build.ts';
import { groupIsNeverEmpty } from './regex-syntax.ts';
import { holding } from './simplify-text.ts';
import type { Comparison, Predicate, Scalar, ScalarFunction, Value } from './types.ts';

type Leaf = PredicateOf<'compare' | 'oneOf' | 'missing' | 'isTrue'>;

/** `undefined` when the leaf is about no call, or there is no exact counterpart. */
export function simplifyCallTest(node: Leaf): Predicate | undefined {
  switch (node.op) {
    case 'compare':
      if (node.left.op !== 'call' || node.right.op !== 'literal' || node.right.value.type !== 'long') return undefined;
      return numberTest(node.left, node.test, node.right.value.value, node);
    case 'oneOf': {
      const { subject } = node;
      if (subject.op === 'test') return ofTruth(node, subject.of);
      if (subject.op !== 'call') return undefined;
      const each = node.values.map((value) =>
        value.type === 'long' ? numberTest(subject, '==', value.value, node) : undefined,
      );
      const known = each.filter((one) => one !== undefined);
      return known.length === each.length ? or(known, node.span) : undefined;
    }
    case 'missing':
      return node.subject.op === 'call' && node.counts !== 'absent' ? missingCall(node, node.subject) : undefined;
    case 'isTrue':
      return node.of.op === 'call' ? truthOfCall(node, node.of) : undefined;
  }
}

// ---------------------------------------------------------------------------------------------- numbers

/** What a condition on a number that is never below `least` comes down to. */
type Threshold = 'always' | 'never' | 'least' | 'aboveLeast';

/** Sorts a condition by what it says of the least value and of all above; `undefined`: it tells those above apart. */
export function threshold(test: Comparison, limit: bigint, least: bigint): Threshold | undefined {
  // Each comparison as: is the least value among those that pass, are the values above?
  const passes = (value: bigint): boolean =>
    ({ '==': value === limit, '<': value < limit, '<=': value <= limit, '>': value > limit, '>=': value >= limit })[
      test
    ];
  const atLeast = passes(least);
  // Above the least value a condition is the same for all numbers only when its limit is not among them.
  const above = [least + 1n, least + 2n, limit + 1n, limit - 1n, limit].filter((value) => value > least).map(passes);
  if (above.every((one) => one)) return atLeast ? 'always' : 'aboveLeast';
  if (above.every((one) => !one)) return atLeast ? 'least' : 'never';
  return undefined;
}

/** A condition on the number that a call gives. */
interface NumberTest {
  readonly args: readonly Scalar[];
  readonly test: Comparison;
  readonly limit: bigint;
  readonly span: Leaf['span'];
}

type NumberRule = (condition: NumberTest) => Predicate | undefined;

function numberTest(of: ScalarOf<'call'>, test: Comparison, limit: bigint, node: Leaf): Predicate | undefined {
  return NUMBER_RULES[of.fn]?.({ args: of.args, test, limit, span: node.span });
}

const NUMBER_RULES: Readonly<Partial<Record<ScalarFunction, NumberRule>>> = {
  length: lengthTest,
  byteLength: lengthTest,
  countMatches: (condition) => {
    const [subject, search, kind] = condition.args;
    const wanted = literalText(search);
    const how = kind === undefined ? 'normal' : literalText(kind);
    if (subject === undefined || wanted === undefined || wanted === '') return undefined;
    if (how !== 'normal' && how !== 'regex') return undefined;
    return above(0n, holding(subject, wanted, how === 'regex' ? 'regex' : 'contains', condition.span), condition);
  },
  indexOf: (condition) => {
    const { args, test, limit, span } = condition;
    const wanted = literalText(args[1]);
    const [subject] = args;
    if (subject === undefined || wanted === undefined || wanted === '' || args.length > 2) return undefined;
    const found = holding(subject, wanted, 'contains', span);
    const atStart = holding(subject, wanted, 'startsWith', span);
    if (test === '==' && limit === 0n) return atStart;
    if ((test === '>' && limit === 0n) || (test === '>=' && limit === 1n)) return and([found, not(atStart)], span);
    return above(-1n, found, condition);
  },
  indexOfRegex: (condition) => {
    const [subject, regex] = condition.args;
    const wanted = literalText(regex);
    if (subject === undefined || wanted === undefined || condition.args.length > 2) return undefined;
    return above(-1n, holding(subject, wanted, 'regex', condition.span), condition);
  },
};

function lengthTest(condition: NumberTest): Predicate | undefined {
  const [subject] = condition.args;
  return subject && above(0n, not(missing(subject, 'empty', condition.span), condition.span), condition);
}

/** The condition on a number that is `least` when `isAbove` is false, and above it when it is true. */
function above(least: bigint, isAbove: Predicate, { test, limit, span }: NumberTest): Predicate | undefined {
  switch (threshold(test, limit, least)) {
    case 'always':
      return constant(true, span);
    case 'never':
      return constant(false, span);
    case 'least':
      return not(isAbove, span);
    case 'aboveLeast':
      return isAbove;
    case undefined:
      return undefined;
  }
}

function literalText(scalar: Scalar | undefined): string | undefined {
  return scalar?.op === 'literal' && scalar.value.type === 'string' ? scalar.value.value : undefined;
}

/** `(predicate) == true`. A null predicate equals neither, which only a predicate that is never null can say. */
function ofTruth(node: PredicateOf<'oneOf'>, of: Predicate): Predicate | undefined {
  if (of.op !== 'match' && of.op !== 'missing' && of.op !== 'oneOf' && of.op !== 'constant' && of.op !== 'matchScalar')
    return undefined;
  const wants = (wanted: boolean): boolean =>
    node.values.some((value) => value.type === 'bool' && value.value === wanted);
  if (node.values.some((value) => value.type !== 'bool')) return undefined;
  if (wants(true) && wants(false)) return constant(true, node.span);
  return wants(true) ? of : not(of, node.span);
}

// ---------------------------------------------------------------------------------------------- missing

function missingCall(node: PredicateOf<'missing'>, of: ScalarOf<'call'>): Predicate | undefined {
  // A text is never null.
  if (node.counts === 'null') return of.type === 'string' ? constant(false, node.span) : undefined;
  return EMPTY_RULES[of.fn]?.(of.args, node.span);
}

const emptyWithFirst = ([first]: readonly Scalar[], span: Leaf['span']): Predicate | undefined =>
  first && missing(first, 'empty', span);

/** When the text that a call gives is empty. */
const EMPTY_RULES: Readonly<
  Partial<Record<ScalarFunction, (args: readonly Scalar[], span: Leaf['span']) => Predicate | undefined>>
> = {
  lower: emptyWithFirst,
  upper: emptyWithFirst,
  reverse: emptyWithFirst,
  base64Encode: emptyWithFirst,
  urlEncode: emptyWithFirst,
  concat: (parts, span) =>
    and(
      parts.map((part) => missing(part, 'empty', span)),
      span,
    ),
  extract: ([pattern, groupNumber, subject], span) => {
    const regex = literalText(pattern);
    const group =
      groupNumber?.op === 'literal' && groupNumber.value.type === 'long' ? Number(groupNumber.value.value) : undefined;
    if (regex === undefined || group === undefined || subject === undefined) return undefined;
    return groupIsNeverEmpty(regex, group)
      ? not(match(subject, 'regex', regex, { caseSensitive: true }, span), span)
      : undefined;
  },
};

// ---------------------------------------------------------------------------------------------- truth

const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

function truthOfCall(node: PredicateOf<'isTrue'>, of: ScalarOf<'call'>): Predicate | undefined {
  return TRUTH_RULES[of.fn]?.(of.args, node.span);
}

const TRUTH_RULES: Readonly<
  Partial<Record<ScalarFunction, (args: readonly Scalar[], span: Leaf['span']) => Predicate | undefined>>
> = {
  ipIsPrivate: ([address], span) => address && ipInRange(address, PRIVATE_RANGES, span),
  ipInRange: ([address, rangeText], span) => {
    const range = literalText(rangeText);
    return address && range !== undefined ? ipInRange(address, [range], span) : undefined;
  },
  setHas: ([set, subject], span) => set && subject && membership(set, subject, span),
  bagHasKey: ([bag, keyText], span) => {
    const key = literalText(keyText);
    // A key that begins with `$` is a path.
    if (bag?.op !== 'field' || key === undefined || key.startsWith('$')) return undefined;
    return not(missing({ ...bag, path: [...bag.path, key], type: 'dynamic' }, 'absent', span), span);
  },
};

/** `set_has_element(dynamic([...]), x)` is `x in (...)`. */
function membership(set: Scalar, subject: Scalar, span: Leaf['span']): Predicate | undefined {
  if (set.op !== 'literal' || set.value.type !== 'dynamic' || !Array.isArray(set.value.value)) return undefined;
  const items = set.value.value as readonly unknown[];
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length === items.length) return match(subject, 'equals', texts, { caseSensitive: true }, span);
  const numbers = items.filter((item) => Number.isSafeInteger(item)) as readonly number[];
  if (numbers.length < items.length) return undefined;
  return oneOf(
    subject,
    numbers.map((value): Value => ({ type: 'long', value: BigInt(value) })),
    span,
  );
}
