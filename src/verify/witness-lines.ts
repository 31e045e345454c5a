/** Witnesses as lines of JSON, in the source's columns or in a target's fields. */
import { targetById } from '../../targets/index.ts';
import type { Crosswalk } from '../../targets/fields/types.ts';
import type { EventRecord } from '../eval/index.ts';
import { jsonOf } from '../eval/value.ts';
import type { Detection, Json } from '../ir/types.ts';
import type { SourceFile } from '../source.ts';
import { columnTypesOf, WATCHLIST, witnessesOf } from '../witness/index.ts';
import type { Witnesses } from '../witness/index.ts';
import { placeOf } from './json.ts';

export type EventForm = 'splunk' | 'sigma' | 'udm';

const TARGET_OF_FORM: Readonly<Record<EventForm, string>> = { splunk: 'splunk', sigma: 'sigma', udm: 'chronicle' };

export function witnessLines(
  file: SourceFile,
  detection: Detection,
  form: EventForm | undefined,
  crosswalk: Crosswalk,
): { readonly lines: readonly string[]; readonly witnesses: Witnesses } {
  const witnesses = witnessesOf(detection);
  const carrier = form === undefined ? undefined : carrierOf(form, detection, crosswalk);
  const lines = witnesses.witnesses.map(({ purpose, span, events, fires }) => {
    const shown = carrier === undefined ? events : carrier(events);
    return `${JSON.stringify({ case: purpose, fires, ...placeOf(file, span), events: shown })}\n`;
  });
  return { lines, witnesses };
}

function carrierOf(
  form: EventForm,
  detection: Detection,
  crosswalk: Crosswalk,
): (events: readonly EventRecord[]) => readonly Json[] {
  const carry = targetById(TARGET_OF_FORM[form])?.running?.carryEvents({
    query: detection.query,
    crosswalk,
    types: columnTypesOf(detection),
    reads: [],
  });
  return (events) => {
    const own = events.filter(({ Type: table }) => !table.startsWith(WATCHLIST));
    const rows = [...(carry?.(own).tables ?? [])].flatMap(([, each]) => each);
    return rows.map((row) => Object.fromEntries([...row].map(([name, value]) => [name, jsonOf(value)])));
  };
}
