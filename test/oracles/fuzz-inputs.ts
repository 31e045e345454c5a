/**
 * Files that nobody wrote: random text, good rules with something broken, and texts made to hurt. The same seed and number
 * give the same file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { tokenize } from '../../src/kql/tokens.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile } from '../../src/source.ts';
import { mutate, randomFrom } from '../kql/mutations.ts';
import { queryText } from '../kql/arbitrary.ts';
import { corporaPresent, documentationQueries, sentinelFiles } from './corpora.ts';

export interface FuzzInput {
  /** How it was made. */
  readonly kind: string;
  readonly path: string;
  readonly text: string;
}

interface Seeds {
  readonly queries: readonly string[];
  readonly files: readonly string[];
}

type Random = () => number;

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

/** The texts that are broken: the examples, and the third-party texts where they are there and wanted. */
export function seedTexts({ corpora }: { readonly corpora: boolean }): Seeds {
  const files = readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readFileSync(join(EXAMPLES, name, 'rule.yaml'), 'utf8'));
  if (corpora && corporaPresent) files.push(...sentinelFiles().map(({ text }) => text));
  const queries = files.flatMap((text) =>
    readRule(new SourceFile('rule.yaml', text)).entries.flatMap(({ rule }) =>
      rule === undefined ? [] : [rule.query.text],
    ),
  );
  if (corpora && corporaPresent) queries.push(...documentationQueries().map(({ query }) => query));
  return { queries, files };
}

const pick = (random: Random, count: number): number => Math.floor(random() * count);
const one = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[pick(random, items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

/** A value of a fast-check arbitrary, by our own random numbers. */
function sample<Value>(random: Random, arbitrary: fc.Arbitrary<Value>): Value {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: pick(random, 2 ** 31) });
  if (value === undefined) throw new Error('no sample');
  return value;
}

const anyQuery = queryText();
const anyText = fc.string({ unit: 'binary', maxLength: 400 });

function spliced(random: Random, first: string, second: string): string {
  const cut = (text: string): number => {
    const { tokens } = tokenize(text);
    return tokens[pick(random, Math.max(1, tokens.length))]?.start ?? 0;
  };
  return first.slice(0, cut(first)) + second.slice(cut(second));
}

/** Up to four tokens dropped, doubled, swapped, replaced. */
function mutated(random: Random, query: string): string {
  let text = query;
  for (let count = 1 + pick(random, 4); count > 0; count--) text = mutate(text, random);
  return text;
}

function odd(random: Random, text: string): string {
  const at = pick(random, text.length + 1);
  const inserted = one(random, [
    '\0',
    '\ufeff',
    '\ud800',
    '\u202e',
    '\r',
    '\t',
    '"',
    "'",
    '\\',
    '`',
    '{{',
    '\u2028',
    '\uffff',
  ]);
  return text.slice(0, at) + inserted.repeat(1 + pick(random, 3)) + text.slice(at + pick(random, 3));
}

