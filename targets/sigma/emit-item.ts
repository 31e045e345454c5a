/** The leaves of an adapted predicate as detection items: the inverse of `raise-item.ts`. */
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import type { Comparison, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { encodeLiteral, encodePattern, parseWildcard } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { placeholderIn } from './placeholder.ts';
import type { PlaceholderTest } from './placeholder.ts';
import { DATE_PARTS } from './raise-item.ts';
import { matchesEmptyText } from './regex.ts';
import type { Modifier } from './support.ts';
import type { SigmaItem, SigmaValue } from './tree.ts';
import type { DatePart } from './value.ts';

/** A leaf as items; `any`: one of them must hold, else all. `inverted`: the leaf holds where the items do not. */
export interface LeafItems {
  readonly items: readonly SigmaItem[];
  readonly junction: 'any' | 'all';
  readonly inverted: boolean;
}

/** Something that `adapt` does not return. */
export function notAdapted(what: string): Error {
  return new Error(`Not in the form that Sigma can say: ${what}`);
}

/** The items for a leaf or its negation. */
export function leafItems(leaf: Predicate): LeafItems {
  const inverted = leaf.op === 'not';
  const inner = leaf.op === 'not' ? leaf.of : leaf;
  switch (inner.op) {
    case 'match':
      return { ...matchItems(inner), inverted };
    case 'matchScalar':
      return only(fieldReference(inner), inverted);
    case 'oneOf':
      // See `isOutside` in `raise-item.ts`.
      return inner.subject.op === 'test' && inverted
        ? { ...leafItems(inner.subject.of), inverted }
        : only(oneOfItem(inner), inverted);
    case 'compare':
      if (inverted) throw notAdapted('a negated comparison');
      return only(compareItem(inner), false);
    case 'ipInRange':
      if (inverted) throw notAdapted('a negated range test');
      return only(item(inner.subject, ['cidr'], inner.ranges, inner.span), false);
    case 'missing':
      // The only test that has a positive form for both.
      if (inner.counts === 'absent') return only(item(inner.subject, ['exists'], [inverted], inner.span), false);
      return only(item(inner.subject, [], inner.counts === 'null' ? [null] : [null, ''], inner.span), inverted);
    case 'inQuery':
      return only(placeholderItem(inner), inverted);
    case 'and':
    case 'or':
    case 'not':
    case 'constant':
    case 'between':
    case 'isTrue':
    case 'opaque':
      throw notAdapted(inner.op);
  }
}

const only = (one: SigmaItem, inverted: boolean): LeafItems => ({ items: [one], junction: 'all', inverted });

/** Whether an event without the field fails the leaf in Sigma though it passes the neutral test: raising says so. */
export function impliesPresence(leaf: Predicate): Scalar | undefined {
  if (leaf.op === 'matchScalar') return leaf.subject;
  if (leaf.op !== 'match' || leaf.subject.op === 'anyField') return undefined;
  const passesEmpty = (value: string) => (leaf.test === 'regex' ? matchesEmptyText(value) : value === '');
  const implies = leaf.quantifier === 'any' ? leaf.values.some(passesEmpty) : leaf.values.every(passesEmpty);
  return implies ? leaf.subject : undefined;
}

function item(subject: Scalar, modifiers: readonly Modifier[], values: readonly SigmaValue[], span: Span): SigmaItem {
  return { field: fieldName(subject), modifiers, values, span };
}

function fieldName(subject: Scalar): string | undefined {
  if (subject.op === 'anyField') return undefined;
  if (subject.op !== 'field' || subject.path.length > 0) throw notAdapted(canonicalTextOfScalar(subject));
  return subject.name;
}

// ---------------------------------------------------------------------------------------------- texts

type Match = Extract<Predicate, { readonly op: 'match' }>;

function matchItems(leaf: Match): Omit<LeafItems, 'inverted'> {
  const groups = new Map<string, { readonly modifiers: readonly Modifier[]; readonly values: string[] }>();
  for (const value of leaf.values) {
    const [modifiers, written] = textValue(leaf, value);
    const key = modifiers.join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { modifiers, values: [written] });
    else group.values.push(written);
  }
  const cased: readonly Modifier[] = leaf.caseSensitive && leaf.test !== 'regex' ? ['cased'] : [];
  const items = [...groups.values()].map(({ modifiers, values }) => {
    const all: readonly Modifier[] = leaf.quantifier === 'all' && values.length > 1 ? ['all'] : [];
    return item(leaf.subject, [...modifiers, ...cased, ...all], values, leaf.span);
  });
  return { items, junction: leaf.quantifier };
}

