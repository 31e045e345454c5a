import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/eval/context.ts';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfPredicate } from '../../src/ir/canonical.ts';
import { followsFromPlaceWithin, impliedByLeaf } from '../../src/ir/implied.ts';
import { normalisePredicate } from '../../src/ir/normalise.ts';
import { replaceGroup } from '../../src/ir/regex-syntax.ts';
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { predicateArbitrary, vocabulary } from './arbitrary.ts';
import { rowArbitrary } from './rows.ts';

const x = b.field('x', [], 'string');
const y = b.field('y', [], 'string');
const call = (fn: Parameters<typeof b.call>[0], ...args: Scalar[]): Scalar => b.call(fn, args, 'string');
const extract = (regex: string, group: number): Scalar => call('extract', b.text(regex), b.long(group), x);
const equals = (subject: Scalar, value: string): Predicate =>
  b.match(subject, 'equals', value, { caseSensitive: true });
const element = call('element', b.call('anyElement', [b.field('list'), b.text('1')], 'dynamic'), b.text('k'));

describe('what follows from a test of a computed text', () => {
  it.each<[string, Predicate, Predicate | undefined]>([
    [
      'a captured value',
      equals(extract('user=(\\w+);', 1), 'j.o'),
      b.match(x, 'regex', 'user=(?:j\\.o);', { caseSensitive: true }),
    ],
    ['a captured value, any case', b.match(extract('user=(\\w+)', 1), 'equals', 'jo'), b.match(x, 'contains', 'jo')],
    ['a part of a captured value', b.match(extract('(.*)', 1), 'term', ['a', 'b']), b.match(x, 'contains', ['a', 'b'])],
    [
      'something captured',
      b.not(b.missing(extract('a(.*)', 1), 'empty')),
      b.match(x, 'regex', 'a(.*)', { caseSensitive: true }),
    ],
    ['a trimmed text', equals(call('trim', b.text('"'), x), 'a'), b.match(x, 'contains', 'a', { caseSensitive: true })],
    [
      'a word of a piece',
      b.match(call('element', call('split', x, b.text('--')), b.long(1)), 'term', 'a'),
      b.match(x, 'contains', 'a'),
    ],
    [
      'an element of a list',
      equals(element, 'Admin'),
      b.match(b.field('list'), 'contains', 'Admin', { caseSensitive: true }),
    ],
    ['an element that JSON writes otherwise', equals(element, 'a"b'), undefined],
    [
      'a conditional',
      equals(b.choose([{ when: b.isTrue(b.field('f')), then: call('trim', b.text('"'), x) }], y, 'string'), 'a'),
      b.or([b.and([b.isTrue(b.field('f')), b.match(x, 'contains', 'a', { caseSensitive: true })]), equals(y, 'a')]),
    ],
    ['an empty value', equals(extract('(a*)', 1), ''), undefined],
    ['a negated test', b.not(equals(extract('(.*)', 1), 'a')), undefined],
    ['a number', b.oneOf(b.call('toLong', [x], 'long'), [{ type: 'long', value: 5n }]), undefined],
    ['a plain field', equals(x, 'a'), undefined],
  ])('%s', (_, leaf, expected) => {
    const text = (predicate: Predicate | undefined): string | undefined =>
      predicate && canonicalTextOfPredicate(normalisePredicate(predicate));
    expect(text(impliedByLeaf(leaf))).toBe(text(expected));
  });

  it('is true whenever the test is', () => {
    const texts = fc.constantFrom(
      'a',
      'b',
      'A',
      'ab',
      'a.exe',
      'x\\a.exe',
      'C:\\x\\A.exe',
      'a b',
      'b-a--b',
      '/x/a.exe',
      '',
    );
    const words = vocabulary({ texts, richScalars: true });
    const context: Context = { now: 0, firstColumn: () => [] };
    let implied = 0;
    fc.assert(
      fc.property(
        predicateArbitrary(words, 0),
        fc.boolean(),
        fc.array(rowArbitrary(words), { minLength: 4, maxLength: 4 }),
        (predicate, negated, rows) => {
          const leaf = negated ? b.not(predicate) : predicate;
          const wider = impliedByLeaf(leaf);
          if (wider === undefined) return;
          implied++;
          for (const row of rows) {
            if (evaluatePredicate(leaf, row, context) === true)
              expect(evaluatePredicate(wider, row, context)).toBe(true);
          }
        },
      ),
      { seed: 5, numRuns: 10_000 },
    );
    expect(implied).toBeGreaterThan(300);
  });
});

