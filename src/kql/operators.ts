/**
 * The operators of scalar expressions, one row each: how tightly they bind and whether they may be repeated. Precedence
 * follows Microsoft's parser: unlike in the documentation's list, the string operators bind tighter than arithmetic.
 */
import type { BinaryOperator, ListOperator } from './ast.ts';

export type ExpressionOperator = BinaryOperator | ListOperator | 'between' | '!between';

/**
 * What a row of the same level means: `balanced` operators may be grouped at will (`and`, `or`), `left` ones group to the
 * left, and `none` stands alone: `a == b == c` is an error.
 */
export type Associativity = 'balanced' | 'left' | 'none';

export interface OperatorRow {
  readonly operator: ExpressionOperator;
  /** The higher, the tighter. */
  readonly precedence: number;
  readonly associativity: Associativity;
}

const level = (
  precedence: number,
  associativity: Associativity,
  operators: readonly ExpressionOperator[],
): readonly OperatorRow[] => operators.map((operator) => ({ operator, precedence, associativity }));

export const OPERATORS: readonly OperatorRow[] = [
  ...level(1, 'balanced', ['or']),
  ...level(2, 'balanced', ['and']),
  ...level(3, 'none', ['==', '!=', '<>']),
  ...level(3, 'none', ['in', '!in', 'in~', '!in~', 'has_any', 'has_all']),
  ...level(3, 'none', ['between', '!between']),
  ...level(4, 'none', ['<', '<=', '>', '>=']),
  ...level(5, 'left', ['+', '-']),
  ...level(6, 'left', ['*', '/', '%']),
  ...level(7, 'none', ['=~', '!~', ':']),
  ...level(7, 'none', ['has', '!has', 'has_cs', '!has_cs']),
  ...level(7, 'none', ['hasprefix', '!hasprefix', 'hasprefix_cs', '!hasprefix_cs']),
  ...level(7, 'none', ['hassuffix', '!hassuffix', 'hassuffix_cs', '!hassuffix_cs']),
  ...level(7, 'none', ['contains', '!contains', 'contains_cs', '!contains_cs']),
  ...level(7, 'none', ['notcontains', 'containscs', 'notcontainscs']),
  ...level(7, 'none', ['startswith', '!startswith', 'startswith_cs', '!startswith_cs']),
  ...level(7, 'none', ['endswith', '!endswith', 'endswith_cs', '!endswith_cs']),
  ...level(7, 'none', ['matches regex', 'like', 'notlike', 'likecs', 'notlikecs']),
];

/** Signs bind tighter than every operator of two operands. */
export const UNARY_PRECEDENCE = 8;

const ROWS: ReadonlyMap<string, OperatorRow> = new Map(OPERATORS.map((row) => [row.operator, row]));

/** The row of an operator as it is written; undefined for what is no operator. */
export function findOperator(text: string): OperatorRow | undefined {
  return ROWS.get(text);
}

const LIST_OPERATORS: ReadonlySet<string> = new Set<ListOperator>(['in', '!in', 'in~', '!in~', 'has_any', 'has_all']);

export function isListOperator(operator: ExpressionOperator): operator is ListOperator {
  return LIST_OPERATORS.has(operator);
}
