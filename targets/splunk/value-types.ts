/** What type a scalar is known to have, and what follows for how it reads when it is missing. */
import type { Scalar } from '../../src/ir/types.ts';

export function typeOf(node: Scalar): string {
  switch (node.op) {
    case 'field':
    case 'call':
    case 'choose':
    case 'query':
      return node.type;
    case 'literal':
      return node.value.type === 'null' ? node.value.of : node.value.type;
    case 'now':
      return 'datetime';
    case 'test':
      return 'bool';
    case 'anyField':
    case 'opaque':
      return 'unknown';
  }
}

/** Whether a value reads as a text: a missing one as the empty text. */
export function isText(node: Scalar): boolean {
  return ['string', 'dynamic', 'unknown', 'guid'].includes(typeOf(node));
}

export const isNumber = (node: Scalar): boolean => ['long', 'real', 'decimal'].includes(typeOf(node));
