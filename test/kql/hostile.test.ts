import { describe, expect, it } from 'vitest';
import { parseKql } from '../../src/kql/parse.ts';
import { printKql, printPipeline } from '../../src/kql/print.ts';
import { wholeFile } from '../../src/source.ts';

const many = 100_000;

/** Texts made to hurt, and the code they must get. Generous in time: the machine may be busy. */
const refused: readonly (readonly [name: string, text: string, code: string])[] = [
  ['opening parentheses', '('.repeat(many), 'too-deep'],
  ['nested parentheses', `print ${'('.repeat(many)}1${')'.repeat(many)}`, 'too-deep'],
  ['nested brackets', `print dynamic(${'['.repeat(many)}`, 'too-deep'],
  ['piped operators', `T${' | take 1'.repeat(many)}`, 'too-long'],
  ['pipes', 'T' + '|'.repeat(50_000), 'too-long'],
  ['a few pipes', 'T' + '|'.repeat(400), 'misplaced-pipe'],
  ['more operators than anybody writes', `T${' | take 1'.repeat(501)}`, 'too-long'],
  ['operands of and', `T | where a${' and a'.repeat(many)}`, 'too-long'],
  ['a sum', `print 1${'+1'.repeat(10_000)}`, 'too-long'],
  ['a path', `print a${'.a'.repeat(10_000)}`, 'too-long'],
  ['comparisons', `print a${' == a'.repeat(9000)}`, 'repeated-comparison'],
  ['signs', `print ${'-'.repeat(10_000)}1`, 'syntax'],
  ['semicolons', ';'.repeat(10_000), 'syntax'],
  ['stars', `print ${'*'.repeat(10_000)}`, 'syntax'],
  ['backslashes', `print "${'\\'.repeat(1_000_000)}`, 'unterminated-string'],
  ['open strings', '"a\n'.repeat(10_000), 'unterminated-string'],
  ['open literals', `print ${'datetime('.repeat(50_000)}`, 'unterminated-literal'],
  ['megabytes', `print "${'x'.repeat(3_000_000)}"`, 'too-long'],
  [
    'a great many characters',
    Array.from({ length: 10_000 }, (_, code) => String.fromCharCode(code)).join(''),
    'unexpected-character',
  ],
  ['half characters', 'print \ud800\udc00\ud800', 'unexpected-character'],
];

const accepted: readonly (readonly [name: string, text: string])[] = [
  ['a million blanks', ' '.repeat(1_000_000) + 'T'],
  ['a long string', `print "${'x'.repeat(1_000_000)}"`],
  ['a long number', `print ${'1'.repeat(100_000)}`],
  ['many comments', '// x\n'.repeat(20_000) + 'T'],
  ['many adjacent strings', `print ${'"a" '.repeat(15_000)}`],
  ['four thousand operands of or', `T | where a == 0${' or a == 1'.repeat(4000)}`],
  ['a list of nine thousand', `T | where a in (${Array.from({ length: 9000 }, (_, at) => `"v${at}"`).join(',')})`],
  ['five hundred operators', `T${' | where a == 1'.repeat(500)}`],
  ['a sum of four hundred', `print 1${'+1'.repeat(400)}`],
  ['a path of four hundred', `print a${'.a[0]'.repeat(200)}`],
];

describe('hostile queries', () => {
  it.each(refused)('%s', (_name, text, code) => {
    const { query, diagnostics } = parseKql(wholeFile(text));
    expect(query).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([`kql/${code}`]);
  });

  it.each(accepted)('%s', (_name, text) => {
    const { query } = parseKql(wholeFile(text));
    if (query === undefined) throw new Error('refused');
    expect(parseKql(wholeFile(printKql(query))).query).toBeDefined();
    for (const statement of query.statements) {
      if (statement.statement === 'query') expect(printPipeline(statement.query).length).toBeGreaterThan(0);
    }
  });

  it.each<[string, (depth: number) => string]>([
    ['parentheses', (depth) => `print ${'('.repeat(depth)}1${')'.repeat(depth)}`],
    ['calls', (depth) => `print ${'f(a = '.repeat(depth)}1${')'.repeat(depth)}`],
    ['joins', (depth) => `${'T | join ('.repeat(depth)}T${') on a'.repeat(depth)}`],
    ['lists', (depth) => `T | where ${'a in (T | where '.repeat(depth)}b${')'.repeat(depth)}`],
    ['functions', (depth) => `${'let f = () { '.repeat(depth)}T${' }; f()'.repeat(depth)}`],
    ['dynamic literals', (depth) => `print dynamic(${'['.repeat(depth - 1)}${']'.repeat(depth - 1)})`],
    ['scalars', (depth) => `print ${'toscalar(print '.repeat(depth)}1${')'.repeat(depth)}`],
  ])('reads and prints %s nested forty deep, and refuses a hundred and one', (_name, nest) => {
    const { query } = parseKql(wholeFile(nest(40)));
    if (query === undefined) throw new Error('refused');
    expect(parseKql(wholeFile(printKql(query))).query).toBeDefined();
    expect(parseKql(wholeFile(nest(101))).diagnostics[0]?.code).toBe('kql/too-deep');
  });

  it('takes time in proportion to the text', () => {
    const time = (count: number): number => {
      const text = `T | where ${'a has "x" and '.repeat(count)}b`;
      const start = performance.now();
      parseKql(wholeFile(text));
      return performance.now() - start;
    };
    time(600);
    const [short, long] = [time(600), time(4800)];
    // Eight times the text: quadratic would be 64 times the time. The margin is for a busy machine.
    expect(long / short).toBeLessThan(40);
  });
});
