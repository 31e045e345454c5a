/** What queries amount to, construct by construct. */
import { describe, expect, it } from 'vitest';
import { originsOf, sideOf } from '../../src/ir/origins.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Shape } from '../../src/ir/shape.ts';
import type { Relation, ScalarType } from '../../src/ir/types.ts';
import * as b from '../../src/ir/build.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import { showPredicate, showScalar } from '../kql/lower/show.ts';

const COLUMNS: ReadonlyMap<string, ScalarType> = new Map([
  ['TimeGenerated', 'datetime'],
  ['Account', 'string'],
  ['Process', 'string'],
  ['Id', 'long'],
  ['Items', 'dynamic'],
]);

function shapeOf(kql: string): Shape {
  const { query } = parseKql(wholeFile(kql));
  if (query === undefined) throw new Error(kql);
  const schemaOf = (table: string) => (table === 'T' || table === 'U' ? { columns: COLUMNS } : undefined);
  const stored = (table: string, column: string) => schemaOf(table)?.columns.has(column);
  return recogniseShape(lowerQuery(query, { schemaOf }).relation, { stored });
}

/** What decides whether the rule fires, in one line; groupings and limits that do not are counted. */
function brief(shape: Shape): string {
  if (shape.shape === 'other') return `other: ${shape.reasons.map(({ construct }) => construct).join()}`;
  const grouped = shape.groupings.length > 0 ? ` +${shape.groupings.length} groupings` : '';
  const limited = shape.limits.length > 0 ? ` +${shape.limits.length} limits` : '';
  return `${decisive(shape)}${grouped}${limited}`;
}

function decisive(shape: Exclude<Shape, { shape: 'other' }>): string {
  switch (shape.shape) {
    case 'events':
      return shape.branches
        .map(({ table, where, expansions }) => `${table}${expansions.length > 0 ? '*' : ''}: ${showPredicate(where)}`)
        .join(' | ');
    case 'aggregate': {
      const measures = shape.measures
        .map(
          ({ name, fn, args, where }) =>
            `${name}=${fn}(${args.map(showScalar).join()}${where === undefined ? '' : ` if ${showPredicate(where)}`})`,
        )
        .join();
      const bucket = shape.bucket === undefined ? '' : ` every ${shape.bucket.size / 60_000}m`;
      return `[${brief(shape.events)}] ${measures} by (${shape.by.map(({ value }) => showScalar(value)).join()})${bucket} where ${showPredicate(shape.where)}`;
    }
    case 'correlation':
      return `<${brief(shape.left)}> ${shape.kind} <${brief(shape.right)}> where ${showPredicate(shape.where)}`;
    case 'anyOf':
      return shape.of.map((inner) => `(${brief(inner)})`).join(' or ');
  }
}

