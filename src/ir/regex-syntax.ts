/** What can be said about a regular expression (RE2 syntax) by reading it. Where reading is not enough, the answer is no. */

/** The text as a regex that matches it and nothing else. */
export function quoteRegex(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    .replaceAll('\\/', '/')
    .replaceAll('\\-', '-');
}

/**
 * Whether the regex does not tell letter cases apart by itself: it matches `lower(x)` exactly when, ignoring case, it
 * matches `x`. So it is when it names no upper-case letter and sets no flags of its own.
 */
export function ignoresUpperCase(regex: string): boolean {
  // Classes by property or code and quoted stretches may name upper-case letters without showing them.
  if (/\\[pPxQuUC0-7]|\(\?[a-zA-Z-]*[:)]/.test(regex.replaceAll('(?:', '('))) return false;
  if (/\[\[:/.test(regex)) return false;
  const bare = regex.replace(/\\[^]/g, '');
  return bare === bare.toLowerCase();
}

/** Whether every match of the regex sets the group to a text that is not empty. Group 0 is the whole match. */
export function groupIsNeverEmpty(regex: string, group: number): boolean {
  const reader = new GroupReader(regex);
  const whole = reader.read();
  if (whole === undefined) return false;
  if (group === 0) return whole.least > 0;
  return (whole.groups.get(group) ?? 0) > 0;
}

/**
 * The regex with a capture group (from 1) replaced by another regex: it matches whatever the first does with the group
 * set to what the other matches. `undefined` where that is not so, as for a group that is repeated, or where it is not
 * plain which parentheses are the group. Group 0 is the whole.
 */
export function replaceGroup(regex: string, group: number, replacement: string): string | undefined {
  if (group === 0) return replacement;
  const parentheses = parenthesesOf(regex);
  const captures = parentheses?.filter(({ start }) => !/^\(\?(?!P?<)/.test(regex.slice(start)));
  const wanted = captures?.[group - 1];
  if (parentheses === undefined || wanted === undefined) return undefined;
  const around = parentheses.filter(({ start, end }) => start <= wanted.start && end >= wanted.end);
  if (around.some(({ end }) => /^[*+{]/.test(regex.slice(end + 1)))) return undefined;
  return regex.slice(0, wanted.start) + replacement + regex.slice(wanted.end + 1);
}

/** The pairs of parentheses that group, in the order in which they open; `undefined` where they cannot be told. */
function parenthesesOf(regex: string): readonly { readonly start: number; readonly end: number }[] | undefined {
  if (regex.includes('\\Q')) return undefined;
  const found: { start: number; end: number }[] = [];
  const open: { start: number; end: number }[] = [];
  for (let at = 0; at < regex.length; at++) {
    const character = regex.charAt(at);
    if (character === '\\') at++;
    else if (character === '[') {
      const end = CLASS.exec(regex.slice(at));
      if (end === null) return undefined;
      at += end[0].length - 1;
    } else if (character === '(') {
      const pair = { start: at, end: at };
      found.push(pair);
      open.push(pair);
    } else if (character === ')') {
      const pair = open.pop();
      if (pair === undefined) return undefined;
      pair.end = at;
    }
  }
  return open.length === 0 ? found : undefined;
}

const CLASS = /^\[\^?\]?(?:\\[^]|\[:\^?\w+:\]|[^\]\\])*\]/;

/** What every match of a piece has: at least so many characters, and these groups set, each to at least so many. */
interface Piece {
  readonly least: number;
  readonly groups: ReadonlyMap<number, number>;
}

const NOTHING: Piece = { least: 0, groups: new Map() };
const ONE: Piece = { least: 1, groups: new Map() };

/** Reads a regex as far as it must be understood to know its groups; gives up at what it does not know. */
class GroupReader {
  readonly #text: string;
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Piece | undefined {
    const piece = this.#alternatives();
    return this.#at === this.#text.length ? piece : undefined;
  }

  #alternatives(): Piece | undefined {
    if (++this.#depth > 50) return undefined;
    let all: Piece | undefined;
    for (;;) {
      const one = this.#sequence();
      if (one === undefined) return undefined;
      all = all === undefined ? one : either(all, one);
      if (this.#text[this.#at] !== '|') break;
      this.#at++;
    }
    this.#depth--;
    return all;
  }

  #sequence(): Piece | undefined {
    let least = 0;
    const groups = new Map<number, number>();
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const atom = this.#atom();
      const times = atom === undefined ? undefined : this.#repetition();
      if (atom === undefined || times === undefined) return undefined;
      least += atom.least * times;
      if (times > 0) for (const [group, size] of atom.groups) groups.set(group, size);
    }
    return { least, groups };
  }

  /** How often an atom must occur at least. */
  #repetition(): number | undefined {
    const rest = this.#text.slice(this.#at);
    const match = /^(?:([*+?])|\{(\d{1,4})(?:,\d{0,4})?\})\??/.exec(rest);
    if (match === null) return 1;
    this.#at += match[0].length;
    if (/^[*+?{]/.test(this.#text.slice(this.#at))) return undefined;
    return match[1] === undefined ? Number(match[2]) : match[1] === '+' ? 1 : 0;
  }

  #atom(): Piece | undefined {
    const character = this.#text.charAt(this.#at);
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '^':
      case '$':
        this.#at++;
        return NOTHING;
      case '*':
      case '+':
      case '?':
        return undefined;
      default:
        this.#at++;
        return ONE;
    }
  }

  #group(): Piece | undefined {
    const opening = /^\((?:\?:|\?P?<[A-Za-z_]\w*>|(?!\?))/.exec(this.#text.slice(this.#at));
    if (opening === null) return undefined;
    this.#at += opening[0].length;
    const number = opening[0] === '(?:' ? undefined : ++this.#groups;
    const inner = this.#alternatives();
    if (inner === undefined || this.#text[this.#at] !== ')') return undefined;
    this.#at++;
    return number === undefined
      ? inner
      : { least: inner.least, groups: new Map([...inner.groups, [number, inner.least]]) };
  }

  #class(): Piece | undefined {
    const match = CLASS.exec(this.#text.slice(this.#at));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return ONE;
  }

  #escape(): Piece | undefined {
    const match = /^\\(?:[pP](?:\{\^?\w+\}|\w)|x(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})|[^pPxQEC0-9])/.exec(
      this.#text.slice(this.#at),
    );
    if (match === null) return undefined;
    this.#at += match[0].length;
    return /^\\[bBAz]$/.test(match[0]) ? NOTHING : ONE;
  }
}

/** What both alternatives have. */
function either(left: Piece, right: Piece): Piece {
  const groups = new Map<number, number>();
  for (const [group, size] of left.groups) {
    const other = right.groups.get(group);
    if (other !== undefined) groups.set(group, Math.min(size, other));
  }
  return { least: Math.min(left.least, right.least), groups };
}
