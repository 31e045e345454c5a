/** Constructors of values, scalars and predicates: see `build.ts`, which has them too. */
import type { Span } from '../source.ts';
import { coverSpans, NO_SPAN } from '../source.ts';
import type {
  Comparison,
  Field,
  Json,
  PathStep,
  Predicate,
  Relation,
  Scalar,
  ScalarFunction,
  ScalarType,
  TextTest,
  Value,
} from './types.ts';

/** The variant of the predicate with this `op`. */
export type PredicateOf<Op extends Predicate['op']> = Extract<Predicate, { readonly op: Op }>;
/** The variant of the scalar with this `op`. */
export type ScalarOf<Op extends Scalar['op']> = Extract<Scalar, { readonly op: Op }>;

/** The smallest span that covers all nodes; {@link NO_SPAN} when none of them comes from a file. */
export function spanOf(nodes: readonly { readonly span: Span }[]): Span {
  return nodes.reduce((covered, node) => coverSpans(covered, node.span), NO_SPAN);
}

// ---------------------------------------------------------------------------------------------- values

export const nullValue = (of: ScalarType): Value => ({ type: 'null', of });

/** The type of a value; a null has the type that it is a null of. */
export function typeOfValue(value: Value): ScalarType {
  return value.type === 'null' ? value.of : value.type;
}

// ---------------------------------------------------------------------------------------------- scalars

/** A column, or a place inside it. */
export function field(
  name: string,
  path: readonly PathStep[] = [],
  type: ScalarType = path.length === 0 ? 'unknown' : 'dynamic',
  span: Span = NO_SPAN,
): Field {
  return { op: 'field', name, path, type, span };
}

export function literal(value: Value, span: Span = NO_SPAN): Scalar {
  return { op: 'literal', value, span };
}

export const text = (value: string, span: Span = NO_SPAN): Scalar => literal({ type: 'string', value }, span);

/** An integer. Throws a `RangeError` for a number that is none. */
export const long = (value: bigint | number, span: Span = NO_SPAN): Scalar =>
  literal({ type: 'long', value: BigInt(value) }, span);

export const real = (value: number, span: Span = NO_SPAN): Scalar => literal({ type: 'real', value }, span);

export const bool = (value: boolean, span: Span = NO_SPAN): Scalar => literal({ type: 'bool', value }, span);

/** An instant; milliseconds since 1970-01-01T00:00:00Z. */
export const datetime = (value: number, span: Span = NO_SPAN): Scalar => literal({ type: 'datetime', value }, span);

/** A duration in milliseconds. */
export const timespan = (value: number, span: Span = NO_SPAN): Scalar => literal({ type: 'timespan', value }, span);

export const dynamic = (value: Json, span: Span = NO_SPAN): Scalar => literal({ type: 'dynamic', value }, span);

export const nullOf = (type: ScalarType, span: Span = NO_SPAN): Scalar => literal(nullValue(type), span);

/** Any column of the row as text; only as the subject of a `match`. */
export const anyField = (span: Span = NO_SPAN): Scalar => ({ op: 'anyField', span });

/** The time at which the rule runs plus `offset` milliseconds. */
export const now = (offset = 0, span: Span = NO_SPAN): Scalar => ({ op: 'now', offset, span });

/** A call; argument order as in `functions.ts`. */
export function call(fn: ScalarFunction, args: readonly Scalar[], type: ScalarType, span: Span = spanOf(args)): Scalar {
  return { op: 'call', fn, args, type, span };
}

/** The first case whose predicate is true, else `otherwise`. Without cases it is `otherwise`. */
export function choose(
  cases: readonly { readonly when: Predicate; readonly then: Scalar }[],
  otherwise: Scalar,
  type: ScalarType,
  span: Span = spanOf([...cases.flatMap((one) => [one.when, one.then]), otherwise]),
): Scalar {
  return cases.length === 0 ? otherwise : { op: 'choose', cases, otherwise, type, span };
}

/** A predicate as a value of type bool. The truth of a bool scalar is that scalar again. */
export function test(of: Predicate, span: Span = of.span): Scalar {
  return of.op === 'isTrue' ? of.of : { op: 'test', of, span };
}

/** The first column of the first row of a query. */
export const scalarQuery = (query: Relation, type: ScalarType, span: Span = query.span): Scalar => ({
  op: 'query',
  query,
  type,
  span,
});

export const opaqueScalar = (source: string, reads: readonly string[] = [], span: Span = NO_SPAN): Scalar => ({
  op: 'opaque',
  text: source,
  reads,
  span,
});

