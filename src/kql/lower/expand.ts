/** `mv-expand` and `mv-apply`; and the elements of XML payloads, which they take apart. */
import {
  and,
  apply,
  call,
  expand,
  field,
  missing,
  not,
  opaqueRelation,
  or,
  source,
  text,
  unpack,
} from '../../ir/build.ts';
import { columnsReadBy, outsideSubqueries, predicatePart, rewritePredicate } from '../../ir/walk.ts';
import type { NamedScalar, Predicate, Relation, Scalar, ScalarType } from '../../ir/types.ts';
import { APPLY_INPUT } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Expression, NamedExpression, Operator } from '../ast.ts';
import { aggregateFunction } from '../functions.ts';
import type { Column } from './columns.ts';
import { plainColumns, typeOfScalar, uniqueName, withColumns } from './columns.ts';
import type { Place, Table } from './context.ts';
import { parameterName } from './join.ts';
import { scalarTypeOf } from './literals.ts';
import { aggregateName, columnCounter, implicitName } from './names.ts';
import { lowerOperator } from './operators.ts';
import type { Expansion } from './payload.ts';
import { concernsElements, isNamedList, namesAskedFor, payloadField, xmlPartOf } from './payload.ts';
import { lowerScalar } from './scalar.ts';
import { extendTable, hasColumnIn, settle, tableAbove } from './tables.ts';
import { filterWithWindow } from './window.ts';
import { writtenOperator } from './written.ts';

type ExpandOperator = Extract<Operator, { readonly op: 'mv-expand' }>;
type ApplyOperator = Extract<Operator, { readonly op: 'mv-apply' }>;

interface ExpandedColumn {
  readonly name: string;
  readonly value: Scalar;
  readonly type: ScalarType;
}

function expandedColumns(columns: ExpandOperator['columns'], at: Place): readonly ExpandedColumn[] {
  const nextName = columnCounter();
  const taken = new Set<string>();
  return columns.map((column) => {
    const name = uniqueName(column.names[0]?.name ?? implicitName(column.value) ?? nextName(), taken);
    taken.add(name);
    return {
      name,
      value: lowerScalar(column.value, at),
      type: column.toType === undefined ? 'dynamic' : scalarTypeOf(column.toType),
    };
  });
}

function limitOf(limit: Expression | undefined, at: Place): { readonly limit?: number } {
  if (limit === undefined) return {};
  const value = lowerScalar(limit, { ...at, row: undefined });
  return value.op === 'literal' && value.value.type === 'long' ? { limit: Number(value.value.value) } : {};
}

export function lowerExpand(operator: ExpandOperator, table: Table, at: Place): Table {
  const { span } = operator;
  const columns = expandedColumns(operator.columns, at);
  const index = parameterName(operator.parameters, 'with_itemindex');
  const kind = parameterName(operator.parameters, 'bagexpansion') ?? parameterName(operator.parameters, 'kind');
  const relation = expand(
    table.relation,
    columns,
    {
      bagsAsArrays: kind === 'array',
      ...(index === undefined ? {} : { indexColumn: index }),
      ...limitOf(operator.limit, at),
    },
    span,
  );
  const elements = elementsOf(table, columns, false);
  const added: { readonly name: string; readonly column: Column }[] = columns.map(({ name, type }) => ({
    name,
    column: { type },
  }));
  if (index !== undefined) added.push({ name: index, column: { type: 'long' } });
  if (elements !== undefined) return { relation, ...elements };
  return { relation, columns: withColumns(table.columns, added) };
}

// ---------------------------------------------------------------------------------------------- XML payloads

/** The elements of an XML list of named values, when that is what is expanded. */
function elementsOf(
  table: Table,
  columns: readonly ExpandedColumn[],
  inApply: boolean,
): (Pick<Table, 'columns' | 'expansion'> & { readonly expansion: Expansion }) | undefined {
  const [only, ...others] = columns;
  if (only === undefined || others.length > 0) return undefined;
  const part = xmlPartOf(only.value, table.columns);
  if (!isNamedList(part)) return undefined;
  const known = new Map(table.columns.known);
  known.set(only.name, { type: 'dynamic', xml: { part: 'element', of: part.of } });
  return { columns: { ...table.columns, known }, expansion: { base: table, of: part.of, inApply } };
}

