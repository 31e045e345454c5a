/** Conditions above `summarize`: what they say of the events below, and what they say of groups. */
import { and, constant, field } from './build.ts';
import { closedEnvironment, resolvePredicateIn, resolveScalarIn } from './environment.ts';
import { tidyPredicateTree } from './normalise.ts';
import { threshold } from './simplify-call.ts';
import { otherStage } from './stage.ts';
import type { AggregateCore, OpenGrouping, Stage } from './stage.ts';
import type { Comparison, Measure, NamedScalar, Predicate, Relation, Scalar } from './types.ts';
import { columnsReadBy, predicatePart, scalarPart, substituteInPredicate, substituteInScalar } from './walk.ts';

type AggregateNode = Extract<Relation, { readonly op: 'aggregate' }>;
type Narrow = (stage: Stage, where: Predicate) => Stage;

/** A `summarize` above a stage. Without a condition it only tidies rows; conditions come later. */
export function groupStage(stage: Stage, node: AggregateNode): Stage {
  const { by, measures, span } = node;
  const names = [...by, ...measures].map(({ name }) => name);
  const { columns } = closedEnvironment([...names, ...measures.flatMap(broughtNames)], field);
  return { ...stage, groupings: [...stage.groupings, { by, measures, columns, guards: [], span }] };
}

/** The further columns that `arg_max(x, a, b)` returns. */
function broughtNames({ fn, args }: Measure): readonly string[] {
  if (fn !== 'argMax' && fn !== 'argMin') return [];
  return args.slice(1).flatMap((arg) => (arg.op === 'field' && arg.path.length === 0 ? [arg.name] : []));
}

/** The operands of an `and`, or the predicate alone. */
export const conjuncts = (predicate: Predicate): readonly Predicate[] =>
  predicate.op === 'and' ? predicate.of : [predicate];

/** Columns of the row that an `argMax` or `argMin` has chosen come out under their own names. */
const bringsRow = (measures: readonly Measure[]): boolean =>
  measures.some(({ fn, args }) => (fn === 'argMax' || fn === 'argMin') && args.length === 1);

/** The stage whose groups satisfy a predicate: groups above a core, or the groups that an aggregate core is. */
export function narrowGroups(stage: Stage, where: Predicate, node: Relation, narrow: Narrow): Stage {
  const top = stage.groupings.at(-1);
  if (top === undefined) {
    return stage.core.kind === 'aggregate' ? narrowAggregate(stage, stage.core, where, node, narrow) : stage;
  }
  const environment = { columns: top.columns, open: bringsRow(top.measures), hidden: new Set<string>() };
  return narrowTop(stage, top, resolvePredicateIn(environment, where), node, narrow);
}

/** The same for the topmost grouping; the predicate is about its keys and measures. */
function narrowTop(stage: Stage, top: OpenGrouping, where: Predicate, node: Relation, narrow: Narrow): Stage {
  if (top.narrowed !== undefined) {
    const { below, condition } = top.narrowed;
    const own = unnarrowed(top);
    const before = { ...below, groupings: [...below.groupings, own] };
    return narrowTop(before, own, and([condition, where]), node, narrow);
  }
  const groups = sortConjuncts(where, top);
  if (groups.impossible) return otherStage(node, 'a condition that nothing satisfies', where.span);
  let below: Stage = { ...stage, groupings: stage.groupings.slice(0, -1) };
  if (groups.onKeys.length > 0) {
    below = narrow(below, keysAsValues(and(groups.onKeys), top.by));
    if (below.core.kind === 'other') return below;
  }
  const guards = [...top.guards, ...groups.onPresence];
  const regrouped: Stage = { ...below, groupings: [...below.groupings, { ...top, guards }] };
  if (groups.onGroups.length === 0) return regrouped;
  const condition = and(groups.onGroups);
  const exists = existence(condition, top);
  if (exists !== undefined) {
    const events = narrow(below, exists);
    if (events.core.kind === 'other') return events;
    const narrowed = { below, condition };
    return { ...events, groupings: [...events.groupings, { ...top, guards: [...guards, condition], narrowed }] };
  }
  return aggregateStage(regrouped, condition, node);
}

/** The grouping as if it had not taken a condition to the events. */
function unnarrowed({ narrowed: _narrowed, ...grouping }: OpenGrouping): OpenGrouping {
  return { ...grouping, guards: grouping.guards.filter((guard) => guard !== _narrowed?.condition) };
}

