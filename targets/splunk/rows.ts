/**
 * Rows under construction: the adapted operators so far, and what the source query's column names stand for. Columns are
 * computed only when something needs them as fields: until then the environment holds what they are functions of, so
 * that conditions reach the events that they are about.
 */
import { call, choose, extend, field, missing, nullOf } from '../../src/ir/build.ts';
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import type { Environment } from '../../src/ir/environment.ts';
import type { Field, Relation, Scalar, ScalarFunction } from '../../src/ir/types.ts';
import type { FieldMapping } from '../fields/types.ts';
import type { Counterpart } from './adapt-fields.ts';
import type { Adapting, Use } from './adapting.ts';
import { fieldNameFor } from './adapting.ts';
import { insideJson } from './json-places.ts';
import { RAW } from './support.ts';
import { unsayable } from './unsayable.ts';

/** A field that has a value of another place: among its own values, or somewhere in its text, written as JSON. */
export interface Found {
  readonly field: Field;
  readonly as: 'value' | 'json-text';
}

/** How a column of the rows is written in Splunk. */
export interface Place {
  /** A field, or what computes the column from fields. */
  readonly scalar: Scalar;
  /** How the field's values relate to the column's, where they are not the same. */
  readonly mapping?: FieldMapping;
  /** `epoch`: an instant in seconds; `stored`: as the event has it; `list`: a multivalue field. */
  readonly holds: 'epoch' | 'stored' | 'list';
  /** Where the column's value is found, too: tests of that may run beforehand. */
  readonly found?: Found;
  /** The stored column that it is an element of. */
  readonly elementOf?: Field;
}

/** How fields of the rows' lower side are found: stored columns of events. */
export interface Placing {
  counterpart(of: Field, use: Use): Counterpart;
  /** The place of a field under one of several mappings. */
  placeOf(of: Field, mapping: FieldMapping, use: Use): Place;
  /** The JSON list in the event whose elements have the column's properties. */
  listOf?(of: Field): Field | undefined;
  /** The JSON structure in the event that a stored column is. */
  structureOf?(of: Field): Field | undefined;
  /** How many steps of a place lead to the text that holds it as JSON of its own. */
  textDepth?(of: Field): number | undefined;
}

interface Extraction {
  readonly group: number;
  readonly step: Step;
}

type Step = (input: Relation) => Relation;

/** A plain field: no place inside one. */
export function isPlainField(scalar: Scalar): scalar is Field {
  return scalar.op === 'field' && scalar.path.length === 0;
}

/** Functions whose results are multivalue. */
export const LIST_FUNCTIONS: ReadonlySet<ScalarFunction> = new Set([
  'split',
  'extractAll',
  'arraySlice',
  'arrayConcat',
  'parseJson',
  'setUnion',
]);

/** Functions that give a text its type. */
const CONVERSIONS: ReadonlySet<ScalarFunction> = new Set(['toText', 'toLong', 'toReal']);

/** A name that a capture group can have. */
function groupName(wanted: string): string {
  const safe = wanted.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 30);
  return /^[A-Za-z]/.test(safe) ? safe : `group_${safe}`;
}

/** Marks names of the environment's lower side that stand for Splunk fields, not for stored columns. */
const OWN = '\u0000';

export class Rows {
  readonly adapting: Adapting;
  environment: Environment;
  /** Whether the rows may hold fields that nobody mentioned: events do. */
  isOpen: boolean;
  readonly taken: Set<string>;
  #source: Relation;
  #steps: Step[] = [];
  readonly #placing: Placing | undefined;
  readonly #lists = new Set<string>();
  readonly #found = new Map<string, Found>();
  readonly #computed = new Map<string, Field>();
  readonly #computedNames = new Set<string>();
  readonly #own = new Map<string, Place>();
  /** The extractions by their pattern and subject, in the order of their groups. */
  readonly #extractions = new Map<string, readonly Extraction[]>();

  constructor(parts: {
    readonly adapting: Adapting;
    readonly source: Relation;
    readonly environment: Environment;
    readonly isOpen: boolean;
    readonly placing?: Placing;
    readonly taken?: Iterable<string>;
  }) {
    this.adapting = parts.adapting;
    this.#source = parts.source;
    this.environment = parts.environment;
    this.isOpen = parts.isOpen;
    this.#placing = parts.placing;
    this.taken = new Set(parts.taken);
  }

