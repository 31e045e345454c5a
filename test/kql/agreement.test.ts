import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import { brokenRules, corporaPresent, documentationQueries, sentinelQueries } from '../oracles/corpora.ts';
import { findDisagreement } from '../oracles/kusto-agreement.ts';
import { kustoSyntaxErrors } from '../oracles/kusto-language.ts';
import { queryText } from './arbitrary.ts';
import { mutate, ONE_SENTENCE, randomFrom } from './mutations.ts';

/** Texts on which a reader of KQL may err, one way or the other. */
const subtle = [
  // Words and their case, blanks, reserved words.
  'T | where a AND b',
  'T | Where a',
  'T | where a matches  regex "x"',
  'T | where a matches regex@"x"',
  'T | where a in~("x")',
  'T | where a !has_any ("x")',
  'T | where a ! in ("x")',
  'T | extend first = 1',
  'T | extend title = 1',
  'T | where title == 1',
  'T | extend kind = 1',
  'T | where kind == 1',
  'T | where a.title == 1',
  'T | where a.kind == 1',
  'T | where type == id and access',
  'T | project-away a *',
  'T | project-away a*',
  'T | project-away *a*b*1',
  'union T*, *',
  'T | extend time = 1',
  'let by = 1; T',
  // Strings and literals.
  'print "a\\w"',
  'print "a\nb"',
  'print ```a\nb```',
  'print @"a\\"',
  "print h'a'",
  'print H@"a"',
  'print ~~~a~~~',
  'print "a',
  'print datetime(2024',
  'print datetime (2024)',
  'print 1.',
  'print 1..2',
  'print 1d',
  'print 1 d',
  'print 1dd',
  'print 0x',
  'print 1e5',
  'print 12ab',
  'print dynamic([1,])',
  'print dynamic({a:1})',
  'print dynamic({"a":1,"b":[-1, null]})',
  'print dynamic(x)',
  'print tRUE',
  'print 74be27de-1e4e-49d9-b579-fe0b331d3642',
  'print guid(74be27de-1e4e-49d9-b579-fe0b331d3642)',
  'print "a" "b"',
  // Operators.
  'print a == b == c',
  'print a < b < c',
  'print a < b == c',
  'print a has b has c',
  'print a in (1) in (2)',
  'print --1',
  'print - -1',
  'print -(-1)',
  'print a - -1',
  'print * has "x"',
  'print * == 1',
  'print * > 1',
  'print not a',
  'print not(a)',
  'print a has ("b", "c")',
  'print a has("b")',
  'print a in ()',
  'print a in "x"',
  'print a in (b,)',
  'print a in (T | take 1)',
  'print a in (T | take 1, b)',
  'print a between (1 .. 2)',
  'print a between (1, 2)',
  'print a between 1 .. 2',
  'print f(a b)',
  'print f(a,)',
  'print f(,a)',
  'print f(*)',
  'print f(T | take 1)',
  'print f((T | take 1))',
  'print a[0].[1].["b"].c(d)',
  'print a.[b',
  'print (a, b)',
  'print (a, b) = c',
  // Pipelines and statements.
  '',
  '  ',
  '// x',
  ';',
  'T;',
  'T;;',
  '| take 1',
  'T |',
  'T || take 1',
  'T | | take 1',
  'T take 1',
  'T | take 1 U',
  'let a = 1',
  'let a = 1;',
  'let a = 1 T',
  'let a 1;',
  'let a = ;',
  'let f = () { T };',
  'let f = () { T; };',
  'let f = () { };',
  'let f = (a) { T };',
  'let f = (a: long = 1, b: (*)) { T };',
  'let f = (a: float) { T };',
  'let a = materialize(T) | take 1;',
  'let a = materialize(T | take 1);',
  'print materialize(T)',
  'print toscalar(T)',
  'set a; T',
  'set a = 1; T',
  'declare query_parameters(a: long = 1); T',
  'declare query_parameters(); T',
  'where a',
  'count',
  'take 5',
  '(T) | take 1',
  'T | (take 1)',
  'union (T), (U)',
  'union T U',
  'union',
  'union kind=inner T',
  'find "x"',
  'search "x"',
  'search in (T*) a : "b" and *',
  'search * and a',
  'find in (T) where a',
  'find in (T) a',
  'evaluate f()',
  'evaluate f',
  'range x from 1 to 2 step 1',
  'range(1, 2)',
  'range x from 1 to 2',
  'T | join U',
  'T | join (U) on',
  'T | join kind = inner U on a, b',
  'T | join kind U on a',
  'T | lookup U',
  'T | lookup U on a',
  'T | summarize',
  'T | summarize by',
  'T | summarize by a',
  'T | summarize count() by',
  'T | summarize a by b,',
  'T | summarize kind = count()',
  'T | summarize by = count()',
  'T | project',
  'T | project a,',
  'T | extend',
  'T | distinct',
  'T | distinct *, a',
  'T | sort a',
  'T | sort by a asc nulls first',
  'T | sort by a nulls',
  'T | top 5',
  'T | top 5 by a, b',
  'T | mv-expand',
  'T | mv-expand a to string',
  'T | mv-expand a to typeof(string) limit 5',
  'T | mv-apply a on (take 1)',
  'T | mv-apply a on take 1',
  'T | parse a',
  'T | parse a with',
  'T | parse a with (b)',
  'T | parse kind=regex flags=U a with * b: long *',
  'T | parse a with b: float',
  'T | parse-kv a as (b: long) with (quote="x")',
  'T | make-series count() on t step 1h',
  'T | make-series count() on t',
  'T | make-series n=count() default=0 on t from a to b step c by d',
  'T | render timechart with (title="x", ycolumns=a, b, kind=stacked)',
  'T | render',
  'T | as x',
  'T | count as x',
  'T | count()',
  'T | getschema',
  'T | sample 5',
  'T | sample-distinct 5 of a',
  'T | top-nested 5 of a by b, top-nested of c by d',
  'T | reduce by a',
  'T | fork (take 1) x = (count)',
  'T | partition by a (take 1)',
  'T | facet by a with (take 1)',
  'T | serialize',
  'T | invoke f',
  'T | invoke f()',
  'T | consume',
  'T | scan with (step s: a == 1;)',
  'T | scan with (step s: a == 1)',
  'T | graph-match (a)-[b]->(c) project a',
  'T | where a = 1',
  'T | take n = 1',
  'datatable (a: long) [1, -2, int(3),]',
  'datatable (a: long) [f()]',
  'datatable (a) [1]',
  'externaldata (a: string) [f(x)] with (format="csv")',
];

