import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { Document, parse, parseAllDocuments, Scalar } from 'yaml';
import { readRule } from '../../src/rule/read.ts';
import type { SentinelRule } from '../../src/rule/types.ts';
import { SourceFile, toFileOffset } from '../../src/source.ts';
import { findMismatch } from './faithful-mapping.ts';

const SEED = 20_240_611;

function readOnly(path: string, text: string): SentinelRule | undefined {
  const { entries } = readRule(new SourceFile(path, text));
  return entries.length === 1 ? entries[0]?.rule : undefined;
}

/** Text as it occurs in queries: words, operators, quotes, escapes, indentation, tabs, empty lines, all of Unicode. */
const queryText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'SecurityEvent',
        '| where x == "a"',
        "'b'",
        '\\',
        '"',
        "'",
        "''",
        ' ',
        '  ',
        '\t',
        '\n',
        '\n\n',
        '\n  ',
      ),
      fc.constantFrom(
        '// c',
        '#',
        ': ',
        '- ',
        '{',
        '[',
        '%',
        '@"c:\\d"',
        '\u{1f600}',
        'ä',
        '\u2028',
        '\u0085',
        '&',
        '*',
        '|',
        '>',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => `T${parts.join('')}`.replace(/[\r\0]/g, ''));

describe('the text of a query and the way back to the file', () => {
  const styles = [
    Scalar.BLOCK_LITERAL,
    Scalar.BLOCK_FOLDED,
    Scalar.PLAIN,
    Scalar.QUOTE_SINGLE,
    Scalar.QUOTE_DOUBLE,
  ] as const;

  for (const style of styles) {
    test.prop([queryText, fc.boolean(), fc.integer({ min: 20, max: 90 })], { seed: SEED, numRuns: 400 })(
      `${style}: what the YAML library writes is read back, and every character is found in the file`,
      (query, crlf, lineWidth) => {
        const scalar = new Scalar(query);
        scalar.type = style;
        const written = new Document({ name: 'n', query: scalar, version: '1.0.0' }).toString({ lineWidth });
        // The library's writer misplaces a fold now and then.
        fc.pre((parse(written) as { query: unknown }).query === query);
        const text = crlf ? written.replaceAll('\n', '\r\n') : written;
        const rule = readOnly('r.yaml', text);
        expect(rule?.query.text).toBe(query);
        expect(rule?.version?.value).toBe('1.0.0');
        expect(rule && findMismatch(rule.query, text)).toBeUndefined();
      },
    );
  }

  test.prop([queryText, fc.constantFrom(undefined, 2, '\t'), fc.boolean()], { seed: SEED, numRuns: 400 })(
    'JSON: what JSON.stringify writes is read back, also with every character escaped',
    (query, indent, escapeAll) => {
      const value = escapeAll ? `"${escapeEveryUnit(query)}"` : JSON.stringify(query);
      const [gap, end] = indent === undefined ? [' ', ''] : [indent === 2 ? '\n  ' : '\n\t', '\n'];
      const text = `{${gap}"name": "n",${gap}"query": ${value}${end}}`;
      const rule = readOnly('r.json', text);
      expect(rule?.query.text).toBe(query);
      expect(rule && findMismatch(rule.query, text)).toBeUndefined();
    },
  );

  function escapeEveryUnit(text: string): string {
    return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }

  /** Raw sources, also such as no program writes, are read as the YAML library reads them. */
  const line = fc.tuple(
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom('', 'T', 'a b', '\tc', '# d', 'e ', ' ', '\u{1f600}'),
  );
  const blockSource = fc
    .tuple(
      fc.constantFrom('|', '>'),
      fc.constantFrom('', '-', '+', '2', '2-', '+1', '3'),
      fc.constantFrom('', ' ', ' # remark'),
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
    )
    .map(([mode, header, tail, lines, end, closed]) => {
      const body = lines.map(([indent, content]) => ' '.repeat(indent) + content).join(end);
      return `query: ${mode}${header}${tail}${end}${body}${closed ? `${end}name: n${end}` : ''}`;
    });
  const flowPart = fc.constantFrom(
    'T',
    'a',
    ' ',
    '  ',
    '\t',
    '\n  ',
    '\r\n  ',
    '\n\n  ',
    '\n \t\n  ',
    "''",
    "'",
    '"',
    '\\n',
    '\\"',
    '\\\\',
    '\\\n  ',
    '\\\r\n  ',
    '\\x41',
    '\\u00e4',
    '\\U0001F600',
    '\\/',
    '\\ ',
    '\\\t',
    '#',
    ':',
    ',',
  );
  const flowSource = fc
    .tuple(fc.constantFrom('', "'", '"'), fc.array(flowPart, { maxLength: 14 }), fc.constantFrom('', '\nname: n\n'))
    .map(([quote, parts, tail]) => `query: ${quote}T${parts.join('')}${quote}${tail}`);

  for (const [name, source] of Object.entries({ block: blockSource, flow: flowSource })) {
    test.prop([source], { seed: SEED, numRuns: 3000 })(`a raw ${name} scalar`, (text) => {
      const documents = parseAllDocuments(text);
      const [document] = 'empty' in documents ? [] : documents;
      fc.pre(document !== undefined && documents.length === 1 && document.errors.length === 0);
      const wanted: unknown = document.get('query');
      fc.pre(typeof wanted === 'string');
      const rule = readOnly('r.yaml', text);
      if (rule === undefined) {
        expect(wanted).toMatch(/^[\s]*$/);
        return;
      }
      expect(rule.query.text).toBe(wanted);
      expect(findMismatch(rule.query, text)).toBeUndefined();
    });
  }
});

