/** Correlation rules (Sigma Correlation Rules specification 2.1). */
import type { MappingNode, Node } from '../../src/rule/document.ts';
import { readHeader } from './read-header.ts';
import { report, textAt, textsAt, valueAt } from './read-node.ts';
import type { ReadContext } from './read-node.ts';
import type { BoundOperator, CorrelationCondition, CorrelationType, FieldAlias, SigmaCorrelation } from './tree.ts';

const TYPES: ReadonlySet<string> = new Set<CorrelationType>([
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
  'temporal',
  'temporal_ordered',
]);

const BOUNDS: ReadonlySet<string> = new Set<BoundOperator>(['gt', 'gte', 'lt', 'lte', 'eq', 'neq']);

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export function isTemporal(type: CorrelationType): type is 'temporal' | 'temporal_ordered' {
  return type === 'temporal' || type === 'temporal_ordered';
}

/** Reads a document with a `correlation` section; `undefined` (with an error reported) when it says too little. */
export function readCorrelation(
  document: MappingNode,
  section: Node,
  context: ReadContext,
): SigmaCorrelation | undefined {
  const fail = (message: string, at: Node = section): SigmaCorrelation | undefined => {
    report(context, 'invalid-rule', 'error', at.span, message);
    return undefined;
  };
  if (section.type !== 'mapping') return fail("'correlation' must be a map.");
  const type = textAt(section, 'type', context)?.toLowerCase();
  if (type === undefined || !isCorrelationType(type)) return fail('The correlation has no known type.');
  const rules = textsAt(section, 'rules', context);
  if (rules.length === 0) return fail('The correlation names no rules.');
  const timespanText = textAt(section, 'timespan', context);
  const timespan = timespanText === undefined ? undefined : parseTimespan(timespanText);
  if (timespan === undefined) return fail("The correlation has no 'timespan' of the form 5m.");
  const conditionNode = valueAt(section, 'condition');
  const condition = conditionNode === undefined ? undefined : readCondition(conditionNode, context);
  if (condition === undefined && (conditionNode !== undefined || !isTemporal(type))) {
    return fail('The correlation has no condition that can be read.', conditionNode);
  }
  if (type.startsWith('value_') && condition?.fields.length === 0) {
    return fail(`A '${type}' correlation must name a field in its condition.`, conditionNode);
  }
  return {
    kind: 'correlation',
    header: readHeader(document, context),
    type,
    rules,
    groupBy: textsAt(section, 'group-by', context),
    aliases: readAliases(section, context),
    timespan,
    ...(condition === undefined ? {} : { condition }),
    generate: textAt(section, 'generate', context) === 'true',
    span: document.span,
  };
}

function isCorrelationType(text: string): text is CorrelationType {
  return TYPES.has(text);
}

/** `90m` in milliseconds; `undefined` for anything that is no positive whole number of a unit. */
export function parseTimespan(text: string): number | undefined {
  const parts = /^([0-9]{1,9})([smhdw])$/.exec(text);
  const unit = UNIT_MILLISECONDS[parts?.[2] ?? ''];
  const span = unit === undefined ? 0 : Number(parts?.[1]) * unit;
  return span > 0 ? span : undefined;
}

/** Milliseconds (whole seconds) as `90m`: in the largest unit that fits. */
export function formatTimespan(milliseconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => milliseconds % (UNIT_MILLISECONDS[name] ?? 1) === 0) ?? 's';
  return `${milliseconds / (UNIT_MILLISECONDS[unit] ?? 1)}${unit}`;
}

function readCondition(node: Node, context: ReadContext): CorrelationCondition | undefined {
  if (node.type !== 'mapping') return undefined;
  const bounds: { operator: BoundOperator; value: number }[] = [];
  for (const { key, value } of node.entries) {
    if (key === undefined || !isBoundOperator(key)) continue;
    if (value.type !== 'scalar' || typeof value.value !== 'number') {
      report(context, 'invalid-rule', 'error', value.span, `'${key}' must be a number.`);
      return undefined;
    }
    bounds.push({ operator: key, value: value.value });
  }
  if (bounds.length === 0) return undefined;
  const percentile = Number(textAt(node, 'percentile', context) ?? NaN);
  return {
    bounds,
    fields: textsAt(node, 'field', context),
    ...(percentile >= 0 && percentile <= 100 ? { percentile } : {}),
  };
}

function isBoundOperator(key: string): key is BoundOperator {
  return BOUNDS.has(key);
}

function readAliases(section: MappingNode, context: ReadContext): readonly FieldAlias[] {
  const node = valueAt(section, 'aliases');
  if (node?.type !== 'mapping') return [];
  const aliases: FieldAlias[] = [];
  for (const { key, value } of node.entries) {
    if (key === undefined || value.type !== 'mapping') {
      report(context, 'invalid-value', 'warning', value.span, 'An alias must be a map from rules to fields.');
      continue;
    }
    const fields = value.entries.flatMap((entry) =>
      entry.key !== undefined && entry.value.type === 'scalar' ? [{ rule: entry.key, field: entry.value.text }] : [],
    );
    aliases.push({ alias: key, fields });
  }
  return aliases;
}
