/** Calls of scalar functions: finds the function among the families beside this file. */
import type { ScalarOf } from '../../ir/build.ts';
import type { Value } from '../../ir/types.ts';
import type { Context } from '../context.ts';
import { evaluateScalar } from '../scalar.ts';
import { EvaluationUnsupported } from '../value.ts';
import type { Row } from '../value.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { CONVERT } from './convert.ts';
import { ENCODE } from './encode.ts';
import type { Family } from './family.ts';
import { LISTS } from './lists.ts';
import { NETWORK } from './network.ts';
import { PARSE } from './parse.ts';
import { ROW_FUNCTIONS } from './rows.ts';
import { TEXT } from './text.ts';
import { TIME } from './time.ts';

const FUNCTIONS: Family = { ...TEXT, ...ENCODE, ...CONVERT, ...ARITHMETIC, ...TIME, ...LISTS, ...NETWORK, ...PARSE };

/** The result of a call. Throws {@link EvaluationUnsupported} for functions that are not run here. */
export function callFunction(node: ScalarOf<'call'>, row: Row, context: Context): Value {
  const ofRow = ROW_FUNCTIONS[node.fn];
  if (ofRow !== undefined) return ofRow(node, row, context);
  const body = FUNCTIONS[node.fn];
  if (body === undefined) throw new EvaluationUnsupported(`the function ${node.fn}`);
  return body(
    node.args.map((arg) => evaluateScalar(arg, row, context)),
    { type: node.type },
  );
}
