/** Random scalars and predicates over a vocabulary's fields. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import * as b from '../../src/ir/build.ts';
import type { Comparison, Field, Predicate, Scalar, TextTest, Value } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { DEFAULT_VOCABULARY } from './vocabulary.ts';
import type { PredicateName, Vocabulary } from './vocabulary.ts';

export const ofType = (words: Vocabulary, ...types: readonly Field['type'][]): readonly Field[] =>
  words.fields.filter((field) => types.includes(field.type));

export function textScalar(words: Vocabulary): Arbitrary<Scalar> | undefined {
  const fields = ofType(words, 'string', 'dynamic', 'unknown');
  if (fields.length === 0) return undefined;
  const field: Arbitrary<Scalar> = fc.constantFrom(...fields);
  if (words.textFunctions.length === 0) return field;
  const called = fc.tuple(fc.constantFrom(...words.textFunctions), field).map(([fn, of]) => b.call(fn, [of], 'string'));
  return fc.oneof({ weight: 4, arbitrary: field }, { weight: 1, arbitrary: called });
}

/** Texts computed in the ways that rules compute them. */
export function richText(words: Vocabulary, depth: number): Arbitrary<Scalar> | undefined {
  const base = textScalar(words);
  if (base === undefined || depth <= 0) return base;
  const inner = richText(words, depth - 1) ?? base;
  const text = words.texts.map((value) => b.text(value));
  const split = fc
    .tuple(inner, fc.constantFrom('\\', '.', ' ', '--'), fc.integer({ min: -2, max: 2 }))
    .map(([of, delimiter, index]) =>
      b.call('element', [b.call('split', [of, b.text(delimiter)], 'dynamic'), b.long(index)], 'dynamic'),
    );
  const chosen = fc
    .tuple(
      predicateArbitrary(words, 0),
      fc.oneof(inner, text),
      predicateArbitrary(words, 0),
      inner,
      fc.oneof(inner, text),
    )
    .map(([first, a, second, c, otherwise]) =>
      b.choose(
        [
          { when: first, then: a },
          { when: second, then: c },
        ],
        otherwise,
        'string',
      ),
    );
  return fc.oneof(
    { weight: 3, arbitrary: base },
    { weight: 1, arbitrary: split },
    { weight: 1, arbitrary: chosen },
    { weight: 1, arbitrary: fc.tuple(inner, inner).map((args) => b.call('coalesce', args, 'string')) },
    { weight: 1, arbitrary: fc.tuple(inner, text, inner).map((args) => b.call('concat', args, 'string')) },
    { weight: 1, arbitrary: fc.tuple(text, inner).map((args) => b.call('concat', args, 'string')) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, fc.integer({ min: 0, max: 3 }))
        .map(([of, n]) => b.call('substring', [of, b.long(0), b.long(n)], 'string')),
    },
    { weight: 1, arbitrary: inner.map((of) => b.call('toText', [of], 'string')) },
    { weight: 1, arbitrary: inner.map((of) => b.call('lower', [of], 'string')) },
    { weight: 1, arbitrary: inner.map((of) => b.call('extract', [b.text('([a-z]+)\\.exe'), b.long(1), of], 'string')) },
    {
      weight: 1,
      arbitrary: inner.map((of) =>
        b.call('element', [b.call('parsePath', [of], 'dynamic'), b.text('Filename')], 'dynamic'),
      ),
    },
  );
}

