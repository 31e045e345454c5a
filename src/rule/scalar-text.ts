/**
 * From a YAML or JSON scalar to its text with the way back to the file: through block scalars (literal and folded),
 * plain, single and double quoted scalars, line folding and escapes (YAML 1.2.2, chapters 7.3 and 8.1).
 */
import type { CST } from 'yaml';
import type { EmbeddedText, SourceSegment } from '../source.ts';

type ScalarToken = CST.FlowScalar | CST.BlockScalar;

/** Collects runs of text with their place in the file; runs that continue each other become one segment. */
class TextBuilder {
  #text = '';
  readonly #segments: SourceSegment[] = [];

  append(text: string, file: number): void {
    if (text === '') return;
    const last = this.#segments.at(-1);
    if (last === undefined || last.file + (this.#text.length - last.embedded) !== file) {
      this.#segments.push({ embedded: this.#text.length, file });
    }
    this.#text += text;
  }

  /** Adds characters that stand for one place in the file, such as the space a folded line break becomes. */
  appendMade(text: string, file: number): void {
    for (const character of text) this.append(character, file);
  }

  /**
   * The offset just past the text leads to a place from `least` to `most`. Where it would not (the text is empty, ends
   * with an escape, or with a line feed that the file's last line lacks) it is set.
   */
  finish(least: number, most = Number.POSITIVE_INFINITY): EmbeddedText {
    const last = this.#segments.at(-1);
    const reached = last === undefined ? -1 : last.file + (this.#text.length - last.embedded);
    if (reached < least || reached > most) {
      this.#segments.push({ embedded: this.#text.length, file: reached < least ? least : most });
    }
    return { text: this.#text, segments: this.#segments };
  }
}

/**
 * The text of a scalar and where each character of it stands. `value` is what the YAML reader made of the token: it has
 * the last word, and should the two disagree the whole text is placed at the scalar's start.
 */
export function embedScalar(token: ScalarToken, value: string): EmbeddedText {
  const embedded = buildText(token);
  return embedded.text === value ? embedded : { text: value, segments: [{ embedded: 0, file: token.offset }] };
}

/** The same for a JSON string, whose escapes are a part of those that a double quoted scalar has. */
export function embedJsonString(source: string, file: number, value: string): EmbeddedText {
  const embedded = embedDoubleQuoted(source, file);
  return embedded.text === value ? embedded : { text: value, segments: [{ embedded: 0, file }] };
}

function buildText(token: ScalarToken): EmbeddedText {
  switch (token.type) {
    case 'block-scalar':
      return embedBlockScalar(token);
    case 'double-quoted-scalar':
      return embedDoubleQuoted(token.source, token.offset);
    case 'single-quoted-scalar':
      return embedSingleQuoted(token.source, token.offset);
    case 'scalar':
    case 'alias':
      return embedPlain(token.source, token.offset);
  }
}

// ---------------------------------------------------------------------------------------------- flow scalars

/** A piece of a folded scalar: text that stands in the file, or a line break turned into a space or line feeds. */
interface Piece {
  readonly text: string;
  readonly file: number;
  readonly made: boolean;
}

function embedPlain(source: string, file: number): EmbeddedText {
  const builder = new TextBuilder();
  for (const piece of unfoldLines(source, file)) {
    if (piece.made) builder.appendMade(piece.text, piece.file);
    else builder.append(piece.text, piece.file);
  }
  return builder.finish(file + source.length);
}

function embedSingleQuoted(source: string, file: number): EmbeddedText {
  const builder = new TextBuilder();
  for (const piece of unfoldLines(source.slice(1, -1), file + 1)) {
    if (piece.made) {
      builder.appendMade(piece.text, piece.file);
      continue;
    }
    let from = 0;
    for (let quote = piece.text.indexOf("''"); quote >= 0; quote = piece.text.indexOf("''", from)) {
      builder.append(piece.text.slice(from, quote + 1), piece.file + from);
      from = quote + 2;
    }
    builder.append(piece.text.slice(from), piece.file + from);
  }
  return builder.finish(file + source.length - 1);
}

/** Folds the lines of a plain or single quoted scalar: a break is a space, n + 1 breaks are n line feeds. */
function unfoldLines(source: string, file: number): readonly Piece[] {
  const lines: { readonly start: number; readonly end: number }[] = [];
  let from = 0;
  for (let feed = source.indexOf('\n'); feed >= 0; feed = source.indexOf('\n', from)) {
    lines.push({ start: from, end: source[feed - 1] === '\r' && feed > from ? feed - 1 : feed });
    from = feed + 1;
  }
  const pieces: Piece[] = [];
  if (lines.length === 0) return [{ text: source, file, made: false }];
  let separator = '';
  let separatorAt = 0;
  for (const [number, line] of lines.entries()) {
    let { start, end } = line;
    while (end > start && isBlank(source[end - 1])) end--;
    if (number > 0) while (start < end && isBlank(source[start])) start++;
    if (number > 0 && start === end) {
      if (separator === '\n') pieces.push({ text: '\n', file: file + separatorAt, made: true });
      separator = '\n';
      separatorAt = line.end;
    } else {
      if (number > 0) pieces.push({ text: separator, file: file + separatorAt, made: true });
      pieces.push({ text: source.slice(start, end), file: file + start, made: false });
      separator = ' ';
      separatorAt = end;
    }
  }
  while (from < source.length && isBlank(source[from])) from++;
  pieces.push({ text: separator, file: file + separatorAt, made: true });
  pieces.push({ text: source.slice(from), file: file + from, made: false });
  return pieces;
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  '\t': '\t',
};

function embedDoubleQuoted(source: string, file: number): EmbeddedText {
  const builder = new TextBuilder();
  const end = source.length - 1;
  let at = 1;
  while (at < end) {
    const plainEnd = findSpecial(source, at, end);
    builder.append(source.slice(at, plainEnd), file + at);
    at = plainEnd;
    const character = source[at];
    if (at >= end) break;
    if (character === '\\') at = appendEscape(builder, source, at, file);
    else if (character === '\r' && source[at + 1] === '\n') at++;
    else if (character === '\n') at = appendFold(builder, source, at, file);
    else if (isBlank(character)) {
      let next = at;
      while (isBlank(source[next])) next++;
      const breaks = source[next] === '\n' || (source[next] === '\r' && source[next + 1] === '\n');
      if (!breaks) builder.append(source.slice(at, Math.min(next, end)), file + at);
      at = next;
    } else {
      builder.append(source.slice(at, at + 1), file + at);
      at++;
    }
  }
  return builder.finish(file + end);
}

function findSpecial(source: string, from: number, end: number): number {
  let at = from;
  for (; at < end; at++) {
    const code = source.charCodeAt(at);
    // backslash, line feed, carriage return, space, tab
    if (code === 92 || code === 10 || code === 13 || code === 32 || code === 9) break;
  }
  return at;
}

/** Reads the escape at `at` and returns the offset behind it. */
function appendEscape(builder: TextBuilder, source: string, at: number, file: number): number {
  const letter = source[at + 1] ?? '';
  const simple = ESCAPES[letter];
  if (simple !== undefined) {
    builder.append(simple, file + at);
    return at + 2;
  }
  const breakLength = letter === '\n' ? 1 : letter === '\r' && source[at + 2] === '\n' ? 2 : 0;
  if (breakLength > 0) {
    // An escaped line break joins the lines; the next one's indentation goes too.
    let next = at + 1 + breakLength;
    while (isBlank(source[next])) next++;
    return next;
  }
  const length = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  const code = Number.parseInt(source.slice(at + 2, at + 2 + length), 16);
  if (length === 0 || Number.isNaN(code) || code > 0x10ffff) {
    builder.append(source.slice(at, at + 2 + length), file + at);
    return at + 2 + length;
  }
  // A character outside the basic plane is two code units that stand for one escape.
  for (const unit of String.fromCodePoint(code).split('')) builder.append(unit, file + at);
  return at + 2 + length;
}

/** Folds the line break at `at`, and the empty lines after it; returns the offset of the next text. */
function appendFold(builder: TextBuilder, source: string, at: number, file: number): number {
  let feeds = 0;
  let next = at + 1;
  for (;;) {
    const character = source[next];
    if (character === '\n') feeds++;
    else if (!isBlank(character) && !(character === '\r' && source[next + 1] === '\n')) break;
    next++;
  }
  const start = source[at - 1] === '\r' ? at - 1 : at;
  builder.appendMade(feeds === 0 ? ' ' : '\n'.repeat(feeds), file + start);
  return next;
}

// ---------------------------------------------------------------------------------------------- block scalars

interface BlockLine {
  readonly indent: number;
  /** Without the line break. */
  readonly content: string;
  /** File offset of the content, behind the indentation. */
  readonly file: number;
}

function embedBlockScalar(token: CST.BlockScalar): EmbeddedText {
  const header = token.props.find((prop) => prop.type === 'block-scalar-header');
  const headerSource = header !== undefined && 'source' in header ? header.source : '|';
  const explicitIndent = Number(/[1-9]/.exec(headerSource)?.[0] ?? 0);
  const chomp = /[+-]/.exec(headerSource)?.[0] ?? '';
  const folded = headerSource.startsWith('>');
  const bodyStart = token.props.reduce((sum, prop) => sum + ('source' in prop ? prop.source.length : 0), token.offset);
  const lines = splitLines(token.source, bodyStart);
  const builder = new TextBuilder();
  const end = bodyStart + token.source.length;

  let chompStart = lines.length;
  while (chompStart > 0 && lines[chompStart - 1]?.content === '') chompStart--;
  if (chompStart === 0) {
    if (chomp === '+' && lines.length > 0) {
      for (const line of lines.slice(0, Math.max(1, lines.length - 1))) builder.append('\n', line.file);
    }
    return builder.finish(bodyStart, end);
  }

  const contentStart = lines.findIndex((line) => line.content !== '');
  let trim = token.indent + explicitIndent;
  if (explicitIndent === 0) trim = lines[contentStart]?.indent ?? trim;
  // Trailing lines of spaces that are indented more than the text belong to it.
  for (let number = lines.length - 1; number >= chompStart; number--) {
    if ((lines[number]?.indent ?? 0) > trim) {
      chompStart = number + 1;
      break;
    }
  }

  const appendLine = (line: BlockLine): void => {
    const kept = Math.max(0, line.indent - trim);
    builder.append(' '.repeat(kept) + line.content, line.file - kept);
  };
  for (const line of lines.slice(0, contentStart)) {
    appendLine(line);
    builder.append('\n', lineEnd(line));
  }
  let separator = '';
  let separatorAt = bodyStart;
  let previousMoreIndented = false;
  for (const line of lines.slice(contentStart, chompStart)) {
    if (!folded) {
      builder.append(separator, separatorAt);
      appendLine(line);
      separator = '\n';
    } else if (line.indent > trim || line.content.startsWith('\t')) {
      if (separator === ' ') separator = '\n';
      else if (!previousMoreIndented && separator === '\n') separator = '\n\n';
      builder.appendMade(separator, separatorAt);
      appendLine(line);
      separator = '\n';
      previousMoreIndented = true;
    } else if (line.content === '') {
      if (separator === '\n') builder.append('\n', separatorAt);
      separator = '\n';
    } else {
      builder.appendMade(separator, separatorAt);
      appendLine(line);
      separator = ' ';
      previousMoreIndented = false;
    }
    separatorAt = lineEnd(line);
  }
  const last = lines[chompStart - 1];
  const lastEnd = last === undefined ? end : lineEnd(last);
  if (chomp === '') builder.append('\n', lastEnd);
  if (chomp === '+') {
    let breakAt = lastEnd;
    let endsWithBreak = false;
    for (const line of lines.slice(chompStart)) {
      builder.append('\n', breakAt);
      const kept = Math.max(0, line.indent - trim);
      builder.append(' '.repeat(kept), line.file - kept);
      endsWithBreak = kept === 0;
      breakAt = lineEnd(line);
    }
    if (!endsWithBreak) builder.append('\n', breakAt);
  }
  return builder.finish(bodyStart, end);
}

function lineEnd(line: BlockLine): number {
  return line.file + line.content.length;
}

function splitLines(source: string, file: number): readonly BlockLine[] {
  if (source === '') return [];
  const lines: BlockLine[] = [];
  let from = 0;
  for (;;) {
    const feed = source.indexOf('\n', from);
    const end = feed < 0 ? source.length : feed;
    let content = from;
    while (content < end && source[content] === ' ') content++;
    const contentEnd = end > content && source[end - 1] === '\r' ? end - 1 : end;
    lines.push({ indent: content - from, content: source.slice(content, contentEnd), file: file + content });
    if (feed < 0) return lines;
    from = feed + 1;
  }
}