/** A value of a text test with the modifiers that say the test. */
function textValue(leaf: Match, value: string): readonly [readonly Modifier[], string] {
  switch (leaf.test) {
    case 'equals':
      return [[], encodeLiteral(value)];
    case 'contains':
      // Keywords stand anywhere anyway.
      return [leaf.subject.op === 'anyField' ? [] : ['contains'], encodeLiteral(value)];
    case 'startsWith':
      return [['startswith'], encodeLiteral(value)];
    case 'endsWith':
      return [['endswith'], encodeLiteral(value)];
    case 'wildcard':
      return wildcardValue(parseWildcard(value), leaf.subject.op === 'anyField');
    case 'regex': {
      const flags = /^\(\?([ms]+)\)/.exec(value);
      const modifiers: Modifier[] = ['re'];
      if (!leaf.caseSensitive) modifiers.push('i');
      if (flags?.[1]?.includes('m') === true) modifiers.push('m');
      if (flags?.[1]?.includes('s') === true) modifiers.push('s');
      return [modifiers, value.slice(flags?.[0].length ?? 0)];
    }
    case 'term':
    case 'termPrefix':
    case 'termSuffix':
      throw notAdapted('a term test');
  }
}

/** `*` at the ends is said by a modifier; where texts are found anywhere it is not said at all. */
function wildcardValue(pattern: Pattern, anywhere: boolean): readonly [readonly Modifier[], string] {
  const isStar = (part: Pattern[number] | undefined) =>
    part !== undefined && 'wildcard' in part && part.wildcard === '*';
  const before = isStar(pattern[0]);
  const after = pattern.length > 1 && isStar(pattern[pattern.length - 1]);
  const inner = encodePattern(pattern.slice(before ? 1 : 0, pattern.length - (after ? 1 : 0)));
  if (anywhere) return [[], inner];
  if (before && after) return [['contains'], inner];
  if (before) return [['endswith'], inner];
  return after ? [['startswith'], inner] : [[], inner];
}

function fieldReference(leaf: Extract<Predicate, { readonly op: 'matchScalar' }>): SigmaItem {
  const modifiers: Partial<Record<typeof leaf.test, readonly Modifier[]>> = {
    equals: ['fieldref'],
    contains: ['fieldref', 'contains'],
    startsWith: ['fieldref', 'startswith'],
    endsWith: ['fieldref', 'endswith'],
  };
  const own = modifiers[leaf.test];
  const other = fieldName(leaf.value);
  if (own === undefined || other === undefined || leaf.caseSensitive) throw notAdapted('a comparison of fields');
  return item(leaf.subject, own, [encodeLiteral(other)], leaf.span);
}

const PLACEHOLDER_MODIFIERS: Readonly<Record<PlaceholderTest, readonly Modifier[]>> = {
  equals: [],
  contains: ['contains'],
  startsWith: ['startswith'],
  endsWith: ['endswith'],
};

function placeholderItem(leaf: Extract<Predicate, { readonly op: 'inQuery' }>): SigmaItem {
  const placeholder = placeholderIn(leaf);
  if (placeholder === undefined) throw notAdapted('a list that another query gives');
  const { name, test, quantifier, caseSensitive } = placeholder;
  const modifiers = [
    ...(leaf.subject.op === 'anyField' ? [] : PLACEHOLDER_MODIFIERS[test]),
    ...(caseSensitive === true ? (['cased'] as const) : []),
    ...(quantifier === 'all' ? (['all'] as const) : []),
    'expand' as const,
  ];
  return item(leaf.subject, modifiers, [encodeLiteral(`%${name}%`)], leaf.span);
}

// ---------------------------------------------------------------------------------------------- other values

const MODIFIER_OF: Readonly<Record<Exclude<Comparison, '=='>, Modifier>> = {
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
};

function compareItem(leaf: Extract<Predicate, { readonly op: 'compare' }>): SigmaItem {
  if (leaf.test === '==' || leaf.right.op !== 'literal') throw notAdapted('a comparison');
  return item(leaf.left, [MODIFIER_OF[leaf.test]], [plainValue(leaf.right.value)], leaf.span);
}

/** Equality with numbers or bools, of a field or of a part of its date. */
function oneOfItem(leaf: Extract<Predicate, { readonly op: 'oneOf' }>): SigmaItem {
  const values = leaf.values.map(plainValue);
  const { subject } = leaf;
  if (subject.op === 'call' && subject.fn === 'datePart') {
    const [part, of] = subject.args;
    const name = part?.op === 'literal' && part.value.type === 'string' ? part.value.value : '';
    const modifier = (Object.keys(DATE_PARTS) as DatePart[]).find((key) => DATE_PARTS[key] === name);
    if (modifier === undefined || of === undefined) throw notAdapted('a part of a date');
    return item(of, [modifier], values, leaf.span);
  }
  return item(subject, [], values, leaf.span);
}

function plainValue(value: Value): SigmaValue {
  switch (value.type) {
    case 'long':
    case 'bool':
    case 'real':
      return value.value;
    case 'string':
    case 'decimal':
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'dynamic':
    case 'null':
      throw notAdapted(`a value of type ${value.type}`);
  }
}
