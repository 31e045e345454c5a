/**
 * Reads a file with a search: a savedsearches.conf, a detection of Splunk's security content (YAML with a `search:`), or
 * the bare text of a search.
 */
import { isMap, isScalar, parseDocument } from 'yaml';
import type { Diagnostic } from '../../src/diagnostic.ts';
import type { Json } from '../../src/ir/types.ts';
import type { EmbeddedText, SourceFile, Span } from '../../src/source.ts';
import { NO_SPAN, wholeFile } from '../../src/source.ts';
import type { ReadResult } from '../target.ts';
import { codes } from './codes.ts';
import { readStanzas } from './read-conf.ts';
import type { Setting, Stanza } from './read-conf.ts';
import { readSearch } from './read-spl.ts';
import type { Notable, SavedSearch, Trigger } from './tree.ts';

export function read(file: SourceFile): ReadResult<SavedSearch> {
  const { path, text } = file;
  if (/\.ya?ml$/i.test(path)) return readSecurityContent(text);
  if (/\.conf$/i.test(path) || /^\s*(?:#.*\r?\n\s*)*\[[^|\]]*\]\s*$/m.test(text.slice(0, 4000))) return readConf(text);
  return withSearch(wholeFile(text), { ...EMPTY, name: nameOfFile(path), span: { start: 0, end: text.length } });
}

const EMPTY: Omit<SavedSearch, 'search'> = {
  name: '',
  description: '',
  cron: undefined,
  earliest: undefined,
  latest: undefined,
  trigger: undefined,
  digest: true,
  suppression: undefined,
  suppressionFields: [],
  severity: undefined,
  notable: undefined,
  annotations: {},
  metadata: {},
  span: NO_SPAN,
};

function withSearch(
  source: EmbeddedText,
  rest: Omit<SavedSearch, 'search'>,
  about: readonly Diagnostic[] = [],
): ReadResult<SavedSearch> {
  const { search, diagnostics } = readSearch(source);
  if (search === undefined) return { tree: undefined, diagnostics: [...about, ...diagnostics] };
  return { tree: { ...rest, search }, diagnostics: [...about, ...diagnostics] };
}

function failure(span: Span, message: string): ReadResult<SavedSearch> {
  return { tree: undefined, diagnostics: [codes.diagnostic('syntax', 'error', span, message)] };
}

function nameOfFile(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return name.replace(/\.[^.]+$/, '');
}

// ---------------------------------------------------------------------------------------------- savedsearches.conf

function readConf(text: string): ReadResult<SavedSearch> {
  const stanzas = readStanzas(text).filter((stanza) => stanza.settings.has('search'));
  const [stanza, second] = stanzas;
  const search = stanza?.settings.get('search');
  if (stanza === undefined || search === undefined) {
    return failure({ start: 0, end: Math.min(1, text.length) }, 'There is no stanza with a search in this file.');
  }
  const about =
    second === undefined
      ? []
      : [
          codes.diagnostic(
            'more-stanzas',
            'warning',
            second.span,
            `Only '${stanza.name}' is read of ${stanzas.length} searches.`,
          ),
        ];
  return withSearch(search.value, readStanza(stanza), about);
}

const RELATIONS: readonly Trigger['relation'][] = ['greater than', 'less than', 'equal to', 'not equal to'];

function readStanza({ name, settings, span }: Stanza): Omit<SavedSearch, 'search'> {
  const value = (key: string): string | undefined => settings.get(key)?.value.text;
  const isOn = (key: string): boolean => /^(?:1|true|t|yes|y)$/i.test(value(key) ?? '');
  const relation = RELATIONS.find((known) => known === value('relation'));
  const quantity = Number(value('quantity'));
  return {
    name,
    description: value('description') ?? '',
    cron: isOn('enableSched') ? value('cron_schedule') : undefined,
    earliest: value('dispatch.earliest_time'),
    latest: value('dispatch.latest_time'),
    trigger:
      value('counttype') === 'number of events' && relation !== undefined && Number.isSafeInteger(quantity)
        ? { relation, quantity }
        : undefined,
    digest: value('alert.digest_mode') === undefined || isOn('alert.digest_mode'),
    suppression: isOn('alert.suppress') ? value('alert.suppress.period') : undefined,
    suppressionFields: (value('alert.suppress.fields') ?? '').split(',').flatMap((field) => field.trim() || []),
    severity: /^[1-6]$/.test(value('alert.severity') ?? '') ? Number(value('alert.severity')) : undefined,
    notable: readNotable(settings),
    annotations: readAnnotations(value('action.correlationsearch.annotations')),
    metadata: readObject(value('action.correlationsearch.metadata')),
    span,
  };
}

function readNotable(settings: ReadonlyMap<string, Setting>): Notable | undefined {
  const value = (key: string): string | undefined => settings.get(`action.notable.param.${key}`)?.value.text;
  const title = value('rule_title');
  const description = value('rule_description');
  const severity = value('severity');
  if (title === undefined && description === undefined && severity === undefined) return undefined;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(severity === undefined ? {} : { severity }),
  };
}

/** A JSON object; anything else, broken JSON included, is empty: it is no part of what the search finds. */
function readObject(text: string | undefined): Readonly<Record<string, Json>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : {};
  } catch {
    return {};
  }
}

