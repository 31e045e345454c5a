/** The tabular operators: what each makes of the table before it. */
import {
  aggregate,
  field,
  literalTable,
  long,
  opaqueRelation,
  rename,
  select,
  sort,
  source as sourceOf,
  take,
  top,
  union,
} from '../../ir/build.ts';
import type { NamedScalar, Scalar, SortKey } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Expression, NamedExpression, Operator, SortKey as WrittenSortKey, Source } from '../ast.ts';
import { scalarFunction } from '../functions.ts';
import { callForTable } from './bindings.ts';
import type { Columns } from './columns.ts';
import { closedColumns, namePattern, OPEN_COLUMNS, uniqueName, withoutColumns } from './columns.ts';
import type { Place, Table } from './context.ts';
import { lowerExpand, lowerApply, filterElements } from './expand.ts';
import { lowerJoin, parameterName } from './join.ts';
import { columnCounter, implicitName } from './names.ts';
import { lowerParse, lowerParseKv } from './parse.ts';
import { lowerEvaluate } from './plugins.ts';
import { asCondition, lowerPredicate } from './predicate.ts';
import { lowerScalar, makeCall } from './scalar.ts';
import { declaredNames, lookUp } from './scope.ts';
import { lowerSeries } from './series.ts';
import { lowerSource } from './sources.ts';
import { lowerSummarize } from './summarize.ts';
import { extendTable, hasColumnIn, projectTable, settle, settleFor, tableAbove, withRelation } from './tables.ts';
import { lowerUnion } from './union.ts';
import { filterWithWindow } from './window.ts';
import { writtenOperator } from './written.ts';

/** The table behind an operator. `input` is missing where the operator begins the pipeline. */
export function lowerOperator(operator: Operator, input: Table | undefined, place: Place): Table {
  const { span } = operator;
  const table = settleFor(input ?? EMPTY, namesMadeBy(operator));
  const at: Place = { ...place, row: table.columns };
  switch (operator.op) {
    case 'where':
      return lowerWhere(operator.predicate, table, at, span);
    case 'extend':
    case 'serialize':
      return lowerExtend(operator.columns, table, at, span);
    case 'project':
      return lowerProject(operator, table, at);
    case 'summarize':
      return lowerSummarize(operator, table, at);
    case 'distinct':
      return lowerDistinct(operator.columns, table, place, span);
    case 'count':
      return tableAbove(
        place.run,
        aggregate(table.relation, [], [{ name: operator.as?.name ?? 'Count', fn: 'count', args: [], span }], span),
        [table],
      );
    case 'join':
      return lowerJoin(operator, settle(table), place);
    case 'union':
      return lowerUnion(operator, input === undefined ? undefined : settle(input), place);
    case 'mv-expand':
      return lowerExpand(operator, table, at);
    case 'mv-apply':
      return lowerApply(operator, settleKeepingElements(table), place);
    case 'evaluate':
      return lowerEvaluate(operator, table, at);
    case 'parse':
      return lowerParse(operator, table, at);
    case 'parse-kv':
      return lowerParseKv(operator, settle(table), place);
    case 'sort':
      return withRelation(table, sort(table.relation, sortKeys(operator.by, at), span));
    case 'top': {
      const count = constantCount(operator.count, place);
      if (count === undefined) return opaque(operator, settle(table));
      return withRelation(table, top(table.relation, count, sortKeys(operator.by, at), span));
    }
    case 'take':
    case 'sample': {
      const count = constantCount(operator.count, place);
      if (count === undefined) return opaque(operator, settle(table));
      return withRelation(table, take(table.relation, count, operator.op === 'sample', span));
    }
    case 'make-series':
      return lowerSeries(operator, table, at);
    case 'invoke':
      return lowerInvoke(operator, settle(table), place);
    case 'search':
      return lowerSearch(operator, input, place);
    case 'as':
    case 'render':
      // `render` draws the rows and `as` names them: neither changes which rows there are.
      return operator.op === 'as' ? settle(table) : table;
    case 'consume':
    case 'getschema':
    case 'sample-distinct':
    case 'top-nested':
    case 'find':
    case 'other':
      place.run.report(
        'unsupported-operator',
        'warning',
        span,
        `The operator \`${operator.op === 'other' ? operator.name : operator.op}\` has no meaning for a detection here.`,
      );
      return opaque(operator, input === undefined ? undefined : settle(input));
  }
}

