/** Slips with pipes, semicolons and the operators behind pipes. */
import type { Diagnostic } from '../../diagnostic.ts';
import { PLAIN_NAMES } from '../keywords.ts';
import { fileSpan } from '../parse/reading.ts';
import {
  kindAt,
  openBrackets,
  partnerOf,
  spanAt,
  spanBefore,
  startsLine,
  statementStart,
  textAt,
  tokenAt,
} from './context.ts';
import type { Stop } from './context.ts';
import { slip, OPERATOR_WORDS, OPERATOR_SET, isName } from './slip.ts';

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

export function misplacedPipe(stop: Stop): Diagnostic | undefined {
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

export function unknownOperator(stop: Stop): Diagnostic | undefined {
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

/** `| count()`: the function where the operator is meant, or the operator `summarize` is missing. */
export function countCall(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  if (kindAt(stop, index) !== '(' || kindAt(stop, index - 1) !== 'count' || kindAt(stop, index - 2) !== '|')
    return undefined;
  const hint = "Write 'count', or 'summarize count() by ...'.";
  return slip('unknown-operator', spanBefore(stop, index - 1), "'count()' is a function, not an operator", hint);
}

export function missingPipe(stop: Stop): Diagnostic | undefined {
  const { index } = stop;
  const word = kindAt(stop, index);
  if (!OPERATOR_SET.has(word) || index === 0 || (PLAIN_NAMES.has(word) && !startsLine(stop, index))) return undefined;
  const next = kindAt(stop, index + 1);
  if (next === '=' || next === ',' || next === ')') return undefined;
  return slip('misplaced-pipe', spanBefore(stop, index), `'${word}' needs a pipe before it`, `Write '| ${word}'.`);
}

export function missingSemicolon(stop: Stop): Diagnostic | undefined {
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
