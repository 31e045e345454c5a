/** Tests on a text whose field holds it in another form: the last segment of a path, a list, a qualified account ... */
import type { Effect } from '../../src/diagnostic.ts';
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

export function matchOn(match: Match, field: string, test: TextTest, values: readonly string[]): Match {
  return { ...match, subject: targetField(match.subject, field), test, values };
}

export const exact = (predicate: Predicate): CarriedTest => ({ predicate, effect: 'exact' });
export const wider = (predicate: Predicate, reason: string): CarriedTest => ({ predicate, effect: 'wider', reason });

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
export function onLastSegment(match: Match, field: string, separator: string): Carried {
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
export function beforeLastSegment(match: Match, field: string, separator: string): Carried {
  return perValue(match, (value) => {
    const parts = testAsRegex(match.test, value);
    if (parts === undefined)
      return uncarried('A pattern for a part of a path cannot be turned into one for the whole path.');
    const one = escapeRegex(separator);
    const rest = `${one}[^${one}]*$`;
    const before = parts.before === 'boundary' ? `(?:^|${BOUNDARY})` : parts.before;
    const after =
      parts.after === '$' ? rest : parts.after === 'boundary' ? `(?:${BOUNDARY}.*)?${rest}` : `.*${rest}`;
    return exact(matchOn(match, field, 'regex', [before + parts.core + after]));
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

/** A test on `DOMAIN\name` where the target keeps the two apart. */
export function onQualifiedAccount(
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

export function onPrefixed(match: Match, field: string, prefix: string): Carried {
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
