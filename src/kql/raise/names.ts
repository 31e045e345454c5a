/** What a rule's author calls the functions of the Detection, for messages. */
import type { AggregateFunction, Scalar, ScalarFunction } from '../../ir/types.ts';
import { ARITHMETIC, nameOfCall } from './calls.ts';

type Call = Extract<Scalar, { readonly op: 'call' }>;

/** Functions that are no calls in KQL, or that lowering makes of something else. */
const WORDED: Readonly<Partial<Record<ScalarFunction, string>>> = {
  ...ARITHMETIC,
  negate: '-',
  floor: 'floor',
  makeTimespan: 'make_timespan',
  element: '[]',
  anyElement: 'mv-apply',
  columnNames: 'column names',
};

/** The aggregates’ names in KQL. */
export const AGGREGATES: Readonly<Record<Exclude<AggregateFunction, 'other'>, string>> = {
  count: 'count',
  countDistinct: 'dcount',
  sum: 'sum',
  average: 'avg',
  min: 'min',
  max: 'max',
  percentile: 'percentile',
  standardDeviation: 'stdev',
  variance: 'variance',
  argMax: 'arg_max',
  argMin: 'arg_min',
  any: 'take_any',
  list: 'make_list',
  set: 'make_set',
  bag: 'make_bag',
  binaryAnd: 'binary_all_and',
  binaryOr: 'binary_all_or',
  hll: 'hll',
};

/** The function's name in KQL, or the operator's sign. */
export function kqlName(call: Call): string {
  return WORDED[call.fn] ?? nameOfCall(call).name;
}

/** The aggregate as written, or its name in KQL. */
export function kqlAggregate(measure: { readonly fn: AggregateFunction; readonly text?: string }): string {
  return measure.text ?? (measure.fn === 'other' ? 'aggregate' : AGGREGATES[measure.fn]);
}
