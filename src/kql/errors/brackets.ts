/** Slips with brackets and commas. */
import type { Diagnostic } from '../../diagnostic.ts';
import { findOperator, isListOperator } from '../operators.ts';
import {
  awaitsOperand,
  closerOf,
  kindAt,
  openBrackets,
  partnerOf,
  spanAcross,
  spanAt,
  spanBefore,
  textAt,
} from './context.ts';
import type { Stop } from './context.ts';
import { slip, CLAUSE_WORDS } from './slip.ts';

export function strayBracket(stop: Stop): Diagnostic | undefined {
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

export function unclosedBracket(stop: Stop): Diagnostic | undefined {
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

export function strayComma(stop: Stop): Diagnostic | undefined {
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

/** `(a, b)` where one value is expected. */
export function listInParentheses(stop: Stop): Diagnostic | undefined {
  // `(a, b) c`: the parser took the names of an assignment for it, and misses the equals sign.
  const isClosed = kindAt(stop, stop.index - 1) === ')' && stop.expected.includes('=');
  const end = isClosed ? stop.index - 1 : stop.index;
  const bracket = openBrackets(stop, end).at(-1);
  if (bracket === undefined || kindAt(stop, bracket) !== '(') return undefined;
  const before = kindAt(stop, bracket - 1);
  if (!awaitsOperand(before)) return undefined;
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
