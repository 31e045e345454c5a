/** `evaluate`: plug-ins. */
import { extend, field, opaqueRelation, plugin as pluginOf, test, text, unpack } from '../../ir/build.ts';
import type { Field, Scalar } from '../../ir/types.ts';
import type { Argument, Expression, Operator } from '../ast.ts';
import { isAggregate, plugin, pluginNames } from '../functions.ts';
import type { CallExpression } from './call.ts';
import type { Column, Columns } from './columns.ts';
import { OPEN_COLUMNS, plainColumns, withoutColumns } from './columns.ts';
import type { Place, Table } from './context.ts';
import { pivotElements, unpackElement } from './expand.ts';
import { scalarTypeOf } from './literals.ts';
import { xmlPartOf } from './payload.ts';
import { lowerScalar, opaque, textSource } from './scalar.ts';
import { constantText, tableOfExpression } from './sources.ts';
import { settle } from './tables.ts';
import { writtenOperator } from './written.ts';

type EvaluateOperator = Extract<Operator, { readonly op: 'evaluate' }>;

export function lowerEvaluate(operator: EvaluateOperator, input: Table, place: Place): Table {
  const { span } = operator;
  // Properties of a bag that is unpacked already may be bags themselves.
  const table = input.columns.payload === undefined ? input : settle(input);
  const at: Place = { ...place, row: table.columns };
  let call: Expression = operator.call;
  while (call.kind === 'parenthesised') call = call.of;
  if (call.kind === 'call') {
    const name = call.name.name;
    if (name === 'bag_unpack') {
      const unpacked = lowerBagUnpack(call, table, at);
      if (unpacked !== undefined) return unpacked;
    } else if (name === 'pivot') {
      const pivoted = lowerPivot(call, table, at);
      if (pivoted !== undefined) return pivoted;
    }
    const row = plugin(name);
    if (row !== undefined) return lowerPlugin(operator, call, row, settle(table), at);
  }
  const called = call.kind === 'call' ? call.name.name : '?';
  at.run.report(
    'unknown-plugin',
    'warning',
    span,
    `The plug-in \`${called}\` has no meaning for a detection here.`,
    at.run.didYouMean(called, pluginNames),
  );
  return { relation: opaqueRelation(writtenOperator(operator), settle(table).relation, span), columns: OPEN_COLUMNS };
}

function lowerPlugin(
  operator: EvaluateOperator,
  call: CallExpression,
  row: NonNullable<ReturnType<typeof plugin>>,
  table: Table,
  place: Place,
): Table {
  const { span } = operator;
  const args: Scalar[] = [];
  const given = row.table === undefined ? undefined : call.args[row.table];
  const other = given === undefined ? undefined : tableOfExpression(given.value, { ...place, row: undefined });
  call.args.forEach((arg, index) => {
    if (arg === given) return;
    const ofOther = other !== undefined && row.columnsOfTable !== undefined && index >= row.columnsOfTable;
    // The name of an argument says what it is; it stands before it.
    if (arg.name !== undefined) args.push(text(arg.name.name, arg.name.span));
    args.push(lowerPluginArgument(arg, { ...place, row: ofOther ? other.columns : table.columns }));
  });
  const relation = pluginOf(table.relation, call.name.name, args, other === undefined ? [] : [other.relation], span);
  return { relation, columns: pluginColumns(operator, row, table, other) };
}

function pluginColumns(
  operator: EvaluateOperator,
  row: NonNullable<ReturnType<typeof plugin>>,
  table: Table,
  other: Table | undefined,
): Columns {
  const { schema } = operator;
  const input = plainColumns(table.columns);
  if (schema !== undefined) {
    const declared = schema.columns.map((column) => [column.name.name, { type: scalarTypeOf(column.type) }] as const);
    return { known: new Map<string, Column>([...(schema.rest ? input.known : []), ...declared]), open: false };
  }
  if (row.columns === 'replaces') return OPEN_COLUMNS;
  return {
    known: new Map([...(other === undefined ? [] : plainColumns(other.columns).known), ...input.known]),
    open: true,
  };
}

