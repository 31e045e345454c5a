/**
 * A test on a UDM field in the type of that field. Sentinel's tables and UDM disagree about types: an event id is a
 * number here and a text there, a port the other way round.
 */
import * as b from '../../src/ir/build.ts';
import type { PredicateOf } from '../../src/ir/build.ts';
import { equalsIgnoringCase, passesTest } from '../../src/ir/text.ts';
import type { Comparison, Field, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import type { Effect } from '../../src/diagnostic.ts';
import type { Code } from './adapting.ts';
import { enumValues, EVENT_TIME, udmKind } from './udm.ts';
import { udmField } from './udm-path.ts';

export interface Difference {
  readonly code: Code;
  /** Of the test itself, not negated. */
  readonly effect: Effect;
  readonly message: string;
}

export type Fitted =
  | { readonly predicate: Predicate; readonly differences: readonly Difference[] }
  | { readonly predicate: undefined; readonly reason: string };

const fitted = (predicate: Predicate, ...differences: readonly Difference[]): Fitted => ({ predicate, differences });
const unfit = (reason: string): Fitted => ({ predicate: undefined, reason });

/** The seconds of a timestamp field; any other field as it is. */
export function secondsOf(field: Field): Field {
  return udmKind(field.name, field.path[0]) === 'timestamp' ? udmField(`${field.name}.seconds`, [], field.span) : field;
}

/** `test`: a leaf whose subject is a UDM field. */
export function fitKind(test: Predicate, subject: Field): Fitted {
  switch (udmKind(subject.name, subject.path[0])) {
    case 'text':
      return fitText(test, subject);
    case 'enum':
      return fitEnum(test, subject);
    case 'integer':
    case 'float':
      return fitNumber(test, subject);
    case 'bool':
      return fitBool(test, subject);
    case 'timestamp':
      return fitInstant(test, subject);
    case 'map':
      return unfit(`${subject.name} holds several values; the mapping does not say which.`);
  }
}

// ---------------------------------------------------------------------------------------------- texts

/** Numbers, bools and GUIDs as UDM writes them in texts. */
function textOf(value: Value): string | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
      return value.value;
    case 'long':
    case 'bool':
      return String(value.value);
    case 'real':
    case 'decimal':
      return Number.isInteger(value.value) ? String(BigInt(value.value)) : String(value.value);
    case 'dynamic':
      return typeof value.value === 'string' || typeof value.value === 'number' ? String(value.value) : undefined;
    case 'datetime':
    case 'timespan':
    case 'null':
      return undefined;
  }
}

function fitText(test: Predicate, subject: Field): Fitted {
  const { span } = test;
  switch (test.op) {
    case 'match':
    case 'matchScalar':
    case 'ipInRange':
    case 'inQuery':
      return fitted(test);
    case 'missing':
      return fitted(b.missing(subject, 'empty', span));
    case 'oneOf': {
      const texts = test.values.map(textOf);
      const values = texts.filter((text) => text !== undefined);
      if (values.length < texts.length)
        return unfit(`${subject.name} is a text; it cannot be compared with this value.`);
      return fitted(b.match(subject, 'equals', values, {}, span));
    }
    case 'isTrue':
      return fitted(b.match(subject, 'equals', ['true'], {}, span));
    case 'compare':
      return fitOrderOfText(test, subject);
    case 'between': {
      const low = fitOrderOfText(b.compare(subject, '>=', test.low, span), subject);
      const high = fitOrderOfText(b.compare(subject, '<=', test.high, span), subject);
      if (low.predicate === undefined || high.predicate === undefined) return low.predicate === undefined ? low : high;
      return fitted(b.and([low.predicate, high.predicate], span));
    }
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return unfit('This is no test of a field.');
  }
}

/** Texts that hold numbers are compared as numbers. */
function fitOrderOfText(test: Predicate, subject: Field): Fitted {
  if (test.op !== 'compare' || test.right.op !== 'literal') return unfit(`${subject.name} is a text.`);
  const { value } = test.right;
  if (value.type === 'string') return unfit('YARA-L does not order texts.');
  if (value.type !== 'long' && value.type !== 'real' && value.type !== 'decimal') {
    return unfit(`${subject.name} is a text; it cannot be compared with this value.`);
  }
  const fn = value.type === 'long' ? 'toLong' : 'toReal';
  return fitted(b.compare(b.call(fn, [subject], value.type), test.test, test.right, test.span));
}

