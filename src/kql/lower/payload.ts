/**
 * XML payloads: `EventData` of Windows events is an XML text with a list of named values, `<Data Name="Image">..</Data>`.
 * Queries turn that list into columns in several ways: expand the elements and pivot them, collect them in a bag, pick one
 * by its name. All of them mean "the column of the payload with this name", and that is how the Detection says it: the
 * field `EventData`, path `['Image']`. What happens to the elements on the way is followed on the neutral form, not on the
 * text of the query.
 */
import { field } from '../../ir/build.ts';
import type { Field, PathStep, Predicate, Scalar } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Columns } from './columns.ts';
import type { Table } from './context.ts';

/** A part of the XML text in a field. */
export type XmlPart = { readonly of: Field } &
  /** The document (empty path) or what stands below it. */
  (
    | { readonly part: 'node'; readonly path: readonly PathStep[] }
    /** One `<Data>` element; `name` where it is known which. */
    | { readonly part: 'element'; readonly name?: string }
    | { readonly part: 'name'; readonly name?: string }
    | { readonly part: 'value'; readonly name?: string }
    /** All elements as a bag from names to values. */
    | { readonly part: 'bag' }
  );

/**
 * The rows are the elements of a list of named values. `base` is the table before the expansion, with everything that
 * has been done since and does not concern the elements.
 */
export interface Expansion {
  readonly base: Table;
  readonly of: Field;
  /** The elements stand inside an `mv-apply`: the rows of the base come out beside what is made of them. */
  readonly inApply: boolean;
}

/** The part of a payload that a scalar is. */
export function xmlPartOf(scalar: Scalar, columns: Columns): XmlPart | undefined {
  if (scalar.op === 'field') {
    const part = columns.known.get(scalar.name)?.xml;
    // What stands below a text by name is a column of the payload already.
    if (part === undefined || (part.part === 'node' && scalar.path.length > 0)) return undefined;
    return stepsBelow(part, scalar.path);
  }
  if (scalar.op !== 'call') return undefined;
  const [first, second] = scalar.args;
  if (first === undefined) return undefined;
  const { fn } = scalar;
  if (fn === 'parseXml') return first.op === 'field' ? { part: 'node', of: first, path: [] } : undefined;
  const part = xmlPartOf(first, columns);
  if (part === undefined) return undefined;
  if (fn === 'element') {
    const step = stepOf(second);
    return step === undefined ? undefined : stepsBelow(part, [step]);
  }
  if (fn === 'toText' || fn === 'toDynamic') return part.part === 'name' || part.part === 'value' ? part : undefined;
  if (fn === 'makeBag' && second !== undefined && scalar.args.length === 2) {
    const isPair = part.part === 'name' && xmlPartOf(second, columns)?.part === 'value';
    return isPair ? { part: 'bag', of: part.of } : undefined;
  }
  return undefined;
}

function stepOf(key: Scalar | undefined): PathStep | undefined {
  if (key?.op !== 'literal') return undefined;
  if (key.value.type === 'string') return key.value.value;
  return key.value.type === 'long' ? Number(key.value.value) : undefined;
}

function stepsBelow(start: XmlPart, steps: readonly PathStep[]): XmlPart | undefined {
  let part: XmlPart | undefined = start;
  for (const step of steps) {
    if (part === undefined) return undefined;
    part = stepBelow(part, step);
  }
  return part;
}

function stepBelow(part: XmlPart, step: PathStep): XmlPart | undefined {
  switch (part.part) {
    case 'node':
      return { ...part, path: [...part.path, step] };
    case 'element': {
      const { of, name } = part;
      const named = name === undefined ? {} : { name };
      if (step === '@Name') return { part: 'name', of, ...named };
      return step === '#text' ? { part: 'value', of, ...named } : undefined;
    }
    case 'bag':
      return typeof step === 'string' ? { part: 'value', of: part.of, name: step } : undefined;
    case 'name':
    case 'value':
      return undefined;
  }
}

/** Whether the part is the list of named values: the `<Data>` elements of the document. */
export function isNamedList(part: XmlPart | undefined): part is Extract<XmlPart, { readonly part: 'node' }> {
  return part?.part === 'node' && part.path[part.path.length - 1] === 'Data';
}

/** The column of the payload with this name. */
export function payloadField(of: Field, name: string, span: Span): Field {
  return field(of.name, [...of.path, name], 'string', span);
}

/** The names that a predicate asks the element to have, when it asks nothing else: `['@Name'] == "Image"`. */
export function namesAskedFor(predicate: Predicate, columns: Columns): readonly string[] | undefined {
  if (predicate.op !== 'match' || predicate.test !== 'equals' || predicate.quantifier !== 'any') return undefined;
  return xmlPartOf(predicate.subject, columns)?.part === 'name' ? predicate.values : undefined;
}

/** Columns that hold no part of the elements: what may be done to the base instead. */
export function concernsElements(reads: Iterable<string>, columns: Columns): boolean {
  for (const name of reads) {
    const part = columns.known.get(name)?.xml?.part;
    if (part === 'element' || part === 'name' || part === 'value') return true;
  }
  return false;
}
