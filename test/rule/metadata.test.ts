import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/rule/duration.ts';
import { findings, readOne, readText, readValid, scheduledRule } from './reading.ts';

describe('a rule without faults', () => {
  test('gives its settings and no finding', () => {
    const file = readText(scheduledRule());
    expect(findings(file)).toEqual([]);
    expect(readValid(scheduledRule())).toMatchObject({
      kind: 'Scheduled',
      id: { value: '6f0c1f3e-27f4-4a3b-9a52-1d7e2b5c8a90' },
      name: { value: 'Many failed sign-ins' },
      severity: { value: 'medium' },
      tactics: [{ value: 'CredentialAccess' }],
      techniques: [{ value: 'T1110' }],
      version: { value: '1.0.0' },
      schedule: {
        frequency: { value: HOUR },
        period: { value: HOUR },
        triggerOperator: { value: '>' },
        triggerThreshold: { value: 0 },
      },
    });
  });

  test('spans point at the values', () => {
    const text = scheduledRule();
    const rule = readValid(text);
    const at = (span: { start: number; end: number } | undefined): string => text.slice(span?.start, span?.end);
    expect(at(rule.severity?.span)).toBe('Medium');
    expect(at(rule.name.span)).toBe('Many failed sign-ins');
    expect(at(rule.schedule.period?.span)).toBe('1h');
    expect(at(rule.techniques[0]?.span)).toBe('T1110');
    expect(at(rule.querySpan)).toBe('SigninLogs | where ResultType == "50126"');
  });
});

