/** `summarize`: groups and what is measured of them. */
import { aggregate, extend, field, long, opaqueScalar, project, select } from '../../ir/build.ts';
import type { Measure, NamedScalar, Scalar } from '../../ir/types.ts';
import type { Expression, NamedExpression, Operator } from '../ast.ts';
import { aggregateFunction, isAggregate } from '../functions.ts';
import type { CallExpression } from './call.ts';
import { typeOfScalar, uniqueName } from './columns.ts';
import type { Place, Table } from './context.ts';
import { collectElements } from './expand.ts';
import { aggregateName, columnCounter, implicitName } from './names.ts';
import { namedScalars } from './operators.ts';
import { asCondition, lowerPredicate } from './predicate.ts';
import { lowerScalar } from './scalar.ts';
import { settle, tableAbove } from './tables.ts';
import { namesIn, writtenExpression } from './written.ts';

type Summarize = Extract<Operator, { readonly op: 'summarize' }>;

/** What a `summarize` measures, in pieces: the measures, and what is computed of them afterwards. */
export class Measures {
  readonly place: Place;
  readonly measures: Measure[] = [];
  /** Columns computed before the groups are made: arguments that have to be columns. */
  readonly before: NamedScalar[] = [];
  /** The columns that come out, in order. */
  readonly results: NamedScalar[] = [];
  /** Whether some result is computed from measures. */
  computes = false;
  readonly #taken: Set<string>;
  readonly #nextName = columnCounter();

  constructor(place: Place, keys: readonly NamedScalar[]) {
    this.place = place;
    this.#taken = new Set(keys.map((key) => key.name));
  }

  add(measure: NamedExpression): void {
    let { value } = measure;
    while (value.kind === 'parenthesised') value = value.of;
    const names = measure.names.map((name) => name.name);
    if (value.kind === 'call' && isAggregate(value.name.name)) this.#addAggregate(value, names);
    else this.#addComputed(value, names[0]);
  }

  #name(wanted: string | undefined): string {
    const name = uniqueName(wanted ?? this.#nextName(), this.#taken);
    this.#taken.add(name);
    return name;
  }

