/** A test on a source column as a test on the target's field that holds the value, possibly in another form. */
import { equalsIgnoringCase, passesTest } from '../../src/ir/text.ts';
import type { Predicate, Value } from '../../src/ir/types.ts';
import {
  beforeLastSegment,
  escapeRegex,
  exact,
  inText,
  onEnding,
  matchOn,
  onItem,
  onLastSegment,
  onNumber,
  onPrefixed,
  onQualifiedAccount,
  onWholePath,
  targetField,
  uncarried,
  wider,
} from './relations.ts';
import type { Carried, Match } from './relations.ts';
import type { FieldMapping } from './types.ts';

export type { Carried, CarriedTest, UncarriedTest } from './relations.ts';
export { targetField } from './relations.ts';

/**
 * Values that are spelt differently: those that pass the test, in the target's spelling. `asked`: what the rule names,
 * when it names whole values.
 */
function onSpelling(
  values: ReadonlyMap<string, string>,
  passesTest: (value: string) => boolean,
  asked: readonly string[] | undefined,
  rename: (values: readonly string[]) => Predicate,
): Carried {
  const targets = new Set([...values].filter(([source]) => passesTest(source)).map(([, target]) => target));
  if (targets.size === 0) return uncarried('The target has no word for this value.');
  const predicate = rename([...targets]);
  const isKnown = (value: string): boolean => [...values.keys()].some((one) => equalsIgnoringCase(one, value));
  const unknown = asked?.filter((value) => !isKnown(value)) ?? [];
  const missing =
    asked === undefined
      ? 'The target spells the values differently; there may be values that pass the test and are not known.'
      : unknown.length > 0
        ? `The target has no word for ${unknown.map((value) => `'${value}'`).join(', ')}.`
        : undefined;
  const isShared = [...values].some(([source, target]) => targets.has(target) && !passesTest(source));
  if (missing !== undefined) return { predicate, effect: isShared ? 'differs' : 'narrower', reason: missing };
  return isShared ? wider(predicate, 'The target has one word for this value and another.') : exact(predicate);
}

function passes(match: Match, value: string): boolean {
  const { test } = match;
  if (test === 'regex' || test === 'wildcard') return false;
  const passesFor = (wanted: string): boolean => passesTest(value, test, wanted, match.caseSensitive);
  return match.quantifier === 'any' ? match.values.some(passesFor) : match.values.every(passesFor);
}

/** The value with the parts that the target spells differently in the target's spelling. */
function respell(value: string, rewrites: ReadonlyMap<string, string>): string {
  let text = value;
  for (const [from, to] of rewrites) text = text.replace(new RegExp(escapeRegex(from), 'giu'), () => to);
  return text;
}

/** Whether an empty value means an empty field. */
function emptyIsEmpty(mapping: FieldMapping): boolean {
  const { kind } = mapping.relation;
  return kind !== 'ending-tells' && kind !== 'item-of' && kind !== 'text-in' && kind !== 'keyword';
}

const AMONG_OTHERS = 'The target keeps the value among others; that it is missing cannot be told.';

/** Equality with the empty text: the field is missing or empty, whatever the form of its values. */
function carryEmpty(match: Match, mapping: FieldMapping): Carried {
  if (!emptyIsEmpty(mapping)) return uncarried(AMONG_OTHERS);
  const empty: Predicate = {
    op: 'missing',
    subject: targetField(match.subject, mapping.field),
    counts: 'empty',
    span: match.span,
  };
  const others = match.values.filter((value) => value !== '');
  if (others.length === 0) return exact(empty);
  const rest = carryMatch({ ...match, values: others }, mapping);
  if (rest.predicate === undefined) return rest;
  const predicate: Predicate = { op: 'or', of: [empty, rest.predicate], span: match.span };
  return { ...rest, predicate };
}

