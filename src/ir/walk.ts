/**
 * Going through a Detection's parts: visiting, folding and rebuilding relations, predicates and scalars.
 *
 * Everything here works with a stack of its own, so that neither a pipeline of thousands of operators nor a sum of
 * thousands of terms can exhaust the process's. What stands below a node is said once, in {@link mapChildren}.
 */
import type { Span } from '../source.ts';
import { call, field, long, text } from './build.ts';
import { mapPredicateChildren, mapRelationChildren, mapScalarChildren } from './children.ts';
import type { ChildMapper } from './children.ts';
import type { Field, Predicate, Relation, Scalar } from './types.ts';
import { APPLY_INPUT } from './types.ts';

/** A node with its sort, which the `op` alone does not tell (`literal` and `opaque` occur in several). */
export type Part =
  | { readonly kind: 'relation'; readonly node: Relation }
  | { readonly kind: 'predicate'; readonly node: Predicate }
  | { readonly kind: 'scalar'; readonly node: Scalar };

export const relationPart = (node: Relation): Part => ({ kind: 'relation', node });
export const predicatePart = (node: Predicate): Part => ({ kind: 'predicate', node });
export const scalarPart = (node: Scalar): Part => ({ kind: 'scalar', node });

/** The part with its direct children replaced; the same part when nothing changed. */
export function mapChildren(part: Part, mapper: ChildMapper): Part {
  switch (part.kind) {
    case 'relation':
      return replaced(part, mapRelationChildren(part.node, mapper), relationPart);
    case 'predicate':
      return replaced(part, mapPredicateChildren(part.node, mapper), predicatePart);
    case 'scalar':
      return replaced(part, mapScalarChildren(part.node, mapper), scalarPart);
  }
}

function replaced<Node>(part: Part & { readonly node: Node }, node: Node, make: (node: Node) => Part): Part {
  return node === part.node ? part : make(node);
}

/** The direct children, in the order of {@link mapChildren}. */
export function childrenOf(part: Part): readonly Part[] {
  const found: Part[] = [];
  mapChildren(part, {
    relation: (node) => (found.push(relationPart(node)), node),
    predicate: (node) => (found.push(predicatePart(node)), node),
    scalar: (node) => (found.push(scalarPart(node)), node),
  });
  return found;
}

/** Whether the walk goes below a part. */
export type Entering = (part: Part) => boolean;

/** Stays out of queries inside predicates and scalars: their fields are those of other rows. */
export const outsideSubqueries: Entering = (part) => part.kind !== 'relation';

/** All parts from the root down, parents first, siblings in order. */
export function* partsOf(root: Part, enter: Entering = () => true): Generator<Part, void, void> {
  const waiting: Part[] = [root];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    yield part;
    if (!enter(part)) continue;
    const children = childrenOf(part);
    for (let index = children.length - 1; index >= 0; index--) {
      const child = children[index];
      if (child !== undefined) waiting.push(child);
    }
  }
}

/** Computes a result from the leaves up: `combine` gets a part and the results of its children, in order. */
export function foldParts<Result>(
  root: Part,
  combine: (part: Part, children: readonly Result[]) => Result,
  enter: Entering = () => true,
): Result {
  interface Frame {
    readonly part: Part;
    readonly children: readonly Part[];
    readonly results: Result[];
  }
  const open = (part: Part): Frame => ({ part, children: enter(part) ? childrenOf(part) : [], results: [] });
  const frames: Frame[] = [];
  let frame = open(root);
  for (;;) {
    const child = frame.children[frame.results.length];
    if (child !== undefined) {
      frames.push(frame);
      frame = open(child);
      continue;
    }
    const result = combine(frame.part, frame.results);
    const parent = frames.pop();
    if (parent === undefined) return result;
    parent.results.push(result);
    frame = parent;
  }
}

