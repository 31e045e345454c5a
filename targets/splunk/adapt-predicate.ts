/**
 * Predicates over the rows' lower side in Splunk's words: tests carried to the fields that hold the columns, in the forms
 * that `emit-where.ts` and `emit-search.ts` write. Negations stand at the leaves on both sides.
 */
import {
  and,
  call,
  compare,
  constant,
  field,
  ipInRange,
  long,
  match,
  matchScalar,
  missing,
  oneOf,
  or,
} from '../../src/ir/build.ts';
import { dropOperand, flipPolarity } from '../../src/ir/fidelity.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Field, Predicate, Scalar, Value } from '../../src/ir/types.ts';
import { outsideSubqueries, rewritePredicate } from '../../src/ir/walk.ts';
import { kqlName } from '../../src/kql/raise/names.ts';
import { carryTest } from '../fields/carry.ts';
import { conditionOf } from './adapt-fields.ts';
import { adaptInQuery } from './adapt-query.ts';
import { adaptScalar, adaptValue, shorten } from './adapt-scalar.ts';
import { typeOf } from './value-types.ts';
import type { Use } from './adapting.ts';
import { negateCore, normaliseLeaf } from './core.ts';
import { canCompute, literalOf, plainComparison, readsInfinity, refuseOneField, subjectOf } from './leaf-facts.ts';
import { isPlainField } from './rows.ts';
import { RAW } from './support.ts';
import type { Place, Rows } from './rows.ts';
import { Unsayable } from './unsayable.ts';

export interface PredicateContext {
  readonly rows: Rows;
  readonly use: Use;
  /** Inside a value, where a list from a query cannot stand. */
  readonly inExpression: boolean;
}

/**
 * The predicate adapted; `undefined` when nothing of it can be said. What cannot be said is noted, and left out with its
 * effect where that is asked for.
 */
export function adaptPredicate(node: Predicate, context: PredicateContext): Predicate | undefined {
  const adapted = adaptNode(node, context);
  return adapted === undefined ? undefined : tidyPredicateTree(adapted);
}

function adaptNode(node: Predicate, context: PredicateContext): Predicate | undefined {
  switch (node.op) {
    case 'and':
    case 'or': {
      const of = node.of.flatMap(
        (operand) => adaptNode(operand, { ...context }) ?? noteLoss(operand, node.op, context),
      );
      if (of.length === 0) return undefined;
      return node.op === 'and' ? and(of, node.span) : or(of, node.span);
    }
    case 'not':
      if (node.of.op === 'and' || node.of.op === 'or' || node.of.op === 'not') {
        return adaptNode(tidyPredicateTree(node), context);
      }
      return adaptLeaf(node.of, true, context);
    case 'constant':
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
      return adaptLeaf(node, false, context);
  }
}

/** Leaves that cannot be said keep their reason until it is known what leaving them out means. */
const reasons = new WeakMap<Predicate, Unsayable>();

function noteLoss(operand: Predicate, within: 'and' | 'or', context: PredicateContext): readonly Predicate[] {
  noteUnsaid(operand, within, context);
  return [];
}

/** Notes that a predicate is left out, where it stands as an operand. */
export function noteUnsaid(operand: Predicate, within: 'and' | 'or', { rows, use }: PredicateContext): void {
  const inner = operand.op === 'not' ? operand.of : operand;
  const reason = reasons.get(inner);
  // A junction all of whose operands were noted needs no note of its own.
  if (reason === undefined && (inner.op === 'and' || inner.op === 'or')) return;
  const effect = use.decides ? dropOperand(within, use.polarity) : 'context';
  const message = reason?.message ?? 'The condition cannot be expressed.';
  rows.adapting.refuse(reason?.code ?? 'unsupported-predicate', effect, reason?.span ?? operand.span, message);
}

function adaptLeaf(leaf: Predicate, negated: boolean, context: PredicateContext): Predicate | undefined {
  try {
    return new LeafAdapter(context, negated).adapt(leaf);
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    reasons.set(leaf, error);
    return undefined;
  }
}

class LeafAdapter {
  readonly #context: PredicateContext;
  readonly #negated: boolean;
  readonly #use: Use;

