/**
 * Regular expressions in RE2's syntax (RE2 wiki, "Syntax"), as KQL has them, as a tree. The same reader serves the
 * regular expressions of Sigma rules: what it cannot read there (look-around, back references, possessive
 * quantifiers) has no meaning in a Detection.
 */

import { BLANKS, complement, DIGITS, MAX_CODE, POSIX, WORD } from './character-set.ts';
import type { CharacterSet } from './character-set.ts';

export type Regex =
  | { readonly op: 'empty' }
  | { readonly op: 'character'; readonly code: number; readonly ignoresCase: boolean }
  /** `.`; `matchesNewline` under the flag `s`. */
  | { readonly op: 'any'; readonly matchesNewline: boolean }
  | {
      readonly op: 'class';
      readonly negated: boolean;
      readonly set: CharacterSet;
      /** `\pL`, `\P{Greek}`, as written. */
      readonly properties: readonly string[];
      readonly ignoresCase: boolean;
    }
  /** `^`, `$` under the flag `m` are `lineStart`, `lineEnd`, else `textStart`, `textEnd`. */
  | { readonly op: 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordBoundary' | 'noWordBoundary' }
  | { readonly op: 'concat' | 'alternate'; readonly of: readonly Regex[] }
  | { readonly op: 'group'; readonly of: Regex }
  /** `max` undefined: no limit. Greed does not matter to whether there is a match. */
  | { readonly op: 'repeat'; readonly of: Regex; readonly min: number; readonly max: number | undefined };

/** A construct that RE2 does not have, or that is no regular expression at all. */
export class RegexError extends Error {
  readonly construct: string;
  constructor(construct: string) {
    super(`Not readable: ${construct}`);
    this.construct = construct;
  }
}

const MAX_DEPTH = 100;

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

interface Flags {
  readonly ignoresCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/** Reads a regular expression. Throws a {@link RegexError} for what RE2 does not have. */
export function parseRegex(source: string, ignoresCase = false): Regex {
  const parser = new RegexParser(source);
  return parser.parse({ ignoresCase, multiLine: false, dotAll: false });
}

class RegexParser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  parse(flags: Flags): Regex {
    const regex = this.#alternation(flags);
    if (this.#at < this.#characters.length) throw new RegexError(')');
    return regex;
  }

  #peek(offset = 0): string {
    return this.#characters[this.#at + offset] ?? '';
  }

  #take(text: string): boolean {
    for (const [index, character] of Array.from(text).entries()) if (this.#peek(index) !== character) return false;
    this.#at += text.length;
    return true;
  }

  /** Up to `)` or the end. A flag group changes the flags for the rest of it. */
  #alternation(initial: Flags): Regex {
    if (++this.#depth > MAX_DEPTH) throw new RegexError(`groups more than ${MAX_DEPTH} deep`);
    const branches: Regex[] = [];
    let items: Regex[] = [];
    let flags = initial;
    while (this.#at < this.#characters.length && this.#peek() !== ')') {
      if (this.#take('|')) {
        branches.push(concat(items));
        items = [];
        continue;
      }
      const changed = this.#flagGroup(flags);
      if (changed !== undefined) {
        flags = changed;
        continue;
      }
      items.push(...this.#quoted(flags), ...this.#repeated(flags));
    }
    this.#depth--;
    branches.push(concat(items));
    const [first] = branches;
    return branches.length === 1 && first !== undefined ? first : { op: 'alternate', of: branches };
  }

  /** `(?i)`: the flags from here on. */
  #flagGroup(flags: Flags): Flags | undefined {
    const found = /^\(\?([a-zA-Z-]+)\)/.exec(this.#characters.slice(this.#at, this.#at + 16).join(''));
    if (found === null) return undefined;
    this.#at += found[0].length;
    return this.#withFlags(flags, found[1] ?? '');
  }

  #withFlags(flags: Flags, letters: string): Flags {
    let on = true;
    const result = { ...flags };
    for (const letter of letters) {
      if (letter === '-' && on) on = false;
      else if (letter === 'i') result.ignoresCase = on;
      else if (letter === 'm') result.multiLine = on;
      else if (letter === 's') result.dotAll = on;
      // Swapped greed does not matter to whether there is a match.
      else if (letter !== 'U') throw new RegexError(`(?${letters})`);
    }
    return result;
  }

  /** `\Q ... \E`: plain characters. (A quantifier right behind it is not read.) */
  #quoted(flags: Flags): readonly Regex[] {
    if (this.#peek() !== '\\' || this.#peek(1) !== 'Q') return [];
    this.#at += 2;
    const items: Regex[] = [];
    while (this.#at < this.#characters.length) {
      if (this.#take('\\E')) break;
      items.push(characterOf(this.#peek(), flags));
      this.#at++;
    }
    return items;
  }

  #repeated(flags: Flags): readonly Regex[] {
    if (this.#at >= this.#characters.length || this.#peek() === ')' || this.#peek() === '|') return [];
    let item = this.#atom(flags);
    for (let count = 0; ; count++) {
      const bounds = this.#quantifier();
      if (bounds === undefined) return [item];
      // `a**`: RE2 refuses a second quantifier; `a*+` would be possessive elsewhere.
      if (count > 0) throw new RegexError('a repeated repetition');
      item = { op: 'repeat', of: item, ...bounds };
      this.#take('?');
    }
  }

  #quantifier(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#take('*')) return { min: 0, max: undefined };
    if (this.#take('+')) return { min: 1, max: undefined };
    if (this.#take('?')) return { min: 0, max: 1 };
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 12).join(''));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' || found[3] === undefined ? undefined : Number(found[3]);
    return { min, max };
  }

  #atom(flags: Flags): Regex {
    const character = this.#peek();
    this.#at++;
    switch (character) {
      case '.':
        return { op: 'any', matchesNewline: flags.dotAll };
      case '^':
        return { op: flags.multiLine ? 'lineStart' : 'textStart' };
      case '$':
        return { op: flags.multiLine ? 'lineEnd' : 'textEnd' };
      case '[':
        return this.#class(flags);
      case '(':
        return this.#group(flags);
      case '*':
      case '+':
      case '?':
        throw new RegexError(`'${character}' after nothing`);
      case '\\':
        return this.#escape(flags);
      default:
        return characterOf(character, flags);
    }
  }

  #group(flags: Flags): Regex {
    let inner = flags;
    if (this.#take('?')) {
      const rest = this.#characters.slice(this.#at, this.#at + 128).join('');
      const name = /^P?<[A-Za-z_][A-Za-z0-9_]*>/.exec(rest);
      const letters = /^([a-zA-Z-]*):/.exec(rest);
      if (name !== null) this.#at += name[0].length;
      else if (letters !== null) {
        this.#at += letters[0].length;
        inner = this.#withFlags(flags, letters[1] ?? '');
      } else throw new RegexError(`(?${rest.slice(0, 2)}`);
    }
    const of = this.#alternation(inner);
    if (!this.#take(')')) throw new RegexError('(');
    return { op: 'group', of };
  }

  #escape(flags: Flags): Regex {
    const escape = this.#escapeBody();
    if (typeof escape === 'number') return { op: 'character', code: escape, ignoresCase: flags.ignoresCase };
    if ('anchor' in escape) return { op: escape.anchor };
    return { op: 'class', negated: false, ignoresCase: flags.ignoresCase, ...escape };
  }

  /** What stands after a backslash: a code point, a set, a property or an anchor. */
  #escapeBody():
    | number
    | { readonly set: CharacterSet; readonly properties: readonly string[] }
    | { readonly anchor: 'textStart' | 'textEnd' | 'wordBoundary' | 'noWordBoundary' } {
    const letter = this.#peek();
    if (letter === '') throw new RegexError('a backslash at the end');
    this.#at++;
    if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] ?? 0;
    switch (letter) {
      case 'd':
        return { set: DIGITS, properties: [] };
      case 'D':
        return { set: complement(DIGITS), properties: [] };
      case 'w':
        return { set: WORD, properties: [] };
      case 'W':
        return { set: complement(WORD), properties: [] };
      case 's':
        return { set: BLANKS, properties: [] };
      case 'S':
        return { set: complement(BLANKS), properties: [] };
      case 'A':
        return { anchor: 'textStart' };
      case 'z':
        return { anchor: 'textEnd' };
      case 'b':
        return { anchor: 'wordBoundary' };
      case 'B':
        return { anchor: 'noWordBoundary' };
      case 'p':
      case 'P':
        return { set: [], properties: [this.#property(letter)] };
      case 'x':
        return this.#hexadecimal();
      default:
        return this.#plainEscape(letter);
    }
  }

  #plainEscape(letter: string): number {
    const rest = this.#characters.slice(this.#at, this.#at + 2).join('');
    const octal = letter === '0' ? /^[0-7]{0,2}/.exec(rest) : /^[1-7]/.test(letter) ? /^[0-7]{2}/.exec(rest) : null;
    if (octal !== null) {
      this.#at += octal[0].length;
      return parseInt(letter + octal[0], 8);
    }
    if (/[A-Za-z0-9]/.test(letter)) throw new RegexError(`\\${letter}`);
    return letter.codePointAt(0) ?? 0;
  }

  #property(letter: string): string {
    const found = /^(\{\^?[A-Za-z_]+\}|[A-Z])/.exec(this.#characters.slice(this.#at, this.#at + 48).join(''));
    if (found === null) throw new RegexError(`\\${letter}`);
    this.#at += found[0].length;
    return `\\${letter}${found[0]}`;
  }

  #hexadecimal(): number {
    const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(
      this.#characters.slice(this.#at, this.#at + 8).join(''),
    );
    const code = parseInt(found?.[1] ?? found?.[2] ?? '', 16);
    if (found === null || code > MAX_CODE) throw new RegexError('\\x');
    this.#at += found[0].length;
    return code;
  }

  #class(flags: Flags): Regex {
    const negated = this.#take('^');
    const set: (readonly [number, number])[] = [];
    const properties: string[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#characters.length) throw new RegexError('[');
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#characters.slice(this.#at, this.#at + 12).join(''));
      if (posix !== null) {
        const named = Object.hasOwn(POSIX, posix[2] ?? '') ? POSIX[posix[2] ?? ''] : undefined;
        if (named === undefined) throw new RegexError(posix[0]);
        set.push(...(posix[1] === '^' ? complement(named) : named));
        this.#at += posix[0].length;
        continue;
      }
      const low = this.#classItem();
      if (typeof low !== 'number') {
        set.push(...low.set);
        properties.push(...low.properties);
        continue;
      }
      const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '';
      if (isRange) this.#at++;
      const high = isRange ? this.#classItem() : low;
      if (typeof high !== 'number' || high < low) throw new RegexError('a range in a class');
      set.push([low, high]);
    }
    this.#at++;
    return { op: 'class', negated, set, properties, ignoresCase: flags.ignoresCase };
  }

  #classItem(): number | { readonly set: CharacterSet; readonly properties: readonly string[] } {
    const character = this.#peek();
    this.#at++;
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const escape = this.#escapeBody();
    if (typeof escape !== 'number' && 'anchor' in escape) throw new RegexError('an anchor in a class');
    return escape;
  }
}

function characterOf(character: string, flags: Flags): Regex {
  return { op: 'character', code: character.codePointAt(0) ?? 0, ignoresCase: flags.ignoresCase };
}

function concat(items: readonly Regex[]): Regex {
  const [first] = items;
  if (first === undefined) return { op: 'empty' };
  return items.length === 1 ? first : { op: 'concat', of: items };
}
