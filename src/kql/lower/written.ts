/** The text of what is kept as it is written, and the names in it. */
import type { Expression, Operator, Query } from '../ast.ts';
import { printExpression, printOperator } from '../print.ts';

export function writtenExpression(expression: Expression): string {
  return printExpression(expression);
}

export function writtenOperator(operator: Operator): string {
  return printOperator(operator);
}

/** The names in an expression that may be columns, each once, in order; names inside queries are not. */
export function namesIn(expression: Expression): readonly string[] {
  const found = new Set<string>();
  const waiting: Expression[] = [expression];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at.kind === 'name') found.add(at.name);
    for (const part of partsOfExpression(at)) waiting.push(part);
  }
  return [...found];
}

function partsOfExpression(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
    case 'star':
    case 'subquery':
    case 'type':
    case 'source':
      return [];
    case 'member':
    case 'parenthesised':
      return [expression.of];
    case 'element':
      return [expression.index, expression.of];
    case 'call':
      return expression.args.map((arg) => arg.value).reverse();
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.right, expression.left];
    case 'between':
      return [expression.high, expression.low, expression.value];
    case 'list':
      return [...expression.items].reverse().concat(expression.value);
  }
}

/** Every name that a query writes, whatever it names. */
export function namesWritten(query: Query): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting: unknown[] = [query.statements];
  while (waiting.length > 0) {
    const at = waiting.pop();
    if (typeof at !== 'object' || at === null) continue;
    for (const [key, value] of Object.entries(at)) {
      if (key === 'name' && typeof value === 'string') found.add(value);
      else if (key !== 'span') waiting.push(value);
    }
  }
  return found;
}
