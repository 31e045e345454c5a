/** A rule on single events as a rule without a match section, or with one where a number of rows triggers the alert. */
import * as b from '../../src/ir/build.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Branch, EventsShape, Limit } from '../../src/ir/shape.ts';
import type { Detection, NamedScalar, Predicate, Scalar, Schedule } from '../../src/ir/types.ts';
import { partsOf, predicatePart } from '../../src/ir/walk.ts';
import { adaptBranch, type AdaptedBranch, anyBranch, commonEntries } from './adapt-branch.ts';
import {
  belowGroupings,
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
import { inSeconds } from './adapt-times.ts';
import { adaptWindow, noteSchedule } from './adapt-window.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import { countName, type Logic, ONLY_VARIABLE, type Placeholder } from './logic.ts';
import { udmField } from './udm-path.ts';

/** A branch and what became of it. */
export interface BranchPair {
  readonly branch: Branch;
  readonly adapted: AdaptedBranch;
}

export function adaptBranches(
  adapting: Adapting,
  branches: readonly Branch[],
  polarity: Polarity,
  also: (branch: Branch) => Predicate = () => b.constant(true),
): readonly BranchPair[] {
  return branches.flatMap((branch) => {
    noteExpansions(adapting, branch);
    const adapted = adaptBranch(adapting, branch, polarity, also(branch));
    return adapted === undefined ? [] : [{ branch, adapted }];
  });
}

/** In UDM the elements of a list stand in several fields, which do not say which belong together. */
function noteExpansions(adapting: Adapting, { where, expansions }: Branch): void {
  for (const { id, span } of expansions) {
    const tests = [...partsOf(predicatePart(where))].filter(
      ({ kind, node }) =>
        kind === 'scalar' && node.op === 'call' && node.fn === 'anyElement' && isText(node.args[1], id),
    );
    if (tests.length < 2) continue;
    const message =
      'The tests on one element of this list become tests on several UDM lists, whose elements are not paired.';
    addNote(adapting, 'value-differs', 'wider', span, message);
  }
}

const isText = (scalar: Scalar | undefined, text: string): boolean =>
  scalar?.op === 'literal' && scalar.value.type === 'string' && scalar.value.value === text;

/** How many result rows trigger the alert: more than `rows`; `undefined`: some other condition. */
export function triggerRows({ trigger }: Schedule): number | undefined {
  const { test, threshold } = trigger;
  if (test === '>') return threshold;
  if (test === '>=') return threshold - 1;
  return test === '!=' && threshold === 0 ? 0 : undefined;
}

/** `top` and `take` choose among the rows; without them every row is an alert. */
export function noteLimits(adapting: Adapting, limits: readonly Limit[]): void {
  for (const { count, span } of limits) {
    addNote(
      adapting,
      'row-limit',
      'wider',
      span,
      `YARA-L makes a detection of every row, not only of ${count} of them.`,
    );
  }
}

export function adaptEvents(adapting: Adapting, detection: Detection, shape: EventsShape): Logic | undefined {
  const { branches, groupings, limits } = shape;
  const { schedule } = detection;
  const pairs = adaptBranches(adapting, branches, 'positive');
  const where = anyBranch(
    pairs.map(({ adapted }) => adapted),
    branches[0]?.span ?? schedule.span,
  );
  if (where === undefined) return undefined;
  for (const { span } of groupings) {
    addNote(
      adapting,
      'one-alert-per-event',
      'context',
      span,
      'Each event is a detection of its own; nothing is summed up.',
    );
  }
  noteLimits(adapting, limits);
  const rows = triggerRows(schedule);
  const counted = rows !== undefined && rows > 0 && groupings.length === 0;
  if (rows === undefined) {
    leaveOut(
      adapting,
      'alert-threshold',
      'differs',
      schedule.span,
      'YARA-L makes detections of what is there, not of how few rows there are.',
    );
  } else if (rows > 0 && !counted) {
    leaveOut(
      adapting,
      'alert-threshold',
      'wider',
      schedule.span,
      `That there are more than ${rows} result rows cannot be asked for.`,
    );
  }
  noteSchedule(adapting, detection, branches, counted);
  const base = {
    variables: [{ name: ONLY_VARIABLE, source: 'udm', where, absent: false }],
    across: b.constant(true),
  } as const;
  if (!counted) {
    const computed = eventOutcomes(adapting, detection, shape, pairs);
    return { ...base, placeholders: [], window: undefined, measures: [], computed, condition: b.constant(true) };
  }
  const span = schedule.span;
  const key = constantKey(adapting, pairs, span);
  const window = adaptWindow(adapting, detection, branches, span, 'narrower');
  if (key === undefined || window === undefined) return undefined;
  const count = countName(ONLY_VARIABLE);
  return {
    ...base,
    placeholders: [key],
    window,
    measures: [{ name: count, fn: 'count', args: [], span }],
    computed: riskScore(detection),
    condition: b.compare(b.field(count, [], 'long'), '>', b.long(rows), span),
  };
}

/** A match variable that is the same in all events, for rules that have one group; `undefined` when there is none. */
export function constantKey(
  adapting: Adapting,
  pairs: readonly BranchPair[],
  span: BranchPair['branch']['span'],
): Placeholder | undefined {
  const common = commonEntries(pairs.map(({ adapted }) => adapted.fixed));
  const [field] = [...common.keys()].sort((x, y) => rank(x) - rank(y));
  if (field === undefined) {
    const message = 'All events are one group; a match section groups by a field, and none is the same in all of them.';
    leaveOut(adapting, 'single-group', 'refused', span, message);
    return undefined;
  }
  const name = field.split('.').at(-1) ?? 'group';
  return { name, values: [{ variable: ONLY_VARIABLE, value: udmField(field, [], span) }], grouped: true };
}

const RANKS = ['metadata.log_type', 'metadata.product_name', 'metadata.vendor_name', 'metadata.event_type'];
const rank = (field: string): number => (RANKS.includes(field) ? RANKS.indexOf(field) : RANKS.length);

/** The columns that the alert speaks of, as values of the event. */
function eventOutcomes(
  adapting: Adapting,
  detection: Detection,
  { groupings }: EventsShape,
  pairs: readonly BranchPair[],
): readonly NamedScalar[] {
  const nameOf = outcomeNames([]);
  const found: NamedScalar[] = [];
  for (const wanted of wantedColumns(detection)) {
    const scalar = belowGroupings(groupings, wanted.column);
    if (scalar === undefined) {
      noteLost(adapting, wanted, 'it is made of several events.');
      continue;
    }
    const value = quietly(adapting, (quiet) =>
      valueInBranches(
        pairs.map(({ branch, adapted }) => ({ branch, adapted: withAdapting(adapted, quiet) })),
        scalar,
        'shown',
      ),
    );
    if (typeof value === 'string') noteLost(adapting, wanted, value);
    else if (readsField(value)) found.push({ name: nameOf(wanted.column), value: inSeconds(value) });
  }
  const score = riskScore(detection);
  return [...score, ...limitOutcomes(adapting, found, MOST_OUTCOMES - score.length)];
}
