/** Lays out statements and whole queries. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Expression, FunctionParameter, LetValue, Pipeline, Query, Statement } from '../ast.ts';
import { layOutExpression } from './expressions.ts';
import type { Layout } from './layout.ts';
import { bracketedList } from './layout.ts';
import { columnTypes, layOutNestedPipeline, layOutPipeline } from './sources.ts';
import { onOneLine, printName } from './written.ts';

const { group, hardline, indent, line } = builders;

function layOutParameter(layout: Layout, parameter: FunctionParameter): Doc {
  const { type } = parameter;
  const text = typeof type === 'string' ? type : `(${type.columns === '*' ? '*' : columnTypes(type.columns)})`;
  const value: Doc = parameter.default === undefined ? '' : [' = ', layOutExpression(layout, parameter.default)];
  return [`${printName(parameter.name)}: ${text}`, value];
}

function layOutParameterList(layout: Layout, parameters: readonly FunctionParameter[]): Doc {
  const last = parameters[parameters.length - 1];
  return last === undefined ? '()' : bracketedList(layout, '(', parameters, layOutParameter, ')', last.span.end);
}

function isPipeline(body: Pipeline | Expression): body is Pipeline {
  return 'operators' in body;
}

function layOutFunction(layout: Layout, value: Extract<LetValue, { value: 'function' }>): Doc {
  const head: Doc[] = [value.view ? 'view ' : '', layOutParameterList(layout, value.parameters), ' {'];
  const between: Doc = value.statements.length > 0 ? hardline : line;
  const statements = value.statements.map((statement, index): Doc => {
    const next = value.statements[index + 1] ?? value.body;
    const leading = layout.comments.leading(statement);
    const laid = layOutStatement(layout, statement);
    return [between, leading, laid, ';', layout.comments.trailing(next?.span.start ?? value.span.end)];
  });
  const { body } = value;
  let laidBody: Doc = '';
  if (body !== undefined) {
    const leading = layout.comments.leading(isPipeline(body) ? body.source : body);
    const laid = isPipeline(body) ? layOutPipeline(layout, body, line) : layOutExpression(layout, body);
    laidBody = [between, leading, group(laid)];
  }
  const end = [layout.comments.trailing(value.span.end), layout.comments.dangling(value.span.end)];
  return group([head, indent([statements, laidBody, end]), between, '}']);
}

function layOutLetValue(layout: Layout, value: LetValue): Doc {
  switch (value.value) {
    case 'expression':
      return [' ', layOutExpression(layout, value.expression)];
    case 'query':
      return value.query.operators.length === 0
        ? [' ', layOutNestedPipeline(layout, value.query)]
        : group(indent([line, layOutNestedPipeline(layout, value.query)]));
    case 'function':
      return [' ', layOutFunction(layout, value)];
  }
}

function layOutWritten(layout: Layout, statement: Statement & { readonly text: string }): Doc {
  layout.comments.skip(statement);
  return layout.oneLine ? onOneLine(statement.text) : statement.text;
}

/** A statement without the semicolon behind it. */
export function layOutStatement(layout: Layout, statement: Statement): Doc {
  switch (statement.statement) {
    case 'let':
      return [`let ${printName(statement.name)} =`, layOutLetValue(layout, statement.value)];
    case 'query':
      return layOutPipeline(layout, statement.query, layout.oneLine ? line : hardline);
    case 'declare':
      return ['declare query_parameters', layOutParameterList(layout, statement.parameters)];
    case 'set':
      return statement.value === undefined
        ? `set ${statement.name}`
        : [`set ${statement.name} = `, layOutExpression(layout, statement.value)];
    case 'alias':
    case 'pattern':
    case 'restrict':
    case 'entity-group':
      return layOutWritten(layout, statement);
  }
}

export function layOutQuery(layout: Layout, query: Query): Doc {
  const statements = query.statements.map((statement, index): Doc => {
    const next = query.statements[index + 1];
    const blank = index > 0 && layout.hasBlankLineBefore?.(layout.comments.startOf(statement)) === true;
    const leading = [blank ? hardline : '', layout.comments.leading(statement)];
    const laid = layOutStatement(layout, statement);
    if (next === undefined) return [leading, laid, layout.comments.trailing(Infinity)];
    return [leading, laid, ';', layout.comments.trailing(next.span.start), hardline];
  });
  // Without a statement the comments begin the text.
  if (query.statements.length === 0) return layout.comments.leading({ span: { start: Infinity, end: Infinity } });
  return [statements, layout.comments.dangling(Infinity), hardline];
}
