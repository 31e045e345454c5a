import { describe, expect, it } from 'vitest';
import { alertRows, evaluateRelation, EvaluationUnsupported, fires } from '../../src/eval/index.ts';
import type { Row, Tables } from '../../src/eval/index.ts';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import { dynamicValue, textOf } from '../../src/eval/value.ts';
import * as b from '../../src/ir/build.ts';
import type { JoinKind, Json, Predicate, Relation, Scalar, TextTest, Value } from '../../src/ir/types.ts';

const now = Date.parse('2024-05-01T12:00:00Z');
const context = { now, firstColumn: () => [] };
const x = b.field('x', [], 'string');
const n = b.field('n', [], 'long');
const textRow = (value: string): Row => new Map([['x', { type: 'string', value }]]);
const truth = (predicate: Predicate, row: Row = new Map()): boolean | null =>
  evaluatePredicate(predicate, row, context);

describe('tests of texts', () => {
  const cases: [string, TextTest, string, boolean][] = [
    ['cmd.exe /c add user', 'term', 'add', true],
    ['cmd.exe /c address', 'term', 'add', false],
    ['net_add', 'term', 'add', true],
    ['Ünadd', 'term', 'add', false],
    ['x-EncodedCommand y', 'term', '-encodedcommand', true],
    ['a-b', 'term', 'a-b', true],
    ['xa-b', 'term', 'a-b', false],
    ['名前add', 'term', 'add', false],
    ['😀add', 'term', 'add', true],
    ['address', 'termPrefix', 'add', true],
    ['myaddress', 'termPrefix', 'add', false],
    ['myadd x', 'termSuffix', 'add', true],
    ['', 'equals', '', true],
    ['C:\\Windows\\cmd.exe', 'endsWith', '\\CMD.EXE', true],
    ['a*b', 'wildcard', 'a\\*b', true],
    ['aXb', 'wildcard', 'a\\*b', false],
    ['a😀b', 'wildcard', 'a?b', true],
    ['abcabc', 'wildcard', '*b*c', true],
    ['x1y', 'regex', '^X\\dY$', true],
    ['multi\nline', 'regex', 'multi.line', false],
  ];
  it.each(cases)('%j %s %j, whatever the case: %s', (subject, test, value, expected) => {
    expect(truth(b.match(x, test, value), textRow(subject))).toBe(expected);
  });

  it('tell cases apart when asked to', () => {
    expect(truth(b.match(x, 'term', 'Add', { caseSensitive: true }), textRow('add'))).toBe(false);
    expect(truth(b.match(x, 'regex', 'A', { caseSensitive: true }), textRow('a'))).toBe(false);
  });

  it('find any or all of several values', () => {
    expect(truth(b.match(x, 'contains', ['a', 'b'], { quantifier: 'all' }), textRow('xa'))).toBe(false);
    expect(truth(b.match(x, 'contains', ['a', 'b'], { quantifier: 'any' }), textRow('xa'))).toBe(true);
  });

  it('look at every column when the subject is any field', () => {
    const row: Row = new Map([...textRow('none'), ['d', dynamicValue({ deep: ['needle'] })]]);
    expect(truth(b.match(b.anyField(), 'term', 'needle'), row)).toBe(true);
    expect(truth(b.match(b.anyField(), 'term', 'pin'), row)).toBe(false);
  });

  it('take linear time on hostile regexes and wildcards', () => {
    const long = 'a'.repeat(5000);
    expect(truth(b.match(x, 'regex', '(a+)+$', { caseSensitive: true }), textRow(`${long}!`))).toBe(false);
    expect(truth(b.match(x, 'wildcard', `${'*a'.repeat(20)}*b`), textRow(long))).toBe(false);
  });
});

describe('null, empty and missing', () => {
  const none: Row = new Map();
  const literalNull = b.nullOf('long');
  const cases: [string, Predicate, boolean | null][] = [
    ['a missing text is empty', b.missing(x, 'empty'), true],
    ['a text is never null', b.missing(x, 'null'), false],
    ['a missing number is null', b.missing(n, 'null'), true],
    ['a missing column is absent', b.missing(x, 'absent'), true],
    ['x != "a"', b.not(b.match(x, 'equals', 'a')), true],
    ['n == 5', b.oneOf(n, [{ type: 'long', value: 5n }]), false],
    ['n != 5', b.not(b.oneOf(n, [{ type: 'long', value: 5n }])), true],
    ['n == 5 as a comparison', b.compare(n, '==', b.long(5)), false],
    ['n == null', b.compare(n, '==', literalNull), null],
    ['n > 5', b.compare(n, '>', b.long(5)), null],
    ['not(n > 5)', b.not(b.compare(n, '>', b.long(5))), null],
    ['n > 5 or true', b.or([b.compare(n, '>', b.long(5)), b.missing(x, 'empty')]), true],
    ['n > 5 and false', b.and([b.compare(n, '>', b.long(5)), b.missing(x, 'null')]), false],
    ['n > 5 and true', b.and([b.compare(n, '>', b.long(5)), b.missing(x, 'empty')]), null],
    ['n between 1 and 2', b.between(n, b.long(1), b.long(2)), null],
    ['no address is in no range, nor outside', b.ipInRange(x, ['10.0.0.0/8']), null],
  ];
  it.each(cases)('%s', (_, predicate, expected) => {
    expect(truth(predicate, none)).toBe(expected);
  });

  it('a row stays only when the condition is true', () => {
    const table = b.literalTable([{ name: 'n', type: 'long' }], [[{ type: 'long', value: 7n }], [b.nullValue('long')]]);
    const rows = (where: Predicate): number => evaluateRelation(b.filter(table, where), new Map(), { now }).length;
    expect(rows(b.compare(n, '>', b.long(5)))).toBe(1);
    expect(rows(b.not(b.compare(n, '>', b.long(5))))).toBe(0);
    expect(rows(b.not(b.oneOf(n, [{ type: 'long', value: 7n }])))).toBe(1);
  });
});

