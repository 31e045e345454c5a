/**
 * An event of a source table as the target has it: every column under the target's name, its value in the target's form.
 * Several columns may be one field there (a file name and a path). Then the target's event says less freely what they
 * are, and the source's event is changed to what the target's one says: the two are the same event in two vocabularies.
 */
import { payloadOf } from '../../src/eval/payload.ts';
import { field } from '../../src/ir/build.ts';
import { isNull, jsonText, longValue, plain, readField, textOf, textValue } from '../../src/eval/value.ts';
import { jsonOf } from '../../src/eval/value.ts';
import type { ColumnTypes, EventRecord } from '../../src/eval/index.ts';
import type { Field, Json, Value } from '../../src/ir/types.ts';
import { assign, rowOf } from '../../src/witness/draft.ts';
import type { Draft } from '../../src/witness/draft.ts';
import { equalsIgnoringCase } from '../../src/ir/text.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { constraintValue, pathName } from './constraints.ts';
import type { Constraints, Crosswalk, FieldMapping, Vocabulary } from './types.ts';

/** A value of the source's event and where the target has it. */
export interface CarriedValue {
  readonly place: Field;
  /** `undefined`: no counterpart is known. */
  readonly mapping: FieldMapping | undefined;
  readonly value: Value;
}

export interface CarriedEvent {
  /** Fields of the target by the crosswalk's spelling. */
  readonly fields: ReadonlyMap<string, Value>;
  /** Each value that was carried, as it is after all of them were. */
  readonly values: readonly CarriedValue[];
  /** The source's event as the target's one says it. */
  readonly event: EventRecord;
}

export interface CarryOptions {
  readonly table: string;
  readonly vocabulary: Vocabulary;
  /** Of the log source that the event is looked up in. */
  readonly constraints: Constraints;
  readonly crosswalk: Crosswalk;
  readonly types: ColumnTypes;
  /** What the log source says of fields: they have one of these values, whatever the event says. */
  readonly fixed: ReadonlyMap<string, readonly string[]>;
}

interface Entry {
  readonly place: Field;
  readonly mapping: FieldMapping;
  readonly value: Value;
  /** The source's event does not have it, but another column may say it in the target. */
  readonly isAbsent: boolean;
}

/** @param places the places of the event that matter; the more important ones first. */
export function carryEvent(record: EventRecord, places: readonly Field[], options: CarryOptions): CarriedEvent {
  const { Type: table, ...columns } = record;
  let draft: Draft = { table, columns: new Map(Object.entries(columns)) };
  const row = rowOf(draft, options.types);
  const known = knownOf(row, places);
  const byField = new Map<string, Entry[]>();
  const values: CarriedValue[] = [];
  for (const place of places) {
    const value = readField(row, place);
    const mapping = mappingOf(place, known, options);
    if (mapping === undefined) {
      if (value !== undefined) values.push({ place, mapping, value });
      continue;
    }
    const entry: Entry = { place, mapping, value: value ?? textValue(''), isAbsent: value === undefined };
    const entries = byField.get(mapping.field);
    if (entries === undefined) byField.set(mapping.field, [entry]);
    else entries.push(entry);
  }
  const fields = new Map<string, Value>();
  for (const [field, entries] of byField) {
    const present = entries.filter(({ isAbsent }) => !isAbsent);
    const stored = withinFixed(storedValue(present), options.fixed.get(field));
    if (stored !== undefined && field !== '') fields.set(field, stored);
    for (const entry of entries) {
      // What no field says is absent there too, but for what the lack of a field says.
      if (stored === undefined && entry.mapping.relation.kind !== 'ending-tells') continue;
      const read = readBack(entry, stored ?? textValue(''));
      if (!entry.isAbsent || textOf(read) !== '') values.push({ ...entry, value: read });
      if (textOf(read) !== textOf(entry.value)) draft = assign(draft, [{ place: entry.place, value: jsonOf(read) }]);
      const { relation } = entry.mapping;
      if (relation.kind === 'qualified-account' && relation.domainField !== undefined) {
        const domain = beforeLast(textOf(entry.value), relation.separator);
        if (domain !== undefined && !fields.has(relation.domainField)) {
          fields.set(relation.domainField, textValue(domain));
        }
      }
    }
  }
  return { fields, values, event: { Type: table, ...Object.fromEntries(draft.columns) } };
}

