/** Where things stand in a file: offsets, lines and columns, and the way from a text inside YAML back to the file. */

/** A half-open range of UTF-16 offsets in the **file** the rule was read from, whatever the part (YAML or KQL). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A position as people count it: both from 1; the column counts UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A span that says nothing about a file: for what was made, not read. */
export const NO_SPAN: Span = { start: 0, end: 0 };

/** The smallest span that covers both. A {@link NO_SPAN} operand is ignored. */
export function coverSpans(first: Span, second: Span): Span {
  if (first === NO_SPAN) return second;
  if (second === NO_SPAN) return first;
  return { start: Math.min(first.start, second.start), end: Math.max(first.end, second.end) };
}

/** A file's text with an index of its lines. Lines end at `\n`, `\r\n` or a lone `\r`. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    const starts = [0];
    for (let offset = 0; offset < text.length; offset++) {
      const code = text.charCodeAt(offset);
      if (code === 10 || (code === 13 && text.charCodeAt(offset + 1) !== 10)) starts.push(offset + 1);
    }
    this.#lineStarts = starts;
  }

  /** The position of an offset; offsets outside the file are clamped to it. */
  positionAt(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= clamped) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: clamped - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** The offset at which a line (from 1) starts; the file's end when there is no such line. */
  lineStart(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  /** The text of a line (from 1) without its line break; empty when there is no such line. */
  lineText(line: number): string {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return '';
    return this.text.slice(start, this.#lineStarts[line] ?? this.text.length).replace(/[\r\n]+$/, '');
  }
}

/** One run of an embedded text that stands unchanged in the file: the offsets of its start in both. */
export interface SourceSegment {
  readonly embedded: number;
  readonly file: number;
}

/**
 * A text that stands inside a file, possibly re-indented or unescaped (the `query: |` of a rule, a JSON string), and
 * the way back from its offsets to the file's.
 */
export interface EmbeddedText {
  readonly text: string;
  /** Sorted by `embedded`; the first starts at 0. */
  readonly segments: readonly SourceSegment[];
}

/** A text that is the whole file. */
export function wholeFile(text: string): EmbeddedText {
  return { text, segments: [{ embedded: 0, file: 0 }] };
}

/** The file offset of an offset in an embedded text. */
export function toFileOffset(embedded: EmbeddedText, offset: number): number {
  let low = 0;
  let high = embedded.segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((embedded.segments[middle]?.embedded ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const segment = embedded.segments[low] ?? { embedded: 0, file: 0 };
  return segment.file + (offset - segment.embedded);
}
