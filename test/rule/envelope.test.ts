import { describe, expect, test } from 'vitest';
import { findMismatch } from './faithful-mapping.ts';
import { findings, readText, readValid, scheduledRule } from './reading.ts';

const GUID = '0a4f1c9e-5d7b-4e0f-8a61-3c2b9d8e7f10';

/** Kind, name and query of each valid rule; the status of others. */
function summary(text: string, path: string): readonly string[] {
  return readText(text, path).entries.map((entry) =>
    entry.status === 'valid' ? `${entry.rule.kind}: ${entry.rule.name.value}: ${entry.rule.query.text}` : entry.status,
  );
}

const properties = {
  displayName: 'Rule A',
  enabled: true,
  severity: 'High',
  query: 'T\n| where A == "x"',
  queryFrequency: 'PT5H',
  queryPeriod: 'PT6H',
  triggerOperator: 'GreaterThan',
  triggerThreshold: 0,
  suppressionDuration: 'PT1H',
  suppressionEnabled: false,
  tactics: ['Persistence'],
  techniques: ['T1098'],
  subTechniques: ['T1098.003'],
  alertRuleTemplateName: null,
};

const resource = {
  id: `[concat(resourceId('Microsoft.OperationalInsights/workspaces/providers', parameters('workspace')),'/alertRules/${GUID}')]`,
  name: `[concat(parameters('workspace'),'/Microsoft.SecurityInsights/${GUID}')]`,
  type: 'Microsoft.OperationalInsights/workspaces/providers/alertRules',
  kind: 'Scheduled',
  apiVersion: '2022-11-01',
  properties,
};

const template = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: { workspace: { type: 'String' } },
  resources: [resource],
};

