/** What stands before the first pipe: tables, functions read like tables, tables written in the query. */
import { literalTable, opaqueRelation, reference, source as sourceOf } from '../../ir/build.ts';
import { relationPart } from '../../ir/walk.ts';
import type { ColumnDefinition, Scalar, ScalarFunction, ScalarType, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Argument, ColumnType, Expression, NamedExpression, Source } from '../ast.ts';
import { callForTable, isTabular, spend } from './bindings.ts';
import type { CallExpression } from './call.ts';
import { closedColumns, columnsOfTable, OPEN_COLUMNS } from './columns.ts';
import { foldCall } from './constant.ts';
import { DEPTH_LIMIT } from './context.ts';
import type { Place, Table } from './context.ts';
import { elementsOfLiteral, scalarTypeOf, textOfValue } from './literals.ts';
import { columnCounter, implicitName } from './names.ts';
import { lowerOperator } from './operators.ts';
import { lowerParser, parserParameters } from './asim.ts';
import { lowerPipeline } from './pipeline.ts';
import { lowerScalar } from './scalar.ts';
import { lookUp } from './scope.ts';
import { tableNames } from '../schema/schema.ts';
import { extendTable, tableAbove } from './tables.ts';
import { writtenExpression } from './written.ts';
import { printSource } from '../print.ts';

export function lowerSource(source: Source, place: Place): Table {
  const { span } = source;
  switch (source.source) {
    case 'table':
      return namedTable(source.name.name, place, span);
    case 'expression':
      return tableOfExpression(source.expression, place);
    case 'parenthesised':
      return lowerPipeline(source.query, place);
    case 'datatable':
      return lowerDatatable(source.columns, source.values, place, span, () => printSource(source));
    case 'externaldata': {
      const addresses = source.uris.map((uri) => constantText(uri, place) ?? writtenExpression(uri));
      const columns = definitions(source.columns);
      return {
        relation: reference('external', addresses.join(' '), columns, span),
        columns: closedColumns(columns.map(({ name, type }) => [name, type])),
      };
    }
    case 'range':
      return lowerRange(source, place);
    case 'print':
      return lowerPrint(source.columns, place, span);
    case 'operator':
      return lowerOperator(source.operator, undefined, place);
  }
}

function definitions(columns: readonly ColumnType[]): readonly ColumnDefinition[] {
  return columns.map((column) => ({ name: column.name.name, type: scalarTypeOf(column.type) }));
}

export function constantText(expression: Expression, place: Place): string | undefined {
  const value = lowerScalar(expression, { ...place, row: undefined });
  return value.op === 'literal' ? textOfValue(value.value) : undefined;
}

// ---------------------------------------------------------------------------------------------- names

/** What a name means as a table: what `let` declares, else a stored table or a function that is read like one. */
export function namedTable(name: string, place: Place, span: Span): Table {
  const { run, scope } = place;
  const binding = lookUp(scope, name);
  if (binding === undefined) return storedTable(name, place, span);
  const opaque = (): Table => ({ relation: opaqueRelation(name, undefined, span), columns: OPEN_COLUMNS });
  if (binding.kind === 'function') return callForTable(binding.definition, [], place, undefined, span, () => name);
  const table = run.depth < DEPTH_LIMIT ? binding.asTable() : undefined;
  if (table === undefined) {
    const list = binding.asScalar();
    const values = list === undefined ? undefined : elementsOfLiteral(list);
    run.report('unsupported-argument', 'warning', span, `\`${name}\` is a value and used like a table.`);
    return values === undefined ? opaque() : tableOfValues(values, span);
  }
  return spend(run, relationPart(table.relation), span) ? table : opaque();
}

function tableOfValues(values: readonly Value[], span: Span): Table {
  const columns = [{ name: 'Column1', type: 'dynamic' as const }];
  return {
    relation: literalTable(
      columns,
      values.map((value) => [value]),
      span,
    ),
    columns: closedColumns([['Column1', 'dynamic']]),
  };
}

/** The events of a stored table. */
export function storedTable(name: string, place: Place, span: Span): Table {
  const { run } = place;
  const schema = run.schemaOf(name);
  if (schema === undefined && !name.endsWith('_CL')) {
    const near = run.nearestName(name, tableNames, 6);
    const message = `The table or function \`${name}\` is not known; its columns are not checked.`;
    if (near === undefined || near === name) run.report('unknown-table', 'info', span, message);
    else run.report('unknown-table', 'warning', span, message, `Did you mean \`${near}\`?`);
  }
  return { relation: sourceOf(name, {}, span), columns: columnsOfTable(name, schema) };
}

