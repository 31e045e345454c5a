/**
 * A detection item as a predicate that says all that Sigma means by it.
 *
 * Texts compare without letter case unless `cased`. A positive item never holds of an event without the field, and so a
 * negated one always does: what the neutral predicates say otherwise (a missing text reads as `""`, a comparison with
 * null is null) is said with `missing` tests. Hence the item is raised with its polarity, and the result has negation at
 * the leaves only.
 */
import * as build from '../../src/ir/build.ts';
import type { Comparison, Predicate, Scalar, TextTest, Value } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { formatWildcard, literalOf } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { inPlaceholder } from './placeholder.ts';
import { matchesEmptyText } from './regex.ts';
import { hasUnreadableRegex } from './regex.ts';
import type { SigmaItem, SigmaValue } from './tree.ts';
import { applyModifiers } from './value.ts';
import type { DatePart, ItemValue } from './value.ts';

/** The item, or its negation, as a predicate. */
export function raiseItem(item: SigmaItem, positive: boolean): Predicate {
  const { values, quantifier, negated } = applyModifiers(item);
  const subject: Scalar =
    item.field === undefined ? build.anyField(item.span) : build.field(item.field, [], 'unknown', item.span);
  const holds = positive !== negated;
  if (quantifier === 'any') return raiseAny(subject, values.flat(), holds, item.span);
  // All values hold: none of those with alternatives fails.
  const single = values.flatMap((alternatives) => (alternatives.length === 1 ? alternatives : []));
  const several = values.filter((alternatives) => alternatives.length !== 1);
  const parts = [
    ...(single.length === 0 ? [] : [raiseAll(subject, single, holds, item.span)]),
    ...several.map((alternatives) => raiseAny(subject, alternatives, holds, item.span)),
  ];
  return holds ? build.and(parts, item.span) : build.or(parts, item.span);
}

/** Keywords: any of the values stands somewhere in the event. */
export function raiseKeywords(values: readonly SigmaValue[], positive: boolean, span: Span): Predicate {
  return raiseItem({ field: undefined, modifiers: [], values, span }, positive);
}

// ---------------------------------------------------------------------------------------------- lists of values

function raiseAny(subject: Scalar, values: readonly ItemValue[], holds: boolean, span: Span): Predicate {
  const join = holds ? build.or : build.and;
  if (values.some((value) => value.kind === 'opaque')) return raiseOpaque(values, subject, holds, span);
  const nulls = values.some((value) => value.kind === 'null');
  const empties = values.some((value) => value.kind === 'text' && literalOf(value.pattern) === '');
  const parts: Predicate[] = [];
  for (const group of groupTexts(values)) {
    if (group.test === 'equals' && group.values[0] === '') continue;
    parts.push(raiseTexts(subject, group, 'any', holds, span));
  }
  if (nulls && empties) parts.push(signed(build.missing(subject, 'empty', span), holds));
  else if (empties) parts.push(raisePresent(subject, build.match(subject, 'equals', '', {}, span), holds, span));
  for (const value of values) {
    const presence = raisePresence(subject, value, holds, span);
    if (presence !== undefined) parts.push(presence);
  }
  parts.push(...raisePlaceholders(subject, values, 'any', holds, span));
  parts.push(...raiseValues(subject, values, holds, span));
  if (nulls && !empties) parts.push(signed(build.missing(subject, 'null', span), holds));
  return join(parts, span);
}

function raiseAll(subject: Scalar, values: readonly ItemValue[], holds: boolean, span: Span): Predicate {
  if (values.some((value) => value.kind === 'opaque')) return raiseOpaque(values, subject, holds, span);
  const parts = groupTexts(values).map((group) => raiseTexts(subject, group, 'all', holds, span));
  for (const value of values) {
    const isDone = value.kind === 'text' || value.kind === 'regex' || value.kind === 'placeholder';
    if (!isDone) parts.push(raiseAny(subject, [value], holds, span));
  }
  parts.push(...raisePlaceholders(subject, values, 'all', holds, span));
  return holds ? build.and(parts, span) : build.or(parts, span);
}

function raiseOpaque(values: readonly ItemValue[], subject: Scalar, holds: boolean, span: Span): Predicate {
  const text = values.flatMap((value) => (value.kind === 'opaque' ? [value.text] : [])).join(', ');
  const reads = subject.op === 'field' ? [subject.name] : [];
  return signed(build.opaquePredicate(text, reads, span), holds);
}

const signed = (predicate: Predicate, holds: boolean): Predicate => (holds ? predicate : build.not(predicate));

