/**
 * From KQL's regular expressions (RE2) to those that the Sigma specification promises everywhere: `.`, `^`, `$`,
 * `*`, `+`, `?`, `{n,m}`, classes of characters and ranges, groups, `|`, and the flags `i`, `m`, `s` as modifiers. What
 * has no such form but exists in PCRE is kept and named, so that it can be noted.
 */
import { quoteRegex } from '../../src/ir/regex-syntax.ts';
import { withoutProperties } from './regex-properties.ts';
import { BLANKS, complement, MAX_CODE, mergeRanges } from './character-set.ts';
import type { CharacterSet } from './character-set.ts';
import { parseRegex, RegexError } from './regex-syntax.ts';
import type { Regex } from './regex-syntax.ts';

export interface SigmaRegex {
  readonly source: string;
  readonly caseSensitive: boolean;
  /** `^` and `$` match at line ends. */
  readonly multiLine: boolean;
  /** `.` matches a line feed. */
  readonly dotAll: boolean;
  /** Constructs of PCRE that the specification's subset does not have. */
  readonly beyondSubset: readonly string[];
  /** Whether it matches other texts than the source where those are not ASCII. */
  readonly isApproximate: boolean;
}

export type RegexTranslation =
  { readonly regex: SigmaRegex } | { readonly regex: undefined; readonly unsupported: string };

/**
 * The regex as Sigma can say it. `ignoresCase`: the whole test does not heed letter case. `matches`: on which side it errs
 * where it cannot be the same.
 */
export function translateRegex(source: string, ignoresCase: boolean, matches: 'more' | 'less'): RegexTranslation {
  try {
    const { regex, isSame } = withoutProperties(parseRegex(source, ignoresCase), matches);
    return { regex: { ...new RegexWriter(regex).write(), isApproximate: !isSame } };
  } catch (error) {
    if (error instanceof RegexError) return { regex: undefined, unsupported: error.construct };
    throw error;
  }
}

/** Whether the regex matches an empty text. One that cannot be read counts as not. */
export function matchesEmptyText(source: string): boolean {
  try {
    return isNullable(parseRegex(source));
  } catch (error) {
    if (error instanceof RegexError) return false;
    throw error;
  }
}

/** Whether the regex has something that RE2 does not have: look-around, back references and the like. */
export function hasUnreadableRegex(source: string): boolean {
  try {
    parseRegex(source);
    return false;
  } catch (error) {
    if (error instanceof RegexError) return true;
    throw error;
  }
}

function isNullable(regex: Regex): boolean {
  switch (regex.op) {
    case 'empty':
    case 'textStart':
    case 'textEnd':
    case 'lineStart':
    case 'lineEnd':
    case 'noWordBoundary':
      return true;
    case 'character':
    case 'any':
    case 'class':
    case 'wordBoundary':
      return false;
    case 'concat':
      return regex.of.every(isNullable);
    case 'alternate':
      return regex.of.some(isNullable);
    case 'group':
      return isNullable(regex.of);
    case 'repeat':
      return regex.min === 0 || isNullable(regex.of);
  }
}

// ---------------------------------------------------------------------------------------------- writing

/** Which of the constructs that depend on a flag occur, under which setting. */
interface FlagUse {
  cased: boolean;
  uncased: boolean;
  dots: boolean;
  dotsAll: boolean;
  lineAnchors: boolean;
}

