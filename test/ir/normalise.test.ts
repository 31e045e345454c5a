import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import type { Context } from '../../src/eval/context.ts';
import type { Row } from '../../src/eval/value.ts';
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfPredicate, canonicalTextOfRelation } from '../../src/ir/canonical.ts';
import {
  canonicalText,
  equalDetections,
  normaliseDetection,
  normalisePredicate,
  normaliseRelation,
  tidyPredicateTree,
  tidyRelation,
} from '../../src/ir/normalise.ts';
import type { Predicate, Relation, Value } from '../../src/ir/types.ts';
import {
  DEFAULT_VOCABULARY,
  detectionArbitrary,
  predicateArbitrary,
  relationArbitrary,
  valueArbitrary,
  vocabulary,
} from './arbitrary.ts';

const seed = 20240131;
const x = b.field('x', [], 'string');
const n = b.field('n', [], 'long');
const has = (...values: string[]): Predicate => b.match(x, 'term', values);
const raw = (op: 'and' | 'or', ...of: Predicate[]): Predicate => ({ op, of, span: x.span });
const rawNot = (of: Predicate): Predicate => ({ op: 'not', of, span: x.span });
const value = (number: bigint): Value => ({ type: 'long', value: number });

/** Pairs that mean the same and must have one normal form. */
const same: Record<string, [Predicate, Predicate]> = {
  'order of operands': [raw('and', has('a'), b.isTrue(n)), raw('and', b.isTrue(n), has('a'))],
  'repeated operands': [raw('or', b.isTrue(n), b.isTrue(n)), b.isTrue(n)],
  nesting: [
    raw('or', b.isTrue(n), raw('or', has('a'), b.missing(x, 'null'))),
    raw('or', has('a'), b.missing(x, 'null'), b.isTrue(n)),
  ],
  'double negation': [rawNot(rawNot(has('a'))), has('a')],
  'De Morgan': [rawNot(raw('or', has('a'), b.isTrue(n))), raw('and', rawNot(has('a')), rawNot(b.isTrue(n)))],
  'or of matches': [raw('or', has('a'), has('b', 'c')), has('a', 'b', 'c')],
  'and of matches': [raw('and', has('a'), has('b')), b.match(x, 'term', ['b', 'a'], { quantifier: 'all' })],
  'and of negated matches': [raw('and', rawNot(has('a')), rawNot(has('b'))), rawNot(has('b', 'a'))],
  'quantifier of one value': [b.match(x, 'term', ['a'], { quantifier: 'all' }), has('a')],
  'letter case of insensitive values': [has('CMD', 'cmd'), has('Cmd')],
  'order of values': [has('b', 'a', 'b'), has('a', 'b')],
  'empty value': [b.match(x, 'equals', ['', 'a']), raw('or', b.missing(x, 'empty'), b.match(x, 'equals', 'a'))],
  'empty value of contains': [b.match(x, 'contains', ['', 'a']), b.constant(true)],
  'no values': [b.match(x, 'contains', []), b.constant(false)],
  'tostring as subject': [
    b.match(b.call('toText', [b.field('d', ['p'])], 'string'), 'equals', 'a'),
    b.match(b.field('d', ['p']), 'equals', 'a'),
  ],
  'wildcard as prefix': [b.match(x, 'wildcard', 'a*'), b.match(x, 'startsWith', 'a')],
  'wildcard as suffix': [b.match(x, 'wildcard', '**a\\\\'), b.match(x, 'endsWith', 'a\\')],
  'wildcard as substring': [
    b.match(x, 'wildcard', ['*a\\*b*', 'x?y']),
    raw('or', b.match(x, 'contains', 'a*b'), b.match(x, 'wildcard', 'x?y')),
  ],
  'wildcard as equality': [b.match(x, 'wildcard', 'a\\?b'), b.match(x, 'equals', 'a?b')],
  'wildcard for anything': [b.match(x, 'wildcard', '*'), b.constant(true)],
  'equality with a number': [b.compare(n, '==', b.long(5)), b.oneOf(n, [value(5n)])],
  'literal on the left': [b.compare(b.long(5), '<', n), b.compare(n, '>', b.long(5))],
  'two fields': [b.compare(n, '>', b.field('m')), b.compare(b.field('m'), '<', n)],
  between: [
    b.between(n, b.long(1), b.long(2)),
    raw('and', b.compare(n, '<=', b.long(2)), b.compare(n, '>=', b.long(1))),
  ],
  'or of numbers': [
    raw('or', b.oneOf(n, [value(2n)]), b.oneOf(n, [value(1n), value(2n)])),
    b.oneOf(n, [value(1n), value(2n)]),
  ],
  'or of ranges': [
    raw('or', b.ipInRange(x, ['10.0.0.0/8']), b.ipInRange(x, ['FE80::/10'])),
    b.ipInRange(x, ['fe80::/10', '10.0.0.0/8']),
  ],
  'constants in and': [raw('and', b.constant(true), has('a')), has('a')],
  'constants in or': [raw('or', b.constant(true), has('a')), b.constant(true)],
  'comparison of literals': [b.compare(b.long(1), '<', b.long(2)), b.constant(true)],
  'test of a literal': [b.match(b.text('a-b'), 'term', ['B']), b.constant(true)],
};

