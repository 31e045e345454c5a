/** The metadata of a rule as far as a Sigma rule can carry it, within the limits of the official schema. */
import type { Detection, Metadata } from '../../src/ir/types.ts';
import type { Adapting } from './adapt-notes.ts';
import { isUuid, uuidOfName } from './identity.ts';
import { HUNTING_TAG } from './raise-header.ts';
import { isDate, isTag, LIMITS, TACTICS } from './support.ts';

/** SigmaHQ's words for false positives that nobody has named. */
const UNKNOWN_FALSE_POSITIVES = 'Unknown';

export function adaptMetadata({ meta, schedule }: Detection, adapting: Adapting): Metadata {
  const lost: string[] = [];
  const name = clip(meta.name, LIMITS.title);
  if (name !== meta.name) lost.push('the end of its long title');
  const described = withoutTrailingBlanks(meta.description);
  const description = clip(described, LIMITS.description);
  if (description !== described) lost.push('the end of its long description');
  if (meta.version !== undefined) lost.push('its version');
  if (meta.requires.length > 0) lost.push('its data connectors');
  if (meta.id !== undefined && !isUuid(meta.id)) lost.push('its id, which is no UUID');
  const tactics = unique(meta.tactics.filter((tactic) => TACTICS.has(tactic)));
  if (tactics.length < meta.tactics.length) lost.push('a tactic that Sigma does not know');
  const techniques = unique(meta.techniques.map((technique) => technique.toUpperCase())).filter(isTechnique);
  if (techniques.length < meta.techniques.length) lost.push('a technique without an ATT&CK number');
  const tags = unique(meta.tags.map(tagOf).filter((tag) => tag !== undefined));
  if (tags.length < meta.tags.length) lost.push('tags that are not of the form namespace.name');
  if (meta.date !== undefined && !isDate(meta.date)) lost.push('its date');
  if (lost.length > 0) {
    adapting.note('metadata-lost', 'context', schedule.span, `The Sigma rule does not carry ${lost.join(', ')}.`);
  }
  const falsePositives = unique(meta.falsePositives.filter((text) => text.length >= LIMITS.falsePositive));
  return {
    id: meta.id !== undefined && isUuid(meta.id) ? meta.id : uuidOfName(meta.id ?? meta.name),
    name,
    description,
    kind: meta.kind === 'hunting' ? 'hunting' : 'scheduled',
    ...(meta.severity === undefined ? {} : { severity: meta.severity }),
    status: statusOf(meta.status),
    ...(meta.author === undefined ? {} : { author: meta.author }),
    ...(meta.date === undefined || !isDate(meta.date) ? {} : { date: meta.date }),
    tactics,
    techniques,
    tags,
    references: unique(meta.references),
    falsePositives: falsePositives.length === 0 ? [UNKNOWN_FALSE_POSITIVES] : falsePositives,
    requires: [],
  };
}

/** The lines without blanks at their ends: they mean nothing and keep YAML from writing the text as a block. */
function withoutTrailingBlanks(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** At most so many code units, and no half of a character. */
function clip(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function isTechnique(text: string): boolean {
  return /^T\d{4}(\.\d{3})?$/.test(text);
}

/** `CVE-2021-44228` in Sigma's form; tags that are of that form already; nothing else. */
function tagOf(tag: string): string | undefined {
  const lower = tag.trim().toLowerCase();
  const cve = /^cve-(\d{4}-\d{4,})$/.exec(lower)?.[1];
  if (cve !== undefined) return `cve.${cve}`;
  return isTag(lower) && !lower.startsWith('attack.') && lower !== HUNTING_TAG ? lower : undefined;
}

/** A rule that its maker released counts as tested; a converted rule never as stable. */
function statusOf(status: string | undefined): string {
  return /^(available|released|production|stable|test)$/i.test(status?.trim() ?? '') ? 'test' : 'experimental';
}

/** What a Sigma rule cannot say about when it runs and what its alert shows. */
export function noteSchedule({ schedule, entities, alert }: Detection, adapting: Adapting): void {
  const lost: string[] = [];
  if (schedule.frequency !== undefined) lost.push(`that it runs every ${duration(schedule.frequency)}`);
  if (schedule.lookback !== undefined) lost.push(`that it looks back ${duration(schedule.lookback)}`);
  if (schedule.suppression !== undefined) lost.push(`that it keeps quiet for ${duration(schedule.suppression)}`);
  if (lost.length > 0) {
    adapting.note('schedule-lost', 'context', schedule.span, `The Sigma rule does not say ${lost.join(', ')}.`);
  }
  const details: string[] = [];
  if (entities.length > 0) details.push('entity mappings');
  if (alert.customDetails.length > 0) details.push('custom details');
  if (alert.titleFormat !== undefined || alert.descriptionFormat !== undefined) details.push('the alert title');
  if (alert.severityColumn !== undefined || alert.tacticsColumn !== undefined) details.push('dynamic alert properties');
  else if (alert.dynamicProperties.length > 0) details.push('dynamic alert properties');
  if (alert.incident !== undefined) details.push('incident settings');
  if (details.length > 0) {
    const message = `A Sigma rule has no place for ${details.join(', ')}.`;
    adapting.note('alert-details-lost', 'context', alert.span, message);
  }
}

/** A duration in words: `1h`, `14d`. */
export function duration(milliseconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
