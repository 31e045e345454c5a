/** Says in a KQL author's words why a query cannot be read. */
import type { FailedMatchResult } from 'ohm-js';
import type { Diagnostic } from '../diagnostic.ts';
import type { EmbeddedText } from '../source.ts';
import { kqlCodes } from './codes.ts';
import type { Stop } from './errors/context.ts';
import { awaitsOperand, closerOf, kindAt, openBrackets, spanBefore, spanOfMisfit, textAt } from './errors/context.ts';
import { findSlip } from './errors/slips.ts';
import { KEYWORDS } from './keywords.ts';
import { fileSpan } from './parse/reading.ts';
import { MAX_LENGTH, MAX_NESTING, MAX_PIPES, MAX_TOKENS } from './tokens.ts';
import type { LexicalFlaw, TokenList } from './tokens.ts';

const WRONG_CHARACTERS: Readonly<Record<string, string>> = {
  '&': "A logical and is written 'and'.",
  '!': "Only some operators have a negated form, such as '!has'; otherwise write not(...).",
  '\\': 'A backslash may stand only in a string: is a quote missing before it?',
  '“': 'Use straight quotes.',
  '”': 'Use straight quotes.',
  '‘': 'Use straight quotes.',
  '’': 'Use straight quotes.',
  '^': 'There is no such operator; use pow() or binary_xor().',
};

/** A flaw that needs no grammar to be seen. */
export function describeFlaw(source: EmbeddedText, list: TokenList, flaw: LexicalFlaw): Diagnostic {
  const index = list.tokens.findIndex((token) => token.start === flaw.start);
  const span =
    flaw.flaw === 'unexpected-character'
      ? spanOfMisfit({ source, list, index, expected: [] })
      : fileSpan(source, flaw.start, flaw.end);
  const text = list.text.slice(flaw.start, flaw.end);
  const at = (message: string, hint?: string): Diagnostic =>
    kqlCodes.diagnostic(flaw.flaw, 'error', span, message, hint);
  switch (flaw.flaw) {
    case 'unexpected-character': {
      const name = /^[\u0021-\u007e\u00a1-\uffff]/.test(text)
        ? `'${text}'`
        : `character U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
      return at(`${name} has no place in KQL outside strings`, WRONG_CHARACTERS[text]);
    }
    case 'unterminated-string':
      return at(
        'the string is not closed',
        'Add the closing quote. A string ends at the line break unless it stands between ```.',
      );
    case 'bad-escape': {
      const escape = list.text.slice(flaw.at, flaw.at + 2);
      return at(
        `'${escape}' is no escape sequence, so the string is not closed`,
        'Double the backslash, or write @ before the opening quote.',
      );
    }
    case 'unterminated-literal':
      return at('the literal is not closed', "Add the missing ')' on the same line.");
    case 'too-deep':
      return at(`brackets are nested more than ${MAX_NESTING} deep`);
    case 'too-long':
      return at(`the query is longer than ${MAX_LENGTH} characters, ${MAX_TOKENS} words or ${MAX_PIPES} pipes`);
  }
}

/** What may stand where the parser stopped, in words: at most a handful. */
function expectations(stop: Stop): readonly string[] {
  const listed = stop.expected.filter((text) => KEYWORDS.has(text) || text === '=' || text === '(');
  if (listed.length > 0 && listed.length <= 4 && listed.length === stop.expected.length) {
    return listed.map((text) => `'${text}'`);
  }
  const before = kindAt(stop, stop.index - 1);
  if (before === '') return ['a table name', "'let'"];
  if (before === '|') return ['an operator such as where or summarize'];
  if (before === 'evaluate' || before === 'invoke') return ['a function call'];
  if (awaitsOperand(before)) return ['a column name', 'a value', "'('"];
  const open = openBrackets(stop, stop.index);
  const bracket = open[open.length - 1];
  if (bracket !== undefined) return ["','", `'${closerOf(kindAt(stop, bracket))}'`, 'an operator'];
  return ['an operator such as == or has', "','", 'a pipe', "';'"];
}

function joined(parts: readonly string[]): string {
  const last = parts[parts.length - 1] ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} or ${last}`;
}

function describeStop(stop: Stop): Diagnostic {
  const slip = findSlip(stop);
  if (slip !== undefined) return slip;
  const { index } = stop;
  const before = textAt(stop, index - 1);
  const found = textAt(stop, index);
  const after = before === '' ? '' : ` after '${before}'`;
  const instead = found === '' ? 'the query ends' : `found '${found}'`;
  const message = `expected ${joined(expectations(stop))}${after}, but ${instead}`;
  // Something is missing between the two, or the second is too much: the gap belongs to both.
  return kqlCodes.diagnostic('syntax', 'error', spanBefore(stop, index), message);
}

/** Tokens up to which a broken query is read again to find out what was expected. */
const MAX_EXPLAINED = 20_000;

/**
 * The one diagnostic for a text that the grammar does not match, and where the parser stopped: an offset in the text.
 */
export function describeFailure(
  source: EmbeddedText,
  list: TokenList,
  match: FailedMatchResult,
): { readonly diagnostic: Diagnostic; readonly at: number } {
  const index = list.tokenAt[match.getRightmostFailurePosition()] ?? list.tokens.length;
  // The grammar reads the text a second time to say what it expected, which long ones are not worth.
  const text = list.tokens.length > MAX_EXPLAINED ? '' : match.getExpectedText();
  const expected = [...text.matchAll(/"((?:[^"\\]|\\.)+)"/g)].map(([, text = '']) => text.trimEnd());
  const diagnostic = describeStop({ source, list, index, expected });
  return { diagnostic, at: list.tokens[index]?.start ?? source.text.length };
}
