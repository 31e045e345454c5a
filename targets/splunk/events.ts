/** Sentinel's events as Splunk has them: all in one index, told apart by fields, with the event's text. */
import { withTimesInSeconds } from '../../src/eval/epoch-seconds.ts';
import { timeOfEvent } from '../../src/eval/index.ts';
import type { Row } from '../../src/eval/index.ts';
import { jsonOf, jsonText, longValue, realValue, textOf, textValue } from '../../src/eval/value.ts';
import type { Json, PathStep, Value } from '../../src/ir/types.ts';
import { field } from '../../src/ir/build.ts';
import { assign } from '../../src/witness/draft.ts';
import { EventPlacer } from '../fields/rule-events.ts';
import type { EventsRequest, PlacedEvent } from '../fields/rule-events.ts';
import type { EventCarrier, Running } from '../target.ts';

import { safeName } from './quoting.ts';
import { RAW, TIME } from './support.ts';
import { INDEX } from './raise-pipeline.ts';

function carryEvents(request: EventsRequest): EventCarrier {
  const placer = new EventPlacer('splunk', request, (source) => source.terms);
  return (events, about = []) => {
    const rows: Row[] = [];
    const carried = events.map((event) => {
      const placed = placer.placeInOne(event, about, (source) => JSON.stringify([...source.terms]));
      if (placed === undefined) return event;
      rows.push(rowOf(placed));
      return placed.event;
    });
    return { tables: new Map([[INDEX, rows]]), timeColumn: TIME, events: carried };
  };
}

function rowOf(placed: PlacedEvent<'splunk'>): Row {
  const { match, fields, values, event, table } = placed;
  const row = new Map<string, Value>();
  if (match === undefined) row.set('sourcetype', textValue(table));
  for (const [name, [first]] of match?.source.terms ?? []) {
    if (first === undefined) continue;
    row.set(name, /^\d{1,15}$/.test(first) ? longValue(BigInt(first)) : textValue(first.replaceAll('*', 'x')));
  }
  for (const { place, mapping, value } of values) {
    if (mapping !== undefined) continue;
    const name = [place.name, ...place.path].reduce<string>((written, step) => {
      if (typeof step === 'number') return `${written}{}`;
      return written === '' ? safeName(step) : `${written}.${safeName(step)}`;
    }, '');
    row.set(name, asField(value));
    const whole = event[place.name];
    if (place.path.length > 0 && whole !== undefined && !row.has(safeName(place.name))) {
      row.set(safeName(place.name), textValue(jsonText(whole)));
    }
  }
  for (const [name, value] of fields) if (name !== RAW) row.set(name, asField(value));
  row.set(RAW, textValue(rawOf(placed)));
  const time = timeOfEvent(event);
  if (time !== undefined) row.set(TIME, realValue(time / 1000));
  return row;
}

/** Structures are kept as JSON, an instant as its text. */
function asField(value: Value): Value {
  if (value.type === 'dynamic' && typeof value.value === 'object') return textValue(jsonText(value.value));
  return value.type === 'datetime' || value.type === 'guid' ? textValue(textOf(value)) : value;
}

/** The event's text: JSON where the crosswalk speaks of places in it, else the texts that it is said to hold. */
function rawOf({ fields, values }: PlacedEvent<'splunk'>): string {
  const isJson = values.some(({ mapping }) => mapping?.json !== undefined || mapping?.field.includes('{}') === true);
  if (!isJson) return textOf(fields.get(RAW) ?? textValue(keywordsOf(values)));
  let draft = { table: '', columns: new Map<string, Json>() as ReadonlyMap<string, Json> };
  // Places inside others come after them.
  const placed = values
    .flatMap(({ place, mapping, value }) => {
      const written = mapping?.json ?? mapping?.field;
      if (written === undefined || written === '' || written === RAW) return [];
      return [{ path: jsonPath(written, place.path, mapping?.json !== undefined), value }];
    })
    .sort((left, right) => left.path.length - right.path.length);
  for (const { path, value } of placed) {
    const isAbove = placed.some(
      (other) => other.path.length > path.length && path.every((step, at) => step === other.path[at]),
    );
    const json = parsed(jsonOf(value));
    // A text where others have a structure is in a structure here, too.
    const isLoose = isAbove && (typeof json !== 'object' || json === null);
    const [name, ...rest] = isLoose ? [...path, 'detail'] : path;
    if (typeof name !== 'string') continue;
    draft = { ...assign(draft, [{ place: field(name, rest), value: json }]) };
  }
  return JSON.stringify(Object.fromEntries(draft.columns));
}

function keywordsOf(values: PlacedEvent<'splunk'>['values']): string {
  const texts = values.flatMap(({ mapping, value }) => (mapping?.relation.kind === 'keyword' ? [textOf(value)] : []));
  return texts.join(' ');
}

/** `a{}.b` with the positions of the column's path; `all`: those that are left belong behind it. */
function jsonPath(written: string, columnPath: readonly PathStep[], all: boolean): readonly PathStep[] {
  const positions = columnPath.filter((step) => typeof step === 'number');
  const path: PathStep[] = [];
  let next = 0;
  for (const part of written.split('.')) {
    const [, key = part, lists = ''] = /^([^{}]*)((?:\{\})*)$/.exec(part) ?? [];
    path.push(key);
    for (let count = lists.length / 2; count > 0; count--) path.push(positions[next++] ?? 0);
  }
  return all ? [...path, ...positions.slice(next)] : path;
}

/** A structure that stands in a column as its text is one in the event. */
function parsed(json: Json): Json {
  if (typeof json !== 'string' || !/^\s*[[{]/.test(json)) return json;
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}

export const running: Running = { carryEvents, prepare: withTimesInSeconds };
