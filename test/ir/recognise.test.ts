import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateRelation } from '../../src/eval/index.ts';
import * as b from '../../src/ir/build.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import { aggregateArbitrary, relationArbitrary, vocabulary } from './arbitrary.ts';
import { tablesArbitrary } from './rows.ts';
import { relationOfShape } from './shape-relation.ts';

const now = 1_700_000_000_000;

describe('shapes of random queries', () => {
  const texts = fc.constantFrom('a', 'b', 'A', 'a.exe', 'x\\a.exe', '', 'a b');
  const words = vocabulary({
    texts,
    tables: ['T', 'U'],
    richScalars: true,
    conditionalMeasures: true,
    fields: [
      b.field('Account', [], 'string'),
      b.field('Process', [], 'string'),
      b.field('EventID', [], 'long'),
      b.field('TimeGenerated', [], 'datetime'),
      b.field('Data', ['name'], 'dynamic'),
      b.field('List', [], 'dynamic'),
    ],
    predicates: ['and', 'or', 'not', 'match', 'oneOf', 'compare', 'missing'],
    textTests: ['equals', 'contains', 'startsWith'],
    operators: [
      'filter',
      'filter',
      'extend',
      'project',
      'select',
      'rename',
      'aggregate',
      'join',
      'union',
      'sort',
      'take',
      'expand',
      'parse',
      'window',
    ],
    measures: ['count', 'countDistinct', 'sum', 'min', 'max', 'set', 'argMax'],
    joins: [
      'inner',
      'innerUnique',
      'leftOuter',
      'rightOuter',
      'fullOuter',
      'leftAnti',
      'rightAnti',
      'leftSemi',
      'rightSemi',
    ],
    maxDepth: 5,
    maxOperands: 2,
  });

  it('fire exactly when the queries do', () => {
    const seen = new Map<string, [number, number]>();
    fc.assert(
      fc.property(
        fc.oneof(relationArbitrary(words), aggregateArbitrary({ ...words, maxDepth: 1 })),
        fc.array(tablesArbitrary(words, now), { minLength: 6, maxLength: 6 }),
        (relation, samples) => {
          const shape = recogniseShape(relation);
          const again = relationOfShape(shape);
          for (const tables of samples) {
            const expected = evaluateRelation(relation, tables, { now }).length > 0;
            expect(evaluateRelation(again, tables, { now }).length > 0).toBe(expected);
            const counts = seen.get(shape.shape) ?? [0, 0];
            counts[expected ? 0 : 1]++;
            seen.set(shape.shape, counts);
          }
        },
      ),
      { seed: 11, numRuns: 1200 },
    );
    // Each shape was seen to fire and not to fire, or the property says little.
    for (const kind of ['events', 'aggregate', 'correlation', 'anyOf'] as const) {
      const [fired, silent] = seen.get(kind) ?? [0, 0];
      expect(Math.min(fired, silent), `${kind} fired ${fired} times, not ${silent} times`).toBeGreaterThan(20);
    }
  });
});
