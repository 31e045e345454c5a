/** Relations in Splunk's words: operator by operator from the events up. */
import { and, call, expand, extend, field, filter, sort, take } from '../../src/ir/build.ts';
import {
  branchOf,
  extendBranch,
  filterBranch,
  projectBranch,
  renameBranch,
  selectBranch,
  unpackBranch,
} from '../../src/ir/branch.ts';
import type { OpenBranch } from '../../src/ir/branch.ts';
import {
  extendEnvironment,
  projectEnvironment,
  renameEnvironment,
  resolvePredicateIn,
  resolveScalarIn,
  selectEnvironment,
} from '../../src/ir/environment.ts';
import type { Environment } from '../../src/ir/environment.ts';
import { aggregatePolarity, composePolarity } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field, Predicate, Relation, Scalar, SortKey } from '../../src/ir/types.ts';
import { columnsReadBy, mainInput, predicatePart } from '../../src/ir/walk.ts';
import { adaptConjunct, rowsOfEvents, storesColumn } from './adapt-events.ts';
import { adaptGroups } from './adapt-groups.ts';
import { adaptJoin, joinQuery } from './adapt-join.ts';
import { parseColumns } from './adapt-parse.ts';
import { sayField, sayScalar } from './adapt-say.ts';
import { adaptLiteral, adaptReference } from './adapt-tables.ts';
import { unparsed } from './json-places.ts';
import { adaptUnion } from './adapt-union.ts';
import { deciding, SHOWN } from './adapting.ts';
import type { Adapting } from './adapting.ts';
import { needsOfInput } from './needs.ts';
import type { Needs } from './needs.ts';
import type { Rows } from './rows.ts';

type OperatorOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

/** Events as long as nothing but conditions and computed columns was asked of them, else rows. */
type Stage =
  | {
      readonly kind: 'events';
      readonly branch: OpenBranch;
      /** Conditions on lists from other queries: joins, which come behind the other conditions. */
      readonly queries: readonly Predicate[];
    }
  | { readonly kind: 'rows'; readonly rows: Rows };

interface SpineNode {
  readonly node: Relation;
  readonly needs: Needs;
  readonly polarity: Polarity;
}

/** The rows of a relation, adapted. What cannot be said is noted and left out. */
export function adaptRelation(root: Relation, needs: Needs, polarity: Polarity, adapting: Adapting): Rows {
  const spine = spineOf(root, needs, polarity);
  let stage: Stage | undefined;
  for (let index = spine.length - 1; index >= 0; index--) {
    const at = spine[index];
    if (at === undefined) continue;
    stage = stage === undefined ? firstStage(at, adapting) : nextStage(stage, at, adapting);
  }
  return rowsOf(stage ?? firstStage({ node: root, needs, polarity }, adapting), polarity, adapting);
}

/** The operators from the result down to where its rows come from, with what each is needed for. */
function spineOf(root: Relation, needs: Needs, polarity: Polarity): readonly SpineNode[] {
  const spine: SpineNode[] = [];
  let at: Relation | undefined = root;
  let known = needs;
  let direction = polarity;
  let isCut = false;
  let above: Predicate[] = [];
  while (at !== undefined) {
    spine.push({ node: at, needs: known, polarity: direction });
    known = needsOfInput(at, known, isCut);
    if (at.op === 'filter') above.push(at.where);
    if (at.op === 'aggregate') {
      direction = composePolarity(direction, groupsPolarity(at, above));
      above = [];
    }
    if (at.op === 'join' || at.op === 'expand') above = [];
    if (at.op === 'take') isCut = true;
    else if (at.op !== 'extend' && at.op !== 'project' && at.op !== 'select' && at.op !== 'filter') isCut = false;
    // The inputs of a union are pipelines of their own.
    at = at.op === 'union' ? undefined : mainInput(at);
  }
  return spine;
}

/** How the rows below an aggregate count, by the conditions on its measures. */
function groupsPolarity(node: OperatorOf<'aggregate'>, above: readonly Predicate[]): Polarity {
  const measures = new Map(node.measures.map((measure) => [measure.name, measure]));
  const keys = new Set(node.by.map((key) => key.name));
  let polarity: Polarity = 'positive';
  const add = (one: Polarity): void => {
    polarity = polarity === one || polarity === 'positive' ? one : 'mixed';
  };
  for (const where of above) {
    for (const conjunct of where.op === 'and' ? where.of : [where]) {
      const { names } = columnsReadBy(predicatePart(conjunct));
      if ([...names].every((name) => keys.has(name))) continue;
      const measure =
        conjunct.op === 'compare' && conjunct.left.op === 'field' ? measures.get(conjunct.left.name) : undefined;
      const isPlain = conjunct.op === 'compare' && conjunct.right.op === 'literal' && measure !== undefined;
      add(isPlain ? aggregatePolarity(measure.fn, conjunct.test, node.by.length > 0) : 'mixed');
    }
  }
  return polarity;
}

