/** What can be told of a test before it is carried over: what it is about, and what it compares. */
import type { Field, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import type { FieldMapping } from '../fields/types.ts';
import { adaptValue, secondsOf } from './adapt-scalar.ts';
import { isPlainInJson } from './json-places.ts';
import { isPlainField } from './rows.ts';
import { Unsayable } from './unsayable.ts';

/** Whether the column's value can be computed from the field, so that any test of it can be made. */
export function canCompute(mapping: FieldMapping): boolean {
  switch (mapping.relation.kind) {
    case 'file-name-of':
    case 'account-of':
    case 'folder-of':
    case 'domain-of':
    case 'prefixed':
    case 'ending-tells':
      return mapping.values === undefined;
    case 'qualified-account':
      return mapping.relation.domainField !== undefined;
    case 'same':
    case 'item-of':
    case 'path-of':
    case 'numbered':
    case 'text-in':
    case 'keyword':
    case 'differs':
      return false;
  }
}

/** The stored column that a test is about. */
export function subjectOf(leaf: Predicate): Field | undefined {
  switch (leaf.op) {
    case 'match':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'missing':
      return leaf.subject.op === 'field' ? leaf.subject : undefined;
    case 'compare':
      if (leaf.left.op === 'field' && leaf.right.op === 'literal') return leaf.left;
      return leaf.right.op === 'field' && leaf.left.op === 'literal' ? leaf.right : undefined;
    case 'isTrue':
      return leaf.of.op === 'field' ? leaf.of : undefined;
    case 'matchScalar':
    case 'inQuery':
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return undefined;
  }
}

/** See {@link ScalarContext}. */
export function plainComparison(leaf: Predicate): 'whole' | 'part' | undefined {
  if (leaf.op === 'missing') return 'whole';
  if (leaf.op === 'compare' && leaf.right.op === 'literal' && leaf.right.value.type === 'string')
    return isPlainInJson(leaf.right.value.value) ? 'whole' : undefined;
  if (leaf.op !== 'match' || !leaf.values.every(isPlainInJson)) return undefined;
  switch (leaf.test) {
    case 'contains':
    case 'term':
    case 'termPrefix':
    case 'termSuffix':
      return 'part';
    case 'equals':
    case 'startsWith':
    case 'endsWith':
      return 'whole';
    case 'regex':
    case 'wildcard':
      return undefined;
  }
}

/** Two columns that one field holds cannot be compared: throws {@link Unsayable}. */
export function refuseOneField(
  column: Scalar,
  left: Scalar,
  other: Scalar,
  right: Scalar,
  span: Predicate['span'],
): void {
  const areColumns = column.op === 'field' && other.op === 'field' && column.name !== other.name;
  if (!areColumns || !isPlainField(left) || !isPlainField(right) || left.name !== right.name) return;
  const message = `The field '${left.name}' stands for '${column.name}' and for '${other.name}': they cannot be told apart.`;
  throw new Unsayable('unsupported-predicate', span, message);
}

/** A literal in SPL's types. */
export function literalOf(node: Extract<Scalar, { op: 'literal' }>): Scalar {
  return node.value.type === 'datetime' || node.value.type === 'timespan'
    ? secondsOf(node.value.value, node.span)
    : (adaptValue(node.value, node.span) ?? node);
}

/** Whether a test is about a number that SPL cannot write: one too large for a real is infinite. */
export function readsInfinity(leaf: Predicate): boolean {
  const isInfinite = ({ value }: Value & { readonly value?: unknown }): boolean =>
    typeof value === 'number' && !Number.isFinite(value);
  if (leaf.op === 'oneOf') return leaf.values.some(isInfinite);
  const sides = leaf.op === 'compare' ? [leaf.left, leaf.right] : leaf.op === 'between' ? [leaf.low, leaf.high] : [];
  return sides.some((side) => side.op === 'literal' && isInfinite(side.value));
}
