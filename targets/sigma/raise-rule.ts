/** A rule's detection section as a predicate. */
import * as build from '../../src/ir/build.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { searchesMatching } from './read.ts';
import { raiseItem, raiseKeywords } from './raise-item.ts';
import type { SigmaCondition, SigmaRule, SigmaSearch } from './tree.ts';

/**
 * Values that a condition may make of a rule's searches: a condition can name a long search very often. Beyond it the
 * rule is not understood.
 */
const MAX_VALUES = 200_000;

/** What the events of a rule satisfy; negation stands at the leaves. */
export function raiseDetection(rule: SigmaRule): Predicate {
  const raiser = new ConditionRaiser(rule);
  const conditions = rule.conditions.map((condition) => raiser.raise(condition, true));
  return raiser.exhausted
    ? build.opaquePredicate('a condition that names its searches too often', [], rule.span)
    : build.or(conditions, rule.span);
}

class ConditionRaiser {
  readonly #rule: SigmaRule;
  readonly #sizes: ReadonlyMap<string, number>;
  #values = 0;

  constructor(rule: SigmaRule) {
    this.#rule = rule;
    this.#sizes = new Map(rule.searches.map(({ name, search }) => [name, sizeOf(search)]));
  }

  get exhausted(): boolean {
    return this.#values > MAX_VALUES;
  }

  /** The condition, or its negation. */
  raise(condition: SigmaCondition, positive: boolean): Predicate {
    const { span } = condition;
    switch (condition.op) {
      case 'and':
      case 'or': {
        const parts = condition.of.map((operand) => this.raise(operand, positive));
        return (condition.op === 'and') === positive ? build.and(parts, span) : build.or(parts, span);
      }
      case 'not':
        return this.raise(condition.of, !positive);
      case 'identifier':
        return this.#raiseNamed(condition.name, positive);
      case 'of': {
        const named = searchesMatching(condition.pattern, this.#rule.searches);
        const parts = named.map(({ name }) => this.#raiseNamed(name, positive));
        return (condition.quantifier === 'all') === positive ? build.and(parts, span) : build.or(parts, span);
      }
    }
  }

  #raiseNamed(name: string, positive: boolean): Predicate {
    this.#values += this.#sizes.get(name) ?? 1;
    const named = this.#rule.searches.find((search) => search.name === name);
    if (named === undefined || this.exhausted) return build.opaquePredicate(name);
    return raiseSearch(named.search, positive);
  }
}

function sizeOf(search: SigmaSearch): number {
  switch (search.op) {
    case 'map':
      return search.items.reduce((size, item) => size + item.values.length, 0);
    case 'list':
      return search.of.reduce((size, inner) => size + sizeOf(inner), 0);
    case 'keywords':
      return search.values.length;
  }
}

function raiseSearch(search: SigmaSearch, positive: boolean): Predicate {
  switch (search.op) {
    case 'map': {
      const parts = search.items.map((item) => raiseItem(item, positive));
      return positive ? build.and(parts, search.span) : build.or(parts, search.span);
    }
    case 'list': {
      const parts = search.of.map((inner) => raiseSearch(inner, positive));
      return positive ? build.or(parts, search.span) : build.and(parts, search.span);
    }
    case 'keywords':
      return raiseKeywords(search.values, positive, search.span);
  }
}
