/**
 * The values of a detection item after its modifiers (appendix "Sigma Modifiers" of the specification 2.1), applied in
 * the order in which they stand.
 */
import type { BoundOperator, SigmaItem, SigmaValue } from './tree.ts';
import { decodePattern, literalOf, surround } from './pattern.ts';
import { isPlaceholderName } from './placeholder.ts';
import type { PlaceholderTest } from './placeholder.ts';
import type { Pattern } from './pattern.ts';
import type { Modifier } from './support.ts';
import { base64OfBytes, base64Offsets, utf16Bytes, utf8Bytes } from './encoding.ts';

export type DatePart = Extract<Modifier, 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'>;

export type ItemValue =
  | { readonly kind: 'text'; readonly pattern: Pattern; readonly cased: boolean }
  /** Text encoded to bytes, on its way to base64. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: ReadonlySet<'i' | 'm' | 's'> }
  | { readonly kind: 'number'; readonly value: bigint | number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'bound'; readonly operator: Exclude<BoundOperator, 'eq' | 'neq'>; readonly value: bigint | number }
  | { readonly kind: 'cidr'; readonly range: string }
  | { readonly kind: 'field'; readonly field: string; readonly before: boolean; readonly after: boolean }
  | { readonly kind: 'datePart'; readonly part: DatePart; readonly value: bigint | number }
  /** The values of a list that is kept elsewhere. */
  | { readonly kind: 'placeholder'; readonly name: string; readonly test: PlaceholderTest; readonly cased: boolean }
  /** Understood as syntax only: a placeholder within a text, a modifier on a value that it does not fit. */
  | { readonly kind: 'opaque'; readonly text: string };

export interface ItemValues {
  /** For each written value its alternatives (`windash` and `base64offset` make several), any of which will do. */
  readonly values: readonly (readonly ItemValue[])[];
  readonly quantifier: 'any' | 'all';
  readonly negated: boolean;
}

/** Alternatives that `windash` may make of one value; beyond that it is not understood. */
const MAX_WINDASH = 125;
const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;

export function applyModifiers(item: SigmaItem): ItemValues {
  let values: readonly (readonly ItemValue[])[] = item.values.map((value) => [plainValue(value, item)]);
  for (const modifier of item.modifiers) {
    values = values.map((alternatives) => alternatives.flatMap((value) => applyModifier(modifier, value)));
  }
  return {
    values,
    quantifier: item.modifiers.includes('all') ? 'all' : 'any',
    negated: item.modifiers.filter((modifier) => modifier === 'neq').length % 2 === 1,
  };
}

function plainValue(value: SigmaValue, item: SigmaItem): ItemValue {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value !== 'string') return { kind: 'number', value };
  // A regular expression knows no Sigma escapes.
  if (item.modifiers.includes('re')) return { kind: 'text', pattern: [{ text: value }], cased: false };
  return { kind: 'text', pattern: decodePattern(value), cased: false };
}

function applyModifier(modifier: Modifier, value: ItemValue): readonly ItemValue[] {
  switch (modifier) {
    case 'all':
    case 'neq':
      return [value];
    case 'contains':
      return [surrounded(value, true, true)];
    case 'startswith':
      return [surrounded(value, false, true)];
    case 'endswith':
      return [surrounded(value, true, false)];
    case 'cased':
      return [value.kind === 'text' || value.kind === 'placeholder' ? { ...value, cased: true } : value];
    case 're': {
      const source = textOf(value);
      return [source === undefined ? misfit(modifier, value) : { kind: 'regex', source, flags: new Set() }];
    }
    case 'i':
    case 'm':
    case 's':
      return [
        value.kind === 'regex' ? { ...value, flags: new Set([...value.flags, modifier]) } : misfit(modifier, value),
      ];
    case 'exists':
      return [value.kind === 'bool' ? { kind: 'exists', exists: value.value } : misfit(modifier, value)];
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return [
        value.kind === 'number' ? { kind: 'bound', operator: modifier, value: value.value } : misfit(modifier, value),
      ];
    case 'cidr': {
      const range = textOf(value);
      return [range === undefined ? misfit(modifier, value) : { kind: 'cidr', range }];
    }
    case 'fieldref': {
      const field = textOf(value);
      return [field === undefined ? misfit(modifier, value) : { kind: 'field', field, before: false, after: false }];
    }
    case 'minute':
    case 'hour':
    case 'day':
    case 'week':
    case 'month':
    case 'year':
      return [
        value.kind === 'number' ? { kind: 'datePart', part: modifier, value: value.value } : misfit(modifier, value),
      ];
    case 'expand': {
      const placeholder = value.kind === 'text' ? placeholderOf(value) : undefined;
      if (placeholder !== undefined) return [placeholder];
      const text = value.kind === 'regex' ? value.source : textOf(value);
      return [text !== undefined && !/%[^%]+%/.test(text) ? value : { kind: 'opaque', text: `expand: ${text ?? ''}` }];
    }
    case 'windash':
      return windash(value);
    case 'base64':
    case 'base64offset':
    case 'utf16':
    case 'utf16le':
    case 'utf16be':
    case 'wide':
      return encoded(modifier, value);
  }
}