describe('places in structures', () => {
  const row: Row = new Map<string, Value>([
    ['d', dynamicValue({ list: [{ k: 'a' }, { k: 'b' }], text: '{"inner": 5}' })],
    ['t', { type: 'string', value: '{"k": ["x", "y"]}' }],
  ]);
  it.each([
    [b.field('d', ['list', 0, 'k']), 'a'],
    [b.field('d', ['list', -1, 'k']), 'b'],
    [b.field('d', ['list', 2, 'k']), ''],
    [b.field('d', ['text', 'inner']), '5'],
    [b.field('t', ['k', 1]), 'y'],
    [b.field('d', ['__proto__', 'k']), ''],
  ] as const)('%#', (place, expected) => {
    expect(truth(b.match(place, 'equals', expected, { caseSensitive: true }), row)).toBe(true);
  });
});

describe('joins', () => {
  const table = (rows: readonly (readonly [string, number])[], name: string): Relation =>
    b.literalTable(
      [
        { name: 'k', type: 'string' },
        { name, type: 'long' },
      ],
      rows.map(([k, v]) => [
        { type: 'string', value: k },
        { type: 'long', value: BigInt(v) },
      ]),
    );
  const left = table(
    [
      ['a', 1],
      ['b', 2],
      ['b', 3],
      ['c', 4],
    ],
    'l',
  );
  const right = table(
    [
      ['b', 10],
      ['c', 20],
      ['c', 30],
      ['d', 40],
    ],
    'r',
  );
  const key = b.field('k', [], 'string');
  const joined = (kind: JoinKind): string[] =>
    evaluateRelation(
      b.join(kind, left, right, [{ left: key, right: key }], { renamed: [{ from: 'k', to: 'k1' }] }),
      new Map(),
      { now },
    ).map((row) =>
      ['k', 'l', 'k1', 'r'].map((name) => textOf(row.get(name) ?? { type: 'string', value: '-' })).join(' '),
    );

  it.each([
    ['inner', ['b 2 b 10', 'b 3 b 10', 'c 4 c 20', 'c 4 c 30']],
    ['innerUnique', ['b 2 b 10', 'c 4 c 20', 'c 4 c 30']],
    ['leftOuter', ['b 2 b 10', 'b 3 b 10', 'c 4 c 20', 'c 4 c 30', 'a 1 - -']],
    ['rightOuter', ['b 2 b 10', 'b 3 b 10', 'c 4 c 20', 'c 4 c 30', '- - d 40']],
    ['fullOuter', ['b 2 b 10', 'b 3 b 10', 'c 4 c 20', 'c 4 c 30', 'a 1 - -', '- - d 40']],
    ['leftAnti', ['a 1 - -']],
    ['rightAnti', ['d - - 40']],
    ['leftSemi', ['b 2 - -', 'b 3 - -', 'c 4 - -']],
    ['rightSemi', ['b - - 10', 'c - - 20', 'c - - 30']],
  ] as const)('%s', (kind, expected) => {
    expect(joined(kind)).toEqual(expected);
  });
});

describe('lists', () => {
  const table = (json: Json): Tables => new Map([['T', [new Map([['list', dynamicValue(json)]])]]]);
  const elements = (json: Json, options: Partial<{ bagsAsArrays: boolean; limit: number }> = {}): string[] =>
    evaluateRelation(
      b.expand(b.source('T'), [{ name: 'e', value: b.field('list'), type: 'dynamic' }], options),
      table(json),
      { now },
    ).map((row) => textOf(row.get('e') ?? { type: 'string', value: '?' }));

  it.each([
    [
      ['a', 1, null],
      ['a', '1', ''],
    ],
    [[], []],
    [null, ['']],
    ['text', ['text']],
    [{ p: 1, q: 2 }, ['{"p":1}', '{"q":2}']],
  ] as [Json, string[]][])('%j expands to %j', (json, expected) => {
    expect(elements(json)).toEqual(expected);
  });

  it('expands bags to pairs, and no more than asked for', () => {
    expect(elements({ p: 1 }, { bagsAsArrays: true })).toEqual(['["p",1]']);
    expect(elements([1, 2, 3], { limit: 2 })).toEqual(['1', '2']);
  });
});

