/**
 * A Detection in Sentinel's vocabulary as one that a YARA-L rule can say, and what that costs. The rule's shape decides:
 * single events, groups of events, or events that belong together.
 */
import type { Note } from '../../src/diagnostic.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { AnyOfShape, Branch, CorrelationShape, EventsShape, Grouping, Shape } from '../../src/ir/shape.ts';
import type { Detection, Scalar } from '../../src/ir/types.ts';
import type { Adaptation, ConversionOptions } from '../target.ts';
import { adaptEvents } from './adapt-events.ts';
import { adaptAggregate } from './adapt-groups.ts';
import { adaptCorrelation } from './adapt-join.ts';
import { asSemiJoin } from './adapt-semi-join.ts';
import { belowGroupings, noteAlert } from './adapt-outcome.ts';
import { type Adapting, addNote, isRefused, leaveOut, startAdapting } from './adapting.ts';
import { ruleName, unphrased } from './emit.ts';
import { writeDuration } from './lexical.ts';
import { type Logic, toQuery, wordLogic } from './logic.ts';
import { readMeta, writeMeta } from './meta.ts';
import { scheduleOf } from './raise.ts';

export function adapt(detection: Detection, options: ConversionOptions): Adaptation {
  const adapting = startAdapting(options);
  const shape = recogniseShape(detection.query);
  const found = adaptShape(adapting, detection, shape);
  const logic = found === undefined ? undefined : wordLogic(found);
  if (logic !== undefined && !isRefused(adapting)) checkSayable(adapting, logic);
  const unmapped = [...adapting.unmapped].sort();
  const notes: readonly Note[] = adapting.notes;
  if (logic === undefined || isRefused(adapting)) {
    if (!isRefused(adapting)) {
      leaveOut(
        adapting,
        'never-fires',
        'refused',
        detection.schedule.span,
        'Nothing is left of the rule that could fire.',
      );
    }
    return { adapted: undefined, notes, unmapped };
  }
  noteAlert(adapting, detection);
  return { adapted: adaptedDetection(adapting, detection, logic), notes, unmapped };
}

function adaptShape(adapting: Adapting, detection: Detection, shape: Shape): Logic | undefined {
  switch (shape.shape) {
    case 'events': {
      const join = asSemiJoin(shape);
      return join === undefined ? adaptEvents(adapting, detection, shape) : adaptCorrelation(adapting, detection, join);
    }
    case 'aggregate':
      return adaptAggregate(adapting, detection, shape);
    case 'correlation': {
      const kept = keptSide(shape);
      if (kept === undefined) return adaptCorrelation(adapting, detection, shape);
      const message = 'What the outer join adds to the events is not in the detection; it decides nothing.';
      addNote(adapting, 'alert-context', 'context', shape.span, message);
      return adaptShape(adapting, detection, kept);
    }
    case 'anyOf': {
      const events = asEvents(shape);
      if (events !== undefined) return adaptEvents(adapting, detection, events);
      const message = 'The rule fires on any of several independent conditions; each takes a YARA-L rule of its own.';
      leaveOut(adapting, 'unsupported', 'refused', shape.span, message);
      return undefined;
    }
    case 'other':
      for (const { construct, span } of shape.reasons) {
        leaveOut(adapting, 'unsupported', 'refused', span, `YARA-L cannot say ${construct}.`);
      }
      return undefined;
  }
}

/** Any of several kinds of events is one kind of them; what each kind is summed up to shows in its columns. */
function asEvents(shape: AnyOfShape): EventsShape | undefined {
  const parts = shape.of.filter((one) => one.shape === 'events');
  if (parts.length < shape.of.length) return undefined;
  const inner = parts.flatMap(({ groupings }) => groupings);
  return {
    shape: 'events',
    branches: parts.flatMap(({ branches, groupings }) =>
      branches.map((branch) => ({ ...branch, ...columnsAbove(branch, groupings) })),
    ),
    groupings: [...inner.map((grouping) => ({ ...grouping, ...TRANSPARENT })), ...shape.groupings],
    limits: [...parts.flatMap(({ limits }) => limits), ...shape.limits],
  };
}

/** A grouping that is only to be spoken of: its columns are those of the branches already. */
const TRANSPARENT = { by: [], measures: [], columns: new Map<string, Scalar>() } as const;

/** The columns that leave the groupings of a branch, in terms of its stored fields. */
function columnsAbove(branch: Branch, groupings: readonly Grouping[]): Partial<Branch> {
  const last = groupings.at(-1);
  if (last === undefined) return {};
  const columns = new Map<string, Scalar>();
  for (const name of last.columns.keys()) {
    const below = belowGroupings(groupings, name);
    if (below !== undefined) columns.set(name, resolveScalarIn(branch, below));
  }
  return { columns, open: false };
}

/** The side of an outer join that alone decides whether there are rows. */
function keptSide({ kind, left, right, where }: CorrelationShape): Shape | undefined {
  if (where.op !== 'constant' || !where.value) return undefined;
  if (kind === 'leftOuter') return left;
  return kind === 'rightOuter' ? right : undefined;
}

/** What has no phrase after all is refused, never dropped. */
function checkSayable(adapting: Adapting, logic: Logic): void {
  for (const part of unphrased(logic)) {
    leaveOut(adapting, 'unsupported', 'refused', part.span, 'This cannot be said in YARA-L.');
  }
  for (const { where, absent } of logic.variables) {
    if (where.op !== 'constant' || absent) continue;
    const code = where.value ? 'unsupported' : 'never-fires';
    const message = where.value ? 'A rule on all events of all sources is none.' : 'No event can satisfy the rule.';
    leaveOut(adapting, code, 'refused', where.span, message);
  }
}

function adaptedDetection(adapting: Adapting, detection: Detection, logic: Logic): Detection {
  const name = ruleName(detection.meta.name, adapting.options.sourceName);
  const { suppression } = detection.schedule;
  return {
    meta: readMeta(writeMeta(detection.meta), name),
    schedule: scheduleOf(logic.window?.size, adaptSuppression(adapting, detection, logic, suppression)),
    query: toQuery(logic),
    entities: [],
    alert: { dynamicProperties: [], customDetails: [], span: detection.alert.span },
  };
}

/** After an alert the rule keeps quiet; with a match section YARA-L does so for each key, so that is not the same. */
function adaptSuppression(
  adapting: Adapting,
  detection: Detection,
  logic: Logic,
  suppression: number | undefined,
): number | undefined {
  if (suppression === undefined || suppression <= 0) return undefined;
  if (logic.window === undefined && writeDuration(suppression) !== undefined) return suppression;
  const message = 'That the rule keeps quiet after an alert cannot be said here; there are more detections.';
  addNote(adapting, 'alert-context', 'context', detection.schedule.span, message);
  return undefined;
}
