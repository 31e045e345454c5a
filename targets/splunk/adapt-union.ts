/** `union`: one search with alternatives where that is all there is to it, else searches beside each other. */
import { field, filter, or, select, text, union } from '../../src/ir/build.ts';
import { closedEnvironment, resolveScalarIn } from '../../src/ir/environment.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import { canonicalTextOfRelation } from '../../src/ir/canonical.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import { foldCase } from '../../src/ir/text.ts';
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { tablesOf } from '../../src/ir/walk.ts';
import { typeOf } from './value-types.ts';
import { isUnsaid, trySay } from './adapt-say.ts';
import { storesColumn } from './adapt-events.ts';
import { adaptRelation } from './adapt-relation.ts';
import { deciding, fieldNameFor, SHOWN } from './adapting.ts';
import type { Adapting } from './adapting.ts';
import { emitPipeline, INTERNAL_FIELDS, isStreaming } from './emit-relation.ts';
import { numberIn } from './emit-scalar.ts';
import { isSearchable } from './emit-search.ts';
import type { Needs, Purpose } from './needs.ts';
import { isPlainField, Rows } from './rows.ts';
import type { Place } from './rows.ts';

type Union = Extract<Relation, { readonly op: 'union' }>;

export function adaptUnion(node: Union, needs: Needs, polarity: Polarity, adapting: Adapting): Rows {
  const branches = node.inputs.map((input) => ({ input, rows: adaptRelation(input, needs, polarity, adapting) }));
  const [first] = branches;
  if (first !== undefined && branches.length === 1 && node.sourceColumn === undefined) return first.rows;
  return new Uniting(node, branches, needs, adapting, polarity).build();
}

interface UnionBranch {
  readonly input: Relation;
  readonly rows: Rows;
}

/** A column of a branch as a Splunk field, or a value that has yet to become one. */
interface Held {
  readonly scalar: Scalar;
  readonly holds: Place['holds'];
}

class Uniting {
  readonly #node: Union;
  readonly #branches: readonly UnionBranch[];
  readonly #needs: Needs;
  readonly #adapting: Adapting;
  readonly #polarity: Polarity;

  constructor(node: Union, branches: readonly UnionBranch[], needs: Needs, adapting: Adapting, polarity: Polarity) {
    this.#node = node;
    this.#branches = branches;
    this.#needs = needs;
    this.#adapting = adapting;
    this.#polarity = polarity;
  }

