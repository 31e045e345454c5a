/**
 * Regular expressions: the ones that stand for plain tests of a text, and the way from KQL's dialect to Splunk's. KQL
 * has RE2's syntax, Splunk PCRE's, which says nearly all of it alike; neither side sees the other's extras.
 */
import type { TextTest } from '../../src/ir/types.ts';
import { matchesRegex } from '../../src/eval/regex.ts';
import { EvaluationUnsupported } from '../../src/eval/value.ts';
import { foldCase, isTermCharacter } from '../../src/ir/text.ts';

export type PlainTest = Exclude<TextTest, 'regex' | 'wildcard'>;

/** A test of a text for any of some values. */
export interface TextPattern {
  readonly test: PlainTest;
  readonly values: readonly string[];
  readonly caseSensitive: boolean;
}

/** No letter or digit before, or behind: the bounds of KQL's terms. */
const TERM_START = '(?<![\\p{L}\\p{N}])';
const TERM_END = '(?![\\p{L}\\p{N}])';
/** Unlike `$`, not also before a line break at the end. */
const TEXT_END = '\\z';
const IGNORE_CASE = '(?i)';

/** Whether letter case makes no difference to a text. */
export function hasNoCase(text: string): boolean {
  return foldCase(text) === text && text.toUpperCase() === text;
}

/** Whether a regular expression matches the empty text, as what is missing reads; one that cannot be run counts as such. */
export function matchesEmptyText(pattern: string): boolean {
  try {
    return matchesRegex('', pattern);
  } catch (error) {
    if (error instanceof EvaluationUnsupported) return true;
    throw error;
  }
}

/** A text as a regular expression that matches it and nothing else. Control characters are written as their codes. */
export function escapePattern(text: string): string {
  return (
    text
      .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
      // eslint-disable-next-line no-control-regex -- control characters are what it looks for
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => codePattern(character))
  );
}

function codePattern(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, '0');
  return code.length > 2 || code > '7f' ? `\\x{${code}}` : `\\x${code}`;
}

/** The regular expression of a test. The reverse of {@link readTextPattern}. */
export function writeTextPattern({ test, values, caseSensitive }: TextPattern): string {
  const list = values.map(escapePattern);
  const body = list.length === 1 ? list.join('') : `(?:${list.join('|')})`;
  const start =
    test === 'equals' || test === 'startsWith' ? '^' : test === 'term' || test === 'termPrefix' ? TERM_START : '';
  const end =
    test === 'equals' || test === 'endsWith' ? TEXT_END : test === 'term' || test === 'termSuffix' ? TERM_END : '';
  return `${caseSensitive || values.every(hasNoCase) ? '' : IGNORE_CASE}${start}${body}${end}`;
}

/** The plain test that a regular expression is; `undefined` when it is a pattern of its own. */
export function readTextPattern(pattern: string): TextPattern | undefined {
  let rest = pattern;
  const take = (prefix: string): boolean => {
    if (!rest.startsWith(prefix)) return false;
    rest = rest.slice(prefix.length);
    return true;
  };
  const drop = (suffix: string): boolean => {
    if (!rest.endsWith(suffix)) return false;
    rest = rest.slice(0, -suffix.length);
    return true;
  };
  const caseSensitive = !take(IGNORE_CASE);
  const anchored = take('^');
  const fromTerm = !anchored && take(TERM_START);
  const toTerm = drop(TERM_END);
  // An escaped backslash before the `z` is a text that ends in `z`.
  const toEnd = !toTerm && /(?<!\\)(?:\\\\)*\\z$/.test(rest) && drop(TEXT_END);
  const inner = /^\(\?:(.*)\)$/s.exec(rest)?.[1];
  const values = inner === undefined ? readLiterals(rest, false) : readLiterals(inner, true);
  if (values === undefined || values.includes('')) return undefined;
  const test = testOf(anchored, toEnd, fromTerm, toTerm);
  if (test === undefined) return undefined;
  return { test, values, caseSensitive: caseSensitive && !values.every(hasNoCase) };
}

/** A wildcard value (`*`, `?`, escapes by backslash) as a regular expression over the whole text. */
export function writeWildcardPattern(value: string, caseSensitive: boolean): string {
  let body = '';
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '*') body += '.*';
    else if (character === '?') body += '.';
    else {
      if (character === '\\' && /^[*?\\]/.test(value.slice(at + 1))) at++;
      body += escapePattern(value.charAt(at));
    }
  }
  return `${caseSensitive || hasNoCase(value) ? '(?s)' : '(?is)'}^${body}${TEXT_END}`;
}

/** The wildcard value that a regular expression is; the reverse of {@link writeWildcardPattern}. */
export function readWildcardPattern(
  pattern: string,
): { readonly value: string; readonly caseSensitive: boolean } | undefined {
  const parts = /^\(\?(i?)s\)\^(.*)\\z$/s.exec(pattern);
  if (parts === null) return undefined;
  const pieces = (parts[2] ?? '').match(/\.\*|\.|(?:\\.|[^.\\])+|[^]/g) ?? [];
  let value = '';
  for (const piece of pieces) {
    if (piece === '.*') value += '*';
    else if (piece === '.') value += '?';
    else {
      const [literal] = readLiterals(piece, false) ?? [];
      if (literal === undefined) return undefined;
      value += literal.replace(/[\\*?]/g, '\\$&');
    }
  }
  return { value, caseSensitive: parts[1] === '' && !hasNoCase(value) };
}

function testOf(anchored: boolean, toEnd: boolean, fromTerm: boolean, toTerm: boolean): PlainTest | undefined {
  if (anchored || toEnd) {
    if (fromTerm || toTerm) return undefined;
    return anchored && toEnd ? 'equals' : anchored ? 'startsWith' : 'endsWith';
  }
  return fromTerm && toTerm ? 'term' : fromTerm ? 'termPrefix' : toTerm ? 'termSuffix' : 'contains';
}

