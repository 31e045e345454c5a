/**
 * The parts of a query whose shape is understood, each as large as can be: the whole query where it has a shape, else
 * what stands below the operator that has none. What is above such an operator speaks of names, not of stored fields.
 */
import type { RecogniseOptions } from '../ir/recognise.ts';
import { recogniseShape } from '../ir/recognise.ts';
import type { Branch, OtherShape, Shape } from '../ir/shape.ts';
import type { Relation } from '../ir/types.ts';
import { childrenOf, mainInput, relationPart } from '../ir/walk.ts';

export type KnownShape = Exclude<Shape, OtherShape>;

export interface Understood {
  /** The shape of the whole query. */
  readonly whole: Shape;
  /** The largest parts with a shape, in the order in which they run; sides that have none are taken apart further. */
  readonly shapes: readonly KnownShape[];
  /** Operators above a part without a shape: what they test is told by the names that the query uses. */
  readonly unresolved: readonly Relation[];
}

/** The parts of a query, those of queries inside its expressions not included. */
export function understoodParts(query: Relation, stored: RecogniseOptions['stored']): Understood {
  const shapeAt = new Map<Relation, () => Shape>();
  let root: Relation | undefined;
  const whole = recogniseShape(query, {
    ...(stored === undefined ? {} : { stored }),
    onOperator: (node, shape) => {
      shapeAt.set(node, shape);
      // Inputs are told of first, so the last one is the whole.
      root = node;
    },
  });
  const shapes: KnownShape[] = [];
  const unresolved: Relation[] = [];
  const waiting: Relation[] = root === undefined ? [] : [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    // Down to the first operator with a shape; all above it have none either.
    let below: Relation | undefined = node;
    const sides: Relation[] = [];
    for (; below !== undefined; below = mainInput(below)) {
      const shape = shapeAt.get(below)?.();
      if (shape !== undefined && isWhollyKnown(shape)) {
        shapes.push(shape);
        break;
      }
      unresolved.push(below);
      const main = mainInput(below);
      for (const part of childrenOf(relationPart(below))) {
        if (part.kind === 'relation' && part.node !== main && shapeAt.has(part.node)) sides.push(part.node);
      }
    }
    waiting.push(...sides.toReversed());
  }
  return { whole, shapes, unresolved };
}

/** Whether no side of a shape is `other`. */
function isWhollyKnown(shape: Shape): shape is KnownShape {
  const waiting: Shape[] = [shape];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (one.shape === 'other') return false;
    if (one.shape === 'correlation') waiting.push(one.left, one.right);
    else if (one.shape === 'anyOf') waiting.push(...one.of);
  }
  return true;
}

/** The shapes that a shape is made of, itself first. */
export function shapesIn(shape: Shape): readonly Shape[] {
  const found: Shape[] = [];
  const waiting: Shape[] = [shape];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    found.push(one);
    if (one.shape === 'correlation') waiting.push(one.right, one.left);
    else if (one.shape === 'anyOf') waiting.push(...one.of.toReversed());
    else if (one.shape === 'aggregate') waiting.push(one.events);
  }
  return found;
}

export function branchesIn(shape: Shape): readonly Branch[] {
  return shapesIn(shape).flatMap((one) => (one.shape === 'events' ? one.branches : []));
}
