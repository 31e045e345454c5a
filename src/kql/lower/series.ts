/** `make-series`. */
import { opaqueRelation, series, timespan } from '../../ir/build.ts';
import type { Measure, Scalar, Value } from '../../ir/types.ts';
import type { Operator } from '../ast.ts';
import { isAggregate } from '../functions.ts';
import { closedColumns, uniqueName } from './columns.ts';
import type { Place, Table } from './context.ts';
import { aggregateName, columnCounter, implicitName } from './names.ts';
import { namedScalars } from './operators.ts';
import { lowerScalar, makeCall } from './scalar.ts';
import { Measures } from './summarize.ts';
import { settle, tableAbove } from './tables.ts';
import { writtenOperator } from './written.ts';

type SeriesOperator = Extract<Operator, { readonly op: 'make-series' }>;

export function lowerSeries(operator: SeriesOperator, table: Table, at: Place): Table {
  const { span } = operator;
  const by = namedScalars(operator.by, at);
  const axis = operator.on;
  const axisName = implicitName(axis) ?? 'Column1';
  const taken = new Set([...by.map((key) => key.name), axisName]);
  const nextName = columnCounter();
  const reader = new Measures(at, by);
  const measures: (Measure & { readonly fill: Value })[] = [];
  for (const measure of operator.measures) {
    let { value } = measure;
    while (value.kind === 'parenthesised') value = value.of;
    if (value.kind !== 'call' || !isAggregate(value.name.name)) break;
    const name = uniqueName(measure.names[0]?.name ?? aggregateName(value) ?? nextName(), taken);
    taken.add(name);
    const fill = measure.default === undefined ? undefined : lowerScalar(measure.default, { ...at, row: undefined });
    measures.push({
      ...reader.measureOf(value, name),
      fill: fill?.op === 'literal' ? fill.value : { type: 'long', value: 0n },
    });
  }
  const step = operator.step;
  if (step === undefined || measures.length !== operator.measures.length) {
    at.run.report(
      'unsupported-argument',
      'warning',
      span,
      'The measures or the step of `make-series` are not understood.',
    );
    const columns = closedColumns([...taken].map((name) => [name, 'dynamic']));
    return { relation: opaqueRelation(writtenOperator(operator), settle(table).relation, span), columns };
  }
  const constants: Place = { ...at, row: undefined };
  const relation = series(
    {
      input: table.relation,
      measures,
      on: lowerScalar(axis, at),
      ...(operator.from === undefined ? {} : { from: lowerScalar(operator.from, constants) }),
      ...(operator.to === undefined ? {} : { to: endOf(lowerScalar(operator.to, constants), operator.inRange) }),
      step: lowerScalar(step, constants),
      by,
    },
    span,
  );
  return tableAbove(at.run, relation, [table]);
}

/** The end of the series, which does not count; in `in range(...)` it does, so that it lies just behind. */
function endOf(to: Scalar, inRange: boolean): Scalar {
  return inRange ? makeCall('add', [to, timespan(1, to.span)], to.span) : to;
}
