import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { findColumn, findLogSources } from '../../targets/fields/lookup.ts';
import type { ColumnEntry, Condition, LogSourceEntry } from '../../targets/fields/mapping.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import type { Constraints, LogSourceMatch } from '../../targets/fields/types.ts';

const crosswalk = loadCrosswalk();
const constraints = (plain: Record<string, string[]>): Constraints =>
  new Map(Object.entries(plain).map(([column, values]) => [column, new Set(values)]));
const none = constraints({});

const sigmaName = (
  match: LogSourceMatch<{ product?: string; productIfShown?: string; category?: string; service?: string }> | undefined,
): string => {
  if (match === undefined) return 'none';
  const { product, productIfShown, category, service } = match.source;
  return [product ?? productIfShown, category ?? service].join('/');
};

describe('log sources of Sigma', () => {
  test.each([
    ['SecurityEvent', { EventID: ['4688'] }, 'windows/process_creation', ['EventID'], 'more'],
    ['SecurityEvent', { EventID: ['4624', '4625'] }, 'windows/security', [], 'same'],
    ['SecurityEvent', {}, 'windows/security', [], 'same'],
    ['SecurityEvent', { EventID: ['8004'] }, 'windows/applocker', [], 'same'],
    [
      'Event',
      { Source: ['microsoft-windows-sysmon'], EventID: ['1'] },
      'windows/process_creation',
      ['Source', 'EventID'],
      'more',
    ],
    ['Event', { Source: ['microsoft-windows-sysmon'], EventID: ['12'] }, 'windows/registry_event', ['Source'], 'more'],
    ['Event', { Source: ['microsoft-windows-sysmon'], EventID: ['24'] }, 'windows/sysmon', ['Source'], 'same'],
    ['Event', { Source: ['microsoft-windows-sysmon'] }, 'windows/sysmon', ['Source'], 'same'],
    ['Event', { EventLog: ['system'], EventID: ['7045'] }, 'windows/system', ['EventLog'], 'same'],
    ['Event', { EventID: ['1'] }, 'windows/', [], 'same'],
    ['WindowsEvent', { EventID: ['4662'] }, 'windows/security', [], 'same'],
    [
      'WindowsEvent',
      { Provider: ['microsoft-windows-powershell'], EventID: ['4104'] },
      'windows/ps_script',
      ['Provider', 'EventID'],
      'same',
    ],
    ['DeviceProcessEvents', {}, 'windows/process_creation', [], 'more'],
    ['DeviceFileEvents', { ActionType: ['filedeleted'] }, 'windows/file_delete', ['ActionType'], 'more'],
    ['DeviceFileEvents', {}, 'windows/file_event', [], 'less'],
    ['DeviceRegistryEvents', { ActionType: ['registryvalueset'] }, 'windows/registry_set', ['ActionType'], 'more'],
    ['DeviceEvents', { ActionType: ['asrofficechildprocessblocked'] }, 'windows/windefend', [], 'more'],
    ['DeviceEvents', {}, 'none', [], ''],
    ['SigninLogs', {}, 'azure/signinlogs', [], 'more'],
    ['AWSCloudTrail', { EventName: ['consolelogin'] }, 'aws/cloudtrail', [], 'same'],
    ['SecurityAlert', {}, 'none', [], ''],
    ['_Im_Dns', {}, '/dns', [], 'same'],
    ['NoSuchTable', {}, 'none', [], ''],
  ])('%s %j', (table, known, name, implies, covers) => {
    const whole = crosswalk.logSources(table, 'sigma', constraints(known))?.whole;
    expect(sigmaName(whole)).toBe(name);
    expect([...(whole?.implies ?? [])].sort()).toEqual([...implies].sort());
    expect(whole?.covers ?? '').toBe(covers);
  });

  test('events of several kinds come in parts', () => {
    const found = crosswalk.logSources('SecurityEvent', 'sigma', constraints({ EventID: ['4688', '4689', '4624'] }));
    expect(sigmaName(found?.whole)).toBe('windows/security');
    expect(found?.partsAreComplete).toBe(true);
    expect(found?.parts.map((part) => [sigmaName(part), [...(part.constraints.get('EventID') ?? [])].join()])).toEqual([
      ['windows/process_creation', '4688'],
      ['windows/process_termination', '4689'],
      ['windows/security', '4624'],
    ]);
  });

  test('where no log source holds them all, the parts are those that the table distinguishes', () => {
    const found = crosswalk.logSources('DeviceFileEvents', 'sigma', none);
    expect(found?.partsAreComplete).toBe(false);
    expect(found?.parts.map(sigmaName)).toEqual(['windows/file_event', 'windows/file_delete', 'windows/file_rename']);
    for (const part of found?.parts ?? []) expect([...part.implies]).toEqual(['ActionType']);
  });

  test('a test is implied only when every value that the log source may have passes it', () => {
    const only = crosswalk.logSources(
      'DeviceRegistryEvents',
      'sigma',
      constraints({ ActionType: ['registrykeydeleted'] }),
    );
    expect(sigmaName(only?.whole)).toBe('windows/registry_delete');
    expect([...(only?.whole?.implies ?? [])]).toEqual([]);
    const both = constraints({ ActionType: ['registrykeydeleted', 'registryvaluedeleted'] });
    expect([...(crosswalk.logSources('DeviceRegistryEvents', 'sigma', both)?.whole?.implies ?? [])]).toEqual([
      'ActionType',
    ]);
  });

  test('a provider that contradicts the log source keeps it away', () => {
    const found = crosswalk.logSources('Event', 'sigma', constraints({ Source: ['outlook'], EventID: ['4688'] }));
    expect(sigmaName(found?.whole)).not.toBe('windows/process_creation');
  });
});