/** Changes to a faultless rule, what is said about them, and what is read all the same. */
const FAULTS: readonly (readonly [string, Record<string, string | undefined>, readonly string[], object])[] = [
  ['severity missing', { severity: undefined }, ['warning missing-severity "id"'], { severity: undefined }],
  ['severity misspelt', { severity: 'Hihg' }, ['warning unknown-severity "Hihg"'], { severity: undefined }],
  [
    'severity nearly right',
    { severity: 'Hight' },
    ['warning unknown-severity "Hight"'],
    { severity: { value: 'high' } },
  ],
  [
    'severity of another product',
    { severity: 'Critical' },
    ['warning unknown-severity "Critical"'],
    { severity: { value: 'critical' } },
  ],
  ['severity that is a list', { severity: '[High]' }, ['warning wrong-type "severity"'], { severity: undefined }],
  [
    'severity named like a property of objects',
    { severity: 'constructor' },
    ['warning unknown-severity "constructor"'],
    { severity: undefined },
  ],
  ['id no GUID', { id: 'rule-1' }, ['warning invalid-id "rule-1"'], { id: undefined }],
  ['id missing', { id: undefined }, ['info missing-id "kind"'], { id: undefined }],
  [
    'id in capitals',
    { id: '6F0C1F3E-27F4-4A3B-9A52-1D7E2B5C8A90' },
    [],
    { id: { value: '6f0c1f3e-27f4-4a3b-9a52-1d7e2b5c8a90' } },
  ],
  ['name missing', { name: undefined }, ['warning missing-name "id"'], { name: { value: 'rule' } }],
  ['name a number', { name: '404' }, [], { name: { value: '404' } }],
  ['version like a number', { version: '1.10' }, [], { version: { value: '1.10' } }],
  ['tactics null', { tactics: '' }, ['info empty-value "tactics"'], { tactics: [] }],
  [
    'tactics with a null',
    { tactics: '[Impact, null]' },
    ['info empty-value "null"'],
    { tactics: [{ value: 'Impact' }] },
  ],
  [
    'tactic in other spelling',
    { tactics: '[Credential Access]' },
    ['info tactic-spelling "Credential Access"'],
    { tactics: [{ value: 'CredentialAccess' }] },
  ],
  [
    'tactic misspelt',
    { tactics: '[InitialAcces]' },
    ['warning unknown-tactic "InitialAcces"'],
    { tactics: [{ value: 'InitialAccess' }] },
  ],
  ['no tactic', { tactics: '[Ransomware]' }, ['warning unknown-tactic "Ransomware"'], { tactics: [] }],
  [
    'a tactic twice',
    { tactics: '[Impact, impact]' },
    ['info tactic-spelling "impact"'],
    { tactics: [{ value: 'Impact' }] },
  ],
  [
    'tactics as one text',
    { tactics: 'Impact, Execution' },
    ['warning wrong-type "tactics"'],
    { tactics: [{ value: 'Impact' }, { value: 'Execution' }] },
  ],
  [
    'technique in small letters',
    { relevantTechniques: '[t1574]' },
    ['info technique-spelling "t1574"'],
    { techniques: [{ value: 'T1574' }] },
  ],
  [
    'technique of wrong form',
    { relevantTechniques: '[TA0001, T1110.1]' },
    ['warning invalid-technique "TA0001"', 'warning invalid-technique "T1110.1"'],
    { techniques: [] },
  ],
  ['sub-techniques', { relevantTechniques: '[T1110.003]' }, [], { techniques: [{ value: 'T1110.003' }] }],
  [
    'no duration',
    { queryFrequency: 'hourly' },
    ['warning invalid-duration "hourly"'],
    { schedule: { frequency: undefined } },
  ],
  [
    'a duration without unit',
    { queryPeriod: '60' },
    ['warning invalid-duration "60"'],
    { schedule: { period: undefined } },
  ],
  [
    'ISO durations',
    { queryFrequency: 'PT1H', queryPeriod: 'P1DT2H' },
    [],
    { schedule: { frequency: { value: HOUR }, period: { value: DAY + 2 * HOUR } } },
  ],
  [
    'too frequent',
    { queryFrequency: '1m' },
    ['warning duration-out-of-range "1m"'],
    { schedule: { frequency: { value: MINUTE } } },
  ],
  [
    'looking back too far',
    { queryPeriod: '30d' },
    ['warning duration-out-of-range "30d"'],
    { schedule: { period: { value: 30 * DAY } } },
  ],
  [
    'looking back less than it pauses',
    { queryFrequency: '1d' },
    ['warning period-shorter-than-frequency "1h"'],
    { schedule: { frequency: { value: DAY } } },
  ],
  [
    'far back and often',
    { queryFrequency: '5m', queryPeriod: '2d' },
    ['warning frequency-too-high-for-period "5m"'],
    {},
  ],
  [
    'no schedule at all',
    { queryFrequency: undefined, queryPeriod: undefined, triggerOperator: undefined, triggerThreshold: undefined },
    ['warning missing-schedule "id"'],
    { kind: 'Scheduled' },
  ],
  ['no period', { queryPeriod: undefined }, ['warning missing-schedule "id"'], { schedule: { period: undefined } }],
  [
    'trigger without threshold',
    { triggerThreshold: undefined },
    ['warning trigger-incomplete "gt"'],
    { schedule: { triggerThreshold: undefined } },
  ],
  [
    'trigger without operator',
    { triggerOperator: undefined },
    ['warning trigger-incomplete "0"'],
    { schedule: { triggerOperator: undefined } },
  ],
  [
    'long trigger operator',
    { triggerOperator: 'LessThan', triggerThreshold: '5' },
    [],
    { schedule: { triggerOperator: { value: '<' } } },
  ],
  [
    'foreign trigger operator',
    { triggerOperator: 'ge', triggerThreshold: '"5"' },
    ['warning unknown-trigger-operator "ge"'],
    { schedule: { triggerOperator: { value: '>=' }, triggerThreshold: { value: 5 } } },
  ],
  [
    'no trigger operator',
    { triggerOperator: 'toString' },
    ['warning unknown-trigger-operator "toString"', 'warning trigger-incomplete "0"'],
    { schedule: { triggerOperator: undefined } },
  ],
  ['trigger that never fires', { triggerOperator: 'lt' }, ['warning trigger-never-true "lt"'], {}],
  [
    'threshold no whole number',
    { triggerThreshold: '0.5' },
    ['warning threshold-out-of-range "0.5"'],
    { schedule: { triggerThreshold: { value: 0.5 } } },
  ],
  [
    'threshold a word',
    { triggerThreshold: 'many' },
    ['warning trigger-incomplete "gt"', 'warning wrong-type "many"'],
    { schedule: { triggerThreshold: undefined } },
  ],
  [
    'suppression without duration',
    { suppressionEnabled: 'true' },
    ['warning suppression-incomplete "true"'],
    { schedule: { suppressionDuration: undefined } },
  ],
  [
    'suppression switched off',
    { suppressionEnabled: 'false', suppressionDuration: '5h' },
    [],
    { schedule: { suppressionEnabled: { value: false } } },
  ],
  [
    'suppression too long',
    { suppressionEnabled: '"true"', suppressionDuration: '25h' },
    ['warning duration-out-of-range "25h"'],
    { schedule: { suppressionEnabled: { value: true } } },
  ],
  [
    'unknown grouping',
    { eventGroupingSettings: '{aggregationKind: PerHost}' },
    ['warning unknown-value "PerHost"'],
    { schedule: { aggregationKind: undefined } },
  ],
  ['unknown kind', { kind: 'Streaming' }, ['warning unknown-kind "Streaming"'], { kind: 'Scheduled' }],
  [
    'near-real-time with a schedule',
    { kind: 'NRT', triggerOperator: undefined, triggerThreshold: undefined, queryPeriod: undefined },
    ['warning schedule-ignored "1h"'],
    { kind: 'NRT' },
  ],
  ['switched off', { enabled: 'false' }, ['warning rule-disabled "false"'], { enabled: { value: false } }],
  ['enabled maybe', { enabled: 'maybe' }, ['warning wrong-type "maybe"'], { enabled: undefined }],
  ['unknown key', { querry: 'T' }, ['warning unknown-key "querry"'], {}],
  ['key without use', { templateVersion: '1.2.0' }, ['info unused-key "templateVersion"'], {}],
  ['key in other case', { Tags: '[a]' }, ['info key-case "Tags"'], { tags: [{ value: 'a' }] }],
  ['merge key', { '<<': '{query: T}' }, ['warning merge-key "<<"'], {}],
  ['key that is a list', { '? [a]\n': 'b' }, ['warning key-not-text "[a]"'], {}],
  [
    'entity type an empty list',
    { entityMappings: '[{entityType: [], fieldMappings: [{identifier: Name, columnName: a}]}]' },
    ['warning wrong-type "entityType"', 'warning entity-mapping-malformed "entityType"'],
    { entityMappings: [] },
  ],
  [
    'entity without fields',
    { entityMappings: '[{entityType: IP}]' },
    ['warning entity-mapping-malformed "entityType"'],
    { entityMappings: [] },
  ],
  [
    'unknown entity type',
    { entityMappings: '[{entityType: Domain, fieldMappings: [{identifier: Name, columnName: a}]}]' },
    ['warning unknown-entity-type "Domain"'],
    { entityMappings: [{ entityType: { value: 'Domain' } }] },
  ],
  [
    'entity type named like a property of objects',
    { entityMappings: '[{entityType: __proto__, fieldMappings: [{identifier: a, columnName: a}]}]' },
    ['warning unknown-entity-type "__proto__"'],
    {},
  ],
  [
    'unknown identifier',
    { entityMappings: '[{entityType: IP, fieldMappings: [{identifier: Adress, columnName: a}]}]' },
    ['warning unknown-identifier "Adress"'],
    { entityMappings: [{ fieldMappings: [{ identifier: { value: 'Adress' } }] }] },
  ],
  [
    'field mapping without column',
    {
      entityMappings:
        '[{entityType: IP, fieldMappings: [{identifier: Address}, {identifier: Address, columnName: b}]}]',
    },
    ['warning entity-mapping-malformed "identifier"'],
    { entityMappings: [{ fieldMappings: [{ columnName: { value: 'b' } }] }] },
  ],
  ['custom details a list', { customDetails: '[a]' }, ['warning wrong-type "customDetails"'], { customDetails: [] }],
  [
    'a key twice',
    { severity: 'Low\nseverity: High' },
    ['warning duplicate-key "severity"'],
    { severity: { value: 'high' } },
  ],
  ['query twice, the same', { query: 'T\nquery: T' }, ['warning duplicate-key "query"'], { query: { text: 'T' } }],
  [
    'an unknown tag on a value',
    { description: '!secret x' },
    ['warning yaml-warning "!secret"'],
    { description: { value: 'x' } },
  ],
];

