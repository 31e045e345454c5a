/** Wrong translations: a rule changed in one place, as a faulty converter would have understood it. */
import * as b from '../../src/ir/build.ts';
import { normaliseDetection } from '../../src/ir/normalise.ts';
import { canonicalText } from '../../src/ir/canonical.ts';
import type { Detection, Field, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { partsOf, relationPart, rewriteRelation } from '../../src/ir/walk.ts';

export interface Mutant {
  readonly kind: string;
  readonly detection: Detection;
}

export const KINDS = [
  'case flag lost',
  'negation dropped',
  'any for all',
  'window halved',
  'threshold off by one',
  'wrong field',
  'contains for a term',
  'branch lost',
] as const;

/** All mutants of a rule, by kind, those that mean the same in normal form left out. */
export function mutantsOf(detection: Detection): readonly Mutant[] {
  const original = canonicalText(normaliseDetection(detection));
  const fields = storedFields(detection.query);
  const made: Mutant[] = [];
  const add = (kind: (typeof KINDS)[number], change: Partial<Detection>): void => {
    const mutant = { ...detection, ...change };
    if (canonicalText(normaliseDetection(mutant)) !== original) made.push({ kind, detection: mutant });
  };
  const withPredicate = (kind: (typeof KINDS)[number], old: Predicate, made_: Predicate): void => {
    add(kind, { query: rewriteRelation(detection.query, { predicate: (node) => (node === old ? made_ : node) }) });
  };
  const withRelation = (kind: (typeof KINDS)[number], old: Relation, made_: Relation): void => {
    add(kind, { query: rewriteRelation(detection.query, { relation: (node) => (node === old ? made_ : node) }) });
  };
  for (const { kind, node } of partsOf(relationPart(detection.query))) {
    if (kind === 'predicate') {
      if (node.op === 'not') withPredicate('negation dropped', node, node.of);
      if (node.op === 'match') {
        if (node.caseSensitive) withPredicate('case flag lost', node, { ...node, caseSensitive: false });
        if (node.test === 'term') withPredicate('contains for a term', node, { ...node, test: 'contains' });
        if (node.values.length > 1) {
          withPredicate('any for all', node, { ...node, quantifier: node.quantifier === 'any' ? 'all' : 'any' });
        }
        const other = node.subject.op === 'field' ? otherField(node.subject, fields) : undefined;
        if (other !== undefined) withPredicate('wrong field', node, { ...node, subject: other });
      }
      if (node.op === 'or') {
        for (const index of node.of.keys()) {
          withPredicate('branch lost', node, b.or(node.of.filter((_, at) => at !== index)));
        }
      }
      if (node.op === 'compare') {
        const moved = offByOne(node.right);
        if (moved !== undefined) withPredicate('threshold off by one', node, { ...node, right: moved });
      }
    }
    if (kind === 'relation') {
      if (node.op === 'union') {
        for (const index of node.inputs.keys()) {
          withRelation('branch lost', node, { ...node, inputs: node.inputs.filter((_, at) => at !== index) });
        }
      }
      if (node.op === 'source' && node.window?.from !== undefined) {
        withRelation('window halved', node, { ...node, window: { ...node.window, from: node.window.from / 2 } });
      }
    }
  }
  const { lookback } = detection.schedule;
  if (lookback !== undefined) {
    add('window halved', { schedule: { ...detection.schedule, lookback: Math.max(60_000, lookback / 2) } });
  }
  const { trigger } = detection.schedule;
  if (trigger.threshold > 0) {
    add('threshold off by one', {
      schedule: { ...detection.schedule, trigger: { ...trigger, threshold: trigger.threshold + 1 } },
    });
  }
  return made;
}

function offByOne(scalar: Scalar): Scalar | undefined {
  return scalar.op === 'literal' && scalar.value.type === 'long' ? b.long(scalar.value.value + 1n) : undefined;
}

/** Stored columns of type text that the query tests. */
function storedFields(query: Relation): readonly Field[] {
  const defined = new Set<string>();
  const tested: Field[] = [];
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind === 'relation' && (node.op === 'extend' || node.op === 'project')) {
      for (const { name } of node.columns) defined.add(name);
    }
    if (kind === 'predicate' && node.op === 'match' && node.subject.op === 'field') tested.push(node.subject);
  }
  return tested.filter(({ name, type }) => type === 'string' && !defined.has(name));
}

function otherField(field: Field, fields: readonly Field[]): Field | undefined {
  return fields.find(({ name, path }) => name !== field.name && path.length === field.path.length);
}
