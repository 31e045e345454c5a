/**
 * Lists that are kept outside the rule: watchlists and files in Sentinel, placeholders (`%name%` with the modifier
 * `expand`) in Sigma, which a converter fills with values. In a Detection of Sigma's vocabulary a placeholder is the
 * reference to a list of its name with one column.
 */
import * as build from '../../src/ir/build.ts';
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { mainInput } from '../../src/ir/walk.ts';
import type { Span } from '../../src/source.ts';

type InQuery = Extract<Predicate, { readonly op: 'inQuery' }>;
export type PlaceholderTest = 'equals' | 'contains' | 'startsWith' | 'endsWith';

const COLUMN = 'value';

/** The test that a field passes for some, or every, value of a placeholder. */
export function inPlaceholder(
  subject: Scalar,
  name: string,
  { test, quantifier = 'any', caseSensitive = false }: Omit<PlaceholderOptions, 'name'>,
  span: Span,
): Predicate {
  const query = build.reference('watchlist', name, [{ name: COLUMN, type: 'string' }], span);
  return { op: 'inQuery', subject, test, query, quantifier, caseSensitive, span };
}

export interface PlaceholderOptions {
  readonly name: string;
  readonly test: PlaceholderTest;
  readonly quantifier?: 'any' | 'all';
  readonly caseSensitive?: boolean;
}

/** What {@link inPlaceholder} made. */
export function placeholderIn({ test, query, quantifier, caseSensitive }: InQuery): PlaceholderOptions | undefined {
  if (test !== 'equals' && test !== 'contains' && test !== 'startsWith' && test !== 'endsWith') return undefined;
  if (query.op !== 'reference' || query.columns.length !== 1 || query.columns[0]?.name !== COLUMN) return undefined;
  return isPlaceholderName(query.name) ? { name: query.name, test, quantifier, caseSensitive } : undefined;
}

/** Whether `%name%` is read as one placeholder. */
export function isPlaceholderName(name: string): boolean {
  return /^[^%\s*?\\]+$/.test(name);
}

/**
 * A name for the list that a query takes from a watchlist or file: after it, the column and what its rows are chosen by.
 * `undefined` for what is computed from events.
 */
export function listName(query: Relation): string | undefined {
  let column: string | undefined;
  const chosen: string[] = [];
  let inner: Relation | undefined = query;
  while (inner !== undefined && inner.op !== 'reference') {
    switch (inner.op) {
      case 'project':
        column ??= inner.columns[0]?.name;
        break;
      case 'filter':
        chosen.push(...valuesIn(inner.where));
        break;
      case 'extend':
      case 'select':
      case 'rename':
        break;
      case 'aggregate':
        if (!inner.measures.every(({ fn }) => fn === 'set' || fn === 'list')) return undefined;
        break;
      case 'source':
      case 'literal':
      case 'join':
      case 'union':
      case 'expand':
      case 'apply':
      case 'unpack':
      case 'parse':
      case 'sort':
      case 'top':
      case 'take':
      case 'series':
      case 'plugin':
      case 'opaque':
        return undefined;
    }
    inner = mainInput(inner);
  }
  if (inner?.op !== 'reference') return undefined;
  const file = inner.kind === 'watchlist' ? inner.name : (inner.name.split(/\s/)[0] ?? '').replace(/^.*\/|\.\w+$/g, '');
  const own = column === undefined || /^(SearchKey|Column\d*)$/i.test(column) ? [] : [column];
  const name = [file, ...own, ...chosen].join('_').replace(/[^A-Za-z0-9_.-]+/g, '_');
  return isPlaceholderName(name) ? name.slice(0, MAX_LENGTH) : undefined;
}

const MAX_LENGTH = 80;

/** The texts that a condition asks for. */
function valuesIn(where: Predicate): readonly string[] {
  switch (where.op) {
    case 'and':
    case 'or':
      return where.of.flatMap(valuesIn);
    case 'not': {
      const values = valuesIn(where.of);
      return values.length === 0 ? [] : ['not', ...values];
    }
    case 'match':
      return where.values;
    case 'constant':
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return [];
  }
}
