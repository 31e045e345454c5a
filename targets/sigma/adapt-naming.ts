/** Names that a column has in all branches of a correlation. */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { Branch } from '../../src/ir/shape.ts';
import type { NamedScalar, Relation, Scalar } from '../../src/ir/types.ts';
import type { AdaptedBranch } from './adapt-branch.ts';

/** One branch of the source with one of Sigma that stands for it. */
export interface Pair {
  readonly branch: Branch;
  readonly adapted: AdaptedBranch;
}

/** Names for columns that all branches have: the field's own where it is the same one, else an alias. */
export class ColumnNaming {
  readonly #pairs: readonly Pair[];
  readonly #aliases = new Map<string, readonly string[]>();

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs;
  }

  /** `undefined` when it is no field in some branch. */
  nameFor(alias: string, scalar: Scalar): string | undefined {
    const fields: string[] = [];
    for (const { branch, adapted } of this.#pairs) {
      const field = adapted.fieldFor(resolveScalarIn(branch, scalar));
      if (field === undefined) return undefined;
      fields.push(field.name);
    }
    const [first] = fields;
    if (first === undefined || fields.every((name) => name === first)) return first;
    let name = alias;
    for (let number = 2; this.#aliases.has(name) || fields.includes(name); number++) name = `${alias}_${number}`;
    this.#aliases.set(name, fields);
    return name;
  }

  /** The events of all branches with a column for each alias. */
  events(): Relation {
    const inputs = this.#pairs.map(({ adapted }, index) => {
      const columns = [...this.#aliases].map(([name, fields]): NamedScalar => ({
        name,
        value: build.field(fields[index] ?? name),
      }));
      return build.extend(adapted.events, columns);
    });
    const [first] = inputs;
    return inputs.length === 1 && first !== undefined ? first : build.union(inputs);
  }
}
