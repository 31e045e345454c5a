/** Events counted and measured by group: a rule with a match section, and a condition on its outcomes. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfPredicate } from '../../src/ir/canonical.ts';
import { resolvePredicateIn, resolveScalarIn } from '../../src/ir/environment.ts';
import { aggregatePolarity, type Polarity } from '../../src/ir/fidelity.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { AggregateShape } from '../../src/ir/shape.ts';
import type { Detection, Measure, NamedScalar, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import { kqlAggregate } from '../../src/kql/raise/names.ts';
import { anyBranch } from './adapt-branch.ts';
import { adaptCondition, type AdaptedCondition } from './adapt-condition.ts';
import { adaptBranches, type BranchPair, constantKey, noteLimits, triggerRows } from './adapt-events.ts';
import {
  belowGroupings,
  limitOutcomes,
  MOST_OUTCOMES,
  noteLost,
  outcomeNames,
  quietly,
  readsField,
  riskScore,
  summedUp,
  valueInBranches,
  wantedColumns,
  withAdapting,
} from './adapt-outcome.ts';
import { adaptPredicate } from './adapt-predicate.ts';
import { inSeconds } from './adapt-times.ts';
import { adaptWindow, noteSchedule } from './adapt-window.ts';
import { type Adapting, addNote, attempt, keepAttempt, leaveOut } from './adapting.ts';
import { EVENT_ID } from './emit.ts';
import { freeName, toIdentifier } from './lexical.ts';
import { type Logic, ONLY_VARIABLE, type Placeholder } from './logic.ts';
import { udmKind } from './udm.ts';

export const conjunctsOf = (predicate: Predicate): readonly Predicate[] => {
  const tidy = tidyPredicateTree(predicate);
  if (tidy.op === 'constant' && tidy.value) return [];
  return tidy.op === 'and' ? tidy.of : [tidy];
};

export const namesIn = (predicate: Predicate): ReadonlySet<string> =>
  new Set(fieldsOf(predicatePart(predicate)).map(({ name }) => name));

export function adaptAggregate(adapting: Adapting, detection: Detection, shape: AggregateShape): Logic | undefined {
  const { events, groupings, limits, span } = shape;
  const { schedule } = detection;
  const measures = new Map(shape.measures.map((measure) => [measure.name, measure]));
  const keys = shape.by.filter(({ name }) => name !== shape.bucket?.key);
  const asked = conjunctsOf(shape.where);
  const onKeys = asked.filter((one) => ![...namesIn(one)].some((name) => measures.has(name)));
  const onMeasures = asked.filter((one) => !onKeys.includes(one));
  const polarity = polarityOf(onMeasures, measures, keys.length > 0 || shape.bucket !== undefined);
  const pairs = adaptBranches(adapting, events.branches, polarity, (branch) =>
    b.and(onKeys.map((one) => resolvePredicateIn(branch, resolvePredicateIn(keysOf(shape), one)))),
  );
  const where = anyBranch(
    pairs.map(({ adapted }) => adapted),
    span,
  );
  if (where === undefined) return undefined;
  const losing: Effect = polarity === 'positive' ? 'narrower' : 'differs';
  const window = adaptWindow(adapting, detection, events.branches, span, losing, shape.bucket?.size);
  const grouped = adaptKeys(adapting, keys, pairs, polarity);
  const constant = grouped.length === 0 ? constantKey(adapting, pairs, span) : undefined;
  const placeholders = constant === undefined ? grouped : [constant];
  noteSchedule(adapting, detection, events.branches, true);
  noteTrigger(adapting, detection);
  noteLimits(adapting, [...events.limits, ...limits]);
  for (const grouping of groupings) {
    addNote(
      adapting,
      'one-alert-per-event',
      'context',
      grouping.span,
      'Each group is a detection of its own; groups are not summed up.',
    );
  }
  if (window === undefined || placeholders.length === 0) return undefined;
  const outcomes = new Outcomes(
    adapting,
    detection,
    pairs,
    placeholders.map(({ name }) => name),
  );
  const condition = adaptCondition(adapting, onMeasures, measures, outcomes);
  for (const measure of shape.measures) outcomes.addForContext(measure);
  addWanted(adapting, detection, shape, outcomes);
  const score = riskScore(detection);
  const room = MOST_OUTCOMES - score.length - condition.computed.length;
  return {
    variables: [{ name: ONLY_VARIABLE, source: 'udm', where, absent: false }],
    placeholders,
    across: b.constant(true),
    window,
    measures: [...limitMeasures(adapting, outcomes.measures, condition, room), ...condition.counts],
    computed: [...condition.computed, ...score],
    condition: b.and(condition.tests, schedule.span),
  };
}

/** Keys as columns: what a condition on keys asks of the events. */
function keysOf(shape: AggregateShape): Parameters<typeof resolvePredicateIn>[0] {
  return { columns: new Map(shape.by.map(({ name, value }) => [name, value])), open: true, hidden: new Set() };
}

