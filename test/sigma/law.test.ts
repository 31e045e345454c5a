import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as b from '../../src/ir/build.ts';
import { canonicalText, normaliseDetection } from '../../src/ir/normalise.ts';
import type { Detection } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { adapt } from '../../targets/sigma/adapt.ts';
import { emit } from '../../targets/sigma/emit.ts';
import { printFile } from '../../targets/sigma/print.ts';
import { raise } from '../../targets/sigma/raise.ts';
import { read } from '../../targets/sigma/read.ts';
import type { SigmaFile } from '../../targets/sigma/tree.ts';
import { detectionArbitrary, HOSTILE_TEXTS, predicateArbitrary, vocabulary } from '../ir/arbitrary.ts';

const crosswalk = loadCrosswalk();

function withoutSpans(tree: SigmaFile): string {
  return JSON.stringify(tree, (key, value: unknown) =>
    key === 'span' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  );
}

let tried = 0;
let converted = 0;

/** Whether the adapted Detection survives the way through the text; the text itself, or why there is none. */
function expectLaw(detection: Detection, terms: 'contains' | 'exact', bestEffort: boolean): string | undefined {
  tried++;
  const { adapted, notes } = adapt(detection, { terms, bestEffort, crosswalk, sourceName: 'rule' });
  if (adapted === undefined) {
    expect(notes.some((note) => note.effect === 'refused')).toBe(true);
    return undefined;
  }
  expect(notes.filter((note) => note.effect === 'refused')).toEqual([]);
  converted++;
  const tree = emit(adapted);
  const text = printFile(tree);
  const again = read(new SourceFile('rule.yml', text));
  expect(again.diagnostics).toEqual([]);
  if (again.tree === undefined) throw new Error('no tree');
  expect(withoutSpans(again.tree)).toBe(withoutSpans(tree));
  expect(printFile(again.tree)).toBe(text);
  expect(canonicalText(normaliseDetection(raise(again.tree)))).toBe(canonicalText(normaliseDetection(adapted)));
  return text;
}

/** What YAML 1.1 and 1.2 make of a text; most Sigma tools read 1.1. */
function readBoth(text: string): readonly unknown[] {
  return (['1.1', '1.2'] as const).map((version) =>
    parseAllDocuments(text, { version }).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as unknown;
    }),
  );
}

