/** Pipelines as relations. A few commands belong together: what `emit-relation.ts` writes for one operator is one again. */
import {
  aggregate,
  and,
  call,
  expand,
  extend,
  filter,
  join,
  long,
  match,
  not,
  opaqueRelation,
  reference,
  rename,
  select,
  sort,
  source,
  take,
  text,
  union,
} from '../../src/ir/build.ts';
import type { Measure, NamedScalar, Relation, Scalar, TimeWindow } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';
import { INTERNAL_FIELDS } from './emit-relation.ts';
import { isSharedSyntax, readGroups } from './patterns.ts';
import { printCommandText } from './print.ts';
import { keysOf, keyOf, plain, raiseGroups, raiseStats, withKeys } from './raise-groups.ts';
import { raiseLiteral } from './raise-literal.ts';
import { raiseScalar } from './raise-scalar.ts';
import { raiseSearch } from './raise-search.ts';
import { raiseTrue } from './raise-where.ts';
import { ANY_ROW, MATCHED } from './support.ts';
import { readDuration, readRelativeTime } from './time.ts';
import type { Command, SearchExpression } from './tree.ts';

type CommandOf<Name extends Command['command']> = Extract<Command, { readonly command: Name }>;

/** The table that stands for everything in the index. */
export const INDEX = '*';

export function raisePipeline(commands: readonly Command[], span: Span): Relation {
  let relation: Relation | undefined;
  for (let at = 0; at < commands.length; at++) {
    const command = commands[at];
    if (command === undefined) continue;
    if (relation === undefined) {
      relation = raiseFirst(command);
      continue;
    }
    const several = raiseSeveral(relation, commands, at);
    if (several !== undefined) {
      relation = several.relation;
      at += several.commands - 1;
    } else relation = raiseCommand(relation, command);
  }
  return relation ?? source(INDEX, { timeColumn: '_time' }, span);
}

function opaque(command: Command, input?: Relation): Relation {
  return opaqueRelation(printCommandText(command), input, command.span);
}

// ---------------------------------------------------------------------------------------------- where rows come from

function raiseFirst(first: Command): Relation {
  if (first.command === 'search') return raiseEvents(first.where, first.span);
  if (first.command === 'tstats') return raiseTstats(first);
  if (first.command === 'multisearch' || first.command === 'union') {
    const inputs = first.searches.map((search) => raisePipeline(search.commands, search.span));
    return union(inputs, {}, first.span);
  }
  if (first.command === 'inputlookup' && first.options.length === 0) {
    return reference('watchlist', first.name, [], first.span);
  }
  return (first.command === 'makeresults' ? raiseLiteral(first) : undefined) ?? opaque(first);
}

function raiseEvents(where: SearchExpression | undefined, span: Span): Relation {
  const conjuncts = where === undefined ? [] : where.kind === 'and' ? where.of : [where];
  const rest: SearchExpression[] = [];
  let window: TimeWindow = { from: undefined, to: undefined, includesFrom: true, includesTo: false };
  for (const conjunct of conjuncts) {
    const bound = conjunct.kind === 'comparison' && conjunct.operator === '=' ? conjunct : undefined;
    const offset = bound === undefined ? undefined : readRelativeTime(bound.value.text);
    if (bound?.field === 'earliest' && offset !== undefined) window = { ...window, from: offset };
    else if (bound?.field === 'latest' && offset !== undefined) window = { ...window, to: offset };
    else rest.push(conjunct);
  }
  const bounded = window.from !== undefined || window.to !== undefined;
  const events = source(INDEX, { timeColumn: '_time', ...(bounded ? { window } : {}) }, span);
  return filter(events, and(rest.map(raiseSearch), span), span);
}

/** A data model's table, filtered and grouped in one command. */
function raiseTstats(command: CommandOf<'tstats'>): Relation {
  const { span } = command;
  const table = command.from === undefined ? INDEX : command.from.replace(/^datamodel[=:]?/i, 'datamodel ');
  const events = source(table, { timeColumn: '_time' }, span);
  const input = command.where === undefined ? events : filter(events, raiseSearch(command.where), span);
  return raiseGroups(input, command.aggregations, command.by, [], span, true) ?? opaque(command, input);
}

