/** Function calls in SPL's words. What a function has no counterpart for is put together from others where that is exact. */
import { call, choose, compare, field, long, real, text } from '../../src/ir/build.ts';
import type { PathStep, Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { adaptScalar, firstText, numberOf, shorten, Unsayable, unsayable } from './adapt-scalar.ts';
import type { ScalarContext } from './adapt-scalar.ts';
import { isWritableFormat } from './emit-scalar.ts';
import { countGroups, escapePattern, readGroups, toSharedSyntax } from './patterns.ts';
import { isPlainField, LIST_FUNCTIONS } from './rows.ts';
import { HASHES, rowOfFunction } from './support.ts';

type Call = Extract<Scalar, { readonly op: 'call' }>;

/** A call under adaptation: its arguments are adapted when they are asked for. */
class Arguments {
  readonly node: Call;
  readonly context: ScalarContext;

  constructor(node: Call, context: ScalarContext) {
    this.node = node;
    this.context = context;
  }

  get count(): number {
    return this.node.args.length;
  }

  raw(index: number): Scalar {
    return this.node.args[index] ?? unsayable(this.node, `'${this.node.fn}' lacks an argument.`);
  }

  value(index: number): Scalar {
    const raw = this.raw(index);
    return adaptScalar(raw, this.context, typeOf(raw) === 'datetime' ? 'time' : 'value');
  }

  values(from = 0): readonly Scalar[] {
    return this.node.args.slice(from).map((_, index) => this.value(from + index));
  }

  literalText(index: number, what: string): string {
    const raw = this.raw(index);
    if (raw.op === 'literal' && raw.value.type === 'string') return raw.value.value;
    return unsayable(raw, `${what} has to be written in the query.`);
  }

  literalNumber(index: number, what: string): number {
    const raw = this.raw(index);
    const value = raw.op === 'literal' ? raw.value : undefined;
    if (value?.type === 'long' || value?.type === 'real') return Number(value.value);
    return unsayable(raw, `${what} has to be written in the query.`);
  }

  pattern(index: number): string {
    const shared = toSharedSyntax(this.literalText(index, 'A regular expression'));
    if (shared !== undefined) return shared;
    throw new Unsayable(
      'unsupported-regex',
      this.node.span,
      'The regular expression has a construct that PCRE does not have.',
    );
  }

  /** A value as a field of its own: some commands take nothing else. */
  asField(index: number): Scalar {
    const value = this.value(index);
    if (isPlainField(value)) return value;
    return this.context.rows.compute(value, this.context.rows.columnNamed(this.raw(index)) ?? 'text');
  }
}

export function typeOf(node: Scalar): string {
  switch (node.op) {
    case 'field':
    case 'call':
    case 'choose':
    case 'query':
      return node.type;
    case 'literal':
      return node.value.type === 'null' ? node.value.of : node.value.type;
    case 'now':
      return 'datetime';
    case 'test':
      return 'bool';
    case 'anyField':
    case 'opaque':
      return 'unknown';
  }
}

/** Whether a value reads as a text: a missing one as the empty text. */
export function isText(node: Scalar): boolean {
  return ['string', 'dynamic', 'unknown', 'guid'].includes(typeOf(node));
}

const isNumber = (node: Scalar): boolean => ['long', 'real', 'decimal'].includes(typeOf(node));

export function adaptCall(node: Call, context: ScalarContext): Scalar {
  const handler = HANDLERS[node.fn];
  if (handler !== undefined) return handler(new Arguments(node, context));
  return unsayable(node, `The function '${node.fn}' has no counterpart in SPL.`);
}

type Handler = (of: Arguments) => Scalar;

const make = (of: Arguments, fn: ScalarFunction, args: readonly Scalar[]): Scalar =>
  call(fn, args, of.node.type, of.node.span);

/** The same function, of the adapted arguments. */
const alike: Handler = (of) => {
  const { fn } = of.node;
  if (rowOfFunction(fn, of.count) === undefined)
    return unsayable(of.node, `'${fn}' with ${of.count} arguments has no counterpart.`);
  return make(of, fn, of.values());
};

/** The value is what its argument is. */
const itself: Handler = (of) => of.value(0);

const binary: Handler = (of) => make(of, of.node.fn, [of.value(0), of.value(1)]);

const DAY = 86_400;
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

function op(fn: ScalarFunction, left: Scalar, right: Scalar): Scalar {
  return call(fn, [left, right], 'real', left.span);
}

const floorOf = (of: Scalar): Scalar => call('floor', [of], 'long', of.span);

/** Rounded down to a multiple of the size, counted from an offset. */
function binTo(value: Scalar, size: number, offset = 0): Scalar {
  if (offset === 0) return call('bin', [value, numberOf(size, value.span)], 'datetime', value.span);
  const shift = long(offset);
  const bin = call('bin', [op('subtract', value, shift), long(size)], 'datetime', value.span);
  return op('add', bin, shift);
}

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

/** Truncated towards zero. */
function truncated(value: Scalar): Scalar {
  const down = floorOf(value);
  const up = call('ceiling', [value], 'long', value.span);
  return choose([{ when: compare(value, '<', long(0)), then: up }], down, 'long', value.span);
}

const HANDLERS: Partial<Readonly<Record<ScalarFunction, Handler>>> = {
  // text
  lower: alike,
  upper: alike,
  length: alike,
  urlDecode: alike,
  concat: (of) => make(of, 'concat', of.values()),
  concatWith: (of) => {
    const delimiter = of.value(0);
    const parts = of.values(1).flatMap((part, index) => (index === 0 ? [part] : [delimiter, part]));
    return make(of, 'concat', parts);
  },
  joinText: (of) => {
    const delimiter = of.count > 1 ? of.literalText(1, 'A delimiter') : '';
    return make(of, 'joinText', [of.value(0), text(delimiter)]);
  },
  substring: (of) => {
    const start = of.literalNumber(1, 'The start of a part of a text');
    return make(of, 'substring', [of.value(0), long(Math.trunc(start)), ...of.values(2)]);
  },
  split: (of) => {
    const delimiter = of.literalText(1, 'A delimiter');
    if (delimiter === '') return unsayable(of.node, 'Splitting a text into characters has no counterpart.');
    const pieces = call('split', [of.value(0), text(delimiter)], 'dynamic', of.node.span);
    return of.count > 2 ? make(of, 'element', [pieces, long(of.literalNumber(2, 'A position'))]) : pieces;
  },
  trim: (of) => {
    const pattern = of.pattern(0);
    const start = replaced(of, of.value(1), `^(?:${pattern})+`);
    return replaced(of, start, `(?:${pattern})+\\z`);
  },
  trimStart: (of) => replaced(of, of.value(1), `^(?:${of.pattern(0)})+`),
  trimEnd: (of) => replaced(of, of.value(1), `(?:${of.pattern(0)})+\\z`),
  replaceText: (of) => {
    const lookup = escapePattern(of.literalText(1, 'A text to replace'));
    const rewrite = of.literalText(2, 'A replacement').replaceAll('\\', '\\\\');
    return make(of, 'replaceRegex', [of.value(0), text(lookup), text(rewrite)]);
  },
  replaceRegex: (of) => {
    const rewrite = of.literalText(2, 'A replacement');
    if (/\\0/.test(rewrite.replaceAll('\\\\', '')))
      return unsayable(of.node, 'The whole match in a replacement has no counterpart.');
    return make(of, 'replaceRegex', [of.value(0), text(of.pattern(1)), text(rewrite)]);
  },
  extract: (of) => {
    const group = of.literalNumber(1, 'The number of a group');
    const written = readGroups(of.pattern(0)).pattern;
    const pattern = group === 0 ? `(${written})` : written;
    const number = group === 0 ? 1 : group;
    if (number > countGroups(pattern)) return text('', of.node.span);
    const value = call('extract', [text(pattern), long(number), of.asField(2)], 'string', of.node.span);
    return of.context.rows.compute(value, of.context.rows.columnNamed(of.node) ?? 'extracted');
  },
  extractAll: (of) => {
    const { pattern } = readGroups(of.pattern(0));
    if (countGroups(pattern) !== 1 || of.count > 2)
      return unsayable(of.node, 'All matches of several groups have no counterpart.');
    const value = call('extractAll', [text(pattern), of.asField(1)], 'dynamic', of.node.span);
    return of.context.rows.compute(value, of.context.rows.columnNamed(of.node) ?? 'extracted');
  },
  extractJson: (of) => {
    const path = readJsonPath(of.literalText(0, 'A path'));
    const value = of.value(1);
    if (path === undefined || value.op !== 'field')
      return unsayable(of.node, 'This place in a JSON text has no counterpart.');
    return inside(value, path, of);
  },
  hash: (of) => {
    const algorithm = of.count > 1 ? of.literalText(1, 'An algorithm') : 'xxhash64';
    if (!HASHES.has(algorithm)) return unsayable(of.node, `The hash '${algorithm}' has no counterpart.`);
    return make(of, 'hash', [of.value(0), text(algorithm)]);
  },

  // conversion
  toText: itself,
  toGuid: itself,
  toDynamic: itself,
  parseJson: itself,
  toLong: (of) => {
    const type = typeOf(of.raw(0));
    if (type === 'long') return of.value(0);
    if (type === 'real' || type === 'decimal') return truncated(of.value(0));
    if (type === 'datetime' || type === 'timespan')
      return unsayable(of.node, 'A time as a number of ticks has no counterpart.');
    return make(of, 'toReal', [of.value(0)]);
  },
  toReal: (of) => (isNumber(of.raw(0)) ? of.value(0) : make(of, 'toReal', [of.value(0)])),
  toDecimal: (of) => (isNumber(of.raw(0)) ? of.value(0) : make(of, 'toReal', [of.value(0)])),
  toTimespan: (of) =>
    typeOf(of.raw(0)) === 'timespan' ? of.value(0) : unsayable(of.node, 'A duration in a text has no counterpart.'),
  toDatetime: (of) => {
    if (typeOf(of.raw(0)) === 'datetime') return of.value(0);
    const { rows, use } = of.context;
    const message = 'A time in a text is read as ISO 8601 in UTC.';
    rows.adapting.noteUse('time-format', 'differs', use, of.node.span, message);
    return make(of, 'toDatetime', [of.value(0)]);
  },

  // arithmetic
  add: binary,
  subtract: binary,
  multiply: binary,
  divide: (of) => {
    const quotient = make(of, 'divide', [of.value(0), of.value(1)]);
    // Of two integers KQL keeps the integer part.
    return typeOf(of.raw(0)) === 'long' && typeOf(of.raw(1)) === 'long' ? truncated(quotient) : quotient;
  },
  modulo: (of) => {
    const [value, size] = [of.value(0), of.value(1)];
    return op('subtract', value, op('multiply', floorOf(op('divide', value, size)), size));
  },
  negate: (of) => make(of, 'multiply', [of.value(0), long(-1)]),
  abs: alike,
  ceiling: alike,
  floor: alike,
  round: alike,
  sqrt: alike,
  exp: alike,
  power: alike,
  log: alike,
  log2: (of) => make(of, 'log2', [of.value(0)]),
  log10: (of) => make(of, 'log10', [of.value(0)]),
  maxOf: alike,
  minOf: alike,
  bin: (of) => {
    const size = of.raw(1);
    if (size.op !== 'literal') return unsayable(of.node, 'A computed bin size has no counterpart.');
    const width = size.value.type === 'timespan' ? size.value.value / 1000 : of.literalNumber(1, 'A bin size');
    if (!(width > 0)) return unsayable(of.node, 'A bin of no size has no counterpart.');
    const value = of.value(0);
    const isTime = typeOf(of.raw(0)) === 'datetime';
    // KQL counts days from year 1, 719,162 days before the epoch.
    const offset = isTime && width > DAY ? -((719_162 * DAY) % width) : 0;
    return binTo(value, width, offset);
  },

  // time
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
  fromUnixSeconds: itself,
  fromUnixMillis: (of) => op('divide', of.value(0), long(1000)),
  ingestionTime: (of) => field('_indextime', [], 'datetime', of.node.span),

  // lists and bags
  element: (of) => adaptElement(of.node, of.context),
  arrayLength: (of) => make(of, 'arrayLength', [asList(of, of.value(0))]),
  arraySlice: (of) => make(of, 'arraySlice', [asList(of, of.value(0)), of.value(1), of.value(2)]),
  makeArray: (of) => make(of, 'arrayConcat', [of.value(0), ...of.values(1)]),
  arrayConcat: (of) => {
    const lists = of.values().map((one) => asList(of, one));
    const [only, more] = lists;
    return only !== undefined && more === undefined ? only : make(of, 'arrayConcat', lists);
  },
  setUnion: (of) =>
    make(of, 'setUnion', [
      call(
        'arrayConcat',
        of.values().map((one) => asList(of, one)),
        'dynamic',
      ),
    ]),
  makeBag: (of) => make(of, 'makeBag', of.values()),

  // choice
  coalesce: (of) => {
    const values = of.values();
    if (of.node.type === 'string') return firstText(values, of.node.span);
    // Texts that are missing read as empty: the empty text adds nothing.
    const last = values.at(-1);
    const kept =
      last?.op === 'literal' && last.value.type === 'string' && last.value.value === '' ? values.slice(0, -1) : values;
    const [only] = kept;
    return kept.length === 1 && only !== undefined ? only : make(of, 'coalesce', kept);
  },
};

function replaced(of: Arguments, value: Scalar, pattern: string): Scalar {
  return make(of, 'replaceRegex', [value, text(pattern), text('')]);
}

/** A place inside JSON. */
function inside(value: Scalar, path: readonly PathStep[], of: { readonly node: Scalar }): Scalar {
  const isNamed = path.every((step) => (typeof step === 'number' ? step >= 0 : /^[^.{}\s"]+$/.test(step)));
  if (!isNamed) return unsayable(of.node, 'A place with such a name can not be taken out of JSON.');
  if (value.op === 'field') return { ...value, path: [...value.path, ...path] };
  return unsayable(of.node, 'A place inside a computed structure has no counterpart.');
}

/** `$.a.b[0]`. */
function readJsonPath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  const part = /^\$|\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]/gy;
  let end = 0;
  for (let found = part.exec(path); found !== null && found[0] !== ''; found = part.exec(path)) {
    end = part.lastIndex;
    if (found[1] !== undefined) steps.push(found[1]);
    else if (found[2] !== undefined) steps.push(Number(found[2]));
    else if (found[3] !== undefined) steps.push(found[3]);
  }
  return end === path.length && path.startsWith('$') ? steps : undefined;
}

/** A list as a multivalue: JSON arrays are turned into one. */
function asList(of: Arguments, value: Scalar): Scalar {
  if (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) return value;
  if (isPlainField(value) && of.context.rows.isList(value)) return value;
  return call('parseJson', [value], 'dynamic', of.node.span);
}

/** `container[key]`, chains of it included. */
function adaptElement(node: Call, context: ScalarContext): Scalar {
  const steps: PathStep[] = [];
  let base: Scalar = node;
  while (base.op === 'call' && base.fn === 'element') {
    const [container, key]: readonly (Scalar | undefined)[] = base.args;
    if (container === undefined || key?.op !== 'literal')
      return unsayable(node, 'An element at a computed place has no counterpart.');
    const step =
      key.value.type === 'string' ? key.value.value : key.value.type === 'long' ? Number(key.value.value) : undefined;
    if (step === undefined) return unsayable(node, 'An element at such a place has no counterpart.');
    steps.unshift(step);
    base = container;
  }
  if (base.op === 'call' && base.fn === 'parseUrl') return partOfUrl(base, steps, context, node);
  const value = adaptScalar(base, context);
  const isList =
    (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) || (isPlainField(value) && context.rows.isList(value));
  if (!isList) return inside(value, steps, { node });
  const [position, ...rest] = steps;
  if (typeof position !== 'number') return unsayable(node, 'A property of a list has no counterpart.');
  const element = call('element', [value, long(position)], 'dynamic', node.span);
  return rest.length === 0 ? element : inside(context.rows.compute(element, 'element'), rest, { node });
}

/** Parts of URLs as capture groups; RFC 3986, appendix B. */
const URL_PARTS: ReadonlyMap<string, string> = new Map([
  ['Scheme', '^([A-Za-z][A-Za-z0-9+.-]*)://'],
  ['Host', '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^:/?#]*)'],
  ['Port', '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?[^:/?#]*:([0-9]+)'],
  ['Path', '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(/[^?#]*)'],
  ['Fragment', '#(.*)\\z'],
]);

function partOfUrl(base: Call, steps: readonly PathStep[], context: ScalarContext, node: Call): Scalar {
  const [part, ...rest] = steps;
  const pattern = typeof part === 'string' && rest.length === 0 ? URL_PARTS.get(part) : undefined;
  if (pattern === undefined) return unsayable(node, `The part '${String(part)}' of a URL has no counterpart.`);
  const subject = new Arguments(base, context).asField(0);
  return context.rows.compute(
    call('extract', [text(pattern), long(1), subject], 'string', node.span),
    context.rows.columnNamed(node) ?? 'url_part',
  );
}
