import { describe, expect, test } from 'vitest';
import { loadCrosswalk, readOverlay } from '../../targets/fields/index.ts';
import type { Constraints } from '../../targets/fields/types.ts';

const NONE: Constraints = new Map();

function overlayOf(text: string) {
  const { overlay, diagnostics } = readOverlay({ path: 'mine.yaml', text });
  expect(diagnostics).toEqual([]);
  if (overlay === undefined) throw new Error('no overlay');
  return overlay;
}

const fieldOf = (
  crosswalk: ReturnType<typeof loadCrosswalk>,
  table: string,
  column: string,
  vocabulary: 'sigma' | 'splunk' | 'udm',
) => {
  const found = crosswalk.column(table, [column], vocabulary, NONE);
  return found?.kind === 'mapped' ? found.mapping.field : found?.kind;
};

describe('overlays', () => {
  test('win column by column and vocabulary by vocabulary', () => {
    const crosswalk = loadCrosswalk([
      overlayOf(
        'table: DeviceProcessEvents\ncolumns:\n  FileName: { splunk: process_name }\n  FolderPath: { sigma: null }\n',
      ),
    ]);
    expect(fieldOf(crosswalk, 'DeviceProcessEvents', 'FileName', 'splunk')).toBe('process_name');
    expect(fieldOf(crosswalk, 'DeviceProcessEvents', 'FileName', 'sigma')).toBe('Image');
    expect(fieldOf(crosswalk, 'DeviceProcessEvents', 'FolderPath', 'sigma')).toBeUndefined();
    expect(fieldOf(crosswalk, 'DeviceProcessEvents', 'FolderPath', 'splunk')).toBe('properties.FolderPath');
    expect(fieldOf(loadCrosswalk(), 'DeviceProcessEvents', 'FileName', 'splunk')).toBe('properties.FileName');
  });

  test('their log sources are tried before the built-in ones', () => {
    const crosswalk = loadCrosswalk([
      overlayOf('table: DeviceProcessEvents\nlogsources:\n  - splunk: { index: edr, sourcetype: [a, b] }\n'),
    ]);
    const source = crosswalk.logSources('DeviceProcessEvents', 'splunk', NONE)?.whole?.source;
    expect([...(source?.terms ?? [])]).toEqual([
      ['index', ['edr']],
      ['sourcetype', ['a', 'b']],
    ]);
    expect(crosswalk.logSources('DeviceProcessEvents', 'sigma', NONE)?.whole?.source.category).toBe('process_creation');
  });

  test('the first of two wins', () => {
    const first = overlayOf('table: Mine_CL\ncolumns: { A: { splunk: one } }\n');
    const second = overlayOf('table: Mine_CL\ncolumns: { A: { splunk: two }, B: { splunk: three } }\n');
    const crosswalk = loadCrosswalk([first, second]);
    expect(fieldOf(crosswalk, 'Mine_CL', 'A', 'splunk')).toBe('one');
    expect(fieldOf(crosswalk, 'Mine_CL', 'B', 'splunk')).toBe('three');
    expect(crosswalk.knows('Mine_CL')).toBe(true);
    expect(loadCrosswalk().knows('Mine_CL')).toBe(false);
  });

  test('reach a table under any of its names', () => {
    const crosswalk = loadCrosswalk([overlayOf('table: _Im_Dns\ncolumns: { DnsQuery: { splunk: mine } }\n')]);
    expect(fieldOf(crosswalk, '_Im_Dns', 'DnsQuery', 'splunk')).toBe('mine');
    expect(fieldOf(crosswalk, 'imDns', 'DnsQuery', 'splunk')).not.toBe('mine');
    const canonical = loadCrosswalk([overlayOf('table: imDns\ncolumns: { DnsQuery: { splunk: mine } }\n')]);
    expect(fieldOf(canonical, '_Im_Dns', 'DnsQuery', 'splunk')).toBe('mine');
  });
});

describe('mapping files with mistakes', () => {
  test.each<[string, string, string, string]>([
    ['no YAML', 'table: [', 'fields/not-yaml', ''],
    ['no map', '- a\n', 'fields/bad-mapping', '- a\n'],
    ['no table', 'columns: {}\n', 'fields/bad-mapping', 'columns: {}\n'],
    ['an unknown key', 'table: T\ncolums: {}\n', 'fields/bad-mapping', '{}'],
    ['an unknown vocabulary', 'table: T\ncolumns:\n  A: { elastic: x }\n', 'fields/bad-mapping', 'x'],
    [
      'an unknown relation',
      'table: T\ncolumns:\n  A: { sigma: { field: x, relation: near } }\n',
      'fields/bad-mapping',
      'near',
    ],
    [
      'a field without a name',
      'table: T\ncolumns:\n  A: { sigma: { relation: same } }\n',
      'fields/bad-mapping',
      '{ relation: same }',
    ],
    [
      'an unknown coverage',
      'table: T\nlogsources:\n  - sigma: { product: x, covers: all }\n',
      'fields/bad-mapping',
      'all',
    ],
    [
      'a log source without a name',
      'table: T\nlogsources:\n  - sigma: { covers: more }\n',
      'fields/bad-mapping',
      '{ covers: more }',
    ],
    [
      'an implied column that is not bounded',
      'table: T\nlogsources:\n  - sigma: { product: x, implies: [A] }\n',
      'fields/bad-mapping',
      '[A]',
    ],
    [
      'an empty condition',
      'table: T\nlogsources:\n  - when: {}\n    sigma: { product: x }\n',
      'fields/bad-mapping',
      '{}',
    ],
    [
      'strict without a condition',
      'table: T\ncolumns:\n  A: { strict: true, sigma: x }\n',
      'fields/bad-mapping',
      'true',
    ],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e']
        .map(
          (name, index) =>
            `${name}: &${name} [${Array<string>(8)
              .fill(`*${'abcd'[index] ?? ''}`)
              .join()}]`,
        )
        .join('\n')}\n`,
      'fields/not-yaml',
      '',
    ],
  ])('%s', (_, text, code, at) => {
    const { overlay, diagnostics } = readOverlay({ path: 'mine.yaml', text });
    expect(overlay).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    const [first] = diagnostics;
    expect(first?.message).toMatch(/\S/);
    if (at !== '') expect(text.slice(first?.span.start, first?.span.end)).toBe(at);
  });

  test('names of object members are names like any other', () => {
    const overlay = overlayOf('table: constructor\ncolumns:\n  __proto__: { splunk: a }\n  toString: { splunk: b }\n');
    const crosswalk = loadCrosswalk([overlay]);
    expect(fieldOf(crosswalk, 'constructor', 'toString', 'splunk')).toBe('b');
    expect(fieldOf(crosswalk, 'constructor', 'valueOf', 'splunk')).toBeUndefined();
    expect(loadCrosswalk().knows('__proto__')).toBe(false);
  });
});
