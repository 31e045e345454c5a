/** Calls of scalar functions. */
import {
  call,
  choose,
  field,
  ipInRange,
  isTrue,
  literal,
  long,
  missing,
  not,
  now,
  test,
  text,
} from '../../ir/build.ts';
import type { Field, Predicate, Scalar } from '../../ir/types.ts';
import { argumentCounts } from '../../ir/functions.ts';
import type { Span } from '../../source.ts';
import { nearestName } from '../../rule/nearest.ts';
import type { Argument, Expression } from '../ast.ts';
import type { FunctionRow, SpecialFunction } from '../functions.ts';
import { isAggregate, scalarFunction, scalarFunctionNames } from '../functions.ts';
import { callForScalar, isTabular } from './bindings.ts';
import { typeOfScalar } from './columns.ts';
import type { Place } from './context.ts';
import { elementsOfLiteral, scalarTypeOf, textOfValue } from './literals.ts';
import { lowerPredicate } from './predicate.ts';
import { lowerScalar, makeCall, opaque, queryAsScalar, textSource } from './scalar.ts';
import { lookUp } from './scope.ts';
import { tableOfExpression } from './sources.ts';
import { writtenExpression } from './written.ts';

export type CallExpression = Extract<Expression, { readonly kind: 'call' }>;

export function lowerCall(expression: CallExpression, place: Place): Scalar {
  const { run, scope } = place;
  const name = expression.name.name;
  const binding = lookUp(scope, name);
  if (binding?.kind === 'function') {
    return callForScalar(binding.definition, expression.args, place, expression.span, () =>
      writtenExpression(expression),
    );
  }
  const row = scalarFunction(name);
  if (row === undefined) return lowerUnknown(expression, place);
  const { meaning } = row;
  const lowered =
    'special' in meaning
      ? lowerSpecial(meaning.special, row, expression, place)
      : lowerPlain(meaning.call, row, expression, place);
  if (lowered !== undefined) return lowered;
  run.report('unsupported-argument', 'warning', expression.span, `The arguments of \`${name}\` are not understood.`);
  return opaque(expression);
}

function lowerUnknown(expression: CallExpression, place: Place): Scalar {
  const { run, scope } = place;
  const name = expression.name.name;
  if (
    !isAggregate(name) &&
    expression.args.length === 0 &&
    isTabular(run, expression, scope) &&
    run.schemaOf(name) !== undefined
  ) {
    return queryAsScalar(tableOfExpression(expression, { ...place, row: undefined }), expression.span);
  }
  const nearest = nearestName(name, scalarFunctionNames());
  run.report(
    'unknown-function',
    'warning',
    expression.span,
    isAggregate(name)
      ? `The aggregate \`${name}\` stands outside \`summarize\`.`
      : `There is no scalar function \`${name}\` that has a neutral meaning.`,
    nearest === undefined || nearest === name ? undefined : `Did you mean \`${nearest}\`?`,
  );
  return opaque(expression);
}

type NeutralFunction = Extract<FunctionRow['meaning'], { readonly call: unknown }>['call'];

function lowerPlain(
  fn: NeutralFunction,
  row: FunctionRow,
  expression: CallExpression,
  place: Place,
): Scalar | undefined {
  const args = lowerArguments(expression.args, place);
  const ordered: Scalar[] = [];
  if (row.order === undefined) ordered.push(...args);
  else {
    for (const position of row.order) {
      const arg = args[position];
      if (arg === undefined) return undefined;
      ordered.push(arg);
    }
  }
  const { least, most } = argumentCounts(fn);
  if (ordered.length < least || ordered.length > most) {
    place.run.report(
      'argument-count',
      'warning',
      expression.span,
      `\`${expression.name.name}\` is called with ${expression.args.length} argument${expression.args.length === 1 ? '' : 's'}.`,
    );
    return opaque(expression);
  }
  return makeCall(fn, ordered, expression.span);
}

function lowerArguments(args: readonly Argument[], place: Place): readonly Scalar[] {
  return args.map((arg) => lowerScalar(arg.value, place));
}

