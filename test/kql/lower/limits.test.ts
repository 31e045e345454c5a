/** Hostile and broken queries: lowering says what is wrong with them, and ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opaquesOf, partsOf, relationPart } from '../../../src/ir/walk.ts';
import type { Query } from '../../../src/kql/ast.ts';
import { lowerQuery } from '../../../src/kql/lower/index.ts';
import type { LoweredQuery } from '../../../src/kql/lower/index.ts';
import { parseKql } from '../../../src/kql/parse.ts';
import { wholeFile } from '../../../src/source.ts';
import { testSchema } from './tables.ts';

function parse(text: string): Query {
  const { query } = parseKql(wholeFile(text));
  if (query === undefined) throw new Error(`no query: ${text.slice(0, 200)}`);
  return query;
}

const lower = (text: string, sizeLimit?: number): LoweredQuery =>
  lowerQuery(parse(text), { schemaOf: testSchema, ...(sizeLimit === undefined ? {} : { sizeLimit }) });

const codes = (lowered: LoweredQuery): readonly string[] => lowered.diagnostics.map((one) => one.code);

function sizeOf(lowered: LoweredQuery): number {
  let size = 0;
  for (const _ of partsOf(relationPart(lowered.relation))) size++;
  return size;
}

describe('size', () => {
  test.each([
    ['or', 4000],
    ['and', 4000],
  ])('a chain of %s with %i operands is one flat junction', (operator, count) => {
    const operands = Array.from({ length: count }, (_, index) => `Account == "${index}"`);
    const { relation } = lower(`Events | where ${operands.join(` ${operator} `)}`);
    const where = relation.op === 'filter' ? relation.where : undefined;
    expect(where?.op).toBe(operator);
    expect(where?.op === 'and' || where?.op === 'or' ? where.of.length : 0).toBe(count);
  });

  test('a list of 5000 values stays one test', () => {
    const values = Array.from({ length: 5000 }, (_, index) => `"${index}"`).join(',');
    const { relation } = lower(`Events | where Account in (${values})`);
    expect(relation.op === 'filter' && relation.where.op === 'match' && relation.where.values.length).toBe(5000);
  });

  test('a sum of 450 terms', () => {
    const lowered = lower(`Events | extend N = ${Array.from({ length: 450 }, () => 'EventID').join(' + ')}`);
    expect(lowered.diagnostics).toEqual([]);
  });

  test('a pipeline of 450 operators', () => {
    const lowered = lower(`Events ${'| where EventID > 1 '.repeat(450)}| where TimeGenerated > ago(1d)`);
    expect(lowered.diagnostics).toEqual([]);
  });

  test('tables that double at every step are cut off', () => {
    const steps = Array.from({ length: 40 }, (_, index) => `let t${index + 1} = union t${index}, t${index};`);
    const lowered = lower(`let t0 = Events | where EventID == 1; ${steps.join('\n')} t40`, 20_000);
    expect(codes(lowered)).toContain('lower/too-large');
    expect(sizeOf(lowered)).toBeLessThan(60_000);
  });

  test('scalars that double at every step are cut off', () => {
    const steps = Array.from({ length: 40 }, (_, index) => `let s${index + 1} = strcat(s${index}, s${index}, rand());`);
    const lowered = lower(`let s0 = tostring(rand()); ${steps.join('\n')} Events | where Account == s40`, 20_000);
    expect(codes(lowered)).toContain('lower/too-large');
    expect(sizeOf(lowered)).toBeLessThan(60_000);
  });

  test('functions that call others twice are cut off', () => {
    const steps = Array.from(
      { length: 40 },
      (_, index) => `let f${index + 1} = (x: string) { strcat(f${index}(x), f${index}(x)) };`,
    );
    const lowered = lower(
      `let f0 = (x: string) { strcat(x, "a") }; ${steps.join('\n')} Events | extend X = f40(Account)`,
      20_000,
    );
    expect(codes(lowered)).toContain('lower/too-large');
    expect(sizeOf(lowered)).toBeLessThan(60_000);
  });

  test('a query whose names are used often, but within the limit, is not cut off', () => {
    const lowered = lower(
      `let t = Events | where EventID == 1; union ${Array.from({ length: 200 }, () => 't').join(', ')}`,
    );
    expect(lowered.diagnostics).toEqual([]);
  });

  test('functions nested more deeply than the limit', () => {
    const steps = Array.from({ length: 400 }, (_, index) => `let f${index + 1} = (x: long) { f${index}(x) + 1 };`);
    const lowered = lower(`let f0 = (x: long) { x }; ${steps.join('\n')} Events | extend N = f400(EventID)`);
    expect(codes(lowered)).toContain('lower/too-deep');
  });
});

describe('a literal that its type cannot hold', () => {
  test.each([
    ['a long', '99999999999999999999'],
    ['a long of many digits', '9'.repeat(300_000)],
    ['a timespan', `timespan(${'9'.repeat(400)}d)`],
  ])('%s is not understood, and said to be so', (_name, written) => {
    expect(codes(lower(`Events | where EventID == ${written}`))).toEqual(['lower/not-understood']);
  });
});

describe('a name', () => {
  test('that is declared with itself means what stood before', () => {
    const { relation } = lower('let Events = Events | where EventID == 1; Events');
    expect(relation).toMatchObject({ op: 'filter', input: { op: 'source', table: 'Events' } });
  });

  test('of an object prototype is a name like any other', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const lowered = lower(
        `Other | extend ['${name}'] = 1 | where ['${name}'] == 1 | summarize count() by ['${name}']`,
      );
      expect([...lowered.columns.known.keys()]).toEqual([name, 'count_']);
      expect(codes(lower(`Events | extend X = ${name}(1)`))).toEqual(['lower/unknown-function']);
      expect(codes(lower(`Events | evaluate ${name}()`))).toEqual(['lower/unknown-plugin']);
    }
  });
});

describe('whatever the parser accepts', () => {
  const expression = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('Account', 'EventID', 'Props', 'Nope', '1', '"a"', '1d', 'dynamic([1])', 'true', 'now()', 'x'),
      fc
        .tuple(
          tie('any'),
          fc.constantFrom('==', '!=', '>', '+', '-', '/', 'has', 'contains', 'and', 'or', '=~'),
          tie('any'),
        )
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(
          fc.constantFrom(
            'tostring',
            'not',
            'strcat',
            'isempty',
            'parse_json',
            'ago',
            'iff',
            'bin',
            'extract',
            'split',
            'ipv4_is_match',
            'column_ifexists',
            'toscalar',
            'nonsense',
            'count',
            'parse_xml',
          ),
          fc.array(tie('any'), { maxLength: 4 }),
        )
        .map(([name, args]) => `${name}(${args.join(', ')})`),
      fc
        .tuple(
          tie('any'),
          fc.constantFrom('in', '!in', 'has_any', 'in~'),
          fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        )
        .map(([a, op, list]) => `(${a} ${op} (${list.join(', ')}))`),
      fc
        .tuple(tie('any'), fc.constantFrom('.a', '[0]', '["b"]', '[-1]'))
        .map(([a, step]) => (/^\w+$/.test(a) && !/^\d/.test(a) ? `${a}${step}` : a)),
    ),
  })).any;
  const operator = fc.oneof(
    expression.map((e) => `where ${e}`),
    expression.map((e) => `extend X = ${e}`),
    expression.map((e) => `project EventID, Y = ${e}`),
    expression.map((e) => `summarize count(), max(${e}) by Account`),
    expression.map((e) => `summarize arg_max(${e}, *) by bin(EventID, 1)`),
    expression.map((e) => `mv-expand ${e}`),
    expression.map((e) => `mv-apply Z = ${e} on (where Z == 1 | summarize count())`),
    expression.map((e) => `evaluate bag_unpack(${e})`),
    expression.map((e) => `evaluate pivot(Account, count(), ${e})`),
    expression.map((e) => `parse ${e} with * "a" B "c"`),
    expression.map((e) => `join kind=inner (Logons | extend Q = ${e}) on Account`),
    expression.map((e) => `union (Logons | where ${e})`),
    expression.map((e) => `top 5 by ${e}`),
    expression.map((e) => `make-series count() on TimeGenerated step ${e} by Account`),
    expression.map((e) => `search ${e}`),
    fc.constantFrom(
      'distinct *',
      'project-away Acc*',
      'project-rename A = Account',
      'count',
      'as T',
      'serialize',
      'sample 1',
      'invoke f()',
    ),
  );

  test('is lowered without an exception, and nothing stays opaque without a finding', () => {
    fc.assert(
      fc.property(fc.array(operator, { maxLength: 6 }), expression, (operators, value) => {
        const { query } = parseKql(
          wholeFile(
            `let x = ${value}; let f = (T: (*)) { T | take 1 }; Events ${operators.map((one) => `| ${one}`).join(' ')}`,
          ),
        );
        if (query === undefined) return;
        const lowered = lowerQuery(query, { schemaOf: testSchema });
        const again = lowerQuery(query, { schemaOf: testSchema });
        expect(again).toEqual(lowered);
        const serious = lowered.diagnostics.filter((one) => one.severity !== 'info');
        if (opaquesOf(relationPart(lowered.relation)).length > 0) expect(serious).not.toEqual([]);
      }),
      { seed: 20240607, numRuns: 400 },
    );
  });
});

describe('misspelt names', () => {
  test('the nearest of thousands are not looked for', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `Acount${index % 10}_${index}`);
    const { diagnostics } = lower(`Events | project Account, Computer | where ${names.join(' has "x" or ')} has "x"`);
    expect(diagnostics).toHaveLength(1000);
    const few = lower(`Events | project Account | where Acount has "x"`).diagnostics;
    expect(few.map(({ hint }) => hint)).toEqual(['Did you mean `Account`?']);
    const computed = names.map((name) => `${name} = 1`).join(', ');
    const many = lower(
      `Events | project ${computed} | where ${names.map((name) => `${name}_`).join(' == 1 or ')} == 1`,
    );
    const hinted = many.diagnostics.map(({ hint }) => hint !== undefined);
    expect(hinted).toHaveLength(1000);
    expect(hinted[0]).toBe(true);
    expect(hinted.at(-1)).toBe(false);
  });
});