function readAnnotations(text: string | undefined): Readonly<Record<string, readonly string[]>> {
  const lists: [string, readonly string[]][] = [];
  for (const [framework, value] of Object.entries(readObject(text))) {
    if (Array.isArray(value)) lists.push([framework, value.filter((item) => typeof item === 'string')]);
  }
  return Object.fromEntries(lists);
}

// ---------------------------------------------------------------------------------------------- security content

/** A detection of Splunk's security content: the fields that say what it finds, how it is called and what it is about. */
function readSecurityContent(text: string): ReadResult<SavedSearch> {
  const document = parseDocument(text, { logLevel: 'silent' });
  const root = document.contents;
  const [error] = document.errors;
  if (error !== undefined) return failure({ start: error.pos[0], end: error.pos[1] }, 'The file is no valid YAML.');
  const search = isMap(root) ? root.get('search', true) : undefined;
  if (!isMap(root) || !isScalar(search) || typeof search.value !== 'string') {
    return failure({ start: 0, end: Math.min(1, text.length) }, 'There is no search in this file.');
  }
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  const start = search.range?.[0] ?? 0;
  const source: EmbeddedText = { text: search.value, segments: [{ embedded: 0, file: start }] };
  return withSearch(source, {
    ...EMPTY,
    name: textAt(content, ['name']) ?? '',
    description: oneParagraph(textAt(content, ['description']) ?? ''),
    annotations: { mitre_attack: textsAt(content, ['tags', 'mitre_attack_id']) },
    metadata: securityContentMetadata(content),
    span: { start: 0, end: text.length },
  });
}

function securityContentMetadata(content: unknown): Readonly<Record<string, Json>> {
  const entries: [string, Json][] = [];
  for (const key of ['id', 'author', 'date', 'status']) {
    const value = textAt(content, [key]);
    if (value !== undefined) entries.push([key, value]);
  }
  const version = valueAt(content, ['version']);
  if (typeof version === 'string' || typeof version === 'number') entries.push(['version', String(version)]);
  const references = textsAt(content, ['references']);
  if (references.length > 0) entries.push(['references', references]);
  const falsePositives = textAt(content, ['known_false_positives']);
  if (falsePositives !== undefined) entries.push(['falsePositives', [oneParagraph(falsePositives)]]);
  return Object.fromEntries(entries);
}

function valueAt(content: unknown, path: readonly string[]): unknown {
  let found = content;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

function textAt(content: unknown, path: readonly string[]): string | undefined {
  const value = valueAt(content, path);
  return typeof value === 'string' ? value : undefined;
}

function textsAt(content: unknown, path: readonly string[]): readonly string[] {
  const value = valueAt(content, path);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function oneParagraph(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
