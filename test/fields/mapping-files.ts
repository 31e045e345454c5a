/** The mapping files as they stand in the folder, each read. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { TableMapping } from '../../targets/fields/mapping.ts';
import { readMapping } from '../../targets/fields/read.ts';
import type { MappingProblem } from '../../targets/fields/read.ts';

const folder = join(import.meta.dirname, '..', '..', 'targets', 'fields');

export interface MappingFile {
  /** The file's name without its ending. */
  readonly name: string;
  readonly kind: 'table' | 'set';
  readonly mapping: TableMapping;
  readonly problems: readonly MappingProblem[];
}

function readFolder(path: string, kind: MappingFile['kind']): readonly MappingFile[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => {
      const { mapping, problems } = readMapping(parse(readFileSync(join(path, name), 'utf8')));
      if (mapping === undefined) throw new Error(`${name} cannot be read`);
      return { name: basename(name, '.yaml'), kind, mapping, problems };
    });
}

export const mappingFiles: readonly MappingFile[] = [
  ...readFolder(folder, 'table'),
  ...readFolder(join(folder, 'shared'), 'set'),
];
