/**
 * When a rule runs, how far back it looks, and when it alerts. Limits: Microsoft Learn, "Scheduled analytics rules in
 * Microsoft Sentinel", and the template schema that the content repository validates against.
 */
import type { Comparison } from '../ir/types.ts';
import { DAY, describeDuration, HOUR, MINUTE, parseDuration } from './duration.ts';
import { clip, report } from './mapping-reader.ts';
import type { MappingReader, ReadContext } from './mapping-reader.ts';
import { sameName } from './nearest.ts';
import type { Located, RuleKind, RuleSchedule } from './types.ts';

interface DurationLimits {
  readonly least: number;
  readonly most: number;
}

const RUN_LIMITS: DurationLimits = { least: 5 * MINUTE, most: 14 * DAY };
const SUPPRESSION_LIMITS: DurationLimits = { least: 5 * MINUTE, most: DAY };
const MAX_THRESHOLD = 10_000;

const TRIGGER_OPERATORS: Readonly<Record<string, Comparison | '!='>> = {
  gt: '>',
  greaterthan: '>',
  lt: '<',
  lessthan: '<',
  eq: '==',
  equal: '==',
  ne: '!=',
  notequal: '!=',
};

/** Not Sentinel's, but there is no doubt about what they mean. */
const FOREIGN_OPERATORS: Readonly<Record<string, Comparison | '!='>> = {
  ge: '>=',
  gte: '>=',
  greaterthanorequal: '>=',
  le: '<=',
  lte: '<=',
  lessthanorequal: '<=',
  equals: '==',
  notequals: '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
  '==': '==',
  '!=': '!=',
};

/** The keys that only a rule with a schedule of its own has. */
export const SCHEDULE_KEYS = ['queryFrequency', 'queryPeriod', 'triggerOperator', 'triggerThreshold'] as const;

export function readSchedule(reader: MappingReader, kind: RuleKind, context: ReadContext): RuleSchedule {
  const limits = kind === 'Scheduled' ? RUN_LIMITS : undefined;
  const schedule: RuleSchedule = {
    frequency: readDuration(reader, 'queryFrequency', limits, context),
    period: readDuration(reader, 'queryPeriod', limits, context),
    triggerOperator: readTriggerOperator(reader, context),
    triggerThreshold: readThreshold(reader, context),
    suppressionEnabled: reader.boolean('suppressionEnabled'),
    suppressionDuration: readDuration(reader, 'suppressionDuration', SUPPRESSION_LIMITS, context),
    aggregationKind: readAggregationKind(reader, context),
  };
  if (kind === 'Scheduled') checkScheduled(schedule, reader, context);
  else reportIgnored(schedule, kind, context);
  checkSuppression(schedule, context);
  return schedule;
}

export function readDuration(
  reader: MappingReader,
  name: string,
  limits: DurationLimits | undefined,
  context: ReadContext,
): Located<number> | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const value = parseDuration(text.value);
  if (value === undefined) {
    const message = `'${clip(text.value)}' is no duration; '${name}' is not used.`;
    report(context, 'invalid-duration', 'warning', text.span, message, 'Durations look like 5m, 1h, 14d or PT1H.');
    return undefined;
  }
  if (limits !== undefined && (value < limits.least || value > limits.most)) {
    const range = `${describeDuration(limits.least)} to ${describeDuration(limits.most)}`;
    const message = `'${name}' is ${describeDuration(value)}; Sentinel accepts ${range}.`;
    report(context, 'duration-out-of-range', 'warning', text.span, message);
  }
  return { value, span: text.span };
}

function readTriggerOperator(reader: MappingReader, context: ReadContext): Located<Comparison | '!='> | undefined {
  const text = reader.text('triggerOperator');
  if (text === undefined) return undefined;
  const name = text.value.trim().toLowerCase();
  const known = Object.hasOwn(TRIGGER_OPERATORS, name) ? TRIGGER_OPERATORS[name] : undefined;
  if (known !== undefined) return { value: known, span: text.span };
  const meant = Object.hasOwn(FOREIGN_OPERATORS, name) ? FOREIGN_OPERATORS[name] : undefined;
  const outcome = meant === undefined ? 'it is not used' : `it is read as ${meant}`;
  const message = `'${clip(text.value)}' is no trigger operator of Sentinel; ${outcome}.`;
  report(context, 'unknown-trigger-operator', 'warning', text.span, message, 'Sentinel has gt, lt, eq and ne.');
  return meant === undefined ? undefined : { value: meant, span: text.span };
}

