/** Eval expressions as text. Parentheses are decided here; where lines break, the layout engine decides. */
import { builders } from 'prettier/doc';
import { printPipeline } from './print-commands.ts';
import { quoteEvalName, quoteText } from './quoting.ts';
import { PRECEDENCE } from './read-expression.ts';
import type { Expression } from './tree.ts';

type Doc = builders.Doc;

const { group, indent, join, line, softline } = builders;

export function printExpression(node: Expression): Doc {
  switch (node.kind) {
    case 'text':
      return quoteText(node.value);
    case 'number':
      return node.digits;
    case 'field':
      return quoteEvalName(node.name);
    case 'call':
      return call(node.name, node.args);
    case 'in':
      return call('in', [node.subject, ...node.values]);
    case 'and':
    case 'or': {
      const word = node.kind === 'and' ? 'AND ' : 'OR ';
      return group(
        node.of.map((operand, index) => {
          const written =
            operand.kind === 'and' || operand.kind === 'or' ? parenthesised(operand) : printExpression(operand);
          return index === 0 ? written : [line, word, written];
        }),
      );
    }
    case 'not':
      return ['NOT ', isCallLike(node.of) ? printExpression(node.of) : parenthesised(node.of)];
    case 'negative':
      return [
        '-',
        node.of.kind === 'number' || isCallLike(node.of) ? printExpression(node.of) : parenthesised(node.of),
      ];
    case 'binary': {
      const left = side(node.left, node.operator, false);
      const right = side(node.right, node.operator, true);
      const level = PRECEDENCE[node.operator];
      if (node.operator === '.') return [left, '.', right];
      return level === PRECEDENCE['=='] && node.operator !== 'LIKE'
        ? [left, node.operator, right]
        : [left, ' ', node.operator, ' ', right];
    }
    case 'subsearch':
      return printSubsearch(node.search);
    case 'macro':
      return node.text;
  }
}

export function printSubsearch(search: Parameters<typeof printPipeline>[0]): Doc {
  return group(['[', indent([softline, printPipeline(search, 'inner')]), softline, ']']);
}

function call(name: string, args: readonly Expression[]): Doc {
  if (args.length === 0) return `${name}()`;
  const list = join(
    [',', line],
    args.map((arg) => printExpression(arg)),
  );
  return group([name, '(', indent([softline, list]), softline, ')']);
}

function parenthesised(node: Expression): Doc {
  return group(['(', indent([softline, printExpression(node)]), softline, ')']);
}

/** Whether an expression needs no parentheses anywhere. */
function isCallLike(node: Expression): boolean {
  switch (node.kind) {
    case 'call':
    case 'in':
    case 'field':
    case 'text':
    case 'number':
    case 'subsearch':
    case 'macro':
      return true;
    case 'and':
    case 'or':
    case 'not':
    case 'negative':
    case 'binary':
      return false;
  }
}

/** An operand of a binary operator; operators of one level are mixed only with parentheses. */
function side(node: Expression, operator: keyof typeof PRECEDENCE, isRight: boolean): Doc {
  if (isCallLike(node)) return printExpression(node);
  if (node.kind === 'negative') return isRight ? parenthesised(node) : printExpression(node);
  if (node.kind !== 'binary') return parenthesised(node);
  const own = PRECEDENCE[operator];
  const inner = PRECEDENCE[node.operator];
  const chains = !isRight && node.operator === operator && inner > PRECEDENCE['=='];
  return chains || (inner > own && own >= PRECEDENCE['==']) ? printExpression(node) : parenthesised(node);
}
