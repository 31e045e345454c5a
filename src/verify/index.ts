/**
 * Evidence: a rule and its outputs, run on the same events. Each output is read back from its text and evaluated with its
 * own language's meaning; what it claims (its verdict) and what is seen must fit.
 *
 * Compared is whether the rule **alerts** on a case, a small set of events: how many rows an alert has, and what it says
 * about them, is no part of it (what is lost of that is noted as `context`).
 */
import type { EventCarrier, EventsInTarget, Output, Target } from '../../targets/target.ts';
import { targetById } from '../../targets/index.ts';
import type { Crosswalk } from '../../targets/fields/types.ts';
import type { Diagnostic, Verdict } from '../diagnostic.ts';
import { isTriggered, timeOfEvent } from '../eval/index.ts';
import type { ColumnTypes, EventRecord, Row, Tables } from '../eval/index.ts';
import { evaluateRelation } from '../eval/relation.ts';
import { EvaluationUnsupported } from '../eval/value.ts';
import type { Detection, Relation, TimeWindow } from '../ir/types.ts';
import { partsOf, relationPart, tablesOf as tablesReadBy } from '../ir/walk.ts';
import { SourceFile } from '../source.ts';
import type { Span } from '../source.ts';
import { columnTypesOf, firesOnRecords, tablesOf, WATCHLIST, WITNESS_TIME, witnessesOf } from '../witness/index.ts';
import type { Witnesses } from '../witness/index.ts';

/** Events on which a rule and its outputs are run, together. */
export interface Case {
  readonly purpose: string;
  readonly span: Span | undefined;
  readonly events: readonly EventRecord[];
  /** Columns that the case is about. */
  readonly about?: readonly string[];
  /** When the rule runs; milliseconds since 1970. */
  readonly now?: number;
}

export interface Disagreement {
  readonly purpose: string;
  readonly span: Span | undefined;
  /** In Sentinel's columns, as the target has them. */
  readonly events: readonly EventRecord[];
  readonly source: boolean;
  readonly output: boolean;
  /** Whether it contradicts the verdict: `exact` that disagrees, `wider` that misses, `narrower` that alerts on more. */
  readonly contradicts: boolean;
}

export interface Verification {
  readonly target: string;
  readonly verdict: Verdict;
  /** `verified`: nothing contradicts the verdict; `contradicted`; `notRun`: there is nothing to run (see `reason`). */
  readonly status: 'verified' | 'contradicted' | 'notRun';
  readonly reason?: string;
  readonly compared: number;
  readonly agreeing: number;
  readonly disagreements: readonly Disagreement[];
}

export interface RuleVerification {
  readonly witnesses: Witnesses;
  readonly cases: number;
  readonly outputs: readonly Verification[];
}

export interface VerifyOptions {
  readonly crosswalk: Crosswalk;
  /** Cases beside the witnesses. */
  readonly cases?: readonly Case[];
  /** The most witnesses for a rule. */
  readonly most?: number;
}

/** Runs a rule and its outputs on witnesses and on cases of your own. */
export function verifyRule(detection: Detection, outputs: readonly Output[], options: VerifyOptions): RuleVerification {
  const witnesses = witnessesOf(detection, options.most === undefined ? {} : { most: options.most });
  const cases: readonly Case[] = [...witnesses.witnesses, ...(options.cases ?? [])];
  return {
    witnesses,
    cases: cases.length,
    outputs: outputs.map((output) => verifyOutput(detection, output, cases, options, witnesses.problem)),
  };
}

/** Runs a rule and one of its outputs on cases. `problem`: why there are no witnesses among them. */
export function verifyOutput(
  detection: Detection,
  output: Output,
  cases: readonly Case[],
  options: Pick<VerifyOptions, 'crosswalk'>,
  problem?: string,
): Verification {
  const head = { target: output.target, verdict: output.verdict };
  const notRun = (reason: string): Verification => ({
    ...head,
    status: 'notRun',
    reason,
    compared: 0,
    agreeing: 0,
    disagreements: [],
  });
  const target = targetById(output.target);
  if (output.verdict === 'refused' || output.files.length === 0) return notRun('there is no output');
  if (problem !== undefined) return notRun(`the evaluator does not run ${problem}`);
  if (target?.running === undefined) return notRun('events cannot be carried into this target');
  const { raised: found, diagnostics } = readBack(target, output);
  if (found === undefined) {
    const [first] = diagnostics;
    return {
      ...notRun(`the output cannot be read back${first === undefined ? '' : `: ${first.message}`}`),
      status: 'contradicted',
    };
  }
  const { running } = target;
  const raised = found.map((each) => ({ ...each, query: running.prepare?.(each.query) ?? each.query }));
  const reads = raised.flatMap(({ query }) => tablesReadBy(query));
  const types = columnTypesOf(detection);
  const carrier = running.carryEvents({ query: detection.query, crosswalk: options.crosswalk, types, reads });
  return compare(head, detection, raised, carrier, cases);
}

/** The Detections that an output's files are, each in the target's words. */
function readBack(
  target: Target,
  output: Output,
): { readonly raised: readonly Detection[] | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const raised: Detection[] = [];
  for (const file of output.files) {
    const { detection, diagnostics } = target.read(new SourceFile(file.name, file.text));
    if (detection === undefined) return { raised: undefined, diagnostics };
    raised.push(detection);
  }
  return { raised, diagnostics: [] };
}

