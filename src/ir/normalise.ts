/**
 * One form for everything that means the same: what equality of Detections is judged by, and what the shapes and the
 * emitters start from.
 *
 * `normalise*` gives the canonical form: operands, values and inputs in one order, case-insensitive values in one
 * spelling. `tidy*` makes the same simplifications but keeps the order and the spelling in which the rule was written,
 * so that an output reads like its source. Both keep the meaning, and both are idempotent.
 *
 * - `and`/`or` are flat, without constants and repetitions; tests of the same subject are one test for several values
 * - negation stands at the leaves; comparisons stay comparisons (a negated `<` is no `>=` where a null is involved)
 * - a test for one value is `any`; an empty value is a `missing` test; a wildcard that a plain test says is that test
 * - adjacent filters are one, adjacent independent `extend`s are one, what computes nothing is gone
 */
import type { NamedScalar, Predicate, Relation, Scalar } from './types.ts';
import type { Detection } from './types.ts';
import { and, extend, filter, rename } from './build.ts';
import { canonicalText, canonicalTextOfRelation } from './canonical.ts';
import { junction, tidyPredicate } from './normalise-predicate.ts';
import type { Ordering } from './normalise-predicate.ts';
import { columnsReadBy, rewritePredicate, rewriteRelation, rewriteScalar, scalarPart } from './walk.ts';
import type { Rewriter } from './walk.ts';

export { canonicalText } from './canonical.ts';

export function normaliseDetection(detection: Detection): Detection {
  return { ...detection, query: normaliseRelation(detection.query) };
}

export function normaliseRelation(relation: Relation): Relation {
  return rewriteRelation(collapseFilters(relation), rewriter('canonical'));
}

export function normalisePredicate(predicate: Predicate): Predicate {
  return rewritePredicate(predicate, rewriter('canonical'));
}

export function normaliseScalar(scalar: Scalar): Scalar {
  return rewriteScalar(scalar, rewriter('canonical'));
}

/** Like {@link normaliseDetection}, in the source's own order and spelling. */
export function tidyDetection(detection: Detection): Detection {
  return { ...detection, query: tidyRelation(detection.query) };
}

export function tidyRelation(relation: Relation): Relation {
  return rewriteRelation(collapseFilters(relation), rewriter('source'));
}

export function tidyPredicateTree(predicate: Predicate): Predicate {
  return rewritePredicate(predicate, rewriter('source'));
}

/** Whether two Detections mean the same as far as their normal forms tell. Spans do not count. */
export function equalDetections(left: Detection, right: Detection): boolean {
  return canonicalText(normaliseDetection(left)) === canonicalText(normaliseDetection(right));
}

/** Adjacent filters as one `and`, before anything is looked at: merging a long chain one by one takes square time. */
function collapseFilters(relation: Relation): Relation {
  return rewriteRelation(relation, {
    relation: (node) =>
      node.op === 'filter' && node.input.op === 'filter'
        ? filter(node.input.input, and([node.input.where, node.where], node.span), node.span)
        : node,
  });
}

function rewriter(ordering: Ordering): Rewriter {
  return {
    predicate: (node) => tidyPredicate(node, ordering),
    scalar: tidyScalar,
    relation: (node) => tidyOperator(node, ordering),
  };
}

// ---------------------------------------------------------------------------------------------- scalars

function tidyScalar(node: Scalar): Scalar {
  if (node.op === 'test' && node.of.op === 'isTrue') return node.of.of;
  if (node.op === 'call' && node.fn === 'toText') {
    const [argument] = node.args;
    return argument !== undefined && isText(argument) ? argument : node;
  }
  if (node.op !== 'choose' || node.cases.every((one) => one.when.op !== 'constant')) return node;
  const cases: { readonly when: Predicate; readonly then: Scalar }[] = [];
  let { otherwise } = node;
  for (const one of node.cases) {
    if (one.when.op !== 'constant') cases.push(one);
    else if (one.when.value) {
      otherwise = one.then;
      break;
    }
  }
  return cases.length === 0 ? otherwise : { ...node, cases, otherwise };
}

/** Whether a scalar is known to be a text. */
function isText(scalar: Scalar): boolean {
  switch (scalar.op) {
    case 'field':
    case 'call':
    case 'choose':
    case 'query':
      return scalar.type === 'string';
    case 'literal':
      return scalar.value.type === 'string';
    case 'anyField':
    case 'now':
    case 'test':
    case 'opaque':
      return false;
  }
}

