/** Which columns leave a relation. */
import type { Relation } from '../ir/types.ts';
import { schemaOf } from '../kql/schema/schema.ts';

/** Whether a column leaves a relation; `undefined`: nobody knows. */
export function mayHave(node: Relation, name: string): boolean | undefined {
  switch (node.op) {
    case 'source': {
      if (name === node.timeColumn) return true;
      const schema = schemaOf(node.table);
      return schema === undefined ? undefined : schema.columns.has(name) ? true : undefined;
    }
    case 'literal':
      return node.columns.some((column) => column.name === name);
    case 'reference':
      return node.columns.some((column) => column.name === name) ? true : undefined;
    case 'filter':
    case 'sort':
    case 'top':
    case 'take':
      return mayHave(node.input, name);
    case 'extend':
    case 'expand':
    case 'apply':
      return node.columns.some((column) => column.name === name) ? true : mayHave(node.input, name);
    case 'parse':
      return node.parts.some((part) => part.part === 'column' && part.name === name) ? true : mayHave(node.input, name);
    case 'project':
      return node.columns.some((column) => column.name === name);
    case 'rename': {
      if (node.columns.some(({ to }) => to === name)) return true;
      return node.columns.some(({ from }) => from === name) ? false : mayHave(node.input, name);
    }
    case 'select': {
      const isNamed = node.names.includes(name);
      if (node.mode === 'drop') return isNamed ? false : mayHave(node.input, name);
      return isNamed ? true : node.names.some((one) => one.includes('*')) ? mayHave(node.input, name) : false;
    }
    case 'aggregate': {
      if (node.by.some((key) => key.name === name) || node.measures.some((measure) => measure.name === name))
        return true;
      const bringsRow = node.measures.some(({ fn, args }) => (fn === 'argMax' || fn === 'argMin') && args.length !== 2);
      const named = node.measures.some(
        ({ fn, args }) =>
          (fn === 'argMax' || fn === 'argMin') && args.some((arg) => arg.op === 'field' && arg.name === name),
      );
      return named ? true : bringsRow ? mayHave(node.input, name) : false;
    }
    case 'join': {
      if (node.renamed.some(({ to }) => to === name)) return true;
      const sides = [mayHave(node.left, name), mayHave(node.right, name)];
      return sides.includes(true) ? true : sides.includes(undefined) ? undefined : false;
    }
    case 'union': {
      const inputs = node.inputs.map((input) => mayHave(input, name));
      return inputs.includes(true) ? true : inputs.includes(undefined) ? undefined : false;
    }
    case 'unpack':
    case 'series':
    case 'plugin':
    case 'opaque':
      return undefined;
  }
}