function fitEnum(test: Predicate, subject: Field): Fitted {
  const found = fitText(test, subject);
  if (found.predicate === undefined) return found;
  const known = enumValues(subject.name) ?? [];
  if (found.predicate.op === 'missing' && known.length === 0) {
    return unfit(`${subject.name} has a fixed set of values; the one that stands for none is not known.`);
  }
  if (found.predicate.op !== 'match') {
    return found.predicate.op === 'missing' ? found : unfit(`${subject.name} has a fixed set of values.`);
  }
  const { test: kind, values } = found.predicate;
  if (kind === 'regex' || kind === 'wildcard' || (kind !== 'equals' && known.length === 0)) {
    return unfit(`${subject.name} has a fixed set of values; a pattern is no test of it.`);
  }
  if (kind !== 'equals') {
    const passing = known.filter((one) => values.some((value) => passesTest(one, kind, value, false)));
    return passing.length === 0 ? unfit(`None of the values of ${subject.name} passes this test.`) : found;
  }
  const unknown =
    known.length === 0 ? [] : values.filter((value) => !known.some((one) => equalsIgnoringCase(one, value)));
  if (unknown.length === 0) return found;
  const message = `${subject.name} has no value ${unknown.map((value) => `'${value}'`).join(', ')}.`;
  const left = values.filter((value) => !unknown.includes(value));
  if (left.length === 0) return unfit(message);
  return fitted({ ...found.predicate, values: left }, { code: 'unknown-value', effect: 'narrower', message });
}

// ---------------------------------------------------------------------------------------------- numbers

const isNumeral = (text: string): boolean => /^(0|[1-9]\d{0,17})$/.test(text);

function fitNumber(test: Predicate, subject: Field): Fitted {
  const { span } = test;
  switch (test.op) {
    case 'match':
      return fitNumberMatch(test, subject);
    case 'oneOf':
      return test.values.every(({ type }) => type === 'long' || type === 'real' || type === 'decimal')
        ? fitted(test)
        : unfit(`${subject.name} is a number; it cannot be compared with this value.`);
    case 'missing':
      return fitted(b.oneOf(subject, [zero(subject)], span), {
        code: 'absent-number',
        effect: 'wider',
        message: `An absent ${subject.name} reads as 0 in YARA-L and cannot be told from one.`,
      });
    case 'compare':
    case 'between':
      return isNumeric(test)
        ? fitted(test)
        : unfit(`${subject.name} is a number; it cannot be compared with this value.`);
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'matchScalar':
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return unfit(`${subject.name} is a number.`);
  }
}

const zero = (subject: Field): Value =>
  udmKind(subject.name) === 'float' ? { type: 'real', value: 0 } : { type: 'long', value: 0n };

function isNumeric(test: PredicateOf<'compare'> | PredicateOf<'between'>): boolean {
  const bounds = test.op === 'compare' ? [test.right] : [test.low, test.high];
  return bounds.every((bound) => bound.op !== 'literal' || ['long', 'real', 'decimal'].includes(bound.value.type));
}

/** Equality with texts that are numbers; other tests on the number's text. */
function fitNumberMatch(test: PredicateOf<'match'>, subject: Field): Fitted {
  const { span } = test;
  if (test.test !== 'equals') {
    const message = `An absent ${subject.name} reads as the text 0 in YARA-L.`;
    const asText: Predicate = { ...test, subject: b.call('toText', [subject], 'string') };
    return fitted(asText, { code: 'absent-number', effect: 'differs', message });
  }
  const values = test.values.filter((value) => value !== '' && isNumeral(value)).map((value) => BigInt(value));
  const tests: Predicate[] =
    values.length === 0
      ? []
      : [
          b.oneOf(
            subject,
            values.map((value) => ({ type: 'long', value })),
            span,
          ),
        ];
  if (!test.values.includes('')) return fitted(b.or(tests, span));
  const absent = fitNumber(b.missing(subject, 'empty', span), subject);
  if (absent.predicate === undefined) return absent;
  return fitted(b.or([...tests, absent.predicate], span), ...absent.differences);
}

