/**
 * `where Column in (query)`: events for which another event exists, or does not. A YARA-L rule says that with a second
 * event variable, so it is made into the join that it is.
 */
import * as b from '../../src/ir/build.ts';
import type { PredicateOf } from '../../src/ir/build.ts';
import { canonicalTextOfPredicate } from '../../src/ir/canonical.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Branch, CorrelationShape, EventsShape } from '../../src/ir/shape.ts';
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { isList } from './adapt-list.ts';

/** The column that holds the tested value on the way into the join. */
const TESTED = '$tested';

interface Membership {
  readonly test: PredicateOf<'inQuery'>;
  readonly negated: boolean;
  /** The conjunct that says so. */
  readonly conjunct: Predicate;
}

/** The join that an events shape is, when all of its branches test the same column against the same query. */
export function asSemiJoin(shape: EventsShape): CorrelationShape | undefined {
  const found = shape.branches.map((branch) => membershipOf(branch));
  const [first] = found;
  if (first === undefined) return undefined;
  const key = canonicalTextOfPredicate(first.conjunct);
  if (found.some((one) => one === undefined || canonicalTextOfPredicate(one.conjunct) !== key)) return undefined;
  const { test, negated, conjunct } = first;
  const column = firstColumn(test.query);
  if (column === undefined || test.test !== 'equals' || test.quantifier !== 'any') return undefined;
  const branches = shape.branches.map((branch) => withoutTest(branch, conjunct, test.subject));
  const folded = (scalar: Scalar): Scalar => (test.caseSensitive ? scalar : b.call('lower', [scalar], 'string'));
  return {
    shape: 'correlation',
    kind: negated ? 'leftAnti' : 'leftSemi',
    left: { ...shape, branches, groupings: [], limits: [] },
    right: recogniseShape(test.query),
    on: [
      {
        left: folded(b.field(TESTED, [], 'unknown', test.subject.span)),
        right: folded(b.field(column, [], 'unknown', test.span)),
      },
    ],
    where: b.constant(true),
    renamed: [],
    columns: new Map(),
    groupings: shape.groupings,
    limits: shape.limits,
    span: test.span,
  };
}

function conjunctsOf(predicate: Predicate): readonly Predicate[] {
  const tidy = tidyPredicateTree(predicate);
  return tidy.op === 'and' ? tidy.of : [tidy];
}

/** The one conjunct that tests against a query which is no list. */
function membershipOf(branch: Branch): Membership | undefined {
  const found = conjunctsOf(branch.where).flatMap((conjunct): readonly Membership[] => {
    const test = conjunct.op === 'not' ? conjunct.of : conjunct;
    if (test.op !== 'inQuery' || isList(test.query)) return [];
    return [{ test, negated: conjunct.op === 'not', conjunct }];
  });
  const [only, ...others] = found;
  return others.length > 0 ? undefined : only;
}

function withoutTest(branch: Branch, conjunct: Predicate, subject: Scalar): Branch {
  const key = canonicalTextOfPredicate(conjunct);
  const left = conjunctsOf(branch.where).filter((one) => canonicalTextOfPredicate(one) !== key);
  return {
    ...branch,
    where: b.and(left, branch.where.span),
    columns: new Map([...branch.columns, [TESTED, subject]]),
  };
}

/** The name of a query's first column, where the query settles it. */
function firstColumn(relation: Relation): string | undefined {
  switch (relation.op) {
    case 'project':
      return relation.columns[0]?.name;
    case 'aggregate':
      return relation.by[0]?.name ?? relation.measures[0]?.name;
    case 'select':
      return relation.mode === 'keep' && !relation.names[0]?.includes('*') ? relation.names[0] : undefined;
    case 'rename': {
      const inner = firstColumn(relation.input);
      return relation.columns.find(({ from }) => from === inner)?.to ?? inner;
    }
    case 'filter':
    case 'extend':
    case 'sort':
    case 'top':
    case 'take':
    case 'expand':
      return firstColumn(relation.input);
    case 'literal':
    case 'reference':
      return relation.columns[0]?.name;
    case 'source':
    case 'join':
    case 'union':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'series':
    case 'plugin':
    case 'opaque':
      return undefined;
  }
}