// ---------------------------------------------------------------------------------------------- relations

function tidyOperator(node: Relation, ordering: Ordering): Relation {
  switch (node.op) {
    case 'filter': {
      const { input, where } = node;
      if (input.op !== 'filter') return filter(input, where, node.span) === input ? input : node;
      return filter(input.input, junction('and', [input.where, where], ordering, node.span), node.span);
    }
    case 'extend':
      return tidyExtend(node);
    case 'project':
      return tidyProject(node);
    case 'rename': {
      const columns = node.columns.filter(({ from, to }) => from !== to);
      return columns.length === node.columns.length ? node : rename(node.input, columns, node.span);
    }
    case 'union':
      return tidyUnion(node, ordering);
    case 'source':
    case 'literal':
    case 'reference':
    case 'select':
    case 'aggregate':
    case 'join':
    case 'expand':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'sort':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
    case 'opaque':
      return node;
  }
}

type OperatorOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

function tidyExtend(node: OperatorOf<'extend'>): Relation {
  const columns = node.columns.filter((column) => !isItself(column));
  const { input } = node;
  if (input.op === 'extend' && areIndependent(input.columns, columns)) {
    return extend(input.input, [...input.columns, ...columns], node.span);
  }
  return columns.length === node.columns.length ? node : extend(input, columns, node.span);
}

const isItself = ({ name, value }: NamedScalar): boolean =>
  value.op === 'field' && value.name === name && value.path.length === 0;

/** Whether later columns neither read nor replace earlier ones. */
function areIndependent(earlier: readonly NamedScalar[], later: readonly NamedScalar[]): boolean {
  const names = new Set(earlier.map((column) => column.name));
  return later.every(({ name, value }) => {
    const reads = columnsReadBy(scalarPart(value));
    return !names.has(name) && !reads.all && [...reads.names].every((read) => !names.has(read));
  });
}

/** `extend b = f | project a, b` is `project a, b = f`, as long as nothing else reads `b`. */
function tidyProject(written: OperatorOf<'project'>): Relation {
  let node = written;
  for (;;) {
    const merged = mergeExtend(node);
    if (merged === node) return node;
    node = merged;
  }
}

function mergeExtend(node: OperatorOf<'project'>): OperatorOf<'project'> {
  const { input } = node;
  if (input.op !== 'extend') return node;
  const computed = new Map(input.columns.map((column) => [column.name, column.value]));
  const taken = new Set<string>();
  const columns: NamedScalar[] = [];
  for (const column of node.columns) {
    const { value } = column;
    const own = value.op === 'field' && value.path.length === 0 ? computed.get(value.name) : undefined;
    if (own !== undefined && value.op === 'field') {
      if (taken.has(value.name)) return node;
      taken.add(value.name);
      columns.push({ name: column.name, value: own });
      continue;
    }
    const reads = columnsReadBy(scalarPart(value));
    if (reads.all || [...reads.names].some((name) => computed.has(name))) return node;
    columns.push(column);
  }
  return { ...node, input: input.input, columns };
}

function tidyUnion(node: OperatorOf<'union'>, ordering: Ordering): Relation {
  if (node.sourceColumn !== undefined || node.kind === 'inner') return node;
  const inputs: Relation[] = [];
  for (const input of node.inputs) {
    const joins = input.op === 'union' && input.sourceColumn === undefined && input.kind === 'outer';
    if (joins && input.fuzzy === node.fuzzy) for (const inner of input.inputs) inputs.push(inner);
    else inputs.push(input);
  }
  const [first] = inputs;
  if (inputs.length === 1 && first !== undefined) return first;
  if (ordering === 'canonical') {
    const keys = new Map(inputs.map((input) => [input, canonicalTextOfRelation(input)]));
    inputs.sort((left, right) => {
      const [before, after] = [keys.get(left) ?? '', keys.get(right) ?? ''];
      return before < after ? -1 : before > after ? 1 : 0;
    });
  }
  const same = inputs.length === node.inputs.length && inputs.every((input, index) => input === node.inputs[index]);
  return same ? node : { ...node, inputs };
}
