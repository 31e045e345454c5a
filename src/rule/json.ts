/**
 * From the text of a JSON file (RFC 8259) to the tree with positions that YAML gives too. Comments and trailing commas
 * are let through, because ARM templates and hand-kept exports have them; nothing else beyond the standard is.
 */
import { ruleCodes } from './codes.ts';
import { LIMITS, refuse } from './document.ts';
import type { Entry, Node, ParsedDocument, ScalarNode } from './document.ts';
import { embedJsonString } from './scalar-text.ts';
import type { SourceFile, Span } from '../source.ts';

/** Reads a JSON file. Time and memory grow with its length; depth is limited. */
export function parseJson(file: SourceFile): ParsedDocument {
  const { text } = file;
  if (text.length > LIMITS.jsonLength) {
    return refuse('too-large', `The file has ${text.length} characters; at most ${LIMITS.jsonLength} are read.`);
  }
  const reader = new JsonReader(text);
  try {
    return { root: reader.readAll(), diagnostics: [] };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const span = { start: error.offset, end: Math.min(error.offset + 1, text.length) };
    return { root: undefined, diagnostics: [ruleCodes.diagnostic(error.code, 'error', span, error.message)] };
  }
}

class JsonError extends Error {
  readonly code: 'json-syntax' | 'too-deep';
  readonly offset: number;

  constructor(code: 'json-syntax' | 'too-deep', offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\uFEFF')) this.#at = 1;
  }

  readAll(): Node | undefined {
    this.#skipBlank();
    if (this.#at >= this.#text.length) return undefined;
    const root = this.#readValue(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#fail('There is more text after the end of the JSON value.');
    return root;
  }

  #fail(message: string, at = this.#at): never {
    throw new JsonError('json-syntax', at, message);
  }

  #readValue(depth: number): Node {
    if (depth > LIMITS.depth) {
      const message = `Lists and mappings are nested more than ${LIMITS.depth} levels deep.`;
      throw new JsonError('too-deep', this.#at, message);
    }
    switch (this.#text[this.#at]) {
      case '{':
        return this.#readObject(depth);
      case '[':
        return this.#readArray(depth);
      case '"':
        return this.#readString();
      case undefined:
        return this.#fail('The text ends where a value should stand.');
      default:
        return this.#readPlain();
    }
  }

  #readObject(depth: number): Node {
    const start = this.#at++;
    const entries: Entry[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] !== '"') this.#fail('Here should stand a key in double quotes, or the closing brace.');
      const key = this.#readString();
      this.#skipBlank();
      if (this.#text[this.#at] !== ':') this.#fail('A colon should follow the key.');
      this.#at++;
      this.#skipBlank();
      const value = this.#readValue(depth + 1);
      entries.push({ key: key.text, keySpan: key.span, value });
      if (!this.#skipComma('}')) break;
    }
    this.#at++;
    return { type: 'mapping', entries, span: { start, end: this.#at } };
  }

  #readArray(depth: number): Node {
    const start = this.#at++;
    const items: Node[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#text[this.#at] === ']') break;
      items.push(this.#readValue(depth + 1));
      if (!this.#skipComma(']')) break;
    }
    this.#at++;
    return { type: 'sequence', items, span: { start, end: this.#at } };
  }

  /** Whether a comma stands here; if not, the list must be closed here. */
  #skipComma(close: '}' | ']'): boolean {
    this.#skipBlank();
    const character = this.#text[this.#at];
    if (character === ',') {
      this.#at++;
      return true;
    }
    if (character === close) return false;
    return this.#fail(`A comma or the closing '${close}' should stand here.`);
  }

  #readString(): ScalarNode {
    const start = this.#at;
    const end = this.#stringEnd(start);
    const source = this.#text.slice(start, end);
    let text: string;
    try {
      text = source.includes('\\') ? String(JSON.parse(source)) : source.slice(1, -1);
    } catch {
      return this.#fail('The text in quotes holds an escape that JSON does not have.', start);
    }
    this.#at = end;
    return {
      type: 'scalar',
      value: text,
      text,
      span: { start, end },
      embed: () => embedJsonString(source, start, text),
    };
  }

  /** The offset behind the closing quote. */
  #stringEnd(start: number): number {
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 34) return at + 1;
      if (code === 92) at++;
      else if (code < 32) this.#fail('A control character or line break stands inside quotes.', at);
    }
    return this.#fail('The closing quote is missing.', start);
  }

  #readPlain(): ScalarNode {
    const start = this.#at;
    NUMBER.lastIndex = start;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number !== undefined) return this.#plain(number, Number(number), start);
    WORD.lastIndex = start;
    const word = WORD.exec(this.#text)?.[0];
    const value = word === undefined ? undefined : WORDS.get(word);
    if (word === undefined || value === undefined) return this.#fail('This is no JSON value.');
    return this.#plain(word, value, start);
  }

  #plain(text: string, value: number | boolean | null, start: number): ScalarNode {
    const span: Span = { start, end: start + text.length };
    this.#at = span.end;
    return { type: 'scalar', value, text, span, embed: () => ({ text, segments: [{ embedded: 0, file: start }] }) };
  }

  #skipBlank(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      // space, tab, line feed, carriage return
      if (code === 32 || code === 9 || code === 10 || code === 13) this.#at++;
      else if (code === 47 && /[/*]/.test(this.#text[this.#at + 1] ?? '')) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const start = this.#at;
    const isLine = this.#text[start + 1] === '/';
    const end = isLine ? this.#text.indexOf('\n', start) : this.#text.indexOf('*/', start + 2);
    if (end < 0 && !isLine) this.#fail('The comment has no end.', start);
    this.#at = end < 0 ? this.#text.length : isLine ? end : end + 2;
  }
}
