/** Who a rule is: id, name, severity, tags, data connectors, and the `metadata` block of content templates. */
import type { DetectionSeverity } from '../ir/types.ts';
import type { MappingNode } from './document.ts';
import { clip, MappingReader, report } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import { nearestName, sameName } from './nearest.ts';
import type { Located, RuleKind, RuleProvenance, SentinelRule } from './types.ts';

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** Reads the id, a GUID. That of a resource stands in its name or path, often in an expression around the GUID. */
export function readId(
  reader: MappingReader,
  resource: MappingReader | undefined,
  kind: RuleKind,
  context: ReadContext,
): Located<string> | undefined {
  const resourceNames = [resource?.raw('name'), resource?.raw('id')];
  // In an export without the resource around it, `name` is the id and `displayName` the name.
  const exportName = reader.has('displayName') ? [reader.raw('name')] : [];
  for (const candidate of [...resourceNames, reader.raw('id'), ...exportName]) {
    const guid = candidate === undefined ? undefined : findGuid(candidate.text);
    if (candidate !== undefined && guid !== undefined) return { value: guid, span: candidate.span };
  }
  const text = reader.text('id');
  if (text !== undefined) {
    const message = `The id '${clip(text.value)}' is no GUID; it is not used.`;
    report(context, 'invalid-id', 'warning', text.span, message);
  } else if (resource === undefined && kind !== 'Hunting' && !reader.has('id')) {
    report(context, 'missing-id', 'info', reader.head, 'The rule has no id.');
  }
  return undefined;
}

/** The GUID that a text is, or with which a resource's path or the expression for one ends; in lower case. */
function findGuid(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^[/[]/.test(trimmed)) return new RegExp(`^${GUID.source}$`, 'i').exec(trimmed)?.[0].toLowerCase();
  return trimmed.match(new RegExp(GUID.source, 'gi'))?.at(-1)?.toLowerCase();
}