/** A test that a missing field must not pass, though its empty text would. */
function raisePresent(subject: Scalar, test: Predicate, holds: boolean, span: Span): Predicate {
  if (subject.op === 'anyField') return signed(test, holds);
  const absent = build.missing(subject, 'absent', span);
  return holds ? build.and([test, build.not(absent)], span) : build.or([build.not(test), absent], span);
}

// ---------------------------------------------------------------------------------------------- texts

interface TextGroup {
  readonly test: TextTest;
  readonly values: string[];
  readonly caseSensitive: boolean;
  /** Whether the empty text passes the test for some value; such values stand in a group of their own. */
  readonly matchesEmpty: boolean;
}

/** The text values by what they are tested for; in order of appearance. */
function groupTexts(values: readonly ItemValue[]): readonly TextGroup[] {
  const groups = new Map<string, TextGroup>();
  for (const value of values) {
    const one = value.kind === 'text' || value.kind === 'regex' ? textTest(value) : undefined;
    if (one === undefined) continue;
    const key = `${one.test} ${one.caseSensitive} ${one.matchesEmpty}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...one, values: [one.value] });
    else group.values.push(one.value);
  }
  return [...groups.values()];
}

function textTest(
  value: Extract<ItemValue, { readonly kind: 'text' | 'regex' }>,
): Omit<TextGroup, 'values'> & { readonly value: string } {
  if (value.kind === 'regex') {
    const flags = ['m', 's'].filter((flag) => value.flags.has(flag as 'm' | 's')).join('');
    const source = flags === '' ? value.source : `(?${flags})${value.source}`;
    return {
      test: 'regex',
      value: source,
      caseSensitive: !value.flags.has('i'),
      matchesEmpty: matchesEmptyText(source),
    };
  }
  const plain = plainTest(value.pattern);
  return { ...plain, caseSensitive: value.cased, matchesEmpty: value.pattern.every(isStar) };
}

const isStar = (part: Pattern[number] | undefined): boolean =>
  part !== undefined && 'wildcard' in part && part.wildcard === '*';

/** A pattern as the plain test that it amounts to, else as a wildcard test. */
function plainTest(pattern: Pattern): { readonly test: TextTest; readonly value: string } {
  const literal = literalOf(pattern);
  if (literal !== undefined) return { test: 'equals', value: literal };
  const before = isStar(pattern[0]);
  const after = isStar(pattern[pattern.length - 1]);
  const inner = literalOf(pattern.slice(before ? 1 : 0, pattern.length - (after ? 1 : 0)));
  if (inner === undefined || inner === '') return { test: 'wildcard', value: formatWildcard(pattern) };
  return { test: before ? (after ? 'contains' : 'endsWith') : 'startsWith', value: inner };
}

function raiseTexts(
  subject: Scalar,
  group: TextGroup,
  quantifier: 'any' | 'all',
  holds: boolean,
  span: Span,
): Predicate {
  const { test, values, caseSensitive, matchesEmpty } = group;
  if (test === 'regex' && values.some(hasUnreadableRegex)) {
    const reads = subject.op === 'field' ? [subject.name] : [];
    return signed(build.opaquePredicate(values.join(' '), reads, span), holds);
  }
  if (subject.op === 'anyField') return raiseAnywhere(group, quantifier, holds, span);
  // `*` alone: the field is there.
  if (test === 'wildcard' && matchesEmpty) return signed(build.not(build.missing(subject, 'absent', span)), holds);
  const predicate = build.match(subject, test, values, { quantifier, caseSensitive }, span);
  return matchesEmpty ? raisePresent(subject, predicate, holds, span) : signed(predicate, holds);
}

/** Keywords are found anywhere in the event: as parts of its texts. `*` alone stands in every event. */
function raiseAnywhere(group: TextGroup, quantifier: 'any' | 'all', holds: boolean, span: Span): Predicate {
  const { test, values, caseSensitive } = group;
  if (test === 'wildcard' && group.matchesEmpty) return build.constant(holds, span);
  const options = { quantifier, caseSensitive };
  if (test === 'regex') return signed(build.match(build.anyField(span), test, values, options, span), holds);
  if (test !== 'wildcard') return signed(build.match(build.anyField(span), 'contains', values, options, span), holds);
  const anywhere = values.map((value) => `*${value}*`.replace(/^\*\*/, '*').replace(/([^\\])\*\*$/, '$1*'));
  return signed(build.match(build.anyField(span), 'wildcard', anywhere, options, span), holds);
}

// ---------------------------------------------------------------------------------------------- other values

function raisePlaceholders(
  subject: Scalar,
  values: readonly ItemValue[],
  quantifier: 'any' | 'all',
  holds: boolean,
  span: Span,
): readonly Predicate[] {
  return values.flatMap((value) => {
    if (value.kind !== 'placeholder') return [];
    const { name, cased: caseSensitive } = value;
    // A keyword stands anywhere.
    const test = subject.op === 'anyField' ? 'contains' : value.test;
    return [signed(inPlaceholder(subject, name, { test, quantifier, caseSensitive }, span), holds)];
  });
}

function raisePresence(subject: Scalar, value: ItemValue, holds: boolean, span: Span): Predicate | undefined {
  if (value.kind === 'exists') return signed(build.missing(subject, 'absent', span), holds !== value.exists);
  if (value.kind !== 'field') return undefined;
  const other = build.field(value.field, [], 'unknown', span);
  const test: TextTest = value.before ? (value.after ? 'contains' : 'endsWith') : value.after ? 'startsWith' : 'equals';
  return raisePresent(subject, build.matchScalar(subject, test, other, false, span), holds, span);
}

const COMPARISONS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const satisfies Record<string, Comparison>;
const OPPOSITES = { gt: '<=', gte: '<', lt: '>=', lte: '>' } as const satisfies Record<string, Comparison>;

/**
 * Numbers, bools, bounds and address ranges. An equality is false of a missing field, as in Sigma; an order is null, and
 * so its negation says that the field may be missing.
 */
function raiseValues(subject: Scalar, values: readonly ItemValue[], holds: boolean, span: Span): readonly Predicate[] {
  if (subject.op === 'anyField') return raiseKeywordNumbers(values, holds, span);
  const found: Predicate[] = [];
  const equal = values.flatMap((value): Value[] =>
    value.kind === 'number' || value.kind === 'bool' ? [valueOf(value.value)] : [],
  );
  if (equal.length > 0) found.push(signed(build.oneOf(subject, equal, span), holds));
  const orMissing = (fails: Predicate) => build.or([build.missing(subject, 'null', span), fails], span);
  const ranges = values.flatMap((value) => (value.kind === 'cidr' ? [value.range] : []));
  if (ranges.length > 0) {
    const inside = build.ipInRange(subject, ranges, span);
    found.push(holds ? inside : isOutside(inside));
  }
  const parts = new Map<DatePart, Value[]>();
  for (const value of values) {
    if (value.kind === 'datePart') parts.set(value.part, [...(parts.get(value.part) ?? []), valueOf(value.value)]);
    if (value.kind !== 'bound') continue;
    const bound = build.literal(valueOf(value.value), span);
    const comparison = (holds ? COMPARISONS : OPPOSITES)[value.operator];
    const compared = build.compare(subject, comparison, bound, span);
    found.push(holds ? compared : orMissing(compared));
  }
  for (const [part, list] of parts) {
    found.push(signed(build.oneOf(datePartOf(subject, part, span), list, span), holds));
  }
  return found;
}

/**
 * The negation of a range test where a value that is no address counts as outside: the neutral test is null of it, and so
 * is its negation; that it is not true says what Sigma means.
 */
export function isOutside(inside: Predicate): Predicate {
  return build.not(build.oneOf(build.test(inside), [{ type: 'bool', value: true }], inside.span));
}

function raiseKeywordNumbers(values: readonly ItemValue[], holds: boolean, span: Span): readonly Predicate[] {
  const texts = values.flatMap((value) =>
    value.kind === 'number' || value.kind === 'bool' ? [String(value.value)] : [],
  );
  return texts.length === 0 ? [] : [signed(build.match(build.anyField(span), 'contains', texts, {}, span), holds)];
}

function valueOf(value: bigint | number | boolean): Value {
  if (typeof value === 'boolean') return { type: 'bool', value };
  return typeof value === 'bigint' ? { type: 'long', value } : { type: 'real', value };
}

/** The names of date parts in calls of `datePart`. */
export const DATE_PARTS: Readonly<Record<DatePart, string>> = {
  minute: 'Minute',
  hour: 'Hour',
  day: 'Day',
  week: 'week_of_year',
  month: 'Month',
  year: 'Year',
};

function datePartOf(subject: Scalar, part: DatePart, span: Span): Scalar {
  return build.call('datePart', [build.text(DATE_PARTS[part], span), subject], 'long', span);
}
