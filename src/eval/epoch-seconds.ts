/**
 * Queries of languages in which an instant is a number of seconds since 1970 (Splunk, YARA-L). Raised Detections leave that
 * to the language: before they are run, functions that take an instant are given one, and what gives an instant gives
 * seconds.
 */
import { call, datetime, timespan } from '../ir/build.ts';
import type { Relation, Scalar, ScalarFunction } from '../ir/types.ts';
import { rewriteRelation } from '../ir/walk.ts';

/** Which argument of a function is an instant. */
const TAKES_INSTANT: Readonly<Partial<Record<ScalarFunction, number>>> = {
  formatDatetime: 0,
  startOf: 0,
  endOf: 0,
  datePart: 1,
  dateAdd: 2,
  dayOfWeek: 0,
  dayOfMonth: 0,
  dayOfYear: 0,
  hourOfDay: 0,
};

const GIVES_INSTANT: ReadonlySet<ScalarFunction> = new Set([
  'startOf',
  'endOf',
  'dateAdd',
  'toDatetime',
  'makeDatetime',
  'fromUnixSeconds',
  'fromUnixMillis',
]);

/** The query with its instants as seconds. */
export function withTimesInSeconds(query: Relation): Relation {
  return rewriteRelation(query, { scalar: inSeconds });
}

function inSeconds(node: Scalar): Scalar {
  if (node.op === 'now') return secondsOf(node);
  if (node.op !== 'call') return node;
  const at = TAKES_INSTANT[node.fn];
  const args = node.args.map((arg, index) => (index === at ? call('fromUnixSeconds', [arg], 'datetime') : arg));
  const made = at === undefined ? node : { ...node, args };
  return GIVES_INSTANT.has(node.fn) ? secondsOf(made) : made;
}

const secondsOf = (instant: Scalar): Scalar =>
  call('divide', [call('subtract', [instant, datetime(0)], 'timespan'), timespan(1000)], 'real');
