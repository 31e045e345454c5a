/** From the grammar's nodes to the tree: scalar expressions. */
import type { Node } from 'ohm-js';
import type { Span } from '../../source.ts';
import { coverSpans } from '../../source.ts';
import type { Argument, Expression, Literal, Name, NamedExpression, Pipeline } from '../ast.ts';
import { groupOperators } from './climb.ts';
import { buildDatatable, buildExternaldata, buildPipeline } from './pipelines.ts';
import type { Reading } from './reading.ts';
import {
  elements,
  extentOf,
  fileSpan,
  firstTokenText,
  optional,
  report,
  spanOf,
  unknownRule,
  wildcardText,
} from './reading.ts';
import { buildLiteral, buildName, buildStrings } from './values.ts';

/** Operands of one chain of arithmetic, and selectors behind one name. Consumers may follow such chains recursively. */
export const MAX_CHAIN = 500;

function subquery(query: Pipeline): Expression {
  return { kind: 'subquery', query, span: query.span };
}

function isPlain(query: Pipeline): Expression | undefined {
  if (query.operators.length > 0) return undefined;
  switch (query.source.source) {
    case 'table':
      return { kind: 'name', ...query.source.name, span: query.span };
    case 'expression':
      return query.source.expression;
    case 'parenthesised': {
      const inner = isPlain(query.source.query) ?? subquery(query.source.query);
      return { kind: 'parenthesised', of: inner, span: query.span };
    }
    case 'datatable':
    case 'externaldata':
      return { kind: 'source', source: query.source, span: query.span };
    case 'range':
    case 'print':
    case 'operator':
      return undefined;
  }
}

/** A pipeline where a value may stand: the value itself where there is no pipe, a subquery where there is one. */
export function pipelineAsExpression(query: Pipeline): Expression {
  return isPlain(query) ?? subquery(query);
}

function buildArgument(reading: Reading, node: Node): Argument {
  const span = spanOf(reading, node);
  const inner = node.child(0);
  if (inner.ctorName === 'argument_star') return { value: { kind: 'star', span }, span };
  const named = buildNamed(reading, inner);
  const name = named.names[0];
  if (name === undefined) return { value: named.value, span };
  if (named.tuple) report(reading, 'unsupported-syntax', inner, 'an argument cannot have several names');
  return { name, value: named.value, span };
}

export function buildCall(reading: Reading, node: Node, of?: Expression): Expression {
  const span = of === undefined ? spanOf(reading, node) : coverSpans(of.span, spanOf(reading, node));
  const list = node.child(1).ctorName === 'arguments' ? node.child(1) : node.child(1).child(0);
  const first = optional(list.child(1));
  const args = first === undefined ? [] : [first, ...list.child(3).child(0).children];
  return {
    kind: 'call',
    ...(of === undefined ? {} : { of }),
    name: buildName(reading, node.child(0)),
    args: args.map((argument) => buildArgument(reading, argument)),
    span,
  };
}

/** `toscalar(...)`, `materialize(...)`, `totable(...)`: calls whose argument is a query. */
export function buildQueryCall(reading: Reading, node: Node, queryNode: Node): Expression {
  const query = buildPipeline(reading, queryNode);
  const keyword = firstTokenText(reading, node);
  const [start] = extentOf(reading, node);
  const name: Name = { name: keyword, bracketed: false, span: fileSpan(reading.source, start, start + keyword.length) };
  return {
    kind: 'call',
    name,
    args: [{ value: subquery(query), span: query.span }],
    span: spanOf(reading, node),
  };
}

export function buildSelectors(reading: Reading, start: Expression, selectors: readonly Node[]): Expression {
  let of = start;
  if (selectors.length > MAX_CHAIN && selectors[MAX_CHAIN] !== undefined) {
    report(reading, 'too-long', selectors[MAX_CHAIN], `more than ${MAX_CHAIN} properties are read one from the other`);
    return of;
  }
  for (const wrapper of selectors) {
    const selector = wrapper.child(0);
    const span: Span = coverSpans(start.span, spanOf(reading, selector));
    switch (selector.ctorName) {
      case 'selector_member':
      case 'entitySelector_member': {
        const member = selector.child(1);
        const inner = member.ctorName === 'entityPart' ? member.child(0) : member;
        if (inner.ctorName === 'call') of = buildCall(reading, inner, of);
        else if (inner.ctorName === 'wildcard') {
          of = {
            kind: 'member',
            of,
            member: { name: wildcardText(reading, inner), bracketed: false, span: spanOf(reading, inner) },
            span,
          };
        } else {
          const name = buildName(reading, inner);
          of = name.bracketed ? dottedElement(reading, of, inner, span) : { kind: 'member', of, member: name, span };
        }
        break;
      }
      case 'selector_dotted':
        of = { kind: 'element', of, index: buildExpression(reading, selector.child(2)), dotted: true, span };
        break;
      case 'selector_element':
      case 'entitySelector_element':
        of = { kind: 'element', of, index: buildExpression(reading, selector.child(1)), dotted: false, span };
        break;
      default:
        return unknownRule(selector);
    }
  }
  return of;
}

