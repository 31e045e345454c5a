/** Events given by the user: JSON, one event or one set of events a line. */
import { timeOfEvent } from '../eval/index.ts';
import type { EventRecord } from '../eval/index.ts';
import type { Json } from '../ir/types.ts';
import type { Case } from './index.ts';

/**
 * Reads a file of events. A line is an event with its table in `Type` or `Table`, or an object with `events` (and a name
 * in `case`), which are run together. Plain events are run together, and each by itself.
 *
 * The rule runs at the time of the last event.
 */
export function readCases(text: string): { readonly cases: readonly Case[]; readonly problem?: string } {
  const cases: Case[] = [];
  const single: EventRecord[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line);
    if (parsed === undefined) return { cases: [], problem: `line ${index + 1} is no JSON object` };
    const { events } = parsed;
    if (Array.isArray(events)) {
      const records = (events as readonly Json[]).map(recordOf);
      if (records.some((one) => one === undefined)) return { cases: [], problem: noTable(index) };
      const name = parsed['case'];
      cases.push(caseOf(typeof name === 'string' ? name : `line ${index + 1}`, present(records)));
      continue;
    }
    const record = recordOf(parsed);
    if (record === undefined) return { cases: [], problem: noTable(index) };
    single.push(record);
    cases.push(caseOf(`the event in line ${index + 1}`, [record]));
  }
  if (single.length > 1) cases.push(caseOf('all events together', single));
  return { cases };
}

const noTable = (index: number): string => `line ${index + 1}: an event has its table's name in Type or Table`;

const present = (records: readonly (EventRecord | undefined)[]): readonly EventRecord[] =>
  records.filter((one) => one !== undefined);

type Bag = { readonly [key: string]: Json };

function parseLine(line: string): Bag | undefined {
  try {
    const json = JSON.parse(line) as Json;
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Bag) : undefined;
  } catch {
    return undefined;
  }
}

function recordOf(json: Json): EventRecord | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { Table: table, ...rest } = json as Bag;
  const type = rest['Type'] ?? table;
  return typeof type === 'string' ? { ...rest, Type: type } : undefined;
}

function caseOf(purpose: string, events: readonly EventRecord[]): Case {
  const times = events.map(timeOfEvent).filter((time) => time !== undefined);
  // A moment later, so that the last event lies within the run.
  const now = times.length === 0 ? {} : { now: Math.max(...times) + 1000 };
  return { purpose, span: undefined, events, ...now };
}
