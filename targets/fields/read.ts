/**
 * Reads a mapping file: checks its form and writes out its short forms. The form:
 *
 * ```yaml
 * table: SecurityEvent              # or `set: sysmon` for columns that several tables share
 * use:                              # shared sets: their columns (below a dynamic column), their log sources
 *   - { set: windows-security, below: EventData, when: { EventLog: Security }, rename: { Channel: EventLog } }
 * logsources:                       # the first whose `when` the rule satisfies; the last has none
 *   - when: { EventID: 4688 }       # column -> value or list of values; a list of such maps: any of them
 *     sigma: { product: windows, category: process_creation, covers: more, implies: [EventID] }
 *     splunk: { source: 'XmlWinEventLog:Security', EventCode: 4688, implies: [EventID] }   # or implies: { EventID: 4688 }
 *     udm: { log_type: WINEVTLOG, event_type: PROCESS_LAUNCH }
 *   - sigma: { product_if_shown: windows, category: process_creation, covers: more }   # else of any product
 * columns:
 *   CommandLine: { sigma: CommandLine, splunk: CommandLine, udm: target.process.command_line }
 *   NewProcessName:                 # a list: the first entry whose `when` is satisfied, per vocabulary
 *     - { when: { EventID: 4688 }, strict: true, sigma: Image }   # only in the log source of these events alone
 *     - { sigma: NewProcessName }
 *   LogonType: { udm: { field: extensions.auth.mechanism, values: { 3: NETWORK } } }
 *   'EventData.*': { splunk: '*' }  # every other column keeps its name
 *   Type: {}                        # no equivalent anywhere
 * ```
 */
import type { Confidence, Coverage, FieldMapping, LogSourceOf, ValueRelation, Vocabulary } from './types.ts';
import { RELATIONS, VOCABULARIES } from './mapping.ts';
import type {
  ColumnEntries,
  ColumnEntry,
  Condition,
  Conditions,
  LogSourceEntry,
  SharedColumns,
  TableMapping,
} from './mapping.ts';

type Path = readonly (string | number)[];

/** What is wrong with a mapping file, and where: the keys that lead to the place. */
export interface MappingProblem {
  readonly path: Path;
  readonly message: string;
}

type Node = unknown;
type Entries = Readonly<Record<string, Node>>;

const COVERAGES: readonly Coverage[] = ['same', 'more', 'less', 'similar'];
const SETTINGS = ['covers', 'implies', 'confidence', 'note'];
const UDM_KEYS: Readonly<Record<string, keyof LogSourceOf['udm']>> = {
  log_type: 'logType',
  event_type: 'eventType',
  product_event_type: 'productEventType',
  product_name: 'productName',
  vendor_name: 'vendorName',
};

const isEntries = (node: Node): node is Entries => typeof node === 'object' && node !== null && !Array.isArray(node);
const isOneOf = <Name extends string>(names: readonly Name[], text: string): text is Name =>
  (names as readonly string[]).includes(text);

/** Reads one file's content (plain data, as YAML gives it). Problems are collected; what is right is kept. */
class MappingReader {
  readonly problems: MappingProblem[] = [];

  problem(path: Path, message: string): void {
    this.problems.push({ path, message });
  }

  /** A text; numbers and booleans are taken as they are written. */
  text(node: Node, path: Path): string | undefined {
    if (typeof node === 'string' && node !== '') return node;
    if (typeof node === 'number' || typeof node === 'boolean') return String(node);
    this.problem(path, 'Expected a text.');
    return undefined;
  }

  texts(node: Node, path: Path): readonly string[] {
    if (!Array.isArray(node)) return [this.text(node, path)].filter((text) => text !== undefined);
    return node.flatMap((item: Node, index) => this.text(item, [...path, index]) ?? []);
  }

  map(node: Node, path: Path): Entries {
    if (isEntries(node)) return node;
    if (node !== undefined) this.problem(path, 'Expected a map.');
    return {};
  }

  pairs(node: Node, path: Path): ReadonlyMap<string, string> {
    const pairs = Object.entries(this.map(node, path)).flatMap(([from, to]) => {
      const text = this.text(to, [...path, from]);
      return text === undefined ? [] : [[from, text] as const];
    });
    return new Map(pairs);
  }

