/**
 * A Detection in Sigma's vocabulary: log sources for tables, Sigma's fields for columns, and only what Sigma can say.
 * All loss happens here and is noted here.
 */
import * as build from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { tidyDetection } from '../../src/ir/normalise.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Branch, EventsShape, Grouping, Shape } from '../../src/ir/shape.ts';
import type { Detection, Relation } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import type { Adaptation, ConversionOptions } from '../target.ts';
import { adaptBranch } from './adapt-branch.ts';
import type { AdaptedBranch } from './adapt-branch.ts';
import { asEvents, belowGroupings } from './adapt-chosen.ts';
import {
  adaptAggregate,
  adaptThreshold,
  noteGroupings,
  noteLimits,
  noteTrigger,
  withPlainTrigger,
} from './adapt-aggregate.ts';
import { adaptCorrelation, isInner } from './adapt-correlation.ts';
import { adaptMetadata, duration, noteSchedule } from './adapt-meta.ts';
import { Adapting } from './adapt-notes.ts';
import { withSemiJoin } from './adapt-semi-join.ts';

/** What the rule fires on, and for a correlation the time over which it looks (milliseconds). */
export interface AdaptedQuery {
  readonly query: Relation;
  readonly timespan?: number;
  /** Of a counting correlation: its groups by the names of the source's keys. */
  readonly keys?: ReadonlyMap<string, string>;
}

export function adapt(detection: Detection, options: ConversionOptions): Adaptation {
  const adapting = new Adapting(options);
  const tidied = tidyDetection(detection);
  noteSchedule(tidied, adapting);
  const meta = adaptMetadata(tidied, adapting);
  const adapted = adaptShape(recogniseShape(withSemiJoin(tidied.query)), tidied, adapting);
  const { notes, unmapped } = adapting;
  if (adapted === undefined || adapting.isRefused) return { adapted: undefined, notes, unmapped };
  const { query, timespan } = adapted;
  const { span } = tidied.schedule;
  return {
    adapted: build.detection(meta.name, query, {
      meta,
      schedule: build.schedule({ alertPer: 'row', span, ...(timespan === undefined ? {} : { lookback: timespan }) }),
      alert: { dynamicProperties: [], customDetails: [], span: tidied.alert.span },
    }),
    notes,
    unmapped,
  };
}

function adaptShape(shape: Shape, detection: Detection, adapting: Adapting): AdaptedQuery | undefined {
  switch (shape.shape) {
    case 'events':
      return adaptThreshold(shape, detection, adapting) ?? adaptEvents(shape, detection, adapting);
    case 'aggregate': {
      const events = asEvents(shape, adapting);
      if (events === undefined) return adaptAggregate(shape, detection, adapting);
      noteTrigger(detection, adapting);
      return adaptEvents(events, withPlainTrigger(detection), adapting);
    }
    case 'correlation':
      return adaptJoin(shape, detection, adapting);
    case 'anyOf':
      return adaptAlternatives(shape, detection, adapting);
    case 'other':
      for (const { construct, span } of shape.reasons) {
        const message = `Sigma has no counterpart for ${construct}.`;
        adapting.refuse({ code: 'unsupported-query', message, span });
      }
      return undefined;
  }
}

/** Joins: of events on both sides, or of one side that decides alone. */
function adaptJoin(
  shape: Extract<Shape, { readonly shape: 'correlation' }>,
  detection: Detection,
  adapting: Adapting,
): AdaptedQuery | undefined {
  const { kind, span } = shape;
  if (isInner(kind)) return adaptCorrelation(shape, detection, adapting);
  const decidesNothing = shape.where.op === 'constant' && shape.where.value;
  const message = `Sigma has no counterpart for a join of kind ${kind.toLowerCase()}.`;
  switch (kind) {
    case 'leftOuter':
    case 'rightOuter':
      // Every row of the kept side comes out, with or without a match.
      if (!decidesNothing) {
        const condition = `${message.slice(0, -1)} with a condition on both sides.`;
        adapting.leaveOut({ code: 'unsupported-query', message: condition, span }, 'wider');
      } else noteContext('The columns that the join adds are not shown.', span, adapting);
      break;
    case 'leftAnti':
    case 'rightAnti':
      adapting.leaveOut({ code: 'unsupported-query', message, span }, 'wider');
      break;
    case 'fullOuter':
    case 'inner':
    case 'innerUnique':
    case 'leftSemi':
    case 'rightSemi':
      adapting.refuse({ code: 'unsupported-query', message, span });
      return undefined;
  }
  noteTrigger(detection, adapting);
  noteGroupings(shape.groupings, adapting);
  noteLimits(shape.limits, 'context', adapting);
  const kept = kind === 'leftOuter' || kind === 'leftAnti' ? shape.left : shape.right;
  return adaptShape(kept, withPlainTrigger(detection), adapting);
}