  get relation(): Relation {
    return this.#steps.reduce<Relation>((input, step) => step(input), this.#source);
  }

  /** How many operators there are above the source. */
  get height(): number {
    return this.#steps.length;
  }

  append(step: Step): void {
    this.#steps.push(step);
  }

  /** Puts operators below those that were added since the rows had this height. */
  insertBelow(height: number, steps: readonly Step[]): void {
    this.#steps.splice(height, 0, ...steps);
  }

  /** What a field of the environment's lower side is in Splunk; `undefined`: there is no such column. */
  counterpart(of: Field, use: Use): Counterpart | undefined {
    const own = this.#own.get(of.name);
    if (own === undefined) {
      const found = this.#placing?.counterpart(of, use);
      if (found?.kind === 'place') this.#noticePlace(found.place);
      return found;
    }
    if (of.path.length === 0) return { kind: 'place', place: own };
    return { kind: 'place', place: { scalar: this.#insideOwn(own, of), holds: 'stored' } };
  }

  /** A place inside a column that has become a field. Throws {@link Unsayable}. */
  #insideOwn({ scalar, elementOf }: Place, of: Field): Scalar {
    if (isPlainField(scalar) && scalar.name === RAW)
      return unsayable(of, 'Of this column only the text of the event is known, which has no such place.');
    const { path, span } = of;
    const depth =
      elementOf === undefined
        ? undefined
        : this.#placing?.textDepth?.(field(elementOf.name, [...elementOf.path, ...path], 'dynamic', span));
    const known = depth === undefined || elementOf === undefined ? 0 : depth - elementOf.path.length;
    if (known <= 0 || scalar.op !== 'field') return insideJson(scalar, path, span);
    const text = field(scalar.name, [...scalar.path, ...path.slice(0, known)], 'dynamic', span);
    return insideJson(text, path.slice(known), span);
  }

  /** The place of a field under one of several mappings. */
  placeOfMapping(of: Field, mapping: FieldMapping, use: Use): Place {
    const place = this.#placing?.placeOf(of, mapping, use) ?? { scalar: of, holds: 'stored' };
    this.#noticePlace(place);
    return place;
  }

  #noticePlace({ scalar, holds, found }: Place): void {
    if (found !== undefined) this.setFound(scalar, found);
    if (scalar.op !== 'field') return;
    this.taken.add(scalar.name);
    if (holds === 'list') this.#lists.add(scalar.name);
  }

  setFound(of: Scalar, found: Found): void {
    this.#found.set(canonicalTextOfScalar(of), found);
    this.taken.add(found.field.name);
  }

  /** Where else a scalar's value is found. */
  foundIn(of: Scalar): Found | undefined {
    return this.#found.get(canonicalTextOfScalar(of));
  }

  /** Whether a field is multivalue. */
  isList(of: Field): boolean {
    return this.#lists.has(of.name);
  }

  /** Whether a field is one that {@link compute} made. */
  isComputed(of: Field): boolean {
    return this.#computedNames.has(of.name);
  }

  /** A name of the lower side for a Splunk field, for use in the environment. */
  own(place: Place): Field {
    const name = `${OWN}${this.#own.size}`;
    this.#own.set(name, place);
    this.#noticePlace(place);
    const type = place.holds === 'epoch' ? 'datetime' : place.scalar.op === 'field' ? place.scalar.type : 'unknown';
    return field(name, [], type, place.scalar.span);
  }

  /** Gives a column a value that is a Splunk field. */
  setColumn(name: string, place: Place): void {
    this.setColumns([[name, place]]);
  }

  /** Gives columns values that are Splunk fields: at once, for an environment is copied when it changes. */
  setColumns(places: Iterable<readonly [name: string, place: Place]>): void {
    const columns = new Map(this.environment.columns);
    const hidden = new Set(this.environment.hidden);
    for (const [name, place] of places) {
      columns.set(name, this.own(place));
      hidden.delete(name);
    }
    this.environment = { ...this.environment, columns, hidden };
  }

  /** A Splunk field name that nothing else uses. */
  freshName(wanted: string): string {
    const base = fieldNameFor(wanted);
    let name = base;
    for (let count = 2; this.taken.has(name); count++) name = `${base}_${count}`;
    this.taken.add(name);
    return name;
  }

