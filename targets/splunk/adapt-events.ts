/** Events of one table: where Splunk has them, under which conditions, and what their columns are called. */
import { and, constant, field, filter, match, oneOf, or, source } from '../../src/ir/build.ts';
import { scalarInBranch } from '../../src/ir/branch.ts';
import type { OpenBranch } from '../../src/ir/branch.ts';
import type { Environment } from '../../src/ir/environment.ts';
import { simplifyPredicate } from '../../src/ir/simplify.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Predicate, Scalar, TimeWindow } from '../../src/ir/types.ts';
import { fieldsOf, partsOf, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { constraintsOf, narrowTo } from '../fields/constraints.ts';
import type { Constraints, LogSourceMatch, SplunkLogSource } from '../fields/types.ts';
import { EventFields } from './adapt-fields.ts';
import { adaptPredicate, noteUnsaid } from './adapt-predicate.ts';
import type { PredicateContext } from './adapt-predicate.ts';
import type { Adapting, Use } from './adapting.ts';
import { searchableCore } from './core.ts';
import { isSearchable } from './emit-search.ts';
import { INDEX } from './raise-pipeline.ts';
import { Rows } from './rows.ts';
import { MATCHED, RAW, TIME } from './support.ts';

/** Whether a table is known to have a stored column. */
export function storesColumn(table: string, column: string): boolean | undefined {
  const schema = schemaOf(table);
  return schema === undefined ? undefined : schema.columns.has(column);
}

/** Fields that every event has. */
const EVENT_FIELDS = [TIME, RAW, '_indextime', 'index', 'source', 'sourcetype', 'host', MATCHED];

interface Chosen {
  readonly terms: Predicate;
  readonly where: Predicate;
  readonly constraints: Constraints;
  readonly isNative: boolean;
}

export function rowsOfEvents(branch: OpenBranch, adapting: Adapting, use: Use): Rows {
  const simplified = simplifyPredicate(branch.where);
  const chosen = chooseLogSource(branch, simplified, adapting, use);
  const { constraints, isNative } = chosen;
  const placing = new EventFields(adapting, branch.table, branch.timeColumn, constraints, isNative);
  const window = adaptWindow(branch, adapting, use);
  const rows = new Rows({
    adapting,
    source: source(INDEX, { timeColumn: TIME, ...(window === undefined ? {} : { window }) }, branch.span),
    environment: environmentOf(branch, adapting),
    isOpen: true,
    placing,
    taken: takenNames(branch, adapting, constraints),
  });
  const base = adaptConditions(rows, chosen.where, use);
  rows.insertBelow(0, [(input) => filter(input, tidyPredicateTree(and([chosen.terms, ...base])))]);
  return rows;
}

/** What the branch's columns stand for, those of unpacked bags included. */
function environmentOf(branch: OpenBranch, adapting: Adapting): Environment {
  const { columns, open, hidden } = branch;
  if (branch.unpacked.length === 0) return { columns, open, hidden };
  const all = new Map<string, Scalar>(columns);
  for (const { name } of adapting.fields) {
    if (all.has(name) || hidden.has(name)) continue;
    const value = scalarInBranch(branch, field(name), adapting.fields, storesColumn);
    if (value.op !== 'field' || value.name !== name) all.set(name, value);
  }
  return { columns: all, open, hidden };
}

/** The Splunk fields that the query's columns may turn out to be: computed columns get other names. */
function takenNames(branch: OpenBranch, adapting: Adapting, constraints: Constraints): ReadonlySet<string> {
  const taken = new Set(EVENT_FIELDS);
  const parts = [predicatePart(branch.where), ...[...branch.columns.values()].map(scalarPart)];
  const read = parts.flatMap((part) => fieldsOf(part));
  const names = new Set(read.map(({ name }) => name));
  for (const { name, path } of [...adapting.fields, ...read]) {
    // A name that the query gives itself is no stored column, unless the table has one of that name that is read.
    if (!names.has(name) && branch.columns.has(name)) continue;
    if (adapting.defined.has(name) && storesColumn(branch.table, name) !== true) continue;
    const found = adapting.options.crosswalk.column(branch.table, [name, ...path], 'splunk', constraints);
    const mappings =
      found?.kind === 'mapped' ? [found.mapping] : (found?.candidates ?? []).map(({ mapping }) => mapping);
    for (const mapping of mappings) taken.add(mapping.field);
    if (found === undefined && storesColumn(branch.table, name) === true) taken.add(name);
  }
  return taken;
}

/**
 * The conditions adapted: those of the first search are returned; those that need computed columns are appended to the
 * rows behind them.
 */
function adaptConditions(rows: Rows, where: Predicate, use: Use): readonly Predicate[] {
  const context: PredicateContext = { rows, use, inExpression: false };
  const base: Predicate[] = [];
  for (const conjunct of where.op === 'and' ? where.of : [where]) {
    const before = rows.height;
    const adapted = adaptConjunct(conjunct, context);
    if (adapted === undefined) continue;
    // Columns that a condition before this one needed are computed behind the first search, too.
    if (rows.height > before || fieldsOf(predicatePart(adapted)).some((one) => rows.isComputed(one))) {
      rows.append((input) => filter(input, adapted));
      continue;
    }
    base.push(adapted);
    const weaker = isSearchable(adapted) ? undefined : searchableCore(adapted, (of) => rows.foundIn(of));
    if (weaker !== undefined) base.push(weaker);
  }
  return base;
}

/** One operand of a filter, adapted; what cannot be said is noted. */
export function adaptConjunct(conjunct: Predicate, context: PredicateContext): Predicate | undefined {
  const adapted = adaptPredicate(conjunct, context);
  if (adapted === undefined) {
    noteUnsaid(conjunct, 'and', context);
    return undefined;
  }
  if (!isSearchable(adapted) && hasQuery(adapted)) {
    const { rows, use } = context;
    const message = 'A list from another query can only stand beside tests that ignore letter case.';
    rows.adapting.refuse(
      'unsupported-predicate',
      use.polarity === 'positive' ? 'wider' : 'differs',
      conjunct.span,
      message,
    );
    return undefined;
  }
  return adapted;
}

function hasQuery(node: Predicate): boolean {
  for (const part of partsOf(predicatePart(node))) {
    if (part.kind === 'predicate' && part.node.op === 'inQuery') return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------- log sources

function chooseLogSource(branch: OpenBranch, where: Predicate, adapting: Adapting, use: Use): Chosen {
  const constraints = constraintsOf(where);
  const found = adapting.options.crosswalk.logSources(branch.table, 'splunk', constraints);
  const matches = found === undefined ? [] : found.whole === undefined ? found.parts : [found.whole];
  const [only, ...others] = matches;
  if (found === undefined || only === undefined) {
    const message = `No Splunk source type is known for '${branch.table}': the search asks for 'sourcetype=${branch.table}' with the table's own column names.`;
    adapting.note('unmapped-table', 'context', branch.span, message);
    return {
      terms: match(field('sourcetype'), 'equals', branch.table, {}, branch.span),
      where,
      constraints: new Map(),
      isNative: true,
    };
  }
  for (const one of matches) noteCoverage(branch, one, adapting, use);
  if (found.whole === undefined && !found.partsAreComplete) {
    const message = `Not all events of '${branch.table}' that the rule asks for have a Splunk source.`;
    adapting.noteUse('log-source-coverage', 'narrower', use, branch.span, message);
  }
  if (others.length === 0) {
    return {
      terms: termsOf(only.source, branch),
      where: tidyPredicateTree(narrowTo(where, only)),
      constraints: only.constraints,
      isNative: false,
    };
  }
  return { terms: or(matches.map((one) => termsOf(one.source, branch))), where, constraints, isNative: false };
}

function noteCoverage(branch: OpenBranch, found: LogSourceMatch<SplunkLogSource>, adapting: Adapting, use: Use): void {
  const name = [...found.source.terms].map(([key, values]) => `${key}=${values.join('|')}`).join(' ');
  const about = `the events of '${branch.table}'`;
  const hint = found.note;
  if (found.covers === 'more') {
    adapting.noteUse(
      'log-source-coverage',
      'wider',
      use,
      branch.span,
      `The source ${name} holds more than ${about}.`,
      hint,
    );
  } else if (found.covers === 'less') {
    adapting.noteUse(
      'log-source-coverage',
      'narrower',
      use,
      branch.span,
      `The source ${name} lacks some of ${about}.`,
      hint,
    );
  } else if (found.covers === 'similar') {
    const message = `The source ${name} holds what another sensor records of the same activity as ${about}.`;
    adapting.noteUse('log-source-coverage', 'differs', use, branch.span, message, hint);
  }
  if (found.confidence === 'low') {
    const message = `That ${name} is the source of ${about} is likely, but not attested.`;
    adapting.noteUse('mapping-uncertain', 'differs', use, branch.span, message);
  }
}

function termsOf(found: SplunkLogSource, branch: OpenBranch): Predicate {
  const tests = [...found.terms].map(([name, values]): Predicate => {
    const subject = field(name, [], 'string', branch.span);
    if (values.length > 0 && values.every((value) => /^[0-9]{1,15}$/.test(value))) {
      const numbers = values.map((value) => ({ type: 'long' as const, value: BigInt(value) }));
      return oneOf(subject, numbers, branch.span);
    }
    const wildcards = values.map((value) => value.replace(/[?\\]/g, '\\$&'));
    return match(subject, 'wildcard', wildcards, {}, branch.span);
  });
  return tests.length === 0 ? constant(true, branch.span) : and(tests, branch.span);
}

// ---------------------------------------------------------------------------------------------- time

/** The bounds that the saved search's own time range does not set already; whole seconds. */
function adaptWindow(branch: OpenBranch, adapting: Adapting, use: Use): TimeWindow | undefined {
  const { window } = branch;
  if (window === undefined) return undefined;
  const { lookback } = adapting;
  const round = (offset: number): number => {
    const rounded = Math.floor(offset / 1000) * 1000;
    if (rounded !== offset) {
      adapting.noteUse('time-rounded', 'wider', use, branch.span, 'A bound on the time was rounded to whole seconds.');
    }
    return rounded;
  };
  const asked = window.from;
  const isWithin = asked !== undefined && (lookback === undefined || -asked < lookback);
  const bound = isWithin ? round(asked) : undefined;
  const to = window.to !== undefined && window.to < 0 ? round(window.to) : undefined;
  if (bound === undefined && to === undefined) return undefined;
  // A search that sets only the end begins with the first event there is (Search Manual, "Specify time modifiers").
  const from = bound ?? (lookback === undefined ? undefined : -Math.ceil(lookback / 1000) * 1000);
  return { from, to, includesFrom: true, includesTo: false };
}
