/** What a family of functions is: by name, from argument values to a result. */
import type { Json, ScalarFunction, ScalarType, Value } from '../../ir/types.ts';
import { isNull, jsonOf, nullOfType, plain, textOf, toNumber } from '../value.ts';

export interface CallInfo {
  /** The type that the call is known to have; `unknown` where it is not. */
  readonly type: ScalarType;
}

export type FunctionBody = (args: readonly Value[], info: CallInfo) => Value;
export type Family = Readonly<Partial<Record<ScalarFunction, FunctionBody>>>;

export const argument = (args: readonly Value[], index: number): Value => args[index] ?? nullOfType('unknown');
export const textArgument = (args: readonly Value[], index: number): string => textOf(argument(args, index));

/** A whole number; `undefined` when the argument is absent, null or none. */
export function integerArgument(args: readonly Value[], index: number): number | undefined {
  const value = args[index];
  const number = value === undefined ? undefined : toNumber(value);
  return number === undefined ? undefined : Math.trunc(number);
}

/** An array; `undefined` of anything else. */
export function arrayOf(value: Value | undefined): readonly Json[] | undefined {
  return value?.type === 'dynamic' && Array.isArray(value.value) ? (value.value as readonly Json[]) : undefined;
}

export type Bag = { readonly [key: string]: Json };

/** A property bag; `undefined` of anything else. */
export function bagOf(value: Value | undefined): Bag | undefined {
  if (value?.type !== 'dynamic' || typeof value.value !== 'object' || value.value === null) return undefined;
  return Array.isArray(value.value) ? undefined : (value.value as Bag);
}

/** A bag of properties by name; names like `__proto__` are only names. */
export function makeBag(entries: Iterable<readonly [string, Json]>): Bag {
  const bag = Object.create(null) as Record<string, Json>;
  for (const [key, value] of entries) bag[key] = value;
  return bag;
}

/** A function that is null when one of its arguments is. */
export function strict(result: ScalarType, body: FunctionBody): FunctionBody {
  return (args, info) => (args.some((arg) => isNull(plain(arg))) ? nullOfType(result) : body(args, info));
}

/** A text so long at most: what repeats or joins must not exhaust memory. */
export const LONGEST_TEXT = 1 << 20;
export const LONGEST_ARRAY = 1 << 20;

export const jsonArgument = (args: readonly Value[], index: number): Json => jsonOf(argument(args, index));
