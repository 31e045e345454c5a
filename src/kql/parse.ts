/** Reads a KQL query into its syntax tree. This file and those in parse/ are the only ones that know the parser generator. */
import type { MatchResult, Node } from 'ohm-js';
import grammar from '../../grammar/kql.ohm-bundle.js';
import type { Diagnostic } from '../diagnostic.ts';
import type { EmbeddedText } from '../source.ts';
import type { Query } from './ast.ts';
import { kqlCodes } from './codes.ts';
import { describeFailure, describeFlaw } from './errors.ts';
import type { Reading } from './parse/reading.ts';
import { fileSpan } from './parse/reading.ts';
import { buildStatements } from './parse/statements.ts';
import { tokenize } from './tokens.ts';
import type { TokenList } from './tokens.ts';

/** A tree and perhaps warnings, or at least one error. */
export type ParseResult =
  | { readonly query: Query; readonly diagnostics: readonly Diagnostic[] }
  | { readonly query: undefined; readonly diagnostics: readonly Diagnostic[] };

const semantics = grammar.createSemantics().addOperation<Node>('root', {
  query(_directives, _first, _semicolons, _more, _trailing, _end) {
    return this;
  },
});

/** The grammar's tree. Its nodes carry our one operation, which the generated types do not know. */
function rootOf(match: MatchResult): Node {
  return (semantics(match) as { root: () => Node }).root();
}

/** Whether nothing but blanks stands before an offset on its line. */
function startsLine(text: string, offset: number): boolean {
  let before = offset - 1;
  while (text[before] === ' ' || text[before] === '\t') before--;
  return before < 0 || text[before] === '\n' || text[before] === '\r';
}

function failed(diagnostic: Diagnostic): ParseResult {
  return { query: undefined, diagnostics: [diagnostic] };
}

/**
 * Parses a query.
 * @param source the query's text and the way from its offsets to the file's: spans are offsets in the file
 * @returns the tree, or what is wrong, with the most likely cause first. Never throws, whatever the text.
 * Follows the KQL reference on Microsoft Learn and accepts what Microsoft's own parser accepts.
 */
export function parseKql(source: EmbeddedText): ParseResult {
  const list = tokenize(source.text);
  try {
    return parseTokens(source, list);
  } catch (error) {
    // The nesting limit leaves room on a default stack; ours may be smaller, or nearly used up.
    if (!(error instanceof RangeError)) throw error;
    const message = 'the query is nested too deeply to be read';
    return failed(kqlCodes.diagnostic('too-deep', 'error', fileSpan(source, 0, 0), message));
  }
}

function parseTokens(source: EmbeddedText, list: TokenList): ParseResult {
  const limit = list.flaws.find(({ flaw }) => flaw === 'too-deep' || flaw === 'too-long');
  if (limit !== undefined) return failed(describeFlaw(source, list, limit));
  const match = grammar.match(list.short);
  const [flaw] = list.flaws;
  if (match.failed()) {
    const { diagnostic, at } = describeFailure(source, list, match);
    // A broken literal is a mistake of its own, unless the query makes no sense even before it.
    if (flaw === undefined || at < flaw.start) return failed(diagnostic);
  }
  if (flaw !== undefined) return failed(describeFlaw(source, list, flaw));
  const reading: Reading = { source, list, problems: [], warnings: [] };
  const statements = buildStatements(reading, rootOf(match));
  if (reading.problems.length > 0) return { query: undefined, diagnostics: reading.problems };
  const comments = list.comments.map(({ start, end }) => ({
    text: source.text.slice(start, end),
    ownLine: startsLine(source.text, start),
    span: fileSpan(source, start, end),
  }));
  return {
    query: { statements, comments, span: fileSpan(source, 0, source.text.length) },
    diagnostics: reading.warnings,
  };
}