describe('JSON', () => {
  test('an exported ARM template', () => {
    const text = JSON.stringify(template, null, 2);
    const file = readText(text, 'export.json');
    const [entry] = file.entries;
    expect(entry?.rule).toMatchObject({
      kind: 'Scheduled',
      id: { value: GUID },
      name: { value: 'Rule A' },
      severity: { value: 'high' },
      techniques: [{ value: 'T1098' }, { value: 'T1098.003' }],
      schedule: { triggerOperator: { value: '>' }, suppressionEnabled: { value: false } },
    });
    expect(findings(file)).toEqual([
      'info unused-key "\\"apiVersion\\""',
      'info empty-value "\\"alertRuleTemplateName\\""',
    ]);
    expect(entry?.rule && findMismatch(entry.rule.query, text)).toBeUndefined();
  });

  test('several resources, comments and tabs, and what is no rule', () => {
    const other = { type: 'Microsoft.Logic/workflows', name: 'playbook', properties: { state: 'Enabled' } };
    const text = `// exported\n${JSON.stringify({ ...template, resources: [resource, other, resource] }, null, '\t')} /* end */`;
    const file = readText(text, 'export.json');
    expect(file.entries.map(({ status }) => status)).toEqual(['valid', 'valid']);
    expect(findings({ ...file, entries: [] })).toEqual(['info other-resource "\\"Microsoft.Logic/workflows\\""']);
  });

  test.each<readonly [string, unknown, readonly string[]]>([
    [
      'a list response of the REST interface',
      { value: [{ ...resource, name: GUID }] },
      ['Scheduled: Rule A: T\n| where A == "x"'],
    ],
    [
      'a list of rules',
      [
        { name: 'a', query: 'T' },
        { name: 'b', query: 'U', kind: 'NRT' },
      ],
      ['Hunting: a: T', 'NRT: b: U'],
    ],
    [
      'lists by kind',
      { Scheduled: [{ displayName: 'a', query: 'T' }], NRT: [{ displayName: 'b', query: 'U' }] },
      ['Scheduled: a: T', 'NRT: b: U'],
    ],
    [
      'resources by symbolic name',
      { ...template, resources: { one: resource } },
      ['Scheduled: Rule A: T\n| where A == "x"'],
    ],
    [
      'a content template around the rule',
      {
        ...template,
        variables: { content: { name: 'From the package', query: 'T' } },
        resources: [
          {
            type: 'Microsoft.OperationalInsights/workspaces/providers/contentTemplates',
            properties: {
              mainTemplate: {
                resources: [
                  {
                    type: 'Microsoft.SecurityInsights/AlertRuleTemplates',
                    name: GUID,
                    kind: 'NRT',
                    properties: { displayName: "[variables('content').name]", query: "[variables('content').query]" },
                  },
                ],
              },
            },
          },
        ],
      },
      ['NRT: From the package: T'],
    ],
    [
      'hunting queries kept as saved searches',
      {
        ...template,
        resources: [
          {
            type: 'Microsoft.OperationalInsights/savedSearches',
            properties: {
              category: 'Hunting Queries',
              displayName: 'Hunt',
              query: 'T',
              version: 2,
              tags: [{ name: 'tactics', value: 'Impact,Discovery' }],
            },
          },
          {
            type: 'Microsoft.OperationalInsights/savedSearches',
            properties: { category: 'Functions', displayName: 'f', query: 'U' },
          },
        ],
      },
      ['Hunting: Hunt: T'],
    ],
    [
      'hunting queries as children of the workspace',
      {
        ...template,
        resources: [
          {
            type: 'Microsoft.OperationalInsights/workspaces',
            resources: [
              { type: 'savedSearches', properties: { category: 'Hunting Queries', displayName: 'Hunt', query: 'T' } },
            ],
          },
        ],
      },
      ['Hunting: Hunt: T'],
    ],
    [
      'alert rules of another service',
      { ...template, resources: [{ type: 'Microsoft.Insights/alertrules', properties: { query: 'T' } }] },
      ['invalid'],
    ],
    ['a template without rules', { ...template, resources: [] }, ['invalid']],
    ['a rule that is no mapping', { ...template, resources: ['x'] }, ['invalid']],
    [
      'a query that is computed',
      { ...template, resources: [{ ...resource, properties: { ...properties, query: "[concat('T', 'U')]" } }] },
      ['invalid'],
    ],
    [
      'a query behind a parameter',
      {
        ...template,
        parameters: { q: { type: 'string', defaultValue: 'T' } },
        resources: [{ ...resource, properties: { ...properties, query: "[parameters('q')]" } }],
      },
      ['Scheduled: Rule A: T'],
    ],
    [
      'a variable that names itself',
      {
        ...template,
        variables: { q: "[variables('q')]" },
        resources: [{ ...resource, properties: { ...properties, query: "[variables('q')]" } }],
      },
      ['invalid'],
    ],
    [
      'an escaped bracket',
      { ...template, resources: [{ ...resource, properties: { ...properties, query: "[['odd column'] | take [1]" } }] },
      ["Scheduled: Rule A: ['odd column'] | take [1]"],
    ],
    ['brackets outside a template', { name: 'a', query: '[x]' }, ['Hunting: a: [x]']],
    ['an empty list', [], ['invalid']],
  ])('%s', (_name, value, expected) => {
    expect(summary(JSON.stringify(value), 'rules.json')).toEqual(expected);
  });

  test('an escaped bracket does not shift the query', () => {
    const text = JSON.stringify({
      ...template,
      resources: [{ ...resource, properties: { ...properties, query: '[[a] == "b"]' } }],
    });
    const rule = readValid(text, 'rules.json');
    expect(rule.query.text).toBe('[a] == "b"]');
    expect(findMismatch(rule.query, text)).toBeUndefined();
  });

  test.each<readonly [string, object, object]>([
    ['the name of the resource', { name: GUID }, { id: { value: GUID }, name: { value: 'Rule A' } }],
    [
      'the path of the resource',
      { name: 'x', id: `/subscriptions/1/alertRules/${GUID.toUpperCase()}` },
      { id: { value: GUID } },
    ],
    ['nowhere', { name: 'A readable name', id: undefined }, { id: undefined, name: { value: 'Rule A' } }],
  ])('the id stands in %s', (_name, changes, expected) => {
    const text = JSON.stringify({ value: [{ ...resource, ...changes }] });
    expect(readValid(text, 'rules.json')).toMatchObject(expected);
  });

  test('an export without the resource around it has the id as name', () => {
    expect(readValid(JSON.stringify([{ name: GUID, ...properties }]), 'rules.json')).toMatchObject({
      id: { value: GUID },
      name: { value: 'Rule A' },
    });
  });

  test('a resource without a display name is named by its own', () => {
    const { displayName: _, ...unnamed } = properties;
    const text = JSON.stringify({ value: [{ ...resource, name: 'A readable name', properties: unnamed }] });
    expect(readValid(text, 'rules.json').name.value).toBe('A readable name');
  });

  test('a parameter read for its default is said to be one', () => {
    const parameters = { q: { type: 'string', defaultValue: 'T' }, s: { defaultValue: 'Low' } };
    const changed = {
      ...properties,
      query: "[parameters('q')]",
      severity: "[parameters('s')]",
      displayName: "[concat('a', 'b')]",
    };
    const file = readText(
      JSON.stringify({ ...template, parameters, resources: [{ ...resource, properties: changed }] }),
      'r.json',
    );
    expect(file.entries[0]?.rule).toMatchObject({
      query: { text: 'T' },
      severity: { value: 'low' },
      name: { value: 'r' },
    });
    const found = findings(file).filter((finding) => finding.includes('template') || finding.includes('missing'));
    expect(found.map((finding) => finding.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'info template-parameter',
      'warning missing-name',
      'warning template-expression',
      'warning template-parameter',
    ]);
  });

  test('a further page is not forgotten', () => {
    const file = readText(JSON.stringify({ value: [resource], nextLink: 'https://…' }), 'rules.json');
    expect(findings({ ...file, entries: [] })).toEqual(['warning incomplete-export "\\"nextLink\\""']);
  });

  test.each([
    ['{"query": "T"', 'A comma or the closing'],
    ['{"query": "T}', 'The closing quote is missing.'],
    ['{query: "T"}', 'Here should stand a key in double quotes'],
    ['{"query" "T"}', 'A colon should follow the key.'],
    ['{"query": T}', 'This is no JSON value.'],
    ['{"query": "\\q"}', 'an escape that JSON does not have'],
    ['{"query": "a\nb"}', 'line break stands inside quotes'],
    ['{"query": 01}', 'A comma or the closing'],
    ['{"query": "T"} {"query": "U"}', 'more text after the end'],
    ['{"query": "T" /* x }', 'The comment has no end.'],
    ['[', 'The text ends where a value should stand.'],
  ])('%s', (text, message) => {
    const [entry] = readText(text, 'rules.json').entries;
    expect(entry?.status).toBe('invalid');
    expect(entry?.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['rule/json-syntax']);
    expect(entry?.diagnostics[0]?.message).toContain(message);
  });
});