describe('faults that leave a rule to convert', () => {
  test.each(FAULTS)('%s', (_name, changes, expected, read) => {
    const text = scheduledRule(changes).replace(/^(\? .*)\n: /m, '$1\n: ');
    const file = readText(text);
    expect(findings(file)).toEqual(expected);
    expect(file.entries[0]?.status).toBe('valid');
    expect(file.entries[0]?.rule).toMatchObject(read);
  });
});

const INVALID: readonly (readonly [string, string, readonly string[]])[] = [
  ['no query', scheduledRule({ query: undefined }), ['error query-missing "id"']],
  ['query null', scheduledRule({ query: '' }), ['error query-empty "query"']],
  ['query of blanks', scheduledRule({ query: '"  \\n "' }), ['error query-empty "query"']],
  ['query of comments', scheduledRule({ query: '|\n  // nothing here\n' }), ['error query-empty "query"']],
  ['query a list', scheduledRule({ query: '[T]' }), ['error wrong-type "query"']],
  ['query a number', scheduledRule({ query: '7' }), ['error wrong-type "query"']],
  ['two queries', scheduledRule({ query: 'T\nquery: U' }), ['error duplicate-query "query"']],
  ['two queries in other letter case', scheduledRule({ query: 'T\nQuery: U' }), ['error duplicate-query "Query"']],
  ['built-in kind', 'kind: Fusion\nname: x\n', ['error kind-without-query "Fusion"']],
  ['no rule', 'title: x\nlogsource: {product: windows}\n', ['error no-rule "title"']],
  ['a text', 'SecurityEvent', ['error not-a-mapping "SecurityEvent"']],
  ['nothing', ' \n', ['error empty-file " "']],
  ['only a comment', '# todo\n', ['error no-rule "#"']],
  ['not YAML', 'query: [a\nname: b', ['error yaml-syntax']],
  ['tab as indentation', 'requiredDataConnectors:\n\t- connectorId: a\nquery: T\n', ['error yaml-syntax']],
  ['binary', 'query: \0\0T', ['error binary-file "\\u0000"']],
  ['alias to nothing', 'query: *q\n', ['error']],
];