  list(node: Node, path: Path): readonly Node[] {
    if (node === undefined) return [];
    if (Array.isArray(node)) return node as readonly Node[];
    this.problem(path, 'Expected a list.');
    return [];
  }

  onlyKeys(node: Entries, allowed: readonly string[], path: Path): void {
    for (const key of Object.keys(node)) {
      if (!allowed.includes(key)) this.problem([...path, key], `Unknown key '${key}'; expected ${allowed.join(', ')}.`);
    }
  }

  condition(node: Node, path: Path): Condition {
    const entries = Object.entries(this.map(node, path));
    if (entries.length === 0) this.problem(path, 'A condition names at least one column.');
    return new Map(
      entries.map(([column, values]) => {
        const texts = this.texts(values, [...path, column]);
        if (texts.length === 0) this.problem([...path, column], 'Expected at least one value.');
        return [column, texts.map((text) => text.toLowerCase())];
      }),
    );
  }

  conditions(node: Node, path: Path): Conditions {
    if (node === undefined) return [];
    if (!Array.isArray(node)) return [this.condition(node, path)];
    return node.map((item: Node, index) => this.condition(item, [...path, index]));
  }

  confidence(node: Node, path: Path): Confidence {
    if (node === undefined || node === 'high') return 'high';
    if (node !== 'low') this.problem(path, "Expected 'high' or 'low'.");
    return 'low';
  }

  note(node: Entries, path: Path): { readonly note?: string } {
    if (node['note'] === undefined) return {};
    const note = this.text(node['note'], [...path, 'note']);
    return note === undefined ? {} : { note };
  }

  relation(node: Entries, path: Path): ValueRelation {
    const kind = node['relation'] === undefined ? 'same' : this.text(node['relation'], [...path, 'relation']);
    if (kind === undefined || !isOneOf(RELATIONS, kind)) {
      this.problem([...path, 'relation'], `Expected one of ${RELATIONS.join(', ')}.`);
      return { kind: 'differs' };
    }
    const separator =
      node['separator'] === undefined ? '\\' : (this.text(node['separator'], [...path, 'separator']) ?? '\\');
    switch (kind) {
      case 'same':
      case 'numbered':
      case 'text-in':
      case 'keyword':
      case 'differs':
        return { kind };
      case 'file-name-of':
      case 'folder-of':
      case 'path-of':
      case 'account-of':
      case 'domain-of':
        return { kind, separator };
      case 'qualified-account': {
        if (node['domain_field'] === undefined) return { kind, separator };
        const domainField = this.text(node['domain_field'], [...path, 'domain_field']);
        return domainField === undefined ? { kind, separator } : { kind, separator, domainField };
      }
      case 'ending-tells': {
        const [ending, yes, no] = (['ending', 'yes', 'no'] as const).map((key) => this.text(node[key], [...path, key]));
        return { kind, ending: ending ?? '', yes: yes ?? '', no: no ?? '' };
      }
      case 'prefixed':
      case 'item-of': {
        const prefix = this.text(node['prefix'], [...path, 'prefix']);
        return { kind, prefix: prefix ?? '' };
      }
    }
  }

  field(node: Node, path: Path): FieldMapping | undefined {
    if (!isEntries(node)) {
      const field = this.text(node, path);
      return field === undefined ? undefined : { field, relation: { kind: 'same' }, confidence: 'high' };
    }
    const settings = ['relation', 'separator', 'prefix', 'domain_field', 'ending', 'yes', 'no'];
    const keys = ['field', ...settings, 'json', 'values', 'rewrites', 'confidence', 'note'];
    this.onlyKeys(node, keys, path);
    const relation = this.relation(node, path);
    const field = relation.kind === 'keyword' ? '' : this.text(node['field'], [...path, 'field']);
    if (field === undefined) return undefined;
    const values = this.pairs(node['values'], [...path, 'values']);
    const rewrites = this.pairs(node['rewrites'], [...path, 'rewrites']);
    const json = node['json'] === undefined ? undefined : this.text(node['json'], [...path, 'json']);
    if (json !== undefined && relation.kind !== 'text-in')
      this.problem([...path, 'json'], "A place in JSON stands beside the relation 'text-in'.");
    return {
      field,
      relation,
      ...(values.size === 0 ? {} : { values }),
      ...(rewrites.size === 0 ? {} : { rewrites }),
      ...(json === undefined ? {} : { json }),
      confidence: this.confidence(node['confidence'], [...path, 'confidence']),
      ...this.note(node, path),
    };
  }

