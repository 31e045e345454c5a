/** Where in a broken query the parser stopped, and what stands around it. */
import type { EmbeddedText, Span } from '../../source.ts';
import { findOperator } from '../operators.ts';
import { fileSpan } from '../parse/reading.ts';
import type { Token, TokenList } from '../tokens.ts';

export interface Stop {
  readonly source: EmbeddedText;
  readonly list: TokenList;
  /** Index of the first token that does not fit; the number of tokens where the text ends too early. */
  readonly index: number;
  /** What the grammar would have taken there, as far as it says so: keywords and punctuation. */
  readonly expected: readonly string[];
}

export function tokenAt(stop: Stop, index: number): Token | undefined {
  return stop.list.tokens[index];
}

/** A token's kind; empty before the first and behind the last. */
export function kindAt(stop: Stop, index: number): string {
  return stop.list.tokens[index]?.kind.trimEnd() ?? '';
}

/** A token as it is written, cut where it is long. */
export function textAt(stop: Stop, index: number): string {
  const token = tokenAt(stop, index);
  if (token === undefined) return '';
  const text = stop.list.text.slice(token.start, token.end).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The span of a token, or of the end of the text. */
export function spanAt(stop: Stop, index: number): Span {
  const { text } = stop.list;
  const token = tokenAt(stop, index);
  return fileSpan(stop.source, token?.start ?? text.length, token?.end ?? text.length);
}

/** The span from one token to another. */
export function spanAcross(stop: Stop, first: number, last: number): Span {
  const { text } = stop.list;
  const start = tokenAt(stop, first)?.start ?? 0;
  return fileSpan(stop.source, start, tokenAt(stop, last)?.end ?? text.length);
}

/** From the end of the token before to the end of the token: where something is missing between the two. */
export function spanBefore(stop: Stop, index: number): Span {
  const { text } = stop.list;
  const start = index > 0 ? (tokenAt(stop, index - 1)?.end ?? text.length) : 0;
  return fileSpan(stop.source, start, tokenAt(stop, index)?.end ?? Math.max(start, text.length));
}

const OPENING = new Set(['(', '[', '{']);
const PARTNER: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Indexes of the brackets that are open before a token, outermost first. */
export function openBrackets(stop: Stop, before: number): readonly number[] {
  const open: number[] = [];
  for (let index = 0; index < before; index++) {
    const kind = kindAt(stop, index);
    if (OPENING.has(kind)) open.push(index);
    else if (kind in PARTNER && kindAt(stop, open[open.length - 1] ?? -1) === PARTNER[kind]) open.pop();
  }
  return open;
}

/** The opening bracket that a closing one stands for. */
export function partnerOf(kind: string): string | undefined {
  return PARTNER[kind];
}

/** The closing bracket of an opening one. */
export function closerOf(kind: string): string {
  return kind === '(' ? ')' : kind === '[' ? ']' : '}';
}

/** Whether a line break stands between a token and the one before it. */
export function startsLine(stop: Stop, index: number): boolean {
  const before = tokenAt(stop, index - 1);
  const token = tokenAt(stop, index);
  if (before === undefined || token === undefined) return true;
  return /[\r\n]/.test(stop.list.text.slice(before.end, token.start));
}

/** Index of the word after the last pipe at this bracket level, or of the statement's first token. */
export function clauseStart(stop: Stop, index: number): number {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    const kind = kindAt(stop, at);
    if (kind in PARTNER) depth++;
    else if (OPENING.has(kind)) {
      if (depth === 0) return at + 1;
      depth--;
    } else if (depth === 0 && (kind === '|' || kind === ';')) return at + 1;
  }
  return 0;
}

/** Index of the first token of the statement, at any bracket level. */
export function statementStart(stop: Stop, index: number): number {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    const kind = kindAt(stop, at);
    if (kind in PARTNER) depth++;
    else if (OPENING.has(kind)) {
      if (depth === 0) return at + 1;
      depth--;
    } else if (depth === 0 && kind === ';') return at + 1;
  }
  return 0;
}

const CLAUSE_STARTS =
  /^(?:where|by|on|extend|project|summarize|serialize|filter|from|to|step|take|limit|top|invoke|evaluate|distinct|union|join|lookup|print|parse|mv-expand|mvexpand|mv-apply|sample|search|find|of)$/;

/** Whether what follows this token must be the start of an expression. */
export function awaitsOperand(kind: string): boolean {
  if (kind === '(' || kind === '[' || kind === ',' || kind === '=' || kind === '..' || kind === '.') return true;
  return findOperator(kind) !== undefined || CLAUSE_STARTS.test(kind);
}

/** Where to point for a token that does not fit: at itself, or at the gap before it where something is missing. */
export function spanOfMisfit(stop: Stop): Span {
  const before = kindAt(stop, stop.index - 1);
  return awaitsOperand(before) || before === '|' ? spanBefore(stop, stop.index) : spanAt(stop, stop.index);
}
