/** The rows of relations. */
import type { RelationOf } from '../ir/build.ts';
import type { NamedScalar, Relation, SortKey, TimeWindow, Value } from '../ir/types.ts';
import { APPLY_INPUT } from '../ir/types.ts';
import { mainInput, nestingOf, relationPart } from '../ir/walk.ts';
import { aggregateRows } from './aggregate.ts';
import type { Context } from './context.ts';
import { joinRows } from './join.ts';
import { evaluatePredicate } from './predicate.ts';
import { evaluateScalar } from './scalar.ts';
import { expandRow, patternParser, unpackRow } from './shape-rows.ts';
import {
  compareCodePoints,
  EvaluationUnsupported,
  groupKey,
  isNull,
  isNumeric,
  orderOf,
  plain,
  textValue,
} from './value.ts';
import type { Row } from './value.ts';

export type Tables = ReadonlyMap<string, readonly Row[]>;

export interface EvaluationOptions {
  /** When the rule runs; milliseconds since 1970. */
  readonly now: number;
  /** How far back the data reaches; milliseconds. Absent: all of it counts. */
  readonly lookback?: number;
  /** Watchlists and external tables by name. */
  readonly references?: Tables;
}

/** More rows than this are not computed: a join of everything with everything must end. */
const MOST_ROWS = 1_000_000;

/** Expressions that nest deeper are not evaluated: the process's stack is finite. */
const DEEPEST = 500;

/**
 * The rows of a relation over tables; a table that is not given is empty. Throws {@link EvaluationUnsupported} for
 * constructs that it does not run: no result is made up.
 */
export function evaluateRelation(relation: Relation, tables: Tables, options: EvaluationOptions): readonly Row[] {
  if (nestingOf(relationPart(relation)) > DEEPEST) throw new EvaluationUnsupported('an expression nested this deep');
  return new Evaluation(tables, options).rowsOf(relation);
}

class Evaluation {
  readonly #tables: Tables;
  readonly #options: EvaluationOptions;
  readonly #context: Context;
  readonly #columns = new Map<Relation, readonly Value[]>();

  constructor(tables: Tables, options: EvaluationOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#context = { now: options.now, firstColumn: (query) => this.#firstColumn(query) };
  }

  rowsOf(relation: Relation): readonly Row[] {
    const chain: Relation[] = [];
    for (let node: Relation | undefined = relation; node !== undefined; node = mainInput(node)) chain.push(node);
    let rows: readonly Row[] = [];
    for (const node of chain.toReversed()) {
      rows = this.#above(node, rows);
      if (rows.length > MOST_ROWS) throw new EvaluationUnsupported(`more than ${MOST_ROWS} rows`);
    }
    return rows;
  }

