/** The columns of a branch as Sigma fields, and the tests on them. */
import * as build from '../../src/ir/build.ts';
import type { Branch } from '../../src/ir/shape.ts';
import { flipEffect } from '../../src/ir/fidelity.ts';
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';
import { carryTest, targetField } from '../fields/carry.ts';
import type { Carried } from '../fields/carry.ts';
import { pathName } from '../fields/constraints.ts';
import type { ColumnLookup, FieldMapping } from '../fields/types.ts';
import type { ChosenLogSource } from './adapt-branch.ts';
import { adaptFieldTest, describeScalar, unsupported } from './adapt-leaf.ts';
import { Adapting } from './adapt-notes.ts';
import type { Failure } from './adapt-notes.ts';
import { isFailure } from './adapt-predicate.ts';
import { placeOf } from './adapt-place.ts';
import type { Place } from './adapt-place.ts';
import { isFieldName } from './support.ts';

/** A field, and how its values tell events apart that the source's column does or does not tell apart. */
export interface GroupingField {
  readonly name: string;
  /** `finer`: one value of the column is several of the field (a file name in many folders); `coarser`: the reverse. */
  readonly grain: 'same' | 'finer' | 'coarser';
}

export class BranchFields {
  readonly #branch: Branch;
  readonly #logSource: ChosenLogSource;
  readonly #adapting: Adapting;
  /** How many tests each expanded list has. */
  readonly #expansions = new Map<string, number>();

  constructor(branch: Branch, logSource: ChosenLogSource, adapting: Adapting) {
    this.#branch = branch;
    this.#logSource = logSource;
    this.#adapting = adapting;
  }

  /** A test of the source, possibly negated, as one of Sigma. */
  adaptLeaf(leaf: Predicate): Predicate | Failure {
    return this.#adapt(leaf, this.#adapting);
  }

  /** Like {@link adaptLeaf}, where nothing is to be noted. */
  adaptQuietly(leaf: Predicate): Predicate | undefined {
    const result = this.#adapt(leaf, new Adapting(this.#adapting.options));
    return isFailure(result) ? undefined : result;
  }

  /** The field by which a scalar over stored fields groups events. */
  groupingField(scalar: Scalar, adapting: Adapting): GroupingField | undefined {
    const place = placeOf(scalar);
    if (place === undefined) return undefined;
    const name = this.#nameOf(place, adapting);
    if (name !== undefined) return { name, grain: 'same' };
    const lookup = this.#lookUp(place);
    if (lookup?.kind !== 'mapped' || !isFieldName(lookup.mapping.field)) return undefined;
    const grain = grainOf(lookup.mapping);
    return grain === undefined ? undefined : { name: lookup.mapping.field, grain };
  }

  /** The name of a field to show: the values need not be the same, and what is not known is not shown. */
  shownField(scalar: Scalar): string | undefined {
    const place = placeOf(scalar);
    if (place === undefined) return undefined;
    const lookup = this.#lookUp(place);
    if (lookup === undefined) return this.#logSource.native ? pathName(place.field) : undefined;
    return lookup.kind === 'mapped' && lookup.mapping.field !== '' ? lookup.mapping.field : undefined;
  }

  /** Several tests on one expanded list: in Sigma each may hold of another element. */
  noteExpansions(): void {
    for (const expansion of this.#branch.expansions) {
      if ((this.#expansions.get(expansion.id) ?? 0) < 2) continue;
      const message = 'The tests on the elements of this list may each hold of another element.';
      this.#adapting.note('list-elements', 'wider', expansion.span, message);
    }
  }

  #adapt(leaf: Predicate, adapting: Adapting): Predicate | Failure {
    const negated = leaf.op === 'not';
    const test = leaf.op === 'not' ? leaf.of : leaf;
    const subject = subjectOf(test);
    if (subject === undefined || subject.op === 'anyField') return adaptFieldTest(test, negated, adapting);
    const other = otherOperandOf(test);
    if (other !== undefined) return this.#adaptComparison(test, subject, other, negated, adapting);
    const place = placeOf(subject);
    if (place === undefined) return unsupported(`a test on ${describeScalar(subject)}`, test);
    this.#countElement(place, negated, test, adapting);
    return this.#adaptAt(place, withSubject(test, place.field), negated, adapting);
  }

  #countElement({ expansions: [expansion] }: Place, negated: boolean, test: Predicate, adapting: Adapting): void {
    if (expansion === undefined) return;
    this.#expansions.set(expansion, (this.#expansions.get(expansion) ?? 0) + 1);
    if (!negated) return;
    const message = 'The source asks for an element that fails the test; in Sigma no element may pass it.';
    adapting.note('list-elements', 'narrower', test.span, message);
  }

