/** Functions of instants and durations. All in UTC. */
import type { Value } from '../../ir/types.ts';
import { DAY, split, startOfDate, TICK, timespanParts } from '../instants.ts';
import { datetimeValue, longValue, nullOfType, plain, textValue, timespanValue, toNumber } from '../value.ts';
import { argument, integerArgument, textArgument } from './family.ts';
import type { Family, FunctionBody } from './family.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

function instantOf(value: Value): number | undefined {
  const of = plain(value);
  return of.type === 'datetime' ? of.value : undefined;
}

const ofInstant =
  (
    index: number,
    type: 'long' | 'timespan' | 'datetime',
    body: (instant: number, args: readonly Value[]) => Value,
  ): FunctionBody =>
  (args) => {
    const instant = instantOf(argument(args, index));
    return instant === undefined ? nullOfType(type) : body(instant, args);
  };

export const TIME: Family = {
  startOf: ofInstant(0, 'datetime', (instant, args) => {
    const start = startOf(instant, textArgument(args, 1), integerArgument(args, 2) ?? 0);
    return start === undefined ? nullOfType('datetime') : datetimeValue(start);
  }),
  endOf: ofInstant(0, 'datetime', (instant, args) => {
    const next = startOf(instant, textArgument(args, 1), (integerArgument(args, 2) ?? 0) + 1);
    return next === undefined ? nullOfType('datetime') : datetimeValue(next - TICK);
  }),
  datePart: ofInstant(1, 'long', (instant, args) => {
    const part = datePart(textArgument(args, 0).toLowerCase(), instant);
    return part === undefined ? nullOfType('long') : longValue(part);
  }),
  dateAdd: ofInstant(2, 'datetime', (instant, args) => {
    const moved = dateAdd(textArgument(args, 0).toLowerCase(), integerArgument(args, 1), instant);
    return moved === undefined ? nullOfType('datetime') : datetimeValue(moved);
  }),
  dateDiff: (args) => {
    const [first, second] = [instantOf(argument(args, 1)), instantOf(argument(args, 2))];
    const period = textArgument(args, 0).toLowerCase();
    const [a, b] = [boundaries(period, first), boundaries(period, second)];
    return a === undefined || b === undefined ? nullOfType('long') : longValue(a - b);
  },
  dayOfWeek: ofInstant(0, 'timespan', (instant) => timespanValue(new Date(instant).getUTCDay() * DAY)),
  dayOfMonth: ofInstant(0, 'long', (instant) => longValue(new Date(instant).getUTCDate())),
  dayOfYear: ofInstant(0, 'long', (instant) => longValue(dayOfYear(instant))),
  hourOfDay: ofInstant(0, 'long', (instant) => longValue(new Date(instant).getUTCHours())),
  formatDatetime: (args) => {
    const instant = instantOf(argument(args, 0));
    return textValue(instant === undefined ? '' : formatDatetime(instant, textArgument(args, 1)));
  },
  formatTimespan: (args) => {
    const of = plain(argument(args, 0));
    return textValue(of.type === 'timespan' ? formatTimespan(of.value, textArgument(args, 1)) : '');
  },
  makeDatetime: (args) => {
    const [year, month, day] = [0, 1, 2].map((index) => integerArgument(args, index));
    const start =
      year === undefined || month === undefined || day === undefined ? undefined : startOfDate(year, month, day);
    const [hour, minute] = [integerArgument(args, 3) ?? 0, integerArgument(args, 4) ?? 0];
    const second = toNumber(argument(args, 5)) ?? 0;
    if (start === undefined || hour > 23 || minute > 59 || second >= 60) return nullOfType('datetime');
    return datetimeValue(start + hour * HOUR + minute * MINUTE + second * 1000);
  },
  makeTimespan: (args) => {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = [0, 1, 2, 3].map((index) =>
      toNumber(argument(args, index)),
    );
    return timespanValue(days * DAY + hours * HOUR + minutes * MINUTE + seconds * 1000);
  },
  fromUnixSeconds: fromUnix(1000),
  fromUnixMillis: fromUnix(1),
};

function fromUnix(unit: number): FunctionBody {
  return (args) => {
    const value = toNumber(argument(args, 0));
    return value === undefined ? nullOfType('datetime') : datetimeValue(value * unit);
  };
}

function startOf(instant: number, unit: string, offset: number): number | undefined {
  const date = new Date(instant);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const midnight = Math.floor(instant / DAY) * DAY;
  switch (unit) {
    case 'day':
      return midnight + offset * DAY;
    case 'week':
      return midnight - date.getUTCDay() * DAY + offset * 7 * DAY;
    case 'month':
      return Date.UTC(year, month + offset, 1);
    case 'year':
      return Date.UTC(year + offset, 0, 1);
    default:
      return undefined;
  }
}

