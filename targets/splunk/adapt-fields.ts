/** Stored columns of events as Splunk fields, by the crosswalk. */
import { and, call, choose, field, long, match, not, oneOf, or, text } from '../../src/ir/build.ts';
import type { Field, PathStep, Predicate, Scalar } from '../../src/ir/types.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { pathName } from '../fields/constraints.ts';
import type { ColumnLookup, Constraints, FieldMapping } from '../fields/types.ts';
import type { Adapting, Use } from './adapting.ts';
import { escapePattern } from './patterns.ts';
import { insideJson } from './json-places.ts';
import { safeName } from './quoting.ts';
import type { Found, Place } from './rows.ts';
import { RAW, TIME } from './support.ts';

/** Columns that are the event time whatever the table. */
const TIME_COLUMNS: ReadonlySet<string> = new Set(['TimeGenerated']);

export const timePlace = (of: Field): Place => ({
  scalar: field(TIME, [], 'datetime', of.span),
  holds: 'epoch',
});

/** One of several fields that hold a column, and the events in which it does. */
export interface Candidate {
  /** In the table's own columns; empty: all events that no other candidate speaks of. */
  readonly when: Constraints;
  readonly mapping: FieldMapping;
}

/** A column's Splunk counterpart. */
export type Counterpart =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] };

/** The columns of one table's events, of which the constraints hold. */
export class EventFields {
  readonly #adapting: Adapting;
  readonly #table: string;
  readonly #timeColumn: string;
  readonly #constraints: Constraints;
  /** Whether the table has no log source of its own: then its columns keep their names without more ado. */
  readonly #isNative: boolean;

  constructor(adapting: Adapting, table: string, timeColumn: string, constraints: Constraints, isNative: boolean) {
    this.#adapting = adapting;
    this.#table = table;
    this.#timeColumn = timeColumn;
    this.#constraints = constraints;
    this.#isNative = isNative;
  }

