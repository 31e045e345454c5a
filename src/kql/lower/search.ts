/** `search`: free text over all columns of tables. */
import { match } from '../../ir/build.ts';
import type { Predicate, Scalar, TextTest } from '../../ir/types.ts';
import type { Span } from '../../source.ts';

/**
 * A search term: found as a term (`has`); a `*` at an end frees that end. `"abc*"` is a prefix, `"*abc*"` any part.
 * Specification: "search operator", in the Kusto Query Language reference.
 */
export function lowerSearchTerm(subject: Scalar, term: string, caseSensitive: boolean, span: Span): Predicate {
  const inner = term.replace(/^\*+|\*+$/g, '');
  const before = term.startsWith('*');
  const after = term.endsWith('*');
  if (inner.includes('*')) {
    // Stars inside: the parts in this order, with anything between them.
    const pattern = inner.split('*').map(escapeRegex).join('.*?');
    const start = before ? '' : '(?:^|[^\\pL\\pN])';
    const end = after ? '' : '(?:[^\\pL\\pN]|$)';
    return match(
      subject,
      'regex',
      `${caseSensitive ? '(?s)' : '(?is)'}${start}${pattern}${end}`,
      { caseSensitive: true },
      span,
    );
  }
  return match(subject, testOf(before, after), inner, { caseSensitive }, span);
}

function testOf(before: boolean, after: boolean): TextTest {
  if (before && after) return 'contains';
  if (before) return 'termSuffix';
  return after ? 'termPrefix' : 'term';
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
