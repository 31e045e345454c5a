/** The reference data beside the repository, as far as it is there: names and counts of the vendors' schemas and of public rules. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'reference');

/** Whether the reference data is there; tests that need it are skipped otherwise. */
export const hasReference = existsSync(folder);

/** The rows of a CSV file of the reference data, by column name. */
export function readRows(name: string): readonly Readonly<Record<string, string>>[] {
  const records = parseCsv(readFileSync(join(folder, name), 'utf8'));
  const [header, ...rows] = records;
  return rows.map((row) => Object.fromEntries((header ?? []).map((column, index) => [column, row[index] ?? ''])));
}

/** A JSON file of the reference data. */
export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    record.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  return records;
}
