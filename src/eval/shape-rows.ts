/** Operators that make several rows or columns of one: lists, bags, patterns. */
import type { RelationOf } from '../ir/build.ts';
import { quoteRegex } from '../ir/regex-syntax.ts';
import type { Json, ParsePart, ScalarType, Value } from '../ir/types.ts';
import type { Context } from './context.ts';
import { bagOf, makeBag } from './functions/family.ts';
import { compileRegex } from './regex.ts';
import { evaluateScalar } from './scalar.ts';
import { dynamicValue, isNull, longValue, nullOfType, plain, textOf, toBool, valueFromJson } from './value.ts';
import type { Row } from './value.ts';

/**
 * One row for each element; several columns side by side, the shorter ones filled with nulls. A null gives one row, an
 * empty list none (Kusto documentation, "mv-expand operator").
 */
export function expandRow(node: RelationOf<'expand' | 'apply'>, row: Row, context: Context): readonly Row[] {
  const asArrays = node.op === 'expand' && node.bagsAsArrays;
  const lists = node.columns.map(({ value }) => elementsOf(evaluateScalar(value, row, context), asArrays));
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const length = node.op === 'expand' ? Math.min(longest, node.limit ?? longest) : longest;
  return Array.from({ length }, (_, index) => {
    const expanded = new Map(row);
    node.columns.forEach(({ name, type }, column) =>
      expanded.set(name, castElement(lists[column]?.[index] ?? null, type)),
    );
    if (node.op === 'expand' && node.indexColumn !== undefined) expanded.set(node.indexColumn, longValue(index));
    return expanded;
  });
}

function elementsOf(value: Value, asArrays: boolean): readonly Json[] {
  if (value.type !== 'dynamic') return [isNull(value) ? null : textOf(value)];
  if (Array.isArray(value.value)) return value.value as readonly Json[];
  const bag = bagOf(value);
  if (bag === undefined) return [value.value];
  return Object.entries(bag).map((entry) => (asArrays ? [...entry] : makeBag([entry])));
}

/** `to typeof(...)`: a cast, no conversion; what is of another type is null. */
function castElement(json: Json, type: ScalarType): Value {
  if (type === 'dynamic' || type === 'unknown') return dynamicValue(json);
  return valueFromJson(json, type);
}

/** Each property of the bag a column, the bag's own column gone. Columns that are there already stay. */
export function unpackRow(node: RelationOf<'unpack'>, row: Row, context: Context): Row {
  const bag = bagOf(evaluateScalar(node.bag, row, context));
  const unpacked = new Map(row);
  if (node.bag.path.length === 0) unpacked.delete(node.bag.name);
  for (const [name, value] of Object.entries(bag ?? {})) {
    const column = node.prefix + name;
    if (!unpacked.has(column)) unpacked.set(column, plain(dynamicValue(value)));
  }
  return unpacked;
}

type Parser = (row: Row, context: Context) => Row | undefined;

/**
 * `parse`: the columns of a pattern; `undefined` where the row does not fit and is to be dropped. In relaxed mode a column
 * whose text is of another type is null; otherwise the row does not fit as a whole.
 */
export function patternParser(node: RelationOf<'parse'>): Parser {
  const columns = node.parts.filter((part) => part.part === 'column');
  const regex = compileRegex(patternRegex(node));
  return (row, context) => {
    const matcher = regex.matcher(textOf(evaluateScalar(node.subject, row, context)));
    const found = matcher.find() ? columns.map((_, index) => matcher.group(`c${index}`) ?? '') : undefined;
    const values = columns.map(({ type }, index) =>
      found === undefined ? nullOfType(type) : convertText(found[index] ?? '', type),
    );
    const misfit =
      found === undefined ||
      (node.mode === 'simple' && values.some((value) => value.type === 'null' && value.of !== 'string'));
    if (misfit && node.dropsUnmatched) return undefined;
    const parsed = new Map(row);
    columns.forEach(({ name, type }, index) => {
      parsed.set(name, misfit && node.mode !== 'relaxed' ? nullOfType(type) : (values[index] ?? nullOfType(type)));
    });
    return parsed;
  };
}

function patternRegex(node: RelationOf<'parse'>): string {
  let column = 0;
  const body = node.parts.map((part, index) => {
    const isLast = index === node.parts.length - 1;
    return patternPiece(node.mode === 'relaxed' ? asText(part) : part, isLast, node.mode, () => column++);
  });
  if (node.mode === 'regex') return `(?${node.flags.replace(/[^imsU]/g, '')}s)${body.join('')}`;
  return `(?s)^${body.join('')}$`;
}

/** A part whose type does not decide whether the row fits. */
const asText = (part: ParsePart): ParsePart => (part.part === 'column' ? { ...part, type: 'string' } : part);

function patternPiece(
  part: ParsePart,
  isLast: boolean,
  mode: 'simple' | 'relaxed' | 'regex',
  next: () => number,
): string {
  switch (part.part) {
    case 'any':
      return isLast ? '.*' : '.*?';
    case 'text':
      return mode === 'regex' ? part.text : quoteRegex(part.text);
    case 'column':
      // What a text column holds ends where the next literal begins; in a regex it is as long as can be.
      return `(?P<c${next()}>${COLUMN_PATTERNS[part.type] ?? (isLast || mode === 'regex' ? '.*' : '.*?')})`;
  }
}

/** Columns of other types hold what looks like one. */
const COLUMN_PATTERNS: Readonly<Partial<Record<ScalarType, string>>> = {
  long: '\\s*[-+]?\\d+\\s*',
  real: '\\s*[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?\\s*',
  decimal: '\\s*[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?\\s*',
  bool: '\\s*(?i:true|false|0|1)\\s*',
};

function convertText(text: string, type: ScalarType): Value {
  if (type === 'string') return { type, value: text };
  if (type === 'bool') return toBool({ type: 'string', value: text });
  return valueFromJson(text, type);
}
