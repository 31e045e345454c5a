/** Functions of texts. Positions count UTF-16 units unless said otherwise. */
import type { RE2JS } from 're2js';
import { quoteRegex } from '../../ir/regex-syntax.ts';
import { foldCase, isAscii, upperCase } from '../../ir/text.ts';
import type { Json } from '../../ir/types.ts';
import { compileRegex } from '../regex.ts';
import {
  boolValue,
  compareCodePoints,
  dynamicValue,
  jsonText,
  longValue,
  nullOfType,
  textOf,
  textValue,
  toNumber,
} from '../value.ts';
import { arrayOf, integerArgument, LONGEST_TEXT, textArgument } from './family.ts';
import type { Family } from './family.ts';

const cut = (text: string): string => (text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text);

export const TEXT: Family = {
  lower: (args) => textValue(foldCase(textArgument(args, 0))),
  upper: (args) => textValue(upperCase(textArgument(args, 0))),
  concat: (args) => textValue(cut(args.map(textOf).join(''))),
  concatWith: ([delimiter, ...parts]) =>
    textValue(cut(parts.map(textOf).join(delimiter === undefined ? '' : textOf(delimiter)))),
  joinText: (args) => {
    const array = arrayOf(args[0]);
    return textValue(array === undefined ? '' : cut(array.map(jsonText).join(textArgument(args, 1))));
  },
  length: (args) => longValue(Array.from(textArgument(args, 0)).length),
  byteLength: (args) => longValue(new TextEncoder().encode(textArgument(args, 0)).length),
  substring: (args) => {
    const text = textArgument(args, 0);
    const start = integerArgument(args, 1) ?? 0;
    const from = start < 0 ? Math.max(0, text.length + start) : start;
    const length = integerArgument(args, 2);
    if (length !== undefined && length < 0) return textValue('');
    return textValue(text.slice(from, length === undefined ? undefined : from + length));
  },
  indexOf: (args) => longValue(indexOf(textArgument(args, 0), textArgument(args, 1), args)),
  indexOfRegex: (args) => {
    const [text, pattern] = [textArgument(args, 0), textArgument(args, 1)];
    const start = integerArgument(args, 2) ?? 0;
    // "indexof_regex()": an invalid start, unlike that of `indexof`, gives no number.
    if (start < 0) return nullOfType('long');
    const found = matchesOf(compileRegex(pattern), text).filter((one) => one.start >= start);
    return longValue(found[(integerArgument(args, 4) ?? 1) - 1]?.start ?? -1);
  },
  split: (args) => {
    const [text, delimiter] = [textArgument(args, 0), textArgument(args, 1)];
    const pieces = delimiter === '' ? [text] : text.split(delimiter);
    const index = integerArgument(args, 2);
    if (index === undefined) return dynamicValue(pieces);
    const piece = pieces[index];
    return dynamicValue(piece === undefined ? [] : [piece]);
  },
  trim: (args) => textValue(trimStart(textArgument(args, 0), trimEnd(textArgument(args, 0), textArgument(args, 1)))),
  trimStart: (args) => textValue(trimStart(textArgument(args, 0), textArgument(args, 1))),
  trimEnd: (args) => textValue(trimEnd(textArgument(args, 0), textArgument(args, 1))),
  replaceText: (args) => {
    const [text, lookup, rewrite] = [textArgument(args, 0), textArgument(args, 1), textArgument(args, 2)];
    return textValue(lookup === '' ? text : cut(text.split(lookup).join(rewrite)));
  },
  replaceRegex: (args) => {
    const regex = compileRegex(textArgument(args, 1));
    return textValue(cut(replaceRegex(regex, textArgument(args, 0), textArgument(args, 2))));
  },
  extract: (args) => {
    const matcher = compileRegex(textArgument(args, 0)).matcher(textArgument(args, 2));
    const group = integerArgument(args, 1) ?? 0;
    if (!matcher.find() || group < 0 || group > matcher.groupCount()) return textValue('');
    return textValue(matcher.group(group) ?? '');
  },
  extractAll: (args) => extractAll(textArgument(args, 0), textArgument(args, 1), arrayOf(args[2])),
  countMatches: (args) => {
    const [text, search] = [textArgument(args, 0), textArgument(args, 1)];
    if (textArgument(args, 2) === 'regex') return longValue(matchesOf(compileRegex(search), text).length);
    if (search === '') return longValue(0);
    let count = 0;
    for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + 1)) count++;
    return longValue(count);
  },
  reverse: (args) => textValue(Array.from(textArgument(args, 0)).reverse().join('')),
  translate: (args) => {
    const [search, replacement] = [Array.from(textArgument(args, 0)), Array.from(textArgument(args, 1))];
    const by = new Map(search.map((character, index) => [character, replacement[index] ?? replacement.at(-1) ?? '']));
    return textValue(
      Array.from(textArgument(args, 2))
        .map((character) => by.get(character) ?? character)
        .join(''),
    );
  },
  repeat: (args) => {
    const [text, delimiter] = [textArgument(args, 0), textArgument(args, 2)];
    const most = Math.floor(LONGEST_TEXT / Math.max(1, text.length + delimiter.length));
    const count = Math.max(0, Math.min(integerArgument(args, 1) ?? 0, most));
    return textValue(Array.from({ length: count }, () => text).join(delimiter));
  },
  compareText: (args) => longValue(compareCodePoints(textArgument(args, 0), textArgument(args, 1))),
  isAscii: (args) => boolValue(isAscii(textArgument(args, 0))),
  isUtf8: () => boolValue(true),
  toCodePoints: (args) =>
    dynamicValue(Array.from(textArgument(args, 0)).map((character) => character.codePointAt(0) ?? 0)),
  fromCodePoints: (args) => {
    const points = args.flatMap((arg) => arrayOf(arg)?.map((json) => toNumber(dynamicValue(json))) ?? [toNumber(arg)]);
    const valid = points.filter((point) => point !== undefined && point >= 0 && point <= 0x10ffff);
    return textValue(valid.map((point) => String.fromCodePoint(Math.trunc(point ?? 0))).join(''));
  },
  quoteRegex: (args) => textValue(quoteRegex(textArgument(args, 0))),
};

