/** What a column above a relation is computed from, in terms of stored columns: of one row, one way through joins and unions. */
import * as b from '../ir/build.ts';
import type { Field, Relation, Scalar } from '../ir/types.ts';
import { substituteInScalar } from '../ir/walk.ts';
import { mayHave } from './columns.ts';

const DEEPEST = 60;

/** The scalar over stored columns; names that cannot be followed stay. */
export function resolveDown(relation: Relation, scalar: Scalar, depth = 0): Scalar {
  if (depth > DEEPEST) return scalar;
  return substituteInScalar(scalar, (field) => resolveField(relation, field, depth + 1));
}

function resolveField(start: Relation, field: Field, depth: number): Scalar | undefined {
  let node = start;
  for (;;) {
    switch (node.op) {
      case 'filter':
      case 'select':
      case 'sort':
      case 'top':
      case 'take':
      case 'unpack':
      case 'parse':
      case 'series':
      case 'plugin':
      case 'apply':
        node = node.input;
        break;
      case 'extend':
      case 'project': {
        const column = node.columns.find(({ name }) => name === field.name);
        if (column !== undefined) return resolveDown(node.input, column.value, depth);
        if (node.op === 'project') return undefined;
        node = node.input;
        break;
      }
      case 'rename': {
        const column = node.columns.find(({ to }) => to === field.name);
        if (column !== undefined) return resolveDown(node.input, { ...field, name: column.from, path: [] }, depth);
        node = node.input;
        break;
      }
      case 'expand': {
        const column = node.columns.find(({ name }) => name === field.name);
        if (column !== undefined) {
          return resolveDown(node.input, b.call('element', [column.value, b.long(0)], 'dynamic'), depth);
        }
        node = node.input;
        break;
      }
      case 'aggregate': {
        const key = node.by.find(({ name }) => name === field.name);
        const value = key?.value ?? node.measures.find(({ name }) => name === field.name)?.args[0];
        return value === undefined ? undefined : resolveDown(node.input, value, depth);
      }
      case 'join': {
        const renamed = node.renamed.find(({ to }) => to === field.name);
        if (renamed !== undefined) return resolveDown(node.right, { ...field, name: renamed.from, path: [] }, depth);
        node =
          mayHave(node.left, field.name) === true || mayHave(node.right, field.name) !== true ? node.left : node.right;
        break;
      }
      case 'union': {
        const [first] = node.inputs;
        if (first === undefined) return undefined;
        node = first;
        break;
      }
      case 'source':
      case 'literal':
      case 'reference':
      case 'opaque':
        return undefined;
    }
  }
}
