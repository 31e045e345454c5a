/**
 * Classes by Unicode property (`\pL`, `\p{Nd}`) in terms of ASCII. Sigma converters do not read them (pySigma refuses the
 * rule), and no short list of ranges is the same: the class becomes a little larger, or a little smaller.
 */
import { complement, mergeRanges } from './character-set.ts';
import type { CharacterSet } from './character-set.ts';
import { RegexError } from './regex-syntax.ts';
import type { Regex } from './regex-syntax.ts';

const UPPER: CharacterSet = [[65, 90]];
const LOWER: CharacterSet = [[97, 122]];
const DIGITS: CharacterSet = [[48, 57]];

const ASCII_MEMBERS: Readonly<Record<string, CharacterSet>> = {
  L: [...LOWER, ...UPPER],
  Lu: UPPER,
  Ll: LOWER,
  N: DIGITS,
  Nd: DIGITS,
};

/** Everything that no plain reading of ASCII text tells apart from letters: beyond it, and control characters. */
const OUTSIDE: CharacterSet = [
  [0, 8],
  [11, 12],
  [14, 31],
  [127, 0x10ffff],
];

/**
 * The regex without properties. `matches`: whether the new one may match more than the old one, or only less.
 * Throws a {@link RegexError} for a property other than of letters and digits.
 */
export function withoutProperties(
  regex: Regex,
  matches: 'more' | 'less',
): { readonly regex: Regex; readonly isSame: boolean } {
  let isSame = true;
  const rewrite = (node: Regex): Regex => {
    switch (node.op) {
      case 'class': {
        if (node.properties.length === 0) return node;
        isSame = false;
        const grows = (matches === 'more') !== node.negated;
        const added = node.properties.flatMap((property) => membersOf(property, grows));
        return { ...node, set: [...node.set, ...added], properties: [] };
      }
      case 'concat':
      case 'alternate':
        return { ...node, of: node.of.map(rewrite) };
      case 'group':
      case 'repeat':
        return { ...node, of: rewrite(node.of) };
      case 'empty':
      case 'character':
      case 'any':
      case 'textStart':
      case 'textEnd':
      case 'lineStart':
      case 'lineEnd':
      case 'wordBoundary':
      case 'noWordBoundary':
        return node;
    }
  };
  const rewritten = rewrite(regex);
  return { regex: rewritten, isSame };
}

/** The members of a property, or a few more (`grows`), or a few less. */
function membersOf(property: string, grows: boolean): CharacterSet {
  const name = /^\\[pP]\{?(\^?)([A-Za-z]+)\}?$/.exec(property);
  const ascii = Object.hasOwn(ASCII_MEMBERS, name?.[2] ?? '') ? ASCII_MEMBERS[name?.[2] ?? ''] : undefined;
  if (ascii === undefined) throw new RegexError(property);
  const isNegated = property.startsWith('\\P') !== (name?.[1] === '^');
  if (!isNegated) return grows ? mergeRanges([...ascii, ...OUTSIDE]) : ascii;
  return complement(grows ? ascii : [...ascii, ...OUTSIDE]);
}
