import { describe, expect, it } from 'vitest';
import type { Literal } from '../../src/kql/ast.ts';
import { expressionOf, grouping } from './trees.ts';

describe('expressions', () => {
  it.each([
    // Precedence, loosest first: or, and, equality and lists, order, sums, products, string operators, signs.
    ['a or b and c', '(or a (and b c))'],
    ['a and b or c', '(or (and a b) c)'],
    ['a == b and c != d', '(and (== a b) (!= c d))'],
    ['a < b == c', '(== (< a b) c)'],
    ['a + b < c - d', '(< (+ a b) (- c d))'],
    ['a - b - c', '(- (- a b) c)'],
    ['a + b * c', '(+ a (* b c))'],
    ['a / b % c', '(% (/ a b) c)'],
    ['a * b has c', '(* a (has b c))'],
    ['a + b has "x" == true', '(== (+ a (has b "x")) true)'],
    ['-a * b', '(* (- a) b)'],
    ['-a.b', '(- a.b)'],
    ['a - -1', '(- a (- 1))'],
    ['a in (1, 2) and b', '(and (in a 1 2) b)'],
    ['a + 1 in (1)', '(in (+ a 1) 1)'],
    ['a !in~ (b)', '(!in~ a b)'],
    ['a has_any ("x", y)', '(has_any a "x" y)'],
    ['a between (1 .. 2 + 3) and b', '(and (between a 1 (+ 2 3)) b)'],
    ['a !between (b .. c)', '(!between a b c)'],
    ['a matches regex @"\\d" or b', '(or (matches regex a @"\\d") b)'],
    ['a <> b', '(<> a b)'],
    ['* has "x"', '(has * "x")'],
    ['a : "x"', '(: a "x")'],
    ['a has("x")', '(has a ["x"])'],
    // Chains of and/or are balanced; three operands lean to the left.
    ['a and b and c', '(and (and a b) c)'],
    ['a or b or c or d', '(or (or a b) (or c d))'],
    ['(a or b) or c', '(or [(or a b)] c)'],
    // Paths.
    ['a.b.c', 'a.b.c'],
    ['a[0].b', 'a[0].b'],
    ['a.[0].["x"]', 'a.[0].["x"]'],
    ["a['x']['y']", "a['x']['y']"],
    ['a[-1]', 'a[(- 1)]'],
    ['f(x).y[0]', 'f{x}.y[0]'],
    ['cluster("c").database("d")', 'cluster{"c"}.database{"d"}'],
    // Calls.
    ['f()', 'f{}'],
    ['f(a, b = c, *)', 'f{a b=c *}'],
    ['arg_max(t, *)', 'arg_max{t *}'],
    ['count()', 'count{}'],
    ['range(1, 2)', 'range{1 2}'],
    ['["f g"](1)', 'f g{1}'],
    // Words of operators as names.
    ['kind', 'kind'],
    ['type == id and access', '(and (== type id) access)'],
    ['$left.a == $right.b', '(== $left.a $right.b)'],
    // Queries as values.
    ['a in (T | project x)', '(in a <project>)'],
    ['a in ((T | project x))', '(in a [<project>])'],
    ['a in (T)', '(in a T)'],
    ['toscalar(T | count)', 'toscalar{<count>}'],
    ['toscalar(T)', 'toscalar{<>}'],
    ['datatable (a: long) [1]', 'datatable'],
  ])('%s groups as %s', (text, expected) => {
    expect(grouping(expressionOf(text))).toBe(expected);
  });

  it.each([
    ['"a\\tb\\"\\\\"', 'a\tb"\\'],
    ["'it''s'", 'its'],
    ["'\\u0041\\x42\\103'", 'ABC'],
    ['@"c:\\temp ""x"""', 'c:\\temp "x"'],
    ["@'c:\\temp ''x'''", "c:\\temp 'x'"],
    ['h"secret"', 'secret'],
    ["H@'a\\b'", 'a\\b'],
    ['```a\n"b" \\n```', 'a\n"b" \\n'],
    ['~~~a`b~~~', 'a`b'],
    ['"a" "b"\n\'c\'', 'abc'],
    ['"NTDS.out" "DumpExt.dll"', 'NTDS.outDumpExt.dll'],
    ['"–”“"', '–”“'],
    ['"// no comment"', '// no comment'],
    ['"a|b;c"', 'a|b;c'],
  ])('the string %s is %j', (text, value) => {
    const expression = expressionOf(text);
    expect(expression).toMatchObject({ kind: 'literal', literal: { type: 'string', value } });
  });

  const day = 86_400_000;
  it.each<[string, Partial<Literal>]>([
    ['1', { type: 'long', value: 1n }],
    ['0x1F', { type: 'long', value: 31n }],
    ['9007199254740993', { type: 'long', value: 9007199254740993n }],
    ['long(-5)', { type: 'long', value: -5n }],
    ['int(7)', { type: 'int', value: 7n }],
    ['1.5', { type: 'real', value: 1.5 }],
    ['1e3', { type: 'real', value: 1000 }],
    ['real(-2.5)', { type: 'real', value: -2.5 }],
    ['double(+inf)', { type: 'real', value: Infinity }],
    ['decimal(0.1)', { type: 'decimal', value: 0.1 }],
    ['true', { type: 'bool', value: true }],
    ['FALSE', { type: 'bool', value: false }],
    ['bool(1)', { type: 'bool', value: true }],
    ['1d', { type: 'timespan', value: day }],
    ['1.5h', { type: 'timespan', value: day / 16 }],
    ['30min', { type: 'timespan', value: 1_800_000 }],
    ['10m', { type: 'timespan', value: 600_000 }],
    ['15sec', { type: 'timespan', value: 15_000 }],
    ['5ms', { type: 'timespan', value: 5 }],
    ['3micros', { type: 'timespan', value: 0.003 }],
    ['1tick', { type: 'timespan', value: 0.0001 }],
    ['time(0s)', { type: 'timespan', value: 0 }],
    ['timespan(08:00:00)', { type: 'timespan', value: 28_800_000 }],
    ['time(1.02:03:04.5)', { type: 'timespan', value: day + 7_384_500 }],
    ['timespan(-12:30)', { type: 'timespan', value: -45_000_000 }],
    ['time(2)', { type: 'timespan', value: 2 * day }],
    ['datetime(2024-01-31)', { type: 'datetime', value: Date.UTC(2024, 0, 31) }],
    ['datetime(2024-01-31T12:30:00Z)', { type: 'datetime', value: Date.UTC(2024, 0, 31, 12, 30) }],
    ['datetime(2024-01-31 12:30:00.1234567)', { type: 'datetime', value: Date.UTC(2024, 0, 31, 12, 30) + 123.4567 }],
    ['datetime(2024-01-31T12:30:00+02:00)', { type: 'datetime', value: Date.UTC(2024, 0, 31, 10, 30) }],
    ['date(2015)', { type: 'datetime', value: Date.UTC(2015, 0, 1) }],
    ['datetime("12/31/2023 11:59 PM")', { type: 'datetime', value: Date.UTC(2023, 11, 31, 23, 59) }],
    ['datetime(Sat, 8 Nov 14 15:05:02 GMT)', { type: 'datetime', value: Date.UTC(2014, 10, 8, 15, 5, 2) }],
    ['datetime(now)', { type: 'datetime', value: 'now' }],
    ['guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)', { type: 'guid', value: '74be27de-1e4e-49d9-b579-fe0b331d3642' }],
    ['long(null)', { type: 'null', of: 'long' }],
    ['datetime(null)', { type: 'null', of: 'datetime' }],
    ['dynamic(null)', { type: 'null', of: 'dynamic' }],
    ['dynamic(["a", 1, -2.5, true, null])', { type: 'dynamic', value: ['a', 1, -2.5, true, null] }],
    ['dynamic({"a": {"b": []}})', { type: 'dynamic', value: { a: { b: [] } } }],
    ['dynamic("x")', { type: 'dynamic', value: 'x' }],
  ])('the literal %s', (text, literal) => {
    expect(expressionOf(text)).toMatchObject({ kind: 'literal', literal: { ...literal, text } });
  });

  it('keeps keys that are special in JavaScript as keys', () => {
    const expression = expressionOf('dynamic({"__proto__": 1})');
    const value =
      expression.kind === 'literal' && expression.literal.type === 'dynamic' ? expression.literal.value : {};
    expect(Object.keys(Object(value) as object)).toEqual(['__proto__']);
  });

  it('takes a time of day in datetime() for a call, because it depends on the day', () => {
    expect(expressionOf('datetime("8:00:00 AM")')).toMatchObject({
      kind: 'call',
      name: { name: 'datetime' },
      args: [{ value: { literal: { value: '8:00:00 AM' } } }],
    });
  });

  it('builds a balanced tree of five thousand operands', () => {
    const depth = (expression: ReturnType<typeof expressionOf>): number =>
      expression.kind === 'binary' && expression.operator === 'or'
        ? 1 + Math.max(depth(expression.left), depth(expression.right))
        : 0;
    expect(depth(expressionOf(Array.from({ length: 5000 }, (_, at) => `a == ${at}`).join(' or ')))).toBe(13);
  });
});
