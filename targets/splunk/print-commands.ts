/** Pipelines and their commands as text. */
import { builders } from 'prettier/doc';
import { printExpression, printSubsearch } from './print-expression.ts';
import { printSearch } from './print-search.ts';
import { quote, quoteEvalName, quoteName } from './quoting.ts';
import type { Aggregation, Command, GroupKey, LookupField, Option, Pipeline, SortKey } from './tree.ts';

type Doc = builders.Doc;

const { fill, group, hardline, indent, join, line } = builders;

/** Commands that make results: they follow a pipe even at the beginning. */
const GENERATING = new Set(['tstats', 'inputlookup', 'makeresults', 'multisearch', 'union']);

/**
 * A pipeline, one command to a line.
 *
 * @param place `outer`: the search itself, whose first word `search` is left out; `inner`: between brackets.
 */
export function printPipeline(pipeline: Pipeline, place: 'outer' | 'inner'): Doc {
  const parts: Doc[] = [];
  for (const [index, command] of pipeline.commands.entries()) {
    const written = printCommand(command);
    if (index > 0) parts.push([place === 'outer' ? hardline : line, '| ', written]);
    else if (command.command === 'search' && command.where !== undefined && place === 'outer') {
      parts.push(group(indent(printSearch(command.where))));
    } else if (GENERATING.has(command.command) || (command.command === 'other' && place === 'outer')) {
      parts.push(['| ', written]);
    } else parts.push(written);
  }
  return parts;
}

function words(...parts: readonly (Doc | undefined)[]): Doc {
  const present = parts.filter(
    (part) => part !== undefined && part !== '' && !(Array.isArray(part) && part.length === 0),
  );
  return join(' ', present as Doc[]);
}

/** Names or clauses separated by commas, as many on a line as fit. */
function list(parts: readonly Doc[]): Doc {
  return indent(
    fill(
      join(
        line,
        parts.map((part, index) => (index === parts.length - 1 ? part : [part, ','])),
      ),
    ),
  );
}

const names = (of: readonly string[]): Doc => list(of.map(quoteName));

export function printCommand(node: Command): Doc {
  switch (node.command) {
    case 'search':
      return words('search', node.where === undefined ? undefined : group(indent(printSearch(node.where))));
    case 'where':
      return words('where', group(indent(printExpression(node.where))));
    case 'eval': {
      const assignments = node.assignments.map(({ field, value }) => [
        quoteEvalName(field),
        '=',
        group(indent(printExpression(value))),
      ]);
      return ['eval ', indent(join([',', line], assignments))];
    }
    case 'stats':
    case 'eventstats':
    case 'streamstats':
      return words(
        node.command,
        options(node.options),
        node.aggregations.length === 0 ? undefined : list(node.aggregations.map(aggregation)),
        by(node.by),
      );
    case 'tstats':
      return words(
        'tstats',
        options(node.options),
        list(node.aggregations.map(aggregation)),
        node.from === undefined ? undefined : `from ${node.from}`,
        node.where === undefined ? undefined : ['where ', group(indent(printSearch(node.where)))],
        by(node.by),
      );
    case 'fields':
      return words('fields', node.mode === 'drop' ? '-' : undefined, names(node.names));
    case 'table':
      return words('table', names(node.names));
    case 'rename':
      return words('rename', list(node.columns.map(({ from, to }) => `${quoteName(from)} AS ${quoteName(to)}`)));
    case 'dedup':
      return words(
        'dedup',
        node.count === 1 ? undefined : String(node.count),
        names(node.fields),
        options(node.options),
        node.sortBy.length === 0 ? undefined : ['sortby ', list(node.sortBy.map(sortKey))],
      );
    case 'sort':
      return words('sort', String(node.count), list(node.by.map(sortKey)));
    case 'head':
      return `head ${node.count}`;
    case 'fillnull':
      // The one command whose list of fields is documented as delimited by spaces only.
      return words(`fillnull value=${quote(node.value)}`, indent(fill(join(line, node.fields.map(quoteName)))));
    case 'bin':
      return words(
        `bin ${quoteName(node.field)} span=${node.width}`,
        node.as === undefined ? undefined : `AS ${quoteName(node.as)}`,
      );
    case 'rex':
      return words('rex', `field=${quoteName(node.field)}`, options(node.options), quote(node.pattern));
    case 'regex':
      return `regex ${quoteName(node.field)}${node.negated ? '!=' : '='}${quote(node.pattern)}`;
    case 'join':
      return words('join', options(node.options), names(node.on), printSubsearch(node.search));
    case 'multisearch':
    case 'union':
    case 'append':
      return group([
        words(node.command, options(node.options)),
        indent(node.searches.map((search) => [line, printSubsearch(search)])),
      ]);
    case 'mvexpand':
      return words('mvexpand', quoteName(node.field), node.limit === undefined ? undefined : `limit=${node.limit}`);
    case 'lookup':
      return words(
        'lookup',
        options(node.options),
        quoteName(node.name),
        list(node.inputs.map(lookupField)),
        node.outputs.length === 0
          ? undefined
          : [node.outputNew ? 'OUTPUTNEW ' : 'OUTPUT ', list(node.outputs.map(lookupField))],
      );
    case 'inputlookup':
      return words('inputlookup', options(node.options), quoteName(node.name));
    case 'makeresults':
      return words('makeresults', options(node.options));
    case 'spath':
      return words(
        'spath',
        node.input === undefined ? undefined : `input=${quoteName(node.input)}`,
        node.output === undefined ? undefined : `output=${quoteName(node.output)}`,
        node.path === undefined ? undefined : `path=${quote(node.path)}`,
      );
    case 'format':
      return 'format';
    case 'return':
      return words('return', node.count === 1 ? undefined : String(node.count), node.names.join(' '));
    case 'macro':
      return node.text;
    case 'other':
      return words(node.name, node.text);
  }
}

const BARE_OPTION = /^[A-Za-z0-9_.*@+-]+$/;

function options(of: readonly Option[]): Doc | undefined {
  if (of.length === 0) return undefined;
  return of
    .map(({ name, value }) =>
      name.startsWith('`') ? name : `${name}=${BARE_OPTION.test(value) ? value : quote(value)}`,
    )
    .join(' ');
}

function aggregation(node: Aggregation): Doc {
  const { fn, argument, as } = node;
  const call: Doc =
    argument === undefined
      ? fn
      : argument.kind === 'field'
        ? `${fn}(${argument.name.includes('*') ? argument.name : quoteName(argument.name)})`
        : group([fn, '(eval(', printExpression(argument.of), '))']);
  return as === undefined ? call : [call, ` AS ${quoteName(as)}`];
}

function by(keys: readonly GroupKey[]): Doc | undefined {
  if (keys.length === 0) return undefined;
  const written = keys.map((key) =>
    key.span === undefined ? quoteName(key.field) : `${quoteName(key.field)} span=${key.span}`,
  );
  return ['by ', list(written)];
}

function sortKey({ field, descending, cast }: SortKey): string {
  const name = quoteName(field);
  return `${descending ? '-' : '+'}${cast === undefined ? name : `${cast}(${name})`}`;
}

function lookupField({ lookup, event }: LookupField): string {
  return lookup === event ? quoteName(lookup) : `${quoteName(lookup)} AS ${quoteName(event)}`;
}
