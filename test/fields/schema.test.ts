import { describe, expect, test } from 'vitest';
import { tableNameOf } from '../../src/kql/schema/aliases.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { hasReference, readRows } from './reference.ts';

describe('table schemas', () => {
  test.each([
    ['SecurityEvent', 'EventID', 'long'],
    ['SecurityEvent', 'TimeGenerated', 'datetime'],
    ['SigninLogs', 'DeviceDetail', 'dynamic'],
    ['AADNonInteractiveUserSignInLogs', 'DeviceDetail', 'string'],
    ['AuditLogs', 'TargetResources', 'dynamic'],
    ['DeviceProcessEvents', 'ProcessId', 'long'],
    ['DeviceProcessEvents', 'Type', 'string'],
    ['_Im_Dns', 'DnsQuery', 'string'],
    ['imProcessTerminate', 'TargetProcessName', 'string'],
  ])('%s.%s is %s', (table, column, type) => expect(schemaOf(table)?.columns.get(column)).toBe(type));

  test('names are case-sensitive', () => {
    expect(schemaOf('securityevent')).toBeUndefined();
    expect(schemaOf('SecurityEvent')?.columns.has('eventid')).toBe(false);
  });

  test.each(['', ' ', 'NoSuchTable', '__proto__', 'constructor', 'Security', 's:Computer'])('%j is no table', (name) =>
    expect(schemaOf(name)).toBeUndefined(),
  );

  test('the same table is read once', () => expect(schemaOf('Syslog')).toBe(schemaOf('Syslog')));

  test('other names lead to tables that there are', () => {
    expect(tableNameOf('_Im_ProcessCreate')).toBe('imProcessCreate');
    expect(tableNameOf('_Im_ProcessTerminate')).toBe('imProcessTerminate');
    expect(tableNameOf('SecurityEvent')).toBe('SecurityEvent');
  });
});

describe.skipIf(!hasReference)('against the reference lists (skipped without the reference data)', () => {
  const scalarTypes: Readonly<Record<string, string>> = {
    string: 'string',
    datetime: 'datetime',
    real: 'real',
    double: 'real',
    int: 'long',
    int32: 'long',
    integer: 'long',
    sbyte: 'long',
    long: 'long',
    int64: 'long',
    bigint: 'long',
    bool: 'bool',
    boolean: 'bool',
    dynamic: 'dynamic',
    object: 'dynamic',
    guid: 'guid',
    'date/time': 'datetime',
    '': 'unknown',
  };

  test.each(['sentinel-tables.csv', 'sentinel-tables-extra.csv'])(
    'every column of %s is known with its type',
    (file) => {
      const rows = readRows(file).filter(({ table = '' }) => /^\w+$/.test(table) && table !== 'imProcessTermiante');
      const wrong = rows.filter(({ table = '', column = '', type = '' }) => {
        const known = schemaOf(table)?.columns.get(column);
        return known !== scalarTypes[type.toLowerCase()] && !(type === '' && known !== undefined);
      });
      expect(wrong).toEqual([]);
      expect(rows.length).toBeGreaterThan(10_000);
    },
  );

  test('every other name is known', () => {
    const unknown = readRows('sentinel-table-aliases.csv').filter(({ name = '' }) => schemaOf(name) === undefined);
    expect(unknown).toEqual([]);
  });
});
