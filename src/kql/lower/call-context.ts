/** Calls of functions whose meaning depends on where they stand: choices, columns that may not exist, `toscalar`. */
import { choose, field, literal, missing, not } from '../../ir/build.ts';
import type { Predicate, Scalar } from '../../ir/types.ts';
import type { Argument } from '../ast.ts';
import type { ContextFunction } from '../functions.ts';
import { isTabular } from './bindings.ts';
import type { CallExpression } from './call.ts';
import { commonType, typeOfScalar } from './columns.ts';
import type { Place } from './context.ts';
import { textOfValue } from './literals.ts';
import { asCondition, lowerPredicate } from './predicate.ts';
import { lowerScalar, queryAsScalar } from './scalar.ts';
import { tableOfExpression } from './sources.ts';

/** The call; `undefined`: these arguments have no neutral meaning. */
export function lowerContextFunction(
  context: ContextFunction,
  expression: CallExpression,
  place: Place,
): Scalar | undefined {
  const { span } = expression;
  switch (context) {
    case 'choose':
      return lowerChoice(expression, place);
    case 'toScalar': {
      const first = expression.args[0]?.value;
      if (first === undefined) return undefined;
      if (!isTabular(place.run, first, place.scope)) return lowerScalar(first, place);
      return queryAsScalar(tableOfExpression(first, { ...place, row: undefined }), span);
    }
    case 'columnIfExists':
      return lowerColumnIfExists(expression, place);
    case 'columnExists': {
      const name = constantText(expression.args[0], place);
      if (name === undefined || place.row === undefined) return undefined;
      if (place.row.known.has(name)) return literal({ type: 'bool', value: true }, span);
      return place.row.open || place.row.payload !== undefined
        ? undefined
        : literal({ type: 'bool', value: false }, span);
    }
  }
}

/** `iff(condition, then, else)` and `case(condition, then, ..., else)`. */
function lowerChoice(expression: CallExpression, place: Place): Scalar | undefined {
  const { args } = expression;
  if (args.length < 3 || args.length % 2 === 0) return undefined;
  const cases: { readonly when: Predicate; readonly then: Scalar }[] = [];
  for (let index = 0; index + 1 < args.length; index += 2) {
    const when = args[index];
    const then = args[index + 1];
    if (when === undefined || then === undefined) return undefined;
    cases.push({ when: asCondition(lowerPredicate(when.value, place)), then: lowerScalar(then.value, place) });
  }
  const last = args[args.length - 1];
  if (last === undefined) return undefined;
  const otherwise = lowerScalar(last.value, place);
  const known = commonType([...cases.map((one) => typeOfScalar(one.then)), typeOfScalar(otherwise)]);
  return choose(cases, otherwise, known, expression.span);
}

function constantText(arg: Argument | undefined, place: Place): string | undefined {
  if (arg === undefined) return undefined;
  const value = lowerScalar(arg.value, { ...place, row: undefined });
  return value.op === 'literal' ? textOfValue(value.value) : undefined;
}

function isEmptyLiteral(value: Scalar): boolean {
  if (value.op !== 'literal') return false;
  if (value.value.type === 'null') return true;
  return (value.value.type === 'string' || value.value.type === 'dynamic') && value.value.value === '';
}

function lowerColumnIfExists(expression: CallExpression, place: Place): Scalar | undefined {
  const { row, run } = place;
  const { span } = expression;
  const name = constantText(expression.args[0], place);
  const standard = expression.args[1]?.value;
  if (name === undefined || row === undefined || standard === undefined) return undefined;
  const fallback = lowerScalar(standard, place);
  const known = row.known.get(name);
  if (known !== undefined) return known.virtual ?? field(name, [], known.type, span);
  if (!row.open && row.payload === undefined) {
    const message = `There is no column \`${name}\` here as far as the schemas say, so the default is taken.`;
    run.report('column-if-exists', 'info', span, message);
    return fallback;
  }
  const type = typeOfScalar(fallback);
  const column = lowerScalar({ kind: 'name', name, bracketed: true, span }, place);
  const typed =
    column.op === 'field' && column.type === 'unknown'
      ? { ...column, type: type === 'dynamic' ? 'unknown' : type }
      : column;
  if (isEmptyLiteral(fallback)) return typed;
  run.report(
    'column-if-exists',
    'info',
    span,
    `Whether there is a column \`${name}\` is not known; where it has no value, the default is taken.`,
  );
  return choose([{ when: not(missing(typed, 'empty', span)), then: typed }], fallback, type, span);
}
