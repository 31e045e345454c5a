/** Broken queries made from good ones: a token dropped, doubled, swapped with the next or replaced by another. */
import { tokenize } from '../../src/kql/tokens.ts';

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function mutate(query: string, random: () => number): string {
  const { tokens } = tokenize(query);
  const pick = (count: number): number => Math.floor(random() * count);
  const at = pick(tokens.length - 1);
  const [token, next, other] = [tokens[at], tokens[at + 1], tokens[pick(tokens.length)]];
  if (token === undefined || next === undefined || other === undefined) return query;
  const text = (part: { start: number; end: number }): string => query.slice(part.start, part.end);
  const before = query.slice(0, token.start);
  const after = query.slice(token.end);
  switch (pick(4)) {
    case 0:
      return before + after;
    case 1:
      return `${before}${text(token)} ${text(token)}${after}`;
    case 2:
      return before + text(next) + query.slice(token.end, next.start) + text(token) + query.slice(next.end);
    default:
      return before + text(other) + after;
  }
}

/** What a message looks like: a capital or a quoted part at the start, one line, one full stop, at its end. */
export const ONE_SENTENCE = /^(?:\p{Lu}|'|`)(?:[^\r\n.]|\.(?! \p{Lu}|$))*\.$/u;