/** An expression where a table is expected. */
export function tableOfExpression(expression: Expression, place: Place): Table {
  let at = expression;
  while (at.kind === 'parenthesised') at = at.of;
  switch (at.kind) {
    case 'name':
      return namedTable(at.name, place, at.span);
    case 'subquery':
      return lowerPipeline(at.query, place);
    case 'source':
      return lowerSource(at.source, place);
    case 'call':
      return tableOfCall(at, place);
    case 'member': {
      // `workspace("w").T`, `cluster("c").database("d").T`: the table, wherever it is kept.
      const base = at.of;
      if (base.kind === 'call' || base.kind === 'member') {
        if (isTabular(place.run, at, place.scope)) {
          reportPlace(at, place);
          return storedTable(at.member.name, place, at.span);
        }
      }
      return opaqueTable(at);
    }
    case 'literal':
    case 'star':
    case 'element':
    case 'unary':
    case 'binary':
    case 'between':
    case 'list':
    case 'type':
      return opaqueTable(at);
  }
}

function reportPlace(expression: Expression, place: Place): void {
  place.run.report(
    'other-workspace',
    'info',
    expression.span,
    'The table is read wherever the rule runs, not in the workspace, cluster or database that the query names.',
  );
}

function opaqueTable(expression: Expression): Table {
  return { relation: opaqueRelation(writtenExpression(expression), undefined, expression.span), columns: OPEN_COLUMNS };
}

function tableOfCall(expression: CallExpression, place: Place): Table {
  const { run, scope } = place;
  const { args, span } = expression;
  const name = expression.name.name;
  const binding = lookUp(scope, name);
  if (binding?.kind === 'function') {
    return callForTable(binding.definition, args, place, undefined, span, () => writtenExpression(expression));
  }
  const first = args[0]?.value;
  switch (name) {
    case 'materialize':
    case 'view':
      return first === undefined ? opaqueTable(expression) : tableOfExpression(first, place);
    case 'table':
    case 'materialized_view': {
      const table = first === undefined ? undefined : constantText(first, place);
      if (expression.of !== undefined) reportPlace(expression, place);
      if (table !== undefined) return namedTable(table, place, span);
      run.report('unsupported-argument', 'warning', span, 'The name of the table is not a constant.');
      return opaqueTable(expression);
    }
    case '_GetWatchlist':
    case '_ASIM_GetWatchlistRaw': {
      const alias = watchlistAlias(args, place);
      if (alias === undefined) return opaqueTable(expression);
      const columns: readonly ColumnDefinition[] = WATCHLIST_COLUMNS;
      return {
        relation: reference('watchlist', alias, columns, span),
        columns: { ...closedColumns(columns.map((column) => [column.name, column.type])), open: true },
      };
    }
    default:
      break;
  }
  if (args.length === 0) return storedTable(name, place, span);
  if (parserParameters(name) !== undefined) return lowerParser(expression, place);
  run.report(
    'unknown-parser',
    'warning',
    span,
    `\`${name}\` is read like a table; what its arguments do is not known.`,
  );
  return opaqueTable(expression);
}

/** The columns of every watchlist; its own come besides. */
const WATCHLIST_COLUMNS: readonly ColumnDefinition[] = [
  { name: '_DTItemId', type: 'string' },
  { name: 'LastUpdatedTimeUTC', type: 'datetime' },
  { name: 'SearchKey', type: 'string' },
  { name: 'WatchlistItem', type: 'dynamic' },
];

function watchlistAlias(args: readonly Argument[], place: Place): string | undefined {
  const [first] = args;
  return first === undefined ? undefined : constantText(first.value, place);
}

// ---------------------------------------------------------------------------------------------- tables written in the query

/** Cells of written tables and rows of ranges up to which they are put in. */
const CELL_LIMIT = 20_000;

