/** Over which time a correlation looks. */
import type { Branch } from '../../src/ir/shape.ts';
import type { Detection } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import type { Adapting } from './adapt-notes.ts';

const DAY = 86_400_000;

/**
 * The time span of a correlation over the branches' events, in milliseconds (whole seconds): what the query itself says
 * of windows and distances (`own`), the window of its events or the lookback of the rule, whichever is the shortest;
 * of events in several windows, from the beginning of the first to the end of the last.
 */
export function timespanOf(
  detection: Detection,
  branches: readonly Branch[],
  own: number | undefined,
  span: Span,
  adapting: Adapting,
): number {
  const { lookback } = detection.schedule;
  const lengths = new Set(branches.map((branch) => Math.min(windowLength(branch, lookback), own ?? Infinity)));
  const known = [...lengths].filter((length) => Number.isFinite(length));
  const bounded = branches.filter((branch) => Number.isFinite(windowLength(branch, lookback)));
  // Windows may lie beside each other: the span reaches from the beginning of the first to the end of the last.
  const begin = Math.min(...bounded.map((branch) => windowBegin(branch, lookback)));
  const end = Math.max(...bounded.map(({ window }) => window?.to ?? 0));
  const longest =
    known.length === 0 ? Infinity : Math.min(bounded.length === 0 ? Infinity : end - begin, own ?? Infinity);
  if (lengths.size > 1 || known.some((length) => length < longest)) {
    const message = 'The parts of the rule look at different times; a span that holds all known ones is taken.';
    adapting.note('time-window-lost', known.length === lengths.size ? 'wider' : 'differs', span, message);
  }
  if (!Number.isFinite(longest)) {
    adapting.note('no-timespan', 'differs', span, 'The rule does not say over which time it counts; one day is taken.');
    return DAY;
  }
  const seconds = Math.max(1, Math.ceil(longest / 1000));
  if (seconds * 1000 !== longest) {
    adapting.note('timespan-rounded', 'wider', span, `The time span is rounded up to ${seconds} s.`);
  }
  return seconds * 1000;
}

/** How much time a branch's events are from; infinite when nothing bounds it. */
function windowLength(branch: Branch, lookback: number | undefined): number {
  return (branch.window?.to ?? 0) - windowBegin(branch, lookback);
}

function windowBegin({ window }: Branch, lookback: number | undefined): number {
  return Math.max(window?.from ?? -Infinity, lookback === undefined ? -Infinity : -lookback);
}
