/** From the grammar's nodes to the tree: the tabular operators. */
import type { Node } from 'ohm-js';
import type { Diagnostic } from '../../diagnostic.ts';
import type { ColumnType, Expression, NamedExpression, Operator, ParseItem, SortKey } from '../ast.ts';
import { kqlCodes } from '../codes.ts';
import { buildCall, buildExpression, buildExpressions, buildNamed, buildNameds } from './expressions.ts';
import { buildParameter, buildParameters, buildWithClause } from './parameters.ts';
import { buildSubPipeline, buildTableInput, pipelineOf } from './pipelines.ts';
import type { Reading } from './reading.ts';
import { elements, firstTokenText, optional, spanOf, textOf, wildcardText, wordsOf } from './reading.ts';
import { buildColumnTypes, buildRowSchema } from './types.ts';
import { buildName, buildStrings } from './values.ts';

/** An operator that is understood as one, and no further: its text is kept whole. */
function otherOperator(reading: Reading, node: Node): Operator {
  return { op: 'other', name: firstTokenText(reading, node), text: textOf(reading, node), span: spanOf(reading, node) };
}

/** `undefined` where a name is given to what must be a plain expression: `where a = 1`. */
function plain(named: NamedExpression): Expression | undefined {
  return named.names.length === 0 ? named.value : undefined;
}

function buildPlain(reading: Reading, node: Node): Expression | undefined {
  return plain(buildNamed(reading, node));
}

const EQUALS_IN_TEST = "'=' gives a name to a value and compares nothing, so this is no condition";

/** `where a = 1` is grammatical: the parser takes it for a named value, and the query engine refuses it afterwards. */
function assignedPredicate(reading: Reading, node: Node): Diagnostic {
  const hint = "Write '==', or '=~' to ignore the case.";
  return kqlCodes.diagnostic('single-equals', 'warning', spanOf(reading, node), EQUALS_IN_TEST, hint);
}

function buildSortKey(reading: Reading, node: Node): SortKey | undefined {
  const value = buildPlain(reading, node.child(0));
  if (value === undefined) return undefined;
  const direction = optional(node.child(1));
  const nulls = optional(node.child(2));
  return {
    value,
    ...(direction === undefined ? {} : { order: textOf(reading, direction).endsWith('asc') ? 'asc' : 'desc' }),
    ...(nulls === undefined ? {} : { nulls: nulls.child(1).sourceString === 'first ' ? 'first' : 'last' }),
    span: spanOf(reading, node),
  };
}

/** The list, or undefined as soon as one of its elements is. */
function complete<T>(list: readonly (T | undefined)[]): readonly T[] | undefined {
  return list.every((element) => element !== undefined) ? list : undefined;
}

function buildSortKeys(reading: Reading, nodes: readonly Node[]): readonly SortKey[] | undefined {
  return complete(nodes.map((node) => buildSortKey(reading, node)));
}

/** `project-away a*, b` and the like: patterns are names with their stars. */
function buildPattern(reading: Reading, node: Node): NamedExpression {
  const span = spanOf(reading, node);
  const inner = node.child(0);
  const value: Expression =
    inner.ctorName === 'wildcard'
      ? { kind: 'name', name: wildcardText(reading, inner), bracketed: false, span }
      : { kind: 'name', ...buildName(reading, inner) };
  return { names: [], tuple: false, value, span };
}

function optionalNameds(reading: Reading, part: Node): readonly NamedExpression[] {
  const list = optional(part);
  return list === undefined ? [] : buildNameds(reading, list);
}

interface ExpandItems {
  readonly columns: readonly (NamedExpression & { readonly toType?: string })[];
}

function buildExpandItems(reading: Reading, nodes: readonly Node[]): ExpandItems['columns'] {
  return nodes.map((node) => {
    const toType = optional(node.child(1));
    const named = buildNamed(reading, node.child(0));
    return toType === undefined
      ? { ...named, span: spanOf(reading, node) }
      : { ...named, toType: typeName(reading, toType.child(1)), span: spanOf(reading, node) };
  });
}

/** What stands between the parentheses of `typeof(...)`. */
function typeName(reading: Reading, node: Node): string {
  return wordsOf(reading, node)
    .replace(/^typeof ?\( ?/, '')
    .replace(/ ?\)$/, '');
}