  /** A test whose subject is a place of the event. */
  #adaptAt(place: Place, test: Predicate, negated: boolean, adapting: Adapting): Predicate | Failure {
    const name = pathName(place.field);
    if (!isFieldName(name)) {
      const message = `Sigma cannot write the column name '${name}'.`;
      return { code: 'unsupported-field-name', message, span: test.span };
    }
    const lookup = this.#lookUp(place);
    if (lookup === undefined) {
      this.#noteUnmapped(place, adapting);
      return adaptFieldTest(withSubject(test, targetField(place.field, name)), negated, adapting);
    }
    const mappings = lookup.kind === 'mapped' ? [lookup.mapping] : distinctMappings(lookup);
    const tests: Predicate[] = [];
    for (const mapping of mappings) {
      const spelled: Predicate[] = [];
      for (const spelling of this.#spellings(mapping)) {
        const carried = this.#readableTest(test, spelling, negated, adapting) ?? carryTest(test, spelling);
        if (carried.predicate === undefined) {
          const subject = mapping.field === '' ? 'The whole event' : `The field '${mapping.field}'`;
          const message = `${subject} cannot be tested for this. ${carried.reason}`;
          return { code: 'field-values-differ', message, span: test.span };
        }
        if (carried.effect !== 'exact') {
          const effect = negated ? flipEffect(carried.effect) : carried.effect;
          adapting.note('field-values-differ', effect, test.span, carried.reason ?? 'The values differ.');
        }
        spelled.push(carried.predicate);
      }
      this.#noteConfidence(name, mapping, test, adapting);
      tests.push(build.or(spelled, test.span));
    }
    if (mappings.length > 1) {
      const fields = mappings.map(({ field }) => `'${field}'`).join(', ');
      const message = `The column '${name}' is one of ${fields}, depending on what the rule leaves open.`;
      adapting.note('field-ambiguous', 'wider', test.span, message);
    }
    // Any of the fields may hold the column: what is asked of it may hold of any of them.
    const any = negated ? build.and(tests, test.span) : build.or(tests, test.span);
    return adaptFieldTest(any, negated, adapting);
  }

  #adaptComparison(
    test: Predicate,
    subject: Scalar,
    other: Scalar,
    negated: boolean,
    adapting: Adapting,
  ): Predicate | Failure {
    const fields: Field[] = [];
    for (const scalar of [subject, other]) {
      const place = placeOf(scalar);
      if (place === undefined) return unsupported(`a comparison with ${describeScalar(scalar)}`, test);
      const name = this.#nameOf(place, adapting);
      if (name === undefined) {
        const message = `The column '${pathName(place.field)}' has no Sigma field with the same values to compare.`;
        return { code: 'field-values-differ', message, span: test.span };
      }
      fields.push(targetField(place.field, name));
    }
    const [left, right] = fields;
    if (left === undefined || right === undefined) return unsupported('this comparison', test);
    return adaptFieldTest(withOther(withSubject(test, left), right), negated, adapting);
  }

  /**
   * A text anywhere in a part of what the field holds (the folder of a path, one of several hashes): as `contains` of the
   * whole, which says it without a regular expression and is wider.
   */
  #readableTest(test: Predicate, mapping: FieldMapping, negated: boolean, adapting: Adapting): Carried | undefined {
    const { kind } = mapping.relation;
    const mayWiden = adapting.polarity !== 'mixed' && negated === (adapting.polarity === 'negative');
    if (adapting.options.terms !== 'contains' || !mayWiden || mapping.values !== undefined) return undefined;
    if (test.op !== 'match' || (kind !== 'folder-of' && kind !== 'domain-of' && kind !== 'item-of')) return undefined;
    const isAnywhere = test.test === 'contains' || test.test === 'term';
    if (!isAnywhere || test.values.includes('')) return undefined;
    const reason = 'The text may stand in another part of what the field holds.';
    const whole = carryTest({ ...test, test: 'contains' }, { ...mapping, relation: { kind: 'same' } });
    return whole.predicate === undefined ? undefined : { predicate: whole.predicate, effect: 'wider', reason };
  }

  /** A path is written with one separator or the other where the log source is that of every product. */
  #spellings(mapping: FieldMapping): readonly FieldMapping[] {
    const { relation } = mapping;
    const isOfEveryProduct =
      this.#logSource.source.product === undefined && this.#logSource.source.category !== undefined;
    switch (relation.kind) {
      case 'file-name-of':
      case 'folder-of':
      case 'path-of':
        return isOfEveryProduct && relation.separator === '\\'
          ? [mapping, { ...mapping, relation: { ...relation, separator: '/' } }]
          : [mapping];
      case 'same':
      case 'account-of':
      case 'domain-of':
      case 'qualified-account':
      case 'prefixed':
      case 'item-of':
      case 'numbered':
      case 'ending-tells':
      case 'text-in':
      case 'keyword':
      case 'differs':
        return [mapping];
    }
  }

  #lookUp({ field }: Place): ColumnLookup | undefined {
    if (this.#logSource.native) return undefined;
    return this.#adapting.options.crosswalk.column(
      this.#branch.table,
      [field.name, ...field.path],
      'sigma',
      this.#logSource.constraints,
    );
  }

  /** The name of the one field that has a place's values as they are. */
  #nameOf(place: Place, adapting: Adapting): string | undefined {
    const lookup = this.#lookUp(place);
    const name = pathName(place.field);
    if (lookup === undefined) {
      this.#noteUnmapped(place, adapting);
      return isFieldName(name) ? name : undefined;
    }
    if (lookup.kind !== 'mapped') return undefined;
    const { field, relation, values } = lookup.mapping;
    this.#noteConfidence(name, lookup.mapping, place.field, adapting);
    return relation.kind === 'same' && values === undefined && isFieldName(field) ? field : undefined;
  }

  /**
   * A column whose name in Sigma is not known keeps its own. Under the table's own log source that is what a converter
   * is to map: the same events. Under a category it stands beside names of a vocabulary that it does not belong to.
   */
  #noteUnmapped({ field }: Place, adapting: Adapting): void {
    const name = pathName(field);
    const column = `${this.#branch.table}.${name}`;
    adapting.addUnmapped(this.#branch.table, name);
    if (field.path.some((step) => typeof step === 'number')) {
      const message = `The position in the list '${name}' cannot be said: any element counts.`;
      adapting.note('list-elements', 'wider', field.span, message);
    }
    if (this.#logSource.native) return;
    const message = `No Sigma field is known for '${column}': the rule needs a converter that maps this name.`;
    adapting.note('unmapped-field', isOwnLog(this.#logSource) ? 'context' : 'differs', field.span, message);
  }

  /** A field of another name that is only likely the same thing may be the wrong one. */
  #noteConfidence(name: string, mapping: FieldMapping, test: Pick<Predicate, 'span'>, adapting: Adapting): void {
    if (mapping.confidence !== 'low') return;
    const message = `That '${mapping.field}' is the field for '${this.#branch.table}.${name}' is likely, but not attested.`;
    const effect = mapping.field === name ? 'context' : 'differs';
    adapting.note('mapping-uncertain', effect, test.span, message, mapping.note);
  }
}

/** Whether a log source is the very log that the table holds, not a kind of events of any sensor. */
function isOwnLog({ source, covers }: ChosenLogSource): boolean {
  const isOneProduct = source.category === undefined && source.product !== undefined;
  return isOneProduct && (covers === 'same' || covers === 'more');
}

function distinctMappings(lookup: Extract<ColumnLookup, { readonly kind: 'ambiguous' }>): readonly FieldMapping[] {
  const found = new Map(
    lookup.candidates.map(({ mapping }) => [JSON.stringify([mapping.field, mapping.relation]), mapping]),
  );
  return [...found.values()];
}

/** `undefined` where events cannot be grouped by the field at all. */
function grainOf({ relation, values }: FieldMapping): GroupingField['grain'] | undefined {
  switch (relation.kind) {
    case 'same':
      return values !== undefined && new Set(values.values()).size === values.size ? 'same' : undefined;
    case 'prefixed':
      return 'same';
    case 'file-name-of':
    case 'folder-of':
    case 'account-of':
    case 'domain-of':
      return 'finer';
    case 'path-of':
    case 'qualified-account':
    case 'numbered':
      return 'coarser';
    case 'item-of':
    case 'ending-tells':
    case 'text-in':
    case 'keyword':
    case 'differs':
      return undefined;
  }
}

// ---------------------------------------------------------------------------------------------- operands of tests

/** What a single test is about; `undefined` for what is no single test. */
function subjectOf(test: Predicate): Scalar | undefined {
  switch (test.op) {
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
      return test.subject;
    case 'compare':
      return test.left;
    case 'isTrue':
      return test.of;
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return undefined;
  }
}

/** What it is compared with, when that is no literal. */
function otherOperandOf(test: Predicate): Scalar | undefined {
  if (test.op === 'matchScalar') return test.value;
  return test.op === 'compare' && test.right.op !== 'literal' ? test.right : undefined;
}

function withSubject(test: Predicate, subject: Field): Predicate {
  switch (test.op) {
    case 'match':
    case 'matchScalar':
    case 'oneOf':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
      return { ...test, subject };
    case 'compare':
      return { ...test, left: subject };
    case 'isTrue':
      return { ...test, of: subject };
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return test;
  }
}

function withOther(test: Predicate, other: Field): Predicate {
  if (test.op === 'matchScalar') return { ...test, value: other };
  return test.op === 'compare' ? { ...test, right: other } : test;
}
