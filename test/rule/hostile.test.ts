import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile } from '../../src/source.ts';

const rule = 'name: x\nquery: T\n';
const letters = 'abcdefghijklmnopqrst';

/** Each anchor repeats the one before nine times: expanded, it would not fit any memory. */
const bomb = letters
  .split('')
  .map(
    (letter, index) =>
      `${letter}: &${letter} [${Array(9)
        .fill(index === 0 ? 'x' : `*${letters[index - 1] ?? ''}`)
        .join(', ')}]\n`,
  )
  .join('');

/** Name, text, path, and status of the first entry with a code that must be among the findings. */
const HOSTILE: readonly (readonly [string, string, string, `${'valid' | 'invalid'}${'' | ` ${string}`}`])[] = [
  ['brackets without end', '['.repeat(100_000), 'r.yaml', 'invalid too-large'],
  ['deep lists', `${'['.repeat(200)}${']'.repeat(200)}`, 'r.yaml', 'invalid too-deep'],
  ['deep mappings', '{a: '.repeat(5_000), 'r.yaml', 'invalid too-deep'],
  ['deep block lists', '- '.repeat(5_000), 'r.yaml', 'invalid too-deep'],
  [
    'deep indentation',
    Array.from({ length: 1_400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'r.yaml',
    'invalid too-deep',
  ],
  ['deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'r.json', 'invalid too-deep'],
  ['an alias bomb', `${bomb}${rule}tactics: *t\n`, 'r.yaml', 'valid'],
  [
    'a bomb for the search of rules',
    `[${letters
      .split('')
      .map(
        (_, index) =>
          `&a${index} [${Array(9)
            .fill(index === 0 ? 'x' : `*a${index - 1}`)
            .join(', ')}]`,
      )
      .join(', ')}]`,
    'r.yaml',
    'invalid',
  ],
  ['a cycle', '&a\nquery: T\ntactics: *a\n', 'r.yaml', 'invalid cyclic-alias'],
  ['a large file', `${rule}description: ${'x '.repeat(600_000)}`, 'r.yaml', 'invalid too-large'],
  ['a large query', `query: |\n${' T\n'.repeat(340_000)}`, 'r.yaml', 'valid'],
  ['a large folded query', `query: >\n${' T\n'.repeat(340_000)}`, 'r.yaml', 'valid'],
  ['a query of line breaks', `query: |+\n T\n${'\n'.repeat(1_000_000)}`, 'r.yaml', 'valid'],
  ['a query of escapes', `query: "T${'\\n'.repeat(500_000)}"`, 'r.yaml', 'valid'],
  ['a query of quotes', `query: 'T${"''".repeat(500_000)}'`, 'r.yaml', 'valid'],
  [
    'many keys',
    `${rule}${Array.from({ length: 8_000 }, (_, index) => `k${index}: 1\n`).join('')}`,
    'r.yaml',
    'valid unknown-key',
  ],
  ['one key many times', `${rule}${'severity: Low\n'.repeat(8_000)}`, 'r.yaml', 'valid duplicate-key'],
  ['many long tactics', `${rule}tactics:\n${`- ${'x'.repeat(59)}\n`.repeat(10_000)}`, 'r.yaml', 'valid unknown-tactic'],
  ['many errors', `[${','.repeat(59_000)}]`, 'r.yaml', 'invalid yaml-syntax'],
  ['many closing brackets', '}'.repeat(59_000), 'r.yaml', 'invalid yaml-syntax'],
  ['many quotes', '"'.repeat(115_000), 'r.yaml', 'invalid yaml-syntax'],
  ['one endless tag', '!'.repeat(1_000_000), 'r.yaml', 'invalid yaml-syntax'],
  ['many documents', '---\n'.repeat(29_000), 'r.yaml', 'invalid no-rule'],
  ['many aliases', `a: &a x\nb: [${'*a, '.repeat(19_000)}]\n${rule}`, 'r.yaml', 'valid unknown-key'],
  ['many JSON values', `[${'1,'.repeat(500_000)}1]`, 'r.json', 'invalid too-large'],
  ['many JSON errors', '"'.repeat(2_000_000), 'r.json', 'invalid json-syntax'],
  ['comments without end', '/*'.repeat(1_000_000), 'r.json', 'invalid json-syntax'],
  ['many comments', `${'//\n'.repeat(1_000_000)}{"query": "T"}`, 'r.json', 'valid'],
  ['a large bare query', 'T\n'.repeat(500_000), 'r.kql', 'valid'],
  ['a too large bare query', 'T\n'.repeat(600_000), 'r.kql', 'invalid too-large'],
  ['blanks', ' '.repeat(1_000_000), 'r.yaml', 'invalid no-rule'],
  ['keys of object prototypes', '__proto__: 1\nconstructor: 2\ntoString: 3\nquery: T\n', 'r.yaml', 'valid unknown-key'],
  ['half characters', 'query: "\ud800T\udfff"\n', 'r.yaml', 'valid'],
];

describe('hostile files end in a finding, soon', () => {
  test.each(HOSTILE)('%s', { timeout: 60_000 }, (_name, text, path, expected) => {
    const file = new SourceFile(path, text);
    const started = performance.now();
    const { entries } = readRule(file);
    // A second on an idle machine; generous for a busy one. Unguarded, these take minutes, or the stack.
    expect(performance.now() - started).toBeLessThan(20_000);
    const [status, code] = expected.split(' ');
    const diagnostics = entries.flatMap((entry) => entry.diagnostics);
    expect(entries[0]?.status).toBe(status);
    if (code !== undefined) expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(`rule/${code}`);
    for (const { message, hint, span } of diagnostics) {
      expect(message.length).toBeLessThan(400);
      expect(hint?.length ?? 0).toBeLessThan(400);
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
    const listed = new Map<string, number>();
    for (const { code: found } of entries[0]?.diagnostics ?? []) listed.set(found, (listed.get(found) ?? 0) + 1);
    expect(Math.max(0, ...listed.values())).toBeLessThanOrEqual(101);
  });

  const snippet = fc.oneof(
    fc.constantFrom(
      'query',
      'tactics',
      'entityMappings',
      'resources',
      'properties',
      'kind',
      'metadata',
      'tags',
      'value',
      '<<',
    ),
    fc.constantFrom(
      ': ',
      '- ',
      '\n',
      '\n  ',
      '? ',
      '&a ',
      '*a',
      '!t ',
      '|\n',
      '>\n',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '%',
      '---\n',
      '\t',
      '\r',
      '//',
      '/*',
    ),
    fc.string({ maxLength: 5 }),
  );
  property.prop([fc.array(snippet, { maxLength: 40 }), fc.constantFrom('r.yaml', 'r.json', 'r.kql', 'r')], {
    seed: 7,
    numRuns: 3_000,
  })('any text gives entries whose status agrees with their findings', (parts, path) => {
    const text = parts.join('');
    const { entries } = readRule(new SourceFile(path, text));
    expect(entries.length).toBeGreaterThan(0);
    for (const { status, diagnostics } of entries) {
      expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(status === 'invalid');
      for (const { span } of diagnostics) expect(span.start <= span.end && span.end <= text.length).toBe(true);
    }
  });
});
