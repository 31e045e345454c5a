/** What a rule asks of its groups: the condition section, and the outcomes that it measures. */
import * as b from '../../src/ir/build.ts';
import type { AggregateFunction, Measure, NamedScalar, Predicate, Scalar } from '../../src/ir/types.ts';
import { AGGREGATES, EVENT_ID } from './emit.ts';
import { interpretPredicate, interpretScalar, type Names, operandsOf } from './interpret.ts';
import { countName, ONLY_VARIABLE } from './logic.ts';
import { printFlat } from './print.ts';
import type { Scope } from './raise-logic.ts';
import type { Expression, ExpressionOf, Rule } from './tree.ts';
import { columnOf } from './udm-path.ts';

const AGGREGATE_OF_NAME: ReadonlyMap<string, AggregateFunction> = new Map([
  ...Object.entries(AGGREGATES).map(([fn, name]) => [name, fn as AggregateFunction] as const),
  ['count', 'count'],
  ['avg', 'average'],
  ['stddev', 'standardDeviation'],
]);

// ---------------------------------------------------------------------------------------------- condition

export interface RaisedCondition {
  /** Event variables of which there must be none. */
  readonly absent: ReadonlySet<string>;
  /** The counts that the condition speaks of. */
  readonly measures: readonly Measure[];
  readonly condition: Predicate;
}

export function raiseCondition(
  expression: Expression,
  variables: readonly string[],
  names: Names,
  scope: Scope,
): RaisedCondition {
  const absent = new Set<string>();
  const measures = new Map<string, Measure>();
  const conditions: Predicate[] = [];
  const outcomes: Names = {
    field: names.field,
    variable: ({ name, span }) => b.field(name, [], 'unknown', span),
    count: (count) => {
      const measure = countMeasure(count, variables, names, scope);
      if (measure === undefined) return undefined;
      measures.set(measure.name, measure);
      return b.field(measure.name, [], 'long', count.span);
    },
  };
  for (const operand of operandsOfAnd(expression)) {
    const existence = existenceOf(operand, scope);
    if (existence === undefined) conditions.push(interpretPredicate(withCounts(operand, scope), outcomes));
    else if (!existence.present) absent.add(existence.variable);
  }
  return { absent, measures: [...measures.values()], condition: b.and(conditions) };
}

const operandsOfAnd = (expression: Expression): readonly Expression[] =>
  expression.kind === 'logic' && expression.operator === 'and' ? expression.of.flatMap(operandsOfAnd) : [expression];

/** `$e`, `#e > 0`, `!$e`, `#e = 0` and the like, for event variables; placeholders exist with their event. */
function existenceOf(
  expression: Expression,
  scope: Scope,
): { readonly variable: string; readonly present: boolean } | undefined {
  const isKnown = (name: string): boolean => scope.isEventVariable(name) || scope.isPlaceholder(name);
  if (expression.kind === 'variable' && isKnown(expression.name)) return { variable: expression.name, present: true };
  if (expression.kind === 'absent' || expression.kind === 'not') {
    const { of } = expression;
    return of.kind === 'variable' && scope.isEventVariable(of.name) ? { variable: of.name, present: false } : undefined;
  }
  if (expression.kind !== 'comparison' || expression.left.kind !== 'count' || expression.right.kind !== 'number') {
    return undefined;
  }
  const { name } = expression.left;
  const threshold = Number(expression.right.text);
  if (!isKnown(name)) return undefined;
  const { operator } = expression;
  const isPresence = (operator === '>' && threshold === 0) || (operator === '>=' && threshold === 1);
  if (isPresence) return { variable: name, present: true };
  const isAbsence =
    (operator === '=' && threshold === 0) ||
    (operator === '<' && threshold === 1) ||
    (operator === '<=' && threshold === 0);
  return isAbsence && scope.isEventVariable(name) ? { variable: name, present: false } : undefined;
}

/** `$e` among other tests as `#e > 0`, for in a Detection an event variable is no value. */
function withCounts(expression: Expression, scope: Scope): Expression {
  const { span } = expression;
  if (
    expression.kind === 'variable' &&
    (scope.isEventVariable(expression.name) || scope.isPlaceholder(expression.name))
  ) {
    const left: Expression = { kind: 'count', name: expression.name, span };
    return { kind: 'comparison', operator: '>', left, right: { kind: 'number', text: '0', span }, nocase: false, span };
  }
  if (expression.kind === 'logic') return { ...expression, of: expression.of.map((one) => withCounts(one, scope)) };
  if (expression.kind === 'not' || expression.kind === 'absent') {
    return { ...expression, of: withCounts(expression.of, scope) };
  }
  return expression;
}

