/**
 * Random Detections for properties. What may occur is a {@link Vocabulary}: a target's tests restrict it to what the
 * target can say, and supply fields of their own.
 *
 * Every generated part is well formed: columns exist where they are read, types fit, regexes are valid RE2.
 */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import * as b from '../../src/ir/build.ts';
import type {
  AggregateFunction,
  Comparison,
  Detection,
  Field,
  JoinKind,
  Measure,
  Predicate,
  Relation,
  Scalar,
  ScalarFunction,
  TextTest,
  TimeWindow,
  Value,
} from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';

export interface Vocabulary {
  readonly tables: readonly string[];
  /** The stored fields; types decide which predicates they occur in. */
  readonly fields: readonly Field[];
  /** Values for text tests other than regex and wildcard. */
  readonly texts: Arbitrary<string>;
  readonly regexes: Arbitrary<string>;
  readonly wildcards: Arbitrary<string>;
  readonly predicates: readonly PredicateName[];
  readonly textTests: readonly TextTest[];
  readonly caseSensitive: readonly boolean[];
  readonly quantifiers: readonly ('any' | 'all')[];
  readonly comparisons: readonly Comparison[];
  readonly missing: readonly ('null' | 'empty' | 'absent')[];
  /** Functions of one text that give a text; they occur as subjects and in computed columns. */
  readonly textFunctions: readonly ScalarFunction[];
  /** Whether columns are computed by conditionals, pieces of texts and the like too; default no. */
  readonly richScalars?: boolean;
  readonly operators: readonly OperatorName[];
  readonly measures: readonly AggregateFunction[];
  /** Whether measures may have a condition of their own (`countif`); default no. */
  readonly conditionalMeasures?: boolean;
  readonly joins: readonly JoinKind[];
  /** Nesting of and/or/not, and operators after the source. */
  readonly maxDepth: number;
  readonly maxOperands: number;
}

export type PredicateName =
  | 'constant'
  | 'and'
  | 'or'
  | 'not'
  | 'match'
  | 'matchScalar'
  | 'oneOf'
  | 'compare'
  | 'between'
  | 'ipInRange'
  | 'missing'
  | 'inQuery'
  | 'isTrue';

export type OperatorName =
  | 'filter'
  | 'extend'
  | 'project'
  | 'select'
  | 'rename'
  | 'aggregate'
  | 'join'
  | 'union'
  | 'sort'
  | 'top'
  | 'take'
  | 'expand'
  | 'parse'
  | 'window';

/** Characters and words that mean something in one of the languages or formats on the way. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '  x ',
  '*',
  '?',
  'a*b',
  'a?b',
  '\\',
  '\\\\',
  'C:\\Windows\\System32\\cmd.exe',
  '\\a.exe',
  'a\\',
  '\\*',
  '\\?',
  '\\"',
  '"',
  "'",
  '`',
  '"""',
  "''",
  '```',
  'a"b',
  "a'b",
  'a`b',
  '$',
  '$x',
  '%',
  '%x%',
  '%20',
  '#',
  '# x',
  ':',
  'a: b',
  '- a',
  '{',
  '}',
  '{{x}}',
  '{{{x}}}',
  '[',
  ']',
  '(',
  ')',
  '(a|b)',
  '|',
  '| delete',
  'a | stats count',
  '/',
  '//',
  '/* x */',
  '//x',
  '=',
  '==',
  '!',
  '!=',
  '<',
  '>',
  '&',
  ';',
  ',',
  '.',
  '..',
  'and',
  'OR',
  'not',
  'true',
  'null',
  'NULL',
  '~',
  'yes',
  '1',
  '-1',
  '1e3',
  '0x1F',
  '2024-01-01',
  '1h',
  '_',
  'a_b',
  'a-b',
  '-enc',
  ' -enc',
  '@',
  '@x',
  '^a$',
  '.*',
  '\\d+',
  '\n',
  'a\nb',
  '\r\n',
  '\t',
  'a\tb',
  '\u0000',
  '\u0007',
  '\u001b[31m',
  '\u007f',
  '\u2028',
  '\ufeff',
  'ä',
  'ß',
  'İ',
  'K',
  'é',
  'e\u0301',
  '名前',
  '😀',
  'a😀b',
  '\u202e',
];

