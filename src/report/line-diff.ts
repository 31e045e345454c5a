/** The difference of two texts, line by line, in the unified format. */
import pc from 'picocolors';
import { escapeControls } from './terminal.ts';

/** Lines shown around a change. */
const CONTEXT = 3;
/** Pairs of lines compared at most: beyond, the changed part is shown as removed and added as a whole. */
const MAX_PAIRS = 4_000_000;

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string };

/** A patch for one file; `''` where the texts are equal. Lines that end in `\r\n` show without the `\r`. */
export function lineDiff(path: string, before: string, after: string, color: boolean): string {
  if (before === after) return '';
  const colors = pc.createColors(color);
  const name = escapeControls(path);
  const lines = [colors.bold(`--- ${name}`), colors.bold(`+++ ${name}`)];
  const edits = editsOf(before.split(/\r?\n/), after.split(/\r?\n/));
  for (const { from, to } of hunksOf(edits)) {
    const count = (sign: '-' | '+', until: number, since = 0): number =>
      edits.slice(since, until).filter((edit) => edit.sign === sign || edit.sign === ' ').length;
    const range = (sign: '-' | '+'): string => `${count(sign, from) + 1},${count(sign, to, from)}`;
    lines.push(colors.cyan(`@@ -${range('-')} +${range('+')} @@`));
    for (const { sign, line } of edits.slice(from, to)) {
      const text = `${sign}${escapeTabless(line)}`;
      lines.push(sign === '-' ? colors.red(text) : sign === '+' ? colors.green(text) : text);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Tabs are harmless, and part of the text. */
function escapeTabless(line: string): string {
  return line.split('\t').map(escapeControls).join('\t');
}

/** Ranges of edits with a change in them and some lines around. */
function hunksOf(edits: readonly Edit[]): readonly { readonly from: number; readonly to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  edits.forEach(({ sign }, index) => {
    if (sign === ' ') return;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(edits.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

function editsOf(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const same = (line: string): Edit => ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(same),
    ...changesOf(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** A shortest list of edits, by the longest common subsequence of lines. */
function changesOf(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const removed = before.map((line): Edit => ({ sign: '-', line }));
  const added = after.map((line): Edit => ({ sign: '+', line }));
  if (before.length * after.length > MAX_PAIRS) return [...removed, ...added];
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const edits: Edit[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = removed[row];
    const fresh = added[column];
    if (old !== undefined && fresh !== undefined && old.line === fresh.line) {
      edits.push({ sign: ' ', line: old.line });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      edits.push(old);
      row++;
    } else if (fresh !== undefined) {
      edits.push(fresh);
      column++;
    }
  }
  return edits;
}