/** The columns that an operator adds or replaces in the row. */
function namesMadeBy(operator: Operator): readonly string[] {
  switch (operator.op) {
    case 'extend':
    case 'serialize':
    case 'mv-expand':
    case 'mv-apply':
      return operator.columns.flatMap((column) => {
        const named = column.names.map((name) => name.name);
        return named.length > 0 ? named : (implicitName(column.value) ?? []);
      });
    case 'parse':
      return operator.items.flatMap((item) => (item.item === 'column' ? [item.name.name] : []));
    case 'parse-kv':
      return operator.columns.map((column) => column.name.name);
    case 'where':
    case 'project':
    case 'summarize':
    case 'join':
    case 'union':
    case 'evaluate':
    case 'sort':
    case 'top':
    case 'take':
    case 'distinct':
    case 'count':
    case 'sample':
    case 'sample-distinct':
    case 'top-nested':
    case 'make-series':
    case 'invoke':
    case 'as':
    case 'getschema':
    case 'consume':
    case 'render':
    case 'search':
    case 'find':
    case 'other':
      return [];
  }
}

const EMPTY: Table = { relation: literalTable([], [[]]), columns: closedColumns([]) };

function opaque(operator: Operator, input: Table | undefined): Table {
  return { relation: opaqueRelation(writtenOperator(operator), input?.relation, operator.span), columns: OPEN_COLUMNS };
}

/** `mv-apply` looks at the elements itself. */
function settleKeepingElements(table: Table): Table {
  const virtual = [...table.columns.known.values()].some((column) => column.virtual !== undefined);
  return virtual && table.columns.payload === undefined ? table : settle(table);
}

// ---------------------------------------------------------------------------------------------- rows

function lowerWhere(predicate: Expression, table: Table, at: Place, span: Span): Table {
  const where = asCondition(lowerPredicate(predicate, at));
  if (table.expansion !== undefined) return filterElements(table, table.expansion, where, at, span);
  return withRelation(table, filterWithWindow(table.relation, where, hasColumnIn(at.run), span));
}

function sortKeys(keys: readonly WrittenSortKey[], place: Place): readonly SortKey[] {
  return keys.map((key) => {
    const descending = key.order !== 'asc';
    return {
      value: lowerScalar(key.value, place),
      descending,
      nullsFirst: key.nulls === undefined ? !descending : key.nulls === 'first',
    };
  });
}

function constantCount(expression: Expression, place: Place): number | undefined {
  const value = lowerScalar(expression, { ...place, row: undefined });
  return value.op === 'literal' && value.value.type === 'long' ? Number(value.value.value) : undefined;
}

function lowerDistinct(columns: readonly NamedExpression[], distinct: Table, place: Place, span: Span): Table {
  const all = columns.some((column) => column.value.kind === 'star');
  if (!all) {
    const by = namedScalars(columns, { ...place, row: distinct.columns });
    return tableAbove(place.run, aggregate(distinct.relation, by, [], span), [distinct]);
  }
  const table = settle(distinct);
  if (table.columns.open) {
    place.run.report(
      'distinct-all',
      'warning',
      span,
      'Not all columns are known, so equal rows cannot be told from others.',
    );
    return { relation: opaqueRelation('distinct *', table.relation, span), columns: table.columns };
  }
  const by = [...table.columns.known].map(([name, { type }]) => ({ name, value: field(name, [], type, span) }));
  return tableAbove(place.run, aggregate(table.relation, by, [], span), [table]);
}

// ---------------------------------------------------------------------------------------------- columns

/** The columns that expressions give, with the names that they have or get. */
export function namedScalars(expressions: readonly NamedExpression[], place: Place): readonly NamedScalar[] {
  const named: NamedScalar[] = [];
  const taken = new Set<string>();
  const nextName = columnCounter();
  for (const expression of expressions) {
    for (const column of columnsOf(expression, place)) {
      const wanted = column.name ?? implicitName(expression.value) ?? nextName();
      const name = column.given ? wanted : uniqueName(wanted, taken);
      taken.add(name);
      named.push({ name, value: column.value });
    }
  }
  return named;
}