describe('faults that leave nothing to convert', () => {
  test.each(INVALID)('%s', (_name, text, expected) => {
    const file = readText(text);
    expect(file.entries.map(({ status }) => status)).toEqual(['invalid']);
    const found = findings(file).filter((finding) => finding.startsWith('error'));
    expect(found.length).toBeGreaterThan(0);
    expect(expected.filter((start, index) => found[index]?.startsWith(start) !== true)).toEqual([]);
  });

  test('status and severity agree', () => {
    for (const text of [...FAULTS.map(([, changes]) => scheduledRule(changes)), ...INVALID.map(([, text]) => text)]) {
      const entry = readOne(text);
      const hasError = entry.diagnostics.some(({ severity }) => severity === 'error');
      expect(hasError, text).toBe(entry.status === 'invalid');
    }
  });
});

describe('comments in folded queries', () => {
  const folded = 'T\n  | where A == 1 // only one\n  | where B == 2\n';
  test.each([
    ['plain', `query:\n  ${folded}`, ['// only one\n  | where B == 2']],
    ['folded', `query: >\n  ${folded}`, ['// only one\n  | where B == 2']],
    ['double quoted', `query: "${folded.trim()}"\n`, ['// only one\n  | where B == 2']],
    ['literal', `query: |\n  ${folded}`, []],
    ['double quoted with line feeds', 'query: "T // one\\n| take 1"\n', []],
    ['a comment at the end', 'query: >\n  T\n  | take 1 // all\n', []],
    [
      'slashes in literals',
      'query: >\n  T\n  | where A == "http://x" or B == \'//\'\n  | where C has @"\\\\//"\n  | take 1\n',
      [],
    ],
  ])('%s', (_name, text, expected) => {
    const file = readText(text);
    const found = file.entries
      .flatMap((entry) => entry.diagnostics)
      .filter(({ code }) => code === 'rule/folded-comment');
    expect(found.map(({ span }) => text.slice(span.start, span.end))).toEqual(expected);
  });
});

describe('hints', () => {
  test.each([
    [{ querry: 'T' }, "Did you mean 'query'?"],
    [{ entityMapping: '[]' }, "Did you mean 'entityMappings'?"],
    [{ tactics: '[Persistance]' }, "Write 'Persistence'."],
    [{ queryFrequency: '1 hour' }, 'Durations look like 5m, 1h, 14d or PT1H.'],
  ])('%j', (changes, hint) => {
    expect(readOne(scheduledRule(changes)).diagnostics.map((diagnostic) => diagnostic.hint)).toContain(hint);
  });
});
