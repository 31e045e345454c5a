/**
 * What is known of a relation's columns: their names, in order, and types; and, while a query is lowered, what each of
 * them stands for in terms of the others.
 */
import type { Field, Measure, Relation, Scalar, ScalarFunction, ScalarType } from '../../ir/types.ts';
import { APPLY_INPUT } from '../../ir/types.ts';
import { resultTypeOf } from '../../ir/functions.ts';
import { typeOfValue } from '../../ir/build.ts';
import { plugin } from '../functions.ts';
import type { KnownSchema } from './context.ts';
import type { XmlPart } from './payload.ts';

/**
 * What a column equals. `copy`: the field's value itself; `text`: its value as text (`tostring`); `json`: the structure
 * that its text holds, so that a path below the column is a path below the field.
 */
export interface Alias {
  readonly of: Field;
  readonly as: 'copy' | 'text' | 'json';
}

export interface Column {
  readonly type: ScalarType;
  readonly alias?: Alias;
  /** The part of an event's XML payload that it holds. */
  readonly xml?: XmlPart;
  /** The column is not stored in the relation but computed wherever it is named. */
  readonly virtual?: Scalar;
}

export interface Columns {
  readonly known: ReadonlyMap<string, Column>;
  /** Whether there may be columns beyond those known. */
  readonly open: boolean;
  /**
   * Names that are not known are properties of this field: a bag was unpacked that is still in the row. With a prefix,
   * only names that begin with it.
   */
  readonly payload?: Payload;
}

export interface Payload {
  readonly bag: Field;
  readonly prefix: string;
  /** The type of its properties. */
  readonly type: ScalarType;
  /** The other columns of the relation are gone: only those known and the properties are left (`pivot`). */
  readonly alone: boolean;
}

export const OPEN_COLUMNS: Columns = { known: new Map(), open: true };

export function closedColumns(columns: Iterable<readonly [string, ScalarType]>): Columns {
  return { known: new Map(Array.from(columns, ([name, type]) => [name, { type }])), open: false };
}

/** The type of a scalar's value as far as it is known. */
export function typeOfScalar(scalar: Scalar): ScalarType {
  switch (scalar.op) {
    case 'field':
    case 'call':
    case 'choose':
    case 'query':
      return scalar.type;
    case 'literal':
      return typeOfValue(scalar.value);
    case 'anyField':
      return 'string';
    case 'now':
      return 'datetime';
    case 'test':
      return 'bool';
    case 'opaque':
      return 'unknown';
  }
}

/** Tables that grow columns of their own, whatever a list says. */
function growsColumns(table: string): boolean {
  return table.endsWith('_CL') || table === 'AzureDiagnostics' || table === 'AzureMetrics' || table.includes('*');
}

const ofSchemas = new WeakMap<KnownSchema, Columns>();

/** The columns of a stored table, from its schema. */
export function columnsOfTable(table: string, schema: KnownSchema | undefined): Columns {
  if (schema === undefined) return { known: new Map([['TimeGenerated', { type: 'datetime' as const }]]), open: true };
  const columns = ofSchemas.get(schema) ?? closedColumns(schema.columns);
  ofSchemas.set(schema, columns);
  return growsColumns(table) ? { ...columns, open: true } : columns;
}

// ---------------------------------------------------------------------------------------------- changes

/** Columns with some added or replaced; what stood for a replaced column stands no more. */
export function withColumns(
  columns: Columns,
  added: readonly { readonly name: string; readonly column: Column }[],
): Columns {
  const known = new Map(columns.known);
  const names = new Set(added.map((one) => one.name));
  forget(known, (name) => names.has(name));
  for (const { name, column } of added) known.set(name, column);
  return { ...columns, known };
}

/** Drops what is known of columns in terms of fields that are gone or changed. */
function forget(known: Map<string, Column>, changed: (name: string) => boolean): void {
  for (const [name, column] of known) {
    const of = column.alias?.of.name ?? column.xml?.of.name;
    if (of !== undefined && column.virtual === undefined && changed(of)) known.set(name, { type: column.type });
  }
}

/** Only these columns, each under its new name; aliases stay where their field stays under its own name. */
export function keepColumns(columns: readonly { readonly name: string; readonly column: Column }[]): Columns {
  const known = new Map<string, Column>();
  for (const { name, column } of columns) known.set(name, column);
  const stays = (name: string): boolean => known.has(name);
  forget(known, (name) => !stays(name));
  return { known, open: false };
}

/** Without the columns that a test picks. */
export function withoutColumns(columns: Columns, dropped: (name: string) => boolean): Columns {
  const known = new Map([...columns.known].filter(([name]) => !dropped(name)));
  forget(known, dropped);
  return { ...columns, known };
}

/** Without anything said about what columns stand for. */
export function plainColumns(columns: Columns): Columns {
  return {
    known: new Map([...columns.known].map(([name, { type }]) => [name, { type }])),
    open: columns.open || columns.payload !== undefined,
  };
}

