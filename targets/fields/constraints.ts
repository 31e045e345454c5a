/** What a predicate fixes about the columns it tests, and what is left of it within a log source that knows as much. */
import type { Field, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { foldParts, partsOf, predicatePart, rewritePredicate } from '../../src/ir/walk.ts';
import type { Part } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import type { Constraints, LogSourceMatch, SigmaLogSource } from './types.ts';

/** The crosswalk's name of a place in an event: list positions are left out. */
export function pathName(field: Field): string {
  return [field.name, ...field.path.filter((step) => typeof step === 'string')].join('.');
}

/** Values compare without case and as text. */
export function constraintValue(value: string): string {
  return value.toLowerCase();
}

function textOf(value: Value): string | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
      return value.value;
    case 'long':
    case 'real':
    case 'decimal':
    case 'bool':
      return String(value.value);
    case 'dynamic':
      return typeof value.value === 'string' || typeof value.value === 'number' ? String(value.value) : undefined;
    case 'datetime':
    case 'timespan':
    case 'null':
      return undefined;
  }
}

/** The stored field under conversions that keep its value apart from type and case. */
function storedField(scalar: Scalar): Field | undefined {
  let inner = scalar;
  while (inner.op === 'call') {
    const keepsValue = inner.fn === 'toText' || inner.fn === 'toLong' || inner.fn === 'lower' || inner.fn === 'upper';
    const [argument] = inner.args;
    if (!keepsValue || argument === undefined || inner.args.length > 1) return undefined;
    inner = argument;
  }
  return inner.op === 'field' ? inner : undefined;
}

interface Pin {
  readonly column: string;
  readonly values: ReadonlySet<string>;
}

function pin(subject: Scalar, values: readonly (string | undefined)[]): Pin | undefined {
  const field = storedField(subject);
  if (field === undefined) return undefined;
  const texts = new Set<string>();
  for (const value of values) {
    if (value === undefined) return undefined;
    texts.add(constraintValue(value));
  }
  return { column: pathName(field), values: texts };
}

/** What a single test says when it is an equality of one column with literals, nothing else. */
function pinOf(leaf: Predicate): Pin | undefined {
  if (leaf.op === 'match') {
    const anyEquals = leaf.test === 'equals' && (leaf.quantifier === 'any' || leaf.values.length === 1);
    return anyEquals ? pin(leaf.subject, leaf.values) : undefined;
  }
  if (leaf.op === 'oneOf') return pin(leaf.subject, leaf.values.map(textOf));
  if (leaf.op === 'compare' && leaf.test === '==') {
    if (leaf.right.op === 'literal') return pin(leaf.left, [textOf(leaf.right.value)]);
    if (leaf.left.op === 'literal') return pin(leaf.right, [textOf(leaf.left.value)]);
  }
  return undefined;
}

function intersect(first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...first].filter((value) => second.has(value)));
}

/** Into the operands of `and` and `or`, not under negations and into scalars. */
const intoOperands = (part: Part): boolean =>
  part.kind === 'predicate' && (part.node.op === 'and' || part.node.op === 'or');

/** Into the operands of `and`, `or` and `not`, not into scalars. */
const intoLogic = (part: Part): boolean => intoOperands(part) || (part.kind === 'predicate' && part.node.op === 'not');

/** What all operands say together. */
function boundByAll(operands: readonly Constraints[]): Constraints {
  const found = new Map<string, ReadonlySet<string>>();
  for (const operand of operands) {
    for (const [column, values] of operand) {
      const before = found.get(column);
      found.set(column, before === undefined ? values : intersect(before, values));
    }
  }
  return found;
}

/** What is left when only one operand need hold: the columns that all of them bound. */
function boundByAny(operands: readonly Constraints[]): Constraints {
  const [first, ...others] = operands;
  const found = new Map<string, ReadonlySet<string>>();
  for (const [column, values] of first ?? []) {
    const elsewhere = others.map((operand) => operand.get(column)).filter((bound) => bound !== undefined);
    if (elsewhere.length < others.length) continue;
    found.set(column, new Set([...values, ...elsewhere.flatMap((bound) => [...bound])]));
  }
  return found;
}

/**
 * The columns that a predicate bounds to a few values, in whatever way its tests are combined: both operands of an `and`
 * count, and those columns of an `or` that every operand bounds. Negations bound nothing.
 */
export function constraintsOf(where: Predicate): Constraints {
  return foldParts<Constraints>(
    predicatePart(where),
    (part, operands) => {
      if (part.kind !== 'predicate') return new Map();
      if (part.node.op === 'and') return boundByAll(operands);
      if (part.node.op === 'or') return boundByAny(operands);
      const own = pinOf(part.node);
      return own === undefined ? new Map() : new Map([[own.column, own.values]]);
    },
    intoOperands,
  );
}

const constant = (value: boolean, like: Predicate): Predicate => ({ op: 'constant', value, span: like.span });

