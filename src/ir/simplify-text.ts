/** Tests of computed texts as tests of the texts they are computed from. Every rule is an equivalence for all texts. */
import { and, constant, match, missing, or } from './build.ts';
import type { PredicateOf } from './build.ts';
import { ignoresUpperCase, quoteRegex } from './regex-syntax.ts';
import { foldCase, upperCase } from './text.ts';
import type { Predicate, Scalar, ScalarFunction, TextTest } from './types.ts';

type Match = PredicateOf<'match'>;

/** One value of a match, with all that a rule needs to know. */
interface Single {
  readonly test: TextTest;
  readonly value: string;
  readonly caseSensitive: boolean;
  readonly node: Match;
}

/** A match on a call, value by value; `undefined` when a value has no exact counterpart. */
export function simplifyMatch(node: Match): Predicate | undefined {
  const { subject, test, caseSensitive } = node;
  if (subject.op !== 'call') return undefined;
  const rule = RULES[subject.fn]?.(subject.args);
  if (rule === undefined) return undefined;
  const made: Predicate[] = [];
  for (const value of node.values) {
    const one = rule({ test, value, caseSensitive, node });
    if (one === undefined) return undefined;
    made.push(one);
  }
  return node.quantifier === 'any' ? or(made, node.span) : and(made, node.span);
}

type Rule = (single: Single) => Predicate | undefined;

/** By function; each gives a rule for the values, or none when the arguments are not of the right kind. */
const RULES: Readonly<Partial<Record<ScalarFunction, (args: readonly Scalar[]) => Rule | undefined>>> = {
  lower: ([inner]) => inner && ((single) => withoutCase(inner, single, foldCase)),
  upper: ([inner]) => inner && ((single) => withoutCase(inner, single, upperCase)),
  substring: ([inner, start, length]) =>
    inner && length && numberOf(start) === 0 ? (single) => prefix(inner, length, single) : undefined,
  element: ([container, key]) => container && pieceRule(container, key),
  concat: (parts) => (single) => concatenation(parts, single),
};

const matching = (subject: Scalar, test: TextTest, value: string, { caseSensitive, node }: Single): Match => ({
  op: 'match',
  subject,
  test,
  values: [value],
  quantifier: 'any',
  caseSensitive,
  span: node.span,
});

const never = ({ node }: Single): Predicate => constant(false, node.span);

/** Equality also with the empty text, which `match` leaves to `missing`. */
function equalTo(subject: Scalar, value: string, single: Single): Predicate {
  return value === '' ? missing(subject, 'empty', single.node.span) : matching(subject, 'equals', value, single);
}

// ---------------------------------------------------------------------------------------------- letter case

/** A test of `lower(x)`: what is not lower case itself never occurs in it, and else the case of `x` does not count. */
function withoutCase(inner: Scalar, single: Single, fold: (text: string) => string): Predicate | undefined {
  const { test, value, caseSensitive } = single;
  if (!caseSensitive) return matching(inner, test, value, single);
  if (test === 'regex') {
    return fold === foldCase && ignoresUpperCase(value)
      ? matching(inner, test, value, { ...single, caseSensitive: false })
      : undefined;
  }
  if (fold(value) !== value) return never(single);
  // Upper case is not one-to-one beyond ASCII (`ſ` and `s` are both `S`), where the tests compare lower case.
  if (fold === upperCase && foldCase(value) === value && /[^ -~]/.test(value)) return undefined;
  return matching(inner, test, value, { ...single, caseSensitive: false });
}

// ---------------------------------------------------------------------------------------------- parts of texts

function numberOf(scalar: Scalar | undefined): number | undefined {
  return scalar?.op === 'literal' && scalar.value.type === 'long' ? Number(scalar.value.value) : undefined;
}

function textOf(scalar: Scalar | undefined): string | undefined {
  return scalar?.op === 'literal' && scalar.value.type === 'string' ? scalar.value.value : undefined;
}

/** `substring(x, 0, n)`: a test of the beginning. Characters beyond the basic plane may count as two: left alone. */
function prefix(inner: Scalar, length: Scalar, single: Single): Predicate | undefined {
  const { test, value } = single;
  const most = numberOf(length);
  if (most === undefined || most <= 0 || value === '' || /[^ -~]/.test(value)) return undefined;
  if (test === 'startsWith') return value.length > most ? never(single) : matching(inner, 'startsWith', value, single);
  if (test !== 'equals' || value.length > most) return test === 'equals' ? never(single) : undefined;
  return matching(inner, value.length === most ? 'startsWith' : 'equals', value, single);
}

