/**
 * Runs Detections over events: the semantics of `ir/types.ts`, executable. What it does not run it refuses by name
 * ({@link EvaluationUnsupported}); regular expressions take linear time; nothing reads a clock.
 */
import type { Detection, Json, Relation, ScalarType, Schedule } from '../ir/types.ts';
import { fieldsOf, partsOf, relationPart } from '../ir/walk.ts';
import { parseDatetime } from './instants.ts';
import { evaluateRelation } from './relation.ts';
import type { EvaluationOptions, Tables } from './relation.ts';
import { valueFromJson } from './value.ts';
import type { Row } from './value.ts';

export { evaluateRelation } from './relation.ts';
export type { EvaluationOptions, Tables } from './relation.ts';
export { EvaluationUnsupported } from './value.ts';
export type { Row } from './value.ts';

/** An event as JSON: its columns, and in `Type` the name of its table. */
export type EventRecord = { readonly Type: string; readonly [column: string]: Json };

/** The type of a table's column, where it is known. */
export type ColumnTypes = (table: string, column: string) => ScalarType | undefined;

export interface FiringOptions extends EvaluationOptions {
  /** Default: the types that the detection's own fields are marked with. */
  readonly columnTypes?: ColumnTypes;
}

/** Whether the detection alerts when it runs at `now` over these events. */
export function fires(detection: Detection, events: readonly EventRecord[], options: FiringOptions): boolean {
  return isTriggered(detection.schedule, alertRows(detection, events, options).length);
}

/** Whether so many result rows make an alert. */
export function isTriggered({ trigger: { test, threshold } }: Schedule, rows: number): boolean {
  switch (test) {
    case '==':
      return rows === threshold;
    case '!=':
      return rows !== threshold;
    case '<':
      return rows < threshold;
    case '<=':
      return rows <= threshold;
    case '>':
      return rows > threshold;
    case '>=':
      return rows >= threshold;
  }
}

/** The rows that the detection's query returns when it runs at `now` over these events. */
export function alertRows(
  detection: Detection,
  events: readonly EventRecord[],
  options: FiringOptions,
): readonly Row[] {
  const types = options.columnTypes ?? columnTypesIn(detection.query);
  const { lookback } = detection.schedule;
  const bounds = lookback === undefined ? options : { lookback, ...options };
  return evaluateRelation(detection.query, tablesOfEvents(events, types), bounds);
}

/** When an event was recorded; milliseconds since 1970. */
export function timeOfEvent(event: EventRecord): number | undefined {
  const time = event['TimeGenerated'] ?? event['Timestamp'];
  const instant = typeof time === 'string' ? parseDatetime(time) : undefined;
  return instant === undefined || Number.isNaN(instant) ? undefined : instant;
}

/** Events as tables of typed rows. */
export function tablesOfEvents(events: readonly EventRecord[], columnTypes: ColumnTypes): Tables {
  const tables = new Map<string, Row[]>();
  for (const event of events) {
    const row: Row = new Map(
      Object.entries(event).map(([name, json]) => [
        name,
        valueFromJson(json, columnTypes(event.Type, name) ?? 'unknown'),
      ]),
    );
    const rows = tables.get(event.Type);
    if (rows === undefined) tables.set(event.Type, [row]);
    else rows.push(row);
  }
  return tables;
}

/** The column types that a query's own fields tell; a name with two types has none. */
export function columnTypesIn(query: Relation): ColumnTypes {
  const types = new Map<string, ScalarType | undefined>();
  const note = (name: string, type: ScalarType): void => {
    if (type === 'unknown') return;
    types.set(name, types.has(name) && types.get(name) !== type ? undefined : type);
  };
  for (const place of fieldsOf(relationPart(query))) note(place.name, place.path.length === 0 ? place.type : 'dynamic');
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind === 'relation' && node.op === 'source') note(node.timeColumn, 'datetime');
  }
  return (_, column) => (column === 'Type' ? 'string' : types.get(column));
}
