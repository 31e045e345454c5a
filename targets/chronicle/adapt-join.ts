/** Events that belong together: two event variables joined on placeholders, or one without the other. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import { resolvePredicateIn } from '../../src/ir/environment.ts';
import { aggregatePolarity, effectUnder, joinPolarity, type Polarity } from '../../src/ir/fidelity.ts';
import type { CorrelationShape, Shape } from '../../src/ir/shape.ts';
import type { Comparison, Detection, Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, scalarPart, substituteInScalar } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import { anyBranch } from './adapt-branch.ts';
import { adaptBranches, noteLimits, triggerRows } from './adapt-events.ts';
import { conjunctsOf } from './adapt-groups.ts';
import {
  asColumns,
  computedColumn,
  type Side,
  type SideName,
  sideOf,
  sidesOf,
  sideValue,
} from './adapt-join-columns.ts';
import { adaptAcross, ownCondition } from './adapt-join-condition.ts';
import { inOneKind } from './adapt-kind.ts';
import {
  belowGroupings,
  isMeasured,
  limitOutcomes,
  MOST_OUTCOMES,
  noteLost,
  outcomeNames,
  quietly,
  readsField,
  riskScore,
  wantedColumns,
  withAdapting,
} from './adapt-outcome.ts';
import { inSeconds } from './adapt-times.ts';
import { adaptWindow, branchesOf, noteSchedule } from './adapt-window.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import { EVENT_ID } from './emit.ts';
import { freeName, toIdentifier } from './lexical.ts';
import { countName, type Logic, type Placeholder } from './logic.ts';
import { columnOf } from './udm-path.ts';

export function adaptCorrelation(adapting: Adapting, detection: Detection, shape: CorrelationShape): Logic | undefined {
  const { span } = shape;
  const asked = conjunctsOf(shape.where);
  const kind = kindOf(adapting, shape, asked);
  if (kind === undefined) return undefined;
  const between = asked.filter((one) => sidesOf(shape, one).size > 1);
  const own = (name: SideName): readonly Predicate[] =>
    asked.filter((one) => {
      const sides = sidesOf(shape, one);
      return sides.size < 2 && sides.has(name);
    });
  const left = adaptSide(adapting, shape, 'left', kind === 'rightAnti', between.length > 0, own('left'));
  const right = adaptSide(adapting, shape, 'right', kind === 'leftAnti', between.length > 0, own('right'));
  if (left === undefined || right === undefined) return undefined;
  const sides = { left, right };
  const window = adaptWindow(adapting, detection, branchesOf(shape), span, kind === 'inner' ? 'narrower' : 'differs');
  const placeholders = adaptKeys(adapting, shape, sides);
  noteSchedule(adapting, detection, branchesOf(shape), true);
  noteRest(adapting, detection, shape);
  const across = adaptAcross(adapting, shape, between, sides);
  const counts = [left, right].flatMap((side) => sideCounts(adapting, shape, side, window?.size));
  if (window === undefined || placeholders.length === 0) return undefined;
  const measures = adaptOutcomes(adapting, detection, shape, sides, placeholders);
  return {
    variables: [left, right].map(({ variable, where, absent }) => ({ name: variable, source: 'udm', where, absent })),
    placeholders,
    across,
    window,
    measures: [...measures, ...counts.map(({ measure }) => measure)],
    computed: riskScore(detection),
    condition: b.and(counts.map(({ test }) => test)),
  };
}

/** What the join asks for: both sides, or one without the other. */
function kindOf(
  adapting: Adapting,
  shape: CorrelationShape,
  asked: readonly Predicate[],
): 'inner' | 'leftAnti' | 'rightAnti' | undefined {
  const { kind, span } = shape;
  switch (kind) {
    case 'inner':
    case 'leftSemi':
    case 'rightSemi':
      return 'inner';
    case 'innerUnique':
      if (asked.some((one) => sidesOf(shape, one).has('left'))) {
        const message =
          'KQL’s innerunique join keeps one row of the left side for each key; YARA-L compares all of them.';
        addNote(adapting, 'join-pairs', 'wider', span, message);
      }
      return 'inner';
    case 'leftAnti':
    case 'rightAnti':
      return kind;
    case 'leftOuter':
    case 'rightOuter':
    case 'fullOuter':
      // Where the condition speaks of neither side, `adapt` takes the side that is kept.
      leaveOut(
        adapting,
        'unsupported',
        'refused',
        span,
        'A join that keeps rows without a match cannot be said in YARA-L.',
      );
      return undefined;
  }
}

