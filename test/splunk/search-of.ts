import * as b from '../../src/ir/build.ts';
import type { Note } from '../../src/diagnostic.ts';
import type { AlertDetails, Detection } from '../../src/ir/types.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { wholeFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { splunk } from '../../targets/splunk/index.ts';
import type { SavedSearch } from '../../targets/splunk/tree.ts';
import type { ConversionOptions } from '../../targets/target.ts';

const HOUR = 3_600_000;
const crosswalk = loadCrosswalk();

const OPTIONS: ConversionOptions = { terms: 'contains', bestEffort: false, crosswalk, sourceName: 'rule' };

/** The rule around a query. */
function detectionOf(kql: string, descriptionFormat?: string): Detection {
  const { query } = parseKql(wholeFile(kql));
  if (query === undefined) throw new Error(kql);
  const { relation } = lowerQuery(query, { schemaOf, lookback: HOUR });
  const alert: AlertDetails = { dynamicProperties: [], customDetails: [], span: { start: 0, end: 0 } };
  return b.detection('Rule', relation, {
    schedule: b.schedule({ frequency: HOUR, lookback: HOUR }),
    alert: descriptionFormat === undefined ? alert : { ...alert, descriptionFormat },
  });
}

/** The saved search of a rule around a query. */
export function savedSearchOf(kql: string, descriptionFormat?: string): SavedSearch {
  const { adapted } = splunk.adapt(detectionOf(kql, descriptionFormat), OPTIONS);
  if (adapted === undefined) throw new Error('refused');
  return splunk.emit(adapted, OPTIONS);
}

export interface Converted {
  /** The search on one line; `undefined` when it was refused. */
  readonly search: string | undefined;
  readonly notes: readonly Note[];
}

/** A rule around a query, converted. */
export function convertQuery(kql: string): Converted {
  const { adapted, notes } = splunk.adapt(detectionOf(kql), OPTIONS);
  const [file] = adapted === undefined ? [] : splunk.print(splunk.emit(adapted, OPTIONS), OPTIONS);
  return { search: file === undefined ? undefined : onOneLine(file.text), notes };
}

/** The search of a rule around a query, on one line; empty when it was refused. */
export function searchOf(kql: string): string {
  return convertQuery(kql).search ?? '';
}

/** The notes that are more than context, as `effect code`, each once for one message. */
export function differencesOf(kql: string): readonly string[] {
  const notes = convertQuery(kql).notes.filter(({ effect }) => effect !== 'context');
  const unique = new Map(notes.map((note) => [`${note.message} ${note.effect}`, note]));
  return [...unique.values()].map(({ effect, code }) => `${effect} ${code.replace('splunk/', '')}`);
}

function onOneLine(stanza: string): string {
  const lines = stanza.split('\n');
  const from = lines.findIndex((line) => line.startsWith('search = '));
  const to = lines.findIndex((line) => line.startsWith('dispatch.earliest_time'));
  return lines
    .slice(from, to)
    .map((line) => line.replace(/\\$/, '').trim())
    .join(' ')
    .replace(/([([]) /g, '$1')
    .replace(/ ([)\]])/g, '$1')
    .replace(/^search = /, '');
}
