/** Times in texts, and what the settings of a saved search say. */
import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import { emit } from '../../targets/splunk/emit.ts';
import { differencesOf, savedSearchOf, searchOf } from './search-of.ts';

describe('times in texts', () => {
  it('are read in UTC, with a fraction or without, with a Z or without', () => {
    expect(searchOf('T_CL | where todatetime(Seen_s) > ago(1h)')).toContain(
      'strptime(substr(Seen_s, 1, 19)."+0000", "%Y-%m-%dT%H:%M:%S%z")>now() - 3600',
    );
  });
});

describe("places in an alert's texts", () => {
  it('name the Splunk field of a column, stored ones too', () => {
    const format = '{{UserPrincipalName}} at {{TimeGenerated}} from {{Agent}}, {{Nothing Known}}';
    const { notable } = savedSearchOf('SigninLogs | extend Agent = tolower(UserAgent) | where Agent has "x"', format);
    expect(notable?.description).toBe('$properties.userPrincipalName$ at $_time$ from $Agent$, Nothing Known');
  });
});

describe('severities', () => {
  // savedsearches.conf.spec: 1 debug, 2 info, 3 warn, 4 error, 5 severe, 6 fatal.
  it.each([
    ['informational', 2],
    ['low', 3],
    ['medium', 4],
    ['high', 5],
  ] as const)('%s is %i', (severity, level) => {
    expect(emit(b.detection('x', b.source('T_CL'), { meta: b.metadata('x', { severity }) })).severity).toBe(level);
  });
});

describe('lists of fields', () => {
  it('are delimited by spaces where commas are not documented', () => {
    expect(searchOf('T_CL | summarize n = count() by A, B')).toContain(
      '| fillnull value="" A B | stats count AS n by A, B',
    );
  });
});

describe('mappings that are guesses', () => {
  it('are a difference where they decide, unless the field is called as the column is', () => {
    expect(differencesOf('CiscoDuo | where DvcAction == "x"')).toEqual([
      'differs mapping-uncertain',
      'differs mapping-uncertain',
    ]);
    expect(differencesOf('AzureActivity | where ResourceGroup == "x"')).toEqual(['differs mapping-uncertain']);
    expect(differencesOf('AzureActivity | project ResourceGroup')).toEqual([]);
  });
});
