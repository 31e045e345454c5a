/** `summarize`: groups and what is measured of them. */
import {
  aggregate,
  choose,
  constant,
  field,
  long,
  missing,
  not,
  select,
  sort,
  take,
  text,
} from '../../src/ir/build.ts';
import {
  closedEnvironment,
  projectEnvironment,
  resolvePredicateIn,
  resolveScalarIn,
} from '../../src/ir/environment.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field, Measure, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { kqlAggregate } from '../../src/kql/raise/names.ts';
import { isText, typeOf } from './value-types.ts';
import { adaptPredicate } from './adapt-predicate.ts';
import { isUnsaid, sayField, trySay } from './adapt-say.ts';
import { deciding, fieldNameFor, SHOWN } from './adapting.ts';
import type { Use } from './adapting.ts';
import type { Needs, Purpose } from './needs.ts';
import { isAlwaysPresent } from './present.ts';
import { isPlainField, Rows } from './rows.ts';
import type { Place } from './rows.ts';
import { ANY_ROW, TIME } from './support.ts';

type Aggregate = Extract<Relation, { readonly op: 'aggregate' }>;

interface Key {
  readonly name: string;
  readonly field: Field;
  readonly holds: Place['holds'];
  /** Whether a missing one is no empty text, and somebody depends on it. */
  readonly restores: boolean;
}

export function adaptGroups(node: Aggregate, rows: Rows, needs: Needs, polarity: Polarity): Rows {
  const keys = adaptKeys(node, rows, needs);
  const row = wholeRowMeasure(node, needs);
  if (row !== undefined) return adaptWholeRow(node, row, keys, rows, polarity);
  return new Grouping(node, rows, needs, keys).build();
}

function purposeOf(name: string, needs: Needs): Purpose | undefined {
  return needs.names.get(name) ?? (needs.rest ? 'shown' : undefined);
}

function adaptKeys(node: Aggregate, rows: Rows, needs: Needs): readonly Key[] {
  const keys: Key[] = [];
  const use = deciding('mixed');
  for (const { name, value } of node.by) {
    const resolved = resolveScalarIn(rows.environment, value);
    const isTime = typeOf(resolved) === 'datetime';
    const said = trySay(rows, resolved, use, isTime ? 'time' : 'value');
    if (isUnsaid(said)) {
      rows.adapting.refuse(said.code, 'differs', said.span, `${said.message} Rows cannot be grouped by it.`);
      continue;
    }
    const found = isPlainField(said) ? said : rows.compute(said, name);
    const restores =
      needs.names.get(name) === 'decides' && !isText(resolved) && !isAlwaysPresent(rows.relation, found.name);
    keys.push({ name, field: found, holds: isTime ? 'epoch' : rows.isList(found) ? 'list' : 'stored', restores });
  }
  return keys;
}

const fieldsOfKeys = (keys: readonly Key[]): readonly NamedScalar[] => {
  const unique = new Map(keys.map((key) => [key.field.name, key.field]));
  return [...unique].map(([name, value]) => ({ name, value }));
};

// ---------------------------------------------------------------------------------------------- one row of each group

/** The measure that takes a whole row of each group, when nothing else is measured that anybody needs. */
function wholeRowMeasure(node: Aggregate, needs: Needs): Measure | undefined {
  const needed = node.measures.filter((measure) => measure.name === ANY_ROW || isNeeded(measure, needs));
  const rows = node.measures.filter((measure) => measure.fn === 'argMax' || measure.fn === 'argMin');
  const [row, more] = rows;
  if (row === undefined || more !== undefined) return undefined;
  return needed.every((measure) => measure === row) ? row : undefined;
}

function isNeeded(measure: Measure, needs: Needs): boolean {
  return purposeOf(measure.name, needs) !== undefined;
}

/** `sort` and `dedup`: the row at which the value is greatest or least; any row, where the value is a constant. */
function adaptWholeRow(node: Aggregate, row: Measure, keys: readonly Key[], rows: Rows, polarity: Polarity): Rows {
  const { span } = node;
  const [of, ...columns] = row.args;
  const by = fieldsOfKeys(keys);
  const value = of === undefined ? undefined : resolveScalarIn(rows.environment, of);
  const shown =
    value === undefined || value.op === 'literal' ? undefined : sayField(rows, value, row.name, deciding(polarity));
  const descending = row.fn === 'argMax';
  if (shown !== undefined) {
    const measure: Measure = { name: shown.name, fn: row.fn, args: [shown], span };
    rows.append((input) =>
      by.length > 0
        ? aggregate(input, by, [measure], span)
        : take(sort(input, [{ value: shown, descending, nullsFirst: !descending }], span), 1, false, span),
    );
  } else {
    const measure: Measure = { name: ANY_ROW, fn: 'argMax', args: [long(0)], span };
    rows.append((input) =>
      by.length > 0
        ? select(aggregate(input, by, [measure], span), 'drop', [ANY_ROW], span)
        : take(input, 1, false, span),
    );
  }
  for (const key of keys) if (key.restores) rows.restoreMissing(key.field);
  const isAll = columns.length === 0;
  if (value !== undefined && shown !== undefined) {
    rows.setColumn(row.name, { scalar: shown, holds: typeOf(value) === 'datetime' ? 'epoch' : 'stored' });
  }
  rows.setColumns(keys.map((key) => [key.name, { scalar: key.field, holds: key.holds }]));
  if (!isAll) {
    const kept = [
      ...keys.map((key) => key.name),
      row.name,
      ...columns.flatMap((column) => (column.op === 'field' ? [column.name] : [])),
    ];
    rows.environment = projectEnvironment(
      rows.environment,
      [...new Set(kept)].map((name) => ({ name, value: rows.adapting.fieldOf(name) })),
    );
  }
  return rows;
}