describe('log sources of Splunk and UDM', () => {
  const terms = (table: string, known: Record<string, string[]>): Record<string, readonly string[]> =>
    Object.fromEntries(crosswalk.logSources(table, 'splunk', constraints(known))?.whole?.source.terms ?? []);
  test.each([
    ['SecurityEvent', { EventID: ['4688'] }, { source: ['XmlWinEventLog:Security'] }],
    [
      'Event',
      { Source: ['microsoft-windows-sysmon'] },
      { source: ['XmlWinEventLog:Microsoft-Windows-Sysmon/Operational'] },
    ],
    [
      'DeviceProcessEvents',
      {},
      {
        sourcetype: ['mscs:azure:eventhub:defender:advancedhunting'],
        category: ['AdvancedHunting-DeviceProcessEvents'],
      },
    ],
    ['SigninLogs', {}, { sourcetype: ['azure:monitor:aad'], category: ['SignInLogs'] }],
    ['imProcessCreate', {}, { tag: ['process'] }],
  ])('Splunk: %s %j', (table, known, expected) => expect(terms(table, known)).toEqual(expected));

  test.each([
    ['SecurityEvent', { EventID: ['4688'] }, 'WINEVTLOG', 'PROCESS_LAUNCH'],
    ['SecurityEvent', { EventID: ['4688', '4624'] }, 'WINEVTLOG', ''],
    ['Event', { Source: ['microsoft-windows-sysmon'], EventID: ['3'] }, 'WINDOWS_SYSMON', 'NETWORK_CONNECTION'],
    ['DeviceProcessEvents', {}, 'MICROSOFT_DEFENDER_ENDPOINT', 'PROCESS_LAUNCH'],
    ['AADNonInteractiveUserSignInLogs', {}, 'AZURE_AD', 'USER_LOGIN'],
  ])('UDM: %s %j', (table, known, logType, eventType) => {
    const source = crosswalk.logSources(table, 'udm', constraints(known))?.whole?.source;
    expect(source?.logType.join()).toBe(logType);
    expect(source?.eventType.join()).toBe(eventType);
  });
});

