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
    if (underline !== '') rows.push(`${bar('')} ${underline.replace(/\^+/, (carets) => options.marker(carets))}`);
  }
  return rows.join('\n');
}

/** One character of the line with its file offset, as shown, and whether it belongs to the span. */
interface Cell {
  readonly offset: number;
  readonly shown: string;
  readonly width: number;
  readonly marked: boolean;
}

function frameLine(file: SourceFile, line: number, span: Span, room: number): { text: string; underline: string } {
  const { start, text } = lineExtent(file, line, span, room);
  const cells: Cell[] = [];
  // On the lines after its first, a span begins behind the indentation.
  const continues = span.start < file.lineStart(line);
  let hasMark = false;
  let offset = start;
  for (const character of text) {
    const covered = offset < span.end && offset + character.length > span.start;
    const marked: boolean = covered && (!continues || hasMark || !/\s/.test(character));
    hasMark ||= marked;
    const shown = character === '\t' ? '  ' : escapeCharacter(character);
    const width = shown === character ? characterWidth(character) : shown.length;
    const previous = cells.at(-1);
    // A combining mark is one with the character before it.
    if (width === 0 && previous !== undefined) {
      cells[cells.length - 1] = { ...previous, shown: previous.shown + shown, marked: previous.marked || marked };
    } else {
      cells.push({ offset, shown, width: Math.max(1, width), marked });
    }
    offset += character.length;
  }
  // An empty span, or one of a line break alone, is marked by a caret at its place.
  if (!hasMark && !continues) {
    const index = cells.findIndex((cell) => cell.offset >= span.start);
    const cell = cells[index];
    if (cell === undefined) cells.push({ offset, shown: ' ', width: 1, marked: true });
    else cells[index] = { ...cell, marked: true };
  }
  return windowed(cells, room, { before: start > file.lineStart(line), after: offset < lineEndOffset(file, line) });
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
      cutBefore = true;
      available = room - 1;
      // Where the line ends soon after the span, more of what stands before it fits in.
      const lead = Math.max(LEAD, available - (total - before) - (hidden.after ? 1 : 0));
      let used = 0;
      from = firstMarked;
      while (from > 0 && used + (cells[from - 1]?.width ?? 0) <= lead) used += cells[--from]?.width ?? 0;
      if (from === 0 && !hidden.before) {
        cutBefore = false;
        available = room;
      }
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