/** The value, or one that the log source allows: events with others are in no such log source. */
function withinFixed(stored: Value | undefined, allowed: readonly string[] | undefined): Value | undefined {
  const [first] = allowed ?? [];
  if (stored === undefined || first === undefined || allowed === undefined) return stored;
  if (allowed.some((one) => one.includes('*') || equalsIgnoringCase(one, textOf(stored)))) return stored;
  return /^\d{1,15}$/.test(first) && stored.type === 'long' ? longValue(BigInt(first)) : textValue(first);
}

/** What an event's own values fix: every column to one value. */
export function constraintsOfEvent(record: EventRecord, places: readonly Field[], types: ColumnTypes): Constraints {
  const { Type: table, ...columns } = record;
  return knownOf(rowOf({ table, columns: new Map(Object.entries(columns)) }, types), places);
}

function knownOf(row: ReturnType<typeof rowOf>, places: readonly Field[]): Constraints {
  const known = new Map<string, ReadonlySet<string>>();
  for (const place of places) {
    const value = readField(row, place);
    if (value !== undefined && !isNull(plain(value)) && typeof jsonOf(value) !== 'object') {
      known.set(pathName(place), new Set([constraintValue(textOf(value))]));
    }
  }
  return known;
}

/** Whether the event lies within the constraints. */
export function isWithinConstraints(known: Constraints, constraints: Constraints): boolean {
  return [...constraints].every(([column, allowed]) =>
    [...(known.get(column) ?? [''])].every((value) => allowed.has(value)),
  );
}

function mappingOf(place: Field, known: Constraints, options: CarryOptions): FieldMapping | undefined {
  const { crosswalk, table, vocabulary, constraints } = options;
  const lookup = crosswalk.column(table, [place.name, ...place.path], vocabulary, constraints);
  if (lookup === undefined || lookup.kind === 'mapped') return lookup?.mapping;
  return lookup.candidates.find(({ when }) => isWithinConstraints(known, when))?.mapping;
}

// ---------------------------------------------------------------------------------------------- into the field

/** The field's value that says what most of its columns are; earlier ones win. `undefined`: there is nothing to say. */
function storedValue(entries: readonly Entry[]): Value | undefined {
  const inside = entries.filter(({ mapping }) => isInside(mapping));
  const whole = inFolder(wholeValue(entries.filter(({ mapping }) => !isInside(mapping))), entries);
  if (inside.length === 0) return whole;
  const texts = inside.map((entry) => textOf(encoded(entry))).filter((text) => text !== '');
  const isList = inside.some(({ mapping }) => mapping.relation.kind === 'item-of');
  if (whole === undefined) return textValue(texts.join(isList ? ',' : ' | '));
  // A name at the end of a path leaves room for other texts in the path.
  const named = entries.find(({ mapping }) => ['file-name-of', 'account-of'].includes(mapping.relation.kind));
  if (named === undefined || !('separator' in named.mapping.relation)) return whole;
  const { separator } = named.mapping.relation;
  return textValue(['', ...texts, afterLast(textOf(whole), separator)].join(separator));
}

/** A field of which a column is the last part has a part before it. */
function inFolder(whole: Value | undefined, entries: readonly Entry[]): Value | undefined {
  const named = entries.find(({ mapping }) => ['file-name-of', 'account-of'].includes(mapping.relation.kind));
  if (whole === undefined || named === undefined || !('separator' in named.mapping.relation)) return whole;
  const text = textOf(whole);
  const { separator } = named.mapping.relation;
  return text === '' || text.includes(separator) ? whole : encoded({ ...named, value: textValue(text) });
}

