/** Reads a KQL query into its syntax tree. This file and those in parse/ are the only ones that know the parser generator. */
import type { MatchResult, Node } from 'ohm-js';
import grammar from '../../grammar/kql.ohm-bundle.js';
import type { Diagnostic } from '../diagnostic.ts';
import type { EmbeddedText } from '../source.ts';
import type { Query } from './ast.ts';
import { describeFailure, describeFlaw } from './errors.ts';
import type { Reading } from './parse/reading.ts';
import { fileSpan } from './parse/reading.ts';
import { buildStatements } from './parse/statements.ts';
import { tokenize } from './tokens.ts';

/** A tree, or at least one error. */
export type ParseResult =
  | { readonly query: Query; readonly diagnostics: readonly [] }
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
  const reading: Reading = { source, list, problems: [] };
  const statements = buildStatements(reading, rootOf(match));
  if (reading.problems.length > 0) return { query: undefined, diagnostics: reading.problems };
  const comments = list.comments.map(({ start, end }) => ({
    text: source.text.slice(start, end),
    ownLine: /(?:^|[\r\n])[^\S\r\n]*$/.test(source.text.slice(Math.max(0, start - 200), start)),
    span: fileSpan(source, start, end),
  }));
  return {
    query: { statements, comments, span: fileSpan(source, 0, source.text.length) },
    diagnostics: [],
  };
}