function noteContext(message: string, span: Span, adapting: Adapting): void {
  adapting.note('grouping-lost', 'context', span, message);
}

/** Plain rules: one for each branch. */
function adaptEvents(shape: EventsShape, detection: Detection, adapting: Adapting): AdaptedQuery | undefined {
  noteGroupings(shape.groupings, adapting);
  noteLimits(shape.limits, 'context', adapting);
  const relations = shape.branches.flatMap((branch) => {
    noteWindow(branch, adapting);
    return adaptBranch(branch, adapting).map((adapted) => withFields(adapted, branch, shape.groupings, detection));
  });
  const [first] = relations;
  if (first === undefined) {
    refuseNothing(detection, adapting);
    return undefined;
  }
  return { query: relations.length === 1 ? first : build.union(relations) };
}

export function refuseNothing({ query }: Detection, adapting: Adapting): void {
  const message = 'No part of the rule can ever match.';
  if (!adapting.isRefused) adapting.refuse({ code: 'never-fires', message, span: query.span });
}

/** Several rules: events of any of them make it fire. */
function adaptAlternatives(
  shape: Extract<Shape, { readonly shape: 'anyOf' }>,
  detection: Detection,
  adapting: Adapting,
): AdaptedQuery | undefined {
  noteTrigger(detection, adapting);
  noteGroupings(shape.groupings, adapting);
  noteLimits(shape.limits, 'context', adapting);
  const kept: AdaptedQuery[] = [];
  for (const inner of shape.of) {
    const adapted = adaptShape(inner, withPlainTrigger(detection), adapting);
    if (adapted !== undefined) kept.push(adapted);
  }
  if (kept.every(({ timespan }) => timespan === undefined)) {
    const queries = kept.flatMap(({ query }) => (query.op === 'union' ? query.inputs : [query]));
    const [first] = queries;
    if (first === undefined) return undefined;
    return { query: queries.length === 1 ? first : build.union(queries) };
  }
  const message = 'A union of correlations would need several Sigma files.';
  adapting.refuse({ code: 'unsupported-query', message, span: shape.span });
  return undefined;
}

/** The branch's events with the fields that the alert shows: entities first, then what the query gives out. */
function withFields(
  adapted: AdaptedBranch,
  branch: Branch,
  groupings: readonly Grouping[],
  detection: Detection,
): Relation {
  const given = groupings.at(-1)?.columns ?? branch.columns;
  const isOpen = branch.open && groupings.length === 0;
  const columns = [
    ...detection.entities.flatMap(({ identifiers }) => identifiers.map(({ column }) => column)),
    ...detection.alert.customDetails.map(({ column }) => column),
    ...(isOpen ? [] : given.keys()),
  ];
  const names = new Set<string>();
  for (const column of columns) {
    const below =
      given.has(column) || isOpen ? belowGroupings(build.field(column), groupings, () => undefined) : undefined;
    const name = below === undefined ? undefined : adapted.shownField(resolveScalarIn(branch, below));
    if (name !== undefined) names.add(name);
  }
  return names.size === 0 ? adapted.events : build.select(adapted.events, 'keep', [...names], branch.span);
}

function noteWindow({ window, span }: Branch, adapting: Adapting): void {
  if (window === undefined) return;
  const from = window.from === undefined ? undefined : `from ${duration(-window.from)} before`;
  const to = window.to === undefined || window.to === 0 ? undefined : `up to ${duration(-window.to)} before`;
  const bounds = [from, to].filter((bound) => bound !== undefined);
  if (bounds.length === 0) return;
  const message = `The rule looks at events ${bounds.join(' ')} it runs; a Sigma rule has no time window.`;
  adapting.note('time-window-lost', 'context', span, message);
}
