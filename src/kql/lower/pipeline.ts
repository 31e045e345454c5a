/** Pipelines: a source and the operators behind it. */
import { aggregate, expand, field, filter, opaqueRelation, project, take } from '../../ir/build.ts';
import type { Relation, ScalarType } from '../../ir/types.ts';
import type { Pipeline } from '../ast.ts';
import { OPEN_COLUMNS } from './columns.ts';
import type { Place, Table } from './context.ts';
import { nested } from './context.ts';
import { lowerOperator } from './operators.ts';
import { lowerSource } from './sources.ts';
import { settle } from './tables.ts';
import { bind, tableBinding } from './scope.ts';
import { printPipeline } from '../print.ts';

/** The table that a pipeline gives. */
export function lowerPipeline(pipeline: Pipeline, place: Place): Table {
  return settle(lowerSteps(pipeline, place));
}

/**
 * The rows to alert on. A column that would replace the XML text that it is computed from stays that text: an alert shows
 * the same either way.
 */
export function lowerResult(pipeline: Pipeline, place: Place): Table {
  const table = lowerSteps(pipeline, place);
  const known = new Map(
    [...table.columns.known].map(([name, column]) => {
      const replaces = column.virtual !== undefined && column.xml?.part === 'node' && column.xml.of.name === name;
      return [name, replaces ? { type: 'string' as const } : column];
    }),
  );
  return settle({ ...table, columns: { ...table.columns, known } });
}

function lowerSteps(pipeline: Pipeline, place: Place): Table {
  return nested(
    place.run,
    pipeline.span,
    () => {
      let at: Place = { ...place, row: undefined };
      let table = lowerSource(pipeline.source, at);
      for (const operator of pipeline.operators) {
        table = lowerOperator(operator, table, at);
        // `as` names what stands before it for the operators behind it.
        if (operator.op === 'as') at = { ...at, scope: bind(at.scope, operator.name.name, tableBinding(table)) };
      }
      return table;
    },
    () => ({ relation: opaqueRelation(printPipeline(pipeline), undefined, pipeline.span), columns: OPEN_COLUMNS }),
  );
}

/** The table's first column alone, where it is known which that is; and its type. */
export function firstColumnOf(table: Table): { readonly relation: Relation; readonly type: ScalarType } {
  const { relation, columns } = table;
  const [first] = columns.known;
  if (first === undefined) return { relation, type: 'unknown' };
  const [name, { type }] = first;
  if (columns.known.size === 1 && !columns.open) return { relation, type };
  // In an open table what is known may not be what stands first.
  if (columns.open) return { relation, type: 'unknown' };
  return { relation: project(relation, [{ name, value: field(name, [], type, relation.span) }], relation.span), type };
}

/** The elements of the array that a query's first column holds in its first row: one row each. */
export function elementsOfFirstColumn(query: Relation): Relation {
  if (query.op === 'aggregate' && query.by.length === 0) {
    const [only, ...others] = query.measures;
    const value = only?.args[0];
    if (only !== undefined && value !== undefined && others.length === 0 && (only.fn === 'set' || only.fn === 'list')) {
      // All values of a column collected, and taken apart again: the distinct values.
      if (only.parameter === undefined) {
        const input = only.where === undefined ? query.input : filter(query.input, only.where, only.span);
        return aggregate(input, [{ name: only.name, value }], [], query.span);
      }
    }
  }
  const name = nameOfFirstColumn(query);
  if (name === undefined) return query;
  const single = query.op === 'aggregate' && query.by.length === 0 ? query : take(query, 1, false, query.span);
  return expand(single, [{ name, value: field(name, [], 'dynamic', query.span), type: 'dynamic' }], {}, query.span);
}

function nameOfFirstColumn(query: Relation): string | undefined {
  if (query.op === 'project' || query.op === 'literal' || query.op === 'reference') return query.columns[0]?.name;
  return query.op === 'aggregate' ? (query.by[0]?.name ?? query.measures[0]?.name) : undefined;
}
