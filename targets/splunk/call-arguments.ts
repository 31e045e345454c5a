/** A function call under adaptation, and what the handlers of functions put values together with. */
import { call, compare, choose, long } from '../../src/ir/build.ts';
import type { Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { kqlName } from '../../src/kql/raise/names.ts';
import { adaptScalar, numberOf } from './adapt-scalar.ts';
import type { ScalarContext } from './adapt-scalar.ts';
import { toSharedSyntax } from './patterns.ts';
import { isPlainField } from './rows.ts';
import { typeOf } from './value-types.ts';
import { Unsayable, unsayable } from './unsayable.ts';

export type Call = Extract<Scalar, { readonly op: 'call' }>;

/** Functions of a text whose result is compared as the text itself is. */
const SAME_TEXT: ReadonlySet<ScalarFunction> = new Set(['toText', 'toDynamic', 'lower', 'upper']);

/** A call under adaptation: its arguments are adapted when they are asked for. */
export class Arguments {
  readonly node: Call;
  readonly context: ScalarContext;

  constructor(node: Call, context: ScalarContext) {
    this.node = node;
    this.context = context;
  }

  get count(): number {
    return this.node.args.length;
  }

  raw(index: number): Scalar {
    return this.node.args[index] ?? unsayable(this.node, `'${kqlName(this.node)}' lacks an argument.`);
  }

  value(index: number): Scalar {
    const raw = this.raw(index);
    const { rows, use } = this.context;
    const context = SAME_TEXT.has(this.node.fn) ? this.context : { rows, use };
    return adaptScalar(raw, context, typeOf(raw) === 'datetime' ? 'time' : 'value');
  }

  values(from = 0): readonly Scalar[] {
    return this.node.args.slice(from).map((_, index) => this.value(from + index));
  }

  literalText(index: number, what: string): string {
    const raw = this.raw(index);
    if (raw.op === 'literal' && raw.value.type === 'string') return raw.value.value;
    return unsayable(raw, `${what} has to be written in the query.`);
  }

  literalNumber(index: number, what: string): number {
    const raw = this.raw(index);
    const value = raw.op === 'literal' ? raw.value : undefined;
    if (value?.type === 'long' || value?.type === 'real') return Number(value.value);
    return unsayable(raw, `${what} has to be written in the query.`);
  }

  pattern(index: number): string {
    const shared = toSharedSyntax(this.literalText(index, 'A regular expression'));
    if (shared !== undefined) return shared;
    throw new Unsayable(
      'unsupported-regex',
      this.node.span,
      'The regular expression has a construct that PCRE does not have.',
    );
  }

  /** A value as a field of its own: some commands take nothing else. */
  asField(index: number): Scalar {
    const value = this.value(index);
    if (isPlainField(value)) return value;
    return this.context.rows.compute(value, this.context.rows.columnNamed(this.raw(index)) ?? 'text');
  }
}

/** Adapts a call; throws {@link Unsayable}. */
export type Handler = (of: Arguments) => Scalar;

export const make = (of: Arguments, fn: ScalarFunction, args: readonly Scalar[]): Scalar =>
  call(fn, args, of.node.type, of.node.span);

/** Two numbers put together. */
export function op(fn: ScalarFunction, left: Scalar, right: Scalar): Scalar {
  return call(fn, [left, right], 'real', left.span);
}

export const floorOf = (of: Scalar): Scalar => call('floor', [of], 'long', of.span);

/** Rounded down to a multiple of the size, counted from an offset. */
export function binTo(value: Scalar, size: number, offset = 0): Scalar {
  if (offset === 0) return call('bin', [value, numberOf(size, value.span)], 'datetime', value.span);
  const shift = long(offset);
  const bin = call('bin', [op('subtract', value, shift), long(size)], 'datetime', value.span);
  return op('add', bin, shift);
}

/** Truncated towards zero. */
export function truncated(value: Scalar): Scalar {
  const down = floorOf(value);
  const up = call('ceiling', [value], 'long', value.span);
  return choose([{ when: compare(value, '<', long(0)), then: up }], down, 'long', value.span);
}
