/** Aggregates and joins as correlation rules with the rules that they correlate: the inverse of `raise-correlation.ts`. */
import type { Detection, Measure, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { emitHeader, emitPartHeader } from './emit-header.ts';
import { notAdapted } from './emit-item.ts';
import { emitRule } from './emit-rule.ts';
import { slug } from './identifier-names.ts';
import { MEASURE, TIME_COLUMN } from './shape-names.ts';
import { LIMITS } from './support.ts';
import type {
  BoundOperator,
  CorrelationCondition,
  CorrelationType,
  FieldAlias,
  SigmaCorrelation,
  SigmaDocument,
  SigmaHeader,
} from './tree.ts';

/** The documents for a correlation: first the rules it is made of, last the correlation that alerts. */
export function emitCorrelations(adapted: Detection): readonly SigmaDocument[] {
  const writer = new CorrelationWriter(adapted);
  return writer.write();
}

class CorrelationWriter {
  readonly #adapted: Detection;
  readonly #documents: SigmaDocument[] = [];
  readonly #timespan: number;
  readonly #base: string;

  constructor(adapted: Detection) {
    this.#adapted = adapted;
    const { lookback } = adapted.schedule;
    if (lookback === undefined) throw notAdapted('a correlation without a time span');
    this.#timespan = lookback;
    this.#base = slug(adapted.meta.name) || 'rule';
  }

  write(): readonly SigmaDocument[] {
    const { query, meta } = this.#adapted;
    const header = emitHeader(meta);
    const inner = query.op === 'filter' ? query.input : query;
    this.#documents.push(inner.op === 'join' ? this.#temporal(query, header) : this.#counting(query, header));
    return this.#documents;
  }

  /** Adds a rule or a correlation that another one correlates, and gives its name. */
  #addPart(relation: Relation): string {
    const number = this.#documents.length + 1;
    const correlates = relation.op === 'filter' && relation.input.op === 'aggregate';
    const name = `${this.#base}_${correlates ? 'count' : 'events'}_${number}`;
    const suffix = correlates ? ` - Count ${number}` : ` - Events ${number}`;
    const title = this.#adapted.meta.name.slice(0, LIMITS.title - suffix.length) + suffix;
    const header = emitPartHeader(this.#adapted.meta, title, name);
    const document = correlates ? this.#counting(relation, header) : emitRule(relation, header);
    this.#documents.push(document);
    return name;
  }

  #counting(relation: Relation, header: SigmaHeader): SigmaCorrelation {
    if (relation.op !== 'filter' || relation.input.op !== 'aggregate') throw notAdapted(`a relation '${relation.op}'`);
    const { input, by, measures } = relation.input;
    const measure = measures.find(({ name }) => name === MEASURE);
    if (measure === undefined) throw notAdapted('an aggregate without its measure');
    const inputs = input.op === 'union' ? input.inputs : [input];
    const parts = inputs.map((events) => {
      const columns = events.op === 'extend' ? events.columns : [];
      const rule = this.#addPart(events.op === 'extend' ? events.input : events);
      return { rule, fields: new Map(columns.map(({ name, value }) => [name, fieldName(value)])) };
    });
    const names = new Set(parts.flatMap(({ fields }) => [...fields.keys()]));
    const aliases = [...names].map((alias): FieldAlias => ({
      alias,
      fields: parts.map(({ rule, fields }) => ({ rule, field: fields.get(alias) ?? alias })),
    }));
    const { type, fields, percentile } = correlated(measure);
    const condition: CorrelationCondition = {
      bounds: boundsOf(relation.where),
      fields,
      ...(percentile === undefined ? {} : { percentile }),
    };
    const rules = parts.map(({ rule }) => rule);
    const groupBy = by.map(({ name }) => name);
    return this.#correlation(type, header, rules, groupBy, aliases, condition);
  }

  #temporal(relation: Relation, header: SigmaHeader): SigmaCorrelation {
    const ordered = relation.op === 'filter';
    const sides = sidesOf(ordered ? relation.input : relation);
    const parts = sides.map((side) => {
      const fields = new Map(side.columns.map(({ name, value }) => [name, fieldName(value)]));
      fields.delete(TIME_COLUMN);
      return { rule: this.#addPart(side.input), fields };
    });
    const groupBy = [...(parts[0]?.fields.keys() ?? [])];
    const aliases = groupBy
      .filter((name) => parts.some(({ fields }) => fields.get(name) !== name))
      .map((alias): FieldAlias => ({
        alias,
        fields: parts.map(({ rule, fields }) => ({ rule, field: fields.get(alias) ?? alias })),
      }));
    const rules = parts.map(({ rule }) => rule);
    return this.#correlation(ordered ? 'temporal_ordered' : 'temporal', header, rules, groupBy, aliases, undefined);
  }

  #correlation(
    type: CorrelationType,
    header: SigmaHeader,
    rules: readonly string[],
    groupBy: readonly string[],
    aliases: readonly FieldAlias[],
    condition: CorrelationCondition | undefined,
  ): SigmaCorrelation {
    return {
      kind: 'correlation',
      header,
      type,
      rules,
      groupBy,
      aliases,
      timespan: this.#timespan,
      ...(condition === undefined ? {} : { condition }),
      generate: false,
      span: NO_SPAN,
    };
  }
}