  column(node: Node, path: Path): ColumnEntries {
    const items = Array.isArray(node) ? (node as readonly Node[]) : [node];
    const found: Record<Vocabulary, ColumnEntry[] | undefined> = {
      sigma: undefined,
      splunk: undefined,
      udm: undefined,
    };
    items.forEach((item, index) => {
      const at = Array.isArray(node) ? [...path, index] : path;
      const entry = this.map(item, at);
      this.onlyKeys(entry, ['when', 'strict', ...VOCABULARIES], at);
      const when = this.conditions(entry['when'], [...at, 'when']);
      const isEmpty = VOCABULARIES.every((vocabulary) => entry[vocabulary] === undefined);
      const strict = entry['strict'] === true;
      if (strict && when.length === 0) this.problem([...at, 'strict'], "A strict entry has a 'when'.");
      for (const vocabulary of VOCABULARIES) {
        const value = entry[vocabulary];
        if (value === undefined && !isEmpty) continue;
        const mapping = value === undefined || value === null ? undefined : this.field(value, [...at, vocabulary]);
        (found[vocabulary] ??= []).push({ when, strict, mapping });
      }
    });
    return found;
  }

  /** `implies`: column -> values, or the names of columns that `when` bounds in the same way in all of its conditions. */
  implied(node: Node, when: Conditions, path: Path): Condition {
    if (node === undefined) return new Map();
    if (!Array.isArray(node)) return this.condition(node, path);
    const [first, ...others] = when;
    const implied = new Map<string, readonly string[]>();
    for (const column of this.texts(node, path)) {
      const values = first?.get(column);
      const isBounded =
        values !== undefined && others.every((one) => one.get(column)?.join('\n') === values.join('\n'));
      if (isBounded) implied.set(column, values);
      else this.problem(path, `'when' does not bound the column '${column}' (in the same way) in every condition.`);
    }
    return implied;
  }

  entry<Source>(
    node: Entries,
    when: Conditions,
    shared: Condition,
    source: Source,
    path: Path,
  ): LogSourceEntry<Source> {
    const covers = node['covers'] === undefined ? 'same' : (this.text(node['covers'], [...path, 'covers']) ?? 'same');
    if (!isOneOf(COVERAGES, covers)) this.problem([...path, 'covers'], `Expected one of ${COVERAGES.join(', ')}.`);
    return {
      when,
      source,
      implies: new Map([...shared, ...this.implied(node['implies'], when, [...path, 'implies'])]),
      covers: isOneOf(COVERAGES, covers) ? covers : 'similar',
      confidence: this.confidence(node['confidence'], [...path, 'confidence']),
      ...this.note(node, path),
    };
  }

  sigmaSource(node: Entries, path: Path): LogSourceOf['sigma'] {
    const keys = ['product', 'category', 'service'] as const;
    this.onlyKeys(node, [...keys, 'product_if_shown', 'where', ...SETTINGS], path);
    const found: { product?: string; productIfShown?: string; category?: string; service?: string } = {};
    for (const key of keys) {
      const text = node[key] === undefined ? undefined : this.text(node[key], [...path, key]);
      if (text !== undefined) found[key] = text;
    }
    const shown = node['product_if_shown'];
    const product = shown === undefined ? undefined : this.text(shown, [...path, 'product_if_shown']);
    if (product !== undefined) found.productIfShown = product;
    if (Object.keys(found).length === 0) this.problem(path, 'A Sigma log source names a product, category or service.');
    if (node['where'] === undefined) return found;
    const where = Object.entries(this.map(node['where'], [...path, 'where']));
    return {
      ...found,
      where: new Map(where.map(([field, values]) => [field, this.texts(values, [...path, 'where', field])])),
    };
  }

