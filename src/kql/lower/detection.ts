/** A rule and its query as a Detection. */
import type { Diagnostic } from '../../diagnostic.ts';
import { didYouMean } from '../../rule/nearest.ts';
import type { Detection } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Query } from '../ast.ts';
import { LOWER } from './codes.ts';
import type { Columns } from './columns.ts';
import type { LoweringOptions } from './context.ts';
import { lowerQuery } from './index.ts';

export interface LoweredRule {
  readonly detection: Detection;
  /** The columns of the rows to alert on, as far as they are known. */
  readonly columns: Columns;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A rule's query lowered, and put together with everything else that the rule says. Reports alert settings that speak of
 * columns which the query does not give.
 */
export function lowerRule(parts: Omit<Detection, 'query'>, query: Query, options: LoweringOptions): LoweredRule {
  const { lookback } = parts.schedule;
  const lowered = lowerQuery(query, lookback === undefined ? options : { lookback, ...options });
  const detection: Detection = { ...parts, query: lowered.relation };
  return {
    detection,
    columns: lowered.columns,
    diagnostics: [...lowered.diagnostics, ...missingColumns(parts, lowered.columns)],
  };
}

/** How many of the columns that are missing are looked for among those that are there. */
const MAX_HINTS = 50;

function missingColumns(parts: Omit<Detection, 'query'>, columns: Columns): readonly Diagnostic[] {
  if (columns.open) return [];
  const named: { readonly column: string; readonly span: Span; readonly of: string }[] = [];
  for (const { entity, identifiers, span } of parts.entities) {
    for (const { column } of identifiers) named.push({ column, span, of: `the entity mapping ${entity}` });
  }
  const { alert } = parts;
  for (const { name, column } of alert.customDetails)
    named.push({ column, span: alert.span, of: `the custom detail ${name}` });
  for (const { property, column } of alert.dynamicProperties)
    named.push({ column, span: alert.span, of: `the alert property ${property}` });
  return named
    .filter(({ column }) => !columns.known.has(column))
    .map(({ column, span, of }, index) => {
      const hint = index < MAX_HINTS ? didYouMean(column, [...columns.known.keys()]) : undefined;
      return LOWER.diagnostic(
        'unknown-column',
        'warning',
        span,
        `The query gives no column \`${column}\`, which ${of} names.`,
        hint,
      );
    });
}
