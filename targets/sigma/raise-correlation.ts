/**
 * Correlation rules as relations.
 *
 * Counting ones are an aggregate over the events of all their rules, by the group fields, with a condition on the one
 * measure. Temporal ones are an inner join of their rules on the group fields, within the lookback; ordered ones have a
 * condition on the times above it. Where an inner correlation looks at another time span than the lookback, its sources
 * have a window.
 */
import * as build from '../../src/ir/build.ts';
import type { Comparison, Measure, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { MEASURE, renamedColumn, TIME_COLUMN } from './shape-names.ts';
import type { BoundOperator, CorrelationCondition, SigmaCorrelation } from './tree.ts';
import { rewriteRelation } from '../../src/ir/walk.ts';

/** Raises the rules that a correlation names. */
export interface RuleRaiser {
  /** Of the whole file; milliseconds. */
  readonly lookback: number | undefined;
  /** `timed`: a correlation's rows are to have the time of its last event. */
  raiseRule(name: string, timed: boolean): Relation;
  isCorrelation(name: string): boolean;
}

export function raiseCorrelation(correlation: SigmaCorrelation, rules: RuleRaiser, timed: boolean): Relation {
  const relation = raiseByType(correlation, rules, timed);
  return correlation.timespan === rules.lookback ? relation : within(relation, correlation.timespan);
}

function raiseByType(correlation: SigmaCorrelation, rules: RuleRaiser, timed: boolean): Relation {
  const { condition, span } = correlation;
  switch (correlation.type) {
    case 'event_count':
    case 'value_count':
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile':
    case 'value_median': {
      const measure = condition === undefined ? undefined : measureOf(correlation, condition);
      if (condition === undefined || measure === undefined) return build.opaqueRelation('correlation', undefined, span);
      const by = correlation.groupBy.map((name): NamedScalar => ({ name, value: column(name, span) }));
      const measures: readonly Measure[] = timed ? [measure, lastTime(span)] : [measure];
      const grouped = build.aggregate(eventsOf(correlation, rules), by, measures, span);
      return build.filter(grouped, boundsOn(build.field(MEASURE, [], 'unknown', span), condition, span), span);
    }
    case 'temporal':
    case 'temporal_ordered':
      return raiseTemporal(correlation, rules);
  }
}

const column = (name: string, span: Span): Scalar => build.field(name, [], 'unknown', span);

const lastTime = (span: Span): Measure => ({
  name: TIME_COLUMN,
  fn: 'max',
  args: [column(TIME_COLUMN, span)],
  span,
});

/** The events of all rules, with a column for each alias. */
function eventsOf(correlation: SigmaCorrelation, rules: RuleRaiser): Relation {
  const { span } = correlation;
  const inputs = correlation.rules.map((rule) => {
    const columns = correlation.aliases.flatMap(({ alias, fields }): readonly NamedScalar[] => {
      const own = fields.find((one) => one.rule === rule)?.field;
      return own === undefined || own === alias ? [] : [{ name: alias, value: column(own, span) }];
    });
    return build.extend(rules.raiseRule(rule, false), columns, span);
  });
  const [first] = inputs;
  return inputs.length === 1 && first !== undefined ? first : build.union(inputs, {}, span);
}

function measureOf(correlation: SigmaCorrelation, condition: CorrelationCondition): Measure | undefined {
  const { span } = correlation;
  const fields = condition.fields.map((name) => column(name, span));
  const [first] = fields;
  const of = fields.length > 1 ? build.call('makeArray', fields, 'dynamic', span) : first;
  const measure = (fn: Measure['fn'], parameter?: number): Measure | undefined =>
    of === undefined
      ? undefined
      : { name: MEASURE, fn, args: [of], ...(parameter === undefined ? {} : { parameter }), span };
  switch (correlation.type) {
    case 'event_count':
      return { name: MEASURE, fn: 'count', args: [], span };
    case 'value_count':
      return measure('countDistinct');
    case 'value_sum':
      return measure('sum');
    case 'value_avg':
      return measure('average');
    case 'value_percentile':
      return condition.percentile === undefined ? undefined : measure('percentile', condition.percentile);
    case 'value_median':
      return measure('percentile', 50);
    case 'temporal':
    case 'temporal_ordered':
      return undefined;
  }
}

const COMPARISONS: Readonly<Record<Exclude<BoundOperator, 'neq'>, Comparison>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '==',
};

function boundsOn(subject: Scalar, condition: CorrelationCondition, span: Span): Predicate {
  return build.and(
    condition.bounds.map(({ operator, value }) => {
      const bound = Number.isInteger(value) ? build.long(value, span) : build.real(value, span);
      return operator === 'neq'
        ? build.not(build.compare(subject, '==', bound, span))
        : build.compare(subject, COMPARISONS[operator], bound, span);
    }),
    span,
  );
}

/** All rules occur with the same group values. Each side has the group columns and the time only. */
function raiseTemporal(correlation: SigmaCorrelation, rules: RuleRaiser): Relation {
  const { span, groupBy, condition } = correlation;
  const isAll =
    condition === undefined ||
    condition.bounds.every(({ operator, value }) => operator === 'gte' && value === correlation.rules.length);
  if (!isAll) return build.opaqueRelation('temporal correlation of some of its rules', undefined, span);
  const ordered = correlation.type === 'temporal_ordered';
  const sides = correlation.rules.map((rule) => {
    const keys = groupBy.map((name): NamedScalar => {
      const alias = correlation.aliases.find((one) => one.alias === name);
      const own = alias?.fields.find((one) => one.rule === rule)?.field ?? name;
      return { name, value: column(own, span) };
    });
    const time = ordered ? [{ name: TIME_COLUMN, value: column(TIME_COLUMN, span) }] : [];
    return build.project(rules.raiseRule(rule, ordered), [...keys, ...time], span);
  });
  const [first, ...others] = sides;
  if (first === undefined) return build.opaqueRelation('temporal correlation', undefined, span);
  let joined: Relation = first;
  const order: Predicate[] = [];
  const names = ordered ? [...groupBy, TIME_COLUMN] : groupBy;
  for (const [index, side] of others.entries()) {
    joined = build.join(
      'inner',
      joined,
      side,
      groupBy.map((name) => ({ left: column(name, span), right: column(name, span) })),
      { renamed: names.map((from) => ({ from, to: renamedColumn(from, index + 1) })) },
      span,
    );
    const before = index === 0 ? TIME_COLUMN : renamedColumn(TIME_COLUMN, index);
    if (ordered) {
      order.push(build.compare(column(before, span), '<=', column(renamedColumn(TIME_COLUMN, index + 1), span), span));
    }
  }
  return build.filter(joined, build.and(order, span), span);
}

/** The relation with its sources bounded to the last `timespan` milliseconds, unless they are bounded already. */
function within(relation: Relation, timespan: number): Relation {
  return rewriteRelation(relation, {
    relation: (node) =>
      node.op === 'source' && node.window === undefined
        ? { ...node, window: { from: -timespan, to: undefined, includesFrom: true, includesTo: true } }
        : node,
  });
}