// ---------------------------------------------------------------------------------------------- stages

function firstStage({ node, needs, polarity }: SpineNode, adapting: Adapting): Stage {
  if (node.op === 'source') return { kind: 'events', branch: branchOf(node), queries: [] };
  if (node.op === 'union') return { kind: 'rows', rows: adaptUnion(node, needs, polarity, adapting) };
  if (node.op === 'literal') return { kind: 'rows', rows: adaptLiteral(node, adapting) };
  if (node.op === 'reference') return { kind: 'rows', rows: adaptReference(node, adapting) };
  adapting.refuse('unsupported-operator', 'differs', node.span, 'Where the rows come from is not understood.');
  return { kind: 'rows', rows: adaptLiteral({ op: 'literal', columns: [], rows: [], span: node.span }, adapting) };
}

/** The stage as rows. */
function rowsOf(stage: Stage, polarity: Polarity, adapting: Adapting): Rows {
  if (stage.kind === 'rows') return stage.rows;
  const rows = rowsOfEvents(stage.branch, adapting, deciding(polarity));
  for (const query of stage.queries) keepListed(rows, query, polarity);
  return rows;
}

function nextStage(stage: Stage, at: SpineNode, adapting: Adapting): Stage {
  if (stage.kind === 'events') {
    const further = extendEvents(stage, at.node, adapting);
    if (further !== undefined) return further;
  }
  return { kind: 'rows', rows: extendRows(rowsOf(stage, at.polarity, adapting), at, adapting) };
}

/** Operators that look at one event at a time only change what is asked of the events. */
function extendEvents(
  stage: Extract<Stage, { kind: 'events' }>,
  node: Relation,
  adapting: Adapting,
): Stage | undefined {
  const { branch, queries } = stage;
  const { fields } = adapting;
  const fieldOf = (name: string): Field => adapting.fieldOf(name);
  const withBranch = (changed: OpenBranch): Stage => ({ ...stage, branch: changed });
  switch (node.op) {
    case 'filter': {
      const { lists, others } = splitConjuncts(node.where);
      const filtered =
        others.length === 0 ? branch : filterBranch(branch, and(others, node.span), fields, storesColumn);
      const resolved = lists.map((list) => resolvePredicateIn(branch, list));
      return { ...stage, branch: filtered, queries: [...queries, ...resolved] };
    }
    case 'extend':
      return withBranch(extendBranch(branch, node.columns, fields, storesColumn));
    case 'project':
      return withBranch(projectBranch(branch, node.columns, fields, storesColumn));
    case 'select':
      return withBranch(selectBranch(branch, node.mode, node.names, fieldOf, storesColumn));
    case 'rename':
      return withBranch(renameBranch(branch, node.columns, fieldOf, storesColumn));
    case 'unpack':
      return withBranch(unpackBranch(branch, node));
    case 'parse': {
      const parsed = parseColumns(node);
      if (parsed === undefined) return undefined;
      const extended = extendBranch(branch, parsed.columns, fields, storesColumn);
      return withBranch(
        parsed.fits === undefined ? extended : filterBranch(extended, parsed.fits, fields, storesColumn),
      );
    }
    case 'source':
    case 'literal':
    case 'reference':
    case 'aggregate':
    case 'join':
    case 'union':
    case 'expand':
    case 'apply':
    case 'sort':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
    case 'opaque':
      return undefined;
  }
}

/** The operands of a filter that ask for membership in a list from another query, and the others. */
function splitConjuncts(where: Predicate): {
  readonly lists: readonly Predicate[];
  readonly others: readonly Predicate[];
} {
  const conjuncts = where.op === 'and' ? where.of : [where];
  const isList = (node: Predicate): boolean => {
    const inner = node.op === 'not' ? node.of : node;
    return inner.op === 'inQuery' && inner.test === 'equals' && inner.quantifier === 'any' && inner.caseSensitive;
  };
  return { lists: conjuncts.filter(isList), others: conjuncts.filter((node) => !isList(node)) };
}

// ---------------------------------------------------------------------------------------------- rows

