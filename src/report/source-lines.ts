/** Source lines with line numbers, the span in question underlined. */
import type { SourceFile, Span } from '../source.ts';
import { characterWidth, escapeCharacter } from './terminal.ts';

export interface FrameOptions {
  /** Terminal cells a line may take, numbers included; at least 40. */
  readonly width: number;
  /** Styles the line numbers and bars. */
  readonly gutter: (text: string) => string;
  /** Styles the underline. */
  readonly marker: (text: string) => string;
}

/** Of a span over several lines so many are shown: the first ones and the last. */
const MAX_LINES = 4;
const ELLIPSIS = '…';
/** Cells kept in sight before a span in a long line. */
const LEAD = 16;
const MIN_WIDTH = 40;

/**
 * The lines that a span covers, each with its number and, below it, `^` under the part that belongs to the span. Long
 * lines are cut to a window around that part; tabs are shown as spaces, control characters as escapes.
 */
export function codeFrame(file: SourceFile, span: Span, options: FrameOptions): string {
  const first = file.positionAt(span.start).line;
  // A span that ends with a line break ends on the line before it.
  const last = Math.max(first, file.positionAt(Math.max(span.start, span.end - 1)).line);
  const numbers: (number | undefined)[] = [];
  for (let line = first; line <= last && numbers.length < MAX_LINES - 1; line++) numbers.push(line);
  const shown = numbers.at(-1) ?? first;
  if (last > shown + 1) numbers.push(undefined);
  if (last > shown) numbers.push(last);

  const gutterWidth = Math.max(3, String(last).length);
  const room = Math.max(MIN_WIDTH, options.width) - gutterWidth - 3;
  const bar = (label: string): string => options.gutter(`${label.padStart(gutterWidth)} |`);
  const rows: string[] = [];
  for (const line of numbers) {
    if (line === undefined) {
      rows.push(options.gutter(`${'...'.padStart(gutterWidth)} |`));
      continue;
    }
    const { text, underline } = frameLine(file, line, span, room);
    rows.push(`${bar(String(line))} ${text}`.trimEnd());
    rows.push(underline === '' ? bar('') : `${bar('')} ${underline.replace(/\^+/, options.marker)}`);
  }
  return rows.join('\n');
}

/** One character of the line as shown, and whether it belongs to the span. */
interface Cell {
  readonly shown: string;
  readonly width: number;
  readonly marked: boolean;
}

function frameLine(file: SourceFile, line: number, span: Span, room: number): { text: string; underline: string } {
  const { start, text } = lineExtent(file, line, span, room);
  const cells: Cell[] = [];
  let offset = start;
  for (const character of text) {
    const marked = offset < span.end && offset + character.length > span.start;
    const shown = character === '\t' ? '  ' : escapeCharacter(character);
    const width = shown === character ? characterWidth(character) : shown.length;
    cells.push({ shown, width, marked });
    offset += character.length;
  }
  // An empty span, or one of a line break alone, is marked by a caret at its place.
  const hasMark = cells.some((cell) => cell.marked);
  if (!hasMark && span.start >= offset) cells.push({ shown: ' ', width: 1, marked: true });
  else if (!hasMark) {
    const index = cellAt(text, span.start - start);
    const cell = cells[index];
    if (cell !== undefined) cells[index] = { ...cell, marked: true };
  }
  return windowed(cells, room, { before: start > file.lineStart(line), after: offset < lineEndOffset(file, line) });
}

function cellAt(text: string, offset: number): number {
  let index = 0;
  let at = 0;
  for (const character of text) {
    if (at + character.length > offset) break;
    at += character.length;
    index++;
  }
  return index;
}

/** Cuts the cells to what fits, so that the marked ones begin in sight. */
function windowed(
  cells: readonly Cell[],
  room: number,
  hidden: { readonly before: boolean; readonly after: boolean },
): { text: string; underline: string } {
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  const firstMarked = Math.max(
    0,
    cells.findIndex((cell) => cell.marked),
  );
  let from = 0;
  let cutBefore = hidden.before;
  let available = room - (cutBefore ? 1 : 0);
  if (total > available || hidden.after) {
    const before = cells.slice(0, firstMarked).reduce((sum, cell) => sum + cell.width, 0);
    const markedWidth = cells.filter((cell) => cell.marked).reduce((sum, cell) => sum + cell.width, 0);
    const fits = before + Math.min(markedWidth, room >> 1) <= available - 1;
    if (!fits) {
      let lead = 0;
      from = firstMarked;
      while (from > 0 && lead + (cells[from - 1]?.width ?? 0) <= LEAD) lead += cells[--from]?.width ?? 0;
      cutBefore = true;
      available = room - 1;
    }
  }
  let text = cutBefore ? ELLIPSIS : '';
  let underline = cutBefore ? ' ' : '';
  let used = 0;
  let index = from;
  for (; index < cells.length; index++) {
    const cell = cells[index];
    if (cell === undefined) break;
    const isLast = index === cells.length - 1 && !hidden.after;
    if (used + cell.width > available - (isLast ? 0 : 1)) break;
    text += cell.shown;
    underline += (cell.marked ? '^' : ' ').repeat(cell.width);
    used += cell.width;
  }
  if (index < cells.length || hidden.after) text += ELLIPSIS;
  return { text, underline: underline.trimEnd() };
}

function lineEndOffset(file: SourceFile, line: number): number {
  return file.lineStart(line) + file.lineText(line).length;
}

/** The part of a line worth looking at: of one with a million characters only those around the span. */
function lineExtent(file: SourceFile, line: number, span: Span, room: number): { start: number; text: string } {
  const start = file.lineStart(line);
  const text = file.lineText(line);
  if (text.length <= 4 * room) return { start, text };
  let from = Math.max(0, Math.min(span.start - start, text.length) - 2 * room);
  // Never between the two halves of a character outside the basic plane.
  if (/[\udc00-\udfff]/.test(text[from] ?? '')) from++;
  let to = Math.min(text.length, from + 6 * room);
  if (/[\ud800-\udbff]/.test(text[to - 1] ?? '')) to--;
  return { start: start + from, text: text.slice(from, to) };
}
