/**
 * What it means for a text to pass a test: the primitives that normalising, the evaluator and the emitters share, so
 * that there is one idea of letter case and one of terms. Regular expressions and wildcards are not here.
 */
import type { TextTest } from './types.ts';

/**
 * The text in the spelling by which case-insensitive tests compare: lower case, character for character, so that
 * positions stay. What has no lower-case counterpart of the same length (`İ`) stays as it is. This is also what the
 * neutral function `lower` gives, so that a test of `lower(x)` and a case-insensitive test of `x` agree on every text.
 */
export function foldCase(text: string): string {
  // Plain ASCII is nearly everything and needs no second look.
  if (isAscii(text)) return text.toLowerCase();
  return mapCharacters(text, (character) => character.toLowerCase());
}

/** Upper case, character for character: the neutral function `upper`. */
export function upperCase(text: string): string {
  if (isAscii(text)) return text.toUpperCase();
  return mapCharacters(text, (character) => character.toUpperCase());
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

function mapCharacters(text: string, map: (character: string) => string): string {
  let result = '';
  for (const character of text) {
    const mapped = map(character);
    result += mapped.length === character.length ? mapped : character;
  }
  return result;
}

/** Whether two texts are equal when letter case does not count. */
export function equalsIgnoringCase(left: string, right: string): boolean {
  return left === right || foldCase(left) === foldCase(right);
}

/** Whether a character belongs to terms: a Unicode letter or digit. The underscore does not. */
export function isTermCharacter(character: string): boolean {
  return /^[\p{L}\p{N}]/u.test(character);
}

/** Whether terms are delimited at this offset: at the text's ends, and where one of both neighbours is no term character. */
export function isTermBoundary(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return true;
  // A low surrogate before the offset is the second half of a character.
  const unit = text.charCodeAt(offset - 1);
  const before =
    unit >= 0xdc00 && unit <= 0xdfff && offset >= 2 ? text.slice(offset - 2, offset) : text.charAt(offset - 1);
  return !isTermCharacter(before) || !isTermCharacter(text.slice(offset, offset + 2));
}

export type PlainTest = Exclude<TextTest, 'regex' | 'wildcard'>;

/**
 * Whether a text passes a test for one value.
 *
 * Term tests ask for the value as a part of the text that begins (`term`, `termPrefix`) and ends (`term`, `termSuffix`)
 * at term boundaries; a value may itself hold delimiters. The empty value passes everything but `equals`.
 */
export function passesTest(subject: string, test: PlainTest, value: string, caseSensitive: boolean): boolean {
  const haystack = caseSensitive ? subject : foldCase(subject);
  const needle = caseSensitive ? value : foldCase(value);
  switch (test) {
    case 'equals':
      return haystack === needle;
    case 'contains':
      return haystack.includes(needle);
    case 'startsWith':
      return haystack.startsWith(needle);
    case 'endsWith':
      return haystack.endsWith(needle);
    case 'term':
      return hasTerm(haystack, needle, true, true);
    case 'termPrefix':
      return hasTerm(haystack, needle, true, false);
    case 'termSuffix':
      return hasTerm(haystack, needle, false, true);
  }
}

function hasTerm(haystack: string, needle: string, fromStart: boolean, toEnd: boolean): boolean {
  if (needle === '') return true;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    if (fromStart && !isTermBoundary(haystack, at)) continue;
    if (toEnd && !isTermBoundary(haystack, at + needle.length)) continue;
    return true;
  }
  return false;
}