interface ExpressionColumn {
  readonly name: string | undefined;
  /** The query gives the name. */
  readonly given: boolean;
  readonly value: Scalar;
}

/**
 * The columns that an expression gives: one, or those of a function that gives several. `(a, b) = f()` names the first
 * two; the others have the names that the function gives itself.
 */
function columnsOf(expression: NamedExpression, place: Place): readonly ExpressionColumn[] {
  let { value } = expression;
  while (value.kind === 'parenthesised') value = value.of;
  const name = value.kind === 'call' ? value.name.name : '';
  const several = scalarFunction(name)?.columns;
  const whole = lowerScalar(value, place);
  const names = expression.names.map((one) => one.name);
  if (several === undefined || lookUp(place.scope, name) !== undefined) {
    if (!expression.tuple) return [{ name: names[0], given: names.length > 0, value: whole }];
    return names.map((one, index) => ({
      name: one,
      given: true,
      value: makeCall('element', [whole, long(index, value.span)], value.span),
    }));
  }
  const argument = value.kind === 'call' && value.args[0] !== undefined ? implicitName(value.args[0].value) : undefined;
  return several.map(({ suffix, type }, index) => ({
    name: names[index] ?? `${name}_${argument ?? ''}_${suffix}`,
    given: names[index] !== undefined,
    value: makeCall('element', [whole, keyOf(name, suffix, index, value.span)], value.span, type),
  }));
}

/** `series_stats` is a bag of its columns, the others are arrays. */
function keyOf(name: string, suffix: string, index: number, span: Span): Scalar {
  return name === 'series_stats'
    ? { op: 'literal', value: { type: 'string', value: suffix }, span }
    : long(index, span);
}

function lowerExtend(columns: readonly NamedExpression[], table: Table, at: Place, span: Span): Table {
  return extendTable(table, namedScalars(columns, at), span);
}

type ProjectOperator = Extract<Operator, { readonly op: 'project' }>;

function lowerProject(operator: ProjectOperator, table: Table, at: Place): Table {
  const { span } = operator;
  switch (operator.mode) {
    case 'project':
    case 'project-smart': {
      if (table.keepsRow === true) return addToRow(table, namedScalars(operator.columns, at), span);
      const columns = namedScalars(withoutStars(operator.columns, table.columns), at);
      return projectTable(table, columns, span);
    }
    case 'project-away':
    case 'project-keep': {
      const settled = settle(table);
      const names = operator.columns.flatMap((column) => columnName(column.value) ?? []);
      const drops = operator.mode === 'project-away';
      const picked = namePattern(names);
      reportMissing(names, settled.columns, operator, at);
      const relation = select(settled.relation, drops ? 'drop' : 'keep', names, span);
      const derived = tableAbove(at.run, relation, [settled]);
      const known = [...settled.columns.known].filter(([name]) => picked(name) !== drops);
      return { ...derived, columns: keepAliases(derived.columns, new Map(known)) };
    }
    case 'project-rename': {
      const settled = settle(table);
      const columns = operator.columns.flatMap((column) => {
        const from = columnName(column.value);
        const to = column.names[0]?.name;
        return from === undefined || to === undefined ? [] : [{ from, to }];
      });
      reportMissing(
        columns.map((column) => column.from),
        settled.columns,
        operator,
        at,
      );
      return tableAbove(at.run, rename(settled.relation, columns, span), [settled]);
    }
    case 'project-reorder': {
      // The order of columns has no meaning but which is the first.
      const names = operator.columns.flatMap((column) => columnName(column.value) ?? []);
      const first = names.flatMap((name) => [...table.columns.known.keys()].filter(namePattern([name])));
      const order = [...new Set([...first, ...table.columns.known.keys()])];
      const known = new Map(
        order.flatMap((name) => {
          const column = table.columns.known.get(name);
          return column === undefined ? [] : [[name, column] as const];
        }),
      );
      return { ...table, columns: { ...table.columns, known } };
    }
  }
}