function buildMvApply(reading: Reading, node: Node): Operator {
  const items = node.child(2).child(0);
  const limit = optional(node.child(3));
  const id = optional(node.child(4));
  const operators = buildSubPipeline(reading, node.child(7));
  if (items.ctorName === 'applyItems_typeOnly' || operators === undefined) return otherOperator(reading, node);
  return {
    op: 'mv-apply',
    spelling: firstTokenText(reading, node) === 'mvapply' ? 'mvapply' : 'mv-apply',
    parameters: buildParameters(reading, node.child(1)),
    columns: buildExpandItems(reading, elements(items)),
    ...(limit === undefined ? {} : { limit: buildExpression(reading, limit.child(1)) }),
    ...(id === undefined ? {} : { id: buildExpression(reading, id.child(1)) }),
    operators,
    span: spanOf(reading, node),
  };
}

function buildParseItem(reading: Reading, node: Node): ParseItem {
  const inner = node.child(0);
  const span = spanOf(reading, node);
  switch (inner.ctorName) {
    case 'star':
      return { item: 'star', span };
    case 'strings': {
      const literal = { type: 'string', ...buildStrings(reading, inner) } as const;
      return { item: 'text', value: { kind: 'literal', literal, span }, span };
    }
    case 'typedName':
      return {
        item: 'column',
        name: buildName(reading, inner.child(0)),
        type: wordsOf(reading, inner.child(2)),
        span,
      };
    default:
      return { item: 'column', name: buildName(reading, inner), span };
  }
}

function buildMakeSeries(reading: Reading, node: Node): Operator {
  const range = node.child(7).child(0);
  const on = buildPlain(reading, node.child(6));
  const measures = complete(
    [node.child(2), ...node.child(4).children].map((item) => {
      const named = buildNamed(reading, item.child(0));
      const given = optional(item.child(3));
      if (given === undefined) return named;
      const value = buildPlain(reading, given);
      return value === undefined ? undefined : { ...named, default: value };
    }),
  );
  const by = optionalNameds(reading, node.child(9));
  const parameters = buildParameters(reading, node.child(1));
  const span = spanOf(reading, node);
  if (on === undefined || measures === undefined) return otherOperator(reading, node);
  if (range.ctorName === 'seriesRange_step') {
    const from = optional(range.child(1));
    const to = optional(range.child(3));
    return {
      op: 'make-series',
      parameters,
      measures,
      on,
      ...(from === undefined ? {} : { from: buildExpression(reading, from) }),
      ...(to === undefined ? {} : { to: buildExpression(reading, to) }),
      step: buildExpression(reading, range.child(5)),
      inRange: false,
      by,
      span,
    };
  }
  const bounds = complete(optionalNameds(reading, range.child(3)).map(plain));
  const [from, to, step] = bounds ?? [];
  if (bounds?.length !== 3 || from === undefined || to === undefined || step === undefined) {
    return otherOperator(reading, node);
  }
  return { op: 'make-series', parameters, measures, on, from, to, step, inRange: true, by, span };
}

function buildEvaluateSchema(reading: Reading, node: Node): { rest: boolean; columns: readonly ColumnType[] } {
  return { rest: node.child(3).numChildren > 0, columns: buildColumnTypes(reading, node.child(5)) };
}

