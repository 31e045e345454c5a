/** `union`: the rows of several tables. */
import { extend, source as sourceOf, text, union } from '../../ir/build.ts';
import type { Relation } from '../../ir/types.ts';
import type { Operator, Parameter, Pipeline } from '../ast.ts';
import { namePattern, OPEN_COLUMNS } from './columns.ts';
import type { Place, Table } from './context.ts';
import { parameterName } from './join.ts';
import { lowerPipeline } from './pipeline.ts';
import { bindingsOf } from './scope.ts';
import { namedTable } from './sources.ts';
import { tableAbove } from './tables.ts';

type UnionOperator = Extract<Operator, { readonly op: 'union' }>;

interface Input {
  /** What `withsource` calls it. */
  readonly name: string;
  readonly table: Table;
}

export function lowerUnion(operator: UnionOperator, left: Table | undefined, place: Place): Table {
  const { run } = place;
  const { span } = operator;
  const at: Place = { ...place, row: undefined };
  const inputs: Input[] = left === undefined ? [] : [{ name: nameOfInput(left.relation, 0), table: left }];
  for (const pipeline of operator.inputs) {
    for (const table of tablesOf(pipeline, at))
      inputs.push({ name: nameOfInput(table.relation, inputs.length), table });
  }
  const sourceColumn =
    parameterName(operator.parameters, 'withsource') ?? parameterName(operator.parameters, 'with_source');
  const tables = inputs.map((input) => input.table);
  const named = sourceColumn !== undefined && !inputs.every((input) => input.table.relation.op === 'source');
  const relations = inputs.map((input) =>
    named
      ? extend(input.table.relation, [{ name: sourceColumn, value: text(input.name, span) }], span)
      : input.table.relation,
  );
  const [only] = relations;
  if (only !== undefined && relations.length === 1 && sourceColumn === undefined)
    return { relation: only, columns: tables[0]?.columns ?? OPEN_COLUMNS };
  const relation = union(
    relations,
    {
      kind: parameterName(operator.parameters, 'kind') === 'inner' ? 'inner' : 'outer',
      fuzzy: isFuzzy(operator.parameters),
      ...(sourceColumn === undefined || named ? {} : { sourceColumn }),
    },
    span,
  );
  const result = tableAbove(run, relation, tables);
  if (!named) return result;
  return {
    ...result,
    columns: {
      ...result.columns,
      known: new Map([...result.columns.known, [sourceColumn, { type: 'string' as const }]]),
    },
  };
}

function isFuzzy(parameters: readonly Parameter[]): boolean {
  const value = parameters.find((parameter) => parameter.name.toLowerCase() === 'isfuzzy')?.value;
  return value?.kind === 'literal' && value.literal.type === 'bool' && value.literal.value;
}

/** A table's own name; what is more than a table has its position. */
function nameOfInput(relation: Relation, position: number): string {
  return relation.op === 'source' ? relation.table : `union_arg${position}`;
}

/** The tables that one operand stands for: with a wildcard, the views that fit and whatever tables there are. */
function tablesOf(pipeline: Pipeline, place: Place): readonly Table[] {
  const { source, operators } = pipeline;
  if (source.source !== 'table' || !source.wildcard || operators.length > 0) return [lowerPipeline(pipeline, place)];
  const pattern = source.name.name;
  const fits = namePattern([pattern]);
  const views: Table[] = [];
  for (const [name, binding] of bindingsOf(place.scope)) {
    if (fits(name) && binding.kind === 'function' && binding.definition.view)
      views.push(namedTable(name, place, source.span));
  }
  place.run.report(
    'wildcard-tables',
    'info',
    source.span,
    `\`${pattern}\` stands for all tables whose names fit; which they are is not known here.`,
  );
  return [...views.reverse(), { relation: sourceOf(pattern, {}, source.span), columns: OPEN_COLUMNS }];
}