  /**
   * Keys that are no texts and missing are filled with the empty text where rows are grouped or joined by them: behind
   * that they are missing again.
   */
  restoreMissing(key: Field): void {
    const cases = [{ when: missing(key, 'empty'), then: nullOf('unknown') }];
    this.append((input) => extend(input, [{ name: key.name, value: choose(cases, key, 'unknown') }]));
  }

  /** The value under this very name, whatever it held before. */
  computeAs(value: Scalar, name: string): Field {
    this.taken.add(name);
    this.append((input) => extend(input, [{ name, value }]));
    return field(name, [], 'type' in value ? value.type : 'unknown', value.span);
  }

  /** The JSON list in the event below which the columns of a stored list's elements stand; `undefined`: not known. */
  storedList(of: Field): Field | undefined {
    return this.#placing?.listOf?.(of);
  }

  /** The JSON structure in the event that a stored column is; `undefined`: not known. */
  storedStructure(of: Field): Field | undefined {
    return this.#placing?.structureOf?.(of);
  }

  /** A field that holds the value: an `extend` of its own, unless there is one already. */
  compute(value: Scalar, wanted: string): Field {
    const key = canonicalTextOfScalar(value);
    const known = this.#computed.get(key);
    if (known !== undefined) return known;
    const isExtraction = value.op === 'call' && (value.fn === 'extract' || value.fn === 'extractAll');
    const name = this.freshName(isExtraction ? groupName(wanted) : wanted);
    if (isExtraction) this.#extract(name, value);
    else this.append((input) => extend(input, [{ name, value }]));
    if (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) this.#lists.add(name);
    const made = field(name, [], 'type' in value ? value.type : 'unknown', value.span);
    this.#computed.set(key, made);
    this.#computedNames.add(name);
    return made;
  }

  /** A field's value turned into a number, in its place. */
  asNumber(of: Field): Field {
    const value = call('toReal', [of], 'real', of.span);
    const key = canonicalTextOfScalar(value);
    const made = this.#computed.get(key) ?? field(of.name, [], 'real', of.span);
    if (!this.#computed.has(key)) this.append((input) => extend(input, [{ name: of.name, value }]));
    this.#computed.set(key, made);
    return made;
  }

  /** An extraction: beside those of other groups of the same pattern, in the order of the groups. */
  #extract(name: string, value: Extract<Scalar, { op: 'call' }>): void {
    const [pattern, group, subject] = value.args;
    const number = group?.op === 'literal' && group.value.type === 'long' ? Number(group.value.value) : undefined;
    const extraction: Extraction = { group: number ?? 0, step: (input) => extend(input, [{ name, value }]) };
    // An extraction that finds nothing leaves a field as it was: it must not be there before.
    const clear: Step = (input) => extend(input, [{ name, value: nullOf('unknown', value.span) }]);
    const isShared = value.fn === 'extract' && pattern !== undefined && subject !== undefined && number !== undefined;
    const key = isShared ? `${canonicalTextOfScalar(pattern)} ${canonicalTextOfScalar(subject)}` : name;
    const others = this.#extractions.get(key) ?? [];
    const [first] = others;
    if (first === undefined) this.#steps.push(clear, extraction.step);
    else {
      this.#steps.splice(this.#steps.indexOf(first.step), 0, clear);
      const before = others.filter((other) => other.group < extraction.group).at(-1);
      const at = before === undefined ? this.#steps.indexOf(first.step) : this.#steps.indexOf(before.step) + 1;
      this.#steps.splice(at, 0, extraction.step);
    }
    this.#extractions.set(
      key,
      [...others, extraction].sort((left, right) => left.group - right.group),
    );
  }

  /** The name of the column that stands for a value of the lower side, if one does. */
  columnNamed(value: Scalar): string | undefined {
    const key = canonicalTextOfScalar(value);
    for (const [name, of] of this.environment.columns) {
      const inner = of.op === 'call' && CONVERSIONS.has(of.fn) ? (of.args[0] ?? of) : of;
      if (canonicalTextOfScalar(of) === key || canonicalTextOfScalar(inner) === key) return name;
    }
    return undefined;
  }
}
