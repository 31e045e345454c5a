/** Reads the keys of a mapping one by one and keeps account of them, so that none goes by unnoticed. */
import type { Diagnostic, Severity } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import { ruleCodes } from './codes.ts';
import type { Entry, MappingNode, Node, ScalarNode } from './document.ts';
import { nearestName } from './nearest.ts';
import { resolveValue } from './template.ts';
import type { TemplateScope } from './template.ts';
import type { Located } from './types.ts';

/** What the readers of a rule share. */
export interface ReadContext {
  readonly diagnostics: Diagnostic[];
  /** Set inside ARM templates, where texts in brackets are expressions. */
  readonly scope: TemplateScope | undefined;
  /** Findings so far, by code. */
  readonly counts: Map<Code, number>;
}

/** Of one code so many findings are listed for a rule; the rest are counted. */
const MAX_LISTED = 100;

type Code = Parameters<typeof ruleCodes.diagnostic>[0];

export function report(
  context: ReadContext,
  code: Code,
  severity: Severity,
  span: Span,
  message: string,
  hint?: string,
): void {
  const count = (context.counts.get(code) ?? 0) + 1;
  context.counts.set(code, count);
  if (severity === 'error' || count <= MAX_LISTED) {
    context.diagnostics.push(ruleCodes.diagnostic(code, severity, span, message, hint));
  }
}

/** Says of which codes there were too many findings to list them all. */
export function reportUnlisted(context: ReadContext, span: Span): void {
  for (const [code, count] of context.counts) {
    if (count <= MAX_LISTED) continue;
    const message = `There are ${count - MAX_LISTED} more findings of this kind in the rule.`;
    context.diagnostics.push(ruleCodes.diagnostic(code, 'warning', span, message));
  }
}

/** Names with commas between them, as opposed to a sentence or an address that happens to hold a comma. */
const NAME_LIST = /^\s*[\w.-]+(\s*,\s*[\w.-]+)+\s*$/;

/** A key that was found, with its value resolved. */
export interface Found {
  readonly key: string;
  readonly keySpan: Span;
  readonly node: Node;
}

export class MappingReader {
  readonly #context: ReadContext;
  readonly #node: MappingNode;
  readonly #what: string;
  readonly #byName = new Map<string, Entry[]>();
  readonly #known: string[] = [];
  readonly #read = new Set<string>();

