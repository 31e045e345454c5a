/** What the tests of the KQL parser and printer compare. */
import { parseKql } from '../../src/kql/parse.ts';
import type { Expression, Query } from '../../src/kql/ast.ts';
import { wholeFile } from '../../src/source.ts';

/** The tree of a query that must be readable. */
export function treeOf(query: string): Query {
  const { query: tree, diagnostics } = parseKql(wholeFile(query));
  if (tree === undefined) throw new Error(`${diagnostics[0]?.message ?? ''} in: ${query}`);
  return tree;
}

/** The expression of `print EXPRESSION`. */
export function expressionOf(text: string): Expression {
  const [statement] = treeOf(`print ${text}`).statements;
  if (statement?.statement !== 'query' || statement.query.source.source !== 'print') throw new Error(text);
  const [column] = statement.query.source.columns;
  if (column === undefined) throw new Error(text);
  return column.value;
}

/**
 * A tree without what printing may change: spans, comments, the blanks in a dynamic literal, and the blanks and comments
 * in what is kept as written.
 */
export function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  const isDynamic = 'type' in value && (value.type === 'dynamic' || ('of' in value && value.of === 'dynamic'));
  const isKept = 'text' in value && ('op' in value || 'statement' in value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'span' && key !== 'comments' && !(key === 'text' && (isDynamic || isKept)))
      .map(([key, part]) => [key, meaning(part)]),
  );
}

/** An expression in a short notation that shows how it groups: `(or a (and b c))`. */
export function grouping(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return expression.literal.text;
    case 'name':
      return expression.name;
    case 'star':
      return '*';
    case 'member':
      return `${grouping(expression.of)}.${expression.member.name}`;
    case 'element':
      return `${grouping(expression.of)}${expression.dotted ? '.' : ''}[${grouping(expression.index)}]`;
    case 'call': {
      const of = expression.of === undefined ? '' : `${grouping(expression.of)}.`;
      const args = expression.args.map(({ name, value }) => (name ? `${name.name}=` : '') + grouping(value));
      return `${of}${expression.name.name}{${args.join(' ')}}`;
    }
    case 'unary':
      return `(${expression.operator} ${grouping(expression.operand)})`;
    case 'binary':
      return `(${expression.operator} ${grouping(expression.left)} ${grouping(expression.right)})`;
    case 'between':
      return `(${expression.negated ? '!' : ''}between ${[expression.value, expression.low, expression.high].map(grouping).join(' ')})`;
    case 'list':
      return `(${expression.operator} ${[expression.value, ...expression.items].map(grouping).join(' ')})`;
    case 'subquery':
      return `<${expression.query.operators.map((operator) => operator.op).join(' ')}>`;
    case 'parenthesised':
      return `[${grouping(expression.of)}]`;
    case 'type':
      return `typeof`;
    case 'source':
      return expression.source.source;
  }
}
