import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import { canonicalText, normaliseDetection } from '../../src/ir/normalise.ts';
import type { Detection } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { adapt } from '../../targets/splunk/adapt.ts';
import { emit } from '../../targets/splunk/emit.ts';
import { printStanza } from '../../targets/splunk/print.ts';
import { raise } from '../../targets/splunk/raise.ts';
import { read } from '../../targets/splunk/read.ts';
import { readStanzas } from '../../targets/splunk/read-conf.ts';
import { detectionArbitrary, HOSTILE_TEXTS, predicateArbitrary, vocabulary } from '../ir/arbitrary.ts';

const crosswalk = loadCrosswalk();

let tried = 0;
let converted = 0;

/** The text of a Detection that survives the way through it; `undefined` when it was refused. */
function expectLaw(detection: Detection, bestEffort: boolean): string | undefined {
  tried++;
  const options = { terms: 'exact' as const, bestEffort, crosswalk, sourceName: 'rule' };
  const { adapted, notes } = adapt(detection, options);
  if (adapted === undefined) {
    expect(notes.some((note) => note.effect === 'refused')).toBe(true);
    return undefined;
  }
  expect(notes.filter((note) => note.effect === 'refused')).toEqual([]);
  converted++;
  const text = printStanza(emit(adapted));
  const again = read(new SourceFile('rule.conf', text));
  expect(again.diagnostics).toEqual([]);
  if (again.tree === undefined) throw new Error('no tree');
  expect(printStanza(again.tree)).toBe(text);
  expect(canonicalText(normaliseDetection(raise(again.tree)))).toBe(canonicalText(normaliseDetection(adapted)));
  return text;
}

const words = vocabulary({
  tables: ['SecurityEvent', 'SigninLogs', 'AuditLogs', 'Unknown_CL'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('NewProcessName', [], 'string'),
    b.field('Process', [], 'string'),
    b.field('IPAddress', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('LogonType', [], 'long'),
    b.field('Score', [], 'real'),
    b.field('IsInteractive', [], 'bool'),
    b.field('TimeGenerated', [], 'datetime'),
    b.field('TargetResources', [0, 'displayName'], 'dynamic'),
    b.field('LocationDetails', ['city'], 'dynamic'),
  ],
});

describe('whatever adapt returns survives emit, print, read and raise', () => {
  property.prop([detectionArbitrary(words), fc.boolean()], { seed: 1, numRuns: 200 })(
    'pipelines',
    (detection, bestEffort) => {
      expectLaw(detection, bestEffort);
    },
  );

  const rich = detectionArbitrary({ ...words, richScalars: true });
  property.prop([rich, fc.boolean()], { seed: 2, numRuns: 150 })(
    'pipelines with computed columns',
    (detection, bestEffort) => {
      expectLaw(detection, bestEffort);
    },
  );

  const filtered = detectionArbitrary(
    words,
    fc
      .tuple(fc.constantFrom(...words.tables), predicateArbitrary(words))
      .map(([table, where]) => b.filter(b.source(table), where)),
  );
  property.prop([filtered, fc.boolean()], { seed: 3, numRuns: 400 })('predicates', (detection, bestEffort) => {
    expectLaw(detection, bestEffort);
  });

  const behind = detectionArbitrary(
    words,
    predicateArbitrary(words, 2).map((where) => b.filter(b.take(b.source('Unknown_CL'), 100), where)),
  );
  property.prop([behind, fc.boolean()], { seed: 4, numRuns: 200 })(
    'predicates behind other commands',
    (detection, bestEffort) => {
      expectLaw(detection, bestEffort);
    },
  );

  const unions = detectionArbitrary(
    words,
    fc
      .array(fc.tuple(fc.constantFrom(...words.tables), predicateArbitrary({ ...words, maxDepth: 1 })), {
        minLength: 2,
        maxLength: 4,
      })
      .map((branches) => b.union(branches.map(([table, where]) => b.filter(b.source(table), where)))),
  );
  property.prop([unions, fc.boolean()], { seed: 5, numRuns: 100 })('unions', (detection, bestEffort) => {
    expectLaw(detection, bestEffort);
  });
});

it('says something of most of what was generated', () => {
  expect(converted / tried).toBeGreaterThan(0.7);
});

describe('no text breaks out', () => {
  const tests = ['equals', 'contains', 'startsWith', 'endsWith', 'term', 'wildcard', 'regex'] as const;

  it.each(HOSTILE_TEXTS)('value, column, table and title %j', (hostile) => {
    for (const test of tests) {
      const value = test === 'regex' ? hostile.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : hostile;
      for (const caseSensitive of [true, false]) {
        const where = b.and([
          b.match(b.field('CommandLine', [], 'string'), test, [value, 'x'], { caseSensitive }),
          b.not(b.match(b.field(`${hostile}_`, [], 'string'), 'equals', [value, 'Y'], { caseSensitive })),
        ]);
        const extended = b.extend(b.filter(b.source(`T${hostile}`), where), [
          {
            name: `c${hostile}`,
            value: b.call('concat', [b.text(hostile), b.field('Process', [], 'string')], 'string'),
          },
        ]);
        const meta = b.metadata(hostile, {
          description: `${hostile}\n${hostile}`,
          author: hostile,
          references: [hostile],
          falsePositives: [`x${hostile}`],
        });
        const alert = {
          titleFormat: `${hostile} {{Process}} ${hostile}`,
          dynamicProperties: [],
          customDetails: [],
          span: { start: 0, end: 0 },
        };
        const text = expectLaw(b.detection(hostile, extended, { meta, alert }), false);
        if (text === undefined) throw new Error('refused');
        expect(readStanzas(text)).toHaveLength(1);
      }
    }
  });

  property.prop([fc.string({ unit: 'binary', maxLength: 20 })], { seed: 6, numRuns: 200 })('any text', (hostile) => {
    const where = b.or([
      b.match(b.field('F', [], 'string'), 'equals', [hostile, 'x'], { caseSensitive: true }),
      b.match(b.field('G', [], 'string'), 'contains', [hostile]),
    ]);
    const detection = b.detection(hostile, b.filter(b.source('T'), where), {
      meta: b.metadata(hostile, { description: hostile }),
    });
    expectLaw(detection, false);
  });
});
