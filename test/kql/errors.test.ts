import { describe, expect, it } from 'vitest';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import { kustoSyntaxErrors } from '../oracles/kusto-language.ts';
import { ONE_SENTENCE } from './mutations.ts';

/** A broken query, the code, the text the message points at, and a part of the message or the hint. */
const slips: readonly (readonly [query: string, code: string, at: string, says: string])[] = [
  ['T | extend a = 1,', 'trailing-comma', ',', 'Remove the comma'],
  ['T | where a in ("x",)', 'trailing-comma', ',', "before ')'"],
  ['T | summarize count(), by a', 'trailing-comma', ',', "before 'by'"],
  ['T | project a,, b', 'trailing-comma', ',,', 'nothing before it'],
  ['T | where (a == 1 | take 1', 'unclosed-bracket', '(', "Add the missing ')'"],
  ['T | where f(a, b', 'unclosed-bracket', '(', 'never closed'],
  ['let x = dynamic([1, 2);\nT', 'unclosed-bracket', '[', "closed by ')'"],
  ['let f = () { T | take 1', 'unclosed-bracket', '{', "Add the missing '}'"],
  ['T | where a == 1)', 'stray-bracket', ')', 'closes nothing'],
  ['| where a == 1', 'misplaced-pipe', '|', 'no table before it'],
  ['let x = 1;\n| where x == 1', 'misplaced-pipe', '\n|', 'no table before it'],
  ['T || where a', 'misplaced-pipe', '|', 'Two pipes'],
  ['T | where a |', 'misplaced-pipe', '|', 'no operator behind it'],
  ['T\nwhere a == 1', 'misplaced-pipe', '\nwhere', "Write '| where'"],
  ['T | where a has ("b", "c")', 'list-after-has', 'has', 'has_any'],
  ['T | where a == ("b", "c")', 'list-after-has', '==', 'Write in'],
  ['T | where a contains ("b", "c")', 'list-after-has', 'contains', 'Repeat the test'],
  ['T | where a == 1 and b = 2', 'single-equals', ' =', "Write '=='"],
  ['T | extend a.b = 1', 'single-equals', ' =', 'one name'],
  ['T | where a == "x', 'unterminated-string', '"x', 'closing quote'],
  ['T | where a == "c:\\windows"', 'bad-escape', '"c:', 'Double the backslash'],
  ['T | where t > datetime(2024-01-01', 'unterminated-literal', 'datetime(2024-01-01', "missing ')'"],
  ['T | where t > datetime(2024-13-01)', 'bad-literal', 'datetime(2024-13-01)', 'not a datetime'],
  ['print datatable(a: long)[- 1]', 'bad-literal', '- 1', 'directly before'],
  ['let x = 1\nT | take x', 'missing-semicolon', '\nT', "';'"],
  ['T | take 1\nlet x = 1;', 'missing-semicolon', '\nlet', "';'"],
  ['let f = () { T }\nf()', 'missing-semicolon', '\nf', "';'"],
  ['T | wher a', 'unknown-operator', 'wher', "'where'"],
  ['T | mv-expnd a', 'unknown-operator', 'mv-expnd', "'mv-expand'"],
  ['T | agregate a', 'unknown-operator', 'agregate', 'no operator'],
  ['T | count() by a', 'unknown-operator', ' count', 'summarize count() by'],
  ['T | Where a', 'syntax', 'Where', "'where'"],
  ['T | where a AND b', 'syntax', 'AND', "'and'"],
  ['T | where not a', 'syntax', 'not', 'not(...)'],
  ['T | where a not in ("b")', 'syntax', 'not', "'!in'"],
  ['T | where a matches  regex "x"', 'syntax', 'matches', 'one blank'],
  ['T | where a in "x"', 'syntax', ' "x"', 'in parentheses'],
  ['T | where a between (1, 2)', 'syntax', ',', '(low .. high)'],
  ['T | where title == "x"', 'reserved-name', ' title', "['title']"],
  ['T | where a.first == "x"', 'reserved-name', 'first', "['first']"],
  ['T | where a == b == c', 'repeated-comparison', '== c', 'join them'],
  ['T | where a == 1 && b == 2', 'unexpected-character', '&', "'and'"],
  ['T | where a == “x”', 'unexpected-character', ' “', 'straight quotes'],
  ['T | where', 'syntax', '', "Expected a column name, a value or '(' after 'where', but the query ends"],
  ['T | where a b', 'syntax', ' b', 'an operator such as == or has'],
  ['T | sort a', 'syntax', ' a', "Expected 'by' after 'sort'"],
  ['T | lookup U', 'syntax', '', "Expected 'on'"],
  ['T | where f(a b)', 'syntax', ' b', "Expected ',', ')' or an operator"],
  ['T | evaluate', 'syntax', '', 'a function call'],
  [`print ${'('.repeat(150)}1${')'.repeat(150)}`, 'too-deep', '(', '100 deep'],
];

describe('messages about broken queries', () => {
  it.each(slips)('%j: %s', (query, code, at, says) => {
    const { query: tree, diagnostics } = parseKql(wholeFile(query));
    expect(tree).toBeUndefined();
    const [first] = diagnostics;
    expect(diagnostics).toHaveLength(1);
    expect(first?.code).toBe(`kql/${code}`);
    expect(query.slice(first?.span.start, first?.span.end)).toBe(at);
    expect(`${first?.message ?? ''} ${first?.hint ?? ''}`).toContain(says);
    expect(first?.severity).toBe('error');
    expect(first?.message).toMatch(ONE_SENTENCE);
  });

  it.each(slips.filter(([, code]) => code !== 'bad-literal' && code !== 'too-deep'))(
    '%j is pointed at no later than by Microsoft',
    (query) => {
      const [theirs] = kustoSyntaxErrors(query);
      const [ours] = parseKql(wholeFile(query)).diagnostics;
      expect(ours?.span.start).toBeLessThanOrEqual(theirs?.start ?? -1);
    },
  );

  it('gives spans in the file, not in the query', () => {
    const source = {
      text: 'T\n| wher a',
      segments: [
        { embedded: 0, file: 100 },
        { embedded: 2, file: 110 },
      ],
    };
    expect(parseKql(source).diagnostics[0]?.span).toEqual({ start: 112, end: 116 });
  });
});
