/**
 * Formats the queries of a file where they stand: the file around them stays as it is, byte for byte.
 *
 * A block scalar keeps its header and its indentation. A folded, quoted or plain scalar becomes a literal block where it
 * has more than one line, and a string in quotes where the file cannot have a block (JSON, YAML's flow style). What comes
 * out is read again: a file in which anything but the layout of its queries would have changed is left alone.
 */
import type { Diagnostic } from '../diagnostic.ts';
import { formatQuery } from '../kql/format.ts';
import type { PrintOptions } from '../kql/print.ts';
import { SourceFile, toFileOffset } from '../source.ts';
import type { Span } from '../source.ts';
import { ruleCodes } from './codes.ts';
import { MAX_QUERY_LENGTH } from './query.ts';
import { readRule } from './read.ts';
import type { RuleEntry, RuleFormat, SentinelRule } from './types.ts';

export interface FormattedFile {
  /** The file's text, formatted as far as that could be done. */
  readonly text: string;
  /** How many queries were laid out anew, or had their layout already. */
  readonly queries: number;
  /** Whether no rule stands in the file. */
  readonly isNoRule: boolean;
  /** What could not be formatted, and why. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A part of the file and what is to stand there. */
interface Replacement {
  readonly span: Span;
  readonly text: string;
}

/** A query that is to be written, and the ways to do it. */
interface Task {
  readonly rule: SentinelRule;
  readonly query: string;
  readonly candidates: readonly Replacement[];
}

/** Formats every query of a file. Never throws. */
export function formatRules(file: SourceFile, options: PrintOptions = {}): FormattedFile {
  const { entries, format } = readRule(file);
  const tasks: Task[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<number>();
  for (const entry of entries) {
    if (entry.status === 'invalid') {
      diagnostics.push(...entry.diagnostics.filter(({ severity }) => severity === 'error'));
      continue;
    }
    const { rule } = entry;
    // An alias, or a parameter of a template, may give several rules one query.
    if (seen.has(rule.querySpan.start)) continue;
    seen.add(rule.querySpan.start);
    const folded = entry.diagnostics.filter(({ code }) => code === 'rule/folded-comment');
    const formatted = folded.length > 0 ? { text: undefined, diagnostics: folded } : formatQuery(rule.query, options);
    if (formatted.text === undefined) diagnostics.push(...formatted.diagnostics);
    else if (grewTooLong(rule.query.text, formatted.text)) diagnostics.push(unsafe(rule, TOO_LONG));
    else tasks.push({ rule, query: formatted.text, candidates: candidatesFor(file, format, rule, formatted.text) });
  }
  const isNoRule = diagnostics.length > 0 && diagnostics.every(({ code }) => code === 'rule/no-rule');
  const replacements = choose(file, entries, tasks, diagnostics);
  return { text: apply(file.text, replacements), queries: replacements.length, isNoRule, diagnostics };
}

const TOO_LONG = `The formatted query would be longer than the ${MAX_QUERY_LENGTH} characters that Sentinel accepts, so it stays as it is.`;
const UNSAFE = 'The formatted query cannot be written where it stands without changing it, so it stays as it is.';

function grewTooLong(before: string, after: string): boolean {
  return after.length > MAX_QUERY_LENGTH && before.length <= MAX_QUERY_LENGTH;
}

/** Rules of a file up to which each is tried by itself when they cannot be written all at once. */
const MAX_TRIED = 100;

/** The replacements after which the file, read again, has exactly the formatted queries, and nothing else changed. */
function choose(
  file: SourceFile,
  entries: readonly RuleEntry[],
  tasks: readonly Task[],
  diagnostics: Diagnostic[],
): readonly Replacement[] {
  const firsts = tasks.flatMap(({ candidates }) => candidates.slice(0, 1));
  if (firsts.length === tasks.length && isFaithful(file, entries, tasks, firsts)) return firsts;
  const chosen: Replacement[] = [];
  for (const [index, task] of tasks.entries()) {
    const works = (candidate: Replacement): boolean => isFaithful(file, entries, [task], [candidate]);
    const found = index < MAX_TRIED ? task.candidates.find(works) : undefined;
    if (found === undefined) diagnostics.push(unsafe(task.rule, UNSAFE));
    else chosen.push(found);
  }
  return chosen;
}

function isFaithful(
  file: SourceFile,
  before: readonly RuleEntry[],
  tasks: readonly Task[],
  replacements: readonly Replacement[],
): boolean {
  const { entries: after } = readRule(new SourceFile(file.path, apply(file.text, replacements)));
  const queries = new Map(tasks.map(({ rule, query }) => [rule.querySpan.start, query]));
  return (
    before.length === after.length &&
    before.every((entry, index) => {
      const other = after[index];
      if (other === undefined || entry.status === 'invalid' || other.status === 'invalid')
        return entry.status === other?.status;
      const { rule } = entry;
      return (
        sameText(other.rule.query.text, queries.get(rule.querySpan.start) ?? rule.query.text) &&
        other.rule.name.value === rule.name.value &&
        other.rule.id?.value === rule.id?.value &&
        other.diagnostics.length <= entry.diagnostics.length
      );
    })
  );
}

function unsafe(rule: SentinelRule, problem: string): Diagnostic {
  return ruleCodes.diagnostic('not-formatted', 'warning', rule.querySpan, problem);
}

function apply(text: string, replacements: readonly Replacement[]): string {
  return [...replacements]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((result, { span, text: part }) => result.slice(0, span.start) + part + result.slice(span.end), text);
}

function candidatesFor(
  file: SourceFile,
  format: RuleFormat,
  rule: SentinelRule,
  query: string,
): readonly Replacement[] {
  // Which line breaks a string over several lines has is part of its value.
  const { text } = rule.query;
  const isMixed = text.includes('\r\n') && /(?:^|[^\r])\n/.test(text);
  if (isMixed && text.includes('```')) return [];
  return format === 'kql' ? [wholeText(file, rule, query)] : scalarTexts(file, format, rule, query);
}

/** Line breaks are those of the file, and how many stand at the end says nothing. */
function sameText(one: string, other: string): boolean {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(one) === plain(other);
}

function endOfLines(text: string): '\n' | '\r\n' {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

function withLineEnds(text: string, ending: '\n' | '\r\n'): string {
  return ending === '\n' ? text : text.replace(/\r?\n/g, ending);
}

/** A file that is a query and nothing else. */
function wholeText(file: SourceFile, rule: SentinelRule, query: string): Replacement {
  return { span: rule.querySpan, text: withLineEnds(query, endOfLines(file.text)) };
}

/** The ways to write the query in place of its scalar, the most readable first. */
function scalarTexts(file: SourceFile, format: RuleFormat, rule: SentinelRule, query: string): readonly Replacement[] {
  const { start } = rule.querySpan;
  const first = file.text[start] ?? '';
  if (format === 'json') return [quotedText(file, rule, query)];
  if (first === '|' || first === '>') return [blockBody(file, rule, query)];
  const body = query.trimEnd();
  if (!body.includes('\n') && body === rule.query.text.trim()) {
    return [{ span: rule.querySpan, text: file.text.slice(start, rule.querySpan.end) }];
  }
  return [newBlock(file, rule, query), quotedText(file, rule, query)];
}

function indented(query: string, indentation: number, ending: string): string {
  const margin = ' '.repeat(indentation);
  return query
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => (line === '' ? '' : margin + line))
    .join(ending);
}

/** The lines of a block scalar, first to last, behind its header. A folded one becomes literal. */
function blockBody(file: SourceFile, rule: SentinelRule, query: string): Replacement {
  const { text } = file;
  const { start } = rule.querySpan;
  const headerEnd = text.indexOf('\n', start) + 1;
  // The first line with anything on it shows where lines begin.
  const firstLine = /^[ \t\n]*\n/.exec(rule.query.text)?.[0].length ?? 0;
  const begin = toFileOffset(rule.query, firstLine);
  const indentation = file.positionAt(begin).column - 1;
  const last = toFileOffset(rule.query, rule.query.text.trimEnd().length - 1);
  const feed = text.indexOf('\n', last);
  const lineEnd = feed < 0 ? text.length : text[feed - 1] === '\r' ? feed - 1 : feed;
  const header = `|${text.slice(start + 1, headerEnd)}`;
  return {
    span: { start, end: lineEnd },
    text: header + indented(query, indentation, endOfLines(text)),
  };
}

/** A literal block in place of a scalar in quotes or of a plain one, its header on the line of the key. */
function newBlock(file: SourceFile, rule: SentinelRule, query: string): Replacement {
  const { text } = file;
  const { start, end } = rule.querySpan;
  const ending = endOfLines(text);
  const feed = text.indexOf('\n', end);
  const lineEnd = feed < 0 ? text.length : text[feed - 1] === '\r' ? feed - 1 : feed;
  const before = /:[ \t]*(?:\r?\n)?[ \t]*$/.exec(text.slice(Math.max(0, start - 500), start));
  const from = before === null ? start : start - before[0].length + 1;
  // A list's dash is part of the key's indentation.
  const line = file.lineText(file.positionAt(from).line);
  const key = /^[ \t]*(?:- +)*/.exec(line)?.[0].length ?? 0;
  const body = indented(query, key + 2, ending);
  return {
    span: { start: from, end: lineEnd },
    text: `${from === start ? '' : ' '}|-${text.slice(end, lineEnd)}${ending}${body}`,
  };
}

/** A string in double quotes, its escapes like those that it had. */
function quotedText(file: SourceFile, rule: SentinelRule, query: string): Replacement {
  const { start, end } = rule.querySpan;
  const source = file.text.slice(start, end);
  const value = rule.query.text;
  const body = withLineEnds(query.trimEnd(), value.includes('\r\n') ? '\r\n' : '\n');
  const tail = /\s*$/.exec(value)?.[0] ?? '';
  // Exports write some plain characters as \u0027: those go on being written so.
  const escapes = new Map<string, string>();
  for (const [escape, code = ''] of source.matchAll(/(?<!\\)(?:\\\\)*\\u([0-9A-Fa-f]{4})/g)) {
    const character = String.fromCharCode(Number.parseInt(code, 16));
    if (character >= ' ') escapes.set(character, escape.slice(-6));
  }
  let text = JSON.stringify(body + tail);
  for (const [character, escape] of escapes) {
    if (character !== '"' && character !== '\\') text = text.split(character).join(escape);
  }
  return { span: rule.querySpan, text };
}
