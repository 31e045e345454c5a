/** Membership in a list from another query inside a search: a subsearch. */
import { field, inQuery, rename, select } from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { effectUnder } from '../../src/ir/fidelity.ts';
import type { Predicate, Relation } from '../../src/ir/types.ts';
import type { PredicateContext } from './adapt-predicate.ts';
import { adaptRelation } from './adapt-relation.ts';
import { adaptScalar } from './adapt-scalar.ts';
import { sayField } from './adapt-say.ts';
import { deciding } from './adapting.ts';
import type { Use } from './adapting.ts';
import { onlyNeeds } from './needs.ts';
import { isSearchableName } from './quoting.ts';
import { isPlainField } from './rows.ts';
import { Unsayable } from './unsayable.ts';

type InQuery = Extract<Predicate, { readonly op: 'inQuery' }>;

/** Throws {@link Unsayable}. `use` has the polarity of the test itself. */
export function adaptInQuery(leaf: InQuery, { rows, inExpression }: PredicateContext, use: Use): Predicate {
  const { span } = leaf;
  const column = firstColumnOf(leaf.query);
  if (inExpression || leaf.test !== 'equals' || leaf.quantifier !== 'any' || column === undefined) {
    throw new Unsayable('unsupported-predicate', span, 'A list from another query cannot be used in this way.');
  }
  const said = adaptScalar(leaf.subject, { rows, use });
  const subject = isPlainField(said) && isSearchableName(said.name) ? said : rows.compute(said, 'list_value');
  const list = adaptRelation(leaf.query, onlyNeeds([column], 'decides'), use.polarity, rows.adapting);
  const value = resolveScalarIn(list.environment, field(column, [], 'string', span));
  const found = sayField(list, value, column, deciding('mixed'));
  if (found === undefined) throw new Unsayable('unsupported-predicate', span, 'The column of the list cannot be said.');
  if (found.name !== subject.name) list.append((input) => rename(input, [{ from: found.name, to: subject.name }]));
  list.append((input) => select(input, 'keep', [subject.name], span));
  const message =
    'The list is a subsearch: beyond 10,000 values or 60 seconds the rest of it is left out, and a star in a value matches any text.';
  rows.adapting.note('subsearch-limit', effectUnder(use.polarity, 'narrower'), span, message);
  if (leaf.caseSensitive) {
    rows.adapting.noteUse(
      'case-insensitive',
      'wider',
      use,
      span,
      'The values of the list are compared without letter case.',
    );
  }
  return inQuery({ ...subject, span }, 'equals', list.relation, {}, span);
}

/** The name of a query's first column; `undefined` where it cannot be told. */
export function firstColumnOf(relation: Relation): string | undefined {
  let at = relation;
  for (;;) {
    switch (at.op) {
      case 'project':
        return at.columns[0]?.name;
      case 'aggregate':
        return at.by[0]?.name ?? at.measures[0]?.name;
      case 'select': {
        const [name] = at.names;
        if (at.mode === 'drop' || name === undefined || name.includes('*')) return undefined;
        return name;
      }
      case 'literal':
        return at.columns[0]?.name;
      case 'reference':
        return at.columns[0]?.name;
      case 'filter':
      case 'extend':
      case 'sort':
      case 'top':
      case 'take':
      case 'expand':
      case 'parse':
        at = at.input;
        break;
      case 'rename': {
        const renamed: readonly { readonly from: string; readonly to: string }[] = at.columns;
        const name = firstColumnOf(at.input);
        return renamed.find(({ from }) => from === name)?.to ?? name;
      }
      case 'union': {
        const [first] = at.inputs;
        if (first === undefined) return undefined;
        at = first;
        break;
      }
      case 'join':
        at = at.left;
        break;
      case 'source':
      case 'apply':
      case 'unpack':
      case 'series':
      case 'plugin':
      case 'opaque':
        return undefined;
    }
  }
}