  #push(measure: Measure, output = true): void {
    this.measures.push(measure);
    if (output) this.results.push({ name: measure.name, value: field(measure.name, [], 'unknown', measure.span) });
  }

  #addAggregate(call: CallExpression, names: readonly string[]): void {
    const name = call.name.name;
    if (name === 'percentiles' || name === 'percentilesw') this.#addPercentiles(call, names);
    else if (name === 'arg_max' || name === 'arg_min' || name === 'argmax' || name === 'argmin')
      this.#addRow(call, names);
    else if (name === 'any' || name === 'take_any') this.#addAny(call, names);
    else this.#push(this.measureOf(call, this.#name(names[0] ?? aggregateName(call))));
  }

  /** One aggregate under a name. */
  measureOf(call: CallExpression, name: string): Measure {
    const { span } = call;
    const row = aggregateFunction(call.name.name);
    if (row === undefined || row.fn === 'other') {
      return {
        name,
        fn: 'other',
        args: call.args.map((arg) => lowerScalar(arg.value, this.place)),
        text: writtenExpression(call),
        span,
      };
    }
    const positions = [row.condition, row.parameter];
    const values = call.args.filter((_, index) => !positions.includes(index)).slice(0, row.values);
    const condition = row.condition === undefined ? undefined : call.args[row.condition];
    const parameter = row.parameter === undefined ? undefined : call.args[row.parameter];
    const limit = parameter === undefined ? undefined : this.#number(parameter.value);
    return {
      name,
      fn: row.fn,
      args: values.map((arg) => lowerScalar(arg.value, this.place)),
      ...(condition === undefined ? {} : { where: asCondition(lowerPredicate(condition.value, this.place)) }),
      ...(limit === undefined ? {} : { parameter: limit }),
      span,
    };
  }

  #number(expression: Expression): number | undefined {
    const value = lowerScalar(expression, { ...this.place, row: undefined });
    if (value.op !== 'literal') return undefined;
    if (value.value.type === 'long') return Number(value.value.value);
    return value.value.type === 'real' ? value.value.value : undefined;
  }

  #addPercentiles(call: CallExpression, names: readonly string[]): void {
    const [subject, ...rest] = call.args;
    const weighted = call.name.name === 'percentilesw';
    const base = subject === undefined ? undefined : implicitName(subject.value);
    (weighted ? rest.slice(1) : rest).forEach((arg, index) => {
      const parameter = this.#number(arg.value);
      const suffix = parameter === undefined ? index : String(parameter).replace('.', '_');
      const name = this.#name(names[index] ?? `percentile_${base ?? ''}_${suffix}`);
      const args = subject === undefined ? [] : [lowerScalar(subject.value, this.place)];
      if (weighted || parameter === undefined)
        this.#push({ name, fn: 'other', args, text: writtenExpression(call), span: call.span });
      else this.#push({ name, fn: 'percentile', args, parameter, span: call.span });
    });
  }

  /** `arg_max(value, columns)`: the value, and columns of its row under their own names. */
  #addRow(call: CallExpression, names: readonly string[]): void {
    const { span } = call;
    const row = aggregateFunction(call.name.name);
    const [value, ...rest] = call.args;
    if (value === undefined || row === undefined) {
      this.#push({ name: this.#name(names[0]), fn: 'other', args: [], text: writtenExpression(call), span });
      return;
    }
    const all = rest.some((arg) => arg.value.kind === 'star');
    const prefix = row.prefix === undefined ? '' : `${row.prefix}_`;
    const own = implicitName(value.value);
    const name = this.#name(names[0] ?? (own === undefined ? undefined : `${prefix}${own}`));
    const columns = all ? [] : rest.map((arg, index) => this.#columnFor(arg.value, names[index + 1], prefix));
    this.#push({ name, fn: row.fn, args: [lowerScalar(value.value, this.place), ...columns], span });
    for (const column of columns) this.results.push({ name: column.op === 'field' ? column.name : '', value: column });
    if (all) this.allColumns = true;
  }

  /** Whether all columns of a row come out beside the named ones. */
  allColumns = false;

  /** A column that holds an argument: the argument itself, where it is a column of the wanted name. */
  #columnFor(expression: Expression, wanted: string | undefined, prefix: string): Scalar {
    const value = lowerScalar(expression, this.place);
    const own = implicitName(expression);
    const name = this.#name(wanted ?? (own === undefined ? undefined : `${prefix}${own}`));
    if (value.op === 'field' && value.path.length === 0 && value.name === name) return value;
    this.before.push({ name, value });
    return field(name, [], typeOfScalar(value), expression.span);
  }

  /** `take_any(*)`, `take_any(a, b)`. */
  #addAny(call: CallExpression, names: readonly string[]): void {
    const { span } = call;
    if (call.args.some((arg) => arg.value.kind === 'star')) {
      // Any row is one at which a constant is greatest.
      this.measures.push({ name: HIDDEN_ROW, fn: 'argMax', args: [long(0, span)], span });
      this.allColumns = true;
      return;
    }
    const prefix = call.name.name === 'any' ? 'any_' : '';
    call.args.forEach((arg, index) => {
      const own = implicitName(arg.value);
      const name = this.#name(names[index] ?? (own === undefined ? undefined : `${prefix}${own}`));
      this.#push({ name, fn: 'any', args: [lowerScalar(arg.value, this.place)], span });
    });
  }

  /** An expression over aggregates: each becomes a hidden measure, the rest is computed of them. */
  #addComputed(expression: Expression, name: string | undefined): void {
    // Its own name first: `tostring(make_set(x))` is called like the set in it.
    const own = this.#name(name ?? computedName(expression));
    const hidden = new Map<string, Scalar>();
    const rewritten = replaceAggregates(expression, (call) => {
      const key = uniqueName(aggregateName(call) ?? 'measure_', this.#taken);
      this.#taken.add(key);
      const measure = this.measureOf(call, key);
      this.measures.push(measure);
      hidden.set(key, measure.args[0] ?? long(0));
      return { kind: 'name', name: key, bracketed: false, span: call.span };
    });
    this.computes = true;
    const columns = tableAbove(
      this.place.run,
      aggregate({ op: 'literal', columns: [], rows: [], span: expression.span }, [], this.measures),
      [],
    ).columns;
    const value =
      hidden.size === 0
        ? opaqueScalar(writtenExpression(expression), namesIn(expression), expression.span)
        : lowerScalar(rewritten, { ...this.place, row: columns });
    this.results.push({ name: own, value });
  }
}

/** The column of `take_any(*)` that holds nothing. */
const HIDDEN_ROW = '$row';

