/** From a flat list of operands and operators to a tree: precedence climbing over the operator table. */
import type { Node } from 'ohm-js';
import { coverSpans } from '../../source.ts';
import type { BinaryOperator, Expression } from '../ast.ts';
import { findOperator, isListOperator } from '../operators.ts';
import type { OperatorRow } from '../operators.ts';
import { buildExpression, buildListItems, buildOperand, MAX_CHAIN } from './expressions.ts';
import type { Reading } from './reading.ts';
import { firstTokenText, report, spanOf, unknownRule } from './reading.ts';

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

/** The tree of a first operand and the operators behind it. */
export function groupOperators(reading: Reading, first: Expression, tails: readonly Node[]): Expression {
  return new Climber(
    reading,
    tails.map((tail) => tailOf(reading, tail)),
  ).climb(first, 0);
}
