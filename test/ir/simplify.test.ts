import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/eval/context.ts';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfPredicate } from '../../src/ir/canonical.ts';
import { normalisePredicate } from '../../src/ir/normalise.ts';
import { groupIsNeverEmpty, ignoresUpperCase, quoteRegex } from '../../src/ir/regex-syntax.ts';
import { simplifyPredicate } from '../../src/ir/simplify.ts';
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { partsOf, predicatePart } from '../../src/ir/walk.ts';
import { predicateArbitrary, vocabulary } from './arbitrary.ts';
import { rowArbitrary } from './rows.ts';

const x = b.field('x', [], 'string');
const y = b.field('y', [], 'string');
const n = b.field('n', [], 'long');
const call = (fn: Parameters<typeof b.call>[0], ...args: Scalar[]): Scalar => b.call(fn, args, 'string');
const piece = (delimiter: string, index: number): Scalar =>
  call('element', call('split', x, b.text(delimiter)), b.long(index));
const equals = (subject: Scalar, value: string, caseSensitive = true): Predicate =>
  b.match(subject, 'equals', value, { caseSensitive });
const test = (subject: Scalar, kind: 'contains' | 'startsWith' | 'endsWith' | 'regex', value: string): Predicate =>
  b.match(subject, kind, value, { caseSensitive: true });

