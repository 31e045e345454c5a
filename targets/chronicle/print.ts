/** Writes a rule's tree as text, so that reading it gives the tree again. */
import { builders, printer } from 'prettier/doc';
import { outputFileName } from '../file-name.ts';
import type { ConversionOptions, OutputFile } from '../target.ts';
import { fitsBackQuotes, quote, writeDuration } from './lexical.ts';
import { PRECEDENCE, precedenceOf } from './precedence.ts';
import renderRule from './rule.hbs.js';
import type { Expression, ExpressionOf, MatchSection, Rule, Segment } from './tree.ts';

type Doc = builders.Doc;

const { group, indent, join, line, softline } = builders;

const PRINT_WIDTH = 110;

/** The file that a rule makes, named after the source. */
export function print(
  rule: Rule,
  options: Pick<ConversionOptions, 'sourceName'> = { sourceName: rule.name },
): readonly OutputFile[] {
  return [{ name: outputFileName(options.sourceName, '.yaral'), text: printRule(rule) }];
}

export function printRule(rule: Rule): string {
  return renderRule({
    name: rule.name,
    meta: rule.meta.map(({ key, value }) => `${key} = ${quote(value)}`),
    events: rule.events.map((predicate) => layOut(printPredicate(predicate))).join('\n'),
    match: rule.match === undefined ? '' : printMatch(rule.match),
    outcome: rule.outcome.map(({ name, value }) => layOut(group([`$${name} = `, indent(printExpression(value))]))),
    condition: layOut(printExpression(rule.condition)),
    options: rule.options.map(({ key, value }) => `${key} = ${value}`),
  });
}

/** An expression on one line, for messages. */
export function printFlat(expression: Expression): string {
  return printer.printDocToString(printExpression(expression), { printWidth: Infinity, tabWidth: 2, useTabs: false })
    .formatted;
}

function layOut(content: Doc): string {
  const { formatted } = printer.printDocToString(content, { printWidth: PRINT_WIDTH, tabWidth: 2, useTabs: false });
  return formatted
    .split('\n')
    .map((text) => `    ${text}`)
    .join('\n');
}

/** A line of the events section. An `or` stands in parentheses, for the lines around it are joined by `and`. */
function printPredicate(predicate: Expression): Doc {
  return predicate.kind === 'logic' ? parenthesised(predicate) : printExpression(predicate);
}

const parenthesised = (expression: Expression): Doc =>
  group(['(', indent([softline, printExpression(expression)]), softline, ')']);

/** The operand of an operator with this strength; `from`: the least strength that needs no parentheses. */
function operand(expression: Expression, from: number): Doc {
  return precedenceOf(expression) < from ? parenthesised(expression) : printExpression(expression);
}

function printExpression(expression: Expression): Doc {
  switch (expression.kind) {
    case 'string':
      return expression.raw && fitsBackQuotes(expression.value) ? `\`${expression.value}\`` : quote(expression.value);
    case 'regex':
      return `/${expression.pattern}/`;
    case 'number':
      return expression.text;
    case 'bool':
      return String(expression.value);
    case 'null':
      return 'null';
    case 'variable':
      return `$${expression.name}`;
    case 'count':
      return `#${expression.name}`;
    case 'field':
      return `$${expression.variable}${expression.path.map(printSegment).join('')}`;
    case 'call':
      return printCall(expression);
    case 'quantified':
      return [expression.quantifier, ' ', printExpression(expression.of)];
    case 'not':
      return ['not ', operand(expression.of, PRECEDENCE.not + 1)];
    case 'absent':
      return ['!', operand(expression.of, PRECEDENCE.primary)];
    case 'negative':
      return ['-', operand(expression.of, PRECEDENCE.primary)];
    case 'logic':
      return printLogic(expression);
    case 'comparison':
      return printComparison(expression);
    case 'arithmetic':
      return printArithmetic(expression);
    case 'nocase':
      return [operand(expression.of, PRECEDENCE.primary), ' nocase'];
    case 'in':
      return [
        operand(expression.left, PRECEDENCE.sum),
        expression.entries === 'text' ? ' in %' : ` in ${expression.entries} %`,
        expression.list,
        expression.nocase ? ' nocase' : '',
      ];
  }
}

function printSegment(segment: Segment): string {
  switch (segment.kind) {
    case 'name':
      return `.${segment.name}`;
    case 'key':
      return `[${quote(segment.key)}]`;
    case 'index':
      return `[${segment.index}]`;
  }
}

function printCall({ name, args }: ExpressionOf<'call'>): Doc {
  // A call with one or two operands stays on its line however long they are: a pattern is read in one piece.
  const list = join(
    ', ',
    args.map((arg) => printExpression(arg)),
  );
  const isLong = args.some((arg) => arg.kind === 'call' || arg.kind === 'logic' || arg.kind === 'arithmetic');
  if (!isLong) return [name, '(', list, ')'];
  const broken = join(
    [',', line],
    args.map((arg) => printExpression(arg)),
  );
  return group([name, '(', indent([softline, broken]), softline, ')']);
}

function printLogic({ operator, of }: ExpressionOf<'logic'>): Doc {
  const strength = operator === 'or' ? PRECEDENCE.or : PRECEDENCE.and;
  // Not every reader knows which of the two binds tighter, so an operand that is the other one gets parentheses too.
  const operands = of.map((one) => operand(one, Math.max(strength + 1, PRECEDENCE.not)));
  return group(join([` ${operator}`, line], operands));
}

function printComparison({ operator, left, right, nocase }: ExpressionOf<'comparison'>): Doc {
  const suffix = nocase ? ' nocase' : '';
  return [operand(left, PRECEDENCE.sum), ` ${operator} `, operand(right, PRECEDENCE.sum), suffix];
}

function printArithmetic(expression: ExpressionOf<'arithmetic'>): Doc {
  const strength = precedenceOf(expression);
  const { operator, left, right } = expression;
  return group([operand(left, strength), ` ${operator}`, line, operand(right, strength + 1)]);
}

function printMatch({ variables, window, duration, pivot }: MatchSection): string {
  const keys = variables.map((name) => `$${name}`).join(', ');
  const side = pivot === undefined ? '' : ` ${pivot.side} $${pivot.variable}`;
  return `${keys} ${window} ${writeDuration(duration) ?? `${Math.round(duration / 1000)}s`}${side}`;
}
