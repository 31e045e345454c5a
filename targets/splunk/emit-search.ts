/**
 * Predicates as expressions of `search`: tests without letter case, in which a missing field fails and the negation of
 * a failed test is true. `*` is a wildcard that cannot be escaped.
 */
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { NotExpressible, numberIn } from './emit-scalar.ts';
import { emitPipeline } from './emit-relation.ts';
import { hasControlCharacters, isSearchableName } from './quoting.ts';
import type { SearchExpression, SearchValue } from './tree.ts';

/** Fields that say where events come from. They are fields for a search, whatever else their names mean. */
const PLACES: ReadonlySet<string> = new Set(['index', 'eventtype', 'tag']);

/** A value that `search` compares as an address range. */
const RANGE = /^[0-9A-Fa-f.:]+\/[0-9]+$/;

/** Whether a predicate can be said in a `search`. Negations must stand at the leaves. */
export function isSearchable(node: Predicate): boolean {
  switch (node.op) {
    case 'constant':
      return node.value;
    case 'and':
    case 'or':
      return node.of.every(isSearchable);
    case 'not':
      return node.of.op !== 'and' && node.of.op !== 'or' && node.of.op !== 'compare' && isSearchable(node.of);
    case 'match':
      return isSearchableMatch(node);
    case 'oneOf':
      return searchField(node.subject) !== undefined && node.values.every((value) => numberIn(value) !== undefined);
    case 'compare': {
      const { left, right, test } = node;
      const isNumber = right.op === 'literal' && numberIn(right.value) !== undefined;
      return test !== '==' && isNumber && searchField(left) !== undefined;
    }
    case 'inQuery':
      return (
        node.test === 'equals' &&
        !node.caseSensitive &&
        node.quantifier === 'any' &&
        searchField(node.subject) !== undefined
      );
    case 'matchScalar':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}

function searchField(node: Scalar): Field | undefined {
  if (node.op !== 'field' || node.path.length > 0) return undefined;
  // The event time is bounded by time modifiers; `where` compares it as the number that it is.
  if (node.name === '_time') return undefined;
  return isSearchableName(node.name) || PLACES.has(node.name) ? node : undefined;
}

function isSearchableMatch(node: Extract<Predicate, { op: 'match' }>): boolean {
  if (node.caseSensitive || searchField(node.subject) === undefined) return false;
  const isSafe = (value: string): boolean => value !== '' && !hasControlCharacters(value);
  switch (node.test) {
    case 'equals':
      return node.values.every((value) => isSafe(value) && !value.includes('*') && !RANGE.test(value));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return node.values.every((value) => isSafe(value) && !value.includes('*'));
    case 'wildcard':
      // `*` in the middle; no `?`, and no character that is escaped. `*` alone asks for a value, which may be missing.
      return node.values.every((value) => isSafe(value) && !/\?|\\[*?]|^\*+$/.test(value));
    case 'term':
    case 'termPrefix':
    case 'termSuffix':
    case 'regex':
      return false;
  }
}

/** A predicate for which {@link isSearchable} holds. */
export function emitSearch(node: Predicate): SearchExpression {
  switch (node.op) {
    case 'constant':
      return { kind: 'term', value: { text: '*', quoted: false }, span: NO_SPAN };
    case 'and':
    case 'or':
      return {
        kind: node.op,
        of: node.of.map(emitSearch).flatMap((of) => (of.kind === node.op ? of.of : [of])),
        span: NO_SPAN,
      };
    case 'not': {
      return { kind: 'not', of: emitSearch(node.of), span: NO_SPAN };
    }
    case 'match': {
      const values = node.values.map((value) => ({ text: searchText(node.test, value), quoted: true }));
      if (node.quantifier === 'any' || values.length === 1) return membership(node.subject, values);
      return { kind: 'and', of: values.map((value) => membership(node.subject, [value])), span: NO_SPAN };
    }
    case 'oneOf': {
      const values = node.values.map((value) => ({ text: String(numberIn(value)), quoted: false }));
      return membership(node.subject, values);
    }
    case 'compare': {
      const number = node.right.op === 'literal' ? numberIn(node.right.value) : undefined;
      if (number === undefined || node.test === '==') break;
      const value = { text: String(number), quoted: false };
      return { kind: 'comparison', field: nameOf(node.left), operator: node.test, value, span: NO_SPAN };
    }
    case 'inQuery':
      return {
        kind: 'subsearch',
        search: { commands: [...emitPipeline(node.query), { command: 'format', span: NO_SPAN }], span: NO_SPAN },
        span: NO_SPAN,
      };
    case 'matchScalar':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'isTrue':
    case 'opaque':
      break;
  }
  throw new NotExpressible(`a test ${node.op} in a search`);
}

function nameOf(subject: Scalar): string {
  if (subject.op === 'field') return subject.name;
  throw new NotExpressible('a computed subject in a search');
}

function membership(subject: Scalar, values: readonly SearchValue[]): SearchExpression {
  const field = nameOf(subject);
  const [first] = values;
  if (first !== undefined && values.length === 1) {
    return { kind: 'comparison', field, operator: '=', value: first, span: NO_SPAN };
  }
  return { kind: 'in', field, values, span: NO_SPAN };
}

function searchText(test: string, value: string): string {
  switch (test) {
    case 'contains':
      return `*${value}*`;
    case 'startsWith':
      return `${value}*`;
    case 'endsWith':
      return `*${value}`;
    case 'wildcard':
      return value.replaceAll('\\\\', '\\');
    default:
      return value;
  }
}
