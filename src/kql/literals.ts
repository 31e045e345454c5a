/**
 * The values of KQL's literals. Formats: "Scalar data types" of the KQL reference (string, datetime, timespan ...).
 * A literal whose content is no value of its type gives undefined: the caller reports it.
 */
import type { Literal } from './ast.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{0,2}|[4-7][0-7]?)|([^]))/g,
    (_whole, four?: string, eight?: string, two?: string, octal?: string, other?: string) => {
      const hex = four ?? eight ?? two;
      if (hex !== undefined) {
        const point = parseInt(hex, 16);
        return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
      }
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      return SIMPLE_ESCAPES[other ?? ''] ?? other ?? '';
    },
  );
}

/** The value of one string literal as written, quotes and prefix included. */
export function stringValue(written: string): string {
  const text = /^[hH]/.test(written) ? written.slice(1) : written;
  const verbatim = text.startsWith('@');
  const quoted = verbatim ? text.slice(1) : text;
  const quote = quoted.charAt(0);
  if (quote === '`' || quote === '~') return quoted.slice(3, -3);
  const content = quoted.slice(1, -1);
  return verbatim ? content.replaceAll(quote + quote, quote) : unescape(content);
}

const TICKS_PER_MS = 10_000;
const UNIT_TICKS: readonly (readonly [RegExp, number])[] = [
  [/^(?:d|day|days)$/, 86_400_000 * TICKS_PER_MS],
  [/^(?:h|hr|hrs|hour|hours)$/, 3_600_000 * TICKS_PER_MS],
  [/^(?:m|min|minute|minutes)$/, 60_000 * TICKS_PER_MS],
  [/^(?:s|sec|second|seconds)$/, 1000 * TICKS_PER_MS],
  [/^(?:ms|milli|millis|millisec|millisecond|milliseconds)$/, TICKS_PER_MS],
  [/^(?:micro|micros|microsec|microsecond|microseconds)$/, 10],
  [/^(?:nano|nanos|nanosec|nanosecond|nanoseconds)$/, 0.01],
  [/^(?:tick|ticks)$/, 1],
];

/** Milliseconds of `1d`, `1.5h`, `30 min`, `1.02:03:04.5`, `12:00` or a bare number of days. */
export function parseTimespan(content: string): number | undefined {
  const text = content.trim();
  const short = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)$/.exec(text);
  if (short) {
    const [, sign = '', number = '', unit = ''] = short;
    const ticks = unit === '' ? 86_400_000 * TICKS_PER_MS : UNIT_TICKS.find(([name]) => name.test(unit))?.[1];
    if (ticks === undefined) return undefined;
    return ((sign === '-' ? -1 : 1) * Math.round(Number(number) * ticks)) / TICKS_PER_MS;
  }
  const long = /^([+-]?)(?:(\d+)\.)?(\d+):(\d+)(?::(\d+)(?:\.(\d{1,7})\d*)?)?$/.exec(text);
  if (!long) return undefined;
  const [, sign = '', days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = long;
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const ticks = Number(fraction.padEnd(7, '0'));
  return (sign === '-' ? -1 : 1) * (whole * 1000 + ticks / TICKS_PER_MS);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONE = '(Z|GMT|UTC|[+-]\\d{1,2}(?::?\\d{2})?)?';
const CLOCK = '(?:[T\\s]+(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d+))?)?\\s*(am|pm)?)?';
const BETWEEN = '(?:[-/.]|,\\s*)';
const ISO_DATE = new RegExp(`^(\\d{4})(?:${BETWEEN}(\\d{1,2})(?:${BETWEEN}(\\d{1,2}))?)?${CLOCK}\\s*${ZONE}$`, 'i');
const AMERICAN_DATE = new RegExp(`^(\\d{1,2})${BETWEEN}(\\d{1,2})${BETWEEN}(\\d{4})${CLOCK}\\s*${ZONE}$`, 'i');
const NAMED_DATE = new RegExp(
  `^(?:[a-z]+,?\\s+)?(\\d{1,2})[\\s-]([a-z]{3})[a-z]*[\\s-](\\d{2,4})${CLOCK}\\s*${ZONE}$`,
  'i',
);
const COMPACT_DATE = new RegExp(`^(\\d{4})(\\d{2})(\\d{2})${CLOCK}\\s*${ZONE}$`, 'i');

function offsetMinutes(zone: string | undefined): number {
  const found = zone === undefined ? null : /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (!found) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? '0');
  return found[1] === '-' ? -minutes : minutes;
}

