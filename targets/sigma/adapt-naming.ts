/** Names that a column has in all branches of a correlation. */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { fieldsOf, scalarPart } from '../../src/ir/walk.ts';
import { flipEffect } from '../../src/ir/fidelity.ts';
import type { Branch } from '../../src/ir/shape.ts';
import type { NamedScalar, Relation, Scalar } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import type { AdaptedBranch } from './adapt-branch.ts';
import type { GroupingField } from './adapt-fields.ts';
import type { Adapting } from './adapt-notes.ts';

/** One branch of the source with one of Sigma that stands for it. */
export interface Pair {
  readonly branch: Branch;
  readonly adapted: AdaptedBranch;
}

export interface NamedColumn {
  readonly name: string;
  readonly grains: ReadonlySet<GroupingField['grain']>;
}

/**
 * Notes that a field tells apart more, or less, than the column that it stands for. `finer`: the effect where it tells
 * apart more; the reverse holds where it tells apart less.
 */
export function noteGrain(
  { name, grains }: NamedColumn,
  finer: 'wider' | 'narrower' | 'differs',
  span: Span,
  adapting: Adapting,
): void {
  if (grains.has('finer')) {
    const message = `'${name}' tells apart what the source's column does not, such as files of one name in several folders.`;
    adapting.note('field-values-differ', finer, span, message);
  }
  if (grains.has('coarser')) {
    const message = `'${name}' does not tell apart all that the source's column does.`;
    adapting.note('field-values-differ', flipEffect(finer), span, message);
  }
}

/** Names for columns that all branches have: the field's own where it is the same one, else an alias. */
export class ColumnNaming {
  readonly #pairs: readonly Pair[];
  readonly #aliases = new Map<string, readonly string[]>();

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs;
  }

  /** `undefined` when it is no field in some branch. */
  nameFor(alias: string, scalar: Scalar): NamedColumn | undefined {
    const fields: string[] = [];
    const grains = new Set<GroupingField['grain']>();
    for (const { branch, adapted } of this.#pairs) {
      const field = adapted.groupingField(resolveScalarIn(branch, scalar));
      if (field === undefined) return undefined;
      fields.push(field.name);
      grains.add(field.grain);
    }
    const [first] = fields;
    if (first === undefined) return undefined;
    if (fields.every((name) => name === first)) return { name: first, grains };
    let name = alias;
    for (let number = 2; this.#aliases.has(name) || fields.includes(name); number++) name = `${alias}_${number}`;
    this.#aliases.set(name, fields);
    return { name, grains };
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

/** Whether a scalar depends on nothing but the time of the event. */
export function readsTimeOnly(scalar: Scalar, branch: Branch): boolean {
  const fields = fieldsOf(scalarPart(resolveScalarIn(branch, scalar)));
  return fields.length > 0 && fields.every(({ name }) => name === branch.timeColumn);
}
