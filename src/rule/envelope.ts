/**
 * Finds the rules in a document: a rule by itself, a list of them, an ARM template or an export of resources
 * (Microsoft.SecurityInsights alertRules, content templates around them, hunting queries kept as saved searches).
 */
import type { Diagnostic } from '../diagnostic.ts';
import { ruleCodes } from './codes.ts';
import type { MappingNode, Node } from './document.ts';
import { clip } from './mapping-reader.ts';
import { lookup } from './template.ts';
import type { TemplateScope } from './template.ts';
import type { Located } from './types.ts';

/** Where the settings of one rule stand. */
export interface FoundRule {
  readonly form: 'plain' | 'resource' | 'savedSearch';
  /** The mapping with the query and the settings. */
  readonly properties: MappingNode;
  /** The mapping around it, when the rule is an Azure resource. */
  readonly resource: MappingNode | undefined;
  /** Set inside templates. */
  readonly scope: TemplateScope | undefined;
  /** The kind, when the place of the rule says it. */
  readonly kind: Located<string> | undefined;
}

export interface FoundRules {
  readonly rules: readonly FoundRule[];
  /** Parts that should be a rule and are not: each makes an invalid entry. */
  readonly errors: readonly Diagnostic[];
  /** Remarks about what is no rule. */
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_RULES = 10_000;

/** Types of resources, in lower case. A child resource's type is relative. Microsoft.Insights has alert rules too. */
const RULE_TYPE = /^(microsoft\.securityinsights\/|(.*\/)?providers\/)alertrule(template)?s$/;
const SAVED_SEARCH_TYPE = /^(.*\/)?savedsearches$/;

/** Keys of a template around its resources. */
const TEMPLATE_KEYS: readonly string[] = [
  '$schema',
  'contentVersion',
  'languageVersion',
  'apiProfile',
  'definitions',
  'parameters',
  'variables',
  'functions',
  'outputs',
  'metadata',
  'resources',
];

/** Lists by kind, as the AzSentinel PowerShell module writes its settings files. */
const KIND_LISTS = ['Scheduled', 'NRT', 'Hunting', 'analytics'] as const;

export function findRules(root: Node): FoundRules {
  const finder = new RuleFinder();
  finder.visit(root, undefined);
  return finder;
}

class RuleFinder {
  readonly rules: FoundRule[] = [];
  readonly errors: Diagnostic[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /** An alias may repeat a node: it is visited once, so that nested aliases cannot multiply the work. */
  readonly #visited = new Set<Node>();

  visit(node: Node, scope: TemplateScope | undefined): void {
    if (this.#visited.has(node) || this.#isFull(node)) return;
    this.#visited.add(node);
    if (node.type === 'sequence') {
      for (const item of node.items) this.visit(item, scope);
      return;
    }
    if (node.type === 'scalar') {
      const message = 'A rule is a mapping of keys to values; here stands a single value.';
      this.errors.push(ruleCodes.diagnostic('not-a-mapping', 'error', node.span, message));
      return;
    }
    this.#visitMapping(node, scope);
  }

  /** Stops, with one error, where a file holds more rules than anyone can want converted in one go. */
  #isFull(node: Node): boolean {
    const count = this.rules.length + this.errors.length;
    if (count === MAX_RULES) {
      const message = `The file holds more than ${MAX_RULES} rules; the rest are not read.`;
      this.errors.push(ruleCodes.diagnostic('too-large', 'error', node.span, message));
    }
    return count >= MAX_RULES;
  }

  #visitMapping(node: MappingNode, scope: TemplateScope | undefined): void {
    const hasQuery = lookup(node, 'query') !== undefined;
    const resources = lookup(node, 'resources');
    if (!hasQuery && resources !== undefined && resources.type !== 'scalar') {
      const isTemplate = lookup(node, 'type') === undefined;
      if (isTemplate) this.#reportOthers(node, TEMPLATE_KEYS);
      this.#visitResources(resources, isTemplate ? [node, ...(scope ?? [])] : scope);
      return;
    }
    const value = lookup(node, 'value');
    if (!hasQuery && value?.type === 'sequence') {
      this.#reportOthers(node, ['value']);
      this.visit(value, scope);
      return;
    }
    if (!hasQuery && this.#visitKindLists(node, scope)) return;
    if (lookup(node, 'properties')?.type === 'mapping' && !hasQuery) this.#visitResource(node, scope);
    else this.rules.push({ form: 'plain', properties: node, resource: undefined, scope, kind: undefined });
  }

  #visitKindLists(node: MappingNode, scope: TemplateScope | undefined): boolean {
    let found = false;
    for (const name of KIND_LISTS) {
      const list = lookup(node, name);
      if (list?.type !== 'sequence') continue;
      found = true;
      const kind = name === 'analytics' ? undefined : { value: name, span: list.span };
      for (const item of list.items) {
        if (item.type !== 'mapping') this.visit(item, scope);
        else if (!this.#isFull(item))
          this.rules.push({ form: 'plain', properties: item, resource: undefined, scope, kind });
      }
    }
    if (found) this.#reportOthers(node, KIND_LISTS);
    return found;
  }

  /** Reports the keys beside those in which rules were looked for. */
  #reportOthers(node: MappingNode, known: readonly string[]): void {
    const names = known.map((name) => name.toLowerCase());
    for (const { key = '', keySpan } of node.entries.slice(0, MAX_RULES)) {
      if (names.includes(key.toLowerCase())) continue;
      if (key.toLowerCase() === 'nextlink') {
        const message = 'The export goes on on another page, which is not part of this file.';
        this.diagnostics.push(ruleCodes.diagnostic('incomplete-export', 'warning', keySpan, message));
      } else {
        const message = `The key '${clip(key)}' beside the rules is not used.`;
        this.diagnostics.push(ruleCodes.diagnostic('unknown-key', 'info', keySpan, message));
      }
    }
  }

