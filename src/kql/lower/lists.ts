/** `in`, `has_any` and `has_all`: tests against a list, whatever the list is made of. */
import {
  and,
  call,
  compare,
  constant,
  inQuery,
  isTrue,
  match,
  matchScalar,
  not,
  opaquePredicate,
  or,
} from '../../ir/build.ts';
import { columnsReadBy, scalarPart } from '../../ir/walk.ts';
import type { Predicate, Relation, Scalar, TextTest, Value } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Expression, ListOperator } from '../ast.ts';
import { isTabular } from './bindings.ts';
import { subjectOf } from './call-predicates.ts';
import { typeOfScalar } from './columns.ts';
import type { Place } from './context.ts';
import { elementsOfLiteral, isJsonArray, textOfValue, valueOfJson } from './literals.ts';
import { elementsOfFirstColumn, valuesForList } from './pipeline.ts';
import { copySource, equalsValues } from './predicate.ts';
import { lowerScalar } from './scalar.ts';
import { lookUp } from './scope.ts';
import { tableOfExpression } from './sources.ts';
import { writtenExpression } from './written.ts';

type ListExpression = Extract<Expression, { readonly kind: 'list' }>;

interface ListTest {
  readonly test: TextTest;
  readonly caseSensitive: boolean;
  readonly quantifier: 'any' | 'all';
  readonly negated: boolean;
  /** The test as it is written, for what stays so. */
  readonly written: () => string;
}

const TESTS: Readonly<Record<ListOperator, Omit<ListTest, 'written'>>> = {
  in: { test: 'equals', caseSensitive: true, quantifier: 'any', negated: false },
  '!in': { test: 'equals', caseSensitive: true, quantifier: 'any', negated: true },
  'in~': { test: 'equals', caseSensitive: false, quantifier: 'any', negated: false },
  '!in~': { test: 'equals', caseSensitive: false, quantifier: 'any', negated: true },
  has_any: { test: 'term', caseSensitive: false, quantifier: 'any', negated: false },
  has_all: { test: 'term', caseSensitive: false, quantifier: 'all', negated: false },
};

/** The items of a list, sorted by what they are. */
export interface Items {
  readonly values: Value[];
  readonly queries: Relation[];
  readonly scalars: Scalar[];
}

export function lowerList(expression: ListExpression, place: Place): Predicate {
  const meaning = TESTS[expression.operator];
  const subject = lowerScalar(expression.value, place);
  const items: Items = { values: [], queries: [], scalars: [] };
  for (const item of expression.items) sortItem(item, items, place);
  const positive = testItems(
    subject,
    items,
    { ...meaning, written: () => writtenExpression(expression) },
    expression.span,
    place,
  );
  return meaning.negated ? not(positive, expression.span) : positive;
}

/** The items of one argument that stands for a list. */
export function readItems(argument: Expression, place: Place): Items {
  const items: Items = { values: [], queries: [], scalars: [] };
  sortItem(argument, items, place);
  return items;
}

function sortItem(item: Expression, items: Items, place: Place): void {
  let at = item;
  while (at.kind === 'parenthesised') at = at.of;
  const isColumn = at.kind === 'name' && place.row?.known.has(at.name) === true;
  if (!isColumn && mayBeTable(at, place)) {
    items.queries.push(valuesForList(tableOfExpression(at, { ...place, row: undefined })));
    return;
  }
  const value = lowerScalar(at, place);
  const elements = elementsOfLiteral(value);
  if (elements !== undefined) items.values.push(...flat(elements));
  else if (value.op === 'literal') items.values.push(value.value);
  else if (value.op === 'query' && (value.type === 'dynamic' || value.type === 'unknown')) {
    items.queries.push(elementsOfFirstColumn(value.query));
  } else if (value.op === 'call' && (value.fn === 'makeArray' || value.fn === 'arrayConcat' || value.fn === 'setUnion'))
    sortParts(value, items);
  else if (
    value.op === 'call' &&
    (value.fn === 'parseJson' || value.fn === 'toDynamic') &&
    value.args[0]?.op === 'query'
  ) {
    items.queries.push(elementsOfFirstColumn(value.args[0].query));
  } else items.scalars.push(value);
}