  /** `what` names the mapping in messages: `rule`, `entity mapping`. */
  constructor(node: MappingNode, what: string, context: ReadContext) {
    this.#context = context;
    this.#node = node;
    this.#what = what;
    for (const entry of node.entries) {
      if (entry.key === undefined) {
        report(
          context,
          'key-not-text',
          'warning',
          entry.keySpan,
          `A key of the ${what} is no plain text; it is not used.`,
        );
        continue;
      }
      const name = entry.key.toLowerCase();
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [entry]);
      else same.push(entry);
    }
  }

  get span(): Span {
    return this.#node.span;
  }

  /** A short place to point at when something is missing: the first key. */
  get head(): Span {
    return this.#node.entries[0]?.keySpan ?? this.#node.span;
  }

  /** Whether there is such a key, with whatever value. Does not count as reading it. */
  has(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /** All entries with this key, for keys of which two are not one too many but a contradiction. */
  all(name: string): readonly Entry[] {
    this.#known.push(name);
    this.#read.add(name.toLowerCase());
    return this.#byName.get(name.toLowerCase()) ?? [];
  }

  /** The key's value, whatever its type; `undefined` when the key, or a value behind it, is not there. */
  take(name: string): Found | undefined {
    const entries = this.all(name);
    const entry = entries.at(-1);
    if (entry === undefined) return undefined;
    for (const earlier of entries.slice(0, -1)) {
      const message = `The key '${name}' stands more than once in the ${this.#what}; the last one counts.`;
      report(this.#context, 'duplicate-key', 'warning', earlier.keySpan, message);
    }
    return this.#resolve(name, entry);
  }

  #resolve(name: string, entry: Entry): Found | undefined {
    const key = entry.key ?? name;
    if (key !== name) {
      report(this.#context, 'key-case', 'info', entry.keySpan, `The key '${clip(key)}' is read as '${name}'.`);
    }
    const resolved = resolveValue(entry.value, this.#context.scope);
    if (resolved.as === 'expression') {
      const message = `'${name}' is a template expression that cannot be evaluated here; it is not used.`;
      report(this.#context, 'template-expression', 'warning', entry.value.span, message);
      return undefined;
    }
    if (resolved.viaParameter) {
      const message = `'${name}' is a parameter of the template; its default value is read.`;
      report(this.#context, 'template-parameter', 'info', entry.value.span, message);
    }
    if (resolved.node.type === 'scalar' && resolved.node.value === null) {
      report(this.#context, 'empty-value', 'info', entry.keySpan, `'${name}' has no value.`);
      return undefined;
    }
    return { key: name, keySpan: entry.keySpan, node: resolved.node };
  }

  /** A text; numbers and booleans are taken as they are written. */
  text(name: string): Located<string> | undefined {
    const found = this.take(name);
    if (found === undefined) return undefined;
    if (found.node.type !== 'scalar') {
      this.#reportWrongType(found, 'a text');
      return undefined;
    }
    return { value: found.node.text, span: found.node.span };
  }

  /** A text as it stands, template expression or not. */
  raw(name: string): ScalarNode | undefined {
    const value = this.all(name).at(-1)?.value;
    return value?.type === 'scalar' ? value : undefined;
  }

  /** A number, also when it is quoted. */
  number(name: string): Located<number> | undefined {
    const found = this.take(name);
    if (found === undefined) return undefined;
    const { node } = found;
    if (node.type === 'scalar') {
      const value = typeof node.value === 'string' && node.text.trim() !== '' ? Number(node.text) : node.value;
      if (typeof value === 'number' && Number.isFinite(value)) return { value, span: node.span };
    }
    this.#reportWrongType(found, 'a number');
    return undefined;
  }

  /** A boolean, also when it is quoted. */
  boolean(name: string): Located<boolean> | undefined {
    const found = this.take(name);
    if (found === undefined) return undefined;
    const { node } = found;
    if (node.type === 'scalar') {
      if (typeof node.value === 'boolean') return { value: node.value, span: node.span };
      const text = node.text.trim().toLowerCase();
      if (text === 'true' || text === 'false') return { value: text === 'true', span: node.span };
    }
    this.#reportWrongType(found, 'true or false');
    return undefined;
  }

  /** A list of texts; a single text stands for a list of one, or of its parts between commas. */
  texts(name: string): readonly Located<string>[] {
    return this.list(name, (node, item) => {
      if (node.type === 'scalar') return { value: node.text, span: node.span };
      report(this.#context, 'wrong-type', 'warning', node.span, `${item} is not a text; it is not used.`);
      return undefined;
    });
  }

  /** A list, each item read by `readItem` (which reports what it cannot read); items without a value are left out. */
  list<Item>(name: string, readItem: (node: Node, what: string) => Item | undefined): readonly Item[] {
    const found = this.take(name);
    if (found === undefined) return [];
    const items: Item[] = [];
    const nodes = found.node.type === 'sequence' ? found.node.items : this.#asList(found);
    for (const node of nodes) {
      const resolved = resolveValue(node, this.#context.scope);
      const what = `An item of '${name}'`;
      if (resolved.as === 'expression') {
        const message = `${what} is a template expression that cannot be evaluated here; it is not used.`;
        report(this.#context, 'template-expression', 'warning', node.span, message);
      } else if (resolved.node.type === 'scalar' && resolved.node.value === null) {
        report(this.#context, 'empty-value', 'info', widen(node.span, found.keySpan), `${what} has no value.`);
      } else {
        const item = readItem(resolved.node, what);
        if (item !== undefined) items.push(item);
      }
    }
    return items;
  }

  /** Takes a single value where a list should stand. */
  #asList(found: Found): readonly Node[] {
    const { node, key } = found;
    report(
      this.#context,
      'wrong-type',
      'warning',
      found.keySpan,
      `'${key}' should be a list; its value is read as one.`,
    );
    if (node.type !== 'scalar' || !NAME_LIST.test(node.text)) return [node];
    const parts: ScalarNode[] = [];
    for (const part of node.text.split(',')) {
      const text = part.trim();
      if (text === '') continue;
      parts.push({
        ...node,
        value: text,
        text,
        embed: () => ({ text, segments: [{ embedded: 0, file: node.span.start }] }),
      });
    }
    return parts;
  }

  /** A mapping inside this one, with its own account of keys; to be closed by {@link finish} as well. */
  mapping(name: string, what: string): MappingReader | undefined {
    const found = this.take(name);
    if (found === undefined) return undefined;
    if (found.node.type !== 'mapping') {
      this.#reportWrongType(found, 'a mapping');
      return undefined;
    }
    return new MappingReader(found.node, what, this.#context);
  }

  /** The keys not read yet, for mappings whose keys are free. */
  rest(): readonly string[] {
    const names: string[] = [];
    for (const [lower, entries] of this.#byName) {
      if (this.#read.has(lower)) continue;
      names.push(entries.at(-1)?.key ?? lower);
    }
    return names;
  }

  #reportWrongType(found: Found, wanted: string): void {
    const span = found.node.type === 'scalar' ? found.node.span : found.keySpan;
    report(this.#context, 'wrong-type', 'warning', span, `'${found.key}' should be ${wanted}; its value is not used.`);
  }

  /**
   * Reports every key that was not read. `unused` names those that belong to the format but say nothing about the
   * detection, each with the reason.
   */
  finish(unused: Readonly<Record<string, string>> = {}): void {
    const reasons = new Map(Object.entries(unused).map(([name, reason]) => [name.toLowerCase(), reason]));
    const candidates = [...this.#known, ...Object.keys(unused)];
    for (const [lower, entries] of this.#byName) {
      if (this.#read.has(lower)) continue;
      for (const { key = lower, keySpan } of entries) {
        const reason = reasons.get(lower);
        if (reason !== undefined) {
          report(this.#context, 'unused-key', 'info', keySpan, `'${clip(key)}' is not used: ${reason}.`);
        } else if (key === '<<') {
          const message = `The merge key '<<' has no effect in the ${this.#what}: Sentinel's format does not merge mappings.`;
          report(this.#context, 'merge-key', 'warning', keySpan, message, 'Write the keys out.');
        } else {
          const near = nearestName(key, candidates);
          const message = `The key '${clip(key)}' is not part of the ${this.#what}; its value is not used.`;
          report(
            this.#context,
            'unknown-key',
            'warning',
            keySpan,
            message,
            near === undefined ? undefined : `Did you mean '${near}'?`,
          );
        }
      }
    }
  }
}

/** A text of the file in a message: not longer than fits a line. */
export function clip(text: string, length = 60): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

function widen(span: Span, fallback: Span): Span {
  return span.end > span.start ? span : fallback;
}
