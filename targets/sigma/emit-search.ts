/**
 * An adapted predicate as search identifiers and a condition: what holds as `selection_*`, what must not hold as
 * `filter_main_*`, as the SigmaHQ conventions have it; whatever is nested deeper is named and joined in the condition.
 */
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { impliesPresence, leafItems } from './emit-item.ts';
import { IdentifierNames } from './identifier-names.ts';
import type { NamedSearch, SigmaCondition, SigmaItem, SigmaSearch } from './tree.ts';

export interface Detections {
  readonly searches: readonly NamedSearch[];
  readonly condition: SigmaCondition;
}

/** The detection section for a predicate that `adapt` returned: negation at the leaves, constants only as the whole. */
export function emitDetections(where: Predicate): Detections {
  return new DetectionsWriter().write(where);
}

/** A search, and whether the predicate holds where it does or where it does not. */
interface SignedSearch {
  readonly search: SigmaSearch;
  readonly inverted: boolean;
}

/** Identifiers that must all hold (or not), and conditions that say more. */
interface Conjunction {
  readonly selections: SigmaSearch[];
  readonly filters: SigmaSearch[];
  readonly others: Predicate[];
}

class DetectionsWriter {
  readonly #searches: NamedSearch[] = [];
  readonly #names = new IdentifierNames();

  write(where: Predicate): Detections {
    if (where.op === 'constant') {
      // Every event has some text.
      const everything: SigmaSearch = { op: 'keywords', values: ['*'], span: where.span };
      const name = this.#add('keywords', everything);
      return { searches: this.#searches, condition: where.value ? name : { op: 'not', of: name, span: NO_SPAN } };
    }
    const predicate = withoutImpliedPresence(withSeparateTests(where));
    const condition =
      predicate.op === 'or' && asSearch(predicate) === undefined
        ? this.#writeAlternatives(predicate.of)
        : this.#writeConjunction(predicate.op === 'and' ? predicate.of : [predicate]);
    return { searches: this.#searches, condition };
  }

  #add(name: string, search: SigmaSearch): SigmaCondition {
    this.#searches.push({ name, search });
    return { op: 'identifier', name, span: NO_SPAN };
  }

  #addNamed(prefix: 'selection' | 'filter_main', search: SigmaSearch): SigmaCondition {
    return this.#add(this.#names.nameFor(prefix, search), search);
  }