// ---------------------------------------------------------------------------------------------- predicates

export const constant = (value: boolean, span: Span = NO_SPAN): Predicate => ({ op: 'constant', value, span });

/**
 * All hold. Operands that are `and` themselves are spliced in; `true` is dropped, `false` is the result; one operand
 * stands for itself; none is `true`.
 */
export function and(of: readonly Predicate[], span: Span = spanOf(of)): Predicate {
  return junction('and', of, span);
}

/** At least one holds. Like {@link and} with `true` and `false` exchanged. */
export function or(of: readonly Predicate[], span: Span = spanOf(of)): Predicate {
  return junction('or', of, span);
}

function junction(op: 'and' | 'or', of: readonly Predicate[], span: Span): Predicate {
  const neutral = op === 'and';
  const operands: Predicate[] = [];
  for (const operand of of) {
    if (operand.op === op) for (const inner of operand.of) operands.push(inner);
    else if (operand.op !== 'constant') operands.push(operand);
    else if (operand.value !== neutral) return constant(!neutral, span);
  }
  const [first] = operands;
  if (first === undefined) return constant(neutral, span);
  return operands.length === 1 ? first : { op, of: operands, span };
}

/** Does not hold. Constants and double negation are resolved; null stays null, as in KQL. */
export function not(of: Predicate, span: Span = of.span): Predicate {
  if (of.op === 'constant') return constant(!of.value, span);
  return of.op === 'not' ? of.of : { op: 'not', of, span };
}

export interface MatchOptions {
  /** Default `any`. */
  readonly quantifier?: 'any' | 'all';
  /** Default `false`. */
  readonly caseSensitive?: boolean;
}

/** A text against one or more literals. */
export function match(
  subject: Scalar,
  textTest: TextTest,
  values: string | readonly string[],
  options: MatchOptions = {},
  span: Span = subject.span,
): Predicate {
  return {
    op: 'match',
    subject,
    test: textTest,
    values: typeof values === 'string' ? [values] : values,
    quantifier: options.quantifier ?? 'any',
    caseSensitive: options.caseSensitive ?? false,
    span,
  };
}

/** A text against another scalar. */
export function matchScalar(
  subject: Scalar,
  textTest: TextTest,
  value: Scalar,
  caseSensitive = false,
  span: Span = spanOf([subject, value]),
): Predicate {
  return { op: 'matchScalar', subject, test: textTest, value, caseSensitive, span };
}

/** Equality with any of the literals, for what is no text. */
export const oneOf = (subject: Scalar, values: readonly Value[], span: Span = subject.span): Predicate => ({
  op: 'oneOf',
  subject,
  values,
  span,
});

export function compare(
  left: Scalar,
  comparison: Comparison,
  right: Scalar,
  span: Span = spanOf([left, right]),
): Predicate {
  return { op: 'compare', test: comparison, left, right, span };
}

/** Both ends included. */
export function between(
  subject: Scalar,
  low: Scalar,
  high: Scalar,
  span: Span = spanOf([subject, low, high]),
): Predicate {
  return { op: 'between', subject, low, high, span };
}

/** An IP address within any of the CIDR ranges. */
export const ipInRange = (subject: Scalar, ranges: readonly string[], span: Span = subject.span): Predicate => ({
  op: 'ipInRange',
  subject,
  ranges,
  span,
});

export const missing = (
  subject: Scalar,
  counts: 'null' | 'empty' | 'absent',
  span: Span = subject.span,
): Predicate => ({ op: 'missing', subject, counts, span });

/** The subject passes the test for any, or all, of the values of a query's first column. */
export function inQuery(
  subject: Scalar,
  textTest: TextTest,
  query: Relation,
  options: MatchOptions = {},
  span: Span = spanOf([subject, query]),
): Predicate {
  return {
    op: 'inQuery',
    subject,
    test: textTest,
    query,
    quantifier: options.quantifier ?? 'any',
    caseSensitive: options.caseSensitive ?? false,
    span,
  };
}

/** The truth of a bool scalar. That of a predicate used as a scalar is the predicate; that of a literal a constant. */
export function isTrue(of: Scalar, span: Span = of.span): Predicate {
  if (of.op === 'test') return of.of;
  if (of.op === 'literal' && of.value.type === 'bool') return constant(of.value.value, span);
  return { op: 'isTrue', of, span };
}

export const opaquePredicate = (source: string, reads: readonly string[] = [], span: Span = NO_SPAN): Predicate => ({
  op: 'opaque',
  text: source,
  reads,
  span,
});