/** Leaves about computed values. */
function richLeaf(words: Vocabulary): Arbitrary<Predicate> | undefined {
  const of = richText(words, 2);
  if (of === undefined) return undefined;
  const value = fc.oneof(words.texts, fc.constantFrom('a', 'A', '.exe', '\\'));
  const number = fc.tuple(
    fc.constantFrom('indexOf' as const, 'countMatches' as const, 'length' as const),
    of,
    value,
    fc.constantFrom<Comparison>('==', '<', '<=', '>', '>='),
    fc.integer({ min: -2, max: 2 }),
  );
  const tests = fc.constantFrom<TextTest>('equals', 'contains', 'startsWith', 'endsWith', 'term');
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          of,
          tests,
          fc.array(value, { minLength: 1, maxLength: 2 }),
          fc.boolean(),
          fc.constantFrom('any' as const, 'all' as const),
        )
        .map(([subject, test, values, caseSensitive, quantifier]) =>
          b.match(subject, test, values, { caseSensitive, quantifier }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(of, fc.constantFrom('null' as const, 'empty' as const))
        .map(([subject, counts]) => b.missing(subject, counts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(of, of, fc.boolean())
        .map(([left, right, sensitive]) => b.matchScalar(left, 'equals', right, sensitive)),
    },
    {
      weight: 2,
      arbitrary: number.map(([fn, subject, search, test, limit]) =>
        b.compare(b.call(fn, fn === 'length' ? [subject] : [subject, b.text(search)], 'long'), test, b.long(limit)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(predicateArbitrary(words, 0), fc.boolean())
        .map(([of_, wanted]) => b.oneOf(b.test(of_), [{ type: 'bool', value: wanted }])),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(predicateArbitrary(words, 0), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
        .map(([when, then, limit]) =>
          b.compare(b.choose([{ when, then: b.long(then) }], b.long(1), 'long'), '>=', b.long(limit)),
        ),
    },
  );
}

/** A scalar of type string. */
export const asText = (scalar: Scalar): Scalar =>
  'type' in scalar && scalar.type === 'string' ? scalar : b.call('toText', [scalar], 'string');

/** Literals of the type of a field that is no text. */
export function valueArbitrary(type: Field['type']): Arbitrary<Value> {
  switch (type) {
    case 'long':
      return fc
        .oneof(fc.bigInt(-5n, 5n), fc.constantFrom(4624n, 4688n, 443n, 9007199254740993n))
        .map((value) => ({ type: 'long', value }));
    case 'real':
    case 'decimal':
      return fc.constantFrom(-1.5, 0, 0.25, 1, 3, 1e6).map((value) => ({ type, value }));
    case 'bool':
      return fc.boolean().map((value) => ({ type, value }));
    case 'datetime':
      return fc.constantFrom(0, 1_700_000_000_000, 1_700_000_123_456).map((value) => ({ type, value }));
    case 'timespan':
      return fc.constantFrom(0, 1000, 60_000, 86_400_000).map((value) => ({ type, value }));
    case 'string':
    case 'guid':
    case 'dynamic':
    case 'unknown':
      return fc.constantFrom('a', 'b').map((value) => ({ type: 'string', value }));
  }
}

function leaf(words: Vocabulary): Arbitrary<Predicate> {
  const choices: { weight: number; arbitrary: Arbitrary<Predicate> }[] = [];
  const has = (name: PredicateName): boolean => words.predicates.includes(name);
  const add = (name: PredicateName, weight: number, arbitrary: Arbitrary<Predicate>): void => {
    if (has(name)) choices.push({ weight, arbitrary });
  };
  const texts = textScalar(words);
  const sensitive = fc.constantFrom(...words.caseSensitive);
  if (texts !== undefined && words.textTests.length > 0) {
    const tests = fc.constantFrom(...words.textTests);
    add(
      'match',
      8,
      tests.chain((test) => {
        const value = test === 'regex' ? words.regexes : test === 'wildcard' ? words.wildcards : words.texts;
        return fc
          .tuple(
            texts,
            fc.array(value, { minLength: 1, maxLength: words.maxOperands }),
            fc.constantFrom(...words.quantifiers),
            sensitive,
          )
          .map(([subject, values, quantifier, caseSensitive]) =>
            b.match(subject, test, values, { quantifier, caseSensitive }),
          );
      }),
    );
    const plain = words.textTests.filter((test) => test !== 'regex' && test !== 'wildcard');
    if (plain.length > 0) {
      add(
        'matchScalar',
        1,
        fc.tuple(texts, fc.constantFrom(...plain), texts, sensitive).map((parts) => b.matchScalar(...parts)),
      );
    }
    add(
      'missing',
      1,
      fc.tuple(texts, fc.constantFrom(...words.missing)).map(([of, counts]) =>
        // Only a field can be absent.
        b.missing(of, counts === 'absent' && of.op !== 'field' ? 'empty' : counts),
      ),
    );
  }
  const stringFields = ofType(words, 'string');
  if (stringFields.length > 0) {
    const ranges = fc.constantFrom('10.0.0.0/8', '192.168.0.0/16', '1.2.3.4/32', 'fe80::/10');
    add(
      'ipInRange',
      1,
      fc
        .tuple(fc.constantFrom(...stringFields), fc.array(ranges, { minLength: 1, maxLength: 3 }))
        .map(([of, list]) => b.ipInRange(of, list)),
    );
  }
  const ordered = ofType(words, 'long', 'real', 'decimal', 'datetime', 'timespan');
  if (ordered.length > 0) {
    const subject = fc.constantFrom(...ordered);
    add(
      'oneOf',
      2,
      subject.chain((of) =>
        fc
          .array(valueArbitrary(of.type), { minLength: 1, maxLength: words.maxOperands })
          .map((values) => b.oneOf(of, values)),
      ),
    );
    add(
      'compare',
      2,
      fc
        .tuple(subject, fc.constantFrom(...words.comparisons), fc.boolean())
        .chain(([of, test, turned]) =>
          valueArbitrary(of.type).map((value) =>
            turned ? b.compare(b.literal(value), test, of) : b.compare(of, test, b.literal(value)),
          ),
        ),
    );
    add(
      'between',
      1,
      subject.chain((of) =>
        fc
          .tuple(valueArbitrary(of.type), valueArbitrary(of.type))
          .map(([low, high]) => b.between(of, b.literal(low), b.literal(high))),
      ),
    );
  }
  const flags = ofType(words, 'bool');
  if (flags.length > 0)
    add(
      'isTrue',
      1,
      fc.constantFrom(...flags).map((of) => b.isTrue(of)),
    );
  add(
    'constant',
    1,
    fc.boolean().map((value) => b.constant(value)),
  );
  if (words.richScalars === true) {
    const rich = richLeaf({ ...words, richScalars: false });
    if (rich !== undefined) choices.push({ weight: 6, arbitrary: rich });
  }
  return choices.length === 0 ? fc.boolean().map((value) => b.constant(value)) : fc.oneof(...choices);
}

/** Predicates over the stored fields. Junctions are built raw, not through `build.ts`, so that normalising has work. */
export function predicateArbitrary(
  words: Vocabulary = DEFAULT_VOCABULARY,
  depth = words.maxDepth,
): Arbitrary<Predicate> {
  const leaves = leaf(words);
  if (depth <= 0) return leaves;
  const inner = predicateArbitrary(words, depth - 1);
  const choices = [{ weight: 3, arbitrary: leaves }];
  const operands = fc.array(inner, { minLength: 1, maxLength: words.maxOperands });
  for (const op of ['and', 'or'] as const) {
    if (words.predicates.includes(op)) {
      choices.push({ weight: 2, arbitrary: operands.map((of): Predicate => ({ op, of, span: NO_SPAN })) });
    }
  }
  if (words.predicates.includes('not')) {
    choices.push({ weight: 1, arbitrary: inner.map((of): Predicate => ({ op: 'not', of, span: NO_SPAN })) });
  }
  return fc.oneof(...choices);
}