class RegexWriter {
  readonly #tree: Regex;
  readonly #use: FlagUse = {
    cased: false,
    uncased: false,
    dots: false,
    dotsAll: false,
    lineAnchors: false,
  };
  readonly #beyond = new Set<string>();

  constructor(tree: Regex) {
    this.#tree = tree;
    this.#collect(tree);
  }

  write(): Omit<SigmaRegex, 'isApproximate'> {
    const source = this.#write(this.#tree);
    return {
      source,
      caseSensitive: this.#use.cased || !this.#use.uncased,
      multiLine: this.#use.lineAnchors,
      dotAll: this.#use.dotsAll && !this.#use.dots,
      beyondSubset: [...this.#beyond],
    };
  }

  #collect(regex: Regex): void {
    switch (regex.op) {
      case 'character':
        if (caseVariants([[regex.code, regex.code]]).length > 0) this.#collectCase(regex.ignoresCase);
        break;
      case 'class':
        if (caseVariants(regex.set).length > 0) this.#collectCase(regex.ignoresCase);
        // `[\s\S]` is a dot that matches all.
        if (coversEverything(regex.set)) this.#use.dotsAll = true;
        break;
      case 'any':
        if (regex.matchesNewline) this.#use.dotsAll = true;
        else this.#use.dots = true;
        break;
      case 'lineStart':
      case 'lineEnd':
        this.#use.lineAnchors = true;
        break;
      case 'concat':
      case 'alternate':
        for (const inner of regex.of) this.#collect(inner);
        break;
      case 'group':
      case 'repeat':
        this.#collect(regex.of);
        break;
      case 'empty':
      case 'textStart':
      case 'textEnd':
      case 'wordBoundary':
      case 'noWordBoundary':
        break;
    }
  }

  #collectCase(ignoresCase: boolean): void {
    if (ignoresCase) this.#use.uncased = true;
    else this.#use.cased = true;
  }

  /** Where only some of the regex ignores case, that part must name both cases. */
  #namesBothCases(ignoresCase: boolean): boolean {
    return ignoresCase && this.#use.cased;
  }

  #write(regex: Regex): string {
    switch (regex.op) {
      case 'empty':
        return '';
      case 'character':
        return this.#writeCharacter(regex.code, regex.ignoresCase);
      case 'any':
        // The two kinds of dot cannot stand side by side: one of them becomes a class.
        return regex.matchesNewline ? this.#writeAny() : '.';
      case 'class':
        return this.#writeClass(regex);
      case 'lineStart':
        return '^';
      case 'lineEnd':
        return '$';
      case 'textStart':
        return this.#writeTextAnchor('^');
      case 'textEnd':
        return this.#writeTextAnchor('$');
      case 'wordBoundary':
        return this.#keepBeyond('\\b');
      case 'noWordBoundary':
        return this.#keepBeyond('\\B');
      case 'concat':
        return regex.of.map((inner) => this.#write(inner)).join('');
      case 'alternate':
        return regex.of.map((inner) => this.#write(inner)).join('|');
      case 'group':
        return `(${this.#write(regex.of)})`;
      case 'repeat':
        return this.#write(regex.of) + quantifier(regex.min, regex.max);
    }
  }

  /** Under the modifier `m`, `^` and `$` are line ends: there is no second kind. */
  #writeTextAnchor(anchor: '^' | '$'): string {
    if (this.#use.lineAnchors) throw new RegexError('ends of the text beside ends of lines');
    return anchor;
  }

  #writeAny(): string {
    return this.#use.dots ? `(.|${this.#keepBeyond('\\n')})` : '.';
  }

  #keepBeyond(construct: string): string {
    this.#beyond.add(construct);
    return construct;
  }

  #writeCharacter(code: number, ignoresCase: boolean): string {
    const own: CharacterSet = [[code, code]];
    const others = this.#namesBothCases(ignoresCase) ? caseVariants(own) : [];
    return others.length > 0 ? `[${this.#writeSet([...own, ...others])}]` : this.#writePlain(code);
  }

  #writeClass(regex: Extract<Regex, { readonly op: 'class' }>): string {
    const both = this.#namesBothCases(regex.ignoresCase);
    const set = both ? [...regex.set, ...caseVariants(regex.set)] : regex.set;
    if (coversEverything(set)) {
      if (regex.negated) throw new RegexError('a class of no characters');
      return this.#writeAny();
    }
    // `[\D]` and the like: everything but a few characters reads best, and travels best, as those few, negated.
    const inverts = reaches(set, MAX_CODE);
    const written = this.#writeSet(inverts ? complement(set) : set);
    return `[${regex.negated !== inverts ? '^' : ''}${written}]`;
  }

  /** The inside of a class, each range once, in the order of the source. */
  #writeSet(set: CharacterSet): string {
    const seen = new Set<string>();
    let written = '';
    const merged = mergeRanges(set);
    const hasBlanks = BLANKS.every(([low, high]) => merged.some(([from, to]) => from <= low && high <= to));
    for (const [low, high] of hasBlanks ? set.filter((range) => !isWithinBlanks(range)) : set) {
      const dash = high > low + 1 ? '-' : '';
      const range = this.#classCharacter(low) + (low === high ? '' : dash + this.#classCharacter(high));
      if (!seen.has(range)) written += range;
      seen.add(range);
    }
    return hasBlanks ? written + this.#keepBeyond('\\s') : written;
  }

  #classCharacter(code: number): string {
    const character = String.fromCodePoint(code);
    return /[\\\]^[-]/.test(character) ? `\\${character}` : (this.#control(code) ?? character);
  }

  #writePlain(code: number): string {
    return this.#control(code) ?? quoteRegex(String.fromCodePoint(code));
  }

  /** Control characters are written as escapes: raw ones do not survive every query language. */
  #control(code: number): string | undefined {
    if (code >= 32 && code !== 127) return undefined;
    const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r' };
    return this.#keepBeyond(escapes[code] ?? `\\x${code.toString(16).padStart(2, '0')}`);
  }
}

function isWithinBlanks([low, high]: readonly [number, number]): boolean {
  return BLANKS.some(([from, to]) => from <= low && high <= to);
}

function quantifier(min: number, max: number | undefined): string {
  if (min === 0 && max === undefined) return '*';
  if (min === 1 && max === undefined) return '+';
  if (min === 0 && max === 1) return '?';
  if (min === max) return `{${min}}`;
  return `{${min},${max ?? ''}}`;
}

function reaches(set: CharacterSet, code: number): boolean {
  return set.some(([low, high]) => low <= code && code <= high);
}

function coversEverything(set: CharacterSet): boolean {
  const merged = mergeRanges(set);
  return merged.length === 1 && merged[0]?.[0] === 0 && merged[0][1] === MAX_CODE;
}

/** The other-case forms of the ASCII letters in a set, and of its single characters beyond ASCII, as far as it lacks them. */
function caseVariants(set: CharacterSet): CharacterSet {
  const variants: [number, number][] = [];
  for (const [low, high] of set) {
    for (const [from, to, distance] of [
      [65, 90, 32],
      [97, 122, -32],
    ] as const) {
      const [start, end] = [Math.max(low, from), Math.min(high, to)];
      if (start <= end) variants.push([start + distance, end + distance]);
    }
    if (low === high && low > 127) {
      const text = String.fromCodePoint(low);
      for (const other of [text.toLowerCase(), text.toUpperCase()]) {
        const code = other.codePointAt(0);
        if (code !== undefined && String.fromCodePoint(code) === other) variants.push([code, code]);
      }
    }
  }
  const merged = mergeRanges(set);
  return variants.filter(([low, high]) => !merged.some(([from, to]) => from <= low && high <= to));
}
