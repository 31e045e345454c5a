import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/diagnostic.ts';
import {
  aggregatePolarity,
  composePolarity,
  dropOperand,
  effectUnder,
  flipEffect,
  flipPolarity,
  joinEffects,
  joinPolarity,
  joinVerdict,
} from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { AggregateFunction, Comparison, JoinKind } from '../../src/ir/types.ts';

const seed = 7;
const effects: Effect[] = ['context', 'wider', 'narrower', 'differs', 'refused'];

describe('verdicts', () => {
  it.each([
    [[], 'exact'],
    [['context'], 'exact'],
    [['wider', 'context'], 'wider'],
    [['narrower', 'narrower'], 'narrower'],
    [['wider', 'narrower'], 'differs'],
    [['wider', 'differs'], 'differs'],
    [['differs', 'refused'], 'refused'],
  ] as const)('of %j is %s', (of, verdict) => {
    expect(joinVerdict(of.map((effect) => ({ effect })))).toBe(verdict);
  });

  it('joins in any order', () => {
    const effect = fc.constantFrom(...effects);
    fc.assert(
      fc.property(effect, effect, effect, (a, b, c) => {
        expect(joinEffects(a, b)).toBe(joinEffects(b, a));
        expect(joinEffects(joinEffects(a, b), c)).toBe(joinEffects(a, joinEffects(b, c)));
        expect(flipEffect(flipEffect(a))).toBe(a);
        expect(flipEffect(joinEffects(a, b))).toBe(joinEffects(flipEffect(a), flipEffect(b)));
      }),
      { seed },
    );
  });
});

/** A set of what fires, before and after: the effect must cover what happened. */
function covers(effect: Effect, before: boolean, after: boolean): boolean {
  if (before === after || effect === 'differs' || effect === 'refused') return true;
  return effect === (after ? 'wider' : 'narrower');
}

/** A formula over numbered variables; `hole` is the place in question. */
type Formula =
  | { op: 'variable'; index: number }
  | { op: 'hole' }
  | { op: 'not'; of: Formula }
  | { op: 'and' | 'or'; left: Formula; right: Formula };

const formulas: fc.Arbitrary<Formula> = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.nat(3).map((index): Formula => ({ op: 'variable', index })),
      fc.constant<Formula>({ op: 'hole' }),
    ),
    tie('formula').map((of): Formula => ({ op: 'not', of })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('formula'), tie('formula'))
      .map(([op, left, right]): Formula => ({ op, left, right })),
  ),
})).formula;

function run(formula: Formula, variables: readonly boolean[], hole: boolean): boolean {
  switch (formula.op) {
    case 'variable':
      return variables[formula.index] ?? false;
    case 'hole':
      return hole;
    case 'not':
      return !run(formula.of, variables, hole);
    case 'and':
      return run(formula.left, variables, hole) && run(formula.right, variables, hole);
    case 'or':
      return run(formula.left, variables, hole) || run(formula.right, variables, hole);
  }
}

/** The polarity of all holes together; `undefined` without one. */
function polarityOf(formula: Formula, here: Polarity): Polarity | undefined {
  switch (formula.op) {
    case 'variable':
      return undefined;
    case 'hole':
      return here;
    case 'not':
      return polarityOf(formula.of, flipPolarity(here));
    case 'and':
    case 'or': {
      const [left, right] = [polarityOf(formula.left, here), polarityOf(formula.right, here)];
      if (left === undefined || right === undefined) return left ?? right;
      return left === right ? left : 'mixed';
    }
  }
}

describe('effects under negation', () => {
  it('cover what a wider or narrower leaf does to the formula', () => {
    fc.assert(
      fc.property(
        formulas,
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (formula, variables, widens) => {
          const polarity = polarityOf(formula, 'positive') ?? 'positive';
          const effect = effectUnder(polarity, widens ? 'wider' : 'narrower');
          expect(covers(effect, run(formula, variables, !widens), run(formula, variables, widens))).toBe(true);
        },
      ),
      { seed, numRuns: 2000 },
    );
  });

  it('cover what a left-out operand does', () => {
    fc.assert(
      fc.property(
        formulas,
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.constantFrom('and' as const, 'or' as const),
        fc.boolean(),
        fc.boolean(),
        (formula, variables, op, kept, dropped) => {
          const polarity = polarityOf(formula, 'positive') ?? 'positive';
          const before = run(formula, variables, op === 'and' ? kept && dropped : kept || dropped);
          expect(covers(dropOperand(op, polarity), before, run(formula, variables, kept))).toBe(true);
        },
      ),
      { seed, numRuns: 2000 },
    );
  });

  it('compose', () => {
    expect(composePolarity('negative', 'negative')).toBe('positive');
    expect(composePolarity('negative', 'positive')).toBe('negative');
    expect(composePolarity('mixed', 'positive')).toBe('mixed');
    expect(effectUnder('mixed', 'context')).toBe('context');
  });
});

interface Event {
  readonly key: number;
  readonly value: number;
}
const events = fc.array(fc.record({ key: fc.nat(2), value: fc.integer({ min: -3, max: 3 }) }), { maxLength: 6 });