/** Aggregates (`pivot(x, count())`) stay as they are written; predicates become values of type bool. */
function lowerPluginArgument(arg: Argument, at: Place): Scalar {
  const { value } = arg;
  if (value.kind === 'call' && isAggregate(value.name.name)) return aggregateText(value);
  const lowered = lowerScalar(value, at);
  return lowered.op === 'test' ? test(lowered.of, value.span) : lowered;
}

function aggregateText(call: CallExpression): Scalar {
  const written = opaque(call);
  return written.op === 'opaque'
    ? { op: 'literal', value: { type: 'string', value: written.text }, span: call.span }
    : written;
}

// ---------------------------------------------------------------------------------------------- pivot

function lowerPivot(call: CallExpression, table: Table, at: Place): Table | undefined {
  if (table.expansion === undefined) return undefined;
  const [key, ...rest] = call.args.map((arg) => arg.value);
  if (key === undefined) return undefined;
  const measure = rest.find((arg): arg is CallExpression => arg.kind === 'call' && isAggregate(arg.name.name));
  const columns = rest.filter((arg) => arg !== measure).map((arg) => lowerScalar(arg, at));
  const argument = measure?.args[0]?.value;
  const value =
    argument === undefined || !PICKS_VALUE.has(measure?.name.name ?? '') ? undefined : lowerScalar(argument, at);
  return pivotElements(table, lowerScalar(key, at), value, columns, at, call.span);
}

/** Aggregates that give back the one value that a name has in an event. */
const PICKS_VALUE: ReadonlySet<string> = new Set(['any', 'take_any', 'max', 'min', 'anyif', 'take_anyif']);

// ---------------------------------------------------------------------------------------------- bag_unpack

function lowerBagUnpack(call: CallExpression, table: Table, at: Place): Table | undefined {
  const [bag, prefixArgument] = call.args;
  if (bag === undefined || bag.name !== undefined) return undefined;
  const { span } = call;
  const column = bag.value.kind === 'name' ? bag.value.name : undefined;
  const isElement = column !== undefined && table.columns.known.get(column)?.xml?.part === 'element';
  const value = isElement ? field(column, [], 'dynamic', span) : lowerScalar(bag.value, at);
  const element = unpackElement(table, value, span);
  if (element !== undefined) return element;
  const prefix =
    prefixArgument === undefined || prefixArgument.name !== undefined ? '' : constantText(prefixArgument.value, at);
  if (prefix === undefined) return undefined;
  const described = column === undefined ? undefined : table.columns.known.get(column);
  const without = column === undefined ? table.columns : withoutColumns(table.columns, (name) => name === column);
  if (described?.xml?.part === 'bag') {
    return {
      ...table,
      columns: { ...without, payload: { bag: described.xml.of, prefix, type: 'string', alone: false } },
    };
  }
  const place = xmlPartOf(value, table.columns) === undefined ? bagField(value, table.columns) : undefined;
  if (place === undefined) {
    const settled = settle(table);
    const relation = extend(settled.relation, [{ name: BAG, value }], span);
    return {
      relation: unpack(relation, field(BAG, [], 'dynamic', span), prefix, span),
      columns: { ...plainColumns(without), open: true },
    };
  }
  if (table.columns.open) {
    const settled = settle(table);
    return {
      relation: unpack(settled.relation, place, prefix, span),
      columns: { ...plainColumns(without), open: true },
    };
  }
  return { ...table, columns: { ...without, payload: { bag: place, prefix, type: 'unknown', alone: false } } };
}

/** The column that holds a bag before it is unpacked, where no column of the query does. */
const BAG = '$bag';

/** The field whose structure a bag is: the column itself, or the text that it was read from. */
function bagField(value: Scalar, columns: Columns): Field | undefined {
  if (value.op === 'field') {
    const alias = value.path.length === 0 ? columns.known.get(value.name)?.alias : undefined;
    return alias === undefined || alias.as === 'text' ? value : alias.of;
  }
  if (value.op === 'call' && (value.fn === 'parseJson' || value.fn === 'toDynamic')) {
    const [inner] = value.args;
    return inner === undefined ? undefined : textSource(inner, columns);
  }
  return undefined;
}
