/** From the mapping of one rule to a {@link SentinelRule}. */
import type { Diagnostic } from '../diagnostic.ts';
import type { DetectionSeverity } from '../ir/types.ts';
import { toFileOffset } from '../source.ts';
import type { EmbeddedText, SourceFile, Span } from '../source.ts';
import { readAlertDetails, readCustomDetails, readIncident } from './alert.ts';
import { parseTactics, parseTechniques, readTactics, readTechniques } from './attack.ts';
import type { MappingNode, Node, ScalarNode } from './document.ts';
import { readEntityMappings, readSentinelEntities } from './entities.ts';
import type { FoundRule } from './envelope.ts';
import { clip, MappingReader, report, reportUnlisted } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import { nearestName, sameName } from './nearest.ts';
import { findComments, isBlankQuery } from './query-text.ts';
import { KINDS_WITHOUT_QUERY, RULE_MARKS, UNUSED_RESOURCE_KEYS, UNUSED_RULE_KEYS } from './rule-keys.ts';
import { readSchedule, SCHEDULE_KEYS } from './schedule.ts';
import { resolveValue } from './template.ts';
import type { Located, RuleEntry, RuleKind, RuleProvenance, SentinelRule } from './types.ts';

/** Sentinel's limit on the length of a query (Microsoft Learn, "Scheduled analytics rules in Microsoft Sentinel"). */
const MAX_QUERY_LENGTH = 10_000;

/** Reads one rule; `diagnostics` are those found about it so far. */
export function readRuleEntry(found: FoundRule, file: SourceFile, earlier: readonly Diagnostic[]): RuleEntry {
  const diagnostics = [...earlier];
  const context: ReadContext = { diagnostics, scope: found.scope, counts: new Map() };
  const reader = new MappingReader(found.properties, 'rule', context);
  const resource = found.resource === undefined ? undefined : new MappingReader(found.resource, 'resource', context);
  const kind = readKind(reader, resource, found, file, context);
  const query = kind === undefined ? undefined : readQuery(reader, file, context);
  if (kind === undefined || query === undefined || diagnostics.some(({ severity }) => severity === 'error')) {
    return { status: 'invalid', rule: undefined, diagnostics: sortByPosition(diagnostics) };
  }
  const rule = readProperties(reader, resource, kind, query, found, file, context);
  reportUnlisted(context, reader.head);
  return { status: 'valid', rule, diagnostics: sortByPosition(diagnostics) };
}

/** In the order of the file; at one place, as found. */
export function sortByPosition(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((left, right) => left.span.start - right.span.start);
}

function readProperties(
  reader: MappingReader,
  resource: MappingReader | undefined,
  kind: RuleKind,
  query: QueryFound,
  found: FoundRule,
  file: SourceFile,
  context: ReadContext,
): SentinelRule {
  const savedSearch = found.form === 'savedSearch' ? readSavedSearchTags(reader, context) : undefined;
  // The category led here, and the version is that of the query language.
  if (savedSearch !== undefined) for (const name of ['category', 'version']) reader.all(name);
  const metadata = readMetadata(reader);
  const author = reader.text('author');
  const rule: SentinelRule = {
    kind,
    query: query.text,
    querySpan: query.span,
    span: found.resource?.span ?? found.properties.span,
    id: readId(reader, resource, kind, context),
    name: readName(reader, resource, file, context),
    description: reader.text('description') ?? savedSearch?.description,
    severity: readSeverity(reader, kind, context),
    status: reader.text('status'),
    version: (savedSearch === undefined ? reader.text('version') : undefined) ?? metadata.version,
    author: author ?? metadata.author,
    date: reader.text('date'),
    enabled: readEnabled(reader, context),
    templateName: reader.text('alertRuleTemplateName'),
    tactics: savedSearch?.tactics ?? readTactics(reader, context),
    techniques: savedSearch?.techniques ?? readTechniques(reader, context),
    tags: savedSearch === undefined ? readTags(reader, context) : savedSearch.tags,
    references: [...reader.texts('references'), ...metadata.references],
    falsePositives: reader.texts('falsePositives'),
    requiredDataConnectors: readDataConnectors(reader, context),
    provenance: metadata.provenance,
    schedule: readSchedule(reader, kind, context),
    entityMappings: readEntityMappings(reader, context),
    sentinelEntities: readSentinelEntities(reader, context),
    customDetails: readCustomDetails(reader, context),
    alertDetails: readAlertDetails(reader, context),
    incident: readIncident(reader, context),
  };
  reader.finish(UNUSED_RULE_KEYS);
  resource?.finish(UNUSED_RESOURCE_KEYS);
  return rule;
}

