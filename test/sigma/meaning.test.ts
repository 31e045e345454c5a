import { fc, it as property } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import { textOf } from '../../src/eval/value.ts';
import type { Row } from '../../src/eval/value.ts';
import * as b from '../../src/ir/build.ts';
import { joinVerdict } from '../../src/ir/fidelity.ts';
import type { Field, Predicate, Relation, Value } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { adapt } from '../../targets/sigma/adapt.ts';
import { emit } from '../../targets/sigma/emit.ts';
import { printFile } from '../../targets/sigma/print.ts';
import { raise } from '../../targets/sigma/raise.ts';
import { read } from '../../targets/sigma/read.ts';
import { HOSTILE_TEXTS, predicateArbitrary, valueArbitrary, vocabulary } from '../ir/arbitrary.ts';

const crosswalk = loadCrosswalk();
const context = { now: 0, firstColumn: () => [] };

const words = vocabulary({
  tables: ['Own_CL'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('Other', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('Port', [], 'long'),
    b.field('Score', [], 'real'),
    b.field('Flag', [], 'bool'),
  ],
});

const eventTexts = fc.oneof(
  fc.constantFrom(
    'cmd',
    'CMD',
    'xcmd',
    'run cmd.exe /c',
    'cmd_x',
    'écmd',
    'cmdé',
    'a',
    'A',
    'b',
    'a b',
    'admin',
    '10.1.2.3',
    '1.2.3.4',
    'fe80::1',
    'user@example.com',
    'x admin y',
    ' -enc',
    'aXb',
  ),
  fc.constantFrom(...HOSTILE_TEXTS),
  fc
    .tuple(fc.constantFrom('', 'x', ' ', '\\'), fc.constantFrom(...HOSTILE_TEXTS), fc.constantFrom('', 'x', ' ', '.'))
    .map((parts) => parts.join('')),
);

function eventValue(field: Field): fc.Arbitrary<Value | undefined> {
  const value: fc.Arbitrary<Value> =
    field.type === 'string'
      ? eventTexts.map((text): Value => ({ type: 'string', value: text }))
      : valueArbitrary(field.type);
  return fc.option(value, { nil: undefined, freq: 4 });
}

const events: fc.Arbitrary<Row> = fc
  .tuple(...words.fields.map(eventValue))
  .map(
    (values) =>
      new Map(
        values.flatMap((value, index) => (value === undefined ? [] : [[words.fields[index]?.name ?? '', value]])),
      ),
  );

/** The predicate of a rule with one log source. */
function whereOf(relation: Relation): Predicate {
  const inner = relation.op === 'select' ? relation.input : relation;
  return inner.op === 'filter' ? inner.where : b.constant(true);
}

describe('the notes say what the rule means', () => {
  property.prop(
    [
      predicateArbitrary(words),
      fc.array(events, { minLength: 20, maxLength: 40 }),
      fc.constantFrom('contains', 'exact'),
    ],
    { seed: 7, numRuns: 1500 },
  )('an output fires as its verdict says', (where, rows, terms) => {
    const detection = b.detection('x', b.filter(b.source('Own_CL'), where));
    const { adapted, notes } = adapt(detection, { terms, bestEffort: true, crosswalk, sourceName: 'rule' });
    if (adapted === undefined) return;
    const { tree } = read(new SourceFile('rule.yml', printFile(emit(adapted))));
    if (tree === undefined) throw new Error('not read');
    const raised = whereOf(raise(tree).query);
    const verdict = joinVerdict(notes);
    for (const row of rows) {
      const before = evaluatePredicate(where, row, context) === true;
      const after = evaluatePredicate(raised, row, context) === true;
      const event = [...row].map(([name, value]) => `${name}=${JSON.stringify(textOf(value))}`);
      if (verdict === 'exact' || verdict === 'wider') expect(after || !before, `missed ${event.join(' ')}`).toBe(true);
      if (verdict === 'exact' || verdict === 'narrower')
        expect(before || !after, `surplus ${event.join(' ')}`).toBe(true);
    }
  });
});
