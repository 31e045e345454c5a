/** `join` and `lookup`. */
import { and, filter, join, opaqueRelation } from '../../ir/build.ts';
import type { JoinKey, JoinKind, Predicate, Scalar } from '../../ir/types.ts';
import type { Expression, Operator, Parameter } from '../ast.ts';
import type { Columns } from './columns.ts';
import { OPEN_COLUMNS, uniqueName } from './columns.ts';
import type { Place, Table } from './context.ts';
import { lowerPipeline } from './pipeline.ts';
import { lowerPredicate } from './predicate.ts';
import { lowerScalar } from './scalar.ts';
import { tableAbove, withRelation } from './tables.ts';
import { writtenOperator } from './written.ts';

type JoinOperator = Extract<Operator, { readonly op: 'join' }>;

const KINDS: ReadonlyMap<string, JoinKind> = new Map([
  ['inner', 'inner'],
  ['innerunique', 'innerUnique'],
  ['leftouter', 'leftOuter'],
  ['rightouter', 'rightOuter'],
  ['fullouter', 'fullOuter'],
  ['leftanti', 'leftAnti'],
  ['anti', 'leftAnti'],
  ['leftantisemi', 'leftAnti'],
  ['rightanti', 'rightAnti'],
  ['rightantisemi', 'rightAnti'],
  ['leftsemi', 'leftSemi'],
  ['rightsemi', 'rightSemi'],
]);

export function lowerJoin(operator: JoinOperator, left: Table, place: Place): Table {
  const { run } = place;
  const { span } = operator;
  const isLookup = operator.spelling === 'lookup';
  const written = parameterName(operator.parameters, 'kind') ?? (isLookup ? 'leftouter' : 'innerunique');
  const kind = KINDS.get(written.toLowerCase());
  const right = lowerPipeline(operator.right, { ...place, row: undefined });
  const conditions = kind === undefined ? undefined : readConditions(operator.on, left, right, place);
  if (kind === undefined || conditions === undefined) {
    run.report(
      'unsupported-argument',
      'warning',
      span,
      kind === undefined ? `There is no join kind \`${written}\`.` : 'The condition of the join is not understood.',
    );
    return { relation: opaqueRelation(writtenOperator(operator), left.relation, span), columns: OPEN_COLUMNS };
  }
  const renamed = renamedColumns(kind, left.columns, right.columns, conditions.keys, isLookup);
  const relation = join(kind, left.relation, right.relation, conditions.keys, { renamed, lookup: isLookup }, span);
  const joined = tableAbove(run, relation, [left, right]);
  if (conditions.filters.length === 0) return joined;
  return withRelation(joined, filter(joined.relation, and(conditions.filters), span));
}

/** The word that a parameter is given: `kind=inner`. */
export function parameterName(parameters: readonly Parameter[], name: string): string | undefined {
  const value = parameters.find((parameter) => parameter.name.toLowerCase() === name)?.value;
  if (value?.kind === 'name') return value.name;
  return value?.kind === 'literal' && value.literal.type === 'string' ? value.literal.value : undefined;
}

interface Conditions {
  readonly keys: readonly JoinKey[];
  /** What is no equality of the two sides but can be said above the join. */
  readonly filters: readonly Predicate[];
}

function readConditions(on: readonly Expression[], left: Table, right: Table, place: Place): Conditions | undefined {
  const keys: JoinKey[] = [];
  const filters: Predicate[] = [];
  const waiting = [...on].reverse();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    while (at.kind === 'parenthesised') at = at.of;
    if (at.kind === 'binary' && at.operator === 'and') {
      waiting.push(at.right, at.left);
      continue;
    }
    if (at.kind === 'name') {
      keys.push({ left: sideScalar(at, left, place), right: sideScalar(at, right, place) });
      continue;
    }
    if (at.kind !== 'binary' || at.operator !== '==') return undefined;
    const sides = [readSide(at.left), readSide(at.right)];
    const [first, second] = sides;
    if (first?.side === 'left' && second?.side === 'right') {
      keys.push({ left: sideScalar(first.of, left, place), right: sideScalar(second.of, right, place) });
    } else if (first?.side === 'right' && second?.side === 'left') {
      keys.push({ left: sideScalar(second.of, left, place), right: sideScalar(first.of, right, place) });
    } else if (first?.side === 'left' && second === undefined && at.right.kind === 'literal') {
      filters.push(lowerPredicate({ ...at, left: first.of }, { ...place, row: left.columns }));
    } else return undefined;
  }
  return keys.length === 0 ? undefined : { keys, filters };
}

/** `$left.a.b`: the side, and the expression below it. */
function readSide(expression: Expression): { readonly side: 'left' | 'right'; readonly of: Expression } | undefined {
  let at = expression;
  while (at.kind === 'parenthesised') at = at.of;
  if (at.kind === 'member') {
    if (at.of.kind === 'name' && (at.of.name === '$left' || at.of.name === '$right')) {
      const of: Expression = { kind: 'name', name: at.member.name, bracketed: at.member.bracketed, span: at.span };
      return { side: at.of.name === '$left' ? 'left' : 'right', of };
    }
    const below = readSide(at.of);
    return below === undefined ? undefined : { side: below.side, of: { ...at, of: below.of } };
  }
  if (at.kind === 'element') {
    const { index, of: base } = at;
    if (base.kind === 'name' && (base.name === '$left' || base.name === '$right')) {
      if (index.kind !== 'literal' || index.literal.type !== 'string') return undefined;
      const of: Expression = { kind: 'name', name: index.literal.value, bracketed: true, span: at.span };
      return { side: base.name === '$left' ? 'left' : 'right', of };
    }
    const below = readSide(at.of);
    return below === undefined ? undefined : { side: below.side, of: { ...at, of: below.of } };
  }
  return undefined;
}

function sideScalar(expression: Expression, table: Table, place: Place): Scalar {
  return lowerScalar(expression, { ...place, row: table.columns });
}

/** The right side's columns that the left side's names push aside. */
function renamedColumns(
  kind: JoinKind,
  left: Columns,
  right: Columns,
  keys: readonly JoinKey[],
  isLookup: boolean,
): readonly { readonly from: string; readonly to: string }[] {
  if (kind === 'leftAnti' || kind === 'leftSemi' || kind === 'rightAnti' || kind === 'rightSemi') return [];
  const rightKeys = new Set(keys.map((key) => (key.right.op === 'field' ? key.right.name : '')));
  const names = new Set(right.known.keys());
  for (const name of rightKeys) if (name !== '') names.add(name);
  if (isLookup) for (const name of rightKeys) names.delete(name);
  const onLeft = new Set(left.known.keys());
  for (const key of keys) if (key.left.op === 'field') onLeft.add(key.left.name);
  // A new name is one that neither side has.
  const taken = new Set([...onLeft, ...names]);
  const renamed: { readonly from: string; readonly to: string }[] = [];
  for (const name of names) {
    if (!onLeft.has(name)) continue;
    const to = uniqueName(name, taken);
    taken.add(to);
    renamed.push({ from: name, to });
  }
  return renamed;
}
