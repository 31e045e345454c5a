/**
 * Sigma documents as YAML text, in the style that the specification asks for: four blanks of indentation, texts in single
 * quotes, numbers bare. What is written reads the same in YAML 1.1 (which most Sigma tools use) and 1.2.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { SigmaValue } from './tree.ts';

/** What a document is made of. A text that stands in a detection is always quoted. */
export type YamlNode = Scalar | YAMLMap | YAMLSeq;

/** Characters that some reader of YAML takes for a line break, refuses, or does not show. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]/;
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu');

/** A text of the detection: quoted, whatever it looks like. */
export function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = isUnsafe(text) ? Scalar.QUOTE_DOUBLE : Scalar.QUOTE_SINGLE;
  return scalar;
}

/** A text about the rule: bare where it can be, several lines as a block. */
export function prose(text: string): Scalar {
  const scalar = new Scalar(text);
  if (isUnsafe(text.replaceAll('\n', ''))) scalar.type = Scalar.QUOTE_DOUBLE;
  else if (!text.includes('\n')) scalar.type = Scalar.PLAIN;
  else scalar.type = isBlock(text) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** A key: one line, whatever it holds. */
function keyText(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = isUnsafe(text) ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN;
  return scalar;
}

export function value(of: SigmaValue): Scalar {
  if (typeof of === 'string') return quoted(of);
  const scalar = new Scalar(of);
  // A number with a fraction stays one: `2.0`.
  if (typeof of === 'number') scalar.minFractionDigits = 1;
  return scalar;
}

export function list(items: readonly YamlNode[]): YAMLSeq {
  const sequence = new YAMLSeq();
  sequence.items.push(...items);
  if (items.length === 0) sequence.flow = true;
  return sequence;
}

/** A map in the given order, without what is undefined. */
export function map(entries: readonly (readonly [string, YamlNode | undefined])[]): YAMLMap {
  const mapping = new YAMLMap();
  for (const [key, node] of entries) {
    if (node !== undefined) mapping.items.push(new Pair(keyText(key), node));
  }
  return mapping;
}

/** The documents of a stream, one after the other. */
export function printStream(documents: readonly YAMLMap[]): string {
  return documents.map(printDocument).join('---\n');
}

function printDocument(contents: YAMLMap): string {
  const document = new Document(undefined, { compat: 'yaml-1.1' });
  document.contents = contents;
  const text = document.toString({ indent: 4, indentSeq: true, lineWidth: 0, singleQuote: true });
  // The library leaves these as they are; every text that has one stands in double quotes.
  return text.replace(UNSAFE_ALL, (character) => (character === '\n' ? character : escapeCharacter(character)));
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Whether a text needs double quotes. Surrogates in pairs are characters like others. */
function isUnsafe(text: string): boolean {
  return new RegExp(UNSAFE.source, 'u').test(text);
}

/** Whether a block scalar holds the lines as they are: no blanks at the ends of lines or before the first. */
function isBlock(text: string): boolean {
  return /^\S/.test(text) && !/[ \t]\n|[ \t]$|\n\n$/.test(text);
}
