/** A Detection in Splunk's words: all loss, and all notes about it, arise here. */
import { select } from '../../src/ir/build.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import { tidyRelation } from '../../src/ir/normalise.ts';
import type { Detection, Relation } from '../../src/ir/types.ts';
import type { Adaptation, ConversionOptions } from '../target.ts';
import { adaptAlert, adaptMetadata, columnsInTexts, adaptSchedule, triggerPolarity } from './adapt-meta.ts';
import { adaptRelation } from './adapt-relation.ts';
import { isUnsaid, trySay } from './adapt-say.ts';
import { Adapting, SHOWN } from './adapting.ts';
import { EVERYTHING_SHOWN } from './needs.ts';
import type { Needs } from './needs.ts';
import { isPlainField } from './rows.ts';
import type { Rows } from './rows.ts';

export function adapt(detection: Detection, options: ConversionOptions): Adaptation {
  const query = tidyRelation(detection.query);
  const { lookback } = detection.schedule;
  const adapting = new Adapting(options, query, lookback);
  const rows = adaptRelation(query, needsOfResult(detection), triggerPolarity(detection.schedule), adapting);
  if (!adapting.isRefused && triggerPolarity(detection.schedule) === 'positive' && isNever(rows.relation)) {
    adapting.refuseWhole('never-fires', query.span, 'No event can satisfy the rule.');
  }
  const fields = showColumns(rows, columnsInTexts(detection.alert));
  const meta = adaptMetadata(detection.meta, adapting, detection.schedule.span);
  const adapted: Detection = {
    meta,
    schedule: adaptSchedule(detection.schedule, meta, adapting),
    query: tidyRelation(rows.relation),
    entities: [],
    alert: adaptAlert(detection, adapting, (column) => fields.get(column)),
  };
  return {
    adapted: adapting.isRefused ? undefined : adapted,
    notes: adapting.notes,
    unmapped: [...adapting.unmapped].sort(),
  };
}

/** The columns that the alert names, and whatever else comes out. */
function needsOfResult({ entities, alert }: Detection): Needs {
  const names = [
    ...entities.flatMap((entity) => entity.identifiers.map(({ column }) => column)),
    ...alert.customDetails.map(({ column }) => column),
    ...alert.dynamicProperties.map(({ column }) => column),
  ];
  return { names: new Map(names.map((name) => [name, 'shown'])), rest: EVERYTHING_SHOWN.rest };
}

/** Makes fields of the result's columns, and lays them out as a table where they are all known. */
function showColumns(rows: Rows, named: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const { columns, open, hidden } = rows.environment;
  const stored = named.filter((name) => open && !columns.has(name) && !hidden.has(name));
  for (const name of stored) {
    const said = trySay(rows, resolveScalarIn(rows.environment, rows.adapting.fieldOf(name)), SHOWN);
    if (!isUnsaid(said)) fields.set(name, (isPlainField(said) ? said : rows.compute(said, name)).name);
  }
  for (const [name, value] of columns) {
    const said = trySay(rows, resolveScalarIn(rows.environment, rows.adapting.fieldOf(name, value.span)), SHOWN);
    if (isUnsaid(said)) {
      rows.adapting.note('dropped-column', 'context', said.span, `${said.message} The column '${name}' is left out.`);
      continue;
    }
    fields.set(name, (isPlainField(said) ? said : rows.compute(said, name)).name);
  }
  const names = [...new Set(fields.values())];
  if (!open && names.length > 0 && !isTableOf(rows.relation, names)) {
    rows.append((input) => select(input, 'keep', names, input.span));
  }
  return fields;
}

/** Whether a relation gives these columns and no others anyway. */
function isTableOf(relation: Relation, names: readonly string[]): boolean {
  let at = relation;
  while (at.op === 'filter' || at.op === 'sort' || at.op === 'take') at = at.input;
  if (at.op !== 'aggregate') return false;
  const isRow = at.measures.some(
    (measure) => (measure.fn === 'argMax' || measure.fn === 'argMin') && measure.args.length === 1,
  );
  const given = new Set([...at.by.map((key) => key.name), ...at.measures.map((measure) => measure.name)]);
  return !isRow && names.every((name) => given.has(name)) && given.size === names.length;
}

/** Whether a condition that nothing can satisfy leaves no rows. */
function isNever(relation: Relation): boolean {
  let at = tidyRelation(relation);
  for (;;) {
    switch (at.op) {
      case 'filter':
        if (at.where.op === 'constant' && !at.where.value) return true;
        at = at.input;
        break;
      case 'aggregate':
        // Without keys, a summary of nothing is a row.
        if (at.by.length === 0) return false;
        at = at.input;
        break;
      case 'extend':
      case 'project':
      case 'select':
      case 'rename':
      case 'sort':
      case 'top':
      case 'take':
      case 'expand':
      case 'parse':
        at = at.input;
        break;
      case 'literal':
      case 'source':
      case 'reference':
      case 'union':
      case 'join':
      case 'apply':
      case 'unpack':
      case 'series':
      case 'plugin':
      case 'opaque':
        return false;
    }
  }
}
