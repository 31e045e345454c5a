/** Joins, by kind (Kusto documentation, "join operator"). A null key equals nothing. */
import type { RelationOf } from '../ir/build.ts';
import type { Scalar, Value } from '../ir/types.ts';
import type { Context } from './context.ts';
import { evaluateScalar } from './scalar.ts';
import { groupKey, isNull, plain } from './value.ts';
import type { Row } from './value.ts';

interface Keyed {
  readonly row: Row;
  /** `undefined`: a key is null. */
  readonly key: string | undefined;
}

export function joinRows(
  node: RelationOf<'join'>,
  leftRows: readonly Row[],
  rightRows: readonly Row[],
  context: Context,
): readonly Row[] {
  const keyed = (rows: readonly Row[], keys: readonly Scalar[]): readonly Keyed[] =>
    rows.map((row) => ({ row, key: keyOf(row, keys, context) }));
  const all = keyed(
    leftRows,
    node.on.map(({ left }) => left),
  );
  const left = node.kind === 'innerUnique' ? firstOfEachKey(all) : all;
  const right = keyed(
    rightRows,
    node.on.map(({ right: key }) => key),
  );
  const lefts = byKey(left);
  const rights = byKey(right);
  const matchesOf = ({ key }: Keyed, others: ReadonlyMap<string, readonly Row[]>): readonly Row[] =>
    key === undefined ? [] : (others.get(key) ?? []);
  const merge = rowMerger(node);
  const pairs = (): Row[] => left.flatMap((one) => matchesOf(one, rights).map((row) => merge(one.row, row)));
  const lonelyLeft = (): Row[] => left.filter((one) => matchesOf(one, rights).length === 0).map(({ row }) => row);
  const lonelyRight = (): Row[] =>
    right.filter((one) => matchesOf(one, lefts).length === 0).map(({ row }) => merge(new Map(), row));
  switch (node.kind) {
    case 'inner':
    case 'innerUnique':
      return pairs();
    case 'leftOuter':
      return [...pairs(), ...lonelyLeft()];
    case 'rightOuter':
      return [...pairs(), ...lonelyRight()];
    case 'fullOuter':
      return [...pairs(), ...lonelyLeft(), ...lonelyRight()];
    case 'leftAnti':
      return lonelyLeft();
    case 'leftSemi':
      return left.filter((one) => matchesOf(one, rights).length > 0).map(({ row }) => row);
    case 'rightAnti':
      return right.filter((one) => matchesOf(one, lefts).length === 0).map(({ row }) => row);
    case 'rightSemi':
      return right.filter((one) => matchesOf(one, lefts).length > 0).map(({ row }) => row);
  }
}

function keyOf(row: Row, keys: readonly Scalar[], context: Context): string | undefined {
  const values = keys.map((key) => plain(evaluateScalar(key, row, context)));
  return values.some(isNull) ? undefined : JSON.stringify(values.map(groupKey));
}

function firstOfEachKey(rows: readonly Keyed[]): readonly Keyed[] {
  const seen = new Set<string>();
  return rows.filter(({ key }) => {
    if (key === undefined || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function byKey(rows: readonly Keyed[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const { row, key } of rows) {
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Left columns under their names, right columns under theirs or the new ones; a `lookup` leaves its keys out. */
function rowMerger(node: RelationOf<'join'>): (left: Row, right: Row) => Row {
  const names = new Map(node.renamed.map(({ from, to }) => [from, to]));
  const keys = new Set(node.on.map(({ right }) => (right.op === 'field' && right.path.length === 0 ? right.name : '')));
  return (left, right) => {
    const row = new Map<string, Value>(left);
    for (const [name, value] of right) {
      if (node.lookup && keys.has(name)) continue;
      const to = names.get(name) ?? name;
      if (!row.has(to)) row.set(to, value);
    }
    return row;
  };
}