/** Text made to hurt: what is nested or repeated, and how often. */
function hostile(random: Random, queries: readonly string[]): string {
  const times = one(random, [50, 99, 101, 300, 1000, 5000, 20_000]);
  const [open, inner, close] = one(random, [
    ['print (', '1', ')'],
    ['print f(', '1', ')'],
    ['T | where not(', 'a', ')'],
    ['T | where (a == 1 and (b == 2 or ', 'c', '))'],
    ['T | join (', 'T', ') on a'],
    ['union (', 'T', ')'],
    ['T | where a in ((T | where ', 'b', '))'],
    ['let f = () { ', 'T', ' }; f()'],
    ['print dynamic([', '1', '])'],
    ['T | extend a = strcat(a, ', 'a', ')'],
    ['T | mv-apply a on (', 'take 1', ')'],
    ['print toscalar(print ', '1', ')'],
    ['T | extend a = iff(a == "x", ', 'a', ', "y")'],
  ] as const);
  const link = one(random, [
    ' | where a == 1',
    ' | extend a = strcat(a, a)',
    ' | extend a = a + 1',
    ' | where a has "x" or b has "y"',
    ' | summarize count() by a',
    ' | union T',
    ' | join kind=inner (T) on a',
    ' | project a, b',
    ' | mv-expand a',
    ' or a == 1',
    ' and (a == 1 or b == 2)',
    ' + 1',
    '.a',
    '[0]',
    ', "x"',
  ]);
  switch (pick(random, 6)) {
    case 0:
      return open.repeat(times) + inner + close.repeat(times);
    case 1: {
      const head = open.split(' ').slice(0, -1).join(' ');
      const rest = open.slice(head.length);
      return head + rest.repeat(times) + inner + close.repeat(times);
    }
    case 2:
      return `T | where a == 0${link.repeat(times)}`;
    case 3:
      return `${Array.from({ length: Math.min(times, 3000) }, (_, at) => `let a${at} = ${at === 0 ? 'T' : `union a${at - 1}, a${at - 1}`};`).join(' ')} a${Math.min(times, 3000) - 1}`;
    case 4:
      return `T | where a in (${Array.from({ length: times }, (_, at) => `"${String(at).repeat(1 + pick(random, 5))}"`).join(', ')}) | where a matches regex "${'(a*)*'.repeat(Math.min(times, 500))}"`;
    default: {
      const query = one(random, queries);
      const { tokens } = tokenize(query);
      const from = tokens[pick(random, Math.max(1, tokens.length))]?.start ?? 0;
      const piece = query.slice(from, from + 1 + pick(random, 200));
      return (
        query.slice(0, from) + piece.repeat(Math.min(times, Math.floor(200_000 / piece.length))) + query.slice(from)
      );
    }
  }
}

const huge = (random: Random): string => {
  const length = one(random, [1000, 20_000, 300_000]);
  const literal = one(random, [
    `"${'x'.repeat(length)}"`,
    `@"${'\\'.repeat(length)}"`,
    '9'.repeat(length),
    `0x${'f'.repeat(length)}`,
    `1e${'9'.repeat(length)}`,
    `dynamic({"a":"${'"'.repeat(0)}${'é'.repeat(length)}"})`,
    `datetime(${'9'.repeat(length)})`,
    `time(${'1.'.repeat(length)})`,
    `timespan(${'9'.repeat(length)}d)`,
  ]);
  return `T | where a == ${literal} or a has ${literal}`;
};

/** The file of that number. */
export function fuzzInput(number: number, seed: number, seeds: Seeds): FuzzInput {
  const random = randomFrom(Math.imul(seed, 0x9e37_79b1) ^ number);
  const query = (): string => one(random, seeds.queries);
  const kql = (kind: string, text: string): FuzzInput => ({ kind, path: 'fuzz.kql', text });
  const yaml = (kind: string, text: string): FuzzInput => ({
    kind,
    path: one(random, ['fuzz.yaml', 'fuzz.yaml', 'fuzz.json']),
    text,
  });
  const roll = pick(random, 100);
  if (roll < 45) return kql('tokens', mutated(random, query()));
  if (roll < 60) return kql('splice', spliced(random, query(), query()));
  if (roll < 68) return kql('odd characters', odd(random, query()));
  if (roll < 73) return kql('arbitrary query', sample(random, anyQuery));
  if (roll < 76) return kql('arbitrary text', sample(random, anyText));
  if (roll < 78) return yaml('arbitrary file', sample(random, anyText));
  if (roll < 84) {
    const text = one(random, seeds.files);
    return yaml('truncated file', text.slice(0, pick(random, text.length)));
  }
  if (roll < 92) return yaml('odd file', odd(random, odd(random, one(random, seeds.files))));
  if (roll < 96) return yaml('mutated file', fileWithout(random, one(random, seeds.files)));
  if (roll < 99) return kql('hostile', hostile(random, seeds.queries));
  return kql('huge literal', huge(random));
}

/** A file with a line dropped, doubled or indented differently. */
function fileWithout(random: Random, text: string): string {
  const lines = text.split('\n');
  const at = pick(random, lines.length);
  const line = lines[at] ?? '';
  const by = one(random, [[], [line, line], [`  ${line}`], [line.trimStart()], [`${line}: {`], [`- ${line}`]]);
  return [...lines.slice(0, at), ...by, ...lines.slice(at + 1)].join('\n');
}
