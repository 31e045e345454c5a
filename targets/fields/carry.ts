/** A test on a source column as a test on the target's field that holds the value, possibly in another form. */
import type { Effect } from '../../src/diagnostic.ts';
import type { Field, Predicate, Scalar, TextTest, Value } from '../../src/ir/types.ts';
import type { FieldMapping, ValueRelation } from './types.ts';

/** A test on the target's fields, and what the change costs where the test stands without a negation. */
export interface CarriedTest {
  readonly predicate: Predicate;
  readonly effect: 'exact' | Effect;
  /** Why it is not exact; a sentence. */
  readonly reason?: string;
}

/** Why a test has no counterpart; a sentence. */
export interface UncarriedTest {
  readonly predicate: undefined;
  readonly reason: string;
}

type Match = Extract<Predicate, { op: 'match' }>;
type Carried = CarriedTest | UncarriedTest;

const uncarried = (reason: string): UncarriedTest => ({ predicate: undefined, reason });

/** The target's field in the place of a source field; `name` is one name, dots and all. */
export function targetField(source: Scalar, name: string): Field {
  return { op: 'field', name, path: [], type: source.op === 'field' ? source.type : 'string', span: source.span };
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** A test whose values are each carried by `carryValue`, joined as the quantifier says. */
function perValue(match: Match, carryValue: (value: string) => Carried): Carried {
  const results = match.values.map(carryValue);
  const predicates: Predicate[] = [];
  let effect: CarriedTest['effect'] = 'exact';
  let reason: string | undefined;
  for (const result of results) {
    if (result.predicate === undefined) return result;
    predicates.push(result.predicate);
    if (result.effect === 'exact') continue;
    effect = effect === 'exact' || effect === result.effect ? result.effect : 'differs';
    reason ??= result.reason;
  }
  const predicate = joinTests(match.quantifier === 'any' ? 'or' : 'and', predicates, match);
  return { predicate, effect, ...(reason === undefined ? {} : { reason }) };
}

/** Tests of the same field and kind as one test with several values. */
function joinTests(op: 'and' | 'or', tests: readonly Predicate[], like: Match): Predicate {
  const [first] = tests;
  if (first !== undefined && tests.length === 1) return first;
  const matches = tests.filter((test) => test.op === 'match');
  const isUniform =
    first?.op === 'match' &&
    matches.length === tests.length &&
    matches.every(
      (test) =>
        test.test === first.test &&
        test.caseSensitive === first.caseSensitive &&
        test.values.length === 1 &&
        JSON.stringify(test.subject) === JSON.stringify(first.subject),
    );
  if (!isUniform) return { op, of: tests, span: like.span };
  return {
    ...first,
    values: [...new Set(matches.flatMap((test) => test.values))],
    quantifier: op === 'or' ? 'any' : 'all',
  };
}

function matchOn(match: Match, field: string, test: TextTest, values: readonly string[]): Match {
  return { ...match, subject: targetField(match.subject, field), test, values };
}

const exact = (predicate: Predicate): CarriedTest => ({ predicate, effect: 'exact' });
const wider = (predicate: Predicate, reason: string): CarriedTest => ({ predicate, effect: 'wider', reason });

/** What a run of letters and digits is bounded by, as KQL's `has` sees it. */
const BOUNDARY = '[^\\p{L}\\p{N}]';

/** A regular expression for a test on the text that stands where `around(core)` says. `undefined`: none that is exact. */
function testAsRegex(
  test: TextTest,
  value: string,
): { readonly before: string; readonly core: string; readonly after: string } | undefined {
  const core = escapeRegex(value);
  switch (test) {
    case 'equals':
      return { before: '^', core, after: '$' };
    case 'startsWith':
      return { before: '^', core, after: '' };
    case 'endsWith':
      return { before: '', core, after: '$' };
    case 'contains':
      return { before: '', core, after: '' };
    case 'term':
      return { before: 'boundary', core, after: 'boundary' };
    case 'termPrefix':
      return { before: 'boundary', core, after: '' };
    case 'termSuffix':
      return { before: '', core, after: 'boundary' };
    case 'regex':
    case 'wildcard':
      return undefined;
  }
}

/**
 * A test on the last segment of the field: what stands after the last separator. The value may hold no separator: then
 * the segment can't pass the test, except that an empty segment passes the empty one.
 */
function onLastSegment(match: Match, field: string, separator: string): Carried {
  return perValue(match, (value) => {
    if (value.includes(separator) && match.test !== 'regex' && match.test !== 'wildcard') {
      return exact({ op: 'constant', value: false, span: match.span });
    }
    if (match.test === 'equals') return exact(matchOn(match, field, 'endsWith', [separator + value]));
    if (match.test === 'endsWith') return exact(matchOn(match, field, 'endsWith', [value]));
    const parts = testAsRegex(match.test, value);
    if (parts === undefined)
      return uncarried('A pattern for a part of a path cannot be turned into one for the whole path.');
    const one = escapeRegex(separator);
    const inside = `[^${one}]*`;
    const before = parts.before === '^' ? one : parts.before === 'boundary' ? `(?:^|${BOUNDARY})` : '';
    const after = parts.after === 'boundary' ? `(?:[^\\p{L}\\p{N}${one}]${inside})?$` : `${inside}$`;
    return exact(matchOn(match, field, 'regex', [before + parts.core + after]));
  });
}

/** A test on everything before the last separator. */
function beforeLastSegment(match: Match, field: string, separator: string): Carried {
  return perValue(match, (value) => {
    const parts = testAsRegex(match.test, value);
    if (parts === undefined)
      return uncarried('A pattern for a part of a path cannot be turned into one for the whole path.');
    const one = escapeRegex(separator);
    const rest = `${one}[^${one}]*$`;
    const before = parts.before === 'boundary' ? `(?:^|${BOUNDARY})` : parts.before;
    const after =
      parts.after === '$' ? rest : parts.after === 'boundary' ? `(?:${BOUNDARY}(?s:.*))?${rest}` : `(?s:.*)${rest}`;
    return exact(matchOn(match, field, 'regex', [before + parts.core + after]));
  });
}

/** A test on a whole path where the field holds its last segment only. */
function onWholePath(match: Match, field: string, separator: string): Carried {
  const reason = 'The target knows the file name only, not the folder.';
  return perValue(match, (value) => {
    const segment = value.slice(value.lastIndexOf(separator) + 1);
    if (match.test === 'equals') return wider(matchOn(match, field, 'equals', [segment]), reason);
    if (match.test !== 'endsWith') return uncarried(reason);
    if (!value.includes(separator)) return exact(matchOn(match, field, 'endsWith', [value]));
    return wider(matchOn(match, field, 'equals', [segment]), reason);
  });
}

/** A test on `DOMAIN\name` where the target keeps the two apart. */
function onQualifiedAccount(
  match: Match,
  field: string,
  relation: Extract<ValueRelation, { kind: 'qualified-account' }>,
): Carried {
  const { separator, domainField } = relation;
  return perValue(match, (value) => {
    const split = value.lastIndexOf(separator);
    const domain = value.slice(0, Math.max(split, 0));
    const name = value.slice(split + 1);
    const withDomain = (test: TextTest, nameTest: TextTest): Carried => {
      const onName = matchOn(match, field, nameTest, [name]);
      if (domain === '') return exact(onName);
      if (domainField === undefined) return wider(onName, 'The target does not know the domain of the account.');
      return exact({ op: 'and', of: [matchOn(match, domainField, test, [domain]), onName], span: match.span });
    };
    switch (match.test) {
      case 'equals':
        // Without a separator the column names the account alone, as Windows does for its own.
        return split < 0 ? exact(matchOn(match, field, 'equals', [value])) : withDomain('equals', 'equals');
      case 'endsWith':
        return split < 0 ? exact(matchOn(match, field, 'endsWith', [value])) : withDomain('endsWith', 'equals');
      case 'startsWith':
        if (split >= 0) return withDomain('equals', 'startsWith');
        if (domainField === undefined) return uncarried('The target does not know the domain of the account.');
        return exact(matchOn(match, domainField, 'startsWith', [value]));
      case 'contains':
      case 'term':
      case 'termPrefix':
      case 'termSuffix': {
        if (split >= 0) return withDomain('endsWith', 'startsWith');
        const onName = matchOn(match, field, match.test, [value]);
        if (domainField === undefined) {
          return {
            predicate: onName,
            effect: 'narrower',
            reason: 'The target does not know the domain of the account.',
          };
        }
        return exact({ op: 'or', of: [onName, matchOn(match, domainField, match.test, [value])], span: match.span });
      }
      case 'regex':
      case 'wildcard':
        return uncarried('The target keeps domain and account name apart; a pattern for both at once cannot be split.');
    }
  });
}

function onPrefixed(match: Match, field: string, prefix: string): Carried {
  return perValue(match, (value) => {
    switch (match.test) {
      case 'equals':
      case 'startsWith':
        return exact(matchOn(match, field, match.test, [prefix + value]));
      case 'endsWith':
        return exact(matchOn(match, field, 'endsWith', [value]));
      case 'contains':
      case 'term':
      case 'termPrefix':
      case 'termSuffix':
        return prefix.toLowerCase().includes(value.toLowerCase())
          ? uncarried(`The target's value starts with '${prefix}', in which the text stands anyway.`)
          : exact(matchOn(match, field, match.test, [value]));
      case 'regex':
      case 'wildcard':
        return uncarried(`The target's value starts with '${prefix}'; a pattern cannot be moved behind it.`);
    }
  });
}

/** A test on one item of a list written as text. Items (hashes) are compared without case. */
function onItem(match: Match, field: string, prefix: string): Carried {
  return perValue({ ...match, caseSensitive: false }, (value) => {
    const insensitive: Match = { ...match, caseSensitive: false };
    switch (match.test) {
      case 'equals':
      case 'startsWith':
      case 'term':
        return exact(matchOn(insensitive, field, 'contains', [prefix + value]));
      case 'endsWith':
      case 'contains':
      case 'termPrefix':
      case 'termSuffix':
        return wider(
          matchOn(insensitive, field, 'contains', [value]),
          'The text may stand in another item of the list.',
        );
      case 'regex':
      case 'wildcard':
        return uncarried('The field is a list; a pattern for one item cannot be turned into one for the list.');
    }
  });
}

/** A test on a text that stands somewhere in the subject. */
function inText(match: Match, subject: Scalar): Carried {
  const reason = 'The text may stand elsewhere in the event.';
  switch (match.test) {
    case 'contains':
    case 'equals':
    case 'startsWith':
    case 'endsWith':
      return wider({ ...match, subject, test: 'contains' }, reason);
    case 'term':
    case 'termPrefix':
    case 'termSuffix':
      return wider({ ...match, subject }, reason);
    case 'regex':
    case 'wildcard':
      return uncarried('A pattern for one field cannot be turned into one for the whole text.');
  }
}

/** A test on a label `4625 - An account failed ...` where the field holds the number. */
function onNumber(match: Match, field: string): Carried {
  return perValue(match, (value) => {
    const number = /^\s*(\d+)\b/.exec(value)?.[1];
    const isWhole = match.test === 'equals' || (match.test === 'startsWith' && /^\d+\s/.test(value));
    // A number of three digits and more is hardly part of the label's words.
    const isTerm = match.test !== 'regex' && match.test !== 'wildcard' && /^\d{3,}( -.*)?$/.test(value);
    if (number === undefined || !(isWhole || isTerm)) {
      return uncarried("The target holds the number only, not the label's words.");
    }
    return exact(matchOn(match, field, 'equals', [number]));
  });
}

/** Values that are spelt differently: those that pass the test, in the target's spelling. */
function onSpelling(
  values: ReadonlyMap<string, string>,
  passes: (value: string) => boolean,
  asked: readonly string[] | undefined,
  rename: (values: readonly string[]) => Predicate,
): Carried {
  const passing = [...values].filter(([source]) => passes(source));
  const targets = new Set(passing.map(([, target]) => target));
  if (targets.size === 0) return uncarried('The target has no word for this value.');
  const predicate = rename([...targets]);
  const isKnown = (value: string): boolean =>
    [...values.keys()].some((one) => one.toLowerCase() === value.toLowerCase());
  const unknown = asked?.filter((value) => !isKnown(value)) ?? [];
  const shared = [...values].some(([source, target]) => targets.has(target) && !passes(source));
  const noWord = `The target has no word for ${unknown.map((value) => `'${value}'`).join(', ')}.`;
  if (unknown.length > 0 && shared) return { predicate, effect: 'differs', reason: noWord };
  if (unknown.length > 0) return { predicate, effect: 'narrower', reason: noWord };
  if (shared) return wider(predicate, 'The target has one word for this value and another.');
  return exact(predicate);
}

function passesTest(match: Match): (value: string) => boolean {
  const fold = (text: string): string => (match.caseSensitive ? text : text.toLowerCase());
  const one = (value: string, wanted: string): boolean => {
    const [text, sought] = [fold(value), fold(wanted)];
    switch (match.test) {
      case 'equals':
        return text === sought;
      case 'startsWith':
        return text.startsWith(sought);
      case 'endsWith':
        return text.endsWith(sought);
      case 'contains':
        return text.includes(sought);
      case 'term':
      case 'termPrefix':
      case 'termSuffix': {
        const at = text.indexOf(sought);
        if (at < 0) return false;
        const isBoundary = (char: string | undefined): boolean => char === undefined || !/[\p{L}\p{N}]/u.test(char);
        return (
          (match.test === 'termSuffix' || isBoundary(text[at - 1])) &&
          (match.test === 'termPrefix' || isBoundary(text[at + sought.length]))
        );
      }
      case 'regex':
      case 'wildcard':
        return false;
    }
  };
  return (value) =>
    match.quantifier === 'any'
      ? match.values.some((wanted) => one(value, wanted))
      : match.values.every((wanted) => one(value, wanted));
}

/** The value with the parts that the target spells differently in the target's spelling. */
function respell(value: string, rewrites: ReadonlyMap<string, string>): string {
  let text = value;
  for (const [from, to] of rewrites) text = text.replace(new RegExp(escapeRegex(from), 'giu'), () => to);
  return text;
}

function carryMatch(asked: Match, mapping: FieldMapping): Carried {
  const { field, relation, values, rewrites } = mapping;
  const match =
    rewrites === undefined ? asked : { ...asked, values: asked.values.map((one) => respell(one, rewrites)) };
  if (values !== undefined) {
    if (match.test === 'regex' || match.test === 'wildcard') {
      return uncarried('The target spells the values differently; a pattern cannot be carried over.');
    }
    const rename = (targets: readonly string[]): Predicate => ({
      ...matchOn(match, field, 'equals', targets),
      quantifier: 'any',
      caseSensitive: false,
    });
    return onSpelling(values, passesTest(match), match.test === 'equals' ? match.values : undefined, rename);
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
  if (test.op === 'match') return carryMatch(test, mapping);
  const { relation, field } = mapping;
  if (relation.kind === 'keyword') return uncarried('The target has no field for this column.');
  if (test.op === 'missing') {
    return relation.kind === 'item-of' || relation.kind === 'text-in'
      ? uncarried('The target keeps the value among others; that it is missing cannot be told.')
      : exact({ ...test, subject: targetField(test.subject, field) });
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
