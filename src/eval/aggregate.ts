/** `summarize`: groups and what is measured of them. */
import type { Measure, Value } from '../ir/types.ts';
import type { RelationOf } from '../ir/build.ts';
import type { Context } from './context.ts';
import { ARITHMETIC } from './functions/arithmetic.ts';
import { arrayOf, makeBag } from './functions/family.ts';
import { evaluatePredicate } from './predicate.ts';
import { evaluateScalar } from './scalar.ts';
import {
  dynamicValue,
  EvaluationUnsupported,
  groupKey,
  isNull,
  jsonOf,
  longValue,
  NULL,
  nullOfType,
  orderOf,
  plain,
  realValue,
  toLong,
  toNumber,
} from './value.ts';
import type { Row } from './value.ts';

type Group = { readonly keys: readonly Value[]; readonly rows: Row[] };

/** One row for each group: keys, then measures. Without keys there is one group, even of no rows. */
export function aggregateRows(node: RelationOf<'aggregate'>, rows: readonly Row[], context: Context): readonly Row[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const keys = node.by.map(({ value }) => evaluateScalar(value, row, context));
    const key = JSON.stringify(keys.map(groupKey));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { keys, rows: [row] });
    else group.rows.push(row);
  }
  if (node.by.length === 0 && groups.size === 0) groups.set('', { keys: [], rows: [] });
  return [...groups.values()].map((group) => {
    const result = new Map<string, Value>();
    node.by.forEach(({ name }, index) => result.set(name, group.keys[index] ?? NULL));
    for (const measure of node.measures) measureInto(result, measure, group.rows, context);
    return result;
  });
}

function measureInto(result: Map<string, Value>, measure: Measure, rows: readonly Row[], context: Context): void {
  const { where } = measure;
  const counted = where === undefined ? rows : rows.filter((row) => evaluatePredicate(where, row, context) === true);
  if (measure.fn === 'argMax' || measure.fn === 'argMin') chooseRow(result, measure, counted, context);
  else result.set(measure.name, measureOf(measure, counted, context));
}

/** The value of a measure over rows. Also what `make-series` computes for each step. */
export function measureOf(measure: Measure, rows: readonly Row[], context: Context): Value {
  const [arg] = measure.args;
  const all = arg === undefined ? [] : rows.map((row) => evaluateScalar(arg, row, context));
  const values = all.filter((value) => !isNull(plain(value)));
  switch (measure.fn) {
    case 'count':
      return longValue(rows.length);
    case 'countDistinct':
      return longValue(new Set(values.map((value) => groupKey(plain(value)))).size);
    case 'sum':
      return sum(values);
    case 'average': {
      const numbers = numbersOf(values);
      return numbers.length === 0 ? nullOfType('real') : likeFirst(values, total(numbers) / numbers.length);
    }
    case 'min':
      return extreme(values, -1);
    case 'max':
      return extreme(values, 1);
    case 'percentile':
      return percentile(values, measure.parameter ?? 50);
    case 'variance':
      return realValue(variance(numbersOf(values)));
    case 'standardDeviation':
      return realValue(Math.sqrt(variance(numbersOf(values))));
    case 'any':
      return values[0] ?? all[0] ?? NULL;
    case 'list':
      return dynamicValue(values.slice(0, measure.parameter).map(jsonOf));
    case 'set': {
      // Of arrays, the set of their elements.
      const items = values.flatMap((value) => arrayOf(value)?.map(dynamicValue) ?? [value]);
      const found = new Map(items.map((item) => [groupKey(plain(item)), item] as const).toReversed());
      const inOrder = items.filter((item) => found.get(groupKey(plain(item))) === item);
      return dynamicValue(inOrder.slice(0, measure.parameter).map(jsonOf));
    }
    case 'bag': {
      const entries = values.flatMap((value) => {
        const json = jsonOf(value);
        return typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.entries(json) : [];
      });
      return dynamicValue(makeBag(entries.toReversed()));
    }
    case 'binaryAnd':
      return bitwise(values, (left, right) => left & right);
    case 'binaryOr':
      return bitwise(values, (left, right) => left | right);
    case 'argMax':
    case 'argMin':
      return extreme(values, measure.fn === 'argMax' ? 1 : -1);
    case 'hll':
    case 'other':
      throw new EvaluationUnsupported(`the aggregate ${measure.text ?? measure.fn}`);
  }
}

/** The row at which a value is greatest or least: the columns asked for, or all of them. */
function chooseRow(result: Map<string, Value>, measure: Measure, rows: readonly Row[], context: Context): void {
  const [of, ...columns] = measure.args;
  if (of === undefined) return;
  const direction = measure.fn === 'argMax' ? 1 : -1;
  let chosen: Row | undefined;
  let best: Value = NULL;
  for (const row of rows) {
    const value = evaluateScalar(of, row, context);
    const better = chosen === undefined || isNull(best) || (orderOf(value, best) ?? -1) * direction > 0;
    if (better && (chosen === undefined || !isNull(value))) {
      chosen = row;
      best = value;
    }
  }
  if (!result.has(measure.name)) result.set(measure.name, best);
  if (chosen === undefined) return;
  if (columns.length === 0) {
    for (const [name, value] of chosen) if (!result.has(name)) result.set(name, value);
  }
  for (const column of columns) {
    if (column.op === 'field' && column.path.length === 0 && !result.has(column.name)) {
      result.set(column.name, evaluateScalar(column, chosen, context));
    }
  }
}

const numbersOf = (values: readonly Value[]): readonly number[] =>
  values.map(toNumber).filter((number) => number !== undefined);

const total = (numbers: readonly number[]): number => numbers.reduce((sum_, number) => sum_ + number, 0);

function sum(values: readonly Value[]): Value {
  return values.reduce<Value>(
    (left, right) => ARITHMETIC.add?.([left, right], { type: 'long' }) ?? left,
    values[0]?.type === 'timespan' ? { type: 'timespan', value: 0 } : longValue(0),
  );
}

/** A mean of durations is a duration, of instants an instant. */
function likeFirst(values: readonly Value[], number: number): Value {
  const type = values[0]?.type;
  return type === 'timespan' || type === 'datetime' || type === 'decimal' ? { type, value: number } : realValue(number);
}

function extreme(values: readonly Value[], direction: number): Value {
  return values.reduce<Value>(
    (best, value) => (isNull(best) || (orderOf(value, best) ?? 0) * direction > 0 ? value : best),
    NULL,
  );
}

/** The nearest rank. */
function percentile(values: readonly Value[], percent: number): Value {
  const sorted = values.toSorted((left, right) => orderOf(left, right) ?? 0);
  const rank = Math.ceil((Math.max(0, Math.min(100, percent)) / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? NULL;
}

/** Of a sample. */
function variance(numbers: readonly number[]): number {
  if (numbers.length < 2) return 0;
  const mean = total(numbers) / numbers.length;
  return total(numbers.map((number) => (number - mean) ** 2)) / (numbers.length - 1);
}

function bitwise(values: readonly Value[], body: (left: bigint, right: bigint) => bigint): Value {
  const longs = values.map(toLong).flatMap((value) => (value.type === 'long' ? [value.value] : []));
  const [first, ...rest] = longs;
  return first === undefined ? nullOfType('long') : longValue(rest.reduce(body, first));
}
