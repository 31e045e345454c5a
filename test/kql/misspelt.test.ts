/** Names that nothing has, and slips that only the query engine would refuse: what is said, and the name that is meant. */
import { expect, test } from 'vitest';
import { compileFile } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';

const options = { terms: 'contains', bestEffort: false, crosswalk: loadCrosswalk(), targets: [] } as const;

function findings(query: string): readonly string[] {
  return compileFile(new SourceFile('a.kql', query), options).flatMap((rule) =>
    rule.diagnostics.map(({ severity, code, hint }) => `${severity} ${code}${hint === undefined ? '' : `: ${hint}`}`),
  );
}

test.each([
  ['SigninLog | take 1', ['warning lower/unknown-table: Did you mean `SigninLogs`?']],
  ['signinlogs | take 1', ['warning lower/unknown-table: Did you mean `SigninLogs`?']],
  ['Contoso_CL | take 1', []],
  ['SomethingElseEntirely | take 1', ['info lower/unknown-table']],
  ['SigninLogs | where UserIdd == "a"', ['warning lower/unknown-column: Did you mean `UserId`?']],
  ['SigninLogs | project UserIdd', ['warning lower/unknown-column: Did you mean `UserId`?']],
  [
    'let allowed = dynamic(["a"]); SigninLogs | where UserId in (alowed)',
    ['warning lower/unknown-column: Did you mean `allowed`?'],
  ],
  ['SigninLogs | where strcatt(UserId, "a") == "b"', ['warning lower/unknown-function: Did you mean `strcat`?']],
  ['SigninLogs | evaluate bag_unpackk(x)', ['warning lower/unknown-plugin: Did you mean `bag_unpack`?']],
  ['SigninLogs | summarise count()', ["error kql/unknown-operator: Did you mean 'summarize'?"]],
  ['SigninLogs | where UserId = "a"', ["warning kql/single-equals: Write '==', or '=~' to ignore the case."]],
  ['let a = 1;', ['error lower/no-query']],
  [
    'let failed = SigninLogs | where UserId == "a";',
    ['error lower/no-query: Name the table to return at the end: `failed`?'],
  ],
])('%s', (query, expected) => {
  expect(findings(query)).toEqual(expected);
});

test('a query that returns no table is invalid', () => {
  const [rule] = compileFile(new SourceFile('a.kql', 'let a = 1;'), options);
  expect(rule).toMatchObject({ status: 'invalid', outputs: [] });
});
