/** One branch of a rule (events of one table that satisfy a predicate) as events of Sigma log sources. */
import * as build from '../../src/ir/build.ts';
import { joinVerdict } from '../../src/ir/fidelity.ts';
import type { Branch } from '../../src/ir/shape.ts';
import { simplifyPredicate } from '../../src/ir/simplify.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { constraintsOf, narrowTo, requiredTests } from '../fields/constraints.ts';
import { fieldsOf, foldParts, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import type { LogSourceMatch, SigmaLogSource } from '../fields/types.ts';
import { BranchFields } from './adapt-fields.ts';
import type { GroupingField } from './adapt-fields.ts';
import type { Adapting } from './adapt-notes.ts';
import { adaptPredicate } from './adapt-predicate.ts';
import { withShownProduct } from './adapt-product.ts';
import { tableOfLogSource } from './logsource.ts';
import { TIME_COLUMN } from './shape-names.ts';

/** Events of one log source, and what the branch's columns are called there. */
export interface AdaptedBranch {
  readonly events: Relation;
  readonly where: Predicate;
  /** The Sigma field for a scalar over the branch's stored fields; `undefined` where it is none. */
  groupingField(scalar: Scalar): GroupingField | undefined;
  /** The name of the field that shows a scalar to the analyst; nothing is noted where there is none. */
  shownField(scalar: Scalar): string | undefined;
}

/** Conditions that are nested deeper are refused: readers of Sigma, ours too, have a limit. */
const MAX_DEPTH = 40;

const NATIVE = 'native';

/** The product that stands for tables without a Sigma log source; the table's name is the service. */
const NATIVE_PRODUCT = 'sentinel';

/** A branch as one or more branches of Sigma; none when it can never match or cannot be said (noted). */
export function adaptBranch(branch: Branch, adapting: Adapting): readonly AdaptedBranch[] {
  if (depthOf(branch.where) > MAX_DEPTH) {
    const message = `The conditions on '${branch.table}' are nested more than ${MAX_DEPTH} deep; a Sigma condition of that depth is not read.`;
    adapting.refuse({ code: 'too-deep', message, span: branch.span });
    return [];
  }
  const where = withoutTimeBounds(expandConditions(simplifyPredicate(branch.where)), branch, adapting);
  const chosen = chooseLogSources(branch, where, adapting);
  const first = adapting.attempt((trial) => adaptTo(branch, where, chosen, adapting, trial));
  const isSettled = chosen.every(({ native, lacks }) => native || lacks !== undefined);
  if ((isSettled && !first.trial.isRefused) || !isDoubtful(first.trial)) {
    adapting.takeOver(first.trial);
    return first.result;
  }
  // The table's own log says by construction what a vocabulary of other sensors says only nearly, or not at all.
  const second = adapting.attempt((trial) => adaptTo(branch, where, [NATIVE], adapting, trial));
  const isBetter = first.trial.isRefused ? !second.trial.isRefused : !isDoubtful(second.trial);
  const { result, trial } = isBetter ? second : first;
  adapting.takeOver(trial);
  return result;
}

/** Whether it may miss events, or cannot be said. */
function isDoubtful({ notes }: Adapting): boolean {
  const verdict = joinVerdict(notes);
  return verdict !== 'exact' && verdict !== 'wider';
}

/** @param adapting what is asked of the branch later, such as a field to group by, is noted there. */
function adaptTo(
  branch: Branch,
  where: Predicate,
  choice: readonly (ChosenLogSource | typeof NATIVE)[],
  adapting: Adapting,
  trial: Adapting,
): readonly AdaptedBranch[] {
  return choice.flatMap((chosen) => {
    const match = chosen === NATIVE ? nativeLogSource(branch) : chosen;
    noteLogSource(branch, match, trial);
    const narrowed = match.native ? where : tidyPredicateTree(narrowTo(where, match));
    const fields = new BranchFields(branch, match, trial);
    const adapted = adaptPredicate(narrowed, (leaf) => fields.adaptLeaf(leaf), trial);
    fields.noteExpansions();
    if (adapted === undefined) {
      const message = `Nothing remains of the conditions on '${branch.table}' that Sigma can express.`;
      if (!trial.isRefused) trial.refuse({ code: 'matches-everything', message, span: branch.span });
      return [];
    }
    const required = requiredTests(match.source, branch.span);
    const bounded = required.length > 0 ? adapted : withBound(tidyPredicateTree(adapted), narrowed, where, fields);
    const tidied = tidyPredicateTree(build.and([...required, bounded]));
    if (tidied.op === 'constant' && !tidied.value) {
      trial.note('never-fires', 'context', branch.span, `The conditions on '${branch.table}' can never hold.`);
      return [];
    }
    const source = build.source(tableOfLogSource(match.source), { timeColumn: TIME_COLUMN }, branch.span);
    return [
      {
        events: build.filter(source, tidied),
        where: tidied,
        groupingField: (scalar) => fields.groupingField(scalar, adapting),
        shownField: (scalar) => fields.shownField(scalar),
      },
    ];
  });
}

/** How deep `and`, `or` and `not` are nested. */
function depthOf(where: Predicate): number {
  return foldParts<number>(
    predicatePart(where),
    (_part, depths) => depths.reduce((deepest, depth) => Math.max(deepest, depth + 1), 0),
    (part) => part.kind === 'predicate' && ['and', 'or', 'not'].includes(part.node.op),
  );
}

/** `(condition) == false` and the like as the condition or its negation; for operands that nothing negates. */
function expandConditions(where: Predicate): Predicate {
  const expand = (node: Predicate): Predicate => {
    if (node.op === 'and' || node.op === 'or') return { ...node, of: node.of.map(expand) };
    if (node.op !== 'oneOf' || node.subject.op !== 'test') return node;
    const [value, ...more] = node.values;
    if (value?.type !== 'bool' || more.length > 0) return node;
    return value.value ? expand(node.subject.of) : build.not(node.subject.of, node.span);
  };
  return tidyPredicateTree(expand(where));
}

/**
 * Conditions on nothing but the time of the event: like the schedule, they say which events a run of the rule looks at.
 * Bounds that move with the time of the run are lost as the lookback is; for a count they matter, and so does a fixed
 * time until which the rule looked.
 */
function withoutTimeBounds(where: Predicate, branch: Branch, adapting: Adapting): Predicate {
  const kept: Predicate[] = [];
  for (const operand of where.op === 'and' ? where.of : [where]) {
    const bound = timeBoundIn(operand, branch.timeColumn);
    if (bound === undefined) {
      kept.push(operand);
      continue;
    }
    const message = 'A Sigma rule has no condition on the time of its events.';
    const effect = adapting.counts || bound === 'fixedEnd' ? 'wider' : 'context';
    adapting.note('time-window-lost', effect, operand.span, message);
  }
  return build.and(kept, where.span);
}

/** Whether a test compares the event's time with something that no column takes part in. */
function timeBoundIn(test: Predicate, timeColumn: string): 'moving' | 'fixedEnd' | undefined {
  const isTime = (scalar: Scalar) => scalar.op === 'field' && scalar.name === timeColumn && scalar.path.length === 0;
  const readsNothing = (scalar: Scalar) => fieldsOf(scalarPart(scalar)).length === 0;
  const isFixed = (scalar: Scalar) => scalar.op === 'literal';
  if (test.op === 'between' && isTime(test.subject) && readsNothing(test.low) && readsNothing(test.high)) {
    return isFixed(test.high) ? 'fixedEnd' : 'moving';
  }
  if (test.op !== 'compare' || test.test === '==' || !isTime(test.left) || !readsNothing(test.right)) return undefined;
  const isEnd = test.test === '<' || test.test === '<=';
  return isEnd && isFixed(test.right) ? 'fixedEnd' : 'moving';
}

/**
 * A rule without any test reads oddly and is refused by some tools: a test that the log source makes superfluous is kept
 * there after all.
 */
function withBound(adapted: Predicate, narrowed: Predicate, where: Predicate, fields: BranchFields): Predicate {
  if (adapted.op !== 'constant' || !adapted.value || narrowed.op !== 'constant') return adapted;
  for (const operand of where.op === 'and' ? where.of : [where]) {
    const test = fields.adaptQuietly(operand);
    if (test !== undefined && test.op !== 'constant') return tidyPredicateTree(test);
  }
  return adapted;
}

export type ChosenLogSource = LogSourceMatch<SigmaLogSource> & {
  /** The table itself, under a made-up name: its columns keep their names. */
  readonly native: boolean;
  /** Which of the table's events this and the other chosen log sources do not hold. */
  readonly lacks?: string;
};

function chooseLogSources(branch: Branch, where: Predicate, adapting: Adapting): readonly ChosenLogSource[] {
  const constraints = constraintsOf(where);
  const found = adapting.options.crosswalk.logSources(branch.table, 'sigma', constraints);
  if (found === undefined) return [nativeLogSource(branch)];
  const { whole, parts, partsAreComplete } = found;
  const splits =
    whole === undefined ||
    (whole.covers !== 'same' && partsAreComplete && parts.every(({ covers }) => covers === 'same'));
  // One log source that lacks some kinds of events (created, deleted, renamed files), beside others that hold them.
  const gathers = whole?.covers === 'less' && parts.length > 1 && !adapting.counts;
  const chosen = splits || gathers ? parts : [whole];
  // Parts with gaps between them (some categories of AzureDiagnostics) would miss events: the table itself does not.
  if (chosen.length === 0 || (splits && !partsAreComplete)) return [nativeLogSource(branch)];
  const isStrange = chosen.every(
    (match) => match.covers === 'similar' && !namesAnyColumn(branch, where, match, adapting),
  );
  if (isStrange) return [nativeLogSource(branch)];
  const lacks = gathers && !partsAreComplete ? whole.note : undefined;
  return chosen.map((match) => ({
    ...match,
    source: withShownProduct(match.source, where),
    native: false,
    ...(lacks === undefined ? {} : { lacks }),
  }));
}

/** Whether a log source has a field for any column that is tested. One of another sensor without any is none. */
function namesAnyColumn(
  branch: Branch,
  where: Predicate,
  { constraints }: LogSourceMatch<SigmaLogSource>,
  adapting: Adapting,
): boolean {
  return fieldsOf(predicatePart(where)).some(
    ({ name, path }) =>
      adapting.options.crosswalk.column(branch.table, [name, ...path], 'sigma', constraints) !== undefined,
  );
}

function nativeLogSource(branch: Branch): ChosenLogSource {
  // A search over all tables has no table of its own.
  const service = branch.table === '*' ? undefined : branch.table.toLowerCase().replace(/\s+/g, '_');
  return {
    source: { product: NATIVE_PRODUCT, ...(service === undefined ? {} : { service }) },
    constraints: new Map(),
    implies: new Set(),
    covers: 'same',
    confidence: 'high',
    native: true,
  };
}

/** What the choice of a log source costs. */
function noteLogSource(branch: Branch, match: ChosenLogSource, adapting: Adapting): void {
  const name = tableOfLogSource(match.source);
  const hint = match.note;
  if (match.native) {
    const { service } = match.source;
    const words = `'product: ${NATIVE_PRODUCT}'${service === undefined ? '' : `, 'service: ${service}'`}`;
    const message = `The rule names the table '${branch.table}' itself: it needs a converter that maps ${words} and the table's own column names.`;
    adapting.note('unmapped-log-source', 'context', branch.span, message);
  }
  if (match.lacks !== undefined) {
    const message = `The log sources lack some of the events of '${branch.table}'. ${match.lacks}`;
    adapting.note('log-source-coverage', 'narrower', branch.span, message);
  }
  switch (match.covers) {
    case 'same':
      break;
    case 'more': {
      const message = `The log source ${name} holds more than the events of '${branch.table}'.`;
      adapting.note('log-source-coverage', 'wider', branch.span, message, hint);
      break;
    }
    case 'less': {
      const message = `The log source ${name} lacks some of the events of '${branch.table}'.`;
      adapting.note('log-source-coverage', 'narrower', branch.span, message, hint);
      break;
    }
    case 'similar': {
      const message = `The log source ${name} holds what another sensor records of the same activity as '${branch.table}'.`;
      adapting.note('log-source-coverage', 'differs', branch.span, message, hint);
      break;
    }
  }
  if (match.confidence === 'low') {
    const message = `That ${name} is the log source for '${branch.table}' is likely, but not attested.`;
    adapting.note('mapping-uncertain', 'differs', branch.span, message);
  }
}
