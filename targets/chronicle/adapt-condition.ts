/** Conditions on measures as conditions on outcome variables: an outcome, an operator, a literal. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import type { Measure, NamedScalar, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, predicatePart, rewritePredicate, substituteInPredicate } from '../../src/ir/walk.ts';
import { predicateInSeconds } from './adapt-times.ts';
import { type Adapting, addNote, leaveOut } from './adapting.ts';
import type { Outcomes } from './adapt-groups.ts';
import { countName, ONLY_VARIABLE } from './logic.ts';
import { phrasePredicate } from './phrase.ts';
import { stringOf } from './phrase-scalar.ts';
import { wordPredicate } from './wording.ts';

export interface AdaptedCondition {
  /** Over outcomes and `#e`. */
  readonly tests: readonly Predicate[];
  /** `#e`, where it is asked for. */
  readonly counts: readonly Measure[];
  /** Outcomes that say whether a test of several outcomes holds. */
  readonly computed: readonly NamedScalar[];
  /** The measures that the tests speak of. */
  readonly needed: ReadonlySet<string>;
}

export function adaptCondition(
  adapting: Adapting,
  asked: readonly Predicate[],
  measures: ReadonlyMap<string, Measure>,
  outcomes: Outcomes,
): AdaptedCondition {
  const tests: Predicate[] = [];
  const counts = new Map<string, Measure>();
  const computed: NamedScalar[] = [];
  const needed = new Set<string>();
  for (const conjunct of asked) {
    const drop = (message: string, code: 'unsupported-aggregate' | 'unsupported' = 'unsupported-aggregate'): void =>
      leaveOut(adapting, code, 'wider', conjunct.span, message);
    const lengths = withLengths(conjunct, measures);
    const renamed = renameMeasures(adapting, lengths.predicate, new Map([...measures, ...lengths.measures]), outcomes);
    if (typeof renamed === 'string') {
      drop(renamed);
      continue;
    }
    const test = wordPredicate(predicateInSeconds(renamed));
    if (phrasePredicate(test, () => stringOf('')) === undefined) {
      drop('This condition on the groups cannot be said in YARA-L.', 'unsupported');
      continue;
    }
    if (isPlain(test)) {
      const counted = asEventCount(test, measures, conjunct);
      if (counted !== undefined) {
        tests.push(counted.test);
        counts.set(counted.count.name, counted.count);
        continue;
      }
      tests.push(test);
    } else {
      const name = outcomes.freeName('condition_holds');
      computed.push({ name, value: b.choose([{ when: test, then: b.long(1) }], b.long(0), 'long', conjunct.span) });
      tests.push(b.oneOf(b.field(name, [], 'long'), [{ type: 'long', value: 1n }], conjunct.span));
    }
    for (const { name } of fieldsOf(predicatePart(test))) needed.add(name);
  }
  return { tests, counts: [...counts.values()], computed, needed };
}

/** An outcome, an operator, a literal: what the condition section takes. */
function isPlain(test: Predicate): boolean {
  switch (test.op) {
    case 'compare':
      return test.left.op === 'field' && test.right.op === 'literal';
    case 'oneOf':
      return test.subject.op === 'field' && test.values.length === 1;
    case 'not':
      return test.of.op === 'oneOf' && isPlain(test.of);
    case 'constant':
    case 'and':
    case 'or':
    case 'match':
    case 'matchScalar':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}

/** The test on the number of events, where that is what a conjunct asks. */
function asEventCount(
  test: Predicate,
  measures: ReadonlyMap<string, Measure>,
  conjunct: Predicate,
): { readonly test: Predicate; readonly count: Measure } | undefined {
  if (test.op !== 'compare' || conjunct.op !== 'compare' || conjunct.left.op !== 'field') return undefined;
  const measure = measures.get(conjunct.left.name);
  if (measure?.fn !== 'count' || measure.where !== undefined) return undefined;
  const name = countName(ONLY_VARIABLE);
  return {
    test: { ...test, left: b.field(name, [], 'long', test.left.span) },
    count: { name, fn: 'count', args: [], span: measure.span },
  };
}

/** `array_length(make_set(x))` is the number of distinct values, `array_length(make_list(x))` that of all. */
function withLengths(
  predicate: Predicate,
  measures: ReadonlyMap<string, Measure>,
): { readonly predicate: Predicate; readonly measures: ReadonlyMap<string, Measure> } {
  const added = new Map<string, Measure>();
  const rewritten = rewritePredicate(predicate, {
    scalar: (node): Scalar => {
      const [of] = node.op === 'call' && node.fn === 'arrayLength' ? node.args : [];
      const list = of?.op === 'field' && of.path.length === 0 ? measures.get(of.name) : undefined;
      if (list?.fn !== 'set') return node;
      const name = `${list.name}_count`;
      added.set(name, { ...list, name, fn: 'countDistinct' });
      return b.field(name, [], 'long', node.span);
    },
  });
  return { predicate: rewritten, measures: added };
}

/** The predicate over the names of outcomes; a sentence that says why there is none. */
function renameMeasures(
  adapting: Adapting,
  predicate: Predicate,
  measures: ReadonlyMap<string, Measure>,
  outcomes: Outcomes,
): Predicate | string {
  const names = new Map<string, string>();
  for (const { name } of fieldsOf(predicatePart(predicate))) {
    const measure = measures.get(name);
    if (measure === undefined) return `The condition speaks of ${name}, which is no measure.`;
    if (measure.fn === 'set' || measure.fn === 'list') return `${name} is a list; a condition on it cannot be said.`;
    const outcome = outcomes.nameFor(measure);
    if (typeof outcome === 'string') return outcome;
    noteAbsent(adapting, measure);
    names.set(name, outcome.name);
  }
  return substituteInPredicate(predicate, (field) => {
    const name = names.get(field.name);
    return name === undefined ? undefined : b.field(name, [], field.type, field.span);
  });
}

/** Absent numbers take part in least values and averages, as 0. */
function noteAbsent(adapting: Adapting, measure: Measure): void {
  const effects: Readonly<Partial<Record<Measure['fn'], Effect>>> = {
    min: 'differs',
    average: 'differs',
    standardDeviation: 'differs',
    variance: 'differs',
  };
  const effect = effects[measure.fn];
  const [value] = measure.args;
  const isTime = value?.op === 'field' && value.type === 'datetime';
  if (effect === undefined || isTime) return;
  addNote(
    adapting,
    'absent-number',
    effect,
    measure.span,
    `${measure.name}: absent numbers count as 0 in YARA-L; KQL leaves null out.`,
  );
}
