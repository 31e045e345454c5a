/** Functions of the whole row and of the rows around it, in the order of the sorted input. */
import type { ScalarOf } from '../../ir/build.ts';
import type { ScalarFunction, Value } from '../../ir/types.ts';
import type { Context } from '../context.ts';
import { evaluateScalar } from '../scalar.ts';
import {
  datetimeValue,
  dynamicValue,
  EvaluationUnsupported,
  isEmpty,
  jsonOf,
  longValue,
  nullOfType,
  orderOf,
  plain,
  toBool,
  toNumber,
} from '../value.ts';
import type { Row } from '../value.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { makeBag } from './family.ts';

type Call = ScalarOf<'call'>;
type RowFunction = (node: Call, row: Row, context: Context) => Value;

function windowOf(node: Call, context: Context): NonNullable<Context['window']> {
  if (context.window === undefined) throw new EvaluationUnsupported(`${node.fn} without an order of rows`);
  return context.window;
}

const shifted =
  (direction: 1 | -1): RowFunction =>
  (node, row, context) => {
    const { rows, index } = windowOf(node, context);
    const [column, offset, fallback] = node.args;
    const distance = offset === undefined ? 1 : (toNumber(evaluateScalar(offset, row, context)) ?? 1);
    const other = rows[index + direction * distance];
    if (column === undefined) return nullOfType(node.type);
    if (other !== undefined) return evaluateScalar(column, other, context);
    return fallback === undefined ? nullOfType(node.type) : evaluateScalar(fallback, row, context);
  };

/** The rows of the current run: from the last one at which `restart` holds. */
function runStart(node: Call, restartIndex: number, context: Context): number {
  const { rows, index } = windowOf(node, context);
  const restart = node.args[restartIndex];
  if (restart === undefined) return 0;
  for (let at = index; at > 0; at--) {
    const row = rows[at];
    if (row === undefined) continue;
    const truth = toBool(evaluateScalar(restart, row, { ...context, window: { rows, index: at } }));
    if (truth.type === 'bool' && truth.value) return at;
  }
  return 0;
}

/** By function. They need the row itself, not only their arguments' values. */
export const ROW_FUNCTIONS: Readonly<Partial<Record<ScalarFunction, RowFunction>>> = {
  packAll: (node, row, context) => {
    const [ignoreEmpty] = node.args;
    const flag = ignoreEmpty === undefined ? undefined : toBool(evaluateScalar(ignoreEmpty, row, context));
    const skips = flag?.type === 'bool' && flag.value;
    const entries = [...row].filter(([, value]) => !skips || !isEmpty(value));
    return dynamicValue(makeBag(entries.map(([name, value]) => [name, jsonOf(value)])));
  },
  columnNames: (_, row) => dynamicValue([...row.keys()]),
  previousRow: shifted(-1),
  nextRow: shifted(1),
  rowNumber: (node, row, context) => {
    const [start] = node.args;
    const first = start === undefined ? 1 : (toNumber(evaluateScalar(start, row, context)) ?? 1);
    return longValue(first + windowOf(node, context).index - runStart(node, 1, context));
  },
  rowCumulativeSum: (node, _, context) => {
    const { rows, index } = windowOf(node, context);
    const [term] = node.args;
    let sum: Value = longValue(0);
    for (let at = runStart(node, 1, context); at <= index; at++) {
      const row = rows[at];
      if (row === undefined || term === undefined) continue;
      sum = ARITHMETIC.add?.([sum, evaluateScalar(term, row, context)], { type: 'long' }) ?? sum;
    }
    return sum;
  },
  rowRank: (node, _, context) => {
    const { rows, index } = windowOf(node, context);
    const [term] = node.args;
    let rank = 0;
    let last: Value | undefined;
    for (let at = runStart(node, 1, context); at <= index; at++) {
      const row = rows[at];
      if (row === undefined || term === undefined) continue;
      const value = evaluateScalar(term, row, context);
      if (last === undefined || orderOf(value, last) !== 0) rank++;
      last = value;
    }
    return longValue(rank);
  },
  rowWindowSession: (node, _, context) => {
    const { rows, index } = windowOf(node, context);
    const [time, fromFirst, between] = node.args;
    let start: number | undefined;
    let before: number | undefined;
    for (let at = runStart(node, 3, context); at <= index; at++) {
      const row = rows[at];
      if (row === undefined || time === undefined) continue;
      const now = instant(evaluateScalar(time, row, context));
      if (now === undefined) continue;
      const [span, gap] = [fromFirst, between].map((limit) =>
        limit === undefined ? Infinity : (toNumber(evaluateScalar(limit, row, context)) ?? Infinity),
      );
      const continues =
        start !== undefined && before !== undefined && now - start <= (span ?? 0) && now - before <= (gap ?? 0);
      if (!continues) start = now;
      before = now;
    }
    return start === undefined ? nullOfType('datetime') : datetimeValue(start);
  },
};

function instant(value: Value): number | undefined {
  const of = plain(value);
  return of.type === 'datetime' ? of.value : undefined;
}
