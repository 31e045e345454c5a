/** Bounds on the event time: lifted out of predicates, into the sources they speak of. */
import { and, extend, filter, rename, sort } from '../../ir/build.ts';
import { predicatePart, readsRowOrder, rewriteRelation, scalarPart, substituteInPredicate } from '../../ir/walk.ts';
import type { NamedScalar, Predicate, Relation, Scalar, TimeWindow } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import { namePattern } from './columns.ts';

/** Columns that hold the time of an event, whatever the table. */
const TIME_COLUMNS: ReadonlySet<string> = new Set(['TimeGenerated', 'Timestamp']);

interface TimeBound {
  readonly column: string;
  readonly window: TimeWindow;
}

interface Bound extends TimeBound {
  readonly hasColumn: TableHasColumn;
  /** What says so in the query. */
  readonly predicate: Predicate;
}

const NO_BOUNDS: TimeWindow = { from: undefined, to: undefined, includesFrom: true, includesTo: true };

/**
 * The relation with a filter on top; conjuncts that bound the event time by the time of the run become windows of the
 * sources below, where that keeps the meaning.
 */
export function filterWithWindow(
  input: Relation,
  where: Predicate,
  hasColumn: TableHasColumn,
  span: Span = where.span,
): Relation {
  const conjuncts = where.op === 'and' ? where.of : [where];
  const rest: Predicate[] = [];
  let relation = input;
  for (const conjunct of conjuncts) {
    const bound = boundOf(conjunct);
    const bounded =
      bound === undefined ? undefined : pushWindow(relation, { ...bound, hasColumn, predicate: conjunct });
    if (bounded === undefined) rest.push(conjunct);
    else relation = bounded;
  }
  if (rest.length === conjuncts.length) return filter(relation, where, span);
  return rest.length === 0 ? relation : filter(relation, and(rest, where.span), span);
}

function boundOf(predicate: Predicate): TimeBound | undefined {
  if (predicate.op === 'between') {
    const column = columnOf(predicate.subject);
    if (column === undefined || predicate.low.op !== 'now' || predicate.high.op !== 'now') return undefined;
    return {
      column,
      window: { from: predicate.low.offset, to: predicate.high.offset, includesFrom: true, includesTo: true },
    };
  }
  if (predicate.op !== 'compare') return undefined;
  const left = columnOf(predicate.left);
  if (left !== undefined && predicate.right.op === 'now')
    return boundFrom(left, predicate.test, predicate.right.offset);
  const right = columnOf(predicate.right);
  if (right !== undefined && predicate.left.op === 'now') {
    const mirrored = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
    return boundFrom(right, mirrored[predicate.test], predicate.left.offset);
  }
  return undefined;
}

function columnOf(scalar: Scalar): string | undefined {
  return scalar.op === 'field' && scalar.path.length === 0 ? scalar.name : undefined;
}

function boundFrom(column: string, test: '==' | '<' | '<=' | '>' | '>=', offset: number): TimeBound | undefined {
  switch (test) {
    case '==':
      return undefined;
    case '<':
      return { column, window: { ...NO_BOUNDS, to: offset, includesTo: false } };
    case '<=':
      return { column, window: { ...NO_BOUNDS, to: offset } };
    case '>':
      return { column, window: { ...NO_BOUNDS, from: offset, includesFrom: false } };
    case '>=':
      return { column, window: { ...NO_BOUNDS, from: offset } };
  }
}

/** Whether a table has a column; `true` where its columns are not known. */
export type TableHasColumn = (table: string, column: string) => boolean;

/**
 * The relation of a query that speaks of time by `Timestamp` alone, as queries of Defender XDR do: that column is the
 * event time of the sources that store it, also where no bound says so.
 */
export function withTimestamps(relation: Relation, stores: TableHasColumn): Relation {
  return rewriteRelation(relation, {
    relation: (node) =>
      node.op === 'source' && node.window === undefined && stores(node.table, 'Timestamp')
        ? { ...node, timeColumn: 'Timestamp' }
        : node,
  });
}

/** A bound is not lifted over more operators than these. */
const REACH = 500;

