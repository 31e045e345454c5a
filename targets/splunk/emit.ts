/** An adapted Detection as a saved search. */
import type { AlertDetails, Detection, DetectionSeverity, Json, Metadata, Schedule } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { emitPipeline } from './emit-relation.ts';
import { NotExpressible } from './emit-scalar.ts';
import { writeCron, writeDuration, writeRelativeTime } from './time.ts';
import type { Notable, SavedSearch, Trigger } from './tree.ts';

/** Splunk's severities of alerts; savedsearches.conf.spec, `alert.severity`. */
export const SEVERITIES: Readonly<Record<DetectionSeverity, number>> = {
  informational: 2,
  low: 3,
  medium: 4,
  high: 5,
  critical: 6,
};

export function emit(adapted: Detection): SavedSearch {
  const { meta, schedule, query, alert } = adapted;
  const { frequency, lookback, suppression } = schedule;
  const isAlert = meta.kind !== 'hunting';
  return {
    name: meta.name,
    description: meta.description,
    search: { commands: emitPipeline(query), span: NO_SPAN },
    cron: frequency === undefined ? undefined : writeCronOf(frequency),
    earliest: lookback === undefined ? undefined : writeRelativeTime(-lookback),
    latest: lookback === undefined ? undefined : 'now',
    trigger: isAlert ? emitTrigger(schedule) : undefined,
    digest: schedule.alertPer === 'run',
    suppression: suppression === undefined ? undefined : writeDuration(suppression),
    suppressionFields: suppression !== undefined && schedule.alertPer === 'row' ? ['*'] : [],
    severity: meta.severity === undefined ? undefined : SEVERITIES[meta.severity],
    notable: isAlert ? emitNotable(alert, meta.severity) : undefined,
    annotations: meta.techniques.length === 0 ? {} : { mitre_attack: meta.techniques },
    metadata: emitMetadata(meta),
    span: NO_SPAN,
  };
}

function writeCronOf(frequency: number): string {
  const cron = writeCron(frequency);
  if (cron === undefined) throw new NotExpressible(`a run every ${frequency} ms`);
  return cron;
}

const RELATIONS: ReadonlyMap<Schedule['trigger']['test'], Trigger['relation']> = new Map([
  ['>', 'greater than'],
  ['<', 'less than'],
  ['==', 'equal to'],
  ['!=', 'not equal to'],
]);

function emitTrigger({ trigger }: Schedule): Trigger {
  const relation = RELATIONS.get(trigger.test);
  if (relation === undefined) throw new NotExpressible(`a trigger ${trigger.test}`);
  return { relation, quantity: trigger.threshold };
}

function emitNotable(alert: AlertDetails, severity: DetectionSeverity | undefined): Notable | undefined {
  const { titleFormat, descriptionFormat } = alert;
  if (titleFormat === undefined && descriptionFormat === undefined && severity === undefined) return undefined;
  return {
    ...(titleFormat === undefined ? {} : { title: writePlaces(titleFormat) }),
    ...(descriptionFormat === undefined ? {} : { description: writePlaces(descriptionFormat) }),
    ...(severity === undefined ? {} : { severity }),
  };
}

/** `{{column}}` as `$column$`; a dollar sign of the text is doubled. */
export function writePlaces(format: string): string {
  return format.replace(/\{\{([^{}$]+)\}\}|\$/g, (_whole, column: string | undefined) =>
    column === undefined ? '$$' : `$${column}$`,
  );
}

function emitMetadata(meta: Metadata): Readonly<Record<string, Json>> {
  const { id, kind, status, author, version, date, tactics, tags, references, falsePositives, requires } = meta;
  const entries: (readonly [string, Json | undefined])[] = [
    ['id', id],
    ['kind', kind],
    ['status', status],
    ['author', author],
    ['version', version],
    ['date', date],
  ];
  const lists: (readonly [string, Json & readonly unknown[]])[] = [
    ['tactics', tactics],
    ['tags', tags],
    ['references', references],
    ['falsePositives', falsePositives],
    ['requires', requires.map(({ connector, tables }) => ({ connector, tables }))],
  ];
  for (const [key, list] of lists) if (list.length > 0) entries.push([key, list]);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined));
}