const cases: Record<string, readonly (readonly [kql: string, shape: string])[]> = {
  'columns are said in stored fields': [
    ['T | extend p = tolower(Process) | where p == "a.exe"', 'T: Process equals~ "a.exe"'],
    ['T | project a = Account | where a == "x"', 'T: Account equals "x"'],
    ['T | project-rename a = Account | project-away Id | where a == "x"', 'T: Account equals "x"'],
    [
      'T | extend Account = Process | extend Process = "k" | where Account == "x" and Process == "k"',
      'T: Process equals "x"',
    ],
    ['T | extend s = iff(Id == 4, "High", "Low") | where s == "High"', 'T: Id oneOf {4}'],
    [
      'T | extend n = tostring(split(Process, "\\\\")[-1]) | where n =~ "a.exe"',
      'T: (Process equals~ "a.exe" or Process endsWith~ "\\\\a.exe")',
    ],
  ],
  unions: [
    ['union T, U | where Account == "x"', 'T: Account equals "x" | U: Account equals "x"'],
    ['union (T | extend k = "t"), (U | extend k = "u") | where k == "u"', 'U: true'],
    [
      'union (T | where Id == 1 | project Account), (U | project Process) | where Account == "x"',
      'T: (Id oneOf {1} and Account equals "x")',
    ],
    [
      'union (T | summarize c = count() by Account | where c > 5), (U | where Id == 1)',
      '(U: Id oneOf {1}) or ([T: true] c=count() by (Account) where c > 5)',
    ],
    ['union withsource=S T, U | where S == "T" and Id == 1', 'T: Id oneOf {1}'],
  ],
  'groups without a condition only tidy rows': [
    ['T | where Id == 1 | summarize count() by Account', 'T: Id oneOf {1} +1 groupings'],
    ['T | distinct Account, Process', 'T: true +1 groupings'],
    ['T | summarize count() by Account | where count_ > 0', 'T: true +1 groupings'],
    ['T | summarize count() by Account | where Account == "x"', 'T: Account equals "x" +1 groupings'],
    ['T | summarize count() | where count_ >= 1', 'T: true +1 groupings'],
    ['T | summarize c = countif(Id == 1) by Account | where c > 0', 'T: Id oneOf {1} +1 groupings'],
    ['T | summarize max(Id) by Account | where max_Id >= 7', 'T: Id >= 7 +1 groupings'],
    ['T | sort by Id | take 10', 'T: true +1 limits'],
  ],
  'groups with a condition': [
    [
      'T | where Id == 1 | summarize c = count() by Account | where c > 5',
      '[T: Id oneOf {1}] c=count() by (Account) where c > 5',
    ],
    [
      'T | summarize c = count() by Account | extend d = c * 2 | where d > 5',
      '[T: true] c=count() by (Account) where multiply(c, 2) > 5',
    ],
    [
      'T | summarize c = count() by Account, bin(TimeGenerated, 5m) | where c > 5',
      '[T: true] c=count() by (Account,bin(TimeGenerated, 5m)) every 5m where c > 5',
    ],
    [
      'T | summarize c = count() by Account, startofday(TimeGenerated) | where c > 5',
      '[T: true] c=count() by (Account,startOf(TimeGenerated, "day")) every 1440m where c > 5',
    ],
    [
      'T | summarize c = countif(Id == 1) by Account | where c > 5',
      '[T: Id oneOf {1}] c=count() by (Account) where c > 5',
    ],
    [
      'T | summarize c = countif(Id == 1) by Account | where c < 5',
      '[T: true] c=count( if Id oneOf {1}) by (Account) where c < 5',
    ],
    [
      'T | summarize a = countif(Id == 1), b = countif(Id == 2) by Account | where a > 1 and b > 0',
      '[T: true] a=count( if Id oneOf {1}),b=count( if Id oneOf {2}) by (Account) where (a > 1 and b > 0)',
    ],
    [
      'T | summarize arg_max(TimeGenerated, *) by Account | where Process == "x"',
      '[T: true] TimeGenerated=argMax(TimeGenerated) by (Account) where Process equals "x"',
    ],
    ['T | summarize c = count() | where c == 0', '[T: true] c=count() by () where c oneOf {0}'],
    [
      'T | summarize c = count() by Account | where c > 5 | summarize make_set(c) by Account',
      '[T: true] c=count() by (Account) where c > 5 +1 groupings',
    ],
  ],
  'groups of groups': [
    [
      'T | distinct Account, Process | summarize c = count() by Account | where c > 5',
      '[T: true] c=countDistinct(Process) by (Account) where c > 5',
    ],
    [
      'T | summarize by Account, Process | summarize c = dcount(Process) by Account | where c > 5',
      '[T: true] c=countDistinct(Process) by (Account) where c > 5',
    ],
    [
      'T | summarize c = count() by Account, Process | summarize s = sum(c) by Account | where s > 5',
      '[T: true] s=count() by (Account) where s > 5',
    ],
    [
      'T | summarize c = count() by Account, Process, Id | summarize n = count() by Account | where n > 5',
      'other: a condition on a summarize of a summarize',
    ],
    [
      'T | summarize c = count() by Account, Process | summarize a = avg(c) by Account | where a > 5',
      'other: a condition on a summarize of a summarize',
    ],
  ],
  joins: [
    [
      'T | where Id == 1 | join kind=inner (U | where Id == 2) on Account',
      '<T: Id oneOf {1}> inner <U: Id oneOf {2}> where true',
    ],
    [
      'T | join kind=inner (U | project Account, V = Id) on Account | where V == 2 and Id == 1',
      '<T: Id oneOf {1}> inner <U: Id oneOf {2}> where true',
    ],
    ['T | join kind=inner U on Account | where Id1 == 2', '<T: true> inner <U: Id oneOf {2}> where true'],
    [
      'T | join kind=inner U on Account | where TimeGenerated1 > TimeGenerated',
      '<T: true> inner <U: true> where TimeGenerated1 > TimeGenerated',
    ],
    ['T | join U on Account | where Id == 1', '<T: true> innerUnique <U: true> where Id oneOf {1}'],
    ['T | join U on Account | where Account == "x"', '<T: Account equals "x"> innerUnique <U: true> where true'],
    ['T | join kind=leftouter U on Account | where Id1 == 2', '<T: true> leftOuter <U: true> where Id1 oneOf {2}'],
    [
      'T | join kind=leftanti (U | where Id == 2) on Account | where Id == 1',
      '<T: Id oneOf {1}> leftAnti <U: Id oneOf {2}> where true',
    ],
    [
      'T | take 5 | join kind=inner U on Account',
      '<other: a limited number of rows in a join> inner <U: true> where true',
    ],
    [
      'T | join kind=inner U on Account | summarize c = count() by Account | where c > 5',
      'other: a condition on a summarize of joined events',
    ],
    [
      'T | join kind=inner U on Account | summarize c = count() by Account',
      '<T: true> inner <U: true> where true +1 groupings',
    ],
  ],
  lists: [
    [
      'T | mv-expand i = Items | where i.k == "a" and i.v == "b"',
      'T*: (element(anyElement(Items, "1"), "k") equals "a" and element(anyElement(Items, "1"), "v") equals "b")',
    ],
    [
      'T | mv-apply i = Items on (where i.k == "a" | extend n = i.v) | where n == "b"',
      'T*: (element(anyElement(Items, "1"), "k") equals "a" and element(anyElement(Items, "1"), "v") equals "b")',
    ],
    [
      'T | mv-expand i = Items | summarize dcount(tostring(i)) by Account | where dcount_i > 5',
      '[T*: true] dcount_i=countDistinct(toText(i)) by (Account) where dcount_i > 5',
    ],
    [
      'T | mv-expand i = Items | summarize c = count() by Account | where c > 5',
      'other: a count of expanded list elements',
    ],
    ['T | summarize s = make_set(Process) by Account | mv-expand s', 'other: mv-expand above summarize or join'],
    ['T | mv-apply i = Items on (summarize n = count()) | where n > 5', 'other: mv-apply'],
  ],
  'texts taken apart': [
    [
      'T | parse Process with * "\\\\" name ".exe" * | where name == "a"',
      'T: extract("(?s)^.*?\\\\\\\\(.*?)\\\\.exe.*$", 1, Process) equals "a"',
    ],
    ['T | parse-where Process with * "x=" v', 'T: Process regex "(?s)^.*?x=(.*)$"'],
  ],
  'what decides otherwise is no shape': [
    ['T | take 10 | where Id == 1', 'other: a condition on a limited number of rows'],
    ['T | top 1 by TimeGenerated | where Id == 1', 'other: a condition on a limited number of rows'],
    [
      'T | sort by TimeGenerated asc | extend d = Id - prev(Id) | where d > 5',
      'other: the order of rows (prev, next, row_number and the like)',
    ],
    ['T | summarize count()', 'other: summarize without keys and without a condition: there is always a row'],
    ['T | make-series c = count() on TimeGenerated step 1h by Account', 'other: make-series'],
    ['T | where Account in (dynamic([]))', 'other: a condition that nothing satisfies'],
  ],
};