  build(): Rows {
    const { span } = this.#node;
    const isOpen = this.#branches.some(({ rows }) => rows.environment.open);
    const places = new Map<string, Place>();
    const taken = new Set<string>(this.#branches.flatMap(({ rows }) => [...rows.taken]));
    for (const { name, purpose } of this.#columns()) {
      const place = this.#unite(name, purpose, taken);
      if (place !== undefined) places.set(name, place);
    }
    this.#nameBranches(places, taken);
    for (const { rows } of this.#branches) this.#close(rows, places);
    const relations = this.#branches.map(({ rows }) => rows.relation);
    const merged = mergeSearches(relations) ?? union(relations, {}, span);
    this.#noteLimit(merged);
    const result = new Rows({
      adapting: this.#adapting,
      source: merged,
      environment: closedEnvironment([], (name) => field(name)),
      isOpen,
      taken,
    });
    result.setColumns(places);
    return result;
  }

  /** The columns that are needed of the union, or that some branch computes. */
  #columns(): readonly { readonly name: string; readonly purpose: Purpose }[] {
    const purposes = new Map<string, Purpose>(this.#needs.names);
    if (this.#needs.rest) {
      for (const { rows } of this.#branches) {
        for (const name of rows.environment.columns.keys()) if (!purposes.has(name)) purposes.set(name, 'shown');
      }
    }
    if (this.#node.sourceColumn !== undefined) purposes.delete(this.#node.sourceColumn);
    return [...purposes].map(([name, purpose]) => ({ name, purpose }));
  }

  /** One field for a column in all branches that have it. */
  #unite(name: string, purpose: Purpose, taken: Set<string>): Place | undefined {
    const use = purpose === 'decides' ? deciding('mixed') : SHOWN;
    const held = this.#branches.map(({ input, rows }) => {
      if (!hasColumn(rows, input, name)) return undefined;
      const value = resolveScalarIn(rows.environment, this.#adapting.fieldOf(name, this.#node.span));
      const isTime = typeOf(value) === 'datetime';
      const said = trySay(rows, value, use, isTime ? 'time' : 'value');
      if (isUnsaid(said)) {
        if (use.decides) this.#adapting.refuse(said.code, 'differs', said.span, said.message);
        else
          this.#adapting.note(
            'dropped-column',
            'context',
            said.span,
            `${said.message} The column '${name}' is left out.`,
          );
        return undefined;
      }
      const holds =
        isPlainField(said) && rows.isList(said) ? ('list' as const) : isTime ? ('epoch' as const) : ('stored' as const);
      return { scalar: said, holds };
    });
    const present = held.filter((one) => one !== undefined);
    const [first] = present;
    if (first === undefined) return undefined;
    // Events of an input that lacks the column may have a field of that name all the same.
    const mayLeak = use.decides && this.#mayLeak(first, held);
    if (!mayLeak && present.every((one) => isSameField(one, first)) && first.scalar.op === 'field') {
      return { scalar: first.scalar, holds: first.holds };
    }
    const target = freshName(name, taken);
    held.forEach((one, index) => {
      if (one !== undefined) this.#branches[index]?.rows.computeAs(one.scalar, target);
    });
    return { scalar: field(target, [], typeOfHeld(first), this.#node.span), holds: first.holds };
  }

  /**
   * Whether events of an input without the column may have its field: those of the same table, and any where the name is
   * a plain word that add-ons share.
   */
  #mayLeak(first: Held, held: readonly (Held | undefined)[]): boolean {
    const tables = new Set(
      this.#branches.flatMap(({ input }, index) => (held[index] === undefined ? [] : tablesOf(input))),
    );
    const isQualified = first.scalar.op === 'field' && first.scalar.name.includes('.');
    return this.#branches.some(({ input, rows }, index) => {
      if (held[index] !== undefined || !rows.isOpen) return false;
      return !isQualified || tablesOf(input).some((table) => tables.has(table));
    });
  }

  /** The column that tells where a row comes from. */
  #nameBranches(places: Map<string, Place>, taken: Set<string>): void {
    const { sourceColumn, span } = this.#node;
    if (sourceColumn === undefined) return;
    const purpose = this.#needs.names.get(sourceColumn) ?? (this.#needs.rest ? 'shown' : undefined);
    if (purpose === undefined) return;
    const target = freshName(sourceColumn, taken);
    for (const { input, rows } of this.#branches) {
      const [table = '', more] = tablesOf(input);
      if (more !== undefined && purpose === 'decides') {
        this.#adapting.refuse(
          'unsupported-operator',
          'differs',
          span,
          'The name of an input that is no table has no counterpart.',
        );
      }
      rows.computeAs(text(table, span), target);
    }
    places.set(sourceColumn, { scalar: field(target, [], 'string', span), holds: 'stored' });
  }

  /** Branches whose columns are known give nothing else: fields of their events must not be taken for columns. */
  #close(rows: Rows, places: ReadonlyMap<string, Place>): void {
    if (rows.environment.open || !rows.isOpen) return;
    const names = [
      ...new Set([...places.values()].flatMap(({ scalar }) => (scalar.op === 'field' ? [scalar.name] : []))),
    ];
    const others = this.#branches.some((branch) => branch.rows !== rows && !sameColumns(branch.rows, rows));
    if (!others) return;
    const kept = names.filter((name) =>
      [...rows.environment.columns].some(([column]) => isAt(places.get(column), name)),
    );
    rows.append((input) => select(input, 'keep', [...kept, INTERNAL_FIELDS], this.#node.span));
  }

  #noteLimit(merged: Relation): void {
    if (merged.op !== 'union' || isStreaming(merged.inputs.map(emitPipeline))) return;
    const message = 'The inputs are subsearches: beyond 50,000 rows or 60 seconds the rest of each is left out.';
    this.#adapting.noteUse('subsearch-limit', 'narrower', deciding(this.#polarity), this.#node.span, message);
  }
}