/** Null (of no values) is `undefined`. */
function measure(fn: AggregateFunction, values: readonly number[]): number | undefined {
  if (fn === 'count') return values.length;
  if (fn === 'countDistinct') return new Set(values).size;
  if (values.length === 0) return undefined;
  if (fn === 'max') return Math.max(...values);
  if (fn === 'min') return Math.min(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return fn === 'sum' ? sum : sum / values.length;
}

function holds(left: number | undefined, test: Comparison, right: number): boolean {
  if (left === undefined) return false;
  if (test === '==') return left === right;
  if (test === '>' || test === '>=') return test === '>' ? left > right : left >= right;
  return test === '<' ? left < right : left <= right;
}

/** The groups that pass. Without keys there is one group even without events, as in KQL. */
function passingGroups(
  of: readonly Event[],
  fn: AggregateFunction,
  test: Comparison,
  limit: number,
  grouped: boolean,
): Set<number> {
  const keys = grouped ? [...new Set(of.map((event) => event.key))] : [0];
  const values = (key: number): number[] =>
    of.filter((event) => !grouped || event.key === key).map((event) => event.value);
  return new Set(keys.filter((key) => holds(measure(fn, values(key)), test, limit)));
}

describe('aggregates', () => {
  it('pass on or turn round what more events do', () => {
    const fns = fc.constantFrom<AggregateFunction>('count', 'countDistinct', 'sum', 'max', 'min', 'average');
    const tests = fc.constantFrom<Comparison>('==', '<', '<=', '>', '>=');
    fc.assert(
      fc.property(
        fns,
        tests,
        fc.integer({ min: -2, max: 4 }),
        fc.boolean(),
        events,
        events,
        (fn, test, limit, grouped, some, more) => {
          const effect = effectUnder(aggregatePolarity(fn, test, grouped), 'wider');
          const before = passingGroups(some, fn, test, limit, grouped);
          const after = passingGroups([...some, ...more], fn, test, limit, grouped);
          for (const key of [0, 1, 2]) expect(covers(effect, before.has(key), after.has(key))).toBe(true);
        },
      ),
      { seed, numRuns: 5000 },
    );
  });

  it.each([
    ['count', '>', true, 'positive'],
    ['count', '<', false, 'negative'],
    ['count', '<', true, 'mixed'],
    ['count', '==', true, 'mixed'],
    ['min', '<', true, 'positive'],
    ['average', '>', true, 'mixed'],
  ] as const)('%s %s (grouped: %s) is %s', (fn, test, grouped, polarity) => {
    expect(aggregatePolarity(fn, test, grouped)).toBe(polarity);
  });
});

type Row = readonly [left: Event | undefined, right: Event | undefined];

function joinRows(kind: JoinKind, left: readonly Event[], right: readonly Event[]): readonly Row[] {
  const lefts =
    kind === 'innerUnique'
      ? left.filter((one, index) => left.findIndex((other) => other.key === one.key) === index)
      : left;
  const pairs: Row[] = lefts.flatMap((l) => right.filter((r) => r.key === l.key).map((r): Row => [l, r]));
  const lonelyLeft: Row[] = lefts.filter((l) => right.every((r) => r.key !== l.key)).map((l) => [l, undefined]);
  const lonelyRight: Row[] = right.filter((r) => lefts.every((l) => r.key !== l.key)).map((r) => [undefined, r]);
  switch (kind) {
    case 'inner':
    case 'innerUnique':
      return pairs;
    case 'leftOuter':
      return [...pairs, ...lonelyLeft];
    case 'rightOuter':
      return [...pairs, ...lonelyRight];
    case 'fullOuter':
      return [...pairs, ...lonelyLeft, ...lonelyRight];
    case 'leftAnti':
      return lonelyLeft;
    case 'rightAnti':
      return lonelyRight;
    case 'leftSemi':
      return pairs.map(([l]): Row => [l, undefined]);
    case 'rightSemi':
      return pairs.map(([, r]): Row => [undefined, r]);
  }
}

describe('joins', () => {
  const kinds: JoinKind[] = [
    'inner',
    'innerUnique',
    'leftOuter',
    'rightOuter',
    'fullOuter',
    'leftAnti',
    'rightAnti',
    'leftSemi',
    'rightSemi',
  ];
  const conditions: Record<string, (row: Row) => boolean> = {
    none: () => true,
    'left before right': ([left, right]) => left !== undefined && right !== undefined && left.value < right.value,
    'no right': ([, right]) => right === undefined,
    'no left': ([left]) => left === undefined,
    'left value': ([left]) => left !== undefined && left.value > 0,
  };

  it('pass on or turn round what more rows of a side do to whether the rule fires', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.constantFrom<'left' | 'right'>('left', 'right'),
        fc.constantFrom(...Object.keys(conditions)),
        events,
        events,
        events,
        (kind, side, name, left, right, more) => {
          const condition = conditions[name] ?? (() => true);
          // Semi and anti joins have the columns of one side only.
          fc.pre(name === 'none' || !/Semi|Anti/.test(kind));
          const effect = effectUnder(joinPolarity(kind, side, name !== 'none'), 'wider');
          const before = joinRows(kind, left, right).some(condition);
          // New rows may come first, which matters where one row of each key is kept.
          const after = joinRows(
            kind,
            side === 'left' ? [...more, ...left] : left,
            side === 'right' ? [...more, ...right] : right,
          ).some(condition);
          expect(covers(effect, before, after)).toBe(true);
        },
      ),
      { seed, numRuns: 20_000 },
    );
  });

  it('turn the right side of an anti join round', () => {
    expect(joinPolarity('leftAnti', 'right')).toBe('negative');
    expect(joinPolarity('leftAnti', 'left')).toBe('positive');
    expect(joinPolarity('inner', 'right')).toBe('positive');
  });
});