// ---------------------------------------------------------------------------------------------- kind and query

function readKind(
  reader: MappingReader,
  resource: MappingReader | undefined,
  found: FoundRule,
  file: SourceFile,
  context: ReadContext,
): RuleKind | undefined {
  // These led here; resources inside the rule's, such as its actions, are reported where rules are looked for.
  for (const name of ['properties', 'type', 'resources']) resource?.all(name);
  const ownKind = reader.text('kind');
  const text = found.kind ?? resource?.text('kind') ?? ownKind;
  if (text !== undefined) {
    const kind = sameName(text.value, ['Scheduled', 'NRT', 'Hunting'] as const);
    if (kind !== undefined) return kind;
    const builtIn = sameName(text.value, KINDS_WITHOUT_QUERY);
    if (builtIn !== undefined && !reader.has('query')) {
      const message = `A rule of the kind ${builtIn} is built into Sentinel and has no query to convert.`;
      report(context, 'kind-without-query', 'error', text.span, message);
      return undefined;
    }
  }
  const guessed = guessKind(reader, found, file);
  if (text !== undefined) {
    const message = `'${clip(text.value)}' is no kind of rule with a query; the rule is read as ${describeKind(guessed)}.`;
    report(context, 'unknown-kind', 'warning', text.span, message, 'Kinds with a query are Scheduled and NRT.');
  } else if (guessed !== 'Hunting') {
    report(
      context,
      'missing-kind',
      'info',
      reader.head,
      `The rule has no 'kind'; it is read as ${describeKind(guessed)}.`,
    );
  }
  return guessed;
}

/** Hunting queries have no kind: they are known by their folder, their resource type, or the lack of a schedule. */
function guessKind(reader: MappingReader, found: FoundRule, file: SourceFile): RuleKind {
  if (found.form === 'savedSearch') return 'Hunting';
  if (SCHEDULE_KEYS.some((key) => reader.has(key))) return 'Scheduled';
  if (found.form === 'resource' || /(^|[\\/])(Detections|Analytic Rules)[\\/]/i.test(file.path)) return 'Scheduled';
  return 'Hunting';
}

function describeKind(kind: RuleKind): string {
  return kind === 'Hunting' ? 'a hunting query' : `a rule of the kind ${kind}`;
}

interface QueryFound {
  readonly text: EmbeddedText;
  readonly span: Span;
}

function readQuery(reader: MappingReader, file: SourceFile, context: ReadContext): QueryFound | undefined {
  const entries = reader.all('query');
  const values: ScalarNode[] = [];
  for (const { value, keySpan } of entries) {
    const node = readQueryValue(value, keySpan, context);
    if (node === undefined) return undefined;
    values.push(node);
  }
  const [first, ...others] = values;
  if (first === undefined) {
    const isRule = RULE_MARKS.some((mark) => reader.has(mark));
    if (isRule) report(context, 'query-missing', 'error', reader.head, "The rule has no 'query'.");
    else
      report(
        context,
        'no-rule',
        'error',
        reader.head,
        "There is no rule here: no 'query', nor any other key of a rule.",
      );
    return undefined;
  }
  const different = others.find((other) => other.text !== first.text);
  if (different !== undefined) {
    const message = 'The rule has two different queries; which one it means cannot be told.';
    report(context, 'duplicate-query', 'error', entries[1]?.keySpan ?? different.span, message);
    return undefined;
  }
  if (others.length > 0) {
    report(
      context,
      'duplicate-key',
      'warning',
      entries[0]?.keySpan ?? first.span,
      "The key 'query' stands twice, with the same text.",
    );
  }
  if (first.text.length > MAX_QUERY_LENGTH) {
    const message = `The query has ${first.text.length} characters; Sentinel accepts ${MAX_QUERY_LENGTH}.`;
    report(context, 'query-too-long', 'warning', entries[0]?.keySpan ?? first.span, message);
  }
  const text = first.embed();
  checkFoldedComments(text, file, context);
  return { text, span: first.span };
}

