/**
 * Cuts a KQL text into tokens and writes them down again in the short form that the grammar reads.
 *
 * KQL's words are independent of their context, so they can be cut before the grammar looks at anything; it then reads a
 * text without blanks and comments in which a name or a literal is one letter. That is what makes the parser fast, and a
 * broken literal is found here, where it stands. The rules follow Microsoft's lexer (Kusto.Language, TokenParser).
 *
 * Short form, by token:
 * - a name is `N`; a literal is `S` (string), `L` (long), `R` (real), `I` (int), `M` (decimal), `B` (bool), `D` (datetime),
 *   `T` (timespan), `G` (guid), `U` (a bare GUID), and `#` is a directive line;
 * - one character of punctuation stands for itself;
 * - keywords and longer punctuation stand for themselves with one blank behind: `where `, `== `.
 */
import { KEYWORDS, LITERAL_WORDS, NEGATED_WORDS } from './keywords.ts';

export interface Token {
  /** The short form's text. */
  readonly kind: string;
  /** Offsets in the query text. */
  readonly start: number;
  readonly end: number;
}

/** A flaw that can be seen without grammar. `at` is where the text stops making sense. */
export interface LexicalFlaw {
  readonly flaw:
    'unexpected-character' | 'unterminated-string' | 'bad-escape' | 'unterminated-literal' | 'too-deep' | 'too-long';
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

export interface TokenList {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Ranges of comments, `//` to the end of the line. */
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  /** The short form. */
  readonly short: string;
  /** For every offset of the short form the index of its token; one entry more for its end. */
  readonly tokenAt: Int32Array;
  readonly flaws: readonly LexicalFlaw[];
}

/** Brackets may be nested this deep: rules stay below thirty, and a default stack holds half as much again. */
export const MAX_NESTING = 100;
/** Characters of a query. Azure Monitor accepts less than a tenth of it. */
export const MAX_LENGTH = 2_000_000;
/** Tokens of a query: two for each value of a list. The longest public rules have fifteen hundred. */
export const MAX_TOKENS = 20_000;
/** Pipes of a query. The longest public rules have less than a hundred. */
export const MAX_PIPES = 500;

const KIND_OF_LITERAL: ReadonlyMap<string, string> = new Map([
  ['long', 'L'],
  ['int', 'I'],
  ['real', 'R'],
  ['decimal', 'M'],
  ['bool', 'B'],
  ['datetime', 'D'],
  ['timespan', 'T'],
  ['guid', 'G'],
]);

const SHORT_WORDS: ReadonlyMap<string, string> = new Map([...KEYWORDS].map((word) => [word, `${word} `]));

/** Keywords that go on after their first word (`project-away`, `hint.strategy`), longest first. */
const COMPOUNDS: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, string[]>();
  for (const word of KEYWORDS) {
    const first = /^[A-Za-z0-9_]+/.exec(word)?.[0];
    if (first === undefined || first === word) continue;
    found.set(
      first,
      [...(found.get(first) ?? []), word].sort((a, b) => b.length - a.length),
    );
  }
  return found;
})();

const BOOLEANS: ReadonlySet<string> = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE']);

const WORD = /[A-Za-z_$][A-Za-z0-9_]*/y;
const BARE_GUID = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/y;
// `1..5` is two longs, `1...5` a real and a range.
const REAL = /[0-9]+(?:\.(?:(?!\.)|(?=\.\.))[0-9]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)(?![A-Za-z0-9_])/y;
const TIMESPAN =
  /[0-9]+(?:\.[0-9]+)?(?:minutes|minute|min|milliseconds|millisecond|millisec|millis|milli|microseconds|microsecond|microsec|micros|micro|ms|m|seconds|second|sec|s|days|day|d|hours|hour|hrs|hr|h|nanoseconds|nanosecond|nanosec|nanos|nano|ticks|tick)(?![A-Za-z0-9_])/y;
