/**
 * One wording for predicates and scalars that YARA-L says in one way: patterns that are plain tests become those, terms
 * lose the boundaries they have anyway, functions take the form in which YARA-L has them. It changes no meaning. A
 * Detection is put into this wording both when it is adapted and when it is raised, so both ways meet.
 */
import * as b from '../../src/ir/build.ts';
import type { PredicateOf } from '../../src/ir/build.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import { equalsIgnoringCase, passesTest } from '../../src/ir/text.ts';
import type { Field, Predicate, Scalar, ScalarFunction, Value } from '../../src/ir/types.ts';
import { rewritePredicate, rewriteScalar } from '../../src/ir/walk.ts';
import { escapePattern, leadingFlags, type PlainTest, plainTestOf, reduceTerm, safePattern } from './pattern.ts';
import { enumValues, udmKind } from './udm.ts';

type Match = PredicateOf<'match'>;

/** The predicate in the one wording, negation at the leaves. */
export function wordPredicate(predicate: Predicate): Predicate {
  const rewriter = { predicate: wordLeaf, scalar: wordCall };
  return tidyPredicateTree(rewritePredicate(tidyPredicateTree(predicate), rewriter));
}

export function wordScalar(scalar: Scalar): Scalar {
  return rewriteScalar(scalar, { predicate: wordLeaf, scalar: wordCall });
}

function wordLeaf(node: Predicate): Predicate {
  switch (node.op) {
    case 'match':
      return wordMatch(node);
    case 'matchScalar':
      return wordMatchScalar(node);
    case 'between':
      return b.and(
        [b.compare(node.subject, '>=', node.low, node.span), b.compare(node.subject, '<=', node.high, node.span)],
        node.span,
      );
    case 'oneOf':
      return wordOneOf(node);
    case 'compare':
      return { ...node, left: numberFor(node.right, node.left), right: numberFor(node.left, node.right) };
    case 'missing':
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return node;
  }
}

// ---------------------------------------------------------------------------------------------- text tests

function wordMatch(node: Match): Predicate {
  if (node.quantifier === 'all' && node.values.length > 1) {
    return b.and(
      node.values.map((value) => wordMatch({ ...node, values: [value], quantifier: 'any' })),
      node.span,
    );
  }
  const folded = withoutCaseCall(node);
  if (folded !== undefined) return folded.op === 'match' ? wordMatch(folded) : folded;
  if (node.subject.op === 'field') {
    const known = enumValues(node.subject.name);
    if (known !== undefined && node.test === 'equals') return wordEnum(node, node.subject, known);
    if (known !== undefined && known.length > 0 && node.test !== 'regex' && node.test !== 'wildcard') {
      const { test } = node;
      const passing = known.filter((name) =>
        node.values.some((value) => passesTest(name, test, value, node.caseSensitive)),
      );
      return wordEnum({ ...node, test: 'equals', values: passing }, node.subject, known);
    }
  }
  return b.or(
    node.values.map((value) => wordValue(node, value)),
    node.span,
  );
}

function wordValue(node: Match, value: string): Predicate {
  if (node.test === 'regex') return wordPattern(node, value);
  return node.test === 'wildcard' ? wordPattern(node, wildcardPattern(value)) : wordPlain(node, node.test, value);
}

/** A wildcard value as a pattern for the whole text: `*` any text, `?` any character, `\\` escapes. */
function wildcardPattern(value: string): string {
  let pattern = '';
  for (const [part] of value.matchAll(/\\[*?\\]|[^]/gu)) {
    if (part === '*') pattern += '.*';
    else if (part === '?') pattern += '.';
    else pattern += escapePattern(part.length === 2 && part.startsWith('\\') ? part.slice(1) : part);
  }
  return `(?s)^${pattern}$`;
}

function wordPlain(node: Match, test: PlainTest, value: string): Match {
  const caseSensitive = node.caseSensitive || hasNoCase(value);
  return {
    ...node,
    test: value === '' ? test : reduceTerm(test, value),
    values: [value],
    quantifier: 'any',
    caseSensitive,
  };
}

/** Whether letter case makes no difference to a value, so that a test for it need not say that it does not count. */
const hasNoCase = (value: string): boolean => value !== '' && !/[^\x20-\x40\x5b-\x60\x7b-\x7e]/.test(value);

