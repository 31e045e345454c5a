/**
 * What formatting a file must keep, checked without the help of what formats. `npx tsx test/rule/format-laws.ts --every 1`
 * checks every file of the corpus and says how many changed and what was left as it is.
 */
import type { Query } from '../../src/kql/ast.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { formatRules } from '../../src/rule/format.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile, wholeFile } from '../../src/source.ts';
import { meaning } from '../kql/trees.ts';
import { sentinelFiles } from '../oracles/corpora.ts';

/** The queries of a file, with where each scalar begins. */
function queriesOf(file: SourceFile): readonly { readonly text: string; readonly start: number }[] {
  return readRule(file).entries.flatMap((entry) =>
    entry.status === 'valid' ? [{ text: entry.rule.query.text, start: entry.rule.querySpan.start }] : [],
  );
}

/** Every comment with the number of operators and statements that begin before it. */
function placedComments(query: Query): readonly string[] {
  const starts: number[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value) && ('op' in value || 'statement' in value) && 'span' in value) {
      starts.push((value.span as { start: number }).start);
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(query.statements);
  return query.comments.map(
    ({ text, span }) => `${starts.filter((start) => start < span.start).length} ${text.trimEnd()}`,
  );
}

/** What is wrong with a formatted query. */
function queryFlaws(before: string, after: string): readonly string[] {
  const old = parseKql(wholeFile(before)).query;
  const fresh = parseKql(wholeFile(after)).query;
  if (old === undefined) return before === after ? [] : ['an unreadable query was changed'];
  if (fresh === undefined) return ['the query cannot be read any more'];
  const flaws: string[] = [];
  if (JSON.stringify(meaning(old)) !== JSON.stringify(meaning(fresh))) flaws.push('another tree');
  if (placedComments(old).join('\n') !== placedComments(fresh).join('\n')) flaws.push('other comments, or elsewhere');
  return flaws;
}

/** What stands around the queries. What was no literal block may become one, which takes the line break behind it. */
function around(file: SourceFile): string {
  let text = '';
  let from = 0;
  for (const entry of readRule(file).entries) {
    if (entry.status === 'invalid' || entry.rule.querySpan.start < from) continue;
    const { start, end } = entry.rule.querySpan;
    text += `${file.text.slice(from, start)}\u0000`;
    from = end;
  }
  return text + file.text.slice(from);
}

function sameAround(before: SourceFile, after: SourceFile): boolean {
  const [one, other] = [around(before), around(after)];
  if (one === other) return true;
  const isLiteral = queriesOf(before).every(({ start }) => before.text[start] === '|');
  const loose = (text: string): string =>
    text
      .split('\u0000')
      .map((part) => part.trim())
      .join('\u0000');
  return !isLiteral && loose(one) === loose(other);
}

export interface Checked {
  readonly flaws: readonly string[];
  readonly changed: boolean;
  /** Codes of what was said. */
  readonly codes: readonly string[];
}

/** Formats a file and checks everything that must hold. */
export function checkFormatting(path: string, text: string): Checked {
  const file = new SourceFile(path, text);
  const formatted = formatRules(file);
  const result = new SourceFile(path, formatted.text);
  const flaws: string[] = [];
  const [before, after] = [queriesOf(file), queriesOf(result)];
  if (before.length !== after.length) flaws.push('another number of queries');
  before.forEach((query, index) => flaws.push(...queryFlaws(query.text, after[index]?.text ?? '')));
  if (!sameAround(file, result)) flaws.push('something beside the queries has changed');
  if (formatRules(result).text !== formatted.text) flaws.push('another layout the second time');
  const lineEnds = (of: string): string => [...new Set(of.match(/\r?\n|\r/g))].sort().join();
  // In a file with several kinds the first one wins.
  if (/^(\r?\n)?$/.test(lineEnds(text)) && text.includes('\n') && lineEnds(text) !== lineEnds(formatted.text))
    flaws.push('other line ends');
  return { flaws, changed: formatted.text !== text, codes: formatted.diagnostics.map(({ code }) => code) };
}

if (process.argv[1] === import.meta.filename) {
  const every = Number(process.argv[process.argv.indexOf('--every') + 1] ?? 1) || 1;
  const codes = new Map<string, number>();
  const counts = { files: 0, changed: 0, flawed: 0 };
  for (const { id, text } of sentinelFiles().filter((_file, index) => index % every === 0)) {
    const checked = checkFormatting(id, text);
    counts.files += 1;
    if (checked.changed) counts.changed += 1;
    if (checked.flaws.length > 0) {
      counts.flawed += 1;
      console.log(`${id}: ${checked.flaws.join('; ')}`);
    }
    for (const code of checked.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  console.log(counts, Object.fromEntries(codes));
}
