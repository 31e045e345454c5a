/** KQL to Sigma in one step, for tests. */
import * as b from '../../src/ir/build.ts';
import type { Detection } from '../../src/ir/types.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { wholeFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { sigma } from '../../targets/sigma/index.ts';
import type { ConversionOptions } from '../../targets/target.ts';

const HOUR = 3_600_000;

/** A rule that runs every hour over the hour before, around a query. */
export function detectionOf(kql: string, parts: Partial<Detection> = {}): Detection {
  const parsed = parseKql(wholeFile(kql));
  if (parsed.query === undefined) throw new Error(`${kql}: ${parsed.diagnostics[0]?.message ?? ''}`);
  const schedule = b.schedule({ frequency: HOUR, lookback: HOUR });
  const { relation } = lowerQuery(parsed.query, { schemaOf, lookback: HOUR });
  return b.detection('Rule', relation, { schedule, ...parts });
}

export interface Converted {
  /** Empty when refused. */
  readonly text: string;
  /** `effect code`, without the code's area; each once, in order. Not the notes that every rule has. */
  readonly notes: readonly string[];
  readonly unmapped: readonly string[];
}

const ALWAYS = new Set(['sigma/schedule-lost', 'sigma/unmapped-log-source']);

export function convert(detection: Detection, options: Partial<ConversionOptions> = {}): Converted {
  const all: ConversionOptions = {
    terms: 'contains',
    bestEffort: false,
    crosswalk: loadCrosswalk(),
    sourceName: 'rule',
    ...options,
  };
  const { adapted, notes, unmapped } = sigma.adapt(detection, all);
  const [file] = adapted === undefined ? [] : sigma.print(sigma.emit(adapted, all), all);
  const said = notes.filter(({ code }) => !ALWAYS.has(code)).map(({ effect, code }) => `${effect} ${code.slice(6)}`);
  return { text: file?.text ?? '', notes: [...new Set(said)], unmapped };
}

/** The sections of the documents that say what is detected: log source, detection, fields, correlation. */
export function detectionSections(text: string): string {
  const kept = text.split('---\n').map((document) => {
    const sections = document.split(/^(?=[a-z]+:)/m);
    return sections.filter((section) => /^(name|logsource|detection|fields|correlation):/.test(section)).join('');
  });
  return kept.join('---\n').trimEnd();
}