/** The texts that a pattern without any operator but (if allowed) alternatives stands for. */
function readLiterals(pattern: string, alternatives: boolean): readonly string[] | undefined {
  const values = [''];
  const add = (text: string): void => {
    values.push(`${values.pop() ?? ''}${text}`);
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '|' && alternatives) {
      values.push('');
    } else if (character === '\\') {
      const code = /^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(pattern.slice(at + 1, at + 10));
      const next = pattern.charAt(at + 1);
      if (code !== null) {
        const point = parseInt(code[1] ?? code[2] ?? '', 16);
        if (point > 0x10ffff) return undefined;
        add(String.fromCodePoint(point));
        at += code[0].length;
      } else if (next !== '' && /[^A-Za-z0-9]/.test(next)) {
        add(next);
        at++;
      } else return undefined;
    } else if (/[\^$.|?*+()[\]{}]/.test(character)) {
      return undefined;
    } else add(character);
  }
  return values;
}

/**
 * The test for a term, without the bounds that its value brings along: one that begins with a delimiter begins at a
 * term's bound wherever it stands.
 */
export function withoutIdleBounds(test: PlainTest, value: string): PlainTest {
  if (test !== 'term' && test !== 'termPrefix' && test !== 'termSuffix') return test;
  const start = test !== 'termSuffix' && isTermCharacter(value);
  const end = test !== 'termPrefix' && /[\p{L}\p{N}]$/u.test(value);
  return start && end ? 'term' : start ? 'termPrefix' : end ? 'termSuffix' : 'contains';
}

/**
 * A regular expression of RE2's syntax in words that mean the same in PCRE and still are RE2's; `undefined` when there
 * are none (`\C`, a single byte).
 */
export function toSharedSyntax(pattern: string): string | undefined {
  const isMultiline = /\(\?[a-zA-Z]*m/.test(pattern);
  let shared = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      const next = pattern.charAt(at + 1);
      if (next === 'C' || next === '') return undefined;
      if (next === 'Q' && !inClass) {
        const end = pattern.indexOf('\\E', at + 2);
        shared += escapePattern(pattern.slice(at + 2, end < 0 ? undefined : end));
        at = end < 0 ? pattern.length : end + 1;
        continue;
      }
      // RE2's \v is the vertical tab, PCRE's any vertical space.
      shared += next === 'v' ? '\\x0b' : hasLineBreak(next) ? codePattern(next) : `\\${next}`;
      at++;
    } else if (inClass) {
      if (character === ']') inClass = false;
      if (character === '[' && pattern.charAt(at + 1) === ':') {
        const end = pattern.indexOf(':]', at);
        if (end > 0) {
          shared += pattern.slice(at, end + 2);
          at = end + 1;
          continue;
        }
      }
      shared += hasLineBreak(character) ? codePattern(character) : character;
    } else if (character === '[') {
      inClass = true;
      shared += character;
      // A bracket that closes at once is a member.
      const first = /^\^?\]/.exec(pattern.slice(at + 1, at + 3))?.[0];
      if (first !== undefined) {
        shared += first;
        at += first.length;
      }
    } else if (character === '$' && !isMultiline) shared += TEXT_END;
    else shared += hasLineBreak(character) ? codePattern(character) : character;
  }
  return shared;
}

function hasLineBreak(character: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(character);
}

/** Whether a pattern of PCRE's is one of RE2's too: no look-around, no back reference, no possessive quantifier. */
export function isSharedSyntax(pattern: string): boolean {
  return !/\(\?(?:[=!>|&R#(+-]?[0-9]*\)|[=!>|&(#]|<[=!])|\\[1-9gkKGXRNhHZ]|[*+?}]\+/.test(pattern.replace(/\\\\/g, ''));
}

// ---------------------------------------------------------------------------------------------- capture groups

/** A pattern whose numbered groups are those that it names. */
export interface NamedGroups {
  readonly pattern: string;
  /** For each group in order (from 1) its name, if it has one. */
  readonly names: readonly (string | undefined)[];
}

/** Offsets and names of a pattern's capture groups, in order. */
function* groupsOf(
  pattern: string,
): Generator<{ readonly at: number; readonly length: number; readonly name?: string }> {
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '\\') at++;
    else if (inClass) inClass = character !== ']';
    else if (character === '[') {
      inClass = true;
      const first = /^\^?\]/.exec(pattern.slice(at + 1, at + 3))?.[0];
      at += first?.length ?? 0;
    } else if (character === '(') {
      const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(pattern.slice(at, at + 200));
      if (named !== null) yield { at, length: named[0].length, name: named[1] ?? '' };
      else if (pattern.charAt(at + 1) !== '?') yield { at, length: 1 };
    }
  }
}

/** How many capture groups a pattern has. */
export function countGroups(pattern: string): number {
  return [...groupsOf(pattern)].length;
}

/** The pattern with names for some groups (by number, from 1) and none for the others. */
export function nameGroups(pattern: string, names: ReadonlyMap<number, string>): string {
  let written = '';
  let from = 0;
  let number = 0;
  for (const group of groupsOf(pattern)) {
    number++;
    const name = names.get(number);
    written += `${pattern.slice(from, group.at)}${name === undefined ? '(' : `(?<${name}>`}`;
    from = group.at + group.length;
  }
  return written + pattern.slice(from);
}

/** A pattern's groups and the pattern without their names. */
export function readGroups(pattern: string): NamedGroups {
  return { pattern: nameGroups(pattern, new Map()), names: [...groupsOf(pattern)].map((group) => group.name) };
}