/** What is no plain call; `undefined`: these arguments have no neutral meaning. */
function lowerSpecial(
  special: SpecialFunction,
  row: FunctionRow,
  expression: CallExpression,
  place: Place,
): Scalar | undefined {
  const { span } = expression;
  const variant = row.variant ?? '';
  switch (special) {
    case 'not':
    case 'isEmpty':
    case 'isNotEmpty':
    case 'isNull':
    case 'isNotNull':
    case 'ipIsPrivate':
    case 'ipInRange':
    case 'ipInAnyRange':
    case 'ipMatch': {
      const predicate = lowerPredicateCall(expression, place);
      return predicate === undefined ? undefined : test(predicate, span);
    }
    case 'choose':
    case 'case':
      return lowerChoice(expression, place);
    case 'toScalar': {
      const first = expression.args[0]?.value;
      if (first === undefined) return undefined;
      if (!isTabular(place.run, first, place.scope)) return lowerScalar(first, place);
      return queryAsScalar(tableOfExpression(first, { ...place, row: undefined }), span);
    }
    case 'columnIfExists':
      return lowerColumnIfExists(expression, place);
    case 'columnExists': {
      const name = constantText(expression.args[0], place);
      if (name === undefined || place.row === undefined) return undefined;
      if (place.row.known.has(name)) return literal({ type: 'bool', value: true }, span);
      return place.row.open || place.row.payload !== undefined
        ? undefined
        : literal({ type: 'bool', value: false }, span);
    }
    default:
      return lowerFromValues(special, variant, expression, lowerArguments(expression.args, place));
  }
}

type ValueFunction = Exclude<
  SpecialFunction,
  | 'not'
  | 'isEmpty'
  | 'isNotEmpty'
  | 'isNull'
  | 'isNotNull'
  | 'ipIsPrivate'
  | 'ipInRange'
  | 'ipInAnyRange'
  | 'ipMatch'
  | 'choose'
  | 'case'
  | 'toScalar'
  | 'columnIfExists'
  | 'columnExists'
>;

/** Functions of values that differ from the neutral ones in arguments or by a constant. */
function lowerFromValues(
  special: ValueFunction,
  variant: string,
  expression: CallExpression,
  args: readonly Scalar[],
): Scalar | undefined {
  const { span } = expression;
  const [first, second, third] = args;
  switch (special) {
    case 'identity':
      return first;
    case 'now':
    case 'ago': {
      if (first === undefined) return special === 'now' ? now(0, span) : undefined;
      const offset = first.op === 'literal' && first.value.type === 'timespan' ? first.value.value : undefined;
      if (offset !== undefined) return now(special === 'now' ? offset : -offset, span);
      return makeCall(special === 'now' ? 'add' : 'subtract', [now(0, span), first], span, 'datetime');
    }
    case 'toDynamicText':
      return first === undefined ? undefined : lowerParseJson(first, expression);
    case 'extract': {
      const [regex, group, subject] = args;
      if (regex === undefined || group === undefined || subject === undefined) return undefined;
      const extracted = makeCall('extract', [regex, group, subject], span);
      return convert(extracted, expression.args[3]?.value);
    }
    case 'extractAll': {
      if (first === undefined || second === undefined) return undefined;
      const ordered = third === undefined ? [first, second] : [first, third, second];
      return makeCall('extractAll', ordered, span);
    }
    case 'extractJson': {
      if (first === undefined || second === undefined) return undefined;
      const place = fieldAtJsonPath(first, second, span);
      const value =
        place === undefined ? makeCall('extractJson', [first, second], span) : makeCall('toText', [place], span);
      return convert(value, expression.args[2]?.value);
    }
    case 'split': {
      if (first === undefined || second === undefined) return undefined;
      // A negative position asks for all pieces, as none does.
      const all =
        third === undefined || (third.op === 'literal' && third.value.type === 'long' && third.value.value < 0n);
      return makeCall('split', all ? [first, second] : [first, second, third], span);
    }
    case 'hash':
      return first === undefined || args.length > 1 ? undefined : makeCall('hash', [first, text(variant, span)], span);
    case 'startOf':
    case 'endOf':
      if (first === undefined) return undefined;
      return makeCall(special, [first, text(variant, span), ...(second === undefined ? [] : [second])], span);
    case 'datePart':
      return first === undefined ? undefined : makeCall('datePart', [text(variant, span), first], span);
    case 'unixTime':
      if (first === undefined) return undefined;
      return makeCall('fromUnixMillis', [makeCall('divide', [first, long(BigInt(variant), span)], span)], span);
    case 'makeTimespan': {
      const zero = long(0, span);
      if (first === undefined || second === undefined) return undefined;
      if (third === undefined) return makeCall('makeTimespan', [zero, first, second, zero], span);
      const fourth = args[3];
      return makeCall(
        'makeTimespan',
        fourth === undefined ? [zero, first, second, third] : [first, second, third, fourth],
        span,
      );
    }
    case 'packAll':
      return call('packAll', args, 'dynamic', span);
    case 'bagPackColumns': {
      const pairs: Scalar[] = [];
      for (const arg of args) {
        if (arg.op !== 'field') return undefined;
        pairs.push(text([arg.name, ...arg.path].join('_'), span), arg);
      }
      return makeCall('makeBag', pairs, span);
    }
    case 'replaceStrings': {
      const lookups = second === undefined ? undefined : elementsOfLiteral(second);
      const rewrites = third === undefined ? undefined : elementsOfLiteral(third);
      if (first === undefined || lookups === undefined || rewrites?.length !== lookups.length) return undefined;
      // Replaced one after the other: only the same where no replacement can make a new occurrence.
      return lookups.length === 1
        ? makeCall(
            'replaceText',
            [
              first,
              literal(lookups[0] ?? { type: 'string', value: '' }, span),
              literal(rewrites[0] ?? { type: 'string', value: '' }, span),
            ],
            span,
          )
        : undefined;
    }
    case 'hasIp':
    case 'hasIpPrefix': {
      if (first === undefined) return undefined;
      const addresses = args
        .slice(1)
        .flatMap((arg) => elementsOfLiteral(arg)?.map((value) => literal(value, arg.span)) ?? [arg]);
      return call(special, [first, ...addresses], 'bool', span);
    }
    case 'arraySort':
      return first === undefined || args.length > 1
        ? undefined
        : makeCall('arraySort', [first, text(variant, span)], span);
    case 'arrayIff':
      return undefined;
    case 'seriesFill':
      return call('seriesFill', [text(variant, span), ...args], 'dynamic', span);
    case 'seriesOther':
      return call('seriesOther', [text(variant, span), ...args], 'dynamic', span);
  }
}

