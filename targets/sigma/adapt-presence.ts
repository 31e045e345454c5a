/**
 * Whether a text can be missing. To KQL it is empty then: one more value when values are counted, and equal to any other
 * empty text in a join. Sigma's correlations leave events without the field out.
 */
import { canonicalTextOfPart } from '../../src/ir/canonical.ts';
import type { Branch } from '../../src/ir/shape.ts';
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { scalarPart } from '../../src/ir/walk.ts';

/** Whether a text over the branch's stored fields may be missing in its events, as far as its tests tell. */
export function mayBeEmpty(scalar: Scalar, { where }: Branch): boolean {
  const isText = (scalar.op === 'field' || scalar.op === 'call') && scalar.type === 'string';
  return isText && !saysPresent(where, canonicalTextOfPart(scalarPart(plain(scalar))));
}

/** Without what makes nothing empty, and of something empty nothing else. */
function plain(scalar: Scalar): Scalar {
  let inner = scalar;
  while (inner.op === 'call' && (inner.fn === 'lower' || inner.fn === 'upper' || inner.fn === 'toText')) {
    const [argument] = inner.args;
    if (argument === undefined) break;
    inner = argument;
  }
  return inner;
}

/** Whether no event without that text satisfies the predicate. */
function saysPresent(test: Predicate, text: string): boolean {
  const isSame = (subject: Scalar): boolean => canonicalTextOfPart(scalarPart(plain(subject))) === text;
  switch (test.op) {
    case 'and':
      return test.of.some((operand) => saysPresent(operand, text));
    case 'or':
      return test.of.every((operand) => saysPresent(operand, text));
    case 'not':
      return test.of.op === 'missing'
        ? test.of.counts !== 'absent' && isSame(test.of.subject)
        : test.of.op === 'match' && test.of.test === 'equals' && test.of.values.includes('') && isSame(test.of.subject);
    case 'match': {
      const isPlain = test.test !== 'regex' && test.test !== 'wildcard';
      return isPlain && !test.values.includes('') && isSame(test.subject);
    }
    case 'ipInRange':
      return isSame(test.subject);
    case 'constant':
      return !test.value;
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'between':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}
