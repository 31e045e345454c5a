/** Statements and calls of the query's own functions: what their names stand for. */
import { fieldsOf, outsideSubqueries, partsOf, relationPart, scalarPart } from '../../ir/walk.ts';
import type { Part } from '../../ir/walk.ts';
import { opaqueRelation, opaqueScalar } from '../../ir/build.ts';
import type { Scalar } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Argument, Expression, FunctionParameter, LetValue, Pipeline, Statement } from '../ast.ts';
import { isAggregate, scalarFunction } from '../functions.ts';
import { OPEN_COLUMNS } from './columns.ts';
import type { Lowering, Place, Table } from './context.ts';
import { nested } from './context.ts';
import { scalarTypeOf } from './literals.ts';
import { lowerPipeline } from './pipeline.ts';
import { lowerScalar } from './scalar.ts';
import { bind, lookUp, scalarBinding, tableBinding } from './scope.ts';
import type { Binding, FunctionDefinition, Names } from './scope.ts';
import { tableOfExpression } from './sources.ts';

/** The scope behind the statements that declare names; others are none of its business. */
export function bindStatements(run: Lowering, statements: readonly Statement[], scope: Names): Names {
  let at = scope;
  for (const statement of statements) {
    switch (statement.statement) {
      case 'let':
        at = bind(at, statement.name.name, bindingOf(run, statement.name.name, statement.value, at));
        break;
      case 'declare':
        for (const parameter of statement.parameters) at = bindDefault(run, parameter, at);
        break;
      case 'query':
      case 'set':
        break;
      case 'alias':
      case 'pattern':
      case 'restrict':
      case 'entity-group':
        run.report(
          'unsupported-statement',
          'warning',
          statement.span,
          `A detection has no use for the statement \`${statement.statement}\`; what it changes is not considered.`,
        );
        break;
    }
  }
  return at;
}

function bindDefault(run: Lowering, parameter: FunctionParameter, scope: Names): Names {
  const { default: standard, name } = parameter;
  if (standard === undefined) {
    run.report(
      'unknown-name',
      'warning',
      parameter.span,
      `The parameter \`${name.name}\` has no default, so its value is not known.`,
    );
    return bind(scope, name.name, scalarBinding(opaqueScalar(name.name, [], parameter.span)));
  }
  return bind(scope, name.name, scalarBinding(lowerScalar(standard, { run, scope, row: undefined })));
}

function bindingOf(run: Lowering, name: string, value: LetValue, scope: Names): Binding {
  switch (value.value) {
    case 'function':
      return {
        kind: 'function',
        definition: { name, parameters: value.parameters, view: value.view, body: value, scope },
      };
    case 'expression':
      return expressionBinding(run, value.expression, scope);
    case 'query': {
      const expression = bareExpression(value.query);
      if (expression !== undefined) return expressionBinding(run, expression, scope);
      const table = once(() => lowerPipeline(value.query, { run, scope, row: undefined }));
      return { kind: 'value', isTable: () => true, asScalar: () => undefined, asTable: table };
    }
  }
}

/** The expression that a pipeline without operators is, where its source may as well be a value. */
export function bareExpression(query: Pipeline): Expression | undefined {
  if (query.operators.length > 0) return undefined;
  const { source } = query;
  switch (source.source) {
    case 'expression':
      return source.expression;
    case 'table':
      return source.wildcard
        ? undefined
        : { kind: 'name', name: source.name.name, bracketed: source.name.bracketed, span: source.span };
    case 'parenthesised':
      return bareExpression(source.query);
    case 'datatable':
    case 'externaldata':
    case 'range':
    case 'print':
    case 'operator':
      return undefined;
  }
}

