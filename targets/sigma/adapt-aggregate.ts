/** Groups of events with a condition on what is measured of them: counting correlations. */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { aggregatePolarity } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { AggregateShape, Branch, EventsShape, Grouping, Limit } from '../../src/ir/shape.ts';
import type { Detection, Measure, NamedScalar, Predicate, Scalar } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { substituteInPredicate } from '../../src/ir/walk.ts';
import { kqlAggregate } from '../../src/kql/raise/names.ts';
import { refuseAbsence } from './adapt-absence.ts';
import { adaptBranch } from './adapt-branch.ts';
import { boundOn, groupConditions, growsWith, holdOfOneEvent, holdsOf, isSayable } from './adapt-measures.ts';
import type { Bound } from './adapt-measures.ts';
import type { Adapting, Failure } from './adapt-notes.ts';
import { ColumnNaming, noteGrain, readsTimeOnly } from './adapt-naming.ts';
import type { NamedColumn, Pair } from './adapt-naming.ts';
import { mayBeEmpty } from './adapt-presence.ts';
import { isSelective } from './adapt-selective.ts';
import { timespanOf } from './adapt-time.ts';
import type { AdaptedQuery } from './adapt.ts';
import { MEASURE } from './shape-names.ts';

export function noteGroupings(groupings: readonly Grouping[], adapting: Adapting): void {
  for (const { span } of groupings) {
    const message = 'The matching events are not summarized: each alerts by itself.';
    adapting.note('grouping-lost', 'context', span, message);
  }
}

/** Limits on the number of rows; where rows are counted or joined, they matter to whether the rule fires. */
export function noteLimits(limits: readonly Limit[], effect: 'context' | 'wider', adapting: Adapting): void {
  for (const { count, span } of limits) {
    const message = `The limit of ${count} result rows is not applied: every match counts.`;
    adapting.note('row-limit-lost', effect, span, message);
  }
}

/** Whether the rule alerts as soon as there is a row. */
export function alertsOnAny({ schedule }: Detection): boolean {
  const { test, threshold } = schedule.trigger;
  return (test === '>' && threshold === 0) || (test === '>=' && threshold === 1) || (test === '!=' && threshold === 0);
}

/** The same rule, alerting as soon as there is a row. */
export function withPlainTrigger(detection: Detection): Detection {
  if (alertsOnAny(detection)) return detection;
  return { ...detection, schedule: { ...detection.schedule, trigger: { test: '>', threshold: 0 } } };
}

/** A trigger that a result of several rows (groups, pairs) has to reach. */
export function noteTrigger(detection: Detection, adapting: Adapting): void {
  if (alertsOnAny(detection)) return;
  const { test, threshold } = detection.schedule.trigger;
  const message = `Sigma cannot say that the rule alerts when the number of result rows is ${test} ${threshold}.`;
  const grows = test === '>' || test === '>=';
  if (grows && threshold >= 0) {
    adapting.leaveOut({ code: 'unsupported-trigger', message, span: detection.schedule.span }, 'wider');
  } else adapting.refuse({ code: 'unsupported-trigger', message, span: detection.schedule.span });
}

// ---------------------------------------------------------------------------------------------- plain events

/**
 * Plain events that must be so many: a count without groups, or of the groups when there is one grouping. `undefined`
 * when one is enough, or when there is no way to say it (noted).
 */
export function adaptThreshold(shape: EventsShape, detection: Detection, adapting: Adapting): AdaptedQuery | undefined {
  if (alertsOnAny(detection)) return undefined;
  const { test, threshold } = detection.schedule.trigger;
  const { span } = detection.schedule;
  const [grouping, ...more] = shape.groupings;
  const counts = test === '>' ? threshold >= 0 : test === '>=' || test === '==' ? threshold >= 1 : false;
  const isCountable = counts && more.length === 0 && shape.branches.every(({ expansions }) => expansions.length === 0);
  if (!isCountable || grouping?.by.length === 0) {
    noteTrigger(detection, adapting);
    return undefined;
  }
  noteLimits(shape.limits, 'wider', adapting);
  const measure: Measure =
    grouping === undefined
      ? { name: MEASURE, fn: 'count', args: [], span }
      : { name: MEASURE, fn: 'countDistinct', args: grouping.by.map(({ value }) => value), span };
  const bound: Bound = { test, value: threshold, predicate: build.constant(true, span) };
  return new AggregateAdapter(shape.branches, detection, adapting).adapt(measure, [bound], [], undefined, span);
}