/** An `and` or `or` of what is left, without constants. */
function combine(op: 'and' | 'or', operands: readonly Predicate[], like: Predicate): Predicate {
  const neutral = op === 'and';
  if (operands.some((operand) => operand.op === 'constant' && operand.value !== neutral))
    return constant(!neutral, like);
  const left = operands.filter((operand) => operand.op !== 'constant');
  const [only] = left;
  if (only === undefined) return constant(neutral, like);
  return left.length === 1 ? only : { op, of: left, span: like.span };
}

/** The predicate where the constraints are known to hold: tests that they decide become constants. */
function decide(where: Predicate, constraints: Constraints): Predicate {
  return rewritePredicate(where, { predicate: (node) => decideNode(node, constraints) }, intoLogic);
}

function decideNode(node: Predicate, constraints: Constraints): Predicate {
  if (node.op === 'and' || node.op === 'or') return combine(node.op, node.of, node);
  if (node.op === 'not') return node.of.op === 'constant' ? constant(!node.of.value, node) : node;
  const tested = pinOf(node);
  const known = tested === undefined ? undefined : constraints.get(tested.column);
  if (tested === undefined || known === undefined) return node;
  const passing = intersect(known, tested.values);
  if (passing.size === 0) return constant(false, node);
  return passing.size === known.size ? constant(true, node) : node;
}

/** The equality with only those of its values that the constraint allows. */
function keepValues(leaf: Predicate, allowed: ReadonlySet<string>): Predicate {
  if (leaf.op === 'match') {
    return { ...leaf, values: leaf.values.filter((value) => allowed.has(constraintValue(value))) };
  }
  if (leaf.op === 'oneOf') {
    return { ...leaf, values: leaf.values.filter((value) => allowed.has(constraintValue(textOf(value) ?? ''))) };
  }
  return leaf;
}

/** Every equality of the column in the predicate that is not under a negation. */
function pinsOf(where: Predicate, column: string): readonly Predicate[] {
  return [...partsOf(predicatePart(where), intoOperands)].flatMap((part) =>
    part.kind === 'predicate' && pinOf(part.node)?.column === column ? [part.node] : [],
  );
}

function equalityOf(column: string, values: readonly string[], like: Predicate): Predicate {
  const [name = column, ...path] = column.split('.');
  const subject: Field = { op: 'field', name, path, type: 'string', span: like.span };
  return { op: 'match', subject, test: 'equals', values, quantifier: 'any', caseSensitive: false, span: like.span };
}

/** The bound of a column that only nested tests bound, made of those tests: `A == 1` of `(A == 1 and x) or (A == 2 and y)`. */
function boundOf(where: Predicate, column: string, allowed: ReadonlySet<string>): Predicate {
  const missing = new Set(allowed);
  const tests: Predicate[] = [];
  for (const leaf of pinsOf(where, column)) {
    const values = intersect(pinOf(leaf)?.values ?? new Set(), missing);
    if (values.size === 0) continue;
    for (const value of values) missing.delete(value);
    tests.push(keepValues(leaf, values));
  }
  if (missing.size > 0) tests.push(equalityOf(column, [...missing], where));
  return combine('or', tests, where);
}

/**
 * What is left to test within a log source. The log source guarantees the columns that it `implies`; the other
 * constraints stay as tests, narrowed to the part that it serves. `where` must be the predicate whose
 * {@link constraintsOf} the log source was asked for with. Events of the log source pass the result exactly when they
 * pass `where` and the match's constraints.
 */
export function narrowTo(where: Predicate, match: Pick<LogSourceMatch<unknown>, 'constraints' | 'implies'>): Predicate {
  const operands = where.op === 'and' ? where.of : [where];
  const pins = operands.map((operand) => pinOf(operand));
  const asked = constraintsOf(where);
  /** What may be relied on: implied by the log source, or tested by what is kept. */
  const known = new Map<string, ReadonlySet<string>>();
  const bounds: Predicate[] = [];
  for (const [column, allowed] of match.constraints) {
    const stands = match.implies.has(column) || pins.some((own) => own?.column === column);
    const isNarrowed = (asked.get(column)?.size ?? Infinity) > allowed.size;
    if (stands || isNarrowed) known.set(column, allowed);
    if (!stands && isNarrowed) bounds.push(boundOf(where, column, allowed));
  }
  const kept = operands.map((operand, index) => {
    const own = pins[index];
    const allowed = own === undefined ? undefined : known.get(own.column);
    if (own === undefined || allowed === undefined || match.implies.has(own.column)) return decide(operand, known);
    return intersect(own.values, allowed).size === 0 ? constant(false, operand) : keepValues(operand, allowed);
  });
  return combine('and', [...kept, ...bounds], where);
}

/** The tests that every rule on a Sigma log source must make besides its own, on Sigma's fields. */
export function requiredTests(source: SigmaLogSource, span: Span): readonly Predicate[] {
  return [...(source.where ?? [])].map(([name, values]): Predicate => {
    const isNumeric = values.every((value) => /^\d{1,15}$/.test(value));
    const subject: Field = { op: 'field', name, path: [], type: isNumeric ? 'long' : 'string', span };
    return isNumeric
      ? { op: 'oneOf', subject, values: values.map((value) => ({ type: 'long', value: BigInt(value) })), span }
      : { op: 'match', subject, test: 'equals', values, quantifier: 'any', caseSensitive: false, span };
  });
}
