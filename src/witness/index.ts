/**
 * Witnesses: small sets of events that show what a rule means. They make it fire, and, by a minimal change, just not; for
 * every test of its filters, in the manner of MC/DC coverage (each test is shown to decide on its own).
 *
 * How they are found is a search, and what they are worth says the evaluator alone: whether the rule fires on a witness is
 * computed, never assumed. The same rule gives the same witnesses.
 */
import { fires, timeOfEvent } from '../eval/index.ts';
import type { ColumnTypes, EventRecord } from '../eval/index.ts';
import { columnTypesIn } from '../eval/index.ts';
import { payloadOf } from '../eval/payload.ts';
import { EvaluationUnsupported } from '../eval/value.ts';
import * as b from '../ir/build.ts';
import type { Detection, Field, Json, Predicate, Relation } from '../ir/types.ts';
import {
  fieldsOf,
  nestingOf,
  outsideSubqueries,
  partsOf,
  predicatePart,
  relationPart,
  scalarPart,
} from '../ir/walk.ts';
import { schemaOf } from '../kql/schema/schema.ts';
import type { Span } from '../source.ts';
import { assign, readAt, recordOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { branchesOf, deciding, leavesOf, withCondition } from './leaves.ts';
import type { Leaf } from './leaves.ts';
import { returnsRow, solveCase, tablesOf, WATCHLIST } from './solve-case.ts';
import type { CaseOptions } from './solve-case.ts';
import { subjectOf } from './solve-row.ts';
import { another, copies, countsIn, shifted, vary } from './spread.ts';
import { variantsOf } from './variants.ts';

export { WATCHLIST, tablesOf } from './solve-case.ts';
export { recordOf } from './draft.ts';
export type { Draft } from './draft.ts';

/** A set of events and what it is for. */
export interface Witness {
  /** What was made or changed, in words. */
  readonly purpose: string;
  /** The test that it is about. */
  readonly span: Span | undefined;
  readonly events: readonly EventRecord[];
  /** Whether the rule fires, by the evaluator. */
  readonly fires: boolean;
}

/** What the witnesses show of the tests of the rule's filters. */
export interface Coverage {
  readonly leaves: number;
  /** Tests of which a witness makes the rule fire because they hold, and another makes it not, because they do not. */
  readonly decisive: number;
  /** Tests that are true in one witness and false in another. */
  readonly bothWays: number;
  /** The tests that are not. */
  readonly open: readonly Span[];
}

export interface Witnesses {
  readonly witnesses: readonly Witness[];
  readonly coverage: Coverage;
  /** How many were left out because of the bound. */
  readonly cut: number;
  /** Why there are none: a construct that the evaluator does not run. */
  readonly problem?: string;
}

export interface WitnessOptions {
  /** When the rule runs; milliseconds since 1970. */
  readonly now?: number;
  /** The most witnesses for a rule. */
  readonly most?: number;
  /** The most events in one witness. */
  readonly mostEvents?: number;
}

/** A Thursday: the witnesses of a rule do not depend on the day on which they are made. */
export const WITNESS_TIME = Date.parse('2026-01-15T12:00:00Z');

const MOST_WITNESSES = 400;
const MOST_EVENTS = 1200;
const MOST_LEAVES = 600;
/** Tests that are tried on events while witnesses of a rule are sought. */
const MOST_TRIALS = 200_000;
/** Values of one list that get a witness each. */
const MOST_LIST_VALUES = 60;
const DEEPEST = 300;

/** The types of a rule's columns: the tables' own, else those that the rule's fields are marked with. */
export function columnTypesOf(detection: Detection): ColumnTypes {
  const own = columnTypesIn(detection.query);
  return (table, column) => {
    const stored = schemaOf(table)?.columns.get(column);
    return stored === undefined || stored === 'unknown' ? own(table, column) : stored;
  };
}

/** Witnesses of a rule lowered from KQL. */
export function witnessesOf(detection: Detection, options: WitnessOptions = {}): Witnesses {
  return new WitnessMaker(detection, options).make();
}

interface Made {
  readonly purpose: string;
  readonly span: Span | undefined;
  readonly drafts: readonly Draft[];
}

class WitnessMaker {
  readonly #detection: Detection;
  readonly #options: CaseOptions;
  readonly #most: number;
  readonly #made: Made[] = [];
  readonly #seen = new Set<string>();
  /** Witnesses behind the bound, by what made them: the further ones come last. */
  readonly #later: Made[] = [];
  #open: Span[] = [];
  #decisive = 0;
  #bothWays = 0;

  constructor(detection: Detection, options: WitnessOptions) {
    this.#detection = detection;
    this.#most = options.most ?? MOST_WITNESSES;
    this.#options = {
      now: options.now ?? WITNESS_TIME,
      lookback: detection.schedule.lookback,
      types: columnTypesOf(detection),
      mostEvents: options.mostEvents ?? MOST_EVENTS,
      budget: { left: MOST_TRIALS },
    };
  }

  make(): Witnesses {
    const { query } = this.#detection;
    const none = { leaves: 0, decisive: 0, bothWays: 0, open: [] };
    if (nestingOf(relationPart(query)) > DEEPEST) {
      return { witnesses: [], coverage: none, cut: 0, problem: 'an expression nested this deep' };
    }
    try {
      this.#fires([]);
    } catch (error) {
      if (!(error instanceof EvaluationUnsupported)) throw error;
      // A watchlist has no rows yet: the construct is known all the same.
      if (!hasReference(query)) return { witnesses: [], coverage: none, cut: 0, problem: error.construct };
    }
    const leaves = leavesOf(query).slice(0, MOST_LEAVES);
    const base = this.#base(query);
    for (const leaf of leaves) this.#showLeaf(leaf, base);
    for (const drafts of this.#bases) this.#changeEvents(drafts);
    return this.#result(leaves.length);
  }

  readonly #bases: (readonly Draft[])[] = [];

  /** Events that make the rule fire, through every input of every union. */
  #base(query: Relation): readonly Draft[] | undefined {
    const whole = this.#solveFiring(query);
    if (whole !== undefined) {
      this.#bases.push(whole);
      this.#add('fires', query.span, whole);
    }
    this.#add('no event', undefined, []);
    for (const branch of branchesOf(query)) {
      const drafts = this.#solveFiring(branch.query);
      if (drafts === undefined) continue;
      if (this.#add('fires, through this input', branch.input.span, drafts)) this.#bases.push(drafts);
    }
    return whole ?? this.#bases[0];
  }

  /** Events on which the (changed) query returns a row, as many as the trigger asks for. */
  #solveFiring(query: Relation): readonly Draft[] | undefined {
    const solved = solveCase(query, this.#options);
    const found = solved === undefined ? undefined : this.#filled(query, solved);
    const { test, threshold } = this.#detection.schedule.trigger;
    if (found === undefined || threshold < 1 || (test !== '>' && test !== '>=' && test !== '==')) return found;
    const rows = test === '>' ? threshold + 1 : threshold;
    if (rows > this.#options.mostEvents) return found;
    const places = storedPlaces(found, query);
    for (const more of [copies(found, rows), vary(copies(found, rows), places)]) {
      if (this.#fires(more)) {
        this.#add('one row too few for the trigger', undefined, more.slice(0, -found.length));
        return more;
      }
    }
    return found;
  }

  /** The events with something in every column that the rule reads, as far as the query still returns a row. */
  #filled(query: Relation, solved: readonly Draft[]): readonly Draft[] {
    const structured = solved.map(withStructures);
    const drafts = returnsRow(query, structured, this.#options) ? structured : solved;
    const places = this.#columnsRead;
    const fillings = drafts.map((draft) => {
      const open = places.filter(
        (place) => isColumnOf(draft, place, this.#definedNames) && readAt(draft, place) === undefined,
      );
      return open.map((place) => ({ place, value: neutralValue(place) }));
    });
    if (fillings.every((filling) => filling.length === 0)) return drafts;
    const whole = drafts.map((draft, index) => assign(draft, fillings[index] ?? []));
    if (returnsRow(query, whole, this.#options)) return whole;
    let filled = drafts;
    for (const place of places.slice(0, MOST_FILLED)) {
      const more = filled.map((draft, index) =>
        assign(
          draft,
          (fillings[index] ?? []).filter((one) => one.place === place),
        ),
      );
      if (returnsRow(query, more, this.#options)) filled = more;
    }
    return filled;
  }

  get #columnsRead(): readonly Field[] {
    this.#read ??= fieldsOf(relationPart(this.#detection.query)).filter(({ type }) => type !== 'datetime');
    return this.#read;
  }
  #read: readonly Field[] | undefined;

  get #definedNames(): ReadonlySet<string> {
    this.#defined ??= new Set(computedFrom(this.#detection.query).keys());
    return this.#defined;
  }
  #defined: ReadonlySet<string> | undefined;

  // -------------------------------------------------------------------------------------------- tests

  #showLeaf(leaf: Leaf, base: readonly Draft[] | undefined): void {
    const { test, filter, path } = leaf;
    const decide = (replacement: Predicate): readonly Draft[] | undefined =>
      this.#solveFiring(withCondition(this.#detection.query, filter, deciding(filter.where, path, replacement)));
    const holds = decide(test);
    const fails = decide(b.not(test)) ?? this.#failing(leaf);
    if (holds !== undefined) this.#add('this test holds and decides', test.span, holds);
    if (fails !== undefined) this.#add('this test fails, all else is the same', test.span, fails);
    if (holds !== undefined && fails !== undefined) this.#decisive++;
    this.#noteBothWays(leaf, holds, fails);
    const start = holds ?? base;
    if (start !== undefined) this.#changeValues(leaf, start);
    this.#showValues(leaf, decide);
    this.#showBounds(leaf, decide);
  }

  /** A comparison with null is neither true nor false: what is not true is enough. */
  #failing({ test, filter, path }: Leaf): readonly Draft[] | undefined {
    const isNotTrue = b.not(b.oneOf(b.test(test), [{ type: 'bool', value: true }]));
    return solveCase(
      withCondition(this.#detection.query, filter, deciding(filter.where, path, isNotTrue)),
      this.#options,
    );
  }

  /** Where a test cannot decide alone (it follows from another one), that it is true and false somewhere is still worth something. */
  #noteBothWays(leaf: Leaf, holds: readonly Draft[] | undefined, fails: readonly Draft[] | undefined): void {
    const { test, filter } = leaf;
    const alone = (where: Predicate): readonly Draft[] | undefined =>
      solveCase(withCondition(this.#detection.query, filter, where), this.#options);
    const either = (found: readonly Draft[] | undefined, where: Predicate, what: string): boolean => {
      if (found !== undefined) return true;
      const drafts = alone(where);
      if (drafts === undefined) return false;
      this.#add(what, test.span, drafts);
      return true;
    };
    const isTrue = either(holds, test, 'this test holds');
    const isFalse = either(fails, b.not(test), 'this test fails');
    if (isTrue && isFalse) this.#bothWays++;
    else this.#open.push(test.span);
  }

  /** Each value of a list once; of values that must all be there, each missing once. */
  #showValues(leaf: Leaf, decide: (replacement: Predicate) => readonly Draft[] | undefined): void {
    const { test } = leaf;
    if (test.op === 'match' && test.values.length > 1) {
      const { values } = test;
      for (const [index, value] of values.slice(0, MOST_LIST_VALUES).entries()) {
        const only: Predicate = { ...test, values: [value], quantifier: 'any' };
        if (test.quantifier === 'any') {
          const others = values.filter((_, at) => at !== index);
          // Values may imply each other: then the value alone will do.
          const alone = others.length > 20 ? undefined : decide(b.and([only, b.not({ ...test, values: others })]));
          this.#addFound(`the value ${quote(value)} alone`, test.span, alone ?? decide(only));
        } else {
          const others: Predicate = { ...test, values: values.filter((_, at) => at !== index) };
          this.#addFound(`all values but ${quote(value)}`, test.span, decide(b.and([others, b.not(only)])));
        }
      }
    }
    if (test.op === 'oneOf' && test.values.length > 1) {
      for (const value of test.values.slice(0, MOST_LIST_VALUES)) {
        this.#addFound('this value of the list', test.span, decide({ ...test, values: [value] }));
      }
    }
  }

  /** Comparisons of what is measured: at the bound, and one to either side. */
  #showBounds(leaf: Leaf, decide: (replacement: Predicate) => readonly Draft[] | undefined): void {
    const { test } = leaf;
    const bounds = test.op === 'compare' ? [test.left, test.right] : test.op === 'between' ? [test.low, test.high] : [];
    const subject = subjectOf(test);
    if (subject === undefined) return;
    for (const bound of bounds) {
      if (bound.op !== 'literal') continue;
      const { value } = bound;
      if (value.type !== 'long') continue;
      for (const by of [-1n, 0n, 1n]) {
        const at = b.compare(subject, '==', b.long(value.value + by));
        this.#addFound(`${value.value + by}, beside the bound`, test.span, decide(at));
      }
    }
  }

  #addFound(purpose: string, span: Span, drafts: readonly Draft[] | undefined): void {
    if (drafts !== undefined) this.#add(purpose, span, drafts);
  }

  /** The values that a test reads, changed a little. */
  #changeValues({ test }: Leaf, start: readonly Draft[]): void {
    const part = predicatePart(test);
    const names = new Set(fieldsOf(part, outsideSubqueries).map(({ name }) => name));
    const places = storedPlaces(start, this.#detection.query).filter((place) => this.#isReadAs(place, names));
    for (const place of places.slice(0, 4)) {
      const having = start.flatMap((draft, index) => (readAt(draft, place) === undefined ? [] : [index]));
      const [first] = having.length > 0 ? having : [0];
      const draftWithIt = start[first ?? 0];
      const present = draftWithIt === undefined ? undefined : readAt(draftWithIt, place);
      for (const { what, value } of variantsOf(test, present)) {
        // A payload that is none any more does not occur.
        if (isPayload(present) && value !== undefined && value !== '' && !isPayload(value)) continue;
        const name = [place.name, ...place.path].join('.');
        const change = (isChanged: (index: number) => boolean): readonly Draft[] =>
          start.map((draft, index) => (isChanged(index) ? assign(draft, [{ place, value }]) : draft));
        this.#addLater(
          `${name}: ${what}`,
          test.span,
          change((index) => index === first),
        );
        if (having.length > 1)
          this.#addLater(
            `${name}: ${what}, in all events`,
            test.span,
            change((index) => having.includes(index)),
          );
      }
    }
  }

  /** Whether one of the names stands for the place, directly or computed somewhere in the query. */
  #isReadAs(place: Field, names: ReadonlySet<string>): boolean {
    if (names.has(place.name)) return true;
    for (const name of names) if (this.#readsOf.get(name)?.has(place.name) === true) return true;
    return false;
  }

  /** Column names to the names that they are computed from, however many steps there are. */
  get #readsOf(): ReadonlyMap<string, ReadonlySet<string>> {
    this.#computedFrom ??= computedFrom(this.#detection.query);
    return this.#computedFrom;
  }
  #computedFrom: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  // -------------------------------------------------------------------------------------------- events

  /** Whole events taken away, added, moved in time, or given other keys. */
  #changeEvents(base: readonly Draft[]): void {
    const { span } = this.#detection.query;
    const add = (what: string, drafts: readonly Draft[]): void => this.#addLater(what, span, drafts);
    const few = base.length <= 12 ? base.map((_, index) => index) : [0, 1, base.length - 1];
    if (base.length > 1) {
      for (const index of few)
        add(
          'one event less',
          base.filter((_, at) => at !== index),
        );
    }
    if (base.length < 200) add('every event twice', copies(base, 2));
    const times = [...durationsIn(this.#detection)];
    for (const by of times) {
      for (const offset of [by, -by, by - 1000, by + 1000, 1000 - by, -1000 - by]) {
        for (const index of few.slice(0, 4)) {
          add(
            'one event at another time',
            base.map((draft, at) => (at === index ? shifted(draft, offset) : draft)),
          );
        }
        if (base.length > 1) {
          const half = Math.floor(base.length / 2);
          add(
            'half of the events at another time',
            base.map((draft, at) => (at < half ? draft : shifted(draft, offset))),
          );
        }
      }
    }
    const instants = base.map((draft) => timeOfEvent(recordOf(draft))).filter((time) => time !== undefined);
    const earliest = Math.min(...instants);
    for (const by of instants.length === 0 ? [] : times) {
      const from = this.#options.now - by;
      for (const inside of [5000, -5000]) {
        const what = inside > 0 ? 'all events just within' : 'all events just before';
        this.#add(
          `${what} the last ${by / 1000} s`,
          span,
          base.map((draft) => shifted(draft, from + inside - earliest)),
        );
      }
    }
    const places = storedPlaces(base, this.#detection.query);
    for (const place of places.slice(0, 30)) {
      const last = base.length - 1;
      const changed = base.map((draft, at) => {
        const value = readAt(draft, place);
        return at === last && value !== undefined && place.type !== 'datetime'
          ? assign(draft, [{ place, value: another(value, 1, place) }])
          : draft;
      });
      add(`${place.name}: another value in one event`, changed);
      if (base.length > 1) add(`${place.name}: another value in every event`, vary(base, [place]));
    }
    for (const count of countsIn(conditionsIn(this.#detection.query), 30))
      add(`every event ${count} times`, copies(base, count));
  }

  // -------------------------------------------------------------------------------------------- results

  /** Whether it was new. */
  #add(purpose: string, span: Span | undefined, drafts: readonly Draft[]): boolean {
    return this.#put(this.#made, { purpose, span, drafts });
  }

  #addLater(purpose: string, span: Span | undefined, drafts: readonly Draft[]): void {
    this.#put(this.#later, { purpose, span, drafts });
  }

  #put(list: Made[], made: Made): boolean {
    if (made.drafts.length > this.#options.mostEvents) return false;
    const key = JSON.stringify(
      made.drafts.map(({ table, columns }) => [table, ...[...columns].sort(([x], [y]) => (x < y ? -1 : 1))]),
    );
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    list.push(made);
    return true;
  }

  #fires(drafts: readonly Draft[]): boolean {
    const events = drafts.map(recordOf);
    const { now, types } = this.#options;
    return firesOnRecords(this.#detection, events, now, types);
  }

  #result(leaves: number): Witnesses {
    const room = Math.max(0, this.#most - this.#made.length);
    // Of what is left over a share of every kind: every so manieth.
    const step = Math.max(1, this.#later.length / Math.max(1, room));
    const chosen = new Set<Made>();
    for (let at = 0; at < this.#later.length && chosen.size < room; at += step) {
      const one = this.#later[Math.floor(at)];
      if (one !== undefined) chosen.add(one);
    }
    const all = [...this.#made.slice(0, this.#most), ...chosen];
    const witnesses = all.flatMap(({ purpose, span, drafts }): readonly Witness[] => {
      try {
        return [{ purpose, span, events: drafts.map(recordOf), fires: this.#fires(drafts) }];
      } catch (error) {
        if (error instanceof EvaluationUnsupported) return [];
        throw error;
      }
    });
    const coverage = { leaves, decisive: this.#decisive, bothWays: this.#bothWays, open: this.#open };
    return { witnesses, coverage, cut: this.#made.length + this.#later.length - all.length };
  }
}

/** Whether a rule fires on events, those of watchlists among them. */
export function firesOnRecords(
  detection: Detection,
  records: readonly EventRecord[],
  now: number,
  types: ColumnTypes,
): boolean {
  const lists = records.filter((record) => record.Type.startsWith(WATCHLIST));
  const events = lists.length === 0 ? records : records.filter((record) => !record.Type.startsWith(WATCHLIST));
  const { references } = tablesOf(
    lists.map(({ Type: table, ...columns }) => ({ table, columns: new Map(Object.entries(columns)) })),
    types,
  );
  return fires(detection, events, { now, columnTypes: types, references });
}

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

function hasReference(query: Relation): boolean {
  for (const { kind, node } of partsOf(relationPart(query)))
    if (kind === 'relation' && node.op === 'reference') return true;
  return false;
}

/** The places of the events that the query reads by name, those of the event time apart. */
function storedPlaces(drafts: readonly Draft[], query: Relation): readonly Field[] {
  const columns = new Set(drafts.flatMap((draft) => [...draft.columns.keys()]));
  return fieldsOf(relationPart(query)).filter(
    (place) =>
      columns.has(place.name) &&
      place.name !== 'TimeGenerated' &&
      place.name !== 'Timestamp' &&
      drafts.some((draft) => readAt(draft, place) !== undefined),
  );
}

const MOST_FILLED = 40;

/** Pieces of a payload kept as XML (`Image">C:\\x.exe<`), as rules look for them, in a whole one. */
function withPayload(text: string): string {
  const pieces = [...text.matchAll(/(\w+)"?>([^<]*)</g)].map(([, name = '', value = '']) => ({ name, value }));
  if (pieces.length === 0 || text.startsWith('<')) return text;
  const data = pieces.map(({ name, value }) => `<Data Name="${name}">${value}</Data>`);
  return `<EventData>${data.join('')}</EventData>`;
}

const isPayload = (json: Json | undefined): boolean => typeof json === 'string' && payloadOf(json) !== undefined;

/** A text in a column that holds structures is put into one: so real events have it. */
function withStructures(draft: Draft): Draft {
  const schema = schemaOf(draft.table);
  const columns = [...draft.columns].map(([name, json]): readonly [string, Json] => {
    const isLoose = schema?.columns.get(name) === 'dynamic' && typeof json === 'string' && !/^\s*[[{]/.test(json);
    return [name, isLoose && json !== '' ? { detail: json } : typeof json === 'string' ? withPayload(json) : json];
  });
  return { ...draft, columns: new Map(columns) };
}

/** Whether the place is one of the draft's table: by the table's columns, else when the query does not make it. */
function isColumnOf({ table, columns }: Draft, place: Field, defined: ReadonlySet<string>): boolean {
  const schema = schemaOf(table);
  if (schema !== undefined) {
    const type = schema.columns.get(place.name);
    if (type === undefined) return false;
    // A whole structure is filled by its parts.
    return place.path.length > 0
      ? type === 'dynamic' || columns.has(place.name)
      : type !== 'dynamic' && type !== 'datetime';
  }
  return !defined.has(place.name) && !table.startsWith(WATCHLIST);
}

/** A value that means nothing in particular, like what stands in such a column. */
function neutralValue({ name, path, type }: Field): Json {
  if (type === 'long') return 7;
  if (type === 'real' || type === 'decimal') return 7.5;
  if (type === 'bool') return false;
  if (type === 'timespan') return '00:00:07';
  if (type === 'guid') return '9f3c1c1e-7a52-4d55-9d0c-3f1b7c2a9e11';
  const last = String(path.at(-1) ?? name);
  if (/ip(v[46])?(_s)?$|ip_?addr|ipaddress|(source|destination|client|remote|local)ip/i.test(last))
    return '203.0.113.77';
  if (/(user|upn|account|principal|mail|sender|recipient)/i.test(last)) return 'user7@example.com';
  if (/(path|folder|process(name)?|image|file)$/i.test(last)) return 'C:\\Folder\\other7.bin';
  return 'Other7';
}

function conditionsIn(query: Relation): readonly Predicate[] {
  return [...partsOf(relationPart(query))].flatMap((part) =>
    part.kind === 'relation' && part.node.op === 'filter' ? [part.node.where] : [],
  );
}

const MOST_DURATIONS = 6;

/** The durations that the rule names: windows, bins, distances. Milliseconds. */
function durationsIn({ query, schedule }: Detection): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind === 'scalar' && node.op === 'literal' && node.value.type === 'timespan')
      found.add(Math.abs(node.value.value));
    if (kind === 'relation' && node.op === 'source' && node.window?.from !== undefined) found.add(-node.window.from);
  }
  if (schedule.lookback !== undefined) found.add(schedule.lookback);
  return new Set([...found].filter((one) => one > 0 && one < 1e11).slice(0, MOST_DURATIONS));
}

function computedFrom(query: Relation): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map<string, Set<string>>();
  const note = (name: string, reads: readonly string[]): void => {
    const known = direct.get(name) ?? new Set();
    for (const one of reads) known.add(one);
    direct.set(name, known);
  };
  const readsOf = (scalar: Parameters<typeof scalarPart>[0]): readonly string[] =>
    fieldsOf(scalarPart(scalar)).map(({ name }) => name);
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind !== 'relation') continue;
    if (node.op === 'extend' || node.op === 'project' || node.op === 'expand' || node.op === 'apply') {
      for (const { name, value } of node.columns) note(name, readsOf(value));
    } else if (node.op === 'aggregate') {
      for (const { name, value } of node.by) note(name, readsOf(value));
      for (const measure of node.measures) note(measure.name, measure.args.flatMap(readsOf));
    } else if (node.op === 'rename') {
      for (const { from, to } of node.columns) note(to, [from]);
    } else if (node.op === 'parse') {
      for (const part of node.parts) if (part.part === 'column') note(part.name, readsOf(node.subject));
    }
  }
  const closed = new Map<string, ReadonlySet<string>>();
  for (const name of direct.keys()) {
    const all = new Set<string>();
    const waiting = [name];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const one of direct.get(next) ?? []) {
        if (all.has(one)) continue;
        all.add(one);
        waiting.push(one);
      }
    }
    closed.set(name, all);
  }
  return closed;
}
