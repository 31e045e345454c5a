/** Joins: two stages with common keys, and conditions above them that sink into a side where that is exact. */
import { and, constant } from './build.ts';
import { OPEN, resolvePredicateIn } from './environment.ts';
import { conjuncts, withMeasures } from './recognise-groups.ts';
import { sideOf } from './origins.ts';
import { finishStage, otherStage } from './stage.ts';
import type { CorrelationCore, Stage } from './stage.ts';
import type { JoinKind, Predicate, Relation, Scalar } from './types.ts';
import { columnsReadBy, predicatePart, scalarPart, substituteInPredicate } from './walk.ts';

type JoinNode = Extract<Relation, { readonly op: 'join' }>;

/** A join above two stages. A side with a limit is no shape: which rows it keeps decides what is found. */
export function joinStages(left: Stage, right: Stage, node: JoinNode): Stage {
  const side = (stage: Stage, relation: Relation, keys: readonly Scalar[]): Stage =>
    stage.limits.length > 0
      ? otherStage(relation, 'a limited number of rows in a join', relation.span)
      : withMeasures(stage, keys.flatMap(namesRead), relation);
  return {
    core: {
      kind: 'correlation',
      join: node.kind,
      left: side(
        left,
        node.left,
        node.on.map((key) => key.left),
      ),
      right: side(
        right,
        node.right,
        node.on.map((key) => key.right),
      ),
      on: node.on,
      where: constant(true, node.span),
      renamed: node.renamed,
      environment: OPEN,
      relation: node,
      span: node.span,
    },
    groupings: [],
    limits: [],
  };
}

/** Kinds whose result keeps exactly the rows of the left side that the condition keeps. */
const SINKS_LEFT: ReadonlySet<JoinKind> = new Set<JoinKind>(['inner', 'leftOuter', 'leftAnti', 'leftSemi']);
const SINKS_RIGHT: ReadonlySet<JoinKind> = new Set<JoinKind>([
  'inner',
  'innerUnique',
  'rightOuter',
  'rightAnti',
  'rightSemi',
]);

export function narrowJoin(
  stage: Stage,
  core: CorrelationCore,
  where: Predicate,
  narrow: (stage: Stage, where: Predicate) => Stage,
): Stage {
  const resolved = resolvePredicateIn(core.environment, where);
  let { left, right } = core;
  const rest: Predicate[] = [];
  for (const conjunct of conjuncts(resolved)) {
    const sides = sidesRead(core, conjunct);
    if (sides === 'left' && sinksLeft(core, conjunct)) left = sink(left, conjunct, conjunct, narrow, rest);
    else if (sides === 'right' && SINKS_RIGHT.has(core.join)) {
      const from = new Map(core.renamed.map((one) => [one.to, one.from]));
      const own = substituteInPredicate(conjunct, (place) => {
        const name = from.get(place.name);
        return name === undefined ? undefined : { ...place, name };
      });
      right = sink(right, own, conjunct, narrow, rest);
    } else rest.push(conjunct);
  }
  const reads = rest.flatMap((conjunct) => [...columnsReadBy(predicatePart(conjunct)).names]);
  const original = new Map(core.renamed.map((one) => [one.to, one.from]));
  left = withMeasures(left, reads, core.relation.left);
  right = withMeasures(
    right,
    reads.map((name) => original.get(name) ?? name),
    core.relation.right,
  );
  return { ...stage, core: { ...core, left, right, where: and([core.where, ...rest]) } };
}

const namesRead = (scalar: Scalar): readonly string[] => [...columnsReadBy(scalarPart(scalar)).names];

/**
 * The side with a condition of its own; where it cannot take it, the condition stays above the join. A side that fits no
 * shape takes none: nothing of what it keeps is said.
 */
function sink(
  side: Stage,
  own: Predicate,
  above: Predicate,
  narrow: (stage: Stage, where: Predicate) => Stage,
  rest: Predicate[],
): Stage {
  const sunk = side.core.kind === 'other' ? side : narrow(side, own);
  if (sunk.core.kind !== 'other') return sunk;
  rest.push(above);
  return side;
}

/** With one row kept of each key, a condition may sink only when all rows of a key agree on it. */
function sinksLeft(core: CorrelationCore, conjunct: Predicate): boolean {
  if (SINKS_LEFT.has(core.join)) return true;
  if (core.join !== 'innerUnique') return false;
  const keys = new Set(core.on.map(({ left }) => (left.op === 'field' && left.path.length === 0 ? left.name : '')));
  return [...columnsReadBy(predicatePart(conjunct)).names].every((name) => keys.has(name));
}

function sidesRead(core: CorrelationCore, predicate: Predicate): 'left' | 'right' | 'both' {
  const reads = columnsReadBy(predicatePart(predicate));
  if (reads.all || reads.names.size === 0) return 'both';
  const shapes = {
    kind: core.join,
    left: finishStage(core.left, core.relation.left),
    right: finishStage(core.right, core.relation.right),
    renamed: core.renamed,
  };
  const sides = new Set([...reads.names].map((name) => sideOf(shapes, name)));
  const [side] = sides;
  return sides.size === 1 && side !== undefined ? side : 'both';
}
