/**
 * Texts that a regular expression (RE2 syntax) matches, made from its syntax. What is not understood gives no text; the
 * caller tries the regex on every text, for assertions (`\b`, `$` in the middle) are taken to hold.
 */

/** Which text to make: alternatives, members of classes and counts are chosen by the number. */
export type Choice = number;

/** Repetitions are written out no more often. */
const MOST_REPEATED = 300;
const DEEPEST = 60;
const LONGEST = 4000;

/** A text in which the regex finds a match, if its assertions hold; `undefined` when it is not understood. */
export function sampleRegex(regex: string, choice: Choice = 0): string | undefined {
  return new Sampler(regex, choice).sample();
}

class Sampler {
  readonly #regex: string;
  readonly #choice: number;
  #at = 0;
  #depth = 0;

  constructor(regex: string, choice: number) {
    this.#regex = regex;
    this.#choice = choice;
  }

  sample(): string | undefined {
    const text = this.#alternatives();
    return this.#at === this.#regex.length ? text : undefined;
  }

  #alternatives(): string | undefined {
    if (++this.#depth > DEEPEST) return undefined;
    const found: string[] = [];
    for (;;) {
      const one = this.#sequence();
      if (one === undefined) return undefined;
      found.push(one);
      if (this.#regex[this.#at] !== '|') break;
      this.#at++;
    }
    this.#depth--;
    return found[this.#choice % found.length];
  }

  #sequence(): string | undefined {
    let text = '';
    while (this.#at < this.#regex.length && this.#regex[this.#at] !== '|' && this.#regex[this.#at] !== ')') {
      const atom = this.#atom();
      if (atom === undefined) return undefined;
      const times = this.#times();
      if (times === undefined) return undefined;
      text += atom.repeat(times);
      if (text.length > LONGEST) return undefined;
    }
    return text;
  }

  /** How often what stands before is written. */
  #times(): number | undefined {
    const match = /^(?:([*+?])|\{(\d{1,4})(,(\d{0,4}))?\})[?+]?/.exec(this.#regex.slice(this.#at));
    if (match === null) return 1;
    this.#at += match[0].length;
    const [, sign, least] = match;
    if (sign !== undefined) return sign === '+' ? 1 + (this.#choice % 3) : this.#choice % 2;
    const times = Number(least);
    return times > MOST_REPEATED ? undefined : times;
  }

  #atom(): string | undefined {
    const character = this.#regex.charAt(this.#at);
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
        return '';
      case '*':
      case '+':
      case '?':
        return undefined;
      case '.':
        this.#at++;
        return this.#pick('ax0 -');
      default: {
        const whole = String.fromCodePoint(this.#regex.codePointAt(this.#at) ?? 0);
        this.#at += whole.length;
        return whole;
      }
    }
  }

  #group(): string | undefined {
    const flags = /^\(\?[imsU-]+\)/.exec(this.#regex.slice(this.#at));
    if (flags !== null) {
      this.#at += flags[0].length;
      return '';
    }
    const opening = /^\((?:\?[imsU-]*:|\?P?<[A-Za-z_]\w*>|(?!\?))/.exec(this.#regex.slice(this.#at));
    if (opening === null) return undefined;
    this.#at += opening[0].length;
    const inner = this.#alternatives();
    if (inner === undefined || this.#regex[this.#at] !== ')') return undefined;
    this.#at++;
    return inner;
  }

  #escape(): string | undefined {
    const rest = this.#regex.slice(this.#at);
    const quoted = /^\\Q([^]*?)(?:\\E|$)/.exec(rest);
    if (quoted !== null) {
      this.#at += quoted[0].length;
      return quoted[1] ?? '';
    }
    const code = /^\\x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(rest);
    if (code !== null) {
      this.#at += code[0].length;
      const point = Number.parseInt(code[1] ?? code[2] ?? '', 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
    }
    const property = /^\\[pP](?:\{\^?(\w+)\}|(\w))/.exec(rest);
    if (property !== null) {
      this.#at += property[0].length;
      const isNegated = property[0].startsWith('\\P') || property[0].includes('^');
      return membersOfProperty(property[1] ?? property[2] ?? '', isNegated).charAt(0) || undefined;
    }
    const letter = rest.charAt(1);
    this.#at += 2;
    if (/^[bBAzZ]$/.test(letter)) return '';
    const members = membersOfEscape(letter);
    return members === undefined ? (letter === '' ? undefined : letter) : this.#pick(members);
  }

  /** A member of a class: the classes of rules are short, so each candidate is tried against the class itself. */
  #class(): string | undefined {
    const match = /^\[\^?\]?(?:\\[^]|\[:\^?\w+:\]|[^\]\\])*\]/.exec(this.#regex.slice(this.#at));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const source = match[0]
      .replace(/\[:(\^?)(\w+):\]/g, (_whole, not: string, name: string) => posixClass(name, not !== ''))
      .replace(/^\[(\^?)\]/, (_whole, not: string) => `[${not}\\]`);
    const regex = classRegex(source);
    if (regex === undefined) return undefined;
    const members = Array.from(CANDIDATES + match[0]).filter((one) => regex.test(one));
    return members[this.#choice % Math.max(1, members.length)];
  }

  #pick(members: string): string {
    return members.charAt(this.#choice % members.length);
  }
}

/** A class of one character; outside the mode for Unicode, needless backslashes are allowed. */
function classRegex(source: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(`^${source}$`, flags);
    } catch {
      continue;
    }
  }
  return undefined;
}

const CANDIDATES = `aZ0_ -.,:;/\\@#$%&*+=!?"'()[]{}<>|~^\`bcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY123456789\t\n\r\u00a0é世`;

function membersOfEscape(letter: string): string | undefined {
  switch (letter) {
    case 'd':
      return '1237';
    case 'D':
      return 'ax-';
    case 'w':
      return 'a1Z_';
    case 'W':
      return ' -.';
    case 's':
      return ' ';
    case 'S':
      return 'a1-';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\u0007';
    case 'C':
      return 'a';
    default:
      return undefined;
  }
}

function membersOfProperty(name: string, negated: boolean): string {
  try {
    const regex = new RegExp(`\\${negated ? 'P' : 'p'}{${name}}`, 'u');
    return Array.from(CANDIDATES)
      .filter((one) => regex.test(one))
      .join('');
  } catch {
    return '';
  }
}

function posixClass(name: string, negated: boolean): string {
  const classes: Readonly<Record<string, string>> = {
    alpha: 'a-zA-Z',
    digit: '0-9',
    alnum: 'a-zA-Z0-9',
    upper: 'A-Z',
    lower: 'a-z',
    space: '\\s',
    punct: '!-\\/:-@\\[-`{-~',
    word: '\\w',
    xdigit: '0-9a-fA-F',
  };
  const members = classes[name] ?? '';
  // Negated inside a class: near enough, every text is tried on the regex.
  return negated ? '\\s' : members;
}