function carryMatch(asked: Match, mapping: FieldMapping): Carried {
  const { field, relation, values, rewrites } = mapping;
  const match =
    rewrites === undefined ? asked : { ...asked, values: asked.values.map((one) => respell(one, rewrites)) };
  const asksForEmpty = match.test === 'equals' && match.quantifier === 'any' && match.values.includes('');
  if (asksForEmpty && (relation.kind !== 'same' || values !== undefined)) return carryEmpty(match, mapping);
  if (values !== undefined) {
    if (match.test === 'regex' || match.test === 'wildcard') {
      return uncarried('The target spells the values differently; a pattern cannot be carried over.');
    }
    const rename = (targets: readonly string[]): Predicate => ({
      ...matchOn(match, field, 'equals', targets),
      quantifier: 'any',
      caseSensitive: false,
    });
    return onSpelling(
      values,
      (value) => passes(match, value),
      match.test === 'equals' ? match.values : undefined,
      rename,
    );
  }
  switch (relation.kind) {
    case 'same':
      return exact(matchOn(match, field, match.test, match.values));
    case 'file-name-of':
    case 'account-of':
      return onLastSegment(match, field, relation.separator);
    case 'folder-of':
    case 'domain-of':
      return beforeLastSegment(match, field, relation.separator);
    case 'path-of':
      return onWholePath(match, field, relation.separator);
    case 'qualified-account':
      return onQualifiedAccount(match, field, relation);
    case 'prefixed':
      return onPrefixed(match, field, relation.prefix);
    case 'item-of':
      return onItem(match, field, relation.prefix);
    case 'numbered':
      return onNumber(match, field);
    case 'ending-tells':
      return onEnding(match, field, relation);
    case 'text-in':
      return inText(match, targetField(match.subject, field));
    case 'keyword':
      return inText(match, { op: 'anyField', span: match.subject.span });
    case 'differs':
      return uncarried(mapping.note ?? 'The target writes the values differently.');
  }
}

function valueText(value: Value): string | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
      return value.value;
    case 'long':
    case 'real':
    case 'decimal':
    case 'bool':
      return String(value.value);
    case 'datetime':
    case 'timespan':
    case 'dynamic':
    case 'null':
      return undefined;
  }
}

/** Equality of a number with literals: in a field whose values are words it becomes an equality of texts. */
function carryOneOf(test: Extract<Predicate, { op: 'oneOf' }>, mapping: FieldMapping): Carried {
  const subject = targetField(test.subject, mapping.field);
  if (mapping.values === undefined) return exact({ ...test, subject });
  const asked = test.values.map(valueText).filter((text) => text !== undefined);
  const wanted = new Set(asked.map((text) => text.toLowerCase()));
  const rename = (targets: readonly string[]): Predicate => ({
    op: 'match',
    subject: { ...subject, type: 'string' },
    test: 'equals',
    values: targets,
    quantifier: 'any',
    caseSensitive: false,
    span: test.span,
  });
  return onSpelling(mapping.values, (value) => wanted.has(value.toLowerCase()), asked, rename);
}

/**
 * A single test, whose subject is the mapped source column, as a test on the target's field.
 *
 * @param test a leaf of a predicate with the column as its subject (for `compare`: on either side of a literal).
 * @returns the test in the target's words and what it costs; or why there is none. Effects hold where the test stands;
 *   under a negation `wider` and `narrower` change places.
 */
export function carryTest(test: Predicate, mapping: FieldMapping): Carried {
  const carried = carryToField(test, mapping);
  if (mapping.anyElement === undefined || carried.predicate === undefined) return carried;
  if (carried.effect !== 'exact' && carried.effect !== 'wider') return carried;
  const reason = 'The target tests every element of the list, not the one at this position.';
  return { predicate: carried.predicate, effect: 'wider', reason: carried.reason ?? reason };
}

function carryToField(test: Predicate, mapping: FieldMapping): Carried {
  if (test.op === 'match') return carryMatch(test, mapping);
  const { relation, field } = mapping;
  if (relation.kind === 'keyword') return uncarried('The target has no field for this column.');
  if (test.op === 'missing') {
    return emptyIsEmpty(mapping)
      ? exact({ ...test, subject: targetField(test.subject, field) })
      : uncarried(AMONG_OTHERS);
  }
  if (relation.kind !== 'same') return uncarried(mapping.note ?? 'The target writes the values differently.');
  if (test.op === 'oneOf') return carryOneOf(test, mapping);
  if (mapping.values !== undefined)
    return uncarried('The target spells the values differently; order has no meaning there.');
  switch (test.op) {
    case 'between':
    case 'ipInRange':
    case 'matchScalar':
    case 'inQuery':
      return exact({ ...test, subject: targetField(test.subject, field) });
    case 'isTrue':
      return exact({ ...test, of: targetField(test.of, field) });
    case 'compare':
      return test.left.op === 'field'
        ? exact({ ...test, left: targetField(test.left, field) })
        : exact({ ...test, right: targetField(test.right, field) });
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return uncarried('This is no test of a single column.');
  }
}