function expressionBinding(run: Lowering, expression: Expression, scope: Names): Binding {
  const place: Place = { run, scope, row: undefined };
  if (expression.kind === 'name') {
    const bound = lookUp(scope, expression.name);
    if (bound !== undefined) return bound;
  }
  const isTable = once(() => isTabular(run, expression, scope));
  return {
    kind: 'value',
    isTable,
    asScalar: once(() => (isTable() ? undefined : lowerScalar(expression, place))),
    asTable: once(() => (isTable() ? tableOfExpression(expression, place) : undefined)),
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}

/** Functions that lead to a table in another place. */
const PLACES: ReadonlySet<string> = new Set(['workspace', 'cluster', 'database', 'app', 'adx', 'arg', 'resource']);
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'table',
  'external_table',
  'materialized_view',
  'stored_query_result',
]);

/** Whether an expression stands for a table. */
export function isTabular(run: Lowering, expression: Expression, scope: Names): boolean {
  for (let at = expression; ;) {
    switch (at.kind) {
      case 'parenthesised':
        at = at.of;
        break;
      case 'member':
        at = at.of;
        if (at.kind === 'name' || at.kind === 'element') return false;
        break;
      case 'subquery':
      case 'source':
        return true;
      case 'name': {
        const binding = lookUp(scope, at.name);
        if (binding === undefined) return true;
        return binding.kind === 'value' ? binding.isTable() : isTabularFunction(run, binding.definition);
      }
      case 'call': {
        const name = at.name.name;
        if (at.of !== undefined) return true;
        if (name === 'materialize') {
          const first = at.args[0]?.value;
          if (first === undefined) return false;
          at = first;
          break;
        }
        const binding = lookUp(scope, name);
        if (binding?.kind === 'function') return isTabularFunction(run, binding.definition);
        if (TABLE_FUNCTIONS.has(name) || PLACES.has(name)) return true;
        return scalarFunction(name) === undefined && !isAggregate(name);
      }
      case 'literal':
      case 'star':
      case 'element':
      case 'unary':
      case 'binary':
      case 'between':
      case 'list':
      case 'type':
        return false;
    }
  }
}

function isTabularFunction(run: Lowering, definition: FunctionDefinition): boolean {
  const { body, statements } = definition.body;
  if (body === undefined) return false;
  const expression = 'kind' in body ? body : bareExpression(body);
  if (expression === undefined) return true;
  return nested(
    run,
    definition.body.span,
    () => isTabular(run, expression, bindStatements(run, statements, withPlaceholders(definition))),
    () => false,
  );
}

/** The function's scope with parameters that have a sort but no value. */
function withPlaceholders(definition: FunctionDefinition): Names {
  return definition.parameters.reduce<Names>(
    (scope, parameter) =>
      bind(scope, parameter.name.name, {
        kind: 'value',
        isTable: () => typeof parameter.type !== 'string',
        asScalar: () => undefined,
        asTable: () => undefined,
      }),
    definition.scope,
  );
}

// ---------------------------------------------------------------------------------------------- calls

/** A call of one of the query's own functions that gives a value. */
export function callForScalar(
  definition: FunctionDefinition,
  args: readonly Argument[],
  place: Place,
  span: Span,
  written: () => string,
): Scalar {
  const { run } = place;
  if (!spendOnCall(run, span)) return opaqueScalar(written(), [], span);
  return nested(
    run,
    span,
    () => {
      const scope = bindArguments(definition, args, place, undefined, span);
      const { body, statements } = definition.body;
      const inner = bindStatements(run, statements, scope);
      const expression = body === undefined ? undefined : 'kind' in body ? body : bareExpression(body);
      if (expression === undefined || isTabular(run, expression, inner)) {
        run.report(
          'unsupported-argument',
          'warning',
          span,
          `\`${definition.name}\` gives a table where a value is expected.`,
        );
        return opaqueScalar(written(), [], span);
      }
      const result = lowerScalar(expression, { run, scope: inner, row: undefined });
      return spend(run, scalarPart(result), span) ? result : opaqueScalar(written(), [], span);
    },
    () => opaqueScalar(written(), [], span),
  );
}