/** The row with the columns of a `project` inside an `mv-apply`: the parts of the element that it leaves out are gone. */
function addToRow(table: Table, columns: readonly NamedScalar[], span: Span): Table {
  const names = new Set(columns.map((column) => column.name));
  const added = extendTable(table, columns, span);
  const isElement = (name: string): boolean => {
    const part = table.columns.known.get(name)?.xml?.part;
    return part === 'element' || part === 'name' || part === 'value';
  };
  return { ...added, columns: withoutColumns(added.columns, (name) => isElement(name) && !names.has(name)) };
}

/** Aliases stay where the column that they speak of is still there. */
function keepAliases(columns: Columns, before: Columns['known']): Columns {
  const known = new Map(columns.known);
  for (const [name, column] of before) {
    const of = column.alias?.of.name;
    if (of !== undefined && known.has(of) && known.has(name)) known.set(name, column);
  }
  return { ...columns, known };
}

/** `*` in `project`: every known column. */
function withoutStars(columns: readonly NamedExpression[], known: Columns): readonly NamedExpression[] {
  return columns.flatMap((column) => {
    if (column.value.kind !== 'star') return [column];
    return [...known.known.keys()].map((name) => ({
      names: [],
      tuple: false,
      value: { kind: 'name' as const, name, bracketed: false, span: column.span },
      span: column.span,
    }));
  });
}

/** The name, possibly with `*`, that a column operator is given. */
function columnName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind === 'star') return '*';
  return expression.kind === 'literal' && expression.literal.type === 'string' ? expression.literal.value : undefined;
}

function reportMissing(names: readonly string[], columns: Columns, operator: ProjectOperator, at: Place): void {
  if (columns.open) return;
  operator.columns.forEach((column, index) => {
    const name = columnName(column.value) ?? names[index];
    if (name === undefined || name.includes('*') || columns.known.has(name)) return;
    const hint = at.run.didYouMean(name, () => columns.known.keys());
    at.run.report('unknown-column', 'warning', column.span, `There is no column \`${name}\` here.`, hint);
  });
}

// ---------------------------------------------------------------------------------------------- functions, free text

function lowerInvoke(operator: Extract<Operator, { readonly op: 'invoke' }>, table: Table, place: Place): Table {
  const { call, span } = operator;
  const name = call.kind === 'call' ? call.name.name : call.kind === 'name' ? call.name : undefined;
  const binding = name === undefined ? undefined : lookUp(place.scope, name);
  if (binding?.kind !== 'function') {
    const hint = place.run.didYouMean(name ?? '', () => declaredNames(place.scope));
    place.run.report('unknown-function', 'warning', span, `Nothing declares the function \`${name ?? ''}\`.`, hint);
    return opaque(operator, table);
  }
  return callForTable(binding.definition, call.kind === 'call' ? call.args : [], place, table, span, () =>
    writtenOperator(operator),
  );
}

function lowerSearch(
  operator: Extract<Operator, { readonly op: 'search' }>,
  input: Table | undefined,
  place: Place,
): Table {
  const { span } = operator;
  const searched = input === undefined ? searchedTables(operator.tables, place, span) : settle(input);
  const at: Place = {
    ...place,
    row: searched.columns,
    searching: { caseSensitive: parameterName(operator.parameters, 'kind') === 'case_sensitive' },
  };
  const where = lowerPredicate(operator.predicate, at);
  return withRelation(searched, filterWithWindow(searched.relation, where, hasColumnIn(place.run)));
}

function searchedTables(tables: readonly Source[], place: Place, span: Span): Table {
  if (tables.length === 0) {
    place.run.report('wildcard-tables', 'info', span, '`search` without tables reads all of them.');
    return { relation: sourceOf('*', {}, span), columns: OPEN_COLUMNS };
  }
  const inputs = tables.map((table) => lowerSource(table, place));
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  return tableAbove(
    place.run,
    union(
      inputs.map((one) => one.relation),
      {},
      span,
    ),
    inputs,
  );
}
