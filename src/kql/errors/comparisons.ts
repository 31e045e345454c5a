/** Slips with the operators of expressions. */
import type { Diagnostic } from '../../diagnostic.ts';
import { findOperator, isListOperator } from '../operators.ts';
import { awaitsOperand, clauseStart, kindAt, openBrackets, partnerOf, spanAt, spanBefore, textAt } from './context.ts';
import type { Stop } from './context.ts';
import { slip } from './slip.ts';

/** Operators that may stand where an operand starts. */
const OPERAND_SIGNS: ReadonlySet<string> = new Set(['-', '+', '*']);

/**
 * `a == b == c` and `and has 'x'`: the grammar may read on for a while, so the place is looked for among the operators
 * before the parser's stop.
 */
export function misplacedOperator(stop: Stop): Diagnostic | undefined {
  const depth = openBrackets(stop, stop.index).length;
  let alone = 0;
  let open = depth;
  for (let at = clauseStart(stop, stop.index); at <= stop.index; at++) {
    const kind = kindAt(stop, at);
    if (partnerOf(kind) !== undefined) open--;
    else if (kind === '(' || kind === '[' || kind === '{') open++;
    if (open !== depth) continue;
    if (kind === ',') alone = 0;
    const row = findOperator(kind);
    if (row === undefined) continue;
    const before = kindAt(stop, at - 1);
    const isScope = kind === 'in' && (before === 'find' || before === 'search');
    // `where where == 1`: the second is a reserved word used as a name, which is a slip of its own.
    const isWordAsName = /^[a-z]/.test(before) && awaitsOperand(kindAt(stop, at - 2));
    if (isWordAsName) continue;
    if (awaitsOperand(before) && before !== '*' && !OPERAND_SIGNS.has(kind) && !isScope) {
      const message = `expected a column name, a value or '(' after '${before}', but found '${kind}'`;
      return slip('syntax', spanBefore(stop, at), message);
    }
    const { precedence, associativity } = row;
    if (associativity === 'none' && precedence === alone) {
      const hint = "Put one of them in parentheses, or join them with 'and'.";
      return slip('repeated-comparison', spanBefore(stop, at), `'${kind}' cannot follow another comparison`, hint);
    }
    if (associativity === 'none') alone = precedence;
    else if (precedence < alone) alone = 0;
  }
  return undefined;
}

export function listAfterOperator(stop: Stop): Diagnostic | undefined {
  if (kindAt(stop, stop.index) !== ',') return undefined;
  const open = openBrackets(stop, stop.index);
  const bracket = open[open.length - 1];
  if (bracket === undefined || kindAt(stop, bracket) !== '(') return undefined;
  const operator = kindAt(stop, bracket - 1);
  const row = findOperator(operator);
  if (row === undefined || isListOperator(row.operator) || row.associativity !== 'none') return undefined;
  if (operator === 'between' || operator === '!between') {
    return slip(
      'syntax',
      spanAt(stop, stop.index),
      "the two bounds of 'between' are joined by '..'",
      'Write (low .. high).',
    );
  }
  const several: Readonly<Record<string, string>> = {
    has: 'has_any',
    '==': 'in',
    '=~': 'in~',
    '!=': '!in',
    '!~': '!in~',
  };
  const better = several[operator];
  const hint =
    better === undefined
      ? `Repeat the test for each value: x ${operator} "a" or x ${operator} "b".`
      : `Write ${better} ("a", "b")${operator === 'has' ? ', or has_all where all must be there' : ''}.`;
  return slip('list-after-has', spanAt(stop, bracket - 1), `'${operator}' takes one value, not a list`, hint);
}

export function missingList(stop: Stop): Diagnostic | undefined {
  const operator = kindAt(stop, stop.index - 1);
  const row = findOperator(operator);
  if (row === undefined || kindAt(stop, stop.index) === '(') return undefined;
  if (isListOperator(row.operator)) {
    return slip(
      'syntax',
      spanBefore(stop, stop.index),
      `'${operator}' needs its values in parentheses`,
      `Write ${operator} ("a", "b").`,
    );
  }
  if (operator !== 'between' && operator !== '!between') return undefined;
  return slip(
    'syntax',
    spanBefore(stop, stop.index),
    `'${operator}' needs its bounds in parentheses`,
    `Write ${operator} (low .. high).`,
  );
}

export function singleEquals(stop: Stop): Diagnostic | undefined {
  if (kindAt(stop, stop.index) !== '=') return undefined;
  const start = clauseStart(stop, stop.index);
  const word = kindAt(stop, start);
  if (word === 'let')
    return slip(
      'single-equals',
      spanBefore(stop, start + 1),
      "'let' gives a value to one name",
      'Write let name = value.',
    );
  if (word === 'extend' || word === 'project' || word === 'summarize' || word === 'project-rename') {
    const message = "'=' gives a name to a column; what stands before it is no name";
    return slip(
      'single-equals',
      spanBefore(stop, stop.index),
      message,
      "Put one name before '=', or compare with '=='.",
    );
  }
  const hint = "Write '==', or '=~' to ignore the case.";
  return slip('single-equals', spanBefore(stop, stop.index), "'=' gives a name to a value and compares nothing", hint);
}

/** `f(x, * y)`: a star alone is an argument, and nothing may follow it. */
export function starWithRest(stop: Stop): Diagnostic | undefined {
  const star = stop.index - 1;
  const before = kindAt(stop, star - 1);
  if (kindAt(stop, star) !== '*' || (before !== ',' && before !== '(' && !awaitsOperand(before))) return undefined;
  const found = textAt(stop, stop.index);
  return slip('syntax', spanBefore(stop, star), `'*' stands for all columns and cannot be followed by '${found}'`);
}
