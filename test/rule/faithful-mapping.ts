/** Judges the way back from an embedded text to its file. */
import { toFileOffset } from '../../src/source.ts';
import type { EmbeddedText } from '../../src/source.ts';

const FOLD = /[ \t]*(\r?\n|\r|$)/y;

/**
 * What is wrong with the mapping, or `undefined`. Each character of the text must stand at its offset in the file, or
 * be what the YAML or JSON there makes of it: a space or line feed made of a line break, an escape, a doubled quote.
 * Offsets never go back.
 */
export function findMismatch(embedded: EmbeddedText, file: string): string | undefined {
  let previous = -1;
  for (let offset = 0; offset < embedded.text.length; offset++) {
    const at = toFileOffset(embedded, offset);
    const [wanted, found] = [embedded.text[offset], file[at]];
    if (at < previous) return `offset ${offset} goes back to ${at} from ${previous}`;
    previous = at;
    if (found === wanted) continue;
    if (wanted === '\n' && (found === '\r' || found === undefined)) continue;
    if (wanted === '\n' || wanted === ' ') {
      // A folded break, which the blanks before it belong to.
      FOLD.lastIndex = at;
      if (FOLD.test(file)) continue;
    }
    if (found === '\\') continue;
    return `offset ${offset}: ${JSON.stringify(wanted)} in the text, ${JSON.stringify(found)} at ${at} in the file`;
  }
  const end = toFileOffset(embedded, embedded.text.length);
  return end < previous || end > file.length ? `the end leads to ${end}` : undefined;
}
