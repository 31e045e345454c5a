/** Columns of a table as UDM fields, and scalars over them. */
import * as b from '../../src/ir/build.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field, PathStep, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, outsideSubqueries, rewriteScalar, scalarPart } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import { kqlName } from '../../src/kql/raise/names.ts';
import type { ColumnLookup, Constraints, FieldMapping } from '../fields/types.ts';
import { scalarOfField } from './adapt-kind.ts';
import { inSeconds } from './adapt-times.ts';
import { type Adapting, addNote } from './adapting.ts';
import { phraseScalar, stringOf } from './phrase-scalar.ts';
import { parseMappedField } from './udm-path.ts';
import { wordScalar } from './wording.ts';

/** Where the columns of a predicate stand: a table, and what is known of its events. */
export interface Place {
  readonly adapting: Adapting;
  readonly table: string;
  readonly constraints: Constraints;
  /** How the rule's firing depends on this place. */
  readonly polarity: Polarity;
}

/** The beginning of a text, on one line. */
export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};

/** The column under a scalar that is one: a field, a property of it, any element of it. */
export function columnUnder(scalar: Scalar): Field | undefined {
  if (scalar.op === 'field') return scalar;
  if (scalar.op !== 'call') return undefined;
  const [inner, step] = scalar.args;
  if (inner === undefined) return undefined;
  if (scalar.fn === 'anyElement') return columnUnder(inner);
  if (scalar.fn === 'toText' || scalar.fn === 'toDynamic') return columnUnder(inner);
  if (scalar.fn !== 'element' || step?.op !== 'literal') return undefined;
  const column = columnUnder(inner);
  const key: PathStep | undefined =
    step.value.type === 'string' ? step.value.value : step.value.type === 'long' ? Number(step.value.value) : undefined;
  if (column === undefined || key === undefined) return undefined;
  return { ...column, path: [...column.path, key], type: 'dynamic', span: scalar.span };
}

/** A column as it is written. */
export const nameOf = (column: Field): string =>
  [column.name, ...column.path.filter((step) => typeof step === 'string')].join('.');

export function lookUp(place: Place, column: Field): ColumnLookup | undefined {
  const path = [column.name, ...column.path];
  return place.adapting.options.crosswalk.column(place.table, path, 'udm', place.constraints);
}

/**
 * A guess that decides whether the rule fires may miss events and find others, until somebody has checked it: `differs`. A
 * guess that is only shown, and a remark on a mapping that is known, change no alert.
 */
export function noteMapping(place: Place, mapping: FieldMapping, name: string, use: Use, span: Span): void {
  if (mapping.confidence === 'high' && mapping.note === undefined) return;
  const { notes } = place.adapting;
  const effect = mapping.confidence === 'low' && use !== 'shown' ? 'differs' : 'context';
  const message = `${name} is taken to be ${mapping.field}${mapping.note === undefined ? '; check it on your data.' : `: ${mapping.note}`}`;
  if (notes.some((note) => note.message === message && (note.effect === effect || effect === 'context'))) return;
  addNote(place.adapting, 'uncertain-mapping', effect, span, message);
}

/** A scalar over columns as one over UDM fields; a sentence that says why there is none. */
export function adaptScalar(place: Place, scalar: Scalar, use: Use = 'value'): Scalar | string {
  let failure: string | undefined;
  const fields = new Map<Field, Scalar>();
  for (const column of fieldsOf(scalarPart(scalar), outsideSubqueries)) {
    const found = adaptColumn(place, column, columnUnder(scalar) === column ? use : 'value');
    if (typeof found === 'string') failure ??= found;
    else fields.set(column, found);
  }
  if (failure !== undefined) return failure;
  const whole = columnUnder(scalar);
  if (whole !== undefined && scalar.op !== 'field') {
    const found = adaptColumn(place, whole, use);
    if (typeof found !== 'string') return found;
  }
  const worded = wordScalar(
    rewriteScalar(scalar, { scalar: (node) => (node.op === 'field' ? (fields.get(node) ?? node) : node) }),
  );
  return sayable(inSeconds(worded)) ? worded : `YARA-L has nothing with the meaning of ${constructOf(worded)}.`;
}

const sayable = (scalar: Scalar): boolean => phraseScalar(scalar, () => stringOf('')) !== undefined;

/** What is not sayable in a scalar, in words. */
function constructOf(scalar: Scalar): string {
  switch (scalar.op) {
    case 'call': {
      const inner = scalar.args.find((arg) => !sayable(arg));
      return inner === undefined ? `the function ${kqlName(scalar)}` : constructOf(inner);
    }
    case 'literal':
      return `a value of type ${b.typeOfValue(scalar.value)}`;
    case 'now':
      return 'the present time';
    case 'choose':
      return 'a choice between values in the events section';
    case 'query':
      return 'the result of a query';
    case 'opaque':
      return `'${excerpt(scalar.text)}'`;
    case 'field':
    case 'anyField':
    case 'test':
      return 'this value';
  }
}

/**
 * What a column is wanted for: its `value`; to `group` by, for which another value will do as long as it is another one
 * for another value of the column; to be `shown`.
 */
export type Use = 'value' | 'group' | 'shown';

function isFit({ relation: { kind }, values, rewrites }: FieldMapping, use: Use): boolean {
  if (use === 'shown') return kind !== 'keyword';
  if (values !== undefined || rewrites !== undefined) return false;
  return kind === 'same' || (use === 'group' && kind === 'prefixed');
}

/** A column as a UDM field that is fit for the use. */
export function adaptColumn(place: Place, column: Field, use: Use): Scalar | string {
  const name = `${place.table}.${nameOf(column)}`;
  const found = lookUp(place, column);
  if (found === undefined) {
    place.adapting.unmapped.add(name);
    return `${name} has no known field in UDM.`;
  }
  const mappings = found.kind === 'mapped' ? [found.mapping] : found.candidates.map(({ mapping }) => mapping);
  const [mapping] = mappings;
  if (mapping === undefined || mappings.some(({ field }) => field !== mapping.field)) {
    return `${name} is another UDM field for other events: ${mappings.map(({ field }) => field).join(', ')}.`;
  }
  if (!isFit(mapping, use)) return `${name}: ${mapping.field} writes the value in another way.`;
  const field = parseMappedField(mapping.field, column.span);
  if (field === undefined || field.name.startsWith('graph.')) {
    return `${name} is kept in the entity graph, which takes an event variable of its own.`;
  }
  noteMapping(place, mapping, name, use, column.span);
  return scalarOfField(field);
}
