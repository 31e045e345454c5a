/** Conditions as text, with parentheses where precedence asks for them: `or` binds least, then `and`, then `not`. */
import type { SigmaCondition } from './tree.ts';

const PRECEDENCE: Readonly<Record<SigmaCondition['op'], number>> = { or: 0, and: 1, not: 2, of: 3, identifier: 3 };

export function printCondition(condition: SigmaCondition): string {
  switch (condition.op) {
    case 'and':
    case 'or':
      // `and` inside `or` needs no parentheses, but few readers are sure of that.
      return condition.of.map((operand) => printOperand(operand, PRECEDENCE.not)).join(` ${condition.op} `);
    case 'not':
      return `not ${printOperand(condition.of, PRECEDENCE.of)}`;
    case 'identifier':
      return condition.name;
    case 'of':
      return `${condition.quantifier === 'all' ? 'all' : '1'} of ${condition.pattern}`;
  }
}

function printOperand(operand: SigmaCondition, least: number): string {
  const text = printCondition(operand);
  return PRECEDENCE[operand.op] < least ? `(${text})` : text;
}
