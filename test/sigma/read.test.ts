import { describe, expect, it } from 'vitest';
import { SourceFile } from '../../src/source.ts';
import { formatTimespan, parseTimespan } from '../../targets/sigma/read-correlation.ts';
import { read } from '../../targets/sigma/read.ts';

const RULE = `title: t
logsource:
    product: p
detection:
    s:
        A: 1
    condition: s
`;

const withDetection = (detection: string) => RULE.replace(/detection:[^]*/, `detection:\n${detection}`);

/** Files that are refused, with the code, and the text that it points to. */
const refused: readonly (readonly [string, string, string, string | undefined])[] = [
  ['no YAML', 'a: [', 'rule/yaml-syntax', undefined],
  ['nothing', '', 'sigma/unsupported-document', undefined],
  ['no map', '- a', 'sigma/unsupported-document', undefined],
  ['another document', 'title: t\nfilter:\n    rules: []\n', 'sigma/unsupported-document', undefined],
  ['no condition', withDetection('    s:\n        A: 1\n'), 'sigma/invalid-rule', undefined],
  ['no log source', RULE.replace('logsource:\n    product: p\n', ''), 'sigma/invalid-rule', undefined],
  ['an unknown identifier', RULE.replace('condition: s', 'condition: s and nope'), 'sigma/unknown-identifier', 'nope'],
  ['a pattern for nothing', RULE.replace('condition: s', 'condition: 1 of x*'), 'sigma/unknown-identifier', '1 of x*'],
  ['a broken condition', RULE.replace('condition: s', 'condition: s and'), 'sigma/condition-syntax', undefined],
  ['an aggregation', RULE.replace('condition: s', 'condition: s | count() > 5'), 'sigma/condition-syntax', undefined],
  ['an unknown modifier', RULE.replace('A: 1', 'A|nope: 1'), 'sigma/unknown-modifier', 'A|nope'],
  ['a map as a value', RULE.replace('A: 1', 'A: {b: c}'), 'sigma/invalid-value', '{b: c}'],
  ['a repeated key', RULE.replace('A: 1', 'A: 1\n        A: 2'), 'sigma/invalid-rule', 'A'],
  ['a repeated section', `${RULE}title: u\n`, 'sigma/invalid-rule', 'title'],
  ['an empty search', RULE.replace('A: 1', '[]').replace('s:\n        []', 's: []'), 'sigma/invalid-rule', '[]'],
  [
    'a correlation without rules',
    'title: t\ncorrelation:\n    type: event_count\n    timespan: 1h\n',
    'sigma/invalid-rule',
    undefined,
  ],
  [
    'a correlation without a condition',
    'title: t\ncorrelation:\n    type: event_count\n    rules:\n        - a\n    timespan: 1h\n',
    'sigma/invalid-rule',
    undefined,
  ],
];

describe('reading', () => {
  it('a rule', () => {
    const { tree, diagnostics } = read(new SourceFile('rule.yml', RULE));
    expect(diagnostics).toEqual([]);
    expect(tree?.documents).toMatchObject([
      {
        kind: 'rule',
        header: { title: 't' },
        logSource: { product: 'p' },
        searches: [{ name: 's', search: { op: 'map', items: [{ field: 'A', modifiers: [], values: [1n] }] } }],
        conditions: [{ op: 'identifier', name: 's' }],
      },
    ]);
  });

  it.each(refused)('%s is refused', (_what, text, code, place) => {
    const { tree, diagnostics } = read(new SourceFile('rule.yml', text));
    expect(tree).toBeUndefined();
    const found = diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found?.severity).toBe('error');
    if (place !== undefined) expect(text.slice(found?.span.start, found?.span.end)).toBe(place);
  });

  it('takes long names of modifiers and any letter case', () => {
    const { tree } = read(new SourceFile('rule.yml', RULE.replace('A: 1', 'A|RE|ignorecase: x')));
    expect(tree?.documents).toMatchObject([{ searches: [{ search: { items: [{ modifiers: ['re', 'i'] }] } }] }]);
  });

  it('keeps whole numbers whole, however large', () => {
    const { tree } = read(new SourceFile('rule.yml', RULE.replace('A: 1', 'A: [9007199254740993, 0x10, 1.5, -2]')));
    expect(tree?.documents).toMatchObject([
      { searches: [{ search: { items: [{ values: [9007199254740993n, 16n, 1.5, -2n] }] } }] },
    ]);
  });

  it('names rules that a correlation misses', () => {
    const text =
      'title: t\ncorrelation:\n    type: temporal\n    rules:\n        - a\n    group-by:\n        - x\n    timespan: 1h\n';
    const { tree, diagnostics } = read(new SourceFile('rule.yml', text));
    expect(tree).toBeDefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['sigma/unknown-rule']);
  });

  it('survives what strangers may send', () => {
    const deep = `title: t\nlogsource: {}\ndetection:\n    s: ${'['.repeat(5000)}\n    condition: s\n`;
    const bomb = [
      'title: t\nlogsource: {}\ndetection:\n    s:',
      "        - &a ['x','x','x','x','x','x','x','x','x','x']",
      ...'bcdefgh'.split('').map(
        (name, index) =>
          `        - &${name} [${Array(10)
            .fill(`*${'abcdefgh'.charAt(index)}`)
            .join(',')}]`,
      ),
      '    condition: s\n',
    ].join('\n');
    for (const text of [
      deep,
      bomb,
      '\0',
      '%YAML 9',
      '---\n---\n---',
      '&a *a',
      '? {a: b}\n: c',
      `a: ${'x'.repeat(1e6)}`,
    ]) {
      const { tree, diagnostics } = read(new SourceFile('rule.yml', text));
      expect(tree).toBeUndefined();
      expect(diagnostics.length).toBeGreaterThan(0);
    }
  });
});

describe('time spans', () => {
  it.each([
    ['30s', 30_000, '30s'],
    ['90m', 5_400_000, '90m'],
    ['60m', 3_600_000, '1h'],
    ['24h', 86_400_000, '1d'],
    ['1w', 604_800_000, '7d'],
  ])('%s', (text, milliseconds, printed) => {
    expect(parseTimespan(text)).toBe(milliseconds);
    expect(formatTimespan(milliseconds)).toBe(printed);
  });

  it.each(['', '5', 'm', '0m', '-5m', '5 m', '1h30m', '5M', '99999999999s'])('%j is none', (text) => {
    expect(parseTimespan(text)).toBeUndefined();
  });
});
