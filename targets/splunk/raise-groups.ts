/** Groups as aggregates: `stats`, `tstats`, and the keys that commands group and join by. */
import { aggregate, and, call, extend, field, filter, long, missing, not } from '../../src/ir/build.ts';
import type { Measure, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { isAlwaysPresent } from './present.ts';
import { isGuarded, raiseScalar, raiseText } from './raise-scalar.ts';
import { raiseTrue } from './raise-where.ts';
import { STATISTICS_BY_NAME } from './support.ts';
import { readDuration } from './time.ts';
import type { Aggregation, Command, GroupKey } from './tree.ts';

type StatsCommand = Extract<Command, { readonly command: 'stats' | 'eventstats' | 'streamstats' }>;

/** A field by its name. */
export const plain = (name: string, span: Span): Scalar => field(name, [], 'unknown', span);

/** Rows in which all keys are there, but for those in `filled`. */
export function withKeys(input: Relation, keys: readonly string[], filled: readonly string[], span: Span): Relation {
  const open = keys.filter((key) => !filled.includes(key) && !isAlwaysPresent(input, key));
  return filter(input, and(open.map((key) => not(missing(plain(key, span), 'null')))), span);
}

/** Keys that were filled are texts: those that are missing are empty. */
export const keyOf = (name: string, filled: readonly string[], span: Span): Scalar =>
  field(name, [], filled.includes(name) ? 'string' : 'unknown', span);

export const keysOf = (names: readonly string[], filled: readonly string[], span: Span): readonly NamedScalar[] =>
  names.map((name) => ({ name, value: keyOf(name, filled, span) }));

export function raiseStats(input: Relation, command: StatsCommand, filled: readonly string[]): Relation | undefined {
  const { aggregations, by, span } = command;
  const rows = withKeys(
    input,
    by.map((key) => key.field),
    filled,
    span,
  );
  return raiseGroups(rows, aggregations, by, filled, span, false);
}

export function raiseGroups(
  input: Relation,
  aggregations: readonly Aggregation[],
  by: readonly GroupKey[],
  filled: readonly string[],
  span: Span,
  isTstats: boolean,
): Relation | undefined {
  const measures = aggregations.map(raiseMeasure);
  const wildcard = [...measures.map((measure) => measure.name), ...by.map((key) => key.field)].some((name) =>
    name.includes('*'),
  );
  if (wildcard) return undefined;
  let rows = input;
  for (const key of by) {
    const width = key.span === undefined ? undefined : readDuration(key.span);
    if (key.span !== undefined && (width === undefined || !isTstats)) return undefined;
    if (width !== undefined) {
      const value = call('bin', [plain(key.field, span), long(Math.round(width / 1000))], 'unknown', span);
      rows = extend(rows, [{ name: key.field, value }], span);
    }
  }
  return aggregate(
    rows,
    by.map((key) => ({ name: key.field, value: keyOf(key.field, filled, span) })),
    measures,
    span,
  );
}

function raiseMeasure(node: Aggregation): Measure {
  const { fn, argument, span } = node;
  const written = argument === undefined ? fn : `${fn}(${argument.kind === 'field' ? argument.name : 'eval'})`;
  const name = node.as ?? written;
  const base = { name, span };
  const value = argument === undefined ? undefined : argumentValue(argument, span);
  const other: Measure = { ...base, fn: 'other', args: value === undefined ? [] : [value.of], text: written };
  if (fn === 'count' || fn === 'c') {
    if (argument === undefined || value === undefined) return { ...base, fn: 'count', args: [] };
    const where = argument.kind === 'eval' ? raiseTrue(argument.of) : not(missing(plain(argument.name, span), 'null'));
    return { ...base, fn: 'count', args: [], where };
  }
  if (argument === undefined || value === undefined) return other;
  if (fn === 'dc' || fn === 'distinct_count') {
    const where = argument.kind === 'eval' && value.guarded ? value.where : present(value.of, value.where);
    return { ...base, fn: 'countDistinct', args: [value.of], ...(where === undefined ? {} : { where }) };
  }
  if (fn === 'latest' || fn === 'earliest') {
    const fnName = fn === 'latest' ? 'argMax' : 'argMin';
    return { ...base, fn: fnName, args: [plain('_time', span), value.of] };
  }
  const where = value.where === undefined ? {} : { where: value.where };
  const percentile = fn === 'median' ? 50 : Number(/^(?:exact)?p(?:erc)?([0-9]+(?:\.[0-9]+)?)$/.exec(fn)?.[1] ?? NaN);
  if (!Number.isNaN(percentile))
    return { ...base, fn: 'percentile', args: [value.of], parameter: percentile, ...where };
  const known = STATISTICS_BY_NAME.get(fn);
  return known === undefined ? other : { ...base, fn: known, args: [value.of], ...where };
}

function present(of: Scalar, where: Predicate | undefined): Predicate {
  const there = not(missing(of, 'null'));
  return where === undefined ? there : and([where, there]);
}

interface ArgumentValue {
  readonly of: Scalar;
  readonly where: Predicate | undefined;
  /** Whether a missing value counts as the empty text. */
  readonly guarded: boolean;
}

/** An argument: the value, and under which condition it counts (`if(condition, value, null())`). */
function argumentValue(argument: NonNullable<Aggregation['argument']>, span: Span): ArgumentValue {
  if (argument.kind === 'field') return { of: plain(argument.name, span), where: undefined, guarded: false };
  const { of } = argument;
  if (of.kind === 'call' && of.name === 'if' && of.args.length === 3) {
    const [when, then, otherwise] = of.args;
    if (when !== undefined && then !== undefined && otherwise?.kind === 'call' && otherwise.name === 'null') {
      return { of: raiseArgument(then), where: raiseTrue(when), guarded: isGuarded(then) };
    }
  }
  return { of: raiseArgument(of), where: undefined, guarded: isGuarded(of) };
}

function raiseArgument(of: Parameters<typeof raiseText>[0]): Scalar {
  return isGuarded(of) ? raiseText(of) : raiseScalar(of);
}