function readThreshold(reader: MappingReader, context: ReadContext): Located<number> | undefined {
  const threshold = reader.number('triggerThreshold');
  if (threshold === undefined) return undefined;
  if (!Number.isInteger(threshold.value) || threshold.value < 0 || threshold.value > MAX_THRESHOLD) {
    const message = `The trigger threshold is ${threshold.value}; Sentinel accepts whole numbers from 0 to ${MAX_THRESHOLD}.`;
    report(context, 'threshold-out-of-range', 'warning', threshold.span, message);
  }
  return threshold;
}

function readAggregationKind(
  reader: MappingReader,
  context: ReadContext,
): Located<'SingleAlert' | 'AlertPerResult'> | undefined {
  const settings = reader.mapping('eventGroupingSettings', 'event grouping settings');
  const text = settings?.text('aggregationKind');
  settings?.finish();
  if (text === undefined) return undefined;
  const value = sameName(text.value, ['SingleAlert', 'AlertPerResult'] as const);
  if (value === undefined) {
    const message = `'${clip(text.value)}' is no way to group events; it is not used.`;
    report(context, 'unknown-value', 'warning', text.span, message, 'Sentinel has SingleAlert and AlertPerResult.');
    return undefined;
  }
  return { value, span: text.span };
}

function checkScheduled(schedule: RuleSchedule, reader: MappingReader, context: ReadContext): void {
  const { frequency, period, triggerOperator, triggerThreshold } = schedule;
  if (!SCHEDULE_KEYS.some((key) => reader.has(key))) {
    const message = 'The scheduled rule does not say when it runs, how far back it looks and when it alerts.';
    report(
      context,
      'missing-schedule',
      'warning',
      reader.head,
      message,
      'Without a schedule it can only be run by hand.',
    );
    return;
  }
  for (const name of ['queryFrequency', 'queryPeriod'] as const) {
    if (!reader.has(name)) {
      report(context, 'missing-schedule', 'warning', reader.head, `The scheduled rule has no '${name}'.`);
    }
  }
  if (frequency !== undefined && period !== undefined) {
    if (period.value < frequency.value) {
      const message =
        `The rule runs every ${describeDuration(frequency.value)} but looks back ` +
        `${describeDuration(period.value)} only: events in between are never seen.`;
      report(context, 'period-shorter-than-frequency', 'warning', period.span, message);
    }
    if (period.value >= 2 * DAY && frequency.value < HOUR) {
      const message = 'A rule that looks back 2 days or more may run once an hour at most.';
      report(context, 'frequency-too-high-for-period', 'warning', frequency.span, message);
    }
  }
  if (triggerOperator === undefined) {
    const message = "The scheduled rule has no usable 'triggerOperator'; greater than is assumed.";
    report(context, 'trigger-incomplete', 'warning', triggerThreshold?.span ?? reader.head, message);
  }
  if (triggerThreshold === undefined) {
    const message = "The scheduled rule has no usable 'triggerThreshold'; 0 is assumed.";
    report(context, 'trigger-incomplete', 'warning', triggerOperator?.span ?? reader.head, message);
  }
  if (triggerOperator?.value === '<' && triggerThreshold?.value === 0) {
    report(context, 'trigger-never-true', 'warning', triggerOperator.span, 'There are never fewer than 0 results.');
  }
}

function reportIgnored(schedule: RuleSchedule, kind: 'NRT' | 'Hunting', context: ReadContext): void {
  const subject = kind === 'NRT' ? 'A near-real-time rule runs every minute' : 'A hunting query is run by hand';
  const { frequency, period, triggerOperator, triggerThreshold } = schedule;
  for (const [name, setting] of Object.entries({
    queryFrequency: frequency,
    queryPeriod: period,
    triggerOperator,
    triggerThreshold,
  })) {
    if (setting === undefined) continue;
    report(context, 'schedule-ignored', 'warning', setting.span, `${subject}; '${name}' is not used.`);
  }
}

function checkSuppression(schedule: RuleSchedule, context: ReadContext): void {
  const { suppressionEnabled, suppressionDuration } = schedule;
  if (suppressionEnabled?.value === true && suppressionDuration === undefined) {
    const message = 'Suppression is on, but for how long is not said; it is left out.';
    report(context, 'suppression-incomplete', 'warning', suppressionEnabled.span, message);
  }
  if (suppressionDuration !== undefined && suppressionEnabled === undefined) {
    const message = "There is a suppression duration without 'suppressionEnabled'; suppression is taken to be off.";
    report(context, 'suppression-incomplete', 'warning', suppressionDuration.span, message);
  }
}
