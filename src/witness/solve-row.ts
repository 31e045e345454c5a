/**
 * One event that satisfies conditions over stored columns. A search with a bound on its steps: tests are taken one after
 * the other, each is made true by changing the fields that it reads, and what was true before must stay true. Whether it
 * is true says the evaluator; nothing here has an opinion of its own about what a test means.
 */
import type { ColumnTypes } from '../eval/index.ts';
import type { Context } from '../eval/context.ts';
import { evaluatePredicate } from '../eval/predicate.ts';
import { evaluateScalar } from '../eval/scalar.ts';
import { EvaluationUnsupported, jsonOf, textOf } from '../eval/value.ts';
import * as b from '../ir/build.ts';
import type { Field, Json, Predicate, Scalar } from '../ir/types.ts';
import { fieldsOf, outsideSubqueries, partsOf, predicatePart, scalarPart } from '../ir/walk.ts';
import { poolFor, wantedValues } from './candidates.ts';
import { assign, readAt, rowOf } from './draft.ts';
import type { Assignment, Draft } from './draft.ts';
import { invert } from './invert.ts';

/** Tests that are tried on drafts, for one event. */
const MOST_TRIALS = 4000;
const MOST_FIELDS_TRIED = 6;

interface Goal {
  readonly of: Predicate;
  readonly want: boolean;
}

export interface RowSolving {
  readonly types: ColumnTypes;
  readonly context: Context;
  /** Makes the tables of queries inside conditions give rows; called before a test that reads one is tried. */
  /** Counts down with every test that is tried, over all events of a rule. */
  readonly budget: { left: number };
  readonly prepare?: (query: Extract<Predicate, { op: 'inQuery' }>['query']) => void;
}

/** The draft changed so that all conditions hold; `undefined` where the search finds nothing. */
export function solveRow(start: Draft, conditions: readonly Predicate[], solving: RowSolving): Draft | undefined {
  return new RowSolver(solving).solve(start, conditions);
}

class RowSolver {
  readonly #solving: RowSolving;
  #trials = 0;

  constructor(solving: RowSolving) {
    this.#solving = solving;
  }

  solve(start: Draft, conditions: readonly Predicate[]): Draft | undefined {
    const goals = conditions.map((of): Goal => ({ of, want: true }));
    try {
      return this.#search(start, goals, []);
    } catch (error) {
      if (error instanceof EvaluationUnsupported) return undefined;
      throw error;
    }
  }

  /** Depth first over the goals; choices of `or` in their order. */
  #search(draft: Draft, goals: readonly Goal[], held: readonly Goal[]): Draft | undefined {
    const [goal, ...rest] = goals;
    if (goal === undefined) return draft;
    if (this.#isSpent) return undefined;
    const { of, want } = goal;
    switch (of.op) {
      case 'constant':
        return of.value === want ? this.#search(draft, rest, held) : undefined;
      case 'not':
        return this.#search(draft, [{ of: of.of, want: !want }, ...rest], held);
      case 'and':
      case 'or': {
        const parts = of.of.map((operand): Goal => ({ of: operand, want }));
        if ((of.op === 'and') === want) return this.#search(draft, [...simpleFirst(parts), ...rest], held);
        return this.#searchAny(draft, parts, rest, held);
      }
      case 'match':
      case 'matchScalar':
      case 'oneOf':
      case 'compare':
      case 'between':
      case 'ipInRange':
      case 'missing':
      case 'inQuery':
      case 'isTrue':
      case 'opaque':
        return this.#searchLeaf(draft, goal, rest, held);
    }
  }