/** The relation with the bound in its sources; `undefined` where the bound must stay a filter. */
function pushWindow(relation: Relation, bound: Bound, reach = REACH): Relation | undefined {
  if (reach === 0) return undefined;
  const below = reach - 1;
  switch (relation.op) {
    case 'source': {
      const speaksOfTime = relation.timeColumn === bound.column;
      if (!speaksOfTime && (relation.window !== undefined || !TIME_COLUMNS.has(bound.column))) return undefined;
      if (!bound.hasColumn(relation.table, bound.column)) return undefined;
      const window = intersect(relation.window ?? NO_BOUNDS, bound.window);
      if (window === undefined) return undefined;
      // "Until now" is no bound.
      if (window.from === undefined && window.to === undefined) return relation;
      return { ...relation, timeColumn: bound.column, window };
    }
    case 'filter': {
      if (readsRowOrder(predicatePart(relation.where))) return undefined;
      const input = pushWindow(relation.input, bound, below);
      return input === undefined ? undefined : { ...relation, input };
    }
    case 'extend': {
      if (dependOnRows(relation.columns)) return undefined;
      if (relation.columns.some((column) => column.name === bound.column)) return undefined;
      const input = pushWindow(relation.input, bound, below);
      return input === undefined ? undefined : extend(input, relation.columns, relation.span);
    }
    case 'project': {
      if (dependOnRows(relation.columns)) return undefined;
      const from = relation.columns.find((column) => column.name === bound.column);
      const column = from === undefined ? undefined : columnOf(from.value);
      const input = column === undefined ? undefined : pushWindow(relation.input, { ...bound, column }, below);
      return input === undefined ? undefined : { ...relation, input };
    }
    case 'select': {
      // Above a join the column may be that of the other side.
      if (namePattern(relation.names)(bound.column) !== (relation.mode === 'keep')) return undefined;
      const input = pushWindow(relation.input, bound, below);
      return input === undefined ? undefined : { ...relation, input };
    }
    case 'rename': {
      const from = relation.columns.find((column) => column.to === bound.column)?.from;
      if (from === undefined && relation.columns.some((column) => column.from === bound.column)) return undefined;
      const input = pushWindow(relation.input, { ...bound, column: from ?? bound.column }, below);
      return input === undefined ? undefined : rename(input, relation.columns, relation.span);
    }
    case 'sort': {
      const input = pushWindow(relation.input, bound, below);
      return input === undefined ? undefined : sort(input, relation.by, relation.span);
    }
    case 'union': {
      const pushed = relation.inputs.map((input) => pushWindow(input, bound, below));
      if (pushed.every((input) => input === undefined)) return undefined;
      const column = bound.column;
      // A filter on all rows is a filter on those of each input.
      const inputs = relation.inputs.map(
        (input, index) => pushed[index] ?? filter(input, boundOn(bound.predicate, column)),
      );
      return { ...relation, inputs };
    }
    case 'expand':
    case 'parse': {
      const made =
        relation.op === 'expand'
          ? [...relation.columns.map((column) => column.name), relation.indexColumn]
          : relation.parts.map((part) => (part.part === 'column' ? part.name : undefined));
      if (made.includes(bound.column)) return undefined;
      const input = pushWindow(relation.input, bound, below);
      return input === undefined ? undefined : { ...relation, input };
    }
    case 'join': {
      // Rows of the left side come and go as a whole; `innerunique` chooses among them before the filter.
      const legal = ['inner', 'leftOuter', 'leftSemi', 'leftAnti'].includes(relation.kind);
      const left = legal ? pushWindow(relation.left, bound, below) : undefined;
      return left === undefined ? undefined : { ...relation, left };
    }
    case 'literal':
    case 'reference':
    case 'aggregate':
    case 'apply':
    case 'unpack':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
    case 'opaque':
      return undefined;
  }
}

/** Whether columns are computed from other rows (`prev`, `row_number`): fewer rows below would change them. */
function dependOnRows(columns: readonly NamedScalar[]): boolean {
  return columns.some(({ value }) => readsRowOrder(scalarPart(value)));
}

/** Both windows at once; `undefined` when nothing can lie in both. A bound at or after the run is none. */
function intersect(first: TimeWindow, second: TimeWindow): TimeWindow | undefined {
  let { from, to, includesFrom, includesTo } = first;
  if (second.from !== undefined) {
    if (from === undefined || second.from > from) {
      from = second.from;
      includesFrom = second.includesFrom;
    } else if (second.from === from) includesFrom &&= second.includesFrom;
  }
  if (second.to !== undefined && second.to < 0) {
    if (to === undefined || second.to < to) {
      to = second.to;
      includesTo = second.includesTo;
    } else if (second.to === to) includesTo &&= second.includesTo;
  }
  if (from !== undefined && (from > (to ?? 0) || (from === to && !(includesFrom && includesTo)))) return undefined;
  return { from, to, includesFrom, includesTo };
}

/** The predicate in terms of the column under its name below the operators that the bound was lifted over. */
function boundOn(predicate: Predicate, column: string): Predicate {
  return substituteInPredicate(predicate, (place) => ({ ...place, name: column }));
}