function indexOf(text: string, lookup: string, args: Parameters<typeof integerArgument>[0]): number {
  const start = integerArgument(args, 2) ?? 0;
  const from = start < 0 ? Math.max(0, text.length + start) : start;
  const length = integerArgument(args, 3) ?? -1;
  const end = length < 0 ? text.length : Math.min(text.length, from + length);
  let occurrence = integerArgument(args, 4) ?? 1;
  if (occurrence < 1) return -1;
  for (let at = text.indexOf(lookup, from); at >= 0 && at + lookup.length <= end; at = text.indexOf(lookup, at + 1)) {
    if (--occurrence === 0) return at;
  }
  return -1;
}

interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | null)[];
}

/** All matches from left to right, none overlapping. */
function matchesOf(regex: RE2JS, text: string): readonly Match[] {
  const matcher = regex.matcher(text);
  const found: Match[] = [];
  while (matcher.find()) {
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group));
    found.push({ start: matcher.start(), end: matcher.end(), groups });
  }
  return found;
}

function replaceRegex(regex: RE2JS, text: string, rewrite: string): string {
  let result = '';
  let at = 0;
  for (const { start, end, groups } of matchesOf(regex, text)) {
    const made = rewrite.replace(/\\(\d|\\)/g, (_, what: string) =>
      what === '\\' ? '\\' : (groups[Number(what)] ?? ''),
    );
    result += text.slice(at, start) + made;
    at = end;
  }
  return result + text.slice(at);
}

function extractAll(
  pattern: string,
  text: string,
  wanted: readonly Json[] | undefined,
): ReturnType<typeof dynamicValue> {
  const found = matchesOf(compileRegex(pattern), text);
  const [first] = found;
  if (first === undefined) return nullOfType('dynamic');
  const all = Array.from({ length: first.groups.length - 1 }, (_, index) => index + 1);
  const names = compileRegex(pattern).matcher(text).namedGroups;
  const groups = wanted?.map((group) => (typeof group === 'string' ? (names[group] ?? -1) : Number(group)));
  return extractGroups(found, groups ?? (all.length === 0 ? [0] : all));
}

function extractGroups(found: readonly Match[], groups: readonly number[]): ReturnType<typeof dynamicValue> {
  const textsOf = (match: Match): readonly string[] => groups.map((group) => match.groups[group] ?? '');
  return dynamicValue(groups.length === 1 ? found.map((match) => textsOf(match)[0] ?? '') : found.map(textsOf));
}

function trimStart(pattern: string, text: string): string {
  const matcher = compileRegex(`^(?:${pattern})`).matcher(text);
  return matcher.find() ? text.slice(matcher.end()) : text;
}

function trimEnd(pattern: string, text: string): string {
  const matcher = compileRegex(`(?:${pattern})$`).matcher(text);
  return matcher.find() ? text.slice(0, matcher.start()) : text;
}