function extendRows(rows: Rows, { node, needs, polarity }: SpineNode, adapting: Adapting): Rows {
  const change = (environment: Environment): Rows => {
    rows.environment = environment;
    return rows;
  };
  switch (node.op) {
    case 'filter':
      filterRows(rows, node.where, polarity);
      return rows;
    case 'extend':
      return change(extendEnvironment(rows.environment, node.columns));
    case 'project':
      return change(projectEnvironment(rows.environment, node.columns));
    case 'select':
      return change(selectEnvironment(rows.environment, node.mode, node.names, (name) => adapting.fieldOf(name)));
    case 'rename':
      return change(renameEnvironment(rows.environment, node.columns, (name) => adapting.fieldOf(name)));
    case 'parse': {
      const parsed = parseColumns(node);
      if (parsed === undefined) {
        adapting.refuse('unsupported-operator', 'differs', node.span, 'This form of `parse` has no counterpart.');
        return rows;
      }
      change(extendEnvironment(rows.environment, parsed.columns));
      if (parsed.fits !== undefined) filterRows(rows, parsed.fits, polarity);
      return rows;
    }
    case 'aggregate':
      return adaptGroups(node, rows, needs, polarity);
    case 'join':
      return adaptJoin(node, rows, needs, polarity);
    case 'expand':
      expandRows(rows, node, polarity);
      return rows;
    case 'sort':
      sortRows(rows, node.by, node.span);
      return rows;
    case 'top':
      sortRows(rows, node.by, node.span);
      rows.append((input) => take(input, node.count, false, node.span));
      return rows;
    case 'take':
      rows.append((input) => take(input, node.count, false, node.span));
      return rows;
    case 'unpack':
      adapting.refuse(
        'unsupported-operator',
        'differs',
        node.span,
        'Columns for all properties of a computed bag have no counterpart.',
      );
      return rows;
    case 'apply':
      adapting.refuse('unsupported-operator', 'differs', node.span, '`mv-apply` has no counterpart.');
      return rows;
    case 'series':
      adapting.refuse('unsupported-operator', 'differs', node.span, '`make-series` has no counterpart.');
      return rows;
    case 'plugin':
      adapting.refuse('unsupported-operator', 'differs', node.span, `The plug-in '${node.name}' has no counterpart.`);
      return rows;
    case 'opaque':
      adapting.refuse('unsupported-operator', 'differs', node.span, 'This operator is not understood.');
      return rows;
    case 'source':
    case 'literal':
    case 'reference':
    case 'union':
      return rows;
  }
}

function filterRows(rows: Rows, where: Predicate, polarity: Polarity): void {
  const resolved = resolvePredicateIn(rows.environment, where);
  const { lists, others } = splitConjuncts(resolved);
  const context = { rows, use: deciding(polarity), inExpression: false };
  for (const conjunct of others) {
    const adapted = adaptConjunct(conjunct, context);
    if (adapted !== undefined) rows.append((input) => filter(input, adapted));
  }
  for (const list of lists) keepListed(rows, list, polarity);
}

/** The rows that a list from another query holds; what was such a test may have become another, when its columns were told. */
function keepListed(rows: Rows, condition: Predicate, polarity: Polarity): void {
  const inner = condition.op === 'not' ? condition.of : condition;
  if (inner.op === 'inQuery') {
    joinQuery(rows, condition, polarity);
    return;
  }
  const adapted = adaptConjunct(condition, { rows, use: deciding(polarity), inExpression: false });
  if (adapted !== undefined) rows.append((input) => filter(input, adapted));
}

/** Sorts by fields; an order by what cannot be said is left out. */
function sortRows(rows: Rows, by: readonly SortKey[], span: Relation['span']): void {
  const keys: SortKey[] = [];
  for (const { value, descending } of by) {
    const key = sayField(rows, resolveScalarIn(rows.environment, value), 'sort_key', SHOWN);
    if (key === undefined)
      rows.adapting.note('dropped-rows-order', 'context', value.span, 'The order by this value is left out.');
    else keys.push({ value: key, descending, nullsFirst: !descending });
  }
  if (keys.length > 0) rows.append((input) => sort(input, keys, span));
}

/** One row for each element. */
function expandRows(rows: Rows, node: OperatorOf<'expand'>, polarity: Polarity): void {
  const { adapting } = rows;
  const [column, more] = node.columns;
  if (column === undefined || more !== undefined || node.indexColumn !== undefined || node.bagsAsArrays) {
    adapting.refuse(
      'unsupported-operator',
      'differs',
      node.span,
      'Expanding several lists side by side, or bags, has no counterpart.',
    );
    return;
  }
  const resolved = resolveScalarIn(rows.environment, column.value);
  const structure = unparsed(resolved);
  const list = listOf(rows, resolved, structure, polarity);
  if (list === undefined) {
    adapting.refuse('unsupported-operator', 'differs', node.span, 'The list to expand cannot be said.');
    return;
  }
  const name = rows.freshName(column.name);
  const target = field(name, [], 'dynamic', node.span);
  const options = node.limit === undefined ? {} : { limit: node.limit };
  rows.append((input) =>
    expand(extend(input, [{ name, value: list }]), [{ name, value: target, type: 'unknown' }], options, node.span),
  );
  rows.setColumn(column.name, {
    scalar: target,
    holds: 'stored',
    ...(structure.op === 'field' ? { elementOf: structure } : {}),
  });
}

/** A list as a multivalue of its elements. */
function listOf(rows: Rows, resolved: Scalar, structure: Scalar, polarity: Polarity): Scalar | undefined {
  const { span } = resolved;
  const stored = structure.op === 'field' ? rows.storedList(structure) : undefined;
  if (stored !== undefined) return call('parseJson', [stored], 'dynamic', span);
  return sayScalar(rows, call('arrayConcat', [resolved], 'dynamic', span), deciding(polarity));
}
