/** What the alert says and how alerts become incidents. */
import { DAY, HOUR, MINUTE } from './duration.ts';
import { clip, MappingReader, report } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import { sameName } from './nearest.ts';
import { readDuration } from './schedule.ts';
import type { NamedColumn, RuleAlertDetails, RuleIncident, RuleIncidentGrouping } from './types.ts';

/** Reads `customDetails`: names of the rule's own choice, each with a column. */
export function readCustomDetails(reader: MappingReader, context: ReadContext): readonly NamedColumn[] {
  const found = reader.take('customDetails');
  if (found === undefined) return [];
  if (found.node.type !== 'mapping') {
    report(
      context,
      'wrong-type',
      'warning',
      found.keySpan,
      "'customDetails' should be a mapping; its value is not used.",
    );
    return [];
  }
  const details = new MappingReader(found.node, 'custom details', context);
  const columns: NamedColumn[] = [];
  for (const name of details.rest()) {
    const column = details.text(name);
    const span = found.node.entries.find((entry) => entry.key === name)?.keySpan ?? found.keySpan;
    if (column !== undefined) columns.push({ name: { value: name, span }, columnName: column });
  }
  details.finish();
  return columns;
}

/** Reads `alertDetailsOverride`. */
export function readAlertDetails(reader: MappingReader, context: ReadContext): RuleAlertDetails {
  const details = reader.mapping('alertDetailsOverride', 'alert details');
  const read: RuleAlertDetails = {
    displayNameFormat: details?.text('alertDisplayNameFormat'),
    descriptionFormat: details?.text('alertDescriptionFormat'),
    severityColumnName: details?.text('alertSeverityColumnName'),
    tacticsColumnName: details?.text('alertTacticsColumnName'),
    dynamicProperties: details === undefined ? [] : readDynamicProperties(details, context),
  };
  details?.finish();
  return read;
}

function readDynamicProperties(details: MappingReader, context: ReadContext): readonly NamedColumn[] {
  return details.list('alertDynamicProperties', (node, what) => {
    if (node.type !== 'mapping') {
      report(
        context,
        'wrong-type',
        'warning',
        node.span,
        `${what} is no mapping of alertProperty and value; it is left out.`,
      );
      return undefined;
    }
    const item = new MappingReader(node, 'alert property', context);
    const name = item.text('alertProperty');
    const columnName = item.text('value');
    item.finish();
    if (name !== undefined && columnName !== undefined) return { name, columnName };
    report(
      context,
      'empty-value',
      'warning',
      item.head,
      `${what} needs both 'alertProperty' and 'value'; it is left out.`,
    );
    return undefined;
  });
}

const MATCHING_METHODS = ['AllEntities', 'AnyAlert', 'Selected'] as const;

/** Reads `incidentConfiguration`. Limits: Microsoft.SecurityInsights alertRules, `GroupingConfiguration`. */
export function readIncident(reader: MappingReader, context: ReadContext): RuleIncident | undefined {
  const incident = reader.mapping('incidentConfiguration', 'incident configuration');
  if (incident === undefined) return undefined;
  const createIncident = incident.boolean('createIncident')?.value ?? true;
  const grouping = incident.mapping('groupingConfiguration', 'grouping configuration');
  const read = grouping === undefined ? undefined : readGrouping(grouping, context);
  incident.finish();
  return { createIncident, grouping: read, span: incident.span };
}

function readGrouping(grouping: MappingReader, context: ReadContext): RuleIncidentGrouping {
  const method = grouping.text('matchingMethod');
  const matchingMethod = method === undefined ? undefined : sameName(method.value, MATCHING_METHODS);
  if (method !== undefined && matchingMethod === undefined) {
    const message = `'${clip(method.value)}' is no way to match alerts; AllEntities is assumed.`;
    report(context, 'unknown-value', 'warning', method.span, message, `Sentinel has ${MATCHING_METHODS.join(', ')}.`);
  }
  const limits = { least: 5 * MINUTE, most: 7 * DAY };
  const read: RuleIncidentGrouping = {
    enabled: grouping.boolean('enabled')?.value ?? false,
    reopenClosedIncident: grouping.boolean('reopenClosedIncident')?.value ?? false,
    lookback: readDuration(grouping, 'lookbackDuration', limits, context)?.value ?? 5 * HOUR,
    matchingMethod: matchingMethod ?? 'AllEntities',
    entities: grouping.texts('groupByEntities').map((entity) => entity.value),
    alertDetails: grouping.texts('groupByAlertDetails').map((detail) => detail.value),
    customDetails: grouping.texts('groupByCustomDetails').map((detail) => detail.value),
  };
  grouping.finish();
  return read;
}
