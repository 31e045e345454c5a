/** The value of scalars. */
import type { Scalar, ScalarType, Value } from '../ir/types.ts';
import { callFunction } from './functions/index.ts';
import type { Context } from './context.ts';
import { evaluatePredicate } from './predicate.ts';
import { datetimeValue, EvaluationUnsupported, NULL, nullOfType, readField, textOf } from './value.ts';
import type { Row } from './value.ts';

/** Evaluates a scalar of a row. Throws {@link EvaluationUnsupported} for what has no result here. */
export function evaluateScalar(node: Scalar, row: Row, context: Context): Value {
  switch (node.op) {
    case 'field':
      return fieldValue(readField(row, node), node.type);
    case 'literal':
      return node.value;
    case 'anyField':
      throw new EvaluationUnsupported('a search of all fields outside a text test');
    case 'now':
      return datetimeValue(context.now + node.offset);
    case 'call':
      return asText(callFunction(node, row, context), node.type);
    case 'choose': {
      const chosen = node.cases.find((one) => evaluatePredicate(one.when, row, context) === true);
      return asText(evaluateScalar(chosen?.then ?? node.otherwise, row, context), node.type);
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

/** A text column is never null, whatever an aggregate of no rows has put there. */
function fieldValue(value: Value | undefined, type: ScalarType): Value {
  return value === undefined || (value.type === 'null' && type === 'string') ? nullOfType(type) : value;
}

/** What is of type string is a text: a null from inside a structure reads as the empty one. */
function asText(value: Value, type: ScalarType): Value {
  return type === 'string' && value.type !== 'string' ? { type, value: textOf(value) } : value;
}
