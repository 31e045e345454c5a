/** Single values of rows in Splunk's words, with what cannot be said noted. */
import type { Field, Scalar } from '../../src/ir/types.ts';
import { adaptScalar } from './adapt-scalar.ts';
import { typeOf } from './value-types.ts';
import type { Use } from './adapting.ts';
import { isPlainField } from './rows.ts';
import type { Rows } from './rows.ts';
import { Unsayable } from './unsayable.ts';

export interface Unsaid {
  readonly code: Unsayable['code'];
  readonly message: string;
  readonly span: Scalar['span'];
}

/** A scalar over the rows' lower side, or why it cannot be said. */
export function trySay(rows: Rows, value: Scalar, use: Use, as: 'value' | 'time' = 'value'): Scalar | Unsaid {
  try {
    return adaptScalar(value, { rows, use }, as);
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    return { code: error.code, message: error.message, span: error.span };
  }
}

export const isUnsaid = (said: Scalar | Unsaid): said is Unsaid => 'code' in said;

/**
 * A scalar over the rows' lower side. One that decides something and cannot be said refuses the output; one that is only
 * shown is `undefined` without a note.
 */
export function sayScalar(rows: Rows, value: Scalar, use: Use, as: 'value' | 'time' = 'value'): Scalar | undefined {
  const said = trySay(rows, value, use, as);
  if (!isUnsaid(said)) return said;
  if (use.decides) rows.adapting.refuse(said.code, 'differs', said.span, said.message);
  return undefined;
}

/** Like {@link sayScalar}, as a field: what is computed becomes a column with about this name. */
export function sayField(rows: Rows, value: Scalar, name: string, use: Use): Field | undefined {
  const said = sayScalar(rows, value, use, typeOf(value) === 'datetime' && use.decides ? 'time' : 'value');
  if (said === undefined) return undefined;
  return isPlainField(said) ? said : rows.compute(said, name);
}
