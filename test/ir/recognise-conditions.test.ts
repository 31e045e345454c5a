/** Conditions that must not get lost or change their meaning on the way from a pipeline to its shape. */
import { describe, expect, test } from 'vitest';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Shape } from '../../src/ir/shape.ts';
import type { ScalarType } from '../../src/ir/types.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import { showPredicate, showScalar } from '../kql/lower/show.ts';

const COLUMNS: ReadonlyMap<string, ScalarType> = new Map([
  ['TimeGenerated', 'datetime'],
  ['Account', 'string'],
  ['Computer', 'string'],
  ['Text', 'string'],
  ['Id', 'long'],
  ['Props', 'dynamic'],
]);

function shapeOf(kql: string): Shape {
  const { query, diagnostics } = parseKql(wholeFile(kql));
  if (query === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  const { relation } = lowerQuery(query, {
    schemaOf: (table) => (table === 'T' || table === 'U' ? { columns: COLUMNS } : undefined),
  });
  return recogniseShape(relation);
}

/** What decides whether there are rows, in short. */
function brief(shape: Shape): string {
  switch (shape.shape) {
    case 'events':
      return shape.branches.map(({ table, where }) => `${table}: ${showPredicate(where)}`).join(' | ');
    case 'aggregate': {
      const measures = shape.measures.map(({ name, fn }) => `${name}=${fn}`).join();
      const by = shape.by.map(({ value }) => showScalar(value)).join();
      return `[${brief(shape.events)}] ${measures} by (${by}) where ${showPredicate(shape.where)}`;
    }
    case 'correlation':
      return `${shape.kind} <${brief(shape.left)}> <${brief(shape.right)}> where ${showPredicate(shape.where)}`;
    case 'anyOf':
      return shape.of.map(brief).join(' || ');
    case 'other':
      return `other: ${shape.reasons.map(({ construct }) => construct).join()}`;
  }
}

const cases: readonly (readonly [what: string, kql: string, shape: string])[] = [
  [
    'a condition that one event decides sinks to the events',
    'T | summarize m = max(Id), c = count() by Account | where m > 5',
    'T: Id > 5',
  ],
  [
    'it comes back when a later condition reads another measure',
    'T | summarize m = max(Id), c = count() by Account | where m > 5 | extend z = 1 | where c > 3',
    '[T: true] m=max,c=count by (Account) where (m > 5 and c > 3)',
  ],
  [
    'and takes what was said of keys in between along',
    'T | summarize m = max(Id), c = count() by Account | where m > 5 | extend a = Account | where a == "x" | extend n = c | where n > 3',
    '[T: Account equals "x"] m=max,c=count by (Account) where (m > 5 and c > 3)',
  ],
  [
    'a summarize above does not measure what the condition has narrowed down',
    'T | summarize m = max(Id), c = count() by Account, Computer | where m > 5 | summarize t = sum(c) by Account | where t > 10',
    'other: a condition on a summarize of a summarize',
  ],
  [
    'nor does a join compare it',
    'T | summarize m = max(Id), c = count() by Account | where m > 5 | join kind=inner (U | summarize d = count() by Account) on Account | where c > d',
    'inner <[T: true] m=max,c=count by (Account) where m > 5> <U: true> where c > d',
  ],
  [
    'a join that reads no measure leaves it with the events',
    'T | summarize m = max(Id), c = count() by Account | where m > 5 | join kind=inner (U | project Account, Id) on Account',
    'inner <T: Id > 5> <U: true> where true',
  ],
  [
    'without keys a condition that wants an event stays',
    'T | summarize c = count(), d = dcount(Id) | where d < 5 and c >= 1',
    '[T: true] c=count,d=countDistinct by () where (c >= 1 and d < 5)',
  ],
  [
    'also when it comes in a filter of its own',
    'T | summarize c = count(), d = dcount(Id) | where c >= 1 | extend z = 1 | where d < 5',
    '[T: true] c=count,d=countDistinct by () where (c >= 1 and d < 5)',
  ],
  [
    'or later',
    'T | summarize c = count(), d = dcount(Id) | where d < 5 | extend z = 1 | where c >= 1',
    '[T: true] c=count,d=countDistinct by () where (d < 5 and c >= 1)',
  ],
  [
    'a condition on a list that is joined stays above the join',
    `T | project Account | join kind=inner (_GetWatchlist('x') | project Account = SearchKey, Level = tostring(WatchlistItem.l)) on Account | where Level == "high"`,
    'inner <T: true> <other: a watchlist> where Level equals "high"',
  ],
  [
    'also under the name that the join has given its column',
    'T | project Account | join kind=inner (datatable(Account: string, L: long)["a", 1]) on Account | where Account1 == "a"',
    'inner <T: true> <other: a table written in the query> where Account1 equals "a"',
  ],
  [
    'parse-where is a condition: not on a limited number of rows',
    'T | take 10 | parse-where Text with * "a=" x:string " " *',
    'other: a condition on a limited number of rows',
  ],
  [
    'JSON in a text inside a structure is not the text',
    'T | where tostring(parse_json(tostring(Props.value))) == "Member"',
    'T: parseJson(Props.value) equals "Member"',
  ],
  [
    'a place below it is a place below the text',
    'T | where parse_json(tostring(Props.value)).name == "Member"',
    'T: Props.value.name equals "Member"',
  ],
  [
    'what an unpacked bag gives stays its own beside a join',
    'T | project Props, Computer | evaluate bag_unpack(Props) | join kind=inner (U | project Computer) on Computer | where user == "x"',
    'inner <T: Props.user equals "x"> <U: true> where true',
  ],
  [
    'but for what the other side has',
    'T | project Props, Computer | evaluate bag_unpack(Props) | join kind=inner (U | project Computer, Account) on Computer | where Account == "x" and user == "y"',
    'inner <T: Props.user equals "y"> <U: Account equals "x"> where true',
  ],
  [
    'no column comes back that a projection above the bag has dropped',
    'T | project Props, Computer | evaluate bag_unpack(Props) | project Computer | join kind=inner (U | project Computer, Account) on Computer | where user == "y"',
    'inner <T: null:unknown equals "y"> <U: true> where true',
  ],
];

describe('conditions on the way to a shape', () => {
  test.each(cases)('%s', (_what, kql, expected) => {
    expect(brief(shapeOf(kql))).toBe(expected);
  });
});
