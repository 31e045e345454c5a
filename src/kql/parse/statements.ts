/** From the grammar's nodes to the tree: statements and the query as a whole. */
import type { Node } from 'ohm-js';
import type { LetValue, Pipeline, Statement } from '../ast.ts';
import { buildExpression, buildQueryCall, pipelineAsExpression } from './expressions.ts';
import { buildPipeline } from './pipelines.ts';
import type { Reading } from './reading.ts';
import { optional, spanOf, textOf, unknownRule } from './reading.ts';
import { buildFunctionParameters } from './types.ts';
import { buildName } from './values.ts';

/** Whether a pipeline is a table by its form. A name or a call may be either, and counts as an expression. */
function isTabular(query: Pipeline): boolean {
  if (query.operators.length > 0) return true;
  switch (query.source.source) {
    case 'table':
    case 'expression':
      return false;
    case 'parenthesised':
      return isTabular(query.source.query);
    case 'datatable':
    case 'externaldata':
    case 'range':
    case 'print':
    case 'operator':
      return true;
  }
}

function buildBody(reading: Reading, part: Node): Extract<LetValue, { value: 'function' }>['body'] {
  const node = optional(part);
  if (node === undefined) return undefined;
  const query = buildPipeline(reading, node);
  return isTabular(query) ? query : pipelineAsExpression(query);
}

function buildFunction(reading: Reading, node: Node): LetValue {
  const parameters = optional(node.child(2));
  return {
    value: 'function',
    view: node.child(0).numChildren > 0,
    parameters: parameters === undefined ? [] : buildFunctionParameters(reading, parameters),
    statements: node.child(5).children.map((statement) => buildStatement(reading, statement.child(0))),
    body: buildBody(reading, node.child(7)),
    span: spanOf(reading, node),
  };
}

function buildLetValue(reading: Reading, node: Node): LetValue {
  const span = spanOf(reading, node);
  switch (node.ctorName) {
    case 'materialize':
      return { value: 'expression', expression: buildQueryCall(reading, node, node.child(2)), span };
    case 'function':
      return buildFunction(reading, node);
    case 'pipeline': {
      const query = buildPipeline(reading, node);
      return isTabular(query)
        ? { value: 'query', query, span }
        : { value: 'expression', expression: pipelineAsExpression(query), span };
    }
    default:
      return unknownRule(node);
  }
}

/** @param node the rule of one statement, such as `let` or `pipeline` */
export function buildStatement(reading: Reading, node: Node): Statement {
  const span = spanOf(reading, node);
  switch (node.ctorName) {
    case 'let': {
      const value = node.child(3).child(0);
      if (value.ctorName === 'entityGroup') return { statement: 'entity-group', text: textOf(reading, node), span };
      return { statement: 'let', name: buildName(reading, node.child(1)), value: buildLetValue(reading, value), span };
    }
    case 'pipeline':
      return { statement: 'query', query: buildPipeline(reading, node), span };
    case 'declareParameters':
      return { statement: 'declare', parameters: buildFunctionParameters(reading, node.child(3)), span };
    case 'setOption': {
      const value = optional(node.child(3));
      const { name } = buildName(reading, node.child(1));
      if (value === undefined) return { statement: 'set', name, span };
      return { statement: 'set', name, value: buildExpression(reading, value), span };
    }
    case 'alias':
      return { statement: 'alias', text: textOf(reading, node), span };
    case 'declarePattern':
      return { statement: 'pattern', text: textOf(reading, node), span };
    case 'restrict':
      return { statement: 'restrict', text: textOf(reading, node), span };
    default:
      return unknownRule(node);
  }
}

/** @param node the grammar's start rule */
export function buildStatements(reading: Reading, node: Node): readonly Statement[] {
  const first = optional(node.child(1));
  if (first === undefined) return [];
  return [first, ...node.child(3).child(0).children].map((statement) => buildStatement(reading, statement.child(0)));
}