/** `parse_json` and `todynamic`: of a text they read JSON; of what is structured already they change nothing. */
function lowerParseJson(subject: Scalar, expression: CallExpression): Scalar {
  const { span } = expression;
  if (typeOfScalar(subject) === 'dynamic') {
    if (subject.op === 'field' && subject.path.length > 0) return makeCall('parseJson', [subject], span);
    return subject;
  }
  const source = textSource(subject, undefined);
  return makeCall('parseJson', [source !== undefined && subject.op === 'call' ? source : subject], span);
}

const JSON_PATH = /^\$(?:\.[A-Za-z_][\w-]*|\[(?:\d{1,9}|'[^'\\]*'|"[^"\\]*")\])*$/;
const JSON_STEP = /\.([A-Za-z_][\w-]*)|\[(?:(\d+)|'([^']*)'|"([^"]*)")\]/g;

/** The place below a text column to which a plain JSONPath leads; reading its JSON is reading below it. */
function fieldAtJsonPath(path: Scalar, subject: Scalar, span: Span): Field | undefined {
  if (path.op !== 'literal' || path.value.type !== 'string' || !JSON_PATH.test(path.value.value)) return undefined;
  const source = textSource(subject, undefined);
  if (source === undefined) return undefined;
  const steps = [...path.value.value.matchAll(JSON_STEP)].map(([, name, position, single, double]) =>
    position === undefined ? (name ?? single ?? double ?? '') : Number(position),
  );
  return field(source.name, [...source.path, ...steps], 'dynamic', span);
}

/** `typeof(long)` as the last argument of `extract` and its like. */
function convert(value: Scalar, to: Expression | undefined): Scalar | undefined {
  if (to === undefined) return value;
  const type = to.kind === 'type' && typeof to.columns === 'string' ? scalarTypeOf(to.columns) : 'unknown';
  switch (type) {
    case 'string':
      return value;
    case 'long':
      return makeCall('toLong', [value], value.span);
    case 'real':
      return makeCall('toReal', [value], value.span);
    case 'decimal':
      return makeCall('toDecimal', [value], value.span);
    case 'bool':
      return makeCall('toBool', [value], value.span);
    case 'datetime':
      return makeCall('toDatetime', [value], value.span);
    case 'timespan':
      return makeCall('toTimespan', [value], value.span);
    case 'guid':
      return makeCall('toGuid', [value], value.span);
    case 'dynamic':
      return makeCall('parseJson', [value], value.span);
    case 'unknown':
      return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- choice

/** `iff(condition, then, else)` and `case(condition, then, ..., else)`. */
function lowerChoice(expression: CallExpression, place: Place): Scalar | undefined {
  const { args } = expression;
  if (args.length < 3 || args.length % 2 === 0) return undefined;
  const cases: { readonly when: Predicate; readonly then: Scalar }[] = [];
  for (let index = 0; index + 1 < args.length; index += 2) {
    const when = args[index];
    const then = args[index + 1];
    if (when === undefined || then === undefined) return undefined;
    cases.push({ when: lowerPredicate(when.value, place), then: lowerScalar(then.value, place) });
  }
  const last = args[args.length - 1];
  if (last === undefined) return undefined;
  const otherwise = lowerScalar(last.value, place);
  const types = [...cases.map((one) => typeOfScalar(one.then)), typeOfScalar(otherwise)];
  const known = types.find((type) => type !== 'unknown' && type !== 'dynamic') ?? types[0] ?? 'unknown';
  return choose(cases, otherwise, known, expression.span);
}

// ---------------------------------------------------------------------------------------------- columns by name

function constantText(arg: Argument | undefined, place: Place): string | undefined {
  if (arg === undefined) return undefined;
  const value = lowerScalar(arg.value, { ...place, row: undefined });
  return value.op === 'literal' ? textOfValue(value.value) : undefined;
}

function isEmptyLiteral(value: Scalar): boolean {
  if (value.op !== 'literal') return false;
  if (value.value.type === 'null') return true;
  return (value.value.type === 'string' || value.value.type === 'dynamic') && value.value.value === '';
}

function lowerColumnIfExists(expression: CallExpression, place: Place): Scalar | undefined {
  const { row, run } = place;
  const { span } = expression;
  const name = constantText(expression.args[0], place);
  const standard = expression.args[1]?.value;
  if (name === undefined || row === undefined || standard === undefined) return undefined;
  const fallback = lowerScalar(standard, place);
  const known = row.known.get(name);
  if (known !== undefined) return known.virtual ?? field(name, [], known.type, span);
  if (!row.open && row.payload === undefined) return fallback;
  const type = typeOfScalar(fallback);
  const column = lowerScalar({ kind: 'name', name, bracketed: true, span }, place);
  const typed =
    column.op === 'field' && column.type === 'unknown'
      ? { ...column, type: type === 'dynamic' ? 'unknown' : type }
      : column;
  if (isEmptyLiteral(fallback)) return typed;
  run.report(
    'column-if-exists',
    'info',
    span,
    `Whether there is a column \`${name}\` is not known; where it has no value, the default is taken.`,
  );
  return choose([{ when: not(missing(typed, 'empty', span)), then: typed }], fallback, type, span);
}

// ---------------------------------------------------------------------------------------------- predicates in form of calls

const PRIVATE_RANGES: readonly string[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/**
 * Functions of type bool that the neutral form has as predicates; `undefined` for other functions and for arguments
 * without a neutral meaning.
 */
export function lowerPredicateCall(expression: CallExpression, place: Place): Predicate | undefined {
  if (lookUp(place.scope, expression.name.name)?.kind === 'function') return undefined;
  const row = scalarFunction(expression.name.name);
  if (row === undefined || !('special' in row.meaning)) return undefined;
  const { span } = expression;
  const first = expression.args[0]?.value;
  if (first === undefined) return undefined;
  switch (row.meaning.special) {
    case 'not':
      return not(lowerPredicate(first, place), span);
    case 'isEmpty':
      return missing(subjectOf(lowerScalar(first, place), place), 'empty', span);
    case 'isNotEmpty':
      return not(missing(subjectOf(lowerScalar(first, place), place), 'empty', span), span);
    case 'isNull':
    case 'isNotNull': {
      const subject = lowerScalar(first, place);
      const absent = missing(subjectOf(subject, place), 'null', span);
      return row.meaning.special === 'isNull' ? absent : not(absent, span);
    }
    case 'ipIsPrivate':
      return ipInRange(subjectOf(lowerScalar(first, place), place), PRIVATE_RANGES, span);
    case 'ipInRange':
    case 'ipInAnyRange':
      return lowerInRange(expression, row.variant === 'v6', place);
    case 'ipMatch':
      return lowerIpMatch(expression, row.variant === 'v6', place);
    default:
      return undefined;
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
  return ipInRange(subjectOf(address, place), written, span);
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
