/** Pipelines: a source and the operators behind it. */
import { aggregate, expand, field, filter, opaqueRelation, project, take } from '../../ir/build.ts';
import type { Relation, Scalar, ScalarFunction, ScalarType } from '../../ir/types.ts';
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
  const collected = collectedValues(query);
  if (collected !== undefined) return collected;
  const name = nameOfFirstColumn(query);
  if (name === undefined) return query;
  const single = query.op === 'aggregate' && query.by.length === 0 ? query : take(query, 1, false, query.span);
  return expandColumn(single, name);
}

/**
 * The values that a query gives a list test: those of its first column, and of arrays in it the elements, as lists are
 * flattened.
 */
export function valuesForList(table: Table): Relation {
  const { relation, type } = firstColumnOf(table);
  if (type !== 'dynamic') return relation;
  const collected = collectedValues(relation);
  if (collected !== undefined) return collected;
  const name = nameOfFirstColumn(relation) ?? [...table.columns.known.keys()][0];
  return name !== undefined && holdsLists(relation, name, { left: REACH }) ? expandColumn(relation, name) : relation;
}

function expandColumn(input: Relation, name: string): Relation {
  return expand(input, [{ name, value: field(name, [], 'dynamic', input.span), type: 'dynamic' }], {}, input.span);
}

/** All values of a column collected in one array, and taken apart again: the distinct values. */
function collectedValues(query: Relation): Relation | undefined {
  if (query.op !== 'aggregate' || query.by.length > 0) return undefined;
  const [only, ...others] = query.measures;
  const value = only?.args[0];
  if (only === undefined || value === undefined || others.length > 0 || only.parameter !== undefined) return undefined;
  if (only.fn !== 'set' && only.fn !== 'list') return undefined;
  const input = only.where === undefined ? query.input : filter(query.input, only.where, only.span);
  const values = aggregate(input, [{ name: only.name, value }], [], query.span);
  return givesList(value, input, { left: REACH }) ? expandColumn(values, only.name) : values;
}

/** Functions that make arrays. */
const LISTS: ReadonlySet<ScalarFunction> = new Set([
  'makeArray',
  'split',
  'extractAll',
  'arrayConcat',
  'arraySlice',
  'arraySort',
  'arrayReverse',
  'setUnion',
  'setDifference',
  'setIntersect',
  'bagKeys',
]);

/** Values are not followed down over more operators than these, over all ways together. */
const REACH = 500;

function givesList(value: Scalar, input: Relation, budget: { left: number }): boolean {
  switch (value.op) {
    case 'field':
      return value.path.length === 0 && budget.left-- > 0 && holdsLists(input, value.name, budget);
    case 'call':
      return LISTS.has(value.fn);
    case 'choose':
      return [value.otherwise, ...value.cases.map(({ then }) => then)].some((one) => givesList(one, input, budget));
    case 'literal':
      return value.value.type === 'dynamic' && Array.isArray(value.value.value);
    case 'anyField':
    case 'now':
    case 'test':
    case 'query':
    case 'opaque':
      return false;
  }
}

/** Whether the query itself makes arrays of the values in a column. What is stored as an array is not known to be one. */
function holdsLists(relation: Relation, column: string, budget: { left: number }): boolean {
  let name = column;
  for (let at = relation; budget.left > 0; budget.left--) {
    switch (at.op) {
      case 'aggregate': {
        const measured = at.measures.find((measure) => measure.name === name);
        if (measured !== undefined) return measured.fn === 'set' || measured.fn === 'list';
        const key = at.by.find((one) => one.name === name);
        return key !== undefined && givesList(key.value, at.input, budget);
      }
      case 'project':
      case 'extend': {
        const made = at.columns.find((one) => one.name === name);
        if (made !== undefined) return givesList(made.value, at.input, budget);
        break;
      }
      case 'rename':
        for (const { from, to } of at.columns) {
          if (to !== name) continue;
          name = from;
          break;
        }
        break;
      case 'union':
        return at.inputs.some((input) => holdsLists(input, name, budget));
      case 'filter':
      case 'select':
      case 'sort':
      case 'top':
      case 'take':
        break;
      case 'source':
      case 'literal':
      case 'reference':
      case 'join':
      case 'expand':
      case 'apply':
      case 'unpack':
      case 'parse':
      case 'series':
      case 'plugin':
      case 'opaque':
        return false;
    }
    at = at.input;
  }
  return false;
}

function nameOfFirstColumn(query: Relation): string | undefined {
  if (query.op === 'project' || query.op === 'literal' || query.op === 'reference') return query.columns[0]?.name;
  return query.op === 'aggregate' ? (query.by[0]?.name ?? query.measures[0]?.name) : undefined;
}