type Side = Extract<Relation, { readonly op: 'project' }>;

/** The sides of a chain of joins, from left to right. */
function sidesOf(relation: Relation): readonly Side[] {
  const sides: Side[] = [];
  let left = relation;
  for (; left.op === 'join'; left = left.left) {
    if (left.right.op !== 'project') throw notAdapted(`a join with '${left.right.op}'`);
    sides.unshift(left.right);
  }
  if (left.op !== 'project') throw notAdapted(`a join with '${left.op}'`);
  return [left, ...sides];
}

function fieldName(value: Scalar): string {
  if (value.op !== 'field' || value.path.length > 0) throw notAdapted('a computed column');
  return value.name;
}

function correlated(measure: Measure): {
  readonly type: CorrelationType;
  readonly fields: readonly string[];
  readonly percentile?: number;
} {
  const [first] = measure.args;
  const several = first?.op === 'call' && first.fn === 'makeArray' ? first.args : undefined;
  const fields = (several ?? measure.args).map(fieldName);
  switch (measure.fn) {
    case 'count':
      return { type: 'event_count', fields };
    case 'countDistinct':
      return { type: 'value_count', fields };
    case 'sum':
      return { type: 'value_sum', fields };
    case 'average':
      return { type: 'value_avg', fields };
    case 'percentile':
      return { type: 'value_percentile', fields, percentile: measure.parameter ?? 50 };
    case 'min':
    case 'max':
    case 'standardDeviation':
    case 'variance':
    case 'argMax':
    case 'argMin':
    case 'any':
    case 'list':
    case 'set':
    case 'bag':
    case 'binaryAnd':
    case 'binaryOr':
    case 'hll':
    case 'other':
      throw notAdapted(`a measure '${measure.fn}'`);
  }
}

function boundsOf(where: Predicate): CorrelationCondition['bounds'] {
  return (where.op === 'and' ? where.of : [where]).map((bound) => {
    const negated = bound.op === 'not';
    const inner = bound.op === 'not' ? bound.of : bound;
    if (inner.op === 'oneOf' && isMeasure(inner.subject) && inner.values.length === 1) {
      return { operator: negated ? ('neq' as const) : ('eq' as const), value: numberOf(inner.values[0]) };
    }
    if (inner.op !== 'compare' || !isMeasure(inner.left) || inner.right.op !== 'literal') {
      throw notAdapted('a condition on a measure');
    }
    const operators: Readonly<Record<typeof inner.test, BoundOperator>> = {
      '==': negated ? 'neq' : 'eq',
      '<': 'lt',
      '<=': 'lte',
      '>': 'gt',
      '>=': 'gte',
    };
    if (negated && inner.test !== '==') throw notAdapted('a negated comparison');
    return { operator: operators[inner.test], value: numberOf(inner.right.value) };
  });
}

const isMeasure = (scalar: Scalar): boolean => scalar.op === 'field' && scalar.name === MEASURE;

function numberOf(value: { readonly type: string; readonly value?: unknown } | undefined): number {
  if (value?.type === 'long' && typeof value.value === 'bigint') return Number(value.value);
  if (value?.type === 'real' && typeof value.value === 'number') return value.value;
  throw notAdapted('a threshold');
}