/** What to make of a node whose children have been rewritten already; a missing function leaves it alone. */
export interface Rewriter {
  readonly relation?: (node: Relation) => Relation;
  readonly predicate?: (node: Predicate) => Predicate;
  readonly scalar?: (node: Scalar) => Scalar;
}

/** Rebuilds a part from the leaves up. A result is not rewritten again. Nodes that do not change stay the same object. */
export function rewritePart(root: Part, rewriter: Rewriter, enter: Entering = () => true): Part {
  return foldParts<Part>(
    root,
    (part, children) => {
      const rebuilt = children.length === 0 ? part : mapChildren(part, takeInOrder(children));
      switch (rebuilt.kind) {
        case 'relation':
          return rewriter.relation === undefined
            ? rebuilt
            : replaced(rebuilt, rewriter.relation(rebuilt.node), relationPart);
        case 'predicate':
          return rewriter.predicate === undefined
            ? rebuilt
            : replaced(rebuilt, rewriter.predicate(rebuilt.node), predicatePart);
        case 'scalar':
          return rewriter.scalar === undefined ? rebuilt : replaced(rebuilt, rewriter.scalar(rebuilt.node), scalarPart);
      }
    },
    enter,
  );
}

/** Hands out results in the order in which `mapChildren` asks for them. */
function takeInOrder(results: readonly Part[]): ChildMapper {
  let next = 0;
  const take = (): Part | undefined => results[next++];
  return {
    relation: (node) => {
      const part = take();
      return part?.kind === 'relation' ? part.node : node;
    },
    predicate: (node) => {
      const part = take();
      return part?.kind === 'predicate' ? part.node : node;
    },
    scalar: (node) => {
      const part = take();
      return part?.kind === 'scalar' ? part.node : node;
    },
  };
}

export function rewriteRelation(root: Relation, rewriter: Rewriter, enter?: Entering): Relation {
  const part = rewritePart(relationPart(root), rewriter, enter);
  return part.kind === 'relation' ? part.node : root;
}

export function rewritePredicate(root: Predicate, rewriter: Rewriter, enter?: Entering): Predicate {
  const part = rewritePart(predicatePart(root), rewriter, enter);
  return part.kind === 'predicate' ? part.node : root;
}

export function rewriteScalar(root: Scalar, rewriter: Rewriter, enter?: Entering): Scalar {
  const part = rewritePart(scalarPart(root), rewriter, enter);
  return part.kind === 'scalar' ? part.node : root;
}

/**
 * What the rows of an operator come from first (`join`: the left side, `union`: the first input). Following these is how
 * a pipeline of any length is gone through without recursion.
 */
export function mainInput(node: Relation): Relation | undefined {
  switch (node.op) {
    case 'source':
    case 'literal':
    case 'reference':
      return undefined;
    case 'join':
      return node.left;
    case 'union':
      return node.inputs[0];
    case 'opaque':
      return node.input;
    case 'filter':
    case 'extend':
    case 'project':
    case 'select':
    case 'rename':
    case 'aggregate':
    case 'expand':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'sort':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
      return node.input;
  }
}

/**
 * How deep a part nests, where following a pipeline from operator to operator is no nesting: what code that works by
 * recursion below the operators has to expect.
 */
export function nestingOf(root: Part): number {
  return foldParts<number>(root, (part, children) => {
    const along = part.kind === 'relation' && mainInput(part.node) !== undefined ? 1 : 0;
    const below = children.slice(along).reduce((deepest, depth) => Math.max(deepest, depth + 1), 0);
    return Math.max(below, ...children.slice(0, along));
  });
}

// ---------------------------------------------------------------------------------------------- questions

const ROW_ORDER: ReadonlySet<string> = new Set([
  'previousRow',
  'nextRow',
  'rowNumber',
  'rowCumulativeSum',
  'rowRank',
  'rowWindowSession',
]);

/** Whether a value depends on the rows around its own. */
export function readsRowOrder(root: Part): boolean {
  for (const { kind, node } of partsOf(root, outsideSubqueries)) {
    if (kind === 'scalar' && node.op === 'call' && ROW_ORDER.has(node.fn)) return true;
  }
  return false;
}