/** Pairs that look alike and do not mean the same. */
const different: Record<string, [Predicate, Predicate]> = {
  'letter case of sensitive values': [
    b.match(x, 'equals', 'A', { caseSensitive: true }),
    b.match(x, 'equals', 'a', { caseSensitive: true }),
  ],
  'letter case of regexes': [b.match(x, 'regex', '\\S'), b.match(x, 'regex', '\\s')],
  'case sensitivity': [b.match(x, 'equals', 'a', { caseSensitive: true }), b.match(x, 'equals', 'a')],
  'all and any': [b.match(x, 'contains', ['a', 'b'], { quantifier: 'all' }), b.match(x, 'contains', ['a', 'b'])],
  'negated order': [rawNot(b.compare(n, '<', b.long(5))), b.compare(n, '>=', b.long(5))],
  'number and text': [b.compare(n, '==', b.long(5)), b.match(n, 'equals', '5')],
  'null and empty': [b.missing(x, 'null'), b.missing(x, 'empty')],
  'and of any': [raw('and', has('a', 'b'), has('b', 'c')), has('a', 'b', 'c')],
  'or of negated': [raw('or', rawNot(has('a')), rawNot(has('b'))), rawNot(has('a', 'b'))],
  'order of strict comparison': [b.compare(n, '<', b.field('m')), b.compare(n, '>', b.field('m'))],
  'a field and a deeper place': [b.isTrue(b.field('d', ['a'])), b.isTrue(b.field('d', ['a', 'b']))],
  'step by name and by position': [b.isTrue(b.field('d', ['0'])), b.isTrue(b.field('d', [0]))],
};

