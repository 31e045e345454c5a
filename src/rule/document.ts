/**
 * From the text of a YAML file to a plain tree with positions, guarded against what strangers may send: size, depth,
 * tokens without end, alias bombs and cycles.
 */
import { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { Document } from 'yaml';
import type { Diagnostic } from '../diagnostic.ts';
import { NO_SPAN } from '../source.ts';
import type { EmbeddedText, SourceFile, Span } from '../source.ts';
import { ruleCodes } from './codes.ts';
import { embedScalar } from './scalar-text.ts';

export type Node = MappingNode | SequenceNode | ScalarNode;

export interface MappingNode {
  readonly type: 'mapping';
  readonly entries: readonly Entry[];
  readonly span: Span;
}

export interface Entry {
  /** `undefined` when the key is not a scalar. */
  readonly key: string | undefined;
  readonly keySpan: Span;
  readonly value: Node;
}

export interface SequenceNode {
  readonly type: 'sequence';
  readonly items: readonly Node[];
  readonly span: Span;
}

export interface ScalarNode {
  readonly type: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as written, without quotes and with escapes resolved: `1.0` stays `1.0`. */
  readonly text: string;
  readonly span: Span;
  /** The text with the way back to the file. */
  readonly embed: () => EmbeddedText;
}

export interface ParsedDocument {
  /** `undefined` when the document could not be read or is empty. */
  readonly root: Node | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Limits of what is read: far above any rule, or export of rules, and low enough that nothing takes long. */
export const LIMITS = {
  /** UTF-16 code units. */
  yamlLength: 1024 * 1024,
  jsonLength: 32 * 1024 * 1024,
  yamlTokens: 60_000,
  depth: 64,
  /** Diagnostics about syntax per file: the first ones are the ones that help. */
  syntaxDiagnostics: 20,
};

/** Reads the documents of a YAML stream; a file without any gives an empty list. */
export function parseYaml(file: SourceFile): readonly ParsedDocument[] {
  if (file.text.length > LIMITS.yamlLength) return [refuse('too-large', tooLarge(file.text.length, LIMITS.yamlLength))];
  // A lone carriage return is a line break in YAML, but not to the library. The offsets stay as they are.
  return parse(file.text.replace(/\r(?!\n)/g, '\n'));
}

function tooLarge(length: number, limit: number): string {
  return `The file has ${length} characters; at most ${limit} are read.`;
}

/** A document that is not read. */
export function refuse(code: 'too-large' | 'too-deep', message: string, span = NO_SPAN): ParsedDocument {
  return { root: undefined, diagnostics: [ruleCodes.diagnostic(code, 'error', span, message)] };
}

function parse(text: string): readonly ParsedDocument[] {
  const tokens = readTokens(text, LIMITS.yamlTokens);
  if (tokens === undefined) {
    return [refuse('too-large', `The file has more than ${LIMITS.yamlTokens} tokens; so many are not read.`)];
  }
  const deep = findTooDeep(tokens);
  if (deep !== undefined) {
    const message = `Lists and mappings are nested more than ${LIMITS.depth} levels deep.`;
    return [refuse('too-deep', message, { start: deep, end: deep + 1 })];
  }
  // Key uniqueness is checked where a mapping is read: the library compares each key with every other one.
  const composer = new Composer({ keepSourceTokens: true, uniqueKeys: false, strict: true, logLevel: 'silent' });
  const documents: ParsedDocument[] = [];
  let budget = LIMITS.syntaxDiagnostics;
  for (const document of composer.compose(tokens)) {
    const parsed = readDocument(document, text, budget);
    budget = Math.max(1, budget - parsed.diagnostics.length);
    documents.push(parsed);
  }
  return documents;
}

/** The tokens of the text, or `undefined` when there are more than `maxTokens`. */
function readTokens(text: string, maxTokens: number): readonly CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > maxTokens) return undefined;
    tokens.push(...parser.next(lexeme));
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The file offset of a token that is nested too deeply, if any. Uses no recursion: the depth is not known yet. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > LIMITS.depth) return token.offset;
    if (token.type === 'document' && token.value) pending.push({ token: token.value, depth });
    if (!CST.isCollection(token)) continue;
    for (const item of token.items) {
      if (item.key) pending.push({ token: item.key, depth: depth + 1 });
      if (item.value) pending.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

function readDocument(document: Document.Parsed, text: string, budget: number): ParsedDocument {
  const diagnostics: Diagnostic[] = [];
  for (const error of document.errors.slice(0, budget)) {
    const span = clampSpan(error.pos, text);
    const hint = error.code === 'TAB_AS_INDENT' ? 'Tabs cannot indent YAML; use spaces.' : undefined;
    diagnostics.push(ruleCodes.diagnostic('yaml-syntax', 'error', span, `${firstLine(error.message)}.`, hint));
  }
  for (const warning of document.warnings.slice(0, budget)) {
    const message = `${firstLine(warning.message)}.`;
    diagnostics.push(ruleCodes.diagnostic('yaml-warning', 'warning', clampSpan(warning.pos, text), message));
  }
  if (document.errors.length > 0) return { root: undefined, diagnostics };
  const builder = new TreeBuilder(diagnostics);
  const { contents } = document;
  const root = contents === null ? undefined : builder.build(contents);
  return { root: isEmpty(root) ? undefined : root, diagnostics };
}

/** A document without content is read as a null of no length. */
function isEmpty(node: Node | undefined): boolean {
  return node?.type === 'scalar' && node.value === null && node.text === '';
}

function firstLine(message: string): string {
  const line = /^[^\n]{0,200}/.exec(message)?.[0] ?? '';
  return line.replace(/[.:]$/, '');
}

function clampSpan(position: readonly [number, number], text: string): Span {
  const start = Math.min(Math.max(0, position[0]), text.length);
  return { start, end: Math.min(Math.max(start, position[1]), text.length) };
}

class TreeBuilder {
  readonly #anchors = new Map<string, Node | 'open'>();
  readonly #diagnostics: Diagnostic[];

  constructor(diagnostics: Diagnostic[]) {
    this.#diagnostics = diagnostics;
  }

  /** Depth is bounded before this is called; an alias becomes the very node it repeats, so nothing is copied. */
  build(source: unknown): Node {
    if (isAlias(source)) {
      const target = this.#anchors.get(source.source);
      if (target !== undefined && target !== 'open') return target;
      const span = rangeSpan(source.range);
      const message =
        target === 'open'
          ? `The alias '*${source.source.slice(0, 60)}' stands inside the node that it repeats.`
          : `There is no anchor '&${source.source.slice(0, 60)}' before this alias.`;
      this.#diagnostics.push(ruleCodes.diagnostic('cyclic-alias', 'error', span, message));
      return emptyScalar(span);
    }
    const anchor = isMap(source) || isSeq(source) || isScalar(source) ? source.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const node = this.#buildContent(source);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #buildContent(source: unknown): Node {
    if (isMap(source)) {
      const entries = source.items.map((pair): Entry => {
        const key = this.build(pair.key);
        const value =
          pair.value === null ? emptyScalar({ start: key.span.end, end: key.span.end }) : this.build(pair.value);
        return { key: key.type === 'scalar' ? key.text : undefined, keySpan: key.span, value };
      });
      return { type: 'mapping', entries, span: rangeSpan(source.range) };
    }
    if (isSeq(source)) {
      const items = source.items.map((item) => this.build(item));
      return { type: 'sequence', items, span: rangeSpan(source.range) };
    }
    if (isScalar(source)) {
      const span = rangeSpan(source.range);
      if (source.value instanceof Uint8Array) {
        this.#diagnostics.push(ruleCodes.diagnostic('binary-file', 'error', span, 'A value is tagged as binary data.'));
      }
      const text = source.source ?? '';
      const token = source.srcToken;
      const embed = (): EmbeddedText =>
        token !== undefined && CST.isScalar(token)
          ? embedScalar(token, text)
          : { text, segments: [{ embedded: 0, file: span.start }] };
      return { type: 'scalar', value: plainValue(source.value, text), text, span, embed };
    }
    return emptyScalar(NO_SPAN);
  }
}

function plainValue(value: unknown, text: string): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return text;
}

function emptyScalar(span: Span): ScalarNode {
  return {
    type: 'scalar',
    value: null,
    text: '',
    span,
    embed: () => ({ text: '', segments: [{ embedded: 0, file: span.start }] }),
  };
}

function rangeSpan(range: readonly [number, number, number] | null | undefined): Span {
  return range ? { start: range[0], end: range[1] } : NO_SPAN;
}
