/**
 * Constructors of the Detection's parts. They fill in the tag and the span and drop what says nothing (`and` of one
 * operand is that operand); they never reorder, merge or rewrite: that is `normalise.ts`.
 *
 * Every constructor takes the span last. Left out, a node with operands covers them and a leaf has {@link NO_SPAN}.
 */
import type { Span } from '../source.ts';
import { coverSpans, NO_SPAN } from '../source.ts';
import type {
  Comparison,
  Detection,
  Field,
  Json,
  Metadata,
  PathStep,
  Predicate,
  Relation,
  Scalar,
  ScalarFunction,
  ScalarType,
  Schedule,
  TextTest,
  Value,
} from './types.ts';

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

// ---------------------------------------------------------------------------------------------- relations

/** The variant of the relation with this `op`. */
export type RelationOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;
/** The variant of the predicate with this `op`. */
export type PredicateOf<Op extends Predicate['op']> = Extract<Predicate, { readonly op: Op }>;
/** The variant of the scalar with this `op`. */
export type ScalarOf<Op extends Scalar['op']> = Extract<Scalar, { readonly op: Op }>;

type Parts<Op extends Relation['op']> = Omit<RelationOf<Op>, 'op' | 'span'>;

export const source = (
  table: string,
  options: Partial<Omit<Parts<'source'>, 'table'>> = {},
  span: Span = NO_SPAN,
): RelationOf<'source'> => ({ op: 'source', table, timeColumn: 'TimeGenerated', ...options, span });

export const literalTable = (
  columns: Parts<'literal'>['columns'],
  rows: Parts<'literal'>['rows'],
  span: Span = NO_SPAN,
): RelationOf<'literal'> => ({ op: 'literal', columns, rows, span });

export const reference = (
  kind: Parts<'reference'>['kind'],
  name: string,
  columns: Parts<'reference'>['columns'],
  span: Span = NO_SPAN,
): RelationOf<'reference'> => ({ op: 'reference', kind, name, columns, span });

/** Keeps the rows for which the predicate is true. The constant `true` keeps the input itself. */
export function filter(input: Relation, where: Predicate, span: Span = spanOf([input, where])): Relation {
  return where.op === 'constant' && where.value ? input : { op: 'filter', input, where, span };
}

/** Adds or replaces columns; all are computed from the input's row. Without columns it is the input itself. */
export function extend(
  input: Relation,
  columns: Parts<'extend'>['columns'],
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): Relation {
  return columns.length === 0 ? input : { op: 'extend', input, columns, span };
}

export const project = (
  input: Relation,
  columns: Parts<'project'>['columns'],
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): RelationOf<'project'> => ({ op: 'project', input, columns, span });

export const select = (
  input: Relation,
  mode: Parts<'select'>['mode'],
  names: readonly string[],
  span: Span = input.span,
): RelationOf<'select'> => ({ op: 'select', input, mode, names, span });

export function rename(input: Relation, columns: Parts<'rename'>['columns'], span: Span = input.span): Relation {
  return columns.length === 0 ? input : { op: 'rename', input, columns, span };
}

export const aggregate = (
  input: Relation,
  by: Parts<'aggregate'>['by'],
  measures: Parts<'aggregate'>['measures'],
  span: Span = spanOf([input, ...by.map((key) => key.value), ...measures]),
): RelationOf<'aggregate'> => ({ op: 'aggregate', input, by, measures, span });

export const join = (
  kind: Parts<'join'>['kind'],
  left: Relation,
  right: Relation,
  on: Parts<'join'>['on'],
  options: Partial<Pick<Parts<'join'>, 'renamed' | 'lookup'>> = {},
  span: Span = spanOf([left, right]),
): RelationOf<'join'> => ({ op: 'join', kind, left, right, on, renamed: [], lookup: false, ...options, span });

export const union = (
  inputs: readonly Relation[],
  options: Partial<Omit<Parts<'union'>, 'inputs'>> = {},
  span: Span = spanOf(inputs),
): RelationOf<'union'> => ({ op: 'union', inputs, kind: 'outer', fuzzy: false, ...options, span });

export const expand = (
  input: Relation,
  columns: Parts<'expand'>['columns'],
  options: Partial<Omit<Parts<'expand'>, 'input' | 'columns'>> = {},
  span: Span = spanOf([input, ...columns.map((column) => column.value)]),
): RelationOf<'expand'> => ({ op: 'expand', input, columns, bagsAsArrays: false, ...options, span });

export const apply = (
  input: Relation,
  columns: Parts<'apply'>['columns'],
  query: Relation,
  span: Span = spanOf([input, query]),
): RelationOf<'apply'> => ({ op: 'apply', input, columns, query, span });

export const unpack = (input: Relation, bag: Field, prefix = '', span: Span = spanOf([input, bag])): Relation => ({
  op: 'unpack',
  input,
  bag,
  prefix,
  span,
});

export const parse = (
  input: Relation,
  subject: Scalar,
  parts: Parts<'parse'>['parts'],
  options: Partial<Pick<Parts<'parse'>, 'mode' | 'flags' | 'dropsUnmatched'>> = {},
  span: Span = spanOf([input, subject]),
): RelationOf<'parse'> => ({
  op: 'parse',
  input,
  subject,
  parts,
  mode: 'simple',
  flags: '',
  dropsUnmatched: false,
  ...options,
  span,
});

export const sort = (input: Relation, by: Parts<'sort'>['by'], span: Span = input.span): RelationOf<'sort'> => ({
  op: 'sort',
  input,
  by,
  span,
});

export const top = (
  input: Relation,
  count: number,
  by: Parts<'top'>['by'],
  span: Span = input.span,
): RelationOf<'top'> => ({ op: 'top', input, count, by, span });

export const take = (input: Relation, count: number, random = false, span: Span = input.span): RelationOf<'take'> => ({
  op: 'take',
  input,
  count,
  random,
  span,
});

export const series = (parts: Parts<'series'>, span: Span = parts.input.span): RelationOf<'series'> => ({
  op: 'series',
  ...parts,
  span,
});

export const plugin = (
  input: Relation,
  name: string,
  args: readonly Scalar[] = [],
  tables: readonly Relation[] = [],
  span: Span = spanOf([input, ...args, ...tables]),
): RelationOf<'plugin'> => ({ op: 'plugin', input, name, args, tables, span });

export const opaqueRelation = (source_: string, input?: Relation, span: Span = input?.span ?? NO_SPAN): Relation => ({
  op: 'opaque',
  text: source_,
  ...(input === undefined ? {} : { input }),
  span,
});

// ---------------------------------------------------------------------------------------------- the detection

/** Metadata with everything but the name left empty. */
export const metadata = (name: string, parts: Partial<Metadata> = {}): Metadata => ({
  name,
  description: '',
  kind: 'scheduled',
  tactics: [],
  techniques: [],
  tags: [],
  references: [],
  falsePositives: [],
  requires: [],
  ...parts,
});

/** A schedule that says no more than: alert when there is a row. Durations in milliseconds. */
export const schedule = (parts: Partial<Schedule> = {}): Schedule => ({
  trigger: { test: '>', threshold: 0 },
  alertPer: 'run',
  span: NO_SPAN,
  ...parts,
});

/** A Detection around a query; everything else empty unless given. */
export const detection = (name: string, query: Relation, parts: Partial<Omit<Detection, 'query'>> = {}): Detection => ({
  meta: metadata(name),
  schedule: schedule(),
  query,
  entities: [],
  alert: { dynamicProperties: [], customDetails: [], span: NO_SPAN },
  ...parts,
});
