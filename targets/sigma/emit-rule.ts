/** The events of one log source as a rule: the inverse of `raise-rule.ts`. */
import { constant } from '../../src/ir/build.ts';
import type { Predicate, Relation } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { notAdapted } from './emit-item.ts';
import { emitDetections } from './emit-search.ts';
import { logSourceOfTable } from './logsource.ts';
import type { LogSource, SigmaHeader, SigmaRule } from './tree.ts';

/** A source with at most one filter above it. */
function eventsOf(relation: Relation): { readonly logSource: LogSource; readonly where: Predicate } {
  const source = relation.op === 'filter' ? relation.input : relation;
  if (source.op !== 'source' || source.window !== undefined) throw notAdapted(`a relation '${source.op}'`);
  return {
    logSource: logSourceOfTable(source.table),
    where: relation.op === 'filter' ? relation.where : constant(true),
  };
}

/** The rule for the events of one log source. */
export function emitRule(
  events: Relation,
  header: SigmaHeader | ((logSource: LogSource) => SigmaHeader),
  fields: readonly string[] = [],
): SigmaRule {
  const { logSource, where } = eventsOf(events);
  const { searches, condition } = emitDetections(where);
  return {
    kind: 'rule',
    header: typeof header === 'function' ? header(logSource) : header,
    logSource,
    searches,
    conditions: [condition],
    fields,
    span: NO_SPAN,
  };
}
