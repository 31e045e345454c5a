/** From the grammar's nodes to the tree: scalar expressions, names and literals. */
import type { Node } from 'ohm-js';
import type { Span } from '../../source.ts';
import { coverSpans } from '../../source.ts';
import type { Argument, BinaryOperator, Expression, Json, Literal, Name, NamedExpression, Pipeline } from '../ast.ts';
import { scalarLiteral, stringValue } from '../literals.ts';
import type { ScalarLiteralType } from '../literals.ts';
import { findOperator, isListOperator } from '../operators.ts';
import type { OperatorRow } from '../operators.ts';
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
  textOf,
  unknownRule,
  wildcardText,
} from './reading.ts';
import { buildTypeLiteral } from './types.ts';

/** Operands of one chain of arithmetic, and selectors behind one name. Consumers may follow such chains recursively. */
export const MAX_CHAIN = 500;

// ---------------------------------------------------------------------------------------------- names and literals

interface Strings {
  readonly value: string;
  /** The literals as written, one blank between them. */
  readonly text: string;
}

export function buildStrings(reading: Reading, node: Node): Strings {
  const parts = node.child(0).children.map((part) => firstTokenText(reading, part));
  return { value: parts.map(stringValue).join(''), text: parts.join(' ') };
}

/** A name in any of its forms: a word, a reserved word where one may stand, a string in brackets. */
export function buildName(reading: Reading, node: Node): Name {
  if (node.ctorName === 'bracketed') {
    return { name: buildStrings(reading, node.child(1)).value, bracketed: true, span: spanOf(reading, node) };
  }
  const inner = node.isTerminal() ? undefined : node.child(0);
  if (inner !== undefined && !inner.isTerminal()) return buildName(reading, inner);
  return { name: firstTokenText(reading, node), bracketed: false, span: spanOf(reading, node) };
}

const TYPE_OF_KIND: Readonly<Record<string, ScalarLiteralType>> = {
  L: 'long',
  I: 'int',
  R: 'real',
  M: 'decimal',
  B: 'bool',
  D: 'datetime',
  T: 'timespan',
  G: 'guid',
};

const FORMAT_HINT: Readonly<Record<ScalarLiteralType, string>> = {
  long: 'Write a whole number.',
  int: 'Write a whole number.',
  real: 'Write a number.',
  decimal: 'Write a number.',
  bool: 'Write true or false.',
  datetime: 'Write it as datetime(2024-01-31) or datetime(2024-01-31T12:00:00Z).',
  timespan: 'Write it as 1d, 30m or timespan(1.12:30:00).',
  guid: 'Write it as guid(xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).',
};

function buildScalar(reading: Reading, node: Node, kind: string): Literal {
  const type = TYPE_OF_KIND[kind] ?? 'long';
  const text = textOf(reading, node);
  const literal = scalarLiteral(type, text);
  if (literal !== undefined) return literal;
  report(reading, 'bad-literal', node, `'${text}' is not a ${type}`, FORMAT_HINT[type]);
  return { type: 'null', of: type, text };
}

function buildJson(reading: Reading, node: Node): Json {
  switch (node.ctorName) {
    case 'json_array':
      return (
        optional(node.child(1)) === undefined ? [] : [node.child(1).child(0), ...node.child(3).child(0).children]
      ).map((item) => buildJson(reading, item));
    case 'json_object': {
      const pairs =
        optional(node.child(1)) === undefined ? [] : [node.child(1).child(0), ...node.child(3).child(0).children];
      // fromEntries defines own properties, so a key such as __proto__ is only a key.
      return Object.fromEntries(
        pairs.map((pair) => [stringValue(firstTokenText(reading, pair)), buildJson(reading, pair.child(2))]),
      );
    }
    case 'json_number':
      return Number(textOf(reading, node).replace(/\s/g, ''));
    case 'strings':
      return buildStrings(reading, node).value;
    case 'json':
      return buildJson(reading, node.child(0));
    case 'dynamic':
      return buildJson(reading, node.child(2));
    default:
      return jsonScalar(reading, node);
  }
}

function jsonScalar(reading: Reading, node: Node): Json {
  const kind = node.sourceString;
  if (kind === 'null ') return null;
  const literal = buildScalar(reading, node, kind);
  if (literal.type === 'bool') return literal.value;
  // The tree has no typed values inside dynamic ones: they stand there as they are written.
  return literal.text.replace(/^[a-z0-9]+\(([^]*)\)$/, '$1');
}

export function buildLiteral(reading: Reading, node: Node): Expression {
  const span = spanOf(reading, node);
  if (node.ctorName === 'signed') {
    const [start, end] = extentOf(reading, node);
    const kind = node.sourceString.slice(1);
    const text = reading.list.text.slice(start, end);
    const literal = scalarLiteral(TYPE_OF_KIND[kind] ?? 'long', text);
    if (literal !== undefined) return { kind: 'literal', literal, span };
    report(reading, 'bad-literal', node, `'${text}' is not a number`, 'Write the sign directly before the number.');
    return { kind: 'literal', literal: { type: 'null', of: 'long', text }, span };
  }
  const inner = node.child(0);
  switch (inner.ctorName) {
    case 'strings':
      return { kind: 'literal', literal: { type: 'string', ...buildStrings(reading, inner) }, span };
    case 'dynamic': {
      const text = textOf(reading, inner);
      const value = buildJson(reading, inner);
      const literal: Literal =
        value === null ? { type: 'null', of: 'dynamic', text } : { type: 'dynamic', value, text };
      return { kind: 'literal', literal, span };
    }
    case 'typeLiteral':
      return buildTypeLiteral(reading, inner);
    default:
      return (
        buildClockTime(reading, inner) ?? {
          kind: 'literal',
          literal: buildScalar(reading, inner, inner.sourceString),
          span,
        }
      );
  }
}