/** Arrays inside a list are part of the list (Kusto Query Language reference, "in operator"). */
function flat(values: readonly Value[]): readonly Value[] {
  const found: Value[] = [];
  const waiting = [...values].reverse();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const inner = at.type === 'dynamic' && isJsonArray(at.value) ? at.value : undefined;
    if (inner === undefined) found.push(at);
    else for (const element of inner.toReversed()) waiting.push(valueOfJson(element));
  }
  return found;
}

/** A name that nothing declares is a column here, not a table. */
function mayBeTable(item: Expression, place: Place): boolean {
  switch (item.kind) {
    case 'name':
      return lookUp(place.scope, item.name) !== undefined && isTabular(place.run, item, place.scope);
    case 'subquery':
    case 'source':
      return true;
    case 'call':
    case 'member':
      return isTabular(place.run, item, place.scope);
    case 'literal':
    case 'star':
    case 'element':
    case 'unary':
    case 'binary':
    case 'between':
    case 'list':
    case 'parenthesised':
    case 'type':
      return false;
  }
}

/** The parts of a list put together of constants, queries and columns. */
function sortParts(list: Extract<Scalar, { readonly op: 'call' }>, items: Items): void {
  for (const arg of list.args) {
    const elements = list.fn === 'makeArray' ? undefined : elementsOfLiteral(arg);
    if (elements !== undefined) items.values.push(...elements);
    else if (list.fn === 'makeArray' && arg.op === 'literal') items.values.push(arg.value);
    else if (list.fn !== 'makeArray' && arg.op === 'query') items.queries.push(elementsOfFirstColumn(arg.query));
    else items.scalars.push(arg);
  }
}

function testItems(subject: Scalar, items: Items, meaning: ListTest, span: Span, place: Place): Predicate {
  const operands: Predicate[] = [];
  const { test, caseSensitive, quantifier } = meaning;
  const about = subjectOf(subject, place);
  if (items.values.length > 0) {
    if (test === 'equals') operands.push(equalsValues(subject, items.values, caseSensitive, span, place));
    else {
      const texts = items.values.map(textOfValue).filter((value) => value !== undefined);
      operands.push(
        texts.length === items.values.length
          ? match(about, test, texts, { quantifier, caseSensitive }, span)
          : // A number or a time whose text only the engine knows.
            opaquePredicate(meaning.written(), [...columnsReadBy(scalarPart(subject)).names], span),
      );
    }
  }
  for (const query of items.queries) operands.push(inQuery(about, test, query, { quantifier, caseSensitive }, span));
  for (const value of items.scalars) operands.push(testScalar(subject, about, value, meaning, span, place));
  if (operands.length === 0) return constant(quantifier === 'all', span);
  return quantifier === 'all' ? and(operands, span) : or(operands, span);
}

/** One item that is computed for each row: a value, or an array of values. */
function testScalar(
  subject: Scalar,
  about: Scalar,
  value: Scalar,
  meaning: ListTest,
  span: Span,
  place: Place,
): Predicate {
  const { test, caseSensitive } = meaning;
  const type = typeOfScalar(value);
  if (test === 'equals' && type === 'dynamic' && caseSensitive) {
    return isTrue(call('setHas', [value, subject], 'bool', span), span);
  }
  if (type === 'dynamic') {
    const reads = [value, subject].flatMap((one) => [...columnsReadBy(scalarPart(one)).names]);
    return opaquePredicate(meaning.written(), reads, span);
  }
  const texts = type === 'string' || type === 'unknown' || type === 'guid';
  if (!texts) return compare(copySource(subject, place), '==', copySource(value, place), span);
  return matchScalar(about, test, subjectOf(value, place), caseSensitive, span);
}
