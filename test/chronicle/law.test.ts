/** The law of every target: what `adapt` returns is what the text says, read back. */
import { describe, expect } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import * as b from '../../src/ir/build.ts';
import { adapt } from '../../targets/chronicle/adapt.ts';
import { toQuery, wordLogic } from '../../targets/chronicle/logic.ts';
import { scheduleOf } from '../../targets/chronicle/raise.ts';
import { unphrased } from '../../targets/chronicle/emit.ts';
import { udmField } from '../../targets/chronicle/udm-path.ts';
import { NO_SPAN } from '../../src/source.ts';
import { detectionArbitrary, predicateArbitrary, relationArbitrary, vocabulary } from '../ir/arbitrary.ts';
import { OPTIONS, thereAndBack } from './support.ts';

fc.configureGlobal({ seed: 20_240_919 });

const COLUMNS = vocabulary({
  tables: ['Events'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('Process', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('Ip', [], 'string'),
    b.field('Tagged', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('Port', [], 'long'),
    b.field('Score', [], 'real'),
    b.field('Flag', [], 'bool'),
    b.field('TimeGenerated', [], 'datetime'),
    b.field('Data', ['Properties', 'name'], 'dynamic'),
  ],
  joins: ['inner', 'innerUnique', 'leftAnti', 'leftSemi'],
});

/** UDM fields themselves: every kind there is. */
const UDM = vocabulary({
  fields: [
    udmField('principal.hostname', [], NO_SPAN),
    udmField('principal.ip', [], NO_SPAN),
    udmField('security_result.action', [], NO_SPAN),
    udmField('metadata.event_type', [], NO_SPAN),
    udmField('target.port', [], NO_SPAN),
    udmField('security_result.risk_score', [], NO_SPAN),
    udmField('network.dns.response', [], NO_SPAN),
    udmField('additional.fields', ['a "b" ]\\'], NO_SPAN),
  ],
  textFunctions: ['lower', 'upper'],
});

describe('what adapt returns is what the text says', () => {
  for (const bestEffort of [false, true]) {
    test.prop([detectionArbitrary(COLUMNS)], { numRuns: 400 })(
      `for any rule${bestEffort ? ', with what cannot be said left out' : ''}`,
      (detection) => {
        const { adapted, notes } = adapt(detection, { ...OPTIONS, bestEffort });
        if (adapted === undefined) {
          expect(notes.some(({ effect }) => effect === 'refused')).toBe(true);
          return;
        }
        const { there, back, text } = thereAndBack(adapted);
        expect(back, text).toBe(there);
      },
    );
  }

  const pipelines = {
    'that count': ['filter', 'aggregate', 'filter'],
    'that join': ['filter', 'join', 'filter'],
  } as const;
  for (const [name, operators] of Object.entries(pipelines)) {
    const query = relationArbitrary({ ...COLUMNS, operators });
    test.prop([detectionArbitrary(COLUMNS, query)], { numRuns: 300 })(`for rules ${name}`, (detection) => {
      const { adapted } = adapt(detection, { ...OPTIONS, bestEffort: true });
      if (adapted === undefined) return;
      const { there, back, text } = thereAndBack(adapted);
      expect(back, text).toBe(there);
    });
  }

  test.prop([predicateArbitrary(UDM)], { numRuns: 1500 })('for any predicate over UDM fields', (where) => {
    const logic = wordLogic({
      variables: [{ name: 'e', source: 'udm', where, absent: false }],
      placeholders: [],
      across: b.constant(true),
      window: undefined,
      measures: [],
      computed: [],
      condition: b.constant(true),
    });
    // `adapt` lets no rule through that has no test, or none that can pass.
    if (unphrased(logic).length > 0 || logic.variables[0]?.where.op === 'constant') return;
    const detection = b.detection('x', toQuery(logic), {
      meta: b.metadata('test_rule'),
      schedule: scheduleOf(undefined, undefined),
    });
    const { there, back, text } = thereAndBack(detection);
    expect(back, text).toBe(there);
  });
});

describe('the properties above do not pass for want of cases', () => {
  const share = (sayable: (index: number) => boolean, of: number): number =>
    Array.from({ length: of }, (_, index) => sayable(index)).filter(Boolean).length / of;

  test('most single-event rules are adapted', () => {
    const words = { ...COLUMNS, operators: ['filter'] as const };
    const samples = fc.sample(detectionArbitrary(words), { numRuns: 200, seed: 1 });
    expect(
      share(
        (index) =>
          adapt(samples[index] ?? b.detection('', b.source('Events')), { ...OPTIONS, bestEffort: true }).adapted !==
          undefined,
        200,
      ),
    ).toBeGreaterThan(0.5);
  });

  test('most predicates over UDM fields can be said', () => {
    const samples = fc.sample(predicateArbitrary(UDM), { numRuns: 200, seed: 1 });
    const said = samples.filter((where) => {
      const logic = wordLogic({
        variables: [{ name: 'e', source: 'udm', where, absent: false }],
        placeholders: [],
        across: b.constant(true),
        window: undefined,
        measures: [],
        computed: [],
        condition: b.constant(true),
      });
      return unphrased(logic).length === 0;
    });
    expect(said.length).toBeGreaterThan(80);
  });
});
