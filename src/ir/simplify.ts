/**
 * Says predicates on computed values as predicates on what they are computed from, where that is exact: true, false and
 * null of the same rows. `tolower(x) == "a"` is a case-insensitive equality; a condition on `iff(c, "A", "B")` is one on
 * `c`; `split(x, "\\")[-1] =~ "a.exe"` is `x` being or ending with it. What has no exact counterpart stays a call: what to
 * make of it is the emitters' decision.
 */
import { and, call, field, missing, not, or, text } from './build.ts';
import type { PredicateOf, ScalarOf } from './build.ts';
import { canonicalTextOfPredicate, canonicalTextOfScalar, stableJson } from './canonical.ts';
import { tidyPredicateTree } from './normalise.ts';
import { withoutToText } from './normalise-predicate.ts';
import { simplifyCallTest } from './simplify-call.ts';
import { simplifyMatch } from './simplify-text.ts';
import type { Predicate, Scalar, ScalarFunction } from './types.ts';
import { foldParts, outsideSubqueries, predicatePart, rewritePredicate, rewriteScalar } from './walk.ts';
import type { Entering } from './walk.ts';

/** Leaves are looked at again after a rewrite, but only so often and so deep: conditions inside conditions can multiply. */
const MOST_REWRITES = 2000;
const DEEPEST_REWRITE = 60;

/** A predicate over stored fields as far as that is exact, tidied. */
export function simplifyPredicate(root: Predicate): Predicate {
  const budget = { left: MOST_REWRITES };
  return tidyPredicateTree(
    rewritePredicate(
      root,
      { scalar: simplifyScalarNode, predicate: (node) => simplifyLeaf(node, budget, 0) },
      outsideSubqueries,
    ),
  );
}

/** A scalar with detours removed: places in structures as fields, conversions that convert nothing. */
export function simplifyScalar(root: Scalar): Scalar {
  const simple = rewriteScalar(root, { scalar: simplifyScalarNode }, isNotSimple);
  simplified.add(simple);
  return simple;
}

/** What has been simplified before: columns computed from columns are put into each other again and again. */
const simplified = new WeakSet<Scalar>();

const isNotSimple: Entering = (part) =>
  outsideSubqueries(part) && !(part.kind === 'scalar' && simplified.has(part.node));

function simplifyLeaf(node: Predicate, budget: { left: number }, depth: number): Predicate {
  if (budget.left <= 0 || depth > DEEPEST_REWRITE) return node;
  const simpler = rewriteOnce(node);
  if (simpler === undefined) return node;
  budget.left--;
  return rewritePredicate(
    simpler,
    {
      scalar: simplifyScalarNode,
      predicate: (inner) => (isJunction(inner) ? inner : simplifyLeaf(inner, budget, depth + 1)),
    },
    outsideSubqueries,
  );
}

const isJunction = (node: Predicate): boolean => node.op === 'and' || node.op === 'or' || node.op === 'not';

/** The leaf without conversions to text of what is read as text anyway; `undefined` when there are none. */
function readAsText(node: Predicate): Predicate | undefined {
  if (node.op === 'missing' && node.counts !== 'empty') return undefined;
  if (node.op !== 'match' && node.op !== 'matchScalar' && node.op !== 'missing') return undefined;
  const subject = withoutToText(node.subject);
  if (node.op !== 'matchScalar') return subject === node.subject ? undefined : { ...node, subject };
  const value = withoutToText(node.value);
  return subject === node.subject && value === node.value ? undefined : { ...node, subject, value };
}

