/** Texts in and out: no value breaks out of its quotes, and every value comes back. */
import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import * as b from '../../src/ir/build.ts';
import { NO_SPAN, SourceFile } from '../../src/source.ts';
import {
  isIdentifier,
  isKeyword,
  quote,
  readDuration,
  toIdentifier,
  unquote,
  writeDuration,
} from '../../targets/chronicle/lexical.ts';
import { readMeta, writeMeta } from '../../targets/chronicle/meta.ts';
import { printRule } from '../../targets/chronicle/print.ts';
import { read } from '../../targets/chronicle/read.ts';
import type { Expression, Rule } from '../../targets/chronicle/tree.ts';
import { HOSTILE_TEXTS } from '../ir/arbitrary.ts';
import { readText } from './support.ts';

fc.configureGlobal({ seed: 20_240_919 });

const texts = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 20 }));

const withoutSpans = (tree: unknown): string =>
  JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value));

function ruleWith(condition: Expression, meta: Rule['meta'] = []): Rule {
  const field: Expression = { kind: 'field', variable: 'e', path: [{ kind: 'name', name: 'a' }], span: NO_SPAN };
  const compared: Expression = {
    kind: 'comparison',
    operator: '=',
    left: field,
    right: condition,
    nocase: false,
    span: NO_SPAN,
  };
  const e: Expression = { kind: 'variable', name: 'e', span: NO_SPAN };
  return { name: 'r', meta, events: [compared], outcome: [], condition: e, options: [], span: NO_SPAN };
}

describe('strings', () => {
  test.prop([texts], { numRuns: 2000 })('come back as they were', (text) => {
    expect(unquote(quote(text))).toBe(text);
    expect(quote(text)).not.toMatch(/[\n\r]/);
  });

  test.prop([texts, texts, fc.boolean()], { numRuns: 500 })(
    'stay within their quotes in a rule',
    (value, meta, raw) => {
      const rule = ruleWith({ kind: 'string', value, raw: raw && !/[`\r\n]/.test(value), span: NO_SPAN }, [
        { key: 'description', value: meta },
      ]);
      expect(withoutSpans(readText(printRule(rule)))).toBe(withoutSpans(rule));
    },
  );

  test.prop([texts, texts])('stay within their brackets as map keys', (key, value) => {
    const rule = ruleWith({ kind: 'string', value, raw: false, span: NO_SPAN });
    const field: Expression = {
      kind: 'field',
      variable: 'e',
      path: [
        { kind: 'name', name: 'labels' },
        { kind: 'key', key },
      ],
      span: NO_SPAN,
    };
    const keyed = {
      ...rule,
      events: [
        { kind: 'nocase', of: { kind: 'call', name: 'f', args: [field], span: NO_SPAN }, span: NO_SPAN } as Expression,
      ],
    };
    expect(withoutSpans(readText(printRule(keyed)))).toBe(withoutSpans(keyed));
  });
});

describe('names', () => {
  test.prop([texts])('are identifiers and no keywords', (text) => {
    const name = toIdentifier(text, 'x');
    expect(isIdentifier(name)).toBe(true);
    expect(isKeyword(name)).toBe(false);
  });

  it.each([
    ['AADRisky Login (v2)', 'AADRisky_Login_v2'],
    ['2 things', '_2_things'],
    ['outcome', '_outcome'],
    ['日本', 'x'],
    ['Zürich', 'Zurich'],
  ])('%s is %s', (text, name) => {
    expect(toIdentifier(text, 'x')).toBe(name);
  });
});

describe('durations', () => {
  it.each([
    [60_000, '1m'],
    [3_600_000, '1h'],
    [86_400_000, '1d'],
    [172_800_000, '48h'],
    [5_400_000, '90m'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(writeDuration(milliseconds)).toBe(text);
    expect(readDuration(text)).toBe(milliseconds);
  });

  it.each([0, -1, 1, 30_000, 90_500])('%i ms cannot be written', (milliseconds) => {
    expect(writeDuration(milliseconds)).toBeUndefined();
  });
});

describe('the meta section', () => {
  const metadata = fc.record({
    name: texts,
    description: texts,
    author: texts,
    tactics: fc.array(fc.oneof(texts, fc.constantFrom('execution', 'command-and-control')), { maxLength: 3 }),
    techniques: fc.array(fc.oneof(texts, fc.constantFrom('T1059', 'T1098.003')), { maxLength: 3 }),
    tags: fc.array(texts, { maxLength: 3 }),
    references: fc.array(texts, { maxLength: 3 }),
    falsePositives: fc.array(texts, { maxLength: 3 }),
    requires: fc.array(fc.record({ connector: texts, tables: fc.array(texts, { maxLength: 2 }) }), { maxLength: 2 }),
  });

  test.prop([metadata], { numRuns: 1000 })('says the same when read and written again', (parts) => {
    const once = readMeta(writeMeta(b.metadata(parts.name, parts)), 'r');
    expect(readMeta(writeMeta(once), 'r')).toEqual(once);
  });
});

describe('hostile rules', () => {
  const rule = (events: string): string => `rule r { events: ${events} condition: $e }`;

  it.each([
    ['deep parentheses', rule('('.repeat(100_000))],
    ['deep balanced parentheses', rule(`${'('.repeat(5000)}$e.a = "b"${')'.repeat(5000)}`)],
    ['many negations', rule(`${'not '.repeat(50_000)}$e.a = "b"`)],
    ['a long sum', rule(`$e.a = ${'1 + '.repeat(50_000)}1`)],
    ['an open string', rule('$e.a = "b')],
    ['an open comment', `rule r { /* ${'x'.repeat(10_000)}`],
    ['nothing', ''],
    ['binary', '\u0000\uffff\ud800'],
  ])('%s give a diagnostic', (_name, text) => {
    const { tree, diagnostics } = read(new SourceFile('x', text));
    expect(tree).toBeUndefined();
    expect(diagnostics.length).toBe(1);
  });

  it('reads a chain of ten thousand tests', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => `$e.a = "${index}"`).join(' or ');
    const { events } = readText(rule(chain));
    expect(events[0]?.kind === 'logic' ? events[0].of.length : 0).toBe(10_000);
  });
});