describe('normal form of predicates', () => {
  it.each(Object.entries(same))('is one for %s', (_, [left, right]) => {
    expect(normalisePredicate(left)).toEqual(normalisePredicate(right));
  });

  it.each(Object.entries(different))('differs for %s', (_, [left, right]) => {
    expect(canonicalTextOfPredicate(normalisePredicate(left))).not.toEqual(
      canonicalTextOfPredicate(normalisePredicate(right)),
    );
  });

  it('keeps order and spelling when only tidying', () => {
    const written = raw('or', b.isTrue(n), has('Zeta'), b.match(x, 'equals', 'B'), has('Alpha', 'ZETA'));
    expect(tidyPredicateTree(written)).toMatchObject({
      of: [{ op: 'isTrue' }, { values: ['Zeta', 'Alpha'] }, { values: ['B'] }],
    });
  });

  it('is idempotent, and the same whether tidied before or not', () => {
    fc.assert(
      fc.property(predicateArbitrary(), (predicate) => {
        const once = normalisePredicate(predicate);
        const text = canonicalTextOfPredicate(once);
        expect(canonicalTextOfPredicate(normalisePredicate(once))).toBe(text);
        const tidied = tidyPredicateTree(predicate);
        expect(tidyPredicateTree(tidied)).toEqual(tidied);
        expect(canonicalTextOfPredicate(normalisePredicate(tidied))).toBe(text);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('keeps the truth of every row', () => {
    fc.assert(
      fc.property(predicateArbitrary(), fc.array(rowArbitrary, { minLength: 5, maxLength: 5 }), (predicate, rows) => {
        const [normal, tidied] = [normalisePredicate(predicate), tidyPredicateTree(predicate)];
        for (const row of rows) {
          const truth = evaluatePredicate(predicate, row, context);
          expect(evaluatePredicate(normal, row, context)).toBe(truth);
          expect(evaluatePredicate(tidied, row, context)).toBe(truth);
        }
      }),
      { seed, numRuns: 3000 },
    );
  });

  it('survives long lists', () => {
    const long = raw('or', ...Array.from({ length: 20_000 }, (_, i) => raw('and', has(`v${i}`), b.isTrue(n))));
    expect(normalisePredicate(rawNot(long))).toMatchObject({ op: 'and' });
  });
});

const context: Context = { now: 1_700_000_000_000, firstColumn: () => [] };

/** Rows of the default vocabulary; any column may be missing. */
const rowArbitrary: fc.Arbitrary<Row> = fc
  .tuple(
    ...DEFAULT_VOCABULARY.fields.map((field) => {
      const present: fc.Arbitrary<Value> =
        field.type === 'string'
          ? fc
              .oneof(DEFAULT_VOCABULARY.texts, fc.constantFrom('10.1.2.3', '1.2.3.4', 'fe80::1'))
              .map((text) => ({ type: 'string', value: text }))
          : field.type === 'dynamic'
            ? DEFAULT_VOCABULARY.texts.map((name) => ({ type: 'dynamic', value: { Properties: { name } } }))
            : valueArbitrary(field.type);
      return fc.option(present, { nil: undefined, freq: 4 });
    }),
  )
  .map((values) => {
    const row = new Map<string, Value>();
    DEFAULT_VOCABULARY.fields.forEach((field, index) => {
      const present = values[index];
      if (present !== undefined) row.set(field.name, present);
    });
    return row;
  });

describe('normal form of relations', () => {
  const t = b.source('T');
  const sameRelations: Record<string, [Relation, Relation]> = {
    'adjacent filters': [b.filter(b.filter(t, has('a')), b.isTrue(n)), b.filter(t, b.and([b.isTrue(n), has('a')]))],
    'a filter that keeps all': [b.filter(t, b.or([b.constant(true), has('a')])), t],
    'an extend that says nothing': [b.extend(t, [{ name: 'x', value: x }]), t],
    'independent extends': [
      b.extend(b.extend(t, [{ name: 'p', value: x }]), [{ name: 'q', value: n }]),
      b.extend(t, [
        { name: 'p', value: x },
        { name: 'q', value: n },
      ]),
    ],
    'extend before project': [
      b.project(b.extend(t, [{ name: 'p', value: b.call('lower', [x], 'string') }]), [
        { name: 'p', value: b.field('p') },
      ]),
      b.project(t, [{ name: 'p', value: b.call('lower', [x], 'string') }]),
    ],
    'nested unions': [
      b.union([b.union([t, b.source('A')]), b.source('B')]),
      b.union([b.source('B'), t, b.source('A')]),
    ],
    'a union of one': [b.union([t]), t],
  };
  const differentRelations: Record<string, [Relation, Relation]> = {
    'dependent extends': [
      b.extend(b.extend(t, [{ name: 'x', value: n }]), [{ name: 'q', value: x }]),
      b.extend(t, [
        { name: 'x', value: n },
        { name: 'q', value: x },
      ]),
    ],
    'a union that names its inputs': [
      b.union([t, b.source('A')], { sourceColumn: 's' }),
      b.union([b.source('A'), t], { sourceColumn: 's' }),
    ],
    'a computed column used twice': [
      b.project(b.extend(t, [{ name: 'p', value: n }]), [
        { name: 'p', value: b.field('p') },
        { name: 'q', value: b.field('p') },
      ]),
      b.project(t, [
        { name: 'p', value: n },
        { name: 'q', value: b.field('p') },
      ]),
    ],
    'different windows': [
      b.source('T', { window: { from: -1, to: undefined, includesFrom: true, includesTo: true } }),
      t,
    ],
  };

  it.each(Object.entries(sameRelations))('is one for %s', (_, [left, right]) => {
    expect(canonicalTextOfRelation(normaliseRelation(left))).toEqual(canonicalTextOfRelation(normaliseRelation(right)));
  });

  it.each(Object.entries(differentRelations))('differs for %s', (_, [left, right]) => {
    expect(canonicalTextOfRelation(normaliseRelation(left))).not.toEqual(
      canonicalTextOfRelation(normaliseRelation(right)),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(relationArbitrary(vocabulary({ maxDepth: 4 })), (relation) => {
        const once = normaliseRelation(relation);
        expect(canonicalTextOfRelation(normaliseRelation(once))).toBe(canonicalTextOfRelation(once));
        expect(canonicalTextOfRelation(normaliseRelation(tidyRelation(relation)))).toBe(canonicalTextOfRelation(once));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('merges thousands of filters without exhausting anything', () => {
    let relation: Relation = t;
    for (let i = 0; i < 2000; i++) relation = b.filter(relation, b.match(x, 'contains', String(i)));
    expect(normaliseRelation(relation)).toMatchObject({ op: 'filter', input: { op: 'source' } });
    for (let i = 0; i < 2000; i++) relation = b.extend(relation, [{ name: `c${i}`, value: x }]);
    expect(normaliseRelation(relation)).toMatchObject({ op: 'extend', input: { op: 'filter' } });
  });
});

describe('equality of Detections', () => {
  it('does not see spans, and sees everything else', () => {
    fc.assert(
      fc.property(detectionArbitrary(), (detection) => {
        expect(equalDetections(detection, normaliseDetection(detection))).toBe(true);
        const moved = { ...detection, schedule: { ...detection.schedule, span: { start: 5, end: 9 } } };
        expect(equalDetections(detection, moved)).toBe(true);
        const renamed = { ...detection, meta: { ...detection.meta, name: `${detection.meta.name}!` } };
        expect(equalDetections(detection, renamed)).toBe(false);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('can write integers beyond 2^53, and what JSON cannot', () => {
    const query = b.filter(b.source('T'), b.oneOf(n, [value(9007199254740993n), { type: 'real', value: NaN }]));
    expect(canonicalText(b.detection('d', query))).toContain('9007199254740993n');
  });
});
