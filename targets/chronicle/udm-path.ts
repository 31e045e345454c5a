/**
 * UDM fields in a Detection. A field's name is its dotted path, its `path` the map key or list index behind it:
 * `additional.fields["x"]` is name `additional.fields`, path `['x']`. Where a rule has several event variables, the name
 * is a column `e1.<text of the field>`.
 */
import { field } from '../../src/ir/build.ts';
import type { Field } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { quote, unquote } from './lexical.ts';
import type { Segment } from './tree.ts';
import { scalarTypeOf } from './udm.ts';

const NAME = /^[A-Za-z0-9_]+$/;

/** A UDM field with the type that its path settles. */
export function udmField(name: string, path: Field['path'], span: Span): Field {
  return field(name, path, scalarTypeOf(name, path[0]), span);
}

/** The crosswalk's way to write a field: `a.b`, `a.b[key]`; also `a.b["key"]`. `undefined` when it is no UDM path. */
export function parseMappedField(text: string, span: Span): Field | undefined {
  const found = /^([A-Za-z0-9_.]+)(?:\[(.*)\])?$/s.exec(text);
  const name = found?.[1];
  if (name === undefined || !name.split('.').every((part) => NAME.test(part))) return undefined;
  const key = found?.[2];
  if (key === undefined) return udmField(name, [], span);
  return udmField(name, [/^".*"$/s.test(key) ? unquote(key) : key], span);
}

/** A field as it is written behind the event variable and its dot. */
export function textOfField({ name, path }: Field): string {
  return name + path.map((step) => (typeof step === 'number' ? `[${step}]` : `[${quote(step)}]`)).join('');
}

/** The column that holds an event variable's field. */
export const columnOf = (variable: string, text: string): string => `${variable}.${text}`;

/** The event variable and the rest of a column made by {@link columnOf}. */
export function splitColumn(column: string): { readonly variable: string; readonly text: string } | undefined {
  const dot = column.indexOf('.');
  return dot < 0 ? undefined : { variable: column.slice(0, dot), text: column.slice(dot + 1) };
}

/** The segments of a field's text; see {@link textOfField}. */
export function segmentsOfText(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  for (const [part, name, index] of text.matchAll(/\.?([A-Za-z0-9_]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gs)) {
    if (name !== undefined) segments.push({ kind: 'name', name });
    else if (index !== undefined) segments.push({ kind: 'index', index: Number(index) });
    else segments.push({ kind: 'key', key: unquote(part.slice(1, -1)) });
  }
  return segments;
}

/**
 * The field that a path of segments names. The source prefix `udm.` is left out, for it is the default; steps behind the
 * first key or index have no place in a field and are kept in the path.
 */
export function fieldOfSegments(segments: readonly Segment[], span: Span): Field {
  const names: string[] = [];
  const path: (string | number)[] = [];
  for (const segment of segments) {
    if (segment.kind === 'index') path.push(segment.index);
    else if (segment.kind === 'key') path.push(segment.key);
    else if (path.length === 0) names.push(segment.name);
    else path.push(segment.name);
  }
  if (names.length > 1 && names[0] === 'udm') names.shift();
  return udmField(names.join('.'), path, span);
}
