/** Sentinel's events as UDM events. */
import { withTimesInSeconds } from '../../src/eval/epoch-seconds.ts';
import { timeOfEvent } from '../../src/eval/index.ts';
import type { Row } from '../../src/eval/index.ts';
import {
  datetimeValue,
  dynamicValue,
  jsonOf,
  longValue,
  textOf,
  textValue,
  toBool,
  toLong,
  valueFromJson,
} from '../../src/eval/value.ts';
import type { Json, Value } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { EventPlacer } from '../fields/rule-events.ts';
import type { EventsRequest, PlacedEvent } from '../fields/rule-events.ts';
import type { UdmLogSource } from '../fields/types.ts';
import type { EventCarrier, Running } from '../target.ts';
import { EVENT_ID } from './emit.ts';
import { EVENT_TIME, udmKind } from './udm.ts';
import { parseMappedField } from './udm-path.ts';

const TIMESTAMP = 'metadata.event_timestamp';

function carryEvents(request: EventsRequest): EventCarrier {
  const placer = new EventPlacer('udm', request, fixedFields);
  return (events, about = []) => {
    const rows: Row[] = [];
    const carried = events.map((event, index) => {
      const placed = placer.placeInOne(event, about, (source) => JSON.stringify(source));
      if (placed === undefined) return event;
      rows.push(rowOf(placed, index));
      return placed.event;
    });
    return { tables: new Map([['udm', rows]]), timeColumn: TIMESTAMP, events: carried };
  };
}

function rowOf({ match, fields, event, others }: PlacedEvent<'udm'>, index: number): Row {
  const row = new Map<string, Value>([[EVENT_ID, textValue(`event${index}`)]]);
  if (match !== undefined)
    for (const [name, value] of metadataOf(match.source, others)) row.set(name, textValue(value));
  for (const [written, value] of fields) {
    const field = parseMappedField(written, NO_SPAN);
    if (field === undefined) continue;
    const [key] = field.path;
    if (key === undefined) {
      const fitted = fit(field.name, value);
      if (fitted !== undefined) row.set(field.name, fitted);
      if (fitted?.type === 'datetime') row.set(`${field.name}.seconds`, longValue(Math.floor(fitted.value / 1000)));
      continue;
    }
    const before = row.get(field.name);
    const bag = before?.type === 'dynamic' ? (before.value as { readonly [name: string]: Json }) : {};
    row.set(field.name, dynamicValue({ ...bag, [String(key)]: textOf(value) }));
  }
  const time = timeOfEvent(event);
  if (time !== undefined) {
    row.set(EVENT_TIME, longValue(Math.floor(time / 1000)));
    row.set(TIMESTAMP, datetimeValue(time));
  }
  return row;
}

/** What the log source's tests ask for; of several values the first that no log source of other events asks for. */
function metadataOf(source: UdmLogSource, others: readonly UdmLogSource[]): readonly (readonly [string, string])[] {
  const keys = ['logType', 'eventType', 'productEventType', 'productName', 'vendorName'] as const;
  return keys.flatMap((key) => {
    const values = source[key];
    const own =
      values.length < 2 ? values : values.filter((value) => !others.some((other) => other[key].includes(value)));
    // Where others ask for all of them it is an event of yet another kind.
    const value = own[0] ?? (values.length > 0 ? 'OTHER' : undefined);
    return value === undefined ? [] : [[METADATA[key], value] as const];
  });
}

function fixedFields(source: UdmLogSource): ReadonlyMap<string, readonly string[]> {
  const keys = ['logType', 'eventType', 'productEventType', 'productName', 'vendorName'] as const;
  return new Map(keys.flatMap((key) => (source[key].length === 0 ? [] : [[METADATA[key], source[key]] as const])));
}

const METADATA = {
  logType: 'metadata.log_type',
  eventType: 'metadata.event_type',
  productEventType: 'metadata.product_event_type',
  productName: 'metadata.product_name',
  vendorName: 'metadata.vendor_name',
} as const;

/** The value in the type of the field; `undefined`: it does not fit, the field stays empty. */
function fit(name: string, value: Value): Value | undefined {
  switch (udmKind(name)) {
    case 'text':
    case 'enum':
      return textValue(textOf(value));
    case 'integer': {
      const number = toLong(value);
      return number.type === 'long' ? number : undefined;
    }
    case 'float': {
      const number = valueFromJson(jsonOf(value), 'real');
      return number.type === 'real' ? number : undefined;
    }
    case 'bool': {
      const truth = toBool(value);
      return truth.type === 'bool' ? truth : undefined;
    }
    case 'timestamp': {
      const instant = value.type === 'datetime' ? value : valueFromJson(jsonOf(value), 'datetime');
      return instant.type === 'datetime' ? instant : undefined;
    }
    case 'map':
      return undefined;
  }
}

export const running: Running = { carryEvents, prepare: withTimesInSeconds };