describe('columns', () => {
  const nameOf = (
    table: string,
    path: string,
    vocabulary: 'sigma' | 'splunk' | 'udm',
    known: Record<string, string[]> = {},
  ): string => {
    const found = crosswalk.column(table, path.split('.'), vocabulary, constraints(known));
    if (found === undefined) return 'none';
    const names = found.kind === 'mapped' ? [found.mapping] : found.candidates.map(({ mapping }) => mapping);
    return names
      .map(({ field, relation }) => (relation.kind === 'same' ? field : `${relation.kind} ${field}`))
      .join(' or ');
  };

  test.each([
    [
      'SecurityEvent',
      'NewProcessName',
      { EventID: ['4688'] },
      'Image',
      'NewProcessName',
      'target.process.file.full_path',
    ],
    ['SecurityEvent', 'NewProcessName', {}, 'NewProcessName', 'NewProcessName', 'target.process.file.full_path'],
    [
      'SecurityEvent',
      'SubjectUserName',
      { EventID: ['4688'] },
      'account-of User',
      'SubjectUserName',
      'principal.user.userid',
    ],
    [
      'SecurityEvent',
      'EventData.TargetUserName',
      { EventID: ['4624'] },
      'TargetUserName',
      'TargetUserName',
      'target.user.userid',
    ],
    [
      'SecurityEvent',
      'TargetUserName',
      { EventID: ['4728'] },
      'TargetUserName',
      'TargetUserName',
      'target.group.group_display_name',
    ],
    [
      'SecurityEvent',
      'TargetUserName',
      {},
      'TargetUserName',
      'TargetUserName',
      'target.group.group_display_name or target.user.userid',
    ],
    [
      'SecurityEvent',
      'Process',
      { EventID: ['4688'] },
      'file-name-of Image',
      'file-name-of NewProcessName',
      'file-name-of target.process.file.full_path',
    ],
    ['SecurityEvent', 'TimeGenerated', {}, 'none', '_time', 'metadata.event_timestamp'],
    [
      'WindowsEvent',
      'EventData.ObjectName',
      { EventID: ['4663'], 'EventData.ObjectType': ['key'] },
      'ObjectName',
      'ObjectName',
      'target.registry.registry_key',
    ],
    [
      'Event',
      'EventData.Image',
      { Source: ['microsoft-windows-sysmon'], EventID: ['11'] },
      'Image',
      'Image',
      'principal.process.file.full_path',
    ],
    ['DeviceProcessEvents', 'FileName', {}, 'file-name-of Image', 'properties.FileName', 'target.process.file.names'],
    [
      'DeviceProcessEvents',
      'InitiatingProcessFileName',
      {},
      'file-name-of ParentImage',
      'properties.InitiatingProcessFileName',
      'principal.process.file.names',
    ],
    [
      'DeviceFileEvents',
      'InitiatingProcessFileName',
      {},
      'file-name-of Image',
      'properties.InitiatingProcessFileName',
      'principal.process.file.names',
    ],
    [
      'DeviceEvents',
      'FolderPath',
      { ActionType: ['driverload'] },
      'ImageLoaded',
      'properties.FolderPath',
      'target.file.full_path',
    ],
    ['SigninLogs', 'ResultType', {}, 'ResultType', 'properties.status.errorCode', 'additional.fields["resultType"]'],
    [
      'AuditLogs',
      'InitiatedBy.user.userPrincipalName',
      {},
      'InitiatedBy.user.userPrincipalName',
      'properties.initiatedBy.user.userPrincipalName',
      'principal.user.email_addresses',
    ],
    [
      'AWSCloudTrail',
      'RequestParameters.bucketName',
      {},
      'requestParameters.bucketName',
      'requestParameters.bucketName',
      'none',
    ],
    ['NoSuchTable', 'TimeGenerated', {}, 'none', 'none', 'none'],
  ])('%s.%s %j', (table, path, known, sigma, splunk, udm) => {
    expect([
      nameOf(table, path, 'sigma', known),
      nameOf(table, path, 'splunk', known),
      nameOf(table, path, 'udm', known),
    ]).toEqual([sigma, splunk, udm]);
  });

  test('the host that reports a logon is not the one that logs on', () => {
    const field = (column: string, ids: string[]): string | undefined => {
      const found = crosswalk.column('SecurityEvent', [column], 'udm', constraints({ EventID: ids }));
      return found?.kind === 'mapped' ? found.mapping.field : found?.kind;
    };
    expect(field('Computer', ['4624', '4625'])).not.toBe(field('WorkstationName', ['4624', '4625']));
    expect(field('Computer', ['4688'])).toBe('principal.hostname');
  });

  // The Common Information Model has words of its own, in small letters; a test without them never passes.
  test.each([
    ['imAuthentication', 'EventResult', 'Failure', 'action', 'failure'],
    ['imNetworkSession', 'EventResult', 'Failure', 'action', 'blocked'],
    ['imNetworkSession', 'DvcAction', 'Deny', 'action', 'blocked'],
    ['imNetworkSession', 'NetworkProtocol', 'TCP', 'transport', 'tcp'],
    ['imAuditEvent', 'EventResult', 'Success', 'status', 'success'],
    ['imFileEvent', 'EventType', 'FileCreated', 'action', 'created'],
    ['imRegistry', 'EventResult', 'Success', 'status', 'success'],
  ])('%s.%s == "%s" is %s="%s" in Splunk', (table, column, value, field, word) => {
    const found = crosswalk.column(table, [column], 'splunk', none);
    const mapping = found?.kind === 'mapped' ? found.mapping : undefined;
    expect([mapping?.field, mapping?.values?.get(value)]).toEqual([field, word]);
  });

  test.each([
    ['imNetworkSession', 'EventType'],
    ['imWebSession', 'EventResult'],
    ['imDns', 'EventResult'],
  ])('%s.%s has no field in Splunk that means the same', (table, column) => {
    expect(crosswalk.column(table, [column], 'splunk', none)).toBeUndefined();
  });

  test('the candidates of an ambiguous column say what to ask', () => {
    const found = crosswalk.column('SecurityEvent', ['TargetUserName'], 'udm', none);
    expect(found?.kind).toBe('ambiguous');
    if (found?.kind !== 'ambiguous') return;
    expect(found.complete).toBe(true);
    expect(found.candidates.map(({ when }) => [...when.keys()])).toEqual([['EventID'], []]);
  });

  test('a position in a list', () => {
    const found = crosswalk.column('AuditLogs', ['TargetResources', 0, 'displayName'], 'splunk', none);
    expect(found).toMatchObject({
      kind: 'mapped',
      mapping: { field: 'properties.targetResources{}.displayName', anyElement: true },
    });
  });
});