describe('YAML', () => {
  test('several documents, one of them broken', () => {
    const text = `${scheduledRule()}---\nquery: [\n---\n${scheduledRule({ name: 'Second' })}---\n`;
    expect(summary(text, 'rules.yaml')).toEqual([
      'Scheduled: Many failed sign-ins: SigninLogs | where ResultType == "50126"',
      'invalid',
      'Scheduled: Second: SigninLogs | where ResultType == "50126"',
    ]);
  });

  test('a list of rules', () => {
    expect(summary('- name: a\n  query: T\n- name: b\n  query: U\n', 'rules.yaml')).toEqual([
      'Hunting: a: T',
      'Hunting: b: U',
    ]);
  });

  test('a rule in the form of a resource', () => {
    const text = 'kind: NRT\nname: From YAML\nproperties:\n  query: |-\n    T\n  severity: Low\n';
    expect(summary(text, 'rule.yml')).toEqual(['NRT: From YAML: T']);
  });

  test('JSON under the ending of YAML, and without an ending', () => {
    expect(summary('{"name": "a", "query": "T"}', 'rule.yaml')).toEqual(['Hunting: a: T']);
    expect(summary('{"name": "a", "query": "T"}', 'rule')).toEqual(['Hunting: a: T']);
  });

  test.each([
    ['Hunting Queries/a.yaml', '', 'Hunting'],
    ['Detections/a.yaml', '', 'Scheduled'],
    ['Solutions/X/Analytic Rules/a.yaml', '', 'Scheduled'],
    ['a.yaml', '', 'Hunting'],
    ['a.yaml', 'queryFrequency: 1h\n', 'Scheduled'],
    ['Hunting Queries/a.yaml', 'kind: NRT\n', 'NRT'],
    ['Detections/a.yaml', 'kind: hunting\n', 'Hunting'],
  ])('the kind of %s with "%s" is %s', (path, line, kind) => {
    expect(readValid(`name: n\nquery: T\n${line}`, path).kind).toBe(kind);
  });

  test('a tag of two parts, metadata and ready-made entities', () => {
    const text = scheduledRule({
      tags: '[one, {Schema: ASIMDns, SchemaVersion: 0.1.0}]',
      metadata:
        '{author: {name: Ann}, source: {kind: Community}, support: {tier: Partner}, categories: {domains: [Identity]}}',
      sentinelEntitiesMappings: '[{columnName: Found}]',
    });
    expect(readValid(text)).toMatchObject({
      tags: [{ value: 'one' }, { value: 'Schema: ASIMDns' }, { value: 'SchemaVersion: 0.1.0' }],
      author: { value: 'Ann' },
      provenance: {
        source: { value: 'Community' },
        support: { value: 'Partner' },
        categories: [{ value: 'Identity' }],
      },
      sentinelEntities: [{ value: 'Found' }],
    });
    expect(findings(readText(text))).toEqual([]);
  });
});

describe('KQL', () => {
  test.each([
    ['T | take 1', 'q.kql', 'Hunting: q: T | take 1'],
    ['// Failed logons\n// by host\nT', 'q.kql', 'Hunting: Failed logons: // Failed logons\n// by host\nT'],
    ['\uFEFF// Name: Odd\n\nT', 'dir/q.kql', 'Hunting: Odd: // Name: Odd\n\nT'],
    ['//----\nT', 'C:\\q.x.kql', 'Hunting: q.x: //----\nT'],
    ['// only\n', 'q.kql', 'invalid'],
  ])('%j', (text, path, expected) => {
    expect(summary(text, path)).toEqual([expected]);
    const [entry] = readText(text, path).entries;
    if (entry?.rule !== undefined) expect(findMismatch(entry.rule.query, text)).toBeUndefined();
  });
});
