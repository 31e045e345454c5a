/** `makeresults` with rows of JSON as a table of literals. */
import type { ColumnDefinition, Relation, ScalarType, Value } from '../../src/ir/types.ts';
import type { Command } from './tree.ts';

export function raiseLiteral(command: Extract<Command, { readonly command: 'makeresults' }>): Relation | undefined {
  const value = (name: string): string | undefined => command.options.find((option) => option.name === name)?.value;
  const rows = value('format') === 'json' ? readRows(value('data') ?? '') : undefined;
  if (rows === undefined) return undefined;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns: ColumnDefinition[] = names.map((name) => ({ name, type: typeOfColumn(rows.map((row) => row[name])) }));
  const values = rows.map((row) => columns.map((column) => valueOf(row[column.name], column.type)));
  return { op: 'literal', columns, rows: values, span: command.span };
}

type JsonRow = Readonly<Record<string, unknown>>;

function readRows(data: string): readonly JsonRow[] | undefined {
  try {
    const parsed: unknown = JSON.parse(data);
    if (!Array.isArray(parsed)) return undefined;
    const rows = parsed.filter((row): row is JsonRow => typeof row === 'object' && row !== null && !Array.isArray(row));
    return rows.length === parsed.length ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** The type of a column of a table of literals: that of its first value. */
export function typeOfColumn(values: readonly unknown[]): ScalarType {
  const first = values.find((value) => value !== undefined && value !== null);
  if (typeof first === 'number') return Number.isInteger(first) ? 'long' : 'real';
  return 'string';
}

function valueOf(value: unknown, type: ScalarType): Value {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { type: 'long', value: BigInt(value) } : { type: 'real', value };
  }
  if (typeof value === 'boolean') return { type: 'string', value: String(value) };
  return { type: 'null', of: type };
}
