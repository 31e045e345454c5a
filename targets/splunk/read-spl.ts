/** Reads the text of a search. The only file of the target that knows the parser. */
import type { Node } from 'ohm-js';
import grammar from '../../grammar/spl.ohm-bundle.js';
import type { Diagnostic } from '../../src/diagnostic.ts';
import type { EmbeddedText } from '../../src/source.ts';
import { toFileOffset } from '../../src/source.ts';
import { codes } from './codes.ts';
import { buildPipeline } from './read-commands.ts';
import { ExpressionTooLong } from './read-expression.ts';
import type { Pipeline } from './tree.ts';

/** Limits of what is read: far above any real search, far below what would exhaust the reader. */
const LIMITS = { length: 500_000, depth: 60 };

const semantics = grammar.createSemantics().addOperation<Node>('toPipeline', {
  Search: (pipeline, _end) => pipeline,
});

export type SearchReading =
  | { readonly search: Pipeline; readonly diagnostics: readonly Diagnostic[] }
  | { readonly search: undefined; readonly diagnostics: readonly Diagnostic[] };

/** A search's tree. What is no SPL gives a diagnostic where the text stops being some. */
export function readSearch(source: EmbeddedText): SearchReading {
  const { text } = source;
  const failure = (code: 'syntax' | 'too-complex', offset: number, message: string): SearchReading => {
    const start = toFileOffset(source, offset);
    return { search: undefined, diagnostics: [codes.diagnostic(code, 'error', { start, end: start + 1 }, message)] };
  };
  if (text.length > LIMITS.length) return failure('too-complex', 0, 'The search is too long to be read.');
  const deep = depthExceededAt(text);
  if (deep !== undefined) return failure('too-complex', deep, 'The search is nested too deep to be read.');
  try {
    const match = grammar.match(text, 'Search');
    if (match.failed()) {
      return failure('syntax', match.getInterval().startIdx, 'This is not SPL from here on.');
    }
    const pipeline = (semantics(match) as unknown as { toPipeline(): Node }).toPipeline();
    return { search: buildPipeline({ source }, pipeline), diagnostics: [] };
  } catch (error) {
    // Long chains of operators without brackets (`NOT NOT NOT ...`) can still exhaust the parser's stack.
    if (error instanceof ExpressionTooLong || error instanceof RangeError) {
      return failure('too-complex', 0, 'An expression of the search is too long to be read.');
    }
    throw error;
  }
}

/** Where brackets are nested deeper than is read: outside quotes. */
function depthExceededAt(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      at++;
      while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    } else if (character === '(' || character === '[') {
      if (++depth > LIMITS.depth) return at;
    } else if (character === ')' || character === ']') depth--;
  }
  return undefined;
}
