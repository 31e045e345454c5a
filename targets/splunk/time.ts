/** Durations and schedules in Splunk's words. Durations are milliseconds on this side. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/**
 * A duration of whole seconds in the largest unit that fits, at most hours: Splunk's days follow the clock of the
 * time zone and are not always 24 hours long.
 */
export function writeDuration(milliseconds: number): string {
  for (const [unit, size] of [
    ['h', HOUR],
    ['m', MINUTE],
  ] as const) {
    if (milliseconds !== 0 && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${Math.round(milliseconds / SECOND)}s`;
}

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|second|seconds)$/, SECOND],
  [/^(?:m|min|mins|minute|minutes)$/, MINUTE],
  [/^(?:h|hr|hrs|hour|hours)$/, HOUR],
  [/^(?:d|day|days)$/, DAY],
  [/^(?:w|week|weeks)$/, WEEK],
];

/** A duration: `5m`, `60` (seconds). `undefined` for months and what is no duration. */
export function readDuration(text: string): number | undefined {
  const parts = /^([0-9]+)\s*([A-Za-z]*)$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, count = '', unit = ''] = parts;
  if (unit === '') return Number(count) * SECOND;
  const size = UNITS.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1];
  return size === undefined ? undefined : Number(count) * size;
}

/** A relative time as milliseconds from now: `-24h`, `now`, `-15m@m` (snapping to the minute is left out of account). */
export function readRelativeTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now' || trimmed === 'now()') return 0;
  const parts = /^([+-])([0-9]*)([A-Za-z]+)$/.exec(trimmed);
  if (parts === null) return undefined;
  const [, sign, count = '', unit = ''] = parts;
  const size = readDuration(`${count === '' ? '1' : count}${unit}`);
  if (size === undefined) return undefined;
  return sign === '-' ? -size : size;
}

/** A time relative to now, in whole seconds. */
export function writeRelativeTime(milliseconds: number): string {
  if (milliseconds === 0) return 'now';
  return `${milliseconds < 0 ? '-' : '+'}${writeDuration(Math.abs(milliseconds))}`;
}

// ---------------------------------------------------------------------------------------------- cron

/** The expression for a search that runs so often; `undefined` where no regular one says it. */
export function writeCron(frequency: number): string | undefined {
  if (frequency === MINUTE) return '* * * * *';
  if (frequency === HOUR) return '0 * * * *';
  if (frequency === DAY) return '0 0 * * *';
  if (frequency === WEEK) return '0 0 * * 0';
  if (frequency < HOUR && HOUR % frequency === 0 && frequency % MINUTE === 0) return `*/${frequency / MINUTE} * * * *`;
  if (frequency < DAY && DAY % frequency === 0 && frequency % HOUR === 0) return `0 */${frequency / HOUR} * * *`;
  return undefined;
}

/** The greatest frequency that cron can say and that is no longer than the one asked for: no event falls between runs. */
export function nearestFrequency(frequency: number): number {
  const minutes = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((count) => count * MINUTE);
  const hours = [1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR);
  const known = [...minutes, ...hours, DAY, WEEK].filter((candidate) => candidate <= frequency);
  return known.at(-1) ?? MINUTE;
}

/** How often a cron expression of a regular schedule runs; `undefined` for any other. */
export function readCron(text: string): number | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = text.trim().split(/\s+/);
  if (more.length > 0 || month !== '*' || day !== '*') return undefined;
  const isNumber = (field: string): boolean => /^[0-9]{1,2}$/.test(field);
  const step = (field: string): number | undefined => {
    const count = /^(?:\*|[0-9]{1,2}-[0-9]{1,2})\/([0-9]{1,2})$/.exec(field)?.[1];
    return count === undefined || Number(count) === 0 ? undefined : Number(count);
  };
  if (weekday !== '*') return isNumber(weekday) && isNumber(minute) && isNumber(hour) ? WEEK : undefined;
  if (hour === '*') {
    if (minute === '*') return MINUTE;
    const minutes = step(minute);
    return isNumber(minute) ? HOUR : minutes === undefined ? undefined : minutes * MINUTE;
  }
  if (!isNumber(minute)) return undefined;
  const hours = step(hour);
  return isNumber(hour) ? DAY : hours === undefined ? undefined : hours * HOUR;
}
