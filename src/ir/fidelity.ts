/**
 * What a difference in one place does to the whole rule. Effects follow logic: what widens a leaf widens the rule where
 * the leaf counts positively, narrows it where it counts negatively (under `not`, on the right of an anti join), and may
 * do both where it counts both ways.
 *
 * An emitter carries a {@link Polarity} down while it goes through the rule, turns it at every negation, and asks here
 * what to note when it has to say less or more than the source.
 */
import type { Effect, Note, Verdict } from '../diagnostic.ts';
import type { AggregateFunction, Comparison, JoinKind } from './types.ts';

/**
 * How the rule's firing depends on a place: `positive`: the more is true there, the more the rule fires; `negative`: the
 * less; `mixed`: neither can be said.
 */
export type Polarity = 'positive' | 'negative' | 'mixed';

/** What comes of two differences in one output. `refused` outweighs everything, `context` nothing. */
export function joinEffects(left: Effect, right: Effect): Effect {
  if (left === 'refused' || right === 'refused') return 'refused';
  if (left === 'context') return right;
  if (right === 'context') return left;
  return left === right ? left : 'differs';
}

/** How faithful an output is, from its notes. `context` notes leave it exact: the same alerts, less said about them. */
export function joinVerdict(notes: readonly Pick<Note, 'effect'>[]): Verdict {
  const effect = notes.reduce<Effect>((joined, note) => joinEffects(joined, note.effect), 'context');
  return effect === 'context' ? 'exact' : effect;
}

/** The effect of a difference on the negation of what it is a difference of. */
export function flipEffect(effect: Effect): Effect {
  if (effect === 'wider') return 'narrower';
  return effect === 'narrower' ? 'wider' : effect;
}

export function flipPolarity(polarity: Polarity): Polarity {
  if (polarity === 'positive') return 'negative';
  return polarity === 'negative' ? 'positive' : 'mixed';
}

/** The polarity of a place inside a place: `outer` is that of the whole, `inner` that of the place within it. */
export function composePolarity(outer: Polarity, inner: Polarity): Polarity {
  if (outer === 'mixed' || inner === 'mixed') return 'mixed';
  return inner === 'positive' ? outer : flipPolarity(outer);
}

/** The effect on the rule of a difference with this effect at a place with this polarity. */
export function effectUnder(polarity: Polarity, effect: Effect): Effect {
  if (polarity === 'positive') return effect;
  if (polarity === 'negative') return flipEffect(effect);
  return effect === 'wider' || effect === 'narrower' ? 'differs' : effect;
}

/** The effect on the rule of leaving out an operand of an `and` (a filter is one) or an `or` at this place. */
export function dropOperand(op: 'and' | 'or', polarity: Polarity): Effect {
  return effectUnder(polarity, op === 'and' ? 'wider' : 'narrower');
}

/** What happens to a measure when events are added: it can only grow, only shrink, or either. */
function growthOf(fn: AggregateFunction): 'grows' | 'shrinks' | 'either' {
  switch (fn) {
    case 'count':
    case 'countDistinct':
    case 'max':
    case 'binaryOr':
      return 'grows';
    case 'min':
    case 'binaryAnd':
      return 'shrinks';
    // A sum grows only as long as nothing negative is added; sets and lists are no numbers.
    case 'sum':
    case 'average':
    case 'percentile':
    case 'standardDeviation':
    case 'variance':
    case 'argMax':
    case 'argMin':
    case 'any':
    case 'list':
    case 'set':
    case 'bag':
    case 'hll':
    case 'other':
      return 'either';
  }
}

/**
 * How the events below an aggregate count in `measure test constant`. `grouped`: there are keys. Then added events may
 * also make a new group whose measure is small, so that a condition that shrinks does not simply turn the effect round.
 */
export function aggregatePolarity(fn: AggregateFunction, test: Comparison, grouped: boolean): Polarity {
  const growth = growthOf(fn);
  if (growth === 'either' || test === '==') return 'mixed';
  const wantsMore = test === '>' || test === '>=';
  if (wantsMore === (growth === 'grows')) return 'positive';
  // Of no events a count is 0 and all else null, which passes no condition.
  return grouped || (fn !== 'count' && fn !== 'countDistinct') ? 'mixed' : 'negative';
}

/**
 * How the rows of a join's side count in its result. `conditionAbove`: a predicate above the join reads columns of both
 * sides, so that it matters which rows come, not only whether some do.
 */
export function joinPolarity(kind: JoinKind, side: 'left' | 'right', conditionAbove = true): Polarity {
  switch (kind) {
    case 'inner':
    case 'leftSemi':
    case 'rightSemi':
      return 'positive';
    case 'innerUnique':
      // The left side keeps one row of each key: another one may take its place.
      return side === 'left' && conditionAbove ? 'mixed' : 'positive';
    case 'leftAnti':
      return side === 'left' ? 'positive' : 'negative';
    case 'rightAnti':
      return side === 'right' ? 'positive' : 'negative';
    case 'leftOuter':
      return outerPolarity(side === 'left', conditionAbove);
    case 'rightOuter':
      return outerPolarity(side === 'right', conditionAbove);
    case 'fullOuter':
      // A match takes the place of two rows without one.
      return conditionAbove ? 'mixed' : 'positive';
  }
}

/** The side that is kept adds rows; the other one turns rows without a match into rows with one. */
function outerPolarity(kept: boolean, conditionAbove: boolean): Polarity {
  if (kept) return 'positive';
  return conditionAbove ? 'mixed' : 'positive';
}