const plainTexts = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'cmd',
      'CMD',
      'cmd.exe',
      'powershell',
      'EncodedCommand',
      'a',
      'b',
      'A',
      'admin',
      'user@example.com',
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
);

export const DEFAULT_VOCABULARY: Vocabulary = {
  tables: ['SecurityEvent', 'SigninLogs', 'DeviceProcessEvents'],
  fields: [
    b.field('Account', [], 'string'),
    b.field('Process', [], 'string'),
    b.field('CommandLine', [], 'string'),
    b.field('EventID', [], 'long'),
    b.field('Port', [], 'long'),
    b.field('Flag', [], 'bool'),
    b.field('TimeGenerated', [], 'datetime'),
    b.field('Data', ['Properties', 'name'], 'dynamic'),
  ],
  texts: plainTexts,
  regexes: fc.constantFrom(
    'a+',
    '^cmd\\.exe$',
    '[a-z]{2,3}',
    'a|b',
    '(?:x|y)z',
    '\\d+\\.\\d',
    '\\\\a',
    '"',
    '/',
    '\\bcmd\\b',
    '[^\\w\\s]',
    '(?i)CMD',
    'ä',
  ),
  wildcards: fc.constantFrom('a*', '*a?b', '*', 'a\\*b', '*\\\\*', 'cmd.*', '?'),
  predicates: [
    'and',
    'or',
    'not',
    'match',
    'matchScalar',
    'oneOf',
    'compare',
    'between',
    'ipInRange',
    'missing',
    'isTrue',
    'constant',
  ],
  textTests: ['equals', 'contains', 'startsWith', 'endsWith', 'term', 'termPrefix', 'termSuffix', 'regex', 'wildcard'],
  caseSensitive: [true, false],
  quantifiers: ['any', 'all'],
  comparisons: ['==', '<', '<=', '>', '>='],
  missing: ['null', 'empty'],
  textFunctions: ['lower', 'upper', 'toText'],
  operators: [
    'filter',
    'extend',
    'project',
    'select',
    'rename',
    'aggregate',
    'join',
    'union',
    'sort',
    'take',
    'window',
  ],
  measures: ['count', 'countDistinct', 'sum', 'min', 'max', 'set'],
  joins: ['inner', 'innerUnique', 'leftOuter', 'leftAnti', 'leftSemi'],
  maxDepth: 3,
  maxOperands: 4,
};

/** The default vocabulary with some of it replaced. */
export const vocabulary = (parts: Partial<Vocabulary> = {}): Vocabulary => ({ ...DEFAULT_VOCABULARY, ...parts });

// ---------------------------------------------------------------------------------------------- scalars and values

const ofType = (words: Vocabulary, ...types: readonly Field['type'][]): readonly Field[] =>
  words.fields.filter((field) => types.includes(field.type));

function textScalar(words: Vocabulary): Arbitrary<Scalar> | undefined {
  const fields = ofType(words, 'string', 'dynamic', 'unknown');
  if (fields.length === 0) return undefined;
  const field: Arbitrary<Scalar> = fc.constantFrom(...fields);
  if (words.textFunctions.length === 0) return field;
  const called = fc.tuple(fc.constantFrom(...words.textFunctions), field).map(([fn, of]) => b.call(fn, [of], 'string'));
  return fc.oneof({ weight: 4, arbitrary: field }, { weight: 1, arbitrary: called });
}