describe('replacing a group', () => {
  it.each([
    ['a(b)c', 1, 'aXc'],
    ['(a)(b)', 2, '(a)X'],
    ['(a(b)c)', 1, 'X'],
    ['(a(b)c)', 2, '(aXc)'],
    ['(?:a)(b)', 1, '(?:a)X'],
    ['\\((b)[)(](c)', 2, '\\((b)[)(]X'],
    ['(?P<n>b)', 1, 'X'],
    ['(?i)(b)', 1, '(?i)X'],
    ['a', 0, 'X'],
    ['a', 1, undefined],
    ['\\Q(\\E(b)', 1, undefined],
    ['[(', 1, undefined],
    ['(a', 1, undefined],
    ['(a)+', 1, undefined],
    ['(a){2}', 1, undefined],
    ['(?:x(a))*', 1, undefined],
    ['(a)?b*', 1, 'X?b*'],
  ])('%s, group %i', (regex, group, expected) => {
    expect(replaceGroup(regex, group, 'X')).toBe(expected);
  });
});

describe('a test on a whole structure beside one on a place within it', () => {
  const data = b.field('Data', [], 'dynamic');
  const line = b.field('Data', ['Line'], 'dynamic');
  const words = (subject: Scalar, values: string[], quantifier: 'any' | 'all', test: 'term' | 'contains' = 'term') =>
    b.match(subject, test, values, { quantifier });

  it.each<[string, Predicate, Predicate, boolean]>([
    ['the same words', words(data, ['add', 'Set'], 'all'), words(line, ['Set', 'add'], 'all'), true],
    ['in another letter case', words(data, ['ADD'], 'any'), words(line, ['add'], 'any'), true],
    ['read as a text', words(data, ['add'], 'any'), words(call('toText', line), ['add'], 'any'), true],
    ['fewer of all', words(data, ['add'], 'all'), words(line, ['set', 'add'], 'all'), true],
    ['more of all', words(data, ['set', 'add'], 'all'), words(line, ['add'], 'all'), false],
    ['more of any', words(data, ['set', 'add'], 'any'), words(line, ['add'], 'any'), true],
    ['fewer of any', words(data, ['add'], 'any'), words(line, ['set', 'add'], 'any'), false],
    ['any for all', words(data, ['set', 'add'], 'all'), words(line, ['set', 'add'], 'any'), false],
    ['a substring for a word', words(data, ['add'], 'any'), words(line, ['add'], 'any', 'contains'), false],
    ['a word for a substring', words(data, ['add'], 'any', 'contains'), words(line, ['add'], 'any'), true],
    ['what JSON writes otherwise', words(data, ['a\\b'], 'any'), words(line, ['a\\b'], 'any'), false],
    ['another column', words(b.field('Other'), ['add'], 'any'), words(line, ['add'], 'any'), false],
    ['the whole for the place', words(line, ['add'], 'any'), words(data, ['add'], 'any'), false],
    [
      'a letter case that was not tested',
      b.match(data, 'term', 'add', { caseSensitive: true }),
      words(line, ['add'], 'any'),
      false,
    ],
  ])('%s', (_, whole, place, expected) => {
    expect(followsFromPlaceWithin(whole, place)).toBe(expected);
  });
});
