/** The value of scalars. */
import type { Scalar, Value } from '../ir/types.ts';
import { callFunction } from './functions/index.ts';
import type { Context } from './context.ts';
import { evaluatePredicate } from './predicate.ts';
import { datetimeValue, EvaluationUnsupported, NULL, nullOfType, readField } from './value.ts';
import type { Row } from './value.ts';

/** Evaluates a scalar of a row. Throws {@link EvaluationUnsupported} for what has no result here. */
export function evaluateScalar(node: Scalar, row: Row, context: Context): Value {
  switch (node.op) {
    case 'field':
      return readField(row, node) ?? nullOfType(node.type);
    case 'literal':
      return node.value;
    case 'anyField':
      throw new EvaluationUnsupported('a search of all fields outside a text test');
    case 'now':
      return datetimeValue(context.now + node.offset);
    case 'call':
      return callFunction(node, row, context);
    case 'choose': {
      const chosen = node.cases.find((one) => evaluatePredicate(one.when, row, context) === true);
      return evaluateScalar(chosen?.then ?? node.otherwise, row, context);
    }
    case 'test': {
      const truth = evaluatePredicate(node.of, row, context);
      return truth === null ? nullOfType('bool') : { type: 'bool', value: truth };
    }
    case 'query':
      return context.firstColumn(node.query)[0] ?? NULL;
    case 'opaque':
      throw new EvaluationUnsupported(`\`${node.text}\``);
  }
}
