/** How much of what public rules refer to the crosswalk knows. Run by itself (`npx tsx test/fields/usage.ts`) it prints the shares. */
import { pathToFileURL } from 'node:url';
import { tableNameOf } from '../../src/kql/schema/aliases.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { VOCABULARIES } from '../../targets/fields/mapping.ts';
import type { Vocabulary } from '../../targets/fields/types.ts';
import { readRows } from './reference.ts';

export interface Share {
  readonly table: string;
  /** References to columns, each counted once for each rule that makes it. */
  readonly references: number;
  readonly mapped: Readonly<Record<Vocabulary, number>>;
  /** Those of `mapped` that are not of low confidence. */
  readonly certain: Readonly<Record<Vocabulary, number>>;
}

/** Columns that the workspace makes, not the event, and steps of unpacking XML: nothing to map. */
function isHousekeeping(column: string): boolean {
  return (
    ['Type', 'TenantId', 'SourceSystem', 'ManagementGroupName', '_ResourceId', '_SubscriptionId', '_ItemId'].includes(
      column,
    ) || /(^|\.)(#text|@Name)$|\.EventData\.Data$|^EventData\.Data/.test(column)
  );
}

/** The shares of every table that the rules read, the most read first. */
export function sharesByTable(): readonly Share[] {
  const crosswalk = loadCrosswalk();
  const tables = new Map<
    string,
    { references: number; mapped: Record<Vocabulary, number>; certain: Record<Vocabulary, number> }
  >();
  for (const { table = '', column = '', rules = '0' } of readRows('sentinel-column-usage.csv')) {
    if (isHousekeeping(column)) continue;
    const count = Number(rules);
    const name = tableNameOf(table);
    const share = tables.get(name) ?? { references: 0, mapped: zero(), certain: zero() };
    tables.set(name, share);
    share.references += count;
    for (const vocabulary of VOCABULARIES) {
      const found = crosswalk.column(name, column.split('.'), vocabulary, new Map());
      if (found === undefined) continue;
      share.mapped[vocabulary] += count;
      const mappings = found.kind === 'mapped' ? [found.mapping] : found.candidates.map(({ mapping }) => mapping);
      if (mappings.every(({ confidence }) => confidence === 'high')) share.certain[vocabulary] += count;
    }
  }
  return [...tables].map(([table, share]) => ({ table, ...share })).sort((a, b) => b.references - a.references);
}

const zero = (): Record<Vocabulary, number> => ({ sigma: 0, splunk: 0, udm: 0 });

/** All tables as one. */
export function total(shares: readonly Share[]): Share {
  const sum = (of: (share: Share) => number): number => shares.reduce((all, share) => all + of(share), 0);
  const each = (of: (share: Share) => Readonly<Record<Vocabulary, number>>): Record<Vocabulary, number> => ({
    sigma: sum((share) => of(share).sigma),
    splunk: sum((share) => of(share).splunk),
    udm: sum((share) => of(share).udm),
  });
  return {
    table: 'all',
    references: sum((share) => share.references),
    mapped: each((share) => share.mapped),
    certain: each((share) => share.certain),
  };
}

function line(share: Share): string {
  const percent = (count: number): string => `${((100 * count) / share.references).toFixed(1)} %`.padStart(8);
  const cells = VOCABULARIES.map((of) =>
    `${percent(share.mapped[of])} (${percent(share.certain[of]).trim()})`.padStart(20),
  );
  return `${share.table.padEnd(34)}${String(share.references).padStart(7)}${cells.join('')}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const shares = sharesByTable();
  const known = shares.filter(({ table }) => loadCrosswalk().knows(table));
  console.log(
    `${''.padEnd(34)}${'refs'.padStart(7)}${VOCABULARIES.map((name) => `${name} (certain)`.padStart(20)).join('')}`,
  );
  console.log(line(total(shares)));
  console.log(line({ ...total(known), table: 'tables with a mapping file' }));
  for (const share of shares.slice(0, Number(process.argv[2] ?? 15))) console.log(line(share));
}
