import { readFileSync } from 'node:fs';
import { extractExamples } from 'ohm-js/extras';
import { describe, expect, it } from 'vitest';
import grammar from '../../grammar/sigma-condition.ohm-bundle.js';
import { wholeFile } from '../../src/source.ts';
import { printCondition } from '../../targets/sigma/print-condition.ts';
import { readCondition } from '../../targets/sigma/read-condition.ts';

const examples = extractExamples(readFileSync('grammar/sigma-condition.ohm', 'utf8'));

describe('the grammar of Sigma conditions', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(30);
  });

  it.each(examples)('$rule: $example is read: $shouldMatch', ({ rule, example, shouldMatch }) => {
    expect(grammar.match(example, rule).succeeded()).toBe(shouldMatch);
  });
});

/** As written, as printed back: precedence, superfluous parentheses, letter case of words. */
const printed: readonly (readonly [string, string])[] = [
  ['a or b and c', 'a or (b and c)'],
  ['(a or b) and c', '(a or b) and c'],
  ['(a or (b and c))', 'a or (b and c)'],
  ['(a and b) and (c)', 'a and b and c'],
  ['not a and b', 'not a and b'],
  ['not (a and b)', 'not (a and b)'],
  ['not not a', 'a'],
  ['not not not a', 'not a'],
  ['1 OF Sel_* AND NOT ALL OF Filter_*', '1 of Sel_* and not all of Filter_*'],
  ['any of them', '1 of them'],
  ['not (not (a or b) or c)', 'not (not (a or b) or c)'],
];

describe('conditions', () => {
  it.each(printed)('%s is printed as %s', (written, expected) => {
    const { condition } = readCondition(wholeFile(written));
    expect(condition && printCondition(condition)).toBe(expected);
  });

  it('has spans in the file', () => {
    const embedded = { text: 'a and b', segments: [{ embedded: 0, file: 100 }] };
    const { condition } = readCondition(embedded);
    expect(condition?.op === 'and' && condition.of.map(({ span }) => span)).toEqual([
      { start: 100, end: 101 },
      { start: 106, end: 107 },
    ]);
  });

  it('says where it cannot be read', () => {
    const result = readCondition(wholeFile('a and b or c d'));
    expect(result.condition === undefined && result.diagnostic).toMatchObject({
      code: 'sigma/condition-syntax',
      span: { start: 13, end: 14 },
    });
  });

  it.each([
    ['parentheses', '('.repeat(5000) + 'a' + ')'.repeat(5000), 'sigma/too-deep'],
    ['length', 'a or '.repeat(50_000) + 'a', 'sigma/too-deep'],
    ['an aggregation', 'selection | count() by User > 5', 'sigma/condition-syntax'],
  ])('refuses too much or too old: %s', (_what, text, code) => {
    const result = readCondition(wholeFile(text));
    expect(result.condition === undefined && result.diagnostic.code).toBe(code);
  });

  it('reads many negations without nesting', () => {
    const { condition } = readCondition(wholeFile('not '.repeat(4001) + 'a'));
    expect(condition && printCondition(condition)).toBe('not a');
  });
});