  #searchAny(draft: Draft, parts: readonly Goal[], rest: readonly Goal[], held: readonly Goal[]): Draft | undefined {
    const already = parts.filter((part) => this.#holds(draft, part));
    for (const part of [...already, ...parts.filter((one) => !already.includes(one))]) {
      const found = this.#search(draft, [part, ...rest], held);
      if (found !== undefined) return found;
      if (this.#isSpent) return undefined;
    }
    return undefined;
  }

  #searchLeaf(draft: Draft, goal: Goal, rest: readonly Goal[], held: readonly Goal[]): Draft | undefined {
    const expanded = expandChoice(goal.of);
    if (expanded !== undefined) return this.#search(draft, [{ of: expanded, want: goal.want }, ...rest], held);
    if (goal.of.op === 'inQuery') this.#solving.prepare?.(goal.of.query);
    const now = [...held, goal];
    let solutions = 0;
    for (const candidate of this.#candidates(draft, goal)) {
      if (this.#isSpent) return undefined;
      if (!this.#holds(candidate, goal) || !held.every((one) => this.#holds(candidate, one))) continue;
      const found = this.#search(candidate, rest, now);
      if (found !== undefined) return found;
      if (++solutions >= 4) return undefined;
    }
    return undefined;
  }

  get #isSpent(): boolean {
    return this.#trials > MOST_TRIALS || this.#solving.budget.left <= 0;
  }

  #holds(draft: Draft, { of, want }: Goal): boolean {
    this.#trials++;
    this.#solving.budget.left -= 1;
    try {
      return evaluatePredicate(of, rowOf(draft, this.#solving.types), this.#solving.context) === want;
    } catch (error) {
      if (error instanceof EvaluationUnsupported) return false;
      throw error;
    }
  }

  *#candidates(draft: Draft, { of, want }: Goal): Generator<Draft> {
    yield draft;
    const current = (place: Field): Json | undefined => readAt(draft, place);
    const subject = subjectOf(of);
    if (subject !== undefined) {
      const before = this.#valueOf(draft, subject);
      for (const value of [
        ...this.#queried(of, want),
        ...this.#otherSide(draft, of),
        ...wantedValues(of, want, before),
      ]) {
        if (value === undefined) {
          const [place] = fieldsOf(scalarPart(subject));
          if (place !== undefined) yield assign(draft, [{ place, value: undefined }]);
          continue;
        }
        const assignments = invert(subject, value, current);
        if (assignments !== undefined && assignments.length > 0) yield assign(draft, assignments);
      }
    }
    const turned = of.op === 'compare' ? of.right : of.op === 'matchScalar' ? of.value : undefined;
    if (turned !== undefined && turned.op !== 'literal' && subject !== undefined) {
      for (const value of this.#besides(this.#valueOf(draft, subject))) {
        const assignments = invert(turned, value, current);
        if (assignments !== undefined && assignments.length > 0) yield assign(draft, assignments);
      }
    }
    yield* this.#anyValues(draft, of);
  }

  /** Values of a query's first column, for a test against it. */
  #queried(of: Predicate, want: boolean): readonly Json[] {
    if (of.op !== 'inQuery' || !want) return [];
    try {
      return this.#solving.context.firstColumn(of.query).slice(0, 40).map(jsonOf);
    } catch (error) {
      if (error instanceof EvaluationUnsupported) return [];
      throw error;
    }
  }

  /** For a comparison of two columns: what the other side is now, and values beside it. */
  #otherSide(draft: Draft, of: Predicate): readonly Json[] {
    if (of.op === 'compare') return this.#besides(this.#valueOf(draft, of.right));
    if (of.op === 'between') {
      return [of.low, of.high].flatMap((end) => this.#besides(this.#valueOf(draft, end)));
    }
    return of.op === 'matchScalar' ? this.#besides(this.#valueOf(draft, of.value)) : [];
  }

  #besides(value: Json | undefined): readonly Json[] {
    if (value === undefined || value === null) return [];
    if (typeof value === 'number') return [value, value + 1, value - 1, value * 2, value / 2];
    if (typeof value !== 'string') return [value];
    const instant = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : NaN;
    if (!Number.isNaN(instant)) {
      const by = [0, 1000, -1000, 60_000, -60_000, 3_600_000, -3_600_000, -86_400_000];
      return by.map((offset) => new Date(instant + offset).toISOString());
    }
    return value === '' ? ['other'] : [value, `${value}x`, `x ${value} y`, 'other'];
  }

  #valueOf(draft: Draft, scalar: Scalar): Json | undefined {
    try {
      const value = evaluateScalar(scalar, rowOf(draft, this.#solving.types), this.#solving.context);
      return value.type === 'null' ? undefined : value.type === 'datetime' ? textOf(value) : jsonOf(value);
    } catch (error) {
      if (error instanceof EvaluationUnsupported) return undefined;
      throw error;
    }
  }

  /** Where reading backwards does not help: likely values in each field that the test reads. */
  *#anyValues(draft: Draft, of: Predicate): Generator<Draft> {
    const part = predicatePart(of);
    const literals: Json[] = [];
    for (const { kind, node } of partsOf(part, outsideSubqueries)) {
      if (kind === 'scalar' && node.op === 'literal') literals.push(jsonOf(node.value));
      if (kind === 'predicate' && node.op === 'match') literals.push(...node.values.slice(0, 20));
    }
    const pool = poolFor(literals, this.#solving.context.now);
    for (const place of fieldsOf(part, outsideSubqueries).slice(0, MOST_FIELDS_TRIED)) {
      for (const value of pool) {
        if (place.type === 'datetime' && typeof value === 'string' && Number.isNaN(Date.parse(value))) continue;
        const assignments: Assignment[] = [{ place, value }];
        yield assign(draft, assignments);
      }
    }
  }
}