// ---------------------------------------------------------------------------------------------- commands together

interface Several {
  readonly relation: Relation;
  readonly commands: number;
}

function raiseSeveral(input: Relation, commands: readonly Command[], at: number): Several | undefined {
  const [first, second, third, fourth] = commands.slice(at, at + 4);
  if (first?.command === 'fillnull' && first.value === '' && second !== undefined) {
    return raiseFilled(input, first, second, third, fourth);
  }
  if (first?.command === 'join') return raiseAntiJoin(input, first, second, third, []);
  return raiseSortedOrDistinct(input, first, second, []);
}

/** `fillnull value=""` for keys that the next command groups or joins by: rows without them count too. */
function raiseFilled(
  input: Relation,
  { fields }: CommandOf<'fillnull'>,
  second: Command,
  third: Command | undefined,
  fourth: Command | undefined,
): Several | undefined {
  const addOne = (several: Several | undefined): Several | undefined =>
    several === undefined ? undefined : { ...several, commands: several.commands + 1 };
  if (second.command === 'stats' && second.by.length > 0) {
    const relation = raiseStats(input, second, fields);
    return relation === undefined ? undefined : { relation, commands: 2 };
  }
  if (second.command === 'join') {
    const anti = raiseAntiJoin(input, second, third, fourth, fields);
    if (anti !== undefined) return addOne(anti);
    const relation = raiseJoin(input, second, fields);
    return relation === undefined ? undefined : { relation, commands: 2 };
  }
  if (second.command === 'dedup') {
    const distinct = raiseSortedOrDistinct(input, second, third, fields);
    if (distinct !== undefined) return addOne(distinct);
    const relation = raiseDedup(input, second, fields);
    return relation === undefined ? undefined : { relation, commands: 2 };
  }
  return second.command === 'sort' ? addOne(raiseSortedOrDistinct(input, second, third, fields)) : undefined;
}

/** `sort 0 -x | dedup k`: the row of each group at which x is greatest. `dedup k | table k`: the distinct keys. */
function raiseSortedOrDistinct(
  input: Relation,
  first: Command | undefined,
  second: Command | undefined,
  filled: readonly string[],
): Several | undefined {
  if (first?.command === 'sort' && second?.command === 'dedup' && isPlainDedup(second)) {
    const [key, more] = first.by;
    if (key === undefined || more !== undefined || key.cast !== undefined || first.count !== 0) return undefined;
    const { span } = second;
    const measure: Measure = {
      name: key.field,
      fn: key.descending ? 'argMax' : 'argMin',
      args: [plain(key.field, span)],
      span,
    };
    const rows = withKeys(input, second.fields, filled, span);
    return { relation: aggregate(rows, keysOf(second.fields, filled, span), [measure], span), commands: 2 };
  }
  if (first?.command === 'dedup' && second?.command === 'table' && isPlainDedup(first)) {
    const { fields, span } = first;
    if (fields.join('\n') !== second.names.join('\n')) return undefined;
    return {
      relation: aggregate(withKeys(input, fields, filled, span), keysOf(fields, filled, span), [], span),
      commands: 2,
    };
  }
  return undefined;
}

function isPlainDedup({ count, options, sortBy }: CommandOf<'dedup'>): boolean {
  return count === 1 && options.length === 0 && sortBy.length === 0;
}

function raiseDedup(input: Relation, command: CommandOf<'dedup'>, filled: readonly string[]): Relation | undefined {
  if (!isPlainDedup(command)) return undefined;
  const { fields, span } = command;
  const measure: Measure = { name: ANY_ROW, fn: 'argMax', args: [long(0)], span };
  const rows = withKeys(input, fields, filled, span);
  return select(aggregate(rows, keysOf(fields, filled, span), [measure], span), 'drop', [ANY_ROW], span);
}

