/** The tests of stored fields against values, wherever they stand in a query; and the conditions on everything else. */
import { nameOfCall } from '../kql/raise/calls.ts';
import { predicateText, scalarText } from '../kql/raise/expression.ts';
import { printExpression } from '../kql/print.ts';
import { raiseValue } from '../kql/raise/values.ts';
import { originsOfScalar, scalarOfBranch } from '../ir/origins.ts';
import type { AggregateShape, Branch, Grouping, Shape } from '../ir/shape.ts';
import type { Comparison, Measure, Predicate, Relation, Scalar } from '../ir/types.ts';
import {
  childrenOf,
  fieldsOf,
  outsideSubqueries,
  partsOf,
  predicatePart,
  relationPart,
  scalarPart,
} from '../ir/walk.ts';
import type { Part } from '../ir/walk.ts';
import { shapesIn } from './parts.ts';
import type { KnownShape } from './parts.ts';
import { briefQuery, SHORT } from './stages.ts';
import type { Condition, Indicator } from './types.ts';

/** A value of the events of one branch. */
interface Stored {
  readonly table: string;
  readonly value: Scalar;
  /** Tells branches of one table apart. */
  readonly branch: number;
  /** A measure picked or collected it. */
  readonly isMeasured: boolean;
}

/** What a field stands for in the tables' events; empty where it is no value of single events. */
type Resolve = (scalar: Scalar) => readonly Stored[];

const unresolved: Resolve = (scalar) =>
  readsRow(scalar) ? [{ table: '', value: scalar, branch: 0, isMeasured: false }] : [];

/** Collects without repeating: a definition that is put in several times, or a test of a union, is one finding. */
export class Findings {
  readonly #indicators = new Map<string, Indicator>();
  readonly #conditions = new Map<string, Condition>();

  get indicators(): readonly Indicator[] {
    return [...this.#indicators.values()];
  }

  get conditions(): readonly Condition[] {
    return [...this.#conditions.values()];
  }

  /** Everything that a part of the query tests. */
  addShape(shape: KnownShape): void {
    for (const one of shapesIn(shape)) this.#addOne(one);
  }

  /** What an operator tests whose input has no shape: by the names that the query uses, in no known table. */
  addUnresolved(node: Relation): void {
    for (const part of childrenOf(relationPart(node))) {
      if (part.kind === 'predicate') this.#predicate(part.node, unresolved);
    }
  }

  #addOne(shape: Shape): void {
    switch (shape.shape) {
      case 'events':
        for (const branch of shape.branches) this.#branch(branch);
        this.#groupings(shape);
        return;
      case 'aggregate':
        this.#predicate(shape.where, (scalar) => origins({ ...shape, groupings: [] }, scalar));
        this.#measures(shape.measures, shape.events);
        this.#groupings(shape);
        return;
      case 'correlation':
        this.#predicate(shape.where, (scalar) => origins({ ...shape, groupings: [] }, scalar));
        this.#groupings(shape);
        return;
      case 'anyOf':
        this.#groupings(shape);
        return;
      case 'other':
        return;
    }
  }

  #branch(branch: Branch): void {
    // The condition of a branch speaks of stored fields already.
    this.#predicate(branch.where, (scalar) =>
      unresolved(scalar).map((stored) => ({ ...stored, table: branch.table, branch: branch.span.start })),
    );
  }

  #groupings(shape: Exclude<Shape, { readonly shape: 'other' }>): void {
    const { groupings } = shape;
    groupings.forEach((grouping: Grouping, index) => {
      this.#measures(grouping.measures, { ...shape, groupings: groupings.slice(0, index) });
    });
  }

  /** `countif(EventID == 4625)` looks for something too. */
  #measures(
    measures: readonly Measure[],
    below: Exclude<Shape, { readonly shape: 'other' }> | AggregateShape['events'],
  ): void {
    for (const { where } of measures) {
      if (where !== undefined) this.#predicate(where, (scalar) => origins(below, scalar), true);
    }
  }

  #predicate(root: Predicate, resolve: Resolve, isInsideValue = false): void {
    interface Waiting {
      readonly node: Predicate;
      readonly isNegated: boolean;
      readonly isInside: boolean;
    }
    const waiting: Waiting[] = [{ node: root, isNegated: false, isInside: isInsideValue }];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const { node, isNegated, isInside } = one;
      if (node.op === 'and' || node.op === 'or') {
        for (const operand of node.of.toReversed()) waiting.push({ node: operand, isNegated, isInside });
      } else if (node.op === 'not') waiting.push({ node: node.of, isNegated: !isNegated, isInside });
      else if (isLeaf(node)) {
        this.#leaf(node, isNegated, isInside, resolve);
        for (const inner of predicatesInside(node)) waiting.push({ node: inner, isNegated: false, isInside: true });
      }
    }
  }

  #leaf(node: Leaf, isNegated: boolean, isInsideValue: boolean, resolve: Resolve): void {
    const test = testOf(node);
    const resolved = test === undefined ? [] : resolve(test.subject);
    if (test !== undefined && resolved.length > 0) {
      for (const { table, value } of resolved) {
        const leaf = withSubject(node, value);
        const text = predicateText(isNegated ? { op: 'not', of: leaf, span: leaf.span } : leaf, SHORT);
        const key = `${node.span.start} ${node.span.end} ${isInsideValue} ${text}`;
        const known = this.#indicators.get(key);
        const tables = new Set([...(known?.tables ?? []), ...(table === '' ? [] : [table])]);
        this.#indicators.set(key, {
          tables: [...tables],
          fields: [...new Set(fieldsOf(scalarPart(value), outsideSubqueries).map((place) => scalarText(place)))],
          transforms: transformsOf(value),
          test: test.test,
          values: test.values,
          quantifier: test.quantifier,
          isCaseSensitive: test.isCaseSensitive,
          isNegated,
          isInsideValue,
          text,
          span: node.span,
        });
      }
      return;
    }
    // Tests of single events that have no values (`isempty(x)`, `a == b`) look for nothing in particular.
    if (isInsideValue || node.op === 'constant' || isAboutEvents(node, resolve)) return;
    const text = predicateText(isNegated ? { op: 'not', of: node, span: node.span } : node, SHORT);
    this.#conditions.set(`${node.span.start} ${node.span.end} ${text}`, { text, span: node.span });
  }
}