// ---------------------------------------------------------------------------------------------- aggregates

export function adaptAggregate(
  shape: AggregateShape,
  detection: Detection,
  adapting: Adapting,
): AdaptedQuery | undefined {
  noteTrigger(detection, adapting);
  noteGroupings(shape.groupings, adapting);
  noteLimits(shape.limits, 'context', adapting);
  return adaptGroups(shape, detection, adapting);
}

/** The groups that satisfy the condition, as a correlation. */
export function adaptGroups(shape: AggregateShape, detection: Detection, adapting: Adapting): AdaptedQuery | undefined {
  const { bounds, keyTests, others } = groupConditions(shape);
  const [chosen, ...more] = [...bounds].sort(byUse);
  const left: Failure[] = [];
  for (const other of others) {
    if (refuseAbsence(other, shape, adapting)) continue;
    const message = 'Sigma cannot express this condition on a summary.';
    left.push({ code: 'unsupported-measure', message, span: other.span });
  }
  for (const [measure, [bound]] of more) {
    const message = `A Sigma correlation has a condition on one measure only; '${measure.name}' is a second one.`;
    left.push({ code: 'unsupported-measure', message, span: bound?.predicate.span ?? measure.span });
  }
  // What remains has to tell something from plain events: the condition on the groups, or the tests of the events.
  const isWorth =
    (chosen !== undefined && !holdOfOneEvent(...chosen)) ||
    shape.events.branches.every(({ where }) => isSelective(where));
  for (const failure of left) {
    if (isWorth) adapting.widen(failure);
    else adapting.leaveOut(failure, 'wider');
  }
  if (chosen === undefined) {
    const message = 'No condition on the summary remains that Sigma can express.';
    adapting.refuse({ code: 'unsupported-measure', message, span: shape.span });
    return undefined;
  }
  const [measure, own] = chosen;
  noteLimits(shape.events.limits, 'wider', adapting);
  const branches = shape.events.branches.map((branch) => withKeyTests(branch, shape, keyTests));
  const by = shape.by.filter(({ name }) => name !== shape.bucket?.key);
  const adapter = new AggregateAdapter(branches, detection, adapting);
  return adapter.adapt(measure, own, by, shape.bucket?.size, shape.span);
}

/** Measures by the condition that says most: one that Sigma has, that asks for so much at least, of events, and for the most. */
function byUse([left, ofLeft]: [Measure, readonly Bound[]], [right, ofRight]: [Measure, readonly Bound[]]): number {
  return (
    Number(isSayable(right)) - Number(isSayable(left)) ||
    Number(leastOf(ofRight) > 0) - Number(leastOf(ofLeft) > 0) ||
    Number(isCount(right)) - Number(isCount(left)) ||
    leastOf(ofRight) - leastOf(ofLeft)
  );
}

const isCount = ({ fn }: Measure): boolean => fn === 'count' || fn === 'countDistinct';

/** How much has to be measured at least. */
function leastOf(bounds: readonly Bound[]): number {
  return Math.max(
    0,
    ...bounds.map(({ test, value }) => (test === '>' ? value + 1 : test === '>=' || test === '==' ? value : 0)),
  );
}

/** The branch with tests of the group keys, which hold of all events of a group or of none. */
function withKeyTests(branch: Branch, shape: AggregateShape, keyTests: readonly Predicate[]): Branch {
  if (keyTests.length === 0) return branch;
  const keys = new Map(shape.by.map(({ name, value }) => [name, resolveScalarIn(branch, value)]));
  const tests = keyTests.map((test) => substituteInPredicate(test, (field) => keys.get(field.name)));
  return { ...branch, where: tidyPredicateTree(build.and([branch.where, ...tests])) };
}

class AggregateAdapter {
  readonly #branches: readonly Branch[];
  readonly #detection: Detection;
  readonly #adapting: Adapting;

  constructor(branches: readonly Branch[], detection: Detection, adapting: Adapting) {
    this.#branches = branches;
    this.#detection = detection;
    this.#adapting = adapting;
  }