/** `split(x, d)[i]` and `parse_path(x).Filename`. */
function pieceRule(container: Scalar, key: Scalar | undefined): Rule | undefined {
  if (container.op !== 'call') return undefined;
  const [inner, delimiterScalar, only] = container.args;
  if (inner === undefined) return undefined;
  if (container.fn === 'parsePath' && textOf(key) === 'Filename') return (single) => fileName(inner, single);
  const index = numberOf(key);
  const delimiter = textOf(delimiterScalar);
  if (container.fn !== 'split' || index === undefined || delimiter === undefined || delimiter === '') return undefined;
  if (only === undefined) return (single) => piece(inner, delimiter, index, single);
  // `split(x, d, n)` is an array of that piece alone.
  const chosen = numberOf(only);
  return index === 0 && chosen !== undefined && chosen >= 0
    ? (single) => piece(inner, delimiter, chosen, single)
    : undefined;
}

function fileName(inner: Scalar, single: Single): Predicate | undefined {
  const { test, value } = single;
  if (value === '' || /[\\/:]/.test(value)) return undefined;
  if (test === 'endsWith') return undefined;
  if (test !== 'equals') return undefined;
  return or([
    matching(inner, 'equals', value, single),
    matching(inner, 'endsWith', `\\${value}`, single),
    matching(inner, 'endsWith', `/${value}`, single),
  ]);
}

/** A test of one of the pieces between delimiters. */
function piece(inner: Scalar, delimiter: string, index: number, single: Single): Predicate | undefined {
  const { test, value, caseSensitive } = single;
  // Pieces are split at the delimiter as written; a test that ignores case would also take its other spelling.
  if (!caseSensitive && foldCase(delimiter) !== upperCase(delimiter)) return undefined;
  if (test === 'regex' || test === 'wildcard' || test.startsWith('term')) return undefined;
  if (value.includes(delimiter)) return never(single);
  if (value === '') return undefined;
  // With a longer delimiter a piece may begin or end with a part of it, so that a match might straddle the border.
  if (delimiter.length > 1) return undefined;
  if (index === -1 && test === 'equals') {
    return or([equalTo(inner, value, single), matching(inner, 'endsWith', delimiter + value, single)]);
  }
  if (index === -1 && test === 'endsWith') return matching(inner, 'endsWith', value, single);
  if (index === 0 && test === 'equals') {
    return or([equalTo(inner, value, single), matching(inner, 'startsWith', value + delimiter, single)]);
  }
  if (index === 0 && test === 'startsWith') return matching(inner, 'startsWith', value, single);
  return pieceRegex(inner, delimiter, index, single);
}

function pieceRegex(inner: Scalar, delimiter: string, index: number, single: Single): Predicate | undefined {
  if (Math.abs(index) > 50) return undefined;
  const border = quoteRegex(delimiter);
  const other = `[^${delimiter === '\\' || delimiter === ']' || delimiter === '^' || delimiter === '-' ? '\\' : ''}${delimiter}]*`;
  const wanted = quoteRegex(single.value);
  const body = {
    equals: wanted,
    startsWith: wanted + other,
    endsWith: other + wanted,
    contains: other + wanted + other,
  }[single.test as 'equals' | 'startsWith' | 'endsWith' | 'contains'];
  const before = index > 0 ? `^(?:${other}${border}){${index}}` : index === 0 ? '^' : `(?:^|${border})`;
  const after = index >= 0 ? `(?:${border}|$)` : index === -1 ? '$' : `(?:${border}${other}){${-index - 1}}$`;
  return matching(inner, 'regex', before + body + after, single);
}

// ---------------------------------------------------------------------------------------------- concatenation

/** `strcat("p", x, "d", y, "s") == v` as equalities of the parts, where v can be taken apart in one way only. */
function concatenation(parts: readonly Scalar[], single: Single): Predicate | undefined {
  if (single.test !== 'equals') return undefined;
  const fold = single.caseSensitive ? (text: string): string => text : foldCase;
  const list = [...parts];
  // Case folding keeps lengths, so that positions in the folded text are positions in the value.
  let { value } = single;
  const head = textOf(list[0]);
  if (head !== undefined) {
    if (!fold(value).startsWith(fold(head))) return never(single);
    value = value.slice(head.length);
    list.shift();
  }
  const tail = textOf(list.at(-1));
  if (tail !== undefined) {
    if (!fold(value).endsWith(fold(tail))) return never(single);
    value = value.slice(0, value.length - tail.length);
    list.pop();
  }
  const [left, between, right] = list;
  if (left === undefined) return constant(value === '', single.node.span);
  if (list.length === 1) return equalTo(left, value, single);
  const delimiter = textOf(between);
  if (list.length !== 3 || right === undefined || delimiter === undefined || delimiter === '') return undefined;
  const at = fold(value).indexOf(fold(delimiter));
  if (at < 0) return never(single);
  if (fold(value).includes(fold(delimiter), at + 1)) return undefined;
  return and([equalTo(left, value.slice(0, at), single), equalTo(right, value.slice(at + delimiter.length), single)]);
}

/** Whether a text holds another, as a test: what functions that count or locate come down to. */
export function holding(subject: Scalar, value: string, test: TextTest, span: Match['span']): Predicate {
  return match(subject, test, value, { caseSensitive: true }, span);
}