/** `tostring(max(x))` is called like the aggregate inside. */
function computedName(expression: Expression): string | undefined {
  if (expression.kind !== 'call') return undefined;
  const inner = expression.args[0]?.value;
  if (inner?.kind === 'call' && isAggregate(inner.name.name)) {
    const named = implicitName({
      ...expression,
      args: [{ value: { kind: 'name', name: 'x', bracketed: false, span: inner.span }, span: inner.span }],
    });
    return named === 'x' ? aggregateName(inner) : undefined;
  }
  return undefined;
}

/** The expression with its aggregate calls replaced, outermost first. */
function replaceAggregates(expression: Expression, replace: (call: CallExpression) => Expression): Expression {
  const inside = (one: Expression): Expression => replaceAggregates(one, replace);
  switch (expression.kind) {
    case 'call':
      if (isAggregate(expression.name.name)) return replace(expression);
      return { ...expression, args: expression.args.map((arg) => ({ ...arg, value: inside(arg.value) })) };
    case 'member':
    case 'parenthesised':
      return { ...expression, of: inside(expression.of) };
    case 'element':
      return { ...expression, of: inside(expression.of), index: inside(expression.index) };
    case 'unary':
      return { ...expression, operand: inside(expression.operand) };
    case 'binary':
      return { ...expression, left: inside(expression.left), right: inside(expression.right) };
    case 'between':
      return {
        ...expression,
        value: inside(expression.value),
        low: inside(expression.low),
        high: inside(expression.high),
      };
    case 'list':
      return { ...expression, value: inside(expression.value), items: expression.items.map(inside) };
    case 'literal':
    case 'name':
    case 'star':
    case 'subquery':
    case 'type':
    case 'source':
      return expression;
  }
}

export function lowerSummarize(operator: Summarize, input: Table, place: Place): Table {
  const { span } = operator;
  // Whole rows need what is kept in mind; everything else is in terms of stored fields.
  const table = operator.measures.some(takesWholeRow) ? settle(input) : input;
  const at: Place = { ...place, row: table.columns };
  const keys = namedScalars(operator.by ?? [], at);
  const collected = collectElements(table, operator.measures, keys, at);
  if (collected !== undefined) return collected;
  const measures = new Measures(at, keys);
  for (const measure of operator.measures) measures.add(measure);
  return groupTable(table, keys, measures, at, span);
}

/** `arg_max(x, *)`, `take_any(*)`. */
function takesWholeRow(measure: NamedExpression): boolean {
  let { value } = measure;
  while (value.kind === 'parenthesised') value = value.of;
  return value.kind === 'call' && value.args.some((arg) => arg.value.kind === 'star');
}

/** The table of groups; where results are computed of measures, those of the measures that have no name are left out. */
function groupTable(
  table: Table,
  keys: readonly NamedScalar[],
  measures: Measures,
  at: Place,
  span: Summarize['span'],
): Table {
  const { run } = at;
  const extended = extend(table.relation, measures.before, span);
  const input = measures.before.length === 0 ? table : tableAbove(run, extended, [table]);
  const grouped = tableAbove(run, aggregate(extended, keys, measures.measures, span), [input]);
  if (measures.measures.some((measure) => measure.name === HIDDEN_ROW)) {
    return tableAbove(run, select(grouped.relation, 'drop', [HIDDEN_ROW], span), [grouped]);
  }
  if (!measures.computes) return grouped;
  const typed = (column: NamedScalar): NamedScalar => ({
    name: column.name,
    value:
      column.value.op === 'field' && column.value.path.length === 0
        ? field(
            column.value.name,
            [],
            grouped.columns.known.get(column.value.name)?.type ?? 'unknown',
            column.value.span,
          )
        : column.value,
  });
  if (measures.allColumns) {
    const hidden = measures.measures
      .map((measure) => measure.name)
      .filter((name) => measures.results.every((result) => result.name !== name));
    const computed = measures.results.filter(
      (result) => result.value.op !== 'field' || result.value.name !== result.name,
    );
    const above = tableAbove(run, extend(grouped.relation, computed.map(typed), span), [grouped]);
    return hidden.length === 0 ? above : tableAbove(run, select(above.relation, 'drop', hidden, span), [above]);
  }
  const columns = [
    ...keys.map((key) => ({ name: key.name, value: field(key.name, [], typeOfScalar(key.value), span) })),
    ...measures.results,
  ].map(typed);
  return tableAbove(run, project(grouped.relation, columns, span), [grouped]);
}