  isTime(of: Field): boolean {
    return of.path.length === 0 && (of.name === this.#timeColumn || TIME_COLUMNS.has(of.name));
  }

  counterpart(of: Field, use: Use): Counterpart {
    if (this.isTime(of)) return { kind: 'place', place: timePlace(of) };
    const found = this.#lookup([of.name, ...of.path]);
    if (found === undefined) return { kind: 'place', place: this.#inParent(of) ?? this.#native(of, use) };
    if (found.kind === 'mapped') return { kind: 'place', place: this.#mapped(of, found.mapping, use) };
    const { candidates, complete } = found;
    const [first, ...others] = candidates;
    if (first !== undefined && others.every(({ mapping }) => sameMapping(mapping, first.mapping))) {
      return { kind: 'place', place: this.#mapped(of, first.mapping, use) };
    }
    if (!complete) {
      const message = `Which field holds '${pathName(of)}' depends on the kind of event; for some kinds it is not known.`;
      this.#adapting.noteUse('field-ambiguous', 'narrower', use, of.span, message);
    }
    return { kind: 'candidates', candidates };
  }

  placeOf(of: Field, mapping: FieldMapping, use: Use): Place {
    return this.#mapped(of, mapping, use);
  }

  /**
   * The JSON list that a stored column is: where the crosswalk knows a property of its elements, the list stands before
   * that property's last list mark.
   */
  listOf(of: Field): Field | undefined {
    const known = this.#lookup([of.name, ...of.path]);
    const structure = known?.kind === 'mapped' ? structureAt(of, known.mapping) : undefined;
    if (structure !== undefined) return structure;
    if (known?.kind === 'mapped' && known.mapping.relation.kind === 'same' && !known.mapping.field.includes('{}'))
      return undefined;
    for (const { name, path } of this.#adapting.fields) {
      // The element's properties are read of the expanded column, whose name is often the list's own.
      for (const steps of [path, [name, ...path]]) {
        const property = steps.filter((step) => typeof step === 'string').at(-1);
        if (property === undefined) continue;
        const found = this.#lookup([of.name, ...of.path, property]);
        if (found?.kind !== 'mapped' || !found.mapping.field.includes('{}')) continue;
        const list = found.mapping.field.slice(0, found.mapping.field.lastIndexOf('{}'));
        const positions = of.path.filter((step) => typeof step === 'number');
        const steps_ = jsonPath(list, positions);
        if (steps_ !== undefined) return field(RAW, steps_, 'dynamic', of.span);
      }
    }
    return undefined;
  }

  /** The JSON structure that a stored column is, list or bag: a place above what the crosswalk knows of it. */
  structureOf(of: Field): Field | undefined {
    const list = this.listOf(of);
    if (list !== undefined) return list;
    for (const { name, path } of this.#adapting.fields) {
      const isBelow =
        name === of.name && path.length > of.path.length && of.path.every((step, at) => step === path[at]);
      const found = isBelow ? this.#lookup([name, ...path]) : undefined;
      if (found?.kind !== 'mapped' || found.mapping.relation.kind !== 'same') continue;
      const steps = found.mapping.field.split('.');
      const below = path.slice(of.path.length);
      const above = steps.slice(0, -below.length);
      const isSamePlace = above.length > 0 && below.every((step, at) => step === steps[above.length + at]);
      if (isSamePlace && !above.join('').includes('{}')) return field(RAW, above, 'dynamic', of.span);
    }
    return undefined;
  }

  #lookup(path: readonly PathStep[]): ColumnLookup | undefined {
    return this.#adapting.options.crosswalk.column(this.#table, path, 'splunk', this.#constraints);
  }

  /**
   * How many steps of a place lead to the text that holds it as JSON of its own: what is known as a field has no places
   * but in its text. `undefined`: none is known.
   */
  textDepth(of: Field): number | undefined {
    for (let depth = of.path.length - 1; depth >= 0; depth--) {
      const found = this.#lookup([of.name, ...of.path.slice(0, depth)]);
      if (found === undefined) continue;
      return found.kind === 'mapped' && found.mapping.relation.kind === 'same' && found.mapping.field !== RAW
        ? depth
        : undefined;
    }
    return undefined;
  }

  #mapped(of: Field, mapping: FieldMapping, use: Use): Place {
    const name = `${this.#table}.${pathName(of)}`;
    if (mapping.confidence === 'low') {
      const message = `That '${mapping.field}' is the field for '${name}' is likely, but not attested.`;
      // A field of another name that is only likely the same thing may be the wrong one.
      const effect = mapping.field === pathName(of) ? 'context' : 'differs';
      this.#adapting.noteUse('mapping-uncertain', effect, use, of.span, message, mapping.note);
    }
    if (mapping.field === TIME) return timePlace(of);
    const structure = structureAt(of, mapping);
    if (structure !== undefined) return { scalar: structure, found: inRaw(of), holds: 'stored' };
    const isSame = mapping.relation.kind === 'same' && mapping.values === undefined && mapping.rewrites === undefined;
    const stored = field(mapping.field === '' ? RAW : mapping.field, [], of.type, of.span);
    const positions = of.path.filter((step) => typeof step === 'number');
    const lists = mapping.field.split('{}').length - 1;
    const parts = isSame ? {} : { mapping };
    if (lists === 0) return { scalar: stored, holds: 'stored', ...parts };
    const path = lists === positions.length ? jsonPath(mapping.field, positions) : undefined;
    if (path !== undefined) {
      const found = { field: stored, as: 'value' as const };
      return { scalar: field(RAW, path, of.type, of.span), found, holds: 'stored', ...parts };
    }
    const message = `The field '${mapping.field}' holds the values of all elements of the list: any of them counts for '${name}'.`;
    this.#adapting.noteUse('list-position', 'wider', use, of.span, message);
    return { scalar: stored, holds: 'list', ...parts };
  }

  /** A place inside a structure in the event, or inside a column whose field holds JSON. */
  #inParent(of: Field): Place | undefined {
    for (let length = of.path.length - 1; length >= 0; length--) {
      const above = field(of.name, of.path.slice(0, length), 'dynamic', of.span);
      const found = this.#lookup([above.name, ...above.path]);
      if (found?.kind !== 'mapped') continue;
      const { mapping } = found;
      const below = of.path.slice(length);
      const structure = structureAt(above, mapping);
      if (structure !== undefined) {
        return { scalar: insideJson(structure, below, of.span, true), found: inRaw(of), holds: 'stored' };
      }
      if (mapping.relation.kind !== 'same' || mapping.field === RAW) continue;
      const text = placeOfField(above, mapping);
      if (text === undefined) continue;
      const isPlain = text.path.length === 0;
      return {
        scalar: insideJson(text, below, of.span),
        holds: 'stored',
        ...(isPlain ? { found: inText(text) } : {}),
      };
    }
    return undefined;
  }

  /** A column without counterpart keeps its name. */
  #native(of: Field, use: Use): Place {
    const name = `${this.#table}.${pathName(of)}`;
    this.#adapting.unmapped.add(name);
    if (!this.#isNative) {
      const message = `No Splunk field is known for '${name}': the search expects one of that name.`;
      const hint = 'Name the field in a file for --fields, or extract one of this name.';
      this.#adapting.noteUse('unmapped-field', 'differs', use, of.span, message, hint);
    }
    if (of.path.length > 0 && isTextColumn(this.#table, of.name)) {
      // A text column has no places but in the JSON that it may hold.
      const column = field(safeName(of.name), [], 'string', of.span);
      return { scalar: insideJson(column, of.path, of.span), found: inText(column), holds: 'stored' };
    }
    const positions = of.path.filter((step) => typeof step === 'number');
    const path = [of.name, ...of.path].reduce<string>((written, step) => {
      if (typeof step === 'number') return `${written}{}`;
      return written === '' ? safeName(step) : `${written}.${safeName(step)}`;
    }, '');
    const stored = field(path, [], of.type, of.span);
    const [position] = positions;
    if (position === undefined) return { scalar: stored, holds: 'stored' };
    const message = `The position in '${name}' counts the values that are there, not the elements of the list.`;
    this.#adapting.noteUse('list-position', 'differs', use, of.span, message);
    return {
      scalar: call('element', [stored, long(position)], of.type, of.span),
      found: { field: stored, as: 'value' },
      holds: 'stored',
    };
  }
}

const inText = (text: Field): Found => ({ field: text, as: 'json-text' });

const inRaw = (of: Field): Found => inText(field(RAW, [], 'string', of.span));

/** The JSON structure in the event that a column is, by its mapping; the positions in lists are the column's own. */
function structureAt(of: Field, { json }: FieldMapping): Field | undefined {
  if (json === undefined) return undefined;
  const positions = of.path.filter((step) => typeof step === 'number');
  const lists = json.split('{}').length - 1;
  // A position behind the last list is one in the structure itself.
  const path = lists <= positions.length ? jsonPath(json, positions) : undefined;
  return path === undefined
    ? undefined
    : field(RAW, [...path, ...positions.slice(lists)], of.type === 'string' ? 'string' : 'dynamic', of.span);
}

/** The field of a mapping whose positions in lists are all given. */
function placeOfField(of: Field, mapping: FieldMapping): Field | undefined {
  const positions = of.path.filter((step) => typeof step === 'number');
  const lists = mapping.field.split('{}').length - 1;
  if (lists === 0) return positions.length === 0 ? field(mapping.field, [], 'string', of.span) : undefined;
  const path = lists === positions.length ? jsonPath(mapping.field, positions) : undefined;
  return path === undefined ? undefined : field(RAW, path, 'dynamic', of.span);
}

/** Whether a column is known to hold text: by the table's columns, or by the ending that custom logs give to text. */
function isTextColumn(table: string, column: string): boolean {
  const type = schemaOf(table)?.columns.get(column);
  return type === undefined ? column.endsWith('_s') : type === 'string';
}

function sameMapping(left: FieldMapping, right: FieldMapping): boolean {
  return (
    left.field === right.field &&
    left.relation.kind === right.relation.kind &&
    left.values === right.values &&
    left.rewrites === right.rewrites
  );
}

/** `a{}.b{}` with positions as a path; `undefined` for names that `json_extract` would read otherwise. */
function jsonPath(name: string, positions: readonly number[]): readonly PathStep[] | undefined {
  const path: PathStep[] = [];
  let next = 0;
  for (const part of name.split('.')) {
    const [, key = '', lists = ''] = /^([^{}]+)((?:\{\})*)$/.exec(part) ?? [];
    if (key === '') return undefined;
    path.push(key);
    for (let count = lists.length / 2; count > 0; count--) {
      const position = positions[next++];
      if (position === undefined || position < 0) return undefined;
      path.push(position);
    }
  }
  return path;
}

/** The condition under which a candidate holds, in the table's own columns. */
export function conditionOf({ when }: Candidate, others: readonly Candidate[], of: Field): Predicate {
  if (when.size === 0) {
    const rest = others.filter((other) => other.when.size > 0).map((other) => conditionOf(other, [], of));
    return not(or(rest), of.span);
  }
  return and(
    [...when].map(([column, values]) => {
      const [name = column, ...path] = column.split('.');
      if ([...values].every((value) => /^[0-9]{1,15}$/.test(value))) {
        const numbers = [...values].map((value) => ({ type: 'long' as const, value: BigInt(value) }));
        return oneOf(field(name, path, 'long', of.span), numbers, of.span);
      }
      return match(field(name, path, 'string', of.span), 'equals', [...values], {}, of.span);
    }),
    of.span,
  );
}

/**
 * The column's value computed from the field's; `undefined` where the field's values cannot be turned into the column's.
 */
export function valueFromField(stored: Scalar, mapping: FieldMapping): Scalar | undefined {
  const { relation, values } = mapping;
  if (values !== undefined) {
    if (new Set(values.values()).size < values.size || values.size > 30) return undefined;
    const cases = [...values].map(([column, value]) => ({
      when: match(stored, 'equals', value),
      then: text(column),
    }));
    return choose(cases, stored, 'string', stored.span);
  }
  const make = (
    fn: 'element' | 'split' | 'replaceRegex' | 'concat' | 'substring' | 'extract',
    ...args: readonly Scalar[]
  ): Scalar => call(fn, args, 'string', stored.span);
  switch (relation.kind) {
    case 'same':
      return mapping.rewrites === undefined ? stored : undefined;
    case 'file-name-of':
    case 'account-of':
      return make('element', make('split', stored, text(relation.separator)), long(-1));
    case 'folder-of':
    case 'domain-of': {
      const { separator } = relation;
      if (separator.length !== 1) return undefined;
      const one = escapePattern(separator);
      return make('replaceRegex', stored, text(`(?s)^(?:(.*)${one})?[^${one}]*\\z`), text('\\1'));
    }
    case 'qualified-account': {
      const { domainField, separator } = relation;
      if (domainField === undefined) return undefined;
      return make('concat', field(domainField, [], 'string', stored.span), text(separator), stored);
    }
    case 'prefixed':
      return make('substring', stored, long(relation.prefix.length));
    case 'item-of':
      return make('extract', text(`(?i)(?:^|[,;\\s])${escapePattern(relation.prefix)}([^,;\\s]*)`), long(1), stored);
    case 'ending-tells': {
      const { ending, yes, no } = relation;
      return choose([{ when: match(stored, 'endsWith', ending), then: text(yes) }], text(no), 'string', stored.span);
    }
    case 'path-of':
    case 'numbered':
    case 'text-in':
    case 'keyword':
    case 'differs':
      return undefined;
  }
}
