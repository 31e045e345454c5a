/** Text tests as patterns: they match what passes the test, say nothing else, and are found again. */
import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import { RE2JS } from 're2js';
import { passesTest } from '../../src/ir/text.ts';
import {
  escapePattern,
  patternOf,
  type PlainTest,
  plainTestOf,
  reduceTerm,
  safePattern,
} from '../../targets/chronicle/pattern.ts';
import { HOSTILE_TEXTS } from '../ir/arbitrary.ts';

fc.configureGlobal({ seed: 20_240_919 });

const TESTS: readonly PlainTest[] = [
  'equals',
  'contains',
  'startsWith',
  'endsWith',
  'term',
  'termPrefix',
  'termSuffix',
];
const texts = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: fc.constantFrom('a', 'B', '1', '_', '-', '.', ' ', '\\', '`', '$', 'ä', '\n'), maxLength: 6 }),
);
const values = texts.filter((text) => text !== '');

const matches = (pattern: string, text: string): boolean => RE2JS.compile(pattern).matcher(text).find();

describe('patterns', () => {
  test.prop([fc.constantFrom(...TESTS), values, texts, texts], { numRuns: 2000 })(
    'match exactly the texts that pass the test',
    (kind, value, before, after) => {
      const pattern = patternOf(reduceTerm(kind, value), [value]);
      for (const text of [before, value, before + value, value + after, before + value + after]) {
        expect(matches(pattern, text), `${pattern} on ${JSON.stringify(text)}`).toBe(
          passesTest(text, kind, value, true),
        );
      }
    },
  );

  test.prop([fc.constantFrom(...TESTS), fc.array(values, { minLength: 1, maxLength: 4 })], { numRuns: 1000 })(
    'are found again as the test that they stand for',
    (kind, list) => {
      const fitting = list.filter((value) => reduceTerm(kind, value) === kind);
      if (fitting.length === 0) return;
      expect(plainTestOf(patternOf(kind, fitting))).toEqual({ test: kind, values: fitting });
    },
  );

  test.prop([texts])('never hold what would end back quotes or a line', (text) => {
    // eslint-disable-next-line no-control-regex
    const forbidden = /[`\x00-\x1f\x7f\u2028\u2029]/;
    expect(escapePattern(text)).not.toMatch(forbidden);
    expect(safePattern(text)).not.toMatch(forbidden);
  });

  test.prop([texts.map(escapePattern), texts])('are made safe without a change of meaning', (pattern, text) => {
    expect(matches(safePattern(pattern), text)).toBe(matches(pattern, text));
  });

  it.each<[string, PlainTest, readonly string[]]>([
    ['cmd\\.exe', 'contains', ['cmd.exe']],
    ['.*cmd\\.exe.*', 'contains', ['cmd.exe']],
    ['(a|b)', 'contains', ['a', 'b']],
    ['a|b', 'contains', ['a', 'b']],
    ['^a', 'startsWith', ['a']],
    ['^(?:a|b)$', 'equals', ['a', 'b']],
    ['\\\\a\\.exe$', 'endsWith', ['\\a.exe']],
    ['a\\$', 'contains', ['a$']],
    ['a\\\\$', 'endsWith', ['a\\']],
  ])('%s is a plain test', (pattern, kind, found) => {
    expect(plainTestOf(pattern)).toEqual({ test: kind, values: found });
  });

  it.each(['a.b', '^a|b$', 'a+', '[ab]', '\\d', '(a)(b)', '^a.*b$', '(?:^|[^\\pL\\pN])\\.exe', '\\bcmd\\b', 'a{2}'])(
    '%s is a pattern in earnest',
    (pattern) => {
      expect(plainTestOf(pattern)).toBeUndefined();
    },
  );

  it.each([
    ['a`b', 'a\\x60b'],
    ['a\\`b', 'a\\x60b'],
    ['\\Qa.b\\E+', 'a\\.b+'],
    ['a\nb', 'a\\nb'],
    ['\\\\n', '\\\\n'],
  ])('%j is written %j', (pattern, safe) => {
    expect(safePattern(pattern)).toBe(safe);
  });
});
