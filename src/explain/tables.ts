/** The tables that a query reads, with what it says of the sort of event and of the time. */
import { predicateText } from '../kql/raise/expression.ts';
import type { Branch } from '../ir/shape.ts';
import type { Predicate, Relation, Schedule, TimeWindow } from '../ir/types.ts';
import { APPLY_INPUT } from '../ir/types.ts';
import { partsOf, relationPart } from '../ir/walk.ts';
import { isSelection } from './selection.ts';
import { SHORT } from './stages.ts';
import type { ListUse, Reach, TableUse } from './types.ts';

/** The tables of a query in the order of its text; `branches` are what is understood of them. */
export function tableUses(query: Relation, branches: readonly Branch[], schedule: Schedule): readonly TableUse[] {
  const found = new Map<string, TableUse>();
  for (const { node } of sources(query)) {
    const own = branches.filter((branch) => branch.table === node.table && branch.span.start === node.span.start);
    const uses = own.length === 0 ? [undefined] : own;
    for (const branch of uses) {
      const window = node.window;
      const use: TableUse = {
        table: node.table,
        selection: branch === undefined ? [] : selectionOf(branch),
        ...(window === undefined ? {} : { window }),
        ...reachOf(window, schedule),
        span: node.span,
      };
      const key = [use.table, use.span.start, use.reach.from, use.reach.to, ...use.selection.map(({ text }) => text)];
      found.set(key.join('\n'), use);
    }
  }
  return [...found.values()];
}

function sources(query: Relation): readonly { readonly node: Extract<Relation, { readonly op: 'source' }> }[] {
  return [...partsOf(relationPart(query))].flatMap(({ kind, node }) =>
    kind === 'relation' && node.op === 'source' && node.table !== APPLY_INPUT ? [{ node }] : [],
  );
}

export function listUses(query: Relation): readonly ListUse[] {
  const found = new Map<string, ListUse>();
  for (const { kind, node } of partsOf(relationPart(query))) {
    if (kind !== 'relation' || node.op !== 'reference') continue;
    const { kind: list, name, span } = node;
    found.set(`${list} ${name} ${span.start}`, { kind: list, name, span });
  }
  return [...found.values()];
}

function selectionOf(branch: Branch): TableUse['selection'] {
  return conjunctsOf(branch.where)
    .filter((condition) => isSelection(branch.table, condition))
    .map((condition) => ({ text: predicateText(condition, SHORT), span: condition.span }));
}

const conjunctsOf = (predicate: Predicate): readonly Predicate[] =>
  predicate.op === 'and' ? predicate.of : [predicate];

/** The time that a rule sees of a table: no further back than its lookback, whatever the query says. */
function reachOf(window: TimeWindow | undefined, { lookback }: Schedule): Pick<TableUse, 'reach' | 'isCutShort'> {
  const asked = window?.from === undefined ? undefined : -window.from;
  const bounds = [asked, lookback].filter((bound) => bound !== undefined);
  const reach: Reach = {
    from: bounds.length === 0 ? undefined : Math.min(...bounds),
    to: window?.to === undefined ? 0 : -window.to,
  };
  return { reach, isCutShort: asked !== undefined && lookback !== undefined && asked > lookback };
}
