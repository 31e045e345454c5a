/** Which columns a Sentinel table has, and their types. */
import type { ScalarType } from '../../ir/types.ts';
import { tableNameOf } from './aliases.ts';
import { TABLES } from './tables.ts';

export interface TableSchema {
  /** Names as the table spells them: KQL is case-sensitive. A column that is not here may exist all the same: custom logs and `AzureDiagnostics` grow columns. */
  readonly columns: ReadonlyMap<string, ScalarType>;
}

/** Columns of every table. */
const STANDARD_COLUMNS: readonly (readonly [string, ScalarType])[] = [
  ['TimeGenerated', 'datetime'],
  ['Type', 'string'],
  ['TenantId', 'string'],
  ['SourceSystem', 'string'],
  ['_ResourceId', 'string'],
  ['_SubscriptionId', 'string'],
  ['_ItemId', 'string'],
  ['_IsBillable', 'string'],
  ['_BilledSize', 'real'],
];

const TYPE_OF_CODE: ReadonlyMap<string, ScalarType> = new Map([
  ['s', 'string'],
  ['l', 'long'],
  ['r', 'real'],
  ['b', 'bool'],
  ['t', 'datetime'],
  ['d', 'dynamic'],
  ['g', 'guid'],
  ['u', 'unknown'],
]);

let offsets: ReadonlyMap<string, number> | undefined;
const schemas = new Map<string, TableSchema>();

/** Where each table's line starts in {@link TABLES}. */
function indexLines(): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  for (let start = 1; start < TABLES.length;) {
    const space = TABLES.indexOf(' ', start);
    index.set(TABLES.slice(start, space), space + 1);
    start = TABLES.indexOf('\n', start) + 1;
  }
  return index;
}

function readLine(line: string): TableSchema {
  const columns = new Map(STANDARD_COLUMNS);
  for (const group of line.split(' ')) {
    const type = TYPE_OF_CODE.get(group.slice(0, 1)) ?? 'unknown';
    for (const column of group.slice(2).split(',')) columns.set(column, type);
  }
  return { columns };
}

/** The names of all tables that have a schema. */
export function tableNames(): readonly string[] {
  offsets ??= indexLines();
  return [...offsets.keys()];
}

/**
 * The schema of a table, under its own name or another name of the same thing (`_Im_Dns`, `Okta_CL`); case-sensitive, as
 * KQL is. `undefined` when no list has the table. Integer types of all widths are `long`.
 */
export function schemaOf(table: string): TableSchema | undefined {
  const known = schemas.get(table);
  if (known !== undefined) return known;
  offsets ??= indexLines();
  // A custom table may have a schema of its own beside that of the function that reads it.
  const start = offsets.get(table) ?? offsets.get(tableNameOf(table));
  if (start === undefined) return undefined;
  const schema = readLine(TABLES.slice(start, TABLES.indexOf('\n', start)));
  schemas.set(table, schema);
  return schema;
}
