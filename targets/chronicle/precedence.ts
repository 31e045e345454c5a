/** Which YARA-L operator binds tighter, for reading and for writing: `or`, `and`, `not`, comparisons, sums, products. */
import type { Expression } from './tree.ts';

export const PRECEDENCE = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, prefix: 7, primary: 8 } as const;

/** How many levels deep an expression may be; deeper ones are refused rather than run out of stack. */
export const MAX_DEPTH = 200;

/** The binding strength of an expression as it stands, 1 the loosest. */
export function precedenceOf(expression: Expression): number {
  switch (expression.kind) {
    case 'logic':
      return expression.operator === 'or' ? PRECEDENCE.or : PRECEDENCE.and;
    case 'not':
      return PRECEDENCE.not;
    case 'comparison':
    case 'in':
      return PRECEDENCE.comparison;
    case 'arithmetic':
      return expression.operator === '+' || expression.operator === '-' ? PRECEDENCE.sum : PRECEDENCE.product;
    case 'negative':
    case 'absent':
    case 'quantified':
    case 'nocase':
      return PRECEDENCE.prefix;
    case 'string':
    case 'regex':
    case 'number':
    case 'bool':
    case 'null':
    case 'variable':
    case 'count':
    case 'field':
    case 'call':
      return PRECEDENCE.primary;
  }
}
