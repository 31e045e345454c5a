/** What a rule says beside its query in the settings of a saved search. */
import type { AlertDetails, Detection, Metadata, Schedule } from '../../src/ir/types.ts';
import { effectUnder } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Adapting } from './adapting.ts';
import { oneLine } from './print.ts';
import { isWellFormed } from './quoting.ts';
import { nearestFrequency, writeCron } from './time.ts';

/** A text as one line that can be written: lone halves of characters are replaced. */
function plainText(text: string): string {
  const line = oneLine(text);
  return isWellFormed(line)
    ? line
    : line.replace(/[\ud800-\udfff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

export function adaptMetadata(meta: Metadata, adapting: Adapting, span: Schedule['span']): Metadata {
  const name = plainText(meta.name).replaceAll('[', '(').replaceAll(']', ')') || 'Unnamed rule';
  if (name !== meta.name.trim() && name !== oneLine(meta.name)) {
    adapting.note('name', 'context', span, `The rule is called '${name}' in Splunk.`);
  }
  return { ...meta, name, description: plainText(meta.description) };
}

/** How the rule's firing depends on the number of its rows. */
export function triggerPolarity({ trigger }: Schedule): Polarity {
  switch (trigger.test) {
    case '>':
    case '>=':
      return 'positive';
    case '<':
    case '<=':
      return 'negative';
    case '==':
    case '!=':
      return 'mixed';
  }
}

const SECOND = 1000;

export function adaptSchedule(schedule: Schedule, meta: Metadata, adapting: Adapting): Schedule {
  const { span } = schedule;
  if (meta.kind === 'hunting') {
    const { lookback } = schedule;
    return {
      trigger: { test: '>', threshold: 0 },
      alertPer: 'run',
      span,
      ...(lookback === undefined ? {} : { lookback: wholeSeconds(lookback) }),
    };
  }
  const { frequency, lookback, suppression } = schedule;
  return {
    ...(frequency === undefined ? {} : { frequency: adaptFrequency(frequency, schedule, adapting) }),
    ...(lookback === undefined ? {} : { lookback: wholeSeconds(lookback) }),
    ...(suppression === undefined ? {} : { suppression: wholeSeconds(suppression) }),
    trigger: adaptTrigger(schedule, adapting),
    alertPer: schedule.alertPer,
    span,
  };
}

/** Never less than asked for. */
function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / SECOND) * SECOND;
}

function adaptFrequency(frequency: number, { span }: Schedule, adapting: Adapting): number {
  if (writeCron(frequency) !== undefined) return frequency;
  const nearest = nearestFrequency(frequency);
  const message = `A run every ${duration(frequency)} has no cron expression; the search runs every ${duration(nearest)}.`;
  adapting.note('schedule', 'wider', span, message);
  return nearest;
}

function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function adaptTrigger({ trigger, span }: Schedule, adapting: Adapting): Schedule['trigger'] {
  const { test, threshold } = trigger;
  // Results are counted in whole numbers.
  switch (test) {
    case '>':
      return { test: '>', threshold: Math.floor(threshold) };
    case '>=':
      return { test: '>', threshold: Math.ceil(threshold) - 1 };
    case '<':
      return { test: '<', threshold: Math.ceil(threshold) };
    case '<=':
      return { test: '<', threshold: Math.floor(threshold) + 1 };
    case '==':
    case '!=':
      if (Number.isInteger(threshold)) return { test, threshold };
      adapting.refuse(
        'trigger',
        effectUnder('mixed', 'wider'),
        span,
        'The number of results cannot be compared with a fraction.',
      );
      return { test: '>', threshold: 0 };
  }
}

/** Titles with places have a home in Enterprise Security; the rest of what an alert says has none. */
export function adaptAlert(
  detection: Detection,
  adapting: Adapting,
  fieldOf: (column: string) => string | undefined,
): AlertDetails {
  const { alert, entities, meta } = detection;
  const lost: string[] = [];
  if (entities.length > 0) lost.push('entity mappings');
  if (alert.customDetails.length > 0) lost.push('custom details');
  if (alert.dynamicProperties.length > 0 || alert.severityColumn !== undefined || alert.tacticsColumn !== undefined) {
    lost.push('alert properties from columns');
  }
  if (alert.incident !== undefined) lost.push('incident settings');
  const isHunting = meta.kind === 'hunting';
  if (isHunting && (alert.titleFormat !== undefined || alert.descriptionFormat !== undefined)) lost.push('titles');
  if (lost.length > 0 && !isHunting) {
    adapting.note('alert-details', 'context', alert.span, `A saved search has no place for ${lost.join(', ')}.`);
  }
  const adaptFormat = (format: string | undefined): string | undefined =>
    format === undefined || isHunting ? undefined : placesOf(plainText(format), fieldOf);
  const titleFormat = adaptFormat(alert.titleFormat);
  const descriptionFormat = adaptFormat(alert.descriptionFormat);
  return {
    ...(titleFormat === undefined ? {} : { titleFormat }),
    ...(descriptionFormat === undefined ? {} : { descriptionFormat }),
    dynamicProperties: [],
    customDetails: [],
    span: alert.span,
  };
}

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The columns that the alert's texts name. */
export function columnsInTexts({ titleFormat, descriptionFormat }: AlertDetails): readonly string[] {
  const texts = `${titleFormat ?? ''} ${descriptionFormat ?? ''}`;
  return [...new Set([...texts.matchAll(PLACE)].map(([, column = '']) => column))];
}

/**
 * `{{column}}` with the Splunk field's name; a place that could be read otherwise stands as its name. Notables put a
 * result's value in the place of `$field$`.
 */
function placesOf(format: string, fieldOf: (column: string) => string | undefined): string {
  return format.replace(PLACE, (_whole, column: string) => {
    const name = fieldOf(column) ?? column;
    return /^[A-Za-z0-9_.:{}@-]+$/.test(name) && !/[{}]/.test(name) ? `{{${name}}}` : name;
  });
}
