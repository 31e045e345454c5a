/** Sentinel's events as Sigma's rules see them: in their log sources, under the taxonomy's names. */
import { datetimeValue, longValue, textOf, textValue, valueFromJson } from '../../src/eval/value.ts';
import { timeOfEvent } from '../../src/eval/index.ts';
import type { EventRecord, Row } from '../../src/eval/index.ts';
import type { Value } from '../../src/ir/types.ts';
import { pathName } from '../fields/constraints.ts';
import { EventPlacer } from '../fields/rule-events.ts';
import type { EventsRequest, PlacedEvent } from '../fields/rule-events.ts';
import type { EventCarrier, Running } from '../target.ts';
import type { SigmaLogSource } from '../fields/types.ts';
import { logSourceOfTable, tableOfLogSource } from './logsource.ts';
import { TIME_COLUMN } from './shape-names.ts';
import type { LogSource } from './tree.ts';

/**
 * A log source that says more than the crosswalk's (a product, where the crosswalk has a category alone) is taken to hold
 * the same events. In the log source that stands for a table itself, columns have their own names.
 */
function carryEvents(request: EventsRequest): EventCarrier {
  const placer = new EventPlacer('sigma', request, (source) => source.where ?? new Map());
  const natives = new EventPlacer('sigma', { ...request, crosswalk: NO_CROSSWALK }, () => new Map());
  const read = request.reads.map((table) => ({ table, asked: logSourceOfTable(table) }));
  /** Where no output says what it reads: the closest log source of each event. */
  const readOf = (placed: readonly PlacedEvent<'sigma'>[], event: EventRecord): typeof read => {
    if (read.length > 0) return read;
    const [first] = placed;
    const table = first?.match === undefined ? nativeTableOf(event.Type) : tableOfLogSource(first.match.source);
    return [{ table, asked: logSourceOfTable(table) }];
  };
  return (events, about = []) => {
    const tables = new Map<string, Row[]>();
    const carried = events.map((event) => {
      const placed = placer.place(event, about, tableOfLogSource);
      const native = nativeTableOf(event.Type);
      for (const { table, asked } of readOf(placed, event)) {
        const isNative = table === native || (asked.product === 'sentinel' && asked.service === undefined);
        const found = isNative
          ? natives.place(event, about, tableOfLogSource)
          : placed.filter(({ match }) => match !== undefined && isWithin(asked, match.source));
        const [first] = found;
        if (first === undefined) continue;
        const rows = tables.get(table);
        if (rows === undefined) tables.set(table, [rowOf(first)]);
        else rows.push(rowOf(first));
      }
      return placed[0]?.event ?? event;
    });
    return { tables, timeColumn: TIME_COLUMN, events: carried };
  };
}

const isWithin = (asked: LogSource, source: SigmaLogSource): boolean =>
  (['category', 'product', 'service'] as const).every((key) => source[key] === undefined || source[key] === asked[key]);

const nativeTableOf = (table: string): string =>
  tableOfLogSource({ product: 'sentinel', service: table.toLowerCase().replace(/\s+/g, '_') });

const NO_CROSSWALK: EventsRequest['crosswalk'] = {
  knows: () => false,
  logSources: () => undefined,
  column: () => undefined,
};

/** Fields have no types in Sigma: digits are a number to tests that compare numbers, and a text to others. */
function loose(value: Value): Value {
  const text = value.type === 'string' ? value.value : value.type === 'dynamic' ? value.value : undefined;
  return typeof text === 'string' && /^(?:0|-?[1-9]\d{0,14})$/.test(text) ? longValue(BigInt(text)) : value;
}

/** Where what has no field stands: rules look for it as keywords, in any field. */
const KEYWORDS = 'message';

function rowOf({ match, fields, values, event }: PlacedEvent<'sigma'>): Row {
  const row = new Map<string, Value>();
  for (const [name, [first]] of match?.source.where ?? []) {
    if (first !== undefined) row.set(name, valueFromJson(/^\d{1,15}$/.test(first) ? Number(first) : first, 'unknown'));
  }
  for (const { place, mapping, value } of values) if (mapping === undefined) row.set(pathName(place), loose(value));
  for (const [name, value] of fields) row.set(name, loose(value));
  const keywords = values.flatMap((one) => (one.mapping?.relation.kind === 'keyword' ? [textOf(one.value)] : []));
  if (keywords.length > 0) row.set(KEYWORDS, textValue(keywords.join(' ')));
  const time = timeOfEvent(event);
  if (time !== undefined) row.set(TIME_COLUMN, datetimeValue(time));
  return row;
}

export const running: Running = { carryEvents };
