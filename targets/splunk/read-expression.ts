/** From the grammar's nodes to the tree: eval expressions. The grammar gives flat lists; precedence is here. */
import type { Node } from 'ohm-js';
import type { Span } from '../../src/source.ts';
import { coverSpans } from '../../src/source.ts';
import { inner, items, spanOf, textOf } from './read-nodes.ts';
import type { Reading } from './read-nodes.ts';
import { buildPipeline } from './read-commands.ts';
import type { BinaryOperator, Expression } from './tree.ts';

/**
 * How tightly operators bind; Search Reference, "eval": NOT before AND before OR before XOR, and NOT after comparisons.
 */
export const PRECEDENCE: Readonly<Record<BinaryOperator | 'OR' | 'AND' | 'NOT', number>> = {
  XOR: 1,
  OR: 2,
  AND: 3,
  NOT: 4,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  LIKE: 5,
  '.': 6,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
};

/** Operands of one expression. Longer chains of arithmetic would exhaust the stack of those who read the tree. */
export const MAX_OPERANDS = 5000;

/** Tells that an expression is too long to be read. */
export class ExpressionTooLong extends Error {}

type Token =
  | { readonly token: 'operand'; readonly value: Expression }
  | { readonly token: 'prefix'; readonly sign: 'NOT' | '-' | '+'; readonly span: Span }
  | { readonly token: 'operator'; readonly operator: BinaryOperator | 'OR' | 'AND' };

export function buildExpression(reading: Reading, node: Node): Expression {
  const tokens: Token[] = [];
  const addOperand = (operand: Node): void => {
    for (const sign of operand.child(0).children) {
      const written = sign.sourceString;
      const kind = written === '-' || written === '+' ? written : 'NOT';
      tokens.push({ token: 'prefix', sign: kind, span: spanOf(reading, sign) });
    }
    tokens.push({ token: 'operand', value: buildMember(reading, operand.child(1)) });
  };
  addOperand(node.child(0));
  const operands = node.child(2).children;
  if (operands.length > MAX_OPERANDS) throw new ExpressionTooLong();
  for (const [index, operator] of node.child(1).children.entries()) {
    tokens.push({ token: 'operator', operator: operatorOf(operator.sourceString) });
    const operand = operands[index];
    if (operand !== undefined) addOperand(operand);
  }
  let position = 0;
  const climb = (least: number): Expression => {
    const token = tokens[position++];
    let left: Expression;
    if (token?.token === 'operand') left = token.value;
    else if (token?.token === 'prefix') {
      const of = climb(token.sign === 'NOT' ? PRECEDENCE.NOT : 8);
      const span = coverSpans(token.span, of.span);
      left = token.sign === 'NOT' ? { kind: 'not', of, span } : token.sign === '-' ? negative(of, span) : of;
    } else throw new Error('An operand was expected');
    for (;;) {
      const next = tokens[position];
      if (next?.token !== 'operator' || PRECEDENCE[next.operator] < least) return left;
      position++;
      left = combine(left, next.operator, climb(PRECEDENCE[next.operator] + 1));
    }
  };
  return climb(0);
}

function negative(of: Expression, span: Span): Expression {
  return { kind: 'negative', of, span };
}

function combine(left: Expression, operator: BinaryOperator | 'OR' | 'AND', right: Expression): Expression {
  const span = coverSpans(left.span, right.span);
  if (operator === 'OR' || operator === 'AND') {
    const kind = operator === 'OR' ? 'or' : 'and';
    // The operator is left-associative: what is on its left may be a list already.
    return left.kind === kind ? { kind, of: [...left.of, right], span } : { kind, of: [left, right], span };
  }
  return { kind: 'binary', operator, left, right, span };
}

function operatorOf(written: string): BinaryOperator | 'OR' | 'AND' {
  const upper = written.toUpperCase();
  const operator = upper === '=' ? '==' : upper;
  for (const known of Object.keys(PRECEDENCE)) {
    if (known === operator && isOperator(known)) return known;
  }
  throw new Error(`No operator: ${written}`);
}

function isOperator(text: string): text is BinaryOperator | 'OR' | 'AND' {
  return text in PRECEDENCE && text !== 'NOT';
}

function buildMember(reading: Reading, node: Node): Expression {
  const found = inner(node);
  const span = spanOf(reading, found);
  const all = (list: Node): readonly Expression[] => items(list).map((item) => buildExpression(reading, item));
  switch (found.ctorName) {
    case 'Member_in':
      return { kind: 'in', subject: buildMember(reading, found.child(0)), values: all(found.child(3)), span };
    case 'Member_notIn': {
      const of: Expression = {
        kind: 'in',
        subject: buildMember(reading, found.child(0)),
        values: all(found.child(4)),
        span,
      };
      return { kind: 'not', of, span };
    }
    case 'Primary_parentheses':
      return buildExpression(reading, found.child(1));
    case 'Primary_call':
      return buildCall(found.child(0).sourceString.toLowerCase(), all(found.child(2)), span);
    case 'Primary_number':
      return { kind: 'number', digits: found.sourceString, span };
    case 'Primary_text':
      return { kind: 'text', value: textOf(found), span };
    case 'Primary_subsearch':
      return { kind: 'subsearch', search: buildPipeline(reading, found.child(0).child(1)), span };
    case 'Primary_macro':
      return { kind: 'macro', text: found.sourceString, span };
    case 'Primary_field':
      return { kind: 'field', name: textOf(found), span };
    default:
      throw new Error(`No expression: ${found.ctorName}`);
  }
}

/** A call; a percent-encoded literal that is decoded is the literal (see `quoteText`). */
function buildCall(name: string, args: readonly Expression[], span: Span): Expression {
  const [first] = args;
  if (name === 'urldecode' && args.length === 1 && first?.kind === 'text') {
    const value = decode(first.value);
    if (value !== undefined) return { kind: 'text', value, span };
  }
  if (name === 'in' && args.length > 1 && first !== undefined) {
    return { kind: 'in', subject: first, values: args.slice(1), span };
  }
  return { kind: 'call', name, args, span };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
