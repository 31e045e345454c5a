/**
 * Expressions of `search` as predicates. There every test of a missing field fails, and a negation holds where the
 * negated does not; `!=` asks for a value that is another.
 */
import {
  and,
  compare,
  constant,
  field,
  inQuery,
  ipInRange,
  match,
  missing,
  not,
  oneOf,
  opaquePredicate,
  or,
  text,
} from '../../src/ir/build.ts';
import type { Predicate, Relation, Scalar, Value } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { printSearchFlat } from './print.ts';
import { raisePipeline } from './raise-pipeline.ts';
import { numberOf } from './raise-scalar.ts';
import { RAW } from './support.ts';
import type { SearchExpression, SearchValue } from './tree.ts';

export function raiseSearch(node: SearchExpression): Predicate {
  return raise(node, true);
}

function raise(node: SearchExpression, truth: boolean): Predicate {
  const { span } = node;
  const result = (of: Predicate): Predicate => (truth ? of : not(of, span));
  switch (node.kind) {
    case 'and':
    case 'or': {
      const of = node.of.map((operand) => raise(operand, truth));
      return (node.kind === 'and') === truth ? and(of, span) : or(of, span);
    }
    case 'not':
      return raise(node.of, !truth);
    case 'comparison':
      return raiseComparison(node, truth);
    case 'in':
      return result(raiseValues(node.field, node.values, span));
    case 'term':
      return result(raiseTerm(node.value, span));
    case 'directive': {
      const caseSensitive = node.name === 'CASE';
      return result(match(field(RAW, [], 'string', span), 'contains', node.text, { caseSensitive }, span));
    }
    case 'subsearch':
      return result(raiseSubsearch(node));
    case 'macro':
      return result(opaquePredicate(node.text, [], span));
  }
}

/** An address range (`10.0.0.0/8`): such a value is not compared as a text. */
const RANGE = /^[0-9A-Fa-f.:]+\/[0-9]+$/;
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

function subjectOf(name: string, span: Span): Scalar {
  return field(name, [], 'unknown', span);
}

function isThere(name: string, span: Span): Predicate {
  return not(missing(subjectOf(name, span), 'null', span));
}

function raiseComparison(node: Extract<SearchExpression, { kind: 'comparison' }>, truth: boolean): Predicate {
  const { field: name, operator, value, span } = node;
  if (operator === '=') {
    const equal = raiseValues(name, [value], span);
    return truth ? equal : not(equal, span);
  }
  if (operator === '!=') {
    const equal = raiseValues(name, [value], span);
    return truth ? and([not(equal, span), isThere(name, span)], span) : or([equal, not(isThere(name, span))], span);
  }
  const right = NUMBER.test(value.text) && !value.quoted ? literalNumber(value.text) : text(value.text);
  if (truth) return compare(subjectOf(name, span), operator, right, span);
  const reversed = ({ '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const)[operator];
  return or([compare(subjectOf(name, span), reversed, right, span), not(isThere(name, span))], span);
}

function literalNumber(digits: string): Scalar {
  return digits.startsWith('-') ? numberOf(digits.slice(1), -1) : numberOf(digits);
}

/** A field against values of which any will do. */
function raiseValues(name: string, values: readonly SearchValue[], span: Span): Predicate {
  const subject = subjectOf(name, span);
  const numbers: Value[] = [];
  const wildcards: string[] = [];
  const tests: Predicate[] = [];
  for (const { text: value, quoted } of values) {
    const number = !quoted && NUMBER.test(value) ? literalNumber(value) : undefined;
    if (number?.op === 'literal') numbers.push(number.value);
    else if (/^\*+$/.test(value)) tests.push(isThere(name, span));
    else if (value === '') tests.push(and([missing(subject, 'empty', span), isThere(name, span)], span));
    else if (RANGE.test(value)) tests.push(ipInRange(subject, [value], span));
    else wildcards.push(value.replace(/[?\\]/g, '\\$&'));
  }
  if (wildcards.length > 0) tests.push(match(subject, 'wildcard', wildcards, {}, span));
  if (numbers.length > 0) tests.push(oneOf(subject, numbers, span));
  return or(tests, span);
}

/** A word or phrase somewhere in the event. */
function raiseTerm({ text: value }: SearchValue, span: Span): Predicate {
  if (/^\*+$/.test(value)) return constant(true, span);
  return match(field(RAW, [], 'string', span), 'wildcard', `*${value.replace(/[?\\]/g, '\\$&')}*`, {}, span);
}

/** A subsearch stands for the tests of its rows: of one field, a list of values. */
function raiseSubsearch(node: Extract<SearchExpression, { kind: 'subsearch' }>): Predicate {
  const { commands } = node.search;
  const kept = commands.at(-1)?.command === 'format' ? commands.slice(0, -1) : commands;
  const query = raisePipeline(kept, node.search.span);
  const name = onlyColumn(query);
  if (name === undefined) return opaquePredicate(printSearchFlat(node), [], node.span);
  return inQuery(subjectOf(name, node.span), 'equals', query, {}, node.span);
}

function onlyColumn(query: Relation): string | undefined {
  if (query.op !== 'select' || query.mode !== 'keep') return undefined;
  const [name, more] = query.names.filter((one) => one !== '_*');
  return more === undefined && name !== undefined && !name.includes('*') ? name : undefined;
}
