import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Diagnostic, Note } from '../../src/diagnostic.ts';
import { renderDiagnostic } from '../../src/report/code-frame.ts';
import { escapeControls, textWidth } from '../../src/report/terminal.ts';
import { NO_SPAN, SourceFile } from '../../src/source.ts';
import type { Span } from '../../src/source.ts';

function diagnosticAt(span: Span, hint?: string): Diagnostic {
  return {
    code: 'kql/unknown-function',
    severity: 'error',
    message: 'No such function.',
    span,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The frame around `[marked]` in a text, without its heading. */
function frame(text: string, width = 60): string {
  const start = text.indexOf('⟦');
  const end = text.indexOf('⟧') - 1;
  const file = new SourceFile('rule.yaml', text.replace(/[⟦⟧]/g, ''));
  return renderDiagnostic(file, diagnosticAt({ start, end }), { color: false, width }).split('\n').slice(1).join('\n');
}

describe('a diagnostic', () => {
  const file = new SourceFile('rules/a.yaml', 'name: x\nquery: T | where foo(A)\n');

  test('has a heading, the line, an underline and a hint', () => {
    const start = file.text.indexOf('foo');
    expect(
      renderDiagnostic(file, diagnosticAt({ start, end: start + 3 }, 'Did you mean hash?'), { color: false }),
    ).toBe(
      [
        'rules/a.yaml:2:18 error kql/unknown-function No such function.',
        '  2 | query: T | where foo(A)',
        '    |                  ^^^',
        '    = hint: Did you mean hash?',
      ].join('\n'),
    );
  });

  test('of an output says its effect', () => {
    const note: Note = { code: 'sigma/case', effect: 'wider', message: 'Case is lost.', span: { start: 8, end: 13 } };
    expect(renderDiagnostic(file, note, { color: false }).split('\n')[0]).toBe(
      'rules/a.yaml:2:1 wider sigma/case Case is lost.',
    );
  });

  test('without a place has the path alone', () => {
    expect(renderDiagnostic(file, diagnosticAt(NO_SPAN), { color: false })).toBe(
      'rules/a.yaml error kql/unknown-function No such function.',
    );
  });

  test('has colours only when asked', () => {
    const start = file.text.indexOf('foo');
    const plain = renderDiagnostic(file, diagnosticAt({ start, end: start + 3 }), { color: false });
    const colored = renderDiagnostic(file, diagnosticAt({ start, end: start + 3 }), { color: true });
    expect(colored).toContain('\x1b[31merror\x1b[39m');
    // eslint-disable-next-line no-control-regex
    expect(colored.replace(/\x1b\[\d+m/g, '')).toBe(plain);
  });

  test('cannot write to the terminal what the rule holds', () => {
    const evil = '\x1b]0;owned\x07\u202e\n\x9b31m';
    const hostile = new SourceFile(`a${evil}.yaml`, `query: "${evil}"`);
    const diagnostic: Diagnostic = { ...diagnosticAt({ start: 7, end: 20 }, evil), message: evil, code: 'rule/x' };
    const rendered = renderDiagnostic(hostile, diagnostic, { color: false });
    // eslint-disable-next-line no-control-regex
    expect(rendered).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    expect(rendered.split('\n')[0]).toContain('\\e]0;owned\\x07\\u{202e}\\n\\x9b31m');
  });
});

describe('source lines', () => {
  test.each([
    ['a tab', 'x\n\t⟦foo⟧ y', ['  2 |   foo y', '    |   ^^^']],
    ['wide characters before', '日本 ⟦foo⟧', ['  1 | 日本 foo', '    |      ^^^']],
    ['a wide character', '日⟦本⟧', ['  1 | 日本', '    |   ^^']],
    ['a combining mark', 'e\u0301⟦f⟧', ['  1 | e\u0301f', '    |  ^']],
    ['an escaped character before', '\x1b[1m⟦foo⟧', ['  1 | \\e[1mfoo', '    |      ^^^']],
    ['nothing, inside a line', 'ab⟦⟧cd', ['  1 | abcd', '    |   ^']],
    ['nothing, at the end of a line', 'ab⟦⟧\ncd', ['  1 | ab', '    |   ^']],
    ['a line break', 'ab⟦\n⟧cd', ['  1 | ab', '    |   ^']],
    ['up to a line break', '⟦ab\n⟧cd', ['  1 | ab', '    | ^^']],
    ['an empty line', 'ab\n⟦\n⟧cd', ['  2 |', '    | ^']],
    ['the end of the file', 'ab\n⟦⟧', ['  2 |', '    | ^']],
    ['two lines', 'a ⟦b\n  c⟧ d', ['  1 | a b', '    |   ^', '  2 |   c d', '    |   ^']],
    ['two lines with Windows ends', 'a ⟦b\r\nc⟧ d', ['  1 | a b', '    |   ^', '  2 | c d', '    | ^']],
    ['a blank line inside', '⟦a\n\nb⟧', ['  1 | a', '    | ^', '  2 |', '  3 | b', '    | ^']],
    [
      'five lines',
      '⟦a\nb\nc\nd\ne⟧',
      ['  1 | a', '    | ^', '  2 | b', '    | ^', '  3 | c', '    | ^', '... |', '  5 | e', '    | ^'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(frame(text).split('\n')).toEqual(expected);
  });

  test.each([
    ['in the middle', `${'a'.repeat(99)} ⟦foo⟧ ${'b'.repeat(99)}`],
    ['at the end', `${'a'.repeat(99)} ⟦foo⟧`],
    ['at the start', `⟦foo⟧ ${'b'.repeat(99)}`],
    ['in a line of a megabyte', `${'a'.repeat(500_000)} ⟦foo⟧ ${'b'.repeat(500_000)}`],
  ])('a long line is cut around a span %s', (_name, text) => {
    const [line = '', carets = ''] = frame(text).split('\n');
    expect(textWidth(line)).toBeLessThanOrEqual(60);
    expect(textWidth(line)).toBeGreaterThan(50);
    const at = carets.indexOf('^');
    expect(line.slice(at, at + 3)).toBe('foo');
    expect(carets.trimEnd().slice(at)).toBe('^^^');
    expect(line.includes('…')).toBe(true);
  });

  test('line numbers of any length keep the bars in one column', () => {
    expect(frame(`${'x\n'.repeat(12_344)}⟦foo⟧`).split('\n')).toEqual(['12345 | foo', '      | ^^^']);
  });

  const source = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '\n',
          '\r\n',
          '\t',
          ' ',
          'where',
          '日本',
          '\x1b[2J',
          '\u202e',
          '\u{1f600}',
          'e\u0301',
          '\ud800',
        ),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));
  property.prop([source, fc.nat(200), fc.nat(100), fc.integer({ min: 40, max: 90 })], { seed: 11, numRuns: 2_000 })(
    'any span of any text: nothing unprintable, nothing too wide, and the underline under the span',
    (text, from, length, width) => {
      const file = new SourceFile('a', text);
      const start = Math.min(from, text.length);
      const end = Math.min(start + length, text.length);
      const rendered = renderDiagnostic(file, diagnosticAt({ start, end }), { color: false, width });
      expect(rendered.replaceAll('\n', '')).toBe(escapeControls(rendered.replaceAll('\n', '')));
      const [, ...lines] = rendered.split('\n');
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      for (const [index, line] of lines.entries()) {
        if (!/^ +\| +\^+$/.test(line)) continue;
        expect(lines[index - 1]).toMatch(/^ *\d+ \|/);
      }
      const carets = lines.filter((line) => /^ +\| *\^+$/.test(line));
      if (text !== '' && !(start === 0 && end === 0)) expect(carets.length).toBeGreaterThan(0);
    },
  );
});
