/** Scalars of the source query in Splunk's words: stored columns as fields, times as seconds, functions as SPL's. */
import { call, choose, long, missing, not, nullOf, real, text } from '../../src/ir/build.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Field, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { outsideSubqueries, partsOf, predicatePart } from '../../src/ir/walk.ts';
import { adaptCall } from './adapt-call.ts';
import { conditionOf, valueFromField } from './adapt-fields.ts';
import type { Counterpart } from './adapt-fields.ts';
import { adaptPredicate } from './adapt-predicate.ts';
import { SHOWN } from './adapting.ts';
import type { Use } from './adapting.ts';
import { normaliseLeaf } from './core.ts';
import type { Place, Rows } from './rows.ts';
import { unsayable, Unsayable } from './unsayable.ts';

/** What goes through a scalar with it. */
export interface ScalarContext {
  readonly rows: Rows;
  readonly use: Use;
  /**
   * The value is compared with texts in which JSON escapes nothing: `whole` as a whole or from one of its ends, `part`
   * with what may stand anywhere in it, and quotes do not count.
   */
  readonly comparesPlainly?: 'whole' | 'part';
}

/** A whole number of the event's seconds where it is one, else a fraction. */
export function secondsOf(milliseconds: number, span: Scalar['span']): Scalar {
  const seconds = milliseconds / 1000;
  return Number.isInteger(seconds) ? long(seconds, span) : real(seconds, span);
}

/** A number as SPL reads it again: a whole one is an integer however it was typed. */
export function numberOf(value: number, span: Scalar['span']): Scalar {
  if (!Number.isFinite(value)) return nullOf('unknown', span);
  return Number.isSafeInteger(value) ? long(value, span) : real(value, span);
}

/** A literal in SPL's types: numbers and texts. `undefined`: a structure. */
export function adaptValue(value: Value, span: Scalar['span']): Scalar | undefined {
  switch (value.type) {
    case 'string':
    case 'guid':
      return text(value.value, span);
    case 'long':
      return long(value.value, span);
    case 'real':
    case 'decimal':
      return numberOf(value.value, span);
    case 'bool':
      return text(value.value ? 'true' : 'false', span);
    case 'datetime':
    case 'timespan':
      return secondsOf(value.value, span);
    case 'null':
      return nullOf('unknown', span);
    case 'dynamic':
      if (typeof value.value === 'string') return text(value.value, span);
      if (typeof value.value === 'number') return numberOf(value.value, span);
      if (typeof value.value === 'boolean') return text(String(value.value), span);
      return value.value === null ? nullOf('unknown', span) : undefined;
  }
}

/**
 * A scalar over the rows' lower side, adapted. Throws {@link Unsayable}.
 *
 * @param as `time`: an instant is wanted as a number of seconds, whatever the event stores.
 */
export function adaptScalar(node: Scalar, context: ScalarContext, as: 'value' | 'time' = 'value'): Scalar {
  switch (node.op) {
    case 'field':
      return adaptField(node, context, as);
    case 'literal': {
      const value = adaptValue(node.value, node.span);
      return value ?? unsayable(node, 'A structure written in the query has no counterpart in SPL.');
    }
    case 'now':
      return node;
    case 'call':
      return adaptCall(node, context);
    case 'choose': {
      const cases = node.cases.map((one) => ({
        when: adaptCondition(one.when, context),
        then: adaptScalar(one.then, context, as),
      }));
      return choose(cases, adaptScalar(node.otherwise, context, as), node.type, node.span);
    }
    case 'test':
      return adaptTest(node.of, node.span, context);
    case 'anyField':
      return unsayable(node, 'The whole row is no value in SPL.');
    case 'query':
      return unsayable(node, 'A value taken from another query (`toscalar`) is not supported.');
    case 'opaque':
      return unsayable(node, `'${shorten(node.text)}' is not understood.`);
  }
}