/**
 * `datetime("8:00 AM")` is that hour of the day the query runs, so it is no constant: it becomes a call of `datetime`
 * with the text as written.
 */
function buildClockTime(reading: Reading, node: Node): Expression | undefined {
  if (node.sourceString !== 'D') return undefined;
  const written = /^(\w+)\(\s*((["']?)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp][Mm])?)\3)\s*\)$/.exec(
    textOf(reading, node),
  );
  if (written === null) return undefined;
  const [, name = '', text = '', , value = ''] = written;
  const span = spanOf(reading, node);
  const argument: Expression = { kind: 'literal', literal: { type: 'string', value, text }, span };
  return { kind: 'call', name: { name, bracketed: false, span }, args: [{ value: argument, span }], span };
}

// ---------------------------------------------------------------------------------------------- operands

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

function buildOperand(reading: Reading, node: Node): Expression {
  const inner = node.child(0);
  if (inner.ctorName === 'starOperand') return { kind: 'star', span: spanOf(reading, inner) };
  return buildUnary(reading, inner.child(0));
}

// ---------------------------------------------------------------------------------------------- operators

/** One operator of a flat expression with what stands behind it. */
interface Tail {
  readonly row: OperatorRow;
  readonly node: Node;
}

function tailOf(reading: Reading, wrapper: Node): Tail {
  const node = wrapper.child(0);
  const operator = firstTokenText(reading, node);
  const row = findOperator(operator);
  return row === undefined ? unknownRule(node) : { row, node };
}

/** Groups a flat list by precedence. `position` walks the tails. */
class Climber {
  readonly #reading: Reading;
  readonly #tails: readonly Tail[];
  #position = 0;

  constructor(reading: Reading, tails: readonly Tail[]) {
    this.#reading = reading;
    this.#tails = tails;
  }

  climb(first: Expression, lowest: number): Expression {
    let left = first;
    let repeated = 0;
    let alone = Infinity;
    for (;;) {
      const tail = this.#tails[this.#position];
      if (tail === undefined || tail.row.precedence < lowest) return left;
      const { precedence, associativity, operator } = tail.row;
      if (precedence === alone) {
        report(
          this.#reading,
          'repeated-comparison',
          tail.node,
          `'${operator}' cannot follow another comparison`,
          "Put one of them in parentheses, or join them with 'and'.",
        );
        return left;
      }
      if (associativity === 'balanced') {
        left = this.#chain(left, operator === 'or' ? 'or' : 'and', precedence);
        continue;
      }
      this.#position++;
      if (++repeated > MAX_CHAIN) {
        report(this.#reading, 'too-long', tail.node, `more than ${MAX_CHAIN} operators of arithmetic in a row`);
        return left;
      }
      alone = associativity === 'none' ? precedence : Infinity;
      left = this.#apply(left, tail);
    }
  }

  /**
   * All operands of a run of `and` or `or`, as a balanced tree: thousands of them are usual in lists of indicators, and a
   * tree that leans to one side would be as deep as the list is long.
   */
  #chain(first: Expression, operator: 'and' | 'or', precedence: number): Expression {
    const operands = [first];
    for (;;) {
      const tail = this.#tails[this.#position];
      if (tail?.row.operator !== operator) break;
      this.#position++;
      operands.push(this.climb(buildOperand(this.#reading, tail.node.child(1)), precedence + 1));
    }
    return balance(operands, operator, 0, operands.length);
  }

  #apply(left: Expression, { row, node }: Tail): Expression {
    const reading = this.#reading;
    switch (node.ctorName) {
      case 'tail_binary': {
        const right = this.climb(buildOperand(reading, node.child(1)), row.precedence + 1);
        const operator = row.operator as BinaryOperator;
        return { kind: 'binary', operator, left, right, span: coverSpans(left.span, right.span) };
      }
      case 'tail_list': {
        const span = coverSpans(left.span, spanOf(reading, node));
        if (!isListOperator(row.operator)) return unknownRule(node);
        return {
          kind: 'list',
          operator: row.operator,
          value: left,
          items: buildListItems(reading, node.child(2)),
          span,
        };
      }
      case 'tail_between':
        return {
          kind: 'between',
          negated: row.operator === '!between',
          value: left,
          low: buildExpression(reading, node.child(2)),
          high: buildExpression(reading, node.child(4)),
          span: coverSpans(left.span, spanOf(reading, node)),
        };
      default:
        return unknownRule(node);
    }
  }
}

function balance(operands: readonly Expression[], operator: 'and' | 'or', from: number, to: number): Expression {
  const first = operands[from];
  if (first === undefined) throw new Error('a chain without operands');
  if (to - from === 1) return first;
  const middle = (from + to + 1) >> 1;
  const left = balance(operands, operator, from, middle);
  const right = balance(operands, operator, middle, to);
  return { kind: 'binary', operator, left, right, span: coverSpans(left.span, right.span) };
}

function buildListItems(reading: Reading, node: Node): readonly Expression[] {
  const inner = node.child(0).child(0);
  if (inner.ctorName === 'expressions') return buildExpressions(reading, inner);
  return [pipelineAsExpression(buildPipeline(reading, inner))];
}

export function buildExpressions(reading: Reading, node: Node): readonly Expression[] {
  return elements(node).map((element) => buildExpression(reading, element));
}

export function buildExpression(reading: Reading, node: Node): Expression {
  const first = buildOperand(reading, node.child(0));
  const tails = node.child(1);
  if (tails.numChildren === 0) return first;
  return new Climber(
    reading,
    tails.children.map((tail) => tailOf(reading, tail)),
  ).climb(first, 0);
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
