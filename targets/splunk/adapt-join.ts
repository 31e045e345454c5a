/** Joins, and conditions on lists from other queries, as `join` with a subsearch. */
import { aggregate, field, filter, join, long, missing, not, select } from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { composePolarity, effectUnder, flipPolarity, joinPolarity } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field, JoinKind, Predicate, Relation } from '../../src/ir/types.ts';
import { tablesOf } from '../../src/ir/walk.ts';
import { isText, typeOf } from './value-types.ts';
import { firstColumnOf } from './adapt-query.ts';
import { adaptRelation } from './adapt-relation.ts';
import { sayField } from './adapt-say.ts';
import { storesColumn } from './adapt-events.ts';
import { deciding, SHOWN } from './adapting.ts';
import { needsOfRight, onlyNeeds } from './needs.ts';
import type { Needs } from './needs.ts';
import { isAlwaysPresent } from './present.ts';
import type { Rows } from './rows.ts';
import { ANY_ROW } from './support.ts';

type Join = Extract<Relation, { readonly op: 'join' }>;

/** Kinds as `join` with a subsearch on the right. */
const KINDS: Readonly<Partial<Record<JoinKind, 'inner' | 'leftOuter' | 'leftAnti' | 'leftSemi'>>> = {
  inner: 'inner',
  innerUnique: 'inner',
  leftOuter: 'leftOuter',
  leftAnti: 'leftAnti',
  leftSemi: 'leftSemi',
};

/** Right kinds are left kinds of the sides exchanged; only those whose result is one side's columns. */
const EXCHANGED: Readonly<Partial<Record<JoinKind, 'leftAnti' | 'leftSemi'>>> = {
  rightAnti: 'leftAnti',
  rightSemi: 'leftSemi',
};

export function adaptJoin(node: Join, left: Rows, needs: Needs, polarity: Polarity): Rows {
  const { adapting } = left;
  const exchanged = EXCHANGED[node.kind];
  if (exchanged !== undefined) {
    const on = node.on.map((key) => ({ left: key.right, right: key.left }));
    const names = new Map(needs.names);
    for (const { left: key } of on) if (key.op === 'field') names.set(key.name, 'decides');
    const rows = adaptRelation(node.right, { names, rest: needs.rest }, polarity, adapting);
    return new Joining(
      { ...node, kind: exchanged, left: node.right, right: node.left, on, renamed: [] },
      rows,
      needs,
      polarity,
    ).build();
  }
  if (KINDS[node.kind] === undefined) {
    adapting.refuse(
      'unsupported-join',
      'differs',
      node.span,
      `A join of kind '${node.kind.toLowerCase()}' has no counterpart.`,
    );
    return left;
  }
  return new Joining(node, left, needs, polarity).build();
}

class Joining {
  readonly #node: Join;
  readonly #left: Rows;
  readonly #needs: Needs;
  readonly #polarity: Polarity;

  constructor(node: Join, left: Rows, needs: Needs, polarity: Polarity) {
    this.#node = node;
    this.#left = left;
    this.#needs = needs;
    this.#polarity = polarity;
  }

