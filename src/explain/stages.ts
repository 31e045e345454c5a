/** The operators of a query in order, each as KQL. */
import { predicateText, scalarText } from '../kql/raise/expression.ts';
import type { RaiseOptions } from '../kql/raise/expression.ts';
import { nameText } from '../kql/raise/calls.ts';
import { AGGREGATES } from '../kql/raise/names.ts';
import { quoteText } from '../kql/raise/values.ts';
import type { Measure, NamedScalar, ParsePart, Relation, SortKey } from '../ir/types.ts';
import { APPLY_INPUT } from '../ir/types.ts';
import { childrenOf, mainInput, relationPart } from '../ir/walk.ts';
import type { Part } from '../ir/walk.ts';
import type { Stage, StageInput } from './types.ts';

/** Lists are shown up to here; the indicators have all their values. */
const LONGEST_LIST = 8;

export const SHORT: RaiseOptions = { longestList: LONGEST_LIST, query: briefQuery };

/** A query inside an expression, as short as it can be said: what it reads from first. */
export function briefQuery(query: Relation): string {
  let source = query;
  let steps = 0;
  for (let next = mainInput(source); next !== undefined; next = mainInput(source)) {
    source = next;
    steps++;
  }
  const name = sourceText(source);
  return steps === 0 ? name : `${name} | …`;
}

/** The stages of a query, the source first. */
export function stagesOf(query: Relation): readonly Stage[] {
  const chain: Relation[] = [];
  // The inputs of a union are branches of equal rank, so the chain begins there.
  for (
    let node: Relation | undefined = query;
    node !== undefined;
    node = node.op === 'union' ? undefined : mainInput(node)
  )
    chain.push(node);
  return chain.toReversed().map(stageOf);
}

function stageOf(node: Relation): Stage {
  const window = node.op === 'source' ? node.window : undefined;
  return {
    step: node.op,
    text: stageText(node),
    span: node.span,
    ...(window === undefined ? {} : { window }),
    inputs: inputsOf(node),
  };
}

function inputsOf(node: Relation): readonly StageInput[] {
  const inputs: StageInput[] = [];
  if (node.op === 'union') for (const input of node.inputs) inputs.push({ role: 'branch', stages: stagesOf(input) });
  else if (node.op === 'join') inputs.push({ role: 'right', stages: stagesOf(node.right) });
  else if (node.op === 'apply') inputs.push({ role: 'elements', stages: stagesOf(node.query) });
  else if (node.op === 'plugin')
    for (const table of node.tables) inputs.push({ role: 'right', stages: stagesOf(table) });
  for (const query of queriesIn(node)) inputs.push({ role: 'query', stages: stagesOf(query) });
  return inputs;
}

/** Queries inside the expressions of an operator, at any depth, but not those inside other queries. */
function queriesIn(node: Relation): readonly Relation[] {
  const found: Relation[] = [];
  const waiting: Part[] = childrenOf(relationPart(node))
    .filter((part) => part.kind !== 'relation')
    .toReversed();
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === 'relation') found.push(part.node);
    else waiting.push(...childrenOf(part).toReversed());
  }
  return found;
}

// ---------------------------------------------------------------------------------------------- text

function sourceText(node: Relation): string {
  switch (node.op) {
    case 'source':
      return node.table === APPLY_INPUT ? 'each element' : nameText(node.table);
    case 'reference':
      return node.kind === 'watchlist'
        ? `_GetWatchlist(${quoteText(node.name)})`
        : `externaldata(${quoteText(node.name)})`;
    case 'literal':
      return `datatable(${node.columns.map(({ name, type }) => `${nameText(name)}: ${type}`).join(', ')}) of ${node.rows.length} ${node.rows.length === 1 ? 'row' : 'rows'}`;
    case 'union':
      return 'union';
    case 'opaque':
      return node.text;
    case 'filter':
    case 'extend':
    case 'project':
    case 'select':
    case 'rename':
    case 'aggregate':
    case 'join':
    case 'expand':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'sort':
    case 'top':
    case 'take':
    case 'series':
    case 'plugin':
      return '…';
  }
}

