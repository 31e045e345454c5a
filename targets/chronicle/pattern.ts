/**
 * Text tests as RE2 patterns and back. `re.regex` looks for its pattern anywhere in the text (Google SecOps, "re.regex"),
 * in the dialect of KQL's `matches regex`; `^` and `$` are the text's ends.
 *
 * `plainTestOf(patternOf(test, values))` is the test again, for every test that {@link PlainTest} allows with values that
 * are not empty and whose ends fit it: see {@link reduceTerm}.
 */
import { isTermCharacter } from '../../src/ir/text.ts';
import type { TextTest } from '../../src/ir/types.ts';

export type PlainTest = Exclude<TextTest, 'regex' | 'wildcard'>;

/** KQL's terms: letters and digits, with anything else or the text's end around them. */
const TERM_START = String.raw`(?:^|[^\pL\pN])`;
const TERM_END = String.raw`(?:[^\pL\pN]|$)`;

const ENDS: Readonly<Record<PlainTest, readonly [start: string, end: string]>> = {
  equals: ['^', '$'],
  startsWith: ['^', ''],
  endsWith: ['', '$'],
  term: [TERM_START, TERM_END],
  termPrefix: [TERM_START, ''],
  termSuffix: ['', TERM_END],
  contains: ['', ''],
};

/** The term test without the boundaries that its value has anyway: before `.exe` there is always one. */
export function reduceTerm(test: PlainTest, value: string): PlainTest {
  if (test !== 'term' && test !== 'termPrefix' && test !== 'termSuffix') return test;
  const needsStart = test !== 'termSuffix' && isTermCharacter(value);
  const needsEnd = test !== 'termPrefix' && isTermCharacter(lastCharacter(value));
  if (needsStart) return needsEnd ? 'term' : 'termPrefix';
  return needsEnd ? 'termSuffix' : 'contains';
}

/** The last character, both halves of it. */
const lastCharacter = (text: string): string => /[^]$/u.exec(text)?.[0] ?? '';

/** A pattern that matches the texts that pass the test for any of the values. */
export function patternOf(test: PlainTest, values: readonly string[]): string {
  const [start, end] = ENDS[test];
  const alternatives = values.map(escapePattern).join('|');
  const needsGroup = values.length > 1 && (start !== '' || end !== '');
  return `${start}${needsGroup ? `(?:${alternatives})` : alternatives}${end}`;
}

/** The text as a pattern for itself. Holds neither a back quote nor a control character, so any quotes can hold it. */
export function escapePattern(text: string): string {
  let pattern = '';
  for (const character of text) pattern += escapeCharacter(character);
  return pattern;
}

function escapeCharacter(character: string): string {
  if (/[\\.+*?()|[\]{}^$]/.test(character)) return `\\${character}`;
  return isPlain(character) ? character : codeEscape(character);
}

/** Whether a character can stand for itself between back quotes and is seen where it stands. */
function isPlain(character: string): boolean {
  return !/[`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character);
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\x{${code.toString(16)}}`);
}

/**
 * The same pattern without back quotes, control characters and `\Q...\E`: it can stand between back quotes, and is
 * written like every other pattern of its meaning.
 */
export function safePattern(pattern: string): string {
  let safe = '';
  for (let at = 0; at < pattern.length;) {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    at += character.length;
    if (character !== '\\') {
      safe += isPlain(character) ? character : codeEscape(character);
      continue;
    }
    const next = at < pattern.length ? String.fromCodePoint(pattern.codePointAt(at) ?? 0) : '';
    at += next.length;
    if (next === 'Q') {
      const end = pattern.indexOf('\\E', at);
      safe += escapePattern(pattern.slice(at, end < 0 ? pattern.length : end));
      at = end < 0 ? pattern.length : end + 2;
    } else if (next === '' || isPlain(next)) safe += `\\${next}`;
    else safe += codeEscape(next);
  }
  return safe;
}

export interface RecognisedPattern {
  readonly test: PlainTest;
  readonly values: readonly string[];
}

