import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Predicate } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { constraintsOf, narrowTo } from '../../targets/fields/constraints.ts';
import type { Constraints } from '../../targets/fields/types.ts';
import { fieldNamed, holdsFor } from './evaluate.ts';

const span = NO_SPAN;
const equals = (column: string, ...values: string[]): Predicate => ({
  op: 'match',
  subject: fieldNamed(column),
  test: 'equals',
  values,
  quantifier: 'any',
  caseSensitive: false,
  span,
});
const contains = (column: string, value: string): Predicate => ({
  op: 'match',
  subject: fieldNamed(column),
  test: 'contains',
  values: [value],
  quantifier: 'any',
  caseSensitive: false,
  span,
});
const all = (...of: Predicate[]): Predicate => ({ op: 'and', of, span });
const any = (...of: Predicate[]): Predicate => ({ op: 'or', of, span });
const not = (of: Predicate): Predicate => ({ op: 'not', of, span });
const eventId = (...values: number[]): Predicate => ({
  op: 'oneOf',
  subject: { ...fieldNamed('EventID'), type: 'long' },
  values: values.map((value) => ({ type: 'long', value: BigInt(value) })),
  span,
});

const plainly = (constraints: Constraints): Record<string, string[]> =>
  Object.fromEntries([...constraints].map(([column, values]) => [column, [...values].sort()]));
const constraints = (plain: Record<string, string[]>): Constraints =>
  new Map(Object.entries(plain).map(([column, values]) => [column, new Set(values)]));

describe('what a predicate bounds', () => {
  test.each<[string, Predicate, Record<string, string[]>]>([
    ['a number', eventId(4688), { EventID: ['4688'] }],
    ['a list', equals('ActionType', 'FileCreated', 'FileDeleted'), { ActionType: ['filecreated', 'filedeleted'] }],
    ['both of two tests', all(eventId(1, 2), eventId(2, 3)), { EventID: ['2'] }],
    ['either of two tests', any(eventId(1), eventId(2)), { EventID: ['1', '2'] }],
    [
      'tests with others beside them',
      any(all(eventId(1), contains('A', 'x')), all(eventId(2), contains('A', 'y'))),
      { EventID: ['1', '2'] },
    ],
    ['one side of an or', any(eventId(1), contains('A', 'x')), {}],
    ['a negation', not(eventId(1)), {}],
    [
      'a comparison',
      {
        op: 'compare',
        test: '==',
        left: fieldNamed('EventID'),
        right: { op: 'literal', value: { type: 'long', value: 7n }, span },
        span,
      },
      { EventID: ['7'] },
    ],
    [
      'an order',
      {
        op: 'compare',
        test: '<',
        left: fieldNamed('EventID'),
        right: { op: 'literal', value: { type: 'long', value: 7n }, span },
        span,
      },
      {},
    ],
    [
      'a place inside a column',
      { ...equals('x', 'File'), op: 'match', subject: fieldNamed('EventData', 'ObjectType') } as Predicate,
      { 'EventData.ObjectType': ['file'] },
    ],
    [
      'a converted column',
      {
        ...equals('x', '4688'),
        op: 'match',
        subject: { op: 'call', fn: 'toText', args: [fieldNamed('EventID')], type: 'string', span },
      } as Predicate,
      { EventID: ['4688'] },
    ],
    ['all of a list', { ...equals('A', 'x', 'y'), quantifier: 'all' } as Predicate, {}],
  ])('%s', (_, where, expected) => expect(plainly(constraintsOf(where))).toEqual(expected));

  test('deep nesting exhausts nothing', () => {
    let where = eventId(1);
    for (let depth = 0; depth < 50_000; depth++)
      where = depth % 2 === 0 ? all(where, contains('A', 'x')) : any(where, eventId(2));
    expect(plainly(constraintsOf(where))).toEqual({ EventID: ['1', '2'] });
    expect(
      narrowTo(where, { constraints: constraints({ EventID: ['1'] }), implies: new Set(['EventID']) }),
    ).toBeDefined();
  });
});

describe('what is left to test within a log source', () => {
  const command = contains('CommandLine', 'x');
  test('an implied test goes', () => {
    const where = all(eventId(4688), command);
    expect(narrowTo(where, { constraints: constraints({ EventID: ['4688'] }), implies: new Set(['EventID']) })).toBe(
      command,
    );
  });
  test('a test that is not implied stays, with the part it is asked for', () => {
    const where = all(eventId(4688, 4624), command);
    const left = narrowTo(where, { constraints: constraints({ EventID: ['4624'] }), implies: new Set() });
    expect(left).toEqual(all(eventId(4624), command));
  });
  test('the other cases of a distinction go', () => {
    const logon = contains('IpAddress', '10.');
    const where = any(all(eventId(4688), command), all(eventId(4624), logon));
    expect(narrowTo(where, { constraints: constraints({ EventID: ['4688'] }), implies: new Set(['EventID']) })).toBe(
      command,
    );
    const left = narrowTo(where, { constraints: constraints({ EventID: ['4624'] }), implies: new Set() });
    expect(left).toEqual(all(logon, eventId(4624)));
  });
  test('nothing but implied tests: everything', () => {
    const left = narrowTo(eventId(4688), {
      constraints: constraints({ EventID: ['4688'] }),
      implies: new Set(['EventID']),
    });
    expect(left).toMatchObject({ op: 'constant', value: true });
  });
});

describe('laws', () => {
  const value = fc.constantFrom('1', '2', '3');
  const leaf = fc.oneof(
    fc
      .tuple(fc.constantFrom('A', 'B'), fc.uniqueArray(value, { minLength: 1, maxLength: 2 }))
      .map(([column, values]) => equals(column, ...values)),
    value.map((one) => contains('C', one)),
  );
  const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
    predicate: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((of) => all(...of)),
      fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((of) => any(...of)),
      tie('predicate').map(not),
    ),
  }));
  const event = fc.record({
    A: fc.constantFrom('1', '2', '3', ''),
    B: fc.constantFrom('1', '2', '3'),
    C: fc.constantFrom('1', '12', ''),
  });
  const within = (bounds: Constraints, row: Record<string, string>): boolean =>
    [...bounds].every(([column, values]) => values.has(row[column] ?? ''));

  property.prop({ where: predicate, row: event }, { seed: 11, numRuns: 4000 })(
    'an event that passes is within the bounds',
    ({ where, row }) => {
      if (holdsFor(where, row)) expect(within(constraintsOf(where), row)).toBe(true);
    },
  );

  property.prop(
    {
      where: predicate,
      row: event,
      keep: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      implied: fc.subarray(['A', 'B']),
    },
    { seed: 13, numRuns: 6000 },
  )(
    'within the log source, what is left says what the predicate and the bounds say',
    ({ where, row, keep, implied }) => {
      let position = 0;
      const part: Constraints = new Map(
        [...constraintsOf(where)].map(([column, values]) => [
          column,
          new Set([...values].filter(() => keep[position++ % 6])),
        ]),
      );
      if ([...part.values()].some((values) => values.size === 0)) return;
      const implies = new Set(implied.filter((column) => part.has(column)));
      const inLogSource = [...implies].every((column) => part.get(column)?.has(row[column as 'A' | 'B']));
      if (!inLogSource) return;
      const left = narrowTo(where, { constraints: part, implies });
      expect(holdsFor(left, row)).toBe(holdsFor(where, row) && within(part, row));
    },
  );
});
