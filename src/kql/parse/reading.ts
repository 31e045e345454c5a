/** What every part of the tree builder needs: the tokens, the way back to the file, and a place for what is wrong. */
import type { Node } from 'ohm-js';
import type { Diagnostic } from '../../diagnostic.ts';
import type { EmbeddedText, Span } from '../../source.ts';
import { toFileOffset } from '../../source.ts';
import { kqlCodes } from '../codes.ts';
import type { TokenList } from '../tokens.ts';

export interface Reading {
  readonly source: EmbeddedText;
  readonly list: TokenList;
  /** Errors in what the grammar accepts. */
  readonly problems: Diagnostic[];
  /** What is correct to the grammar, and is still not what its author means. */
  readonly warnings: Diagnostic[];
}

/** The file's span of a range of the query text. An end is one past the last character, even at a line's end. */
export function fileSpan(source: EmbeddedText, start: number, end: number): Span {
  const from = toFileOffset(source, start);
  return { start: from, end: end > start ? toFileOffset(source, end - 1) + 1 : from };
}

/** Start and end in the query text of what a node covers. A node that covers nothing lies before the next token. */
export function extentOf(reading: Reading, node: Node): readonly [start: number, end: number] {
  const { list } = reading;
  const { startIdx, endIdx } = node.source;
  const first = list.tokens[list.tokenAt[startIdx] ?? 0];
  if (endIdx === startIdx || first === undefined) {
    const at = first?.start ?? list.text.length;
    return [at, at];
  }
  return [first.start, list.tokens[list.tokenAt[endIdx - 1] ?? 0]?.end ?? first.end];
}

export function spanOf(reading: Reading, node: Node): Span {
  const [start, end] = extentOf(reading, node);
  return fileSpan(reading.source, start, end);
}

/** A node as it is written, with blanks and comments inside. */
export function textOf(reading: Reading, node: Node): string {
  const [start, end] = extentOf(reading, node);
  return reading.list.text.slice(start, end);
}

/** A node's tokens with at most one blank between two, and without the comments, which the tree keeps by themselves. */
export function wordsOf(reading: Reading, node: Node): string {
  const { list } = reading;
  const { startIdx, endIdx } = node.source;
  let text = '';
  let end: number | undefined;
  for (let at = list.tokenAt[startIdx] ?? 0; at <= (list.tokenAt[endIdx - 1] ?? -1); at++) {
    const token = list.tokens[at];
    if (token === undefined) break;
    if (end !== undefined && token.start > end) text += ' ';
    text += list.text.slice(token.start, token.end);
    end = token.end;
  }
  return text;
}

/** The first word or sign of a node. */
export function firstTokenText(reading: Reading, node: Node): string {
  const token = reading.list.tokens[reading.list.tokenAt[node.source.startIdx] ?? 0];
  return token === undefined ? '' : reading.list.text.slice(token.start, token.end);
}

/** The node inside an optional part, if it is there. */
export function optional(node: Node): Node | undefined {
  return node.numChildren > 0 ? node.child(0) : undefined;
}

/** The elements of `first ("," more)*`, whose node holds them as first, commas, more. */
export function elements(list: Node): readonly Node[] {
  return [list.child(0), ...list.child(2).children];
}

/** More errors than this help nobody. */
const MAX_PROBLEMS = 20;

export function report(
  reading: Reading,
  name: Parameters<typeof kqlCodes.diagnostic>[0],
  node: Node,
  message: string,
  hint?: string,
): void {
  if (reading.problems.length >= MAX_PROBLEMS) return;
  reading.problems.push(kqlCodes.diagnostic(name, 'error', spanOf(reading, node), message, hint));
}

/** A pattern such as `Device*`, whose parts must stand together: with blanks between them it would be a product. */
export function wildcardText(reading: Reading, node: Node): string {
  const text = textOf(reading, node);
  if (/[\s/]/.test(text))
    report(reading, 'syntax', node, `a pattern such as '${text.replace(/\s.*/s, '*')}' holds no blanks`);
  return text;
}

/** A grammar rule the builder does not know: a mistake in this program, not in the query. */
export function unknownRule(node: Node): never {
  throw new Error(`no tree for the grammar rule ${node.ctorName}`);
}
