/**
 * The text values of Sigma (specification 2, "String Wildcard" and "Escaping"): `*` stands for any characters, `?` for
 * one; a backslash before `*`, `?` or a backslash makes that one plain; any other backslash is plain itself.
 *
 * A pattern is a value taken apart: texts, and the two wildcards between them.
 */
export type PatternPart = { readonly text: string } | { readonly wildcard: '*' | '?' };
export type Pattern = readonly PatternPart[];

/** A literal text as a Sigma value that matches it and nothing else. */
export function encodeLiteral(text: string): string {
  return encodePattern(text === '' ? [] : [{ text }]);
}

/**
 * A pattern as a Sigma value. A single backslash stays single where that is unambiguous, as the specification
 * recommends; a run of backslashes, or one before a wildcard (plain or not), is doubled.
 */
export function encodePattern(pattern: Pattern): string {
  return pattern
    .map((part, index) =>
      'wildcard' in part ? part.wildcard : encodeText(part.text, pattern[index + 1] !== undefined),
    )
    .join('');
}

function encodeText(text: string, beforeWildcard: boolean): string {
  return text.replace(/\\+|[*?]/g, (found: string, offset: number) => {
    if (!found.startsWith('\\')) return `\\${found}`;
    const next = text.charAt(offset + found.length);
    const isAtWildcard = next === '' ? beforeWildcard : next === '*' || next === '?';
    return found.length > 1 || isAtWildcard ? found + found : found;
  });
}

/** The pattern that a Sigma value stands for; neighbouring `*` are one. */
export function decodePattern(value: string): Pattern {
  const parts: PatternPart[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push({ text });
    text = '';
  };
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index);
    const next = value.charAt(index + 1);
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      text += next;
      index++;
    } else if (character === '*' || character === '?') {
      flush();
      const last = parts[parts.length - 1];
      if (character === '*' && last !== undefined && 'wildcard' in last && last.wildcard === '*') continue;
      parts.push({ wildcard: character });
    } else {
      text += character;
    }
  }
  flush();
  return parts;
}

/** The text of a pattern without wildcards; `undefined` for any other. */
export function literalOf(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return '';
  const [first] = pattern;
  return pattern.length === 1 && first !== undefined && 'text' in first ? first.text : undefined;
}

/** The pattern with `*` before and after it where asked for (`contains`, `startswith`, `endswith`). */
export function surround(pattern: Pattern, before: boolean, after: boolean): Pattern {
  const star: PatternPart = { wildcard: '*' };
  const isStar = (part: PatternPart | undefined) => part !== undefined && 'wildcard' in part && part.wildcard === '*';
  const start = before && !isStar(pattern[0]) ? [star] : [];
  const end = after && !isStar(pattern[pattern.length - 1]) && !(pattern.length === 0 && before) ? [star] : [];
  return [...start, ...pattern, ...end];
}

/** Reads the wildcard notation of the neutral Detection: `*` and `?` match, a backslash makes these and itself plain. */
export function parseWildcard(value: string): Pattern {
  const parts: PatternPart[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push({ text });
    text = '';
  };
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index);
    if (character === '\\' && /^[*?\\]/.test(value.slice(index + 1, index + 2))) {
      text += value.charAt(++index);
    } else if (character === '*' || character === '?') {
      flush();
      const last = parts[parts.length - 1];
      if (character === '*' && last !== undefined && 'wildcard' in last && last.wildcard === '*') continue;
      parts.push({ wildcard: character });
    } else {
      text += character;
    }
  }
  flush();
  return parts;
}

/** Writes the wildcard notation of the neutral Detection. */
export function formatWildcard(pattern: Pattern): string {
  return pattern.map((part) => ('wildcard' in part ? part.wildcard : part.text.replace(/[\\*?]/g, '\\$&'))).join('');
}