/** Tests that leave little choice come first: equalities, then what has no alternatives. */
function simpleFirst(goals: readonly Goal[]): readonly Goal[] {
  const rank = ({ of, want }: Goal): number => {
    const inner = of.op === 'not' ? of.of : of;
    const positive = (of.op === 'not') !== want;
    if (inner.op === 'match' && inner.test === 'equals' && positive) return inner.values.length === 1 ? 0 : 1;
    if (inner.op === 'oneOf' && positive) return 1;
    if (inner.op === 'match' && positive) return inner.test === 'regex' ? 2 : 3;
    if (inner.op === 'missing' || inner.op === 'constant') return 4;
    if (inner.op === 'and') return 5;
    return inner.op === 'or' ? 6 : 4;
  };
  return goals
    .map((goal, index) => ({ goal, index, rank: rank(goal) }))
    .sort((left, right) => left.rank - right.rank || left.index - right.index)
    .map(({ goal }) => goal);
}

export function subjectOf(leaf: Predicate): Scalar | undefined {
  switch (leaf.op) {
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
      return leaf.subject;
    case 'compare':
      return leaf.left.op === 'literal' ? leaf.right : leaf.left;
    case 'isTrue':
      return leaf.of;
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return undefined;
  }
}

function withSubject(leaf: Predicate, subject: Scalar): Predicate {
  switch (leaf.op) {
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
      return { ...leaf, subject };
    case 'compare':
      return leaf.left.op === 'literal' ? { ...leaf, right: subject } : { ...leaf, left: subject };
    case 'isTrue':
      return { ...leaf, of: subject };
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return leaf;
  }
}

/** A test on a `choose` as a test on each of its values under its condition; a test on a predicate as that predicate. */
function expandChoice(leaf: Predicate): Predicate | undefined {
  const subject = subjectOf(leaf);
  if (subject === undefined) return undefined;
  if (subject.op === 'test') {
    if (leaf.op === 'isTrue') return subject.of;
    if (leaf.op === 'oneOf' && leaf.values.length === 1 && leaf.values[0]?.type === 'bool') {
      return leaf.values[0].value ? subject.of : b.not(subject.of);
    }
    return undefined;
  }
  const wrapped: ((inner: Scalar) => Scalar)[] = [];
  let inner: Scalar = subject;
  while (inner.op === 'call' && ['toText', 'toLong', 'lower', 'upper', 'toBool', 'toReal'].includes(inner.fn)) {
    const call: Extract<Scalar, { op: 'call' }> = inner;
    const argument: Scalar | undefined = call.args[0];
    if (argument === undefined) return undefined;
    wrapped.unshift((one): Scalar => ({ ...call, args: [one] }));
    inner = argument;
  }
  if (inner.op !== 'choose' || inner.cases.length > 30) return undefined;
  const rewrap = (one: Scalar): Scalar => wrapped.reduce<Scalar>((of, wrap) => wrap(of), one);
  const before: Predicate[] = [];
  const options: Predicate[] = [];
  for (const { when, then } of inner.cases) {
    options.push(b.and([...before.map((one) => b.not(one)), when, withSubject(leaf, rewrap(then))]));
    before.push(when);
  }
  options.push(b.and([...before.map((one) => b.not(one)), withSubject(leaf, rewrap(inner.otherwise))]));
  return b.or(options);
}
