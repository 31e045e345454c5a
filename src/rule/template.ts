/**
 * The part of ARM template syntax that occurs in exported rules: a text in brackets is an expression, `[[` starts a
 * literal bracket ("Syntax and expressions in ARM templates"). Only a reference to a variable or to a parameter's
 * default value is followed; functions are not evaluated.
 */
import type { MappingNode, Node, ScalarNode } from './document.ts';

/** The variables and parameters in sight, innermost template first. */
export type TemplateScope = readonly MappingNode[];

export type Resolved =
  /** `viaParameter`: it is a parameter's default value, which a deployment may replace. */
  | { readonly as: 'value'; readonly node: Node; readonly viaParameter: boolean }
  /** An expression that the file alone does not answer. */
  | { readonly as: 'expression' };

const MAX_STEPS = 16;

/** What a value of a template stands for. Outside templates (`scope` undefined) every value stands for itself. */
export function resolveValue(node: Node, scope: TemplateScope | undefined): Resolved {
  let current = node;
  let viaParameter = false;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (scope === undefined || current.type !== 'scalar' || typeof current.value !== 'string') {
      return { as: 'value', node: current, viaParameter };
    }
    const text = current.text;
    if (!text.startsWith('[') || !text.trimEnd().endsWith(']')) return { as: 'value', node: current, viaParameter };
    if (text.startsWith('[[')) return { as: 'value', node: withoutFirstCharacter(current), viaParameter };
    const target = findReference(text, scope);
    if (target === undefined) return { as: 'expression' };
    viaParameter ||= /^\[\s*parameters/.test(text);
    current = target;
  }
  return { as: 'expression' };
}

function withoutFirstCharacter(node: ScalarNode): ScalarNode {
  const text = node.text.slice(1);
  return {
    ...node,
    value: text,
    text,
    embed: () => {
      const embedded = node.embed();
      const segments = embedded.segments
        .map(({ embedded: at, file }) => (at === 0 ? { embedded: 0, file: file + 1 } : { embedded: at - 1, file }))
        // When the second character starts a segment of its own, that one wins.
        .filter((segment, index, all) => all[index + 1]?.embedded !== segment.embedded);
      return { text: embedded.text.slice(1), segments };
    },
  };
}

function findReference(text: string, scope: TemplateScope): Node | undefined {
  const match =
    /^\[\s*(variables|parameters)\(\s*'([^']{1,200})'\s*\)((?:\.[A-Za-z_][A-Za-z0-9_-]{0,200}){0,8})\s*\]\s*$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, kind = '', name = '', path = ''] = match;
  for (const template of scope) {
    const declared = lookup(lookup(template, kind), name);
    if (declared === undefined) continue;
    let found = kind === 'parameters' ? lookup(declared, 'defaultValue') : declared;
    for (const step of path.split('.').slice(1)) found = lookup(found, step);
    return found;
  }
  return undefined;
}

/** The value of a key; ARM compares names without regard to letter case. */
export function lookup(node: Node | undefined, key: string): Node | undefined {
  if (node?.type !== 'mapping') return undefined;
  const wanted = key.toLowerCase();
  return node.entries.find((entry) => entry.key?.toLowerCase() === wanted)?.value;
}
