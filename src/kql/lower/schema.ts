/** The columns of any relation. */
import { foldParts, relationPart } from '../../ir/walk.ts';
import type { Relation } from '../../ir/types.ts';
import type { Columns } from './columns.ts';
import { deriveColumns, OPEN_COLUMNS } from './columns.ts';
import type { LoweringOptions } from './context.ts';

/**
 * The columns that a relation gives, in order, with their types; `open` where there may be more than those known.
 * Knows the stored tables from `schemaOf`.
 */
export function columnsOf(relation: Relation, schemaOf: LoweringOptions['schemaOf']): Columns {
  return columnsBelow(relation, schemaOf).get(relation) ?? OPEN_COLUMNS;
}

/** The columns of a relation and of every relation below it, but for queries inside predicates and scalars. */
export function columnsBelow(
  relation: Relation,
  schemaOf: LoweringOptions['schemaOf'],
): ReadonlyMap<Relation, Columns> {
  const found = new Map<Relation, Columns>();
  foldParts<Columns | undefined>(
    relationPart(relation),
    (part, children) => {
      if (part.kind !== 'relation') return undefined;
      // Queries inside predicates are not entered, so what has columns is an input.
      const inputs = children.filter((child) => child !== undefined);
      const columns = deriveColumns(part.node, inputs, schemaOf);
      found.set(part.node, columns);
      return columns;
    },
    (part) => part.kind === 'relation',
  );
  return found;
}