/** A filter on the elements. One that picks an element by its name leads back to the rows of the base. */
export function filterElements(table: Table, expansion: Expansion, where: Predicate, at: Place, span: Span): Table {
  const { base, of } = expansion;
  const conjuncts = where.op === 'and' ? where.of : [where];
  const asked = conjuncts.map((conjunct) => namesAskedFor(conjunct, table.columns));
  const picked = asked.find((names) => names?.length === 1)?.[0];
  if (
    picked !== undefined &&
    conjuncts.every((conjunct, index) => asked[index] !== undefined || !asksForName(conjunct, table))
  ) {
    const others = conjuncts.filter((_, index) => asked[index] === undefined);
    const exists = not(missing(payloadField(of, picked, span), 'absent', span), span);
    const inBase = and([exists, ...others.map((one) => onPayload(one, picked, table))], span);
    reportByName(at, span);
    return {
      relation: filterWithWindow(base.relation, inBase, hasColumnIn(at.run)),
      columns: pickedColumns(table, base, of, picked, span),
      ...(expansion.inApply ? { keepsRow: true } : {}),
    };
  }
  const relation = filterWithWindow(table.relation, where, hasColumnIn(at.run));
  const reads = columnsReadBy(predicatePart(where));
  if (!reads.all && !concernsElements(reads.names, table.columns)) {
    const narrowed = { ...base, relation: filterWithWindow(base.relation, where, hasColumnIn(at.run)) };
    return { ...table, relation, expansion: { ...expansion, base: narrowed } };
  }
  const names = conjuncts.length === 1 ? asked[0] : undefined;
  if (names === undefined) return { relation, columns: table.columns };
  const some = or(
    names.map((name) => not(missing(payloadField(of, name, span), 'absent', span), span)),
    span,
  );
  const narrowed = { ...base, relation: filterWithWindow(base.relation, some, hasColumnIn(at.run)) };
  return { ...table, relation, expansion: { ...expansion, base: narrowed } };
}

function asksForName(predicate: Predicate, table: Table): boolean {
  return [...columnsReadBy(predicatePart(predicate)).names].some(
    (name) => table.columns.known.get(name)?.xml?.part === 'name',
  );
}

/** The predicate with the picked element's value said as the payload's column. */
function onPayload(predicate: Predicate, picked: string, table: Table): Predicate {
  const scalar = (place: Scalar): Scalar => {
    const part = place.op === 'field' ? xmlPartOf(place, table.columns) : undefined;
    return part?.part === 'value' ? payloadField(part.of, picked, place.span) : place;
  };
  return rewritePredicate(predicate, { scalar }, outsideSubqueries);
}

/** The columns of the base, and those that held parts of the element. */
function pickedColumns(table: Table, base: Table, of: Expansion['of'], picked: string, span: Span): Table['columns'] {
  const known = new Map(base.columns.known);
  const value = payloadField(of, picked, span);
  for (const [name, column] of table.columns.known) {
    switch (column.xml?.part) {
      case 'element': {
        const bag = call(
          'makeBag',
          [text('@Name', span), text(picked, span), text('#text', span), value],
          'dynamic',
          span,
        );
        known.set(name, { type: 'dynamic', xml: { part: 'element', of, name: picked }, virtual: bag });
        break;
      }
      case 'name':
        known.set(name, { type: 'string', xml: { part: 'name', of, name: picked }, virtual: text(picked, span) });
        break;
      case 'value':
        known.set(name, { type: 'string', xml: { part: 'value', of, name: picked }, virtual: value });
        break;
      case 'node':
      case 'bag':
      case undefined:
        if (!known.has(name)) known.set(name, { type: column.type });
        break;
    }
  }
  return { ...base.columns, known };
}

function reportByName(at: Place, span: Span): void {
  at.run.report('payload-by-name', 'info', span, 'The XML payload is read as columns by name, one row for each event.');
}

