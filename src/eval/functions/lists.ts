/** Functions of arrays and property bags. */
import type { Json, Value } from '../../ir/types.ts';
import {
  boolValue,
  dynamicValue,
  groupKey,
  isNumeric,
  jsonOf,
  jsonText,
  longValue,
  nullOfType,
  orderOf,
  plain,
  readPath,
  realValue,
  stepInto,
  textOf,
  toNumber,
} from '../value.ts';
import {
  argument,
  arrayOf,
  bagOf,
  integerArgument,
  jsonArgument,
  LONGEST_ARRAY,
  makeBag,
  textArgument,
} from './family.ts';
import type { Family, FunctionBody } from './family.ts';

const keyOf = (json: Json): string => (typeof json === 'object' ? JSON.stringify(json) : groupKey(dynamicValue(json)));

function distinct(items: Iterable<Json>): readonly Json[] {
  const found = new Map<string, Json>();
  for (const item of items) if (!found.has(keyOf(item))) found.set(keyOf(item), item);
  return [...found.values()];
}

/** A function of arrays that is null when an argument is none. */
const ofArrays =
  (body: (arrays: readonly (readonly Json[])[]) => Value): FunctionBody =>
  (args) => {
    const arrays = args.map(arrayOf);
    const known = arrays.filter((array) => array !== undefined);
    return known.length < arrays.length ? nullOfType('dynamic') : body(known);
  };

const ofArray =
  (body: (array: readonly Json[], args: readonly Value[]) => Value): FunctionBody =>
  (args) => {
    const array = arrayOf(args[0]);
    return array === undefined ? nullOfType('dynamic') : body(array, args);
  };

export const LISTS: Family = {
  element: (args) => {
    const key = plain(argument(args, 1));
    const step = key.type === 'string' ? key.value : key.type === 'long' ? Number(key.value) : undefined;
    if (step === undefined) return nullOfType('dynamic');
    return readPath(argument(args, 0), [step]) ?? nullOfType('dynamic');
  },
  makeArray: (args) => dynamicValue(args.map(jsonOf)),
  makeBag: (args) => {
    const entries: [string, Json][] = [];
    for (let index = 0; index + 1 < args.length; index += 2)
      entries.push([textArgument(args, index), jsonArgument(args, index + 1)]);
    return dynamicValue(makeBag(entries));
  },
  arrayLength: (args) => {
    const array = arrayOf(args[0]);
    return array === undefined ? nullOfType('long') : longValue(array.length);
  },
  arrayConcat: (args) => {
    const arrays = args.map(arrayOf).filter((array) => array !== undefined);
    return arrays.length === 0 ? nullOfType('dynamic') : dynamicValue(arrays.flat());
  },
  arraySlice: ofArray((array, args) => {
    const place = (index: number | undefined, missing: number): number =>
      index === undefined ? missing : index < 0 ? array.length + index : index;
    const from = Math.max(0, place(integerArgument(args, 1), 0));
    return dynamicValue(array.slice(from, Math.max(0, place(integerArgument(args, 2), -1) + 1)));
  }),
  arrayIndexOf: (args) => {
    const array = arrayOf(args[0]);
    if (array === undefined) return nullOfType('long');
    const wanted = keyOf(jsonArgument(args, 1));
    const start = integerArgument(args, 2) ?? 0;
    const length = integerArgument(args, 3) ?? -1;
    const from = start < 0 ? array.length + start : start;
    const end = length < 0 ? array.length : from + length;
    let occurrence = integerArgument(args, 4) ?? 1;
    for (let index = Math.max(0, from); index < Math.min(end, array.length); index++) {
      if (keyOf(array[index] ?? null) === wanted && --occurrence === 0) return longValue(index);
    }
    return longValue(-1);
  },
  arraySort: ofArray((array, args) => {
    const direction = textArgument(args, 1) === 'desc' ? -1 : 1;
    const present = array.filter((item) => item !== null);
    const nulls = array.filter((item) => item === null);
    const sorted = present.toSorted((a, b) => direction * (orderOf(dynamicValue(a), dynamicValue(b)) ?? 0));
    return dynamicValue([...sorted, ...nulls]);
  }),
  arraySum: (args) => {
    const numbers = arrayOf(args[0])?.map((item) => plain(dynamicValue(item)));
    if (numbers === undefined || !numbers.every(isNumeric)) return nullOfType('real');
    return realValue(numbers.reduce((sum, item) => sum + (toNumber(item) ?? 0), 0));
  },
  arrayReverse: ofArray((array) => dynamicValue(array.toReversed())),
  setUnion: ofArrays((arrays) => dynamicValue(distinct(arrays.flat()))),
  setDifference: ofArrays(([first = [], ...others]) => {
    const gone = new Set(others.flat().map(keyOf));
    return dynamicValue(distinct(first).filter((item) => !gone.has(keyOf(item))));
  }),
  setIntersect: ofArrays(([first = [], ...others]) => {
    const sets = others.map((other) => new Set(other.map(keyOf)));
    return dynamicValue(distinct(first).filter((item) => sets.every((set) => set.has(keyOf(item)))));
  }),
  setHas: (args) => {
    const array = arrayOf(args[0]);
    if (array === undefined) return nullOfType('bool');
    const wanted = keyOf(jsonArgument(args, 1));
    return boolValue(array.some((item) => keyOf(item) === wanted));
  },
  bagKeys: (args) => {
    const bag = bagOf(args[0]);
    return bag === undefined ? nullOfType('dynamic') : dynamicValue(Object.keys(bag));
  },
  bagMerge: (args) => {
    const bags = args.map(bagOf).filter((bag) => bag !== undefined);
    if (bags.length === 0) return nullOfType('dynamic');
    const merged = new Map<string, Json>();
    for (const bag of bags)
      for (const [key, value] of Object.entries(bag)) if (!merged.has(key)) merged.set(key, value);
    return dynamicValue(makeBag(merged));
  },
  bagRemoveKeys: (args) => {
    const bag = bagOf(args[0]);
    if (bag === undefined) return nullOfType('dynamic');
    const keys = arrayOf(args[1])?.map(jsonText) ?? [];
    return dynamicValue(keys.reduce<Json>((left, key) => without(left, keyPath(key)), bag));
  },
  bagHasKey: (args) => {
    const bag = bagOf(args[0]);
    if (bag === undefined) return nullOfType('bool');
    let json: Json | undefined = bag;
    for (const step of keyPath(textArgument(args, 1))) json = json === undefined ? undefined : stepInto(json, step);
    return boolValue(json !== undefined);
  },
  treePath: (args) => {
    const of = argument(args, 0);
    return of.type === 'dynamic' ? dynamicValue(treePaths(of.value)) : nullOfType('dynamic');
  },
  zip: ofArrays((arrays) => {
    const length = Math.max(0, ...arrays.map((array) => array.length));
    return dynamicValue(Array.from({ length }, (_, index) => arrays.map((array) => array[index] ?? null)));
  }),
  range: (args) => range(argument(args, 0), argument(args, 1), args[2]),
};

