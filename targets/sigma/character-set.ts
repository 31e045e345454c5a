/** Sets of characters: the classes of regular expressions. */

/** Inclusive ranges of code points. */
export type CharacterSet = readonly (readonly [number, number])[];

export const MAX_CODE = 0x10ffff;

export const DIGITS: CharacterSet = [[48, 57]];
export const WORD: CharacterSet = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
/** `\s` */
export const BLANKS: CharacterSet = [
  [9, 10],
  [12, 13],
  [32, 32],
];

/** `[[:alpha:]]` and the like. */
export const POSIX: Readonly<Record<string, CharacterSet>> = {
  alnum: [...DIGITS, [65, 90], [97, 122]],
  alpha: [
    [65, 90],
    [97, 122],
  ],
  ascii: [[0, 127]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: DIGITS,
  graph: [[33, 126]],
  lower: [[97, 122]],
  print: [[32, 126]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: [[65, 90]],
  word: WORD,
  xdigit: [...DIGITS, [65, 70], [97, 102]],
};

/** The set without gaps and overlaps, in order. */
export function mergeRanges(set: CharacterSet): CharacterSet {
  const merged: [number, number][] = [];
  for (const [low, high] of [...set].sort((left, right) => left[0] - right[0])) {
    const last = merged[merged.length - 1];
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** All other code points. */
export function complement(set: CharacterSet): CharacterSet {
  const result: [number, number][] = [];
  let next = 0;
  for (const [low, high] of mergeRanges(set)) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= MAX_CODE) result.push([next, MAX_CODE]);
  return result;
}
