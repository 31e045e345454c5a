/**
 * Conditions on when a group was last or first seen. That the latest event is old says that events are **missing** since
 * then; that the first one is recent, that there were none before. No rule on events says either: asked of every event,
 * the one would fire on each as it grows old, the other on all.
 */
import type { AggregateShape, Branch } from '../../src/ir/shape.ts';
import type { Comparison, Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { columnsReadBy, fieldsOf, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import type { Adapting } from './adapt-notes.ts';

/** Notes that a condition on groups asks for absence: nothing is left out of such a rule, for the rest says the opposite. */
export function refuseAbsence(condition: Predicate, shape: AggregateShape, adapting: Adapting): boolean {
  if (!asksForAbsence(condition, shape)) return false;
  const message = 'Sigma cannot say that there are no events since then, or none before.';
  adapting.refuse({ code: 'unsupported-measure', message, span: condition.span });
  return true;
}

/** Which of the times of a group's events a measure is. */
type Seen = 'last' | 'first';

/** Whether a condition on groups asks for events that are not there: none since then, or none before. */
function asksForAbsence(condition: Predicate, shape: AggregateShape): boolean {
  const reads = columnsReadBy(predicatePart(condition));
  if (reads.all) return false;
  const [seen, ...more] = new Set([...reads.names].map((name) => seenBy(name, shape)));
  // A duration (from the first to the last) or a condition on something else beside the time.
  if (seen === undefined || more.length > 0) return false;
  const isNegated = condition.op === 'not';
  const inner = condition.op === 'not' ? condition.of : condition;
  switch (inner.op) {
    case 'compare': {
      const later =
        comparedTime(inner.left, inner.test, inner.right) ??
        comparedTime(inner.right, MIRRORED[inner.test], inner.left);
      if (later === undefined) return true;
      return (later === 'later') !== isNegated ? seen === 'first' : seen === 'last';
    }
    case 'between':
      // From a time until now is how a query says which period it looks at.
      return isNegated || seen === 'first' || inner.high.op !== 'now' || inner.high.offset < 0;
    case 'missing':
      return false;
    case 'and':
    case 'or':
      return inner.of.some((operand) => asksForAbsence(operand, shape));
    case 'constant':
    case 'not':
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return true;
  }
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** Whether a time, or how long ago it is, is asked to be later or earlier than something; `undefined` if neither. */
function comparedTime(subject: Scalar, test: Comparison, other: Scalar): 'later' | 'earlier' | undefined {
  if (test === '==' || fieldsOf(scalarPart(other)).length > 0) return undefined;
  const isMore = test === '>' || test === '>=';
  if (subject.op === 'field') return isMore ? 'later' : 'earlier';
  if (subject.op !== 'call') return undefined;
  const [first, second] =
    subject.fn === 'dateDiff' ? subject.args.slice(1) : subject.fn === 'subtract' ? subject.args : [];
  if (first?.op !== 'now' || second?.op !== 'field') return undefined;
  return isMore ? 'earlier' : 'later';
}

/** The last or first time of the group's events that a column above the groups is; `undefined` if it is no such time. */
function seenBy(name: string, { measures, events }: AggregateShape): Seen | undefined {
  const measure = measures.find((one) => one.name === name) ?? choiceOf(name, measures);
  if (measure === undefined) return undefined;
  const [of] = measure.args;
  if (of === undefined || !events.branches.every((branch) => isTimeOf(of, branch))) return undefined;
  const chosen = measure.name === name || events.branches.every((branch) => name === branch.timeColumn);
  if (!chosen) return undefined;
  if (measure.fn === 'max' || measure.fn === 'argMax') return 'last';
  return measure.fn === 'min' || measure.fn === 'argMin' ? 'first' : undefined;
}

/** The measure that gives the column along with others of the chosen event. */
function choiceOf(name: string, measures: readonly Measure[]): Measure | undefined {
  const choices = measures.filter(({ fn }) => fn === 'argMax' || fn === 'argMin');
  return (
    choices.find(({ args }) => args.slice(1).some((arg) => arg.op === 'field' && arg.name === name)) ??
    choices.find(({ args }) => args.length === 1)
  );
}

function isTimeOf(scalar: Scalar, branch: Branch): boolean {
  const below = resolveScalarIn(branch, scalar);
  return below.op === 'field' && below.path.length === 0 && below.name === branch.timeColumn;
}