  constructor(context: PredicateContext, negated: boolean) {
    this.#context = context;
    this.#negated = negated;
    const { use } = context;
    this.#use = negated ? { ...use, polarity: flipPolarity(use.polarity) } : use;
  }

  get #rows(): Rows {
    return this.#context.rows;
  }

  adapt(leaf: Predicate): Predicate {
    const stored = subjectOf(leaf);
    const counterpart = stored === undefined ? undefined : this.#rows.counterpart(stored, this.#use);
    if (stored === undefined || counterpart === undefined) return this.#finish(this.#plain(leaf));
    if (counterpart.kind === 'place') return this.#finish(this.#atPlace(leaf, stored, counterpart.place));
    const { candidates } = counterpart;
    const tests = candidates.map((candidate) => {
      const when = this.#condition(conditionOf(candidate, candidates, stored));
      return and([when, this.#atPlace(leaf, stored, this.#rows.placeOfMapping(stored, candidate.mapping, this.#use))]);
    });
    return this.#finish(or(tests, leaf.span));
  }

  #condition(of: Predicate): Predicate {
    const adapted = adaptPredicate(of, { ...this.#context, use: { decides: true, polarity: 'mixed' } });
    if (adapted !== undefined) return adapted;
    throw new Unsayable('unsupported-predicate', of.span, 'The condition that tells fields apart cannot be expressed.');
  }

  #finish(positive: Predicate): Predicate {
    const core = tidyPredicateTree(rewritePredicate(positive, { predicate: normaliseLeaf }, outsideSubqueries));
    return this.#negated ? negateCore(core) : core;
  }

  /** A test of a stored column, carried to the field that holds it. */
  #atPlace(leaf: Predicate, stored: Field, place: Place): Predicate {
    const { mapping } = place;
    if (mapping === undefined || place.holds === 'epoch') return this.#plain(leaf);
    if (leaf.op === 'inQuery' || leaf.op === 'matchScalar') return this.#plain(leaf);
    const carried = carryTest(leaf, mapping);
    if (carried.predicate === undefined) {
      // What cannot be carried over as a test may still be computed from the field.
      if (canCompute(mapping)) return this.#plain(leaf);
      throw new Unsayable('unsupported-predicate', leaf.span, `'${stored.name}' cannot be tested: ${carried.reason}`);
    }
    if (carried.effect !== 'exact') {
      const message = carried.reason ?? 'The field holds the values in another form.';
      this.#rows.adapting.noteUse('field-values-differ', carried.effect, this.#use, leaf.span, message);
    }
    return this.#overFields(carried.predicate, place);
  }

  /** A carried test speaks of Splunk's fields: what is left is to write it in the forms of SPL. */
  #overFields(test: Predicate, place: Place): Predicate {
    return rewritePredicate(test, {
      scalar: (node) =>
        isPlainField(node) && node.name === place.mapping?.field ? { ...place.scalar, span: node.span } : node,
      predicate: (node) => (isLeaf(node) ? this.#toCore(node, (scalar) => scalar) : node),
    });
  }

  /** A test whose scalars are adapted one by one. */
  #plain(leaf: Predicate): Predicate {
    if (leaf.op === 'inQuery') return adaptInQuery(leaf, this.#context, this.#use);
    const comparesPlainly = plainComparison(leaf);
    const context = {
      rows: this.#rows,
      use: this.#use,
      ...(comparesPlainly === undefined ? {} : { comparesPlainly }),
    };
    return this.#toCore(leaf, (scalar, as) => adaptScalar(scalar, context, as));
  }

  #toCore(leaf: Predicate, adapt: (scalar: Scalar, as?: 'value' | 'time') => Scalar): Predicate {
    const { span } = leaf;
    if (readsInfinity(leaf)) throw new Unsayable('unsupported-predicate', span, 'SPL has no infinite numbers.');
    switch (leaf.op) {
      case 'constant':
        return leaf;
      case 'match':
        return { ...leaf, subject: leaf.subject.op === 'anyField' ? this.#rawText(leaf.span) : adapt(leaf.subject) };
      case 'matchScalar':
        return this.#matchScalar(leaf, adapt(leaf.subject), adapt(leaf.value));
      case 'oneOf':
        return this.#oneOf(leaf, adapt);
      case 'compare':
        return this.#compare(leaf, adapt);
      case 'between': {
        const [subject, low, high] = [leaf.subject, leaf.low, leaf.high];
        return and([
          this.#compare({ ...leaf, op: 'compare', test: '>=', left: subject, right: low }, adapt),
          this.#compare({ ...leaf, op: 'compare', test: '<=', left: subject, right: high }, adapt),
        ]);
      }
      case 'ipInRange':
        return ipInRange(adapt(leaf.subject), leaf.ranges, span);
      case 'missing':
        return this.#missing(leaf, adapt);
      case 'isTrue':
        return this.#truth(leaf, adapt);
      case 'opaque':
        throw new Unsayable('unsupported-predicate', span, `'${shorten(leaf.text)}' is not understood.`);
      case 'inQuery':
      case 'and':
      case 'or':
      case 'not':
        throw new Unsayable('unsupported-predicate', span, 'The condition cannot be expressed here.');
    }
  }

  #rawText(span: Predicate['span']): Scalar {
    const message =
      'The text of the event is searched, which holds the names of its fields too and may lack some of its columns.';
    this.#rows.adapting.noteUse('raw-search', 'differs', this.#use, span, message);
    return field(RAW, [], 'string', span);
  }

  #matchScalar(leaf: Extract<Predicate, { op: 'matchScalar' }>, subject: Scalar, value: Scalar): Predicate {
    if (leaf.test === 'regex' || leaf.test === 'wildcard') {
      throw new Unsayable('unsupported-predicate', leaf.span, 'A pattern that is a column has no counterpart.');
    }
    if (value.op === 'literal' && value.value.type === 'string') {
      return match(subject, leaf.test, value.value.value, { caseSensitive: leaf.caseSensitive }, leaf.span);
    }
    refuseOneField(leaf.subject, subject, leaf.value, value, leaf.span);
    if (leaf.test === 'equals') return matchScalar(subject, leaf.test, value, leaf.caseSensitive, leaf.span);
    return this.#containsScalar(leaf, subject, value);
  }

  /** A computed text within another: splitting by it gives more than one piece. */
  #containsScalar(leaf: Extract<Predicate, { op: 'matchScalar' }>, subject: Scalar, value: Scalar): Predicate {
    const { span, test } = leaf;
    const folded = (of: Scalar): Scalar => (leaf.caseSensitive ? of : call('lower', [of], 'string', of.span));
    const [whole, part] = [folded(subject), folded(value)];
    switch (test) {
      case 'startsWith': {
        const start = call('substring', [whole, long(0), call('length', [part], 'long', span)], 'string', span);
        return matchScalar(start, 'equals', part, true, span);
      }
      case 'term':
      case 'termPrefix':
      case 'termSuffix': {
        const message = 'The text of a column is looked for without regard to the bounds of words.';
        this.#rows.adapting.noteUse('term-as-contains', 'wider', this.#use, span, message);
        break;
      }
      case 'contains':
        break;
      case 'equals':
      case 'endsWith':
      case 'regex':
      case 'wildcard':
        throw new Unsayable('unsupported-predicate', span, 'This test for the text of a column has no counterpart.');
    }
    const pieces = call('arrayLength', [call('split', [whole, part], 'dynamic', span)], 'long', span);
    // The empty text is part of every text.
    return or([compare(pieces, '>', long(1), span), missing(value, 'empty', span)], span);
  }

  #oneOf(
    leaf: Extract<Predicate, { op: 'oneOf' }>,
    adapt: (scalar: Scalar, as?: 'value' | 'time') => Scalar,
  ): Predicate {
    const isTime = leaf.values.some((value) => value.type === 'datetime');
    const subject = adapt(leaf.subject, isTime ? 'time' : 'value');
    const numbers: Value[] = [];
    const texts: string[] = [];
    const flags: string[] = [];
    for (const value of leaf.values) {
      const adapted = adaptValue(value, leaf.span);
      if (adapted?.op !== 'literal')
        throw new Unsayable('unsupported-predicate', leaf.span, 'A structure cannot be compared.');
      const written = adapted.value;
      if (value.type === 'bool') flags.push(String(value.value));
      else if (written.type === 'string') texts.push(written.value);
      else if (written.type !== 'null') numbers.push(written);
    }
    return or(
      [
        ...(numbers.length > 0 ? [oneOf(subject, numbers, leaf.span)] : []),
        ...(texts.length > 0 ? [match(subject, 'equals', texts, { caseSensitive: true }, leaf.span)] : []),
        ...(flags.length > 0 ? [match(subject, 'equals', flags, {}, leaf.span)] : []),
      ],
      leaf.span,
    );
  }

  #compare(
    leaf: Extract<Predicate, { op: 'compare' }>,
    adapt: (scalar: Scalar, as?: 'value' | 'time') => Scalar,
  ): Predicate {
    const isTime = [leaf.left, leaf.right].some((side) => typeOf(side) === 'datetime');
    const side = (of: Scalar): Scalar => adapt(of.op === 'literal' ? literalOf(of) : of, isTime ? 'time' : 'value');
    const [left, right] = [side(leaf.left), side(leaf.right)];
    refuseOneField(leaf.left, left, leaf.right, right, leaf.span);
    if (leaf.test !== '==') return compare(left, leaf.test, right, leaf.span);
    for (const [one, other] of [[left, right] as const, [right, left] as const]) {
      if (other.op !== 'literal') continue;
      const { value } = other;
      if (value.type === 'string') return match(one, 'equals', value.value, { caseSensitive: true }, leaf.span);
      if (value.type === 'null') return constant(false, leaf.span);
      return oneOf(one, [value], leaf.span);
    }
    return compare(left, '==', right, leaf.span);
  }

  #missing(leaf: Extract<Predicate, { op: 'missing' }>, adapt: (scalar: Scalar) => Scalar): Predicate {
    // A text is never null in KQL.
    if (leaf.counts === 'null' && typeOf(leaf.subject) === 'string') return constant(false, leaf.span);
    const subject = adapt(leaf.subject);
    // Splunk knows one way of not being there.
    return missing(subject, leaf.counts === 'absent' ? 'null' : leaf.counts, leaf.span);
  }

  #truth(leaf: Extract<Predicate, { op: 'isTrue' }>, adapt: (scalar: Scalar) => Scalar): Predicate {
    const { of } = leaf;
    if (of.op === 'call' && (of.fn === 'hasIp' || of.fn === 'hasIpPrefix')) return this.#hasAddress(of, adapt);
    if (of.op === 'call' && of.fn === 'ipInRange') {
      const [address, range] = of.args;
      if (address !== undefined && range !== undefined)
        return { ...leaf, of: { ...of, args: [adapt(address), adapt(range)] } };
    }
    if (of.op === 'call' && of.fn !== 'element' && of.fn !== 'toBool' && of.fn !== 'coalesce') {
      throw new Unsayable(
        'unsupported-function',
        leaf.span,
        `The function '${kqlName(of)}' has no counterpart as a test.`,
      );
    }
    const [inner] = of.op === 'call' && of.fn === 'toBool' ? of.args : [of];
    const subject = adapt(inner ?? of);
    // A bool that is missing is neither true nor false.
    if (this.#negated)
      return or([match(subject, 'equals', 'true', {}, leaf.span), missing(subject, 'null')], leaf.span);
    return match(subject, 'equals', 'true', {}, leaf.span);
  }

  #hasAddress(of: Extract<Scalar, { op: 'call' }>, adapt: (scalar: Scalar) => Scalar): Predicate {
    const [subject, ...addresses] = of.args;
    const values = addresses.map((address) =>
      address.op === 'literal' && address.value.type === 'string' ? address.value.value : undefined,
    );
    if (subject === undefined || values.includes(undefined)) {
      throw new Unsayable('unsupported-function', of.span, 'The addresses have to be written in the query.');
    }
    const test = of.fn === 'hasIp' ? 'term' : 'termPrefix';
    return match(
      adapt(subject),
      test,
      values.filter((value) => value !== undefined),
      {},
      of.span,
    );
  }
}

function isLeaf(node: Predicate): boolean {
  return node.op !== 'and' && node.op !== 'or' && node.op !== 'not';
}
