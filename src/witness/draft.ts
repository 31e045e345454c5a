/** Events while they are made: JSON columns of a table, read and written by place. */
import type { EventRecord } from '../eval/index.ts';
import type { ColumnTypes } from '../eval/index.ts';
import { valueFromJson } from '../eval/value.ts';
import type { Row } from '../eval/value.ts';
import type { Field, Json, PathStep, Value } from '../ir/types.ts';

/** An event of a table as JSON, without the table's name. Drafts are values: writing gives a new one. */
export type Columns = ReadonlyMap<string, Json>;

export interface Draft {
  readonly table: string;
  readonly columns: Columns;
}

/** A value for a place of an event; `undefined`: the place is to be absent. */
export interface Assignment {
  readonly place: Field;
  readonly value: Json | undefined;
}

export function recordOf({ table, columns }: Draft): EventRecord {
  return { Type: table, ...Object.fromEntries(columns) };
}

export function rowOf({ table, columns }: Draft, types: ColumnTypes): Row {
  const row = new Map<string, Value>([['Type', { type: 'string', value: table }]]);
  for (const [name, json] of columns) row.set(name, valueFromJson(json, types(table, name) ?? 'unknown'));
  return row;
}

/** The draft with values at places. */
export function assign(draft: Draft, assignments: readonly Assignment[]): Draft {
  const columns = new Map(draft.columns);
  for (const { place, value } of assignments) {
    if (place.path.length === 0) {
      if (value === undefined) columns.delete(place.name);
      else columns.set(place.name, value);
      continue;
    }
    columns.set(place.name, writeAt(structureOf(columns.get(place.name)), place.path, value));
  }
  return { ...draft, columns };
}

/** What stands at a place of a draft; `undefined`: nothing. */
export function readAt(draft: Draft, place: Field): Json | undefined {
  let json = draft.columns.get(place.name);
  for (const step of place.path) {
    const inner = structureOf(json);
    if (Array.isArray(inner)) json = typeof step === 'number' ? (inner as readonly Json[]).at(step) : undefined;
    else if (isBag(inner) && typeof step === 'string') json = Object.hasOwn(inner, step) ? inner[step] : undefined;
    else return undefined;
  }
  return json;
}

type Bag = { readonly [key: string]: Json };

const isBag = (json: Json | undefined): json is Bag =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** A text that holds JSON is what it holds. */
function structureOf(json: Json | undefined): Json | undefined {
  if (typeof json !== 'string' || !/^\s*[[{]/.test(json)) return json;
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}

function writeAt(json: Json | undefined, path: readonly PathStep[], value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  const current = structureOf(json);
  if (typeof step === 'number') return writeElement(current, step, rest, value);
  const bag: Bag = isBag(current) ? current : {};
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(bag).filter(([key]) => key !== step));
  }
  const inner = Object.hasOwn(bag, step) ? bag[step] : undefined;
  return Object.fromEntries([...Object.entries(bag), [step, writeAt(inner, rest, value)]]);
}

const MOST_ELEMENTS = 100;

function writeElement(json: Json | undefined, step: number, rest: readonly PathStep[], value: Json | undefined): Json {
  const list: Json[] = Array.isArray(json) ? [...(json as readonly Json[])] : [];
  const at = step < 0 ? Math.max(0, list.length + step) : Math.min(step, MOST_ELEMENTS);
  while (list.length <= at) list.push(rest.length > 0 ? {} : '');
  if (rest.length === 0 && value === undefined) list.splice(at, 1);
  else list[at] = writeAt(list[at], rest, value);
  return list;
}
