/**
 * Makes an expression tree of a flat list of operands and operators: precedence climbing. `nocase`, `in %list` and the
 * null test stand behind what they belong to: `nocase` behind a comparison's right side belongs to the comparison.
 */
import type { Span } from '../../src/source.ts';
import { coverSpans } from '../../src/source.ts';
import { MAX_DEPTH, PRECEDENCE } from './precedence.ts';
import type { ComparisonOperator, Expression } from './tree.ts';

export type Token = { readonly span: Span } & (
  | { readonly token: 'prefix'; readonly operator: 'not' | '!' | '-' }
  | { readonly token: 'infix'; readonly operator: string }
  | { readonly token: 'nocase' }
  | { readonly token: 'in'; readonly list: string; readonly entries: 'text' | 'regex' | 'cidr' }
  | { readonly token: 'isNull'; readonly negated: boolean }
  | { readonly token: 'operand'; readonly of: Expression }
);

/** An expression that reads as grammar but means nothing, or is nested too deep. */
export class ExpressionError extends Error {
  readonly span: Span;
  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

function strengthOf(operator: string): number {
  switch (operator) {
    case 'or':
      return PRECEDENCE.or;
    case 'and':
      return PRECEDENCE.and;
    case '+':
    case '-':
      return PRECEDENCE.sum;
    case '*':
    case '/':
    case '%':
      return PRECEDENCE.product;
    default:
      return PRECEDENCE.comparison;
  }
}

function isComparison(operator: string): operator is ComparisonOperator {
  return ['=', '!=', '<', '<=', '>', '>='].includes(operator);
}

function isArithmetic(operator: string): operator is '+' | '-' | '*' | '/' | '%' {
  return ['+', '-', '*', '/', '%'].includes(operator);
}

/** Throws {@link ExpressionError}. */
export function climb(tokens: readonly Token[], span: Span): Expression {
  let at = 0;

  const expression = (least: number, depth: number): Expression => {
    if (depth > MAX_DEPTH) throw new ExpressionError('The expression is nested too deep.', span);
    let left = operand(depth);
    let joined = 0;
    /** The operands of the `and` or `or` that `left` is, while it still grows. */
    let chain: Expression[] = [];
    let chained: string | undefined;
    for (;;) {
      const next = tokens[at];
      if (next === undefined) return left;
      if (next.token === 'infix') {
        const strength = strengthOf(next.operator);
        if (strength < least) return left;
        at++;
        const right = expression(strength + 1, depth + 1);
        if (next.operator === 'and' || next.operator === 'or') {
          const grown = chained === next.operator ? chain : [left];
          grown.push(right);
          left = { kind: 'logic', operator: next.operator, of: grown, span: coverSpans(left.span, right.span) };
          chain = grown;
          chained = next.operator;
          continue;
        }
        chained = undefined;
        if (++joined > MAX_DEPTH) {
          throw new ExpressionError('The expression has too many operators in a row.', span);
        }
        left = combine(left, next.operator, right);
      } else {
        if (least > PRECEDENCE.comparison && next.token !== 'prefix') return left;
        left = suffix(left, next);
        at++;
      }
    }
  };

  const operand = (depth: number): Expression => {
    const next = tokens[at++];
    if (next === undefined) throw new ExpressionError('An operand is missing.', span);
    if (next.token === 'operand') return next.of;
    if (next.token !== 'prefix') throw new ExpressionError('An operand is missing.', next.span);
    const kind = next.operator === 'not' ? 'not' : next.operator === '!' ? 'absent' : 'negative';
    const of = expression(kind === 'not' ? PRECEDENCE.not + 1 : PRECEDENCE.prefix, depth + 1);
    return { kind, of, span: coverSpans(next.span, of.span) };
  };

  const result = expression(0, 0);
  const rest = tokens[at];
  if (rest !== undefined) throw new ExpressionError('An operator is missing.', rest.span);
  return result;
}

function combine(left: Expression, operator: string, right: Expression): Expression {
  const span = coverSpans(left.span, right.span);
  if (isComparison(operator)) return { kind: 'comparison', operator, left, right, nocase: false, span };
  if (isArithmetic(operator)) return { kind: 'arithmetic', operator, left, right, span };
  throw new ExpressionError(`There is no operator ${operator}.`, span);
}

function suffix(left: Expression, token: Token): Expression {
  const span = coverSpans(left.span, token.span);
  switch (token.token) {
    case 'nocase':
      if (left.kind === 'comparison' || left.kind === 'in') return { ...left, nocase: true, span };
      return { kind: 'nocase', of: left, span };
    case 'in':
      return { kind: 'in', left, list: token.list, entries: token.entries, nocase: false, span };
    case 'isNull': {
      const right: Expression = { kind: 'null', span: token.span };
      return { kind: 'comparison', operator: token.negated ? '!=' : '=', left, right, nocase: false, span };
    }
    case 'infix':
    case 'operand':
    case 'prefix':
      throw new ExpressionError('An operator is missing.', token.span);
  }
}