const LONG = /(?:0[xX][0-9a-fA-F]+|[0-9]+)(?![A-Za-z0-9_])/y;
const DIGIT_WORD = /[0-9]+[A-Za-z_][A-Za-z0-9_]*/y;
const LINE_END = /[\r\n\u2028\u2029]/g;
const ESCAPE = /\\(?:[\\'"abfnrtv]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{0,2}|[4-7][0-7]?)/y;

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

function isWordCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function isBlank(code: number): boolean {
  switch (code) {
    case 9:
    case 10:
    case 12:
    case 13:
    case 32:
    case 0xa0:
    case 0x1680:
    case 0x180e:
    case 0x202f:
    case 0x205f:
    case 0x3000:
    case 0xfeff:
      return true;
    default:
      return code >= 0x2000 && code <= 0x200b;
  }
}

const PUNCTUATION: ReadonlySet<string> = new Set('()[]{}|.+-*/%<>=:;,@?');
const LONG_PUNCTUATION: ReadonlySet<string> = new Set(['..', '<=', '<|', '<>', '>=', '==', '=>', '=~', '!=', '!~']);
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

interface StringEnd {
  readonly end: number;
  readonly flaw?: 'unterminated-string' | 'bad-escape';
  readonly at: number;
}

/** Where the string literal ends whose quotes start at `offset`; undefined where there is none. */
function scanString(text: string, offset: number): StringEnd | undefined {
  let position = offset;
  const verbatim = text[position] === '@';
  if (verbatim) position++;
  const quote = text[position];
  if (quote === '`' || quote === '~') {
    const fence = quote.repeat(3);
    if (!text.startsWith(fence, position)) return undefined;
    const closing = text.indexOf(fence, position + 3);
    if (closing < 0) return { end: text.length, flaw: 'unterminated-string', at: text.length };
    return { end: closing + 3, at: closing + 3 };
  }
  if (quote !== '"' && quote !== "'") return undefined;
  const quoteCode = quote.charCodeAt(0);
  for (position++; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code === quoteCode) {
      if (!verbatim || text.charCodeAt(position + 1) !== quoteCode) return { end: position + 1, at: position + 1 };
      position++;
    } else if (code === 92 && !verbatim) {
      const escape = matchAt(ESCAPE, text, position);
      if (escape === undefined) return { end: position, flaw: 'bad-escape', at: position };
      position += escape.length - 1;
    } else if (code === 10 || code === 13) break;
  }
  return { end: position, flaw: 'unterminated-string', at: position };
}

/** Cuts a text into tokens. Never fails: what is no token is listed among the flaws, first things first. */
export function tokenize(text: string): TokenList {
  const tokens: Token[] = [];
  const comments: { start: number; end: number }[] = [];
  const flaws: LexicalFlaw[] = [];
  const parts: string[] = [];
  const open: Token[] = [];
  let pipes = 0;
  let offset = 0;
  if (text.length > MAX_LENGTH) {
    flaws.push({ flaw: 'too-long', start: 0, end: 0, at: 0 });
    return { text, tokens, comments, short: '', tokenAt: new Int32Array(1), flaws };
  }

  const add = (kind: string, end: number): Token => {
    const token = { kind, start: offset, end };
    tokens.push(token);
    parts.push(kind);
    if (kind === '|') pipes++;
    offset = end;
    return token;
  };

  const addString = (quotes: number): boolean => {
    const found = scanString(text, quotes);
    if (found === undefined) return false;
    const token = add('S', found.end);
    if (found.flaw !== undefined) flaws.push({ flaw: found.flaw, start: token.start, end: found.end, at: found.at });
    return true;
  };

  const addBracket = (character: string): void => {
    const token = add(character, offset + 1);
    if (CLOSING.has(character)) {
      open.push(token);
      if (open.length === MAX_NESTING + 1)
        flaws.push({ flaw: 'too-deep', start: token.start, end: token.end, at: token.start });
      return;
    }
    const partner = open[open.length - 1];
    if (partner !== undefined && CLOSING.get(partner.kind) === character) open.pop();
  };

  const addWord = (word: string): void => {
    const start = offset;
    let keyword = KEYWORDS.has(word) ? word : undefined;
    const longer = COMPOUNDS.get(word)?.find((compound) => text.startsWith(compound, start));
    if (longer !== undefined) {
      // A longer word that does not end there is a name, even where its beginning alone is a keyword.
      const ends = !isWordCharacter(text.charCodeAt(start + longer.length));
      keyword = ends ? longer : undefined;
    }
    if (keyword !== undefined) {
      const literal = LITERAL_WORDS.get(keyword);
      if (literal !== undefined && text.charCodeAt(start + keyword.length) === 40) {
        let end = start + keyword.length + 1;
        LINE_END.lastIndex = end;
        const lineEnd = LINE_END.exec(text)?.index ?? text.length;
        const closing = text.indexOf(')', end);
        const kind = KIND_OF_LITERAL.get(literal) ?? 'N';
        if (closing >= 0 && closing < lineEnd) add(kind, closing + 1);
        else {
          end = lineEnd;
          add(kind, end);
          flaws.push({ flaw: 'unterminated-literal', start, end, at: end });
        }
        return;
      }
      add(SHORT_WORDS.get(keyword) ?? 'N', start + keyword.length);
      return;
    }
    if (BOOLEANS.has(word)) {
      add('B', start + word.length);
      return;
    }
    const guid = text.charCodeAt(start + 8) === 45 ? matchAt(BARE_GUID, text, start) : undefined;
    if (guid !== undefined) {
      add('U', start + guid.length);
      return;
    }
    if ((word === 'h' || word === 'H') && addString(start + 1)) return;
    add('N', start + word.length);
  };

  const addNumber = (): void => {
    if (text.startsWith('3Dchart', offset) && !isWordCharacter(text.charCodeAt(offset + 7))) {
      add('3Dchart ', offset + 7);
      return;
    }
    const guid = text.charCodeAt(offset + 8) === 45 ? matchAt(BARE_GUID, text, offset) : undefined;
    if (guid !== undefined) {
      add('U', offset + guid.length);
      return;
    }
    for (const [kind, pattern] of [
      ['R', REAL],
      ['T', TIMESPAN],
      ['L', LONG],
      ['N', DIGIT_WORD],
    ] as const) {
      const found = matchAt(pattern, text, offset);
      if (found !== undefined) {
        add(kind, offset + found.length);
        return;
      }
    }
  };

  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (isBlank(code)) {
      offset++;
      continue;
    }
    if (code === 47 && text.charCodeAt(offset + 1) === 47) {
      LINE_END.lastIndex = offset;
      const end = LINE_END.exec(text)?.index ?? text.length;
      comments.push({ start: offset, end });
      offset = end;
      continue;
    }
    if (tokens.length >= MAX_TOKENS || pipes > MAX_PIPES) {
      flaws.push({ flaw: 'too-long', start: offset, end: offset, at: offset });
      break;
    }
    const word = matchAt(WORD, text, offset);
    if (word !== undefined) {
      addWord(word);
      continue;
    }
    const character = text[offset] ?? '';
    if (code >= 48 && code <= 57) {
      addNumber();
      continue;
    }
    if (character === '"' || character === "'" || character === '@' || character === '`' || character === '~') {
      if (addString(offset)) continue;
    }
    if (character === '#') {
      LINE_END.lastIndex = offset;
      add('#', LINE_END.exec(text)?.index ?? text.length);
      continue;
    }
    if (character === '!') {
      const negated = NEGATED_WORDS.find((one) => text.startsWith(one, offset));
      if (negated !== undefined && !isWordCharacter(text.charCodeAt(offset + negated.length))) {
        add(SHORT_WORDS.get(negated) ?? 'N', offset + negated.length);
        continue;
      }
    }
    const pair = text.slice(offset, offset + 2);
    if (LONG_PUNCTUATION.has(pair)) add(`${pair} `, offset + 2);
    else if ('()[]{}'.includes(character)) addBracket(character);
    else if (PUNCTUATION.has(character)) add(character, offset + 1);
    else {
      // A surrogate pair is one character to the reader.
      const end = offset + String.fromCodePoint(text.codePointAt(offset) ?? 0).length;
      flaws.push({ flaw: 'unexpected-character', start: offset, end, at: offset });
      add('\u0000', end);
    }
  }

  const short = parts.join('');
  const tokenAt = new Int32Array(short.length + 1);
  let position = 0;
  tokens.forEach((token, index) => {
    tokenAt.fill(index, position, position + token.kind.length);
    position += token.kind.length;
  });
  tokenAt[short.length] = tokens.length;
  return { text, tokens, comments, short, tokenAt, flaws };
}
