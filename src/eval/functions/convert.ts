/** Conversions and questions about types. */
import type { Json, Value } from '../../ir/types.ts';
import { parseDatetime, parseTimespan } from '../instants.ts';
import {
  boolValue,
  datetimeValue,
  dynamicValue,
  isEmpty,
  isNull,
  jsonOf,
  jsonText,
  nullOfType,
  plain,
  stepInto,
  textOf,
  textValue,
  timespanValue,
  toBool,
  toLong,
  toNumber,
} from '../value.ts';
import { argument, textArgument } from './family.ts';
import type { Family } from './family.ts';

export const CONVERT: Family = {
  toText: (args) => textValue(textArgument(args, 0)),
  toLong: (args) => toLong(argument(args, 0)),
  toReal: (args) => number(argument(args, 0), 'real'),
  toDecimal: (args) => number(argument(args, 0), 'decimal'),
  toBool: (args) => toBool(argument(args, 0)),
  toDatetime: (args) => toDatetime(argument(args, 0)),
  toTimespan: (args) => toTimespan(argument(args, 0)),
  toGuid: (args) => {
    const text = textArgument(args, 0)
      .trim()
      .replace(/^\{(.*)\}$/, '$1')
      .toLowerCase();
    const digits = text.replaceAll('-', '');
    if (!/^[0-9a-f]{32}$/.test(digits) || !/^[0-9a-f-]+$/.test(text)) return nullOfType('guid');
    return { type: 'guid', value: digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
  },
  toDynamic: (args) => dynamicValue(jsonOf(argument(args, 0))),
  parseJson: (args) => parseJson(argument(args, 0)),
  extractJson: (args) => textValue(extractJson(textArgument(args, 0), textArgument(args, 1))),
  typeName: (args) => textValue(typeName(argument(args, 0))),
  isNan: (args) => boolValue(Number.isNaN(toNumber(argument(args, 0)))),
  isFinite: (args) => boolValue(Number.isFinite(toNumber(argument(args, 0)))),
  coalesce: (args, { type }) => {
    const isText = type === 'string';
    return args.find((arg) => (isText ? !isEmpty(arg) : !isNull(plain(arg)))) ?? nullOfType(type);
  },
};

function number(value: Value, type: 'real' | 'decimal'): Value {
  const found = toNumber(value);
  return found === undefined ? nullOfType(type) : { type, value: found };
}

function toDatetime(value: Value): Value {
  const of = plain(value);
  if (of.type === 'datetime') return of;
  if (of.type === 'long') return datetimeValue(Number(of.value) / 10_000 - 62_135_596_800_000);
  const instant = of.type === 'string' ? parseDatetime(of.value) : undefined;
  return instant === undefined ? nullOfType('datetime') : datetimeValue(instant);
}

function toTimespan(value: Value): Value {
  const of = plain(value);
  if (of.type === 'timespan') return of;
  if (of.type === 'long') return timespanValue(Number(of.value) / 10_000);
  const duration = of.type === 'string' ? parseTimespan(of.value) : undefined;
  return duration === undefined ? nullOfType('timespan') : timespanValue(duration);
}

/** Text that is JSON as what it holds; other text stays a text. */
function parseJson(value: Value): Value {
  if (value.type === 'dynamic' && typeof value.value !== 'string') return value;
  const text = textOf(value);
  if (text.trim() === '') return nullOfType('dynamic');
  try {
    return dynamicValue(JSON.parse(text) as Json);
  } catch {
    return dynamicValue(text);
  }
}

/** `$.a.b[0]` and `$['a']`; empty where there is nothing. */
function extractJson(path: string, text: string): string {
  let json: Json | undefined;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return '';
  }
  const steps = path.replace(/^\$/, '').matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g);
  for (const [, name, index, single, double] of steps) {
    const key = name ?? single ?? double;
    json = json === undefined ? undefined : stepInto(json, key ?? Number(index));
  }
  return json === undefined ? '' : jsonText(json);
}

function typeName(value: Value): string {
  if (value.type !== 'dynamic') return value.type === 'null' ? (value.of === 'string' ? 'string' : 'null') : value.type;
  if (Array.isArray(value.value)) return 'array';
  const of = plain(value);
  return of.type === 'dynamic' ? 'dictionary' : of.type === 'real' ? 'double' : of.type;
}