  splunkSource(node: Entries, path: Path): LogSourceOf['splunk'] {
    const terms = new Map<string, readonly string[]>();
    for (const [field, values] of Object.entries(node)) {
      if (!SETTINGS.includes(field)) terms.set(field, this.texts(values, [...path, field]));
    }
    return { terms };
  }

  udmSource(node: Entries, path: Path): LogSourceOf['udm'] {
    this.onlyKeys(node, [...Object.keys(UDM_KEYS), ...SETTINGS], path);
    const of = (key: string): readonly string[] =>
      node[key] === undefined ? [] : this.texts(node[key], [...path, key]);
    return {
      logType: of('log_type'),
      eventType: of('event_type'),
      productEventType: of('product_event_type'),
      productName: of('product_name'),
      vendorName: of('vendor_name'),
    };
  }

  logSources(node: Node): TableMapping['logSources'] {
    const sigma: LogSourceEntry<LogSourceOf['sigma']>[] = [];
    const splunk: LogSourceEntry<LogSourceOf['splunk']>[] = [];
    const udm: LogSourceEntry<LogSourceOf['udm']>[] = [];
    this.list(node, ['logsources']).forEach((item, index) => {
      const path = ['logsources', index];
      const entry = this.map(item, path);
      this.onlyKeys(entry, ['when', 'implies', ...VOCABULARIES], path);
      const when = this.conditions(entry['when'], [...path, 'when']);
      const implied = this.implied(entry['implies'], when, [...path, 'implies']);
      for (const vocabulary of VOCABULARIES) {
        if (entry[vocabulary] === undefined) continue;
        const at = [...path, vocabulary];
        const source = this.map(entry[vocabulary], at);
        switch (vocabulary) {
          case 'sigma':
            sigma.push(this.entry(source, when, implied, this.sigmaSource(source, at), at));
            break;
          case 'splunk':
            splunk.push(this.entry(source, when, implied, this.splunkSource(source, at), at));
            break;
          case 'udm':
            udm.push(this.entry(source, when, implied, this.udmSource(source, at), at));
            break;
        }
      }
    });
    return { sigma, splunk, udm };
  }

  uses(node: Node): readonly SharedColumns[] {
    return this.list(node, ['use']).flatMap((item, index) => {
      const path = ['use', index];
      const entry = this.map(item, path);
      this.onlyKeys(entry, ['set', 'below', 'when', 'rename'], path);
      const set = this.text(entry['set'], [...path, 'set']);
      const below = entry['below'] === undefined ? undefined : this.text(entry['below'], [...path, 'below']);
      const when = this.conditions(entry['when'], [...path, 'when']);
      const rename = this.pairs(entry['rename'], [...path, 'rename']);
      return set === undefined ? [] : [{ set, ...(below === undefined ? {} : { below }), when, rename }];
    });
  }

  file(node: Node): TableMapping | undefined {
    if (!isEntries(node)) {
      this.problem([], 'A mapping file is a map with the keys table, logsources and columns.');
      return undefined;
    }
    this.onlyKeys(node, ['table', 'set', 'use', 'logsources', 'columns'], []);
    const name = node['table'] ?? node['set'];
    if (typeof name !== 'string' || name === '') {
      this.problem(['table'], "The key 'table' is missing.");
      return undefined;
    }
    const columns = Object.entries(this.map(node['columns'], ['columns']));
    return {
      name,
      logSources: this.logSources(node['logsources']),
      columns: new Map(columns.map(([column, entry]) => [column, this.column(entry, ['columns', column])])),
      uses: this.uses(node['use']),
    };
  }
}

/**
 * Reads a mapping file's content, as plain data. `mapping` is there even with problems as long as the table is named;
 * what is wrong is left out of it.
 */
export function readMapping(content: unknown): {
  readonly mapping: TableMapping | undefined;
  readonly problems: readonly MappingProblem[];
} {
  const reader = new MappingReader();
  const mapping = reader.file(content);
  return { mapping, problems: reader.problems };
}