function wordPattern(node: Match, pattern: string): Predicate {
  const { flags, rest } = leadingFlags(pattern);
  const caseSensitive = node.caseSensitive && !flags.includes('i');
  const others = flags.replaceAll('i', '');
  const plain = others.includes('m') ? undefined : plainTestOf(rest);
  const { subject, span } = node;
  if (plain !== undefined) {
    const { test, values } = plain;
    return b.or(
      values.map((value) => wordMatch({ ...node, caseSensitive, test, values: [value], quantifier: 'any' })),
      span,
    );
  }
  const kept = others === '' ? rest : `(?${others})${rest}`;
  return b.match(subject, 'regex', [safePattern(kept)], { caseSensitive }, span);
}

/** A test on the lower- or upper-case form of a text is one in which case does not count, for values of that form. */
function withoutCaseCall(node: Match): Predicate | undefined {
  const { subject, test } = node;
  if (subject.op !== 'call' || (subject.fn !== 'lower' && subject.fn !== 'upper')) return undefined;
  const [of] = subject.args;
  if (of === undefined || test === 'regex' || test === 'wildcard') return undefined;
  if (!node.caseSensitive) return { ...node, subject: of };
  const form = (value: string): string => (subject.fn === 'lower' ? value.toLowerCase() : value.toUpperCase());
  const values = node.values.filter((value) => value === form(value));
  if (values.length === 0) return b.constant(false, node.span);
  return { ...node, subject: of, values, caseSensitive: false };
}

/** Enumerated fields are compared with the names of their values, which have one spelling; the zero value is no value. */
function wordEnum(node: Match, subject: Field, known: readonly string[]): Predicate {
  const names = node.values.map((value) => known.find((name) => equalsIgnoringCase(name, value)) ?? value);
  const [zero] = known;
  return b.or(
    names.map((name) =>
      name === zero
        ? b.missing(subject, 'empty', node.span)
        : b.match(subject, 'equals', [name], { caseSensitive: true }, node.span),
    ),
    node.span,
  );
}

function wordMatchScalar(node: PredicateOf<'matchScalar'>): Predicate {
  const left = caseCall(node.subject);
  const right = caseCall(node.value);
  if (left === undefined || right === undefined || left.fn !== right.fn) return node;
  return { ...node, subject: left.of, value: right.of, caseSensitive: false };
}

function caseCall(scalar: Scalar): { readonly fn: string; readonly of: Scalar } | undefined {
  if (scalar.op !== 'call' || (scalar.fn !== 'lower' && scalar.fn !== 'upper')) return undefined;
  const [of] = scalar.args;
  return of === undefined ? undefined : { fn: scalar.fn, of };
}

// ---------------------------------------------------------------------------------------------- numbers

function wordOneOf(node: PredicateOf<'oneOf'>): Predicate {
  const { subject, span } = node;
  const values = node.values.map((value) => numberLike(subject, value));
  const others = values.filter((value) => value.type !== 'bool');
  const flags = values.filter((value) => value.type === 'bool');
  if (flags.length === 0) return { ...node, values };
  return b.or(
    [
      ...flags.map((flag) => {
        const isSet = b.isTrue(subject, span);
        return flag.value ? isSet : b.not(isSet, span);
      }),
      ...(others.length === 0 ? [] : [b.oneOf(subject, others, span)]),
    ],
    span,
  );
}

/** A numeric literal in the type of the field that it is compared with. */
function numberFor(field: Scalar, scalar: Scalar): Scalar {
  if (scalar.op !== 'literal') return scalar;
  const value = numberLike(field, scalar.value);
  return value === scalar.value ? scalar : b.literal(value, scalar.span);
}

function numberLike(subject: Scalar, value: Value): Value {
  if (subject.op !== 'field') return value;
  const kind = udmKind(subject.name, subject.path[0]);
  if (kind === 'float' && value.type === 'long') return { type: 'real', value: Number(value.value) };
  const isWhole = (value.type === 'real' || value.type === 'decimal') && Number.isSafeInteger(value.value);
  if (kind === 'integer' && isWhole) return { type: 'long', value: BigInt(value.value) };
  return value.type === 'decimal' ? { type: 'real', value: value.value } : value;
}

// ---------------------------------------------------------------------------------------------- functions

