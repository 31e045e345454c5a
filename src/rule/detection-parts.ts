/** From a rule to everything of a Detection but its query, which lowering adds. */
import type { AlertDetails, Detection, EntityMapping, Metadata, Schedule } from '../ir/types.ts';
import { coverSpans } from '../source.ts';
import type { Span } from '../source.ts';
import { MINUTE } from './duration.ts';
import type { Located, RuleIncidentGrouping, RuleKind, SentinelRule } from './types.ts';

export type DetectionParts = Omit<Detection, 'query'>;

/** The entity under which columns stand that hold ready-made entities of any type. */
export const READY_MADE_ENTITIES = 'SentinelEntities';

export function detectionParts(rule: SentinelRule): DetectionParts {
  return { meta: metadata(rule), schedule: schedule(rule), entities: entities(rule), alert: alert(rule) };
}

const KINDS: Readonly<Record<RuleKind, Metadata['kind']>> = {
  Scheduled: 'scheduled',
  NRT: 'nearRealTime',
  Hunting: 'hunting',
};

function metadata(rule: SentinelRule): Metadata {
  return {
    ...optional('id', rule.id),
    name: rule.name.value,
    description: proseOf(rule.description?.value ?? ''),
    kind: KINDS[rule.kind],
    ...optional('severity', rule.severity),
    ...optional('status', rule.status),
    ...optional('author', rule.author),
    ...optional('version', rule.version),
    ...optional('date', rule.date),
    tactics: rule.tactics.map((tactic) => kebabCase(tactic.value)),
    techniques: rule.techniques.map((technique) => technique.value),
    tags: rule.tags.map((tag) => tag.value),
    references: rule.references.map((reference) => reference.value),
    falsePositives: rule.falsePositives.map((text) => text.value),
    requires: rule.requiredDataConnectors.map(({ connectorId, dataTypes }) => ({
      connector: connectorId.value,
      tables: dataTypes.map((table) => table.value),
    })),
  };
}

/** Near-real-time rules run every minute over what was ingested in the minute before (Microsoft Learn, "NRT rules"). */
const NEAR_REAL_TIME = MINUTE;

function schedule(rule: SentinelRule): Schedule {
  const { frequency, period, triggerOperator, triggerThreshold, aggregationKind } = rule.schedule;
  const alertPer = aggregationKind?.value === 'AlertPerResult' ? 'row' : 'run';
  const span = coverAll([frequency, period, triggerOperator, triggerThreshold]) ?? rule.name.span;
  switch (rule.kind) {
    case 'Scheduled':
      return {
        ...optional('frequency', frequency),
        ...optional('lookback', period),
        trigger: { test: triggerOperator?.value ?? '>', threshold: triggerThreshold?.value ?? 0 },
        ...suppression(rule),
        alertPer,
        span,
      };
    case 'NRT':
      return {
        frequency: NEAR_REAL_TIME,
        lookback: NEAR_REAL_TIME,
        trigger: { test: '>', threshold: 0 },
        ...suppression(rule),
        alertPer,
        span,
      };
    case 'Hunting':
      return { trigger: { test: '>', threshold: 0 }, alertPer, span };
  }
}

function suppression(rule: SentinelRule): { readonly suppression?: number } {
  const { suppressionEnabled, suppressionDuration } = rule.schedule;
  return suppressionEnabled?.value === true ? optional('suppression', suppressionDuration) : {};
}

function entities(rule: SentinelRule): readonly EntityMapping[] {
  const mapped = rule.entityMappings.map(({ entityType, fieldMappings, span }) => ({
    entity: entityType.value,
    identifiers: fieldMappings.map((mapping) => ({
      identifier: mapping.identifier.value,
      column: mapping.columnName.value,
    })),
    span,
  }));
  const readyMade = rule.sentinelEntities.map(({ value, span }) => ({
    entity: READY_MADE_ENTITIES,
    identifiers: [{ identifier: 'Entities', column: value }],
    span,
  }));
  return [...mapped, ...readyMade];
}

function alert(rule: SentinelRule): AlertDetails {
  const { alertDetails, customDetails, incident } = rule;
  const overrides = [
    alertDetails.displayNameFormat,
    alertDetails.descriptionFormat,
    alertDetails.severityColumnName,
    alertDetails.tacticsColumnName,
    ...alertDetails.dynamicProperties.map((property) => property.columnName),
  ];
  const details = customDetails.map((detail) => detail.columnName);
  return {
    ...optional('titleFormat', trimmed(alertDetails.displayNameFormat)),
    ...optional('descriptionFormat', trimmed(alertDetails.descriptionFormat)),
    ...optional('severityColumn', alertDetails.severityColumnName),
    ...optional('tacticsColumn', alertDetails.tacticsColumnName),
    dynamicProperties: alertDetails.dynamicProperties.map(({ name, columnName }) => ({
      property: name.value,
      column: columnName.value,
    })),
    customDetails: customDetails.map(({ name, columnName }) => ({ name: name.value, column: columnName.value })),
    ...(incident === undefined
      ? {}
      : {
          incident: {
            create: incident.createIncident,
            ...(incident.grouping === undefined ? {} : { grouping: grouping(incident.grouping) }),
          },
        }),
    span: coverAll(overrides) ?? coverAll(details) ?? incident?.span ?? rule.name.span,
  };
}

const MATCHING = { AllEntities: 'all', AnyAlert: 'any', Selected: 'selected' } as const;

function grouping(read: RuleIncidentGrouping): NonNullable<NonNullable<AlertDetails['incident']>['grouping']> {
  return {
    enabled: read.enabled,
    reopen: read.reopenClosedIncident,
    lookback: read.lookback,
    matching: MATCHING[read.matchingMethod],
    entities: read.entities,
    alertDetails: read.alertDetails,
    customDetails: read.customDetails,
  };
}

function optional<Key extends string, Value>(
  key: Key,
  located: Located<Value> | undefined,
): { readonly [K in Key]?: Value } {
  return located === undefined ? {} : ({ [key]: located.value } as { readonly [K in Key]?: Value });
}

function trimmed(text: Located<string> | undefined): Located<string> | undefined {
  return text === undefined ? undefined : { ...text, value: text.value.trim() };
}

/** A description as it reads: much content has one in quotes inside a block scalar, where the quotes are text. */
function proseOf(text: string): string {
  const prose = text.trim();
  const quoted = /^(['"])([^]*)\1$/.exec(prose);
  return (quoted?.[2] ?? prose).trim();
}

/** The smallest span over those parts that are there. */
function coverAll(parts: readonly ({ readonly span: Span } | undefined)[]): Span | undefined {
  const [first, ...rest] = parts.flatMap((part) => (part === undefined ? [] : [part.span]));
  return first === undefined ? undefined : rest.reduce(coverSpans, first);
}

/** `PrivilegeEscalation` → `privilege-escalation`. */
function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
