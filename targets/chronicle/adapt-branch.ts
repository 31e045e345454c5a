/** A branch (one table, one predicate) as UDM events: which log source holds them, what is tested in it. */
import type { Effect } from '../../src/diagnostic.ts';
import * as b from '../../src/ir/build.ts';
import { dropOperand, effectUnder, type Polarity } from '../../src/ir/fidelity.ts';
import type { Branch } from '../../src/ir/shape.ts';
import { simplifyPredicate } from '../../src/ir/simplify.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { NO_SPAN, type Span } from '../../src/source.ts';
import { constraintsOf, narrowTo } from '../fields/constraints.ts';
import type { Coverage, LogSourceMatch, UdmLogSource } from '../fields/types.ts';
import { adaptPredicate } from './adapt-predicate.ts';
import type { Place } from './adapt-scalar.ts';
import { type Adapting, addNote, attempt, costOf, keepAttempt, leaveOut } from './adapting.ts';
import { udmField } from './udm-path.ts';

export interface AdaptedBranch {
  /** Over UDM fields; the log source's tests included. */
  readonly where: Predicate;
  /** Where the branch's columns stand: one place for each log source that it is read from. */
  readonly places: readonly Place[];
  /** Fields that have one value in all of its events. */
  readonly fixed: ReadonlyMap<string, string>;
}

type Match = LogSourceMatch<UdmLogSource>;

/** `also`: what else the events must satisfy, over stored columns. `undefined`: left out. */
export function adaptBranch(
  adapting: Adapting,
  branch: Branch,
  polarity: Polarity,
  also: Predicate = b.constant(true),
): AdaptedBranch | undefined {
  const where = simplifyPredicate(b.and([branch.where, also], branch.where.span));
  const { crosswalk } = adapting.options;
  const sources = crosswalk.logSources(branch.table, 'udm', constraintsOf(where));
  if (sources === undefined) {
    const known = crosswalk.knows(branch.table);
    const message = known
      ? `${branch.table} has no known log source in UDM.`
      : `The table ${branch.table} is not in the crosswalk.`;
    adapting.unmapped.add(`${branch.table}.*`);
    leaveOut(adapting, 'unmapped-table', dropOperand('or', polarity), branch.span, message);
    return undefined;
  }
  const ways = [
    ...(sources.whole === undefined ? [] : [{ matches: [sources.whole], complete: true }]),
    ...(sources.parts.length > 0 ? [{ matches: sources.parts, complete: sources.partsAreComplete }] : []),
  ];
  const tried = ways.map(({ matches, complete }) => {
    const own = attempt(adapting);
    if (!complete) {
      const message = `Only some of the events of ${branch.table} have a known log source in UDM.`;
      addNote(own, 'log-source', effectUnder(polarity, 'narrower'), branch.span, message);
    }
    return { own, result: adaptMatches(own, branch, where, matches, polarity), cost: costOf(own) };
  });
  // The first of the cheapest: the one log source, unless its parts say more.
  const best = tried.reduce((first, next) => (next.cost < first.cost ? next : first));
  keepAttempt(adapting, best.own);
  return best.result;
}

function adaptMatches(
  adapting: Adapting,
  branch: Branch,
  where: Predicate,
  matches: readonly Match[],
  polarity: Polarity,
): AdaptedBranch {
  const places: Place[] = [];
  const parts: Predicate[] = [];
  const fixed: ReadonlyMap<string, string>[] = [];
  for (const match of matches) {
    const place: Place = { adapting, table: branch.table, constraints: match.constraints, polarity };
    noteLogSource(adapting, branch, match, polarity);
    const tests = logSourceTests(match.source);
    const rest = adaptPredicate(place, narrowTo(where, match));
    places.push(place);
    parts.push(b.and([...tests.map((test) => equalityOf(test)), rest], branch.span));
    fixed.push(
      new Map(
        tests.flatMap(({ field, values: [value, ...others] }) =>
          value === undefined || others.length > 0 ? [] : [[field, value] as const],
        ),
      ),
    );
  }
  return { where: b.or(parts, branch.span), places, fixed: commonEntries(fixed) };
}

/** The entries that are the same in all maps. */
export function commonEntries(maps: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const [first, ...others] = maps;
  return new Map([...(first ?? [])].filter(([key, value]) => others.every((other) => other.get(key) === value)));
}

interface LogSourceTest {
  readonly field: string;
  readonly values: readonly string[];
}

function logSourceTests(source: UdmLogSource): readonly LogSourceTest[] {
  const tests = [
    { field: 'metadata.log_type', values: source.logType },
    { field: 'metadata.event_type', values: source.eventType },
    { field: 'metadata.product_event_type', values: source.productEventType },
    { field: 'metadata.vendor_name', values: source.vendorName },
    { field: 'metadata.product_name', values: source.productName },
  ];
  return tests.filter(({ values }) => values.length > 0);
}

function equalityOf({ field, values }: LogSourceTest): Predicate {
  return b.match(udmField(field, [], NO_SPAN), 'equals', values, { caseSensitive: true }, NO_SPAN);
}

const COVERAGE: Readonly<Record<Coverage, { readonly effect: Effect; readonly message: string } | undefined>> = {
  same: undefined,
  more: { effect: 'wider', message: 'holds other events too' },
  less: { effect: 'narrower', message: 'lacks some of its events' },
  similar: { effect: 'differs', message: 'is another sensor that records the same activity' },
};

function noteLogSource(adapting: Adapting, branch: Branch, match: Match, polarity: Polarity): void {
  const name = describe(match.source);
  const coverage = COVERAGE[match.covers];
  const remark = match.note === undefined ? '' : ` ${match.note}`;
  if (coverage !== undefined) {
    const message = `${branch.table} is read as ${name}, which ${coverage.message}.${remark}`;
    addNote(adapting, 'log-source', effectUnder(polarity, coverage.effect), branch.span, message);
  } else if (match.confidence === 'low') {
    const message = `${branch.table} is taken to be ${name}; check it on your data.${remark}`;
    addNote(adapting, 'uncertain-mapping', 'differs', branch.span, message);
  }
}

function describe(source: UdmLogSource): string {
  const parts = logSourceTests(source).map(({ field, values }) => `${field} ${values.join(' or ')}`);
  return parts.length === 0 ? 'all events' : parts.join(', ');
}

/** An event variable's predicate for branches of which any will do; `undefined` when nothing is left of them. */
export function anyBranch(branches: readonly (AdaptedBranch | undefined)[], span: Span): Predicate | undefined {
  const found = branches.filter((branch) => branch !== undefined);
  return found.length === 0
    ? undefined
    : b.or(
        found.map(({ where }) => where),
        span,
      );
}
