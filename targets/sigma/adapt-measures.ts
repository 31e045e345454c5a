/** Conditions on groups, taken apart: bounds on single measures, tests of the group keys, and the rest. */
import * as build from '../../src/ir/build.ts';
import type { AggregateShape } from '../../src/ir/shape.ts';
import type { Comparison, Measure, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { columnsReadBy, predicatePart } from '../../src/ir/walk.ts';

export interface Bound {
  readonly test: Comparison | '!=';
  readonly value: number;
  readonly predicate: Predicate;
}

export interface GroupConditions {
  /** By the measure that they bound, in the order of the source. */
  readonly bounds: ReadonlyMap<Measure, readonly Bound[]>;
  /** Tests that read group keys only: they hold of a group as they hold of each of its events. */
  readonly keyTests: readonly Predicate[];
  readonly others: readonly Predicate[];
}

export function groupConditions(shape: AggregateShape): GroupConditions {
  const keys = new Set(shape.by.map(({ name }) => name).filter((name) => name !== shape.bucket?.key));
  const bounds = new Map<Measure, Bound[]>();
  const keyTests: Predicate[] = [];
  const others: Predicate[] = [];
  const { where } = shape;
  for (const conjunct of where.op === 'and' ? where.of : [where]) {
    const found = boundsIn(conjunct, shape.measures);
    if (found !== undefined) {
      bounds.set(found.measure, [...(bounds.get(found.measure) ?? []), ...found.bounds]);
      continue;
    }
    const reads = columnsReadBy(predicatePart(conjunct));
    const readsKeysOnly = !reads.all && reads.names.size > 0 && [...reads.names].every((name) => keys.has(name));
    if (readsKeysOnly) keyTests.push(conjunct);
    else if (conjunct.op !== 'constant' || !conjunct.value) others.push(conjunct);
  }
  return { bounds, keyTests, others };
}

function boundsIn(
  predicate: Predicate,
  measures: readonly Measure[],
): { readonly measure: Measure; readonly bounds: readonly Bound[] } | undefined {
  const negated = predicate.op === 'not';
  const inner = predicate.op === 'not' ? predicate.of : predicate;
  switch (inner.op) {
    case 'compare': {
      const measure = measureOf(inner.left, measures);
      const value = inner.right.op === 'literal' ? numberOf(inner.right.value) : undefined;
      if (measure === undefined || value === undefined) return undefined;
      return { measure, bounds: [{ test: negated ? OPPOSITE[inner.test] : inner.test, value, predicate }] };
    }
    case 'oneOf': {
      const measure = measureOf(inner.subject, measures);
      const [first, ...more] = inner.values;
      const value = first === undefined || more.length > 0 ? undefined : numberOf(first);
      if (measure === undefined || value === undefined) return undefined;
      return { measure, bounds: [{ test: negated ? '!=' : '==', value, predicate }] };
    }
    case 'between': {
      const measure = measureOf(inner.subject, measures);
      const low = inner.low.op === 'literal' ? numberOf(inner.low.value) : undefined;
      const high = inner.high.op === 'literal' ? numberOf(inner.high.value) : undefined;
      if (negated || measure === undefined || low === undefined || high === undefined) return undefined;
      return {
        measure,
        bounds: [
          { test: '>=', value: low, predicate },
          { test: '<=', value: high, predicate },
        ],
      };
    }
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'match':
    case 'matchScalar':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return undefined;
  }
}

const OPPOSITE: Readonly<Record<Comparison, Comparison | '!='>> = {
  '==': '!=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

function numberOf(value: Value): number | undefined {
  if (value.type === 'long') return Number(value.value);
  return value.type === 'real' || value.type === 'decimal' ? value.value : undefined;
}

/** The measure that a scalar is: itself, or the number of elements of a set, which is a count of distinct values. */
function measureOf(scalar: Scalar, measures: readonly Measure[]): Measure | undefined {
  if (scalar.op === 'field' && scalar.path.length === 0) return measures.find(({ name }) => name === scalar.name);
  if (scalar.op !== 'call') return undefined;
  const [argument] = scalar.args;
  if (argument === undefined) return undefined;
  if (scalar.fn === 'toLong' || scalar.fn === 'toReal' || scalar.fn === 'round') return measureOf(argument, measures);
  if (scalar.fn !== 'arrayLength') return undefined;
  const set = measureOf(argument, measures);
  return set?.fn === 'set' && set.parameter === undefined ? asDistinctCount(set) : undefined;
}

const distinctCounts = new WeakMap<Measure, Measure>();

/** The same measure for the same set: bounds are gathered by measure. */
function asDistinctCount(set: Measure): Measure {
  const known = distinctCounts.get(set);
  if (known !== undefined) return known;
  const count: Measure = { ...set, fn: 'countDistinct' };
  distinctCounts.set(set, count);
  return count;
}

/** Whether there is a correlation for the measure. */
export function isSayable({ fn }: Measure): boolean {
  return fn === 'count' || fn === 'countDistinct' || fn === 'sum' || fn === 'average' || fn === 'percentile';
}

/** Whether more events can only make the bound hold, for a measure that grows with them. */
export function growsWith(bound: Bound): boolean {
  return bound.test === '>' || bound.test === '>=';
}

/** Whether one event alone makes the bounds hold: then they do not tell a group from the events that it is made of. */
export function holdOfOneEvent({ fn }: Measure, bounds: readonly Bound[]): boolean {
  return (fn === 'count' || fn === 'countDistinct') && bounds.every((bound) => holdsOf(bound, 1));
}

/** Whether a bound holds of a measured value. */
export function holdsOf({ test, value }: Bound, measured: number): boolean {
  switch (test) {
    case '==':
      return measured === value;
    case '!=':
      return measured !== value;
    case '<':
      return measured < value;
    case '<=':
      return measured <= value;
    case '>':
      return measured > value;
    case '>=':
      return measured >= value;
  }
}

/** The bound as a predicate on a column. */
export function boundOn(subject: Scalar, { test, value, predicate }: Bound): Predicate {
  const literal = Number.isInteger(value) ? build.long(value, predicate.span) : build.real(value, predicate.span);
  if (test === '!=') return build.not(build.compare(subject, '==', literal, predicate.span));
  return build.compare(subject, test, literal, predicate.span);
}
