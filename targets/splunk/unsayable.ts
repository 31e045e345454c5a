/** How the parts of `adapt` say that something has no words in SPL. */
import type { Scalar } from '../../src/ir/types.ts';

/** Says that a scalar cannot be said; the caller decides what that costs. */
export class Unsayable extends Error {
  readonly code: 'unsupported-function' | 'unsupported-regex' | 'unsupported-predicate' | 'unsupported-text';
  readonly span: Scalar['span'];

  constructor(code: Unsayable['code'], span: Scalar['span'], message: string) {
    super(message);
    this.code = code;
    this.span = span;
  }
}

export const unsayable = (of: { readonly span: Scalar['span'] }, message: string): never => {
  throw new Unsayable('unsupported-function', of.span, message);
};
