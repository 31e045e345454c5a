/**
 * Lays out the text of a query anew, and makes sure that nothing but its layout changes: the same words in the same order,
 * and every comment, in order, in the operator where it stood.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { EmbeddedText } from '../source.ts';
import { wholeFile } from '../source.ts';
import { kqlCodes } from './codes.ts';
import { parseKql } from './parse.ts';
import type { PrintOptions } from './print.ts';
import { printKql } from './print.ts';
import { fileSpan } from './parse/reading.ts';
import { tokenize } from './tokens.ts';

export type FormattedQuery =
  | { readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  /** The query cannot be read, or not be laid out without moving a comment out of its operator. */
  | { readonly text: undefined; readonly diagnostics: readonly Diagnostic[] };

/** A query without its layout. */
interface Content {
  /** Words and signs; those left out that may stand or not: the last semicolon, the comma behind a list. */
  readonly words: readonly string[];
  readonly comments: readonly { readonly text: string; readonly operator: number }[];
}

/** The query in canonical layout, with a line feed at its end. Diagnostics about syntax have their place in the file. */
export function formatQuery(source: EmbeddedText, options: PrintOptions = {}): FormattedQuery {
  const { query, diagnostics } = parseKql(source);
  if (query === undefined) return { text: undefined, diagnostics };
  // The printer goes by the places of comments in the query's own text.
  const own = parseKql(wholeFile(source.text)).query;
  const text = own === undefined ? undefined : printKql(own, { ...options, text: source.text });
  if (text === undefined || !isSame(contentOf(source.text), contentOf(text)) || !isStable(text, options)) {
    const message = 'The query cannot be laid out anew with every comment where it stands, so it stays as it is';
    const hint = 'Put comments on lines of their own, between operators or between the elements of a list.';
    const span = fileSpan(source, 0, source.text.length);
    return { text: undefined, diagnostics: [kqlCodes.diagnostic('not-formatted', 'warning', span, message, hint)] };
  }
  return { text, diagnostics: [] };
}

/** Whether laying out the result changes nothing more. */
function isStable(text: string, options: PrintOptions): boolean {
  const { query } = parseKql(wholeFile(text));
  return query !== undefined && printKql(query, { ...options, text }) === text;
}

const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

function contentOf(text: string): Content {
  const { tokens, comments } = tokenize(text);
  const written = tokens.map((token) => text.slice(token.start, token.end));
  const words: string[] = [];
  /** Words and pipes up to each token that stays. */
  const operators: { readonly end: number; readonly count: number }[] = [];
  let count = 0;
  written.forEach((word, index) => {
    const next = written[index + 1];
    const isIdle =
      (word === ';' && (next === undefined || next === '}' || next === ';')) ||
      (word === ',' && next !== undefined && CLOSING.has(next));
    if (isIdle) return;
    if (word === '|' || word === ';') count++;
    operators.push({ end: tokens[index]?.end ?? 0, count });
    words.push(bracketedName(written, index) ?? word);
  });
  let at = 0;
  return {
    words,
    comments: comments.map(({ start, end }) => {
      while (at < operators.length && (operators[at]?.end ?? 0) <= start) at++;
      return { text: text.slice(start, end).trimEnd(), operator: operators[at - 1]?.count ?? 0 };
    }),
  };
}

/** `["a"]` is the name `['a']`. */
function bracketedName(words: readonly string[], index: number): string | undefined {
  if (words[index - 1] !== '[' || words[index + 1] !== ']') return undefined;
  return /^"[^"'\\]*"$/.test(words[index] ?? '') ? `'${(words[index] ?? '').slice(1, -1)}'` : undefined;
}

function isSame(before: Content, after: Content): boolean {
  return (
    before.words.length === after.words.length &&
    before.words.every((word, index) => word === after.words[index]) &&
    before.comments.length === after.comments.length &&
    before.comments.every(({ text, operator }, index) => {
      const other = after.comments[index];
      return other?.text === text && other.operator === operator;
    })
  );
}