describe("agreement with Microsoft's parser", () => {
  it.each(subtle)('%j', (query) => {
    expect(findDisagreement({ id: query, query })).toBeUndefined();
  });

  test.prop([queryText()], { seed: 5, numRuns: 30 })('both read random queries', (query) => {
    expect(findDisagreement({ id: 'random', query })).toBeUndefined();
    expect(kustoSyntaxErrors(query)).toEqual([]);
  });

  test.prop([queryText(), fc.nat()], { seed: 6, numRuns: 50 })('both read or refuse broken queries', (query, seed) => {
    const broken = mutate(query, randomFrom(seed));
    // Only Microsoft's parser takes an index without anything before it, `[0]`, for a value.
    fc.pre(!/(?:^|[=(,|[]|\b\w+ )\s*\[\s*[^'"\s]/.test(broken));
    expect(findDisagreement({ id: broken, query: broken })).toBeUndefined();
  });

  describe.skipIf(!corporaPresent)('on the corpora (skipped where they are absent)', () => {
    it('reads and refuses the same rules', () => {
      const some = sentinelQueries().filter((_query, index) => index % 10 === 0);
      expect(some.map(findDisagreement).filter((found) => found !== undefined)).toEqual([]);
    });

    it('reads and refuses the same documentation', () => {
      const some = documentationQueries().filter((_query, index) => index % 10 === 0);
      expect(some.map(findDisagreement).filter((found) => found !== undefined)).toEqual([]);
    });

    it('says of every broken public rule, where Microsoft does or before, what is wrong', () => {
      const paths = new Set(brokenRules());
      const queries = sentinelQueries().filter(({ id }) => paths.has(id));
      expect(queries.length).toBeGreaterThanOrEqual(10);
      for (const { id, query } of queries) {
        const [theirs] = kustoSyntaxErrors(query);
        const { query: tree, diagnostics } = parseKql(wholeFile(query));
        expect(tree, id).toBeUndefined();
        expect(diagnostics, id).toHaveLength(1);
        expect(diagnostics[0]?.message, id).toMatch(ONE_SENTENCE);
        expect(diagnostics[0]?.span.start, id).toBeLessThanOrEqual(theirs?.start ?? -1);
      }
    });

    it('points at a mistake where Microsoft does, or before', () => {
      const random = randomFrom(1);
      const queries = sentinelQueries().filter(({ query }) => query.length < 2500);
      const late: string[] = [];
      for (let round = 0; round < 120; round++) {
        const { query } = queries[Math.floor(random() * queries.length)] ?? { query: '' };
        const broken = mutate(query, random);
        const [theirs] = kustoSyntaxErrors(broken);
        const [ours] = parseKql(wholeFile(broken)).diagnostics;
        if (ours !== undefined) expect(ours.message).toMatch(ONE_SENTENCE);
        if (theirs !== undefined && ours !== undefined && ours.span.start > theirs.start) {
          late.push(
            `${ours.span.start} > ${theirs.start}: ${ours.message}: ${broken.slice(theirs.start - 60, ours.span.end + 20)}`,
          );
        }
      }
      expect(late).toEqual([]);
    });
  });
});
