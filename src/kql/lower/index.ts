/** From the syntax tree of a query to the neutral relation that it means. */
import type { Diagnostic } from '../../diagnostic.ts';
import { opaqueRelation } from '../../ir/build.ts';
import type { Relation } from '../../ir/types.ts';
import { opaquesOf, relationPart } from '../../ir/walk.ts';
import type { Query } from '../ast.ts';
import { bindStatements } from './bindings.ts';
import type { Columns } from './columns.ts';
import { OPEN_COLUMNS } from './columns.ts';
import type { LoweringOptions } from './context.ts';
import { Lowering } from './context.ts';
import { lowerResult } from './pipeline.ts';
import { withTimestamps } from './window.ts';
import { namesWritten } from './written.ts';

export type { Column, Columns } from './columns.ts';
export type { LoweringOptions } from './context.ts';
export { LOWER } from './codes.ts';
export { columnsBelow, columnsOf } from './schema.ts';
export { lowerRule } from './detection.ts';

export interface LoweredQuery {
  readonly relation: Relation;
  /** The columns of the rows to alert on, as far as they are known. */
  readonly columns: Columns;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The relation that a query means: `let` put in, constants computed, bounds on the event time in the sources. What is
 * not understood is `opaque` in it, with its text and span; nothing is dropped and nothing thrown.
 */
export function lowerQuery(query: Query, options: LoweringOptions): LoweredQuery {
  const run = new Lowering(options, () => namesWritten(query));
  const scope = bindStatements(run, query.statements, undefined);
  const pipelines = query.statements.flatMap((statement) => (statement.statement === 'query' ? [statement.query] : []));
  const [first, second] = pipelines;
  if (first === undefined) {
    const last = query.statements.at(-1);
    const declared = last?.statement === 'let' && last.value.value === 'query' ? last.name.name : undefined;
    const hint = declared === undefined ? undefined : `Name the table to return at the end: \`${declared}\`?`;
    run.report(
      'no-query',
      'error',
      last?.span ?? query.span,
      'The query returns no table: it has only statements.',
      hint,
    );
    return { relation: opaqueRelation('', undefined, query.span), columns: OPEN_COLUMNS, diagnostics: run.diagnostics };
  }
  if (second !== undefined) {
    run.report('several-queries', 'warning', second.span, 'A rule alerts on one query; this one is not considered.');
  }
  const table = lowerResult(first, { run, scope, row: undefined });
  const byTimestamp = run.names.has('Timestamp') && !run.names.has('TimeGenerated');
  const stores = (name: string, column: string) => run.schemaOf(name)?.columns.has(column) === true;
  const relation = byTimestamp ? withTimestamps(table.relation, stores) : table.relation;
  reportOpaque(run, relation);
  return { relation, columns: table.columns, diagnostics: run.diagnostics };
}

/** Nothing stays opaque without a word: what no finding has spoken of yet is reported here. */
function reportOpaque(run: Lowering, relation: Relation): void {
  for (const { text, span } of opaquesOf(relationPart(relation))) {
    const isReported = run.diagnostics.some(
      (one) => one.severity !== 'info' && one.span.start < span.end && span.start < one.span.end,
    );
    if (isReported) continue;
    const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    run.report('not-understood', 'warning', span, `\`${shown}\` has no neutral meaning; it is kept as it is written.`);
  }
}