function adaptSide(
  adapting: Adapting,
  shape: CorrelationShape,
  name: SideName,
  absent: boolean,
  conditionAbove: boolean,
  own: readonly Predicate[],
): Side | undefined {
  const side = shape[name];
  const outer = joinPolarity(shape.kind, name, conditionAbove);
  const events = side.shape === 'events' ? side : side.shape === 'aggregate' ? side.events : undefined;
  if (events === undefined) {
    const reason = side.shape === 'other' ? side.reasons.map(({ construct }) => construct).join(', ') : 'several steps';
    leaveOut(adapting, 'unsupported', 'refused', shape.span, `A side of the join is more than events: ${reason}.`);
    return undefined;
  }
  const inner = side.shape === 'aggregate' ? sidePolarity(side.where, side.measures) : 'positive';
  const polarity: Polarity = inner === 'mixed' ? 'mixed' : outer;
  const below = own.map((conjunct) => ownCondition(adapting, shape, side, conjunct));
  const pairs = adaptBranches(adapting, events.branches, polarity, (branch) =>
    resolvePredicateIn(branch, b.and(below, shape.span)),
  );
  const where = anyBranch(
    pairs.map(({ adapted }) => adapted),
    shape.span,
  );
  if (where === undefined) return undefined;
  for (const limit of events.limits) {
    leaveOut(
      adapting,
      'unsupported',
      'differs',
      limit.span,
      `Only ${limit.count} rows of a side of the join cannot be asked for.`,
    );
  }
  return { variable: name === 'left' ? 'e1' : 'e2', shape: side, pairs, where, absent };
}

function sidePolarity(where: Predicate, measures: readonly Measure[]): Polarity {
  const all = conjunctsOf(where).map((one): Polarity => {
    const counted = countOf(one, measures);
    return counted === undefined ? 'mixed' : aggregatePolarity(counted.measure.fn, counted.test, true);
  });
  return all.every((polarity) => polarity === 'positive') ? 'positive' : 'mixed';
}

// ---------------------------------------------------------------------------------------------- keys and conditions

function adaptKeys(
  adapting: Adapting,
  shape: CorrelationShape,
  sides: Readonly<Record<SideName, Side>>,
): readonly Placeholder[] {
  const names = new Set<string>(['e1', 'e2']);
  const found = shape.on.flatMap(({ left, right }): readonly Placeholder[] => {
    const sidesOfKey = [
      { shape: shape.left, key: left },
      { shape: shape.right, key: right },
    ];
    if (sidesOfKey.some(({ shape: side, key }) => isMeasuredKey(side, key))) {
      leaveOut(
        adapting,
        'unsupported',
        'wider',
        left.span,
        'A join on what several events are summed up to cannot be said.',
      );
      return [];
    }
    const values = [
      { variable: sides.left.variable, value: sideValue(sides.left, left) },
      { variable: sides.right.variable, value: sideValue(sides.right, right) },
    ];
    const known = values.flatMap(({ variable, value }) =>
      typeof value === 'string' ? [] : [{ variable, value: inSeconds(value) }],
    );
    if (known.length < values.length) {
      const reasons = values.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
      leaveOut(adapting, 'unmapped-field', 'wider', left.span, `The join key cannot be said. ${reasons.join(' ')}`);
      return [];
    }
    if (!known.every(({ value }) => readsField(value))) {
      leaveOut(
        adapting,
        'unsupported',
        'wider',
        left.span,
        'Event variables are joined on fields, not on fixed values.',
      );
      return [];
    }
    const [first, second] = known;
    const typed = first === undefined || second === undefined ? undefined : inOneKind(first.value, second.value);
    if (first === undefined || second === undefined || typed === undefined) {
      leaveOut(adapting, 'unsupported', 'wider', left.span, 'The join key is of different types in UDM.');
      return [];
    }
    const typedValues = [
      { variable: first.variable, value: typed[0] },
      { variable: second.variable, value: typed[1] },
    ];
    const column = left.op === 'field' ? left.name : 'key';
    const name = freeName(toIdentifier(column, 'key'), (one) => names.has(one));
    names.add(name);
    return [{ name, values: typedValues, grouped: true }];
  });
  if (found.length === 0) {
    leaveOut(
      adapting,
      'unsupported',
      'refused',
      shape.span,
      'Event variables have to be joined on a field; none is left to join on.',
    );
  }
  return found;
}

function isMeasuredKey(side: Shape, key: Scalar): boolean {
  if (side.shape !== 'events') return false;
  return fieldsOf(scalarPart(key)).some(({ name }) => isMeasured(side.groupings, name));
}

