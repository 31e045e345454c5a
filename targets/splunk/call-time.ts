/** Functions of time in SPL's words: seconds since 1970, and `strftime` where the calendar is asked for. */
import { call, long, real, text } from '../../src/ir/build.ts';
import type { Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { shorten } from './adapt-scalar.ts';
import { binTo, floorOf, make, op } from './call-arguments.ts';
import type { Arguments, Handler } from './call-arguments.ts';
import { isWritableFormat } from './emit-scalar.ts';
import { unsayable } from './unsayable.ts';

/** Seconds. */
export const DAY = 86_400;
const WEEK = 7 * DAY;
/** Seconds from the epoch, a Thursday, to its first Sunday. */
const FIRST_SUNDAY = 3 * DAY;

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', DAY],
  ['week', WEEK],
]);

/** The part of a day that has passed, in units of so many seconds. */
const partOfDay = (time: Scalar, unit: number, cycle: number): Scalar =>
  floorOf(op('divide', op('modulo', time, long(cycle)), long(unit)));

function noteTimeZone(of: Arguments, what: string): void {
  const { rows, use } = of.context;
  rows.adapting.noteUse(
    'time-zone',
    'differs',
    use,
    of.node.span,
    `${what} follows the time zone of the search's owner, not UTC.`,
  );
}

function calendarPart(of: Arguments, format: string, time: Scalar): Scalar {
  noteTimeZone(of, 'A part of the calendar');
  return call('toReal', [call('formatDatetime', [time, text(format)], 'string', of.node.span)], 'long', of.node.span);
}

export const TIME_HANDLERS: Partial<Readonly<Record<ScalarFunction, Handler>>> = {
  startOf: (of) => {
    const unit = of.literalText(1, 'A unit of time').toLowerCase();
    const time = of.value(0);
    const offset = of.count > 2 ? of.literalNumber(2, 'An offset') : 0;
    if (unit === 'day' || unit === 'week') {
      const size = unit === 'day' ? DAY : WEEK;
      const start = binTo(time, size, unit === 'day' ? 0 : FIRST_SUNDAY);
      return offset === 0 ? start : op('add', start, long(offset * size));
    }
    if ((unit !== 'month' && unit !== 'year') || offset !== 0)
      return unsayable(of.node, `The start of a ${unit} so far away has no counterpart.`);
    noteTimeZone(of, `The start of a ${unit}`);
    return call('startOf', [time, text(unit)], 'datetime', of.node.span);
  },
  endOf: (of) => {
    const unit = of.literalText(1, 'A unit of time').toLowerCase();
    if (of.count > 2 || (unit !== 'day' && unit !== 'week'))
      return unsayable(of.node, `The end of a ${unit} has no counterpart.`);
    const size = unit === 'day' ? DAY : WEEK;
    return op('add', binTo(of.value(0), size, unit === 'day' ? 0 : FIRST_SUNDAY), real(size - 0.001));
  },
  hourOfDay: (of) => partOfDay(of.value(0), 3600, DAY),
  dayOfWeek: (of) => {
    const days = floorOf(op('divide', of.value(0), long(DAY)));
    return op('multiply', op('modulo', op('add', days, long(4)), long(7)), long(DAY));
  },
  dayOfMonth: (of) => calendarPart(of, 'dd', of.value(0)),
  datePart: (of) => {
    const part = of.literalText(0, 'A part of a time').toLowerCase();
    const time = of.value(1);
    switch (part) {
      case 'hour':
        return partOfDay(time, 3600, DAY);
      case 'minute':
        return partOfDay(time, 60, 3600);
      case 'second':
        return partOfDay(time, 1, 60);
      case 'day':
        return calendarPart(of, 'dd', time);
      case 'month':
        return calendarPart(of, 'MM', time);
      case 'year':
        return calendarPart(of, 'yyyy', time);
      default:
        return unsayable(of.node, `The part '${part}' of a time has no counterpart.`);
    }
  },
  dateAdd: (of) => {
    const size = SECONDS.get(of.literalText(0, 'A unit of time').toLowerCase());
    if (size === undefined) return unsayable(of.node, 'Adding months or years has no counterpart.');
    return op('add', of.value(2), op('multiply', of.value(1), long(size)));
  },
  dateDiff: (of) => {
    const unit = of.literalText(0, 'A unit of time').toLowerCase();
    const size = unit === 'week' ? undefined : SECONDS.get(unit);
    if (size === undefined) return unsayable(of.node, `Counting ${unit}s between times has no counterpart.`);
    const count = (time: Scalar): Scalar => (size === 1 ? floorOf(time) : floorOf(op('divide', time, long(size))));
    return op('subtract', count(of.value(1)), count(of.value(2)));
  },
  formatDatetime: (of) => {
    const format = of.literalText(1, 'A format');
    if (!isWritableFormat(format)) return unsayable(of.node, `The format '${shorten(format)}' has no counterpart.`);
    noteTimeZone(of, 'A time as text');
    return make(of, 'formatDatetime', [of.value(0), text(format)]);
  },
};
