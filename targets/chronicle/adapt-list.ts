/** Tests against lists that stand outside the events: literals become values, watchlists become reference lists. */
import * as b from '../../src/ir/build.ts';
import type { PredicateOf } from '../../src/ir/build.ts';
import type { Predicate, Relation, Value } from '../../src/ir/types.ts';
import { type Adapting, addNote } from './adapting.ts';
import { toIdentifier } from './lexical.ts';

/**
 * The test against a reference list of Google SecOps, or against the values themselves; `undefined` when the query is no
 * list. Where a watchlist's other columns are looked at, there is no such list.
 */
export function adaptList(adapting: Adapting, test: PredicateOf<'inQuery'>): Predicate | undefined {
  if (test.quantifier !== 'any') return undefined;
  const found = listOf(test.query);
  if (found === undefined) return undefined;
  const { list, column } = found;
  const { subject, test: kind, caseSensitive, span } = test;
  if (list.op === 'literal') {
    const index = column === undefined ? 0 : list.columns.findIndex(({ name }) => name === column);
    const values = list.rows.map((row) => textOf(row[index]));
    const texts = values.filter((value) => value !== undefined);
    return texts.length < values.length ? undefined : b.match(subject, kind, texts, { caseSensitive }, span);
  }
  const entries = kind === 'equals' ? kind : 'regex';
  const name = toIdentifier(list.name.replace(/^https?:\/\//, ''), 'list');
  const source = `${list.kind === 'watchlist' ? 'the watchlist' : 'the file'} '${list.name}'`;
  const values = column === undefined ? `The values of ${source}` : `The values of ${column} in ${source}`;
  const form =
    entries === 'regex' ? ` of type REGEX, each as the pattern that a text passes when it has the value (${kind})` : '';
  const message = `${values} have to stand in a reference list '${name}' in Google SecOps${form}.`;
  addNote(adapting, 'reference-list', 'context', span, message);
  return b.inQuery(subject, entries, b.reference('watchlist', name, [], list.span), { caseSensitive }, span);
}

/** Whether a query is a list that stands outside the events. */
export const isList = (query: Relation): boolean => listOf(query) !== undefined;

type List = Extract<Relation, { readonly op: 'literal' | 'reference' }>;

interface FoundList {
  readonly list: List;
  /** The list's column that is tested; `undefined`: its first. */
  readonly column: string | undefined;
}

/** The list under operators that keep its tested column whole, from the outermost inwards. */
function listOf(relation: Relation): FoundList | undefined {
  let inner = relation;
  let column: string | undefined;
  for (;;) {
    switch (inner.op) {
      case 'literal':
      case 'reference':
        return { list: inner, column };
      case 'project':
      case 'aggregate': {
        const columns = inner.op === 'project' ? inner.columns : inner.by;
        const wanted = column;
        const source = wanted === undefined ? columns[0] : columns.find(({ name }) => name === wanted);
        if (source?.value.op !== 'field' || source.value.path.length > 0) return undefined;
        column = source.value.name;
        break;
      }
      case 'extend': {
        const wanted = column;
        if (inner.columns.some(({ name }) => name === wanted)) return undefined;
        break;
      }
      case 'rename': {
        const wanted = column;
        column = inner.columns.find(({ to }) => to === wanted)?.from ?? wanted;
        break;
      }
      case 'select': {
        const [only, ...others] = inner.names;
        if (column === undefined && (inner.mode === 'drop' || others.length > 0 || only?.includes('*')))
          return undefined;
        column ??= only;
        break;
      }
      case 'sort':
        break;
      case 'source':
      case 'filter':
      case 'join':
      case 'union':
      case 'expand':
      case 'apply':
      case 'unpack':
      case 'parse':
      case 'top':
      case 'take':
      case 'series':
      case 'plugin':
      case 'opaque':
        return undefined;
    }
    inner = inner.input;
  }
}

function textOf(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.type === 'string' || value.type === 'guid') return value.value;
  return value.type === 'long' ? String(value.value) : undefined;
}
