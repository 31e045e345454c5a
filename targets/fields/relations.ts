/** Tests on a text whose field holds it in another form: the last segment of a path, a list, a qualified account ... */
import type { Effect } from '../../src/diagnostic.ts';
import { equalsIgnoringCase, foldCase, isTermCharacter } from '../../src/ir/text.ts';
import type { Field, Predicate, Scalar, TextTest } from '../../src/ir/types.ts';
import type { ValueRelation } from './types.ts';

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

export type Match = Extract<Predicate, { op: 'match' }>;
export type Carried = CarriedTest | UncarriedTest;

export const uncarried = (reason: string): UncarriedTest => ({ predicate: undefined, reason });

/** The target's field in the place of a source field; `name` is one name, dots and all. */
export function targetField(source: Scalar, name: string): Field {
  return { op: 'field', name, path: [], type: source.op === 'field' ? source.type : 'string', span: source.span };
}

export const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** A test whose values are each carried by `carryValue`, joined as the quantifier says. */
function perValue(match: Match, carryValue: (value: string) => Carried): Carried {
  const isPattern = match.test === 'regex' || match.test === 'wildcard';
  const results = match.values.map((value) =>
    // The empty text is part of every text.
    value === '' && match.test !== 'equals' && !isPattern
      ? exact({ op: 'constant', value: true, span: match.span })
      : carryValue(value),
  );
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

export function matchOn(match: Match, field: string, test: TextTest, values: readonly string[]): Match {
  return { ...match, subject: targetField(match.subject, field), test, values };
}

export const exact = (predicate: Predicate): CarriedTest => ({ predicate, effect: 'exact' });
export const wider = (predicate: Predicate, reason: string): CarriedTest => ({ predicate, effect: 'wider', reason });

/** What a run of letters and digits is bounded by, as KQL's `has` sees it. */
const BOUNDARY = '[^\\p{L}\\p{N}]';

const NO_PATTERN = 'A pattern for a part of a text cannot be turned into one for the whole text.';

/** Where the value must stand in the text: at its start (end), where a term begins (ends), anywhere. */
type Edge = 'text' | 'term' | 'any';

/** What a test asks of both ends of its value. `undefined`: the value is a pattern. */
function edgesOf(test: TextTest, value: string): { readonly start: Edge; readonly end: Edge } | undefined {
  // Beside a delimiter every place is a boundary.
  const start: Edge = isTermCharacter(value) ? 'term' : 'any';
  const end: Edge = /[\p{L}\p{N}]$/u.test(value) ? 'term' : 'any';
  switch (test) {
    case 'equals':
      return { start: 'text', end: 'text' };
    case 'startsWith':
      return { start: 'text', end: 'any' };
    case 'endsWith':
      return { start: 'any', end: 'text' };
    case 'contains':
      return { start: 'any', end: 'any' };
    case 'term':
      return { start, end };
    case 'termPrefix':
      return { start, end: 'any' };
    case 'termSuffix':
      return { start: 'any', end };
    case 'regex':
    case 'wildcard':
      return undefined;
  }
}

/**
 * A test on the last segment of the field: what stands after the last separator. The value may hold no separator: then
 * the segment cannot pass the test, except that an empty segment passes the empty one.
 */
export function onLastSegment(match: Match, field: string, separator: string): Carried {
  return perValue(match, (value) => {
    if (value.includes(separator) && match.test !== 'regex' && match.test !== 'wildcard') {
      return exact({ op: 'constant', value: false, span: match.span });
    }
    if (match.test === 'equals') return exact(matchOn(match, field, 'endsWith', [separator + value]));
    if (match.test === 'endsWith') return exact(matchOn(match, field, 'endsWith', [value]));
    const edges = edgesOf(match.test, value);
    if (edges === undefined) return uncarried(NO_PATTERN);
    const one = escapeRegex(separator);
    const before = { text: one, term: `(?:^|${BOUNDARY})`, any: '' }[edges.start];
    const inside = `[^${one}]*`;
    const after = { text: '$', term: `(?:[^\\p{L}\\p{N}${one}]${inside})?$`, any: `${inside}$` }[edges.end];
    return exact(matchOn(match, field, 'regex', [before + escapeRegex(value) + after]));
  });
}

/** A test on everything before the last separator. */
export function beforeLastSegment(match: Match, field: string, separator: string): Carried {
  return perValue(match, (value) => {
    const edges = edgesOf(match.test, value);
    if (edges === undefined) return uncarried(NO_PATTERN);
    const one = escapeRegex(separator);
    const rest = `${one}[^${one}]*$`;
    const before = { text: '^', term: `(?:^|${BOUNDARY})`, any: '' }[edges.start];
    const after = { text: rest, term: `(?:${BOUNDARY}.*)?${rest}`, any: `.*${rest}` }[edges.end];
    return exact(matchOn(match, field, 'regex', [before + escapeRegex(value) + after]));
  });
}

/** A test on a whole path where the field holds its last segment only. */
export function onWholePath(match: Match, field: string, separator: string): Carried {
  const reason = 'The target knows the file name only, not the folder.';
  return perValue(match, (value) => {
    const segment = value.slice(value.lastIndexOf(separator) + 1);
    if (match.test === 'equals') return wider(matchOn(match, field, 'equals', [segment]), reason);
    if (match.test !== 'endsWith') return uncarried(reason);
    if (!value.includes(separator)) return exact(matchOn(match, field, 'endsWith', [value]));
    return wider(matchOn(match, field, 'equals', [segment]), reason);
  });
}

const NO_DOMAIN = 'The target does not know the domain of the account.';

/** A test on `DOMAIN\\name` where the target keeps the two apart. */
export function onQualifiedAccount(
  match: Match,
  field: string,
  relation: Extract<ValueRelation, { kind: 'qualified-account' }>,
): Carried {
  const { separator, domainField } = relation;
  return perValue(match, (value) => {
    const edges = edgesOf(match.test, value);
    if (edges === undefined) {
      return uncarried('The target keeps domain and account name apart; a pattern for both at once cannot be split.');
    }
    const split = value.lastIndexOf(separator);
    if (split < 0) return onOneOfBoth(match, field, domainField, value);
    const domain = value.slice(0, split);
    const onName = nameTest(match, field, value.slice(split + separator.length), edges.end);
    if (domain === '' && edges.start !== 'text') return exact(onName);
    if (domainField === undefined) return wider(onName, NO_DOMAIN);
    if (domain === '') return exact(withoutDomain(match, domainField, onName));
    return exact({ op: 'and', of: [domainTest(match, domainField, domain, edges.start), onName], span: match.span });
  });
}

/** The test on the name, for accounts that have no domain. */
function withoutDomain(match: Match, domainField: string, onName: Match): Predicate {
  const subject = targetField(match.subject, domainField);
  const noDomain: Predicate = { op: 'missing', subject, counts: 'empty', span: match.span };
  return { op: 'and', of: [noDomain, onName], span: match.span };
}

/** What stands behind the separator is the start of the account's name. */
function nameTest(match: Match, field: string, name: string, end: Edge): Match {
  if (end === 'text') return matchOn(match, field, 'equals', [name]);
  if (end === 'any') return matchOn(match, field, 'startsWith', [name]);
  return matchOn(match, field, 'regex', [`^${escapeRegex(name)}(?:${BOUNDARY}|$)`]);
}

/** What stands before the separator is the end of the domain's name. */
function domainTest(match: Match, field: string, domain: string, start: Edge): Match {
  if (start === 'text') return matchOn(match, field, 'equals', [domain]);
  if (start === 'any') return matchOn(match, field, 'endsWith', [domain]);
  return matchOn(match, field, 'regex', [`(?:^|${BOUNDARY})${escapeRegex(domain)}$`]);
}

/** A value without a separator stands in the domain or in the account's name. */
function onOneOfBoth(match: Match, field: string, domainField: string | undefined, value: string): Carried {
  const onName = matchOn(match, field, match.test, [value]);
  if (match.test === 'endsWith') return exact(onName);
  if (domainField === undefined) {
    if (match.test === 'startsWith') return uncarried(NO_DOMAIN);
    return { predicate: onName, effect: match.test === 'equals' ? 'wider' : 'narrower', reason: NO_DOMAIN };
  }
  if (match.test === 'equals') {
    // The column is the name alone where there is no domain.
    return exact(withoutDomain(match, domainField, onName));
  }
  const onDomain = matchOn(match, domainField, match.test, [value]);
  return exact(match.test === 'startsWith' ? onDomain : { op: 'or', of: [onName, onDomain], span: match.span });
}

/** A test on a value that stands behind a prefix. */
export function onPrefixed(match: Match, field: string, prefix: string): Carried {
  return perValue(match, (value) => {
    const edges = edgesOf(match.test, value);
    if (edges === undefined)
      return uncarried(`The target's value starts with '${prefix}'; a pattern cannot be moved behind it.`);
    if (match.test === 'equals' || match.test === 'startsWith') {
      return exact(matchOn(match, field, match.test, [prefix + value]));
    }
    if (edges.start === 'term' && /[\p{L}\p{N}]$/u.test(prefix)) {
      return uncarried(`The target's value starts with '${prefix}', behind which no term begins.`);
    }
    const onField = matchOn(match, field, match.test, [value]);
    return mayStraddle(foldCase(prefix), foldCase(value))
      ? wider(onField, `The target's value starts with '${prefix}', in which the text may stand.`)
      : exact(onField);
  });
}

/** Whether the value may begin in the prefix: it stands in it, or starts with what the prefix ends with. */
function mayStraddle(prefix: string, value: string): boolean {
  if (prefix.includes(value)) return true;
  for (let start = 0; start < prefix.length; start++) if (value.startsWith(prefix.slice(start))) return true;
  return false;
}

/** A test on one item of a list written as text. Items (hashes) are compared without case. */
export function onItem(match: Match, field: string, prefix: string): Carried {
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
export function inText(match: Match, subject: Scalar): Carried {
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
export function onNumber(match: Match, field: string): Carried {
  return perValue(match, (value) => {
    const number = /^\s*(\d+)\b/.exec(value)?.[1];
    const isWhole = match.test === 'equals' || (match.test === 'startsWith' && /^\d+ -/.test(value));
    // A number of four digits and more is hardly one of the label's words, nor a part of another number.
    const isInside = match.test === 'term' || match.test === 'contains' || match.test === 'startsWith';
    if (number === undefined || !(isWhole || (isInside && /^\d{4,}( -.*)?$/.test(value)))) {
      return uncarried("The target holds the number only, not the label's words.");
    }
    return exact(matchOn(match, field, 'equals', [number]));
  });
}

/** A test on a word that says whether the field has an ending. */
export function onEnding(
  match: Match,
  field: string,
  relation: Extract<ValueRelation, { kind: 'ending-tells' }>,
): Carried {
  if (match.test !== 'equals')
    return uncarried('The target has no such word; only equality with it can be carried over.');
  return perValue(match, (value) => {
    const ends: Predicate = { ...matchOn(match, field, 'endsWith', [relation.ending]), quantifier: 'any' };
    if (equalsIgnoringCase(value, relation.yes)) return exact(ends);
    if (equalsIgnoringCase(value, relation.no)) return exact({ op: 'not', of: ends, span: match.span });
    return exact({ op: 'constant', value: false, span: match.span });
  });
}
