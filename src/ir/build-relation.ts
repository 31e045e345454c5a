/** Constructors of relations: see `build.ts`, which has them too. */
import type { Span } from '../source.ts';
import { NO_SPAN } from '../source.ts';
import { spanOf } from './build-predicate.ts';
import type { Field, Predicate, Relation, Scalar } from './types.ts';

/** The variant of the relation with this `op`. */
export type RelationOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

type Parts<Op extends Relation['op']> = Omit<RelationOf<Op>, 'op' | 'span'>;

export const source = (
  table: string,
  options: Partial<Omit<Parts<'source'>, 'table'>> = {},
  span: Span = NO_SPAN,
): RelationOf<'source'> => ({ op: 'source', table, timeColumn: 'TimeGenerated', ...options, span });

export const literalTable = (
  columns: Parts<'literal'>['columns'],
  rows: Parts<'literal'>['rows'],
  span: Span = NO_SPAN,
): RelationOf<'literal'> => ({ op: 'literal', columns, rows, span });

export const reference = (
  kind: Parts<'reference'>['kind'],
  name: string,
  columns: Parts<'reference'>['columns'],
  span: Span = NO_SPAN,
): RelationOf<'reference'> => ({ op: 'reference', kind, name, columns, span });

/** Keeps the rows for which the predicate is true. The constant `true` keeps the input itself. */
export function filter(input: Relation, where: Predicate, span: Span = spanOf([input, where])): Relation {
  return where.op === 'constant' && where.value ? input : { op: 'filter', input, where, span };
}

/** Adds or replaces columns; all are computed from the input's row. Without columns it is the input itself. */
export function extend(
  input: Relation,
  columns: Parts<'extend'>['columns'],
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): Relation {
  return columns.length === 0 ? input : { op: 'extend', input, columns, span };
}

export const project = (
  input: Relation,
  columns: Parts<'project'>['columns'],
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): RelationOf<'project'> => ({ op: 'project', input, columns, span });

export const select = (
  input: Relation,
  mode: Parts<'select'>['mode'],
  names: readonly string[],
  span: Span = input.span,
): RelationOf<'select'> => ({ op: 'select', input, mode, names, span });

export function rename(input: Relation, columns: Parts<'rename'>['columns'], span: Span = input.span): Relation {
  return columns.length === 0 ? input : { op: 'rename', input, columns, span };
}

export const aggregate = (
  input: Relation,
  by: Parts<'aggregate'>['by'],
  measures: Parts<'aggregate'>['measures'],
  span: Span = spanOf([input, ...by.map((key) => key.value), ...measures]),
): RelationOf<'aggregate'> => ({ op: 'aggregate', input, by, measures, span });

export const join = (
  kind: Parts<'join'>['kind'],
  left: Relation,
  right: Relation,
  on: Parts<'join'>['on'],
  options: Partial<Pick<Parts<'join'>, 'renamed' | 'lookup'>> = {},
  span: Span = spanOf([left, right]),
): RelationOf<'join'> => ({ op: 'join', kind, left, right, on, renamed: [], lookup: false, ...options, span });

export const union = (
  inputs: readonly Relation[],
  options: Partial<Omit<Parts<'union'>, 'inputs'>> = {},
  span: Span = spanOf(inputs),
): RelationOf<'union'> => ({ op: 'union', inputs, kind: 'outer', fuzzy: false, ...options, span });

export const expand = (
  input: Relation,
  columns: Parts<'expand'>['columns'],
  options: Partial<Omit<Parts<'expand'>, 'input' | 'columns'>> = {},
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): RelationOf<'expand'> => ({ op: 'expand', input, columns, bagsAsArrays: false, ...options, span });

export const apply = (
  input: Relation,
  columns: Parts<'apply'>['columns'],
  query: Relation,
  span: Span = spanOf([input, query]),
): RelationOf<'apply'> => ({ op: 'apply', input, columns, query, span });

export const unpack = (input: Relation, bag: Field, prefix = '', span: Span = spanOf([input, bag])): Relation => ({
  op: 'unpack',
  input,
  bag,
  prefix,
  span,
});

export const parse = (
  input: Relation,
  subject: Scalar,
  parts: Parts<'parse'>['parts'],
  options: Partial<Pick<Parts<'parse'>, 'mode' | 'flags' | 'dropsUnmatched'>> = {},
  span: Span = spanOf([input, subject]),
): RelationOf<'parse'> => ({
  op: 'parse',
  input,
  subject,
  parts,
  mode: 'simple',
  flags: '',
  dropsUnmatched: false,
  ...options,
  span,
});

export const sort = (input: Relation, by: Parts<'sort'>['by'], span: Span = input.span): RelationOf<'sort'> => ({
  op: 'sort',
  input,
  by,
  span,
});

export const top = (
  input: Relation,
  count: number,
  by: Parts<'top'>['by'],
  span: Span = input.span,
): RelationOf<'top'> => ({ op: 'top', input, count, by, span });

export const take = (input: Relation, count: number, random = false, span: Span = input.span): RelationOf<'take'> => ({
  op: 'take',
  input,
  count,
  random,
  span,
});

export const series = (parts: Parts<'series'>, span: Span = parts.input.span): RelationOf<'series'> => ({
  op: 'series',
  ...parts,
  span,
});

export const plugin = (
  input: Relation,
  name: string,
  args: readonly Scalar[] = [],
  tables: readonly Relation[] = [],
  span: Span = spanOf([input, ...args, ...tables]),
): RelationOf<'plugin'> => ({ op: 'plugin', input, name, args, tables, span });

export const opaqueRelation = (source_: string, input?: Relation, span: Span = input?.span ?? NO_SPAN): Relation => ({
  op: 'opaque',
  text: source_,
  ...(input === undefined ? {} : { input }),
  span,
});