/**
 * The stage as something above it reads some of its columns: where one of them is measured of events that a condition
 * has narrowed down, the condition becomes one on groups again.
 */
export function withMeasures(stage: Stage, reads: Iterable<string>, node: Relation): Stage {
  const top = stage.groupings.at(-1);
  if (top === undefined || stage.groupings.every(({ narrowed }) => narrowed === undefined)) return stage;
  const keys = new Set(top.by.map(({ name }) => name));
  const measured = [...reads].some((name) => {
    const value = top.columns.get(name);
    if (value === undefined) return bringsRow(top.measures);
    return [...columnsReadBy(scalarPart(value)).names].some((one) => !keys.has(one));
  });
  if (!measured) return stage;
  if (top.narrowed === undefined) return otherStage(node, 'a summarize of groups under a condition', top.span);
  const { below, condition } = top.narrowed;
  return aggregateStage({ ...below, groupings: [...below.groupings, unnarrowed(top)] }, condition, node);
}

/** Groups with a condition on what they measure: an aggregate core, if what is grouped is events. */
function aggregateStage(stage: Stage, where: Predicate, node: Relation): Stage {
  const { core } = stage;
  if (core.kind !== 'events') {
    const construct =
      core.kind === 'correlation'
        ? 'a condition on a summarize of joined events'
        : 'a condition on a summarize of groups';
    return otherStage(node, construct, where.span);
  }
  const single = composeGroupings(stage.groupings);
  if (single === undefined) return otherStage(node, 'a condition on a summarize of a summarize', where.span);
  if (
    core.branches.some((branch) => branch.expansions.length > 0) &&
    single.measures.some(({ fn }) => countsRows(fn))
  ) {
    return otherStage(node, 'a count of expanded list elements', where.span);
  }
  const environment = { columns: single.columns, open: bringsRow(single.measures), hidden: new Set<string>() };
  // With keys a group has events anyway.
  const whole = single.by.length === 0 ? and([...single.guards, where]) : where;
  const aggregated: AggregateCore = {
    kind: 'aggregate',
    branches: core.branches,
    by: single.by,
    measures: single.measures,
    where: constant(true, where.span),
    environment,
    span: single.span,
  };
  const lifted = liftMeasureCondition({ ...aggregated, where: whole });
  return { core: lifted, groupings: [], limits: stage.limits };
}

/** Functions that see how often a row occurs. */
const countsRows = (fn: Measure['fn']): boolean =>
  !['countDistinct', 'min', 'max', 'set', 'any', 'argMax', 'argMin', 'hll'].includes(fn);

function narrowAggregate(stage: Stage, core: AggregateCore, where: Predicate, node: Relation, narrow: Narrow): Stage {
  const groups = sortConjuncts(resolvePredicateIn(core.environment, where), core);
  if (groups.impossible) return otherStage(node, 'a condition that nothing satisfies', where.span);
  let { branches } = core;
  if (groups.onKeys.length > 0) {
    const events: Stage = { core: { kind: 'events', branches }, groupings: [], limits: [] };
    const below = narrow(events, keysAsValues(and(groups.onKeys), core.by));
    if (below.core.kind !== 'events') return below;
    ({ branches } = below.core);
  }
  const presence = core.by.length === 0 ? groups.onPresence : [];
  return { ...stage, core: { ...core, branches, where: and([core.where, ...groups.onGroups, ...presence]) } };
}

// ---------------------------------------------------------------------------------------------- sorting conditions

interface SortedConjuncts {
  /** About keys only: as good on the events. */
  readonly onKeys: readonly Predicate[];
  readonly onGroups: readonly Predicate[];
  /** These only say that there is an event. */
  readonly onPresence: readonly Predicate[];
  readonly impossible: boolean;
}

type Groups = Pick<OpenGrouping, 'by' | 'measures'>;

function sortConjuncts(where: Predicate, groups: Groups): SortedConjuncts {
  const keys = new Set(groups.by.map(({ name }) => name));
  const onKeys: Predicate[] = [];
  const onGroups: Predicate[] = [];
  const onPresence: Predicate[] = [];
  let impossible = false;
  for (const conjunct of conjuncts(where)) {
    const reads = columnsReadBy(predicatePart(conjunct));
    if (conjunct.op === 'constant') impossible ||= !conjunct.value;
    else if (reads.names.size > 0 && !reads.all && [...reads.names].every((name) => keys.has(name)))
      onKeys.push(conjunct);
    else {
      const verdict = countCondition(conjunct, groups.measures);
      if (verdict === 'always') onPresence.push(conjunct);
      else if (verdict === 'never') impossible = true;
      else onGroups.push(conjunct);
    }
  }
  return { onKeys, onGroups, onPresence, impossible };
}

