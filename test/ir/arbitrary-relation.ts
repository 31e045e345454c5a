/** Random pipelines over a vocabulary's tables. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import * as b from '../../src/ir/build.ts';
import type { Field, Measure, Relation, TimeWindow } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { asText, predicateArbitrary, richText, textScalar } from './arbitrary-predicate.ts';
import { DEFAULT_VOCABULARY } from './vocabulary.ts';
import type { OperatorName, Vocabulary } from './vocabulary.ts';

/** A relation and the columns that come out of it. */
interface Scoped {
  readonly relation: Relation;
  readonly fields: readonly Field[];
}

const windows: Arbitrary<TimeWindow> = fc.constantFrom(
  { from: -3_600_000, to: undefined, includesFrom: false, includesTo: true },
  { from: -86_400_000, to: undefined, includesFrom: true, includesTo: true },
  { from: -7_200_000, to: -3_600_000, includesFrom: true, includesTo: true },
);

function tableArbitrary(words: Vocabulary): Arbitrary<Scoped> {
  const window = words.operators.includes('window') ? fc.option(windows, { nil: undefined }) : fc.constant(undefined);
  return fc.tuple(fc.constantFrom(...words.tables), window).map(([table, bounds]) => ({
    relation: b.source(table, bounds === undefined ? {} : { window: bounds }),
    fields: words.fields,
  }));
}

function step(words: Vocabulary, input: Scoped, name: OperatorName, depth: number): Arbitrary<Scoped> {
  const { relation, fields } = input;
  const here: Vocabulary = { ...words, fields };
  const keep = (made: Relation): Scoped => ({ relation: made, fields });
  const whole = fields.filter((field) => field.path.length === 0);
  const fresh = (taken: string): string => (fields.some((field) => field.name === taken) ? fresh(`${taken}_`) : taken);
  if (whole.length === 0 && name !== 'filter') return fc.constant(input);
  switch (name) {
    case 'filter':
      return predicateArbitrary(here, Math.min(2, words.maxDepth)).map((where) =>
        keep({ op: 'filter', input: relation, where, span: NO_SPAN }),
      );
    case 'extend': {
      const computed = here.richScalars === true ? richText({ ...here, richScalars: false }, 2) : textScalar(here);
      const column = fresh('computed');
      return computed === undefined
        ? fc.constant(input)
        : computed.map((value) => ({
            relation: b.extend(relation, [{ name: column, value: asText(value) }]),
            fields: [...fields, b.field(column, [], 'string')],
          }));
    }
    case 'project':
      return fc.subarray([...whole], { minLength: 1 }).map((kept) => ({
        relation: b.project(
          relation,
          kept.map((field) => ({ name: field.name, value: field })),
        ),
        fields: kept,
      }));
    case 'select':
      return fc.tuple(fc.subarray([...whole], { minLength: 1 }), fc.boolean()).map(([some, drops]) => {
        const names = some.map((field) => field.name);
        const left = fields.filter((field) => names.includes(field.name) !== drops);
        return left.length === 0
          ? input
          : { relation: b.select(relation, drops ? 'drop' : 'keep', names), fields: left };
      });
    case 'rename':
      return fc.constantFrom(...whole).map((field) => {
        const to = fresh(`${field.name}Renamed`);
        return {
          relation: b.rename(relation, [{ from: field.name, to }]),
          fields: fields.map((one) => (one.name === field.name ? b.field(to, one.path, one.type) : one)),
        };
      });
    case 'aggregate':
      return fc
        .tuple(
          fc.subarray([...whole], { maxLength: Math.min(2, whole.length) }),
          fc.uniqueArray(measureArbitrary(words, whole), { minLength: 1, maxLength: 2, selector: (m) => m.name }),
        )
        .map(([by, drawn]) => {
          // As in KQL, where a measure would get another name.
          const measures = drawn.filter((measure) => by.every((field) => field.name !== measure.name));
          return {
            relation: b.aggregate(
              relation,
              by.map((field) => ({ name: field.name, value: field })),
              measures,
            ),
            fields: [...by, ...measures.map((measure) => b.field(measure.name, [], measureType(measure)))],
          };
        });
    case 'join':
      return fc
        .tuple(scopedArbitrary({ ...words, maxDepth: 1 }, depth - 1), fc.constantFrom(...words.joins))
        .map(([right, kind]) => {
          const shared = whole.find((field) =>
            right.fields.some((one) => one.name === field.name && one.path.length === 0 && one.type === field.type),
          );
          if (shared === undefined) return input;
          const names = new Set(right.fields.map((field) => field.name));
          const clashing = [...names].filter((name_) => fields.some((field) => field.name === name_));
          const renamed = clashing.map((from) => ({ from, to: `${from}1` }));
          const key = b.field(shared.name, [], shared.type);
          const keepsLeftOnly = kind === 'leftAnti' || kind === 'leftSemi';
          return {
            relation: b.join(kind, relation, right.relation, [{ left: key, right: key }], {
              renamed: keepsLeftOnly ? [] : renamed,
            }),
            fields,
          };
        });
    case 'union':
      return scopedArbitrary({ ...words, operators: ['filter'], maxDepth: 1 }, depth - 1).map((other) => ({
        relation: b.union([relation, other.relation]),
        fields: fields.filter((field) =>
          other.fields.some((one) => one.name === field.name && one.type === field.type),
        ),
      }));
    case 'sort':
    case 'top':
      return fc
        .tuple(fc.constantFrom(...whole), fc.boolean(), fc.integer({ min: 1, max: 5 }))
        .map(([value, descending, count]) => {
          const keys = [{ value, descending, nullsFirst: !descending }];
          return keep(name === 'sort' ? b.sort(relation, keys) : b.top(relation, count, keys));
        });
    case 'take':
      return fc.integer({ min: 1, max: 5 }).map((count) => keep(b.take(relation, count)));
    case 'expand': {
      const lists = fields.filter((field) => field.type === 'dynamic' && field.path.length === 0);
      const column = fresh('item');
      if (lists.length === 0) return fc.constant(input);
      return fc
        .tuple(fc.constantFrom(...lists), fc.constantFrom('dynamic' as const, 'string' as const))
        .map(([list, type]) => ({
          relation: b.expand(relation, [{ name: column, value: list, type }]),
          fields: [...fields, b.field(column, [], type)],
        }));
    }
    case 'parse': {
      const column = fresh('parsed');
      const subject = textScalar(here);
      if (subject === undefined) return fc.constant(input);
      return fc
        .tuple(subject, fc.constantFrom('a', '.', ' '), fc.boolean(), fc.boolean())
        .map(([of, text, starts, dropsUnmatched]) => ({
          relation: b.parse(
            relation,
            of,
            [
              ...(starts ? [{ part: 'any' } as const] : []),
              { part: 'text', text },
              { part: 'column', name: column, type: 'string' },
            ],
            { dropsUnmatched },
          ),
          fields: [...fields, b.field(column, [], 'string')],
        }));
    }
    case 'window':
      return fc.constant(input);
  }
}

