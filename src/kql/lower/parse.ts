/** `parse`, `parse-where` and `parse-kv`. */
import { and, filter, missing, not, opaqueRelation, parse, plugin, text } from '../../ir/build.ts';
import type { NamedScalar, ParsePart, Scalar } from '../../ir/types.ts';
import type { Operator } from '../ast.ts';
import { withColumns } from './columns.ts';
import type { Place, Table } from './context.ts';
import { parameterName } from './join.ts';
import { scalarTypeOf } from './literals.ts';
import { payloadField } from './payload.ts';
import { lowerScalar, makeCall, textSource } from './scalar.ts';
import { constantText } from './sources.ts';
import { extendTable, settle, tableAbove } from './tables.ts';
import { writtenOperator } from './written.ts';

type ParseOperator = Extract<Operator, { readonly op: 'parse' }>;

const MODES: ReadonlyMap<string, 'simple' | 'relaxed' | 'regex'> = new Map([
  ['simple', 'simple'],
  ['relaxed', 'relaxed'],
  ['regex', 'regex'],
]);

export function lowerParse(operator: ParseOperator, table: Table, at: Place): Table {
  const { span } = operator;
  const mode = MODES.get(parameterName(operator.parameters, 'kind') ?? 'simple');
  const subject = lowerScalar(operator.subject, at);
  const parts = readParts(operator, at);
  if (mode === undefined || parts === undefined) {
    at.run.report('unsupported-argument', 'warning', span, 'The pattern of `parse` is not understood.');
    const settled = settle(table);
    return { relation: opaqueRelation(writtenOperator(operator), settled.relation, span), columns: settled.columns };
  }
  const drops = operator.spelling === 'parse-where';
  const columns = mode === 'regex' ? undefined : payloadColumns(subject, parts, at);
  if (columns !== undefined) {
    at.run.report(
      'payload-by-name',
      'info',
      span,
      'What is cut out of the XML payload is read as its columns, by name.',
    );
    const exists = and(
      columns.map((column) => not(missing(column.value, 'absent', span), span)),
      span,
    );
    const input = drops ? { ...table, relation: filter(table.relation, exists, span) } : table;
    return extendTable(
      input,
      columns.map((column) => typed(column, parts)),
      span,
    );
  }
  const flags = parameterName(operator.parameters, 'flags') ?? '';
  const made = parts.flatMap((part) => (part.part === 'column' ? [part] : []));
  return {
    relation: parse(table.relation, subject, parts, { mode, flags, dropsUnmatched: drops }, span),
    columns: withColumns(
      table.columns,
      made.map((part) => ({ name: part.name, column: { type: part.type } })),
    ),
  };
}

function readParts(operator: ParseOperator, at: Place): readonly ParsePart[] | undefined {
  const parts: ParsePart[] = [];
  for (const item of operator.items) {
    switch (item.item) {
      case 'star':
        parts.push({ part: 'any' });
        break;
      case 'text': {
        const value = constantText(item.value, at);
        if (value === undefined) return undefined;
        parts.push({ part: 'text', text: value });
        break;
      }
      case 'column':
        parts.push({
          part: 'column',
          name: item.name.name,
          type: item.type === undefined ? 'string' : scalarTypeOf(item.type),
        });
        break;
    }
  }
  return parts;
}

/** The beginning of a named value of an XML payload, as it stands in the text. */
const NAMED_VALUE = /(?:^|[\s<])(?:Data\s+)?Name=(["'])([^"'<>]{1,200})\1\s*>$/;

/**
 * The columns, when every one of them is cut out between `Name="X">` and `<`: the named values of an XML payload,
 * whatever stands between them.
 */
function payloadColumns(subject: Scalar, parts: readonly ParsePart[], at: Place): readonly NamedScalar[] | undefined {
  const source = textSource(subject, at.row);
  if (source === undefined || source.type === 'dynamic' || source.path.length > 0) return undefined;
  const columns: NamedScalar[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part?.part !== 'column') continue;
    const before = parts[index - 1];
    const after = parts[index + 1];
    if (before?.part !== 'text' || after?.part !== 'text' || !after.text.startsWith('<')) return undefined;
    const name = NAMED_VALUE.exec(before.text)?.[2];
    if (name === undefined) return undefined;
    columns.push({ name: part.name, value: payloadField(source, name, subject.span) });
  }
  return columns.length === 0 ? undefined : columns;
}

/** The column as the pattern's type has it: `Count:long`. */
function typed(column: NamedScalar, parts: readonly ParsePart[]): NamedScalar {
  const type = parts.find((part) => part.part === 'column' && part.name === column.name);
  if (type?.part !== 'column') return column;
  const { span } = column.value;
  switch (type.type) {
    case 'long':
      return { ...column, value: makeCall('toLong', [column.value], span) };
    case 'real':
      return { ...column, value: makeCall('toReal', [column.value], span) };
    case 'datetime':
      return { ...column, value: makeCall('toDatetime', [column.value], span) };
    case 'bool':
      return { ...column, value: makeCall('toBool', [column.value], span) };
    case 'timespan':
      return { ...column, value: makeCall('toTimespan', [column.value], span) };
    case 'guid':
      return { ...column, value: makeCall('toGuid', [column.value], span) };
    case 'decimal':
      return { ...column, value: makeCall('toDecimal', [column.value], span) };
    case 'dynamic':
      return { ...column, value: makeCall('parseJson', [column.value], span) };
    case 'string':
    case 'unknown':
      return column;
  }
}

export function lowerParseKv(
  operator: Extract<Operator, { readonly op: 'parse-kv' }>,
  table: Table,
  place: Place,
): Table {
  const { span } = operator;
  const at: Place = { ...place, row: table.columns };
  const properties = operator.properties.flatMap((property) => [
    text(property.name, property.span),
    lowerScalar(property.value, { ...at, row: undefined }),
  ]);
  const columns = operator.columns.map((column) => ({
    name: column.name.name,
    column: { type: scalarTypeOf(column.type) },
  }));
  const names = columns.map(({ name }) => text(name, span));
  const relation = plugin(
    table.relation,
    'parse_kv',
    [lowerScalar(operator.subject, at), ...names, ...properties],
    [],
    span,
  );
  return { ...tableAbove(at.run, relation, [table]), columns: withColumns(table.columns, columns) };
}