/** The fields that a part names, each place once, in order of first occurrence. Queries inside count unless `enter` says no. */
export function fieldsOf(root: Part, enter?: Entering): readonly Field[] {
  const found = new Map<string, Field>();
  for (const part of partsOf(root, enter)) {
    if (part.kind === 'scalar' && part.node.op === 'field') {
      const key = JSON.stringify([part.node.name, ...part.node.path]);
      if (!found.has(key)) found.set(key, part.node);
    }
  }
  return [...found.values()];
}

/** What a predicate or scalar reads of its row: column names, or `all` when it may read any of them. */
export interface ColumnsRead {
  readonly names: ReadonlySet<string>;
  readonly all: boolean;
}

/** The columns of its own row that a predicate or scalar reads, those that opaque parts name included. */
export function columnsReadBy(root: Part): ColumnsRead {
  const names = new Set<string>();
  let all = false;
  for (const part of partsOf(root, outsideSubqueries)) {
    if (part.kind === 'relation') continue;
    const { node } = part;
    if (node.op === 'field') names.add(node.name);
    else if (node.op === 'opaque') for (const name of node.reads) names.add(name);
    else if (node.op === 'anyField') all = true;
    else if (node.op === 'call' && (node.fn === 'packAll' || node.fn === 'columnNames')) all = true;
  }
  return { names, all };
}

/** The tables that a relation reads, anywhere, in order of first occurrence. */
export function tablesOf(root: Relation): readonly string[] {
  const found = new Set<string>();
  for (const part of partsOf(relationPart(root))) {
    if (part.kind === 'relation' && part.node.op === 'source' && part.node.table !== APPLY_INPUT) {
      found.add(part.node.table);
    }
  }
  return [...found];
}

/** A place that was understood as syntax only. */
export interface OpaquePlace {
  readonly kind: Part['kind'];
  readonly text: string;
  readonly span: Span;
}

/** Everything opaque in a part, parents first. */
export function opaquesOf(root: Part): readonly OpaquePlace[] {
  const found: OpaquePlace[] = [];
  for (const { kind, node } of partsOf(root)) {
    if (node.op === 'opaque') found.push({ kind, text: node.text, span: node.span });
  }
  return found;
}

// ---------------------------------------------------------------------------------------------- substitution

/** What a column stands for; `undefined`: itself. */
export type Substitution = (field: Field) => Scalar | undefined;

/** Replaces fields by what computes them, outside queries. The replacement is not looked at again. */
export function substituteInScalar(root: Scalar, substitution: Substitution): Scalar {
  return rewriteScalar(root, { scalar: (node) => substituteField(node, substitution) }, outsideSubqueries);
}

/** Like {@link substituteInScalar}. */
export function substituteInPredicate(root: Predicate, substitution: Substitution): Predicate {
  return rewritePredicate(root, { scalar: (node) => substituteField(node, substitution) }, outsideSubqueries);
}

/** The scalar itself, or what the field stands for: for rewriters that do more than substitute. */
export function substituteField(node: Scalar, substitution: Substitution): Scalar {
  if (node.op !== 'field') return node;
  const replacement = substitution(node);
  if (replacement === undefined) return node;
  return follow(replacement, node);
}

/** The place inside `base` to which the path of `place` leads: a longer path of a field, else `element` calls. */
function follow(base: Scalar, place: Field): Scalar {
  // What was named without a type has the one by which it is read.
  if (place.path.length === 0)
    return base.op === 'field' && base.type === 'unknown' ? { ...base, type: place.type } : base;
  if (base.op === 'field') return field(base.name, [...base.path, ...place.path], place.type, place.span);
  return place.path.reduce<Scalar>(
    (of, step) => call('element', [of, typeof step === 'string' ? text(step) : long(step)], 'dynamic', place.span),
    base,
  );
}
