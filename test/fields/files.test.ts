import { describe, expect, test } from 'vitest';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import type { ColumnEntry, Condition, TableMapping } from '../../targets/fields/mapping.ts';
import { VOCABULARIES } from '../../targets/fields/mapping.ts';
import type { FieldMapping } from '../../targets/fields/types.ts';
import { mappingFiles } from './mapping-files.ts';
import { hasReference, readJson, readRows } from './reference.ts';
import { UNCHECKED_LOG_TYPES, UNLISTED_COLUMNS } from './exceptions.ts';

const tables = mappingFiles.filter((file) => file.kind === 'table');
const setsByName = new Map(mappingFiles.filter((file) => file.kind === 'set').map((file) => [file.name, file.mapping]));

function columnEntries(mapping: TableMapping): readonly { readonly column: string; readonly entry: ColumnEntry }[] {
  return [...mapping.columns].flatMap(([column, entries]) =>
    VOCABULARIES.flatMap((vocabulary) => (entries[vocabulary] ?? []).map((entry) => ({ column, entry }))),
  );
}

function conditionsOf(mapping: TableMapping): readonly Condition[] {
  const sources = VOCABULARIES.flatMap((vocabulary) => [...mapping.logSources[vocabulary]]);
  return [
    ...sources.flatMap((source) => [...source.when, source.implies]),
    ...columnEntries(mapping).flatMap(({ entry }) => entry.when),
    ...mapping.uses.flatMap((use) => use.when),
  ];
}

describe('mapping files', () => {
  test.each(mappingFiles)('$name has the form of a mapping file', ({ name, mapping, problems }) => {
    expect(problems).toEqual([]);
    expect(mapping.name).toBe(name);
  });

  test.each(tables)('$name uses only sets that there are', ({ mapping }) => {
    for (const use of mapping.uses) expect(setsByName.has(use.set), use.set).toBe(true);
  });

  test.each(tables)('$name: no log source stands behind one that always holds', ({ mapping }) => {
    for (const vocabulary of VOCABULARIES) {
      const always = mapping.logSources[vocabulary].findIndex((entry) => entry.when.length === 0);
      expect(always === -1 ? true : always === mapping.logSources[vocabulary].length - 1, vocabulary).toBe(true);
    }
  });

  test.each(mappingFiles)('$name: no column entry stands behind one that always holds', ({ mapping }) => {
    for (const [column, entries] of mapping.columns) {
      for (const vocabulary of VOCABULARIES) {
        const always = entries[vocabulary]?.findIndex((entry) => entry.when.length === 0) ?? -1;
        expect(always === -1 || always === (entries[vocabulary]?.length ?? 0) - 1, `${column}, ${vocabulary}`).toBe(
          true,
        );
      }
    }
  });
});

describe('columns', () => {
  const topColumn = (column: string): string => column.split('.')[0] ?? column;

  test.each(tables)('$name names only columns that the table has', ({ name, mapping }) => {
    const schema = schemaOf(name);
    const allowed = new Set(UNLISTED_COLUMNS[name]?.columns ?? []);
    if (schema === undefined) {
      expect(UNLISTED_COLUMNS[name], `no schema of ${name}`).toBeDefined();
      return;
    }
    const named = [...mapping.columns.keys(), ...conditionsOf(mapping).flatMap((condition) => [...condition.keys()])];
    const unknown = named.map(topColumn).filter((column) => column !== '*' && !schema.columns.has(column));
    expect([...new Set(unknown)].filter((column) => !allowed.has(column))).toEqual([]);
  });

  test('no exception is out of date', () => {
    const stale = Object.entries(UNLISTED_COLUMNS).flatMap(([name, { columns }]) => {
      const schema = schemaOf(name);
      return columns.filter((column) => schema?.columns.has(column)).map((column) => `${name}.${column}`);
    });
    expect(stale).toEqual([]);
  });
});

describe.skipIf(!hasReference)('names of the targets (skipped without the reference data)', () => {
  interface UdmSchema {
    readonly paths: Readonly<Record<string, string>>;
    readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly enums: Readonly<Record<string, readonly string[]>>;
  }
  const schema = hasReference ? (readJson('udm-fields.json') as UdmSchema) : { paths: {}, types: {}, enums: {} };

  /** The type of a UDM path; deeper than the flat list through the types of the messages. */
  function typeOf(path: string): string | undefined {
    const known = schema.paths[path];
    if (known !== undefined) return known;
    const dot = path.lastIndexOf('.');
    if (dot < 0) return undefined;
    const parent = typeOf(path.slice(0, dot));
    return parent === undefined ? undefined : schema.types[parent.replace('message:', '')]?.[path.slice(dot + 1)];
  }

  function udmProblem(field: string): string | undefined {
    const keyed = /^([\w.]+)\["[^"\\]+"\]$/.exec(field);
    if (keyed === null) return typeOf(field) === undefined ? `${field}: no such field` : undefined;
    const path = keyed[1] ?? '';
    if (path === 'additional.fields') return undefined;
    const type = typeOf(path)?.replace('message:', '');
    return type === 'label' ? undefined : `${field}: ${path} holds no labels (${type ?? 'no such field'})`;
  }

  const fieldsOf = (mapping: TableMapping): readonly FieldMapping[] =>
    [...mapping.columns.values()].flatMap((entries) =>
      (entries.udm ?? []).flatMap(({ mapping: found }) => (found === undefined ? [] : [found])),
    );

  test.each(mappingFiles)('$name: every UDM field exists', ({ mapping }) => {
    const names = fieldsOf(mapping).flatMap(({ field, relation }) =>
      relation.kind === 'qualified-account' && relation.domainField !== undefined
        ? [field, relation.domainField]
        : [field],
    );
    expect(names.map(udmProblem).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test.each(mappingFiles)('$name: every UDM value of an enumeration exists', ({ mapping }) => {
    const wrong = fieldsOf(mapping).flatMap(({ field, values }) => {
      const members = schema.enums[(typeOf(field) ?? '').replace('enum:', '')];
      if (values === undefined || members === undefined) return [];
      return [...values.values()].filter((value) => !members.includes(value)).map((value) => `${field}: ${value}`);
    });
    expect(wrong).toEqual([]);
  });

  test.each(mappingFiles)('$name: every UDM event type and log type is known', ({ mapping }) => {
    const eventTypes = new Set(schema.enums['metadata.event_type']);
    const logTypes = new Set([
      ...readRows('udm-log-types.csv').map((row) => row['log_type'] ?? ''),
      ...UNCHECKED_LOG_TYPES,
    ]);
    for (const { source } of mapping.logSources.udm) {
      expect(source.eventType.filter((type) => !eventTypes.has(type))).toEqual([]);
      expect(source.logType.filter((type) => !logTypes.has(type))).toEqual([]);
    }
  });

  test.each(mappingFiles)('$name: every Sigma log source is one of SigmaHQ', ({ mapping }) => {
    const key = (row: {
      readonly product?: string;
      readonly productIfShown?: string;
      readonly category?: string;
      readonly service?: string;
    }): string => [row.product ?? row.productIfShown ?? '', row.category ?? '', row.service ?? ''].join('/');
    const known = new Set([...readRows('sigma/logsources.csv'), ...readRows('sigma/taxonomy-logsources.csv')].map(key));
    const unknown = mapping.logSources.sigma.map(({ source }) => key(source)).filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });
});
