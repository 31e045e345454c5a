/**
 * The words of YARA-L: names, strings, numbers, durations. After "YARA-L 2.0 language syntax" (keywords, literals) and
 * "Expressions, operators, and other constructs" of the Google SecOps documentation.
 */

/** Words that no variable may be called, in lower case. The last line: reserved in `match` and window logic. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `rule meta match over events condition outcome options and or not nocase in regex cidr before after all any if max min
   sum array array_distinct count count_distinct is null true false avg stddev
   by window_start window_end private global strings`.split(/\s+/),
);

export const isKeyword = (name: string): boolean => KEYWORDS.has(name.toLowerCase());

export const isIdentifier = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** The nearest name that the language allows; `fallback`, itself such a name, when nothing of the text is left. */
export function toIdentifier(text: string, fallback: string): string {
  if (isIdentifier(text) && !isKeyword(text)) return text;
  const name = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (name === '') return fallback;
  return /^[0-9]/.test(name) || isKeyword(name) ? `_${name}` : name;
}

/** The first of `name`, `name_2`, `name_3` ... that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let number = 2; isTaken(free); number++) free = `${name}_${number}`;
  return free;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };

/** A double-quoted string. Nothing in the text can end it early: quotes, backslashes and control characters are escaped. */
export function quote(text: string): string {
  // eslint-disable-next-line no-control-regex
  const escaped = text.replace(/["\\\x00-\x1f\x7f\u0085\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    return ESCAPES[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
  return `"${escaped}"`;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

const UNESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The text of a double-quoted string, its quotes included. An escape that is none stands for the character itself. */
export function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g,
      (_, byte: string | undefined, unit: string | undefined, character: string | undefined) => {
        const code = byte ?? unit;
        if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
        return UNESCAPES[character ?? ''] ?? character ?? '';
      },
    );
}

/** Whether a back-quoted string can hold the text. */
export const fitsBackQuotes = (text: string): boolean => !/[`\r\n]/.test(text);

const MINUTE = 60_000;
const UNITS: readonly (readonly [string, number])[] = [
  ['d', 24 * 60 * MINUTE],
  ['h', 60 * MINUTE],
  ['m', MINUTE],
];

/** What a `match` section can span; milliseconds. */
export const WINDOW_LIMITS = { least: MINUTE, most: 48 * 60 * MINUTE } as const;

/** A duration of whole minutes as it is written; `undefined` for what has no such form. 48 h stays `48h`. */
export function writeDuration(milliseconds: number): string | undefined {
  if (milliseconds <= 0) return undefined;
  const unit = UNITS.find(([name, size]) => milliseconds % size === 0 && (name !== 'd' || milliseconds < 2 * size));
  return unit === undefined ? undefined : `${milliseconds / unit[1]}${unit[0]}`;
}

/** Milliseconds of `5m`, `2h`, `1d`, `30s`. */
export function readDuration(text: string): number {
  const size = UNITS.find(([unit]) => text.endsWith(unit))?.[1] ?? 1000;
  return parseInt(text, 10) * size;
}

/** A number as the language writes it: no sign (see `print.ts`), no exponent. */
export function writeNumber(value: number): string {
  if (Number.isInteger(value)) return `${BigInt(value)}.0`;
  const plain = String(value);
  return plain.includes('e') ? value.toFixed(20).replace(/0+$/, '') : plain;
}
