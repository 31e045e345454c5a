/** Tables step by step: a relation with one more operator, and what becomes of its columns. */
import { call, extend, field, long, project, select, text as textLiteral, unpack } from '../../ir/build.ts';
import type { Field, NamedScalar, PathStep, Relation, Scalar } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Alias, Column, Columns, Payload } from './columns.ts';
import { deriveColumns, plainColumns, typeOfScalar } from './columns.ts';
import type { Lowering, Table } from './context.ts';
import { xmlPartOf } from './payload.ts';
import type { XmlPart } from './payload.ts';
import { textSource } from './scalar.ts';

/** The table that an operator makes of others, with the columns that follow from the operator alone. */
export function tableAbove(run: Lowering, relation: Relation, inputs: readonly Table[]): Table {
  return {
    relation,
    columns: deriveColumns(
      relation,
      inputs.map((input) => input.columns),
      run.schemaOf,
    ),
  };
}

/** The same columns over another relation. */
export function withRelation(table: Table, relation: Relation): Table {
  return relation === table.relation ? table : { ...table, relation };
}

/**
 * The table with everything in its relation that was only kept in mind: computed columns that replace the field they are
 * computed from, and the unpacked properties of a bag.
 */
export function settle(table: Table): Table {
  const virtual = [...table.columns.known].flatMap(([name, column]) =>
    column.virtual === undefined ? [] : [{ name, value: column.virtual }],
  );
  const { payload } = table.columns;
  if (virtual.length === 0 && payload === undefined && table.expansion === undefined) return table;
  const relation = extend(table.relation, virtual, table.relation.span);
  return {
    relation: payload === undefined ? relation : unpackPayload(relation, table.columns, payload),
    columns: plainColumns(table.columns),
  };
}

/**
 * The table as an operator needs it that replaces columns: what is kept in mind and speaks of a replaced column goes into
 * the relation first, while that column still is what it was.
 */
export function settleFor(table: Table, replaced: readonly string[]): Table {
  if (replaced.length === 0) return table;
  const names = new Set(replaced);
  const { payload, known } = table.columns;
  if (payload !== undefined && names.has(payload.bag.name)) return settle(table);
  for (const [name, column] of known) {
    if (column.virtual !== undefined && column.xml !== undefined && names.has(column.xml.of.name) && !names.has(name)) {
      return settle(table);
    }
  }
  return table;
}

/** The properties of a bag that was kept in mind as columns. */
function unpackPayload(relation: Relation, columns: Columns, payload: Payload): Relation {
  const { bag, prefix, alone } = payload;
  const { span } = relation;
  const kept = alone ? select(relation, 'keep', [...new Set([...columns.known.keys(), bag.name])], span) : relation;
  return unpack(kept, bag, prefix, span);
}

/** Columns of an `extend`, each with what it stands for in terms of the others. */
export function extendTable(table: Table, added: readonly NamedScalar[], span: Span): Table {
  const { columns } = table;
  const names = new Set(added.map((column) => column.name));
  const described = added.map((column) => ({
    name: column.name,
    column:
      (isItself(column, columns) ? columns.known.get(column.name) : undefined) ??
      describe(column.value, columns, names),
  }));
  const stored = added.filter(
    (column, index) => described[index]?.column.virtual === undefined && !isItself(column, columns),
  );
  const known = new Map(columns.known);
  // What equals a column that is replaced equals it no more.
  for (const [name, column] of known) {
    const of = column.alias?.of.name ?? column.xml?.of.name;
    if (of !== undefined && names.has(of) && !isKeptInMind(described, of)) known.set(name, { type: column.type });
  }
  for (const { name, column } of described) known.set(name, column);
  return { ...table, relation: extend(table.relation, stored, span), columns: { ...columns, known } };
}

/** `extend X = X` changes nothing. */
function isItself({ name, value }: NamedScalar, columns: Columns): boolean {
  const known = columns.known.get(name);
  return (
    value.op === 'field' &&
    value.path.length === 0 &&
    value.name === name &&
    known !== undefined &&
    known.virtual === undefined
  );
}