/** `join type=left k [... | eval mark="1"] | where isnull(mark) | fields - mark`: rows without counterpart. */
function raiseAntiJoin(
  input: Relation,
  first: CommandOf<'join'>,
  second: Command | undefined,
  third: Command | undefined,
  filled: readonly string[],
): Several | undefined {
  const mark = first.search.commands.at(-1);
  if (mark?.command !== 'eval' || mark.assignments.length !== 1 || mark.assignments[0]?.field !== MATCHED)
    return undefined;
  if (second?.command !== 'where' || third?.command !== 'fields' || third.mode !== 'drop') return undefined;
  const { where } = second;
  const [tested] = where.kind === 'call' && where.name === 'isnull' ? where.args : [];
  if (tested?.kind !== 'field' || tested.name !== MATCHED || third.names.join() !== MATCHED) return undefined;
  const search = { ...first.search, commands: first.search.commands.slice(0, -1) };
  const sides = joinSides(input, { ...first, search }, filled);
  return {
    relation: join('leftAnti', sides.left, sides.right, sides.on, { lookup: true }, first.span),
    commands: 3,
  };
}

// ---------------------------------------------------------------------------------------------- single commands

function raiseCommand(input: Relation, command: Command): Relation {
  const { span } = command;
  switch (command.command) {
    case 'search':
      return command.where === undefined ? input : filter(input, raiseSearch(command.where), span);
    case 'where':
      return filter(input, raiseTrue(command.where), span);
    case 'eval':
      return command.assignments.reduce<Relation>(
        (relation, { field: name, value }) => extend(relation, [{ name, value: raiseScalar(value) }], span),
        input,
      );
    case 'stats':
      return raiseStats(input, command, []) ?? opaque(command, input);
    case 'fields':
      return select(
        input,
        command.mode,
        command.mode === 'keep' ? [...command.names, INTERNAL_FIELDS] : command.names,
        span,
      );
    case 'table':
      return select(input, 'keep', command.names, span);
    case 'rename':
      return command.columns.some(({ from }) => from.includes('*'))
        ? opaque(command, input)
        : rename(input, command.columns, span);
    case 'dedup':
      return raiseDedup(input, command, []) ?? opaque(command, input);
    case 'sort':
      return raiseSort(input, command);
    case 'head':
      return take(input, command.count, false, span);
    case 'fillnull':
      return raiseFillnull(input, command);
    case 'bin':
      return raiseBin(input, command);
    case 'rex':
      return raiseRex(input, command);
    case 'regex': {
      const subject = plain(command.field, span);
      if (!isSharedSyntax(command.pattern)) return opaque(command, input);
      const test = match(subject, 'regex', command.pattern, { caseSensitive: true }, span);
      return filter(input, command.negated ? not(test, span) : test, span);
    }
    case 'join':
      return raiseJoin(input, command, []) ?? opaque(command, input);
    case 'union':
    case 'append':
      return union([input, ...command.searches.map((search) => raisePipeline(search.commands, search.span))], {}, span);
    case 'mvexpand': {
      const { field: name, limit } = command;
      const column = { name, value: plain(name, span), type: 'unknown' as const };
      return expand(input, [column], limit === undefined ? {} : { limit }, span);
    }
    case 'spath': {
      const { path, output } = command;
      if (path === undefined) return opaque(command, input);
      const value = raiseScalar({
        kind: 'call',
        name: 'spath',
        args: [
          { kind: 'field', name: command.input ?? '_raw', span },
          { kind: 'text', value: path, span },
        ],
        span,
      });
      return value.op === 'opaque' ? opaque(command, input) : extend(input, [{ name: output ?? path, value }], span);
    }
    case 'eventstats':
    case 'streamstats':
    case 'tstats':
    case 'lookup':
    case 'inputlookup':
    case 'makeresults':
    case 'multisearch':
    case 'format':
    case 'return':
    case 'macro':
    case 'other':
      return opaque(command, input);
  }
}

function raiseSort(input: Relation, command: CommandOf<'sort'>): Relation {
  const { by, count, span } = command;
  if (by.some((key) => key.cast !== undefined)) return opaque(command, input);
  const keys = by.map((key) => ({
    value: plain(key.field, span),
    descending: key.descending,
    nullsFirst: !key.descending,
  }));
  const sorted = sort(input, keys, span);
  return count === 0 ? sorted : take(sorted, count, false, span);
}