  /** Resources are a list, or (language version 2.0) a mapping from symbolic names. */
  #visitResources(resources: Node, scope: TemplateScope | undefined): void {
    if (this.#visited.has(resources)) return;
    this.#visited.add(resources);
    const nodes =
      resources.type === 'sequence'
        ? resources.items
        : resources.type === 'mapping'
          ? resources.entries.map((entry) => entry.value)
          : [];
    for (const node of nodes) {
      if (node.type !== 'mapping') this.visit(node, scope);
      else if (!this.#visited.has(node) && !this.#isFull(node)) {
        this.#visited.add(node);
        this.#visitResource(node, scope);
      }
    }
  }

  #visitResource(resource: MappingNode, scope: TemplateScope | undefined): void {
    const typeNode = lookup(resource, 'type');
    const type = typeNode?.type === 'scalar' ? typeNode.text.toLowerCase() : '';
    const properties = lookup(resource, 'properties');
    const inner = lookup(properties, 'mainTemplate') ?? lookup(properties, 'template');
    const nested = lookup(inner, 'resources');
    const children = lookup(resource, 'resources');
    if (nested !== undefined && inner?.type === 'mapping') this.#visitResources(nested, [inner, ...(scope ?? [])]);
    if (children !== undefined) this.#visitResources(children, scope);
    if (properties?.type === 'mapping') {
      const found = { properties, resource, scope, kind: undefined };
      if (RULE_TYPE.test(type) || (type === '' && lookup(properties, 'query') !== undefined)) {
        this.rules.push({ form: 'resource', ...found });
        return;
      }
      const category = lookup(properties, 'category');
      if (
        SAVED_SEARCH_TYPE.test(type) &&
        category?.type === 'scalar' &&
        /^hunting queries$/i.test(category.text.trim())
      ) {
        this.rules.push({ form: 'savedSearch', ...found });
        return;
      }
    }
    if (nested !== undefined || children !== undefined) return;
    const name =
      type === '' ? 'without a type' : `of the type '${clip(typeNode?.type === 'scalar' ? typeNode.text : '')}'`;
    const message = `A resource ${name} is no analytics rule or hunting query; it is skipped.`;
    const span = typeNode?.span ?? resource.entries[0]?.keySpan ?? resource.span;
    this.diagnostics.push(ruleCodes.diagnostic('other-resource', 'info', span, message));
  }
}
