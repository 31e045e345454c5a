/** Slips with words: their case, their blanks, and words that are reserved. */
import type { Diagnostic } from '../../diagnostic.ts';
import { DECLARABLE_WORDS, KEYWORDS, PLAIN_NAMES } from '../keywords.ts';
import { findOperator } from '../operators.ts';
import { awaitsOperand, kindAt, spanAt, spanBefore, textAt } from './context.ts';
import type { Stop } from './context.ts';
import { slip, OPERATOR_SET, CLAUSE_WORDS } from './slip.ts';

const DECLARABLE: ReadonlySet<string> = new Set(DECLARABLE_WORDS);

/** A word that only opens something: `dynamic` without its parenthesis, `bin` without its equals sign. */
export function loneKeyword(stop: Stop): Diagnostic | undefined {
  const word = kindAt(stop, stop.index - 1);
  const wanted = stop.expected.length === 1 ? stop.expected[0] : undefined;
  if (wanted === 'from' && kindAt(stop, stop.index - 2) === 'range') {
    const message = "'range' needs its bounds: range x from a to b step c";
    return slip('syntax', spanBefore(stop, stop.index - 1), message);
  }
  if (wanted === undefined || (word !== 'dynamic' && !(wanted === '=' && PLAIN_NAMES.has(word)))) return undefined;
  const found = textAt(stop, stop.index) || 'the end';
  return slip('syntax', spanBefore(stop, stop.index - 1), `expected '${wanted}' after '${word}', but found '${found}'`);
}

const LOWER_CASE_WORDS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'by',
  'on',
  'in',
  'between',
  'has',
  'contains',
  'startswith',
  'endswith',
  'has_any',
  'has_all',
  'asc',
  'desc',
  'with',
  'kind',
  'where',
]);

export function letterCase(stop: Stop): Diagnostic | undefined {
  for (const at of [stop.index, stop.index - 1]) {
    const word = textAt(stop, at);
    const small = word.toLowerCase();
    if (
      kindAt(stop, at) === 'N' &&
      word !== small &&
      (LOWER_CASE_WORDS.has(small) || (at === stop.index && KEYWORDS.has(small)))
    ) {
      return slip(
        'syntax',
        spanAt(stop, at),
        `'${word}' must be written '${small}'`,
        'KQL tells small letters from capitals.',
      );
    }
  }
  return undefined;
}

export function bareNot(stop: Stop): Diagnostic | undefined {
  for (const at of [stop.index - 1, stop.index]) {
    if (textAt(stop, at) === 'not' && kindAt(stop, at) === 'N' && kindAt(stop, at + 1) !== '(') {
      return slip(
        'syntax',
        spanAt(stop, at),
        "'not' is a function",
        "Write not(...), or the negated operator: '!has', '!in'.",
      );
    }
  }
  return undefined;
}

export function splitOperator(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const pair = [index - 1, index].find((at) => textAt(stop, at) === 'matches' && kindAt(stop, at + 1) === 'regex');
  if (pair !== undefined) {
    return slip(
      'syntax',
      spanAt(stop, pair),
      "'matches regex' has one blank between its words",
      "Write 'matches regex'.",
    );
  }
  const not = [index - 1, index].find(
    (at) => textAt(stop, at) === 'not' && ['in', 'has', 'contains', 'between'].includes(kindAt(stop, at + 1)),
  );
  if (not === undefined) return undefined;
  const operator = kindAt(stop, not + 1);
  return slip('syntax', spanAt(stop, not), `there is no operator 'not ${operator}'`, `Write '!${operator}'.`);
}

export function reservedName(stop: Stop): Diagnostic | undefined {
  const at = [stop.index, stop.index - 1].find((index) => isMisusedWord(stop, index));
  if (at === undefined) return undefined;
  const word = kindAt(stop, at);
  return slip(
    'reserved-name',
    spanBefore(stop, at),
    `'${word}' is a reserved word`,
    `Write ['${word}'] where it is a name.`,
  );
}

/** Whether a reserved word stands where only a name can. */
function isMisusedWord(stop: Stop, at: number): boolean {
  const word = kindAt(stop, at);
  if (!/^[a-z_]\w*$/.test(word) || PLAIN_NAMES.has(word)) return false;
  // A word that may be declared gets the parser as far as the equals sign it misses.
  if (at < stop.index) {
    const before = kindAt(stop, at - 1);
    const isOperand = awaitsOperand(before) && before !== '(' && before !== '=';
    return DECLARABLE.has(word) && (isOperand || stop.expected.includes('='));
  }
  if (findOperator(word) !== undefined) return false;
  const before = kindAt(stop, at - 1);
  const next = kindAt(stop, at + 1);
  if (before === '.') return true;
  const startsOperand = before === ',' || before === '(' || before === '=' || findOperator(before) !== undefined;
  return startsOperand && !OPERATOR_SET.has(word) && !CLAUSE_WORDS.has(word) && next !== '(';
}
