/** From the grammar's nodes to the tree: search expressions. */
import type { Node } from 'ohm-js';
import { unquote } from './quoting.ts';
import { inner, isQuoted, items, spanOf, textOf } from './read-nodes.ts';
import type { Reading } from './read-nodes.ts';
import { buildPipeline } from './read-commands.ts';
import type { SearchComparison, SearchExpression, SearchValue } from './tree.ts';

const COMPARISONS: ReadonlyMap<string, SearchComparison> = new Map([
  ['=', '='],
  ['==', '='],
  ['::', '='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

export function buildSearch(reading: Reading, node: Node): SearchExpression {
  const found = inner(node);
  const span = spanOf(reading, found);
  switch (found.ctorName) {
    case 'SearchAnd':
    case 'TstatsAnd':
      return junction(reading, 'and', [found.child(0), ...found.child(2).children], span);
    case 'SearchOr':
    case 'TstatsOr':
      return junction(reading, 'or', [found.child(0), ...found.child(2).children], span);
    case 'SearchNot_not':
    case 'TstatsNot_not':
      return { kind: 'not', of: buildSearch(reading, found.child(1)), span };
    case 'SearchLeaf_parentheses': {
      const [content] = found.child(1).children;
      return content === undefined ? { kind: 'and', of: [], span } : buildSearch(reading, content);
    }
    case 'SearchLeaf_subsearch':
      return { kind: 'subsearch', search: buildPipeline(reading, found.child(0).child(1)), span };
    case 'SearchLeaf_macro':
      return { kind: 'macro', text: found.sourceString, span };
    case 'SearchLeaf_comparison': {
      const operator = COMPARISONS.get(found.child(1).sourceString) ?? '=';
      return { kind: 'comparison', field: textOf(found.child(0)), operator, value: valueOf(found.child(2)), span };
    }
    case 'SearchLeaf_in':
      return { kind: 'in', field: textOf(found.child(0)), values: items(found.child(3)).map(valueOf), span };
    case 'SearchLeaf_directive':
      return { kind: 'directive', name: found.child(0).sourceString, text: found.child(2).sourceString.trim(), span };
    case 'SearchLeaf_term':
      return { kind: 'term', value: valueOf(found.child(0)), span };
    default:
      throw new Error(`No search expression: ${found.ctorName}`);
  }
}

function junction(
  reading: Reading,
  kind: 'and' | 'or',
  nodes: readonly Node[],
  span: SearchExpression['span'],
): SearchExpression {
  const of = nodes.map((node) => buildSearch(reading, node));
  const [first] = of;
  return of.length === 1 && first !== undefined ? first : { kind, of, span };
}

function valueOf(node: Node): SearchValue {
  const written = node.sourceString;
  if (isQuoted(written, '"')) return { text: unquote(written.slice(1, -1)), quoted: true };
  // Quotes in the middle of a value (`*"a b"*`) only keep blanks together.
  const text = written.replace(/"((?:\\.|[^"\\])*)"/gs, '$1');
  return { text: unquote(text), quoted: false };
}
