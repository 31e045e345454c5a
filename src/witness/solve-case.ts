/**
 * Events on which a query returns a row: conditions are carried down from operator to operator, in terms of what is
 * below, until they stand on stored columns. A search that may fail and whose result is always tried: whether the query
 * returns a row says the evaluator.
 */
import { evaluateRelation } from '../eval/relation.ts';
import type { Tables } from '../eval/relation.ts';
import { tablesOfEvents } from '../eval/index.ts';
import type { ColumnTypes } from '../eval/index.ts';
import type { Context } from '../eval/context.ts';
import { evaluatePredicate } from '../eval/predicate.ts';
import { evaluateScalar } from '../eval/scalar.ts';
import { EvaluationUnsupported, nullOfType, plain } from '../eval/value.ts';
import type { Row } from '../eval/value.ts';
import * as b from '../ir/build.ts';
import type { RelationOf } from '../ir/build.ts';
import type { Measure, NamedScalar, Predicate, Relation, Scalar, Value } from '../ir/types.ts';
import { APPLY_INPUT } from '../ir/types.ts';
import {
  columnsReadBy,
  mainInput,
  partsOf,
  predicatePart,
  rewritePredicate,
  outsideSubqueries,
  substituteInPredicate,
} from '../ir/walk.ts';
import { quoteRegex } from '../ir/regex-syntax.ts';
import { mayHave } from './columns.ts';
import { recordOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { solveRow } from './solve-row.ts';
import { spreadRows } from './spread.ts';

/** A watchlist's rows stand among the events under this and its name. */
export const WATCHLIST = 'watchlist:';

export interface CaseOptions {
  /** When the rule runs; milliseconds since 1970. */
  readonly now: number;
  /** How far back the data reaches that the rule sees; milliseconds. */
  readonly lookback: number | undefined;
  readonly types: ColumnTypes;
  /** No more events than this for one case. */
  readonly mostEvents: number;
  /** How many tests may still be tried; counts down. */
  readonly budget: { left: number };
}

/** Events on which the query returns a row; `undefined` when none are found. */
export function solveCase(query: Relation, options: CaseOptions): readonly Draft[] | undefined {
  try {
    const found = new CaseSolver(options).solve(query, []);
    return found !== undefined && returnsRow(query, found, options) ? found : undefined;
  } catch (error) {
    if (error instanceof EvaluationUnsupported) return undefined;
    throw error;
  }
}

export function returnsRow(query: Relation, drafts: readonly Draft[], options: CaseOptions): boolean {
  return rowsOf(query, drafts, options).length > 0;
}

function rowsOf(query: Relation, drafts: readonly Draft[], { now, lookback, types }: CaseOptions): readonly Row[] {
  const { events, references } = tablesOf(drafts, types);
  return evaluateRelation(query, events, { now, references, ...(lookback === undefined ? {} : { lookback }) });
}

/** Drafts as tables, those of watchlists apart. */
export function tablesOf(
  drafts: readonly Draft[],
  types: ColumnTypes,
): { readonly events: Tables; readonly references: Tables } {
  const tables = tablesOfEvents(drafts.map(recordOf), types);
  const references = new Map<string, readonly Row[]>();
  const events = new Map<string, readonly Row[]>();
  for (const [name, rows] of tables) {
    if (!name.startsWith(WATCHLIST)) events.set(name, rows);
    else
      references.set(
        name.slice(WATCHLIST.length),
        rows.map((row) => new Map([...row].filter(([column]) => column !== 'Type'))),
      );
  }
  return { events, references };
}

type Solved = readonly Draft[] | undefined;

class CaseSolver {
  readonly #options: CaseOptions;
  /** Cases of queries inside conditions. */
  readonly #inner = new Map<Relation, Solved>();
  #steps = 0;

  constructor(options: CaseOptions) {
    this.#options = options;
  }

  /** Events on which the relation returns a row that satisfies the conditions, which are over its columns. */
  solve(node: Relation, conditions: readonly Predicate[]): Solved {
    if (++this.#steps > 400) return undefined;
    switch (node.op) {
      case 'source':
        return this.#source(node, conditions);
      case 'reference':
        return this.#row({ table: WATCHLIST + node.name, columns: new Map() }, conditions);
      case 'literal':
        return node.rows.some((row) => this.#holdsOf(node, row, conditions)) ? [] : undefined;
      case 'filter':
        return this.solve(node.input, [...conditions, ...conjuncts(node.where)]);
      case 'extend':
        return this.solve(node.input, substitute(conditions, node.columns, true));
      case 'project':
        return this.solve(node.input, substitute(conditions, node.columns, false));
      case 'rename': {
        const columns = node.columns.map(({ from, to }) => ({ name: to, value: b.field(from) }));
        return this.solve(node.input, substitute(conditions, columns, true));
      }
      case 'select':
      case 'sort':
      case 'top':
      case 'take':
        return this.solve(node.input, conditions);
      case 'expand': {
        const columns = node.columns.map(({ name, value, type }) => ({
          name,
          value: b.call('element', [value, b.long(0)], type === 'unknown' ? 'dynamic' : type),
        }));
        return this.solve(node.input, substitute(conditions, columns, true));
      }
      case 'unpack':
        return this.solve(node.input, unpackConditions(conditions, node));
      case 'parse':
        return this.#parse(node, conditions);
      case 'aggregate':
        return this.#aggregate(node, conditions);
      case 'join':
        return this.#join(node, conditions);
      case 'union': {
        for (const input of node.inputs) {
          const found = this.solve(input, conditions);
          if (found !== undefined) return found;
        }
        return undefined;
      }
      case 'apply':
        return this.#apply(node, conditions);
      case 'series':
      case 'plugin':
      case 'opaque':
        return undefined;
    }
  }

  // -------------------------------------------------------------------------------------------- rows

  #source(node: RelationOf<'source'>, conditions: readonly Predicate[]): Solved {
    if (node.table === APPLY_INPUT) return undefined;
    const time = new Date(this.#timeIn(node)).toISOString();
    const columns = new Map([['TimeGenerated', time]]);
    columns.set(node.timeColumn, time);
    const bounds = this.#boundsOf(node);
    return this.#row({ table: node.table, columns }, [...bounds, ...conditions]);
  }

  /** An instant at which the source's events count, clear of the bounds and of the edges of round windows. */
  #timeIn({ window }: RelationOf<'source'>): number {
    const { now, lookback } = this.#options;
    const oldest = Math.max(window?.from ?? -Infinity, lookback === undefined ? -86_400_000 : -lookback);
    const newest = Math.min(window?.to ?? 0, 0);
    const middle = now + (Math.max(oldest, newest - 7_200_000) + newest) / 2;
    const aligned = Math.floor(middle / 60_000) * 60_000 + 7_000;
    return aligned > now + oldest && aligned < now + newest ? aligned : middle;
  }

  /** The window as conditions, where the search might move the time. */
  #boundsOf({ window, timeColumn }: RelationOf<'source'>): readonly Predicate[] {
    const { now, lookback } = this.#options;
    const time = b.field(timeColumn, [], 'datetime');
    const oldest = Math.max(window?.from ?? -Infinity, lookback === undefined ? -Infinity : -lookback);
    const newest = Math.min(window?.to ?? 0, 0);
    const bounds = [b.compare(time, '<=', b.datetime(now + newest))];
    if (Number.isFinite(oldest)) bounds.push(b.compare(time, '>=', b.datetime(now + oldest)));
    return bounds;
  }

  #row(start: Draft, conditions: readonly Predicate[]): Solved {
    const drafts: Draft[] = [];
    const asked = new Set<Relation>();
    const prepare = (query: Relation): void => {
      asked.add(query);
      if (!this.#inner.has(query)) this.#inner.set(query, this.#solveQuery(query));
    };
    const settled = conditions.map((one) => this.#withoutQueries(one, drafts));
    for (const condition of settled) {
      for (const { kind, node } of partsOf(predicatePart(condition), outsideSubqueries)) {
        if (kind === 'predicate' && node.op === 'inQuery') prepare(node.query);
      }
    }
    const found = solveRow(start, settled, {
      types: this.#options.types,
      context: this.#context(drafts),
      budget: this.#options.budget,
      prepare,
    });
    if (found === undefined) return undefined;
    return [found, ...drafts, ...[...asked].flatMap((query) => this.#inner.get(query) ?? [])];
  }

  /** A query whose first column is to hold something. */
  #solveQuery(query: Relation): Solved {
    const name = firstColumnOf(query);
    const wanted = name === undefined ? [] : [b.not(b.missing(b.field(name, [], 'string'), 'empty'))];
    return this.solve(query, wanted) ?? this.solve(query, []);
  }

  /** Values of other queries (`toscalar`) as literals: the events that they are computed from are added. */
  #withoutQueries(condition: Predicate, drafts: Draft[]): Predicate {
    return rewritePredicate(
      condition,
      {
        scalar: (node) => {
          if (node.op !== 'query') return node;
          const solved = this.#inner.has(node.query) ? this.#inner.get(node.query) : this.solve(node.query, []);
          this.#inner.set(node.query, solved);
          drafts.push(...(solved ?? []));
          const [first] = this.#context(drafts).firstColumn(node.query);
          return b.literal(first ?? nullOfType(node.type));
        },
      },
      outsideSubqueries,
    );
  }

  #context(drafts: readonly Draft[]): Context {
    return {
      now: this.#options.now,
      firstColumn: (query) => {
        const events = [...drafts, ...(this.#inner.get(query) ?? [])];
        return rowsOf(query, events, this.#options).flatMap((row) => {
          const [first] = row.values();
          return first === undefined ? [] : [first];
        });
      },
    };
  }

  #holdsOf(node: RelationOf<'literal'>, values: readonly Value[], conditions: readonly Predicate[]): boolean {
    const row: Row = new Map(node.columns.map(({ name }, index) => [name, values[index] ?? nullOfType('string')]));
    return conditions.every((one) => evaluatePredicate(one, row, this.#context([])) === true);
  }

  /** A column of a pattern is what a regex extracts of its subject. */
  #parse(node: RelationOf<'parse'>, conditions: readonly Predicate[]): Solved {
    const last = node.parts.length - 1;
    const regex = node.parts
      .map((part, index) => {
        const any = index === last ? '.*' : '.*?';
        if (part.part === 'text') return node.mode === 'regex' ? part.text : quoteRegex(part.text);
        return part.part === 'any' ? any : part.type === 'string' ? `(${any})` : '(\\d+)';
      })
      .join('');
    let group = 0;
    const columns = node.parts.flatMap((part): readonly NamedScalar[] => {
      if (part.part !== 'column') return [];
      const args = [b.text(`(?s)${regex}`), b.long(++group), node.subject];
      const value = b.call('extract', args, 'string');
      return [{ name: part.name, value: part.type === 'long' ? b.call('toLong', [value], 'long') : value }];
    });
    const fits = node.dropsUnmatched ? [b.match(node.subject, 'regex', `(?s)${regex}`, { caseSensitive: true })] : [];
    return this.solve(node.input, [...fits, ...substitute(conditions, columns, true)]);
  }

  #apply(node: RelationOf<'apply'>, conditions: readonly Predicate[]): Solved {
    const columns = node.columns.map(({ name, value, type }) => ({
      name,
      value: b.call('element', [value, b.long(0)], type === 'unknown' ? 'dynamic' : type),
    }));
    // The conditions inside speak of one element: the query is gone through as if it stood here.
    return this.solve(node.input, substitute(throughQuery(node.query, conditions), columns, true));
  }

  // -------------------------------------------------------------------------------------------- groups

  #aggregate(node: RelationOf<'aggregate'>, conditions: readonly Predicate[]): Solved {
    const reads = new Set(conditions.flatMap((one) => [...columnsReadBy(predicatePart(one)).names]));
    const measured = node.measures.filter(({ name }) => reads.has(name));
    const chosen = node.measures.find(({ fn }) => fn === 'argMax' || fn === 'argMin');
    const single = substitute(conditions, [...node.by, ...node.measures.map(ofOneRow)], chosen !== undefined);
    const alone = this.#tryGroup(node, conditions, this.solve(node.input, single));
    if (alone !== undefined || measured.length === 0) return alone;
    const above = b.filter(node, b.and(conditions));
    // Conditions on keys alone hold of every row; those on measures are reached with several rows.
    const keyed = conditions.filter((one) =>
      [...columnsReadBy(predicatePart(one)).names].every(
        (name) => !node.measures.some((measure) => measure.name === name),
      ),
    );
    const onKeys = substitute(keyed, node.by, false);
    const base = this.solve(node.input, onKeys);
    if (base === undefined) return undefined;
    for (const rows of spreadRows(node, conditions, base, {
      types: this.#options.types,
      context: this.#context(base),
      most: this.#options.mostEvents,
      solve: (more) => this.solve(node.input, [...onKeys, ...more]),
    })) {
      if (returnsRow(above, rows, this.#options)) return rows;
    }
    return undefined;
  }

  #tryGroup(node: Relation, conditions: readonly Predicate[], found: Solved): Solved {
    if (found === undefined) return undefined;
    return returnsRow(b.filter(node, b.and(conditions)), found, this.#options) ? found : undefined;
  }

  // -------------------------------------------------------------------------------------------- joins

  #join(node: RelationOf<'join'>, conditions: readonly Predicate[]): Solved {
    const { kind } = node;
    if (kind === 'leftAnti') return this.solve(node.left, conditions);
    if (kind === 'rightAnti') return this.solve(node.right, conditions);
    const joined = this.#bothSides(node, conditions, 'left') ?? this.#bothSides(node, conditions, 'right');
    if (joined !== undefined) return joined;
    const above = b.filter(node, b.and(conditions));
    if (kind === 'leftOuter' || kind === 'fullOuter') {
      const [own] = this.#split(node, conditions, 'left');
      const alone = this.solve(node.left, own);
      if (alone !== undefined && returnsRow(above, alone, this.#options)) return alone;
    }
    if (kind === 'rightOuter' || kind === 'fullOuter') {
      const [own] = this.#split(node, conditions, 'right');
      const alone = this.solve(node.right, own);
      if (alone !== undefined && returnsRow(above, alone, this.#options)) return alone;
    }
    return undefined;
  }

  /** One side first, then the other with the first one's values in keys and conditions. */
  #bothSides(node: RelationOf<'join'>, conditions: readonly Predicate[], first: 'left' | 'right'): Solved {
    const [own, others] = this.#split(node, conditions, first);
    const firstSide = first === 'left' ? node.left : node.right;
    const secondSide = first === 'left' ? node.right : node.left;
    const keysThere = node.on
      .map((key) => (first === 'left' ? key.left : key.right))
      .filter(({ op }) => op !== 'literal')
      .map((key) => b.not(b.missing(key, 'null')));
    const start = this.solve(firstSide, [...own, ...keysThere]);
    if (start === undefined) return undefined;
    const kept = this.#rowWith(b.filter(firstSide, b.and([...own])), start);
    if (kept === undefined) return undefined;
    const context = this.#context(start);
    const renamedFrom = new Map(node.renamed.map(({ from, to }) => [to, from]));
    const known = (name: string): Value | undefined => {
      const side = this.#sideOf(node, name);
      if (side !== first) return undefined;
      return kept.get(first === 'right' ? (renamedFrom.get(name) ?? name) : name);
    };
    const carried = others.map((condition) =>
      substituteInPredicate(condition, (field) => {
        const value = known(field.name);
        if (value !== undefined) return b.literal(value);
        if (this.#sideOf(node, field.name) === first) return b.literal(nullOfType(field.type));
        const from = first === 'left' ? renamedFrom.get(field.name) : undefined;
        return from === undefined ? undefined : { ...field, name: from };
      }),
    );
    const keys = node.on.map(({ left, right }) => {
      const [here, there] = first === 'left' ? [left, right] : [right, left];
      return keyIs(there, here, kept, context);
    });
    const second = this.solve(secondSide, [...keys, ...carried]);
    if (second === undefined) return undefined;
    const found = [...start, ...second];
    return returnsRow(b.filter(node, b.and(conditions)), found, this.#options) ? found : undefined;
  }

  #rowWith(relation: Relation, drafts: readonly Draft[]): Row | undefined {
    return rowsOf(relation, drafts, this.#options)[0];
  }

  /** Conditions that speak of one side alone, in its own names, and all others. */
  #split(
    node: RelationOf<'join'>,
    conditions: readonly Predicate[],
    side: 'left' | 'right',
  ): readonly [readonly Predicate[], readonly Predicate[]] {
    const own: Predicate[] = [];
    const others: Predicate[] = [];
    const from = new Map(node.renamed.map((one) => [one.to, one.from]));
    for (const condition of conditions) {
      const names = [...columnsReadBy(predicatePart(condition)).names];
      if (!names.every((name) => this.#sideOf(node, name) === side)) others.push(condition);
      else if (side === 'left') own.push(condition);
      else {
        own.push(
          substituteInPredicate(condition, (field) => {
            const name = from.get(field.name);
            return name === undefined ? undefined : { ...field, name };
          }),
        );
      }
    }
    return [own, others];
  }

  #sideOf(node: RelationOf<'join'>, name: string): 'left' | 'right' {
    if (node.kind === 'leftSemi') return 'left';
    if (node.kind === 'rightSemi') return 'right';
    if (node.renamed.some(({ to }) => to === name)) return 'right';
    if (node.renamed.some(({ from }) => from === name)) return 'left';
    const left = mayHave(node.left, name);
    if (left === true) return 'left';
    return mayHave(node.right, name) === false || (left === undefined && mayHave(node.right, name) !== true)
      ? 'left'
      : 'right';
  }
}

/** That a key has the value that the other side's key has. */
function keyIs(key: Scalar, other: Scalar, row: Row, context: Context): Predicate {
  const value = valueOf(other, row, context);
  if (value.type === 'string') return b.match(key, 'equals', value.value, { caseSensitive: true });
  return b.oneOf(key, [value]);
}

const valueOf = (scalar: Scalar, row: Row, context: Context): Value => plain(evaluateScalar(scalar, row, context));

export function conjuncts(where: Predicate): readonly Predicate[] {
  return where.op === 'and' ? where.of.flatMap(conjuncts) : [where];
}

/** The conditions with columns replaced by what computes them. `open`: other names are those of below. */
function substitute(
  conditions: readonly Predicate[],
  columns: readonly NamedScalar[],
  open: boolean,
): readonly Predicate[] {
  const values = new Map(columns.map(({ name, value }) => [name, value]));
  return conditions.map((condition) =>
    substituteInPredicate(condition, (field) => {
      const value = values.get(field.name);
      if (value !== undefined) return value;
      return open ? undefined : b.literal(nullOfType(field.type));
    }),
  );
}

/** What a measure is of a group of one row. */
function ofOneRow(measure: Measure): NamedScalar {
  const { name, fn, where } = measure;
  const [arg = b.nullOf('unknown')] = measure.args;
  const counted = (value: Scalar, otherwise: Scalar): Scalar =>
    where === undefined ? value : b.choose([{ when: where, then: value }], otherwise, 'dynamic');
  switch (fn) {
    case 'count':
      return { name, value: counted(b.long(1), b.long(0)) };
    case 'countDistinct':
      return {
        name,
        value: counted(b.choose([{ when: b.missing(arg, 'null'), then: b.long(0) }], b.long(1), 'long'), b.long(0)),
      };
    case 'list':
    case 'set':
      return { name, value: counted(b.call('makeArray', [arg], 'dynamic'), b.call('makeArray', [], 'dynamic')) };
    case 'variance':
    case 'standardDeviation':
      return { name, value: b.real(0) };
    case 'sum':
      return { name, value: counted(arg, b.long(0)) };
    case 'average':
    case 'min':
    case 'max':
    case 'percentile':
    case 'argMax':
    case 'argMin':
    case 'any':
    case 'bag':
    case 'binaryAnd':
    case 'binaryOr':
    case 'hll':
    case 'other':
      return { name, value: arg };
  }
}

/** Conditions on unpacked columns as conditions on the bag's properties. */
function unpackConditions(conditions: readonly Predicate[], node: RelationOf<'unpack'>): readonly Predicate[] {
  return conditions.map((condition) =>
    substituteInPredicate(condition, (field) => {
      if (mayHave(node.input, field.name) === true || !field.name.startsWith(node.prefix)) return undefined;
      const name = field.name.slice(node.prefix.length);
      return b.field(node.bag.name, [...node.bag.path, name, ...field.path], 'dynamic', field.span);
    }),
  );
}

/** Conditions on the rows of a query, and its own, in terms of its innermost source, of one row. */
function throughQuery(query: Relation, above: readonly Predicate[]): readonly Predicate[] {
  let conditions = above;
  for (let node: Relation | undefined = query; node !== undefined; node = mainInput(node)) {
    if (node.op === 'filter') conditions = [...conditions, ...conjuncts(node.where)];
    else if (node.op === 'extend' || node.op === 'project') conditions = substitute(conditions, node.columns, true);
    else if (node.op === 'aggregate') {
      conditions = substitute(conditions, [...node.by, ...node.measures.map(ofOneRow)], true);
    }
  }
  return conditions;
}

/** The name of a query's first column, where the query says it. */
function firstColumnOf(query: Relation): string | undefined {
  for (let node: Relation | undefined = query; node !== undefined; node = mainInput(node)) {
    if (node.op === 'project') return node.columns[0]?.name;
    if (node.op === 'aggregate') return node.by[0]?.name ?? node.measures[0]?.name;
    if (node.op === 'select' && node.mode === 'keep') return node.names[0];
    if (node.op === 'literal' || node.op === 'reference') return node.columns[0]?.name;
    if (node.op !== 'filter' && node.op !== 'sort' && node.op !== 'take' && node.op !== 'top') return undefined;
  }
  return undefined;
}
