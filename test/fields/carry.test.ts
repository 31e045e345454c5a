import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Predicate } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { carryTest } from '../../targets/fields/carry.ts';
import type { FieldMapping, ValueRelation } from '../../targets/fields/types.ts';
import { fieldNamed, holdsFor } from './evaluate.ts';
import type { TextEvent } from './evaluate.ts';

type Match = Extract<Predicate, { op: 'match' }>;

const match = (test: Match['test'], ...values: string[]): Match => ({
  op: 'match',
  subject: fieldNamed('Column'),
  test,
  values,
  quantifier: 'any',
  caseSensitive: false,
  span: NO_SPAN,
});
const mappingWith = (relation: ValueRelation, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: 'field',
  relation,
  confidence: 'high',
  ...more,
});
const backslash = '\\';

/** The carried test in short: `field endsWith \a.exe | \b.exe`. */
function shortly(predicate: Predicate | undefined): string {
  if (predicate === undefined) return 'none';
  if (predicate.op === 'match') {
    const subject = predicate.subject.op === 'field' ? predicate.subject.name : predicate.subject.op;
    const values = predicate.values.join(predicate.quantifier === 'any' ? ' | ' : ' & ');
    return `${subject} ${predicate.test} ${values}`;
  }
  if (predicate.op === 'and' || predicate.op === 'or') {
    return `(${predicate.of.map(shortly).join(` ${predicate.op} `)})`;
  }
  if (predicate.op === 'not') return `not ${shortly(predicate.of)}`;
  return predicate.op === 'missing' ? `field is ${predicate.counts}` : predicate.op;
}