/** The plain test that a pattern stands for; `undefined` when it is a pattern in earnest. */
export function plainTestOf(pattern: string): RecognisedPattern | undefined {
  const starts: readonly (readonly [string, 'term' | 'text' | ''])[] = [
    [TERM_START, 'term'],
    ['^', 'text'],
    ['', ''],
  ];
  const [startText, start] = starts.find(([text]) => pattern.startsWith(text)) ?? ['', ''];
  let body = pattern.slice(startText.length);
  const isEnd = body.endsWith('$') && !isEscapedAt(body, body.length - 1);
  const end = body.endsWith(TERM_END) ? 'term' : isEnd ? 'text' : '';
  body = body.slice(0, body.length - (end === 'term' ? TERM_END.length : end === 'text' ? 1 : 0));
  // Where nothing anchors it, a leading or trailing `.*` matches what is there, if only nothing.
  if (start === '') body = body.replace(/^(?:\.\*)+/, '');
  if (end === '') body = withoutTrailingAny(body);
  const values = alternativesOf(body, start === '' && end === '');
  const test = testBetween(start, end);
  if (values === undefined || test === undefined) return undefined;
  // A boundary that a value's end has anyway is written without; with it the pattern asks for a character more.
  const fits = values.every((value) => value === '' || reduceTerm(test, value) === test);
  return fits ? { test, values } : undefined;
}

function testBetween(start: 'term' | 'text' | '', end: 'term' | 'text' | ''): PlainTest | undefined {
  if (start === 'text') return end === 'text' ? 'equals' : end === '' ? 'startsWith' : undefined;
  if (start === 'term') return end === 'term' ? 'term' : end === '' ? 'termPrefix' : undefined;
  return end === 'text' ? 'endsWith' : end === 'term' ? 'termSuffix' : 'contains';
}

/** Whether the character at an offset is escaped by a backslash before it. */
function isEscapedAt(text: string, offset: number): boolean {
  let backslashes = 0;
  while (text[offset - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function withoutTrailingAny(body: string): string {
  let left = body;
  while (left.endsWith('.*') && !isEscapedAt(left, left.length - 2)) left = left.slice(0, -2);
  return left;
}

/** The texts of `a|b`, `(a|b)` or `(?:a|b)`; bare alternatives only where nothing stands around them. */
function alternativesOf(body: string, allowsBare: boolean): readonly string[] | undefined {
  const group = /^\((?:\?:)?([^]*)\)$/.exec(body);
  const inner = group?.[1];
  const grouped = inner === undefined ? undefined : literalsOf(inner);
  if (grouped !== undefined) return grouped;
  const bare = literalsOf(body);
  return bare === undefined || (bare.length > 1 && !allowsBare) ? undefined : bare;
}

/** The literal texts between unescaped bars; `undefined` when something there is no literal. */
function literalsOf(pattern: string): readonly string[] | undefined {
  const texts: string[] = [];
  let text = '';
  for (let at = 0; at < pattern.length;) {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    at += character.length;
    if (character === '|') {
      texts.push(text);
      text = '';
    } else if (character === '\\') {
      const escape = readEscape(pattern.slice(at, at + 10));
      if (escape === undefined) return undefined;
      text += escape.text;
      at += escape.length;
    } else if (/[.+*?()[\]{}^$]/.test(character)) return undefined;
    else text += character;
  }
  texts.push(text);
  return texts;
}

/** The character that an escape stands for, and how much of the text after the backslash it takes. */
function readEscape(rest: string): { readonly text: string; readonly length: number } | undefined {
  const code = /^x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(rest);
  if (code !== null) {
    const value = parseInt(code[1] ?? code[2] ?? '', 16);
    return value > 0x10ffff ? undefined : { text: String.fromCodePoint(value), length: code[0].length };
  }
  const [first = ''] = rest;
  const named = Object.entries(NAMED).find(([, escape]) => escape === `\\${first}`);
  if (named !== undefined) return { text: named[0], length: 1 };
  return /^[!-/:-@[-`{-~]$/.test(first) ? { text: first, length: 1 } : undefined;
}

/** A pattern's own leading flags: `(?i)` and what else there is. Only flags that hold for all of it. */
export function leadingFlags(pattern: string): { readonly flags: string; readonly rest: string } {
  const found = /^\(\?([ims]+)\)/.exec(pattern);
  return { flags: found?.[1] ?? '', rest: pattern.slice(found?.[0].length ?? 0) };
}
