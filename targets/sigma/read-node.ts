/** Reads the parts of a Sigma document from YAML nodes, reporting what is of the wrong form. */
import type { Diagnostic, Severity } from '../../src/diagnostic.ts';
import type { MappingNode, Node, ScalarNode } from '../../src/rule/document.ts';
import type { Span } from '../../src/source.ts';
import { codes } from './codes.ts';
import type { SigmaCode } from './codes.ts';
import type { SigmaValue } from './tree.ts';

/** What readers share: where findings go, and how much may still be read. */
export interface ReadContext {
  readonly diagnostics: Diagnostic[];
  /** YAML nodes that may still be read: aliases can make a small file a large tree. */
  budget: number;
}

export function report(context: ReadContext, code: SigmaCode, severity: Severity, span: Span, message: string): void {
  context.diagnostics.push(codes.diagnostic(code, severity, span, message));
}

/** The value under a key; `undefined` when there is none or it is null. */
export function valueAt(mapping: MappingNode, key: string): Node | undefined {
  const value = mapping.entries.find((entry) => entry.key === key)?.value;
  return value === undefined || (value.type === 'scalar' && value.value === null) ? undefined : value;
}

/** The keys that stand in a mapping more than once, at their later places. */
export function repeatedKeys(mapping: MappingNode): readonly { readonly key: string; readonly span: Span }[] {
  const seen = new Set<string>();
  const repeated: { key: string; span: Span }[] = [];
  for (const { key, keySpan } of mapping.entries) {
    if (key === undefined) continue;
    if (seen.has(key)) repeated.push({ key, span: keySpan });
    seen.add(key);
  }
  return repeated;
}

/** A scalar as text: numbers and bools as written. */
export function textAt(mapping: MappingNode, key: string, context: ReadContext): string | undefined {
  const value = valueAt(mapping, key);
  if (value === undefined) return undefined;
  if (value.type === 'scalar') return value.text;
  report(context, 'invalid-value', 'warning', value.span, `'${key}' must be a text.`);
  return undefined;
}

/** A list of scalars as texts; a lone scalar is a list of one. */
export function textsAt(mapping: MappingNode, key: string, context: ReadContext): readonly string[] {
  const value = valueAt(mapping, key);
  if (value === undefined) return [];
  if (value.type === 'scalar') return [value.text];
  if (value.type === 'mapping') {
    report(context, 'invalid-value', 'warning', value.span, `'${key}' must be a list of texts.`);
    return [];
  }
  const texts: string[] = [];
  for (const item of value.items) {
    if (item.type === 'scalar') {
      if (item.value !== null) texts.push(item.text);
    } else report(context, 'invalid-value', 'warning', item.span, `'${key}' must hold texts only.`);
  }
  return texts;
}

/** A scalar of a detection with its type: an integer of any size is a bigint. */
export function sigmaValue(scalar: ScalarNode): SigmaValue {
  const { value, text } = scalar;
  if (typeof value !== 'number') return value;
  if (/^[-+]?[0-9]+$/.test(text)) return BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (/^0x[0-9a-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return BigInt(text);
  return value;
}
