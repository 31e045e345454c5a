/** A test on a Sigma field, possibly negated, in one of the forms that `emit-item.ts` writes. */
import * as build from '../../src/ir/build.ts';
import { canonicalTextOfPart } from '../../src/ir/canonical.ts';
import type { Comparison, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { relationPart } from '../../src/ir/walk.ts';
import { kqlName } from '../../src/kql/raise/names.ts';
import { normaliseRange } from './adapt-cidr.ts';
import type { Adapting, Failure } from './adapt-notes.ts';
import { isFailure } from './adapt-predicate.ts';
import { adaptText } from './adapt-text.ts';
import { inPlaceholder, listName } from './placeholder.ts';
import { isOutside } from './raise-item.ts';

type Leaf<Op extends Predicate['op']> = Extract<Predicate, { readonly op: Op }>;

/** Any predicate over Sigma fields in the forms that Sigma has: what carrying a test over may have made of it. */
export function adaptFieldTest(test: Predicate, negated: boolean, adapting: Adapting): Predicate | Failure {
  switch (test.op) {
    case 'constant':
      return build.constant(test.value !== negated, test.span);
    case 'not':
      return adaptFieldTest(test.of, !negated, adapting);
    case 'and':
    case 'or': {
      const parts: Predicate[] = [];
      for (const operand of test.of) {
        const part = adaptFieldTest(operand, negated, adapting);
        if (isFailure(part)) return part;
        parts.push(part);
      }
      return (test.op === 'and') !== negated ? build.and(parts, test.span) : build.or(parts, test.span);
    }
    case 'match':
      return adaptMatch(test, negated, adapting);
    case 'matchScalar':
      return adaptComparison(test, negated, adapting);
    case 'oneOf':
      return adaptOneOf(test, negated, adapting);
    case 'compare':
      return adaptCompare(test, negated, adapting);
    case 'between': {
      const { subject, low, high, span } = test;
      const parts = [build.compare(subject, '>=', low, span), build.compare(subject, '<=', high, span)];
      return adaptFieldTest(build.and(parts, span), negated, adapting);
    }
    case 'ipInRange':
      return adaptRange(test, negated, adapting);
    case 'missing':
      return adaptMissing(test, negated);
    case 'isTrue': {
      // Null is neither true nor false.
      const wanted = { type: 'bool', value: !negated } as const;
      return adaptOneOf({ op: 'oneOf', subject: test.of, values: [wanted], span: test.span }, false, adapting);
    }
    case 'inQuery':
      return adaptList(test, negated, adapting);
    case 'opaque':
      return unsupported(`'${test.text}'`, test);
  }
}

export function unsupported(what: string, { span }: Pick<Predicate, 'span'>): Failure {
  return { code: 'unsupported-predicate', message: `Sigma cannot express ${what}.`, span };
}

const signed = (predicate: Predicate, negated: boolean): Predicate => (negated ? build.not(predicate) : predicate);

/** The field that a scalar reads; conversions of numbers and texts into each other do not count. */
export function fieldOf(scalar: Scalar): Scalar | undefined {
  let inner = scalar;
  while (inner.op === 'call') {
    const [argument] = inner.args;
    const converts =
      inner.fn === 'toText' || inner.fn === 'toLong' || inner.fn === 'toReal' || inner.fn === 'toDecimal';
    const other = inner.fn === 'toBool' || inner.fn === 'toDynamic' || inner.fn === 'toGuid';
    if ((!converts && !other) || argument === undefined) return undefined;
    inner = argument;
  }
  return inner.op === 'field' && inner.path.length === 0 ? { ...inner, type: 'unknown' } : undefined;
}

/** What a computed value is, in words. */
export function describeScalar(scalar: Scalar): string {
  switch (scalar.op) {
    case 'call':
      if (scalar.fn === 'element') return 'an element of a list';
      return `the computed value '${kqlName(scalar)}(...)'`;
    case 'choose':
      return 'a conditional value';
    case 'query':
      return 'a value that another query gives';
    case 'opaque':
      return `'${scalar.text}'`;
    case 'now':
      return 'the current time';
    case 'test':
      return 'a condition as a value';
    case 'literal':
      return 'a constant';
    case 'anyField':
      return 'all columns';
    case 'field':
      return `the column '${scalar.name}'`;
  }
}

// ---------------------------------------------------------------------------------------------- texts

function adaptMatch(test: Leaf<'match'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  if (test.subject.op === 'anyField') return adaptKeywords(test, negated, adapting);
  const subject = fieldOf(test.subject);
  if (subject === undefined) return unsupported(`a test on ${describeScalar(test.subject)}`, test);
  return adaptText({ ...test, subject }, negated, adapting);
}

/** A test on any column: Sigma looks for the text anywhere in the stored event. */
function adaptKeywords(test: Leaf<'match'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const message = 'Keywords are searched in the whole stored event, not only in the values of its columns.';
  adapting.note('keyword-scope', negated ? 'narrower' : 'wider', test.span, message);
  const anywhere: Leaf<'match'> =
    test.test === 'equals' || test.test === 'startsWith' || test.test === 'endsWith'
      ? { ...test, test: 'contains' }
      : test;
  return adaptText(anywhere, negated, adapting);
}

/** Two fields with each other. Sigma's `fieldref` heeds no letter case, and asks for both fields to be there. */
function adaptComparison(test: Leaf<'matchScalar'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const subject = fieldOf(test.subject);
  const value = fieldOf(test.value);
  if (subject === undefined || value === undefined) {
    const computed = subject === undefined ? test.subject : test.value;
    return unsupported(`a comparison with ${describeScalar(computed)}`, test);
  }
  if (test.test !== 'equals' && test.test !== 'contains' && test.test !== 'startsWith' && test.test !== 'endsWith') {
    return unsupported('this kind of comparison of two columns', test);
  }
  // Columns that a log source has under one name: whether they are equal is no question there.
  if (isSameField(subject, value)) return unsupported(ONE_FIELD, test);
  noteComparison(test, negated, test.caseSensitive, adapting);
  const equal = build.matchScalar(subject, test.test, value, false, test.span);
  return withPresence(equal, subject, negated);
}

const ONE_FIELD = 'a comparison of two columns that are one field';

const isSameField = (left: Scalar, right: Scalar): boolean =>
  left.op === 'field' && right.op === 'field' && left.name === right.name;

function noteComparison(
  test: Pick<Predicate, 'span'>,
  negated: boolean,
  caseSensitive: boolean,
  adapting: Adapting,
): void {
  if (caseSensitive) {
    const message = 'Sigma compares two fields without heeding letter case.';
    adapting.note('field-comparison', negated ? 'narrower' : 'wider', test.span, message);
  }
  const message = 'Two fields that are both missing do not count as equal in Sigma.';
  adapting.note('field-comparison', negated ? 'wider' : 'narrower', test.span, message);
}

/** An item says by itself that its field is there; see `raise-item.ts`. */
function withPresence(predicate: Predicate, subject: Scalar, negated: boolean): Predicate {
  const absent = build.missing(subject, 'absent', predicate.span);
  return negated ? build.or([build.not(predicate), absent]) : build.and([predicate, build.not(absent)]);
}

// ---------------------------------------------------------------------------------------------- lists kept elsewhere

/** A watchlist or file as a placeholder, which whoever converts the rule fills with the values. */
function adaptList(test: Leaf<'inQuery'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const subject = test.subject.op === 'anyField' ? test.subject : fieldOf(test.subject);
  if (subject === undefined) return unsupported(`a test on ${describeScalar(test.subject)}`, test);
  const wanted = listName(test.query);
  if (wanted === undefined) return unsupported('a list that another query gives', test);
  const name = adapting.placeholderFor(canonicalTextOfPart(relationPart(test.query)), wanted);
  const mayWiden = adapting.polarity !== 'mixed' && negated === (adapting.polarity === 'negative');
  const isTerm = test.test === 'term' || test.test === 'termPrefix' || test.test === 'termSuffix';
  if (test.test === 'regex' || test.test === 'wildcard' || (isTerm && !mayWiden)) {
    return unsupported('this kind of test with a list that is kept elsewhere', test);
  }
  const message = `The list is the placeholder '%${name}%': whoever converts the rule gives its values.`;
  adapting.note('list-as-placeholder', 'context', test.span, message);
  if (isTerm) {
    const wider = `Sigma has no term test: the values of '%${name}%' match inside longer words, too.`;
    adapting.note('term-as-contains', negated ? 'narrower' : 'wider', test.span, wider);
  }
  const isCased = test.caseSensitive && adapting.options.letterCase === 'exact';
  if (test.caseSensitive && !isCased) {
    const spelling = `Sigma compares without letter case: the values of '%${name}%' match in any spelling.`;
    const hint = 'Use --case exact for the modifier `cased`, which not all converters read.';
    adapting.note('case-ignored', negated ? 'narrower' : 'wider', test.span, spelling, hint);
  }
  const asked = isTerm || subject.op === 'anyField' ? 'contains' : test.test;
  const options = { test: asked, quantifier: test.quantifier, caseSensitive: isCased } as const;
  return signed(inPlaceholder(subject, name, options, test.span), negated);
}

// ---------------------------------------------------------------------------------------------- numbers

/** A number as Sigma's YAML can hold it. */
function plainNumber(value: Value): Value | undefined {
  switch (value.type) {
    case 'long':
    case 'bool':
      return value;
    case 'real':
    case 'decimal': {
      // Beyond these, YAML readers do not agree on what is a number.
      const size = Math.abs(value.value);
      const isPlain =
        Number.isFinite(size) && (size === 0 || (size >= 1e-6 && size < 1e15)) && !Object.is(value.value, -0);
      return isPlain ? { type: 'real', value: value.value } : undefined;
    }
    case 'string':
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'dynamic':
    case 'null':
      return undefined;
  }
}

function adaptOneOf(test: Leaf<'oneOf'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const subject = fieldOf(test.subject);
  if (subject === undefined) return unsupported(`a test on ${describeScalar(test.subject)}`, test);
  const texts = test.values.map((value) =>
    value.type === 'string' || value.type === 'guid'
      ? value.value
      : value.type === 'dynamic' && typeof value.value === 'string'
        ? value.value
        : undefined,
  );
  if (texts.every((text) => text !== undefined)) {
    return adaptText(
      build.match(
        subject,
        'equals',
        texts,
        { caseSensitive: test.values.some(({ type }) => type !== 'guid') },
        test.span,
      ) as Leaf<'match'>,
      negated,
      adapting,
    );
  }
  const values = test.values.map(plainNumber);
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) {
    const other = test.values.find((value) => plainNumber(value) === undefined);
    return unsupported(`a comparison with a value of type ${other?.type ?? 'unknown'}`, test);
  }
  return signed(build.oneOf(subject, known, test.span), negated);
}

