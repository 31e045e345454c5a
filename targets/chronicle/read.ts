/** Reads a YARA-L 2.0 rule: the grammar's parse as a {@link Rule}. The only file of the target that knows ohm. */
import type { Node } from 'ohm-js';
import grammar from '../../grammar/yaral.ohm-bundle.js';
import type { SourceFile, Span } from '../../src/source.ts';
import type { ReadResult } from '../target.ts';
import { climb, ExpressionError, type Token } from './climb.ts';
import { CODES } from './codes.ts';
import { readDuration, unquote } from './lexical.ts';
import { MAX_DEPTH } from './precedence.ts';
import type { Assignment, Expression, MatchSection, MetaEntry, Rule, Segment } from './tree.ts';

const semantics = grammar.createSemantics();

semantics.addOperation<Rule>('toRule', {
  Rule(_word, name, _open, sections, _close, _end) {
    return buildRule(name, sections.children, spanOf(this));
  },
});

/** Reads one rule. What is no rule gives a diagnostic where the text stops being one. */
export function read(file: SourceFile): ReadResult<Rule> {
  const failure = (message: string, span: Span): ReadResult<Rule> => ({
    tree: undefined,
    diagnostics: [CODES.diagnostic('syntax', 'error', span, message)],
  });
  const deep = depthExceededAt(file.text);
  if (deep !== undefined) return failure('The expression is nested too deep.', { start: deep, end: deep + 1 });
  const match = grammar.match(file.text, 'Rule');
  if (match.failed()) {
    const at = match.getInterval().startIdx;
    return failure(describeFailure(match.shortMessage), { start: at, end: Math.min(at + 1, file.text.length) });
  }
  try {
    return { tree: (semantics(match) as { toRule(): Rule }).toRule(), diagnostics: [] };
  } catch (error) {
    // Ohm wraps what an action throws only in its stack; the error itself comes through.
    if (error instanceof ExpressionError) return failure(error.message, error.span);
    throw error;
  }
}

/** "Line 3, col 4: expected a, b, or c" without the place (the span has it), and with at most a few of the expectations. */
function describeFailure(shortMessage: string): string {
  const expected = shortMessage.replace(/^Line \d+, col \d+: /, '').replaceAll(' (case-insensitive)', '');
  const parts = expected.replace(/^expected /, '').split(', ');
  const few = parts.length > 6 ? 'another token' : parts.join(', ');
  return `Not YARA-L from here on: expected ${few}.`;
}

/** Where parentheses are nested deeper than the parser may follow: outside strings, patterns and comments. */
function depthExceededAt(text: string): number | undefined {
  let depth = 0;
  /** The last character that was no blank: behind an operand a slash divides, elsewhere it begins a pattern. */
  let previous = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (/\s/.test(character)) continue;
    if (text.startsWith('//', at)) at = endOf(text, at, '\n');
    else if (text.startsWith('/*', at)) at = endOf(text, at, '*/') + 1;
    else if (character === '`') at = endOf(text, at, '`');
    else if (character === '"') at = skipEscaped(text, at, '"');
    else if (character === '/' && '=,('.includes(previous)) at = skipEscaped(text, at, '/');
    else if (character === '(' && ++depth > MAX_DEPTH) return at;
    else if (character === ')') depth--;
    previous = character;
  }
  return undefined;
}

function endOf(text: string, from: number, end: string): number {
  const at = text.indexOf(end, from + 1);
  return at < 0 ? text.length : at;
}

function skipEscaped(text: string, from: number, end: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== end) at += text[at] === '\\' ? 2 : 1;
  return at;
}

const spanOf = (node: Node): Span => ({ start: node.source.startIdx, end: node.source.endIdx });

function buildRule(name: Node, sections: readonly Node[], span: Span): Rule {
  const meta: MetaEntry[] = [];
  const events: Expression[] = [];
  const outcome: Assignment[] = [];
  const options: MetaEntry[] = [];
  let match: MatchSection | undefined;
  let condition: Expression | undefined;
  for (const wrapper of sections) {
    const section = wrapper.child(0);
    switch (section.ctorName) {
      case 'MetaSection':
        for (const entry of section.child(2).children) {
          meta.push({ key: entry.child(0).sourceString, value: textValue(entry.child(2)).value });
        }
        break;
      case 'EventsSection':
        for (const predicate of section.child(2).children) events.push(buildExpression(predicate));
        break;
      case 'MatchSection':
        match = buildMatch(section);
        break;
      case 'OutcomeSection':
        for (const assignment of section.child(2).children) {
          const variable = assignment.child(0).sourceString.slice(1);
          outcome.push({ name: variable, value: buildExpression(assignment.child(2)), span: spanOf(assignment) });
        }
        break;
      case 'ConditionSection':
        condition = buildExpression(section.child(2));
        break;
      case 'OptionsSection':
        for (const option of section.child(2).children) {
          options.push({ key: option.child(0).sourceString, value: option.child(2).sourceString });
        }
        break;
      default:
        throw new ExpressionError(`There is no section ${section.ctorName}.`, spanOf(section));
    }
  }
  if (condition === undefined) throw new ExpressionError('The rule has no condition section.', spanOf(name));
  return {
    name: name.sourceString,
    meta,
    events,
    ...(match === undefined ? {} : { match }),
    outcome,
    condition,
    options,
    span,
  };
}

