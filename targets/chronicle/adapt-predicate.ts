/** A predicate over a table's stored columns as one over UDM fields. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import { dropOperand, effectUnder, flipEffect } from '../../src/ir/fidelity.ts';
import { followsFromPlaceWithin } from '../../src/ir/implied.ts';
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';
import { outsideSubqueries, rewritePredicate } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import { carryTest } from '../fields/carry.ts';
import type { ColumnLookup, FieldMapping } from '../fields/types.ts';
import { absencePassing } from './absence.ts';
import { fitKind, inOneKind, isTextValue } from './adapt-kind.ts';
import { adaptList } from './adapt-list.ts';
import { adaptScalar, columnUnder, excerpt, lookUp, nameOf, noteMapping, type Place } from './adapt-scalar.ts';
import { inSeconds, predicateInSeconds, roundingEffect } from './adapt-times.ts';
import { addNote, leaveOut } from './adapting.ts';
import { stringOf } from './phrase-scalar.ts';
import { phrasePredicate } from './phrase.ts';
import { parseMappedField } from './udm-path.ts';
import { wordPredicate } from './wording.ts';

/** Negation stands at the leaves. What cannot be said is left out as `leaveOut` says. */
export function adaptPredicate(place: Place, predicate: Predicate, parent: Parent = ONLY_OPERAND): Predicate {
  switch (predicate.op) {
    case 'and':
    case 'or': {
      const operands = predicate.of.map((operand) => adaptPredicate(place, operand, predicate));
      return (predicate.op === 'and' ? b.and : b.or)(operands, predicate.span);
    }
    case 'constant':
      return predicate;
    case 'not':
      return adaptLeaf(place, predicate.of, true, parent);
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return adaptLeaf(place, predicate, false, parent);
  }
}

/** The junction that a leaf is an operand of. */
interface Parent {
  readonly op: 'and' | 'or';
  readonly of: readonly Predicate[];
}

const ONLY_OPERAND: Parent = { op: 'and', of: [] };

/** What a leaf becomes, or why nothing comes of it. `effect`: of the test where it stands, its negation included. */
type Outcome =
  | { readonly predicate: Predicate }
  | {
      readonly predicate: undefined;
      readonly code: Parameters<typeof leaveOut>[1];
      readonly message: string;
      readonly hint?: string;
    };

function adaptLeaf(place: Place, test: Predicate, negated: boolean, parent: Parent): Predicate {
  const outcome = adaptTest(place, test, negated);
  if (outcome.predicate !== undefined) return outcome.predicate;
  const effect = dropOperand(parent.op, place.polarity);
  if (!negated && parent.op === 'and' && parent.of.some((other) => followsFromPlaceWithin(test, other))) {
    const message = `${outcome.message} What it is tested for follows from the test on a part of it.`;
    addNote(place.adapting, 'implied-test', effect, test.span, message);
  } else {
    leaveOut(place.adapting, outcome.code, effect, test.span, outcome.message, outcome.hint);
  }
  return b.constant(parent.op === 'and', test.span);
}

const signed = (predicate: Predicate, negated: boolean): Predicate =>
  negated ? b.not(predicate, predicate.span) : predicate;

function adaptTest(place: Place, test: Predicate, negated: boolean): Outcome {
  switch (test.op) {
    case 'match':
    case 'missing':
    case 'oneOf':
    case 'ipInRange':
    case 'between':
      return adaptSubjectTest(place, test, test.subject, negated);
    case 'inQuery': {
      const list = adaptList(place.adapting, test);
      if (list === undefined) {
        const message = 'A test against the result of a query needs a second event variable, which this place has not.';
        return { predicate: undefined, code: 'unsupported', message };
      }
      return list.op === 'inQuery'
        ? adaptSubjectTest(place, list, list.subject, negated)
        : { predicate: adaptPredicate(place, signed(list, negated)) };
    }
    case 'isTrue':
      return adaptSubjectTest(place, test, test.of, negated);
    case 'compare':
      return test.right.op === 'literal'
        ? adaptSubjectTest(place, test, test.left, negated)
        : adaptTwoSides(place, test, test.left, test.right, negated);
    case 'matchScalar':
      return adaptTwoSides(place, test, test.subject, test.value, negated);
    case 'opaque':
      return { predicate: undefined, code: 'unsupported', message: `'${excerpt(test.text)}' is not understood.` };
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
      return { predicate: adaptPredicate(place, signed(test, negated)) };
  }
}

// ---------------------------------------------------------------------------------------------- one column

type SubjectTest = Extract<
  Predicate,
  { op: 'match' | 'missing' | 'oneOf' | 'ipInRange' | 'between' | 'inQuery' | 'isTrue' | 'compare' }
>;

function withSubject(test: SubjectTest, subject: Scalar): Predicate {
  if (test.op === 'isTrue') return { ...test, of: subject };
  return test.op === 'compare' ? { ...test, left: subject } : { ...test, subject };
}

