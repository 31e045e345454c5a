/** Formatting the query of a file in place: every kind of scalar, and the laws on real rules. */
import { test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { formatRules } from '../../src/rule/format.ts';
import { SourceFile } from '../../src/source.ts';
import { queryText } from '../kql/arbitrary.ts';
import { corporaPresent, sentinelFiles } from '../oracles/corpora.ts';
import { checkFormatting } from './format-laws.ts';

function format(text: string, path = 'rule.yaml'): { readonly text: string; readonly codes: readonly string[] } {
  const { text: formatted, diagnostics } = formatRules(new SourceFile(path, text));
  return { text: formatted, codes: diagnostics.map(({ code }) => code) };
}

const MESSY = 'T|where a==1|take 5';
const NEAT = ['T', '| where a == 1', '| take 5'];

/** Lines of YAML, the query among them at some indentation. */
function yaml(before: readonly string[], query: readonly string[], indent: string, after: readonly string[]): string {
  return [...before, ...query.map((line) => indent + line), ...after].join('\n');
}

describe('a query is formatted where it stands', () => {
  test.each([
    [
      'a literal block',
      yaml(['name: x', 'query: |'], [MESSY], '  ', ['version: 1', '']),
      ['name: x', 'query: |'],
      '  ',
    ],
    [
      'a block with a chomping sign and a comment',
      yaml(['query: |-  # KQL'], [MESSY], '    ', ['version: 1', '']),
      ['query: |-  # KQL'],
      '    ',
    ],
    [
      'a block with an indentation sign',
      yaml(['query: |2'], [`  ${MESSY}`], '  ', ['version: 1', '']),
      ['query: |2'],
      '  ',
    ],
    [
      'a folded block, which becomes literal',
      yaml(['query: >-'], [MESSY], '  ', ['version: 1', '']),
      ['query: |-'],
      '  ',
    ],
    ['a plain scalar', `query: ${MESSY}\nversion: 1\n`, ['query: |-'], '  '],
    ['a plain scalar below its key', `query:\n  ${MESSY}\nversion: 1\n`, ['query: |-'], '  '],
    ['single quotes', `query: '${MESSY}' # why\nversion: 1\n`, ['query: |- # why'], '  '],
    ['double quotes', `query: "T|where a==1\\n|take 5"\nversion: 1\n`, ['query: |-'], '  '],
  ] as const)('%s', (_name, source, head, indent) => {
    expect(format(source)).toEqual({ text: yaml(head, NEAT, indent, ['version: 1', '']), codes: [] });
  });

  test('in a list of rules, each at its own indentation', () => {
    const source = `- name: a\n  query: "${MESSY}"\n- name: b\n  query: |\n      ${MESSY}\n`;
    expect(format(source).text).toBe(
      `- name: a\n  query: |-\n    T\n    | where a == 1\n    | take 5\n- name: b\n  query: |\n      T\n      | where a == 1\n      | take 5\n`,
    );
  });

  test('in several documents', () => {
    const one = `name: a\nquery: |\n  ${MESSY}\n`;
    const neat = `name: a\nquery: |\n  ${NEAT.join('\n  ')}\n`;
    expect(format(`${one}---\n${one}`).text).toBe(`${neat}---\n${neat}`);
  });

  test('in the flow style of YAML, where a string stays one', () => {
    expect(format(`{name: a, query: "${MESSY}", version: 1}\n`, 'a.yaml').text).toBe(
      `{name: a, query: ${JSON.stringify(NEAT.join('\n'))}, version: 1}\n`,
    );
  });

  test('in JSON, with the escapes that it had', () => {
    const source = `{ "query": "T|where a==\\u0027x\\u0027 and b\\u003e1\\r\\n|take 5\\r\\n",\r\n\t"name": "\\u0027" }`;
    expect(format(source, 'rule.json')).toEqual({
      text: `{ "query": "T\\r\\n| where a == \\u0027x\\u0027 and b \\u003e 1\\r\\n| take 5\\r\\n",\r\n\t"name": "\\u0027" }`,
      codes: [],
    });
  });

  test('in an ARM template, every rule of it', () => {
    const resource = (name: string) => ({
      type: 'Microsoft.SecurityInsights/alertRules',
      kind: 'Scheduled',
      properties: { displayName: name, query: MESSY, enabled: true },
    });
    const template = { $schema: 'x', resources: [resource('a'), resource('b')] };
    const text = JSON.stringify(template, undefined, 4);
    expect(format(text, 'azuredeploy.json').text).toBe(
      text.replaceAll(JSON.stringify(MESSY), JSON.stringify(NEAT.join('\n'))),
    );
  });

  test('as a file of its own, with its byte order mark and its line ends', () => {
    expect(format('\ufeff// head\r\nT|take 1\r\n', 'a.kql').text).toBe('\ufeff// head\r\nT\r\n| take 1\r\n');
  });

  test('with Windows line ends, tabs and blank lines around it', () => {
    const source = 'name: x\r\nquery: |\r\n\r\n  T\t|where\ta==1   \r\n  |take 5\r\n\r\n\r\nversion: 1\r\n';
    expect(format(source).text).toBe(
      'name: x\r\nquery: |\r\n  T\r\n  | where a == 1\r\n  | take 5\r\n\r\n\r\nversion: 1\r\n',
    );
  });

  test('and a string over several lines keeps every character', () => {
    const query = ['print a = ```one', '   two  ', '', '  three```', '|take 1'];
    expect(format(yaml(['query: |'], query, '  ', ['version: 1', ''])).text).toBe(
      yaml(['query: |'], ['print a = ```one', '   two  ', '', '  three```', '| take 1'], '  ', [
        'version: 1',
        '',
      ]).replace('\n  \n', '\n\n'),
    );
  });

  test('an empty line between statements stays', () => {
    expect(format('let a=1;\n\n\n// why\nlet b=2;\nlet c=3;\n\nT', 'a.kql').text).toBe(
      'let a = 1;\n\n// why\nlet b = 2;\nlet c = 3;\n\nT\n',
    );
  });
});

describe('what cannot be formatted stays as it is', () => {
  test.each([
    ['a query that cannot be read', 'query: |\n  T|where (a\n', ['kql/unclosed-bracket']],
    [
      'a comment that would leave its place',
      'query: |\n  T|extend a = "x" // one\n  "y" // two\n',
      ['kql/not-formatted'],
    ],
    ['a folded comment', 'query: >\n  T // why\n  |take   1\n', ['rule/folded-comment']],
    [
      'a template expression',
      '{"resources": [{"type": "Microsoft.SecurityInsights/alertRules", "kind": "NRT", "properties": {"query": "[concat(\'T|\', \'take 1\')]"}}]}',
      ['rule/template-expression'],
    ],
  ])('%s', (_name, text, codes) => {
    expect(format(text, text.startsWith('{') ? 'a.json' : 'a.yaml')).toEqual({ text, codes });
  });

  test('a query that would grow beyond what Sentinel accepts', () => {
    const text = `query: |\n  T|where ${Array.from({ length: 700 }, (_, index) => `a${index}==1`).join(' and ')}\n`;
    const { text: formatted, codes } = format(text);
    expect(text.length).toBeLessThan(10_000);
    expect({ codes, isSame: formatted === text }).toEqual({ codes: ['rule/not-formatted'], isSame: true });
  });

  test('a query that two keys give', () => {
    const text = `query: |\n  ${MESSY}\nversion: 1\nquery: |\n  ${MESSY}\n`;
    expect(format(text)).toEqual({ text, codes: ['rule/not-formatted'] });
  });
});

property.prop([queryText()], { seed: 20240918, numRuns: 40 })('any query in any place', (query) => {
  const sources: readonly (readonly [string, string])[] = [
    ['a.kql', query],
    ['a.json', JSON.stringify({ name: 'x', query, version: '1' })],
    ['b.yaml', `name: x\nquery: ${JSON.stringify(query)}\nversion: 1\n`],
  ];
  for (const [path, text] of sources) expect(checkFormatting(path, text).flaws).toEqual([]);
});

describe.skipIf(!corporaPresent)('on the corpus (skipped where it is absent)', () => {
  test('nothing but layout changes', () => {
    const files = sentinelFiles().filter((_file, index) => index % 17 === 3);
    const flaws = files.flatMap(({ id, text }) => checkFormatting(id, text).flaws.map((flaw) => `${id}: ${flaw}`));
    expect(flaws).toEqual([]);
  });
});