function lowerDatatable(
  columns: readonly ColumnType[],
  values: readonly Expression[],
  place: Place,
  span: Span,
  written: () => string,
): Table {
  const defined = definitions(columns);
  const known = closedColumns(defined.map(({ name, type }) => [name, type]));
  const rows: Value[][] = [];
  const width = defined.length;
  for (let start = 0; width > 0 && start + width <= values.length; start += width) {
    const row: Value[] = [];
    for (let index = 0; index < width; index++) {
      const cell = values[start + index];
      const unfitted = cell === undefined ? undefined : lowerScalar(cell, { ...place, row: undefined });
      const value = unfitted === undefined ? undefined : fitCell(unfitted, defined[index]?.type ?? 'unknown');
      if (value?.op !== 'literal' || values.length > CELL_LIMIT) {
        return { relation: opaqueRelation(written(), undefined, span), columns: known };
      }
      row.push(value.value);
    }
    rows.push(row);
  }
  return { relation: literalTable(defined, rows, span), columns: known };
}

/** A cell as its column's type has it: `1` in a column of reals, a date written as text. */
function fitCell(cell: Scalar, type: ScalarType): Scalar {
  if (cell.op !== 'literal' || cell.value.type === type || cell.value.type === 'null') return cell;
  const convert = CONVERSIONS[type];
  return convert === undefined ? cell : (foldCall(convert, [cell], cell.span) ?? cell);
}

const CONVERSIONS: Readonly<Partial<Record<ScalarType, ScalarFunction>>> = {
  string: 'toText',
  long: 'toLong',
  real: 'toReal',
  datetime: 'toDatetime',
  timespan: 'toTimespan',
  dynamic: 'toDynamic',
};

function lowerRange(source: Extract<Source, { readonly source: 'range' }>, place: Place): Table {
  const at: Place = { ...place, row: undefined };
  const [from, to, step] = [source.from, source.to, source.step].map((part) => lowerScalar(part, at));
  const name = source.column.name;
  const { span } = source;
  const values = from === undefined || to === undefined || step === undefined ? undefined : rangeValues(from, to, step);
  const type = values?.[0]?.type ?? 'unknown';
  const columns = closedColumns([[name, type === 'null' ? 'unknown' : type]]);
  if (values === undefined) return { relation: opaqueRelation(printSource(source), undefined, span), columns };
  return {
    relation: literalTable(
      [{ name, type: type === 'null' ? 'unknown' : type }],
      values.map((value) => [value]),
      span,
    ),
    columns,
  };
}

function rangeValues(from: Scalar, to: Scalar, step: Scalar): readonly Value[] | undefined {
  if (from.op !== 'literal' || to.op !== 'literal' || step.op !== 'literal') return undefined;
  const [start, stop, by] = [from.value, to.value, step.value];
  if (start.type === 'long' && stop.type === 'long' && by.type === 'long') {
    const count = by.value === 0n ? -1n : (stop.value - start.value) / by.value;
    if (count < 0n || count > BigInt(CELL_LIMIT)) return undefined;
    return Array.from({ length: Number(count) + 1 }, (_, index) => ({
      type: 'long' as const,
      value: start.value + BigInt(index) * by.value,
    }));
  }
  if (start.type === 'datetime' && stop.type === 'datetime' && by.type === 'timespan') {
    const count = Math.floor((stop.value - start.value) / by.value);
    if (!(count >= 0 && count <= CELL_LIMIT)) return undefined;
    return Array.from({ length: count + 1 }, (_, index) => ({
      type: 'datetime' as const,
      value: start.value + index * by.value,
    }));
  }
  return undefined;
}

/** `print`: one row of constants; what is not constant is computed on it. */
function lowerPrint(columns: readonly NamedExpression[], place: Place, span: Span): Table {
  const nextName = columnCounter();
  const one: Table = { relation: literalTable([], [[]], span), columns: closedColumns([]) };
  const at: Place = { ...place, row: undefined };
  const added = columns.map((column) => ({
    name:
      column.names[0]?.name ?? implicitName(column.value) ?? `print_${Number(nextName().slice('Column'.length)) - 1}`,
    value: lowerScalar(column.value, at),
  }));
  if (added.every(({ value }) => value.op === 'literal')) {
    const cells = added.map(({ name, value }) => ({ name, value: value.op === 'literal' ? value.value : undefined }));
    const definitions_: ColumnDefinition[] = [];
    const row: Value[] = [];
    for (const { name, value } of cells) {
      if (value === undefined) continue;
      definitions_.push({ name, type: value.type === 'null' ? value.of : value.type });
      row.push(value);
    }
    const relation = literalTable(definitions_, [row], span);
    return tableAbove(place.run, relation, []);
  }
  return extendTable(one, added, span);
}