function adaptSubjectTest(place: Place, test: SubjectTest, subject: Scalar, negated: boolean): Outcome {
  if (subject.op === 'anyField') {
    const message = 'YARA-L rules have no search through all fields of an event.';
    return { predicate: undefined, code: 'unsupported', message };
  }
  const column = columnUnder(subject);
  if (column === undefined) {
    const value = adaptScalar(place, subject);
    if (typeof value === 'string') return { predicate: undefined, code: 'unsupported-function', message: value };
    return computedTest(place, withSubject(test, value), negated);
  }
  const found = lookUp(place, column);
  const name = `${place.table}.${nameOf(column)}`;
  if (found === undefined) return unmapped(place, name);
  if (found.kind === 'mapped') return adaptMapped(place, withSubject(test, column), found.mapping, name, negated);
  return adaptAmbiguous(place, withSubject(test, column), found, name, negated);
}

function unmapped(place: Place, name: string): Outcome {
  place.adapting.unmapped.add(name);
  const hint = 'Give it a UDM field in a file for --fields, if your parser fills one.';
  return { predicate: undefined, code: 'unmapped-field', message: `${name} has no known field in UDM.`, hint };
}

function adaptMapped(place: Place, test: Predicate, mapping: FieldMapping, name: string, negated: boolean): Outcome {
  const carried = carryTest(test, mapping);
  if (carried.predicate === undefined) {
    return { predicate: undefined, code: 'value-differs', message: `${name}: ${carried.reason}` };
  }
  noteMapping(place, mapping, name, 'value', test.span);
  const { adapting } = place;
  const add = (code: Parameters<typeof addNote>[1], effect: Effect, message: string): void => {
    const own = negated ? flipEffect(effect) : effect;
    addNote(adapting, code, effectUnder(place.polarity, own), test.span, message);
  };
  if (carried.effect !== 'exact')
    add('value-differs', carried.effect, `${name}: ${carried.reason ?? 'The values differ.'}`);
  let failure: string | undefined;
  const inKind = rewritePredicate(
    carried.predicate,
    {
      predicate: (node) => {
        const subject = subjectOf(node);
        if (subject === undefined) return node;
        const field = subject.op === 'field' ? parseMappedField(subject.name, subject.span) : undefined;
        if (field === undefined || field.name.startsWith('graph.')) {
          failure ??= `${name} is kept in the entity graph, which takes an event variable of its own.`;
          return node;
        }
        const fitted = fitKind(withField(node, field), field);
        if (fitted.predicate === undefined) {
          failure ??= `${name}: ${fitted.reason}`;
          return node;
        }
        for (const { code, effect, message } of fitted.differences) add(code, effect, `${name}: ${message}`);
        return fitted.predicate;
      },
    },
    outsideSubqueries,
  );
  if (failure !== undefined) return { predicate: undefined, code: 'value-differs', message: failure };
  return { predicate: guarded(place, b.and([signedDeep(inKind, negated)], test.span), name) };
}

/** The negation of what may be a junction, its negation at the leaves. */
function signedDeep(predicate: Predicate, negated: boolean): Predicate {
  if (!negated) return predicate;
  if (predicate.op === 'and')
    return b.or(
      predicate.of.map((one) => signedDeep(one, true)),
      predicate.span,
    );
  if (predicate.op === 'or')
    return b.and(
      predicate.of.map((one) => signedDeep(one, true)),
      predicate.span,
    );
  return b.not(predicate, predicate.span);
}

function subjectOf(node: Predicate): Scalar | undefined {
  switch (node.op) {
    case 'match':
    case 'missing':
    case 'oneOf':
    case 'ipInRange':
    case 'between':
    case 'inQuery':
      return node.subject;
    case 'isTrue':
      return node.of;
    case 'compare':
      return node.left.op === 'field' ? node.left : node.right;
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'matchScalar':
    case 'opaque':
      return undefined;
  }
}

function withField(node: Predicate, field: Field): Predicate {
  switch (node.op) {
    case 'match':
    case 'missing':
    case 'oneOf':
    case 'ipInRange':
    case 'between':
    case 'inQuery':
      return { ...node, subject: field };
    case 'isTrue':
      return { ...node, of: field };
    case 'compare':
      return node.left.op === 'field' ? { ...node, left: field } : { ...node, right: field };
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'matchScalar':
    case 'opaque':
      return node;
  }
}

/**
 * What absent values make of the tests. KQL compares null with nothing, so a test that YARA-L lets an absent value pass is
 * wider; where the field is a text its presence can be asked for, and nothing is lost.
 */