/** Whether the column's text is one of several that the field holds. */
function isInside({ relation }: FieldMapping): boolean {
  return relation.kind === 'text-in' || relation.kind === 'keyword' || relation.kind === 'item-of';
}

function wholeValue(entries: readonly Entry[]): Value | undefined {
  const [first, ...others] = entries;
  if (first === undefined) return undefined;
  const { relation } = first.mapping;
  if (relation.kind === 'file-name-of' || relation.kind === 'account-of') {
    const folder = others.find(({ mapping }) => ['folder-of', 'domain-of'].includes(mapping.relation.kind));
    const name = textOf(first.value);
    if (folder !== undefined && name !== '') return textValue(textOf(folder.value) + relation.separator + name);
  }
  if (relation.kind === 'folder-of' || relation.kind === 'domain-of') {
    const name = others.find(({ mapping }) => ['file-name-of', 'account-of'].includes(mapping.relation.kind));
    if (name !== undefined) return textValue(textOf(first.value) + relation.separator + textOf(name.value));
  }
  // The whole path says more than its parts, unless a part comes first.
  const whole = entries.find((entry) => entry.mapping.relation.kind === 'same' && textOf(entry.value) !== '');
  if (whole !== undefined && whole !== first && isPartOf(first, textOf(encoded(whole)))) return encoded(whole);
  if (whole !== undefined && whole !== first && (relation.kind === 'file-name-of' || relation.kind === 'account-of')) {
    // The part that comes first, at the end of the whole.
    const before = beforeLast(textOf(encoded(whole)), relation.separator);
    if (before !== undefined) return textValue(before + relation.separator + textOf(first.value));
  }
  const present = entries.find((entry) => textOf(entry.value) !== '') ?? first;
  return encoded(present);
}

const isPartOf = (entry: Entry, whole: string): boolean =>
  textOf(readBack(entry, textValue(whole))) === textOf(entry.value);

/** The value of one column as the field's. */
function encoded({ mapping, value }: Entry): Value {
  const { relation, values, rewrites } = mapping;
  const text = textOf(value);
  if (values !== undefined) {
    for (const [source, target] of values) if (equalsIgnoringCase(source, text)) return textValue(target);
    return value;
  }
  const written = rewrites === undefined ? text : respell(text, rewrites);
  if (text === '' && relation.kind !== 'ending-tells') return value;
  switch (relation.kind) {
    case 'same':
      return rewrites === undefined ? value : textValue(written);
    case 'file-name-of':
      return textValue(`${relation.separator === '/' ? '/folder' : 'C:\\Folder'}${relation.separator}${written}`);
    case 'folder-of':
    case 'domain-of':
      return textValue(`${written}${relation.separator}name`);
    case 'account-of':
      return textValue(`DOMAIN${relation.separator}${written}`);
    case 'path-of':
    case 'qualified-account':
      return textValue(afterLast(written, relation.separator));
    case 'prefixed':
    case 'item-of':
      return textValue(relation.prefix + written);
    case 'numbered':
      return textValue(/^\d+/.exec(written)?.[0] ?? written);
    case 'ending-tells':
      return textValue(equalsIgnoringCase(text, relation.yes) ? `NAME${relation.ending}` : 'name');
    case 'text-in':
    case 'keyword':
      return textValue(typeof jsonOf(value) === 'object' ? jsonText(jsonOf(value)) : unescaped(written, mapping));
    case 'differs':
      return textValue('present');
  }
}

/** In the text of JSON control characters are escaped, and what stands beside them would change. */
function unescaped(text: string, { json }: FieldMapping): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return json === undefined ? text : text.replace(/[\u0000-\u001f]/g, ' ');
}

