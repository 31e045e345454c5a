/** The neutral form as short text, for expectations that people can read. */
import type { Measure, NamedScalar, Predicate, Relation, Scalar, TimeWindow, Value } from '../../../src/ir/types.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

function duration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const size = Math.abs(milliseconds);
  const unit = UNITS.find(([, length]) => size % length === 0) ?? ['ms', 1];
  return `${milliseconds < 0 ? '-' : ''}${size / unit[1]}${unit[0]}`;
}

export function showValue(value: Value): string {
  switch (value.type) {
    case 'string':
      return JSON.stringify(value.value);
    case 'long':
      return String(value.value);
    case 'real':
    case 'decimal':
      return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
    case 'bool':
      return String(value.value);
    case 'datetime':
      return `datetime(${new Date(value.value).toISOString()})`;
    case 'timespan':
      return duration(value.value);
    case 'guid':
      return `guid(${value.value})`;
    case 'dynamic':
      return `dynamic(${JSON.stringify(value.value)})`;
    case 'null':
      return `null:${value.of}`;
  }
}

export function showScalar(scalar: Scalar): string {
  switch (scalar.op) {
    case 'field':
      return (
        (/^[\w$]+$/.test(scalar.name) ? scalar.name : `['${scalar.name}']`) +
        scalar.path
          .map((step) => (typeof step === 'number' ? `[${step}]` : /^\w+$/.test(step) ? `.${step}` : `['${step}']`))
          .join('')
      );
    case 'literal':
      return showValue(scalar.value);
    case 'anyField':
      return '*';
    case 'now':
      return scalar.offset === 0 ? 'now' : `now${scalar.offset > 0 ? '+' : ''}${duration(scalar.offset)}`;
    case 'call':
      return `${scalar.fn}(${scalar.args.map(showScalar).join(', ')})`;
    case 'choose':
      return `choose(${scalar.cases.map((one) => `${showPredicate(one.when)} ? ${showScalar(one.then)}`).join('; ')}; ${showScalar(scalar.otherwise)})`;
    case 'test':
      return `test(${showPredicate(scalar.of)})`;
    case 'query':
      return `query{${showRelation(scalar.query, ' ')}}`;
    case 'opaque':
      return `OPAQUE<${scalar.text}>`;
  }
}

export function showPredicate(predicate: Predicate): string {
  switch (predicate.op) {
    case 'constant':
      return String(predicate.value);
    case 'and':
    case 'or':
      return `(${predicate.of.map(showPredicate).join(` ${predicate.op} `)})`;
    case 'not':
      return `not ${showPredicate(predicate.of)}`;
    case 'match': {
      const values = predicate.values.map((value) => JSON.stringify(value)).join(', ');
      const list = predicate.values.length === 1 ? values : `${predicate.quantifier}{${values}}`;
      return `${showScalar(predicate.subject)} ${predicate.test}${predicate.caseSensitive ? '' : '~'} ${list}`;
    }
    case 'matchScalar':
      return `${showScalar(predicate.subject)} ${predicate.test}${predicate.caseSensitive ? '' : '~'} ${showScalar(predicate.value)}`;
    case 'oneOf':
      return `${showScalar(predicate.subject)} oneOf {${predicate.values.map(showValue).join(', ')}}`;
    case 'compare':
      return `${showScalar(predicate.left)} ${predicate.test} ${showScalar(predicate.right)}`;
    case 'between':
      return `${showScalar(predicate.subject)} between ${showScalar(predicate.low)}..${showScalar(predicate.high)}`;
    case 'ipInRange':
      return `${showScalar(predicate.subject)} inRange {${predicate.ranges.join(', ')}}`;
    case 'missing':
      return `missing:${predicate.counts}(${showScalar(predicate.subject)})`;
    case 'inQuery':
      return `${showScalar(predicate.subject)} ${predicate.test}${predicate.caseSensitive ? '' : '~'} ${predicate.quantifier} in {${showRelation(predicate.query, ' ')}}`;
    case 'isTrue':
      return `isTrue(${showScalar(predicate.of)})`;
    case 'opaque':
      return `OPAQUE<${predicate.text}>`;
  }
}

function columns(list: readonly NamedScalar[]): string {
  return list
    .map(({ name, value }) => (showScalar(value) === name ? name : `${name} = ${showScalar(value)}`))
    .join(', ');
}

function measures(list: readonly (Measure & { readonly fill?: Value })[]): string {
  return list
    .map((measure) => {
      const args = measure.args.map(showScalar);
      if (measure.parameter !== undefined) args.push(`#${measure.parameter}`);
      const where = measure.where === undefined ? '' : ` where ${showPredicate(measure.where)}`;
      const fill = measure.fill === undefined ? '' : ` fill ${showValue(measure.fill)}`;
      return `${measure.name} = ${measure.text === undefined ? measure.fn : `OTHER<${measure.text}>`}(${args.join(', ')})${where}${fill}`;
    })
    .join(', ');
}

function showWindow(window: TimeWindow, column: string): string {
  const parts: string[] = [];
  if (window.from !== undefined) parts.push(`${window.includesFrom ? '>=' : '>'} ${duration(window.from)}`);
  if (window.to !== undefined) parts.push(`${window.includesTo ? '<=' : '<'} ${duration(window.to)}`);
  return `[${column} ${parts.join(', ')}]`;
}

