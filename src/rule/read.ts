/** The entry to this room: the text of a file in, its rules out. */
import type { Diagnostic } from '../diagnostic.ts';
import { wholeFile } from '../source.ts';
import type { SourceFile, Span } from '../source.ts';
import { ruleCodes } from './codes.ts';
import { parseYaml } from './document.ts';
import type { ParsedDocument } from './document.ts';
import { findRules } from './envelope.ts';
import { parseJson } from './json.ts';
import { isBlankQuery, leadingComments } from './query-text.ts';
import { fileStem, readRuleEntry, sortByPosition } from './rule-reader.ts';
import type { RuleEntry, RuleFile, RuleFormat, SentinelRule } from './types.ts';

/** UTF-16 code units; far beyond what Sentinel accepts as a query. */
const MAX_KQL_LENGTH = 1024 * 1024;

/**
 * Reads the rules of a file: YAML (one rule, a list, several documents), JSON (a rule, a list, an ARM template or an
 * export) or a bare `.kql` query. Which it is follows from the file's ending, and failing that from the text.
 *
 * Never throws. There is at least one entry; what cannot be read is an invalid entry with an error that says why.
 */
export function readRule(file: SourceFile): RuleFile {
  const format = detectFormat(file);
  const rejected = rejectText(file);
  if (rejected !== undefined) return { file, format, entries: [invalid([rejected])], diagnostics: [] };
  if (format === 'kql') return { file, format, entries: [readKql(file)], diagnostics: [] };
  const documents = format === 'json' ? [parseJson(file)] : parseYaml(file);
  const entries: RuleEntry[] = [];
  const remarks: Diagnostic[] = [];
  for (const document of documents) readDocumentRules(document, file, entries, remarks);
  if (entries.length === 0) {
    const message = 'The file holds no rule.';
    entries.push(invalid([ruleCodes.diagnostic('no-rule', 'error', startOf(file), message)]));
  }
  return { file, format, entries, diagnostics: sortByPosition(remarks) };
}

function readDocumentRules(
  document: ParsedDocument,
  file: SourceFile,
  entries: RuleEntry[],
  remarks: Diagnostic[],
): void {
  const { root, diagnostics } = document;
  if (diagnostics.some(({ severity }) => severity === 'error')) {
    entries.push(invalid(diagnostics));
    return;
  }
  // An empty document, as a `---` at the file's end makes, is nothing to complain about.
  if (root === undefined) {
    remarks.push(...diagnostics);
    return;
  }
  const found = findRules(root);
  remarks.push(...found.diagnostics);
  const [only, ...others] = found.rules;
  if (only === undefined || others.length > 0) remarks.push(...diagnostics);
  const early = only !== undefined && others.length === 0 ? diagnostics : [];
  for (const rule of found.rules) entries.push(readRuleEntry(rule, file, early));
  for (const error of found.errors) entries.push(invalid([error]));
}

function invalid(diagnostics: readonly Diagnostic[]): RuleEntry {
  return { status: 'invalid', rule: undefined, diagnostics: sortByPosition(diagnostics) };
}

function startOf(file: SourceFile): Span {
  return { start: 0, end: Math.min(1, file.text.length) };
}

const FORMATS: ReadonlyMap<string, RuleFormat> = new Map([
  ['json', 'json'],
  ['kql', 'kql'],
  ['kusto', 'kql'],
  ['csl', 'kql'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
]);

function detectFormat(file: SourceFile): RuleFormat {
  const ending = /\.([A-Za-z0-9]+)$/.exec(file.path)?.[1]?.toLowerCase() ?? '';
  return FORMATS.get(ending) ?? formatOfText(file.text.slice(0, 100_000));
}

/** What a text without a telling name is, as from standard input: YAML has a key at the start of some line. */
function formatOfText(text: string): RuleFormat {
  if (/^\uFEFF?\s*[[{]/.test(text)) return 'json';
  const isYaml = /^\uFEFF?(?:---|%YAML|#)|^\uFEFF?(?:- +)?["']?[A-Za-z$][\w$-]*["']?[ \t]*:(?:\s|$)/m.test(text);
  return isYaml || text.trim() === '' ? 'yaml' : 'kql';
}

/** Rejects what is no text: a NUL, or bytes that were no UTF-8 in more than a few places. */
function rejectText(file: SourceFile): Diagnostic | undefined {
  const { text } = file;
  if (/^\uFEFF?\s*$/.test(text.slice(0, 100_000)) && text.length < 100_000) {
    return ruleCodes.diagnostic('empty-file', 'error', startOf(file), 'The file is empty.');
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const message = 'The file is no text, or not in UTF-8: it holds a NUL character.';
    return ruleCodes.diagnostic('binary-file', 'error', { start: nul, end: nul + 1 }, message);
  }
  const replaced = text.slice(0, 4096).split('\uFFFD').length - 1;
  if (replaced > 16) {
    const at = text.indexOf('\uFFFD');
    const message = 'The file is no text, or not in UTF-8.';
    return ruleCodes.diagnostic('binary-file', 'error', { start: at, end: at + 1 }, message);
  }
  return undefined;
}

/** A file that is a query and nothing else: a hunting query named after its first comment line, else after the file. */
function readKql(file: SourceFile): RuleEntry {
  const { text } = file;
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const span = { start, end: text.length };
  if (text.length > MAX_KQL_LENGTH) {
    const message = `The file has ${text.length} characters; at most ${MAX_KQL_LENGTH} are read.`;
    return invalid([ruleCodes.diagnostic('too-large', 'error', startOf(file), message)]);
  }
  const query = start === 0 ? wholeFile(text) : { text: text.slice(start), segments: [{ embedded: 0, file: start }] };
  if (isBlankQuery(query.text)) {
    return invalid([
      ruleCodes.diagnostic('query-empty', 'error', startOf(file), 'The file holds nothing but comments.'),
    ]);
  }
  const [title, ...rest] = leadingComments(query.text).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const head = { start, end: Math.min(text.length, start + 1) };
  const name = title === undefined ? fileStem(file.path) : title.replace(/^(name|title)\s*:\s*/i, '').slice(0, 256);
  const description = rest.join('\n').replace(/^description\s*:\s*/i, '');
  const rule: SentinelRule = {
    kind: 'Hunting',
    query,
    querySpan: span,
    span,
    id: undefined,
    name: { value: name, span: head },
    description: description === '' ? undefined : { value: description, span: head },
    severity: undefined,
    status: undefined,
    version: undefined,
    author: undefined,
    date: undefined,
    enabled: undefined,
    templateName: undefined,
    tactics: [],
    techniques: [],
    tags: [],
    references: [],
    falsePositives: [],
    requiredDataConnectors: [],
    provenance: { source: undefined, support: undefined, categories: [] },
    schedule: {
      frequency: undefined,
      period: undefined,
      triggerOperator: undefined,
      triggerThreshold: undefined,
      suppressionEnabled: undefined,
      suppressionDuration: undefined,
      aggregationKind: undefined,
    },
    entityMappings: [],
    sentinelEntities: [],
    customDetails: [],
    alertDetails: {
      displayNameFormat: undefined,
      descriptionFormat: undefined,
      severityColumnName: undefined,
      tacticsColumnName: undefined,
      dynamicProperties: [],
    },
    incident: undefined,
  };
  return { status: 'valid', rule, diagnostics: [] };
}
