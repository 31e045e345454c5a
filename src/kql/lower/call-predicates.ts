/** Calls of functions of type bool that are predicates in the neutral form. */
import { call, ipInRange, isTrue, literal, long, missing, not } from '../../ir/build.ts';
import type { Predicate, Scalar } from '../../ir/types.ts';
import type { PredicateFunction } from '../functions.ts';
import { scalarFunction } from '../functions.ts';
import type { CallExpression } from './call.ts';
import type { Place } from './context.ts';
import { elementsOfLiteral, textOfValue } from './literals.ts';
import { lowerPredicate } from './predicate.ts';
import { lowerScalar, textSource } from './scalar.ts';
import { lookUp } from './scope.ts';

const PRIVATE_RANGES: readonly string[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** The predicate that a call is; `undefined` for other functions and for arguments without a neutral meaning. */
export function lowerPredicateCall(expression: CallExpression, place: Place): Predicate | undefined {
  if (lookUp(place.scope, expression.name.name)?.kind === 'function') return undefined;
  const meaning = scalarFunction(expression.name.name)?.meaning;
  if (meaning?.is !== 'predicate') return undefined;
  return lowerPredicateFunction(meaning.predicate, meaning.variant, expression, place);
}

export function lowerPredicateFunction(
  predicate: PredicateFunction,
  variant: string,
  expression: CallExpression,
  place: Place,
): Predicate | undefined {
  const { span } = expression;
  const first = expression.args[0]?.value;
  if (first === undefined) return undefined;
  const subject = (): Scalar => subjectOf(lowerScalar(first, place), place);
  switch (predicate) {
    case 'not':
      return not(lowerPredicate(first, place), span);
    case 'isEmpty':
      return missing(subject(), 'empty', span);
    case 'isNotEmpty':
      return not(missing(subject(), 'empty', span), span);
    case 'isNull':
      return missing(subject(), 'null', span);
    case 'isNotNull':
      return not(missing(subject(), 'null', span), span);
    case 'ipIsPrivate':
      return ipInRange(subject(), PRIVATE_RANGES, span);
    case 'ipInRange':
      return lowerInRange(expression, variant === 'v6', place);
    case 'ipMatch':
      return lowerIpMatch(expression, variant === 'v6', place);
  }
}

/** What a test of a text is about: `tostring` of what is a text or structure anyway says nothing, nor does a copy. */
export function subjectOf(value: Scalar, place: Place): Scalar {
  const source = textSource(value, place.row);
  return source === undefined ? value : { ...source, span: value.span };
}

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?$/;
const IPV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:\/\d{1,3})?$/;

/** A literal range with its prefix length; one address is a range of its own. */
function rangeOf(value: Scalar, version6: boolean): string | undefined {
  if (value.op !== 'literal') return undefined;
  const written = textOfValue(value.value)?.trim();
  if (written === undefined) return undefined;
  if (IPV4.test(written)) return written.includes('/') ? written : `${written}/32`;
  if (!version6 || !IPV6.test(written)) return undefined;
  return written.includes('/') ? written : `${written}/128`;
}

function lowerInRange(expression: CallExpression, version6: boolean, place: Place): Predicate | undefined {
  const [address, ...ranges] = expression.args.map((arg) => lowerScalar(arg.value, place));
  if (address === undefined || ranges.length === 0) return undefined;
  const { span } = expression;
  const written: string[] = [];
  for (const range of ranges) {
    const values = elementsOfLiteral(range)?.map((value) => literal(value, range.span)) ?? [range];
    for (const value of values) {
      const one = rangeOf(value, version6);
      if (one === undefined) {
        if (ranges.length > 1 || values.length > 1) return undefined;
        return isTrue(call(version6 ? 'ipv6InRange' : 'ipInRange', [address, range], 'bool', span), span);
      }
      written.push(one);
    }
  }
  return ipInRange(subjectOf(address, place), version6 ? withMapped(written) : written, span);
}

/** Ranges of an IPv6 function, to which an IPv6 address is outside of IPv4 ranges: they stand for ranges in IPv6 too. */
function withMapped(ranges: readonly string[]): readonly string[] {
  if (ranges.some((range) => range.includes(':'))) return ranges;
  const mapped = ranges.map((range) => {
    const [address = range, prefix = '32'] = range.split('/');
    return `::ffff:${address}/${Number(prefix) + 96}`;
  });
  return [...ranges, ...mapped];
}

/** Equality of two addresses under the shorter of their prefixes and of the one given. */
function lowerIpMatch(expression: CallExpression, version6: boolean, place: Place): Predicate | undefined {
  const [left, right, prefix] = expression.args.map((arg) => lowerScalar(arg.value, place));
  if (left === undefined || right === undefined) return undefined;
  const { span } = expression;
  const [subject, other] = left.op === 'literal' ? [right, left] : [left, right];
  const range = rangeOf(other, version6);
  if (range !== undefined && subject.op !== 'literal') {
    const own = Number(range.slice(range.indexOf('/') + 1));
    if (prefix === undefined) return ipInRange(subjectOf(subject, place), [range], span);
    if (prefix.op === 'literal' && prefix.value.type === 'long') {
      const length = Math.min(own, Number(prefix.value.value));
      return ipInRange(subjectOf(subject, place), [`${range.slice(0, range.indexOf('/'))}/${length}`], span);
    }
  }
  const comparison = call(
    version6 ? 'ipv6Compare' : 'ipCompare',
    prefix === undefined ? [left, right] : [left, right, prefix],
    'long',
    span,
  );
  return { op: 'compare', test: '==', left: comparison, right: long(0, span), span };
}
