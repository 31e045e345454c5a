import { describe, expect, it } from 'vitest';
import type { Operator } from '../../src/kql/ast.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import type { SourceSegment } from '../../src/source.ts';
import { treeOf } from './trees.ts';

/** The operators of the only query, with what the test looks at. */
function operatorsOf(query: string): readonly Operator[] {
  const statement = treeOf(query).statements.at(-1);
  if (statement?.statement !== 'query') throw new Error(query);
  return statement.query.operators;
}

const name = (text: string): object => ({ kind: 'name', name: text });

describe('tabular operators', () => {
  it.each<[string, object]>([
    ['where a', { op: 'where', spelling: 'where', parameters: [], predicate: name('a') }],
    ['filter a', { op: 'where', spelling: 'filter' }],
    ['extend a = 1, (b, c) = f(x)', { op: 'extend', columns: [{ tuple: false }, { tuple: true, names: [{}, {}] }] }],
    ['extend title = 1, type = 2', { op: 'extend', columns: [{ names: [{ name: 'title' }] }, {}] }],
    ['project a, b = c.d', { op: 'project', mode: 'project', columns: [{ names: [] }, { names: [{ name: 'b' }] }] }],
    ['project-away a*, b', { op: 'project', mode: 'project-away', columns: [{ value: name('a*') }, {}] }],
    ['project-reorder a desc, *', { op: 'project', mode: 'project-reorder', columns: [{ order: 'desc' }, {}] }],
    ['project-rename a = b', { op: 'project', mode: 'project-rename' }],
    ['summarize by a', { op: 'summarize', measures: [], by: [{}] }],
    ['summarize count()', { op: 'summarize', measures: [{}], by: undefined }],
    [
      'summarize hint.strategy = shuffle arg_max(t, *), n = count() by a, bin(t, 1h)',
      {
        op: 'summarize',
        parameters: [{ name: 'hint.strategy', value: name('shuffle') }],
        measures: [{}, {}],
        by: [{}, {}],
      },
    ],
    [
      'join kind = leftanti (U | take 1) on a, $left.b == $right.c',
      { op: 'join', spelling: 'join', parameters: [{ name: 'kind', value: name('leftanti') }], on: [{}, {}] },
    ],
    [
      'join kind=inner hint.strategy = broadcast U on a',
      { op: 'join', right: { source: { source: 'table', name: { name: 'U' } }, operators: [] }, on: [name('a')] },
    ],
    ['join (U)', { op: 'join', on: [] }],
    ['lookup kind=leftouter U on a', { op: 'join', spelling: 'lookup' }],
    ['union U, (V | take 1)', { op: 'union', inputs: [{}, { source: { source: 'parenthesised' } }] }],
    ['mv-expand bagexpansion=array a', { op: 'mv-expand', parameters: [{ name: 'bagexpansion' }], columns: [{}] }],
    [
      'mvexpand b = f(a) to typeof(string) limit 10',
      { op: 'mv-expand', spelling: 'mvexpand', columns: [{ toType: 'string' }] },
    ],
    ['mv-apply a on (where a > 1 | take 1)', { op: 'mv-apply', operators: [{ op: 'where' }, { op: 'take' }] }],
    ['evaluate bag_unpack(a)', { op: 'evaluate', call: { kind: 'call', name: { name: 'bag_unpack' } } }],
    ['evaluate f(a) : (*, b: long)', { op: 'evaluate', schema: { rest: true, columns: [{ type: 'long' }] } }],
    [
      'parse kind=regex flags=iU a with * "x" b: long " " c',
      {
        op: 'parse',
        spelling: 'parse',
        parameters: [{ name: 'kind' }, { name: 'flags', value: name('iU') }],
        items: [
          { item: 'star' },
          { item: 'text' },
          { item: 'column', type: 'long' },
          { item: 'text' },
          { item: 'column' },
        ],
      },
    ],
    ['parse-where a with b', { op: 'parse', spelling: 'parse-where' }],
    ['parse-kv a as (b: string) with (kv_delimiter="=")', { op: 'parse-kv', columns: [{}], properties: [{}] }],
    ['sort by a, b asc nulls last', { op: 'sort', by: [{ value: name('a') }, { order: 'asc', nulls: 'last' }] }],
    ['order by a', { op: 'sort', spelling: 'order' }],
    ['top 5 by a desc', { op: 'top', by: [{ order: 'desc' }] }],
    ['limit 5', { op: 'take', spelling: 'limit' }],
    ['distinct *', { op: 'distinct', columns: [{ value: { kind: 'star' } }] }],
    ['count', { op: 'count' }],
    ['count as n', { op: 'count', as: { name: 'n' } }],
    [
      'make-series n = count() default=0 on t from a to b step 1h by c',
      { op: 'make-series', inRange: false, by: [{}] },
    ],
    ['make-series avg(x) on t in range(a, b, 1d)', { op: 'make-series', inRange: true, from: name('a') }],
    ['serialize n = row_number()', { op: 'serialize', columns: [{}] }],
    ['invoke f(1)', { op: 'invoke', call: { kind: 'call' } }],
    ['as hint.materialized=true x', { op: 'as', name: { name: 'x' } }],
    ['getschema', { op: 'getschema' }],
    ['render timechart', { op: 'render', chart: 'timechart', properties: [] }],
    [
      'render columnchart with (title="x", ycolumns=a, b)',
      { op: 'render', properties: [{ name: 'title' }, { name: 'ycolumns' }] },
    ],
    ['search in (A, B*) "x"', { op: 'search', tables: [{ wildcard: false }, { wildcard: true }] }],
    ['top-nested 3 of a by count()', { op: 'top-nested', text: 'top-nested 3 of a by count()' }],
    ['sample-distinct 5 of a', { op: 'sample-distinct' }],
    // Read as operators, and no further.
    ['partition by a (top 1 by b)', { op: 'other', name: 'partition', text: 'partition by a (top 1 by b)' }],
    ['scan with (step s: a == 1;)', { op: 'other', name: 'scan' }],
    ['reduce by a', { op: 'other', name: 'reduce' }],
    ['fork (count) (take 1)', { op: 'other', name: 'fork' }],
    ['graph-match (a)-[b]->(c) project a.x', { op: 'other', name: 'graph-match' }],
    // An assignment where a value belongs is no predicate.
    ['where a = 1', { op: 'other', name: 'where', text: 'where a = 1' }],
  ])('%s', (text, expected) => {
    const operators = operatorsOf(`T | ${text}`);
    expect(operators).toHaveLength(1);
    expect(operators[0]).toMatchObject(expected);
  });

  it.each<[string, object]>([
    ['T', { source: 'table', name: { name: 'T', bracketed: false }, wildcard: false }],
    ["['a b']", { source: 'table', name: { name: 'a b', bracketed: true } }],
    ['union isfuzzy=true A, B* | take 1', { source: 'operator', operator: { op: 'union' } }],
    ['search "x"', { source: 'operator', operator: { op: 'search' } }],
    ['find where a == 1', { source: 'operator', operator: { op: 'find', text: 'find where a == 1' } }],
    ['(T | take 1) | take 2', { source: 'parenthesised' }],
    ['cluster("c").database("d").T', { source: 'expression', expression: { kind: 'member' } }],
    ['f(1) | take 1', { source: 'expression', expression: { kind: 'call' } }],
    ['range x from 1 to 10 step 1', { source: 'range', column: { name: 'x' } }],
    ['print a = 1', { source: 'print', columns: [{ names: [{ name: 'a' }] }] }],
    ['datatable (a: string, b: long) ["x", -1,]', { source: 'datatable', columns: [{}, {}], values: [{}, {}] }],
    [
      "externaldata (a: string) [h@'https://x'] with (format='csv', ignoreFirstRecord=true)",
      { source: 'externaldata', uris: [{}], properties: [{ name: 'format' }, { name: 'ignoreFirstRecord' }] },
    ],
  ])('the source %s', (text, expected) => {
    const [statement] = treeOf(text).statements;
    expect(statement?.statement === 'query' && statement.query.source).toMatchObject(expected);
  });

  it.each<[string, object]>([
    ['let a = 1d;', { value: { value: 'expression', expression: { kind: 'literal' } } }],
    ['let a = T;', { value: { value: 'expression', expression: { kind: 'name' } } }],
    ['let a = T | take 1;', { value: { value: 'query', query: { operators: [{ op: 'take' }] } } }],
    ['let a = (T | take 1);', { value: { value: 'query', query: { source: { source: 'parenthesised' } } } }],
    ['let a = materialize(T | take 1);', { value: { value: 'expression', expression: { kind: 'call' } } }],
    ['let a = datatable (x: long) [1];', { value: { value: 'query' } }],
    [
      'let a = (t: (x: string, y: long), n: long = 5) { t | take n };',
      {
        value: {
          value: 'function',
          view: false,
          parameters: [{ type: { columns: [{}, {}] } }, { type: 'long', default: {} }],
        },
      },
    ],
    ['let a = view () { T };', { value: { value: 'function', view: true, parameters: [], body: { kind: 'name' } } }],
    [
      'let a = (t: (*)) { let x = 1; t | take x; };',
      { value: { parameters: [{ type: { columns: '*' } }], statements: [{}] } },
    ],
  ])('%s', (text, expected) => {
    expect(treeOf(text).statements[0]).toMatchObject({ statement: 'let', name: { name: 'a' }, ...expected });
  });

  it.each<[string, object]>([
    [
      'declare query_parameters(p: timespan = 14d, type: string = "x");',
      { statement: 'declare', parameters: [{}, {}] },
    ],
    ['set notruncation;', { statement: 'set', name: 'notruncation' }],
    ['set a = 1;', { statement: 'set', value: {} }],
    ['alias database a = cluster("c").database("d");', { statement: 'alias' }],
    ['restrict access to (T, U*);', { statement: 'restrict', text: 'restrict access to (T, U*)' }],
  ])('%s', (text, expected) => {
    expect(treeOf(text).statements[0]).toMatchObject(expected);
  });
});

