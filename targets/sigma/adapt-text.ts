/**
 * Text tests as Sigma can make them, in the form that raising gives them back. Sigma compares without letter case unless
 * `cased`, knows no terms, and none of its tests holds where the field is missing.
 */
import * as build from '../../src/ir/build.ts';
import { quoteRegex } from '../../src/ir/regex-syntax.ts';
import { isTermCharacter } from '../../src/ir/text.ts';
import type { Predicate, Scalar, TextTest } from '../../src/ir/types.ts';
import type { Adapting, Failure } from './adapt-notes.ts';
import { matchesEmptyText, translateRegex } from './regex.ts';

type Match = Extract<Predicate, { readonly op: 'match' }>;

/** A test of a Sigma field, or of the whole event, or its negation. */
export function adaptText(match: Match, negated: boolean, adapting: Adapting): Predicate | Failure {
  const parts: Predicate[] = [];
  for (const part of splitByForm(match, negated, adapting)) {
    if ('code' in part) return part;
    parts.push(signedTest(part, negated));
  }
  const joins = (match.quantifier === 'any') !== negated;
  return joins ? build.or(parts, match.span) : build.and(parts, match.span);
}

/** A test that Sigma has, with its values. */
interface PlainTest {
  readonly subject: Scalar;
  readonly test: Exclude<TextTest, 'term' | 'termPrefix' | 'termSuffix'>;
  readonly values: string[];
  readonly quantifier: 'any' | 'all';
  readonly caseSensitive: boolean;
  /** Whether an empty text passes. */
  readonly matchesEmpty: boolean;
  readonly span: Match['span'];
}

/** The values by the tests that Sigma needs for them. */
function splitByForm(match: Match, negated: boolean, adapting: Adapting): readonly (PlainTest | Failure)[] {
  const groups = new Map<string, PlainTest>();
  const failures: Failure[] = [];
  const notes = new TermNotes();
  const cased = match.caseSensitive && match.values.some(hasLetterCase);
  for (const value of match.values) {
    const form = formOf(match, value, cased, negated, adapting, notes);
    if ('code' in form) {
      failures.push(form);
      continue;
    }
    const key = `${form.test} ${form.caseSensitive} ${form.matchesEmpty}`;
    const group = groups.get(key);
    if (group !== undefined) group.values.push(form.value);
    else {
      const { subject, quantifier, span } = match;
      const { value: first, ...rest } = form;
      groups.set(key, { subject, quantifier, span, values: [first], ...rest });
    }
  }
  notes.report(match, negated, adapting);
  return failures.length > 0 ? failures : [...groups.values()];
}

type Form = Pick<PlainTest, 'test' | 'caseSensitive' | 'matchesEmpty'> & { readonly value: string };

function formOf(
  match: Match,
  value: string,
  cased: boolean,
  negated: boolean,
  adapting: Adapting,
  notes: TermNotes,
): Form | Failure {
  switch (match.test) {
    case 'equals':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return { test: match.test, value, caseSensitive: cased, matchesEmpty: value === '' };
    case 'wildcard':
      return { test: 'wildcard', value, caseSensitive: cased, matchesEmpty: /^\**$/.test(value) };
    case 'regex':
      return regexForm(value, match, negated, adapting);
    case 'term':
    case 'termPrefix':
    case 'termSuffix':
      return termForm(match.test, value, cased, negated, adapting, notes);
  }
}

function hasLetterCase(text: string): boolean {
  return text.toLowerCase() !== text.toUpperCase();
}

// ---------------------------------------------------------------------------------------------- regular expressions

function regexForm(source: string, match: Match, negated: boolean, adapting: Adapting): Form | Failure {
  const translation = translateRegex(source, !match.caseSensitive, negated ? 'less' : 'more');
  if (translation.regex === undefined) {
    const message = `Sigma's regular expressions can not say '${translation.unsupported}'.`;
    return { code: 'unsupported-regex', message, span: match.span };
  }
  const { regex } = translation;
  if (regex.beyondSubset.length > 0) {
    const constructs = regex.beyondSubset.map((construct) => `'${construct}'`).join(', ');
    const message = `The regular expression uses ${constructs}: PCRE has it, but the Sigma specification does not promise it.`;
    adapting.note('regex-beyond-subset', 'context', match.span, message);
  }
  if (regex.isApproximate) {
    const message = 'The regular expression knows letters and digits beyond ASCII only roughly.';
    adapting.note('term-ascii-boundaries', 'wider', match.span, message);
  }
  const flags = (regex.multiLine ? 'm' : '') + (regex.dotAll ? 's' : '');
  const value = flags === '' ? regex.source : `(?${flags})${regex.source}`;
  return { test: 'regex', value, caseSensitive: regex.caseSensitive, matchesEmpty: matchesEmptyText(value) };
}