/** A condition on a count that every group with an event passes, or none. */
function countCondition(conjunct: Predicate, measures: readonly Measure[]): 'always' | 'never' | undefined {
  if (conjunct.op === 'not') {
    const inner = countCondition(conjunct.of, measures);
    return inner === undefined ? undefined : inner === 'always' ? 'never' : 'always';
  }
  const condition = measureCondition(conjunct);
  const measure = measures.find(({ name }) => name === condition?.name);
  if (condition === undefined || measure === undefined || !countsEveryEvent(measure)) return undefined;
  const verdict = threshold(condition.test, condition.limit, 1n);
  // Zero events pass a condition that the first event passes only where it holds of zero too.
  const ofNone = threshold(condition.test, condition.limit, 0n);
  if (verdict === 'always') return ofNone === 'always' ? undefined : 'always';
  return verdict === 'never' && ofNone === 'never' ? 'never' : undefined;
}

/** Whether a measure is at least 1 as soon as there is an event. */
function countsEveryEvent({ fn, args, where }: Measure): boolean {
  if (where !== undefined) return false;
  const [first] = args;
  // Texts are never null, so that each counts.
  return (
    fn === 'count' || (fn === 'countDistinct' && args.length === 1 && first?.op === 'field' && first.type === 'string')
  );
}

interface MeasureCondition {
  readonly name: string;
  readonly test: Comparison;
  readonly limit: bigint;
}

/** `measure test integer`. */
function measureCondition(predicate: Predicate): MeasureCondition | undefined {
  const plain = (scalar: Scalar): string | undefined =>
    scalar.op === 'field' && scalar.path.length === 0 ? scalar.name : undefined;
  if (predicate.op === 'compare' && predicate.right.op === 'literal' && predicate.right.value.type === 'long') {
    const name = plain(predicate.left);
    return name === undefined ? undefined : { name, test: predicate.test, limit: predicate.right.value.value };
  }
  const [only, second] = predicate.op === 'oneOf' ? predicate.values : [];
  if (predicate.op === 'oneOf' && only?.type === 'long' && second === undefined) {
    const name = plain(predicate.subject);
    return name === undefined ? undefined : { name, test: '==', limit: only.value };
  }
  return undefined;
}

const keysAsValues = (predicate: Predicate, by: readonly NamedScalar[]): Predicate => {
  const values = new Map(by.map(({ name, value }) => [name, value]));
  return substituteInPredicate(predicate, ({ name }) => values.get(name));
};

// ---------------------------------------------------------------------------------------------- conditions that one event decides

/**
 * A condition on groups that holds exactly when **one** event satisfies a predicate: `max(x) > 5`, `countif(p) > 0`. The
 * rule then fires on that event; how much else the group holds does not matter.
 */
function existence(condition: Predicate, groups: Groups): Predicate | undefined {
  const measured = measureCondition(condition);
  const counted = groups.measures.find(({ name }) => name === measured?.name);
  if (measured !== undefined && counted?.fn === 'count' && counted.where !== undefined) {
    return threshold(measured.test, measured.limit, 0n) === 'aboveLeast' ? counted.where : undefined;
  }
  if (condition.op === 'not') {
    const inner = measureCondition(condition.of);
    const one = groups.measures.find(({ name }) => name === inner?.name);
    const isZero = inner !== undefined && threshold(inner.test, inner.limit, 0n) === 'least';
    return isZero && one?.fn === 'count' ? one.where : undefined;
  }
  if (condition.op !== 'compare' || condition.left.op !== 'field' || condition.left.path.length > 0) return undefined;
  const { left, right, test } = condition;
  if (columnsReadBy(scalarPart(right)).names.size > 0) return undefined;
  const measure = groups.measures.find(({ name }) => name === left.name);
  const [value] = measure?.args ?? [];
  if (measure === undefined || value === undefined || measure.where !== undefined) return undefined;
  const fits =
    measure.fn === 'max' ? test === '>' || test === '>=' : measure.fn === 'min' && (test === '<' || test === '<=');
  return fits ? { op: 'compare', test, left: value, right, span: condition.span } : undefined;
}

/**
 * `countif(p)` as the only measure, with a condition that needs a count above zero: a count of the events with p. Groups
 * without such events fail the condition anyway.
 */