/** Texts computed in the ways that rules compute them. */
function richText(words: Vocabulary, depth: number): Arbitrary<Scalar> | undefined {
  const base = textScalar(words);
  if (base === undefined || depth <= 0) return base;
  const inner = richText(words, depth - 1) ?? base;
  const text = words.texts.map((value) => b.text(value));
  const split = fc
    .tuple(inner, fc.constantFrom('\\', '.', ' ', '--'), fc.integer({ min: -2, max: 2 }))
    .map(([of, delimiter, index]) =>
      b.call('element', [b.call('split', [of, b.text(delimiter)], 'dynamic'), b.long(index)], 'dynamic'),
    );
  const chosen = fc
    .tuple(
      predicateArbitrary(words, 0),
      fc.oneof(inner, text),
      predicateArbitrary(words, 0),
      inner,
      fc.oneof(inner, text),
    )
    .map(([first, a, second, c, otherwise]) =>
      b.choose(
        [
          { when: first, then: a },
          { when: second, then: c },
        ],
        otherwise,
        'string',
      ),
    );
  return fc.oneof(
    { weight: 3, arbitrary: base },
    { weight: 1, arbitrary: split },
    { weight: 1, arbitrary: chosen },
    { weight: 1, arbitrary: fc.tuple(inner, inner).map((args) => b.call('coalesce', args, 'string')) },
    { weight: 1, arbitrary: fc.tuple(inner, text, inner).map((args) => b.call('concat', args, 'string')) },
    { weight: 1, arbitrary: fc.tuple(text, inner).map((args) => b.call('concat', args, 'string')) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, fc.integer({ min: 0, max: 3 }))
        .map(([of, n]) => b.call('substring', [of, b.long(0), b.long(n)], 'string')),
    },
    { weight: 1, arbitrary: inner.map((of) => b.call('toText', [of], 'string')) },
    { weight: 1, arbitrary: inner.map((of) => b.call('lower', [of], 'string')) },
    { weight: 1, arbitrary: inner.map((of) => b.call('extract', [b.text('([a-z]+)\\.exe'), b.long(1), of], 'string')) },
    {
      weight: 1,
      arbitrary: inner.map((of) =>
        b.call('element', [b.call('parsePath', [of], 'dynamic'), b.text('Filename')], 'dynamic'),
      ),
    },
  );
}

