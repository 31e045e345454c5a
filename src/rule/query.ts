/** The query of a rule: that there is exactly one, that it is text, and where it stands. */
import { toFileOffset } from '../source.ts';
import type { EmbeddedText, SourceFile, Span } from '../source.ts';
import type { Node, ScalarNode } from './document.ts';
import { report } from './mapping-reader.ts';
import type { MappingReader, ReadContext } from './mapping-reader.ts';
import { findComments, isBlankQuery } from './query-text.ts';
import { RULE_MARKS } from './rule-keys.ts';
import { resolveValue } from './template.ts';

/** Sentinel's limit on the length of a query (Microsoft Learn, "Scheduled analytics rules in Microsoft Sentinel"). */
export const MAX_QUERY_LENGTH = 10_000;

export interface QueryFound {
  readonly text: EmbeddedText;
  readonly span: Span;
}

/** Reads `query`; without one that can be read there is an error, and `undefined`. */
export function readQuery(reader: MappingReader, file: SourceFile, context: ReadContext): QueryFound | undefined {
  const entries = reader.all('query');
  const values: ScalarNode[] = [];
  for (const { value, keySpan } of entries) {
    const node = readQueryValue(value, keySpan, context);
    if (node === undefined) return undefined;
    values.push(node);
  }
  const [first, ...others] = values;
  if (first === undefined) {
    const isRule = RULE_MARKS.some((mark) => reader.has(mark));
    if (isRule) report(context, 'query-missing', 'error', reader.head, "The rule has no 'query'.");
    else
      report(
        context,
        'no-rule',
        'error',
        reader.head,
        "There is no rule here: no 'query', nor any other key of a rule.",
      );
    return undefined;
  }
  const different = others.find((other) => other.text !== first.text);
  if (different !== undefined) {
    const message = 'The rule has two different queries; which one it means cannot be told.';
    report(context, 'duplicate-query', 'error', entries[1]?.keySpan ?? different.span, message);
    return undefined;
  }
  if (others.length > 0) {
    report(
      context,
      'duplicate-key',
      'warning',
      entries[0]?.keySpan ?? first.span,
      "The key 'query' stands twice, with the same text.",
    );
  }
  if (first.text.length > MAX_QUERY_LENGTH) {
    const message = `The query has ${first.text.length} characters; Sentinel accepts ${MAX_QUERY_LENGTH}.`;
    report(context, 'query-too-long', 'warning', entries[0]?.keySpan ?? first.span, message);
  }
  const text = first.embed();
  checkFoldedComments(text, file, context);
  return { text, span: first.span };
}

/** In a folded scalar the line after a comment becomes part of the comment: in Sentinel too, but hardly as meant. */
function checkFoldedComments(query: EmbeddedText, file: SourceFile, context: ReadContext): void {
  for (const comment of findComments(query.text)) {
    const start = toFileOffset(query, comment.start);
    const end = toFileOffset(query, comment.end - 1) + 1;
    if (file.positionAt(start).line === file.positionAt(end - 1).line) continue;
    const message = 'YAML folds the lines of this query into one: the comment takes in the lines after it.';
    report(
      context,
      'folded-comment',
      'warning',
      { start, end },
      message,
      "Write the query as a literal block: 'query: |'.",
    );
  }
}

function readQueryValue(value: Node, keySpan: Span, context: ReadContext): ScalarNode | undefined {
  const resolved = resolveValue(value, context.scope);
  if (resolved.as === 'expression') {
    const message = 'The query is a template expression that cannot be evaluated here.';
    report(
      context,
      'template-expression',
      'error',
      value.span,
      message,
      'Export the deployed rule, or write the query out.',
    );
    return undefined;
  }
  const { node } = resolved;
  if (resolved.viaParameter) {
    const message = 'The query is a parameter of the template; its default value is read.';
    report(context, 'template-parameter', 'warning', value.span, message);
  }
  if (node.type !== 'scalar' || (node.value !== null && typeof node.value !== 'string')) {
    report(context, 'wrong-type', 'error', keySpan, 'The query is no text.');
    return undefined;
  }
  if (isBlankQuery(node.text)) {
    report(context, 'query-empty', 'error', keySpan, 'The query is empty, or holds nothing but comments.');
    return undefined;
  }
  return node;
}
