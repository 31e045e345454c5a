/** Lays out pipelines and what they start with. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { ColumnType, Pipeline, Source } from '../ast.ts';
import { layOutExpression, layOutNamed, layOutParameter } from './expressions.ts';
import type { Layout } from './layout.ts';
import { bracketedList, trailingList } from './layout.ts';
import { layOutOperator } from './operators.ts';
import { printName } from './written.ts';

const { breakParent, group, indent, join, line, softline } = builders;

export function columnTypes(columns: readonly ColumnType[]): string {
  return columns.map((column) => `${printName(column.name)}: ${column.type}`).join(', ');
}

/** The columns in parentheses. */
export function rowSchema(columns: readonly ColumnType[]): Doc {
  if (columns.length === 0) return '()';
  const written = columns.map((column) => `${printName(column.name)}: ${column.type}`);
  return group(['(', indent([softline, join([',', line], written)]), softline, ')']);
}

/** Literals of a `datatable` by rows: as many on a line as there are columns. */
export function layOutDatatable(layout: Layout, source: Extract<Source, { source: 'datatable' }>): Doc {
  const { columns, values } = source;
  const width = Math.max(1, columns.length);
  const cells = values.map((value, index): Doc => {
    const next = values[index + 1];
    const leading = layout.comments.leading(value);
    const laid = layOutExpression(layout, value);
    if (next === undefined) return [leading, laid, layout.comments.trailing(source.span.end)];
    const rowEnds = (index + 1) % width === 0;
    return [leading, laid, ',', layout.comments.trailing(next.span.start), rowEnds ? line : ' '];
  });
  const dangling = layout.comments.dangling(source.span.end);
  const block = group(['[', indent([softline, cells, dangling]), softline, ']']);
  return ['datatable ', rowSchema(columns), ' ', block];
}

export function layOutExternaldata(layout: Layout, source: Extract<Source, { source: 'externaldata' }>): Doc {
  const last = source.uris[source.uris.length - 1];
  const uris = bracketedList(layout, '[', source.uris, layOutExpression, ']', last?.span.end ?? source.span.start);
  const properties: Doc =
    source.properties.length === 0
      ? ''
      : [' with ', bracketedList(layout, '(', source.properties, layOutParameter, ')', source.span.end)];
  return ['externaldata ', rowSchema(source.columns), ' ', uris, properties];
}

export function layOutSource(layout: Layout, source: Source): Doc {
  switch (source.source) {
    case 'table':
      return source.wildcard ? source.name.name : printName(source.name);
    case 'expression':
      return layOutExpression(layout, source.expression);
    case 'parenthesised': {
      const inner = layOutNestedPipeline(layout, source.query);
      const dangling = layout.comments.dangling(source.span.end);
      return group(['(', indent([softline, inner, dangling]), softline, ')']);
    }
    case 'datatable':
      return layOutDatatable(layout, source);
    case 'externaldata':
      return layOutExternaldata(layout, source);
    case 'range': {
      const parts: Doc[] = ['range ', printName(source.column), ' from ', layOutExpression(layout, source.from)];
      parts.push(' to ', layOutExpression(layout, source.to), ' step ', layOutExpression(layout, source.step));
      return parts;
    }
    case 'print':
      return group(['print', trailingList(layout, source.columns, layOutNamed)]);
    case 'operator':
      return layOutOperator(layout, source.operator);
  }
}

/** A source and its operators, one a line where they do not fit on one. `between` is what stands before each pipe. */
export function layOutPipeline(layout: Layout, pipeline: Pipeline, between: Doc): Doc {
  const { source, operators } = pipeline;
  const parts: Doc[] = [layout.comments.leading(source), layOutSource(layout, source)];
  let end = operators[0]?.span.start ?? source.span.end;
  parts.push(layout.comments.trailing(end));
  operators.forEach((operator, index) => {
    const leading = layout.comments.leading(operator);
    end = operators[index + 1]?.span.start ?? operator.span.end;
    const laid = layOutOperator(layout, operator);
    parts.push(between, leading, '| ', laid, layout.comments.trailing(end));
  });
  return parts;
}

/** A pipeline inside an expression or another pipeline: on one line where it has one operator and fits. */
export function layOutNestedPipeline(layout: Layout, pipeline: Pipeline): Doc {
  const breaks: Doc = pipeline.operators.length > 1 && !layout.oneLine ? breakParent : '';
  return group([layOutPipeline(layout, pipeline, line), breaks]);
}
