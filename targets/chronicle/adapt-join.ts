/** Events that belong together: two event variables joined on placeholders, or one without the other. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import { aggregatePolarity, joinPolarity, type Polarity } from '../../src/ir/fidelity.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { CorrelationShape, Shape } from '../../src/ir/shape.ts';
import type { Comparison, Detection, Field, Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, rewriteScalar, scalarPart, substituteInPredicate, substituteInScalar } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import { anyBranch } from './adapt-branch.ts';
import { adaptBranches, type BranchPair, noteLimits, triggerRows } from './adapt-events.ts';
import { conjunctsOf, namesIn } from './adapt-groups.ts';
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
  valueInBranches,
  wantedColumns,
  withAdapting,
} from './adapt-outcome.ts';
import { inSeconds, predicateInSeconds, roundingEffect } from './adapt-times.ts';
import { adaptWindow, branchesOf, noteSchedule } from './adapt-window.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import { EVENT_ID } from './emit.ts';
import { freeName, toIdentifier } from './lexical.ts';
import { countName, type Logic, type Placeholder } from './logic.ts';
import { phrasePredicate } from './phrase.ts';
import { stringOf } from './phrase-scalar.ts';
import { columnOf, textOfField } from './udm-path.ts';
import { wordPredicate } from './wording.ts';

type SideName = 'left' | 'right';

/** One side of the join as an event variable. */
interface Side {
  readonly variable: string;
  readonly shape: Shape;
  readonly pairs: readonly BranchPair[];
  readonly where: Predicate;
  readonly absent: boolean;
}

