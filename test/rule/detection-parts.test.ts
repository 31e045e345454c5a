import { describe, expect, test } from 'vitest';
import { detectionParts } from '../../src/rule/detection-parts.ts';
import { DAY, HOUR, MINUTE } from '../../src/rule/duration.ts';
import { readValid, scheduledRule } from './reading.ts';

describe('the parts of a Detection', () => {
  test('of a rule with everything', () => {
    const text = scheduledRule({
      status: 'Available',
      tactics: '[CommandAndControl, PreAttack]',
      relevantTechniques: '[T1071.004]',
      tags: '[DNS]',
      references: '["https://example.org/a,b"]',
      falsePositives: '[Scanners]',
      author: 'Ann',
      date: '2024-05-01',
      requiredDataConnectors: '[{connectorId: DNS, dataTypes: [DnsEvents]}]',
      queryPeriod: 'P1D',
      triggerOperator: 'ne',
      triggerThreshold: '3',
      suppressionEnabled: 'true',
      suppressionDuration: '5h',
      eventGroupingSettings: '{aggregationKind: AlertPerResult}',
      entityMappings: '[{entityType: Url, fieldMappings: [{identifier: url, columnName: Link}]}]',
      sentinelEntitiesMappings: '[{columnName: Found}]',
      customDetails: '{Domain: Name}',
      alertDetailsOverride:
        '{alertDisplayNameFormat: "Bad {{Name}}", alertDescriptionFormat: "See {{Link}}", alertSeverityColumnName: Sev, alertTacticsColumnName: Tac, alertDynamicProperties: [{alertProperty: AlertLink, value: Link}]}',
      incidentConfiguration:
        '{createIncident: true, groupingConfiguration: {enabled: true, reopenClosedIncident: false, lookbackDuration: 1d, matchingMethod: selected, groupByEntities: [URL], groupByAlertDetails: [DisplayName], groupByCustomDetails: [Domain]}}',
    });
    const rule = readValid(text);
    const { meta, schedule, entities, alert } = detectionParts(rule);
    expect(meta).toEqual({
      id: '6f0c1f3e-27f4-4a3b-9a52-1d7e2b5c8a90',
      name: 'Many failed sign-ins',
      description: 'Someone guesses passwords.',
      kind: 'scheduled',
      severity: 'medium',
      status: 'Available',
      author: 'Ann',
      version: '1.0.0',
      date: '2024-05-01',
      tactics: ['command-and-control', 'pre-attack'],
      techniques: ['T1071.004'],
      tags: ['DNS'],
      references: ['https://example.org/a,b'],
      falsePositives: ['Scanners'],
      requires: [{ connector: 'DNS', tables: ['DnsEvents'] }],
    });
    expect(schedule).toMatchObject({
      frequency: HOUR,
      lookback: DAY,
      trigger: { test: '!=', threshold: 3 },
      suppression: 5 * HOUR,
      alertPer: 'row',
    });
    expect(text.slice(schedule.span.start, schedule.span.end)).toBe(
      '1h\nqueryPeriod: P1D\ntriggerOperator: ne\ntriggerThreshold: 3',
    );
    expect(entities).toMatchObject([
      { entity: 'URL', identifiers: [{ identifier: 'Url', column: 'Link' }] },
      { entity: 'SentinelEntities', identifiers: [{ identifier: 'Entities', column: 'Found' }] },
    ]);
    expect(alert).toMatchObject({
      titleFormat: 'Bad {{Name}}',
      descriptionFormat: 'See {{Link}}',
      severityColumn: 'Sev',
      tacticsColumn: 'Tac',
      dynamicProperties: [{ property: 'AlertLink', column: 'Link' }],
      customDetails: [{ name: 'Domain', column: 'Name' }],
      incident: {
        create: true,
        grouping: {
          enabled: true,
          reopen: false,
          lookback: DAY,
          matching: 'selected',
          entities: ['URL'],
          alertDetails: ['DisplayName'],
          customDetails: ['Domain'],
        },
      },
    });
  });

  test('a near-real-time rule runs every minute', () => {
    const { schedule, meta } = detectionParts(readValid('kind: NRT\nname: n\nseverity: Low\nquery: T\n'));
    expect(meta.kind).toBe('nearRealTime');
    expect(schedule).toMatchObject({
      frequency: MINUTE,
      lookback: MINUTE,
      trigger: { test: '>', threshold: 0 },
      alertPer: 'run',
    });
  });

  test('a hunting query has no schedule', () => {
    const { schedule, meta, entities, alert } = detectionParts(
      readValid('name: n\nquery: T\n', 'Hunting Queries/a.yaml'),
    );
    expect(meta).toEqual({
      name: 'n',
      description: '',
      kind: 'hunting',
      tactics: [],
      techniques: [],
      tags: [],
      references: [],
      falsePositives: [],
      requires: [],
    });
    expect(Object.keys(schedule).sort()).toEqual(['alertPer', 'span', 'trigger']);
    expect(entities).toEqual([]);
    expect(Object.keys(alert).sort()).toEqual(['customDetails', 'dynamicProperties', 'span']);
  });

  test('a description is read without the quotes and line breaks around it', () => {
    const description = "|\n  'Someone''s password\n  was guessed.'\n";
    const text = scheduledRule({ description, alertDetailsOverride: '{alertDisplayNameFormat: "Title\\n"}' });
    const { meta, alert } = detectionParts(readValid(text));
    expect(meta.description).toBe("Someone''s password\nwas guessed.");
    expect(alert.titleFormat).toBe('Title');
  });

  test('suppression counts only when it is switched on', () => {
    const off = scheduledRule({ suppressionEnabled: 'false', suppressionDuration: '5h' });
    expect(detectionParts(readValid(off)).schedule.suppression).toBeUndefined();
  });

  test('a trigger that is not there is the default of the product', () => {
    const { trigger } = detectionParts(
      readValid(scheduledRule({ triggerOperator: undefined, triggerThreshold: undefined })),
    ).schedule;
    expect(trigger).toEqual({ test: '>', threshold: 0 });
  });
});
