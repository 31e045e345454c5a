/** Lays out scalar expressions. */
import type { Doc } from 'prettier';
import { builders } from 'prettier/doc';
import type { Argument, Expression, Name, NamedExpression, Parameter } from '../ast.ts';
import { columnTypes, layOutNestedPipeline, layOutSource } from './sources.ts';
import type { Layout } from './layout.ts';
import { bracketedList } from './layout.ts';
import { layOutLiteral, printName } from './written.ts';

const { group, indent, join, line, softline } = builders;

function layOutCall(layout: Layout, call: Extract<Expression, { kind: 'call' }>): Doc {
  const head: Doc = call.of === undefined ? '' : [layOutExpression(layout, call.of), '.'];
  if (call.args.length === 0) return [head, printName(call.name), '()', layout.comments.passing(call.span.end)];
  if (call.of === undefined && call.name.name === 'case' && call.args.length > 2)
    return ['case', layOutCases(layout, call)];
  return [head, printName(call.name), bracketedList(layout, '(', call.args, layOutArgument, ')', call.span.end)];
}

/** The arguments of `case`: where they do not fit on one line, each condition stands with its value. */
function layOutCases(layout: Layout, call: Extract<Expression, { kind: 'call' }>): Doc {
  const { args, span } = call;
  const lines = args.map((argument, index): Doc => {
    const next = args[index + 1];
    const leading = layout.comments.leading(argument);
    const laid = layOutArgument(layout, argument);
    if (next === undefined) return [leading, laid, layout.comments.trailing(span.end)];
    return [leading, laid, ',', layout.comments.trailing(next.span.start)];
  });
  const pairs = lines.flatMap((condition, index): Doc[] => {
    const value = lines[index + 1];
    if (index % 2 === 1) return [];
    return [value === undefined ? condition : group([condition, indent([line, value])])];
  });
  return group(['(', indent([softline, join(line, pairs), layout.comments.dangling(span.end)]), softline, ')']);
}

function layOutArgument(layout: Layout, argument: Argument): Doc {
  const value = layOutExpression(layout, argument.value);
  return argument.name === undefined ? value : [printName(argument.name), ' = ', value];
}

/** The operands of a run of the same operator, in order: the tree groups them in some way that does not matter. */
function operandsOf(expression: Expression, operator: 'and' | 'or'): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== operator) return [expression];
  return [...operandsOf(expression.left, operator), ...operandsOf(expression.right, operator)];
}

/** `a and b and c`: on one line, or one operand a line; `hanging` puts all lines but the first one level in. */
function layOutChain(layout: Layout, expression: Expression, operator: 'and' | 'or', hanging: boolean): Doc {
  const [first, ...others] = operandsOf(expression, operator);
  if (first === undefined) return '';
  const start: Doc = [layOutOperand(layout, first), layout.comments.trailing(others[0]?.span.start ?? first.span.end)];
  const rest = others.map((operand, index): Doc => {
    const leading = layout.comments.leading(operand);
    const laid = layOutOperand(layout, operand);
    const limit = others[index + 1]?.span.start ?? operand.span.end;
    return [line, leading, operator, ' ', laid, layout.comments.trailing(limit)];
  });
  return group([start, hanging ? indent(rest) : rest]);
}

function isChain(expression: Expression): expression is Expression & { readonly operator: 'and' | 'or' } {
  return expression.kind === 'binary' && (expression.operator === 'and' || expression.operator === 'or');
}

/** An operand of `and` or `or` that is itself a chain keeps together. */
function layOutOperand(layout: Layout, operand: Expression): Doc {
  return isChain(operand) ? group(layOutExpression(layout, operand)) : layOutExpression(layout, operand);
}

function layOutBinary(layout: Layout, expression: Extract<Expression, { kind: 'binary' }>): Doc {
  const { operator, left, right } = expression;
  if (operator === 'and' || operator === 'or') return layOutChain(layout, expression, operator, true);
  const before = layOutExpression(layout, left);
  return [before, ` ${operator} `, layOutExpression(layout, right)];
}

export function layOutExpression(layout: Layout, expression: Expression): Doc {
  const comments = layout.comments.inline(expression);
  return [comments, layOutBare(layout, expression)];
}

function layOutBare(layout: Layout, expression: Expression): Doc {
  switch (expression.kind) {
    case 'literal': {
      const { literal } = expression;
      // Line breaks in a string are no line breaks to the layout: no comment may be put there.
      if (literal.type !== 'dynamic') return literal.text;
      layout.comments.skip(expression);
      return layOutLiteral(literal.text);
    }
    case 'name':
      return printName(expression);
    case 'star':
      return '*';
    case 'member':
      return [layOutExpression(layout, expression.of), '.', printMember(expression.member)];
    case 'element': {
      const of = layOutExpression(layout, expression.of);
      return [of, expression.dotted ? '.[' : '[', layOutExpression(layout, expression.index), ']'];
    }
    case 'call':
      return layOutCall(layout, expression);
    case 'unary':
      return [expression.operator, layOutExpression(layout, expression.operand)];
    case 'binary':
      return layOutBinary(layout, expression);
    case 'between': {
      const value = layOutExpression(layout, expression.value);
      const low = layOutExpression(layout, expression.low);
      const high = layOutExpression(layout, expression.high);
      return [value, expression.negated ? ' !between (' : ' between (', low, ' .. ', high, ')'];
    }
    case 'list': {
      const value = layOutExpression(layout, expression.value);
      const items = bracketedList(layout, '(', expression.items, layOutExpression, ')', expression.span.end);
      return [value, ` ${expression.operator} `, items];
    }
    case 'subquery':
      return layOutNestedPipeline(layout, expression.query);
    case 'parenthesised': {
      const { of } = expression;
      const inner = isChain(of) ? layOutChain(layout, of, of.operator, false) : layOutExpression(layout, of);
      const dangling = layout.comments.dangling(expression.span.end);
      return group(['(', indent([softline, inner, dangling]), softline, ')']);
    }
    case 'type': {
      const { columns } = expression;
      return ['typeof(', typeof columns === 'string' ? columns : columnTypes(columns), ')'];
    }
    case 'source':
      return layOutSource(layout, expression.source);
  }
}

/** A property: a word, or a pattern such as `T*` where tables are meant. */
function printMember(member: Name): string {
  return member.name.includes('*') ? member.name : printName(member);
}

export function layOutNamed(layout: Layout, named: NamedExpression): Doc {
  const names = named.names.map(printName);
  const left = named.tuple ? `(${names.join(', ')}) = ` : names.map((name) => `${name} = `).join('');
  return [layout.comments.inline(named), left, layOutExpression(layout, named.value)];
}

/** `name=value`. A word or a list of columns as the value is written as it is. */
export function layOutParameter(layout: Layout, parameter: Parameter): Doc {
  const { value } = parameter;
  const text: Doc = value.kind === 'name' && !value.bracketed ? value.name : layOutExpression(layout, value);
  return [parameter.name, '=', text];
}

/** Parameters behind an operator's word, each with a blank before it. */
export function layOutParameters(layout: Layout, parameters: readonly Parameter[]): Doc {
  return parameters.map((parameter) => [' ', layOutParameter(layout, parameter)]);
}
