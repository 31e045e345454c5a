/** A saved search as a Detection in Splunk's words. */
import { detection, metadata, schedule } from '../../src/ir/build.ts';
import type { AlertDetails, Detection, DetectionSeverity, Json, Metadata, Schedule } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { SEVERITIES } from './emit.ts';
import { raisePipeline } from './raise-pipeline.ts';
import { readCron, readDuration, readRelativeTime } from './time.ts';
import type { SavedSearch, Trigger } from './tree.ts';

export function raise(tree: SavedSearch): Detection {
  return detection(tree.name, raisePipeline(tree.search.commands, tree.search.span), {
    meta: raiseMetadata(tree),
    schedule: raiseSchedule(tree),
    alert: raiseAlert(tree),
  });
}

const TESTS: Readonly<Record<Trigger['relation'], Schedule['trigger']['test']>> = {
  'greater than': '>',
  'less than': '<',
  'equal to': '==',
  'not equal to': '!=',
};

function raiseSchedule(tree: SavedSearch): Schedule {
  const frequency = tree.cron === undefined ? undefined : readCron(tree.cron);
  const earliest = tree.earliest === undefined ? undefined : readRelativeTime(tree.earliest);
  const suppression = tree.suppression === undefined ? undefined : readDuration(tree.suppression);
  return schedule({
    ...(frequency === undefined ? {} : { frequency }),
    ...(earliest === undefined ? {} : { lookback: earliest === 0 ? 0 : -earliest }),
    ...(tree.trigger === undefined
      ? {}
      : { trigger: { test: TESTS[tree.trigger.relation], threshold: tree.trigger.quantity } }),
    ...(suppression === undefined ? {} : { suppression }),
    alertPer: tree.digest ? 'run' : 'row',
  });
}

function raiseAlert({ notable }: SavedSearch): AlertDetails {
  return {
    ...(notable?.title === undefined ? {} : { titleFormat: readPlaces(notable.title) }),
    ...(notable?.description === undefined ? {} : { descriptionFormat: readPlaces(notable.description) }),
    dynamicProperties: [],
    customDetails: [],
    span: NO_SPAN,
  };
}

/** `$column$` as `{{column}}`. */
function readPlaces(text: string): string {
  return text.replace(/\$\$|\$([^$]+)\$/g, (_whole, column: string | undefined) =>
    column === undefined ? '$' : `{{${column}}}`,
  );
}

const KINDS: readonly Metadata['kind'][] = ['scheduled', 'nearRealTime', 'hunting'];

function raiseMetadata({
  name,
  description,
  severity,
  annotations,
  metadata: stored,
  cron,
  trigger,
}: SavedSearch): Metadata {
  const textOf = (key: string): string | undefined => (typeof stored[key] === 'string' ? stored[key] : undefined);
  const kind =
    KINDS.find((known) => known === stored['kind']) ??
    (cron === undefined && trigger === undefined ? 'hunting' : 'scheduled');
  const optional = (['id', 'status', 'author', 'version', 'date'] as const).flatMap((key) => {
    const value = textOf(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const level = severityOf(severity);
  return metadata(name, {
    description,
    kind,
    ...(level === undefined ? {} : { severity: level }),
    ...Object.fromEntries(optional),
    tactics: textsOf(stored['tactics']),
    techniques: annotations['mitre_attack'] ?? [],
    tags: textsOf(stored['tags']),
    references: textsOf(stored['references']),
    falsePositives: textsOf(stored['falsePositives']),
    requires: requirementsOf(stored['requires']),
  });
}

function severityOf(severity: number | undefined): DetectionSeverity | undefined {
  if (severity === undefined) return undefined;
  if (severity <= SEVERITIES.informational) return 'informational';
  const levels: readonly DetectionSeverity[] = ['low', 'medium', 'high', 'critical'];
  return levels.find((level) => SEVERITIES[level] === severity);
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: unknown): item is string => typeof item === 'string') : [];
}

function requirementsOf(value: Json | undefined): Metadata['requires'] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('connector' in item) || !('tables' in item)) return [];
    const { connector, tables } = item;
    return typeof connector === 'string' ? [{ connector, tables: textsOf(tables as Json) }] : [];
  });
}