function stageText(node: Relation): string {
  switch (node.op) {
    case 'source':
    case 'reference':
    case 'literal':
      return sourceText(node);
    case 'filter':
      return `where ${predicateText(node.where, SHORT)}`;
    case 'extend':
    case 'project':
      return `${node.op} ${columnsText(node.columns)}`;
    case 'select':
      return `${node.mode === 'drop' ? 'project-away' : 'project-keep'} ${node.names.map(wildName).join(', ')}`;
    case 'rename':
      return `project-rename ${node.columns.map(({ from, to }) => `${nameText(to)} = ${nameText(from)}`).join(', ')}`;
    case 'aggregate': {
      if (node.measures.length === 0) return `distinct ${columnsText(node.by)}`;
      return `summarize ${node.measures.map(measureText).join(', ')}${byText(node.by)}`;
    }
    case 'join': {
      const keys = node.on.map(({ left, right }) => {
        const [own, other] = [scalarText(left, SHORT), scalarText(right, SHORT)];
        return own === other ? own : `$left.${own} == $right.${other}`;
      });
      return `${node.lookup ? 'lookup' : 'join'} kind=${node.kind.toLowerCase()} on ${keys.join(', ')}`;
    }
    case 'union': {
      const options = [
        node.kind === 'inner' ? ' kind=inner' : '',
        node.fuzzy ? ' isfuzzy=true' : '',
        node.sourceColumn === undefined ? '' : ` withsource=${nameText(node.sourceColumn)}`,
      ];
      return `union${options.join('')}`;
    }
    case 'expand': {
      const options = [
        node.bagsAsArrays ? ' bagexpansion=array' : '',
        node.indexColumn === undefined ? '' : ` with_itemindex=${nameText(node.indexColumn)}`,
      ];
      return `mv-expand${options.join('')} ${columnsText(node.columns)}${node.limit === undefined ? '' : ` limit ${node.limit}`}`;
    }
    case 'apply':
      return `mv-apply ${columnsText(node.columns)}`;
    case 'unpack':
      return `evaluate bag_unpack(${scalarText(node.bag)}${node.prefix === '' ? '' : `, ${quoteText(node.prefix)}`})`;
    case 'parse': {
      const kind = node.mode === 'simple' ? '' : ` kind=${node.mode}`;
      const flags = node.flags === '' ? '' : ` flags=${node.flags}`;
      const parts = node.parts.map(parsePartText).join(' ');
      return `${node.dropsUnmatched ? 'parse-where' : 'parse'}${kind}${flags} ${scalarText(node.subject, SHORT)} with ${parts}`;
    }
    case 'sort':
      return `sort by ${node.by.map(sortKeyText).join(', ')}`;
    case 'top':
      return `top ${node.count} by ${node.by.map(sortKeyText).join(', ')}`;
    case 'take':
      return `${node.random ? 'sample' : 'take'} ${node.count}`;
    case 'series': {
      const measures = node.measures.map((measure) => measureText(measure)).join(', ');
      const from = node.from === undefined ? '' : ` from ${scalarText(node.from, SHORT)}`;
      const to = node.to === undefined ? '' : ` to ${scalarText(node.to, SHORT)}`;
      return `make-series ${measures} on ${scalarText(node.on, SHORT)}${from}${to} step ${scalarText(node.step, SHORT)}${byText(node.by)}`;
    }
    case 'plugin':
      return `evaluate ${node.name}(${[...node.tables.map(briefQuery), ...node.args.map((arg) => scalarText(arg, SHORT))].join(', ')})`;
    case 'opaque':
      return node.text;
  }
}

const wildName = (name: string): string => (name.includes('*') ? name : nameText(name));

function columnsText(columns: readonly NamedScalar[]): string {
  return columns
    .map(({ name, value }) => {
      const text = scalarText(value, SHORT);
      const own = nameText(name);
      return text === own ? own : `${own} = ${text}`;
    })
    .join(', ');
}

const byText = (by: readonly NamedScalar[]): string => (by.length === 0 ? '' : ` by ${columnsText(by)}`);

function sortKeyText({ value, descending }: SortKey): string {
  return `${scalarText(value, SHORT)} ${descending ? 'desc' : 'asc'}`;
}

function parsePartText(part: ParsePart): string {
  switch (part.part) {
    case 'any':
      return '*';
    case 'text':
      return quoteText(part.text);
    case 'column':
      return part.type === 'string' ? nameText(part.name) : `${nameText(part.name)}: ${part.type}`;
  }
}

/** `name = count(...)`; a condition as `where` behind it, for not every aggregate has a form with one in KQL. */
export function measureText(measure: Measure): string {
  return `${nameText(measure.name)} = ${aggregateText(measure)}`;
}

/** What is computed, without the name. */
export function aggregateText(measure: Measure): string {
  const { fn, args, where, parameter, text } = measure;
  const given = args.map((arg) => scalarText(arg, SHORT));
  if ((fn === 'argMax' || fn === 'argMin') && args.length === 1) given.push('*');
  if (parameter !== undefined) given.push(String(parameter));
  const name = fn === 'other' ? fn : AGGREGATES[fn];
  const value = fn === 'other' && text !== undefined ? text : `${name}(${given.join(', ')})`;
  return where === undefined ? value : `${value} where ${predicateText(where, SHORT)}`;
}
