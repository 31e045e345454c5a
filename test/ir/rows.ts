/** Random tables for a vocabulary: rows in which conditions of the same vocabulary have a chance to hold. */
import fc from 'fast-check';
import type { Row, Tables } from '../../src/eval/index.ts';
import type { Field, Json, Value } from '../../src/ir/types.ts';
import { valueArbitrary } from './arbitrary.ts';
import type { Vocabulary } from './arbitrary.ts';

/** Rows with the vocabulary's fields; any column may be missing, except those of type datetime. */
export function rowArbitrary(words: Vocabulary): fc.Arbitrary<Row> {
  const byName = new Map<string, Field[]>();
  for (const field of words.fields) byName.set(field.name, [...(byName.get(field.name) ?? []), field]);
  const columns = [...byName].map(([name, places]) =>
    fc.option(columnArbitrary(words, places), { nil: undefined, freq: 6 }).map((value) => [name, value] as const),
  );
  return fc.tuple(...columns).map((cells) => {
    const row = new Map<string, Value>();
    for (const [name, value] of cells) if (value !== undefined) row.set(name, value);
    return row;
  });
}

function columnArbitrary(words: Vocabulary, places: readonly Field[]): fc.Arbitrary<Value> {
  const [first] = places;
  const texts = fc.oneof(
    { weight: 6, arbitrary: words.texts },
    { weight: 1, arbitrary: fc.constantFrom('10.1.2.3', '1.2.3.4', 'fe80::1', '') },
  );
  if (first === undefined || first.type === 'string' || first.type === 'unknown') {
    return texts.map((value) => ({ type: 'string', value }));
  }
  if (first.type !== 'dynamic') return valueArbitrary(first.type);
  if (first.path.length === 0) {
    return fc.oneof(fc.array(texts, { maxLength: 3 }), texts).map((value) => ({ type: 'dynamic', value }));
  }
  return fc.tuple(...places.map(() => texts)).map((values) => ({
    type: 'dynamic',
    value: places.reduce<Json>((json, place, index) => withPlace(json, place.path, values[index] ?? ''), {}),
  }));
}

function withPlace(json: Json, [step, ...rest]: Field['path'], value: Json): Json {
  if (step === undefined) return value;
  const bag =
    typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as { readonly [key: string]: Json }) : {};
  return { ...bag, [String(step)]: withPlace(bag[String(step)] ?? {}, rest, value) };
}

/** A table of rows for each of the vocabulary's tables; the event time lies within the last three hours of `now`. */
export function tablesArbitrary(words: Vocabulary, now: number, maxRows = 5): fc.Arbitrary<Tables> {
  const times = fc.constantFrom(-10_000_000, -7_200_000, -3_700_000, -3_600_000, -60_000, 0);
  const rows = fc.array(
    fc
      .tuple(rowArbitrary(words), times)
      .map(([row, offset]): Row => new Map([...row, ['TimeGenerated', { type: 'datetime', value: now + offset }]])),
    { maxLength: maxRows },
  );
  return fc
    .tuple(...words.tables.map(() => rows))
    .map((list) => new Map(words.tables.map((table, index) => [table, list[index] ?? []])));
}