/** In a folded scalar the line after a comment becomes part of the comment: in Sentinel too, but hardly as meant. */
function checkFoldedComments(query: EmbeddedText, file: SourceFile, context: ReadContext): void {
  for (const comment of findComments(query.text)) {
    const start = toFileOffset(query, comment.start);
    const end = toFileOffset(query, comment.end - 1) + 1;
    if (file.positionAt(start).line === file.positionAt(end - 1).line) continue;
    const message = 'YAML folds the lines of this query into one: the comment takes in the lines after it.';
    report(
      context,
      'folded-comment',
      'warning',
      { start, end },
      message,
      "Write the query as a literal block: 'query: |'.",
    );
  }
}

function readQueryValue(value: Node, keySpan: Span, context: ReadContext): ScalarNode | undefined {
  const resolved = resolveValue(value, context.scope);
  if (resolved.as === 'expression') {
    const message = 'The query is a template expression that cannot be evaluated here.';
    report(
      context,
      'template-expression',
      'error',
      value.span,
      message,
      'Export the deployed rule, or write the query out.',
    );
    return undefined;
  }
  const { node } = resolved;
  if (resolved.viaParameter) {
    const message = 'The query is a parameter of the template; its default value is read.';
    report(context, 'template-parameter', 'warning', value.span, message);
  }
  if (node.type !== 'scalar' || (node.value !== null && typeof node.value !== 'string')) {
    report(context, 'wrong-type', 'error', keySpan, 'The query is no text.');
    return undefined;
  }
  if (isBlankQuery(node.text)) {
    report(context, 'query-empty', 'error', keySpan, 'The query is empty, or holds nothing but comments.');
    return undefined;
  }
  return node;
}

// ---------------------------------------------------------------------------------------------- metadata

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

function readId(
  reader: MappingReader,
  resource: MappingReader | undefined,
  kind: RuleKind,
  context: ReadContext,
): Located<string> | undefined {
  if (resource !== undefined) return readResourceId(reader, resource);
  const text = reader.text('id');
  if (text === undefined) {
    if (!reader.has('id') && kind !== 'Hunting')
      report(context, 'missing-id', 'info', reader.head, 'The rule has no id.');
    return undefined;
  }
  const trimmed = text.value.trim();
  // An exported rule's id is the resource's path, which ends with the GUID.
  const guid = trimmed.startsWith('/') ? lastGuid(trimmed) : new RegExp(`^${GUID.source}$`, 'i').exec(trimmed)?.[0];
  if (guid !== undefined) return { value: guid.toLowerCase(), span: text.span };
  const message = `The id '${clip(text.value)}' is no GUID; it is not used.`;
  report(context, 'invalid-id', 'warning', text.span, message);
  return undefined;
}

/** A resource is named by an id path, or by a name that ends with the id; often both are expressions around a GUID. */
function readResourceId(reader: MappingReader, resource: MappingReader): Located<string> | undefined {
  const candidates = [resource.raw('name'), resource.raw('id'), reader.raw('id')];
  for (const candidate of candidates) {
    const guid = candidate === undefined ? undefined : lastGuid(candidate.text);
    if (candidate !== undefined && guid !== undefined) return { value: guid.toLowerCase(), span: candidate.span };
  }
  return undefined;
}

function lastGuid(text: string): string | undefined {
  return text.match(new RegExp(GUID.source, 'gi'))?.at(-1);
}

