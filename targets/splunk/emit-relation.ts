/** Relations as pipelines: one operator, one or a few commands. */
import type { NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { emitAggregate, fillKeys, plainName } from './emit-groups.ts';
import { call, emitScalar, NotExpressible, textOf } from './emit-scalar.ts';
import { emitSearch, isSearchable } from './emit-search.ts';
import { emitWhere, junction } from './emit-where.ts';
import { nameGroups, readGroups } from './patterns.ts';
import { ANY_ROW, MATCHED } from './support.ts';
import { writeDuration, writeRelativeTime } from './time.ts';
import type { Command, Expression, Option, Pipeline, SearchExpression } from './tree.ts';

type OperatorOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

/** Columns that travel with every event, wanted or not: `fields` keeps them, `table` does not. */
export const INTERNAL_FIELDS = '_*';

export function emitPipeline(root: Relation): readonly Command[] {
  const spine: Relation[] = [];
  let at: Relation | undefined = root;
  while (at !== undefined) {
    spine.push(at);
    at = inputOf(at);
  }
  const commands: Command[] = [];
  for (let index = spine.length - 1; index >= 0; index--) {
    const node = spine[index];
    if (node === undefined) continue;
    if (node.op === 'source') {
      // Filters right above the events belong to the search that fetches them.
      const conjuncts: Predicate[] = [];
      for (let next = spine[index - 1]; next?.op === 'filter'; next = spine[--index - 1]) {
        conjuncts.push(...conjunctsOf(next.where));
      }
      commands.push(...emitSource(node, conjuncts));
    } else emitOperator(node, commands);
  }
  return commands;
}

/** The relation that flows in; `undefined` at the beginning of a pipeline. */
function inputOf(node: Relation): Relation | undefined {
  switch (node.op) {
    case 'filter':
    case 'extend':
    case 'select':
    case 'rename':
    case 'aggregate':
    case 'expand':
    case 'sort':
    case 'take':
      return node.input;
    case 'join':
      return node.left;
    case 'source':
    case 'literal':
    case 'reference':
    case 'union':
      return undefined;
    case 'project':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'top':
    case 'series':
    case 'plugin':
    case 'opaque':
      throw new NotExpressible(`an operator ${node.op}`);
  }
}

const pipeline = (commands: readonly Command[]): Pipeline => ({ commands, span: NO_SPAN });

function emitOperator(node: Relation, commands: Command[]): void {
  switch (node.op) {
    case 'filter':
      commands.push(...emitFilter(conjunctsOf(node.where)));
      return;
    case 'extend':
      for (const column of node.columns) emitColumn(column, commands);
      return;
    case 'select': {
      const { mode, names } = node;
      if (mode === 'drop') {
        if (names.length !== 1 || names[0] !== ANY_ROW)
          commands.push({ command: 'fields', mode, names, span: NO_SPAN });
      } else if (names.at(-1) === INTERNAL_FIELDS) {
        commands.push({ command: 'fields', mode, names: names.slice(0, -1), span: NO_SPAN });
      } else commands.push({ command: 'table', names, span: NO_SPAN });
      return;
    }
    case 'rename':
      commands.push({ command: 'rename', columns: node.columns, span: NO_SPAN });
      return;
    case 'aggregate':
      emitAggregate(node, commands);
      return;
    case 'expand': {
      const [column] = node.columns;
      if (column === undefined || node.columns.length > 1)
        throw new NotExpressible('several columns expanded together');
      const { limit } = node;
      commands.push({
        command: 'mvexpand',
        field: column.name,
        ...(limit === undefined ? {} : { limit }),
        span: NO_SPAN,
      });
      return;
    }
    case 'sort':
      commands.push({
        command: 'sort',
        count: 0,
        by: node.by.map((key) => ({ field: plainName(key.value), descending: key.descending })),
        span: NO_SPAN,
      });
      return;
    case 'take':
      commands.push({ command: 'head', count: node.count, span: NO_SPAN });
      return;
    case 'join':
      emitJoin(node, commands);
      return;
    case 'union':
      commands.push(emitUnion(node));
      return;
    case 'literal':
      commands.push(emitLiteral(node));
      return;
    case 'reference':
      commands.push({ command: 'inputlookup', name: node.name, options: [], span: NO_SPAN });
      return;
    case 'source':
    case 'project':
    case 'apply':
    case 'unpack':
    case 'parse':
    case 'top':
    case 'series':
    case 'plugin':
    case 'opaque':
      throw new NotExpressible(`an operator ${node.op} here`);
  }
}

function conjunctsOf(where: Predicate): readonly Predicate[] {
  return where.op === 'and' ? where.of : [where];
}

// ---------------------------------------------------------------------------------------------- events and filters

function emitSource(node: OperatorOf<'source'>, conjuncts: readonly Predicate[]): readonly Command[] {
  const terms: SearchExpression[] = [];
  const { from, to } = node.window ?? {};
  const bound = (field: string, offset: number): SearchExpression => ({
    kind: 'comparison',
    field,
    operator: '=',
    value: { text: writeRelativeTime(offset), quoted: false },
    span: NO_SPAN,
  });
  for (const conjunct of conjuncts) if (isSearchable(conjunct)) terms.push(...flat(emitSearch(conjunct)));
  if (terms.length === 0) terms.push({ kind: 'term', value: { text: '*', quoted: false }, span: NO_SPAN });
  if (from !== undefined) terms.push(bound('earliest', from));
  if (to !== undefined) terms.push(bound('latest', to));
  const rest = conjuncts.filter((conjunct) => !isSearchable(conjunct));
  return [{ command: 'search', where: all(terms), span: NO_SPAN }, ...emitRest(rest)];
}

function flat(node: SearchExpression): readonly SearchExpression[] {
  return node.kind === 'and' ? node.of : [node];
}

function all(of: readonly SearchExpression[]): SearchExpression {
  const [first] = of;
  return of.length === 1 && first !== undefined ? first : { kind: 'and', of, span: NO_SPAN };
}

/** A filter within a pipeline: what only `search` can say, and the tests that it says more plainly, before the others. */
function emitFilter(conjuncts: readonly Predicate[]): readonly Command[] {
  const searched = conjuncts.filter((conjunct) => isSearchable(conjunct) && conjunct.op !== 'compare');
  const rest = conjuncts.filter((conjunct) => !searched.includes(conjunct));
  if (searched.length === 0) return emitRest(rest);
  const terms = searched.flatMap((conjunct) => flat(emitSearch(conjunct)));
  return [{ command: 'search', where: all(terms), span: NO_SPAN }, ...emitRest(rest)];
}

function emitRest(conjuncts: readonly Predicate[]): readonly Command[] {
  if (conjuncts.length === 0) return [];
  return [{ command: 'where', where: junction('and', conjuncts.map(emitWhere)), span: NO_SPAN }];
}

// ---------------------------------------------------------------------------------------------- columns

/** A computed column: a clause of the last `eval`, or a command of its own. */
function emitColumn({ name, value }: NamedScalar, commands: Command[]): void {
  if (value.op === 'call' && (value.fn === 'extract' || value.fn === 'extractAll')) {
    emitExtraction(name, value, commands);
    return;
  }
  const width = binWidth(value);
  if (width !== undefined) {
    commands.push({
      command: 'bin',
      field: '_time',
      width: writeDuration(width * 1000),
      ...(name === '_time' ? {} : { as: name }),
      span: NO_SPAN,
    });
    return;
  }
  const assignment = { field: name, value: emitScalar(value) };
  const last = commands.at(-1);
  if (last?.command === 'eval') {
    commands[commands.length - 1] = { ...last, assignments: [...last.assignments, assignment] };
  } else commands.push({ command: 'eval', assignments: [assignment], span: NO_SPAN });
}

/** Seconds below a day: `bin` aligns these to the epoch, days to the time zone (Search Reference, "bin"). */
const DAY_SECONDS = 86_400;

/** The span of a `bin` of the event time, in seconds. */
export function binWidth(value: Scalar): number | undefined {
  if (value.op !== 'call' || value.fn !== 'bin') return undefined;
  const [subject, size] = value.args;
  if (subject?.op !== 'field' || subject.name !== '_time' || subject.path.length > 0) return undefined;
  if (size?.op !== 'literal' || size.value.type !== 'long') return undefined;
  const seconds = Number(size.value.value);
  return seconds > 0 && seconds < DAY_SECONDS ? seconds : undefined;
}

/** `rex` with a named group for the column; neighbours that take other groups of the same pattern share it. */
function emitExtraction(name: string, value: Extract<Scalar, { op: 'call' }>, commands: Command[]): void {
  const all = value.fn === 'extractAll';
  const [pattern, group, subject] = all ? [value.args[0], undefined, value.args[1]] : value.args;
  if (pattern?.op !== 'literal' || pattern.value.type !== 'string' || subject === undefined) {
    throw new NotExpressible('an extraction by a computed pattern');
  }
  const number = group?.op === 'literal' && group.value.type === 'long' ? Number(group.value.value) : 1;
  const field = plainName(subject);
  const named = new Map([[number, name]]);
  const last = commands.at(-1);
  const before = last?.command === 'rex' && last.options.length === 0 && !all ? readGroups(last.pattern) : undefined;
  if (last?.command === 'rex' && last.field === field && before?.pattern === pattern.value.value) {
    const taken = before.names.flatMap((one, index) => (one === undefined ? [] : [[index + 1, one] as const]));
    // In the order of the groups, and none twice: that is the order in which the columns are read again.
    if (taken.every(([group_, one]) => group_ < number && one !== name && one !== field)) {
      const names = new Map([...taken, [number, name] as const]);
      commands[commands.length - 1] = { ...last, pattern: nameGroups(before.pattern, names) };
      return;
    }
  }
  commands.push({
    command: 'rex',
    field,
    pattern: nameGroups(pattern.value.value, named),
    options: all ? [{ name: 'max_match', value: '0' }] : [],
    span: NO_SPAN,
  });
}

// ---------------------------------------------------------------------------------------------- several inputs

function emitJoin(node: OperatorOf<'join'>, commands: Command[]): void {
  const keys = node.on.map(({ left, right }) => {
    const name = plainName(left);
    if (plainName(right) !== name) throw new NotExpressible('join keys of different names');
    return name;
  });
  commands.push(...fillKeys(node.left, keys));
  const right = [...emitPipeline(node.right), ...fillKeys(node.right, keys)];
  const join = (type: 'inner' | 'left', max: '0' | '1', search: readonly Command[]): Command => {
    const options: readonly Option[] = [
      { name: 'type', value: type },
      { name: 'max', value: max },
    ];
    return { command: 'join', options, on: keys, search: pipeline(search), span: NO_SPAN };
  };
  switch (node.kind) {
    case 'inner':
      commands.push(join('inner', '0', right));
      return;
    case 'leftOuter':
      commands.push(join('left', '0', right));
      return;
    case 'leftSemi':
      commands.push(join('inner', '1', right));
      return;
    case 'leftAnti': {
      const mark: Command = {
        command: 'eval',
        assignments: [{ field: MATCHED, value: textOf('1') }],
        span: NO_SPAN,
      };
      const matched: Expression = { kind: 'field', name: MATCHED, span: NO_SPAN };
      commands.push(
        join('left', '1', [...right, mark]),
        { command: 'where', where: call('isnull', matched), span: NO_SPAN },
        { command: 'fields', mode: 'drop', names: [MATCHED], span: NO_SPAN },
      );
      return;
    }
    case 'innerUnique':
    case 'rightOuter':
    case 'fullOuter':
    case 'rightAnti':
    case 'rightSemi':
      throw new NotExpressible(`a join of kind ${node.kind}`);
  }
}

/** Commands that work on one event at a time: only these may stand in `multisearch`. Search Reference, "Command types". */
const STREAMING: ReadonlySet<Command['command']> = new Set([
  'search',
  'where',
  'eval',
  'fields',
  'rename',
  'rex',
  'fillnull',
  'bin',
  'mvexpand',
]);

/** Whether searches can run beside each other without the limits of subsearches. */
export function isStreaming(searches: readonly (readonly Command[])[]): boolean {
  return searches.every((commands) => commands.every((command) => STREAMING.has(command.command)));
}

function emitUnion(node: OperatorOf<'union'>): Command {
  const searches = node.inputs.map(emitPipeline);
  return {
    command: isStreaming(searches) ? 'multisearch' : 'union',
    options: [],
    searches: searches.map(pipeline),
    span: NO_SPAN,
  };
}

function emitLiteral(node: OperatorOf<'literal'>): Command {
  const rows = node.rows.map((row) =>
    Object.fromEntries(
      node.columns.flatMap((column, index) => {
        const value = row[index];
        if (value === undefined || value.type === 'null') return [];
        if (value.type === 'string' || value.type === 'real') return [[column.name, value.value] as const];
        if (value.type === 'long') return [[column.name, Number(value.value)] as const];
        throw new NotExpressible(`a ${value.type} in a table of literals`);
      }),
    ),
  );
  const options = [
    { name: 'format', value: 'json' },
    { name: 'data', value: JSON.stringify(rows) },
  ];
  return { command: 'makeresults', options, span: NO_SPAN };
}
