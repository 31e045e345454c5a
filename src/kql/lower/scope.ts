/**
 * The names that `let`, function parameters, `declare query_parameters` and `as` give, and what they stand for. A scope
 * is never changed: every declaration makes a new one in front of it, so that a definition sees exactly the names that
 * stood before it, wherever it is used.
 */
import type { Scalar } from '../../ir/types.ts';
import type { FunctionParameter, LetValue } from '../ast.ts';
import type { Table } from './context.ts';

/**
 * What a name stands for. Values are lowered at their first use and kept, so that a name used twice is one object in the
 * result; `asScalar` and `asTable` give `undefined` where the definition is not of that sort.
 */
export type Binding =
  | {
      readonly kind: 'value';
      /** It reads columns of the row at which a function was called: it means nothing in any other row. */
      readonly ofRow?: boolean;
      readonly isTable: () => boolean;
      readonly asScalar: () => Scalar | undefined;
      readonly asTable: () => Table | undefined;
    }
  | { readonly kind: 'function'; readonly definition: FunctionDefinition };

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly FunctionParameter[];
  readonly view: boolean;
  readonly body: Extract<LetValue, { readonly value: 'function' }>;
  /** The names that its body sees beside its parameters. */
  readonly scope: Names;
}

export interface Scope {
  readonly name: string;
  readonly binding: Binding;
  readonly outer: Scope | undefined;
}

/** A scope, or none: no name is declared. */
export type Names = Scope | undefined;

export function bind(outer: Names, name: string, binding: Binding): Scope {
  return { name, binding, outer };
}

export function lookUp(scope: Names, name: string): Binding | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.binding;
  return undefined;
}

/** How many names of a scope are looked through for a misspelt one. */
const MAX_DECLARED = 1_000;

/** The names that are declared, the nearest first. */
export function declaredNames(scope: Names): readonly string[] {
  const names: string[] = [];
  for (let at = scope; at !== undefined && names.length < MAX_DECLARED; at = at.outer) names.push(at.name);
  return names;
}

/** All bindings, the nearest first, each name once. */
export function* bindingsOf(scope: Names): Generator<readonly [string, Binding], void, void> {
  const seen = new Set<string>();
  for (let at = scope; at !== undefined; at = at.outer) {
    if (seen.has(at.name)) continue;
    seen.add(at.name);
    yield [at.name, at.binding];
  }
}

export function scalarBinding(value: Scalar, ofRow = false): Binding {
  return { kind: 'value', ofRow, isTable: () => false, asScalar: () => value, asTable: () => undefined };
}

export function tableBinding(table: Table): Binding {
  return { kind: 'value', isTable: () => true, asScalar: () => undefined, asTable: () => table };
}
