/** Calls of functions of values that differ from the neutral ones in their arguments, or by a constant. */
import { call, field, literal, long, now, text } from '../../ir/build.ts';
import type { Field, Scalar } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Expression } from '../ast.ts';
import type { ValueFunction } from '../functions.ts';
import type { CallExpression } from './call.ts';
import { typeOfScalar } from './columns.ts';
import { elementsOfLiteral, scalarTypeOf } from './literals.ts';
import { makeCall, textSource } from './scalar.ts';

/** The call with its arguments lowered; `undefined`: these arguments have no neutral meaning. */
export function lowerValueFunction(
  value: ValueFunction,
  variant: string,
  expression: CallExpression,
  args: readonly Scalar[],
): Scalar | undefined {
  const { span } = expression;
  const [first, second, third] = args;
  switch (value) {
    case 'identity':
      return first;
    case 'now':
    case 'ago': {
      if (first === undefined) return value === 'now' ? now(0, span) : undefined;
      const offset = first.op === 'literal' && first.value.type === 'timespan' ? first.value.value : undefined;
      if (offset !== undefined) return now(value === 'now' ? offset : -offset, span);
      return makeCall(value === 'now' ? 'add' : 'subtract', [now(0, span), first], span, 'datetime');
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
      return makeCall(value, [first, text(variant, span), ...(second === undefined ? [] : [second])], span);
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
      return call(value, [first, ...addresses], 'bool', span);
    }
    case 'arraySort':
      return first === undefined || args.length > 1
        ? undefined
        : makeCall('arraySort', [first, text(variant, span)], span);
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
