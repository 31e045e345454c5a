/** From the mapping of one rule to a {@link SentinelRule}. */
import type { Diagnostic } from '../diagnostic.ts';
import type { SourceFile } from '../source.ts';
import { readAlertDetails, readCustomDetails, readIncident } from './alert.ts';
import { readTactics, readTechniques } from './attack.ts';
import { readEntityMappings, readSentinelEntities } from './entities.ts';
import type { FoundRule } from './envelope.ts';
import { clip, MappingReader, report, reportUnlisted } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import { readDataConnectors, readEnabled, readId, readMetadata, readName, readSeverity, readTags } from './metadata.ts';
import { sameName } from './nearest.ts';
import { readQuery } from './query.ts';
import type { QueryFound } from './query.ts';
import { KINDS_WITHOUT_QUERY, UNUSED_RESOURCE_KEYS, UNUSED_RULE_KEYS } from './rule-keys.ts';
import { readSavedSearchTags } from './saved-search.ts';
import { readSchedule, SCHEDULE_KEYS } from './schedule.ts';
import type { RuleEntry, RuleKind, SentinelRule } from './types.ts';

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
    name: readName(reader, resource, fileStem(file.path), context),
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

/** The file's name without folder and ending; `<stdin>` is called `stdin`. */
export function fileStem(path: string): string {
  const base = (path.split(/[\\/]/).at(-1) ?? path).replace(/^<(\w+)>$/, '$1');
  return base.replace(/\.[A-Za-z0-9]{1,8}$/, '') || 'rule';
}
