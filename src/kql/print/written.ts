/** Text that is kept as it was written: quoting of names and strings, and pieces of a query that have no tree. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Name } from '../ast.ts';
import { KEYWORDS } from '../keywords.ts';
import { tokenize } from '../tokens.ts';

const { group, indent, line, lineSuffix, breakParent, softline } = builders;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const escaped = ESCAPES[character];
  if (escaped !== undefined) return escaped;
  const isInvisible = character < ' ' || character === '\u2028' || character === '\u2029';
  return isInvisible ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character;
}

/** A KQL string literal of a value. */
export function quote(value: string): string {
  return `'${value.split('').map(escapeCharacter).join('')}'`;
}

const PLAIN_WORD = /^(?:[A-Za-z_$][A-Za-z0-9_]*|[0-9]+[A-Za-z_][A-Za-z0-9_]*|@)$/;

/** A name as the query must write it. Names from a query are written as they were; others are bracketed if need be. */
export function printName(name: Omit<Name, 'span'>): string {
  if (!name.bracketed && (PLAIN_WORD.test(name.name) || KEYWORDS.has(name.name))) return name.name;
  return `[${quote(name.name)}]`;
}

/** A piece of a query on one line, without its comments. */
export function onOneLine(text: string): string {
  const { tokens } = tokenize(text);
  let end = tokens[0]?.start ?? 0;
  return tokens
    .map((token) => {
      const blank = token.start > end ? ' ' : '';
      end = token.end;
      return blank + text.slice(token.start, token.end);
    })
    .join('');
}

/** A `dynamic(...)` literal: its brackets and commas laid out anew, everything else as written. */
export function layOutLiteral(text: string): Doc {
  const { tokens, comments } = tokenize(text);
  let position = 0;
  let nextComment = 0;
  const written = (): string => {
    const token = tokens[position++];
    return token === undefined ? '' : text.slice(token.start, token.end);
  };
  const kind = (): string => tokens[position]?.kind ?? '';
  const takeComments = (): Doc => {
    const limit = tokens[position]?.start ?? text.length;
    const parts: Doc[] = [];
    for (;;) {
      const comment = comments[nextComment];
      if (comment === undefined || comment.start >= limit) return parts;
      parts.push(lineSuffix(` ${text.slice(comment.start, comment.end).trimEnd()}`), breakParent);
      nextComment++;
    }
  };
  const part = (): Doc => {
    const parts: Doc[] = [];
    while (position < tokens.length && !/^[,)\]}]$/.test(kind())) {
      if (/^[([{]$/.test(kind())) {
        const opening = written();
        const items: Doc[] = [takeComments()];
        while (position < tokens.length && !/^[)\]}]$/.test(kind())) {
          const item: Doc[] = [part()];
          if (kind() === ',') item.push(written(), takeComments(), line);
          items.push(item);
        }
        items.push(takeComments());
        const closing = written();
        const isCall = opening === '(';
        parts.push(
          isCall ? [opening, ...items, closing] : group([opening, indent([softline, ...items]), softline, closing]),
        );
      } else if (kind() === ':') parts.push(written(), ' ');
      else if (kind() === 'S' && tokens[position - 1]?.kind === 'S') parts.push(' ', written());
      else parts.push(written());
      parts.push(takeComments());
    }
    return parts;
  };
  return part();
}
