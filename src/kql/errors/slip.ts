/** What the searches for slips share: how one is reported, and which words mean what. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Span } from '../../source.ts';
import { kqlCodes } from '../codes.ts';
import { PLAIN_NAMES } from '../keywords.ts';

type Code = Parameters<typeof kqlCodes.diagnostic>[0];

/** An error with what may mend it. */
export function slip(code: Code, span: Span, message: string, hint?: string): Diagnostic {
  return kqlCodes.diagnostic(code, 'error', span, message, hint);
}

/** The words that start an operator behind a pipe, as people write them. */
export const OPERATOR_WORDS: readonly string[] =
  'as assert-schema consume count distinct evaluate extend facet filter find fork getschema graph-match graph-to-table invoke join limit lookup make-graph make-series mv-apply mv-expand order parse parse-kv parse-where partition print project project-away project-keep project-rename project-reorder range reduce render sample sample-distinct scan search serialize sort summarize take top top-hitters top-nested union where'.split(
    ' ',
  );
/** The same with their old spellings. */
export const OPERATOR_SET: ReadonlySet<string> = new Set([...OPERATOR_WORDS, 'mvexpand', 'mvapply']);

/** Words that continue an operator after its columns; a comma before them has nothing behind it. */
export const CLAUSE_WORDS: ReadonlySet<string> = new Set([
  'by',
  'on',
  'with',
  'from',
  'to',
  'step',
  'of',
  'limit',
  'asc',
  'desc',
]);

/** Whether a token can be a name as it stands. */
export function isName(kind: string): boolean {
  return kind === 'N' || PLAIN_NAMES.has(kind);
}