function isKeptInMind(described: readonly { readonly name: string; readonly column: Column }[], name: string): boolean {
  return described.every((one) => one.name !== name || one.column.virtual !== undefined);
}

/** What a computed column stands for. `replaced`: the columns that are gone once it is there. */
function describe(value: Scalar, columns: Columns, replaced: ReadonlySet<string>): Column {
  const type = typeOfScalar(value);
  const part = xmlPartOf(value, columns);
  if (isText(part)) return { type };
  // A part of an XML text is computed where it is named: it is seldom needed but to get at what is in it.
  if (part !== undefined) return { type, xml: part, ...(part.part === 'node' ? { virtual: value } : {}) };
  const alias = aliasOf(value, columns);
  return alias === undefined || replaced.has(alias.of.name) ? { type } : { type, alias };
}

/** A text taken out of an XML text by its position. */
function isText(part: XmlPart | undefined): boolean {
  const last = part?.part === 'node' ? part.path[part.path.length - 1] : undefined;
  return typeof last === 'string' && (last === '#text' || last.startsWith('@'));
}

function aliasOf(value: Scalar, columns: Columns): Alias | undefined {
  if (value.op === 'field') {
    const known = value.path.length === 0 ? columns.known.get(value.name) : undefined;
    return known?.alias ?? { of: value, as: 'copy' };
  }
  if (value.op !== 'call') return undefined;
  if (value.fn === 'toText') {
    const source = textSource(value, columns);
    return source === undefined ? undefined : { of: source, as: 'text' };
  }
  if (value.fn === 'parseJson' || value.fn === 'toDynamic') {
    const [inner] = value.args;
    const source = inner === undefined ? undefined : textSource(inner, columns);
    return source === undefined ? undefined : { of: source, as: 'json' };
  }
  return undefined;
}

/** Only these columns; what they stand for stays where their field stays under its own name. */
export function projectTable(table: Table, kept: readonly NamedScalar[], span: Span): Table {
  const { columns, expansion } = table;
  const unchanged = new Set(
    kept.flatMap(({ name, value }) =>
      value.op === 'field' && value.path.length === 0 && value.name === name ? [name] : [],
    ),
  );
  const known = new Map<string, Column>();
  const stored: NamedScalar[] = [];
  let sameRows = true;
  for (const { name, value } of kept) {
    const { alias, xml, type } = describe(value, columns, new Set());
    if (xml?.part === 'node' && unchanged.has(xml.of.name)) {
      known.set(name, { type, xml, virtual: value });
      continue;
    }
    if (xml?.part === 'node') {
      // The text goes on under the column's name, so that what is taken from it later can still be found.
      const text = field(name, [], 'string', span);
      stored.push({ name, value: xml.of });
      known.set(name, { type, xml: { ...xml, of: text }, virtual: nodeScalar(text, xml.path, span) });
      continue;
    }
    stored.push({ name, value });
    const survives = alias !== undefined && unchanged.has(alias.of.name) && alias.of.name !== name;
    if (xml === undefined && !unchanged.has(name)) sameRows = false;
    known.set(name, { type, ...(survives ? { alias } : {}), ...(xml === undefined ? {} : { xml }) });
  }
  return {
    relation: project(table.relation, stored, span),
    columns: { known, open: false },
    ...(expansion !== undefined && sameRows ? { expansion } : {}),
  };
}

function nodeScalar(text: Field, path: readonly PathStep[], span: Span): Scalar {
  return path.reduce<Scalar>(
    (node, step) =>
      call('element', [node, typeof step === 'string' ? textLiteral(step, span) : long(step, span)], 'dynamic', span),
    call('parseXml', [text], 'dynamic', span),
  );
}

/** A column as it is read: the field, or what is computed in its stead. */
export function readColumn(name: string, columns: Columns, span: Span): Scalar {
  const column = columns.known.get(name);
  return column?.virtual ?? field(name, [], column?.type ?? 'unknown', span);
}

/** Whether a table has a column, as far as its columns are known. */
export function hasColumnIn(run: Lowering): (table: string, column: string) => boolean {
  return (table, column) => run.schemaOf(table)?.columns.has(column) ?? true;
}