/** A key, or the path `$.a.b`. */
const keyPath = (key: string): readonly string[] => (key.startsWith('$.') ? key.slice(2).split('.') : [key]);

function without(json: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined || typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const entries = Object.entries(json as { readonly [name: string]: Json });
  return makeBag(
    entries.flatMap(([name, value]) =>
      name !== key ? [[name, value] as const] : rest.length === 0 ? [] : [[name, without(value, rest)] as const],
    ),
  );
}

function range(start: Value, stop: Value, step: Value | undefined): Value {
  const [from, to] = [plain(start), plain(stop)];
  const by = step === undefined ? undefined : toNumber(step);
  const timed = from.type === 'datetime' || from.type === 'timespan';
  const size = by ?? (timed ? 3_600_000 : 1);
  const [first, last] = [toNumber(from), toNumber(to)];
  if (first === undefined || last === undefined || size === 0) return nullOfType('dynamic');
  const items: Json[] = [];
  for (let value = first; size > 0 ? value <= last : value >= last; value += size) {
    items.push(timed ? textOf({ type: from.type, value }) : value);
    if (items.length >= LONGEST_ARRAY) break;
  }
  return dynamicValue(items);
}

/** Paths as KQL writes them: `['a']`, `['a']['b']`, `['list']`, and for all elements of a list `['list'][0]`. */
function treePaths(root: Json): readonly string[] {
  const found: string[] = [];
  const waiting: [string, Json][] = [['', root]];
  for (let next = waiting.shift(); next !== undefined && found.length < LONGEST_ARRAY; next = waiting.shift()) {
    const [path, json] = next;
    if (path !== '' && !found.includes(path)) found.push(path);
    if (typeof json !== 'object' || json === null) continue;
    const inner: [string, Json][] = Array.isArray(json)
      ? (json as readonly Json[]).map((item) => [`${path}[0]`, item])
      : Object.entries(json).map(([key, item]: [string, Json]) => [`${path}['${key}']`, item]);
    waiting.unshift(...inner);
  }
  return found;
}
