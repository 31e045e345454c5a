/** Durations and instants written as text. */
const TIMESPAN_FORM = /^(-)?(?:(\d{1,9})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$/;
const SHORT_TIMESPAN = /^(\d{1,9}(?:\.\d{1,9})?)(d|h|m|s|ms)$/;
const UNIT_LENGTH: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration as `totimespan` reads it, in milliseconds: `1.02:03:04.5`, `2d`. */
export function parseTimespan(written: string): number | undefined {
  const short = SHORT_TIMESPAN.exec(written.trim());
  if (short !== null) return Number(short[1]) * (UNIT_LENGTH[short[2] ?? ''] ?? 0);
  const parts = TIMESPAN_FORM.exec(written.trim());
  if (parts === null) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const size =
    Number(days) * 86_400_000 +
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(`${seconds}${fraction}`) * 1000;
  return sign === undefined ? size : -size;
}

/** An ISO 8601 date and time, in milliseconds since 1970; without a zone it is UTC, as all datetimes in KQL. */
export function parseDatetime(written: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(
    written.trim(),
  );
  if (parts === null) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = parts;
  const instant = Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, '$1')}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
