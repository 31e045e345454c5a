/** From the grammar's nodes to the tree: pipelines and their commands. */
import type { Node } from 'ohm-js';
import { buildExpression } from './read-expression.ts';
import { buildSearch } from './read-search.ts';
import { inner, isQuoted, items, optional, optionsOf, optionOf, spanOf, textOf } from './read-nodes.ts';
import type { Reading } from './read-nodes.ts';
import type {
  Aggregation,
  Command,
  GroupKey,
  LookupField,
  Option,
  Pipeline,
  SearchExpression,
  SortKey,
} from './tree.ts';

export function buildPipeline(reading: Reading, node: Node): Pipeline {
  const first = inner(node.child(0));
  const commands: Command[] = [buildFirst(reading, first)];
  for (const command of node.child(2).children) commands.push(buildCommand(reading, command));
  return { commands, span: spanOf(reading, node) };
}

function buildFirst(reading: Reading, node: Node): Command {
  switch (node.ctorName) {
    case 'First_command':
      return buildCommand(reading, node.child(1));
    case 'First_search': {
      const where = optional(node.child(1));
      return {
        command: 'search',
        where: where === undefined ? undefined : buildSearch(reading, where),
        span: spanOf(reading, node),
      };
    }
    default:
      return { command: 'search', where: buildSearch(reading, node.child(0)), span: spanOf(reading, node) };
  }
}

const names = (list: Node): readonly string[] => items(list).map(textOf);

function buildCommand(reading: Reading, outer: Node): Command {
  const known = inner(outer);
  const node = known.ctorName === 'Command_known' ? inner(known.child(0)) : known;
  const span = spanOf(reading, node);
  switch (node.ctorName) {
    case 'SearchCommand': {
      const where = optional(node.child(1));
      return { command: 'search', where: where === undefined ? undefined : buildSearch(reading, where), span };
    }
    case 'Where':
      return { command: 'where', where: buildExpression(reading, node.child(1)), span };
    case 'Eval': {
      const assignments = items(node.child(1)).map((item) => ({
        field: textOf(item.child(0)),
        value: buildExpression(reading, item.child(2)),
      }));
      return { command: 'eval', assignments, span };
    }
    case 'Stats': {
      const command = node.child(0).sourceString.toLowerCase();
      return {
        command: command === 'eventstats' || command === 'streamstats' ? command : 'stats',
        options: optionsOf(node.child(1)),
        aggregations: items(node.child(2)).map((item) => buildAggregation(reading, item)),
        by: groupKeys(optional(node.child(4))),
        span,
      };
    }
    case 'Tstats':
      return buildTstats(reading, node);
    case 'Fields': {
      const sign = optional(node.child(1))?.sourceString;
      return { command: 'fields', mode: sign === '-' ? 'drop' : 'keep', names: names(node.child(2)), span };
    }
    case 'Table':
      return { command: 'table', names: names(node.child(1)), span };
    case 'Rename': {
      const columns = items(node.child(1)).map((item) => ({ from: textOf(item.child(0)), to: textOf(item.child(2)) }));
      return { command: 'rename', columns, span };
    }
    case 'Dedup': {
      const count = optional(node.child(1));
      const sortBy = optional(node.child(4));
      return {
        command: 'dedup',
        count: count === undefined ? 1 : Number(count.sourceString),
        fields: items(node.child(2)).map((item) => textOf(item.child(0))),
        options: optionsOf(node.child(3)),
        sortBy: sortBy === undefined ? [] : items(sortBy.child(1)).map(buildSortKey),
        span,
      };
    }
    case 'Sort': {
      const limit = optional(node.child(1));
      const digits = limit?.sourceString.replace(/[^0-9]/g, '');
      // Without a number, sort keeps 10,000 results.
      return {
        command: 'sort',
        count: digits === undefined ? 10_000 : Number(digits),
        by: items(node.child(2)).map(buildSortKey),
        span,
      };
    }
    case 'Head': {
      const count = optional(node.child(3));
      return { command: 'head', count: count === undefined ? 10 : Number(count.sourceString), span };
    }
    case 'Fillnull': {
      const value = optional(node.child(1));
      return {
        command: 'fillnull',
        value: value === undefined ? '0' : textOf(value.child(2)),
        fields: names(node.child(2)),
        span,
      };
    }
    case 'Bin':
      return buildBin(node, span);
    case 'Rex': {
      const options = optionsOf(node.child(1), node.child(3));
      return {
        command: 'rex',
        field: options.find((option) => option.name === 'field')?.value ?? '_raw',
        pattern: textOf(node.child(2)),
        options: options.filter((option) => option.name !== 'field'),
        span,
      };
    }
    case 'Regex_field':
      return {
        command: 'regex',
        field: textOf(node.child(1)),
        negated: node.child(2).sourceString === '!=',
        pattern: textOf(node.child(3)),
        span,
      };
    case 'Regex_raw':
      return { command: 'regex', field: '_raw', negated: false, pattern: textOf(node.child(1)), span };
    case 'Join':
      return {
        command: 'join',
        options: optionsOf(node.child(1), node.child(3)),
        on: items(node.child(2)).map((item) => textOf(item.child(0))),
        search: buildPipeline(reading, node.child(4).child(1)),
        span,
      };
    case 'Beside': {
      const command = node.child(0).sourceString.toLowerCase();
      return {
        command: command === 'multisearch' || command === 'union' ? command : 'append',
        options: optionsOf(node.child(1), node.child(3)),
        searches: items(node.child(2)).map((item) => buildPipeline(reading, item.child(1))),
        span,
      };
    }
    case 'Mvexpand': {
      const limit = optionsOf(node.child(1), node.child(3)).find((option) => option.name === 'limit');
      return {
        command: 'mvexpand',
        field: textOf(node.child(2)),
        ...(limit === undefined ? {} : { limit: Number(limit.value) }),
        span,
      };
    }
    case 'Lookup': {
      const output = optional(node.child(5));
      return {
        command: 'lookup',
        name: textOf(node.child(2)),
        options: optionsOf(node.child(1)),
        inputs: items(node.child(3)).map(buildLookupField),
        outputs: output === undefined ? [] : items(output.child(1)).map(buildLookupField),
        outputNew: output !== undefined && /^outputnew/i.test(output.sourceString),
        span,
      };
    }
    case 'Inputlookup':
      return { command: 'inputlookup', name: textOf(node.child(2)), options: optionsOf(node.child(1)), span };
    case 'Makeresults':
      return { command: 'makeresults', options: optionsOf(node.child(1)), span };
    case 'Spath':
      return buildSpath(node, span);
    case 'Format':
      return { command: 'format', span };
    case 'Return': {
      const count = optional(node.child(1));
      return {
        command: 'return',
        count: count === undefined ? 1 : Number(count.sourceString),
        names: items(node.child(2)).map((item) => item.sourceString),
        span,
      };
    }
    case 'MacroCommand':
      return { command: 'macro', text: node.sourceString, span };
    case 'Other': {
      const searches: Pipeline[] = [];
      for (const part of node.child(1).children.map(inner)) {
        if (part.ctorName === 'OtherPart_search') searches.push(buildPipeline(reading, part.child(0).child(1)));
      }
      const name = node.child(0).sourceString;
      return { command: 'other', name, text: node.sourceString.slice(name.length).trim(), searches, span };
    }
    default:
      throw new Error(`No command: ${node.ctorName}`);
  }
}