/** `#e`: events; `#user`: distinct values. */
function countMeasure(
  { name, span }: ExpressionOf<'count'>,
  variables: readonly string[],
  names: Names,
  scope: Scope,
): Measure | undefined {
  if (!scope.isEventVariable(name)) {
    const value = names.variable({ kind: 'variable', name, span });
    return value === undefined ? undefined : { name: countName(name), fn: 'countDistinct', args: [value], span };
  }
  if (variables.length === 1) return { name: countName(ONLY_VARIABLE), fn: 'count', args: [], span };
  const id = b.field(columnOf(name, EVENT_ID), [], 'string');
  return { name: countName(name), fn: 'countDistinct', args: [id], span };
}

// ---------------------------------------------------------------------------------------------- outcome

export function raiseOutcome(
  rule: Rule,
  names: Names,
  isSingle: boolean,
): { readonly measures: readonly Measure[]; readonly computed: readonly NamedScalar[] } {
  const measures: Measure[] = [];
  const computed: NamedScalar[] = [];
  const defined = new Set<string>();
  const outcomes: Names = {
    ...names,
    variable: (expression) =>
      defined.has(expression.name)
        ? b.field(expression.name, [], 'unknown', expression.span)
        : names.variable(expression),
  };
  for (const { name, value, span } of rule.outcome) {
    if (rule.match === undefined) computed.push({ name, value: withoutAggregate(value, outcomes) });
    else {
      const measure = raiseMeasure(name, value, names, isSingle);
      if (measure !== undefined) measures.push(measure);
      else if (!isAggregated(value)) {
        const plain = value.kind === 'call' && AGGREGATE_OF_NAME.has(value.name) ? (value.args[0] ?? value) : value;
        computed.push({ name, value: interpretScalar(plain, outcomes) ?? b.opaqueScalar(printFlat(value), [], span) });
      } else measures.push({ name, fn: 'other', args: [], text: printFlat(value), span });
    }
    defined.add(name);
  }
  return { measures, computed };
}

/** The value of an outcome of a single event: an aggregate of one event's value is that value. */
function withoutAggregate(expression: Expression, names: Names): Scalar {
  const [first] = expression.kind === 'call' ? expression.args : [];
  const isWrapped = expression.kind === 'call' && AGGREGATE_OF_NAME.has(expression.name) && first !== undefined;
  if (isWrapped && /^(count|count_distinct)$/.test(expression.name)) return b.long(1, expression.span);
  const inner = isWrapped && /^(array|array_distinct|max|min|sum)$/.test(expression.name) ? first : expression;
  return interpretScalar(inner, names) ?? b.opaqueScalar(printFlat(expression), [], expression.span);
}

/** Whether an aggregate stands anywhere in the expression, or a field, which would have to be in one. */
function isAggregated(expression: Expression): boolean {
  if (expression.kind === 'field') return true;
  if (expression.kind === 'call' && AGGREGATE_OF_NAME.has(expression.name)) {
    const [only] = expression.args;
    return only?.kind !== 'number' && only?.kind !== 'string';
  }
  return operandsOf(expression).some(isAggregated);
}

function raiseMeasure(name: string, expression: Expression, names: Names, isSingle: boolean): Measure | undefined {
  if (expression.kind !== 'call') return undefined;
  const fn = AGGREGATE_OF_NAME.get(expression.name);
  const [arg, ...others] = expression.args;
  if (fn === undefined || arg === undefined || others.length > 0) return undefined;
  const { span } = expression;
  const conditional = arg.kind === 'call' && arg.name === 'if' ? raiseConditional(name, fn, arg, names) : undefined;
  if (conditional !== undefined) return conditional;
  const value = interpretScalar(arg, names);
  if (value === undefined || value.op === 'literal' || value.op === 'opaque') return undefined;
  const isEventCount = value.op === 'field' && value.name === EVENT_ID && isSingle;
  if (fn === 'count' || (fn === 'countDistinct' && isEventCount)) return { name, fn: 'count', args: [], span };
  return { name, fn, args: [value], span };
}

/** `sum(if(test, 1, 0))` counts the events that pass, `sum(if(test, x, 0))` sums their values. */
function raiseConditional(
  name: string,
  fn: AggregateFunction,
  choice: ExpressionOf<'call'>,
  names: Names,
): Measure | undefined {
  const [when, then, otherwise] = choice.args;
  const isZero = otherwise === undefined || (otherwise.kind === 'number' && Number(otherwise.text) === 0);
  if (fn !== 'sum' || when === undefined || then === undefined || !isZero) return undefined;
  const where = interpretPredicate(when, names);
  const { span } = choice;
  if (then.kind === 'number') {
    return Number(then.text) === 1 ? { name, fn: 'count', args: [], where, span } : undefined;
  }
  const value = interpretScalar(then, names);
  return value === undefined ? undefined : { name, fn: 'sum', args: [value], where, span };
}
