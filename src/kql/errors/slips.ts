/** The usual slips, one function each: what is wrong, and how to mend it. The first that fits is reported. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Span } from '../../source.ts';
import { kqlCodes } from '../codes.ts';
import { DECLARABLE_WORDS, KEYWORDS, PLAIN_NAMES } from '../keywords.ts';
import { findOperator, isListOperator } from '../operators.ts';
import {
  awaitsOperand,
  clauseStart,
  closerOf,
  kindAt,
  openBrackets,
  partnerOf,
  spanAcross,
  spanAt,
  spanBefore,
  startsLine,
  statementStart,
  textAt,
  tokenAt,
} from './context.ts';
import type { Stop } from './context.ts';
import { fileSpan } from '../parse/reading.ts';

type Code = Parameters<typeof kqlCodes.diagnostic>[0];

function slip(code: Code, span: Span, message: string, hint?: string): Diagnostic {
  return kqlCodes.diagnostic(code, 'error', span, message, hint);
}

/** The words that start an operator behind a pipe, as people write them. */
export const OPERATOR_WORDS: readonly string[] =
  'as assert-schema consume count distinct evaluate extend facet filter find fork getschema graph-match graph-to-table invoke join limit lookup make-graph make-series mv-apply mv-expand order parse parse-kv parse-where partition print project project-away project-keep project-rename project-reorder range reduce render sample sample-distinct scan search serialize sort summarize take top top-hitters top-nested union where'.split(
    ' ',
  );
const OPERATOR_SET: ReadonlySet<string> = new Set([...OPERATOR_WORDS, 'mvexpand', 'mvapply']);

/** Words that continue an operator after its columns; a comma before them has nothing behind it. */
const CLAUSE_WORDS: ReadonlySet<string> = new Set([
  'by',
  'on',
  'with',
  'from',
  'to',
  'step',
  'of',
  'limit',
  'asc',
  'desc',
]);

const DECLARABLE: ReadonlySet<string> = new Set(DECLARABLE_WORDS);

function isName(kind: string): boolean {
  return kind === 'N' || PLAIN_NAMES.has(kind);
}