describe('time', () => {
  const at = (time: string, more: { readonly [column: string]: Json } = {}) => ({
    Type: 'T',
    TimeGenerated: time,
    ...more,
  });
  const events = [at('2024-05-01T11:30:00Z'), at('2024-05-01T10:30:00Z'), at('2024-05-01T13:00:00Z')];

  it('windows are relative to the time of the run, bounds as said', () => {
    const source = b.source('T', { window: { from: -5_400_000, to: 0, includesFrom: false, includesTo: true } });
    expect(alertRows(b.detection('d', source), events, { now })).toHaveLength(1);
    const including = b.source('T', { window: { from: -5_400_000, to: 0, includesFrom: true, includesTo: true } });
    expect(alertRows(b.detection('d', including), events, { now })).toHaveLength(2);
  });

  it('the lookback of the schedule bounds what no window bounds', () => {
    const hour = b.detection('d', b.source('T'), { schedule: b.schedule({ lookback: 3_600_000 }) });
    expect(alertRows(hour, events, { now })).toHaveLength(2);
  });

  it('bins, differences and formats', () => {
    const time = b.field('TimeGenerated', [], 'datetime');
    const columns: Record<string, Scalar> = {
      bin: b.call('bin', [time, b.timespan(3_600_000)], 'datetime'),
      age: b.call('subtract', [b.now(), time], 'timespan'),
      weekday: b.call('dayOfWeek', [time], 'timespan'),
      text: b.call('formatDatetime', [time, b.text('yyyy-MM-dd HH:mm')], 'string'),
    };
    const query = b.project(
      b.source('T'),
      Object.entries(columns).map(([name, value]) => ({ name, value })),
    );
    const [row] = alertRows(b.detection('d', query), events, { now });
    expect([...(row?.values() ?? [])].map(textOf)).toEqual([
      '2024-05-01T11:00:00.0000000Z',
      '00:30:00',
      '3.00:00:00',
      '2024-05-01 11:30',
    ]);
  });
});

describe('whether a rule fires', () => {
  const events = [1, 2, 3].map((id) => ({ Type: 'T', TimeGenerated: '2024-05-01T11:00:00Z', n: id, x: `v${id}` }));
  const rule = (where: Predicate, test: '>' | '==' | '!=', threshold: number) =>
    b.detection('d', b.filter(b.source('T'), where), { schedule: b.schedule({ trigger: { test, threshold } }) });

  it('is a matter of how many rows there are', () => {
    const two = b.compare(n, '>', b.long(1));
    expect(fires(rule(two, '>', 0), events, { now })).toBe(true);
    expect(fires(rule(two, '>', 2), events, { now })).toBe(false);
    expect(fires(rule(two, '==', 2), events, { now })).toBe(true);
    expect(fires(rule(b.constant(false), '==', 0), events, { now })).toBe(true);
  });

  it('types columns as the query reads them', () => {
    expect(fires(rule(b.match(n, 'equals', '2'), '>', 0), events, { now })).toBe(true);
    expect(fires(rule(b.match(b.field('n', [], 'string'), 'equals', '2'), '>', 0), events, { now })).toBe(true);
  });
});

describe('what is not run is refused by name', () => {
  it.each([
    [b.opaqueRelation('evaluate mystery()'), 'evaluate mystery()'],
    [b.filter(b.literalTable([], [[]]), b.opaquePredicate('what is this')), 'what is this'],
    [b.plugin(b.source('T'), 'autocluster'), 'autocluster'],
    [b.reference('watchlist', 'VIP', []), 'VIP'],
    [b.extend(b.literalTable([], [[]]), [{ name: 'h', value: b.call('hash', [x, b.text('md5')], 'string') }]), 'hash'],
    [b.filter(b.literalTable([], [[]]), b.match(x, 'regex', '(?<=a)b(')), 'regular expression'],
  ] as [Relation, string][])('%#', (relation, name) => {
    expect(() => evaluateRelation(relation, new Map(), { now })).toThrow(EvaluationUnsupported);
    expect(() => evaluateRelation(relation, new Map(), { now })).toThrow(name);
  });

  it('also what nests too deep, while long pipelines run', () => {
    let sum: Scalar = b.long(1);
    for (let i = 0; i < 5000; i++) sum = b.call('add', [sum, b.long(1)], 'long');
    const deep = b.extend(b.literalTable([], [[]]), [{ name: 's', value: sum }]);
    expect(() => evaluateRelation(deep, new Map(), { now })).toThrow(EvaluationUnsupported);
    let pipeline: Relation = b.literalTable([{ name: 'n', type: 'long' }], [[{ type: 'long', value: 0n }]]);
    for (let i = 0; i < 3000; i++)
      pipeline = b.extend(pipeline, [{ name: 'n', value: b.call('add', [n, b.long(1)], 'long') }]);
    expect(evaluateRelation(pipeline, new Map(), { now })[0]?.get('n')).toEqual({ type: 'long', value: 3000n });
  });
});
