/** What the terminal says about a rule with many notes: in which order, how often, and what of a refused output. */
import { describe, expect, test } from 'vitest';
import type { CompiledRule } from '../../src/compile.ts';
import type { Effect, Note, Verdict } from '../../src/diagnostic.ts';
import { renderRule } from '../../src/report/rule.ts';
import { Tally } from '../../src/report/tally.ts';
import { SourceFile } from '../../src/source.ts';
import type { Output } from '../../targets/target.ts';

const FILE = new SourceFile('a.yaml', 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\n');

function note(line: number, effect: Effect, code: string, message: string, hint?: string): Note {
  const start = FILE.lineStart(line);
  const span = { start, end: start + FILE.lineText(line).length };
  return { code, effect, message, span, ...(hint === undefined ? {} : { hint }) };
}

function output(verdict: Verdict, notes: readonly Note[]): Output {
  return { target: 'sigma', verdict, notes, unmapped: [], files: [] };
}

function render(
  outputs: readonly Output[],
  options: { verbose?: boolean; instead?: Verdict; diagnostics?: CompiledRule['diagnostics'] } = {},
): string {
  const rule: CompiledRule = {
    file: FILE,
    id: undefined,
    name: 'A rule',
    kind: 'Hunting',
    status: 'ok',
    diagnostics: options.diagnostics ?? [],
    detection: undefined,
    outputs,
  };
  return renderRule(rule, {
    color: false,
    verbose: options.verbose === true,
    written: new Map(),
    bestEffort: () => options.instead,
  });
}

describe('the notes of an output', () => {
  const notes = [
    note(1, 'context', 'sigma/window', 'No window.'),
    note(2, 'wider', 'sigma/term', 'No terms.', 'Say so.'),
    note(3, 'context', 'sigma/window', 'No window.'),
    note(4, 'narrower', 'sigma/less', 'Less.'),
    note(5, 'wider', 'sigma/term', 'No terms.', 'Say so.'),
    note(6, 'wider', 'sigma/term', 'No terms.', 'Say so.'),
    note(7, 'context', 'sigma/field', 'No field for A.'),
    note(8, 'context', 'sigma/field', 'No field for B.'),
  ];

  test('come in the order of their cost, each message once, those that change no alert in one line', () => {
    expect(render([output('differs', notes)])).toBe(
      [
        'a.yaml: A rule',
        'sigma: differs',
        'a.yaml:4:1 narrower sigma/less Less.',
        '  4 | four',
        '    | ^^^^',
        'a.yaml:2:1 wider sigma/term No terms.',
        '  2 | two',
        '    | ^^^',
        '    = hint: Say so.',
        '    = and 2 more places (lines 5, 6)',
        'a.yaml:1:1 context sigma/window No window. and 1 more place (line 3)',
        'a.yaml:7:1 context sigma/field No field for A. and 1 more like it (line 8)',
        '',
        '',
      ].join('\n'),
    );
  });

  test('stand each by itself where all are asked for', () => {
    const text = render([output('differs', notes)], { verbose: true });
    expect(text.match(/^a\.yaml:\d+/gm)).toEqual([4, 2, 5, 6, 1, 3, 7, 8].map((line) => `a.yaml:${line}`));
    expect(text).not.toContain('more');
  });

  test('of many lines name the first ones', () => {
    const many = Array.from({ length: 11 }, (_, index) => note(index + 1, 'wider', 'sigma/term', 'No terms.'));
    expect(render([output('wider', many)])).toContain('and 10 more places (lines 2, 3, 4, 5, 6, 7, 8, 9, and 2 more)');
  });
});

describe('a refused output', () => {
  const notes = [note(1, 'wider', 'sigma/term', 'No terms.'), note(2, 'refused', 'sigma/no', 'Not in Sigma.')];

  test('shows why it is refused, and what would help', () => {
    expect(render([output('refused', notes)], { instead: 'narrower' })).toBe(
      [
        'a.yaml: A rule',
        'sigma: refused, nothing was written',
        'a.yaml:2:1 refused sigma/no Not in Sigma.',
        '  2 | two',
        '    | ^^^',
        '    = 1 other note: --verbose shows them',
        '    = hint: --best-effort leaves out what is refused, for an output that is narrower.',
        '',
        '',
      ].join('\n'),
    );
  });

  test('promises nothing where leaving out would not help', () => {
    expect(render([output('refused', notes)])).not.toContain('--best-effort');
  });
});

test('the diagnostics of a rule: errors, then warnings, then remarks in one line for each code', () => {
  const at = (line: number) => note(line, 'wider', '', '').span;
  const text = render([], {
    diagnostics: [
      { code: 'rule/a', severity: 'info', message: 'A is not used.', span: at(1) },
      { code: 'rule/b', severity: 'warning', message: 'B.', span: at(2) },
      { code: 'rule/a', severity: 'info', message: 'C is not used.', span: at(3) },
      { code: 'rule/d', severity: 'error', message: 'D.', span: at(4) },
    ],
  });
  expect(text.match(/^a\.yaml:.*$/gm)).toEqual([
    'a.yaml: A rule',
    'a.yaml:4:1 error rule/d D.',
    'a.yaml:2:1 warning rule/b B.',
    'a.yaml:1:1 info rule/a A is not used. and 1 more like it (line 3)',
  ]);
});

test('counts agree with their nouns', () => {
  const tally = new Tally(['sigma']);
  tally.skip();
  expect(tally.render()).toContain('0 rules: 0 understood, 0 invalid; 1 file holds no rule\n');
  tally.skip();
  expect(tally.render()).toContain('2 files hold no rule\n');
});