/** A call of one of the query's own functions that gives a table; `input` is the table before `invoke`. */
export function callForTable(
  definition: FunctionDefinition,
  args: readonly Argument[],
  place: Place,
  input: Table | undefined,
  span: Span,
  written: () => string,
): Table {
  const { run } = place;
  const opaque = (): Table => ({ relation: opaqueRelation(written(), input?.relation, span), columns: OPEN_COLUMNS });
  if (!spendOnCall(run, span)) return opaque();
  return nested(
    run,
    span,
    () => {
      const scope = bindArguments(definition, args, place, input, span);
      const { body, statements } = definition.body;
      const inner = bindStatements(run, statements, scope);
      if (body === undefined) {
        run.report('no-query', 'warning', span, `The function \`${definition.name}\` has no result.`);
        return opaque();
      }
      const at: Place = { run, scope: inner, row: undefined };
      const table = 'kind' in body ? tableOfExpression(body, at) : lowerPipeline(body, at);
      return spend(run, relationPart(table.relation), span) ? table : opaque();
    },
    opaque,
  );
}

/** Binds a function's parameters to the arguments, by name, then by position, then by default. */
function bindArguments(
  definition: FunctionDefinition,
  args: readonly Argument[],
  place: Place,
  input: Table | undefined,
  span: Span,
): Names {
  const { run } = place;
  const byName = new Map<string, Expression>();
  const byPosition: Expression[] = [];
  for (const arg of args) {
    if (arg.name === undefined) byPosition.push(arg.value);
    else byName.set(arg.name.name, arg.value);
  }
  let scope = definition.scope;
  let position = 0;
  definition.parameters.forEach((parameter, index) => {
    const name = parameter.name.name;
    if (index === 0 && input !== undefined) {
      scope = bind(scope, name, tableBinding(input));
      return;
    }
    const given = byName.get(name) ?? byPosition[position++];
    const value = given ?? parameter.default;
    if (value === undefined) {
      run.report(
        'argument-count',
        'warning',
        span,
        `\`${definition.name}\` is called without its parameter \`${name}\`.`,
      );
      scope = bind(scope, name, scalarBinding(opaqueScalar(name, [], span)));
    } else if (typeof parameter.type !== 'string' || isTabularArgument(run, value, place)) {
      const outer = place;
      const table = once(() => tableOfExpression(value, { ...outer, row: undefined }));
      scope = bind(scope, name, { kind: 'value', isTable: () => true, asScalar: () => undefined, asTable: table });
    } else {
      const from: Place = given === undefined ? { run, scope: definition.scope, row: undefined } : place;
      const lowered = typed(lowerScalar(value, from), parameter.type);
      scope = bind(scope, name, scalarBinding(lowered, fieldsOf(scalarPart(lowered), outsideSubqueries).length > 0));
    }
  });
  return scope;
}

function isTabularArgument(run: Lowering, value: Expression, place: Place): boolean {
  if (value.kind !== 'name') return false;
  return (
    place.row?.known.has(value.name) !== true &&
    lookUp(place.scope, value.name) !== undefined &&
    isTabular(run, value, place.scope)
  );
}

/** A field whose type is not known has that of the parameter it is given for. */
function typed(value: Scalar, type: string): Scalar {
  return value.op === 'field' && value.type === 'unknown' ? { ...value, type: scalarTypeOf(type) } : value;
}

/** The least that a name costs, so that calls are bounded even where what they put in is small. */
const CALL_SIZE = 8;

function spendOnCall(run: Lowering, span: Span): boolean {
  run.size += CALL_SIZE;
  return withinLimit(run, span);
}

/** Counts what a name puts in; `false` when that makes the query larger than the limit, and says so. */
export function spend(run: Lowering, part: Part, span: Span): boolean {
  run.size += CALL_SIZE;
  const parts = partsOf(part);
  while (run.size <= run.sizeLimit && parts.next().done !== true) run.size++;
  return withinLimit(run, span);
}

function withinLimit(run: Lowering, span: Span): boolean {
  if (run.size <= run.sizeLimit) return true;
  run.report(
    'too-large',
    'error',
    span,
    `With its \`let\` definitions put in, the query has more than ${run.sizeLimit} nodes.`,
    'Definitions that use others several times multiply; use each of them fewer times.',
  );
  return false;
}
