import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Query } from '../../src/kql/ast.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { printExpression, printKql, printStatement } from '../../src/kql/print.ts';
import { wholeFile } from '../../src/source.ts';
import { corporaPresent, documentationQueries, sentinelQueries } from '../oracles/corpora.ts';
import { queryText } from './arbitrary.ts';
import { expressionOf, meaning, treeOf } from './trees.ts';

/** What the comments say. Two of them may come to stand on one line, where they are one. */
function notes(query: Query): string {
  return query.comments
    .flatMap(({ text }) => text.split('//').map((note) => note.trim()))
    .filter((note) => note !== '')
    .sort()
    .join('\n');
}

/** What printing must keep; gives what is wrong, so that a failure names it. */
function printingFlaws(query: Query): readonly string[] {
  const flaws: string[] = [];
  const printed = printKql(query);
  const { query: again, diagnostics } = parseKql(wholeFile(printed));
  if (again === undefined) return [`cannot be read again: ${diagnostics[0]?.message ?? ''}\n${printed}`];
  const before = JSON.stringify(meaning(query));
  if (JSON.stringify(meaning(again)) !== before) flaws.push(`another tree:\n${printed}`);
  if (printKql(again) !== printed) flaws.push(`another layout the second time:\n${printed}`);
  if (notes(again) !== notes(query)) flaws.push(`other comments:\n${printed}`);
  const onOneLine = parseKql(wholeFile(query.statements.map(printStatement).join('; '))).query;
  if (onOneLine === undefined || JSON.stringify(meaning(onOneLine)) !== before) flaws.push('another tree on one line');
  return flaws;
}

const layouts: readonly (readonly [string, string])[] = [
  ['T|where a==1|take 5', 'T\n| where a == 1\n| take 5\n'],
  ['let a=1;let b = T|take a;b', 'let a = 1;\nlet b = T | take a;\nb\n'],
  ['T|where a in("x","y")and b!has"z"', 'T\n| where a in ("x", "y") and b !has "z"\n'],
  [
    'T | join kind=inner(U|where x)on a,$left.b==$right.c',
    'T\n| join kind=inner (U | where x) on a, $left.b == $right.c\n',
  ],
  ['T | mvexpand x to typeof( string )', 'T\n| mvexpand x to typeof(string)\n'],
  ['set notruncation;T', 'set notruncation;\nT\n'],
  [
    'let f=(a:long=1,t:(x:string)){let q=1;t|take a};f()',
    'let f = (a: long = 1, t: (x: string)) {\n    let q = 1;\n    t | take a\n};\nf()\n',
  ],
  [
    `T | where VeryLongColumnName1 == "some value" and VeryLongColumnName2 == "another value" and VeryLongColumnName3 has "third value"`,
    `T\n| where VeryLongColumnName1 == "some value"\n    and VeryLongColumnName2 == "another value"\n    and VeryLongColumnName3 has "third value"\n`,
  ],
  [
    `let l = dynamic(["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","cccccccccccccccccccc"]);T`,
    `let l = dynamic([\n    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",\n    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",\n    "cccccccccccccccccccc"\n]);\nT\n`,
  ],
  [
    `T | summarize FirstSeenInTheLogs = min(TimeGenerated), LastSeenInTheLogs = max(TimeGenerated) by AccountName, Computer, IPAddress`,
    `T\n| summarize\n    FirstSeenInTheLogs = min(TimeGenerated),\n    LastSeenInTheLogs = max(TimeGenerated)\n    by AccountName, Computer, IPAddress\n`,
  ],
  [
    'T | extend Kind = case(EventID == 4624, "a logon of some account", EventID == 4625, "a logon that failed", EventID == 4634, "a logoff", "other")',
    'T\n| extend\n    Kind = case(\n        EventID == 4624, "a logon of some account",\n        EventID == 4625, "a logon that failed",\n        EventID == 4634, "a logoff",\n        "other"\n    )\n',
  ],
];

