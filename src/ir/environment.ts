/**
 * What column names stand for above a point of a pipeline, in terms of what is below it: stored fields, or the keys and
 * measures of an aggregate. Environments are values; every operator makes a new one.
 */
import { literal, nullValue, opaqueScalar, text } from './build.ts';
import { simplifyPredicate, simplifyScalar } from './simplify.ts';
import type { Field, NamedScalar, Predicate, Scalar } from './types.ts';
import {
  columnsReadBy,
  foldParts,
  outsideSubqueries,
  rewritePredicate,
  rewriteScalar,
  scalarPart,
  substituteField,
} from './walk.ts';
import type { Rewriter } from './walk.ts';

export interface Environment {
  /** Columns by name, as functions of what is below. */
  readonly columns: ReadonlyMap<string, Scalar>;
  /** Whether names that `columns` lacks are those of below. */
  readonly open: boolean;
  /** Names of below that do not come out of an open environment. */
  readonly hidden: ReadonlySet<string>;
}

export const OPEN: Environment = { columns: new Map(), open: true, hidden: new Set() };

/** Only these names, each standing for itself. */
export function closedEnvironment(names: Iterable<string>, fieldOf: (name: string) => Scalar): Environment {
  const columns = new Map<string, Scalar>();
  for (const name of names) columns.set(name, fieldOf(name));
  return { columns, open: false, hidden: new Set() };
}

/** Scalars may only grow so large by substitution: `extend a = strcat(a, a)` doubles with every line. */
const LARGEST_SCALAR = 1000;

const sizes = new WeakMap<Scalar, number>();

function sizeOf(scalar: Scalar): number {
  return foldParts<number>(
    scalarPart(scalar),
    (part, children) => {
      const known = part.kind === 'scalar' ? sizes.get(part.node) : undefined;
      if (known !== undefined) return known;
      const size = Math.min(
        children.reduce((sum, child) => sum + child, 1),
        LARGEST_SCALAR * 2,
      );
      if (part.kind === 'scalar') sizes.set(part.node, size);
      return size;
    },
    (part) => outsideSubqueries(part) && !(part.kind === 'scalar' && sizes.has(part.node)),
  );
}

/** What a field of the upper side stands for below. A name that does not come out reads as missing. */
export function lookUp(environment: Environment, field: Field): Scalar | undefined {
  const known = environment.columns.get(field.name);
  if (known !== undefined) return known;
  if (environment.open && !environment.hidden.has(field.name)) return undefined;
  return field.type === 'string' ? text('', field.span) : literal(nullValue(field.type), field.span);
}

/** Whether a name comes out; `undefined` where that depends on what is stored. */
export function hasColumn(environment: Environment, name: string): boolean | undefined {
  if (environment.columns.has(name)) return true;
  return environment.open && !environment.hidden.has(name) ? undefined : false;
}

/** A scalar of the upper side in terms of below, simplified. Opaque parts keep their text; what they read is said in names of below. */
export function resolveScalarIn(environment: Environment, scalar: Scalar): Scalar {
  return simplifyScalar(rewriteScalar(scalar, resolver(environment), outsideSubqueries));
}

/** A predicate of the upper side in terms of below, simplified. */
export function resolvePredicateIn(environment: Environment, predicate: Predicate): Predicate {
  return simplifyPredicate(rewritePredicate(predicate, resolver(environment), outsideSubqueries));
}

function resolver(environment: Environment): Rewriter {
  let growth = 0;
  const substitution = (place: Field): Scalar | undefined => {
    const replacement = lookUp(environment, place);
    if (replacement === undefined || replacement.op === 'field') return replacement;
    const size = sizeOf(replacement);
    growth += size;
    return size > 1 && growth > LARGEST_SCALAR ? tooLarge(place, replacement) : replacement;
  };
  return {
    scalar: (node) =>
      node.op === 'opaque'
        ? { ...node, reads: readsBelow(environment, node.reads) }
        : substituteField(node, substitution),
    predicate: (node) => {
      if (node.op === 'opaque') return { ...node, reads: readsBelow(environment, node.reads) };
      // Each leaf may grow for itself.
      growth = 0;
      return node;
    },
  };
}

const tooLarge = (place: Field, replacement: Scalar): Scalar =>
  opaqueScalar(place.name, [...columnsReadBy(scalarPart(replacement)).names], place.span);

function readsBelow(environment: Environment, names: readonly string[]): readonly string[] {
  const reads = new Set<string>();
  for (const name of names) {
    const known = environment.columns.get(name);
    if (known === undefined) reads.add(name);
    else for (const inner of columnsReadBy(scalarPart(known)).names) reads.add(inner);
  }
  return [...reads];
}

// ---------------------------------------------------------------------------------------------- operators

/** After `extend`: every value is computed from the input's row. */
export function extendEnvironment(environment: Environment, added: readonly NamedScalar[]): Environment {
  const columns = new Map(environment.columns);
  for (const { name, value } of added) columns.set(name, resolveScalarIn(environment, value));
  return { ...environment, columns };
}

/** After `project`: only these. */
export function projectEnvironment(environment: Environment, kept: readonly NamedScalar[]): Environment {
  const columns = new Map<string, Scalar>();
  for (const { name, value } of kept) columns.set(name, resolveScalarIn(environment, value));
  return { columns, open: false, hidden: new Set() };
}

/** After `project-away` and `project-keep`; names may hold `*`. */
export function selectEnvironment(
  environment: Environment,
  mode: 'drop' | 'keep',
  names: readonly string[],
  fieldOf: (name: string) => Field,
): Environment {
  const fits = namePattern(names);
  const exact = names.filter((name) => !name.includes('*'));
  const columns = new Map([...environment.columns].filter(([name]) => fits(name) === (mode === 'keep')));
  if (mode === 'drop') return { ...environment, columns, hidden: new Set([...environment.hidden, ...exact]) };
  for (const name of exact) {
    if (!columns.has(name)) columns.set(name, lookUp(environment, fieldOf(name)) ?? fieldOf(name));
  }
  // With a wildcard there is no telling which stored fields stay: none that the query reads later can be missing.
  return exact.length === names.length ? { columns, open: false, hidden: new Set() } : { ...environment, columns };
}

/** After `project-rename`. */
export function renameEnvironment(
  environment: Environment,
  renamed: readonly { readonly from: string; readonly to: string }[],
  fieldOf: (name: string) => Field,
): Environment {
  const columns = new Map(environment.columns);
  const hidden = new Set(environment.hidden);
  for (const { from } of renamed) {
    columns.delete(from);
    hidden.add(from);
  }
  for (const { from, to } of renamed) {
    columns.set(to, lookUp(environment, fieldOf(from)) ?? fieldOf(from));
  }
  return { ...environment, columns, hidden };
}

function namePattern(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.includes('*')));
  const patterns = names
    .filter((name) => name.includes('*'))
    .map((name) => name.split('*').map((piece) => piece.toLowerCase()));
  return (name) => exact.has(name) || patterns.some((pieces) => fitsPieces(name.toLowerCase(), pieces));
}

/** Whether a name is the pieces in order, with anything between them. */
function fitsPieces(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    at = name.indexOf(piece, at);
    if (at < 0) return false;
    at += piece.length;
  }
  return at <= name.length - last.length;
}