/** How the events count in all of the conditions together. */
function polarityOf(asked: readonly Predicate[], measures: ReadonlyMap<string, Measure>, grouped: boolean): Polarity {
  const all = asked.map((one): Polarity => {
    if (one.op !== 'compare' || one.left.op !== 'field' || one.right.op !== 'literal') return 'mixed';
    const measure = measures.get(one.left.name);
    return measure === undefined ? 'mixed' : aggregatePolarity(measure.fn, one.test, grouped);
  });
  const [first = 'positive'] = all;
  return all.every((polarity) => polarity === first) ? first : 'mixed';
}

function noteTrigger(adapting: Adapting, { schedule }: Detection): void {
  const rows = triggerRows(schedule);
  if (rows !== undefined && rows <= 0) return;
  const message = 'How many groups there are cannot be asked for; each group is a detection.';
  leaveOut(adapting, 'alert-threshold', rows === undefined ? 'differs' : 'wider', schedule.span, message);
}

/** The match variables. A key that is left out makes larger groups. */
function adaptKeys(
  adapting: Adapting,
  keys: readonly NamedScalar[],
  pairs: readonly BranchPair[],
  polarity: Polarity,
): readonly Placeholder[] {
  const names = new Set<string>();
  return keys.flatMap(({ name, value }) => {
    const found = valueInBranches(pairs, value, 'group');
    if (typeof found === 'string') {
      const message = `The group key ${name} cannot be said. ${found}`;
      leaveOut(adapting, 'unmapped-field', polarity === 'positive' ? 'wider' : 'differs', value.span, message);
      return [];
    }
    const seconds = inSeconds(found);
    if (!readsField(seconds)) return [];
    const free = freeName(toIdentifier(name, 'key'), (one) => names.has(one) || one === ONLY_VARIABLE);
    names.add(free);
    return [{ name: free, values: [{ variable: ONLY_VARIABLE, value: seconds }], grouped: true }];
  });
}

/** The outcome variables of a rule with groups, by the names of the source's measures. */
export class Outcomes {
  readonly measures: Measure[] = [];
  readonly #adapting: Adapting;
  readonly #pairs: readonly BranchPair[];
  readonly #named = new Map<string, string>();
  readonly #nameOf: (column: string) => string;
  readonly #keys: readonly string[];

  constructor(adapting: Adapting, _detection: Detection, pairs: readonly BranchPair[], keys: readonly string[]) {
    this.#adapting = adapting;
    this.#pairs = pairs;
    this.#keys = keys;
    this.#nameOf = outcomeNames(keys);
  }

  get pairs(): readonly BranchPair[] {
    return this.#pairs;
  }

  freeName(column: string): string {
    return this.#nameOf(column);
  }

