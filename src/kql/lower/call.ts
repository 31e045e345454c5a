/** Calls of scalar functions. */
import { test } from '../../ir/build.ts';
import { argumentCounts } from '../../ir/functions.ts';
import type { Scalar, ScalarFunction } from '../../ir/types.ts';
import type { Argument, Expression } from '../ast.ts';
import type { FunctionMeaning } from '../functions.ts';
import { isAggregate, scalarFunction, scalarFunctionNames } from '../functions.ts';
import { callForScalar, isTabular } from './bindings.ts';
import { lowerContextFunction } from './call-context.ts';
import { lowerPredicateFunction } from './call-predicates.ts';
import { lowerValueFunction } from './call-values.ts';
import type { Place } from './context.ts';
import { lowerScalar, makeCall, opaque, queryAsScalar } from './scalar.ts';
import { declaredNames, lookUp } from './scope.ts';
import { tableOfExpression } from './sources.ts';
import { writtenExpression } from './written.ts';

export type CallExpression = Extract<Expression, { readonly kind: 'call' }>;

export function lowerCall(expression: CallExpression, place: Place): Scalar {
  const { run, scope } = place;
  const { span } = expression;
  const name = expression.name.name;
  const binding = lookUp(scope, name);
  if (binding?.kind === 'function') {
    return callForScalar(binding.definition, expression.args, place, span, () => writtenExpression(expression));
  }
  const row = scalarFunction(name);
  if (row === undefined) return lowerUnknown(expression, place);
  const lowered = lowerKnown(row.meaning, expression, place);
  if (lowered !== undefined) return lowered;
  run.report('unsupported-argument', 'warning', span, `The arguments of \`${name}\` are not understood.`);
  return opaque(expression);
}

/** A call of a function that has a row; `undefined`: these arguments have no neutral meaning. */
function lowerKnown(meaning: FunctionMeaning, expression: CallExpression, place: Place): Scalar | undefined {
  switch (meaning.is) {
    case 'call':
      return lowerPlain(meaning.fn, meaning.order, expression, place);
    case 'predicate': {
      const predicate = lowerPredicateFunction(meaning.predicate, meaning.variant, expression, place);
      return predicate === undefined ? undefined : test(predicate, expression.span);
    }
    case 'context':
      return lowerContextFunction(meaning.context, expression, place);
    case 'value':
      return lowerValueFunction(meaning.value, meaning.variant, expression, lowerArguments(expression.args, place));
  }
}

function lowerUnknown(expression: CallExpression, place: Place): Scalar {
  const { run, scope } = place;
  const { span } = expression;
  const name = expression.name.name;
  if (expression.args.length === 0 && run.schemaOf(name) !== undefined && isTabular(run, expression, scope)) {
    return queryAsScalar(tableOfExpression(expression, { ...place, row: undefined }), span);
  }
  if (isAggregate(name)) {
    run.report('unknown-function', 'warning', span, `The aggregate \`${name}\` stands outside \`summarize\`.`);
    return opaque(expression);
  }
  const hint = run.didYouMean(name, () => [...scalarFunctionNames(), ...declaredNames(scope)]);
  run.report(
    'unknown-function',
    'warning',
    span,
    `The function \`${name}\` is not known, so its call is kept as it is written.`,
    hint,
  );
  return opaque(expression);
}

function lowerPlain(
  fn: ScalarFunction,
  order: readonly number[] | undefined,
  expression: CallExpression,
  place: Place,
): Scalar | undefined {
  const args = lowerArguments(expression.args, place);
  const ordered: Scalar[] = [];
  if (order === undefined) ordered.push(...args);
  else {
    for (const position of order) {
      const arg = args[position];
      if (arg === undefined) return undefined;
      ordered.push(arg);
    }
  }
  const { least, most } = argumentCounts(fn);
  if (ordered.length < least || ordered.length > most) {
    const count = `${args.length} argument${args.length === 1 ? '' : 's'}`;
    place.run.report(
      'argument-count',
      'warning',
      expression.span,
      `\`${expression.name.name}\` is called with ${count}.`,
    );
    return opaque(expression);
  }
  return makeCall(fn, ordered, expression.span);
}

function lowerArguments(args: readonly Argument[], place: Place): readonly Scalar[] {
  return args.map((arg) => lowerScalar(arg.value, place));
}
