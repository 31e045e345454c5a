/** From the grammar's nodes to the tree: pipelines and what they start with. */
import type { Node } from 'ohm-js';
import { coverSpans } from '../../source.ts';
import type { Expression, Operator, Pipeline, Source } from '../ast.ts';
import { buildExpression, buildExpressions, buildNameds, buildSelectors, buildCall } from './expressions.ts';
import { buildOperator } from './operators.ts';
import { buildWithClause } from './parameters.ts';
import type { Reading } from './reading.ts';
import { optional, spanOf, unknownRule, wildcardText } from './reading.ts';
import { buildRowSchema } from './types.ts';
import { buildLiteral, buildName } from './values.ts';

export function buildDatatable(reading: Reading, node: Node): Source {
  const first = optional(node.child(5));
  const values = first === undefined ? [] : [first, ...node.child(7).child(0).children];
  return {
    source: 'datatable',
    columns: buildRowSchema(reading, node.child(2)),
    values: values.map((value) => buildLiteral(reading, value.child(0))),
    span: spanOf(reading, node),
  };
}

export function buildExternaldata(reading: Reading, node: Node): Source {
  const uris = optional(node.child(4));
  return {
    source: 'externaldata',
    columns: buildRowSchema(reading, node.child(2)),
    uris: uris === undefined ? [] : buildExpressions(reading, uris),
    properties: buildWithClause(reading, node.child(7)),
    span: spanOf(reading, node),
  };
}

/** What an expression is when it stands where a table is expected. */
export function sourceOf(expression: Expression): Source {
  const { span } = expression;
  switch (expression.kind) {
    case 'name':
      return {
        source: 'table',
        name: { name: expression.name, bracketed: expression.bracketed, span },
        wildcard: false,
        span,
      };
    case 'parenthesised':
      return { source: 'parenthesised', query: pipelineOf(expression.of), span };
    case 'source':
      return expression.source;
    case 'literal':
    case 'star':
    case 'member':
    case 'element':
    case 'call':
    case 'unary':
    case 'binary':
    case 'between':
    case 'list':
    case 'subquery':
    case 'type':
      return { source: 'expression', expression, span };
  }
}

/** An expression as a pipeline: a subquery is one, everything else is a pipeline without pipes. */
export function pipelineOf(expression: Expression): Pipeline {
  if (expression.kind === 'subquery') return expression.query;
  return { source: sourceOf(expression), operators: [], span: expression.span };
}

/** A table in `union`, `find` or `search`: a name, a pattern, a path or a call. */
export function buildTableInput(reading: Reading, node: Node): Source {
  const span = spanOf(reading, node);
  switch (node.ctorName) {
    case 'wildcard':
      return {
        source: 'table',
        name: { name: wildcardText(reading, node), bracketed: false, span },
        wildcard: true,
        span,
      };
    case 'entity': {
      const head = node.child(0).child(0);
      const start: Expression =
        head.ctorName === 'call' ? buildCall(reading, head) : { kind: 'name', ...buildName(reading, head) };
      return sourceOf(buildSelectors(reading, start, node.child(1).children));
    }
    case 'parenthesised':
      return { source: 'parenthesised', query: buildPipeline(reading, node.child(1)), span };
    default:
      return unknownRule(node);
  }
}

function buildFirstOperator(reading: Reading, node: Node): Source {
  const inner = node.child(0);
  const span = spanOf(reading, node);
  switch (inner.ctorName) {
    case 'print':
      return { source: 'print', columns: buildNameds(reading, inner.child(1)), span };
    case 'range':
      return {
        source: 'range',
        column: buildName(reading, inner.child(1)),
        from: buildExpression(reading, inner.child(3)),
        to: buildExpression(reading, inner.child(5)),
        step: buildExpression(reading, inner.child(7)),
        span,
      };
    default:
      return { source: 'operator', operator: buildOperator(reading, inner), span };
  }
}

function buildSource(reading: Reading, node: Node): Source {
  const inner = node.child(0);
  return inner.ctorName === 'firstOperator'
    ? buildFirstOperator(reading, inner)
    : sourceOf(buildExpression(reading, inner));
}

export function buildPipeline(reading: Reading, node: Node): Pipeline {
  const source = buildSource(reading, node.child(0));
  const piped = node.child(2).children;
  if (piped.length === 0 && source.source === 'parenthesised') {
    return { source, operators: [], span: source.span };
  }
  const operators = piped.map((operator) => buildOperator(reading, operator.child(0)));
  const last = operators[operators.length - 1];
  return { source, operators, span: last === undefined ? source.span : coverSpans(source.span, last.span) };
}

/** The operators of `( where ... | take 1 )`, as mv-apply has it; undefined where it starts with a table of its own. */
export function buildSubPipeline(reading: Reading, node: Node): readonly Operator[] | undefined {
  const first = node.child(0);
  if (first.ctorName !== 'operator') return undefined;
  return [first, ...node.child(2).children].map((operator) => buildOperator(reading, operator.child(0)));
}