/** @param node the rule of one operator, such as `where` or `join` */
export function buildOperator(reading: Reading, node: Node): Operator {
  const span = spanOf(reading, node);
  const keyword = firstTokenText(reading, node);
  switch (node.ctorName) {
    case 'where': {
      const predicate = buildPlain(reading, node.child(2));
      if (predicate === undefined) {
        reading.warnings.push(assignedPredicate(reading, node.child(2)));
        return otherOperator(reading, node);
      }
      const parameters = buildParameters(reading, node.child(1));
      return { op: 'where', spelling: keyword === 'filter' ? 'filter' : 'where', parameters, predicate, span };
    }
    case 'extend':
      return { op: 'extend', columns: buildNameds(reading, node.child(1)), span };
    case 'serialize':
      if (node.child(1).numChildren > 0) return otherOperator(reading, node);
      return { op: 'serialize', columns: optionalNameds(reading, node.child(2)), span };
    case 'project':
      return { op: 'project', mode: 'project', columns: optionalNameds(reading, node.child(1)), span };
    case 'projectRename':
      return { op: 'project', mode: 'project-rename', columns: optionalNameds(reading, node.child(1)), span };
    case 'projectAway': {
      const first = optional(node.child(1));
      const patterns = first === undefined ? [] : [first, ...node.child(3).child(0).children];
      return {
        op: 'project',
        mode: keyword === 'project-keep' ? 'project-keep' : 'project-away',
        columns: patterns.map((pattern) => buildPattern(reading, pattern)),
        span,
      };
    }
    case 'projectReorder': {
      const first = optional(node.child(1));
      const items = first === undefined ? [] : [first, ...node.child(3).child(0).children];
      const columns = items.map((item) => {
        const order = optional(item.child(1));
        const pattern = buildPattern(reading, item.child(0));
        return order === undefined
          ? pattern
          : { ...pattern, order: textOf(reading, order), span: spanOf(reading, item) };
      });
      return { op: 'project', mode: 'project-reorder', columns, span };
    }
    case 'summarize': {
      const clause = optional(node.child(3));
      const by =
        clause === undefined
          ? undefined
          : [clause.child(1), ...clause.child(3).children].map((item) => buildNamed(reading, item.child(0)));
      if (clause !== undefined && clause.child(4).numChildren > 0) return otherOperator(reading, node);
      const list = optional(node.child(2));
      const measures = list === undefined ? [] : elements(list).map((item) => buildNamed(reading, item.child(0)));
      return { op: 'summarize', parameters: buildParameters(reading, node.child(1)), measures, by, span };
    }
    case 'join': {
      const condition = optional(node.child(3))?.child(0);
      if (condition?.ctorName === 'joinCondition_where') return otherOperator(reading, node);
      return {
        op: 'join',
        spelling: 'join',
        parameters: buildParameters(reading, node.child(1)),
        right: pipelineOf(buildExpression(reading, node.child(2))),
        on: condition === undefined ? [] : buildExpressions(reading, condition.child(1)),
        span,
      };
    }
    case 'lookup':
      return {
        op: 'join',
        spelling: 'lookup',
        parameters: buildParameters(reading, node.child(1)),
        right: pipelineOf(buildExpression(reading, node.child(2))),
        on: buildExpressions(reading, node.child(4)),
        span,
      };
    case 'union': {
      const inputs = [node.child(2), ...node.child(4).children].map((input) => {
        const source = buildTableInput(reading, input.child(0));
        return { source, operators: [], span: source.span };
      });
      return { op: 'union', parameters: buildParameters(reading, node.child(1)), inputs, span };
    }
    case 'mvExpand': {
      const limit = optional(node.child(5));
      return {
        op: 'mv-expand',
        spelling: keyword === 'mvexpand' ? 'mvexpand' : 'mv-expand',
        parameters: buildParameters(reading, node.child(1)),
        columns: buildExpandItems(reading, [node.child(2), ...node.child(4).children]),
        ...(limit === undefined ? {} : { limit: buildExpression(reading, limit.child(1)) }),
        span,
      };
    }
    case 'mvApply':
      return buildMvApply(reading, node);
    case 'evaluate': {
      const schema = optional(node.child(3));
      return {
        op: 'evaluate',
        parameters: buildParameters(reading, node.child(1)),
        call: buildCall(reading, node.child(2)),
        ...(schema === undefined
          ? {}
          : { schema: { ...buildEvaluateSchema(reading, schema), span: spanOf(reading, schema) } }),
        span,
      };
    }
    case 'parse':
      return {
        op: 'parse',
        spelling: keyword === 'parse-where' ? 'parse-where' : 'parse',
        parameters: node.child(1).children.map((parameter) => buildParameter(reading, parameter)),
        subject: buildExpression(reading, node.child(2)),
        items: node.child(4).children.map((item) => buildParseItem(reading, item)),
        span,
      };
    case 'parseKv':
      return {
        op: 'parse-kv',
        subject: buildExpression(reading, node.child(1)),
        columns: buildRowSchema(reading, node.child(3)),
        properties: buildWithClause(reading, node.child(4)),
        span,
      };
    case 'sort': {
      const by = buildSortKeys(reading, [node.child(3), ...node.child(5).children]);
      if (by === undefined) return otherOperator(reading, node);
      const spelling = keyword === 'order' ? 'order' : 'sort';
      return { op: 'sort', spelling, parameters: buildParameters(reading, node.child(1)), by, span };
    }
    case 'top': {
      const count = buildPlain(reading, node.child(2));
      const by = buildSortKeys(reading, [node.child(4)]);
      if (count === undefined || by === undefined) return otherOperator(reading, node);
      return { op: 'top', parameters: buildParameters(reading, node.child(1)), count, by, span };
    }
    case 'take': {
      const count = buildPlain(reading, node.child(2));
      if (count === undefined) return otherOperator(reading, node);
      const spelling = keyword === 'limit' ? 'limit' : 'take';
      return { op: 'take', spelling, parameters: buildParameters(reading, node.child(1)), count, span };
    }
    case 'distinct': {
      const columns = [node.child(2), ...node.child(4).children].map((item): NamedExpression => {
        const inner = item.child(0);
        if (inner.ctorName === 'named') return buildNamed(reading, inner);
        const at = spanOf(reading, inner);
        return { names: [], tuple: false, value: { kind: 'star', span: at }, span: at };
      });
      return { op: 'distinct', parameters: buildParameters(reading, node.child(1)), columns, span };
    }
    case 'count': {
      const as = optional(node.child(2));
      return as === undefined ? { op: 'count', span } : { op: 'count', as: buildName(reading, as), span };
    }
    case 'sample': {
      const count = buildPlain(reading, node.child(2));
      if (count === undefined || node.child(1).numChildren > 0) return otherOperator(reading, node);
      return { op: 'sample', count, span };
    }
    case 'sampleDistinct':
      return { op: 'sample-distinct', text: textOf(reading, node), span };
    case 'topNested':
      return { op: 'top-nested', text: textOf(reading, node), span };
    case 'makeSeries':
      return buildMakeSeries(reading, node);
    case 'invoke': {
      const calls = node.child(3).children;
      let call = buildCall(reading, node.child(1));
      for (const next of calls) call = buildCall(reading, next, call);
      return { op: 'invoke', call, span };
    }
    case 'as':
      return {
        op: 'as',
        parameters: buildParameters(reading, node.child(1)),
        name: buildName(reading, node.child(2)),
        span,
      };
    case 'getschema':
      return node.child(1).numChildren > 0 ? otherOperator(reading, node) : { op: 'getschema', span };
    case 'consume':
      return node.child(1).numChildren > 0 ? otherOperator(reading, node) : { op: 'consume', span };
    case 'render': {
      if (node.child(2).numChildren > 0) return otherOperator(reading, node);
      const settings = node.child(6).numChildren === 0 ? undefined : optional(node.child(6).child(0));
      return {
        op: 'render',
        chart: textOf(reading, node.child(1)),
        properties: settings === undefined ? [] : elements(settings).map((setting) => buildParameter(reading, setting)),
        span,
      };
    }
    case 'search': {
      const condition = node.child(4).child(0);
      if (node.child(2).numChildren > 0 || condition.ctorName === 'searchCondition_and')
        return otherOperator(reading, node);
      const tables = optional(node.child(3));
      const operands = tables === undefined ? [] : [tables.child(2), ...tables.child(4).children];
      if (operands.some((operand) => operand.child(1).numChildren > 0)) return otherOperator(reading, node);
      return {
        op: 'search',
        parameters: buildParameters(reading, node.child(1)),
        tables: operands.map((operand) => buildTableInput(reading, operand.child(0))),
        predicate:
          condition.ctorName === 'star'
            ? { kind: 'star', span: spanOf(reading, condition) }
            : buildExpression(reading, condition),
        span,
      };
    }
    case 'find':
      return { op: 'find', text: textOf(reading, node), span };
    case 'graphOperator':
      return buildOperator(reading, node.child(0));
    default:
      return otherOperator(reading, node);
  }
}