function typeOfHeld({ scalar }: Held): 'unknown' | 'string' | 'datetime' | 'dynamic' {
  const type = typeOf(scalar);
  return type === 'string' || type === 'datetime' || type === 'dynamic' ? type : 'unknown';
}

function isAt(place: Place | undefined, name: string): boolean {
  return place?.scalar.op === 'field' && place.scalar.name === name;
}

function sameColumns(left: Rows, right: Rows): boolean {
  const names = (rows: Rows): string => [...rows.environment.columns.keys()].sort().join('\n');
  return !left.environment.open && names(left) === names(right);
}

function isSameField(left: Held, right: Held): boolean {
  return (
    isPlainField(left.scalar) &&
    isPlainField(right.scalar) &&
    left.scalar.name === right.scalar.name &&
    left.holds === right.holds
  );
}

function freshName(wanted: string, taken: Set<string>): string {
  const base = fieldNameFor(wanted);
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
  taken.add(name);
  return name;
}

/** Whether a branch has a column, as far as that is known: a table's stored columns count. */
function hasColumn(rows: Rows, input: Relation, name: string): boolean {
  const { columns, open, hidden } = rows.environment;
  if (columns.has(name)) return true;
  if (!open || hidden.has(name)) return false;
  return tablesOf(input).some((table) => storesColumn(table, name) !== false);
}

/**
 * Searches that only fetch events as one search. An event that two of the inputs give comes twice out of a union, so no
 * event may be of two.
 */
function mergeSearches(relations: readonly Relation[]): Relation | undefined {
  const wheres: Predicate[] = [];
  let events: Extract<Relation, { readonly op: 'source' }> | undefined;
  for (const relation of relations) {
    if (relation.op !== 'filter' || relation.input.op !== 'source' || !isSearchable(relation.where)) return undefined;
    if (events !== undefined && canonicalTextOfRelation(events) !== canonicalTextOfRelation(relation.input)) {
      return undefined;
    }
    events = relation.input;
    wheres.push(relation.where);
  }
  const disjoint = wheres.every((where, index) => wheres.slice(index + 1).every((other) => areDisjoint(where, other)));
  return events === undefined || !disjoint ? undefined : filter(events, tidyPredicateTree(or(wheres)));
}

/** Whether no event can pass both: they ask for different values of the same field. */
function areDisjoint(left: Predicate, right: Predicate): boolean {
  const others = fixedValues(right);
  return [...fixedValues(left)].some(([name, values]) => {
    const found = others.get(name);
    return found !== undefined && ![...values].some((value) => found.has(value));
  });
}

/** The fields that a predicate bounds to some values, in lower case. */
function fixedValues(where: Predicate): ReadonlyMap<string, ReadonlySet<string>> {
  const fixed = new Map<string, ReadonlySet<string>>();
  for (const conjunct of where.op === 'and' ? where.of : [where]) {
    if (conjunct.op === 'match' && conjunct.test === 'equals' && conjunct.quantifier === 'any') {
      if (isPlainField(conjunct.subject)) fixed.set(conjunct.subject.name, new Set(conjunct.values.map(foldCase)));
    } else if (conjunct.op === 'oneOf' && isPlainField(conjunct.subject)) {
      fixed.set(conjunct.subject.name, new Set(conjunct.values.map((value) => String(numberIn(value)))));
    }
  }
  return fixed;
}