  /** The top level: selections and filters under the names that patterns can gather. */
  #writeConjunction(operands: readonly Predicate[]): SigmaCondition {
    const { selections, filters, others } = sortOperands(operands);
    const parts: SigmaCondition[] = [];
    const gathers = others.length === 0;
    const [only] = selections;
    if (selections.length === 1 && only !== undefined) {
      parts.push(this.#add(only.op === 'keywords' ? 'keywords' : 'selection', only));
    } else if (selections.length > 0) {
      const names = selections.map((search) => this.#addNamed('selection', search));
      parts.push(...(gathers ? [family('all', 'selection_*')] : names));
    }
    for (const other of others) parts.push(this.#writeNested(other));
    if (filters.length > 0) {
      const names = filters.map((search) => this.#addNamed('filter_main', search));
      if (gathers && names.length > 1) parts.push(negation(family('any', 'filter_main_*')));
      else parts.push(...names.map(negation));
    }
    return junction('and', parts);
  }

  /** The top level of alternatives that are more than one search: each has its name. */
  #writeAlternatives(operands: readonly Predicate[]): SigmaCondition {
    const searches = operands.map(asSearch);
    if (searches.every((one) => one !== undefined && !one.inverted)) {
      for (const one of searches) if (one !== undefined) this.#addNamed('selection', one.search);
      return family('any', 'selection_*');
    }
    return junction(
      'or',
      operands.map((operand) => this.#writeNested(operand)),
    );
  }

  #writeNested(predicate: Predicate): SigmaCondition {
    const search = asSearch(predicate);
    if (search !== undefined) {
      const name = this.#addNamed(search.inverted ? 'filter_main' : 'selection', search.search);
      return search.inverted ? negation(name) : name;
    }
    if (predicate.op === 'or') {
      return junction(
        'or',
        predicate.of.map((operand) => this.#writeNested(operand)),
      );
    }
    const { selections, filters, others } = sortOperands(predicate.op === 'and' ? predicate.of : [predicate]);
    return junction('and', [
      ...selections.map((selection) => this.#addNamed('selection', selection)),
      ...others.map((other) => this.#writeNested(other)),
      ...filters.map((filter) => negation(this.#addNamed('filter_main', filter))),
    ]);
  }
}

const family = (quantifier: 'any' | 'all', pattern: string): SigmaCondition => ({
  op: 'of',
  quantifier,
  pattern,
  span: NO_SPAN,
});

const negation = (of: SigmaCondition): SigmaCondition => ({ op: 'not', of, span: NO_SPAN });

function junction(op: 'and' | 'or', of: readonly SigmaCondition[]): SigmaCondition {
  const [first] = of;
  return of.length === 1 && first !== undefined ? first : { op, of, span: NO_SPAN };
}

/** The operands of an `and`, with positive tests gathered in maps as far as their keys differ. */
function sortOperands(operands: readonly Predicate[]): Conjunction {
  const sorted: Conjunction = { selections: [], filters: [], others: [] };
  const items: SigmaItem[] = [];
  for (const operand of operands) {
    const one = asSearch(operand);
    if (one === undefined) sorted.others.push(operand);
    else if (one.inverted) sorted.filters.push(one.search);
    else if (one.search.op === 'map') items.push(...one.search.items);
    else sorted.selections.push(one.search);
  }
  sorted.selections.unshift(...mapsOf(items));
  return sorted;
}

/** Maps for the items: in one map each key stands once. Keywords stand in maps of their own. */
function mapsOf(items: readonly SigmaItem[]): readonly SigmaSearch[] {
  const maps: { readonly keys: Set<string>; readonly items: SigmaItem[] }[] = [];
  for (const item of items) {
    const key = keyOf(item);
    let map = maps.find(
      ({ keys, items: [first] }) => !keys.has(key) && (first?.field === undefined) === (item.field === undefined),
    );
    if (map === undefined) {
      map = { keys: new Set(), items: [] };
      maps.push(map);
    }
    map.keys.add(key);
    map.items.push(item);
  }
  return maps.map((map) => searchOfItems(map.items));
}

/** The key of an item in its map. */
export function keyOf(item: SigmaItem): string {
  return [item.field ?? '', ...item.modifiers].join('|');
}

function searchOfItems(items: readonly SigmaItem[]): SigmaSearch {
  const [first] = items;
  if (items.length === 1 && first?.field === undefined && first?.modifiers.length === 0) {
    return { op: 'keywords', values: first.values, span: first.span };
  }
  return { op: 'map', items, span: first?.span ?? NO_SPAN };
}

// ---------------------------------------------------------------------------------------------- one search

/**
 * The predicate as one search, or as what one search must not hold of; `undefined` when it takes a condition. An `or` of
 * positive tests is a list; an `and` of them a map; of negated ones, the other way round.
 */
function asSearch(predicate: Predicate): SignedSearch | undefined {
  if (predicate.op !== 'and' && predicate.op !== 'or') {
    const { items, junction: joined, inverted } = leafItems(predicate);
    const [first] = items;
    if (items.length === 1 || joined === 'all') {
      const maps = mapsOf(items);
      const [map] = maps;
      return maps.length === 1 && map !== undefined ? { search: map, inverted } : undefined;
    }
    const of = items.map((one) => searchOfItems([one]));
    return { search: { op: 'list', of, span: first?.span ?? NO_SPAN }, inverted };
  }
  const parts = predicate.of.map(asSearch);
  const inverted = parts[0]?.inverted ?? false;
  const searches: SigmaSearch[] = [];
  for (const part of parts) {
    if (part === undefined || part.inverted !== inverted) return undefined;
    searches.push(part.search);
  }
  // What must hold together where it is asserted may each be enough where it is denied.
  return (predicate.op === 'and') === inverted ? listOf(searches, inverted) : mapOf(searches, inverted);
}

function listOf(searches: readonly SigmaSearch[], inverted: boolean): SignedSearch | undefined {
  const of = searches.flatMap((search) => (search.op === 'list' ? search.of : [search]));
  // Several lists of keywords would be read as one.
  if (of.filter((search) => search.op === 'keywords').length > 1) return undefined;
  return { search: { op: 'list', of, span: NO_SPAN }, inverted };
}

function mapOf(searches: readonly SigmaSearch[], inverted: boolean): SignedSearch | undefined {
  const items: SigmaItem[] = [];
  for (const search of searches) {
    if (search.op !== 'map') return undefined;
    items.push(...search.items);
  }
  const maps = mapsOf(items);
  const [map] = maps;
  return maps.length === 1 && map !== undefined ? { search: map, inverted } : undefined;
}

/**
 * `all` of several values as tests of their own, but for `contains`, for which Sigma has `|all`: with any other test it is
 * either never true or, for regular expressions, something that rule checkers take for that.
 */
function withSeparateTests(predicate: Predicate): Predicate {
  switch (predicate.op) {
    case 'and':
    case 'or':
      return {
        ...predicate,
        of: predicate.of.flatMap((operand) => operandsOf(predicate.op, withSeparateTests(operand))),
      };
    case 'not': {
      const inner = withSeparateTests(predicate.of);
      return inner.op === 'and'
        ? { ...inner, op: 'or', of: inner.of.map((of) => ({ op: 'not', of, span: predicate.span })) }
        : predicate;
    }
    case 'match': {
      const { subject, test, values, quantifier } = predicate;
      if (quantifier === 'any' || values.length < 2 || test === 'contains' || subject.op === 'anyField')
        return predicate;
      const of = values.map((one): Predicate => ({ ...predicate, values: [one], quantifier: 'any' }));
      return { op: 'and', of, span: predicate.span };
    }
    case 'constant':
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return predicate;
  }
}

const operandsOf = (op: 'and' | 'or', predicate: Predicate): readonly Predicate[] =>
  predicate.op === op ? predicate.of : [predicate];

/**
 * The predicate without tests for presence that the items beside them imply: raising puts them back.
 */
function withoutImpliedPresence(predicate: Predicate): Predicate {
  if (predicate.op !== 'and' && predicate.op !== 'or') return predicate;
  const { op } = predicate;
  const implied = new Set<string>();
  for (const operand of predicate.of) {
    const leaf = op === 'and' ? operand : operand.op === 'not' ? operand.of : undefined;
    const subject = leaf === undefined ? undefined : impliesPresence(leaf);
    if (subject !== undefined) implied.add(canonicalTextOfScalar(subject));
  }
  const of = predicate.of.filter((operand) => {
    const leaf = op === 'or' ? operand : operand.op === 'not' ? operand.of : undefined;
    return leaf?.op !== 'missing' || leaf.counts !== 'absent' || !implied.has(canonicalTextOfScalar(leaf.subject));
  });
  const [first] = of;
  if (of.length === 1 && first !== undefined) return withoutImpliedPresence(first);
  return { ...predicate, of: of.map(withoutImpliedPresence) };
}
