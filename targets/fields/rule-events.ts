/** Which events a rule looks at in a target: the log sources that stand for its tables, and the events within them. */
import type { ColumnTypes, EventRecord } from '../../src/eval/index.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Branch, Shape } from '../../src/ir/shape.ts';
import { simplifyPredicate } from '../../src/ir/simplify.ts';
import type { Field, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, mainInput, partsOf, predicatePart, relationPart, scalarPart } from '../../src/ir/walk.ts';
import type { Part } from '../../src/ir/walk.ts';
import { and } from '../../src/ir/build.ts';
import { carryEvent, constraintsOfEvent, isWithinConstraints, placesOfEvent } from './carry-event.ts';
import type { CarriedEvent } from './carry-event.ts';
import { constraintsOf } from './constraints.ts';
import type { Constraints, Crosswalk, LogSourceMatch, LogSourceOf, Vocabulary } from './types.ts';

/** An event in a log source of the target; `match` is absent where the table has none: then columns keep their names. */
export interface PlacedEvent<V extends Vocabulary> extends CarriedEvent {
  readonly table: string;
  readonly match: LogSourceMatch<LogSourceOf[V]> | undefined;
  /** Log sources of the same table that hold other events: this one is in none of them. */
  readonly others: readonly LogSourceOf[V][];
}

/** The rule whose events are to be carried over. */
export interface EventsRequest {
  /** The query of the rule that was converted. */
  readonly query: Relation;
  readonly crosswalk: Crosswalk;
  readonly types: ColumnTypes;
  /** The tables that the output reads. */
  readonly reads: readonly string[];
}

/** Carries the events of a rule into a target's vocabulary. */
export class EventPlacer<V extends Vocabulary> {
  readonly #request: EventsRequest;
  readonly #vocabulary: V;
  readonly #fixed: (source: LogSourceOf[V]) => ReadonlyMap<string, readonly string[]>;
  readonly #places: readonly Field[];
  readonly #asked: ReadonlyMap<string, readonly Constraints[]>;
  readonly #literals: readonly { readonly place: Field; readonly value: string }[];

  /** @param fixed what a log source says of fields. */
  constructor(
    vocabulary: V,
    request: EventsRequest,
    fixed: (source: LogSourceOf[V]) => ReadonlyMap<string, readonly string[]>,
  ) {
    this.#vocabulary = vocabulary;
    this.#fixed = fixed;
    this.#request = request;
    this.#places = placesRead(request.query);
    this.#asked = askedConstraints(request.query);
    this.#literals = literalsIn(request.query);
  }

