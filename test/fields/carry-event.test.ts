/** Events in a target's fields: what several columns share, and what the target's event says of the source's. */
import { describe, expect, test } from 'vitest';
import { textOf } from '../../src/eval/value.ts';
import * as b from '../../src/ir/build.ts';
import type { Field } from '../../src/ir/types.ts';
import { carryEvent } from '../../targets/fields/carry-event.ts';
import type { Crosswalk, FieldMapping } from '../../targets/fields/types.ts';

const column = (name: string): Field => b.field(name, [], 'string');

function carried(
  mappings: Readonly<Record<string, Omit<FieldMapping, 'confidence'>>>,
  event: Readonly<Record<string, string>>,
) {
  const crosswalk: Crosswalk = {
    knows: () => true,
    logSources: () => undefined,
    column: (_table, [name]) => {
      const mapping = mappings[String(name)];
      return mapping === undefined ? undefined : { kind: 'mapped', mapping: { ...mapping, confidence: 'high' } };
    },
  };
  const { fields, event: back } = carryEvent({ Type: 'T', ...event }, Object.keys(mappings).map(column), {
    table: 'T',
    vocabulary: 'sigma',
    constraints: new Map(),
    crosswalk,
    types: () => 'string',
    fixed: new Map(),
  });
  const { Type: _type, ...columns } = back;
  return { fields: Object.fromEntries([...fields].map(([name, value]) => [name, textOf(value)])), columns };
}

const path = { field: 'Image', relation: { kind: 'same' } } as const;
const name = { field: 'Image', relation: { kind: 'file-name-of', separator: '\\' } } as const;
const folder = { field: 'Image', relation: { kind: 'folder-of', separator: '\\' } } as const;

describe('columns that share a field', () => {
  test('a name gets a folder', () => {
    expect(carried({ FileName: name }, { FileName: 'cmd.exe' }).fields).toEqual({ Image: 'C:\\Folder\\cmd.exe' });
  });

  test('name and folder make the path', () => {
    const { fields, columns } = carried(
      { FileName: name, Folder: folder },
      { FileName: 'cmd.exe', Folder: 'C:\\Windows' },
    );
    expect(fields).toEqual({ Image: 'C:\\Windows\\cmd.exe' });
    expect(columns).toEqual({ FileName: 'cmd.exe', Folder: 'C:\\Windows' });
  });

  test('the column that comes first keeps its value, the other follows', () => {
    const event = { FileName: 'cmd.exe', Path: 'C:\\Windows\\calc.exe' };
    expect(carried({ FileName: name, Path: path }, event).columns).toEqual({
      FileName: 'cmd.exe',
      Path: 'C:\\Windows\\cmd.exe',
    });
  });

  test('what the source leaves out is what the field says', () => {
    expect(carried({ FileName: name, Path: path }, { Path: 'C:\\Windows\\calc.exe' }).columns).toEqual({
      FileName: 'calc.exe',
      Path: 'C:\\Windows\\calc.exe',
    });
  });
});

describe('other forms', () => {
  test('one of two words', () => {
    const kind = {
      field: 'User',
      relation: { kind: 'ending-tells', ending: '$', yes: 'Machine', no: 'User' },
    } as const;
    expect(carried({ AccountType: kind }, { AccountType: 'Machine' }).fields['User']).toMatch(/\$$/);
    expect(carried({ AccountType: kind }, {}).columns).toEqual({ AccountType: 'User' });
    expect(carried({ AccountType: kind }, { AccountType: 'neither' }).columns).toEqual({ AccountType: 'User' });
  });

  test('items of a list, values of another spelling', () => {
    const hash = (prefix: string) => ({ field: 'Hashes', relation: { kind: 'item-of', prefix } }) as const;
    const event = { Md5: 'aa', Sha1: 'bb' };
    expect(carried({ Md5: hash('MD5='), Sha1: hash('SHA1=') }, event).fields).toEqual({ Hashes: 'MD5=aa,SHA1=bb' });
    const values = new Map([['10', 'RemoteInteractive']]);
    const logon = { field: 'type', relation: { kind: 'same' }, values } as const;
    expect(carried({ LogonType: logon }, { LogonType: '10' }).fields).toEqual({ type: 'RemoteInteractive' });
  });
});
