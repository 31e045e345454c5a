/**
 * Recognises what a relation amounts to (`shape.ts`): walks the pipeline from its source up and keeps, at every point,
 * what decides whether there is a row. Operators that only tidy rows become context; conditions sink to the events as far
 * as that is exact; what fits no shape becomes `other` with the reason.
 */
import type { Span } from '../source.ts';
import { field } from './build.ts';
import {
  branchOf,
  branchWithNames,
  expandBranch,
  extendBranch,
  filterBranch,
  parseBranch,
  projectBranch,
  renameBranch,
  selectBranch,
  unpackBranch,
} from './branch.ts';
import type { OpenBranch, StoredColumns } from './branch.ts';
import { extendEnvironment, projectEnvironment, renameEnvironment, selectEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { tidyRelation } from './normalise.ts';
import { groupStage, narrowGroups } from './recognise-groups.ts';
import { joinStages, narrowJoin } from './recognise-join.ts';
import type { Shape } from './shape.ts';
import { finishStage, otherStage } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Field, NamedScalar, Predicate, Relation, ScalarType } from './types.ts';
import { APPLY_INPUT } from './types.ts';
import {
  fieldsOf,
  mainInput,
  outsideSubqueries,
  predicatePart,
  readsRowOrder,
  relationPart,
  scalarPart,
} from './walk.ts';
import type { Part } from './walk.ts';

export interface RecogniseOptions {
  /** Whether a table has a stored column, where that is known: decides what unpacked bags add. */
  readonly stored?: StoredColumns;
  /** Told of every operator on the way, inputs first, with the shape that the query has up to it. */
  readonly onOperator?: (node: Relation, shape: () => Shape) => void;
}

/** The shape of a query. Never throws; what is not understood is `other`. */
export function recogniseShape(query: Relation, options: RecogniseOptions = {}): Shape {
  const relation = tidyRelation(query);
  return finishStage(
    new Recogniser(options.stored ?? (() => undefined), typesIn(relation), options.onOperator).stageOf(relation),
    relation,
  );
}

/** The types of columns as far as the query's fields tell; a name with two types has none. */
function typesIn(relation: Relation): ReadonlyMap<string, ScalarType> {
  const types = new Map<string, ScalarType>();
  for (const { name, path, type } of fieldsOf(relationPart(relation))) {
    if (path.length === 0 && type !== 'unknown')
      types.set(name, types.has(name) && types.get(name) !== type ? 'unknown' : type);
  }
  return types;
}

type Operator = Exclude<Relation, { readonly op: 'source' | 'literal' | 'reference' }>;

class Recogniser {
  readonly #stored: StoredColumns;
  readonly #types: ReadonlyMap<string, ScalarType>;
  readonly #onOperator: RecogniseOptions['onOperator'];
  #expansions = 0;

  constructor(
    stored: StoredColumns,
    types: ReadonlyMap<string, ScalarType>,
    onOperator: RecogniseOptions['onOperator'],
  ) {
    this.#stored = stored;
    this.#types = types;
    this.#onOperator = onOperator;
  }

  /** A column named without an expression: `project-keep`, `project-rename`. */
  readonly #fieldOf = (name: string): Field => field(name, [], this.#types.get(name) ?? 'unknown');

  stageOf(relation: Relation): Stage {
    const chain: Relation[] = [];
    for (let node: Relation | undefined = relation; node !== undefined; node = mainInput(node)) chain.push(node);
    let stage: Stage | undefined;
    for (const node of chain.toReversed()) {
      const above = this.#above(node, stage);
      this.#onOperator?.(node, () => finishStage(above, node));
      stage = above;
    }
    return stage ?? otherStage(relation, 'an empty query', relation.span);
  }