function measureType(measure: Measure): Field['type'] {
  if (measure.fn === 'count' || measure.fn === 'countDistinct' || measure.fn === 'sum') return 'long';
  if (measure.fn === 'set' || measure.fn === 'list') return 'dynamic';
  const [first] = measure.args;
  return first?.op === 'field' ? first.type : 'unknown';
}

function measureArbitrary(words: Vocabulary, fields: readonly Field[]): Arbitrary<Measure> {
  const plain = plainMeasure(words, fields);
  if (words.conditionalMeasures !== true) return plain;
  const conditional = fc
    .tuple(plain, predicateArbitrary({ ...words, fields }, 1))
    .map(([measure, where]): Measure => ({ ...measure, name: `${measure.name}_if`, where }));
  return fc.oneof({ weight: 2, arbitrary: plain }, { weight: 1, arbitrary: conditional });
}

function plainMeasure(words: Vocabulary, fields: readonly Field[]): Arbitrary<Measure> {
  const numbers = fields.filter((field) => field.type === 'long');
  const usable = words.measures.filter(
    (fn) => fn === 'count' || (fn === 'sum' ? numbers.length > 0 : fields.length > 0),
  );
  return fc.constantFrom(...(usable.length === 0 ? (['count'] as const) : usable)).chain((fn): Arbitrary<Measure> => {
    if (fn === 'count') return fc.constant({ name: 'count_', fn, args: [], span: NO_SPAN });
    const choice = fn === 'sum' ? numbers : fields;
    return fc.constantFrom(...choice).map((of) => ({ name: `${fn}_${of.name}`, fn, args: [of], span: NO_SPAN }));
  });
}

function scopedArbitrary(words: Vocabulary, depth: number): Arbitrary<Scoped> {
  const table = tableArbitrary(words);
  const operators = words.operators.filter(
    (name) => name !== 'window' && (depth > 0 || (name !== 'join' && name !== 'union')),
  );
  if (depth < 0 || operators.length === 0) return table;
  return fc
    .array(fc.constantFrom(...operators), { maxLength: words.maxDepth })
    .chain((names) =>
      names.reduce<Arbitrary<Scoped>>((made, name) => made.chain((input) => step(words, input, name, depth)), table),
    );
}

/** Pipelines over the vocabulary's tables. */
export function relationArbitrary(words: Vocabulary = DEFAULT_VOCABULARY): Arbitrary<Relation> {
  return scopedArbitrary(words, 1).map(({ relation }) => relation);
}

/** Pipelines with groups that have a condition on what they measure, and perhaps more above. */
export function aggregateArbitrary(words: Vocabulary = DEFAULT_VOCABULARY): Arbitrary<Relation> {
  const events = scopedArbitrary({ ...words, operators: ['filter', 'extend', 'window'], maxDepth: 2 }, 0);
  const grouped = events.chain((input) => step(words, input, 'aggregate', 0));
  const condition = (input: Scoped): Arbitrary<Scoped> => {
    const counted = input.fields.filter(({ type }) => type === 'long');
    if (counted.length === 0) return fc.constant(input);
    return fc
      .tuple(fc.constantFrom(...counted), fc.constantFrom(...words.comparisons), fc.bigInt(0n, 2n))
      .map(([measure, test, limit]) => ({
        ...input,
        relation: b.filter(input.relation, b.compare(measure, test, b.long(limit))),
      }));
  };
  const once = grouped.chain(condition);
  // A second one, with an operator between so that the two do not become one filter.
  const conditioned = fc.oneof(once, once.chain((input) => step(words, input, 'sort', 0)).chain(condition));
  const above = words.operators.filter((name) => name !== 'window' && name !== 'take' && name !== 'top');
  const more = fc.array(fc.constantFrom(...(above.length === 0 ? (['filter'] as const) : above)), { maxLength: 2 });
  return more
    .chain((names) =>
      names.reduce<Arbitrary<Scoped>>(
        (made, name) => made.chain((input) => step({ ...words, maxDepth: 1 }, input, name, 1)),
        conditioned,
      ),
    )
    .map(({ relation }) => relation);
}
