/** `union`: the rows of several tables. */
import { extend, field, source as sourceOf, text, union } from '../../ir/build.ts';
import type { NamedScalar, Relation, ScalarType } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Operator, Parameter, Pipeline } from '../ast.ts';
import { columnsOfTable, namePattern, OPEN_COLUMNS } from './columns.ts';
import type { Place, Table } from './context.ts';
import { parameterName } from './join.ts';
import { lowerPipeline } from './pipeline.ts';
import { bindingsOf, lookUp } from './scope.ts';
import { namedTable } from './sources.ts';
import { extendTable, tableAbove } from './tables.ts';

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
  const inputs: Input[] =
    left === undefined ? [] : [{ name: nameOfInput(undefined, left.relation, at, 0), table: left }];
  for (const pipeline of operator.inputs) {
    for (const table of tablesOf(pipeline, at)) {
      inputs.push({ name: nameOfInput(pipeline, table.relation, at, inputs.length), table });
    }
  }
  const sourceColumn =
    parameterName(operator.parameters, 'withsource') ?? parameterName(operator.parameters, 'with_source');
  const tables = withTypedNames(
    inputs.map((input) => input.table),
    place,
    span,
  );
  const named = sourceColumn !== undefined && !tables.every((table) => table.relation.op === 'source');
  const relations = tables.map(({ relation }, index) => {
    if (!named) return relation;
    // Which table a wildcard's row is from, only the source itself knows.
    if (relation.op === 'source' && relation.table.includes('*')) return union([relation], { sourceColumn }, span);
    return extend(relation, [{ name: sourceColumn, value: text(inputs[index]?.name ?? '', span) }], span);
  });
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

/**
 * A column that has several types in the inputs comes out once for each type, as `Name_type`. Here it keeps its name, and
 * those of the typed names that the query writes stand beside it.
 */
function withTypedNames(tables: readonly Table[], place: Place, span: Span): readonly Table[] {
  const types = new Map<string, Set<ScalarType>>();
  for (const { columns } of tables) {
    for (const [name, { type }] of columns.known) {
      if (type === 'unknown') continue;
      const found = types.get(name);
      if (found === undefined) types.set(name, new Set([type]));
      else found.add(type);
    }
  }
  return tables.map((table) => {
    const added: NamedScalar[] = [];
    for (const [name, { type }] of table.columns.known) {
      if ((types.get(name)?.size ?? 0) < 2 || type === 'unknown') continue;
      for (const typed of type === 'long' ? ['long', 'int'] : [type]) {
        const typedName = `${name}_${typed}`;
        if (place.run.names.has(typedName)) added.push({ name: typedName, value: field(name, [], type, span) });
      }
    }
    return added.length === 0 ? table : extendTable(table, added, span);
  });
}

function isFuzzy(parameters: readonly Parameter[]): boolean {
  const value = parameters.find((parameter) => parameter.name.toLowerCase() === 'isfuzzy')?.value;
  return value?.kind === 'literal' && value.literal.type === 'bool' && value.literal.value;
}

/** What `withsource` calls an input: a table's own name, that of a view, the one that `as` gives; else its position. */
function nameOfInput(pipeline: Pipeline | undefined, relation: Relation, place: Place, position: number): string {
  let at = pipeline;
  while (at?.operators.length === 0 && at.source.source === 'parenthesised') at = at.source.query;
  const last = at?.operators[at.operators.length - 1];
  if (last?.op === 'as') return last.name.name;
  if (at?.operators.length === 0 && at.source.source === 'table') {
    const name = at.source.name.name;
    const binding = lookUp(place.scope, name);
    if (binding?.kind === 'function' && binding.definition.view) return name;
  }
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
  return [
    ...views.reverse(),
    { relation: sourceOf(pattern, {}, source.span), columns: columnsOfTable(pattern, undefined) },
  ];
}
