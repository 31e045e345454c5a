/**
 * What an absent field reads as. In YARA-L an absent number is 0, an absent bool false, and no address lies in a range
 * that is asked for; KQL compares null with nothing. A Detection in YARA-L's vocabulary says so: a test that an absent
 * value passes stands beside a `missing` test of the same value. The text needs no such addition, so it is left out when
 * the rule is written and put back when it is read.
 */
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Comparison, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { rewritePredicate } from '../../src/ir/walk.ts';
import { udmKind } from './udm.ts';

/** The value whose absence passes the test, and how that absence is asked for; `undefined`: none does. */
export interface Absence {
  readonly subject: Scalar;
  readonly counts: 'null' | 'empty';
}

/** `leaf`: a test or a negated test. */
export function absencePassing(leaf: Predicate): Absence | undefined {
  const negated = leaf.op === 'not';
  const test = negated ? leaf.of : leaf;
  switch (test.op) {
    case 'oneOf':
      if (!readsAsZero(test.subject)) return undefined;
      return test.values.some(isZero) !== negated ? { subject: test.subject, counts: 'null' } : undefined;
    case 'compare': {
      if (test.right.op !== 'literal' || !readsAsZero(test.left)) return undefined;
      const holds = zeroCompares(test.test, test.right.value);
      return holds !== undefined && holds !== negated ? { subject: test.left, counts: 'null' } : undefined;
    }
    case 'isTrue':
      return negated && readsAsZero(test.of) ? { subject: test.of, counts: 'null' } : undefined;
    case 'ipInRange':
      return negated ? { subject: test.subject, counts: 'empty' } : undefined;
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'match':
    case 'matchScalar':
    case 'between':
    case 'missing':
    case 'inQuery':
    case 'opaque':
      return undefined;
  }
}

/** Stored numbers and bools, and what `cast` makes of a text that is no number. */
function readsAsZero(scalar: Scalar): boolean {
  if (scalar.op === 'call') return scalar.fn === 'toLong' || scalar.fn === 'toReal';
  if (scalar.op !== 'field') return false;
  const kind = udmKind(scalar.name, scalar.path[0]);
  return kind === 'integer' || kind === 'float' || kind === 'bool';
}

const isZero = (value: Value): boolean => {
  switch (value.type) {
    case 'long':
      return value.value === 0n;
    case 'real':
    case 'decimal':
      return value.value === 0;
    case 'bool':
      return !value.value;
    case 'string':
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'dynamic':
    case 'null':
      return false;
  }
};

function zeroCompares(test: Comparison, value: Value): boolean | undefined {
  if (value.type !== 'long' && value.type !== 'real' && value.type !== 'decimal') return undefined;
  switch (test) {
    case '==':
      return isZero(value);
    case '<':
      return 0 < value.value;
    case '<=':
      return 0 <= value.value;
    case '>':
      return 0 > value.value;
    case '>=':
      return 0 >= value.value;
  }
}

/** A predicate in the one wording (see `wording.ts`), with what absent values make of its tests. */
export function withAbsence(predicate: Predicate): Predicate {
  return tidyPredicateTree(mapLeaves(predicate, addAbsence));
}

function addAbsence(leaf: Predicate): Predicate {
  const absence = absencePassing(leaf);
  return absence === undefined ? leaf : b.or([leaf, b.missing(absence.subject, absence.counts, leaf.span)], leaf.span);
}

/** The inverse of {@link withAbsence}: without the `missing` tests that YARA-L's reading of a test beside them implies. */
export function withoutAbsence(predicate: Predicate): Predicate {
  return rewritePredicate(predicate, {
    predicate: (node) => {
      if (node.op !== 'or') return node;
      const implied = new Set(node.of.flatMap((operand) => absenceKey(absencePassing(operand))));
      const left = node.of.filter(
        (operand) =>
          operand.op !== 'missing' ||
          operand.counts === 'absent' ||
          !absenceKey({ subject: operand.subject, counts: operand.counts }).some((key) => implied.has(key)),
      );
      return left.length === node.of.length ? node : b.or(left, node.span);
    },
  });
}

const absenceKey = (absence: Absence | undefined): readonly string[] =>
  absence === undefined ? [] : [`${absence.counts} ${canonicalTextOfScalar(absence.subject)}`];

/** The predicate with every test, negated or not, replaced. Negation must stand at the leaves. */
export function mapLeaves(predicate: Predicate, map: (leaf: Predicate) => Predicate): Predicate {
  switch (predicate.op) {
    case 'and':
      return b.and(
        predicate.of.map((operand) => mapLeaves(operand, map)),
        predicate.span,
      );
    case 'or':
      return b.or(
        predicate.of.map((operand) => mapLeaves(operand, map)),
        predicate.span,
      );
    case 'constant':
    case 'not':
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return map(predicate);
  }
}
