/** `parse` as extractions by a regular expression. */
import { call, long, match, text } from '../../src/ir/build.ts';
import type { NamedScalar, ParsePart, Predicate, Relation, ScalarType } from '../../src/ir/types.ts';
import { escapePattern } from './patterns.ts';

type Parse = Extract<Relation, { readonly op: 'parse' }>;

/** What fits a column of a type; `undefined` for types whose form is not plain. */
const FORMS: Readonly<Partial<Record<ScalarType, string>>> = {
  string: '.*?',
  dynamic: '.*?',
  unknown: '.*?',
  long: '[+-]?[0-9]+',
  real: '[+-]?[0-9]+(?:\\.[0-9]+)?',
};

/**
 * The columns of a pattern, and the condition that drops what does not fit; `undefined` where a regular expression does
 * not say the same.
 */
export function parseColumns(
  node: Parse,
): { readonly columns: readonly NamedScalar[]; readonly fits: Predicate | undefined } | undefined {
  if (node.flags !== '' || node.mode === 'relaxed') return undefined;
  let pattern = '';
  for (const [index, part] of node.parts.entries()) {
    const piece = pieceOf(part, index === node.parts.length - 1, node.mode);
    if (piece === undefined) return undefined;
    pattern += piece;
  }
  const regex = text(node.mode === 'regex' ? pattern : `(?s)^${pattern}$`, node.span);
  const columns = node.parts
    .filter((part) => part.part === 'column')
    .map((part, index) => {
      const value = call('extract', [regex, long(index + 1), node.subject], 'string', node.span);
      const { name, type } = part;
      if (type === 'long') return { name, value: call('toLong', [value], type, node.span) };
      return { name, value: type === 'real' ? call('toReal', [value], type, node.span) : value };
    });
  const written = regex.op === 'literal' && regex.value.type === 'string' ? regex.value.value : '';
  return {
    columns,
    fits: node.dropsUnmatched ? match(node.subject, 'regex', written, { caseSensitive: true }, node.span) : undefined,
  };
}

function pieceOf(part: ParsePart, isLast: boolean, mode: 'simple' | 'regex'): string | undefined {
  switch (part.part) {
    case 'any':
      return isLast ? '.*' : '.*?';
    case 'text':
      // The texts of the regular form are patterns with groups of their own.
      return mode === 'regex' ? undefined : escapePattern(part.text);
    case 'column': {
      const form = FORMS[part.type];
      if (form === undefined) return undefined;
      return isLast && form === '.*?' ? '(.*)' : `(${form})`;
    }
  }
}