const textOf = (scalar: Scalar | undefined): string | undefined =>
  scalar?.op === 'literal' && scalar.value.type === 'string' ? scalar.value.value : undefined;

const numberOf = (scalar: Scalar | undefined): number | undefined =>
  scalar?.op === 'literal' && scalar.value.type === 'long' ? Number(scalar.value.value) : undefined;

type Call = Extract<Scalar, { readonly op: 'call' }>;

function wordCall(node: Scalar): Scalar {
  return node.op === 'call' ? (CALLS[node.fn]?.(node) ?? node) : node;
}

/** The form in which YARA-L has a function; `undefined`: as it is. */
const CALLS: Readonly<Partial<Record<ScalarFunction, (node: Call) => Scalar | undefined>>> = {
  replaceText({ args: [subject, lookup, rewrite], span }) {
    const text = textOf(lookup);
    const by = textOf(rewrite);
    if (subject === undefined || text === undefined || by === undefined || text === '') return undefined;
    const args = [subject, b.text(escapePattern(text)), b.text(by.replaceAll('\\', '\\\\'))];
    return b.call('replaceRegex', args, 'string', span);
  },
  replaceRegex({ args: [subject, lookup, rewrite], span }) {
    const pattern = textOf(lookup);
    if (subject === undefined || rewrite === undefined || pattern === undefined) return undefined;
    return b.call('replaceRegex', [subject, b.text(safePattern(pattern)), rewrite], 'string', span);
  },
  extract({ args: [regex, number, subject], span }) {
    const pattern = textOf(regex);
    const group = numberOf(number);
    if (pattern === undefined || group === undefined || subject === undefined) return undefined;
    const isolated = isolateGroup(safePattern(pattern), group);
    if (isolated === undefined) return undefined;
    return b.call('extract', [b.text(isolated), b.long(group === 0 ? 0 : 1), subject], 'string', span);
  },
  toText: ({ args: [value] }) => (value !== undefined && givesText(value) ? value : undefined),
  // `cast.as_int` reads texts; the field may be a number where the column is a text.
  toLong: ({ args: [value] }) => (value?.op === 'field' && isInteger(value) ? value : undefined),
  hourOfDay({ args: [time], span }) {
    const isInstant = time?.op === 'call' && time.fn === 'fromUnixSeconds';
    if (time === undefined || isInstant) return undefined;
    return b.call('hourOfDay', [b.call('fromUnixSeconds', [time], 'datetime')], 'long', span);
  },
  element({ args: [pieces, step], type, span }) {
    const [text, delimiter, index] = pieces?.op === 'call' && pieces.fn === 'split' ? pieces.args : [];
    if (text === undefined || delimiter === undefined || index === undefined || numberOf(step) !== 0) return undefined;
    return b.call('element', [b.call('split', [text, delimiter], 'dynamic'), index], type, span);
  },
};

const isInteger = ({ name, path: [key] }: Field): boolean => name.includes('.') && udmKind(name, key) === 'integer';

/** Pieces of a text are texts, whatever type they are said to have. */
const givesText = (scalar: Scalar): boolean =>
  (scalar.op === 'call' && (scalar.type === 'string' || scalar.fn === 'element')) ||
  (scalar.op === 'field' && udmKind(scalar.name, scalar.path[0]) === 'text' && scalar.name.includes('.'));

/**
 * The pattern with only one of its groups capturing (0: none), for `re.capture` takes no more than one. `undefined` when
 * there is no such group.
 */
function isolateGroup(pattern: string, group: number): string | undefined {
  let seen = 0;
  let isolated = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      isolated += pattern.slice(at, at + 2);
      at++;
      continue;
    }
    if (character === '[' && !inClass) {
      inClass = true;
      // A bracket that comes first in a class stands for itself.
      const lead = /^\[\^?\]?/.exec(pattern.slice(at))?.[0] ?? '[';
      isolated += lead;
      at += lead.length - 1;
      continue;
    }
    if (character === ']') inClass = false;
    const named = character === '(' && !inClass ? /^\(\?P?<[^>]*>/.exec(pattern.slice(at)) : null;
    if (character === '(' && !inClass && (named !== null || pattern[at + 1] !== '?')) {
      isolated += ++seen === group ? '(' : '(?:';
      at += (named?.[0].length ?? 1) - 1;
    } else isolated += character;
  }
  return group > seen ? undefined : isolated;
}
