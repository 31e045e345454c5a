/** What may occur in random Detections. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import * as b from '../../src/ir/build.ts';
import type { AggregateFunction, Comparison, Field, JoinKind, ScalarFunction, TextTest } from '../../src/ir/types.ts';

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