/** A condition as the text `true` or `false`; neither where it is null. */
function adaptTest(of: Predicate, span: Scalar['span'], context: ScalarContext): Scalar {
  const holds = { when: adaptCondition(of, context), then: text('true') };
  if (!mayBeNull(of)) return choose([holds], text('false'), 'string', span);
  const fails = { when: adaptCondition(tidyPredicateTree(not(of)), context), then: text('false') };
  return choose([holds, fails], nullOf('unknown', span), 'string', span);
}

/** Whether a predicate is neither true nor false of some rows. */
function mayBeNull(of: Predicate): boolean {
  for (const { kind, node } of partsOf(predicatePart(of), outsideSubqueries)) {
    if (kind !== 'predicate') continue;
    if (node.op === 'compare' || node.op === 'between' || node.op === 'ipInRange' || node.op === 'isTrue') return true;
  }
  return false;
}

export function shorten(written: string): string {
  const line = written.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** A condition inside a value. */
function adaptCondition(of: Predicate, context: ScalarContext): Predicate {
  const { rows, use } = context;
  const polarity = use.decides ? ('mixed' as const) : SHOWN.polarity;
  const adapted = adaptPredicate(of, { rows, use: { ...use, polarity }, inExpression: true });
  if (adapted !== undefined) return adapted;
  throw new Unsayable('unsupported-predicate', of.span, 'The condition cannot be expressed inside a value.');
}

function adaptField(node: Field, context: ScalarContext, as: 'value' | 'time'): Scalar {
  const { rows, use } = context;
  const counterpart = rows.counterpart(node, use);
  if (counterpart === undefined) return nullOf('unknown', node.span);
  if (counterpart.kind === 'place') return scalarAt(counterpart.place, node, context, as);
  return scalarOfCandidates(counterpart, node, context, as);
}

function scalarAt(place: Place, node: Field, { rows, use }: ScalarContext, as: 'value' | 'time'): Scalar {
  const { mapping, scalar } = place;
  let value = scalar;
  if (mapping !== undefined) {
    const computed = valueFromField(scalar, mapping);
    if (computed === undefined) {
      const message = `The field '${mapping.field}' writes the values of '${node.name}' in another way.`;
      // Places inside a structure are read of the structure itself, not of the event that has it somewhere.
      const structure = node.type === 'string' ? undefined : rows.storedStructure(node);
      if (structure === undefined || use.decides)
        rows.adapting.noteUse('field-values-differ', 'differs', use, node.span, message, mapping.note);
      value = structure ?? value;
    } else value = extractions(computed, rows);
  }
  if (as === 'time' && place.holds !== 'epoch' && node.type === 'datetime') {
    const message = `The field for '${node.name}' is read as an ISO 8601 time in UTC, to the second.`;
    rows.adapting.noteUse('time-format', 'differs', use, node.span, message);
    return call('toDatetime', [value], 'datetime', node.span);
  }
  return value;
}

/** A value that takes an extraction: that has to be a column. */
function extractions(value: Scalar, rows: Rows): Scalar {
  return value.op === 'call' && value.fn === 'extract' ? rows.compute(value, 'extracted') : value;
}

function scalarOfCandidates(
  { candidates }: Extract<Counterpart, { kind: 'candidates' }>,
  node: Field,
  context: ScalarContext,
  as: 'value' | 'time',
): Scalar {
  const { rows, use } = context;
  const valued = candidates.map((candidate) => ({
    candidate,
    value: scalarAt(rows.placeOfMapping(node, candidate.mapping, use), node, context, as),
  }));
  const rest = valued.find(({ candidate }) => candidate.when.size === 0);
  const cases = valued
    .filter((one) => one !== rest)
    .map(({ candidate, value }) => ({
      when: adaptCondition(conditionOf(candidate, candidates, node), context),
      then: value,
    }));
  return choose(cases, rest?.value ?? nullOf('unknown', node.span), node.type, node.span);
}

/** `a`, or `b` where a is missing or empty. */
export function firstText(values: readonly Scalar[], span: Scalar['span']): Scalar {
  const last = values.at(-1) ?? text('', span);
  const cases = values
    .slice(0, -1)
    .map((value) => ({ when: not(normaliseLeaf(missing(value, 'empty'))), then: value }));
  return choose(cases, last, 'string', span);
}