function readName(
  reader: MappingReader,
  resource: MappingReader | undefined,
  file: SourceFile,
  context: ReadContext,
): Located<string> {
  const displayName = reader.text('displayName');
  const text = displayName ?? reader.text('name');
  // In an export both stand side by side, and `name` is the id.
  if (displayName !== undefined) reader.raw('name');
  if (text !== undefined && text.value.trim() !== '') return { value: text.value.trim(), span: text.span };
  const resourceName = resource?.raw('name');
  if (
    resourceName !== undefined &&
    !/^\s*(\[|$)/.test(resourceName.text) &&
    lastGuid(resourceName.text) === undefined
  ) {
    return { value: resourceName.text.trim(), span: resourceName.span };
  }
  const name = fileStem(file.path);
  report(
    context,
    'missing-name',
    'warning',
    reader.head,
    `The rule has no name; '${clip(name)}' is used, after the file.`,
  );
  return { value: name, span: reader.head };
}

/** The file's name without folder and ending. */
export function fileStem(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  return base.replace(/\.[A-Za-z0-9]{1,8}$/, '') || 'rule';
}

const SEVERITIES: Readonly<Record<string, DetectionSeverity>> = {
  Informational: 'informational',
  Low: 'low',
  Medium: 'medium',
  High: 'high',
};

/** Not Sentinel's, but other products have them and there is no doubt about what they mean. */
const FOREIGN_SEVERITIES: Readonly<Record<string, DetectionSeverity>> = { Info: 'informational', Critical: 'critical' };

function readSeverity(
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

function readEnabled(reader: MappingReader, context: ReadContext): Located<boolean> | undefined {
  const enabled = reader.boolean('enabled');
  if (enabled?.value === false)
    report(context, 'rule-disabled', 'warning', enabled.span, 'The rule is switched off where it comes from.');
  return enabled;
}

/** Tags are texts, or small mappings such as a schema and its version: those become `Schema: ASIMDns`. */
function readTags(reader: MappingReader, context: ReadContext): readonly Located<string>[] {
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

function readDataConnectors(reader: MappingReader, context: ReadContext): SentinelRule['requiredDataConnectors'] {
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

interface RuleMetadata {
  readonly author: Located<string> | undefined;
  readonly version: Located<string> | undefined;
  readonly references: readonly Located<string>[];
  readonly provenance: RuleProvenance;
}

/** Reads `metadata`: who made the content, who supports it, and what it is about. */
function readMetadata(reader: MappingReader): RuleMetadata {
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

// ---------------------------------------------------------------------------------------------- saved searches

interface SavedSearchTags {
  readonly description: Located<string> | undefined;
  readonly tactics: SentinelRule['tactics'];
  readonly techniques: readonly Located<string>[];
  readonly tags: readonly Located<string>[];
}

/** A hunting query deployed as a saved search keeps its metadata in tags of name and value, lists joined by commas. */
function readSavedSearchTags(reader: MappingReader, context: ReadContext): SavedSearchTags {
  const values = new Map<string, Located<string>>();
  reader.list('tags', (node) => {
    if (node.type !== 'mapping') {
      report(
        context,
        'wrong-type',
        'warning',
        node.span,
        'A tag of a saved search is no mapping of name and value; it is not used.',
      );
      return undefined;
    }
    const tag = new MappingReader(node, 'tag', context);
    const name = tag.text('name');
    const value = tag.text('value');
    tag.finish();
    if (name !== undefined && value !== undefined) values.set(name.value.toLowerCase(), value);
    return undefined;
  });
  const split = (name: string): readonly Located<string>[] =>
    (values.get(name)?.value ?? '')
      .split(',')
      .map((part) => ({ value: part.trim(), span: values.get(name)?.span ?? reader.head }))
      .filter((part) => part.value !== '');
  const known = ['description', 'tactics', 'techniques'];
  return {
    description: values.get('description'),
    tactics: parseTactics(split('tactics'), context),
    techniques: parseTechniques(split('techniques'), context),
    tags: [...values]
      .filter(([name]) => !known.includes(name))
      .map(([name, { value, span }]) => ({ value: `${name}: ${value}`, span })),
  };
}