describe('laws', () => {
  const value = fc.constantFrom('1', '2', '3', '4');
  const condition = fc
    .record(
      {
        A: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }),
        B: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    .filter((plain) => Object.keys(plain).length > 0)
    .map((plain): Condition => new Map(Object.entries(plain)));
  const bounds = fc
    .record(
      { A: fc.uniqueArray(value, { minLength: 1 }), B: fc.uniqueArray(value, { minLength: 1 }) },
      { requiredKeys: [] },
    )
    .map((plain) => constraints(plain));
  const row = fc.record({ A: value, B: value });
  const passes = (when: Condition | Constraints, event: Record<string, string>): boolean =>
    [...when].every(([column, values]) => [...values].includes(event[column] ?? ''));

  property.prop(
    { whens: fc.array(condition, { maxLength: 4 }), hasDefault: fc.boolean(), asked: bounds, event: row },
    { seed: 5, numRuns: 6000 },
  )(
    'parts are disjoint, their log sources hold their events, and none is missing when they say so',
    ({ whens, hasDefault, asked, event }) => {
      const entries: LogSourceEntry<number>[] = [...whens.map((when) => [when]), ...(hasDefault ? [[]] : [])].map(
        (when, index) => ({
          when,
          source: index,
          implies: new Map(),
          covers: 'same',
          confidence: 'high',
        }),
      );
      const found = findLogSources(entries, asked);
      if (!passes(asked, event)) return;
      const holding = (found?.parts ?? []).filter((part) => passes(part.constraints, event));
      expect(holding.length).toBeLessThanOrEqual(1);
      const fits = (entry: LogSourceEntry<number> | undefined): boolean =>
        entry !== undefined && (entry.when.length === 0 || entry.when.some((one) => passes(one, event)));
      const [part] = holding;
      if (part !== undefined) expect(fits(entries[part.source])).toBe(true);
      if (found?.partsAreComplete === true) expect(part !== undefined).toBe(true);
      if (found?.whole !== undefined) expect(fits(entries[found.whole.source])).toBe(true);
    },
  );

  property.prop(
    { whens: fc.array(condition, { maxLength: 3 }), hasDefault: fc.boolean(), asked: bounds, event: row },
    { seed: 6, numRuns: 6000 },
  )(
    'a column has, for every event asked for, the name that its first fitting entry says',
    ({ whens, hasDefault, asked, event }) => {
      const entries: ColumnEntry[] = [...whens.map((when) => [when]), ...(hasDefault ? [[]] : [])].map(
        (when, index) => ({
          when,
          strict: false,
          mapping: { field: `f${index}`, relation: { kind: 'same' }, confidence: 'high' },
        }),
      );
      if (!passes(asked, event)) return;
      const expected = entries.find(({ when }) => when.length === 0 || when.some((one) => passes(one, event)))?.mapping
        ?.field;
      const found = findColumn(entries, asked);
      if (expected === undefined) return;
      if (found?.kind === 'mapped') expect(found.mapping.field).toBe(expected);
      else expect(found?.candidates.find(({ when }) => passes(when, event))?.mapping.field).toBe(expected);
    },
  );
});