function raiseFillnull(input: Relation, command: CommandOf<'fillnull'>): Relation {
  const { fields, span } = command;
  if (fields.length === 0) return opaque(command, input);
  const value = text(command.value, span);
  return fields.reduce<Relation>(
    (relation, name) =>
      extend(relation, [{ name, value: call('coalesce', [plain(name, span), value], 'string', span) }], span),
    input,
  );
}

function raiseBin(input: Relation, command: CommandOf<'bin'>): Relation {
  const { span } = command;
  const width = readDuration(command.width);
  if (width === undefined || width % 1000 !== 0) return opaque(command, input);
  const value = call('bin', [plain(command.field, span), long(width / 1000)], 'unknown', span);
  return extend(input, [{ name: command.as ?? command.field, value }], span);
}

/** One column for each named group. */
function raiseRex(input: Relation, command: CommandOf<'rex'>): Relation {
  const { span, options } = command;
  const all = options.some((option) => option.name === 'max_match' && option.value === '0');
  const { pattern, names } = readGroups(command.pattern);
  if (options.length > (all ? 1 : 0) || !isSharedSyntax(pattern)) return opaque(command, input);
  const subject = plain(command.field, span);
  const columns = names.flatMap((name, index): readonly NamedScalar[] => {
    if (name === undefined) return [];
    const value = all
      ? call('extractAll', [text(pattern), subject], 'dynamic', span)
      : call('extract', [text(pattern), long(index + 1), subject], 'string', span);
    return [{ name, value }];
  });
  return columns.reduce<Relation>((relation, column) => extend(relation, [column], span), input);
}

// ---------------------------------------------------------------------------------------------- joins

function joinSides(
  input: Relation,
  command: CommandOf<'join'>,
  filled: readonly string[],
): { readonly left: Relation; readonly right: Relation; readonly on: readonly { left: Scalar; right: Scalar }[] } {
  const { on, span, search } = command;
  const last = search.commands.at(-1);
  const filledRight = last?.command === 'fillnull' && last.value === '' ? last.fields : [];
  const commands =
    filledRight.length > 0 && filledRight.every((name) => on.includes(name))
      ? search.commands.slice(0, -1)
      : search.commands;
  const right = raisePipeline(commands, search.span);
  const keys = on.map((name) => ({
    left: keyOf(name, filled, span),
    right: keyOf(name, commands === search.commands ? [] : filledRight, span),
  }));
  return {
    left: withKeys(input, on, filled, span),
    right: withKeys(right, on, commands === search.commands ? [] : filledRight, span),
    on: keys,
  };
}

function raiseJoin(input: Relation, command: CommandOf<'join'>, filled: readonly string[]): Relation | undefined {
  const { on, options, span } = command;
  const value = (name: string): string | undefined =>
    options.find((option) => option.name === name)?.value.toLowerCase();
  const type = value('type') ?? 'inner';
  const max = value('max') ?? '1';
  const known = options.every((option) => ['type', 'max', 'usetime', 'earlier', 'overwrite'].includes(option.name));
  if (on.length === 0 || !known || value('usetime') !== undefined || value('overwrite') === 'false') return undefined;
  const outer = type === 'left' || type === 'outer';
  if (!outer && type !== 'inner') return undefined;
  if (max !== '0' && max !== '1') return undefined;
  const { left, right, on: keys } = joinSides(input, command, filled);
  if (max === '0') return join(outer ? 'leftOuter' : 'inner', left, right, keys, { lookup: true }, span);
  const kept =
    right.op === 'select' && right.mode === 'keep'
      ? right.names
      : right.op === 'aggregate' && right.measures.length === 0
        ? right.by.map((key) => key.name)
        : undefined;
  const keepsKeysOnly = kept?.every((name) => on.includes(name)) ?? false;
  if (!outer && keepsKeysOnly) return join('leftSemi', left, right, keys, { lookup: true }, span);
  // Only the first row of the right side that fits.
  const measure: Measure = { name: ANY_ROW, fn: 'argMax', args: [long(0)], span };
  const firstRows = select(aggregate(right, keysOf(on, [], span), [measure], span), 'drop', [ANY_ROW], span);
  return join(outer ? 'leftOuter' : 'inner', left, firstRows, keys, { lookup: true }, span);
}
