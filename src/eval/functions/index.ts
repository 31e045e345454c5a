/** Calls of scalar functions: looks the function up in the families beside this file. */
import type { ScalarOf } from '../../ir/build.ts';
import { foldCase } from '../../ir/text.ts';
import type { Value } from '../../ir/types.ts';
import type { Context } from '../context.ts';
import { evaluateScalar } from '../scalar.ts';
import { EvaluationUnsupported, NULL, textOf, textValue } from '../value.ts';
import type { Row } from '../value.ts';

export function callFunction(node: ScalarOf<'call'>, row: Row, context: Context): Value {
  const [first = NULL] = node.args.map((arg) => evaluateScalar(arg, row, context));
  switch (node.fn) {
    case 'lower':
      return textValue(textOf(first).toLowerCase());
    case 'upper':
      return textValue(textOf(first).toUpperCase());
    case 'toText':
      return textValue(textOf(first));
    default:
      throw new EvaluationUnsupported(`the function ${node.fn} ${foldCase('')}`);
  }
}
