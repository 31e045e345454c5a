/** What was understood of a rule, from its Detection alone. */
import { originsOf } from '../ir/origins.ts';
import type { Shape } from '../ir/shape.ts';
import type { Detection, EntityMapping, Relation } from '../ir/types.ts';
import { opaquesOf, partsOf, relationPart } from '../ir/walk.ts';
import type { LoweringOptions } from '../kql/lower/index.ts';
import { scalarText } from '../kql/raise/expression.ts';
import { nameText } from '../kql/raise/calls.ts';
import { outputColumns } from './columns.ts';
import { Findings } from './indicators.ts';
import { branchesIn, understoodParts } from './parts.ts';
import { SHORT, stagesOf } from './stages.ts';
import { listUses, tableUses } from './tables.ts';
import type { EntityUse, Explanation, OpaquePart } from './types.ts';

export type * from './types.ts';

/**
 * The explanation of a Detection in Sentinel's vocabulary. `schemaOf` gives the columns of the stored tables. Pure; takes
 * any Detection, however little of it is understood.
 */
export function explain(detection: Detection, { schemaOf }: Pick<LoweringOptions, 'schemaOf'>): Explanation {
  const { query, schedule, meta } = detection;
  const stored = (table: string, column: string): boolean | undefined => schemaOf(table)?.columns.has(column);
  const findings = new Findings();
  const parts = [query, ...nestedQueries(query)].map((one) => understoodParts(one, stored));
  for (const { shapes, unresolved } of parts) {
    for (const shape of shapes) findings.addShape(shape);
    for (const node of unresolved) findings.addUnresolved(node);
  }
  const branches = parts.flatMap(({ shapes }) => shapes.flatMap(branchesIn));
  const whole: Shape = parts[0]?.whole ?? { shape: 'other', relation: query, reasons: [] };
  return {
    meta,
    schedule,
    shape: whole.shape,
    stages: stagesOf(query),
    tables: tableUses(query, branches, schedule),
    lists: listUses(query),
    indicators: inOrder(findings.indicators),
    conditions: inOrder(findings.conditions),
    columns: outputColumns(query, schemaOf),
    entities: detection.entities.map((mapping) => entityUse(mapping, whole)),
    opaque: opaqueParts(query),
  };
}

/** By place; at one place in the order in which they were found. */
function inOrder<Found extends { readonly span: { readonly start: number } }>(
  found: readonly Found[],
): readonly Found[] {
  return found.toSorted((a, b) => a.span.start - b.span.start);
}

/** Queries inside expressions (`in (T | ...)`, `toscalar`), those inside each other included; and of `mv-apply`. */
function nestedQueries(query: Relation): readonly Relation[] {
  const found: Relation[] = [];
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind === 'predicate' && node.op === 'inQuery') found.push(node.query);
    else if (kind === 'scalar' && node.op === 'query') found.push(node.query);
  }
  return found;
}

function entityUse({ entity, identifiers, span }: EntityMapping, shape: Shape): EntityUse {
  return {
    entity,
    identifiers: identifiers.map(({ identifier, column }) => ({
      identifier,
      column,
      from: [
        ...new Set(
          originsOf(shape, column).map(({ branch, value }) => `${nameText(branch.table)}.${scalarText(value, SHORT)}`),
        ),
      ],
    })),
    span,
  };
}

function opaqueParts(query: Relation): readonly OpaquePart[] {
  const found = new Map<string, OpaquePart>();
  const add = (part: OpaquePart): void => {
    found.set(`${part.kind} ${part.span.start} ${part.span.end}`, part);
  };
  for (const { kind, text, span } of opaquesOf(relationPart(query))) add({ kind, text, span });
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind !== 'relation') continue;
    if (node.op === 'plugin') add({ kind: 'relation', text: `evaluate ${node.name}`, span: node.span });
    if (node.op !== 'aggregate' && node.op !== 'series') continue;
    for (const { fn, text, span } of node.measures)
      if (fn === 'other') add({ kind: 'aggregate', text: text ?? '', span });
  }
  return inOrder([...found.values()]);
}