// ---------------------------------------------------------------------------------------------- terms

/** Delimiters that are so for every reader of the regular expression: printable ASCII without letters and digits. */
const ASCII_DELIMITER = '[ -/:-@\\[-`{-~]';
const NO_ASCII_TERM_CHARACTER = '[^a-zA-Z0-9]';

/** The terms of one test for which something was noted. */
class TermNotes {
  readonly asContains: string[] = [];
  readonly asRegex: string[] = [];

  report(match: Match, negated: boolean, adapting: Adapting): void {
    if (this.asContains.length > 0) {
      const message = `Sigma has no term test: ${quoteList(this.asContains)} matches inside longer words, too.`;
      const hint = 'Use --terms exact for a regular expression.';
      adapting.note('term-as-contains', negated ? 'narrower' : 'wider', match.span, message, hint);
    }
    if (this.asRegex.length > 0) {
      const message = `The regular expression for ${quoteList(this.asRegex)} does not know letters and digits beyond ASCII as parts of words.`;
      adapting.note('term-ascii-boundaries', 'wider', match.span, message);
    }
  }
}

function quoteList(values: readonly string[]): string {
  const shown = values.slice(0, 3).map((value) => `'${value}'`);
  return shown.join(', ') + (values.length > 3 ? ` (and ${values.length - 3} more)` : '');
}

/**
 * A term test. Only an end of the value that is a letter or digit asks for a boundary. As `contains` it is wider, and so
 * its negation is narrower, which would miss attacks: a negated term is always a regular expression. That one errs, for
 * texts beyond ASCII, on the side of firing.
 */
function termForm(
  test: 'term' | 'termPrefix' | 'termSuffix',
  value: string,
  cased: boolean,
  negated: boolean,
  adapting: Adapting,
  notes: TermNotes,
): Form {
  const bounded = {
    start: test !== 'termSuffix' && isTermCharacter(value),
    end: test !== 'termPrefix' && isTermCharacter(lastCharacter(value)),
  };
  if (!bounded.start && !bounded.end) {
    return { test: 'contains', value, caseSensitive: cased, matchesEmpty: value === '' };
  }
  const firesOnMore = negated === (adapting.polarity === 'negative');
  if (adapting.options.terms === 'contains' && firesOnMore) {
    notes.asContains.push(value);
    return { test: 'contains', value, caseSensitive: cased, matchesEmpty: false };
  }
  notes.asRegex.push(value);
  const delimiter = negated ? ASCII_DELIMITER : NO_ASCII_TERM_CHARACTER;
  const start = bounded.start ? `(^|${delimiter})` : '';
  const end = bounded.end ? `(${delimiter}|$)` : '';
  return { test: 'regex', value: start + quoteRegex(value) + end, caseSensitive: cased, matchesEmpty: false };
}

function lastCharacter(text: string): string {
  return Array.from(text).at(-1) ?? '';
}

// ---------------------------------------------------------------------------------------------- presence

/**
 * The test of an item, or its negation. An item never holds where the field is missing: a test that an empty text passes
 * says so, and its counterpart for missing fields stands beside it.
 */
function signedTest(plain: PlainTest, negated: boolean): Predicate {
  const { subject, test, values, quantifier, caseSensitive, span } = plain;
  const only = values.length === 1 ? 'any' : quantifier;
  const predicate = build.match(subject, test, values, { quantifier: only, caseSensitive }, span);
  if (subject.op === 'anyField' || !plain.matchesEmpty) return negated ? build.not(predicate) : predicate;
  const absent = build.missing(subject, 'absent', span);
  return negated
    ? build.and([build.or([build.not(predicate), absent], span), build.not(absent)], span)
    : build.or([build.and([predicate, build.not(absent)], span), absent], span);
}
