/** Lays out the tabular operators. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Expression, NamedExpression, Operator, ParseItem, Pipeline, SortKey } from '../ast.ts';
import { layOutExpression, layOutNamed, layOutParameter, layOutParameters } from './expressions.ts';
import type { Layout } from './layout.ts';
import { bracketedList, separated, trailingList } from './layout.ts';
import { columnTypes, layOutNestedPipeline, layOutSource, rowSchema } from './sources.ts';
import { onOneLine, printName } from './written.ts';

const { group, indent, line, softline } = builders;

/** An operator that is kept as it was written. */
function layOutWritten(layout: Layout, operator: Operator & { readonly text: string }): Doc {
  layout.comments.skip(operator);
  return layout.oneLine ? onOneLine(operator.text) : operator.text;
}

function layOutSortKey(layout: Layout, key: SortKey): Doc {
  const value = layOutExpression(layout, key.value);
  return [value, key.order === undefined ? '' : ` ${key.order}`, key.nulls === undefined ? '' : ` nulls ${key.nulls}`];
}

/** A column or a pattern of `project-away` and its kind: a pattern's stars are no part of a name. */
function layOutPattern(layout: Layout, column: NamedExpression & { readonly order?: string }): Doc {
  const { value, order } = column;
  const isPattern = value.kind === 'name' && !value.bracketed && value.name.includes('*');
  return [isPattern ? value.name : layOutNamed(layout, column), order === undefined ? '' : ` ${order}`];
}

function layOutExpandItem(layout: Layout, column: NamedExpression & { readonly toType?: string }): Doc {
  const named = layOutNamed(layout, column);
  return column.toType === undefined ? named : [named, ` to typeof(${column.toType})`];
}

function layOutParseItem(layout: Layout, item: ParseItem): Doc {
  switch (item.item) {
    case 'star':
      return '*';
    case 'text':
      return layOutExpression(layout, item.value);
    case 'column':
      return item.type === undefined ? printName(item.name) : `${printName(item.name)}: ${item.type}`;
  }
}

/** The right side of a join, or an input of a union: parentheses are written where the tree has them. */
function layOutInput(layout: Layout, input: Pipeline): Doc {
  return layOutNestedPipeline(layout, input);
}

function layOutJoin(layout: Layout, operator: Extract<Operator, { op: 'join' }>): Doc {
  const head = [operator.spelling, layOutParameters(layout, operator.parameters), ' '];
  const right = layOutInput(layout, operator.right);
  if (operator.on.length === 0) return [head, right];
  const leading = layout.comments.inline(operator.on[0] ?? operator);
  return [head, right, group([' on', leading, trailingList(layout, operator.on, layOutExpression)])];
}

function layOutSummarize(layout: Layout, operator: Extract<Operator, { op: 'summarize' }>): Doc {
  const parameters = layOutParameters(layout, operator.parameters);
  const measures = trailingList(layout, operator.measures, layOutNamed);
  if (operator.by === undefined) return group(['summarize', parameters, measures]);
  const by = operator.by;
  const first = by[0]?.span.start ?? operator.span.end;
  const trailing = layout.comments.trailing(first);
  const keys = group(['by', trailingList(layout, by, layOutNamed)]);
  return group(['summarize', parameters, measures, trailing, indent([line, keys])]);
}

function layOutMakeSeries(layout: Layout, operator: Extract<Operator, { op: 'make-series' }>): Doc {
  const measures = trailingList(layout, operator.measures, (within, measure) => {
    const named = layOutNamed(within, measure);
    return measure.default === undefined ? named : [named, ' default=', layOutExpression(within, measure.default)];
  });
  const parts: Doc[] = ['make-series', layOutParameters(layout, operator.parameters), measures];
  const beforeOn = layout.comments.trailing(operator.on.span.start);
  const on = layOutExpression(layout, operator.on);
  const clause = (text: string, expression: Expression | undefined): Doc =>
    expression === undefined ? '' : [' ', text, ' ', layOutExpression(layout, expression)];
  const bounds: Doc = operator.inRange
    ? [
        ' in range(',
        operator.from === undefined ? '' : layOutExpression(layout, operator.from),
        ', ',
        operator.to === undefined ? '' : layOutExpression(layout, operator.to),
        ', ',
        operator.step === undefined ? '' : layOutExpression(layout, operator.step),
        ')',
      ]
    : [clause('from', operator.from), clause('to', operator.to), clause('step', operator.step)];
  const by: Doc = operator.by.length === 0 ? '' : [line, group(['by', trailingList(layout, operator.by, layOutNamed)])];
  parts.push(indent([beforeOn, line, 'on ', on, bounds, by]));
  return group(parts);
}

function layOutMvApply(layout: Layout, operator: Extract<Operator, { op: 'mv-apply' }>): Doc {
  const columns = separated(
    layout,
    operator.columns,
    layOutExpandItem,
    operator.columns[operator.columns.length - 1]?.span.end ?? 0,
  );
  const limit: Doc = operator.limit === undefined ? '' : [' limit ', layOutExpression(layout, operator.limit)];
  const id: Doc = operator.id === undefined ? '' : [' id ', layOutExpression(layout, operator.id)];
  const head = [
    operator.spelling,
    layOutParameters(layout, operator.parameters),
    ' ',
    group(indent(columns)),
    limit,
    id,
  ];
  const inner = operator.operators.map((one, index): Doc => {
    const next = operator.operators[index + 1];
    const leading = layout.comments.leading(one);
    const laid = layOutOperator(layout, one);
    const trailing = layout.comments.trailing(next?.span.start ?? operator.span.end);
    return [index === 0 ? leading : [line, leading, '| '], laid, trailing];
  });
  const dangling = layout.comments.dangling(operator.span.end);
  return [head, ' on ', group(['(', indent([softline, inner, dangling]), softline, ')'])];
}