const words = vocabulary({
  tables: ['SecurityEvent', 'SigninLogs', 'DeviceProcessEvents', 'Unknown_CL'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('ProcessCommandLine', [], 'string'),
    b.field('FileName', [], 'string'),
    b.field('IPAddress', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('LogonType', [], 'long'),
    b.field('ProcessIntegrityLevel', [], 'real'),
    b.field('IsInteractive', [], 'bool'),
    b.field('TimeGenerated', [], 'datetime'),
    b.field('LocationDetails', ['city'], 'dynamic'),
  ],
});

const ways = fc.constantFrom(
  ...(['contains', 'exact'] as const).flatMap((terms) => [true, false].map((bestEffort) => ({ terms, bestEffort }))),
);

describe('whatever adapt returns survives emit, print, read and raise', () => {
  property.prop([detectionArbitrary(words), ways], { seed: 1, numRuns: 300 })('pipelines', (detection, way) => {
    expectLaw(detection, way.terms, way.bestEffort);
  });

  const filtered = detectionArbitrary(
    words,
    fc
      .tuple(fc.constantFrom(...words.tables), predicateArbitrary(words))
      .map(([table, where]) => b.filter(b.source(table), where)),
  );
  property.prop([filtered, ways], { seed: 2, numRuns: 600 })('predicates', (detection, way) => {
    expectLaw(detection, way.terms, way.bestEffort);
  });

  const unions = detectionArbitrary(
    words,
    fc
      .array(fc.tuple(fc.constantFrom(...words.tables), predicateArbitrary({ ...words, maxDepth: 1 })), {
        minLength: 2,
        maxLength: 4,
      })
      .map((branches) => b.union(branches.map(([table, where]) => b.filter(b.source(table), where)))),
  );
  property.prop([unions, ways], { seed: 3, numRuns: 150 })('unions', (detection, way) => {
    expectLaw(detection, way.terms, way.bestEffort);
  });

  const counted = detectionArbitrary(
    words,
    fc
      .record({
        table: fc.constantFrom(...words.tables),
        where: predicateArbitrary({ ...words, maxDepth: 1 }),
        by: fc.subarray(['Account', 'IPAddress', 'CommandLine']),
        fn: fc.constantFrom('count', 'countDistinct', 'sum', 'average', 'max'),
        test: fc.constantFrom('>', '>=', '<', '<=', '=='),
        threshold: fc.constantFrom(0, 1, 5, 2.5),
      })
      .map(({ table, where, by, fn, test, threshold }) => {
        const of = fn === 'count' ? [] : [b.field(fn === 'countDistinct' ? 'IPAddress' : 'LogonType')];
        const grouped = b.aggregate(
          b.filter(b.source(table), where),
          by.map((name) => ({ name, value: b.field(name, [], 'string') })),
          [{ name: 'n', fn, args: of, span: { start: 0, end: 0 } }],
        );
        const literal = Number.isInteger(threshold) ? b.long(threshold) : b.real(threshold);
        return b.filter(grouped, b.compare(b.field('n', [], 'long'), test, literal));
      }),
  );
  property.prop([counted, ways], { seed: 4, numRuns: 200 })('counting correlations', (detection, way) => {
    expectLaw(detection, way.terms, way.bestEffort);
  });
});

describe('correlations in time', () => {
  const side = (name: string) =>
    fc
      .tuple(fc.constantFrom(...words.tables), predicateArbitrary({ ...words, maxDepth: 1 }), fc.boolean())
      .map(([table, where, counted]) => {
        const events = b.filter(b.source(table), where);
        if (!counted) return b.extend(events, [{ name: `${name}Time`, value: b.field('TimeGenerated') }]);
        const keys = ['Account', 'IPAddress'].map((key) => ({ name: key, value: b.field(key, [], 'string') }));
        const count = { name: 'n', fn: 'count', args: [], span: { start: 0, end: 0 } } as const;
        const last = { name: `${name}Time`, fn: 'max', args: [b.field('TimeGenerated')], span: count.span } as const;
        return b.filter(b.aggregate(events, keys, [count, last]), b.compare(b.field('n', [], 'long'), '>', b.long(3)));
      });
  const joined = detectionArbitrary(
    words,
    fc
      .record({
        left: side('Left'),
        right: side('Right'),
        kind: fc.constantFrom('inner', 'innerUnique', 'leftOuter', 'leftSemi', 'leftAnti'),
        on: fc.subarray(['Account', 'IPAddress'], { minLength: 1 }),
        order: fc.constantFrom('<', '>', undefined),
      })
      .map(({ left, right, kind, on, order }) => {
        const keys = on.map((name) => ({ left: b.field(name, [], 'string'), right: b.field(name, [], 'string') }));
        const renamed = ['Account', 'IPAddress', 'n'].map((from) => ({ from, to: `${from}1` }));
        const pairs = b.join(kind, left, right, keys, { renamed });
        const compared = (test: '<' | '>') => b.compare(b.field('LeftTime'), test, b.field('RightTime'));
        return order === undefined || kind === 'leftSemi' ? pairs : b.filter(pairs, compared(order));
      }),
  );
  let correlated = 0;
  property.prop([joined, ways], { seed: 6, numRuns: 200 })('joins', (detection, way) => {
    if (expectLaw(detection, way.terms, way.bestEffort)?.includes('type: temporal') === true) correlated++;
  });
  it('become temporal correlations', () => {
    expect(correlated).toBeGreaterThan(20);
  });
});

it('says something of most of what was generated', () => {
  expect(converted / tried).toBeGreaterThan(0.5);
});

describe('no text breaks out', () => {
  const tests = ['equals', 'contains', 'startsWith', 'endsWith', 'term', 'wildcard', 'regex'] as const;
  it.each(HOSTILE_TEXTS)('value, field and title %j', (hostile) => {
    for (const test of tests) {
      const value = test === 'regex' ? hostile.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : hostile;
      const where = b.and([
        b.match(b.field('CommandLine', [], 'string'), test, [value, 'x'], { caseSensitive: true }),
        b.not(b.match(b.field(`${hostile.replaceAll('|', '')}_`, [], 'string'), 'equals', [value, 'y'])),
      ]);
      const meta = b.metadata(hostile, {
        description: `${hostile}\n${hostile}`,
        author: hostile,
        references: [hostile],
        falsePositives: [`x${hostile}`],
      });
      const detection = b.detection(hostile, b.filter(b.source(`T${hostile}`), where), { meta });
      const text = expectLaw(detection, 'exact', false);
      if (text === undefined) throw new Error('refused');
      const [old, current] = readBoth(text);
      expect(old).toEqual(current);
      expect(current).toMatchObject([{ title: hostile }]);
    }
  });

  property.prop([fc.string({ unit: 'binary', maxLength: 20 })], { seed: 5, numRuns: 300 })('any text', (hostile) => {
    const where = b.match(b.field('F', [], 'string'), 'equals', [hostile, 'x'], { caseSensitive: true });
    const detection = b.detection(hostile, b.filter(b.source('T'), where), {
      meta: b.metadata(hostile, { description: hostile }),
    });
    expectLaw(detection, 'contains', false);
  });
});
