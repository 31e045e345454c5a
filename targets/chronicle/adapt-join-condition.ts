/** Conditions above a join: those on one side go to its events, those between both are said between the event variables. */
import * as b from '../../src/ir/build.ts';
import type { CorrelationShape, Shape } from '../../src/ir/shape.ts';
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { rewritePredicate, substituteInPredicate } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';
import {
  asColumns,
  belowSide,
  resolved,
  type Side,
  type SideName,
  sideOf,
  sideValue,
  withPath,
} from './adapt-join-columns.ts';
import { isMeasured } from './adapt-outcome.ts';
import { twoSided } from './adapt-predicate.ts';
import { predicateInSeconds, roundingEffect } from './adapt-times.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import { stringOf } from './phrase-scalar.ts';
import { phrasePredicate } from './phrase.ts';
import { wordPredicate } from './wording.ts';

/** A condition above the join on one side, over the columns of its events. */
export function ownCondition(adapting: Adapting, shape: CorrelationShape, side: Shape, conjunct: Predicate): Predicate {
  let failure: string | undefined;
  const measured: string[] = [];
  const below = substituteInPredicate(resolved(shape, conjunct), (field) => {
    const { name } = sideOf(shape, field.name);
    if (side.shape === 'events' && isMeasured(side.groupings, name)) measured.push(field.name);
    const value = belowSide(side, name);
    if (value === undefined) failure = `${field.name} is made of several events.`;
    return value === undefined ? undefined : withPath(value, field);
  });
  if (failure !== undefined) {
    const message = `A condition on joined events cannot be said. ${failure}`;
    leaveOut(adapting, 'unsupported', 'wider', conjunct.span, message);
    return b.constant(true, conjunct.span);
  }
  noteMeasured(adapting, measured, conjunct.span);
  return below;
}

function noteMeasured(adapting: Adapting, measured: readonly string[], span: Span): void {
  if (measured.length === 0) return;
  const message = `${measured.join(' and ')} stand for one event of several; YARA-L compares each of them.`;
  addNote(adapting, 'join-pairs', 'wider', span, message);
}

/** The tests between both sides. Those on one side have sunk to its events already, as far as that is exact. */
export function adaptAcross(
  adapting: Adapting,
  shape: CorrelationShape,
  asked: readonly Predicate[],
  sides: Readonly<Record<SideName, Side>>,
): Predicate {
  const tests: Predicate[] = [];
  for (const conjunct of asked) {
    const drop = (message: string): void =>
      leaveOut(
        adapting,
        'unsupported',
        'wider',
        conjunct.span,
        `A condition on joined events cannot be said. ${message}`,
      );
    let failure: string | undefined;
    const measured: string[] = [];
    const columns = substituteInPredicate(resolved(shape, conjunct), (field) => {
      const place = sideOf(shape, field.name);
      const side = sides[place.side];
      if (side.shape.shape === 'events' && isMeasured(side.shape.groupings, place.name)) measured.push(field.name);
      if (side.absent) failure = `${field.name} is of an event that must not be there.`;
      const value = sideValue(side, { ...field, name: place.name });
      if (typeof value !== 'string') return timeAware(side.variable, value);
      failure = value;
      return undefined;
    });
    if (failure !== undefined) {
      drop(failure);
      continue;
    }
    const rounding = roundingEffect(columns);
    const typed = inKinds(predicateInSeconds(columns));
    if (typed === undefined) {
      drop('Its values are of other types in UDM.');
      continue;
    }
    const test = wordPredicate(typed);
    if (phrasePredicate(test, () => stringOf('')) === undefined) {
      drop('YARA-L has nothing with its meaning.');
      continue;
    }
    if (rounding !== undefined) {
      addNote(adapting, 'whole-seconds', rounding, conjunct.span, 'YARA-L compares times in whole seconds.');
    }
    noteMeasured(adapting, measured, conjunct.span);
    tests.push(test);
  }
  return b.and(tests, shape.span);
}

/** The tests with both sides in one type; those of one column with a value are not made here. */
function inKinds(predicate: Predicate): Predicate | undefined {
  const failed: Predicate[] = [];
  const typed = rewritePredicate(wordPredicate(predicate), {
    predicate: (node) => {
      if (node.op === 'constant' || node.op === 'and' || node.op === 'or' || node.op === 'not') return node;
      const isPair = node.op === 'compare' || node.op === 'matchScalar';
      const [left, right] =
        node.op === 'compare' ? [node.left, node.right] : node.op === 'matchScalar' ? [node.subject, node.value] : [];
      const made =
        isPair && left !== undefined && right !== undefined && isComputedPair(left, right)
          ? twoSided(node, left, right)
          : undefined;
      if (made === undefined) failed.push(node);
      return made ?? node;
    },
  });
  return failed.length > 0 ? undefined : typed;
}

/** Two values of events, or one that is computed of them and a number. */
const isComputedPair = (left: Scalar, right: Scalar): boolean =>
  (left.op !== 'literal' && right.op !== 'literal') || left.op === 'call';

/** Columns of an event variable; instants stay instants here, so that what compares them is known. */
function timeAware(variable: string, value: Scalar): Scalar {
  if (value.op === 'call' && value.fn === 'fromUnixSeconds') {
    return { ...value, args: value.args.map((arg) => asColumns(variable, arg)) };
  }
  return asColumns(variable, value);
}
