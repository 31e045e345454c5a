/**
 * Predicates and scalars of a Detection as KQL expressions: the way back from `lower/`. For people to read, and for a
 * reader that takes the expression to mean what the neutral form means; it need not be how the query was written.
 */
import type { Comparison, Field, Predicate, Relation, Scalar, TextTest, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { BinaryOperator, Expression, ListOperator } from '../ast.ts';
import { printExpression } from '../print.ts';
import { ARITHMETIC, callExpression, nameOfCall } from './calls.ts';
import { raiseText, raiseValue, timespanText, written } from './values.ts';

export interface RaiseOptions {
  /** How a query inside an expression is written; default: three dots. */
  readonly query?: (query: Relation) => string;
  /** Lists are cut after so many values; default: they are not. */
  readonly longestList?: number;
}

const ELLIPSIS = '…';
/** Deeper than this nobody reads: what is below is left out. */
const DEEPEST = 40;

/** A predicate on one line. */
export function predicateText(predicate: Predicate, options: RaiseOptions = {}): string {
  return printExpression(raisePredicate(predicate, options));
}

/** A scalar on one line. */
export function scalarText(scalar: Scalar, options: RaiseOptions = {}): string {
  return printExpression(raiseScalar(scalar, options));
}

export function raisePredicate(predicate: Predicate, options: RaiseOptions = {}): Expression {
  return new Raising(options).predicate(predicate, 0);
}

export function raiseScalar(scalar: Scalar, options: RaiseOptions = {}): Expression {
  return new Raising(options).scalar(scalar, 0);
}

interface Operators {
  readonly sensitive: BinaryOperator;
  readonly insensitive: BinaryOperator;
  readonly notSensitive: BinaryOperator;
  readonly notInsensitive: BinaryOperator;
}

/** `regex` is always case-sensitive in KQL: without regard to case it is a flag of the pattern. */
const TEXT_OPERATORS: Readonly<Record<Exclude<TextTest, 'regex' | 'wildcard'>, Operators>> = {
  equals: { sensitive: '==', insensitive: '=~', notSensitive: '!=', notInsensitive: '!~' },
  contains: {
    sensitive: 'contains_cs',
    insensitive: 'contains',
    notSensitive: '!contains_cs',
    notInsensitive: '!contains',
  },
  startsWith: {
    sensitive: 'startswith_cs',
    insensitive: 'startswith',
    notSensitive: '!startswith_cs',
    notInsensitive: '!startswith',
  },
  endsWith: {
    sensitive: 'endswith_cs',
    insensitive: 'endswith',
    notSensitive: '!endswith_cs',
    notInsensitive: '!endswith',
  },
  term: { sensitive: 'has_cs', insensitive: 'has', notSensitive: '!has_cs', notInsensitive: '!has' },
  termPrefix: {
    sensitive: 'hasprefix_cs',
    insensitive: 'hasprefix',
    notSensitive: '!hasprefix_cs',
    notInsensitive: '!hasprefix',
  },
  termSuffix: {
    sensitive: 'hassuffix_cs',
    insensitive: 'hassuffix',
    notSensitive: '!hassuffix_cs',
    notInsensitive: '!hassuffix',
  },
};

const LIST_OPERATORS: Readonly<Record<'true' | 'false', readonly [ListOperator, ListOperator]>> = {
  true: ['in', '!in'],
  false: ['in~', '!in~'],
};

type PredicateOf<Op extends Predicate['op']> = Extract<Predicate, { readonly op: Op }>;

class Raising {
  readonly #options: RaiseOptions;

  constructor(options: RaiseOptions) {
    this.#options = options;
  }

  predicate(node: Predicate, depth: number): Expression {
    const { span } = node;
    if (depth > DEEPEST) return written(ELLIPSIS, span);
    switch (node.op) {
      case 'constant':
        return written(String(node.value), span);
      case 'and':
      case 'or':
        return this.#junction(node, depth);
      case 'not':
        return this.#negation(node, depth);
      case 'match':
        return this.#match(node, false, depth);
      case 'matchScalar': {
        const { test, caseSensitive } = node;
        const sides = [this.#operand(node.subject, depth), this.#operand(node.value, depth)] as const;
        return this.#textTest(test, caseSensitive, false, sides[0], sides[1], span);
      }
      case 'oneOf':
        return this.#oneOf(node, false, depth);
      case 'compare':
        return binary(node.test, this.#operand(node.left, depth), this.#operand(node.right, depth), span);
      case 'between':
        return this.#between(node, false, depth);
      case 'ipInRange': {
        const [only, ...others] = node.ranges;
        const version = node.ranges.some((range) => range.includes(':')) ? 'ipv6' : 'ipv4';
        const name = others.length === 0 && only !== undefined ? 'is_in_range' : 'is_in_any_range';
        return this.#call(
          `${version}_${name}`,
          [this.scalar(node.subject, depth + 1), ...this.#texts(node.ranges)],
          span,
        );
      }
      case 'missing':
        return this.#missing(node, false, depth);
      case 'inQuery':
        return this.#inQuery(node, false, depth);
      case 'isTrue':
        return this.scalar(node.of, depth + 1);
      case 'opaque':
        return written(node.text, span);
    }
  }

  #negation(node: PredicateOf<'not'>, depth: number): Expression {
    const { of, span } = node;
    switch (of.op) {
      case 'match':
        return this.#match(of, true, depth);
      case 'matchScalar': {
        const sides = [this.#operand(of.subject, depth), this.#operand(of.value, depth)] as const;
        return this.#textTest(of.test, of.caseSensitive, true, sides[0], sides[1], span);
      }
      case 'oneOf':
        return this.#oneOf(of, true, depth);
      case 'between':
        return this.#between(of, true, depth);
      case 'missing':
        return this.#missing(of, true, depth);
      case 'inQuery':
        return this.#inQuery(of, true, depth);
      case 'compare':
        if (of.test === '==') {
          return binary('!=', this.#operand(of.left, depth), this.#operand(of.right, depth), span);
        }
        break;
      case 'constant':
      case 'and':
      case 'or':
      case 'not':
      case 'ipInRange':
      case 'isTrue':
      case 'opaque':
        break;
    }
    return this.#call('not', [this.predicate(of, depth + 1)], span);
  }

  /** `and` and `or`, each operand that is the other kind in parentheses. */
  #junction(node: PredicateOf<'and' | 'or'>, depth: number): Expression {
    const operands = node.of.map((operand) => {
      const raised = this.predicate(operand, depth + 1);
      return operand.op === 'and' || operand.op === 'or' ? parenthesised(raised) : raised;
    });
    const [first, ...others] = operands;
    if (first === undefined) return written(String(node.op === 'and'), node.span);
    // The printer goes along a chain by recursion: a long one is cut like a list.
    const shown = others.slice(0, Math.min(LONGEST_CHAIN, this.#options.longestList ?? LONGEST_CHAIN));
    const chain = shown.reduce((left, right) => binary(node.op, left, right, node.span), first);
    return shown.length === others.length ? chain : binary(node.op, chain, written(ELLIPSIS), node.span);
  }

  #match(node: PredicateOf<'match'>, negated: boolean, depth: number): Expression {
    const { subject, test, values, quantifier, caseSensitive, span } = node;
    const left = this.#operand(subject, depth);
    const [only, ...others] = values;
    if (only !== undefined && others.length === 0) {
      return this.#textTest(test, caseSensitive, negated, left, raiseText(only, span), span);
    }
    if (test === 'equals' && quantifier === 'any') {
      const [positive, negative] = LIST_OPERATORS[caseSensitive ? 'true' : 'false'];
      return this.#list(negated ? negative : positive, left, this.#texts(values), span);
    }
    if (test === 'term' && !caseSensitive) {
      const list = this.#list(quantifier === 'any' ? 'has_any' : 'has_all', left, this.#texts(values), span);
      return negated ? this.#call('not', [list], span) : list;
    }
    // No operator of KQL takes a list for the others.
    const shown = this.#cut(values);
    const tests = shown.map((value) =>
      this.#textTest(test, caseSensitive, negated, left, raiseText(value, span), span),
    );
    const word = (quantifier === 'any') === negated ? 'and' : 'or';
    if (shown.length < values.length) tests.push(written(ELLIPSIS));
    const [first = written('false'), ...rest] = tests;
    return parenthesised(rest.reduce((chain, one) => binary(word, chain, one, span), first));
  }

  #textTest(
    test: TextTest,
    caseSensitive: boolean,
    negated: boolean,
    left: Expression,
    right: Expression,
    span: Span,
  ): Expression {
    if (test === 'regex') {
      const pattern =
        caseSensitive || right.kind !== 'literal' || right.literal.type !== 'string'
          ? right
          : raiseText(`(?i)${right.literal.value}`, span);
      const matches = binary('matches regex', left, pattern, span);
      return negated ? this.#call('not', [matches], span) : matches;
    }
    if (test === 'wildcard') {
      const pattern =
        right.kind === 'literal' && right.literal.type === 'string'
          ? raiseText(likePattern(right.literal.value))
          : right;
      const positive = caseSensitive ? 'likecs' : 'like';
      const negative = caseSensitive ? 'notlikecs' : 'notlike';
      return binary(negated ? negative : positive, left, pattern, span);
    }
    const operators = TEXT_OPERATORS[test];
    if (negated) return binary(caseSensitive ? operators.notSensitive : operators.notInsensitive, left, right, span);
    return binary(caseSensitive ? operators.sensitive : operators.insensitive, left, right, span);
  }

  #oneOf(node: PredicateOf<'oneOf'>, negated: boolean, depth: number): Expression {
    const left = this.#operand(node.subject, depth);
    const [only, ...others] = node.values;
    if (only !== undefined && others.length === 0) {
      return binary(negated ? '!=' : '==', left, raiseValue(only, node.span), node.span);
    }
    return this.#list(negated ? '!in' : 'in', left, this.#values(node.values), node.span);
  }

  #between(node: PredicateOf<'between'>, negated: boolean, depth: number): Expression {
    const { subject, low, high, span } = node;
    return {
      kind: 'between',
      negated,
      value: this.#operand(subject, depth),
      low: this.scalar(low, depth + 1),
      high: this.scalar(high, depth + 1),
      span,
    };
  }

  #missing(node: PredicateOf<'missing'>, negated: boolean, depth: number): Expression {
    const words = {
      null: ['isnull', 'isnotnull'],
      empty: ['isempty', 'isnotempty'],
      // Only languages that tell absent from empty have this.
      absent: ['isempty', 'isnotempty'],
    } as const;
    return this.#call(words[node.counts][negated ? 1 : 0], [this.scalar(node.subject, depth + 1)], node.span);
  }

  #inQuery(node: PredicateOf<'inQuery'>, negated: boolean, depth: number): Expression {
    const { subject, test, quantifier, caseSensitive, span } = node;
    const query = written(this.#query(node.query), span);
    const left = this.#operand(subject, depth);
    const [positive, negative] = LIST_OPERATORS[caseSensitive ? 'true' : 'false'];
    if (test === 'equals' && quantifier === 'any')
      return this.#list(negated ? negative : positive, left, [query], span);
    const list = this.#list(quantifier === 'any' ? 'has_any' : 'has_all', left, [query], span);
    return negated ? this.#call('not', [list], span) : list;
  }

  // -------------------------------------------------------------------------------------------- scalars

  scalar(node: Scalar, depth: number): Expression {
    const { span } = node;
    if (depth > DEEPEST) return written(ELLIPSIS, span);
    switch (node.op) {
      case 'field':
        return place(node);
      case 'literal':
        return raiseValue(node.value, span);
      case 'anyField':
        return { kind: 'star', span };
      case 'now':
        if (node.offset === 0) return this.#call('now', [], span);
        return this.#call(node.offset < 0 ? 'ago' : 'now', [written(timespanText(Math.abs(node.offset)))], span);
      case 'call':
        return this.#scalarCall(node, depth);
      case 'choose': {
        const args = node.cases.flatMap(({ when, then }) => [
          this.predicate(when, depth + 1),
          this.scalar(then, depth + 1),
        ]);
        const name = node.cases.length === 1 ? 'iff' : 'case';
        return this.#call(name, [...args, this.scalar(node.otherwise, depth + 1)], span);
      }
      case 'test':
        return parenthesised(this.predicate(node.of, depth + 1));
      case 'query':
        return this.#call('toscalar', [written(this.#query(node.query), span)], span);
      case 'opaque':
        return written(node.text, span);
    }
  }

  #scalarCall(node: Extract<Scalar, { readonly op: 'call' }>, depth: number): Expression {
    const { fn, args, span } = node;
    const [first, second] = args;
    const operator = ARITHMETIC[fn];
    if (operator !== undefined && first !== undefined && second !== undefined && args.length === 2) {
      return binary(operator, this.#operand(first, depth), this.#operand(second, depth), span);
    }
    if (fn === 'negate' && first !== undefined) {
      return { kind: 'unary', operator: '-', operand: this.#operand(first, depth), span };
    }
    if (fn === 'element' && first !== undefined && second !== undefined) {
      return {
        kind: 'element',
        of: this.#operand(first, depth),
        index: this.scalar(second, depth + 1),
        dotted: false,
        span,
      };
    }
    // An element of a list that has become rows: any of them.
    if (fn === 'anyElement' && first !== undefined) {
      return { kind: 'element', of: this.#operand(first, depth), index: { kind: 'star', span }, dotted: false, span };
    }
    const { name, args: given } = nameOfCall(node);
    return this.#call(
      name,
      given.map((arg) => this.scalar(arg, depth + 1)),
      span,
    );
  }

  /** An operand of an operator: in parentheses where it is itself one. */
  #operand(node: Scalar, depth: number): Expression {
    const raised = this.scalar(node, depth + 1);
    return raised.kind === 'binary' || raised.kind === 'unary' ? parenthesised(raised) : raised;
  }

  // -------------------------------------------------------------------------------------------- pieces

  #call(name: string, args: readonly Expression[], span: Span): Expression {
    return callExpression(name, args, span);
  }

  #list(operator: ListOperator, value: Expression, items: readonly Expression[], span: Span): Expression {
    return { kind: 'list', operator, value, items, span };
  }

  #cut<Item>(items: readonly Item[]): readonly Item[] {
    const { longestList } = this.#options;
    return longestList === undefined || items.length <= longestList ? items : items.slice(0, longestList);
  }

  #texts(values: readonly string[]): readonly Expression[] {
    const shown = this.#cut(values).map((value) => raiseText(value));
    return shown.length < values.length ? [...shown, more(values.length - shown.length)] : shown;
  }

  #values(values: readonly Value[]): readonly Expression[] {
    const shown = this.#cut(values).map((value) => raiseValue(value));
    return shown.length < values.length ? [...shown, more(values.length - shown.length)] : shown;
  }

  #query(query: Relation): string {
    return this.#options.query?.(query) ?? ELLIPSIS;
  }
}

/** The printer follows a chain of operands by recursion. */
const LONGEST_CHAIN = 1000;

const more = (count: number): Expression => written(`${ELLIPSIS} ${count} more`);

function binary(operator: BinaryOperator | Comparison, left: Expression, right: Expression, span: Span): Expression {
  return { kind: 'binary', operator, left, right, span };
}

function parenthesised(of: Expression): Expression {
  return { kind: 'parenthesised', of, span: of.span };
}

/** A place in a row: a column, or what is below it. */
function place(node: Field): Expression {
  const { span } = node;
  return node.path.reduce<Expression>(
    (of, step) =>
      typeof step === 'number'
        ? { kind: 'element', of, index: written(String(step)), dotted: false, span }
        : { kind: 'member', of, member: { name: step, bracketed: false, span }, span },
    { kind: 'name', name: node.name, bracketed: false, span },
  );
}

/** `*`, `?` and their escapes as `like` has them. */
function likePattern(pattern: string): string {
  return pattern.replace(
    /\\([*?\\])|\*|\?/g,
    (found, escaped: string | undefined) => escaped ?? (found === '*' ? '%' : '_'),
  );
}