/** Changes of a letter that lead from one word to another. */
function distance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (let at = 0; at < first.length; at++) {
    const next = [at + 1];
    for (let other = 0; other < second.length; other++) {
      const changed = (row[other] ?? 0) + (first[at] === second[other] ? 0 : 1);
      next.push(Math.min(changed, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row[second.length] ?? 0;
}

/** The nearest of some words, if one is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of words) {
    const steps = distance(word.toLowerCase(), candidate);
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

function strayBracket(stop: Stop): Diagnostic | undefined {
  const opening = partnerOf(kindAt(stop, stop.index));
  if (opening === undefined) return undefined;
  const open = openBrackets(stop, stop.index);
  const last = open[open.length - 1];
  const kind = kindAt(stop, stop.index);
  if (last === undefined) {
    return slip(
      'stray-bracket',
      spanBefore(stop, stop.index),
      `'${kind}' closes nothing`,
      `Remove it, or add the missing '${opening}'.`,
    );
  }
  const wanted = kindAt(stop, last);
  if (wanted === opening) return undefined;
  return slip(
    'unclosed-bracket',
    spanAt(stop, last),
    `'${wanted}' is closed by '${kind}'`,
    `Close it with '${closerOf(wanted)}'.`,
  );
}

/** Whether a bracket finds its partner anywhere in the text. */
function isClosed(stop: Stop, bracket: number): boolean {
  return !openBrackets(stop, stop.list.tokens.length).includes(bracket);
}

function unclosedBracket(stop: Stop): Diagnostic | undefined {
  const open = openBrackets(stop, stop.index);
  const last = open[open.length - 1];
  if (last === undefined) return undefined;
  const kind = kindAt(stop, last);
  const found = kindAt(stop, stop.index);
  const endsStatement = found === '' || (found === ';' && kind !== '{');
  if (!endsStatement && isClosed(stop, last)) return undefined;
  // A comma or an operator before the end is the nearer mistake.
  const closing = closerOf(kind);
  return slip('unclosed-bracket', spanAt(stop, last), `'${kind}' is never closed`, `Add the missing '${closing}'.`);
}

function strayComma(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const found = kindAt(stop, index);
  if (found === ',' && (kindAt(stop, index - 1) === ',' || kindAt(stop, index - 1) === '(')) {
    return slip(
      'trailing-comma',
      spanAcross(stop, index - 1, index),
      'a comma with nothing before it',
      'Remove the comma.',
    );
  }
  const comma = [index - 1, index - 2].find((at) => kindAt(stop, at) === ',');
  if (comma === undefined) return undefined;
  const next = kindAt(stop, comma + 1);
  const ends = next === '' || next === '|' || next === ';' || partnerOf(next) !== undefined || CLAUSE_WORDS.has(next);
  if (!ends || (comma === index - 2 && !CLAUSE_WORDS.has(next))) return undefined;
  const before = next === '' ? 'the end' : `'${textAt(stop, comma + 1)}'`;
  return slip(
    'trailing-comma',
    spanAt(stop, comma),
    `a comma with nothing behind it, before ${before}`,
    'Remove the comma.',
  );
}

function misplacedPipe(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const before = kindAt(stop, index - 1);
  if (kindAt(stop, index) === '|') {
    if (before === '|') {
      const hint = "Remove one of them; a logical or is written 'or'.";
      return slip('misplaced-pipe', spanBefore(stop, index), 'two pipes with no operator between them', hint);
    }
    if (before === '' || before === ';' || before === '(' || before === '{') {
      return slip(
        'misplaced-pipe',
        spanBefore(stop, index),
        'a pipe with no table before it',
        'Start with a table, or remove the pipe.',
      );
    }
    return undefined;
  }
  const found = kindAt(stop, index);
  if (before === '|' && (found === '' || found === ';' || partnerOf(found) !== undefined)) {
    return slip(
      'misplaced-pipe',
      spanAt(stop, index - 1),
      'a pipe with no operator behind it',
      'Remove the pipe, or finish the query.',
    );
  }
  return undefined;
}

function unknownOperator(stop: Stop): Diagnostic | undefined {
  const { index, list } = stop;
  const token = tokenAt(stop, index);
  if (token === undefined || kindAt(stop, index - 1) !== '|' || OPERATOR_SET.has(kindAt(stop, index))) return undefined;
  // `mv-expnd` is three tokens.
  const word = /^[A-Za-z_][\w-]*/.exec(list.text.slice(token.start, token.start + 40))?.[0];
  if (word === undefined) return undefined;
  const near = nearest(word, OPERATOR_WORDS);
  const isLetterCase = near === word.toLowerCase();
  const hint = isLetterCase ? `Write '${near}': KQL tells small letters from capitals.` : `Did you mean '${near}'?`;
  const span =
    kindAt(stop, index) === 'N'
      ? fileSpan(stop.source, token.start, token.start + word.length)
      : spanBefore(stop, index);
  return slip('unknown-operator', span, `'${word}' is no operator`, near === undefined ? undefined : hint);
}

/** Operators that may stand where an operand starts. */
const OPERAND_SIGNS: ReadonlySet<string> = new Set(['-', '+', '*']);

/**
 * `a == b == c` and `and has 'x'`: the grammar may read on for a while, so the place is looked for among the operators
 * before the parser's stop.
 */
function misplacedOperator(stop: Stop): Diagnostic | undefined {
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

/** `| count()`: the function where the operator is meant, or the operator `summarize` is missing. */
function countCall(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  if (kindAt(stop, index) !== '(' || kindAt(stop, index - 1) !== 'count' || kindAt(stop, index - 2) !== '|')
    return undefined;
  const hint = "Write 'count', or 'summarize count() by ...'.";
  return slip('unknown-operator', spanBefore(stop, index - 1), "'count()' is a function, not an operator", hint);
}

/** A word that only opens something: `dynamic` without its parenthesis, `bin` without its equals sign. */
function loneKeyword(stop: Stop): Diagnostic | undefined {
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

function missingPipe(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const word = kindAt(stop, index);
  if (!OPERATOR_SET.has(word) || index === 0 || (PLAIN_NAMES.has(word) && !startsLine(stop, index))) return undefined;
  const next = kindAt(stop, index + 1);
  if (next === '=' || next === ',' || next === ')') return undefined;
  return slip('misplaced-pipe', spanBefore(stop, index), `'${word}' needs a pipe before it`, `Write '| ${word}'.`);
}

function missingSemicolon(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const first = kindAt(stop, statementStart(stop, index));
  const found = kindAt(stop, index);
  const starts = found === 'let' || found === 'set' || found === 'declare';
  const isStatement = first === 'let' || first === 'set' || first === 'declare';
  const openHere = openBrackets(stop, index).some((bracket) => kindAt(stop, bracket) !== '{');
  if (openHere || index === 0 || found === '' || found === ';') return undefined;
  if (!startsLine(stop, index) || !(starts || (isStatement && (isName(found) || found === '(' || found === 'union'))))
    return undefined;
  const before = textAt(stop, index - 1);
  return slip(
    'missing-semicolon',
    spanBefore(stop, index),
    `a semicolon is missing between '${before}' and '${textAt(stop, index)}'`,
    "End the statement before with ';'.",
  );
}

function listAfterOperator(stop: Stop): Diagnostic | undefined {
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

function missingList(stop: Stop): Diagnostic | undefined {
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

function singleEquals(stop: Stop): Diagnostic | undefined {
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
  return slip('single-equals', spanBefore(stop, stop.index), "'=' does not compare", hint);
}

/** `(a, b)` where one value is expected. */
function listInParentheses(stop: Stop): Diagnostic | undefined {
  // `(a, b) c`: the parser took the names of an assignment for it, and misses the equals sign.
  const isClosed = kindAt(stop, stop.index - 1) === ')' && stop.expected.includes('=');
  const end = isClosed ? stop.index - 1 : stop.index;
  const bracket = openBrackets(stop, end).at(-1);
  if (bracket === undefined || kindAt(stop, bracket) !== '(') return undefined;
  const before = kindAt(stop, bracket - 1);
  if (isName(before) || before === ']' || before === ')' || !awaitsOperand(before)) return undefined;
  const row = findOperator(before);
  if (row !== undefined && (isListOperator(row.operator) || row.operator === 'between' || row.operator === '!between'))
    return undefined;
  if (!/^(?:[,=(]|by|on|extend|project|where|distinct|summarize)$/.test(before) && row === undefined) return undefined;
  const comma = firstComma(stop, bracket);
  if (comma === undefined) return undefined;
  return slip(
    'syntax',
    spanBefore(stop, comma),
    'these parentheses hold one value, not a list',
    'Remove the rest, or write a function before them.',
  );
}

/** The first comma directly inside a bracket, up to the parser's stop. */
function firstComma(stop: Stop, bracket: number): number | undefined {
  let depth = 0;
  for (let at = bracket + 1; at <= stop.index; at++) {
    const kind = kindAt(stop, at);
    if (kind === ',' && depth === 0) return at;
    if (partnerOf(kind) !== undefined) depth--;
    else if (kind === '(' || kind === '[' || kind === '{') depth++;
    if (depth < 0) return undefined;
  }
  return undefined;
}

/** `f(x, * y)`: a star alone is an argument, and nothing may follow it. */
function starWithRest(stop: Stop): Diagnostic | undefined {
  const star = stop.index - 1;
  const before = kindAt(stop, star - 1);
  if (kindAt(stop, star) !== '*' || (before !== ',' && before !== '(' && !awaitsOperand(before))) return undefined;
  const found = textAt(stop, stop.index);
  return slip('syntax', spanBefore(stop, star), `'*' stands for all columns and cannot be followed by '${found}'`);
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

function letterCase(stop: Stop): Diagnostic | undefined {
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

function bareNot(stop: Stop): Diagnostic | undefined {
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

function splitOperator(stop: Stop): Diagnostic | undefined {
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

function reservedName(stop: Stop): Diagnostic | undefined {
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

/** In the order in which they are tried: what is certain before what is likely. */
const SLIPS: readonly ((stop: Stop) => Diagnostic | undefined)[] = [
  misplacedOperator,
  countCall,
  loneKeyword,
  splitOperator,
  starWithRest,
  strayComma,
  misplacedPipe,
  listAfterOperator,
  listInParentheses,
  strayBracket,
  missingSemicolon,
  missingPipe,
  letterCase,
  bareNot,
  unclosedBracket,
  unknownOperator,
  missingList,
  singleEquals,
  reservedName,
];

export function findSlip(stop: Stop): Diagnostic | undefined {
  for (const check of SLIPS) {
    const found = check(stop);
    if (found !== undefined) return found;
  }
  return undefined;
}
