import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from '../ir/arbitrary.ts';
import {
  decodePattern,
  encodeLiteral,
  encodePattern,
  formatWildcard,
  parseWildcard,
} from '../../targets/sigma/pattern.ts';
import type { Pattern } from '../../targets/sigma/pattern.ts';

const text = (of: string) => ({ text: of });
const star = { wildcard: '*' } as const;
const one = { wildcard: '?' } as const;

/** The table of the specification ("Escaping") and what follows from it: value, its pattern, its canonical spelling. */
const values: readonly (readonly [string, Pattern, string])[] = [
  ['plain', [text('plain')], 'plain'],
  ['', [], ''],
  ['a*', [text('a'), star], 'a*'],
  ['a?b', [text('a'), one, text('b')], 'a?b'],
  ['\\*', [text('*')], '\\*'],
  ['\\?', [text('?')], '\\?'],
  ['C:\\Windows', [text('C:\\Windows')], 'C:\\Windows'],
  ['C:\\\\Windows', [text('C:\\Windows')], 'C:\\Windows'],
  ['a\\\\*', [text('a\\'), star], 'a\\\\*'],
  ['a\\\\\\*', [text('a\\*')], 'a\\\\\\*'],
  ['\\\\\\', [text('\\\\')], '\\\\\\\\'],
  ['\\\\\\\\', [text('\\\\')], '\\\\\\\\'],
  ['\\\\\\\\server', [text('\\\\server')], '\\\\\\\\server'],
  ['end\\', [text('end\\')], 'end\\'],
  ['a**b', [text('a'), star, text('b')], 'a*b'],
];

describe('text values', () => {
  it.each(values)('%j', (written, pattern, canonical) => {
    expect(decodePattern(written)).toEqual(pattern);
    expect(encodePattern(pattern)).toBe(canonical);
    expect(decodePattern(canonical)).toEqual(pattern);
  });

  it.each(HOSTILE_TEXTS)('a literal stays a literal: %j', (literal) => {
    expect(decodePattern(encodeLiteral(literal))).toEqual(literal === '' ? [] : [text(literal)]);
  });

  property.prop([fc.string({ unit: fc.constantFrom('a', '\\', '*', '?', '/') })], { seed: 1 })(
    'any literal stays a literal',
    (literal) => {
      expect(decodePattern(encodeLiteral(literal))).toEqual(literal === '' ? [] : [text(literal)]);
    },
  );

  const parts = fc.array(
    fc.oneof(
      fc.constant(star),
      fc.constant(one),
      fc.string({ unit: fc.constantFrom('a', '\\', '*', '?'), minLength: 1 }).map(text),
    ),
  );
  property.prop([parts], { seed: 2 })('any pattern survives both notations', (raw) => {
    const pattern = decodePattern(encodePattern(decodePattern(encodePattern(raw))));
    expect(decodePattern(encodePattern(pattern))).toEqual(pattern);
    expect(parseWildcard(formatWildcard(pattern))).toEqual(pattern);
  });
});