function buildMatch(section: Node): MatchSection {
  const variables = section
    .child(2)
    .asIteration()
    .children.map((variable) => variable.sourceString.slice(1));
  const pivot = section.child(5).children[0];
  return {
    variables,
    window: section.child(3).sourceString.toLowerCase() === 'by' ? 'by' : 'over',
    duration: readDuration(section.child(4).sourceString),
    ...(pivot === undefined
      ? {}
      : {
          pivot: {
            side: pivot.child(0).sourceString.toLowerCase() === 'before' ? 'before' : 'after',
            variable: pivot.child(1).sourceString.slice(1),
          },
        }),
  };
}

function buildExpression(node: Node): Expression {
  const tokens: Token[] = [];
  addTerm(tokens, node.child(0));
  for (const rest of node.child(1).children) {
    const operator = rest.child(0);
    tokens.push({ token: 'infix', operator: operator.sourceString.toLowerCase(), span: spanOf(operator) });
    addTerm(tokens, rest.child(1));
  }
  return climb(tokens, spanOf(node));
}

function addTerm(tokens: Token[], term: Node): void {
  for (const prefix of term.child(0).children) {
    const word = prefix.sourceString.toLowerCase();
    tokens.push({ token: 'prefix', operator: word === '!' || word === '-' ? word : 'not', span: spanOf(prefix) });
  }
  tokens.push({ token: 'operand', of: buildPrimary(term.child(1).child(0)), span: spanOf(term.child(1)) });
  for (const postfix of term.child(2).children) tokens.push(buildPostfix(postfix.child(0)));
}

function buildPostfix(node: Node): Token {
  const span = spanOf(node);
  if (node.ctorName === 'nocaseWord') return { token: 'nocase', span };
  if (node.ctorName === 'nullTest') return { token: 'isNull', negated: node.child(2).numChildren > 0, span };
  const word = node.child(2).sourceString.trim().toLowerCase();
  const entries = word.startsWith('regex') ? 'regex' : word.startsWith('cidr') ? 'cidr' : 'text';
  return { token: 'in', list: node.child(4).sourceString, entries, span };
}

function buildPrimary(node: Node): Expression {
  const span = spanOf(node);
  switch (node.ctorName) {
    case 'field':
      return buildField(node);
    case 'variable':
      return { kind: 'variable', name: node.sourceString.slice(1), span };
    case 'count':
      return { kind: 'count', name: node.sourceString.slice(1), span };
    case 'Group':
      return buildExpression(node.child(1));
    case 'Quantified':
      return {
        kind: 'quantified',
        quantifier: node.child(0).sourceString.toLowerCase() === 'all' ? 'all' : 'any',
        of: buildField(node.child(1)),
        span,
      };
    case 'Call':
      return {
        kind: 'call',
        name: node.child(0).sourceString,
        args: node.child(2).asIteration().children.map(buildExpression),
        span,
      };
    case 'text':
      return { kind: 'string', ...textValue(node), span };
    case 'regex':
      return { kind: 'regex', pattern: node.sourceString.slice(1, -1), span };
    case 'number':
      return { kind: 'number', text: node.sourceString, span };
    case 'constant': {
      const word = node.sourceString.toLowerCase();
      return word === 'null' ? { kind: 'null', span } : { kind: 'bool', value: word === 'true', span };
    }
    default:
      throw new ExpressionError(`There is no operand ${node.ctorName}.`, span);
  }
}

function buildField(node: Node): Expression {
  const path = node.child(2).children.map((wrapper): Segment => {
    const segment = wrapper.child(0);
    if (segment.ctorName === 'keySegment') return { kind: 'key', key: textValue(segment.child(2)).value };
    if (segment.ctorName === 'indexSegment') return { kind: 'index', index: Number(segment.child(2).sourceString) };
    return { kind: 'name', name: segment.child(3).sourceString };
  });
  return {
    kind: 'field',
    variable: node.child(0).sourceString.slice(1) + node.child(1).sourceString,
    path,
    span: spanOf(node),
  };
}

function textValue(node: Node): { readonly value: string; readonly raw: boolean } {
  const source = node.sourceString;
  return source.startsWith('`') ? { value: source.slice(1, -1), raw: true } : { value: unquote(source), raw: false };
}
