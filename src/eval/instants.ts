/** Instants and durations as text and back. Instants are milliseconds since 1970 (UTC), durations milliseconds. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A tick, the smallest time that KQL knows: 100 nanoseconds. */
export const TICK = 0.0001;

/** Milliseconds from 0001-01-01, where KQL's time begins, to 1970-01-01. */
export const KQL_EPOCH = -62_135_596_800_000;

/** The instant that is so many milliseconds of a whole number of ticks nearest. */
const ticksOf = (milliseconds: number): number => Math.round(milliseconds * 10_000);

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** `2024-01-31T13:00:00.0000000Z`, as KQL prints datetimes. */
export function formatDatetimeIso(instant: number): string {
  const { date, ticks } = split(instant);
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  const time = `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
  return `${day}T${time}.${pad(ticks, 7)}Z`;
}

/** The whole second of an instant, and the ticks (0 to 9,999,999) beyond it. */
export function split(instant: number): { readonly date: Date; readonly ticks: number } {
  let seconds = Math.floor(instant / SECOND);
  let ticks = Math.round((instant - seconds * SECOND) * 10_000);
  if (ticks >= 10_000_000) {
    seconds += 1;
    ticks -= 10_000_000;
  }
  return { date: new Date(seconds * SECOND), ticks };
}

/** `[-][d.]hh:mm:ss[.fffffff]`, as KQL prints timespans. */
export function formatTimespan(duration: number): string {
  const parts = timespanParts(duration);
  const time = `${pad(parts.hours, 2)}:${pad(parts.minutes, 2)}:${pad(parts.seconds, 2)}`;
  return `${parts.negative ? '-' : ''}${parts.days > 0 ? `${parts.days}.` : ''}${time}${parts.ticks > 0 ? `.${pad(parts.ticks, 7)}` : ''}`;
}

export interface TimespanParts {
  readonly negative: boolean;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Below a second; 0 to 9,999,999. */
  readonly ticks: number;
}

export function timespanParts(duration: number): TimespanParts {
  const total = Math.abs(ticksOf(duration));
  const seconds = Math.floor(total / 10_000_000);
  return {
    negative: duration < 0,
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
    ticks: total % 10_000_000,
  };
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const ISO = /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T ]+(.+))?)?$/i;
const US = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[T ,]+(.+))?$/;
const NAMED = /^(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]([a-z]{3})[a-z]*[\s-,]+(\d{2,4})(?:\s+(.+))?$/i;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm)?\s*(z|gmt|utc|[-+]\d{2}:?\d{2})?$/i;

/** An instant written in ISO 8601, RFC 822/850 or `m/d/yyyy`; `undefined` when the text is none. Without a zone it is UTC. */
export function parseDatetime(text: string): number | undefined {
  const trimmed = text.trim();
  let match = ISO.exec(trimmed);
  if (match) return instantOf(match[1], match[2], match[3] ?? '1', match[4]);
  match = US.exec(trimmed);
  if (match) return instantOf(match[3], match[1], match[2], match[4]);
  match = COMPACT.exec(trimmed);
  if (match) {
    const time = match[4] === undefined ? undefined : `${match[4]}:${match[5] ?? '00'}:${match[6] ?? '00'}`;
    return instantOf(match[1], match[2], match[3], time);
  }
  match = NAMED.exec(trimmed);
  if (match) {
    const month = MONTHS.indexOf((match[2] ?? '').toLowerCase()) + 1;
    const year = (match[3] ?? '').length === 2 ? `${Number(match[3]) < 50 ? '20' : '19'}${match[3] ?? ''}` : match[3];
    return month === 0 ? undefined : instantOf(year, String(month), match[1], match[4]);
  }
  return undefined;
}

function instantOf(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: string | undefined,
): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const start = startOfDate(y, m, d);
  if (start === undefined) return undefined;
  if (time === undefined) return start;
  const match = TIME.exec(time.trim());
  if (!match) return undefined;
  let hours = Number(match[1]);
  const half = match[5]?.toLowerCase();
  if (half === 'pm' && hours < 12) hours += 12;
  if (half === 'am' && hours === 12) hours = 0;
  const minutes = Number(match[2]);
  const seconds = Number(match[3] ?? 0);
  if (hours > 24 || minutes > 59 || seconds > 60) return undefined;
  const fraction = match[4] === undefined ? 0 : Number(`0.${match[4]}`) * SECOND;
  return start + hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction - zoneOffset(match[6]);
}

function zoneOffset(zone: string | undefined): number {
  const match = /^([-+])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!match) return 0;
  const size = Number(match[2]) * HOUR + Number(match[3]) * MINUTE;
  return match[1] === '-' ? -size : size;
}

/** Midnight of a date; `undefined` when there is no such day. */
export function startOfDate(year: number, month: number, day: number): number | undefined {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 ? date.getTime() : undefined;
}

const SPAN_UNITS: Readonly<Record<string, number>> = {
  d: DAY,
  day: DAY,
  days: DAY,
  h: HOUR,
  hr: HOUR,
  hour: HOUR,
  hours: HOUR,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  minutes: MINUTE,
  s: SECOND,
  sec: SECOND,
  second: SECOND,
  seconds: SECOND,
  ms: 1,
  milli: 1,
  millisecond: 1,
  milliseconds: 1,
  micro: 0.001,
  microsecond: 0.001,
  microseconds: 0.001,
  tick: TICK,
  ticks: TICK,
};

/** A duration written `[-][d.]hh:mm[:ss[.fffffff]]`, `1.5h` or as a number of days; `undefined` when it is none. */
export function parseTimespan(text: string): number | undefined {
  const trimmed = text.trim();
  const clock = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(trimmed);
  if (clock) {
    const seconds = Number(clock[5] ?? 0) * SECOND + (clock[6] === undefined ? 0 : Number(`0.${clock[6]}`) * SECOND);
    const size = Number(clock[2] ?? 0) * DAY + Number(clock[3]) * HOUR + Number(clock[4]) * MINUTE + seconds;
    return clock[1] === undefined ? size : -size;
  }
  const unit = /^(-?\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(trimmed);
  if (unit) {
    const size = SPAN_UNITS[(unit[2] ?? '').toLowerCase()];
    return size === undefined ? undefined : Number(unit[1]) * size;
  }
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) * DAY : undefined;
}