describe.each(Object.entries(cases))('%s', (_, list) => {
  it.each(list)('%s', (kql, expected) => {
    expect(brief(shapeOf(kql))).toBe(expected);
  });
});

describe('where columns come from', () => {
  const origins = (kql: string, column: string): string[] =>
    originsOf(shapeOf(kql), column).map(
      ({ branch, value, through }) =>
        `${branch.table}.${showScalar(value)}${through === undefined ? '' : ` through ${through}`}`,
    );

  it.each([
    ['T | extend User = tolower(Account)', 'User', ['T.lower(Account)']],
    ['T', 'Account', ['T.Account']],
    ['T | project Account', 'Process', []],
    ['union (T | project A = Account), (U | project A = Process)', 'A', ['T.Account', 'U.Process']],
    ['T | summarize count() by A = Account | extend E = A', 'E', ['T.Account']],
    ['T | summarize c = count() by Account', 'c', []],
    ['T | summarize any(Process), max(TimeGenerated) by Account', 'any_Process', ['T.Process through any']],
    ['T | summarize make_set(Process) by Account | extend P = set_Process', 'P', ['T.Process through set']],
    ['T | summarize arg_max(TimeGenerated, *) by Account', 'Process', ['T.Process through argMax']],
    ['T | summarize c = count() by Account | where c > 5 | project X = Account', 'X', ['T.Account']],
    ['T | join kind=inner (U | project Account, P = Process) on Account', 'P', ['U.Process']],
    ['T | join kind=inner U on Account', 'Process1', ['U.Process']],
    ['T | join kind=inner U on Account', 'Process', ['T.Process']],
    ['T | join kind=inner U on Account | extend z = strcat(Process, Process1)', 'z', []],
    [
      'union (T | summarize c = count() by Account | where c > 5), (U | where Id == 1)',
      'Account',
      ['U.Account', 'T.Account'],
    ],
  ] as const)('%s: %s', (kql, column, expected) => {
    expect(origins(kql, column)).toEqual(expected);
  });

  it('tells the side of a join only where it can', () => {
    const events = (relation: Relation): Shape => recogniseShape(relation);
    const open = events(b.source('A'));
    const closed = events(b.project(b.source('B'), [{ name: 'k', value: b.field('k') }]));
    expect(sideOf({ kind: 'inner', left: open, right: open, renamed: [] }, 'x')).toBeUndefined();
    expect(sideOf({ kind: 'inner', left: open, right: closed, renamed: [] }, 'x')).toBe('left');
    expect(sideOf({ kind: 'inner', left: closed, right: open, renamed: [] }, 'x')).toBe('right');
    expect(sideOf({ kind: 'inner', left: open, right: open, renamed: [{ from: 'x', to: 'x1' }] }, 'x')).toBe('left');
    expect(sideOf({ kind: 'inner', left: open, right: open, renamed: [{ from: 'x', to: 'x1' }] }, 'x1')).toBe('right');
    expect(sideOf({ kind: 'leftAnti', left: open, right: open, renamed: [] }, 'x')).toBe('left');
  });
});

describe('hostile pipelines', () => {
  const x = b.field('x', [], 'string');

  it('of thousands of operators', () => {
    let relation: Relation = b.source('T');
    for (let i = 0; i < 2000; i++) {
      relation = b.filter(
        b.extend(relation, [{ name: `c${i}`, value: x }]),
        b.match(b.field(`c${i}`), 'equals', `v${i}`),
      );
    }
    expect(recogniseShape(relation)).toMatchObject({ shape: 'events' });
    let joined: Relation = b.source('T');
    for (let i = 0; i < 300; i++) joined = b.join('inner', joined, b.source('U'), [{ left: x, right: x }]);
    expect(recogniseShape(joined)).toMatchObject({ shape: 'correlation' });
  });

  it('whose columns double with every line', () => {
    let relation: Relation = b.source('T');
    for (let i = 0; i < 60; i++)
      relation = b.extend(relation, [{ name: 'x', value: b.call('concat', [x, x], 'string') }]);
    const shape = recogniseShape(b.filter(relation, b.match(x, 'equals', 'a')));
    expect(shape).toMatchObject({ shape: 'events' });
  });
});