function dateFrom(
  year: number,
  month: number,
  day: number,
  clock: readonly (string | undefined)[],
): number | undefined {
  const [hourText = '0', minute = '0', second = '0', fraction = '', half, zone] = clock;
  let hour = Number(hourText);
  if (half !== undefined) hour = (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, Number(minute), Number(second));
  // A day that its month does not have would silently become one of the next month.
  if (hour < 24 && (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)) return undefined;
  const ticks = Number(fraction.padEnd(7, '0').slice(0, 7));
  return date.getTime() + ticks / TICKS_PER_MS - offsetMinutes(zone) * 60_000;
}

/** Milliseconds since 1970 of the content of `datetime(...)`; UTC where no zone is given. */
export function parseDatetime(content: string): number | 'now' | undefined {
  const text = content.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (text === 'now') return 'now';
  const iso = ISO_DATE.exec(text) ?? COMPACT_DATE.exec(text);
  if (iso) return dateFrom(Number(iso[1]), Number(iso[2] ?? '1'), Number(iso[3] ?? '1'), iso.slice(4));
  const american = AMERICAN_DATE.exec(text);
  if (american) return dateFrom(Number(american[3]), Number(american[1]), Number(american[2]), american.slice(4));
  const named = NAMED_DATE.exec(text);
  if (!named) return undefined;
  const month = MONTHS.indexOf((named[2] ?? '').toLowerCase()) + 1;
  const year = Number(named[3]);
  return dateFrom(year < 100 ? year + (year < 50 ? 2000 : 1900) : year, month, Number(named[1]), named.slice(4));
}

const INTEGER = /^[+-]?(?:0[xX][0-9a-fA-F]+|\d+)$/;

/** The largest real has 309 digits. */
const LONGEST_INTEGER = 400;

function integerValue(text: string): bigint {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  // Beyond that no type holds the value, whatever it is; working out a million digits takes its time.
  const value = digits.length > LONGEST_INTEGER ? 10n ** BigInt(LONGEST_INTEGER) : BigInt(digits);
  return negative ? -value : value;
}

function realValue(content: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(content)) return Number(content);
  if (/^nan$/i.test(content)) return NaN;
  if (/^\+?(?:inf|infinity)$/i.test(content)) return Infinity;
  return /^-(?:inf|infinity)$/i.test(content) ? -Infinity : undefined;
}

export type ScalarLiteralType = 'long' | 'int' | 'real' | 'decimal' | 'bool' | 'datetime' | 'timespan' | 'guid';

const BOOLEAN_CONTENT: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

/**
 * A literal that is neither a string nor `dynamic(...)`.
 * @param written as it stands in the query: `5`, `1d`, `true`, `datetime(2024-01-01)`
 */
export function scalarLiteral(type: ScalarLiteralType, written: string): Literal | undefined {
  const wrapped = /^[A-Za-z0-9]+\(([^]*)\)$/.exec(written);
  const content = (wrapped?.[1] ?? written).trim();
  if (wrapped !== null && content === 'null') return { type: 'null', of: type, text: written };
  switch (type) {
    case 'long':
    case 'int':
      return INTEGER.test(content) ? { type, value: integerValue(content), text: written } : undefined;
    case 'real':
    case 'decimal': {
      const value = INTEGER.test(content) ? Number(integerValue(content)) : realValue(content);
      return value === undefined ? undefined : { type, value, text: written };
    }
    case 'bool': {
      const value = BOOLEAN_CONTENT[content.toLowerCase()];
      return value === undefined ? undefined : { type, value, text: written };
    }
    case 'datetime': {
      const value = parseDatetime(content);
      return value === undefined ? undefined : { type, value, text: written };
    }
    case 'timespan': {
      const value = parseTimespan(content.replace(/^(["'])(.*)\1$/, '$2'));
      return value === undefined ? undefined : { type, value, text: written };
    }
    case 'guid': {
      const digits = content.replace(/^(["'])(.*)\1$/, '$2');
      const plain = digits.replace(/[-{}]/g, '').toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(plain)) return undefined;
      const value = plain.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      return { type, value, text: written };
    }
  }
}