/** `a.['b']`: Microsoft's parser sees a bracketed name there, which means the same as the index `a['b']`. */
function dottedElement(reading: Reading, of: Expression, node: Node, span: Span): Expression {
  const bracketed = findBracketed(node);
  const strings = bracketed.child(1);
  const literal: Literal = { type: 'string', ...buildStrings(reading, strings) };
  const index: Expression = { kind: 'literal', literal, span: spanOf(reading, strings) };
  return { kind: 'element', of, index, dotted: true, span };
}

function findBracketed(node: Node): Node {
  return node.ctorName === 'bracketed' ? node : findBracketed(node.child(0));
}

function buildPrimary(reading: Reading, node: Node): Expression {
  const inner = node.child(0);
  const span = spanOf(reading, node);
  switch (inner.ctorName) {
    case 'reference':
      if (inner.child(1).numChildren > 0) return buildCall(reading, inner);
      return { kind: 'name', ...buildName(reading, inner.child(0)) };
    case 'loneName':
    case '_terminal':
      return { kind: 'name', ...buildName(reading, inner) };
    case 'literal':
      return buildLiteral(reading, inner);
    case 'parenthesised':
      return { kind: 'parenthesised', of: pipelineAsExpression(buildPipeline(reading, inner.child(1))), span };
    case 'toscalar':
    case 'totable':
      return buildQueryCall(reading, inner, inner.child(5));
    case 'datatable':
      return { kind: 'source', source: buildDatatable(reading, inner), span };
    case 'externaldata':
      return { kind: 'source', source: buildExternaldata(reading, inner), span };
    default:
      return unknownRule(inner);
  }
}

export function buildPostfix(reading: Reading, node: Node): Expression {
  const primary = buildPrimary(reading, node.child(0));
  const selectors = node.child(1);
  return selectors.numChildren === 0 ? primary : buildSelectors(reading, primary, selectors.children);
}

/** @param node what stands inside the rule `unary` */
export function buildUnary(reading: Reading, node: Node): Expression {
  switch (node.ctorName) {
    case 'unary_minus':
    case 'unary_plus':
      return {
        kind: 'unary',
        operator: node.ctorName === 'unary_minus' ? '-' : '+',
        operand: buildPostfix(reading, node.child(1)),
        span: spanOf(reading, node),
      };
    default:
      return buildPostfix(reading, node);
  }
}

export function buildOperand(reading: Reading, node: Node): Expression {
  const inner = node.child(0);
  if (inner.ctorName === 'starOperand') return { kind: 'star', span: spanOf(reading, inner) };
  return buildUnary(reading, inner.child(0));
}

export function buildExpressions(reading: Reading, node: Node): readonly Expression[] {
  return elements(node).map((element) => buildExpression(reading, element));
}

export function buildExpression(reading: Reading, node: Node): Expression {
  const first = buildOperand(reading, node.child(0));
  const tails = node.child(1);
  if (tails.numChildren === 0) return first;
  return groupOperators(reading, first, tails.children);
}

export function buildNamed(reading: Reading, node: Node): NamedExpression {
  const inner = node.child(0);
  const span = spanOf(reading, node);
  switch (inner.ctorName) {
    case 'named_one':
      return {
        names: [buildName(reading, inner.child(0))],
        tuple: false,
        value: buildExpression(reading, inner.child(2)),
        span,
      };
    case 'named_tuple': {
      const names = [inner.child(1), ...inner.child(3).children].map((name) => buildName(reading, name));
      return { names, tuple: true, value: buildExpression(reading, inner.child(6)), span };
    }
    default:
      return { names: [], tuple: false, value: buildExpression(reading, inner), span };
  }
}

export function buildNameds(reading: Reading, node: Node): readonly NamedExpression[] {
  return elements(node).map((element) => buildNamed(reading, element));
}

/** What stands between the parentheses behind `in`. */
export function buildListItems(reading: Reading, node: Node): readonly Expression[] {
  const inner = node.child(0).child(0);
  if (inner.ctorName === 'expressions') return buildExpressions(reading, inner);
  return [pipelineAsExpression(buildPipeline(reading, inner))];
}
