/** Small changes of a value: the near misses at which translations go wrong. */
import type { Json, Predicate, TextTest } from '../ir/types.ts';
import { sampleFor } from './candidates.ts';
import { insideRange, jsonOfValue, near, outsideRange } from './candidates.ts';

/** A changed value and what was changed; `undefined`: the place is absent. */
export interface Variant {
  readonly what: string;
  readonly value: Json | undefined;
}

/** How many of a list's values get all near misses; each value is tried once. */
const MOST_VALUES = 3;

/** Values beside the present one of a place that a test speaks of. */
export function variantsOf(leaf: Predicate, present: Json | undefined): readonly Variant[] {
  const missing: readonly Variant[] = [
    { what: 'the field is missing', value: undefined },
    { what: 'the field is empty', value: '' },
  ];
  switch (leaf.op) {
    case 'match': {
      const texts = leaf.values
        .slice(0, MOST_VALUES)
        .flatMap((value) => textVariants(leaf.test, value, typeof present === 'string' ? present : ''));
      return [...texts, ...missing];
    }
    case 'oneOf':
      return [...leaf.values.slice(0, MOST_VALUES).flatMap((value) => numberVariants(jsonOfValue(value))), ...missing];
    case 'compare':
    case 'between': {
      const ends = leaf.op === 'between' ? [leaf.low, leaf.high] : [leaf.left, leaf.right];
      const values = ends.flatMap((end) => (end.op === 'literal' ? [jsonOfValue(end.value)] : []));
      return [
        ...values.flatMap((value) => [{ what: 'at the bound', value }, ...numberVariants(value)]),
        ...numberVariants(present ?? 0),
        ...missing,
      ];
    }
    case 'ipInRange':
      return [
        ...leaf.ranges
          .slice(0, 4)
          .flatMap((range) => [
            ...insideRange(range).map((value) => ({ what: 'at the end of the range', value })),
            ...outsideRange(range).map((value) => ({ what: 'just outside the range', value })),
          ]),
        { what: 'no address', value: 'no address' },
        ...missing,
      ];
    case 'matchScalar':
      return [
        ...textVariants(
          leaf.test,
          typeof present === 'string' ? present : '',
          typeof present === 'string' ? present : '',
        ),
        ...missing,
      ];
    case 'missing':
      return [{ what: 'a blank', value: ' ' }, ...missing];
    case 'isTrue':
      return [{ what: 'true', value: true }, { what: 'false', value: false }, ...missing];
    case 'inQuery':
      return [
        { what: 'a value that is not in the list', value: 'other' },
        ...textVariants(
          leaf.test,
          typeof present === 'string' ? present : '',
          typeof present === 'string' ? present : '',
        ),
        ...missing,
      ];
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return missing;
  }
}

function numberVariants(value: Json): readonly Variant[] {
  return near(value).map((one) => ({ what: 'just beside the value', value: one }));
}

/** The value's text where it stands in the present text, changed in ways that tests tell apart. */
function textVariants(test: TextTest, value: string, present: string): readonly Variant[] {
  const sample = sampleFor(test, value, 0);
  if (sample === undefined || sample === '') return [];
  const at = present.toLowerCase().indexOf(sample.toLowerCase());
  const [before, after] = at < 0 ? ['', ''] : [present.slice(0, at), present.slice(at + sample.length)];
  const put = (what: string, text: string): Variant => ({ what, value: before + text + after });
  const variants: Variant[] = [
    { what: 'the value alone', value: sample },
    put('in the other case', swapCase(sample)),
    put('inside a longer word', `x${sample}x`),
    put('at the start of a longer word', `${sample}x`),
    put('at the end of a longer word', `x${sample}`),
    put('next to an underscore', `_${sample}_`),
    put('between blanks', ` ${sample} `),
    put('between backslashes', `\\${sample}\\`),
    put('beside a letter that is not ASCII', `é${sample}é`),
    put('without its last character', sample.slice(0, -1)),
    put('without its first character', sample.slice(1)),
    put('behind a line break', `\n${sample}`),
    put('before a line break', `${sample}\n`),
    { what: 'with text before and behind', value: `x ${present} x` },
  ];
  if (/[*?]/.test(sample)) variants.push(put('with letters for wildcards', sample.replace(/[*?]/g, 'Z')));
  if (/[%_.\\]/.test(sample)) variants.push(put('with a letter for punctuation', sample.replace(/[%_.\\]/, 'Z')));
  if (/\s/.test(sample)) variants.push(put('with two blanks for one', sample.replace(/\s/, '  ')));
  if (test === 'regex') {
    for (const choice of [1, 2, 5]) {
      const other = sampleFor(test, value, choice);
      if (other !== undefined) variants.push(put('another text that the pattern matches', other));
    }
  }
  return variants;
}

function swapCase(text: string): string {
  const upper = text.toUpperCase();
  return upper === text ? text.toLowerCase() : upper;
}