function dayOfYear(instant: number): number {
  return Math.floor((instant - Date.UTC(new Date(instant).getUTCFullYear(), 0, 1)) / DAY) + 1;
}

/** ISO 8601: the week that holds the year's first Thursday is week 1. */
function weekOfYear(instant: number): number {
  const midnight = Math.floor(instant / DAY) * DAY;
  const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
  const thursday = midnight + (3 - weekday) * DAY;
  return Math.floor((dayOfYear(thursday) - 1) / 7) + 1;
}

function datePart(part: string, instant: number): number | undefined {
  const { date, ticks } = split(instant);
  switch (part) {
    case 'year':
      return date.getUTCFullYear();
    case 'quarter':
      return Math.floor(date.getUTCMonth() / 3) + 1;
    case 'month':
      return date.getUTCMonth() + 1;
    case 'week_of_year':
    case 'weekofyear':
      return weekOfYear(instant);
    case 'day':
      return date.getUTCDate();
    case 'dayofyear':
      return dayOfYear(instant);
    case 'hour':
      return date.getUTCHours();
    case 'minute':
      return date.getUTCMinutes();
    case 'second':
      return date.getUTCSeconds();
    case 'millisecond':
      return Math.floor(ticks / 10_000);
    case 'microsecond':
      return Math.floor(ticks / 10);
    case 'nanosecond':
      return ticks * 100;
    default:
      return undefined;
  }
}

const UNITS: Readonly<Record<string, number>> = {
  week: 7 * DAY,
  day: DAY,
  hour: HOUR,
  minute: MINUTE,
  second: 1000,
  millisecond: 1,
  microsecond: 0.001,
  nanosecond: 0.000001,
};

function dateAdd(period: string, amount: number | undefined, instant: number): number | undefined {
  if (amount === undefined) return undefined;
  const months = { year: 12, quarter: 3, month: 1 }[period];
  if (months === undefined) {
    const unit = UNITS[period];
    return unit === undefined ? undefined : instant + amount * unit;
  }
  const date = new Date(instant);
  const total = date.getUTCFullYear() * 12 + date.getUTCMonth() + amount * months;
  const [year, month] = [Math.floor(total / 12), ((total % 12) + 12) % 12];
  // A day that the month lacks becomes its last.
  const day = Math.min(date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
  return Date.UTC(year, month, day) + (instant - Math.floor(instant / DAY) * DAY);
}

/** How many boundaries of the period lie before an instant. */
function boundaries(period: string, instant: number | undefined): number | undefined {
  if (instant === undefined) return undefined;
  const date = new Date(instant);
  switch (period) {
    case 'year':
      return date.getUTCFullYear();
    case 'quarter':
      return date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3);
    case 'month':
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    case 'week':
      // 1970-01-01 was a Thursday; weeks begin on Sunday.
      return Math.floor((Math.floor(instant / DAY) + 4) / 7);
    case 'microsecond':
      return Math.floor(instant * 1000);
    case 'nanosecond':
      return Math.floor(instant * 1_000_000);
    default: {
      const unit = UNITS[period];
      return unit === undefined ? undefined : Math.floor(instant / unit);
    }
  }
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Fractions of a second: `f` keeps zeros at the end, `F` does not. */
function fraction(ticks: number, token: string): string {
  const digits = pad(ticks, 7).slice(0, token.length);
  return token.startsWith('F') ? digits.replace(/0+$/, '') : digits;
}

function formatDatetime(instant: number, format: string): string {
  const { date, ticks } = split(instant);
  return format.replace(/y{1,4}|M{1,2}|d{1,2}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}|tt/g, (token) => {
    const width = token.length;
    switch (token.charAt(0)) {
      case 'y':
        return width >= 4 ? pad(date.getUTCFullYear(), 4) : pad(date.getUTCFullYear() % 100, width);
      case 'M':
        return pad(date.getUTCMonth() + 1, width);
      case 'd':
        return pad(date.getUTCDate(), width);
      case 'H':
        return pad(date.getUTCHours(), width);
      case 'h':
        return pad(date.getUTCHours() % 12 || 12, width);
      case 'm':
        return pad(date.getUTCMinutes(), width);
      case 's':
        return pad(date.getUTCSeconds(), width);
      case 't':
        return date.getUTCHours() < 12 ? 'AM' : 'PM';
      default:
        return fraction(ticks, token);
    }
  });
}

function formatTimespan(duration: number, format: string): string {
  const parts = timespanParts(duration);
  const text = format.replace(/d{1,8}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}/g, (token) => {
    switch (token.charAt(0)) {
      case 'd':
        return pad(parts.days, token.length);
      case 'H':
      case 'h':
        return pad(parts.hours, token.length);
      case 'm':
        return pad(parts.minutes, token.length);
      case 's':
        return pad(parts.seconds, token.length);
      default:
        return fraction(parts.ticks, token);
    }
  });
  return parts.negative ? `-${text}` : text;
}
