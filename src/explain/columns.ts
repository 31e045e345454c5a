/** Where the columns of the result come from: the operator that made each. */
import { columnsBelow } from '../kql/lower/index.ts';
import type { Columns, LoweringOptions } from '../kql/lower/index.ts';
import { scalarText } from '../kql/raise/expression.ts';
import type { NamedScalar, Relation, Scalar } from '../ir/types.ts';
import { aggregateText, SHORT } from './stages.ts';
import type { ColumnOrigin, OutputColumns } from './types.ts';

type SchemaOf = LoweringOptions['schemaOf'];

/** Ways down are followed over so many operators in all, for all columns together. */
const REACH = 50_000;

export function outputColumns(query: Relation, schemaOf: SchemaOf): OutputColumns {
  const trace = new Trace(query, schemaOf);
  const { known, open, payload } = trace.columnsOf(query);
  return {
    known: [...known].map(([name, { type }]) => ({ name, type, madeBy: trace.makersOf(query, name) })),
    isOpen: open || payload !== undefined,
  };
}

/** Either the operator made the column, or it passes one on from below. */
type Step =
  { readonly made: ColumnOrigin } | { readonly below: readonly { readonly node: Relation; readonly name: string }[] };

const NO_COLUMNS: Columns = { known: new Map(), open: true };

class Trace {
  readonly #columns: ReadonlyMap<Relation, Columns>;
  #left = REACH;

  constructor(query: Relation, schemaOf: SchemaOf) {
    this.#columns = columnsBelow(query, schemaOf);
  }

  columnsOf(node: Relation): Columns {
    return this.#columns.get(node) ?? NO_COLUMNS;
  }

  makersOf(query: Relation, column: string): readonly ColumnOrigin[] {
    const found: ColumnOrigin[] = [];
    const waiting: { readonly node: Relation; readonly name: string }[] = [{ node: query, name: column }];
    for (let one = waiting.pop(); one !== undefined && this.#left > 0; one = waiting.pop()) {
      this.#left--;
      const step = this.#step(one.node, one.name);
      if ('made' in step) found.push(step.made);
      else waiting.push(...step.below.toReversed());
    }
    return found;
  }

  #step(node: Relation, name: string): Step {
    const made = (text: string): Step => ({ made: { step: node.op, text, span: node.span } });
    const from = (columns: readonly NamedScalar[], input: Relation): Step | undefined => {
      const own = columns.find((one) => one.name === name);
      if (own === undefined) return undefined;
      return isItself(own.value, name) ? { below: [{ node: input, name }] } : made(scalarText(own.value, SHORT));
    };
    switch (node.op) {
      case 'source':
        return made(node.table);
      case 'literal':
        return made('datatable');
      case 'reference':
        return made(node.name);
      case 'filter':
      case 'select':
      case 'sort':
      case 'top':
      case 'take':
        return { below: [{ node: node.input, name }] };
      case 'extend':
      case 'project':
        return from(node.columns, node.input) ?? { below: [{ node: node.input, name }] };
      case 'rename': {
        const renamed = node.columns.find(({ to }) => to === name);
        return renamed === undefined ? { below: [{ node: node.input, name }] } : made(renamed.from);
      }
      case 'aggregate': {
        const measure = node.measures.find((one) => one.name === name);
        if (measure !== undefined) return made(aggregateText(measure));
        const key = from(node.by, node.input);
        if (key !== undefined) return key;
        const row = node.measures.find(({ fn }) => fn === 'argMax' || fn === 'argMin' || fn === 'any');
        return made(row === undefined ? name : aggregateText(row));
      }
      case 'expand': {
        const own = node.columns.find((one) => one.name === name);
        if (own !== undefined) return made(scalarText(own.value, SHORT));
        return name === node.indexColumn ? made('index') : { below: [{ node: node.input, name }] };
      }
      case 'apply':
        if (this.columnsOf(node.query).known.has(name)) return { below: [{ node: node.query, name }] };
        return from(node.columns, node.input) ?? { below: [{ node: node.input, name }] };
      case 'unpack':
        return this.columnsOf(node.input).known.has(name)
          ? { below: [{ node: node.input, name }] }
          : made(scalarText(node.bag));
      case 'parse':
        return node.parts.some((part) => part.part === 'column' && part.name === name)
          ? made(scalarText(node.subject, SHORT))
          : { below: [{ node: node.input, name }] };
      case 'series': {
        const measure = node.measures.find((one) => one.name === name);
        if (measure !== undefined) return made(aggregateText(measure));
        return from(node.by, node.input) ?? made(scalarText(node.on, SHORT));
      }
      case 'join':
        return { below: [this.#sideOf(node, name)] };
      case 'union': {
        if (name === node.sourceColumn) return made('the name of the table');
        const having = node.inputs.filter((input) => this.columnsOf(input).known.has(name));
        const open = node.inputs.filter((input) => this.columnsOf(input).open);
        return { below: (having.length > 0 ? having : open).map((input) => ({ node: input, name })) };
      }
      case 'plugin':
        return this.columnsOf(node.input).known.has(name)
          ? { below: [{ node: node.input, name }] }
          : made(`evaluate ${node.name}`);
      case 'opaque':
        return made(node.text);
    }
  }

  #sideOf(
    node: Extract<Relation, { readonly op: 'join' }>,
    name: string,
  ): { readonly node: Relation; readonly name: string } {
    const renamed = node.renamed.find(({ to }) => to === name);
    if (renamed !== undefined) return { node: node.right, name: renamed.from };
    if (node.kind === 'rightAnti' || node.kind === 'rightSemi') return { node: node.right, name };
    const [left, right] = [this.columnsOf(node.left), this.columnsOf(node.right)];
    const isRight = !left.known.has(name) && (right.known.has(name) || (!left.open && right.open));
    return { node: isRight ? node.right : node.left, name };
  }
}

function isItself(value: Scalar, name: string): boolean {
  return value.op === 'field' && value.name === name && value.path.length === 0;
}
