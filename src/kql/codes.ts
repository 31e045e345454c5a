/** The codes of what the KQL parser has to say. */
import { defineCatalogue } from '../diagnostic.ts';

const catalogue = defineCatalogue('kql', {
  syntax: { summary: 'The query cannot be read at this point.' },
  'unexpected-character': { summary: 'A character that has no place in KQL outside strings.' },
  'unterminated-string': { summary: 'A string literal without its closing quote.' },
  'bad-escape': { summary: 'A backslash in a string that starts no escape sequence.' },
  'unterminated-literal': { summary: 'A literal such as datetime(...) without its closing parenthesis.' },
  'bad-literal': { summary: 'A literal such as datetime(...) whose content is no value of its type.' },
  'unclosed-bracket': { summary: 'A bracket that is never closed.' },
  'stray-bracket': { summary: 'A closing bracket that nothing opens.' },
  'trailing-comma': { summary: 'A comma with nothing behind it.' },
  'misplaced-pipe': { summary: 'A pipe with no operator behind it or no table before it.' },
  'missing-semicolon': { summary: 'Two statements without a semicolon between them.' },
  'unknown-operator': { summary: 'A pipe is followed by a word that is no tabular operator.' },
  'list-after-has': { summary: 'A list of values after an operator that takes one value.' },
  'single-equals': { summary: 'An assignment where a comparison was meant.' },
  'reserved-name': { summary: 'A reserved word used as a name without brackets.' },
  'repeated-comparison': { summary: 'A comparison of a comparison, such as a == b == c.' },
  'unsupported-syntax': { summary: 'Correct KQL that no detection rule uses and this tool does not read.' },
  'not-formatted': { summary: 'A query that `fmt` leaves as it is, for a comment would not stay where it stands.' },
  'too-deep': { summary: 'Brackets nested too deeply.' },
  'too-long': { summary: 'A query, or a chain of operators in it, that is too long.' },
});

/** A clause as a sentence in one line: messages are written as clauses where they are put together. */
function sentence(clause: string): string {
  const line = clause.replace(/\s+/g, ' ').trim();
  return `${line.slice(0, 1).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
}

/** The catalogue; what a diagnostic says is one sentence. */
export const kqlCodes: typeof catalogue = {
  ...catalogue,
  diagnostic: (code, severity, span, message, hint) =>
    catalogue.diagnostic(code, severity, span, sentence(message), hint),
};