  #firstColumn(query: Relation): readonly Value[] {
    const known = this.#columns.get(query);
    if (known !== undefined) return known;
    const values = this.rowsOf(query).flatMap((row) => {
      const [first] = row.values();
      return first === undefined ? [] : [first];
    });
    this.#columns.set(query, values);
    return values;
  }

  /** The rows above a node, given those of its main input. */
  #above(node: Relation, input: readonly Row[]): readonly Row[] {
    const context = this.#context;
    const inOrder = (index: number): Context => ({ ...context, window: { rows: input, index } });
    switch (node.op) {
      case 'source':
        return this.#source(node);
      case 'literal':
        return node.rows.map(
          (values) => new Map(node.columns.map(({ name }, index) => [name, values[index] ?? textValue('')])),
        );
      case 'reference': {
        const rows = this.#options.references?.get(node.name);
        if (rows === undefined) throw new EvaluationUnsupported(`the ${node.kind} ${node.name}`);
        return rows;
      }
      case 'filter':
        return input.filter((row, index) => evaluatePredicate(node.where, row, inOrder(index)) === true);
      case 'extend':
        return input.map((row, index) => new Map([...row, ...computed(node.columns, row, inOrder(index))]));
      case 'project':
        return input.map((row, index) => new Map(computed(node.columns, row, inOrder(index))));
      case 'select':
        return input.map((row) => selectColumns(node, row));
      case 'rename':
        return input.map((row) => renameColumns(node, row));
      case 'aggregate':
        return aggregateRows(node, input, context);
      case 'join':
        return joinRows(node, input, this.rowsOf(node.right), context);
      case 'union':
        return this.#union(node, input);
      case 'expand':
        return input.flatMap((row) => expandRow(node, row, context));
      case 'apply':
        return input.flatMap((row) => this.#apply(node, row));
      case 'unpack':
        return input.map((row) => unpackRow(node, row, context));
      case 'parse': {
        const parse = patternParser(node);
        return input.flatMap((row) => parse(row, context) ?? []);
      }
      case 'sort':
        return sortRows(input, node.by, context);
      case 'top':
        return sortRows(input, node.by, context).slice(0, node.count);
      case 'take':
        return input.slice(0, node.count);
      case 'series':
        throw new EvaluationUnsupported('make-series');
      case 'plugin':
        throw new EvaluationUnsupported(`the plug-in ${node.name}`);
      case 'opaque':
        throw new EvaluationUnsupported(`\`${node.text}\``);
    }
  }

  #source(node: RelationOf<'source'>): readonly Row[] {
    const rows = this.#tables.get(node.table) ?? [];
    if (node.table === APPLY_INPUT) return rows;
    const { now, lookback } = this.#options;
    const schedule: TimeWindow | undefined =
      lookback === undefined ? undefined : { from: -lookback, to: undefined, includesFrom: true, includesTo: true };
    return rows.filter((row) => {
      const time = row.get(node.timeColumn);
      return [node.window, schedule].every((window) => window === undefined || isWithin(window, time, now));
    });
  }

  #union(node: RelationOf<'union'>, first: readonly Row[]): readonly Row[] {
    return node.inputs.flatMap((input, index) => {
      const rows = index === 0 ? first : this.rowsOf(input);
      const column = node.sourceColumn;
      if (column === undefined) return rows;
      const name = textValue(input.op === 'source' ? input.table : `union_arg${index}`);
      return rows.map((row) => new Map([...row, [column, name]]));
    });
  }

  #apply(node: RelationOf<'apply'>, row: Row): readonly Row[] {
    const elements = expandRow(node, row, this.#context);
    const inner = new Evaluation(new Map([...this.#tables, [APPLY_INPUT, elements]]), this.#options);
    return inner.rowsOf(node.query).map((result) => new Map([...row, ...result]));
  }
}

function computed(columns: readonly NamedScalar[], row: Row, context: Context): readonly (readonly [string, Value])[] {
  return columns.map(({ name, value }) => [name, evaluateScalar(value, row, context)] as const);
}

function isWithin(window: TimeWindow, time: Value | undefined, now: number): boolean {
  const instant = time === undefined ? undefined : instantOf(time);
  if (instant === undefined) return false;
  const at = instant - now;
  const { from, to, includesFrom, includesTo } = window;
  if (from !== undefined && (includesFrom ? at < from : at <= from)) return false;
  return to === undefined || (includesTo ? at <= to : at < to);
}

/** Milliseconds since 1970. A number as the time of an event is of a language that counts the seconds. */
function instantOf(time: Value): number | undefined {
  if (time.type === 'datetime') return time.value;
  return isNumeric(time) ? Number(time.value) * 1000 : undefined;
}

function selectColumns(node: RelationOf<'select'>, row: Row): Row {
  const patterns = node.names.map((name) => new RegExp(`^${name.split('*').map(escapeForRegExp).join('.*')}$`, 's'));
  const fits = (name: string): boolean => patterns.some((pattern) => pattern.test(name));
  return new Map([...row].filter(([name]) => fits(name) === (node.mode === 'keep')));
}

const escapeForRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function renameColumns(node: RelationOf<'rename'>, row: Row): Row {
  const names = new Map(node.columns.map(({ from, to }) => [from, to]));
  const taken = new Set(names.values());
  return new Map(
    [...row].flatMap(([name, value]) => {
      const to = names.get(name);
      if (to !== undefined) return [[to, value] as const];
      return taken.has(name) ? [] : [[name, value] as const];
    }),
  );
}

/** Stable; nulls at the end that the key says. */
function sortRows(rows: readonly Row[], by: readonly SortKey[], context: Context): readonly Row[] {
  const keyed = rows.map((row) => ({ row, keys: by.map(({ value }) => plain(evaluateScalar(value, row, context))) }));
  keyed.sort((left, right) => {
    for (const [index, key] of by.entries()) {
      const [a, b] = [left.keys[index], right.keys[index]];
      if (a === undefined || b === undefined) continue;
      const order = compareForSort(a, b, key);
      if (order !== 0) return order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

function compareForSort(left: Value, right: Value, { descending, nullsFirst }: SortKey): number {
  const [noLeft, noRight] = [isNull(left), isNull(right)];
  if (noLeft || noRight) return noLeft === noRight ? 0 : noLeft === nullsFirst ? -1 : 1;
  const order = orderOf(left, right) ?? compareCodePoints(groupKey(left), groupKey(right));
  return descending ? -order : order;
}
