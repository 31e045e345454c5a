/** What a query's text shows before it is parsed. */
import type { Span } from '../source.ts';

/** Whether nothing but white space and comments stands in it. */
export function isBlankQuery(text: string): boolean {
  return text.split(/\r\n|\r|\n/).every((line) => /^\s*(\/\/.*)?$/.test(line));
}

/** The comment lines at the head of a query, without the slashes. */
export function leadingComments(text: string): readonly string[] {
  const comments: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\uFEFF?\s*\/\/+(.*)$/.exec(line);
    if (match !== null) comments.push((match[1] ?? '').trim());
    else if (line.replace('\uFEFF', '').trim() !== '') break;
  }
  return comments;
}

/** The comments of a query: from their slashes to the end of their line. Slashes inside string literals are none. */
export function findComments(text: string): readonly Span[] {
  const comments: Span[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '/' && text[at + 1] === '/') {
      const feed = text.indexOf('\n', at);
      const end = feed < 0 ? text.length : feed;
      comments.push({ start: at, end });
      at = end;
    } else if (text.startsWith('```', at)) {
      const close = text.indexOf('```', at + 3);
      at = close < 0 ? text.length : close + 3;
    } else if (character === '"' || character === "'") {
      at = literalEnd(text, at, character, text[at - 1] === '@');
    } else {
      at++;
    }
  }
  return comments;
}

/** Just past the closing quote of a string literal, or the end of its line when there is none. */
function literalEnd(text: string, start: number, quote: string, isVerbatim: boolean): number {
  let at = start + 1;
  for (; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\' && !isVerbatim) at++;
    else if (text[at] === quote) return at + 1;
  }
  return at;
}
