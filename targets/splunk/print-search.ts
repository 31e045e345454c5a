/** Search expressions as text. */
import { builders } from 'prettier/doc';
import { printSubsearch } from './print-expression.ts';
import { quote, quoteName } from './quoting.ts';
import type { SearchExpression, SearchValue } from './tree.ts';

type Doc = builders.Doc;

const { fill, group, indent, join, line, softline } = builders;

/** What may stand unquoted as a value. */
const BARE_VALUE = /^[A-Za-z0-9_.:@/*-]+$/;
const BARE_TERM = /^[A-Za-z0-9_.:@/-]+$/;
const OPERATORS = new Set(['AND', 'OR', 'NOT', 'BY', 'IN']);

export function printSearch(node: SearchExpression): Doc {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const word = node.kind === 'or' ? 'OR ' : '';
      return group(
        node.of.map((operand, index) => {
          const written = isJunction(operand) ? parenthesised(operand) : printSearch(operand);
          return index === 0 ? written : [line, word, written];
        }),
      );
    }
    case 'not':
      return ['NOT ', isJunction(node.of) ? parenthesised(node.of) : printSearch(node.of)];
    case 'comparison':
      return `${quoteName(node.field)}${node.operator}${value(node.value)}`;
    case 'in': {
      const values = node.values.map((one, index) =>
        index === node.values.length - 1 ? value(one) : [value(one), ','],
      );
      return group([quoteName(node.field), ' IN (', indent([softline, fill(join(line, values))]), softline, ')']);
    }
    case 'term':
      return BARE_TERM.test(node.value.text) && !node.value.quoted && !OPERATORS.has(node.value.text.toUpperCase())
        ? node.value.text
        : node.value.quoted || !BARE_VALUE.test(node.value.text)
          ? quote(node.value.text)
          : node.value.text;
    case 'directive':
      return `${node.name}(${node.text})`;
    case 'subsearch':
      return printSubsearch(node.search);
    case 'macro':
      return node.text;
  }
}

function isJunction(node: SearchExpression): boolean {
  return node.kind === 'and' || node.kind === 'or';
}

function parenthesised(node: SearchExpression): Doc {
  return group(['(', indent([softline, printSearch(node)]), softline, ')']);
}

function value({ text, quoted }: SearchValue): string {
  return !quoted && BARE_VALUE.test(text) ? text : quote(text);
}