const commented: readonly (readonly [string, string])[] = [
  ['// head\nT // table\n// own\n| take 1 // end\n// tail', '// head\nT // table\n// own\n| take 1 // end\n// tail\n'],
  ['let a = 1; // why\nT', 'let a = 1; // why\nT\n'],
  ['T | project a, // first\n b', 'T\n| project\n    a, // first\n    b\n'],
  ['T\n| where a // x\n and b', 'T\n| where a // x\n    and b\n'],
  ['T\n| where a\n // or rather\n and b', 'T\n| where a\n    // or rather\n    and b\n'],
  ['let l = dynamic(["a", // one\n"b"]);T', 'let l = dynamic([\n    "a", // one\n    "b"\n]);\nT\n'],
  ['T | where a in (\n// those\n"x")', 'T\n| where a in (\n    // those\n    "x"\n)\n'],
  ['union (// left\nT), U', 'union\n    (\n        // left\n        T\n    ),\n    U\n'],
  ['f(// none\n)', 'f() // none\n'],
  ['f(\n// own\n)', 'f() // own\n'],
  ['T | where a == ```x\ny``` // z\n and b // w', 'T\n| where a == ```x\ny``` // z\n    and b // w\n'],
  ['T | extend x = f(a) + // odd\n ```x\ny```', 'T\n| extend x = f(a) + ```x\ny``` // odd\n'],
  ['let f = (t: (a: string, // odd\nb: long)) { t };', 'let f = (t: (a: string, b: long)) {\n    // odd\n    t\n}\n'],
  [
    'T | extend k = case(a, // one\n1, 2)',
    'T\n| extend\n    k = case(\n        a, // one\n            1,\n        2\n    )\n',
  ],
  ['// only a comment', '// only a comment\n'],
  ['', ''],
];

describe('the printer', () => {
  it.each(layouts)('lays out %s', (query, expected) => {
    expect(printKql(treeOf(query))).toBe(expected);
  });

  it.each(commented)('keeps the comments of %j', (query, expected) => {
    expect(printKql(treeOf(query))).toBe(expected);
  });

  it.each([...layouts, ...commented].map(([query]) => query))('gives back the meaning of %j', (query) => {
    expect(printingFlaws(treeOf(query))).toEqual([]);
  });

  it('breaks at the width it is told', () => {
    const query = treeOf('T | project Alpha, Beta, Gamma');
    expect(printKql(query, { width: 20, indentation: 2 })).toBe('T\n| project\n  Alpha,\n  Beta,\n  Gamma\n');
  });

  it.each([
    'a + b * c',
    '(a + b) * c',
    '-a.b[0].["x"]',
    'not(a has "x") or b !between (1 .. 2)',
    'a in ((T | project x))',
    "a['x'] == 1 and ['b c'] != 2",
    'cluster("c").database("d")',
    'f(a, b = 1, *)',
    'dynamic(["a", {"b": null}])',
    'typeof(a: long, b: string)',
    'datetime("8:00 AM")',
    '"a" "b"',
  ])('writes %s on one line as it was', (text) => {
    expect(printExpression(expressionOf(text))).toBe(text);
  });

  it('brackets a made name that needs it', () => {
    const span = { start: 0, end: 0 };
    const made = (name: string): string => printExpression({ kind: 'name', name, bracketed: false, span });
    expect(['plain', 'two words', "quo'te", 'back\\slash', 'line\nbreak'].map(made)).toEqual([
      'plain',
      "['two words']",
      "['quo\\'te']",
      "['back\\\\slash']",
      "['line\\nbreak']",
    ]);
  });

  test.prop([queryText()], { seed: 20240917, numRuns: 60 })('gives back any query', (query) => {
    expect(printingFlaws(treeOf(query))).toEqual([]);
  });

  describe.skipIf(!corporaPresent)('on the corpora (skipped where they are absent)', () => {
    it.each([
      ['rules', sentinelQueries],
      ['documentation', documentationQueries],
    ] as const)('gives back %s', (_name, queries) => {
      const some = queries().filter((_query, index) => index % 8 === 0);
      const flaws = some.flatMap(({ id, query }) => {
        const { query: tree } = parseKql(wholeFile(query));
        return tree === undefined ? [] : printingFlaws(tree).map((flaw) => `${id}: ${flaw}`);
      });
      expect(flaws).toEqual([]);
    });
  });
});
