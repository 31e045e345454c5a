/** From the grammar's nodes to the tree: `name = value` after an operator and inside `with (...)`. */
import type { Node } from 'ohm-js';
import type { Expression, Parameter } from '../ast.ts';
import { scalarLiteral } from '../literals.ts';
import { buildPostfix } from './expressions.ts';
import type { Reading } from './reading.ts';
import { elements, firstTokenText, optional, spanOf, wordsOf } from './reading.ts';
import { buildLiteral, buildName } from './values.ts';

function buildValue(reading: Reading, node: Node): Expression {
  switch (node.ctorName) {
    case 'literal':
    case 'signed':
      return buildLiteral(reading, node);
    case 'postfix':
      return buildPostfix(reading, node);
    case 'parameterValue':
    case 'settingValue':
    case 'propertyValue':
      return buildValue(reading, node.child(0));
    case 'columnList':
      return { kind: 'name', name: wordsOf(reading, node), bracketed: false, span: spanOf(reading, node) };
    case '_terminal': {
      const literal = scalarLiteral('guid', firstTokenText(reading, node));
      if (literal !== undefined) return { kind: 'literal', literal, span: spanOf(reading, node) };
      return { kind: 'name', ...buildName(reading, node) };
    }
    default:
      return { kind: 'name', ...buildName(reading, node) };
  }
}

/** Any rule of the form `name "=" value`. */
export function buildParameter(reading: Reading, node: Node): Parameter {
  return {
    name: firstTokenText(reading, node),
    value: buildValue(reading, node.child(node.numChildren - 1)),
    span: spanOf(reading, node),
  };
}

export function buildParameters(reading: Reading, iteration: Node): readonly Parameter[] {
  return iteration.children.map((node) => buildParameter(reading, node));
}

/** The settings of an optional `with (a = 1, b = 2)`. */
export function buildWithClause(reading: Reading, part: Node): readonly Parameter[] {
  const clause = optional(part);
  if (clause === undefined) return [];
  if (clause.ctorName === 'withSettings') {
    const settings = optional(clause.child(2));
    return settings === undefined ? [] : elements(settings).map((setting) => buildParameter(reading, setting));
  }
  const first = optional(clause.child(2));
  if (first === undefined) return [];
  return [first, ...clause.child(4).child(0).children].map((property) => buildParameter(reading, property));
}
