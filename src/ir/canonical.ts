/**
 * A text for every part of a Detection that is the same exactly when the parts are the same, wherever they were read.
 * On normal forms (see `normalise.ts`) it decides equality.
 */
import { foldCase } from './text.ts';
import type { Detection, Predicate, Relation, Scalar } from './types.ts';
import { childrenOf, foldParts, mapChildren, predicatePart, relationPart, scalarPart } from './walk.ts';
import type { Part } from './walk.ts';

/** Stands for a child while its parent's own properties are written. */
const PLACE = { op: 'opaque', text: '', reads: [], span: { start: 0, end: 0 } } as const;
const PLACE_HOLDERS = { relation: () => PLACE, predicate: () => PLACE, scalar: () => PLACE } as const;

const known = new WeakMap<object, string>();

/**
 * The canonical text of a part. Spans do not count, nor do the types of fields and results, which are hints that not
 * every language gives; the values of a case-insensitive test count in one spelling.
 */
export function canonicalTextOfPart(root: Part): string {
  return foldParts<string>(
    root,
    (part, children) => {
      const before = known.get(part.node);
      if (before !== undefined) return before;
      const shell = stableJson(ownProperties(children.length === 0 ? part : mapChildren(part, PLACE_HOLDERS)));
      const text = children.length === 0 ? shell : `${shell}(${children.join(',')})`;
      known.set(part.node, text);
      return text;
    },
    (part) => !known.has(part.node) && childrenOf(part).length > 0,
  );
}

export const canonicalTextOfPredicate = (node: Predicate): string => canonicalTextOfPart(predicatePart(node));
export const canonicalTextOfScalar = (node: Scalar): string => canonicalTextOfPart(scalarPart(node));
export const canonicalTextOfRelation = (node: Relation): string => canonicalTextOfPart(relationPart(node));

/** The canonical text of a whole Detection. */
export function canonicalText(detection: Detection): string {
  const { query, ...rest } = detection;
  return `${stableJson(rest)}(${canonicalTextOfRelation(query)})`;
}

function ownProperties(part: Part): object {
  const { node } = part;
  if (part.kind === 'scalar' && 'type' in node) {
    const { type: _hint, ...rest } = node;
    return rest;
  }
  if (part.kind === 'predicate' && node.op === 'match' && !node.caseSensitive && node.test !== 'regex') {
    return { ...node, values: node.values.map(foldCase) };
  }
  return node;
}

/** JSON with sorted keys, without spans and undefined properties, and with a form for what JSON lacks. */
export function stableJson(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts: string[] = [];
    for (const [key, inner] of Object.entries(value).sort(byKey)) {
      if (key !== 'span' && inner !== undefined) parts.push(`${JSON.stringify(key)}:${stableJson(inner)}`);
    }
    return `{${parts.join(',')}}`;
  }
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
