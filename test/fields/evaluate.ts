/** A predicate over one event of text fields, for the laws of these tests: no more of the language than they need. */
import { equalsIgnoringCase, foldCase, passesTest } from '../../src/ir/text.ts';
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';

export type TextEvent = Readonly<Record<string, string>>;

export const fieldNamed = (name: string, ...path: (string | number)[]): Field => ({
  op: 'field',
  name,
  path,
  type: 'string',
  span: NO_SPAN,
});

function textOf(subject: Scalar, event: TextEvent): string {
  if (subject.op === 'field') return event[[subject.name, ...subject.path].join('.')] ?? '';
  if (subject.op === 'anyField') return Object.values(event).join('\n');
  throw new Error(`no text: ${subject.op}`);
}

export function holdsFor(predicate: Predicate, event: TextEvent): boolean {
  switch (predicate.op) {
    case 'constant':
      return predicate.value;
    case 'and':
      return predicate.of.every((operand) => holdsFor(operand, event));
    case 'or':
      return predicate.of.some((operand) => holdsFor(operand, event));
    case 'not':
      return !holdsFor(predicate.of, event);
    case 'missing':
      return textOf(predicate.subject, event) === '';
    case 'oneOf':
      return predicate.values.some((value) =>
        value.type === 'null' || value.type === 'dynamic'
          ? false
          : equalsIgnoringCase(String(value.value), textOf(predicate.subject, event)),
      );
    case 'match': {
      const text = textOf(predicate.subject, event);
      const { test, caseSensitive } = predicate;
      const passes = (value: string): boolean => {
        if (test === 'regex') return new RegExp(value, caseSensitive ? 'u' : 'iu').test(text);
        if (test === 'wildcard') throw new Error('no wildcards here');
        return passesTest(caseSensitive ? text : foldCase(text), test, value, caseSensitive);
      };
      return predicate.quantifier === 'any' ? predicate.values.some(passes) : predicate.values.every(passes);
    }
    case 'matchScalar':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      throw new Error(`not here: ${predicate.op}`);
  }
}