function liftMeasureCondition(core: AggregateCore): AggregateCore {
  const [measure] = core.measures;
  const condition = measureCondition(core.where);
  if (measure?.where === undefined || core.measures.length > 1 || condition?.name !== measure.name) return core;
  if (measure.fn !== 'count' && measure.fn !== 'countDistinct') return core;
  if (passes(0n, condition) || core.by.length === 0) return core;
  const { where: counted, ...rest } = measure;
  const branches = core.branches.map((branch) => ({
    ...branch,
    where: tidyPredicateTree(and([branch.where, resolvePredicateIn(branch, counted)])),
  }));
  return { ...core, branches, measures: [rest] };
}

function passes(value: bigint, { test, limit }: MeasureCondition): boolean {
  return { '==': value === limit, '<': value < limit, '<=': value <= limit, '>': value > limit, '>=': value >= limit }[
    test
  ];
}

// ---------------------------------------------------------------------------------------------- groups of groups

/** Several groupings as one, where that gives the same keys and measures; innermost first. */
function composeGroupings(groupings: readonly OpenGrouping[]): OpenGrouping | undefined {
  const [first, ...rest] = groupings;
  return rest.reduce<OpenGrouping | undefined>(
    (inner, outer) => (inner === undefined ? undefined : compose(inner, outer)),
    first,
  );
}

function compose(inner: OpenGrouping, outer: OpenGrouping): OpenGrouping | undefined {
  const keys = new Map(inner.by.map(({ name, value }) => [name, value]));
  const environment = { columns: inner.columns, open: false, hidden: new Set<string>() };
  const below = (scalar: Scalar): Scalar => resolveScalarIn(environment, scalar);
  const readsKeysOnly = (scalar: Scalar): boolean => {
    const reads = columnsReadBy(scalarPart(scalar));
    return !reads.all && [...reads.names].every((name) => keys.has(name));
  };
  const asEvents = (scalar: Scalar): Scalar => substituteInScalar(scalar, ({ name }) => keys.get(name));
  const by: NamedScalar[] = [];
  const used = new Set<string>();
  for (const { name, value } of outer.by) {
    const resolved = below(value);
    if (!readsKeysOnly(resolved)) return undefined;
    if (resolved.op === 'field' && resolved.path.length === 0) used.add(resolved.name);
    by.push({ name, value: asEvents(resolved) });
  }
  const others = inner.by.filter(({ name }) => !used.has(name));
  const measures: Measure[] = [];
  for (const measure of outer.measures) {
    const composed = composeMeasure(measure, inner, others, below, readsKeysOnly, asEvents);
    if (composed === undefined) return undefined;
    measures.push(composed);
  }
  return { ...outer, by, measures };
}

function composeMeasure(
  measure: Measure,
  inner: OpenGrouping,
  others: readonly NamedScalar[],
  below: (scalar: Scalar) => Scalar,
  readsKeysOnly: (scalar: Scalar) => boolean,
  asEvents: (scalar: Scalar) => Scalar,
): Measure | undefined {
  if (measure.where !== undefined) return undefined;
  const args = measure.args.map(below);
  if (measure.fn === 'count') {
    // As many groups as there are values of the one key that is no key any more.
    const [other, second] = others;
    if (other === undefined || second !== undefined) return undefined;
    const isText = other.value.op === 'field' && other.value.type === 'string';
    return isText ? { ...measure, fn: 'countDistinct', args: [other.value] } : undefined;
  }
  const [value] = args;
  if (value === undefined || args.length > 1) return undefined;
  if (readsKeysOnly(value)) {
    return countsRows(measure.fn) || measure.fn === 'argMax' || measure.fn === 'argMin' || measure.fn === 'any'
      ? undefined
      : { ...measure, args: [asEvents(value)] };
  }
  const of =
    value.op === 'field' && value.path.length === 0
      ? inner.measures.find(({ name }) => name === value.name)
      : undefined;
  if (of === undefined || of.where !== undefined || inner.narrowed !== undefined) return undefined;
  const sums = measure.fn === 'sum' && (of.fn === 'count' || of.fn === 'sum');
  const extremes = (measure.fn === 'max' || measure.fn === 'min') && measure.fn === of.fn;
  const sets = measure.fn === 'set' && of.fn === 'set' && of.parameter === undefined;
  return sums || extremes || sets ? { ...of, name: measure.name, span: measure.span } : undefined;
}