function respell(text: string, rewrites: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [from, to] of rewrites) result = replaceAllIgnoringCase(result, from, to);
  return result;
}

function replaceAllIgnoringCase(text: string, from: string, to: string): string {
  return from === '' ? text : text.replace(new RegExp(from.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu'), () => to);
}

const afterLast = (text: string, separator: string): string =>
  text.includes(separator) ? text.slice(text.lastIndexOf(separator) + separator.length) : text;

const beforeLast = (text: string, separator: string): string | undefined =>
  text.includes(separator) ? text.slice(0, text.lastIndexOf(separator)) : undefined;

// ---------------------------------------------------------------------------------------------- and back

/** What the field's value says of the column. */
function readBack(entry: Entry, stored: Value): Value {
  const { mapping, value } = entry;
  const { relation, values, rewrites } = mapping;
  const own = textOf(encoded(entry));
  const text = textOf(stored);
  // One of two words, or the last part of a path, whatever else the source's event may say.
  const isRead = mapping.json !== undefined || ['ending-tells', 'file-name-of', 'account-of'].includes(relation.kind);
  if (own === text && !isRead) return value;
  if (values !== undefined) {
    for (const [source, target] of values) if (equalsIgnoringCase(target, text)) return textValue(source);
    return stored;
  }
  if (rewrites !== undefined && relation.kind === 'same') return textValue(unspelt(text, rewrites));
  switch (relation.kind) {
    case 'same':
      return stored;
    case 'file-name-of':
    case 'account-of':
      return textValue(afterLast(text, relation.separator));
    case 'folder-of':
    case 'domain-of':
      return textValue(beforeLast(text, relation.separator) ?? '');
    case 'path-of':
      return text === '' ? textValue('') : textValue(`C:\\Folder${relation.separator}${text}`);
    case 'qualified-account':
      return textValue(`DOMAIN${relation.separator}${text}`);
    case 'prefixed':
      return textValue(text.startsWith(relation.prefix) ? text.slice(relation.prefix.length) : '');
    case 'numbered':
      return textValue(text);
    case 'ending-tells':
      return textValue(text.endsWith(relation.ending) ? relation.yes : relation.no);
    case 'item-of':
    case 'text-in':
      if (!text.toLowerCase().includes(own.toLowerCase())) return textValue('');
      return typeof jsonOf(value) === 'object' ? value : textValue(own);
    case 'keyword':
    case 'differs':
      return value;
  }
}

function unspelt(text: string, rewrites: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [from, to] of rewrites) result = replaceAllIgnoringCase(result, to, from);
  return result;
}

// ---------------------------------------------------------------------------------------------- places

/** The places of events that a rule speaks of, and all columns that hold no structure. */
export function placesOfEvent(record: EventRecord, read: readonly Field[], types: ColumnTypes): readonly Field[] {
  const own = read.filter((place) => Object.hasOwn(record, place.name) || stores(record.Type, place.name));
  const named = new Set(own.filter((place) => place.path.length === 0).map(({ name }) => name));
  const others = Object.entries(record).flatMap(([name, json]): readonly Field[] =>
    name === 'Type' || named.has(name) || isStructure(json)
      ? []
      : [{ op: 'field', name, path: [], type: types(record.Type, name) ?? 'unknown', span: { start: 0, end: 0 } }],
  );
  return [...own, ...others, ...payloadPlaces(record)];
}

/** The named values of payloads kept as XML. */
function payloadPlaces(record: EventRecord): readonly Field[] {
  return Object.entries(record).flatMap(([name, json]) => {
    const payload = typeof json === 'string' ? payloadOf(json) : undefined;
    if (typeof payload !== 'object' || payload === null) return [];
    return Object.keys(payload).map((key) => field(name, [key], 'dynamic'));
  });
}

const stores = (table: string, column: string): boolean => schemaOf(table)?.columns.has(column) === true;

const isStructure = (json: Json | undefined): boolean => typeof json === 'object' && json !== null;