  /** The stage above a node, given the one of its main input. */
  #above(node: Relation, input: Stage | undefined): Stage {
    if (node.op === 'source') {
      if (node.table === APPLY_INPUT) return otherStage(node, 'mv-apply', node.span);
      return { core: { kind: 'events', branches: [branchOf(node)] }, groupings: [], limits: [] };
    }
    if (node.op === 'literal') return otherStage(node, 'a table written in the query', node.span);
    if (node.op === 'reference') {
      return otherStage(node, node.kind === 'watchlist' ? 'a watchlist' : 'an external table', node.span);
    }
    // Only an opaque source has no input.
    return input === undefined
      ? otherStage(node, node.op === 'opaque' ? node.text : node.op, node.span)
      : this.#operator(node, input);
  }

  #operator(node: Operator, input: Stage): Stage {
    if (input.core.kind === 'other' && node.op !== 'join' && node.op !== 'union') {
      return { ...input, core: { ...input.core, relation: node } };
    }
    switch (node.op) {
      case 'filter':
        return this.filter(input, node.where, node);
      case 'extend':
        return this.#columns(input, node.columns, 'extend');
      case 'project':
        return this.#columns(input, node.columns, 'project');
      case 'select':
        return this.#perRow(
          input,
          (branch) => selectBranch(branch, node.mode, node.names, this.#fieldOf, this.#stored),
          (environment) => selectEnvironment(environment, node.mode, node.names, this.#fieldOf),
        );
      case 'rename':
        return this.#perRow(
          input,
          (branch) => renameBranch(branch, node.columns, this.#fieldOf, this.#stored),
          (environment) => renameEnvironment(environment, node.columns, this.#fieldOf),
        );
      case 'sort':
        return input;
      case 'take':
      case 'top':
        if (node.count <= 0) return otherStage(node, 'a limit of no rows', node.span);
        return { ...input, limits: [...input.limits, { count: node.count, span: node.span }] };
      case 'aggregate':
        for (const { value } of node.by) if (readsRowOrder(scalarPart(value))) return rowOrder(node);
        for (const measure of node.measures) {
          if (measure.args.some((arg) => readsRowOrder(scalarPart(arg)))) return rowOrder(node);
        }
        return groupStage(input, node);
      case 'join': {
        const right = this.stageOf(node.right);
        const keys = (side: 'left' | 'right'): readonly Field[] =>
          node.on.flatMap((key) => fieldsOf(scalarPart(key[side]), outsideSubqueries));
        return joinStages(
          this.#unpacked(input, keys('left'), right),
          this.#unpacked(right, keys('right'), input),
          node,
        );
      }
      case 'union':
        return this.#union(node, input);
      case 'expand':
        return this.#expand(input, node);
      case 'apply':
        return this.#apply(input, node);
      case 'unpack':
        if (input.core.kind !== 'events' || input.groupings.length > 0)
          return otherStage(node, 'bag_unpack', node.span);
        return this.#branches(input, (branch) => unpackBranch(branch, node));
      case 'parse':
        return this.#parse(input, node);
      case 'series':
        return otherStage(node, 'make-series', node.span);
      case 'plugin':
        return otherStage(node, `evaluate ${node.name}`, node.span);
      case 'opaque':
        return otherStage(node, node.text, node.span);
    }
  }

  // -------------------------------------------------------------------------------------------- conditions

  /** The stage whose rows satisfy a predicate too. */
  filter(stage: Stage, where: Predicate, node: Relation): Stage {
    if (stage.limits.length > 0) return otherStage(node, 'a condition on a limited number of rows', node.span);
    const part = predicatePart(where);
    if (this.#readsComputedOrder(stage, part)) return rowOrder(node);
    const narrow = (inner: Stage, predicate: Predicate): Stage => this.filter(inner, predicate, node);
    if (stage.groupings.length > 0) return narrowGroups(stage, where, node, narrow);
    const { core } = stage;
    switch (core.kind) {
      case 'events': {
        const fields = fieldsOf(part, outsideSubqueries);
        const branches = core.branches
          .map((branch) => filterBranch(branch, where, fields, this.#stored))
          .filter((branch) => branch.where.op !== 'constant' || branch.where.value);
        if (branches.length === 0) return otherStage(node, 'a condition that nothing satisfies', where.span);
        if (branches.some((branch) => readsRowOrder(predicatePart(branch.where)))) return rowOrder(node);
        return { ...stage, core: { ...core, branches } };
      }
      case 'aggregate':
        return narrowGroups(stage, where, node, narrow);
      case 'correlation':
        return narrowJoin(stage, core, where, narrow);
      case 'anyOf': {
        const of = core.of.map((inner) => narrow(inner, where));
        return of.some((inner) => inner.core.kind === 'other')
          ? otherStage(node, 'a condition above a union', where.span)
          : { ...stage, core: { ...core, of } };
      }
      case 'other':
        return stage;
    }
  }

  #readsComputedOrder(stage: Stage, part: Part): boolean {
    if (readsRowOrder(part)) return true;
    const environment = environmentOf(stage);
    if (environment === undefined) return false;
    return fieldsOf(part, outsideSubqueries).some((one) => {
      const value = environment.columns.get(one.name);
      return value !== undefined && readsRowOrder(scalarPart(value));
    });
  }

  // -------------------------------------------------------------------------------------------- columns

  #columns(stage: Stage, columns: readonly NamedScalar[], op: 'extend' | 'project'): Stage {
    const fields = uniqueFields(columns);
    return this.#perRow(
      stage,
      (branch) => (op === 'extend' ? extendBranch : projectBranch)(branch, columns, fields, this.#stored),
      (environment) => (op === 'extend' ? extendEnvironment : projectEnvironment)(environment, columns),
    );
  }

  /** Changes columns wherever the stage keeps them. */
  #perRow(
    stage: Stage,
    inBranch: (branch: OpenBranch) => OpenBranch,
    inEnvironment: (environment: Environment) => Environment,
  ): Stage {
    const top = stage.groupings.at(-1);
    if (top !== undefined) {
      const { columns } = inEnvironment({ columns: top.columns, open: false, hidden: new Set() });
      return { ...stage, groupings: [...stage.groupings.slice(0, -1), { ...top, columns }] };
    }
    const { core } = stage;
    switch (core.kind) {
      case 'events':
        return this.#branches(stage, inBranch);
      case 'aggregate':
        return { ...stage, core: { ...core, environment: inEnvironment(core.environment) } };
      case 'correlation':
        return { ...stage, core: { ...core, environment: inEnvironment(core.environment) } };
      case 'anyOf':
        return {
          ...stage,
          core: { ...core, of: core.of.map((inner) => this.#perRow(inner, inBranch, inEnvironment)) },
        };
      case 'other':
        return stage;
    }
  }

  #branches(stage: Stage, change: (branch: OpenBranch) => OpenBranch): Stage {
    if (stage.core.kind !== 'events') return stage;
    return { ...stage, core: { ...stage.core, branches: stage.core.branches.map(change) } };
  }

  /** One side of a join with the columns by name that unpacked bags give it: keys, and what the other side has not. */
  #unpacked(side: Stage, keys: readonly Field[], other: Stage): Stage {
    if (side.core.kind !== 'events' || side.groupings.length > 0) return side;
    if (side.core.branches.every((branch) => branch.unpacked.length === 0)) return side;
    const alone = [...this.#types.keys()].filter((name) => !this.#gives(other, name)).map(this.#fieldOf);
    return this.#branches(side, (branch) => branchWithNames(branch, [...keys, ...alone], this.#stored));
  }

  /** Whether the rows of a stage are known to have a column. */
  #gives(stage: Stage, name: string): boolean {
    const top = stage.groupings.at(-1);
    if (top !== undefined) return top.columns.has(name);
    if (environmentOf(stage)?.columns.has(name) === true) return true;
    const { core } = stage;
    return (
      core.kind === 'events' &&
      core.branches.some(
        (branch) => branch.columns.has(name) || (branch.open && this.#stored(branch.table, name) === true),
      )
    );
  }

  // -------------------------------------------------------------------------------------------- lists, texts

  #expand(stage: Stage, node: Extract<Operator, { op: 'expand' }>): Stage {
    if (stage.core.kind !== 'events' || stage.groupings.length > 0 || stage.limits.length > 0) {
      return otherStage(node, 'mv-expand above summarize or join', node.span);
    }
    // A limit per row or an index asks which element it is, not only whether there is one.
    if (node.limit !== undefined || node.indexColumn !== undefined) {
      return otherStage(
        node,
        node.limit === undefined ? 'mv-expand with an index' : 'mv-expand with a limit',
        node.span,
      );
    }
    return this.#expanded(stage, node);
  }

  #expanded(stage: Stage, node: Extract<Operator, { op: 'expand' | 'apply' }>): Stage {
    const id = String(++this.#expansions);
    const fields = uniqueFields(node.columns);
    return this.#branches(stage, (branch) => expandBranch(branch, node, id, fields, this.#stored));
  }

  /** An `mv-apply` that only filters and computes is an `mv-expand` with the same operators above it. */
  #apply(stage: Stage, node: Extract<Operator, { op: 'apply' }>): Stage {
    if (stage.core.kind !== 'events' || stage.groupings.length > 0 || stage.limits.length > 0) {
      return otherStage(node, 'mv-apply above summarize or join', node.span);
    }
    const steps: Relation[] = [];
    let inner: Relation | undefined = node.query;
    for (; inner !== undefined && inner.op !== 'source'; inner = mainInput(inner)) steps.push(inner);
    if (inner?.op !== 'source' || inner.table !== APPLY_INPUT) return otherStage(node, 'mv-apply', node.span);
    let result = this.#expanded(stage, node);
    for (const step of steps.toReversed()) {
      if (step.op === 'filter') result = this.filter(result, step.where, node);
      // Within, a projection says which columns are added; those of the row stay.
      else if (step.op === 'extend' || step.op === 'project') result = this.#columns(result, step.columns, 'extend');
      else if (step.op !== 'sort' && step.op !== 'select') return otherStage(node, 'mv-apply', step.span);
    }
    return result;
  }

  #parse(stage: Stage, node: Extract<Operator, { op: 'parse' }>): Stage {
    if (stage.core.kind !== 'events' || stage.groupings.length > 0)
      return otherStage(node, 'parse above summarize', node.span);
    if (node.dropsUnmatched && stage.limits.length > 0)
      return otherStage(node, 'a condition on a limited number of rows', node.span);
    const fields = fieldsOf(scalarPart(node.subject), outsideSubqueries);
    const branches: OpenBranch[] = [];
    for (const branch of stage.core.branches) {
      const parsed = parseBranch(branch, node, fields, this.#stored);
      if (parsed === undefined) return otherStage(node, 'parse-where', node.span);
      branches.push(parsed);
    }
    return { ...stage, core: { ...stage.core, branches } };
  }

  // -------------------------------------------------------------------------------------------- unions

  #union(node: Extract<Operator, { op: 'union' }>, first: Stage): Stage {
    const stages = node.inputs.map((input, index) => {
      const stage = index === 0 ? first : this.stageOf(input);
      if (node.sourceColumn === undefined) return stage;
      const name = input.op === 'source' ? input.table : `union_arg${index}`;
      const value = { op: 'literal', value: { type: 'string', value: name }, span: node.span } as const;
      return this.#columns(stage, [{ name: node.sourceColumn, value }], 'extend');
    });
    const plain = stages.flatMap((stage) => plainBranches(stage) ?? []);
    const others = stages.filter((stage) => plainBranches(stage) === undefined);
    const limits = stages.filter((stage) => plainBranches(stage) !== undefined).flatMap((stage) => stage.limits);
    const events: Stage = { core: { kind: 'events', branches: plain }, groupings: [], limits };
    if (others.length === 0) return events;
    const other = others.find((stage) => stage.core.kind === 'other');
    if (other?.core.kind === 'other') return { ...other, core: { ...other.core, relation: node } };
    const of = plain.length === 0 ? others : [events, ...others];
    return { core: { kind: 'anyOf', of, span: node.span }, groupings: [], limits: [] };
  }
}

/** The branches of a stage that is events and nothing more. */
function plainBranches(stage: Stage): readonly OpenBranch[] | undefined {
  return stage.core.kind === 'events' && stage.groupings.length === 0 && stage.limits.length === 0
    ? stage.core.branches
    : undefined;
}

function uniqueFields(columns: readonly NamedScalar[]): readonly Field[] {
  return columns.flatMap(({ value }) => fieldsOf(scalarPart(value), outsideSubqueries));
}

function environmentOf(stage: Stage): Pick<Environment, 'columns'> | undefined {
  const top = stage.groupings.at(-1);
  if (top !== undefined) return top;
  return stage.core.kind === 'aggregate' || stage.core.kind === 'correlation' ? stage.core.environment : undefined;
}

const rowOrder = (node: Relation & { readonly span: Span }): Stage =>
  otherStage(node, 'the order of rows (prev, next, row_number and the like)', node.span);