type Leaf = Exclude<Predicate, { readonly op: 'and' | 'or' | 'not' }>;

const isLeaf = (node: Predicate): node is Leaf => node.op !== 'and' && node.op !== 'or' && node.op !== 'not';

const readsRow = (scalar: Scalar): boolean =>
  scalar.op === 'anyField' || fieldsOf(scalarPart(scalar), outsideSubqueries).length > 0;

/** Whether all that a test reads is of single events of one branch, as they are stored. */
function isAboutEvents(node: Predicate, resolve: Resolve): boolean {
  // What other rows say about an event is no matter of the event alone.
  for (const part of partsOf(predicatePart(node), outsideSubqueries)) if (part.kind === 'relation') return false;
  const fields = fieldsOf(predicatePart(node), outsideSubqueries);
  const branches = fields.map((one) => {
    const stored = resolve(one);
    return stored.some(({ isMeasured }) => isMeasured) ? '' : stored.map(({ branch }) => branch).join();
  });
  return branches.length > 0 && new Set(branches).size === 1 && !branches.includes('');
}

function origins(shape: Shape, scalar: Scalar): readonly Stored[] {
  if (!readsRow(scalar)) return [];
  return originsOfScalar(shape, scalar).map(({ branch, value, through }) => ({
    table: branch.table,
    value: scalarOfBranch(branch, value),
    branch: branch.span.start,
    isMeasured: through !== undefined,
  }));
}

// ---------------------------------------------------------------------------------------------- leaves

interface ValueTest extends Pick<Indicator, 'test' | 'values' | 'quantifier' | 'isCaseSensitive'> {
  readonly subject: Scalar;
}

const ORDER: Readonly<Record<Exclude<Comparison, '=='>, Indicator['test']>> = {
  '<': 'less',
  '<=': 'lessOrEqual',
  '>': 'greater',
  '>=': 'greaterOrEqual',
};

const plain = { quantifier: 'any', isCaseSensitive: true } as const;

/** The test of one side against values; `undefined` where there are no values. */
function testOf(node: Leaf): ValueTest | undefined {
  switch (node.op) {
    case 'match': {
      const { subject, test, values, quantifier, caseSensitive } = node;
      return { subject, test, values, quantifier, isCaseSensitive: caseSensitive };
    }
    case 'oneOf':
      return {
        ...plain,
        subject: node.subject,
        test: 'equals',
        values: node.values.map((value) => literalText(value)),
      };
    case 'compare': {
      if (node.right.op !== 'literal') return undefined;
      const test = node.test === '==' ? 'equals' : ORDER[node.test];
      return { ...plain, subject: node.left, test, values: [literalText(node.right.value)] };
    }
    case 'between':
      if (node.low.op !== 'literal' || node.high.op !== 'literal') return undefined;
      return {
        ...plain,
        subject: node.subject,
        test: 'between',
        values: [literalText(node.low.value), literalText(node.high.value)],
      };
    case 'ipInRange':
      return { ...plain, subject: node.subject, test: 'ipInRange', values: node.ranges };
    case 'inQuery':
      return {
        subject: node.subject,
        test: 'inQuery',
        values: [briefQuery(node.query)],
        quantifier: node.quantifier,
        isCaseSensitive: node.caseSensitive,
      };
    case 'constant':
    case 'matchScalar':
    case 'missing':
    case 'isTrue':
    case 'opaque':
      return undefined;
  }
}

const literalText = (value: Parameters<typeof raiseValue>[0]): string => printExpression(raiseValue(value));

function withSubject(node: Leaf, subject: Scalar): Leaf {
  switch (node.op) {
    case 'match':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'inQuery':
      return { ...node, subject };
    case 'compare':
      return { ...node, left: subject };
    case 'constant':
    case 'matchScalar':
    case 'missing':
    case 'isTrue':
    case 'opaque':
      return node;
  }
}

/** The functions around a field, innermost first; with several fields all of them, in the order of their evaluation. */
function transformsOf(scalar: Scalar): readonly string[] {
  const found: string[] = [];
  const visit = (part: Part, depth: number): void => {
    if (depth > DEEPEST) return;
    if (part.kind === 'relation') return;
    for (const child of childrenOf(part)) visit(child, depth + 1);
    if (part.kind !== 'scalar') return;
    if (part.node.op === 'call') found.push(part.node.fn === 'element' ? '[]' : nameOfCall(part.node).name);
    else if (part.node.op === 'choose') found.push(part.node.cases.length === 1 ? 'iff' : 'case');
    else if (part.node.op === 'opaque') found.push(part.node.text);
  };
  visit(scalarPart(scalar), 0);
  return [...new Set(found)];
}

/** Expressions are not followed deeper than this. */
const DEEPEST = 100;

/** Predicates inside the values that a leaf is about, the outermost. */
function predicatesInside(leaf: Leaf): readonly Predicate[] {
  const found: Predicate[] = [];
  const waiting: Part[] = [...childrenOf(predicatePart(leaf))].toReversed();
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === 'predicate') found.push(part.node);
    else if (part.kind === 'scalar') waiting.push(...childrenOf(part).toReversed());
  }
  return found;
}