/** `%name%`, with `*` only where a modifier has put it. */
function placeholderOf({ pattern, cased }: Extract<ItemValue, { readonly kind: 'text' }>): ItemValue | undefined {
  const before = isStar(pattern[0]);
  const after = pattern.length > 1 && isStar(pattern[pattern.length - 1]);
  const text = literalOf(pattern.slice(before ? 1 : 0, pattern.length - (after ? 1 : 0)));
  const name = /^%(.*)%$/s.exec(text ?? '')?.[1];
  if (name === undefined || !isPlaceholderName(name)) return undefined;
  const test = before ? (after ? 'contains' : 'endsWith') : after ? 'startsWith' : 'equals';
  return { kind: 'placeholder', name, test, cased };
}

const isStar = (part: Pattern[number] | undefined): boolean =>
  part !== undefined && 'wildcard' in part && part.wildcard === '*';

function misfit(modifier: Modifier, value: ItemValue): ItemValue {
  return value.kind === 'opaque' ? value : { kind: 'opaque', text: `'${modifier}' of a ${value.kind}` };
}

/** The text of a value without wildcards; numbers and bools are texts where a text is asked for. */
function textOf(value: ItemValue): string | undefined {
  if (value.kind === 'text') return literalOf(value.pattern);
  return value.kind === 'number' || value.kind === 'bool' ? String(value.value) : undefined;
}

function surrounded(value: ItemValue, before: boolean, after: boolean): ItemValue {
  switch (value.kind) {
    case 'text':
      return { ...value, pattern: surround(value.pattern, before, after) };
    case 'number':
    case 'bool':
      return { kind: 'text', pattern: surround([{ text: String(value.value) }], before, after), cased: false };
    case 'bytes':
      return { kind: 'text', pattern: surround([{ text: latin1(value.bytes) }], before, after), cased: false };
    case 'field':
      return { ...value, before: value.before || before, after: value.after || after };
    // Regular expressions are not anchored: they are found anywhere as they are.
    case 'regex':
    case 'opaque':
      return value;
    case 'placeholder': {
      const starts = before || value.test === 'contains' || value.test === 'endsWith';
      const ends = after || value.test === 'contains' || value.test === 'startsWith';
      return { ...value, test: starts ? (ends ? 'contains' : 'endsWith') : ends ? 'startsWith' : 'equals' };
    }
    case 'null':
    case 'exists':
    case 'bound':
    case 'cidr':
    case 'datePart':
      return misfit(before ? (after ? 'contains' : 'endswith') : 'startswith', value);
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function encoded(
  modifier: Extract<Modifier, 'base64' | 'base64offset' | 'utf16' | 'utf16le' | 'utf16be' | 'wide'>,
  value: ItemValue,
): readonly ItemValue[] {
  const text = textOf(value);
  const bytes = value.kind === 'bytes' ? value.bytes : text === undefined ? undefined : utf8Bytes(text);
  if (bytes === undefined) return [misfit(modifier, value)];
  const asText = (of: string): ItemValue => ({ kind: 'text', pattern: [{ text: of }], cased: false });
  switch (modifier) {
    case 'base64':
      return [asText(base64OfBytes(bytes))];
    case 'base64offset':
      return base64Offsets(bytes).map(asText);
    case 'utf16':
    case 'utf16le':
    case 'utf16be':
    case 'wide':
      return [text === undefined ? misfit(modifier, value) : { kind: 'bytes', bytes: utf16Bytes(text, modifier) }];
  }
}

/** Every dash or slash that begins a parameter, in each of the characters that Windows programs take for it. */
function windash(value: ItemValue): readonly ItemValue[] {
  if (value.kind !== 'text') return [misfit('windash', value)];
  let alternatives: readonly Pattern[] = [[]];
  for (const part of value.pattern) {
    const spellings = 'text' in part ? dashSpellings(part.text, MAX_WINDASH / alternatives.length) : [];
    if (spellings === undefined) return [{ kind: 'opaque', text: 'windash: too many dashes' }];
    const options = 'text' in part ? spellings.map((text) => ({ text })) : [part];
    alternatives = alternatives.flatMap((before) => options.map((option) => [...before, option]));
  }
  return alternatives.map((pattern) => ({ ...value, pattern }));
}

/** `undefined` when there are more spellings than allowed. */
function dashSpellings(text: string, limit: number): readonly string[] | undefined {
  const places = [...text.matchAll(/\B[-/]\b/g)].map((found) => found.index);
  if (DASHES.length ** places.length > limit) return undefined;
  let spellings = [text];
  for (const place of places) {
    spellings = spellings.flatMap((spelling) =>
      DASHES.map((dash) => spelling.slice(0, place) + dash + spelling.slice(place + 1)),
    );
  }
  return spellings;
}
