/** Where in an event a scalar reads: the stored field under conversions and steps into structures. */
import type { Field, PathStep, Scalar } from '../../src/ir/types.ts';

export interface Place {
  readonly field: Field;
  /** The expanded lists whose elements it is in, innermost first (see `Expansion` in `src/ir/shape.ts`). */
  readonly expansions: readonly string[];
}

/** Conversions that leave the value what it is, as far as a test on text or number can tell. */
const CONVERSIONS: ReadonlySet<string> = new Set([
  'toText',
  'toLong',
  'toReal',
  'toDecimal',
  'toBool',
  'toDynamic',
  'toGuid',
]);

/** The place that a scalar reads; `undefined` for anything computed. */
export function placeOf(scalar: Scalar): Place | undefined {
  const steps: PathStep[] = [];
  const expansions: string[] = [];
  let inner = scalar;
  while (inner.op === 'call') {
    const [argument, key] = inner.args;
    if (argument === undefined) return undefined;
    if (inner.fn === 'element') {
      const step = stepOf(key);
      if (step === undefined) return undefined;
      steps.unshift(step);
    } else if (inner.fn === 'anyElement') {
      const id = stepOf(key);
      if (id === undefined) return undefined;
      expansions.push(String(id));
    } else if (
      !CONVERSIONS.has(inner.fn) &&
      !(inner.fn === 'parseJson' && (steps.length > 0 || expansions.length > 0))
    ) {
      return undefined;
    }
    inner = argument;
  }
  if (inner.op !== 'field') return undefined;
  // What was read as text is a text; what lies in a structure has the type that the test gives it.
  const type = scalar.op === 'field' ? scalar.type : scalar.op === 'call' ? scalar.type : inner.type;
  return { field: { ...inner, path: [...inner.path, ...steps], type, span: scalar.span }, expansions };
}

function stepOf(key: Scalar | undefined): PathStep | undefined {
  if (key?.op !== 'literal') return undefined;
  if (key.value.type === 'string') return key.value.value;
  return key.value.type === 'long' ? Number(key.value.value) : undefined;
}