/** A name that is not taken: the name itself, else with 1, 2 ... appended. */
export function uniqueName(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name;
  const numbers = tried.get(taken) ?? new Map<string, number>();
  tried.set(taken, numbers);
  let number = numbers.get(name) ?? 1;
  while (taken.has(`${name}${number}`)) number++;
  numbers.set(name, number);
  return `${name}${number}`;
}

/** The numbers up to which a name is known to be taken: what is taken once stays so. */
const tried = new WeakMap<object, Map<string, number>>();

// ---------------------------------------------------------------------------------------------- columns of the neutral form

/** The columns that a measure gives: `argMax` and `argMin` give those of the row beside the value. */
export function columnsOfMeasure(
  measure: Measure,
  input: Columns,
  by: ReadonlySet<string>,
): readonly (readonly [string, Column])[] {
  const type = typeOfMeasure(measure);
  if (measure.fn !== 'argMax' && measure.fn !== 'argMin') return [[measure.name, { type }]];
  const value = measure.args[0];
  const found: (readonly [string, Column])[] = [
    [measure.name, { type: value === undefined ? 'unknown' : typeOfScalar(value) }],
  ];
  const rest = measure.args.slice(1);
  if (rest.length === 0) {
    for (const [name, column] of input.known) {
      if (!by.has(name) && name !== measure.name) found.push([name, { type: column.type }]);
    }
  }
  for (const arg of rest)
    if (arg.op === 'field')
      found.push([arg.path.length === 0 ? arg.name : [arg.name, ...arg.path].join('_'), { type: arg.type }]);
  return found;
}

function typeOfMeasure(measure: Measure): ScalarType {
  const first = measure.args[0];
  const type = first === undefined ? 'unknown' : typeOfScalar(first);
  switch (measure.fn) {
    case 'count':
    case 'countDistinct':
    case 'binaryAnd':
    case 'binaryOr':
      return 'long';
    case 'sum':
    case 'min':
    case 'max':
    case 'percentile':
    case 'any':
    case 'argMax':
    case 'argMin':
      return type;
    case 'average':
      return type === 'datetime' || type === 'timespan' ? type : 'real';
    case 'standardDeviation':
    case 'variance':
      return 'real';
    case 'list':
    case 'set':
    case 'bag':
    case 'hll':
      return 'dynamic';
    case 'other':
      return 'unknown';
  }
}

export interface JoinColumns {
  readonly columns: Columns;
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
}

/** The rows inside an `apply`: whatever columns they have, this name stands for. */
const ELEMENT_COLUMNS: Columns = { known: new Map([[APPLY_INPUT, { type: 'unknown' }]]), open: false };