function compare(
  head: { readonly target: string; readonly verdict: Verdict },
  detection: Detection,
  raised: readonly Detection[],
  carrier: EventCarrier,
  cases: readonly Case[],
): Verification {
  const types = columnTypesOf(detection);
  const windows = windowsOf(detection.query);
  const disagreements: Disagreement[] = [];
  let compared = 0;
  let reason: string | undefined;
  for (const one of cases) {
    const now = one.now ?? WITNESS_TIME;
    const lists = one.events.filter((event) => event.Type.startsWith(WATCHLIST));
    const seen = one.events.filter(
      (event) => !event.Type.startsWith(WATCHLIST) && isInTime(event, detection, windows, raised, now),
    );
    const carried = carrier(seen, one.about);
    try {
      const source = firesOnRecords(detection, [...carried.events, ...lists], now, types);
      const references = referencesOf(lists, types);
      const output = raised.some((each) => firesInTarget(each, detection, carried, references, now));
      compared++;
      if (source !== output) {
        const contradicts = isContradiction(head.verdict, source, output);
        disagreements.push({
          purpose: one.purpose,
          span: one.span,
          events: [...carried.events, ...lists],
          source,
          output,
          contradicts,
        });
      }
    } catch (error) {
      if (!(error instanceof EvaluationUnsupported)) throw error;
      reason ??= error.message;
    }
  }
  const contradicted = disagreements.some(({ contradicts }) => contradicts);
  const status = contradicted ? 'contradicted' : compared === 0 ? 'notRun' : 'verified';
  return {
    ...head,
    status,
    ...(reason === undefined ? {} : { reason }),
    compared,
    agreeing: compared - disagreements.length,
    disagreements,
  };
}

function isContradiction(verdict: Verdict, source: boolean, output: boolean): boolean {
  if (source === output) return false;
  switch (verdict) {
    case 'exact':
      return true;
    case 'wider':
      return source;
    case 'narrower':
      return output;
    case 'differs':
    case 'refused':
      return false;
  }
}

const referencesOf = (lists: readonly EventRecord[], types: ColumnTypes): Tables =>
  tablesOf(
    lists.map(({ Type: table, ...columns }) => ({ table, columns: new Map(Object.entries(columns)) })),
    types,
  ).references;

// ---------------------------------------------------------------------------------------------- time

/**
 * A rule without a schedule sees each event when it comes, in a run of its own so to say: events that the source's run
 * does not look at are left out, for another of its runs does. That is so for the lookback of the schedule and for the
 * windows that the query itself has (`where TimeGenerated > ago(1d)`).
 */
function isInTime(
  event: EventRecord,
  detection: Detection,
  windows: ReadonlyMap<string, readonly (TimeWindow | undefined)[]>,
  raised: readonly Detection[],
  now: number,
): boolean {
  if (raised.some(({ schedule }) => schedule.frequency !== undefined)) return true;
  const time = timeOfEvent(event);
  if (time === undefined) return true;
  const { lookback } = detection.schedule;
  if (time > now || (lookback !== undefined && time < now - lookback)) return false;
  const own = windows.get(event.Type);
  return own?.some((window) => window === undefined || isWithin(window, time - now)) ?? true;
}

/** The windows of the places that read a table, by its name; `undefined` where one reads all of it. */
function windowsOf(query: Relation): ReadonlyMap<string, readonly (TimeWindow | undefined)[]> {
  const windows = new Map<string, (TimeWindow | undefined)[]>();
  for (const { node } of partsOf(relationPart(query))) {
    if (node.op !== 'source') continue;
    const known = windows.get(node.table);
    if (known === undefined) windows.set(node.table, [node.window]);
    else known.push(node.window);
  }
  // A search over all tables reads each of them.
  return windows.has('*') ? new Map() : windows;
}

/** Whether a time, in milliseconds from the run's, lies in a window. */
function isWithin({ from, to, includesFrom, includesTo }: TimeWindow, time: number): boolean {
  const isAfter = from === undefined || (includesFrom ? time >= from : time > from);
  return isAfter && (to === undefined || (includesTo ? time <= to : time < to));
}

/** Whether an output alerts: at the scheduled time, or, where it runs all the time, at any of its events. */
function firesInTarget(
  raised: Detection,
  source: Detection,
  { tables, timeColumn }: EventsInTarget,
  references: Tables,
  now: number,
): boolean {
  const { schedule, query } = raised;
  const alerts = (events: Tables, at: number, lookback: number | undefined): boolean => {
    const rows = evaluateRelation(query, events, {
      now: at,
      references,
      ...(lookback === undefined ? {} : { lookback }),
    });
    return isTriggered(schedule, rows.length);
  };
  if (schedule.frequency !== undefined) return alerts(tables, now, schedule.lookback);
  const { lookback } = schedule;
  if (lookback === undefined || lookback >= (source.schedule.lookback ?? Infinity))
    return alerts(tables, now, undefined);
  const timeOfRow = (row: Row): number | undefined => {
    const time = row.get(timeColumn);
    return time?.type === 'datetime' ? time.value : undefined;
  };
  const ends = new Set<number>();
  for (const rows of tables.values()) for (const row of rows) ends.add(timeOfRow(row) ?? now);
  return [...ends].some((end) => {
    const isInside = (row: Row): boolean => {
      const time = timeOfRow(row);
      return time === undefined || (time >= end - lookback && time <= end);
    };
    const inside = new Map([...tables].map(([name, rows]) => [name, rows.filter(isInside)]));
    return alerts(inside, end, undefined);
  });
}
