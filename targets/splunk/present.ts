/** Which columns of a table always hold something, so that grouping by them loses no row. */
import type { Relation, Scalar } from '../../src/ir/types.ts';

/** Whether a column of the result is never missing, as far as the operators right above the events tell. */
export function isAlwaysPresent(relation: Relation, name: string): boolean {
  let at = relation;
  for (;;) {
    switch (at.op) {
      case 'filter':
      case 'sort':
      case 'take':
      case 'top':
        at = at.input;
        break;
      case 'select':
        if (at.mode === 'drop' && at.names.includes(name)) return false;
        at = at.input;
        break;
      case 'extend': {
        const own = at.columns.find((column) => column.name === name);
        if (own !== undefined) return isPresentValue(own.value);
        at = at.input;
        break;
      }
      case 'aggregate':
        return (
          at.by.some((key) => key.name === name) ||
          at.measures.some(
            (measure) => measure.name === name && (measure.fn === 'count' || measure.fn === 'countDistinct'),
          )
        );
      case 'source':
        return name === at.timeColumn;
      case 'literal':
      case 'reference':
      case 'project':
      case 'rename':
      case 'join':
      case 'union':
      case 'expand':
      case 'apply':
      case 'unpack':
      case 'parse':
      case 'series':
      case 'plugin':
      case 'opaque':
        return false;
    }
  }
}

function isPresentValue(value: Scalar): boolean {
  if (value.op === 'literal') return value.value.type !== 'null';
  if (value.op !== 'call') return false;
  const [first] = value.args;
  if (value.fn === 'concat') return true;
  return value.fn === 'bin' && first?.op === 'field' && first.name === '_time' && first.path.length === 0;
}
