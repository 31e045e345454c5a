/** Durations as Sentinel's content writes them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export { DAY, HOUR, MINUTE };

const SHORT_UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, H: HOUR, d: DAY, D: DAY };

/**
 * Milliseconds of a duration in any of the three notations in use: short (`5m`, `1h`, `14d`), ISO 8601 (`PT1H`,
 * `P1DT2H`, `P2W`; years and months have no fixed length and are not accepted) and .NET's TimeSpan (`01:00:00`,
 * `1.00:00:00`). `undefined` when it is none of them.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  return parseShort(trimmed) ?? parseIso(trimmed) ?? parseTimeSpan(trimmed);
}

function parseShort(text: string): number | undefined {
  const match = /^(\d{1,9})([smhdHD])$/.exec(text);
  const unit = SHORT_UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

function parseIso(text: string): number | undefined {
  const match =
    /^P(?=[\dT])(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/i.exec(
      text,
    );
  if (match === null) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match;
  const part = (count: string | undefined, unit: number): number => Number(count ?? 0) * unit;
  return (
    part(weeks, 7 * DAY) +
    part(days, DAY) +
    part(hours, HOUR) +
    part(minutes, MINUTE) +
    Math.round(part(seconds, SECOND))
  );
}

function parseTimeSpan(text: string): number | undefined {
  const match = /^(?:(\d{1,9})\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, days, hours, minutes, seconds, fraction] = match;
  if (Number(hours) > 23) return undefined;
  const milliseconds = fraction === undefined ? 0 : Math.round(Number(`0.${fraction}`) * SECOND);
  return (
    Number(days ?? 0) * DAY +
    Number(hours) * HOUR +
    Number(minutes) * MINUTE +
    Number(seconds ?? 0) * SECOND +
    milliseconds
  );
}

/** A duration in words, for messages: `5 minutes`, `1 day`. */
export function describeDuration(milliseconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
    [SECOND, 'second'],
  ];
  for (const [unit, name] of units) {
    if (milliseconds >= unit && milliseconds % unit === 0) {
      const count = milliseconds / unit;
      return `${count} ${name}${count === 1 ? '' : 's'}`;
    }
  }
  return `${milliseconds / SECOND} seconds`;
}