const OPPOSITE: Readonly<Record<Exclude<Comparison, '=='>, Comparison>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

function adaptCompare(test: Leaf<'compare'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const subject = fieldOf(test.left);
  if (subject === undefined) return unsupported(`a comparison with ${describeScalar(test.left)}`, test);
  if (test.right.op === 'literal') {
    const value = plainNumber(test.right.value);
    if (value === undefined || value.type === 'bool') {
      return unsupported(`a comparison with a value of type ${test.right.value.type}`, test);
    }
    if (test.test === '==') return signed(build.oneOf(subject, [value], test.span), negated);
    const comparison = negated ? OPPOSITE[test.test] : test.test;
    return build.compare(subject, comparison, build.literal(value, test.right.span), test.span);
  }
  const other = fieldOf(test.right);
  if (other === undefined) return unsupported(`a comparison with ${describeScalar(test.right)}`, test);
  if (test.test !== '==') return unsupported('the order of two columns', test);
  if (isSameField(subject, other)) return unsupported(ONE_FIELD, test);
  if (negated) {
    const message = 'Two fields that are both missing count as different in Sigma; the source drops such rows.';
    adapting.note('field-comparison', 'wider', test.span, message);
  }
  return withPresence(build.matchScalar(subject, 'equals', other, false, test.span), subject, negated);
}

// ---------------------------------------------------------------------------------------------- addresses, presence

function adaptRange(test: Leaf<'ipInRange'>, negated: boolean, adapting: Adapting): Predicate | Failure {
  const subject = fieldOf(test.subject);
  if (subject === undefined) return unsupported(`a test on ${describeScalar(test.subject)}`, test);
  const ranges = test.ranges.map(normaliseRange);
  const known = ranges.filter((range) => range !== undefined);
  if (known.length < ranges.length) return unsupported('a range of addresses that cannot be read', test);
  const inside = build.ipInRange(subject, known, test.span);
  if (!negated) return inside;
  const message = 'A value that is no IP address counts as outside the range; the source drops such rows.';
  adapting.note('address-parsing', 'wider', test.span, message);
  return isOutside(inside);
}

function adaptMissing(test: Leaf<'missing'>, negated: boolean): Predicate | Failure {
  const subject = fieldOf(test.subject);
  if (subject === undefined) return unsupported(`a test on ${describeScalar(test.subject)}`, test);
  // A text is never null.
  const isText = test.subject.op === 'field' && test.subject.type === 'string';
  if (test.counts === 'null' && isText) return build.constant(negated, test.span);
  return signed(build.missing(subject, test.counts, test.span), negated);
}
