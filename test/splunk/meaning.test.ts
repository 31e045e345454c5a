import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { evaluateRelation, EvaluationUnsupported } from '../../src/eval/index.ts';
import type { Row, Tables } from '../../src/eval/index.ts';
import * as b from '../../src/ir/build.ts';
import { joinVerdict } from '../../src/ir/fidelity.ts';
import type { Detection, Relation, Value } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { adapt } from '../../targets/splunk/adapt.ts';
import { emit } from '../../targets/splunk/emit.ts';
import { printStanza } from '../../targets/splunk/print.ts';
import { raise } from '../../targets/splunk/raise.ts';
import { INDEX } from '../../targets/splunk/raise-pipeline.ts';
import { read } from '../../targets/splunk/read.ts';
import { DEFAULT_VOCABULARY, predicateArbitrary, relationArbitrary, vocabulary } from '../ir/arbitrary.ts';
import { tablesArbitrary } from '../ir/rows.ts';

const crosswalk = loadCrosswalk();
const NOW = 1_700_000_000_000;

// Tables that the crosswalk does not know keep their columns' names: the events on both sides are the same.
const words = vocabulary({
  // The evaluator counts parts of characters beyond the basic plane in one function and characters in another.
  texts: DEFAULT_VOCABULARY.texts.filter((text) => Array.from(text).length === text.length),
  tables: ['First_CL', 'Second_CL'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('Process', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('Port', [], 'long'),
    b.field('Score', [], 'real'),
  ],
});

/**
 * Tables in which no event lies at a bound of a window: a search's time range begins with its first instant and ends
 * before its last, whatever the query says of these two.
 */
function tablesOffBounds(maxRows: number): fc.Arbitrary<Tables> {
  return tablesArbitrary(words, NOW, maxRows).map(
    (tables) => new Map([...tables].map(([name, rows]) => [name, rows.map(aMomentEarlier)])),
  );
}

function aMomentEarlier(row: Row): Row {
  const time = row.get('TimeGenerated');
  if (time?.type !== 'datetime') return row;
  return new Map([...row, ['TimeGenerated', { type: 'datetime', value: time.value - 1 }]]);
}

/** The events of all tables as Splunk has them: in one index, told apart by their source type. */
function asIndex(tables: Tables): Tables {
  const events: Row[] = [];
  for (const [table, rows] of tables) {
    for (const row of rows) {
      const event = new Map<string, Value>(row);
      const time = event.get('TimeGenerated');
      event.delete('TimeGenerated');
      if (time !== undefined) event.set('_time', time);
      event.set('sourcetype', { type: 'string', value: table });
      events.push(event);
    }
  }
  return new Map([[INDEX, events]]);
}

/** How many rows a relation gives; `undefined` when the evaluator cannot say. */
function countRows(relation: Relation, tables: Tables): number | undefined {
  try {
    return evaluateRelation(relation, tables, { now: NOW }).length;
  } catch (error) {
    if (error instanceof EvaluationUnsupported) return undefined;
    throw error;
  }
}

let compared = 0;

function expectSameRows(detection: Detection, tables: Tables): void {
  const options = { terms: 'exact' as const, bestEffort: true, crosswalk, sourceName: 'rule' };
  const { adapted, notes } = adapt(detection, options);
  if (adapted === undefined) return;
  const { tree } = read(new SourceFile('rule.conf', printStanza(emit(adapted))));
  if (tree === undefined) throw new Error('not read');
  const before = countRows(detection.query, tables);
  const after = countRows(raise(tree).query, asIndex(tables));
  if (before === undefined || after === undefined) return;
  compared++;
  // The limits of subsearches lie far above these tables.
  const verdict = joinVerdict(notes.filter((note) => note.code !== 'splunk/subsearch-limit'));
  if (verdict === 'exact') expect(after).toBe(before);
  if (verdict === 'wider' && before > 0) expect(after).toBeGreaterThan(0);
  if (verdict === 'narrower' && after > 0) expect(before).toBeGreaterThan(0);
}

describe('an output finds what its verdict says', () => {
  const filters = fc
    .tuple(fc.constantFrom(...words.tables), predicateArbitrary(words))
    .map(([table, where]) => b.detection('x', b.filter(b.source(table), where)));
  property.prop([filters, tablesOffBounds(12)], { seed: 11, numRuns: 800 })('conditions', (detection, tables) => {
    expectSameRows(detection, tables);
  });

  const behind = predicateArbitrary(words, 2).map((where) =>
    b.detection('x', b.filter(b.take(b.source('First_CL'), 100), where)),
  );
  property.prop([behind, tablesOffBounds(12)], { seed: 12, numRuns: 300 })(
    'conditions behind other commands',
    (detection, tables) => {
      expectSameRows(detection, tables);
    },
  );

  const pipelines = relationArbitrary({ ...words, richScalars: true }).map((query) => b.detection('x', query));
  property.prop([pipelines, tablesOffBounds(6)], { seed: 13, numRuns: 600 })('pipelines', (detection, tables) => {
    expectSameRows(detection, tables);
  });

  const joins = relationArbitrary({ ...words, operators: ['filter', 'join', 'extend', 'aggregate', 'window'] }).map(
    (query) => b.detection('x', query),
  );
  property.prop([joins, tablesOffBounds(6)], { seed: 14, numRuns: 300 })('joins', (detection, tables) => {
    expectSameRows(detection, tables);
  });

  it('compares most of them', () => {
    expect(compared).toBeGreaterThan(1500);
  });
});
