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
  const forms = new Forms(match, negated, adapting);
  for (const value of match.values) {
    const form = forms.formOf(value);
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
  forms.report();
  return failures.length > 0 ? failures : [...groups.values()];
}

type Form = Pick<PlainTest, 'test' | 'caseSensitive' | 'matchesEmpty'> & { readonly value: string };

/** How the letters of a value are compared: `cased` says it, `ignored` gives it up, `none`: it does not matter. */
type Casing = 'cased' | 'ignored' | 'none';

/** The tests that Sigma has for the values of one test, and what is to be noted about them. */
class Forms {
  readonly #match: Match;
  readonly #negated: boolean;
  readonly #adapting: Adapting;
  /** Whether a test that passes on more makes the rule fire on more. Where that is not so, nothing is left out. */
  readonly #mayWiden: boolean;
  readonly #casing: Casing;
  readonly #caseless: string[] = [];
  readonly #asContains: string[] = [];
  readonly #asRegex: string[] = [];

  constructor(match: Match, negated: boolean, adapting: Adapting) {
    this.#match = match;
    this.#negated = negated;
    this.#adapting = adapting;
    this.#mayWiden = adapting.polarity !== 'mixed' && negated === (adapting.polarity === 'negative');
    // One list of values stays one list.
    const heedsCase = match.caseSensitive && match.values.some(hasLetterCase);
    const isSaid = adapting.options.letterCase === 'exact' || !this.#mayWiden;
    this.#casing = heedsCase ? (isSaid ? 'cased' : 'ignored') : 'none';
  }

  formOf(value: string): Form | Failure {
    const { test } = this.#match;
    switch (test) {
      case 'equals':
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return this.#literalForm(test, value);
      case 'wildcard':
        this.#countCase(value);
        return { test, value, caseSensitive: this.#casing === 'cased', matchesEmpty: /^\**$/.test(value) };
      case 'regex':
        return regexForm(value, this.#match, this.#negated, this.#adapting);
      case 'term':
      case 'termPrefix':
      case 'termSuffix':
        return this.#termForm(test, value);
    }
  }

  /**
   * `cased` is read by few converters. Where case may not be given up, but need not be said in the most readable way
   * either, a regular expression says it: those heed letter case, and all converters read them. Control characters are
   * said by name only there.
   */
  #literalForm(test: 'equals' | 'contains' | 'startsWith' | 'endsWith', value: string): Form {
    const matchesEmpty = value === '';
    const heedsCase = this.#match.caseSensitive && hasLetterCase(value);
    const isAnywhere = this.#match.subject.op === 'anyField';
    const readsPlain = !CONTROL.test(value) && (!heedsCase || this.#casing !== 'cased' || this.#saysCased);
    if (readsPlain || isAnywhere) {
      this.#countCase(value);
      return { test, value, caseSensitive: this.#casing === 'cased' && (this.#saysCased || isAnywhere), matchesEmpty };
    }
    const start = test === 'equals' || test === 'startsWith' ? '^' : '';
    const end = test === 'equals' || test === 'endsWith' ? '$' : '';
    return { test: 'regex', value: start + quoteControls(value) + end, caseSensitive: heedsCase, matchesEmpty };
  }

  get #saysCased(): boolean {
    return this.#adapting.options.letterCase === 'exact';
  }

  #countCase(value: string): void {
    if (this.#casing === 'ignored' && hasLetterCase(value)) this.#caseless.push(value);
  }

  /**
   * A term test. Only an end of the value that is a letter or digit asks for a boundary. As `contains` it is wider, and
   * so its negation is narrower, which would miss attacks: a negated term is always a regular expression. That one errs,
   * for texts beyond ASCII, on the side of firing.
   */
  #termForm(test: 'term' | 'termPrefix' | 'termSuffix', value: string): Form {
    const bounded = {
      start: test !== 'termSuffix' && isTermCharacter(value),
      end: test !== 'termPrefix' && isTermCharacter(lastCharacter(value)),
    };
    if (!bounded.start && !bounded.end) return this.#literalForm('contains', value);
    if (this.#adapting.options.terms === 'contains' && this.#mayWiden) {
      this.#asContains.push(value);
      return this.#literalForm('contains', value);
    }
    this.#asRegex.push(value);
    const delimiter = this.#negated ? ASCII_DELIMITER : NO_ASCII_TERM_CHARACTER;
    const start = bounded.start ? `(^|${delimiter})` : '';
    const end = bounded.end ? `(${delimiter}|$)` : '';
    const caseSensitive = this.#match.caseSensitive && hasLetterCase(value);
    return { test: 'regex', value: start + quoteControls(value) + end, caseSensitive, matchesEmpty: false };
  }

  report(): void {
    const wider = this.#negated ? 'narrower' : 'wider';
    const { span } = this.#match;
    if (this.#caseless.length > 0) {
      const message = `Sigma compares without letter case: ${quoteList(this.#caseless)} matches in any spelling.`;
      const hint = 'Use --case exact for the modifier `cased`, which not all converters read.';
      this.#adapting.note('case-ignored', wider, span, message, hint);
    }
    if (this.#asContains.length > 0) {
      const message = `Sigma has no term test: ${quoteList(this.#asContains)} matches inside longer words, too.`;
      const hint = 'Use --terms exact for a regular expression.';
      this.#adapting.note('term-as-contains', wider, span, message, hint);
    }
    if (this.#asRegex.length > 0) {
      const message = `The regular expression for ${quoteList(this.#asRegex)} does not know letters and digits beyond ASCII as parts of words.`;
      this.#adapting.note('term-ascii-boundaries', 'wider', span, message);
    }
  }
}

const CONTROL = /\p{Cc}/u;

/** A text as a regular expression that matches it, with control characters by their codes. */
function quoteControls(text: string): string {
  return quoteRegex(text).replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\x${code}`;
  });
}

function hasLetterCase(text: string): boolean {
  return text.toLowerCase() !== text.toUpperCase();
}

// ---------------------------------------------------------------------------------------------- regular expressions

function regexForm(source: string, match: Match, negated: boolean, adapting: Adapting): Form | Failure {
  const translation = translateRegex(source, !match.caseSensitive, negated ? 'less' : 'more');
  if (translation.regex === undefined) {
    const message = `Sigma's regular expressions cannot say '${translation.unsupported}'.`;
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

function quoteList(values: readonly string[]): string {
  const shown = values.slice(0, 3).map((value) => `'${value}'`);
  return shown.join(', ') + (values.length > 3 ? ` (and ${values.length - 3} more)` : '');
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
