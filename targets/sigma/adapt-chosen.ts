/**
 * What is said of single events of a group: the latest (`arg_max`), the greatest (`max`), any (`take_any`). Sigma cannot
 * choose one, so that what is asked of the chosen event is asked of every event of the group: at least as many pass.
 */
import * as build from '../../src/ir/build.ts';
import { resolvePredicateIn, resolveScalarIn } from '../../src/ir/environment.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { AggregateShape, Branch, EventsShape, Grouping } from '../../src/ir/shape.ts';
import type { Field, Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { columnsReadBy, predicatePart, substituteInPredicate } from '../../src/ir/walk.ts';
import { refuseAbsence } from './adapt-absence.ts';
import { groupConditions, isSayable } from './adapt-measures.ts';
import type { Adapting, Failure } from './adapt-notes.ts';
import { isSelective } from './adapt-selective.ts';

type Groups = Pick<Grouping, 'by' | 'measures'>;

/**
 * A column that leaves the groupings in terms of the events' columns: a group key, or with `chosen` a value of one event
 * of the group, of which `chosen` is told. `undefined` when it is neither.
 */
export function belowGroupings(
  scalar: Scalar,
  groupings: readonly Grouping[],
  chosen?: () => void,
): Scalar | undefined {
  let below = scalar;
  for (const grouping of groupings.toReversed()) {
    const open = chosen !== undefined && bringsRow(grouping);
    const inner = resolveScalarIn({ columns: grouping.columns, open, hidden: new Set() }, below);
    if (inner.op !== 'field') return undefined;
    const key = inner.path.length === 0 ? grouping.by.find(({ name }) => name === inner.name) : undefined;
    const value = key === undefined && chosen !== undefined ? chosenValue(inner, grouping) : undefined;
    if (value !== undefined) chosen?.();
    const found = key?.value ?? value;
    if (found === undefined) return undefined;
    below = found;
  }
  return below;
}

const isChoice = ({ fn }: Measure): boolean => fn === 'argMax' || fn === 'argMin';

function bringsRow({ measures }: Pick<Groups, 'measures'>): boolean {
  return measures.some((measure) => isChoice(measure) && measure.args.length === 1);
}

/** A value of one event of the group, in terms of that event's columns. */
function chosenValue(field: Field, groups: Groups): Scalar | undefined {
  const measure = groups.measures.find(({ name }) => name === field.name);
  if (measure !== undefined) {
    const isOne = isChoice(measure) || measure.fn === 'any' || measure.fn === 'max' || measure.fn === 'min';
    const isWhole = field.path.length === 0 && measure.where === undefined;
    return isOne && isWhole ? measure.args[0] : undefined;
  }
  const named = groups.measures.some(
    (one) =>
      isChoice(one) &&
      one.args.slice(1).some((arg) => arg.op === 'field' && arg.path.length === 0 && arg.name === field.name),
  );
  return named || bringsRow(groups) ? field : undefined;
}

/**
 * Groups whose conditions no correlation expresses, as the events that they are made of, with what is asked of one event
 * of the group asked of each. `undefined` where a bound on a measure remains; then the shape is a correlation.
 */
export function asEvents(shape: AggregateShape, adapting: Adapting): EventsShape | undefined {
  const { bounds, keyTests, others } = groupConditions(shape);
  if ([...bounds.keys()].some(isSayable)) return undefined;
  const { measures, by, columns, span } = shape;
  const ofOneEvent: Predicate[] = [...keyTests];
  const failures: Failure[] = [];
  for (const other of others) {
    if (refuseAbsence(other, shape, adapting)) continue;
    const test = onEvents(other, shape);
    if (test !== undefined) {
      const message = 'What the source asks of one event of each group is asked of every event.';
      adapting.note('any-event', 'wider', other.span, message);
      ofOneEvent.push(test);
    } else {
      const message = 'Sigma cannot express this condition on a summary.';
      failures.push({ code: 'unsupported-measure', message, span: other.span });
    }
  }
  for (const [measure, of] of bounds) {
    const message = `Sigma has no correlation for '${measure.text ?? measure.fn}' with a condition.`;
    for (const { predicate } of of) failures.push({ code: 'unsupported-measure', message, span: predicate.span });
  }
  const branches = shape.events.branches.map((branch) => narrowed(branch, ofOneEvent, shape));
  // Without their condition the groups are but events: those must be worth an alert each.
  const isWorth = adapting.counts || branches.every(({ where }) => isSelective(where));
  for (const failure of failures) {
    if (isWorth) adapting.widen(failure);
    else adapting.leaveOut(failure, 'wider');
  }
  return {
    shape: 'events',
    branches,
    groupings: [{ by, measures, columns, span }, ...shape.groupings],
    limits: [...shape.events.limits, ...shape.limits],
  };
}

/** A condition on what a chosen event holds as one on an event of the branches; over their columns and the keys. */
function onEvents(condition: Predicate, shape: AggregateShape): Predicate | undefined {
  const reads = columnsReadBy(predicatePart(condition));
  if (reads.all || reads.names.size === 0) return undefined;
  const keys = new Set(shape.by.map(({ name }) => name));
  const values = new Map<string, Scalar>();
  for (const name of reads.names) {
    if (keys.has(name)) continue;
    const value = chosenValue(build.field(name), shape);
    if (value === undefined) return undefined;
    values.set(name, value);
  }
  return substituteInPredicate(condition, ({ name, path }) => (path.length === 0 ? values.get(name) : undefined));
}

function narrowed(branch: Branch, tests: readonly Predicate[], { by }: AggregateShape): Branch {
  if (tests.length === 0) return branch;
  const keys = new Map(by.map(({ name, value }) => [name, value]));
  const resolved = tests.map((test) =>
    resolvePredicateIn(
      branch,
      substituteInPredicate(test, ({ name }) => keys.get(name)),
    ),
  );
  return { ...branch, where: tidyPredicateTree(build.and([branch.where, ...resolved])) };
}
