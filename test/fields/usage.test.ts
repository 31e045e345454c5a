import { describe, expect, test } from 'vitest';
import { hasReference } from './reference.ts';
import { sharesByTable, total } from './usage.ts';

/** Shares of the column references in public rules that have a counterpart, in per cent: at least these. */
const AT_LEAST = { sigma: 48, splunk: 75, udm: 74 };

describe.skipIf(!hasReference)('columns that public rules refer to (skipped without the reference data)', () => {
  const shares = hasReference ? sharesByTable() : [];
  test.each(['sigma', 'splunk', 'udm'] as const)('%s', (vocabulary) => {
    const all = total(shares);
    expect((100 * all.mapped[vocabulary]) / all.references).toBeGreaterThanOrEqual(AT_LEAST[vocabulary]);
  });
});