/** One operator a line (or separated by `separator`), inputs first. */
export function showRelation(relation: Relation, separator = '\n'): string {
  const on = (input: Relation, text: string): string => `${showRelation(input, separator)}${separator}| ${text}`;
  const inside = (input: Relation): string => `(${showRelation(input, ' ')})`;
  switch (relation.op) {
    case 'source':
      if (relation.window !== undefined) return relation.table + showWindow(relation.window, relation.timeColumn);
      return relation.table + (relation.timeColumn === 'TimeGenerated' ? '' : `[${relation.timeColumn}]`);
    case 'literal':
      return `rows(${relation.columns.map((column) => `${column.name}:${column.type}`).join(', ')})${relation.rows.map((row) => `[${row.map(showValue).join(', ')}]`).join('')}`;
    case 'reference':
      return `${relation.kind}(${relation.name}: ${relation.columns.map((column) => column.name).join(', ')})`;
    case 'filter':
      return on(relation.input, `filter ${showPredicate(relation.where)}`);
    case 'extend':
    case 'project':
      return on(relation.input, `${relation.op} ${columns(relation.columns)}`);
    case 'select':
      return on(relation.input, `${relation.mode} ${relation.names.join(', ')}`);
    case 'rename':
      return on(relation.input, `rename ${relation.columns.map((one) => `${one.from} to ${one.to}`).join(', ')}`);
    case 'aggregate': {
      const by = relation.by.length === 0 ? '' : ` by ${columns(relation.by)}`;
      return on(relation.input, `aggregate ${measures(relation.measures)}${by}`.replace('  ', ' '));
    }
    case 'join': {
      const keys = relation.on.map((key) => `${showScalar(key.left)} == ${showScalar(key.right)}`).join(', ');
      const renamed = relation.renamed.map((one) => `${one.from}->${one.to}`).join(', ');
      return on(
        relation.left,
        `${relation.lookup ? 'lookup' : 'join'} ${relation.kind} ${inside(relation.right)} on ${keys}${renamed === '' ? '' : ` renaming ${renamed}`}`,
      );
    }
    case 'union': {
      const options = [
        relation.kind === 'inner' ? ' inner' : '',
        relation.fuzzy ? ' fuzzy' : '',
        relation.sourceColumn === undefined ? '' : ` source=${relation.sourceColumn}`,
      ].join('');
      return `union${options} ${relation.inputs.map(inside).join(', ')}`;
    }
    case 'expand': {
      const list = relation.columns.map((column) => `${column.name} = ${showScalar(column.value)}:${column.type}`);
      const options = [
        relation.bagsAsArrays ? ' arrays' : '',
        relation.indexColumn === undefined ? '' : ` index=${relation.indexColumn}`,
        relation.limit === undefined ? '' : ` limit=${relation.limit}`,
      ].join('');
      return on(relation.input, `expand${options} ${list.join(', ')}`);
    }
    case 'apply':
      return on(
        relation.input,
        `apply ${relation.columns.map((column) => `${column.name} = ${showScalar(column.value)}:${column.type}`).join(', ')} ${inside(relation.query)}`,
      );
    case 'unpack':
      return on(
        relation.input,
        `unpack ${showScalar(relation.bag)}${relation.prefix === '' ? '' : ` prefix ${relation.prefix}`}`,
      );
    case 'parse': {
      const parts = relation.parts.map((part) =>
        part.part === 'any' ? '*' : part.part === 'text' ? JSON.stringify(part.text) : `${part.name}:${part.type}`,
      );
      return on(
        relation.input,
        `parse${relation.dropsUnmatched ? '-where' : ''} ${relation.mode}${relation.flags === '' ? '' : `/${relation.flags}`} ${showScalar(relation.subject)} with ${parts.join(' ')}`,
      );
    }
    case 'sort':
    case 'top': {
      const keys = relation.by.map(
        (key) =>
          `${showScalar(key.value)} ${key.descending ? 'desc' : 'asc'} nulls ${key.nullsFirst ? 'first' : 'last'}`,
      );
      return on(
        relation.input,
        `${relation.op}${relation.op === 'top' ? ` ${relation.count}` : ''} by ${keys.join(', ')}`,
      );
    }
    case 'take':
      return on(relation.input, `${relation.random ? 'sample' : 'take'} ${relation.count}`);
    case 'series': {
      const range = `${relation.from === undefined ? '' : ` from ${showScalar(relation.from)}`}${relation.to === undefined ? '' : ` to ${showScalar(relation.to)}`}`;
      const by = relation.by.length === 0 ? '' : ` by ${columns(relation.by)}`;
      return on(
        relation.input,
        `series ${measures(relation.measures)} on ${showScalar(relation.on)}${range} step ${showScalar(relation.step)}${by}`,
      );
    }
    case 'plugin':
      return on(
        relation.input,
        `plugin ${relation.name}(${[...relation.tables.map(inside), ...relation.args.map(showScalar)].join(', ')})`,
      );
    case 'opaque':
      return relation.input === undefined ? `OPAQUE<${relation.text}>` : on(relation.input, `OPAQUE<${relation.text}>`);
  }
}