  adapt(
    measure: Measure,
    asked: readonly Bound[],
    by: readonly NamedScalar[],
    bucket: number | undefined,
    span: Span,
  ): AdaptedQuery | undefined {
    const adapting = this.#adapting;
    if (!this.#checkMeasure(measure, asked, by)) return undefined;
    const bounds = this.#oneBound(asked, span);
    const growing = bounds.every(growsWith);
    this.#noteExpansions(measure, growing);
    const polarity = bounds.map((bound) => polarityOf(measure, bound, by.length > 0)).reduce(joinPolarities);
    const message =
      bucket === undefined
        ? 'Sentinel counts once a run, over its period; a sliding time span also catches what two runs would split.'
        : 'A tumbling time window became a sliding one, which also catches what a boundary would split.';
    adapting.note('sliding-window', polarity === 'positive' ? 'wider' : 'differs', span, message);
    const pairs = adapting.correlated(polarity, () => this.#adaptBranches(measure));
    if (pairs.length === 0) {
      const message = 'No part of the rule can ever match.';
      if (!adapting.isRefused) adapting.refuse({ code: 'never-fires', message, span });
      return undefined;
    }
    const naming = new ColumnNaming(pairs);
    const groupBy = new Map<string, string>();
    const unnamed: Failure[] = [];
    for (const key of by) {
      const column = naming.nameFor(key.name, key.value);
      if (column !== undefined) {
        groupBy.set(key.name, column.name);
        noteGrain(column, growing ? 'narrower' : 'differs', key.value.span, adapting);
      } else if (pairs.every(({ branch }) => readsTimeOnly(key.value, branch))) {
        const message = 'A tumbling time window became a sliding one, which also catches what a boundary would split.';
        adapting.note('sliding-window', growing ? 'wider' : 'differs', key.value.span, message);
      } else {
        const message = `Sigma cannot group by '${key.name}', which is computed or has no Sigma field.`;
        unnamed.push({ code: 'unsupported-measure', message, span: key.value.span });
      }
    }
    for (const failure of unnamed) {
      // Groups by the other keys are larger; without any key they would be no groups.
      if (growing && groupBy.size > 0) adapting.widen(failure);
      else adapting.leaveOut(failure, growing ? 'wider' : 'differs');
    }
    const args: Scalar[] = [];
    for (const [index, argument] of measuredValues(measure).entries()) {
      const column = naming.nameFor(`${measure.name}_value${index === 0 ? '' : index}`, argument);
      const isUsable = column !== undefined && (measure.fn === 'countDistinct' || isOnlySame(column.grains));
      if (!isUsable) {
        const message = `Sigma cannot take the measure '${measure.name}' of a value that is computed or has no Sigma field.`;
        adapting.refuse({ code: 'unsupported-measure', message, span: measure.span });
        return undefined;
      }
      noteGrain(column, growing ? 'wider' : 'differs', argument.span, adapting);
      args.push(build.field(column.name, [], 'unknown', argument.span));
    }
    const measured: Measure = {
      name: MEASURE,
      fn: measure.fn,
      args: args.length > 1 ? [build.call('makeArray', args, 'dynamic', span)] : args,
      ...(measure.fn === 'percentile' ? { parameter: measure.parameter ?? 50 } : {}),
      span: measure.span,
    };
    const unique = [...new Set(groupBy.values())];
    const keys = unique.map((name): NamedScalar => ({ name, value: build.field(name) }));
    const grouped = build.aggregate(naming.events(), keys, [measured], span);
    const subject = build.field(MEASURE, [], 'unknown', span);
    const heeded = this.#heedMissing(measure, bounds);
    const where = build.and(this.#roundBounds(measure, heeded).map((bound) => boundOn(subject, bound)));
    const timespan = timespanOf(this.#detection, this.#branches, bucket, span, adapting);
    return { query: build.filter(grouped, tidyPredicateTree(where), span), timespan, keys: groupBy };
  }

  /** Rows made of the elements of a list: Sigma counts the events. */
  #noteExpansions({ fn }: Measure, growing: boolean): void {
    if (fn === 'countDistinct') return;
    for (const { span } of this.#branches.flatMap(({ expansions }) => expansions)) {
      const message = 'The source measures the elements of this list one by one; Sigma takes each event once.';
      this.#adapting.note('list-elements', growing && fn === 'count' ? 'narrower' : 'differs', span, message);
    }
  }

  /**
   * The bound that says most: the specification allows several, but converters (pySigma among them) read only one. A
   * lower bound tells groups apart from single events; what an upper one keeps out comes in, which is wider.
   */
  #oneBound(bounds: readonly Bound[], span: Span): readonly Bound[] {
    const [first, ...more] = [...bounds].sort(
      (left, right) => Number(growsWith(right)) - Number(growsWith(left)) || right.value - left.value,
    );
    if (first === undefined || more.length === 0) return bounds;
    const message = 'The correlation has one of several bounds: converters do not read more.';
    this.#adapting.note('condition-range', 'wider', span, message);
    return [first];
  }

  /** Whether there is a correlation for the measure with these bounds; if not, it is noted why. */
  #checkMeasure(measure: Measure, bounds: readonly Bound[], by: readonly NamedScalar[]): boolean {
    const adapting = this.#adapting;
    const refuse = (message: string): false => {
      adapting.refuse({ code: 'unsupported-measure', message, span: measure.span });
      return false;
    };
    if (!isSayable(measure)) {
      return refuse(`Sigma has no correlation for '${kqlAggregate(measure)}' with a condition.`);
    }
    const counts = isCount(measure);
    const holdsOfNone = counts && bounds.every((bound) => holdsOf(bound, 0));
    if (holdsOfNone && by.length === 0) {
      return refuse('The condition holds when there are no events; a Sigma correlation needs events to fire.');
    }
    // Events that do not count still make a group in the source.
    if (measure.where !== undefined && (holdsOfNone || !counts)) {
      return refuse(`The condition on '${measure.name}' holds of groups without any of the events that it counts.`);
    }
    if (measure.fn === 'percentile' && !Number.isInteger(measure.parameter ?? 50)) {
      return refuse('Sigma correlations know whole percentiles only.');
    }
    return true;
  }

  /** The branches in Sigma's words; a condition on what a measure counts is one on the events. */
  #adaptBranches(measure: Measure): readonly Pair[] {
    return this.#branches.flatMap((branch) => {
      const counted =
        measure.where === undefined
          ? branch
          : {
              ...branch,
              where: tidyPredicateTree(
                build.and([
                  branch.where,
                  substituteInPredicate(measure.where, (field) => resolveScalarIn(branch, field)),
                ]),
              ),
            };
      return adaptBranch(counted, this.#adapting).map((adapted) => ({ branch, adapted }));
    });
  }

  /**
   * KQL counts the empty text of events without the field as a value; a correlation leaves such events out. So that no
   * group is missed, one value less is asked for, unless that would leave nothing to ask for.
   */
  #heedMissing(measure: Measure, bounds: readonly Bound[]): readonly Bound[] {
    if (measure.fn !== 'countDistinct') return bounds;
    const mayMiss = measure.args.some((argument) =>
      this.#branches.some((branch) => mayBeEmpty(resolveScalarIn(branch, argument), branch)),
    );
    if (!mayMiss) return bounds;
    return bounds.map((bound) => {
      const least = bound.test === '>' ? bound.value : bound.test === '>=' ? bound.value - 1 : 0;
      const isLowered = least >= 2;
      const message = isLowered
        ? 'The source counts the events without the field as one more value: one value less is asked for.'
        : 'The source counts the events without the field as one more value; the correlation does not.';
      const effect = isLowered ? 'wider' : growsWith(bound) ? 'narrower' : 'differs';
      this.#adapting.note('missing-values', effect, bound.predicate.span, message);
      return isLowered ? { ...bound, test: '>=' as const, value: least } : bound;
    });
  }

  /** Thresholds are whole numbers: of counts, the same condition; of sums and averages, the wider one. */
  #roundBounds(measure: Measure, bounds: readonly Bound[]): readonly Bound[] {
    const counts = isCount(measure);
    return bounds.map((bound) => {
      if (Number.isInteger(bound.value)) return bound;
      const isLower = growsWith(bound);
      const value = isLower ? Math.floor(bound.value) : Math.ceil(bound.value);
      if (!counts) {
        const message = `The threshold ${bound.value} is rounded to ${value}: Sigma correlations compare with whole numbers.`;
        const isOrder = bound.test !== '==' && bound.test !== '!=';
        this.#adapting.note('threshold-rounded', isOrder ? 'wider' : 'differs', bound.predicate.span, message);
      }
      return { ...bound, test: isLower ? '>' : bound.test === '<=' ? '<' : bound.test, value };
    });
  }
}

function isOnlySame(grains: NamedColumn['grains']): boolean {
  return !grains.has('finer') && !grains.has('coarser');
}

function polarityOf(measure: Measure, { test }: Bound, grouped: boolean): Polarity {
  return test === '!=' ? 'mixed' : aggregatePolarity(measure.fn, test, grouped);
}

function joinPolarities(left: Polarity, right: Polarity): Polarity {
  return left === right ? left : 'mixed';
}

function measuredValues({ fn, args }: Measure): readonly Scalar[] {
  // KQL's further arguments say how exactly to count; those of a trigger's measure are all keys.
  if (fn === 'count') return [];
  return args;
}