describe('tests carried over', () => {
  const fileName: ValueRelation = { kind: 'file-name-of', separator: backslash };
  const qualified: ValueRelation = { kind: 'qualified-account', separator: backslash, domainField: 'domain' };
  const cases: readonly [string, ValueRelation, Match, string, string][] = [
    ['same', { kind: 'same' }, match('term', 'a'), 'field term a', 'exact'],
    ['file name, equal', fileName, match('equals', 'a.exe', 'b.exe'), 'field endsWith \\a.exe | \\b.exe', 'exact'],
    ['file name, end', fileName, match('endsWith', '.exe'), 'field endsWith .exe', 'exact'],
    ['file name, start', fileName, match('startsWith', 'a.'), 'field regex \\\\a\\.[^\\\\]*$', 'exact'],
    ['file name, empty', fileName, match('equals', ''), 'field is empty', 'exact'],
    ['file name, pattern', fileName, match('regex', '^a'), 'none', ''],
    ['file name with a folder', fileName, match('equals', 'c\\a.exe'), 'constant', 'exact'],
    [
      'folder',
      { kind: 'folder-of', separator: backslash },
      match('equals', 'HKLM\\Run'),
      'field regex ^HKLM\\\\Run\\\\[^\\\\]*$',
      'exact',
    ],
    ['account', { kind: 'account-of', separator: backslash }, match('equals', 'kim'), 'field endsWith \\kim', 'exact'],
    ['qualified account', qualified, match('equals', 'D\\kim'), '(domain equals D and field equals kim)', 'exact'],
    ['qualified account, name only', qualified, match('endsWith', '\\kim'), 'field equals kim', 'exact'],
    [
      'qualified account, part',
      qualified,
      match('contains', 'adm'),
      '(field contains adm or domain contains adm)',
      'exact',
    ],
    [
      'qualified account without a domain',
      { kind: 'qualified-account', separator: backslash },
      match('equals', 'D\\kim'),
      'field equals kim',
      'wider',
    ],
    ['prefixed', { kind: 'prefixed', prefix: 'DeviceID:' }, match('equals', '7'), 'field equals DeviceID:7', 'exact'],
    ['item', { kind: 'item-of', prefix: 'MD5=' }, match('equals', 'ab'), 'field contains MD5=ab', 'exact'],
    [
      'numbered',
      { kind: 'numbered' },
      match('equals', '4625 - An account failed to log on.'),
      'field equals 4625',
      'exact',
    ],
    ['numbered, start', { kind: 'numbered' }, match('startsWith', '4625'), 'field equals 4625', 'exact'],
    ['numbered, part of a number', { kind: 'numbered' }, match('startsWith', '46'), 'none', ''],
    ['numbered, words', { kind: 'numbered' }, match('contains', 'failed'), 'none', ''],
    ['text', { kind: 'text-in' }, match('equals', 'x'), 'field contains x', 'wider'],
    ['keyword', { kind: 'keyword' }, match('term', 'x'), 'anyField term x', 'wider'],
    ['differs', { kind: 'differs' }, match('equals', 'x'), 'none', ''],
  ];
  test.each(cases)('%s', (_, relation, asked, expected, effect) => {
    const carried = carryTest(asked, mappingWith(relation));
    expect(shortly(carried.predicate)).toBe(expected);
    expect(carried.predicate === undefined ? '' : carried.effect).toBe(effect);
    if (effect !== 'exact') expect(carried.reason).toMatch(/\.$/);
  });

  describe('values that are spelt differently', () => {
    const spelling = mappingWith(
      { kind: 'same' },
      {
        values: new Map([
          ['3', 'NETWORK'],
          ['8', 'CLEAR'],
          ['10', 'REMOTE'],
          ['12', 'REMOTE'],
        ]),
      },
    );
    const number = (...values: bigint[]): Predicate => ({
      op: 'oneOf',
      subject: { ...fieldNamed('LogonType'), type: 'long' },
      values: values.map((value) => ({ type: 'long', value })),
      span: NO_SPAN,
    });
    test.each([
      ['a number as a word', number(3n), 'field equals NETWORK', 'exact'],
      ['several', number(3n, 8n), 'field equals NETWORK | CLEAR', 'exact'],
      ['one without a word', number(3n, 99n), 'field equals NETWORK', 'narrower'],
      ['a word for two', number(10n), 'field equals REMOTE', 'wider'],
      ['both that share a word', number(10n, 12n), 'field equals REMOTE', 'exact'],
      ['none with a word', number(99n), 'none', ''],
      ['not the whole value', match('startsWith', '1'), 'field equals REMOTE', 'narrower'],
    ])('%s', (_, asked, expected, effect) => {
      const carried = carryTest(asked, spelling);
      expect(shortly(carried.predicate)).toBe(expected);
      expect(carried.predicate === undefined ? '' : carried.effect).toBe(effect);
    });
  });

  test('parts that are spelt differently', () => {
    const registry = mappingWith({ kind: 'same' }, { rewrites: new Map([['HKEY_LOCAL_MACHINE', 'HKLM']]) });
    const carried = carryTest(match('startsWith', 'hkey_local_machine\\Software'), registry);
    expect(shortly(carried.predicate)).toBe('field startsWith HKLM\\Software');
  });

  test('one position of a list', () => {
    const carried = carryTest(match('equals', 'x'), mappingWith({ kind: 'same' }, { anyElement: true }));
    expect(carried).toMatchObject({ effect: 'wider', reason: expect.stringContaining('list') as unknown });
  });

  test('a word that tells an ending', () => {
    const machine = mappingWith({ kind: 'ending-tells', ending: '$', yes: 'Machine', no: 'User' });
    expect(shortly(carryTest(match('equals', 'machine'), machine).predicate)).toBe('field endsWith $');
    expect(shortly(carryTest(match('equals', 'User'), machine).predicate)).toBe('not field endsWith $');
    expect(carryTest(match('contains', 'User'), machine).predicate).toBeUndefined();
  });
});