// ---------------------------------------------------------------------------------------------- stats

class Grouping {
  readonly #node: Aggregate;
  readonly #rows: Rows;
  readonly #needs: Needs;
  readonly #keys: readonly Key[];
  readonly #measures: Measure[] = [];
  readonly #columns = new Map<string, Place>();
  /** Names of the result's fields. */
  readonly #taken = new Set<string>();

  constructor(node: Aggregate, rows: Rows, needs: Needs, keys: readonly Key[]) {
    this.#node = node;
    this.#rows = rows;
    this.#needs = needs;
    this.#keys = keys;
  }

  build(): Rows {
    const { span } = this.#node;
    for (const key of this.#keys) {
      this.#taken.add(key.field.name);
      this.#columns.set(key.name, { scalar: key.field, holds: key.holds });
    }
    for (const measure of this.#node.measures) {
      const purpose = purposeOf(measure.name, this.#needs);
      if (purpose !== undefined || measure.fn === 'argMax' || measure.fn === 'argMin') this.#add(measure, purpose);
    }
    if (this.#measures.length === 0 && this.#keys.length === 0)
      this.#push({ name: 'count_', fn: 'count', args: [], span }, 'count_');
    const by = fieldsOfKeys(this.#keys);
    const measures = this.#measures;
    this.#rows.append((input) => aggregate(input, by, measures, span));
    const result = new Rows({
      adapting: this.#rows.adapting,
      source: this.#rows.relation,
      environment: closedEnvironment([], (name) => field(name)),
      isOpen: false,
      taken: this.#taken,
    });
    result.setColumns(this.#columns);
    for (const key of this.#keys) if (key.restores) result.restoreMissing(key.field);
    return result;
  }

  #useOf(purpose: Purpose | undefined): Use {
    return purpose === 'decides' ? deciding('mixed') : SHOWN;
  }

  #push(measure: Measure, column: string, holds: Place['holds'] = 'stored'): void {
    let name = measure.name;
    for (let count = 2; this.#taken.has(name); count++) name = `${measure.name}_${count}`;
    this.#taken.add(name);
    this.#measures.push({ ...measure, name });
    this.#columns.set(column, { scalar: field(name, [], 'unknown', measure.span), holds });
  }

  #add(measure: Measure, purpose: Purpose | undefined): void {
    const lacks = this.#tryAdd(measure, purpose);
    if (lacks === undefined) return;
    const { adapting } = this.#rows;
    if (purpose === 'decides') adapting.refuse('unsupported-measure', 'differs', measure.span, lacks);
    else adapting.note('dropped-column', 'context', measure.span, `${lacks} The column '${measure.name}' is left out.`);
  }

  /** Adds a measure; or says why it cannot be said. */
  #tryAdd(measure: Measure, purpose: Purpose | undefined): string | undefined {
    const use = this.#useOf(purpose);
    if (measure.fn === 'argMax' || measure.fn === 'argMin') return this.#addRow(measure, purpose);
    const where = measure.where === undefined ? undefined : this.#condition(measure.where, use);
    if (measure.where !== undefined && where === undefined) return 'The condition of the summary cannot be expressed.';
    const base: Measure = {
      name: fieldName(measure.name),
      fn: measure.fn,
      args: [],
      span: measure.span,
      ...(where === undefined ? {} : { where }),
    };
    if (measure.fn === 'count') {
      this.#push(base, measure.name);
      return undefined;
    }
    const [arg] = measure.args;
    const resolved = arg === undefined ? undefined : resolveScalarIn(this.#rows.environment, arg);
    if (resolved === undefined) return `The summary '${kqlAggregate(measure)}' has no counterpart.`;
    const isTime = typeOf(resolved) === 'datetime';
    switch (measure.fn) {
      case 'sum':
      case 'average':
      case 'min':
      case 'max':
      case 'standardDeviation':
      case 'variance':
      case 'percentile': {
        const value = this.#value(resolved, use, isTime ? 'time' : 'value');
        if (typeof value === 'string') return value;
        const parameter = measure.fn === 'percentile' ? { parameter: measure.parameter ?? 50 } : {};
        this.#push({ ...base, args: [value], ...parameter }, measure.name, isTime ? 'epoch' : 'stored');
        return undefined;
      }
      case 'countDistinct': {
        const value = this.#value(resolved, use, 'value');
        if (typeof value === 'string') return value;
        // A column that is nowhere has no values.
        if (value.op === 'literal' && value.value.type === 'null') {
          this.#push({ ...base, args: [text('')], where: constant(false) }, measure.name);
          return undefined;
        }
        // A missing text counts as the empty one; what else is missing does not count.
        const there = not(missing(value, 'null'));
        if (isText(resolved) || where !== undefined) {
          this.#push({ ...base, args: [value] }, measure.name);
          return undefined;
        }
        this.#push({ ...base, args: [value], where: there }, measure.name);
        return undefined;
      }
      case 'any':
      case 'list':
      case 'set': {
        const value = this.#value(resolved, use, 'value');
        if (typeof value === 'string') return value;
        if (measure.fn === 'list') {
          this.#rows.adapting.noteUse('list-limit', 'differs', use, measure.span, 'The list holds at most 100 values.');
        }
        const isInstant = isPlainField(value) && value.name === TIME;
        const holds = measure.fn === 'any' ? (isInstant ? 'epoch' : 'stored') : 'list';
        const counts = use.decides && isText(resolved) && measure.fn !== 'any' && where === undefined;
        const counted = counts ? orEmpty(value) : value;
        this.#push({ ...base, args: [counted] }, measure.name, holds);
        return undefined;
      }
      case 'bag':
      case 'binaryAnd':
      case 'binaryOr':
      case 'hll':
      case 'other':
        return `The summary '${kqlAggregate(measure)}' has no counterpart.`;
    }
  }

  #value(resolved: Scalar, use: Use, as: 'value' | 'time'): Scalar | string {
    const said = trySay(this.#rows, resolved, use, as);
    return isUnsaid(said) ? said.message : said;
  }

  #condition(where: Predicate, use: Use): Predicate | undefined {
    const resolved = resolvePredicateIn(this.#rows.environment, where);
    return adaptPredicate(resolved, { rows: this.#rows, use, inExpression: true });
  }

  /** The row with the greatest time: its columns one by one. */
  #addRow(measure: Measure, purpose: Purpose | undefined): string | undefined {
    const [of, ...columns] = measure.args;
    const value = of === undefined ? undefined : resolveScalarIn(this.#rows.environment, of);
    const said = value === undefined || value.op === 'literal' ? undefined : trySay(this.#rows, value, SHOWN, 'time');
    const isTime = said !== undefined && !isUnsaid(said) && isPlainField(said) && said.name === TIME;
    const isAny = value?.op === 'literal';
    if (!isTime && !isAny) {
      const needsRow = purpose !== undefined || this.#columnsOfRow(columns).length > 0;
      return needsRow
        ? 'The row with the greatest or least value can be taken by time only, beside other summaries.'
        : undefined;
    }
    if (isTime && purpose !== undefined) {
      const fn = measure.fn === 'argMax' ? 'max' : 'min';
      this.#push({ name: fieldName(measure.name), fn, args: [said], span: measure.span }, measure.name, 'epoch');
    }
    for (const { name, purpose: own } of this.#columnsOfRow(columns)) {
      const column = resolveScalarIn(this.#rows.environment, this.#rows.adapting.fieldOf(name, measure.span));
      const use = this.#useOf(own);
      const found = sayField(this.#rows, column, name, use);
      if (found === undefined) continue;
      const args = isTime ? [said, found] : [found];
      const fn = isTime ? measure.fn : 'any';
      this.#push(
        { name: found.name, fn, args, span: measure.span },
        name,
        this.#rows.isList(found) ? 'list' : 'stored',
      );
    }
    if (columns.length === 0 && this.#needs.rest) {
      const message = 'Of the row that is taken from each group only the columns that the rule names are shown.';
      this.#rows.adapting.note('dropped-column', 'context', measure.span, message);
    }
    return undefined;
  }

  /** The columns of a row that somebody needs, beside keys and measures. */
  #columnsOfRow(columns: readonly Scalar[]): readonly { readonly name: string; readonly purpose: Purpose }[] {
    const own = new Set([
      ...this.#node.by.map((key) => key.name),
      ...this.#node.measures.map((measure) => measure.name),
    ]);
    const names =
      columns.length > 0
        ? columns.flatMap((column) => (column.op === 'field' ? [column.name] : []))
        : [...this.#needs.names.keys()];
    return names.flatMap((name) => {
      const purpose = purposeOf(name, this.#needs);
      return own.has(name) || purpose === undefined ? [] : [{ name, purpose }];
    });
  }
}

function fieldName(name: string): string {
  return name === '' ? 'measure' : fieldNameFor(name);
}

/** A value that lists leave out when it is missing, where a missing text is one of their elements. */
function orEmpty(value: Scalar): Scalar {
  return choose([{ when: missing(value, 'null'), then: text('') }], value, 'string', value.span);
}
