/** Several events of one group: enough of them, or of different values, for a condition on what is measured. */
import type { Context } from '../eval/context.ts';
import type { ColumnTypes } from '../eval/index.ts';
import { jsonOf } from '../eval/value.ts';
import type { RelationOf } from '../ir/build.ts';
import type { Field, Json, Measure, Predicate, Scalar } from '../ir/types.ts';
import { fieldsOf, partsOf, predicatePart, scalarPart } from '../ir/walk.ts';
import { assign, readAt } from './draft.ts';
import type { Draft } from './draft.ts';
import { invert } from './invert.ts';
import { resolveDown } from './resolve.ts';

export interface Spreading {
  readonly types: ColumnTypes;
  readonly context: Context;
  /** No more events than this. */
  readonly most: number;
  /** Events for one more row of the group that satisfies more conditions. */
  readonly solve: (more: readonly Predicate[]) => readonly Draft[] | undefined;
}

/** Groups to try, the smaller ones first. `base`: events of one row of the group. */
export function* spreadRows(
  node: RelationOf<'aggregate'>,
  conditions: readonly Predicate[],
  base: readonly Draft[],
  spreading: Spreading,
): Generator<readonly Draft[]> {
  const counts = countsIn(conditions, spreading.most);
  const counted = node.measures.filter(({ fn }) => COUNTED.has(fn));
  const keys = keyPlaces(node);
  const varying = counted
    .flatMap(({ args }) => args.slice(0, 1))
    .map((arg) => resolveDown(node.input, arg))
    .filter((arg) => !fieldsOf(scalarPart(arg)).every((place) => keys.has(placeKey(place))));
  for (const count of counts) {
    const same = copies(base, count);
    yield same;
    if (varying.length > 0) yield varyValues(same, varying);
  }
  const conditional = node.measures.filter(({ where }) => where !== undefined);
  if (conditional.length > 0) yield* conditionalRows(conditional, counts, varying, spreading);
}

const COUNTED: ReadonlySet<string> = new Set([
  'countDistinct',
  'set',
  'list',
  'sum',
  'average',
  'max',
  'min',
  'percentile',
]);

/** Rows for measures that count only some: so many of each. */
function* conditionalRows(
  measures: readonly Measure[],
  counts: readonly number[],
  varying: readonly Scalar[],
  spreading: Spreading,
): Generator<readonly Draft[]> {
  const rows = measures.map(({ where }) => (where === undefined ? undefined : spreading.solve([where])));
  const solved = rows.filter((one) => one !== undefined);
  for (const count of counts) {
    const each = solved.flatMap((one) => copies(one, count));
    if (each.length > spreading.most) return;
    yield each;
    if (varying.length > 0) yield varyValues(each, varying);
    // Many of one, a single one of each other.
    for (const [index, one] of solved.entries()) {
      const others = solved.filter((_, at) => at !== index).flat();
      yield [...copies(one, count), ...others];
      yield varyValues([...copies(one, count), ...others], varying);
    }
  }
}

export const placeKey = ({ name, path }: Field): string => JSON.stringify([name, ...path]);

export function keyPlaces(node: RelationOf<'aggregate'>): ReadonlySet<string> {
  return new Set(node.by.flatMap(({ value }) => fieldsOf(scalarPart(resolveDown(node.input, value))).map(placeKey)));
}

/** Numbers of events worth trying: around every number that the conditions name. */
export function countsIn(conditions: readonly Predicate[], most: number): readonly number[] {
  const counts = new Set<number>([2, 3]);
  for (const condition of conditions) {
    for (const { kind, node } of partsOf(predicatePart(condition))) {
      if (kind === 'scalar' && node.op === 'literal') for (const one of numbersNear(node)) counts.add(one);
      if (kind === 'predicate' && node.op === 'oneOf') {
        for (const value of node.values) if (value.type === 'long') counts.add(Number(value.value));
      }
    }
  }
  return [...counts].filter((count) => count > 1 && count <= most).sort((left, right) => left - right);
}

function numbersNear(scalar: Extract<Scalar, { op: 'literal' }>): readonly number[] {
  const json = jsonOf(scalar.value);
  if (typeof json !== 'number' || json < 0) return [];
  const whole = Math.ceil(json);
  return [whole, whole + 1, whole + 2, whole * 2];
}

/** The events so many times, a little later each time. */
export function copies(base: readonly Draft[], count: number): readonly Draft[] {
  return Array.from({ length: count }, (_, copy) =>
    base.map((draft) => (copy === 0 ? draft : later(draft, copy))),
  ).flat();
}

/** Within a second as long as that is possible: windows of minutes stay the same. */
function later(draft: Draft, copy: number): Draft {
  return shifted(draft, (copy % 40) * 20);
}

/** The event at another time; milliseconds. */
export function shifted(draft: Draft, by: number): Draft {
  const columns = new Map(draft.columns);
  for (const name of ['TimeGenerated', 'Timestamp']) {
    const time = columns.get(name);
    const instant = typeof time === 'string' ? Date.parse(time) : NaN;
    if (!Number.isNaN(instant)) columns.set(name, new Date(instant + by).toISOString());
  }
  return { ...draft, columns };
}

/** Other values at these places in every event but the first, all of them different. */
export function vary(drafts: readonly Draft[], places: readonly Field[]): readonly Draft[] {
  return drafts.map((draft, index) =>
    index === 0
      ? draft
      : assign(
          draft,
          places.map((place) => ({ place, value: another(readAt(draft, place), index, place) })),
        ),
  );
}

/** Other values of what is computed from them in every event but the first, all of them different. */
function varyValues(drafts: readonly Draft[], scalars: readonly Scalar[]): readonly Draft[] {
  return drafts.map((draft, index) => {
    if (index === 0) return draft;
    return scalars.reduce<Draft>((changed, scalar) => {
      const [place] = fieldsOf(scalarPart(scalar));
      const current = (of: Field): Json | undefined => readAt(changed, of);
      if (place === undefined) return changed;
      const before = scalar.op === 'field' ? readAt(changed, scalar) : undefined;
      const value = another(before, index, scalar.op === 'field' ? scalar : { ...place, type: 'string' });
      const assignments = invert(scalar, value, current);
      return assignments === undefined ? changed : assign(changed, assignments);
    }, draft);
  });
}

/** A value of the same kind. */
export function another(value: Json | undefined, index: number, place: Field): Json {
  if (typeof value === 'number') return value + index;
  if (typeof value === 'string') {
    if (/^\d+$/.test(value)) return String(BigInt(value) + BigInt(index));
    const address = /^(\d{1,3}\.\d{1,3}\.)\d{1,3}\.\d{1,3}$/.exec(value);
    if (address !== null) return `${address[1] ?? ''}${Math.floor(index / 200) % 250}.${index % 200}`;
    return place.type === 'datetime' ? value : `${value}${index}`;
  }
  if (typeof value === 'boolean') return index % 2 === 0 ? value : !value;
  if (place.type === 'long' || place.type === 'real') return index;
  return `value${index}`;
}
