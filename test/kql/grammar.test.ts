import { readFileSync } from 'node:fs';
import { extractExamples } from 'ohm-js/extras';
import { describe, expect, it } from 'vitest';
import grammar from '../../grammar/kql.ohm-bundle.js';
import { KEYWORDS, SOFT_WORDS } from '../../src/kql/keywords.ts';
import { OPERATORS } from '../../src/kql/operators.ts';
import { tokenize } from '../../src/kql/tokens.ts';
import { kustoSyntaxErrors } from '../oracles/kusto-language.ts';

const text = readFileSync('grammar/kql.ohm', 'utf8');
const examples = extractExamples(text);

/** The terminals of a rule's body, comments aside. */
function terminalsOf(rule: string): readonly string[] {
  const body = new RegExp(`\\n  ${rule}\\n? *=([^]*?)\\n  (?:\\w+\\s*=|//)`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/"([^"]+)"/g)].map(([, terminal = '']) => terminal.trim());
}

describe('the KQL grammar', () => {
  it.each(examples)('$rule: $example is read: $shouldMatch', ({ rule, example, shouldMatch }) => {
    const list = tokenize(example);
    expect(list.flaws).toEqual([]);
    expect(grammar.match(list.short, rule).succeeded()).toBe(shouldMatch);
  });

  it.each(examples.filter(({ rule }) => rule === 'query'))('agrees with Microsoft on $example', (example) => {
    expect(kustoSyntaxErrors(example.example).length === 0).toBe(example.shouldMatch);
  });

  it('has an example for most of the rules', () => {
    expect(examples.length).toBeGreaterThan(200);
  });

  it('writes every longer terminal with a blank behind it, as the tokens are', () => {
    const terminals = [...text.replaceAll(/\/\/.*/g, '').matchAll(/"((?:[^"\\]|\\.)+)"/g)].map(([, one = '']) => one);
    const unknown = terminals.filter((terminal) => {
      if (terminal.length === 1) return false;
      return !terminal.endsWith(' ') || (/[a-z]/i.test(terminal) && !KEYWORDS.has(terminal.trimEnd()));
    });
    expect(unknown).toEqual([]);
  });

  it('lists the same operators as the operator table', () => {
    const ours = [...terminalsOf('binaryOperator'), ...terminalsOf('listOperator'), 'between', '!between'];
    expect(new Set(ours.filter((one) => one !== 'range'))).toEqual(new Set(OPERATORS.map((row) => row.operator)));
  });

  it('lists the same soft words as the word lists', () => {
    expect(new Set(terminalsOf('softWord'))).toEqual(new Set(SOFT_WORDS));
  });
});