// ---------------------------------------------------------------------------------------------- bools and instants

function fitBool(test: Predicate, subject: Field): Fitted {
  const { span } = test;
  const isSet = b.isTrue(subject, span);
  if (test.op === 'isTrue') return fitted(isSet);
  const texts =
    test.op === 'match' && test.test === 'equals' ? test.values : test.op === 'oneOf' ? test.values.map(textOf) : [];
  const flags = texts.map((text) => text?.toLowerCase());
  if (flags.length === 0 || flags.some((flag) => flag !== 'true' && flag !== 'false')) {
    return unfit(`${subject.name} is true or false.`);
  }
  return fitted(
    b.or(
      flags.map((flag) => (flag === 'true' ? isSet : b.not(isSet, span))),
      span,
    ),
  );
}

const ROUNDED: Readonly<Record<Comparison, Effect | undefined>> = {
  '<': undefined,
  '>=': undefined,
  '<=': 'wider',
  '>': 'narrower',
  '==': 'wider',
};

/** Timestamps are compared in whole seconds. */
function fitInstant(test: Predicate, subject: Field): Fitted {
  if (test.op === 'between') {
    const low = fitInstant(b.compare(subject, '>=', test.low, test.span), subject);
    const high = fitInstant(b.compare(subject, '<=', test.high, test.span), subject);
    if (low.predicate === undefined) return low;
    if (high.predicate === undefined) return high;
    return fitted(b.and([low.predicate, high.predicate], test.span), ...low.differences, ...high.differences);
  }
  if (test.op !== 'compare' || test.right.op !== 'literal' || test.right.value.type !== 'datetime') {
    return unfit('YARA-L compares times with fixed instants, and with other times in the same match window.');
  }
  const seconds = Math.floor(test.right.value.value / 1000);
  const isWhole = test.right.value.value % 1000 === 0;
  const effect = isWhole ? ROUNDED[test.test] : 'differs';
  const predicate = b.compare(secondsOf(subject), test.test, b.long(seconds), test.span);
  if (effect === undefined) return fitted(predicate);
  return fitted(predicate, { code: 'whole-seconds', effect, message: 'YARA-L compares times in whole seconds.' });
}

type ValueKind = 'text' | 'number' | 'bool' | 'other';

function kindOfValue(scalar: Scalar): ValueKind {
  if (scalar.op === 'call') {
    if (scalar.type === 'string' || scalar.fn === 'element') return 'text';
    return scalar.type === 'bool' ? 'bool' : 'number';
  }
  if (scalar.op === 'literal') {
    const type = b.typeOfValue(scalar.value);
    return type === 'string' || type === 'guid' ? 'text' : type === 'bool' ? 'bool' : 'number';
  }
  if (scalar.op !== 'field') return 'other';
  switch (udmKind(scalar.name, scalar.path[0])) {
    case 'text':
    case 'enum':
      return 'text';
    case 'integer':
    case 'float':
    case 'timestamp':
      return 'number';
    case 'bool':
      return 'bool';
    case 'map':
      return 'other';
  }
}

export const isTextValue = (scalar: Scalar): boolean => kindOfValue(scalar) === 'text';

/** Two values in one type, so that YARA-L can compare them; `undefined` when they have none. */
export function inOneKind(left: Scalar, right: Scalar): readonly [Scalar, Scalar] | undefined {
  const kinds = [kindOfValue(left), kindOfValue(right)] as const;
  if (kinds[0] === kinds[1]) return kinds[0] === 'other' ? undefined : [left, right];
  const asText = (scalar: Scalar): Scalar => b.call('toText', [scalar], 'string', scalar.span);
  if (kinds[0] === 'text' && kinds[1] === 'number') return [left, asText(right)];
  return kinds[0] === 'number' && kinds[1] === 'text' ? [asText(left), right] : undefined;
}

/** A field as a scalar of the kind that functions expect: instants are made of their seconds. */
export function scalarOfField(field: Field): Scalar {
  return udmKind(field.name, field.path[0]) === 'timestamp'
    ? b.call('fromUnixSeconds', [secondsOf(field)], 'datetime', field.span)
    : field;
}

export const isEventTime = (field: Field): boolean => `${field.name}.seconds` === EVENT_TIME;