/** The columns of one operator from those of its inputs. Says nothing of what columns stand for. */
export function deriveColumns(
  node: Relation,
  inputs: readonly Columns[],
  schemaOf: (table: string) => KnownSchema | undefined,
): Columns {
  const input = inputs[0] ?? OPEN_COLUMNS;
  switch (node.op) {
    case 'source':
      return node.table === APPLY_INPUT ? ELEMENT_COLUMNS : columnsOfTable(node.table, schemaOf(node.table));
    case 'literal':
      return closedColumns(node.columns.map(({ name, type }) => [name, type]));
    case 'reference':
      return {
        ...closedColumns(node.columns.map(({ name, type }) => [name, type])),
        open: node.kind === 'watchlist',
      };
    case 'filter':
    case 'sort':
    case 'top':
    case 'take':
      return input;
    case 'extend':
      return withColumns(
        input,
        node.columns.map(({ name, value }) => ({ name, column: { type: typeOfScalar(value) } })),
      );
    case 'project':
      return closedColumns(node.columns.map(({ name, value }) => [name, typeOfScalar(value)]));
    case 'select':
      return selectColumns(input, node.mode, node.names);
    case 'rename':
      return renameColumns(input, node.columns);
    case 'aggregate': {
      const by = new Set(node.by.map((key) => key.name));
      const known = new Map<string, Column>();
      for (const key of node.by) known.set(key.name, { type: typeOfScalar(key.value) });
      let open = false;
      for (const measure of node.measures) {
        for (const [name, column] of columnsOfMeasure(measure, input, by)) known.set(name, column);
        const all = (measure.fn === 'argMax' || measure.fn === 'argMin') && measure.args.length === 1;
        if (all && (input.open || input.payload !== undefined)) open = true;
      }
      return { known, open };
    }
    case 'join': {
      const right = inputs[1] ?? OPEN_COLUMNS;
      switch (node.kind) {
        case 'leftAnti':
        case 'leftSemi':
          return plainColumns(input);
        case 'rightAnti':
        case 'rightSemi':
          return plainColumns(right);
        case 'inner':
        case 'innerUnique':
        case 'leftOuter':
        case 'rightOuter':
        case 'fullOuter': {
          const known = new Map(plainColumns(input).known);
          const renamed = new Map(node.renamed.map(({ from, to }) => [from, to]));
          const keys = new Set(node.on.map((key) => (key.right.op === 'field' ? key.right.name : '')));
          for (const [name, column] of right.known) {
            if (node.lookup && keys.has(name)) continue;
            known.set(renamed.get(name) ?? name, { type: column.type });
          }
          return { known, open: plainColumns(input).open || plainColumns(right).open };
        }
      }
    }
    // eslint-disable-next-line no-fallthrough -- every kind of join returns above
    case 'union': {
      const known = new Map<string, Column>();
      let open = false;
      for (const one of inputs) {
        open ||= plainColumns(one).open;
        for (const [name, { type }] of one.known) {
          const before = known.get(name);
          known.set(name, { type: before === undefined || before.type === type ? type : 'unknown' });
        }
      }
      if (node.kind === 'inner') {
        for (const name of known.keys())
          if (!inputs.every((one) => one.open || one.known.has(name))) known.delete(name);
      }
      if (node.sourceColumn !== undefined) known.set(node.sourceColumn, { type: 'string' });
      return { known, open };
    }
    case 'expand': {
      const added = node.columns.map(({ name, type }) => ({ name, column: { type } }));
      const index = node.indexColumn;
      return withColumns(
        input,
        index === undefined ? added : [...added, { name: index, column: { type: 'long' as const } }],
      );
    }
    case 'apply': {
      const query = inputs[1] ?? OPEN_COLUMNS;
      const added = [...query.known].map(([name, { type }]) => ({ name, column: { type } }));
      // A query that keeps its rows keeps the elements' columns.
      const elements = node.columns.map(({ name, type }) => ({ name, column: { type } }));
      const keeps = query.known.has(APPLY_INPUT);
      const merged = withColumns(input, keeps ? [...elements, ...added] : added);
      return { ...withoutColumns(merged, (name) => name === APPLY_INPUT), open: input.open || query.open };
    }
    case 'unpack': {
      const { name, path } = node.bag;
      return { ...(path.length === 0 ? withoutColumns(input, (column) => column === name) : input), open: true };
    }
    case 'parse':
      return withColumns(
        input,
        node.parts.flatMap((part) =>
          part.part === 'column' ? [{ name: part.name, column: { type: part.type } }] : [],
        ),
      );
    case 'series': {
      const known = new Map<string, Column>();
      for (const key of node.by) known.set(key.name, { type: typeOfScalar(key.value) });
      for (const measure of node.measures) known.set(measure.name, { type: 'dynamic' });
      known.set(node.on.op === 'field' ? node.on.name : 'Column1', { type: 'dynamic' });
      return { known, open: false };
    }
    case 'plugin': {
      if (plugin(node.name)?.columns !== 'keeps') return OPEN_COLUMNS;
      const others = inputs.slice(1).flatMap((one) => [...plainColumns(one).known]);
      return { known: new Map([...others, ...plainColumns(input).known]), open: true };
    }
    case 'opaque':
      return OPEN_COLUMNS;
  }
}

function selectColumns(input: Columns, mode: 'drop' | 'keep', names: readonly string[]): Columns {
  const picked = namePattern(names);
  if (mode === 'drop') return withoutColumns(input, picked);
  const kept = withoutColumns(input, (name) => !picked(name));
  const wild = names.some((name) => name.includes('*'));
  const known = new Map(kept.known);
  for (const name of names) {
    if (!name.includes('*') && !known.has(name)) known.set(name, { type: 'unknown' });
  }
  return { known, open: input.open && wild };
}

/** Whether a column is among names that may hold `*`. */
export function namePattern(names: readonly string[]): (name: string) => boolean {
  const plain = new Set(names.filter((name) => !name.includes('*')));
  const wild = names.filter((name) => name.includes('*')).map((name) => name.split('*'));
  return (name) => plain.has(name) || wild.some((parts) => matchesParts(name, parts));
}

/** Whether the text is the parts in order with anything in between; linear in the text. */
function matchesParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}

function renameColumns(input: Columns, renames: readonly { readonly from: string; readonly to: string }[]): Columns {
  const to = new Map(renames.map((one) => [one.from, one.to]));
  const known = new Map<string, Column>();
  for (const [name, column] of input.known) known.set(to.get(name) ?? name, column);
  for (const one of renames) if (!input.known.has(one.from)) known.set(one.to, { type: 'unknown' });
  const touched = new Set(renames.flatMap((one) => [one.from, one.to]));
  forget(known, (name) => touched.has(name));
  return { ...input, known };
}

/** The type of a call, from its function and arguments. */
export function typeOfCall(fn: ScalarFunction, args: readonly Scalar[]): ScalarType {
  const types = args.map(typeOfScalar);
  return fn === 'coalesce' || fn === 'maxOf' || fn === 'minOf' ? commonType(types) : resultTypeOf(fn, types);
}

/** The type that values of several types have in common: the widest number, else the first that is no dynamic. */
export function commonType(types: readonly ScalarType[]): ScalarType {
  if (types.some((type) => type === 'real' || type === 'long') && types.includes('decimal')) return 'decimal';
  if (types.includes('long') && types.includes('real')) return 'real';
  return types.find((type) => type !== 'unknown' && type !== 'dynamic') ?? types[0] ?? 'unknown';
}