function guarded(place: Place, predicate: Predicate, name: string): Predicate {
  if (predicate.op === 'and' || predicate.op === 'or') {
    const operands = predicate.of.map((operand) => guarded(place, operand, name));
    return (predicate.op === 'and' ? b.and : b.or)(operands, predicate.span);
  }
  const absence = absencePassing(predicate);
  if (absence === undefined) return predicate;
  if (absence.counts === 'empty') return b.and([predicate, b.not(b.missing(absence.subject, 'empty'))], predicate.span);
  const said = place.adapting.notes.some(
    (note) => note.code === 'chronicle/absent-number' && note.span === predicate.span && note.message.startsWith(name),
  );
  if (!said) {
    const message = `${name}: an absent number reads as 0 in YARA-L and passes this test; KQL compares null with nothing.`;
    addNote(place.adapting, 'absent-number', effectUnder(place.polarity, 'wider'), predicate.span, message);
  }
  return predicate;
}

/** A column that is another field for other events: the test on any of them. */
function adaptAmbiguous(
  place: Place,
  test: Predicate,
  lookup: Extract<ColumnLookup, { kind: 'ambiguous' }>,
  name: string,
  negated: boolean,
): Outcome {
  const mappings = new Map(lookup.candidates.map(({ mapping }) => [mapping.field, mapping]));
  const parts: Predicate[] = [];
  for (const mapping of mappings.values()) {
    const part = adaptMapped(place, test, mapping, name, negated);
    if (part.predicate === undefined) return part;
    parts.push(part.predicate);
  }
  // A value is missing when no field holds it, present when one does; another test holds when it holds of one of them.
  const all = negated !== (test.op === 'missing');
  const effect = !lookup.complete ? 'differs' : mappings.size < 2 ? undefined : all ? 'narrower' : 'wider';
  if (effect !== undefined) {
    const fields = [...mappings.keys()].join(', ');
    const message = `${name} is ${fields}, depending on the event; all of them are tested.`;
    addNote(place.adapting, 'ambiguous-field', effectUnder(place.polarity, effect), test.span, message);
  }
  return { predicate: (all ? b.and : b.or)(parts, test.span) };
}

// ---------------------------------------------------------------------------------------------- two columns, scalars

function adaptTwoSides(
  place: Place,
  test: Extract<Predicate, { op: 'compare' | 'matchScalar' }>,
  first: Scalar,
  second: Scalar,
  negated: boolean,
): Outcome {
  const left = adaptScalar(place, first);
  const right = adaptScalar(place, second);
  if (typeof left === 'string') return { predicate: undefined, code: 'unsupported-function', message: left };
  if (typeof right === 'string') return { predicate: undefined, code: 'unsupported-function', message: right };
  if (isSame(left, right) && !isSame(first, second)) {
    return { predicate: undefined, code: 'value-differs', message: 'The two columns are one field in UDM.' };
  }
  const made = twoSided(test, inSeconds(left), inSeconds(right));
  if (made === undefined) {
    return { predicate: undefined, code: 'value-differs', message: 'The two values are of different types in UDM.' };
  }
  const rounding = roundingEffect(test.op === 'compare' ? { ...test, left, right } : test);
  noteRounding(place, rounding, test.span, negated);
  return computedTest(place, made, negated);
}

const isSame = (one: Scalar, other: Scalar): boolean => canonicalTextOfScalar(one) === canonicalTextOfScalar(other);

/** A test of two values in one type: equality of what have become texts is one of texts. */
export function twoSided(
  test: Extract<Predicate, { op: 'compare' | 'matchScalar' }>,
  left: Scalar,
  right: Scalar,
): Predicate | undefined {
  const [first, second] = inOneKind(left, right) ?? [];
  if (first === undefined || second === undefined) return undefined;
  const areTexts = isTextValue(first) && isTextValue(second);
  if (test.op === 'matchScalar') {
    if (areTexts) return { ...test, subject: first, value: second };
    return test.test === 'equals' ? b.compare(first, '==', second, test.span) : undefined;
  }
  if (!areTexts) return { ...test, left: first, right: second };
  return test.test === '==' ? b.matchScalar(first, 'equals', second, true, test.span) : undefined;
}

function noteRounding(place: Place, rounding: Effect | undefined, span: Span, negated: boolean): void {
  if (rounding === undefined) return;
  const effect = effectUnder(place.polarity, negated ? flipEffect(rounding) : rounding);
  addNote(place.adapting, 'whole-seconds', effect, span, 'YARA-L compares times in whole seconds.');
}

/** A test on computed values, instants as seconds. */
function computedTest(place: Place, test: Predicate, negated: boolean): Outcome {
  noteRounding(place, roundingEffect(test), test.span, negated);
  const made = wordPredicate(predicateInSeconds(test));
  if (phrasePredicate(made, () => stringOf('')) === undefined) {
    return { predicate: undefined, code: 'unsupported', message: 'YARA-L has no such test on a computed value.' };
  }
  return { predicate: signedDeep(made, negated) };
}
