/** From the grammar's nodes to the tree: types, columns with types, parameters of functions. */
import type { Node } from 'ohm-js';
import type { ColumnType, Expression, FunctionParameter } from '../ast.ts';
import type { Reading } from './reading.ts';
import { elements, optional, spanOf, wordsOf } from './reading.ts';
import { buildLiteral, buildName } from './values.ts';

export function buildColumnType(reading: Reading, node: Node): ColumnType {
  return {
    name: buildName(reading, node.child(0)),
    type: wordsOf(reading, node.child(2)),
    span: spanOf(reading, node),
  };
}

/** The columns of an optional list `a: string, b: long`. */
export function buildColumnTypes(reading: Reading, part: Node): readonly ColumnType[] {
  const list = optional(part);
  return list === undefined ? [] : elements(list).map((column) => buildColumnType(reading, column));
}

/** `(a: string, b: long)` with its stray commas. */
export function buildRowSchema(reading: Reading, node: Node): readonly ColumnType[] {
  return buildColumnTypes(reading, node.child(2));
}

export function buildTypeLiteral(reading: Reading, node: Node): Expression {
  const span = spanOf(reading, node);
  const inner = node.child(0);
  if (inner.ctorName === 'typeLiteral_one') return { kind: 'type', columns: wordsOf(reading, inner.child(2)), span };
  const first = optional(inner.child(2));
  if (first === undefined) return { kind: 'type', columns: [], span };
  const items = [first, ...inner.child(4).child(0).children].map((item) => item.child(0));
  if (items.every((item) => item.ctorName === 'typedName')) {
    return { kind: 'type', columns: items.map((item) => buildColumnType(reading, item)), span };
  }
  return { kind: 'type', columns: items.map((item) => wordsOf(reading, item)).join(', '), span };
}

function buildParameterType(reading: Reading, node: Node): FunctionParameter['type'] {
  const inner = node.child(0);
  switch (inner.ctorName) {
    case 'type_anyRow':
      return { columns: '*' };
    case 'type_row':
      return { columns: buildColumnTypes(reading, inner.child(1)) };
    default:
      return wordsOf(reading, inner);
  }
}

export function buildFunctionParameter(reading: Reading, node: Node): FunctionParameter {
  const typed = node.child(0);
  const value = optional(node.child(2))?.child(0);
  return {
    name: buildName(reading, typed.child(0)),
    type: buildParameterType(reading, typed.child(2)),
    ...(value === undefined ? {} : { default: buildDefault(reading, value) }),
    span: spanOf(reading, node),
  };
}

function buildDefault(reading: Reading, node: Node): Expression {
  if (node.ctorName === 'word') return { kind: 'name', ...buildName(reading, node) };
  return buildLiteral(reading, node);
}

export function buildFunctionParameters(reading: Reading, node: Node): readonly FunctionParameter[] {
  return elements(node).map((parameter) => buildFunctionParameter(reading, parameter));
}
