/** The time window of a rule as that of a match section. */
import type { Effect } from '../../src/diagnostic.ts';
import type { Branch, Shape } from '../../src/ir/shape.ts';
import type { Detection, Schedule } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import { WINDOW_LIMITS, writeDuration } from './lexical.ts';
import type { Window } from './logic.ts';

const MINUTE = 60_000;

/** The branches at the bottom of a shape. */
export function branchesOf(shape: Shape): readonly Branch[] {
  switch (shape.shape) {
    case 'events':
      return shape.branches;
    case 'aggregate':
      return shape.events.branches;
    case 'correlation':
      return [...branchesOf(shape.left), ...branchesOf(shape.right)];
    case 'anyOf':
      return shape.of.flatMap(branchesOf);
    case 'other':
      return [];
  }
}

/** How far a branch looks: the narrower of what it says itself and the rule's lookback. Milliseconds. */
export function spanOfBranch(branch: Branch, schedule: Schedule): number | undefined {
  const stretch = stretchOfBranch(branch, schedule);
  return stretch === undefined ? undefined : Math.max(stretch.from - stretch.to, 0);
}

/** From how long before a run, and until how long before it, a branch looks; milliseconds. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

function stretchOfBranch({ window }: Branch, { lookback }: Schedule): Stretch | undefined {
  const from = window?.from === undefined ? undefined : -window.from;
  const to = window?.to === undefined ? 0 : -window.to;
  const reach = from === undefined ? lookback : lookback === undefined ? from : Math.min(from, lookback);
  return reach === undefined ? undefined : { from: reach, to };
}

/** From the earliest to the latest event of all stretches: windows of one length may lie beside each other. */
function lengthOfAll(stretches: readonly Stretch[]): number {
  const from = Math.max(...stretches.map((one) => one.from));
  const to = Math.min(...stretches.map((one) => one.to));
  return Math.max(from - to, 0);
}

/** The rule's running has no home in its text; where it misses events between its runs, YARA-L does not. */
export function noteSchedule(
  adapting: Adapting,
  detection: Detection,
  branches: readonly Branch[],
  windowed: boolean,
): void {
  const { schedule } = detection;
  const { frequency } = schedule;
  const spans = branches.map((branch) => spanOfBranch(branch, schedule)).filter((span) => span !== undefined);
  const least = Math.min(...spans);
  if (frequency !== undefined && spans.length > 0 && least < frequency) {
    const message = `The rule runs every ${minutes(frequency)} and looks at ${minutes(least)}; YARA-L looks at all events.`;
    addNote(adapting, 'schedule', 'wider', schedule.span, message);
    return;
  }
  if (frequency === undefined && schedule.lookback === undefined) return;
  const alerts = windowed ? 'each group is' : 'each event is looked at once and is';
  const message = `How often the rule runs is set in Google SecOps, not in the rule; ${alerts} a detection of its own.`;
  addNote(adapting, 'schedule', 'context', schedule.span, message);
}

const minutes = (duration: number): string => writeDuration(duration) ?? `${Math.round(duration / 1000)} s`;

/**
 * The window in which events are grouped or joined. `bucket`: the width of the time slots that the rule groups by.
 * `losing`: what it does to leave events out of a window.
 */
export function adaptWindow(
  adapting: Adapting,
  detection: Detection,
  branches: readonly Branch[],
  span: Span,
  losing: Effect,
  bucket?: number,
): Window | undefined {
  const { schedule } = detection;
  const stretches = branches.map((branch) => stretchOfBranch(branch, schedule));
  const known = stretches.filter((one) => one !== undefined);
  const wanted = bucket ?? (known.length < stretches.length || known.length === 0 ? undefined : lengthOfAll(known));
  if (wanted === undefined) {
    const message = 'The rule says of no time window in which its events are to be grouped; YARA-L needs one.';
    leaveOut(
      adapting,
      'window',
      losing,
      span,
      message,
      'Give the rule a lookback, or the query a bound on TimeGenerated.',
    );
    return adapting.options.bestEffort ? { kind: 'hop', size: 24 * 60 * MINUTE } : undefined;
  }
  if (bucket === undefined && known.some(({ from, to }) => Math.max(from - to, 0) !== wanted)) {
    const message = 'The parts of the rule look at different windows; a match section has one.';
    leaveOut(adapting, 'window', 'differs', span, message);
    if (!adapting.options.bestEffort) return undefined;
  }
  const size = fitted(wanted);
  if (size !== wanted) {
    const effect = size < wanted ? losing : losing === 'narrower' ? 'wider' : 'differs';
    const message = `A match section spans whole minutes, 1 minute to 48 hours; this window is ${minutes(wanted)}.`;
    leaveOut(adapting, 'window', effect, span, message);
    if (!adapting.options.bestEffort) return undefined;
  }
  if (bucket !== undefined) return { kind: 'tumbling', size };
  const { frequency } = schedule;
  if (frequency !== undefined && frequency >= wanted) return { kind: 'tumbling', size };
  const message =
    'YARA-L looks at overlapping windows of this length; they begin at other instants than the rule’s runs.';
  addNote(adapting, 'window-alignment', 'context', span, message);
  return { kind: 'hop', size };
}

/** The nearest window that can be written. */
function fitted(size: number): number {
  const whole = Math.ceil(size / MINUTE) * MINUTE;
  return Math.min(Math.max(whole, WINDOW_LIMITS.least), WINDOW_LIMITS.most);
}