/** One step towards stored fields; `undefined` when there is none. */
function rewriteOnce(node: Predicate): Predicate | undefined {
  const asText = readAsText(node);
  if (asText !== undefined) return asText;
  switch (node.op) {
    case 'match':
      return decide(node.subject, (subject) => ({ ...node, subject })) ?? simplifyMatch(node);
    case 'matchScalar':
      return (
        decide(node.subject, (subject) => ({ ...node, subject })) ??
        decide(node.value, (value) => ({ ...node, value })) ??
        withoutLetterCase(node)
      );
    case 'oneOf':
      return foldOneOf(node) ?? decide(node.subject, (subject) => ({ ...node, subject })) ?? simplifyCallTest(node);
    case 'compare':
      return (
        decide(node.left, (left) => ({ ...node, left })) ??
        decide(node.right, (right) => ({ ...node, right })) ??
        simplifyCallTest(node)
      );
    case 'between':
      return decide(node.subject, (subject) => ({ ...node, subject }));
    case 'missing':
      // Only a field can be absent.
      if (node.counts === 'absent') return undefined;
      return foldMissing(node) ?? decide(node.subject, (subject) => ({ ...node, subject })) ?? simplifyCallTest(node);
    case 'ipInRange':
      return decide(node.subject, (subject) => ({ ...node, subject }));
    // A query is asked once, with the value that was chosen.
    case 'inQuery':
      return undefined;
    case 'isTrue':
      return decide(node.of, (of) => ({ ...node, of })) ?? simplifyCallTest(node);
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- conditionals

/** A leaf about a conditional scalar as conditions and leaves about its cases. */
function decide(scalar: Scalar, leaf: (scalar: Scalar) => Predicate): Predicate | undefined {
  const conditional = asConditional(scalar);
  if (conditional === undefined) return undefined;
  let result = tidyLeaf(leaf(conditional.otherwise));
  for (const { when, then } of conditional.cases.toReversed()) {
    const holds = whenTrue(when);
    if (holds === undefined) return undefined;
    result = pick(holds, tidyLeaf(leaf(then)), result);
  }
  return result;
}

const tidyLeaf = (leaf: Predicate): Predicate => {
  const tidied = tidyPredicateTree(leaf);
  return (
    (tidied.op === 'oneOf' ? foldOneOf(tidied) : tidied.op === 'missing' ? foldMissing(tidied) : undefined) ?? tidied
  );
};

function pick(holds: Predicate, then: Predicate, otherwise: Predicate): Predicate {
  if (canonicalTextOfPredicate(then) === canonicalTextOfPredicate(otherwise)) return then;
  if (then.op === 'constant') return then.value ? or([holds, otherwise]) : and([not(holds), otherwise]);
  if (impliesPresence(then, holds)) return or([then, and([not(holds), otherwise])]);
  if (otherwise.op === 'constant') return otherwise.value ? or([not(holds), then]) : and([holds, then]);
  return or([and([holds, then]), and([not(holds), otherwise])]);
}

/** Whether a test for values that are not empty already says that its subject, which `present` asks for, is there. */
function impliesPresence(test: Predicate, present: Predicate): boolean {
  if (test.op !== 'match' || test.test === 'regex' || test.test === 'wildcard' || test.values.includes(''))
    return false;
  if (present.op !== 'not' || present.of.op !== 'missing' || present.of.counts === 'absent') return false;
  return canonicalTextOfScalar(test.subject) === canonicalTextOfScalar(present.of.subject);
}

/** `choose`, or a `coalesce` as the choice that it is. */
function asConditional(scalar: Scalar): Pick<ScalarOf<'choose'>, 'cases' | 'otherwise'> | undefined {
  if (scalar.op === 'choose') return scalar;
  if (scalar.op !== 'call' || scalar.fn !== 'coalesce') return undefined;
  const last = scalar.args.at(-1);
  if (last === undefined) return undefined;
  const counts = scalar.type === 'string' ? 'empty' : 'null';
  return {
    cases: scalar.args.slice(0, -1).map((then) => ({ when: not(missing(then, counts)), then })),
    otherwise: last,
  };
}

/** A predicate that is true when this one is, and false (never null) otherwise; `undefined` where none can be said. */
function whenTrue(predicate: Predicate): Predicate | undefined {
  const normal = tidyPredicateTree(predicate);
  return foldParts<Predicate | undefined>(
    predicatePart(normal),
    (part, operands) => {
      if (part.kind !== 'predicate') return undefined;
      const { node } = part;
      if (node.op === 'and' || node.op === 'or') {
        const known = operands.filter((operand) => operand !== undefined);
        if (known.length < operands.length) return undefined;
        return node.op === 'and' ? and(known, node.span) : or(known, node.span);
      }
      const operandsOfLeaf = mayBeNullFrom(node.op === 'not' ? node.of : node);
      if (operandsOfLeaf === undefined) return undefined;
      return and([...operandsOfLeaf.map((operand) => not(missing(operand, 'null'))), node], node.span);
    },
    (part) => part.kind === 'predicate' && (part.node.op === 'and' || part.node.op === 'or'),
  );
}

/** The operands whose being null makes a leaf null; `undefined` where other things do. */
function mayBeNullFrom(leaf: Predicate): readonly Scalar[] | undefined {
  const open = (...operands: Scalar[]): readonly Scalar[] =>
    operands.filter((operand) => operand.op !== 'literal' && operand.op !== 'now');
  switch (leaf.op) {
    case 'constant':
    case 'match':
    case 'matchScalar':
    case 'missing':
    case 'inQuery':
    case 'oneOf':
      return [];
    case 'compare': {
      const isPlain = (side: Scalar): boolean => side.op === 'literal' && side.value.type !== 'null';
      return leaf.test === '==' && (isPlain(leaf.left) || isPlain(leaf.right)) ? [] : open(leaf.left, leaf.right);
    }
    case 'between':
      return open(leaf.subject, leaf.low, leaf.high);
    case 'isTrue':
      return leaf.of.op === 'test' ? mayBeNullFrom(leaf.of.of) : open(leaf.of);
    // An address that is none makes it null.
    case 'ipInRange':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- small leaves

function foldOneOf(node: PredicateOf<'oneOf'>): Predicate | undefined {
  const { subject } = node;
  if (subject.op !== 'literal') return undefined;
  if (node.values.some((one) => one.type === 'null')) return undefined;
  if (subject.value.type === 'null') return { op: 'constant', value: false, span: node.span };
  const { type } = subject.value;
  if (type === 'real' || type === 'decimal' || type === 'dynamic' || node.values.some((one) => one.type !== type))
    return undefined;
  const wanted = stableJson(subject.value);
  return { op: 'constant', value: node.values.some((one) => stableJson(one) === wanted), span: node.span };
}

function foldMissing(node: PredicateOf<'missing'>): Predicate | undefined {
  const { subject, counts, span } = node;
  // A text is never null.
  if (counts === 'null' && 'type' in subject && subject.type === 'string')
    return { op: 'constant', value: false, span };
  if (subject.op !== 'literal' || counts === 'absent') return undefined;
  const { value } = subject;
  if (value.type === 'dynamic') return undefined;
  if (value.type === 'null' && value.of !== 'string') return { op: 'constant', value: true, span };
  const empty = value.type === 'null' || (value.type === 'string' && value.value === '');
  return { op: 'constant', value: counts === 'empty' && empty, span };
}

/** `lower(a)` equal to `lower(b)`: equal whatever the case. */
function withoutLetterCase(node: PredicateOf<'matchScalar'>): Predicate | undefined {
  const { subject, value, test, caseSensitive } = node;
  if (test === 'regex' || test === 'wildcard') return undefined;
  const sides = [subject, value].map((side) =>
    side.op === 'call' && (side.fn === 'lower' || side.fn === 'upper') ? side : undefined,
  );
  const [left, right] = sides;
  if (!caseSensitive) {
    if (left === undefined && right === undefined) return undefined;
    return { ...node, subject: left?.args[0] ?? subject, value: right?.args[0] ?? value };
  }
  if (left === undefined || right === undefined || left.fn !== right.fn || left.fn !== 'lower') return undefined;
  return { ...node, subject: left.args[0] ?? subject, value: right.args[0] ?? value, caseSensitive: false };
}

// ---------------------------------------------------------------------------------------------- scalars

function simplifyScalarNode(node: Scalar): Scalar {
  return node.op === 'call' ? (SCALAR_RULES[node.fn]?.(node) ?? node) : node;
}

type Call = ScalarOf<'call'>;

const alreadyDynamic = ({ args: [first] }: Call): Scalar | undefined =>
  first !== undefined && 'type' in first && first.type === 'dynamic' ? first : undefined;

/** A place in a structure may hold a text with JSON of its own, so only what is made as a structure is none. */
const alreadyStructured = ({ args: [first] }: Call): Scalar | undefined =>
  first?.op === 'call' && STRUCTURES.has(first.fn) ? first : undefined;

const STRUCTURES: ReadonlySet<ScalarFunction> = new Set(['makeArray', 'makeBag', 'split', 'bagMerge', 'arrayConcat']);

const alreadyOfType = ({ args: [first], type }: Call): Scalar | undefined =>
  first !== undefined && 'type' in first && first.type === type ? first : undefined;

const SCALAR_RULES: Readonly<Partial<Record<ScalarFunction, (node: Call) => Scalar | undefined>>> = {
  element: (node) => {
    const [container, key] = node.args;
    return container && key && placeOf(container, key, node);
  },
  parseJson: alreadyStructured,
  toDynamic: alreadyDynamic,
  toLong: alreadyOfType,
  toReal: alreadyOfType,
  toDecimal: alreadyOfType,
  toBool: alreadyOfType,
  toDatetime: alreadyOfType,
  toTimespan: alreadyOfType,
  toGuid: alreadyOfType,
  concat: flatConcat,
};

/** The place inside a field or a bag of known keys, as the field or value itself. */
function placeOf(container: Scalar, key: Scalar, node: ScalarOf<'call'>): Scalar {
  if (key.op !== 'literal') return node;
  const step =
    key.value.type === 'string' ? key.value.value : key.value.type === 'long' ? Number(key.value.value) : undefined;
  if (step === undefined) return node;
  // A text column that holds JSON: a path below it goes into that JSON.
  const json = container.op === 'call' && container.fn === 'parseJson' ? container.args[0] : undefined;
  const base = json?.op === 'field' ? json : container;
  if (base.op === 'field') return field(base.name, [...base.path, step], 'dynamic', node.span);
  if (base.op === 'call' && base.fn === 'makeBag') return bagProperty(base, step) ?? node;
  return node;
}

function bagProperty(bag: ScalarOf<'call'>, step: string | number): Scalar | undefined {
  for (let index = 0; index + 1 < bag.args.length; index += 2) {
    const [key, value] = [bag.args[index], bag.args[index + 1]];
    if (key?.op !== 'literal' || key.value.type !== 'string') return undefined;
    if (key.value.value === step) return value;
  }
  return undefined;
}

/** Nested concatenations as one, neighbouring literals as one. */
function flatConcat(node: ScalarOf<'call'>): Scalar {
  const parts: Scalar[] = [];
  const add = (part: Scalar): void => {
    const last = parts.at(-1);
    if (
      part.op === 'literal' &&
      part.value.type === 'string' &&
      last?.op === 'literal' &&
      last.value.type === 'string'
    ) {
      parts[parts.length - 1] = text(last.value.value + part.value.value, last.span);
    } else parts.push(part);
  };
  for (const part of node.args) {
    if (part.op === 'call' && part.fn === 'concat') part.args.forEach(add);
    else add(part);
  }
  const [only] = parts;
  if (parts.length === 1 && only?.op === 'literal') return only;
  return parts.length === node.args.length ? node : call('concat', parts, node.type, node.span);
}