/** `summarize make_bag(pack(name, value))`: the elements as one bag for each row of the base. */
export function collectElements(
  table: Table,
  measures: readonly NamedExpression[],
  keys: readonly NamedScalar[],
  at: Place,
): Table | undefined {
  const { expansion } = table;
  const [measure, ...others] = measures;
  if (expansion === undefined || measure === undefined || others.length > 0) return undefined;
  const { value } = measure;
  if (value.kind !== 'call' || aggregateFunction(value.name.name)?.fn !== 'bag') return undefined;
  const argument = value.args[0] === undefined ? undefined : lowerScalar(value.args[0].value, at);
  const part = argument === undefined ? undefined : xmlPartOf(argument, table.columns);
  if (part?.part !== 'bag') return undefined;
  const { base, of } = expansion;
  const name = measure.names[0]?.name ?? aggregateName(value) ?? 'bag_';
  const bag: Column = { type: 'dynamic', xml: { part: 'bag', of }, virtual: of };
  reportByName(at, value.span);
  if (expansion.inApply) {
    return {
      relation: base.relation,
      columns: { ...base.columns, known: new Map([...base.columns.known, [name, bag]]) },
      keepsRow: true,
    };
  }
  const grouped = keysOverBase(table, base, keys, value.span);
  if (grouped === undefined) return undefined;
  const known = new Map<string, Column>();
  for (const key of keys) known.set(key.name, { type: typeOfScalar(key.value) });
  known.set(name, bag);
  return { relation: grouped.relation, columns: { known, open: false } };
}

/** The base with group keys that are more than its columns added; `undefined` when a key is a part of an element. */
function keysOverBase(table: Table, base: Table, keys: readonly NamedScalar[], span: Span): Table | undefined {
  const reads = keys.flatMap((key) => (key.value.op === 'field' ? [key.value.name] : []));
  if (concernsElements(reads, table.columns)) return undefined;
  const added = keys.filter(
    (key) => key.value.op !== 'field' || key.value.path.length > 0 || key.value.name !== key.name,
  );
  return added.length === 0 ? base : extendTable(base, added, span);
}

/** `evaluate pivot(name, any(value), columns)`: the elements as columns, one row for each row of the base. */
export function pivotElements(
  table: Table,
  name: Scalar,
  value: Scalar | undefined,
  columns: readonly Scalar[],
  at: Place,
  span: Span,
): Table | undefined {
  const { expansion } = table;
  if (expansion === undefined || value === undefined) return undefined;
  if (xmlPartOf(name, table.columns)?.part !== 'name' || xmlPartOf(value, table.columns)?.part !== 'value')
    return undefined;
  const { base, of } = expansion;
  const known = new Map<string, Column>();
  if (columns.length === 0) for (const [column, described] of base.columns.known) known.set(column, described);
  for (const column of columns) {
    if (column.op !== 'field' || column.path.length > 0) return undefined;
    known.set(column.name, base.columns.known.get(column.name) ?? { type: column.type });
  }
  reportByName(at, span);
  return {
    relation: base.relation,
    columns: { known, open: false, payload: { bag: of, prefix: '', type: 'string', alone: true } },
  };
}

/** `evaluate bag_unpack(element)`: the columns `@Name` and `#text`. */
export function unpackElement(table: Table, element: Scalar, span: Span): Table | undefined {
  if (element.op !== 'field' || table.expansion === undefined) return undefined;
  const part = xmlPartOf(element, table.columns);
  if (part?.part !== 'element') return undefined;
  const known = new Map(table.columns.known);
  known.delete(element.name);
  known.set('@Name', { type: 'string', xml: { part: 'name', of: part.of } });
  known.set('#text', { type: 'string', xml: { part: 'value', of: part.of } });
  return {
    ...table,
    relation: unpack(table.relation, field(element.name, [], 'dynamic', span), '', span),
    columns: { ...table.columns, known },
  };
}

// ---------------------------------------------------------------------------------------------- mv-apply

export function lowerApply(operator: ApplyOperator, table: Table, place: Place): Table {
  const at: Place = { ...place, row: table.columns };
  const columns = expandedColumns(operator.columns, at);
  const elements = elementsOf(table, columns, true);
  if (elements !== undefined) {
    const applied = throughOperators({ relation: table.relation, ...elements }, operator.operators, place);
    if (applied.keepsRow === true) return { relation: applied.relation, columns: applied.columns };
  }
  const { span } = operator;
  if (operator.operators.length === 0)
    return { relation: opaqueRelation(writtenOperator(operator), table.relation, span), columns: table.columns };
  const settled = settle(table);
  const outside = plainColumns(settled.columns);
  const inside: Table = {
    relation: source(APPLY_INPUT, {}, span),
    columns: withColumns(
      outside,
      columns.map(({ name, type }) => ({ name, column: { type } })),
    ),
  };
  const query = settle(throughOperators(inside, operator.operators, place));
  const relation: Relation = apply(settled.relation, columns, query.relation, span);
  return tableAbove(place.run, relation, [settled, query]);
}

function throughOperators(table: Table, operators: readonly Operator[], place: Place): Table {
  return operators.reduce((before, operator) => lowerOperator(operator, before, place), table);
}