  /**
   * The event in every log source that the rule may look for it in: those of its own conditions first, then those of what
   * the event itself says. Each log source once; none when the target has no place for such an event.
   *
   * @param about columns whose values are to be kept where several columns share a field.
   */
  place(
    event: EventRecord,
    about: readonly string[],
    spell: (source: LogSourceOf[V]) => string,
  ): readonly PlacedEvent<V>[] {
    const key = JSON.stringify([event, about]);
    const before = this.#placed.get(key);
    if (before !== undefined) return before;
    const made = this.#place(event, about, spell);
    if (this.#placed.size >= MOST_REMEMBERED) this.#placed.clear();
    this.#placed.set(key, made);
    return made;
  }

  #place(
    given: EventRecord,
    about: readonly string[],
    spell: (source: LogSourceOf[V]) => string,
  ): readonly PlacedEvent<V>[] {
    const { crosswalk, types } = this.#request;
    const event = this.#ofSomeKind(given);
    const table = event.Type;
    const inOrder = [...this.#places].sort((x, y) => Number(about.includes(y.name)) - Number(about.includes(x.name)));
    const places = placesOfEvent(event, inOrder, types);
    const known = constraintsOfEvent(event, places, types);
    const found = new Map<string, PlacedEvent<V>>();
    const carry = (match: LogSourceMatch<LogSourceOf[V]> | undefined): PlacedEvent<V> => ({
      ...carryEvent(match === undefined ? event : this.#spelt(event, match.implies), places, {
        table,
        vocabulary: this.#vocabulary,
        constraints: match?.constraints ?? new Map(),
        crosswalk,
        types,
        fixed: match === undefined ? new Map() : this.#fixed(match.source),
      }),
      table,
      match,
      others: (crosswalk.logSources(table, this.#vocabulary, NOTHING_KNOWN)?.parts ?? [])
        .filter((part) => part.constraints.size > 0 && !isWithinConstraints(known, part.constraints))
        .map(({ source }) => source),
    });
    let hasSource = false;
    for (const constraints of [...(this.#asked.get(table) ?? []), known, NOTHING_KNOWN]) {
      const sources = crosswalk.logSources(table, this.#vocabulary, constraints);
      if (sources === undefined) continue;
      hasSource = true;
      for (const match of [...(sources.whole === undefined ? [] : [sources.whole]), ...sources.parts]) {
        if (!isWithinConstraints(known, match.constraints)) continue;
        const name = spell(match.source);
        if (!found.has(name)) found.set(name, carry(match));
      }
    }
    return hasSource ? [...found.values()] : [carry(undefined)];
  }

  /**
   * The event where a target has all events in one place: in the log source that says most of it, with the fields that it
   * has in the others, too.
   */
  placeInOne(
    event: EventRecord,
    about: readonly string[],
    spell: (source: LogSourceOf[V]) => string,
  ): PlacedEvent<V> | undefined {
    const placed = this.place(event, about, spell);
    const said = ({ match }: PlacedEvent<V>): number => (match === undefined ? 0 : this.#fixed(match.source).size);
    const [closest, ...others] = placed.toSorted((left, right) => said(right) - said(left));
    if (closest === undefined) return undefined;
    const fields = new Map(others.toReversed().flatMap((one) => [...one.fields]));
    for (const [name, value] of closest.fields) fields.set(name, value);
    return { ...closest, fields };
  }

  /**
   * The event with the columns that its log source implies in the rule's spelling: a log source stands for a value whatever
   * its letter case, and events with other cases of it do not occur.
   */
  #spelt(event: EventRecord, implied: ReadonlySet<string>): EventRecord {
    const changes = this.#literals.flatMap(({ place, value }): readonly (readonly [string, string])[] => {
      const own = event[place.name];
      const isOther = typeof own === 'string' && own !== value && own.toLowerCase() === value.toLowerCase();
      return isOther && place.path.length === 0 && implied.has(place.name) ? [[place.name, value]] : [];
    });
    return changes.length === 0 ? event : { ...event, ...Object.fromEntries(changes) };
  }

  /**
   * An event that does not say of what kind it is, where the target keeps kinds apart, as one of a kind that the rule does
   * not ask for, else of any: events of no kind do not occur.
   */
  #ofSomeKind(event: EventRecord): EventRecord {
    const table = event.Type;
    const parts = this.#request.crosswalk.logSources(table, this.#vocabulary, NOTHING_KNOWN)?.parts ?? [];
    const kinds = parts.filter(({ constraints }) => {
      const columns = [...constraints.keys()];
      return columns.length > 0 && columns.every((column) => !column.includes('.') && (event[column] ?? '') === '');
    });
    const asked = this.#asked.get(table) ?? [];
    const isAskedFor = ({ constraints }: (typeof kinds)[number]): boolean =>
      asked.some((one) =>
        [...constraints].some(
          ([column, values]) => one.has(column) && isWithinConstraints(one, new Map([[column, values]])),
        ),
      );
    const chosen = kinds.find((kind) => !isAskedFor(kind)) ?? kinds[0];
    if (chosen === undefined) return event;
    const filled = [...chosen.constraints].map(([column, [value = '']]) => {
      const spelt = this.#literals.find((one) => one.place.name === column && one.value.toLowerCase() === value);
      return [column, /^\d{1,15}$/.test(value) ? Number(value) : (spelt?.value ?? value)] as const;
    });
    return { ...event, ...Object.fromEntries(filled) };
  }

  readonly #placed = new Map<string, readonly PlacedEvent<V>[]>();
}

const NOTHING_KNOWN: Constraints = new Map();
const MOST_REMEMBERED = 5000;

/** What the conditions of a rule fix about the events of each table: once for each way to them. */
function askedConstraints(query: Relation): ReadonlyMap<string, readonly Constraints[]> {
  const asked = new Map<string, Constraints[]>();
  const note = (table: string, where: Predicate): void => {
    const constraints = constraintsOf(simplifyPredicate(where));
    const known = asked.get(table);
    if (known === undefined) asked.set(table, [constraints]);
    else known.push(constraints);
  };
  for (const { table, where } of branchesOf(recogniseShape(query))) note(table, where);
  for (const { table, where } of pipelinesOf(query)) note(table, where);
  return asked;
}

/** The places of events that a rule speaks of; of lists whose elements become rows, those in the first element. */
function placesRead(query: Relation): readonly Field[] {
  const found = new Map<string, Field>();
  const note = (place: Field): void => {
    const key = JSON.stringify([place.name, ...place.path]);
    if (!found.has(key)) found.set(key, place);
  };
  for (const branch of branchesOf(recogniseShape(query))) {
    for (const scalar of [...branch.columns.values()]) notePlaces(scalarPart(scalar), note);
    notePlaces(predicatePart(branch.where), note);
  }
  for (const place of fieldsOf(relationPart(query))) note(place);
  return [...found.values()];
}

function notePlaces(root: Part, note: (place: Field) => void): void {
  for (const { kind, node } of partsOf(root)) {
    if (kind !== 'scalar' || node.op !== 'call') continue;
    const place = elementPlace(node);
    if (place !== undefined) note(place);
  }
}

/** The place in the first element of an expanded list that a scalar reads; `undefined`: it reads none. */
function elementPlace(scalar: Scalar): Field | undefined {
  if (scalar.op === 'field') return scalar;
  if (scalar.op !== 'call') return undefined;
  const [of, key] = scalar.args;
  const below = of === undefined ? undefined : elementPlace(of);
  if (below === undefined) return undefined;
  if (scalar.fn === 'toText' || scalar.fn === 'toDynamic' || scalar.fn === 'parseJson') return below;
  if (scalar.fn === 'anyElement') return { ...below, path: [...below.path, 0], type: 'dynamic' };
  if (scalar.fn !== 'element' || key?.op !== 'literal') return undefined;
  const { value } = key;
  const step = value.type === 'string' ? value.value : value.type === 'long' ? Number(value.value) : undefined;
  return step === undefined ? undefined : { ...below, path: [...below.path, step], type: 'dynamic' };
}

/** The values that columns are compared with, as the rule spells them. */
function literalsIn(query: Relation): readonly { readonly place: Field; readonly value: string }[] {
  return [...partsOf(relationPart(query))].flatMap(({ kind, node }) => {
    if (kind !== 'predicate' || node.op !== 'match' || node.test !== 'equals' || node.subject.op !== 'field') return [];
    const { subject: place, values } = node;
    return values.map((value) => ({ place, value }));
  });
}

function branchesOf(shape: Shape): readonly Branch[] {
  switch (shape.shape) {
    case 'events':
      return shape.branches;
    case 'aggregate':
      return shape.events.branches;
    case 'correlation':
      return [...branchesOf(shape.left), ...branchesOf(shape.right)];
    case 'anyOf':
      return shape.of.flatMap(branchesOf);
    case 'other':
      return [];
  }
}

/** Sources with the conditions that stand directly above them. */
function pipelinesOf(query: Relation): readonly { readonly table: string; readonly where: Predicate }[] {
  const found: { table: string; where: Predicate }[] = [];
  const seen = new Set<Relation>();
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind !== 'relation' || seen.has(node)) continue;
    const wheres: Predicate[] = [];
    for (let at: Relation | undefined = node; at !== undefined; at = mainInput(at)) {
      seen.add(at);
      if (at.op === 'filter') wheres.push(at.where);
      else if (at.op === 'source') found.push({ table: at.table, where: and(wheres) });
      else if (!['extend', 'select', 'parse', 'expand', 'unpack', 'sort', 'take'].includes(at.op)) wheres.length = 0;
    }
  }
  return found;
}
