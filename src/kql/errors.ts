/** Says in a KQL author's words why a query cannot be read. */
import type { FailedMatchResult } from 'ohm-js';
import type { Diagnostic } from '../diagnostic.ts';
import type { EmbeddedText } from '../source.ts';
import { kqlCodes } from './codes.ts';
import { fileSpan } from './parse/reading.ts';
import type { TokenList } from './tokens.ts';

export function describeFlaws(source: EmbeddedText, list: TokenList): readonly Diagnostic[] {
  return list.flaws.map((flaw) =>
    kqlCodes.diagnostic(flaw.flaw, 'error', fileSpan(source, flaw.start, flaw.end), flaw.flaw),
  );
}

export function describeFailure(source: EmbeddedText, list: TokenList, match: FailedMatchResult): Diagnostic {
  const position = match.getRightmostFailurePosition();
  const token = list.tokens[list.tokenAt[position] ?? list.tokens.length];
  const at = token?.start ?? source.text.length;
  return kqlCodes.diagnostic(
    'syntax',
    'error',
    fileSpan(source, at, token?.end ?? at),
    'the query cannot be read here',
  );
}