const exact: Record<string, [Predicate, Predicate]> = {
  'tolower(x) == "a"': [equals(call('lower', x), 'a'), equals(x, 'a', false)],
  'tolower(x) == "A" is never true': [equals(call('lower', x), 'A'), b.constant(false)],
  'tolower(x) has "a"': [b.match(call('lower', x), 'term', 'a'), b.match(x, 'term', 'a')],
  'toupper(x) == "A"': [equals(call('upper', x), 'A'), equals(x, 'A', false)],
  'tolower(x) matches regex of lower-case letters': [
    test(call('lower', x), 'regex', 'a[b-d]+\\S'),
    b.match(x, 'regex', 'a[b-d]+\\S'),
  ],
  'tolower(x) == tolower(y)': [
    b.matchScalar(call('lower', x), 'equals', call('lower', y), true),
    b.matchScalar(x, 'equals', y, false),
  ],
  'last piece': [
    equals(piece('\\', -1), 'a.exe', false),
    b.or([equals(x, 'a.exe', false), b.match(x, 'endsWith', '\\a.exe')]),
  ],
  'last piece as text': [
    equals(call('toText', piece('\\', -1)), 'a.exe', false),
    b.or([equals(x, 'a.exe', false), b.match(x, 'endsWith', '\\a.exe')]),
  ],
  'last piece in lower case, as text': [
    equals(call('lower', call('toText', piece('\\', -1))), 'a.exe'),
    b.or([equals(x, 'a.exe', false), b.match(x, 'endsWith', '\\a.exe')]),
  ],
  'first piece': [equals(piece('@', 0), 'jo'), b.or([equals(x, 'jo'), test(x, 'startsWith', 'jo@')])],
  'a piece never holds the delimiter': [equals(piece('\\', -1), 'a\\b'), b.constant(false)],
  'second piece': [equals(piece('.', 1), 'b'), test(x, 'regex', '^(?:[^.]*\\.){1}b(?:\\.|$)')],
  'file name': [
    equals(call('element', call('parsePath', x), b.text('Filename')), 'a.exe', false),
    b.or([equals(x, 'a.exe', false), b.match(x, 'endsWith', ['\\a.exe', '/a.exe'])]),
  ],
  'first characters': [equals(call('substring', x, b.long(0), b.long(3)), 'abc'), test(x, 'startsWith', 'abc')],
  'fewer than the first characters': [equals(call('substring', x, b.long(0), b.long(3)), 'ab'), equals(x, 'ab')],
  concatenation: [equals(call('concat', x, b.text('\\'), y), 'D\\u'), b.and([equals(x, 'D'), equals(y, 'u')])],
  'concatenation with a constant': [equals(call('concat', b.text('id-'), x), 'id-7'), equals(x, '7')],
  'condition of iff': [
    equals(b.choose([{ when: equals(x, 'a'), then: b.text('High') }], b.text('Low'), 'string'), 'High'),
    equals(x, 'a'),
  ],
  'else of iff': [
    equals(b.choose([{ when: equals(x, 'a'), then: b.text('High') }], b.text('Low'), 'string'), 'Low'),
    b.not(equals(x, 'a')),
  ],
  'iff on a comparison that may be null': [
    equals(b.choose([{ when: b.compare(n, '>', b.long(5)), then: b.text('High') }], b.text('Low'), 'string'), 'Low'),
    b.or([b.missing(n, 'null'), b.not(b.compare(n, '>', b.long(5)))]),
  ],
  'number of iff': [
    b.oneOf(b.choose([{ when: equals(x, 'a'), then: b.long(1) }], b.long(0), 'long'), [{ type: 'long', value: 1n }]),
    equals(x, 'a'),
  ],
  coalesce: [
    equals(call('coalesce', x, y), 'a'),
    b.or([equals(x, 'a'), b.and([b.missing(x, 'empty'), equals(y, 'a')])]),
  ],
  'indexof >= 0': [b.compare(call('indexOf', x, b.text('a')), '>=', b.long(0)), test(x, 'contains', 'a')],
  'indexof != -1': [
    b.not(b.oneOf(call('indexOf', x, b.text('a')), [{ type: 'long', value: -1n }])),
    test(x, 'contains', 'a'),
  ],
  'indexof == 0': [b.compare(call('indexOf', x, b.text('a')), '==', b.long(0)), test(x, 'startsWith', 'a')],
  'countof > 0': [b.compare(call('countMatches', x, b.text('a')), '>', b.long(0)), test(x, 'contains', 'a')],
  'strlen > 0': [b.compare(call('length', x), '>', b.long(0)), b.not(b.missing(x, 'empty'))],
  'isnotempty(extract)': [
    b.not(b.missing(call('extract', b.text('a([0-9]+)'), b.long(1), x), 'empty')),
    test(x, 'regex', 'a([0-9]+)'),
  ],
  'isempty(tolower)': [b.missing(call('lower', x), 'empty'), b.missing(x, 'empty')],
  'isempty(strcat)': [b.missing(call('concat', x, y), 'empty'), b.and([b.missing(x, 'empty'), b.missing(y, 'empty')])],
  'isnull of a text': [b.missing(call('lower', x), 'null'), b.constant(false)],
  ipv4_is_private: [
    b.isTrue(b.call('ipIsPrivate', [x], 'bool')),
    b.ipInRange(x, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']),
  ],
  set_has_element: [
    b.isTrue(b.call('setHas', [b.dynamic(['a', 'b']), x], 'bool')),
    b.match(x, 'equals', ['a', 'b'], { caseSensitive: true }),
  ],
  bag_has_key: [
    b.isTrue(b.call('bagHasKey', [b.field('d'), b.text('k')], 'bool')),
    b.not(b.missing(b.field('d', ['k']), 'absent')),
  ],
  'place in a structure': [
    equals(
      call(
        'element',
        call('element', b.call('parseJson', [b.field('d', [], 'string')], 'dynamic'), b.text('a')),
        b.long(0),
      ),
      'v',
    ),
    equals(b.field('d', ['a', 0]), 'v'),
  ],
  'property of a packed bag': [
    equals(call('element', call('makeBag', b.text('k'), x), b.text('k')), 'v'),
    equals(x, 'v'),
  ],
  'conversion to its own type': [
    b.oneOf(b.call('toLong', [n], 'long'), [{ type: 'long', value: 5n }]),
    b.oneOf(n, [{ type: 'long', value: 5n }]),
  ],
};

/** What has no exact counterpart and must stay as it is. */
const kept: Record<string, Predicate> = {
  'number of a text': b.oneOf(b.call('toLong', [x], 'long'), [{ type: 'long', value: 5n }]),
  'regex with upper-case letters of lower case': test(call('lower', x), 'regex', 'A|b'),
  'capture group with a value': equals(call('extract', b.text('a(.*)b'), b.long(1), x), 'v'),
  'a group that may be empty': b.missing(call('extract', b.text('a(.*)b'), b.long(1), x), 'empty'),
  'ambiguous concatenation': equals(call('concat', x, b.text('-'), y), 'a-b-c'),
  'concatenation without a delimiter': equals(call('concat', x, y), 'ab'),
  'length above zero': b.compare(call('length', x), '>', b.long(10)),
  'two occurrences': b.compare(call('countMatches', x, b.text('a')), '>', b.long(1)),
  'longer delimiter': equals(piece('--', -1), 'a'),
  'piece by a letter, any case': equals(piece('x', -1), 'a', false),
};

describe('predicates on computed values', () => {
  it.each(Object.entries(exact))('%s', (_, [computed, stored]) => {
    expect(canonicalTextOfPredicate(normalisePredicate(simplifyPredicate(computed)))).toBe(
      canonicalTextOfPredicate(normalisePredicate(stored)),
    );
  });

  it.each(Object.entries(kept))('keeps a call where there is no equivalent: %s', (_, predicate) => {
    const calls = [...partsOf(predicatePart(simplifyPredicate(predicate)))].filter(
      ({ kind, node }) => kind === 'scalar' && node.op === 'call',
    );
    expect(calls.length).toBeGreaterThan(0);
  });

  const texts = fc.constantFrom(
    'a',
    'b',
    'A',
    'ab',
    'a.exe',
    'x\\a.exe',
    'C:\\x\\A.exe',
    'a b',
    'a--b',
    '/x/a.exe',
    '',
    '.',
    'k',
    'K',
  );
  const words = vocabulary({ texts, richScalars: true, maxDepth: 2, missing: ['null', 'empty', 'absent'] });
  const context: Context = { now: 0, firstColumn: () => [] };

  it('have the same truth for every row', () => {
    fc.assert(
      fc.property(
        predicateArbitrary(words),
        fc.array(rowArbitrary(words), { minLength: 4, maxLength: 4 }),
        (predicate, rows) => {
          const simple = simplifyPredicate(predicate);
          for (const row of rows)
            expect(evaluatePredicate(simple, row, context)).toBe(evaluatePredicate(predicate, row, context));
        },
      ),
      { seed: 3, numRuns: 4000 },
    );
  });

  it('stay small and quick when conditions nest', () => {
    let scalar: Scalar = b.text('z');
    for (let i = 0; i < 500; i++)
      scalar = b.choose([{ when: equals(x, `v${i}`), then: b.text(`r${i % 7}`) }], scalar, 'string');
    const simple = simplifyPredicate(equals(scalar, 'r3'));
    expect([...partsOf(predicatePart(simple))].length).toBeLessThan(10_000);
  });
});

describe('reading regular expressions', () => {
  it.each([
    ['a(b+)', 1, true],
    ['a(b*)', 1, false],
    ['(a)|b', 1, false],
    ['(a)?b', 1, false],
    ['(?:(a)b){2}', 1, true],
    ['(a|bc)', 1, true],
    ['(a|)', 1, false],
    ['(?P<name>[^\\]]x?)', 1, true],
    ['([^)]+)', 1, true],
    ['\\((.+?)\\)', 1, true],
    ['(\\w{3,5})', 1, true],
    ['(\\w{0,5})', 1, false],
    ['(a)(b)', 2, true],
    ['(a)', 2, false],
    ['^$', 0, false],
    ['a?', 0, false],
    ['(?i)(a)', 1, false],
    ['(', 1, false],
  ] as const)('%s: group %i is never empty: %s', (regex, group, expected) => {
    expect(groupIsNeverEmpty(regex, group)).toBe(expected);
  });

  it.each([
    ['abc', true],
    ['a\\Sb\\D', true],
    ['(?:a|b)+', true],
    ['aBc', false],
    ['[A-Z]', false],
    ['\\x41', false],
    ['\\pL', false],
    ['(?i)a', false],
    ['[[:upper:]]', false],
  ])('%s ignores upper case: %s', (regex, expected) => {
    expect(ignoresUpperCase(regex)).toBe(expected);
  });

  it('quotes every text so that it matches only itself', () => {
    const context: Context = { now: 0, firstColumn: () => [] };
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, other) => {
        const whole = test(x, 'regex', `^${quoteRegex(text)}$`);
        const passes = (value: string): unknown =>
          evaluatePredicate(whole, new Map([['x', { type: 'string', value }]]), context);
        expect(passes(text)).toBe(true);
        expect(passes(other)).toBe(text === other);
      }),
      { seed: 3 },
    );
  });
});
