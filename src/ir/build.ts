/**
 * Constructors of the Detection's parts. They fill in the tag and the span and drop what says nothing (`and` of one
 * operand is that operand); they never reorder, merge or rewrite: that is `normalise.ts`.
 *
 * Every constructor takes the span last. Left out, a node with operands covers them and a leaf has {@link NO_SPAN}.
 */
import { NO_SPAN } from '../source.ts';
import type { Detection, Metadata, Relation, Schedule } from './types.ts';

export * from './build-predicate.ts';
export * from './build-relation.ts';

/** Metadata with everything but the name left empty. */
export const metadata = (name: string, parts: Partial<Metadata> = {}): Metadata => ({
  name,
  description: '',
  kind: 'scheduled',
  tactics: [],
  techniques: [],
  tags: [],
  references: [],
  falsePositives: [],
  requires: [],
  ...parts,
});

/** A schedule that says no more than: alert when there is a row. Durations in milliseconds. */
export const schedule = (parts: Partial<Schedule> = {}): Schedule => ({
  trigger: { test: '>', threshold: 0 },
  alertPer: 'run',
  span: NO_SPAN,
  ...parts,
});

/** A Detection around a query; everything else empty unless given. */
export const detection = (name: string, query: Relation, parts: Partial<Omit<Detection, 'query'>> = {}): Detection => ({
  meta: metadata(name),
  schedule: schedule(),
  query,
  entities: [],
  alert: { dynamicProperties: [], customDetails: [], span: NO_SPAN },
  ...parts,
});