/** Reads the name that people see: `displayName` of a resource, `name` of content, else the file's. */
export function readName(
  reader: MappingReader,
  resource: MappingReader | undefined,
  fileName: string,
  context: ReadContext,
): Located<string> {
  const displayName = reader.text('displayName');
  if (displayName !== undefined && displayName.value.trim() !== '') {
    const other = reader.raw('name');
    if (other !== undefined && findGuid(other.text) === undefined && other.text.trim() !== displayName.value.trim()) {
      report(context, 'unused-key', 'info', other.span, "'name' is not used: the rule has a 'displayName'.");
    }
    return { value: displayName.value.trim(), span: displayName.span };
  }
  const name = reader.text('name');
  if (name !== undefined && name.value.trim() !== '') return { value: name.value.trim(), span: name.span };
  const resourceName = resource?.raw('name');
  const isName = resourceName !== undefined && !/^\s*([[/]|$)/.test(resourceName.text);
  if (isName && findGuid(resourceName.text) === undefined) {
    return { value: resourceName.text.trim(), span: resourceName.span };
  }
  const message = `The rule has no name; '${clip(fileName)}' is used, after the file.`;
  report(context, 'missing-name', 'warning', reader.head, message);
  return { value: fileName, span: reader.head };
}

const SEVERITIES: Readonly<Record<string, DetectionSeverity>> = {
  Informational: 'informational',
  Low: 'low',
  Medium: 'medium',
  High: 'high',
};

/** Not Sentinel's, but other products have them and there is no doubt about what they mean. */
const FOREIGN_SEVERITIES: Readonly<Record<string, DetectionSeverity>> = { Info: 'informational', Critical: 'critical' };

export function readSeverity(
  reader: MappingReader,
  kind: RuleKind,
  context: ReadContext,
): Located<DetectionSeverity> | undefined {
  const text = reader.text('severity');
  if (text === undefined) {
    if (kind !== 'Hunting' && !reader.has('severity')) {
      report(context, 'missing-severity', 'warning', reader.head, 'The rule has no severity.');
    }
    return undefined;
  }
  const names = Object.keys(SEVERITIES);
  const name = sameName(text.value, names);
  const near = name ?? sameName(text.value, Object.keys(FOREIGN_SEVERITIES)) ?? nearestName(text.value, names);
  const value = near === undefined ? undefined : (SEVERITIES[near] ?? FOREIGN_SEVERITIES[near]);
  if (name === undefined) {
    const outcome = value === undefined ? 'it is not used' : `it is read as ${value}`;
    const message = `'${clip(text.value)}' is no severity of Sentinel; ${outcome}.`;
    report(context, 'unknown-severity', 'warning', text.span, message, `Sentinel has ${names.join(', ')}.`);
  }
  return value === undefined ? undefined : { value, span: text.span };
}

export function readEnabled(reader: MappingReader, context: ReadContext): Located<boolean> | undefined {
  const enabled = reader.boolean('enabled');
  if (enabled?.value === false)
    report(context, 'rule-disabled', 'warning', enabled.span, 'The rule is switched off where it comes from.');
  return enabled;
}

/** Tags are texts, or small mappings such as a schema and its version: those become `Schema: ASIMDns`. */
export function readTags(reader: MappingReader, context: ReadContext): readonly Located<string>[] {
  const tags: Located<string>[] = [];
  for (const node of reader.list('tags', (item) => item)) {
    if (node.type === 'scalar') tags.push({ value: node.text, span: node.span });
    else if (node.type === 'mapping') tags.push(...readMappingTag(node, context));
    else report(context, 'wrong-type', 'warning', node.span, 'A tag is neither a text nor a mapping; it is not used.');
  }
  return tags;
}

function readMappingTag(node: MappingNode, context: ReadContext): readonly Located<string>[] {
  const reader = new MappingReader(node, 'tag', context);
  const tags: Located<string>[] = [];
  for (const key of reader.rest()) {
    const text = reader.text(key);
    if (text !== undefined) tags.push({ value: `${key}: ${text.value}`, span: text.span });
  }
  reader.finish();
  return tags;
}

export function readDataConnectors(
  reader: MappingReader,
  context: ReadContext,
): SentinelRule['requiredDataConnectors'] {
  return reader.list('requiredDataConnectors', (node, what) => {
    if (node.type !== 'mapping') {
      report(context, 'wrong-type', 'warning', node.span, `${what} is no mapping with a connectorId; it is left out.`);
      return undefined;
    }
    const item = new MappingReader(node, 'data connector', context);
    const connectorId = item.text('connectorId');
    const dataTypes = item.texts('dataTypes');
    item.finish();
    if (connectorId === undefined) {
      report(context, 'empty-value', 'warning', item.head, `${what} has no 'connectorId'; it is left out.`);
      return undefined;
    }
    return { connectorId, dataTypes };
  });
}

export interface RuleMetadata {
  readonly author: Located<string> | undefined;
  readonly version: Located<string> | undefined;
  readonly references: readonly Located<string>[];
  readonly provenance: RuleProvenance;
}

/** Reads `metadata`: who made the content, who supports it, and what it is about. */
export function readMetadata(reader: MappingReader): RuleMetadata {
  const metadata = reader.mapping('metadata', 'metadata');
  if (metadata === undefined) {
    const provenance = { source: undefined, support: undefined, categories: [] };
    return { author: undefined, version: undefined, references: [], provenance };
  }
  const author = metadata.mapping('author', 'author');
  const source = metadata.mapping('source', 'source');
  const support = metadata.mapping('support', 'support');
  const categories = metadata.mapping('categories', 'categories');
  const read: RuleMetadata = {
    author: author?.text('name'),
    version: metadata.text('version'),
    references: metadata.texts('references'),
    provenance: {
      source: source?.text('kind'),
      support: support?.text('tier'),
      categories: [...(categories?.texts('domains') ?? []), ...(categories?.texts('verticals') ?? [])],
    },
  };
  const contact = 'it only says how to reach the author or supporter';
  const place = 'it only names the package';
  author?.finish({ email: contact, link: contact });
  source?.finish({ name: place, sourceId: place });
  support?.finish({ name: contact, email: contact, link: contact });
  categories?.finish();
  metadata.finish({
    kind: 'it only names the kind of content',
    contentId: place,
    parentId: place,
    firstPublishDate: 'it is the date of the package',
    lastPublishDate: 'it is the date of the package',
    dependencies: place,
    threatAnalysisTactics: 'it repeats the tactics for the content hub',
    threatAnalysisTechniques: 'it repeats the techniques for the content hub',
  });
  return read;
}
