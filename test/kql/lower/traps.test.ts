/** Places where a query is easily read as saying something else than it does. */
import { describe, expect, test } from 'vitest';
import type { ScalarType } from '../../../src/ir/types.ts';
import { lowerQuery } from '../../../src/kql/lower/index.ts';
import { parseKql } from '../../../src/kql/parse.ts';
import { wholeFile } from '../../../src/source.ts';
import { showRelation } from './show.ts';

const COLUMNS: ReadonlyMap<string, ScalarType> = new Map([
  ['TimeGenerated', 'datetime'],
  ['Account', 'string'],
  ['Id', 'long'],
  ['Flag', 'bool'],
]);

function lowered(kql: string): string {
  const { query, diagnostics } = parseKql(wholeFile(kql));
  if (query === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  const { relation } = lowerQuery(query, {
    schemaOf: (table) => (table === 'T' || table === 'U' ? { columns: COLUMNS } : undefined),
  });
  return showRelation(relation, ' ');
}

const cases: readonly (readonly [what: string, kql: string, relation: string])[] = [
  [
    'a time bound above a join on a column that the left side has dropped is one on the right side',
    'T | project-away TimeGenerated | join kind=inner U on Account | where TimeGenerated > ago(1h)',
    'T | drop TimeGenerated | join inner (U) on Account == Account renaming Account->Account1, Id->Id1, Flag->Flag1 | filter TimeGenerated > now-1h',
  ],
  [
    'a time bound on a column that the left side has kept is its window',
    'T | project-keep Account, TimeGenerated | where TimeGenerated > ago(1h)',
    'T[TimeGenerated > -1h] | keep Account, TimeGenerated',
  ],
  [
    'a time bound behind prev() does not take rows away from it',
    'T | sort by TimeGenerated asc | extend Before = prev(Id) | where TimeGenerated > ago(1h)',
    'T | sort by TimeGenerated asc nulls first | extend Before = previousRow(Id) | filter TimeGenerated > now-1h',
  ],
  [
    'nor one behind a filter on row numbers',
    'T | serialize | where row_number() < 5 | where TimeGenerated > ago(1h)',
    'T | filter rowNumber() < 5 | filter TimeGenerated > now-1h',
  ],
  [
    'a number without a plain text form is not the empty text',
    'T | where Account has_any (dynamic(["a", 1.5]))',
    'T | filter OPAQUE<Account has_any (dynamic(["a", 1.5]))>',
  ],
  [
    'arrays inside a list are part of the list',
    'T | where Id in (dynamic([1, [2, [3]], 4]))',
    'T | filter Id oneOf {1, 2, 3, 4}',
  ],
  ['a bool compared with a text is a bool', 'T | where Flag == "False"', 'T | filter Flag oneOf {false}'],
  [
    'so is the result of a function',
    `T | where ipv4_is_private(Account) == 'False'`,
    'T | filter not Account inRange {10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16}',
  ],
  ['a bool that is not true may be null', 'T | where Flag != true', 'T | filter not Flag oneOf {true}'],
  [
    'the third argument of a normalising parser is another one in each schema',
    '_Im_Dns(ago(1h), now(), "1.2.3.4")',
    '_Im_Dns[TimeGenerated >= -1h] | filter OPAQUE<#3="1.2.3.4">',
  ],
  [
    'a table that holds one list is the values of the list',
    'let Known = U | summarize makelist(Account); T | where Account !in (Known)',
    'T | filter not Account equals any in {U | aggregate by list_Account = Account}',
  ],
  [
    'also when it is a list of lists',
    'let A = U | summarize make_set(Account); let Known = union A, (A | where true) | summarize make_set(set_Account); T | where Account in (Known)',
    'T | filter Account equals any in {union (U | aggregate set_Account = set(Account)), (U | aggregate set_Account = set(Account)) | aggregate by set_set_Account = set_Account | expand set_set_Account = set_set_Account:dynamic}',
  ],
  [
    'and when each row holds one',
    'T | where Account in ((U | summarize L = make_set(Account) by Id | project L))',
    'T | filter Account equals any in {U | aggregate L = set(Account) by Id | project L | expand L = L:dynamic}',
  ],
  ['case-sensitive search', 'search kind=case_sensitive in (T) "Foo"', 'T | filter * term "Foo"'],
];

describe('traps', () => {
  test.each(cases)('%s', (_what, kql, expected) => {
    expect(lowered(kql)).toBe(expected);
  });
});

describe('operators that are defined for no text', () => {
  test.each([
    ['T | where Id > "1"', 'warning', 'Id > "1"'],
    ['T | extend x = tolower(Account) + 1', 'warning', 'tolower(Account) + 1'],
    ['T | where Account < 5', 'info', 'Account < 5'],
    ['T | extend x = Account - Id', 'info', 'Account - Id'],
  ])('%s', (kql, severity, at) => {
    const { query } = parseKql(wholeFile(kql));
    if (query === undefined) throw new Error(kql);
    const { diagnostics } = lowerQuery(query, { schemaOf: () => ({ columns: COLUMNS }) });
    const [found] = diagnostics;
    expect(diagnostics).toHaveLength(1);
    expect(found).toMatchObject({ code: 'lower/operand-types', severity });
    expect(kql.slice(found?.span.start, found?.span.end)).toBe(at);
  });

  test.each(['T | where Id > 1', 'T | extend x = Id + 1', 'T | where Account == 5', 'T | where Unknown > "1"'])(
    '%s is none of them',
    (kql) => {
      const { query } = parseKql(wholeFile(kql));
      if (query === undefined) throw new Error(kql);
      const { diagnostics } = lowerQuery(query, { schemaOf: () => ({ columns: COLUMNS }) });
      expect(diagnostics.map(({ code }) => code)).not.toContain('lower/operand-types');
    },
  );
});