export function adaptCorrelation(adapting: Adapting, detection: Detection, shape: CorrelationShape): Logic | undefined {
  const { span } = shape;
  const asked = conjunctsOf(shape.where);
  const kind = kindOf(adapting, shape, asked);
  if (kind === undefined) return undefined;
  const left = adaptSide(adapting, shape, 'left', kind === 'rightAnti', asked.length > 0);
  const right = adaptSide(adapting, shape, 'right', kind === 'leftAnti', asked.length > 0);
  if (left === undefined || right === undefined) return undefined;
  const sides = { left, right };
  const window = adaptWindow(adapting, detection, branchesOf(shape), span, kind === 'inner' ? 'narrower' : 'differs');
  const placeholders = adaptKeys(adapting, shape, sides);
  noteSchedule(adapting, detection, branchesOf(shape), true);
  noteRest(adapting, detection, shape);
  const across = adaptAcross(adapting, shape, asked, sides);
  const counts = [left, right].flatMap((side) => sideCounts(adapting, shape, side));
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
      if (asked.some((one) => sidesOf(shape, one).size > 1)) {
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
        'A join that keeps rows without a match can’t be said in YARA-L.',
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
  const pairs = adaptBranches(adapting, events.branches, polarity);
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
      `Only ${limit.count} rows of a side of the join can’t be asked for.`,
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

// ---------------------------------------------------------------------------------------------- columns

/** The side and the name there of a column above the join. */
function sideOf(shape: CorrelationShape, name: string): { readonly side: SideName; readonly name: string } {
  const renamed = shape.renamed.find(({ to }) => to === name);
  if (renamed !== undefined) return { side: 'right', name: renamed.from };
  if (leaves(shape.left, name) === false) return { side: 'right', name };
  if (leaves(shape.left, name) === undefined && leaves(shape.right, name) === true) return { side: 'right', name };
  return { side: 'left', name };
}

/** Whether a shape has a column of this name; `undefined`: perhaps, among its stored ones. */
function leaves(shape: Shape, name: string): boolean | undefined {
  switch (shape.shape) {
    case 'events': {
      const last = shape.groupings.at(-1);
      if (last !== undefined) return last.columns.has(name);
      if (shape.branches.some(({ columns }) => columns.has(name))) return true;
      return shape.branches.some(({ open, hidden }) => open && !hidden.has(name)) ? undefined : false;
    }
    case 'aggregate':
    case 'correlation':
      return (shape.groupings.at(-1) ?? shape).columns.has(name);
    case 'anyOf':
      return shape.groupings.at(-1)?.columns.has(name);
    case 'other':
      return undefined;
  }
}

function sidesOf(shape: CorrelationShape, predicate: Predicate): ReadonlySet<SideName> {
  return new Set([...namesIn(resolved(shape, predicate))].map((name) => sideOf(shape, name).side));
}

/** A predicate above the join without the columns computed there. */
const resolved = (shape: CorrelationShape, predicate: Predicate): Predicate =>
  substituteInPredicate(predicate, (field) => computedColumn(shape, field));

function computedColumn(shape: CorrelationShape, field: Field): Scalar | undefined {
  const column = shape.columns.get(field.name);
  return column === undefined || (column.op === 'field' && column.name === field.name) ? undefined : column;
}

/** A scalar over the columns that leave a side, in UDM fields of its events; a sentence that says why there is none. */
function sideValue(side: Side, scalar: Scalar): Scalar | string {
  let failure: string | undefined;
  const below = substituteInScalar(scalar, (field) => {
    const value = belowSide(side.shape, field.name);
    if (value === undefined) failure = `${field.name} is made of several events.`;
    return value === undefined ? undefined : withPath(value, field);
  });
  return failure ?? valueInBranches(side.pairs, below);
}

/** The place inside a column that a field asks for. */
function withPath(value: Scalar, field: Field): Scalar {
  if (field.path.length === 0) return value;
  if (value.op === 'field') return { ...value, path: [...value.path, ...field.path] };
  return field.path.reduce<Scalar>(
    (inner, step) => b.call('element', [inner, typeof step === 'string' ? b.text(step) : b.long(step)], 'dynamic'),
    value,
  );
}

function belowSide(shape: Shape, name: string): Scalar | undefined {
  if (shape.shape === 'events') return belowGroupings(shape.groupings, name);
  if (shape.shape !== 'aggregate') return undefined;
  const above = belowGroupings(shape.groupings, name);
  if (above === undefined) return undefined;
  const inner = resolveScalarIn({ columns: shape.columns, open: true, hidden: new Set() }, above);
  const isOfKeys = fieldsOf(scalarPart(inner)).every((field) => shape.by.some((key) => key.name === field.name));
  return isOfKeys
    ? substituteInScalar(inner, (field) => shape.by.find((key) => key.name === field.name)?.value)
    : undefined;
}

/** A value of an event variable above the variables, where fields are columns. */
const asColumns = (variable: string, value: Scalar): Scalar =>
  rewriteScalar(inSeconds(value), {
    scalar: (node) =>
      node.op === 'field' ? b.field(columnOf(variable, textOfField(node)), [], node.type, node.span) : node,
  });

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
        'A join on what several events are summed up to can’t be said.',
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
      leaveOut(adapting, 'unmapped-field', 'wider', left.span, `The join key can’t be said. ${reasons.join(' ')}`);
      return [];
    }
    const column = left.op === 'field' ? left.name : 'key';
    const name = freeName(toIdentifier(column, 'key'), (one) => names.has(one));
    names.add(name);
    return [{ name, values: known, grouped: true }];
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

/** The tests between both sides. Those on one side have sunk to its events already, as far as that is exact. */
function adaptAcross(
  adapting: Adapting,
  shape: CorrelationShape,
  asked: readonly Predicate[],
  sides: Readonly<Record<SideName, Side>>,
): Predicate {
  const tests: Predicate[] = [];
  for (const conjunct of asked) {
    const drop = (message: string): void =>
      leaveOut(
        adapting,
        'unsupported',
        'wider',
        conjunct.span,
        `A condition on joined events can’t be said. ${message}`,
      );
    let failure: string | undefined;
    const measured: string[] = [];
    const columns = substituteInPredicate(resolved(shape, conjunct), (field) => {
      const place = sideOf(shape, field.name);
      const side = sides[place.side];
      if (side.shape.shape === 'events' && isMeasured(side.shape.groupings, place.name)) measured.push(field.name);
      if (side.absent) failure = `${field.name} is of an event that must not be there.`;
      const value = sideValue(side, { ...field, name: place.name });
      if (typeof value !== 'string') return timeAware(side.variable, value);
      failure = value;
      return undefined;
    });
    if (failure !== undefined) {
      drop(failure);
      continue;
    }
    const rounding = roundingEffect(columns);
    const test = wordPredicate(predicateInSeconds(columns));
    if (phrasePredicate(test, () => stringOf('')) === undefined) {
      drop('YARA-L has nothing with its meaning.');
      continue;
    }
    if (rounding !== undefined) {
      addNote(adapting, 'whole-seconds', rounding, conjunct.span, 'YARA-L compares times in whole seconds.');
    }
    if (measured.length > 0) {
      const message = `${measured.join(' and ')} stand for one event of several; YARA-L compares each of them.`;
      addNote(adapting, 'join-pairs', 'wider', conjunct.span, message);
    }
    tests.push(test);
  }
  return b.and(tests, shape.span);
}

/** Columns of an event variable; instants stay instants here, so that what compares them is known. */
function timeAware(variable: string, value: Scalar): Scalar {
  if (value.op === 'call' && value.fn === 'fromUnixSeconds') {
    return { ...value, args: value.args.map((arg) => asColumns(variable, arg)) };
  }
  return asColumns(variable, value);
}

/** What a grouped side asks of the number of its events: `#e1 > 5`. */
function sideCounts(
  adapting: Adapting,
  shape: CorrelationShape,
  { shape: side, variable, absent }: Side,
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
      fail('A condition on a measure of a joined side can’t be said, but for the number of its events.');
      return [];
    }
    if (finer) {
      fail('The side is grouped by more than the join keys; its events are counted by these.');
      return [];
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
    leaveOut(adapting, 'alert-threshold', effect, schedule.span, 'How many joined rows there are can’t be asked for.');
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
