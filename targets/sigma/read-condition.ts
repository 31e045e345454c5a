/** The condition of a rule, read with `grammar/sigma-condition.ohm`. */
import type { Node } from 'ohm-js';
import grammar from '../../grammar/sigma-condition.ohm-bundle.js';
import type { Diagnostic } from '../../src/diagnostic.ts';
import { toFileOffset } from '../../src/source.ts';
import type { EmbeddedText } from '../../src/source.ts';
import { codes } from './codes.ts';
import type { SigmaCondition } from './tree.ts';

/** Limits of what is read: far above any real condition, far below what would exhaust the reader. */
const LIMITS = { length: 20_000, depth: 64 };

const semantics = grammar.createSemantics().addOperation<SigmaCondition>('toCondition', {
  Or: (first, _words, others) => junction('or', [first, ...others.children]),
  And: (first, _words, others) => junction('and', [first, ...others.children]),
  Negation(words, operand) {
    const of = toCondition(operand);
    // An even number of `not` says nothing.
    return words.numChildren % 2 === 0 ? of : { op: 'not', of, span: spanOf(this) };
  },
  Operand_group: (_open, condition, _close) => toCondition(condition),
  Operand_family(quantifier, _of, pattern) {
    const written = pattern.sourceString;
    return {
      op: 'of',
      quantifier: quantifier.sourceString.toLowerCase() === 'all' ? 'all' : 'any',
      pattern: written.toLowerCase() === 'them' ? 'them' : written,
      span: spanOf(this),
    };
  },
  Operand_identifier(name) {
    return { op: 'identifier', name: name.sourceString, span: spanOf(this) };
  },
});

/** Runs the operation above, which Ohm's types do not know. */
function toCondition(node: Node): SigmaCondition {
  return (node as unknown as { toCondition(): SigmaCondition }).toCondition();
}

/** Offsets in the condition's own text. */
function spanOf(node: Node) {
  return { start: node.source.startIdx, end: node.source.endIdx };
}

function junction(op: 'and' | 'or', operands: readonly Node[]): SigmaCondition {
  const of = operands.map(toCondition);
  const [first] = of;
  if (of.length === 1 && first !== undefined) return first;
  const span = { start: of[0]?.span.start ?? 0, end: of[of.length - 1]?.span.end ?? 0 };
  return { op, of: of.flatMap((operand) => (operand.op === op ? operand.of : [operand])), span };
}

/** Reads a condition. Its spans are offsets in the file that the text comes from. */
export function readCondition(
  embedded: EmbeddedText,
): { readonly condition: SigmaCondition } | { readonly condition: undefined; readonly diagnostic: Diagnostic } {
  const { text } = embedded;
  const refuse = (code: 'too-deep' | 'condition-syntax', message: string, at: number) => {
    const span = { start: toFileOffset(embedded, at), end: toFileOffset(embedded, Math.min(text.length, at + 1)) };
    return { condition: undefined, diagnostic: codes.diagnostic(code, 'error', span, message) };
  };
  if (text.length > LIMITS.length) {
    return refuse('too-deep', `The condition has ${text.length} characters; at most ${LIMITS.length} are read.`, 0);
  }
  const deep = offsetTooDeep(text);
  if (deep !== undefined) {
    return refuse('too-deep', `The condition has parentheses more than ${LIMITS.depth} deep.`, deep);
  }
  const match = grammar.match(text);
  if (match.failed()) {
    const at = (match as unknown as { getRightmostFailurePosition(): number }).getRightmostFailurePosition();
    const message = text.includes('|')
      ? 'Aggregations after `|` were replaced by correlation rules and are not read.'
      : 'The condition cannot be read from here on.';
    return refuse('condition-syntax', message, at);
  }
  const relative = (semantics(match) as unknown as { toCondition(): SigmaCondition }).toCondition();
  return { condition: placeInFile(relative, embedded) };
}

function placeInFile(condition: SigmaCondition, embedded: EmbeddedText): SigmaCondition {
  const span = {
    start: toFileOffset(embedded, condition.span.start),
    end: toFileOffset(embedded, condition.span.end),
  };
  switch (condition.op) {
    case 'and':
    case 'or':
      return { ...condition, of: condition.of.map((operand) => placeInFile(operand, embedded)), span };
    case 'not':
      return { ...condition, of: placeInFile(condition.of, embedded), span };
    case 'identifier':
    case 'of':
      return { ...condition, span };
  }
}

function offsetTooDeep(text: string): number | undefined {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if (character === '(' && ++depth > LIMITS.depth) return offset;
    if (character === ')') depth--;
  }
  return undefined;
}
