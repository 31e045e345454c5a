/** Two small tables, so that expectations can be read at a glance. */
import type { KnownSchema } from '../../../src/kql/lower/context.ts';
import type { ScalarType } from '../../../src/ir/types.ts';

const TABLES: Readonly<Record<string, Readonly<Record<string, ScalarType>>>> = {
  Events: {
    TimeGenerated: 'datetime',
    Computer: 'string',
    Account: 'string',
    EventID: 'long',
    Score: 'real',
    Blocked: 'bool',
    IP: 'string',
    CommandLine: 'string',
    Image: 'string',
    EventData: 'string',
    Props: 'dynamic',
    Json: 'string',
  },
  Logons: {
    TimeGenerated: 'datetime',
    Timestamp: 'datetime',
    Account: 'string',
    IP: 'string',
    ResultType: 'string',
    Details: 'dynamic',
  },
};

/** Columns of the test tables; any other table is not known. */
export function testSchema(table: string): KnownSchema | undefined {
  const columns = TABLES[table];
  return columns === undefined ? undefined : { columns: new Map(Object.entries(columns)) };
}
