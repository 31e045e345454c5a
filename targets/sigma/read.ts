/** Reads a Sigma file: one YAML stream of rules and correlation rules. */
import type { Diagnostic } from '../../src/diagnostic.ts';
import { parseYaml } from '../../src/rule/document.ts';
import type { MappingNode, Node } from '../../src/rule/document.ts';
import type { SourceFile } from '../../src/source.ts';
import type { ReadResult } from '../target.ts';
import { readCondition } from './read-condition.ts';
import { readCorrelation } from './read-correlation.ts';
import { readHeader } from './read-header.ts';
import { repeatedKeys, report, textAt, textsAt, valueAt } from './read-node.ts';
import type { ReadContext } from './read-node.ts';
import { readSearch } from './read-search.ts';
import type { LogSource, NamedSearch, SigmaCondition, SigmaDocument, SigmaFile, SigmaRule } from './tree.ts';

/** YAML nodes of searches that are read in one file. */
const NODE_BUDGET = 200_000;

/**
 * Reads all documents of a file. There is a tree when every document could be read; what is odd but harmless is
 * reported as a warning. Custom keys are ignored, as the specification wants it.
 */
export function read(file: SourceFile): ReadResult<SigmaFile> {
  const context: ReadContext = { diagnostics: [], budget: NODE_BUDGET };
  const documents: SigmaDocument[] = [];
  for (const parsed of parseYaml(file)) {
    context.diagnostics.push(...parsed.diagnostics);
    if (parsed.root === undefined) continue;
    const document = readDocument(parsed.root, context);
    if (document !== undefined) documents.push(document);
  }
  if (context.budget < 0) {
    report(context, 'too-deep', 'error', { start: 0, end: 0 }, `More than ${NODE_BUDGET} values are not read.`);
  }
  checkReferences(documents, context);
  if (documents.length === 0 || context.diagnostics.some(isError)) {
    if (!context.diagnostics.some(isError)) {
      report(context, 'unsupported-document', 'error', { start: 0, end: 0 }, 'The file holds no Sigma rule.');
    }
    return { tree: undefined, diagnostics: context.diagnostics };
  }
  return { tree: { documents }, diagnostics: context.diagnostics };
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

function readDocument(root: Node, context: ReadContext): SigmaDocument | undefined {
  if (root.type !== 'mapping') {
    report(context, 'unsupported-document', 'error', root.span, 'A Sigma rule is a map.');
    return undefined;
  }
  for (const { key, span } of repeatedKeys(root)) {
    report(context, 'invalid-rule', 'error', span, `The key '${key}' stands twice.`);
  }
  const correlation = valueAt(root, 'correlation');
  if (correlation !== undefined) return readCorrelation(root, correlation, context);
  const detection = valueAt(root, 'detection');
  if (detection !== undefined) return readRule(root, detection, context);
  report(context, 'unsupported-document', 'error', root.span, 'This is neither a rule nor a correlation rule.');
  return undefined;
}

function readRule(root: MappingNode, detection: Node, context: ReadContext): SigmaRule | undefined {
  if (detection.type !== 'mapping') {
    report(context, 'invalid-rule', 'error', detection.span, "'detection' must be a map.");
    return undefined;
  }
  for (const { key, span } of repeatedKeys(detection)) {
    report(context, 'invalid-rule', 'error', span, `The search identifier '${key}' stands twice.`);
  }
  const searches: NamedSearch[] = [];
  for (const { key, value } of detection.entries) {
    // `timeframe` belonged to the aggregations that correlation rules replaced.
    if (key === undefined || key === 'condition' || key === 'timeframe') continue;
    const search = readSearch(value, context);
    if (search !== undefined) searches.push({ name: key, search });
  }
  const conditions = readConditions(detection, context);
  checkIdentifiers(conditions, searches, context);
  return {
    kind: 'rule',
    header: readHeader(root, context),
    logSource: readLogSource(root, context),
    searches,
    conditions,
    fields: textsAt(root, 'fields', context),
    span: root.span,
  };
}

function readConditions(detection: MappingNode, context: ReadContext): readonly SigmaCondition[] {
  const node = valueAt(detection, 'condition');
  const conditions: SigmaCondition[] = [];
  for (const item of node === undefined ? [] : node.type === 'sequence' ? node.items : [node]) {
    if (item.type !== 'scalar') {
      report(context, 'invalid-rule', 'error', item.span, 'A condition must be a text.');
      continue;
    }
    const result = readCondition(item.embed());
    if (result.condition === undefined) context.diagnostics.push(result.diagnostic);
    else conditions.push(result.condition);
  }
  if (node === undefined) report(context, 'invalid-rule', 'error', detection.span, 'The rule has no condition.');
  return conditions;
}

function readLogSource(root: MappingNode, context: ReadContext): LogSource {
  const node = valueAt(root, 'logsource');
  if (node?.type !== 'mapping') {
    report(context, 'invalid-rule', 'error', (node ?? root).span, "The rule has no 'logsource' map.");
    return {};
  }
  const optional = (key: 'category' | 'product' | 'service' | 'definition') => {
    const value = textAt(node, key, context);
    return value === undefined ? {} : { [key]: value };
  };
  return { ...optional('category'), ...optional('product'), ...optional('service'), ...optional('definition') };
}

/** Every name in a condition must be a search identifier of the rule, or a pattern for some. */
function checkIdentifiers(
  conditions: readonly SigmaCondition[],
  searches: readonly NamedSearch[],
  context: ReadContext,
): void {
  const waiting = [...conditions];
  for (let condition = waiting.pop(); condition !== undefined; condition = waiting.pop()) {
    switch (condition.op) {
      case 'and':
      case 'or':
        waiting.push(...condition.of);
        break;
      case 'not':
        waiting.push(condition.of);
        break;
      case 'identifier': {
        const { name, span } = condition;
        if (searches.some((search) => search.name === name)) break;
        report(context, 'unknown-identifier', 'error', span, `There is no search identifier '${name}'.`);
        break;
      }
      case 'of': {
        if (searchesMatching(condition.pattern, searches).length > 0) break;
        const message = `No search identifier fits '${condition.pattern}'.`;
        report(context, 'unknown-identifier', 'error', condition.span, message);
        break;
      }
    }
  }
}

/**
 * The searches that a pattern of `1 of` or `all of` stands for. Identifiers that begin with an underscore are meant
 * only by patterns that do so, too.
 */
export function searchesMatching(pattern: string, searches: readonly NamedSearch[]): readonly NamedSearch[] {
  const parts = (pattern === 'them' ? '*' : pattern).split('*');
  return searches.filter(({ name }) => (pattern.startsWith('_') || !name.startsWith('_')) && fitsPattern(name, parts));
}

/** Whether a name is the parts, in order, with anything between them. Linear: each part is taken as early as it occurs. */
function fitsPattern(name: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

function checkReferences(documents: readonly SigmaDocument[], context: ReadContext): void {
  const known = new Set(documents.flatMap(({ header }) => [header.id, header.name]));
  for (const document of documents) {
    if (document.kind !== 'correlation') continue;
    for (const rule of document.rules) {
      if (known.has(rule)) continue;
      report(context, 'unknown-rule', 'warning', document.span, `The rule '${rule}' is not in this file.`);
    }
  }
}