export function layOutOperator(layout: Layout, operator: Operator): Doc {
  switch (operator.op) {
    case 'where': {
      const head = [operator.spelling, layOutParameters(layout, operator.parameters), ' '];
      return [head, layOutExpression(layout, operator.predicate)];
    }
    case 'extend':
      return group(['extend', trailingList(layout, operator.columns, layOutNamed)]);
    case 'serialize':
      return group(['serialize', trailingList(layout, operator.columns, layOutNamed)]);
    case 'project':
      return group([operator.mode, trailingList(layout, operator.columns, layOutPattern)]);
    case 'summarize':
      return layOutSummarize(layout, operator);
    case 'join':
      return layOutJoin(layout, operator);
    case 'union': {
      const inputs = trailingList(layout, operator.inputs, layOutInput);
      return group(['union', layOutParameters(layout, operator.parameters), inputs]);
    }
    case 'mv-expand': {
      const head = [operator.spelling, layOutParameters(layout, operator.parameters)];
      const columns = trailingList(layout, operator.columns, layOutExpandItem);
      const limit: Doc = operator.limit === undefined ? '' : [' limit ', layOutExpression(layout, operator.limit)];
      return group([head, columns, limit]);
    }
    case 'mv-apply':
      return layOutMvApply(layout, operator);
    case 'evaluate': {
      const head = ['evaluate', layOutParameters(layout, operator.parameters), ' '];
      const call = layOutExpression(layout, operator.call);
      if (operator.schema === undefined) return [head, call];
      const { rest, columns } = operator.schema;
      const schema = [...(rest ? ['*'] : []), ...(columns.length > 0 ? [columnTypes(columns)] : [])].join(', ');
      return [head, call, ` : (${schema})`];
    }
    case 'parse': {
      const parameters = layOutParameters(layout, operator.parameters);
      const subject = layOutExpression(layout, operator.subject);
      const items = operator.items.map((item, index): Doc => {
        const leading = layout.comments.leading(item);
        const laid = layOutParseItem(layout, item);
        const limit = operator.items[index + 1]?.span.start ?? operator.span.end;
        return [line, leading, laid, layout.comments.trailing(limit)];
      });
      return group([operator.spelling, parameters, ' ', subject, ' with', indent(items)]);
    }
    case 'parse-kv': {
      const subject = layOutExpression(layout, operator.subject);
      const settings: Doc =
        operator.properties.length === 0
          ? ''
          : [' with ', bracketedList(layout, '(', operator.properties, layOutParameter, ')', operator.span.end)];
      return ['parse-kv ', subject, ' as ', rowSchema(operator.columns), settings];
    }
    case 'sort': {
      const head = [operator.spelling, layOutParameters(layout, operator.parameters), ' by'];
      return group([head, trailingList(layout, operator.by, layOutSortKey)]);
    }
    case 'top': {
      const head = [
        'top',
        layOutParameters(layout, operator.parameters),
        ' ',
        layOutExpression(layout, operator.count),
        ' by',
      ];
      return group([head, trailingList(layout, operator.by, layOutSortKey)]);
    }
    case 'take':
      return [
        operator.spelling,
        layOutParameters(layout, operator.parameters),
        ' ',
        layOutExpression(layout, operator.count),
      ];
    case 'sample':
      return ['sample ', layOutExpression(layout, operator.count)];
    case 'distinct': {
      const head = ['distinct', layOutParameters(layout, operator.parameters)];
      return group([head, trailingList(layout, operator.columns, layOutNamed)]);
    }
    case 'count':
      return operator.as === undefined ? 'count' : `count as ${printName(operator.as)}`;
    case 'make-series':
      return layOutMakeSeries(layout, operator);
    case 'invoke':
      return ['invoke ', layOutExpression(layout, operator.call)];
    case 'as':
      return ['as', layOutParameters(layout, operator.parameters), ' ', printName(operator.name)];
    case 'getschema':
    case 'consume':
      return operator.op;
    case 'render': {
      if (operator.properties.length === 0) return `render ${operator.chart}`;
      const settings = bracketedList(layout, '(', operator.properties, layOutParameter, ')', operator.span.end);
      return [`render ${operator.chart} with `, settings];
    }
    case 'search': {
      const head = ['search', layOutParameters(layout, operator.parameters), ' '];
      const last = operator.tables[operator.tables.length - 1];
      const tables: Doc =
        last === undefined
          ? ''
          : ['in ', bracketedList(layout, '(', operator.tables, layOutSource, ')', last.span.end), ' '];
      return [head, tables, layOutExpression(layout, operator.predicate)];
    }
    case 'sample-distinct':
    case 'top-nested':
    case 'find':
    case 'other':
      return layOutWritten(layout, operator);
  }
}
