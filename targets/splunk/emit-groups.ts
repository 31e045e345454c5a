/** Groups as commands: `stats`, `dedup`, and the keys that must not be missing. */
import type { Measure, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { call, emitScalar, emitText, NotExpressible } from './emit-scalar.ts';
import { emitWhere } from './emit-where.ts';
import { isAlwaysPresent } from './present.ts';
import { STATISTICS } from './support.ts';
import type { Aggregation, Command, Expression } from './tree.ts';

type OperatorOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

/** The name of a key that is a field. */
export function plainName(value: Scalar): string {
  if (value.op === 'field' && value.path.length === 0) return value.name;
  throw new NotExpressible('a computed key');
}

/** `fillnull` for keys that may be missing: rows without a key are groups in KQL, and dropped by Splunk. */
export function fillKeys(input: Relation, keys: readonly string[]): readonly Command[] {
  const open = keys.filter((key) => !isAlwaysPresent(input, key));
  return open.length === 0 ? [] : [{ command: 'fillnull', value: '', fields: open, span: NO_SPAN }];
}

export function emitAggregate(node: OperatorOf<'aggregate'>, commands: Command[]): void {
  const keys = node.by.map((key) => {
    if (plainName(key.value) !== key.name) throw new NotExpressible('a renamed key');
    return key.name;
  });
  commands.push(...fillKeys(node.input, keys));
  const dedup: Command = { command: 'dedup', count: 1, fields: keys, options: [], sortBy: [], span: NO_SPAN };
  const [first] = node.measures;
  if (first === undefined) {
    commands.push(dedup, { command: 'table', names: keys, span: NO_SPAN });
    return;
  }
  if (first.fn === 'argMax' || first.fn === 'argMin') {
    const [value, ...columns] = first.args;
    if (value !== undefined && columns.length === 0 && node.measures.length === 1) {
      if (value.op !== 'literal') {
        const by = [{ field: plainName(value), descending: first.fn === 'argMax' }];
        commands.push({ command: 'sort', count: 0, by, span: NO_SPAN });
      }
      commands.push(dedup);
      return;
    }
  }
  commands.push({
    command: 'stats',
    options: [],
    aggregations: node.measures.map(emitMeasure),
    by: keys.map((field) => ({ field })),
    span: NO_SPAN,
  });
}

function emitMeasure(measure: Measure): Aggregation {
  const { fn, name, where } = measure;
  const [value, second] = measure.args;
  const make = (called: string, argument?: Aggregation['argument']): Aggregation => ({
    fn: called,
    ...(argument === undefined ? {} : { argument }),
    as: name,
    span: NO_SPAN,
  });
  if (fn === 'count') {
    return where === undefined ? make('count') : make('count', { kind: 'eval', of: emitWhere(where) });
  }
  if (value === undefined) throw new NotExpressible(`the measure ${fn} of nothing`);
  if (fn === 'countDistinct') {
    if (where !== undefined && isPresence(where, value)) return make('dc', fieldOrEval(value));
    return make('dc', { kind: 'eval', of: conditional(where, emitText(value)) });
  }
  if (fn === 'argMax' || fn === 'argMin') {
    if (second === undefined || plainName(value) !== '_time') throw new NotExpressible(`the measure ${fn} here`);
    return make(fn === 'argMax' ? 'latest' : 'earliest', fieldOrEval(second));
  }
  const called = fn === 'percentile' ? `perc${measure.parameter ?? 50}` : STATISTICS.get(fn);
  if (called === undefined) throw new NotExpressible(`the measure ${fn}`);
  return make(
    called,
    where === undefined ? fieldOrEval(value) : { kind: 'eval', of: conditional(where, emitScalar(value)) },
  );
}

function fieldOrEval(value: Scalar): NonNullable<Aggregation['argument']> {
  return value.op === 'field' && value.path.length === 0
    ? { kind: 'field', name: value.name }
    : { kind: 'eval', of: emitScalar(value) };
}

function conditional(where: Predicate | undefined, of: Expression): Expression {
  return where === undefined ? of : call('if', emitWhere(where), of, call('null'));
}

/** Whether a condition asks for nothing but that the value is there. */
function isPresence(where: Predicate, value: Scalar): boolean {
  if (where.op !== 'not' || where.of.op !== 'missing' || where.of.counts !== 'null') return false;
  const { subject } = where.of;
  return subject.op === 'field' && value.op === 'field' && subject.name === value.name && value.path.length === 0;
}
