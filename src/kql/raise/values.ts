/** Values as KQL literals. */
import { NO_SPAN } from '../../source.ts';
import type { Span } from '../../source.ts';
import type { ScalarType, Value } from '../../ir/types.ts';
import type { Expression, Literal } from '../ast.ts';

/** Text that stands in an expression letter by letter. */
export function written(text: string, span: Span = NO_SPAN): Expression {
  return literal({ type: 'long', value: 0n, text }, span);
}

export function literal(value: Literal, span: Span = NO_SPAN): Expression {
  return { kind: 'literal', literal: value, span };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as people write it: `@"..."` where that saves backslashes. */
export function quoteText(text: string): string {
  // Everything that a terminal or an editor does not show as it stands is escaped, which verbatim strings cannot.
  const isPlain = !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
  if (isPlain && text.includes('\\')) return `@"${text.replaceAll('"', '""')}"`;
  const escaped = text.replace(/["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const known = ESCAPES[character];
    if (known !== undefined) return known;
    return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
  return `"${escaped}"`;
}

export function raiseText(value: string, span: Span = NO_SPAN): Expression {
  return literal({ type: 'string', value, text: quoteText(value) }, span);
}

const UNITS: readonly (readonly [suffix: string, milliseconds: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** A duration in the largest unit that says it in whole numbers: `90m`, `14d`. In milliseconds. */
export function timespanText(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const unit = UNITS.find(([, length]) => milliseconds % length === 0);
  if (unit !== undefined) return `${milliseconds / unit[1]}${unit[0]}`;
  // A tick is the ten-thousandth part of a millisecond, and the finest that KQL has.
  return `${Math.round(milliseconds * 10_000)}tick`;
}

/** An instant, milliseconds since 1970, as its literal; without the time of day where that is midnight. */
export function datetimeText(value: number): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return 'datetime(null)';
  return `datetime(${date
    .toISOString()
    .replace(/\.000Z$/, 'Z')
    .replace(/T00:00:00Z$/, '')})`;
}

const NULLS: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  long: 'long',
  real: 'real',
  decimal: 'decimal',
  bool: 'bool',
  datetime: 'datetime',
  timespan: 'timespan',
  guid: 'guid',
  dynamic: 'dynamic',
  unknown: 'dynamic',
};

export function raiseValue(value: Value, span: Span = NO_SPAN): Expression {
  switch (value.type) {
    case 'string':
      return raiseText(value.value, span);
    case 'long':
      return literal({ type: 'long', value: value.value, text: String(value.value) }, span);
    case 'real':
      return literal({ type: 'real', value: value.value, text: realText(value.value) }, span);
    case 'decimal':
      return literal({ type: 'decimal', value: value.value, text: `decimal(${value.value})` }, span);
    case 'bool':
      return literal({ type: 'bool', value: value.value, text: String(value.value) }, span);
    case 'datetime':
      return literal({ type: 'datetime', value: value.value, text: datetimeText(value.value) }, span);
    case 'timespan':
      return literal({ type: 'timespan', value: value.value, text: timespanText(value.value) }, span);
    case 'guid':
      return literal({ type: 'guid', value: value.value, text: `guid(${value.value})` }, span);
    case 'dynamic':
      return literal({ type: 'dynamic', value: value.value, text: `dynamic(${JSON.stringify(value.value)})` }, span);
    case 'null':
      return literal({ type: 'null', of: NULLS[value.of], text: `${NULLS[value.of]}(null)` }, span);
  }
}

function realText(value: number): string {
  if (Number.isNaN(value)) return 'real(nan)';
  if (!Number.isFinite(value)) return value > 0 ? 'real(+inf)' : 'real(-inf)';
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : `real(${value})`;
}