describe('places in the file', () => {
  test.each([
    ['literal', 'name: n\nquery: |\n    SecurityEvent\n      | where A == 1\n', 'where'],
    ['literal with Windows line ends', 'name: n\r\nquery: |\r\n  SecurityEvent\r\n  | where A == 1\r\n', 'where'],
    ['literal with indentation indicator', 'query: |2-\n     SecurityEvent\n   | where A == 1', 'where'],
    ['folded', 'query: >\n  SecurityEvent\n  | where A == 1\n\n  | take 5\n', 'take'],
    ['plain over two lines', 'query: SecurityEvent\n  | where A == 1\n', 'where'],
    ['single quoted', "query: 'SecurityEvent | where A == ''x'' and B'\n", 'and'],
    ['double quoted', 'query: "SecurityEvent\\n| where A == \\"x\\" and B"\n', 'and'],
    ['through an alias', 'description: &q SecurityEvent | where A\nquery: *q\n', 'where'],
    ['after a byte order mark', '\uFEFFquery: |\n  SecurityEvent\n  | where A == 1\n', 'where'],
    ['with old line ends', 'query: |\r  SecurityEvent\r  | where A == 1\r', 'where'],
  ])('%s', (_name, text, word) => {
    const rule = readOnly('r.yaml', text);
    const offset = rule?.query.text.indexOf(word) ?? -1;
    expect(offset).toBeGreaterThan(0);
    expect(rule && toFileOffset(rule.query, offset)).toBe(text.indexOf(word));
  });

  test.each([
    ['after an escape', 'query: "T == \\"x\\""\n', 'query: "T == \\"x\\"'.length],
    ['after a doubled quote', "query: 'T == ''x'''\n", "query: 'T == ''x''".length],
    ['after a word', 'query: T | take 1 # one\n', 'query: T | take 1'.length],
    ['of a literal block', 'query: |\n  T\n\nname: n\n', 'query: |\n  T\n'.length],
  ])('the end of the text, %s', (_name, text, end) => {
    const rule = readOnly('r.yaml', text);
    expect(rule && toFileOffset(rule.query, rule.query.text.length)).toBe(end);
  });
});