/** What a grouped side asks of the number of its events: `#e1 > 5`. `window`: over how many ms they are counted. */
function sideCounts(
  adapting: Adapting,
  shape: CorrelationShape,
  { shape: side, variable, absent }: Side,
  window: number | undefined,
): readonly { readonly measure: Measure; readonly test: Predicate }[] {
  if (side.shape !== 'aggregate') return [];
  const keys = side.by.filter(({ name }) => name !== side.bucket?.key);
  const joined = new Set(shape.on.flatMap(({ left, right }) => [left, right]).flatMap(nameOfField));
  const finer = keys.some(({ name }) => !joined.has(name));
  const found = conjunctsOf(side.where).flatMap((conjunct) => {
    const counted = countOf(conjunct, side.measures);
    const fail = (message: string): void =>
      leaveOut(adapting, 'unsupported-aggregate', absent ? 'differs' : 'wider', conjunct.span, message);
    if (counted?.measure.fn !== 'count' || counted.measure.where !== undefined || absent) {
      fail('A condition on a measure of a joined side cannot be said, but for the number of its events.');
      return [];
    }
    if (finer) {
      fail('The side is grouped by more than the join keys; its events are counted by these.');
      return [];
    }
    if (side.bucket !== undefined && window !== undefined && side.bucket.size < window) {
      const effect = effectUnder(aggregatePolarity('count', counted.test, true), 'wider');
      const message = 'The side counts its events in time slots; a match section has one window, in which all count.';
      addNote(adapting, 'time-slots', effect, side.span, message);
    }
    const name = countName(variable);
    const id = b.field(columnOf(variable, EVENT_ID), [], 'string');
    const measure: Measure = { name, fn: 'countDistinct', args: [id], span: counted.measure.span };
    return [{ measure, test: b.compare(b.field(name, [], 'long'), counted.test, counted.threshold, conjunct.span) }];
  });
  return found;
}

const nameOfField = (scalar: Scalar): readonly string[] => (scalar.op === 'field' ? [scalar.name] : []);

/** `measure test literal` */
function countOf(
  conjunct: Predicate,
  measures: readonly Measure[],
): { readonly measure: Measure; readonly test: Comparison; readonly threshold: Scalar } | undefined {
  if (conjunct.op !== 'compare' || conjunct.left.op !== 'field' || conjunct.right.op !== 'literal') return undefined;
  const { name } = conjunct.left;
  const measure = measures.find((one) => one.name === name);
  return measure === undefined ? undefined : { measure, test: conjunct.test, threshold: conjunct.right };
}

// ---------------------------------------------------------------------------------------------- the rest

function noteRest(adapting: Adapting, { schedule }: Detection, shape: CorrelationShape): void {
  const rows = triggerRows(schedule);
  if (rows === undefined || rows > 0) {
    const effect: Effect = rows === undefined ? 'differs' : 'wider';
    leaveOut(adapting, 'alert-threshold', effect, schedule.span, 'How many joined rows there are cannot be asked for.');
  }
  noteLimits(adapting, shape.limits);
  const say = (span: Span): void =>
    addNote(adapting, 'one-alert-per-event', 'context', span, 'Each key and window is a detection of its own.');
  for (const { span } of shape.groupings) say(span);
}

/** The columns that the alert speaks of, from whichever side has them. */
function adaptOutcomes(
  adapting: Adapting,
  detection: Detection,
  shape: CorrelationShape,
  sides: Readonly<Record<SideName, Side>>,
  placeholders: readonly Placeholder[],
): readonly Measure[] {
  const nameOf = outcomeNames(placeholders.map(({ name }) => name));
  const found: Measure[] = [];
  for (const wanted of wantedColumns(detection)) {
    if (placeholders.some(({ name }) => name === wanted.column)) continue;
    const above = belowGroupings(shape.groupings, wanted.column);
    const column = above?.op === 'field' ? (computedColumn(shape, above) ?? above) : above;
    const value = column === undefined ? 'It is made of several events.' : outcomeValue(adapting, shape, sides, column);
    if (typeof value === 'string') noteLost(adapting, wanted, value);
    else if (readsField(value))
      found.push({ name: nameOf(wanted.column), fn: 'set', args: [value], span: wanted.span });
  }
  return limitOutcomes(adapting, found, MOST_OUTCOMES - riskScore(detection).length);
}

function outcomeValue(
  adapting: Adapting,
  shape: CorrelationShape,
  sides: Readonly<Record<SideName, Side>>,
  column: Scalar,
): Scalar | string {
  const places = new Set(fieldsOf(scalarPart(column)).map(({ name }) => sideOf(shape, name).side));
  const [only, ...others] = places;
  if (only === undefined || others.length > 0) return 'It is made of both sides of the join.';
  const side = sides[only];
  if (side.absent) return 'It is of an event that must not be there.';
  const inSide = substituteInScalar(column, (field) => ({ ...field, name: sideOf(shape, field.name).name }));
  return quietly(adapting, (quiet) => {
    const pairs = side.pairs.map(({ branch, adapted }) => ({ branch, adapted: withAdapting(adapted, quiet) }));
    const value = sideValue({ ...side, pairs }, inSide);
    return typeof value === 'string' ? value : asColumns(side.variable, value);
  });
}