/** Leaves about computed values. */
function richLeaf(words: Vocabulary): Arbitrary<Predicate> | undefined {
  const of = richText(words, 2);
  if (of === undefined) return undefined;
  const value = fc.oneof(words.texts, fc.constantFrom('a', 'A', '.exe', '\\'));
  const number = fc.tuple(
    fc.constantFrom('indexOf' as const, 'countMatches' as const, 'length' as const),
    of,
    value,
    fc.constantFrom<Comparison>('==', '<', '<=', '>', '>='),
    fc.integer({ min: -2, max: 2 }),
  );
  const tests = fc.constantFrom<TextTest>('equals', 'contains', 'startsWith', 'endsWith', 'term');
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          of,
          tests,
          fc.array(value, { minLength: 1, maxLength: 2 }),
          fc.boolean(),
          fc.constantFrom('any' as const, 'all' as const),
        )
        .map(([subject, test, values, caseSensitive, quantifier]) =>
          b.match(subject, test, values, { caseSensitive, quantifier }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(of, fc.constantFrom('null' as const, 'empty' as const))
        .map(([subject, counts]) => b.missing(subject, counts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(of, of, fc.boolean())
        .map(([left, right, sensitive]) => b.matchScalar(left, 'equals', right, sensitive)),
    },
    {
      weight: 2,
      arbitrary: number.map(([fn, subject, search, test, limit]) =>
        b.compare(b.call(fn, fn === 'length' ? [subject] : [subject, b.text(search)], 'long'), test, b.long(limit)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(predicateArbitrary(words, 0), fc.boolean())
        .map(([of_, wanted]) => b.oneOf(b.test(of_), [{ type: 'bool', value: wanted }])),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(predicateArbitrary(words, 0), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
        .map(([when, then, limit]) =>
          b.compare(b.choose([{ when, then: b.long(then) }], b.long(1), 'long'), '>=', b.long(limit)),
        ),
    },
  );
}

/** A scalar of type string. */
const asText = (scalar: Scalar): Scalar =>
  'type' in scalar && scalar.type === 'string' ? scalar : b.call('toText', [scalar], 'string');

/** Literals of the type of a field that is no text. */
export function valueArbitrary(type: Field['type']): Arbitrary<Value> {
  switch (type) {
    case 'long':
      return fc
        .oneof(fc.bigInt(-5n, 5n), fc.constantFrom(4624n, 4688n, 443n, 9007199254740993n))
        .map((value) => ({ type: 'long', value }));
    case 'real':
    case 'decimal':
      return fc.constantFrom(-1.5, 0, 0.25, 1, 3, 1e6).map((value) => ({ type, value }));
    case 'bool':
      return fc.boolean().map((value) => ({ type, value }));
    case 'datetime':
      return fc.constantFrom(0, 1_700_000_000_000, 1_700_000_123_456).map((value) => ({ type, value }));
    case 'timespan':
      return fc.constantFrom(0, 1000, 60_000, 86_400_000).map((value) => ({ type, value }));
    case 'string':
    case 'guid':
    case 'dynamic':
    case 'unknown':
      return fc.constantFrom('a', 'b').map((value) => ({ type: 'string', value }));
  }
}

// ---------------------------------------------------------------------------------------------- predicates

function leaf(words: Vocabulary): Arbitrary<Predicate> {
  const choices: { weight: number; arbitrary: Arbitrary<Predicate> }[] = [];
  const has = (name: PredicateName): boolean => words.predicates.includes(name);
  const add = (name: PredicateName, weight: number, arbitrary: Arbitrary<Predicate>): void => {
    if (has(name)) choices.push({ weight, arbitrary });
  };
  const texts = textScalar(words);
  const sensitive = fc.constantFrom(...words.caseSensitive);
  if (texts !== undefined && words.textTests.length > 0) {
    const tests = fc.constantFrom(...words.textTests);
    add(
      'match',
      8,
      tests.chain((test) => {
        const value = test === 'regex' ? words.regexes : test === 'wildcard' ? words.wildcards : words.texts;
        return fc
          .tuple(
            texts,
            fc.array(value, { minLength: 1, maxLength: words.maxOperands }),
            fc.constantFrom(...words.quantifiers),
            sensitive,
          )
          .map(([subject, values, quantifier, caseSensitive]) =>
            b.match(subject, test, values, { quantifier, caseSensitive }),
          );
      }),
    );
    const plain = words.textTests.filter((test) => test !== 'regex' && test !== 'wildcard');
    if (plain.length > 0) {
      add(
        'matchScalar',
        1,
        fc.tuple(texts, fc.constantFrom(...plain), texts, sensitive).map((parts) => b.matchScalar(...parts)),
      );
    }
    add(
      'missing',
      1,
      fc.tuple(texts, fc.constantFrom(...words.missing)).map(([of, counts]) =>
        // Only a field can be absent.
        b.missing(of, counts === 'absent' && of.op !== 'field' ? 'empty' : counts),
      ),
    );
  }
  const stringFields = ofType(words, 'string');
  if (stringFields.length > 0) {
    const ranges = fc.constantFrom('10.0.0.0/8', '192.168.0.0/16', '1.2.3.4/32', 'fe80::/10');
    add(
      'ipInRange',
      1,
      fc
        .tuple(fc.constantFrom(...stringFields), fc.array(ranges, { minLength: 1, maxLength: 3 }))
        .map(([of, list]) => b.ipInRange(of, list)),
    );
  }
  const ordered = ofType(words, 'long', 'real', 'decimal', 'datetime', 'timespan');
  if (ordered.length > 0) {
    const subject = fc.constantFrom(...ordered);
    add(
      'oneOf',
      2,
      subject.chain((of) =>
        fc
          .array(valueArbitrary(of.type), { minLength: 1, maxLength: words.maxOperands })
          .map((values) => b.oneOf(of, values)),
      ),
    );
    add(
      'compare',
      2,
      fc
        .tuple(subject, fc.constantFrom(...words.comparisons), fc.boolean())
        .chain(([of, test, turned]) =>
          valueArbitrary(of.type).map((value) =>
            turned ? b.compare(b.literal(value), test, of) : b.compare(of, test, b.literal(value)),
          ),
        ),
    );
    add(
      'between',
      1,
      subject.chain((of) =>
        fc
          .tuple(valueArbitrary(of.type), valueArbitrary(of.type))
          .map(([low, high]) => b.between(of, b.literal(low), b.literal(high))),
      ),
    );
  }
  const flags = ofType(words, 'bool');
  if (flags.length > 0)
    add(
      'isTrue',
      1,
      fc.constantFrom(...flags).map((of) => b.isTrue(of)),
    );
  add(
    'constant',
    1,
    fc.boolean().map((value) => b.constant(value)),
  );
  if (words.richScalars === true) {
    const rich = richLeaf({ ...words, richScalars: false });
    if (rich !== undefined) choices.push({ weight: 6, arbitrary: rich });
  }
  return choices.length === 0 ? fc.boolean().map((value) => b.constant(value)) : fc.oneof(...choices);
}

/** Predicates over the stored fields. Junctions are built raw, not through `build.ts`, so that normalising has work. */
export function predicateArbitrary(
  words: Vocabulary = DEFAULT_VOCABULARY,
  depth = words.maxDepth,
): Arbitrary<Predicate> {
  const leaves = leaf(words);
  if (depth <= 0) return leaves;
  const inner = predicateArbitrary(words, depth - 1);
  const choices = [{ weight: 3, arbitrary: leaves }];
  const operands = fc.array(inner, { minLength: 1, maxLength: words.maxOperands });
  for (const op of ['and', 'or'] as const) {
    if (words.predicates.includes(op)) {
      choices.push({ weight: 2, arbitrary: operands.map((of): Predicate => ({ op, of, span: NO_SPAN })) });
    }
  }
  if (words.predicates.includes('not')) {
    choices.push({ weight: 1, arbitrary: inner.map((of): Predicate => ({ op: 'not', of, span: NO_SPAN })) });
  }
  return fc.oneof(...choices);
}

// ---------------------------------------------------------------------------------------------- relations

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

// ---------------------------------------------------------------------------------------------- detections

/** Detections whose query is a random relation, or the given one; metadata with hostile texts. */
export function detectionArbitrary(
  words: Vocabulary = DEFAULT_VOCABULARY,
  query: Arbitrary<Relation> = relationArbitrary(words),
): Arbitrary<Detection> {
  return fc
    .record({
      name: words.texts,
      description: words.texts,
      severity: fc.constantFrom('informational', 'low', 'medium', 'high'),
      techniques: fc.subarray(['T1059', 'T1098.003', 'T1110']),
      query,
      frequency: fc.constantFrom(300_000, 3_600_000, 86_400_000),
      lookback: fc.constantFrom(300_000, 3_600_000, 86_400_000, 1_209_600_000),
      threshold: fc.constantFrom(0, 0, 0, 5),
    })
    .map((parts) =>
      b.detection(parts.name, parts.query, {
        meta: b.metadata(parts.name, {
          description: parts.description,
          severity: parts.severity,
          techniques: parts.techniques,
        }),
        schedule: b.schedule({
          frequency: parts.frequency,
          lookback: parts.lookback,
          trigger: { test: '>', threshold: parts.threshold },
        }),
      }),
    );
}