function buildBin(node: Node, span: Command['span']): Command {
  const options = optionsOf(node.child(1), node.child(3));
  const as = optional(node.child(4));
  const width = options.find((option) => option.name === 'span');
  if (width === undefined || options.length > 1) {
    return { command: 'other', name: 'bin', text: node.sourceString.replace(/^\S+\s*/, ''), searches: [], span };
  }
  return {
    command: 'bin',
    field: textOf(node.child(2)),
    width: width.value,
    ...(as === undefined ? {} : { as: textOf(as.child(1)) }),
    span,
  };
}

function buildSpath(node: Node, span: Command['span']): Command {
  const options = optionsOf(node.child(1));
  const value = (name: string): string | undefined => options.find((option) => option.name === name)?.value;
  const bare = optional(node.child(2));
  const path = value('path') ?? (bare === undefined ? undefined : textOf(bare));
  const input = value('input');
  const output = value('output');
  return {
    command: 'spath',
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(path === undefined ? {} : { path }),
    span,
  };
}

function buildTstats(reading: Reading, node: Node): Command {
  const options: Option[] = [];
  const aggregations: Aggregation[] = [];
  const by: GroupKey[] = [];
  let from: string | undefined;
  let where: SearchExpression | undefined;
  for (const part of node.child(1).children.map(inner)) {
    switch (part.ctorName) {
      case 'TstatsPart_option':
        options.push(optionOf(part.child(0)));
        break;
      case 'TstatsPart_from':
        from = part.child(1).sourceString;
        break;
      case 'TstatsPart_where':
        where = buildSearch(reading, part.child(1));
        break;
      case 'TstatsPart_by':
        by.push(...groupKeys(part.child(0)));
        break;
      case 'TstatsPart_aggregation':
        aggregations.push(buildAggregation(reading, part.child(0)));
        break;
      default:
        // A macro among the arguments stands for options (`summariesonly=...`).
        options.push({ name: part.sourceString, value: '' });
    }
  }
  return { command: 'tstats', options, aggregations, from, where, by, span: spanOf(reading, node) };
}

function buildAggregation(reading: Reading, node: Node): Aggregation {
  const aggregation = inner(node.child(0));
  const as = optional(node.child(1));
  const span = spanOf(reading, node);
  const fn = aggregation.child(0).sourceString.toLowerCase();
  const rest = { ...(as === undefined ? {} : { as: textOf(as.child(1)) }), span };
  switch (aggregation.ctorName) {
    case 'AggregationCall_eval':
      return { fn, argument: { kind: 'eval', of: buildExpression(reading, aggregation.child(4)) }, ...rest };
    case 'AggregationCall_field':
      return { fn, argument: { kind: 'field', name: textOf(aggregation.child(2)) }, ...rest };
    default:
      return { fn, ...rest };
  }
}

function groupKeys(clause: Node | undefined): readonly GroupKey[] {
  if (clause === undefined) return [];
  return items(clause.child(1)).map((item) => {
    const width = optional(item.child(1));
    return { field: textOf(item.child(0)), ...(width === undefined ? {} : { span: textOf(width.child(2)) }) };
  });
}

function buildSortKey(node: Node): SortKey {
  const sign = optional(node.child(0))?.sourceString;
  const field = inner(node.child(1));
  const isCast = field.ctorName === 'SortField_cast';
  const written = isCast ? field.child(2) : field;
  let name = textOf(written);
  let descending = sign === '-';
  // The sign may stand directly before the name, where it reads as a part of it.
  if (sign === undefined && !isQuoted(written.sourceString, '"') && /^[+-]./.test(name)) {
    descending = name.startsWith('-');
    name = name.slice(1);
  }
  return { field: name, descending, ...(isCast ? { cast: field.child(0).sourceString.toLowerCase() } : {}) };
}

function buildLookupField(node: Node): LookupField {
  const lookup = textOf(node.child(0));
  const as = optional(node.child(1));
  return { lookup, event: as === undefined ? lookup : textOf(as.child(1)) };
}
