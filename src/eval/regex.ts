/** Regular expressions and wildcards of the evaluator: RE2 syntax, linear time (RE2/J's port re2js). */
import { RE2JS, RE2JSException } from 're2js';
import { foldCase } from '../ir/text.ts';
import { EvaluationUnsupported } from './value.ts';

const compiled = new Map<string, RE2JS>();
const MOST_COMPILED = 1000;

/** Compiles a regex once. Throws {@link EvaluationUnsupported} for what is no RE2 regex. */
export function compileRegex(pattern: string, caseSensitive = true): RE2JS {
  const key = `${caseSensitive ? 's' : 'i'}${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  try {
    const regex = RE2JS.compile(pattern, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(key, regex);
    return regex;
  } catch (error) {
    if (error instanceof RE2JSException)
      throw new EvaluationUnsupported(`the regular expression ${JSON.stringify(pattern)}`);
    throw error;
  }
}

/** Whether the regex matches somewhere in the text. */
export function matchesRegex(text: string, pattern: string, caseSensitive = true): boolean {
  return compileRegex(pattern, caseSensitive).matcher(text).find();
}

/** Whether a text is an instance of a pattern with `*` (any text) and `?` (one character); `\` escapes these three. */
export function matchesWildcard(text: string, pattern: string, caseSensitive: boolean): boolean {
  const characters = Array.from(caseSensitive ? text : foldCase(text));
  const tokens = wildcardTokens(caseSensitive ? pattern : foldCase(pattern));
  // Greedy with one point to return to: the last star. Linear space, and never exponential.
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const wanted = tokens[token];
    if (wanted === '*any*') {
      star = token++;
      starAt = at;
    } else if (wanted !== undefined && (wanted === '?one?' || wanted === characters[at])) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === '*any*') token++;
  return token === tokens.length;
}

function wildcardTokens(pattern: string): readonly string[] {
  const characters = Array.from(pattern);
  const tokens: string[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    const next = characters[index + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      tokens.push(next);
      index++;
    } else tokens.push(character === '*' ? '*any*' : character === '?' ? '?one?' : character);
  }
  return tokens;
}