  build(): Rows {
    const { kind, span } = this.#node;
    const rightPolarity = composePolarity(this.#polarity, joinPolarity(kind, 'right'));
    const right = adaptRelation(
      this.#node.right,
      needsOfRight(this.#node, this.#needs),
      rightPolarity,
      this.#left.adapting,
    );
    const keys = this.#keys(right);
    if (keys === undefined) return this.#left;
    if (kind === 'innerUnique') this.#dedupeLeft(keys.map((key) => key.left));
    const columns = kind === 'leftAnti' || kind === 'leftSemi' ? [] : this.#rightColumns(right);
    // What the right side shows gets its names before the keys take theirs.
    const shown = columns.flatMap((column) => this.#place(column, right, keys));
    for (const key of keys) alignKey(right, key);
    const names = [...new Set([...keys.map((key) => key.left.name), ...shown.map((one) => one.field.name)])];
    keepOnly(right, names, span);
    const made = KINDS[kind] ?? 'inner';
    const on = keys.map(({ left }) => ({ left, right: left }));
    const rightRelation = right.relation;
    this.#left.append((input) => join(made, input, rightRelation, on, { lookup: true }, span));
    this.#left.setColumns(shown.map(({ name, field: at, holds }) => [name, { scalar: at, holds }]));
    if (made === 'inner') this.#nameKeys(keys);
    else restoreKeys(this.#left, keys);
    this.#noteLimit(rightPolarity);
    return this.#left;
  }

  /** The fields on both sides that are equal; `undefined` when one cannot be said (and was noted). */
  #keys(right: Rows): readonly JoinedKey[] | undefined {
    const keys: JoinedKey[] = [];
    for (const { left: ofLeft, right: ofRight } of this.#node.on) {
      const leftValue = resolveScalarIn(this.#left.environment, ofLeft);
      const rightValue = resolveScalarIn(right.environment, ofRight);
      const name = ofLeft.op === 'field' ? ofLeft.name : 'join_key';
      const left = sayField(this.#left, leftValue, name, deciding('mixed'));
      const at = sayField(right, rightValue, name, deciding('mixed'));
      if (left === undefined || at === undefined) return undefined;
      const original = ofRight.op === 'field' && ofRight.path.length === 0 ? ofRight.name : undefined;
      keys.push({ left, right: at, original, isText: isText(leftValue) && isText(rightValue) });
    }
    return keys;
  }

  /** One left row for each key: unless the left rows are groups by these keys, which are unique already. */
  #dedupeLeft(keys: readonly Field[]): void {
    const { span } = this.#node;
    const names = new Set(keys.map((key) => key.name));
    const { relation } = this.#left;
    if (relation.op === 'aggregate' && relation.by.length > 0 && relation.by.every((key) => names.has(key.name)))
      return;
    const by = [...names].map((name) => ({ name, value: field(name, [], 'unknown', span) }));
    const measure = { name: ANY_ROW, fn: 'argMax' as const, args: [long(0)], span };
    this.#left.append((input) => select(aggregate(input, by, [measure], span), 'drop', [ANY_ROW], span));
  }

  /** The right side's columns that somebody needs, under the names that they have in the result. */
  #rightColumns(right: Rows): readonly { readonly from: string; readonly to: string; readonly decides: boolean }[] {
    const renamed = new Map(this.#node.renamed.map(({ from, to }) => [from, to]));
    const columns: { from: string; to: string; decides: boolean }[] = [];
    const add = (from: string, to: string): void => {
      if (columns.some((column) => column.to === to)) return;
      const purpose = this.#needs.names.get(to) ?? (this.#needs.rest ? 'shown' : undefined);
      if (purpose !== undefined) columns.push({ from, to, decides: purpose === 'decides' });
    };
    let isLeftOut = false;
    for (const [from, to] of renamed) {
      // Of whole events only what the rule names: the rest says mostly what the left side says.
      if (this.#needs.names.has(to) || right.environment.columns.has(from)) add(from, to);
      else isLeftOut ||= this.#needs.rest;
    }
    if (isLeftOut) {
      const message =
        "Of the right side's events only the columns are shown that the rule names or the left side lacks.";
      this.#left.adapting.note('dropped-column', 'context', this.#node.span, message);
    }
    for (const name of right.environment.columns.keys()) {
      if (!renamed.has(name) && !this.#isOfLeft(name)) add(name, name);
    }
    for (const name of this.#needs.names.keys()) {
      const isRenamed = [...renamed.values()].includes(name) || renamed.has(name);
      if (!isRenamed && right.environment.open && !right.environment.columns.has(name) && !this.#isOfLeft(name))
        add(name, name);
    }
    return columns;
  }

  #isOfLeft(name: string): boolean {
    const { environment } = this.#left;
    if (environment.columns.has(name)) return true;
    if (!environment.open || environment.hidden.has(name)) return false;
    const tables = tablesOf(this.#node.left);
    return tables.some((table) => storesColumn(table, name) !== false) && !this.#isOfRightOnly(name);
  }

  #isOfRightOnly(name: string): boolean {
    const left = tablesOf(this.#node.left).some((table) => storesColumn(table, name) === true);
    const right = tablesOf(this.#node.right).some((table) => storesColumn(table, name) === true);
    return right && !left;
  }

  /** A right column as a field that does not clash with the left side's. */
  #place(
    column: { readonly from: string; readonly to: string; readonly decides: boolean },
    right: Rows,
    keys: readonly JoinedKey[],
  ): readonly { readonly name: string; readonly field: Field; readonly holds: 'epoch' | 'stored' | 'list' }[] {
    const own = this.#left.adapting.fieldOf(column.from, this.#node.span);
    const value = resolveScalarIn(right.environment, own);
    // The right key equals the left one wherever there is a match.
    const key = keys.find((one) => one.original === column.from);
    if (key !== undefined && this.#node.kind !== 'leftOuter') return [];
    const use = column.decides ? deciding('mixed') : SHOWN;
    const at = sayField(right, value, column.to, use);
    if (at === undefined) return [];
    const holds = right.isList(at)
      ? ('list' as const)
      : typeOf(value) === 'datetime'
        ? ('epoch' as const)
        : ('stored' as const);
    // Of a row whose right field is missing the left events' own field of that name would stay.
    const mayStay = this.#left.isOpen && (column.decides || column.from !== column.to) && !right.isComputed(at);
    const clashes = mayStay || this.#left.taken.has(at.name) || keys.some((one) => one.left.name === at.name);
    if (!clashes) {
      this.#left.taken.add(at.name);
      return [{ name: column.to, field: at, holds }];
    }
    let name = this.#left.freshName(column.to);
    while (right.taken.has(name)) name = this.#left.freshName(column.to);
    const renamed = right.computeAs(at, name);
    return [{ name: column.to, field: renamed, holds }];
  }

  /** After an inner join the right keys are the left ones. */
  #nameKeys(keys: readonly JoinedKey[]): void {
    const renamed = new Map(this.#node.renamed.map(({ from, to }) => [from, to]));
    for (const { left, original } of keys) {
      if (original === undefined) continue;
      const name = renamed.get(original) ?? original;
      if (this.#needs.names.has(name) && !this.#left.environment.columns.has(name) && !this.#isOfLeft(name)) {
        this.#left.setColumn(name, { scalar: left, holds: 'stored' });
      }
    }
  }

  #noteLimit(rightPolarity: Polarity): void {
    const { span } = this.#node;
    const message = 'The right side is a subsearch: beyond 50,000 rows or 60 seconds the rest of it is left out.';
    const hint = 'Raise the limits in limits.conf, stanza [join], if the right side may be larger.';
    this.#left.adapting.note('subsearch-limit', effectUnder(rightPolarity, 'narrower'), span, message, hint);
  }
}

interface JoinedKey {
  readonly left: Field;
  readonly right: Field;
  /** The column's own name on the right side. */
  readonly original: string | undefined;
  readonly isText: boolean;
}

/** Left keys that are no texts are missing again where they were, unless the join drops such rows anyway. */
function restoreKeys(left: Rows, keys: readonly JoinedKey[]): void {
  for (const key of keys) {
    if (!key.isText && !isAlwaysPresent(left.relation, key.left.name)) left.restoreMissing(key.left);
  }
}

/** Nothing but these fields, unless the rows are distinct keys of just these names. */
function keepOnly(rows: Rows, names: readonly string[], span: Relation['span']): void {
  const { relation } = rows;
  const isDistinct = relation.op === 'aggregate' && relation.measures.length === 0;
  if (isDistinct && relation.by.map((key) => key.name).join('\n') === names.join('\n')) return;
  rows.append((input) => select(input, 'keep', names, span));
}

/** The right key under the left key's name; a key that is no text and missing joins nothing. */
function alignKey(right: Rows, key: JoinedKey): void {
  if (key.right.name !== key.left.name) right.computeAs(key.right, key.left.name);
  if (!key.isText) {
    const there = not(missing(field(key.left.name, [], 'unknown', key.left.span), 'null'));
    right.append((input) => filter(input, there));
  }
}

/** A condition on membership in a list from another query: a join that adds no column. */
export function joinQuery(rows: Rows, condition: Predicate, polarity: Polarity): void {
  const negated = condition.op === 'not';
  const node = negated ? condition.of : condition;
  if (node.op !== 'inQuery') return;
  const column = firstColumnOf(node.query);
  if (column === undefined) {
    rows.adapting.refuse(
      'unsupported-predicate',
      'differs',
      node.span,
      'Which column of the list counts is not known.',
    );
    return;
  }
  const key = field(column, [], 'string', node.span);
  const kind = negated ? ('leftAnti' as const) : ('leftSemi' as const);
  const relation: Join = {
    op: 'join',
    kind,
    left: node.query,
    right: node.query,
    on: [{ left: node.subject, right: key }],
    renamed: [],
    lookup: true,
    span: node.span,
  };
  new ListJoining(rows, relation, polarity).build();
}

/** Joins a list: the subject is a scalar over the rows' lower side already. */
class ListJoining {
  readonly #rows: Rows;
  readonly #node: Join;
  readonly #polarity: Polarity;

  constructor(rows: Rows, node: Join, polarity: Polarity) {
    this.#rows = rows;
    this.#node = node;
    this.#polarity = polarity;
  }

  build(): void {
    const { kind, span, on, right: query } = this.#node;
    const [pair] = on;
    if (pair === undefined || (kind !== 'leftAnti' && kind !== 'leftSemi')) return;
    const polarity = kind === 'leftAnti' ? flipPolarity(this.#polarity) : this.#polarity;
    const column = pair.right.op === 'field' ? pair.right.name : '';
    const right = adaptRelation(query, onlyNeeds([column], 'decides'), polarity, this.#rows.adapting);
    const left = sayField(this.#rows, pair.left, 'list_value', deciding('mixed'));
    const at = sayField(right, resolveScalarIn(right.environment, pair.right), column, deciding('mixed'));
    if (left === undefined || at === undefined) return;
    const key: JoinedKey = { left, right: at, original: column, isText: isText(pair.left) };
    alignKey(right, key);
    keepOnly(right, [left.name], span);
    const rightRelation = right.relation;
    this.#rows.append((input) => join(kind, input, rightRelation, [{ left, right: left }], { lookup: true }, span));
    restoreKeys(this.#rows, [key]);
    const message = 'The list is a subsearch: beyond 50,000 rows or 60 seconds the rest of it is left out.';
    const hint = 'Raise the limits in limits.conf, stanza [join], if the list may be longer.';
    this.#rows.adapting.note('subsearch-limit', effectUnder(polarity, 'narrower'), span, message, hint);
  }
}
