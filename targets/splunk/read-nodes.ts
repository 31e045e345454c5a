/** What every part of the tree builder needs: the grammar's nodes, their spans in the file, and the texts in them. */
import type { Node } from 'ohm-js';
import type { EmbeddedText, Span } from '../../src/source.ts';
import { toFileOffset } from '../../src/source.ts';
import type { Option } from './tree.ts';
import { unquote } from './quoting.ts';

export interface Reading {
  readonly source: EmbeddedText;
}

/** A node's span in the file. */
export function spanOf(reading: Reading, node: Node): Span {
  const { startIdx, endIdx } = node.source;
  const start = toFileOffset(reading.source, startIdx);
  return { start, end: endIdx > startIdx ? toFileOffset(reading.source, endIdx - 1) + 1 : start };
}

/** The node inside rules that only choose between others. */
export function inner(node: Node): Node {
  let found = node;
  while (!found.isTerminal() && !found.isIteration() && found.numChildren === 1 && TRANSPARENT.has(found.ctorName)) {
    found = found.child(0);
  }
  return found;
}

const TRANSPARENT = new Set([
  'Command',
  'Known',
  'First',
  'SearchNot',
  'SearchLeaf',
  'TstatsNot',
  'Member',
  'Primary',
  'TstatsPart',
  'AggregationCall',
  'SortCount',
  'SortField',
  'Regex',
  'OtherPart',
]);

/** The node of an optional part. */
export function optional(node: Node): Node | undefined {
  return node.numChildren > 0 ? node.child(0) : undefined;
}

/** The items of a `ListOf` rule. */
export function items(list: Node): readonly Node[] {
  return list.asIteration().children;
}

/** A name or value: without its quotes, with its escapes resolved. */
export function textOf(node: Node): string {
  const written = node.sourceString;
  if (isQuoted(written, '"')) return unquote(written.slice(1, -1));
  if (isQuoted(written, "'")) return written.slice(1, -1).replace(/\\(['\\])/g, '$1');
  return written;
}

/** Whether a text is one quoted part from end to end. */
export function isQuoted(written: string, mark: '"' | "'"): boolean {
  if (written.length < 2 || !written.startsWith(mark)) return false;
  for (let index = 1; index < written.length; index++) {
    const character = written.charAt(index);
    if (character === '\\') index++;
    else if (character === mark) return index === written.length - 1;
  }
  return false;
}

export function optionOf(node: Node): Option {
  return { name: node.child(0).sourceString.toLowerCase(), value: textOf(node.child(2)) };
}

export function optionsOf(...lists: readonly Node[]): readonly Option[] {
  return lists.flatMap((list) => list.children.map(optionOf));
}