describe('warnings', () => {
  it('say that an assignment is no predicate, which only the query engine refuses', () => {
    const query = 'T | where EventID = 4688 | take 1';
    const { query: tree, diagnostics } = parseKql(wholeFile(query));
    expect(tree).toBeDefined();
    expect(diagnostics).toMatchObject([{ code: 'kql/single-equals', severity: 'warning' }]);
    expect(query.slice(diagnostics[0]?.span.start, diagnostics[0]?.span.end)).toBe('EventID = 4688');
  });

  it('are absent from correct queries', () => {
    expect(parseKql(wholeFile('T | where EventID == 4688 | extend a = 1')).diagnostics).toEqual([]);
  });
});

describe('positions', () => {
  it('are offsets in the file, through the indentation of a YAML block', () => {
    const query = 'T // tables\n| where Aa == 1\n    and Bb has "x"\n| project Cc\n';
    const indented = query.replaceAll(/^(?=.)/gm, '    ');
    const file = `query: |\n${indented}`;
    const segments: SourceSegment[] = [];
    let embedded = 0;
    for (const line of query.split('\n').slice(0, -1)) {
      const at = 'query: |\n'.length + segments.length * 4 + 4 + embedded;
      segments.push({ embedded, file: at });
      embedded += line.length + 1;
    }
    const { query: tree } = parseKql({ text: query, segments });
    const seen: [string, string][] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('kind' in value && value.kind === 'name' && 'span' in value && 'name' in value) {
        const span = value.span as { start: number; end: number };
        seen.push([String(value.name), file.slice(span.start, span.end)]);
      }
      Object.values(value).forEach(walk);
    };
    walk(tree);
    expect(seen).toEqual(['Aa', 'Bb', 'Cc'].map((one) => [one, one]));
    expect(tree?.comments.map(({ span, ownLine }) => [file.slice(span.start, span.end), ownLine])).toEqual([
      ['// tables', false],
    ]);
    const statement = tree?.statements[0];
    expect(statement && file.slice(statement.span.start, statement.span.end)).toBe(indented.trim());
  });

  it('cover a chain from its first operand to its last', () => {
    const query = 'T | where a == 1 and (b) and c in (1, 2)';
    const [statement] = treeOf(query).statements;
    const operator = statement?.statement === 'query' ? statement.query.operators[0] : undefined;
    if (operator?.op !== 'where') throw new Error('no where');
    expect(query.slice(operator.predicate.span.start, operator.predicate.span.end)).toBe(
      'a == 1 and (b) and c in (1, 2)',
    );
  });
});