describe('laws', () => {
  const segment = fc.string({
    unit: fc.constantFrom('a', 'b', 'B', '1', '.', '-', '_', ' ', 'é'),
    minLength: 1,
    maxLength: 4,
  });
  const path = fc.array(segment, { minLength: 2, maxLength: 4 });
  const plainTest = fc.constantFrom('equals', 'contains', 'startsWith', 'endsWith', 'term', 'termPrefix', 'termSuffix');
  /** The column's value and the fields of the target's event that stands for the same. */
  const pairs: Readonly<Record<string, readonly [FieldMapping, fc.Arbitrary<readonly [string, TextEvent]>]>> = {
    'file-name-of': [
      mappingWith({ kind: 'file-name-of', separator: backslash }),
      path.map((steps) => [steps.at(-1) ?? '', { field: steps.join(backslash) }] as const),
    ],
    'folder-of': [
      mappingWith({ kind: 'folder-of', separator: backslash }),
      path.map((steps) => [steps.slice(0, -1).join(backslash), { field: steps.join(backslash) }] as const),
    ],
    'path-of': [
      mappingWith({ kind: 'path-of', separator: backslash }),
      path.map((steps) => [steps.join(backslash), { field: steps.at(-1) ?? '' }] as const),
    ],
    'account-of': [
      mappingWith({ kind: 'account-of', separator: backslash }),
      fc.tuple(segment, segment).map(([domain, name]) => [name, { field: domain + backslash + name }] as const),
    ],
    'domain-of': [
      mappingWith({ kind: 'domain-of', separator: backslash }),
      fc.tuple(segment, segment).map(([domain, name]) => [domain, { field: domain + backslash + name }] as const),
    ],
    'qualified-account': [
      mappingWith({ kind: 'qualified-account', separator: backslash, domainField: 'domain' }),
      fc.tuple(segment, segment).map(([domain, name]) => [domain + backslash + name, { field: name, domain }] as const),
    ],
    prefixed: [
      mappingWith({ kind: 'prefixed', prefix: 'Z:' }),
      segment.map((value) => [value, { field: `Z:${value}` }] as const),
    ],
    'text-in': [
      mappingWith({ kind: 'text-in' }),
      fc
        .tuple(segment, segment, segment)
        .map(([before, value, after]) => [value, { field: `${before}"${value}"${after}` }] as const),
    ],
    'ending-tells': [
      mappingWith({ kind: 'ending-tells', ending: '1', yes: 'a', no: 'b' }),
      segment.map((value) => [value.endsWith('1') ? 'a' : 'b', { field: value }] as const),
    ],
  };

  describe.each(Object.entries(pairs))('%s', (_, [mapping, arbitraryPair]) => {
    property.prop(
      {
        pair: arbitraryPair,
        test: plainTest,
        values: fc.array(
          fc.oneof(
            segment,
            fc.tuple(segment, segment).map((two) => two.join(backslash)),
          ),
          { minLength: 1, maxLength: 2 },
        ),
        cut: fc.nat({ max: 6 }),
        takesOwnValue: fc.boolean(),
        quantifier: fc.constantFrom('any', 'all'),
        caseSensitive: fc.boolean(),
      },
      { seed: 7, numRuns: 1500 },
    )('a carried test says of the target what the test says of the source, up to its effect', (sample) => {
      const [column, event] = sample.pair;
      // Parts of the real value make the tests hit.
      const own = sample.takesOwnValue ? [column.slice(sample.cut % Math.max(column.length, 1))] : [];
      const asked: Match = { ...match(sample.test), ...sample, op: 'match', values: [...sample.values, ...own] };
      const carried = carryTest(asked, mapping);
      if (carried.predicate === undefined) return;
      const source = holdsFor(asked, { Column: column });
      const target = holdsFor(carried.predicate, event);
      if (carried.effect === 'exact') expect(target).toBe(source);
      if (carried.effect === 'wider') expect(target || !source).toBe(true);
      if (carried.effect === 'narrower') expect(source || !target).toBe(true);
    });
  });
});