  isKey(name: string): boolean {
    return this.#keys.includes(name);
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  /** The outcome that says a measure, made if need be; a sentence that says why there is none. */
  nameFor(measure: Measure): { readonly name: string } | string {
    const known = this.#named.get(measure.name);
    if (known !== undefined) return { name: known };
    const made = adaptMeasure(this.#adapting, measure, this.#pairs);
    if (typeof made === 'string') return made;
    return { name: this.#add(measure.name, made) };
  }

  #add(column: string, measure: Omit<Measure, 'name'>): string {
    const name = this.#nameOf(column);
    this.#named.set(column, name);
    this.measures.push({ ...measure, name });
    return name;
  }

  /** A measure that only adds to the alert: exactly if possible, else the values it is made of. */
  addForContext(measure: Measure): void {
    if (this.has(measure.name)) return;
    const quiet = attempt(this.#adapting);
    const pairs = this.#pairs.map(({ branch, adapted }) => ({ branch, adapted: withAdapting(adapted, quiet) }));
    const exact = adaptMeasure(quiet, measure, pairs);
    if (typeof exact !== 'string') {
      keepAttempt(this.#adapting, { ...quiet, notes: quiet.notes.filter(({ effect }) => effect === 'context') });
      this.#add(measure.name, exact);
      return;
    }
    const values = summedUp(measure);
    const reason = values === undefined ? exact : this.addValues(measure.name, values, measure.span);
    const wanted = { column: measure.name, use: 'the result rows', span: measure.span };
    if (reason !== undefined) noteLost(this.#adapting, wanted, reason);
  }

  /** The distinct values of a scalar over the branches' columns; a sentence that says why there are none. */
  addValues(column: string, scalar: Scalar, span: Measure['span']): string | undefined {
    const value = quietly(this.#adapting, (quiet) =>
      valueInBranches(
        this.#pairs.map(({ branch, adapted }) => ({ branch, adapted: withAdapting(adapted, quiet) })),
        scalar,
        'shown',
      ),
    );
    if (typeof value === 'string') return value;
    if (readsField(value)) this.#add(column, { fn: 'set', args: [inSeconds(value)], span });
    return undefined;
  }
}

/** A measure over UDM fields; a sentence that says why there is none. */
export function adaptMeasure(
  adapting: Adapting,
  measure: Measure,
  pairs: readonly BranchPair[],
): Omit<Measure, 'name'> | string {
  const { fn, span } = measure;
  const where = measure.where === undefined ? undefined : adaptMeasureWhere(adapting, measure.where, pairs);
  if (typeof where === 'string') return where;
  const filtered = where === undefined ? {} : { where };
  if (fn === 'count') return { fn, args: [], span, ...filtered };
  const takesWhere = fn === 'sum';
  const isSayable = [
    'countDistinct',
    'sum',
    'min',
    'max',
    'average',
    'standardDeviation',
    'variance',
    'set',
    'list',
  ].includes(fn);
  if (!isSayable || (where !== undefined && !takesWhere)) {
    return `YARA-L has no aggregate with the meaning of ${kqlAggregate(measure)}.`;
  }
  const [first, ...others] = measure.args;
  if (first === undefined || others.length > 0)
    return `YARA-L aggregates one value; ${measure.name} has ${measure.args.length}.`;
  const value = valueInBranches(pairs, first, ['countDistinct', 'set', 'list'].includes(fn) ? 'group' : 'value');
  if (typeof value === 'string') return value;
  // Distinct event ids are events.
  if (fn === 'countDistinct' && value.op === 'field' && value.name === EVENT_ID) return { fn: 'count', args: [], span };
  const isNumeric = !['countDistinct', 'set', 'list'].includes(fn);
  return { fn, args: [isNumeric ? numberOf(inSeconds(value)) : inSeconds(value)], span, ...filtered };
}

/** A text that holds a number, as one. */
function numberOf(value: Scalar): Scalar {
  if (value.op !== 'field' || udmKind(value.name, value.path[0]) !== 'text') return value;
  return b.call('toReal', [value], 'real', value.span);
}

/** `countif`: the test in each branch; it must come out the same in all. */
function adaptMeasureWhere(
  adapting: Adapting,
  where: Predicate,
  pairs: readonly BranchPair[],
): Predicate | string | undefined {
  let common: Predicate | undefined;
  for (const { branch, adapted } of pairs) {
    const stored = resolvePredicateIn(branch, where);
    for (const place of adapted.places) {
      const own = attempt(adapting);
      const found = adaptPredicate({ ...place, adapting: own, polarity: 'mixed' }, stored);
      const refused = own.notes.find(({ effect }) => effect === 'refused');
      if (refused !== undefined) return refused.message;
      keepAttempt(adapting, own);
      if (common !== undefined && canonicalTextOfPredicate(common) !== canonicalTextOfPredicate(found)) {
        return 'Its condition is another one in another table.';
      }
      common = found;
    }
  }
  return common;
}

/** The columns that the alert speaks of and that no outcome holds yet. */
function addWanted(adapting: Adapting, detection: Detection, shape: AggregateShape, outcomes: Outcomes): void {
  for (const wanted of wantedColumns(detection)) {
    const above = belowGroupings(shape.groupings, wanted.column);
    const scalar =
      above === undefined
        ? undefined
        : resolveScalarIn({ columns: shape.columns, open: true, hidden: new Set() }, above);
    if (scalar?.op === 'field' && (outcomes.isKey(scalar.name) || outcomes.has(scalar.name))) continue;
    if (scalar?.op === 'field' && shape.measures.some(({ name }) => name === scalar.name)) continue;
    const names = scalar === undefined ? [] : fieldsOf(scalarPart(scalar)).map(({ name }) => name);
    const fromKeys = names.length > 0 && names.every((name) => shape.by.some((key) => key.name === name));
    if (scalar === undefined || !fromKeys) {
      noteLost(adapting, wanted, 'it is not a value of the events or their groups.');
      continue;
    }
    const below = resolveScalarIn(keysOf(shape), scalar);
    const reason = outcomes.addValues(wanted.column, below, wanted.span);
    if (reason !== undefined) noteLost(adapting, wanted, reason);
  }
}

/** As many measures as there is room for; those that the condition asks for first. */
function limitMeasures(
  adapting: Adapting,
  measures: readonly Measure[],
  { needed }: AdaptedCondition,
  room: number,
): readonly Measure[] {
  const isNeeded = ({ name }: Measure): boolean => needed.has(name);
  const sorted = [...measures.filter(isNeeded), ...measures.filter((measure) => !isNeeded(measure))];
  const limited = limitOutcomes(adapting, sorted, room);
  for (const { fn, span } of limited) {
    if (fn !== 'set' && fn !== 'list') continue;
    addNote(adapting, 'list-truncated', 'context', span, 'A list in an outcome holds at most 25 values, in no order.');
    break;
  }
  return limited;
}
