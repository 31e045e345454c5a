/** The shared rules. What is known to fall short stands here; the tests fail when it grows, and when it shrinks. */
import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../../src/kql/lower/index.ts';
import { schemaOf } from '../../../src/kql/schema/schema.ts';
import { corpusPresent, lowerCorpus } from './corpus.ts';
import { kustoColumns } from './kusto-columns.ts';

/** Hunting queries with opaque parts, and what that is. No analytics rule has any. */
const OPAQUE: Readonly<Record<string, string>> = {
  'Hunting Queries/Microsoft 365 Defender/Campaigns/detect-cyzfc-activity.yaml': 'find',
  'Hunting Queries/Microsoft 365 Defender/Command and Control/Connection to Rare DNS Hosts.yaml': 'top-nested',
  'Hunting Queries/Microsoft 365 Defender/Command and Control/Device network events w low count FQDN.yaml':
    'top-nested',
  'Hunting Queries/Microsoft 365 Defender/General queries/File footprint.yaml': 'find',
  'Hunting Queries/Microsoft 365 Defender/General queries/Network footprint (2).yaml': 'find',
  // `datetime("8:00:00 AM")`, which is no datetime.
  'Hunting Queries/Microsoft 365 Defender/General queries/insider-threat-detection-queries (15).yaml': 'datetime',
  // `where A = "x"`.
  'Hunting Queries/MultipleDataSources/PossibleCommandInjectionagainstAzureIR.yaml': 'where',
  // `summarize count by A`.
  'Solutions/CiscoSEG/Hunting Queries/CiscoSEGSpamMails.yaml': 'count',
  'Solutions/CiscoSEG/Hunting Queries/CiscoSEGUsersReceivedSpam.yaml': 'count',
};

/**
 * Rules whose columns we name differently from Microsoft's binder. `union`: a column has several types in the inputs; we
 * keep its name and add the typed ones only where the query writes them. `arg_max`: all columns of a row beside a computed
 * key of the same name.
 */
const OTHER_COLUMNS: Readonly<Record<string, 'union' | 'arg_max'>> = {
  'Detections/MultipleDataSources/ADFS-DKM-MasterKey-Export.yaml': 'union',
  'Detections/MultipleDataSources/HAFNIUMUmServiceSuspiciousFile.yaml': 'union',
  'Detections/MultipleDataSources/HostAADCorrelation.yaml': 'union',
  'Detections/MultipleDataSources/KNOTWEEDFileHashesJuly2022.yaml': 'union',
  'Detections/MultipleDataSources/NetworkEndpointCorrelation.yaml': 'union',
  'Detections/MultipleDataSources/SOURGUM_IOC.yaml': 'union',
  'Detections/MultipleDataSources/SUNSPOTLogFile.yaml': 'union',
  'Detections/MultipleDataSources/SecurityServiceRegistryACLModification.yaml': 'union',
  'Detections/MultipleDataSources/SigninFirewallCorrelation.yaml': 'union',
  'Detections/OfficeActivity/MailItemsAccessedTimeSeries.yaml': 'arg_max',
  'Detections/SecurityEvent/HAFNIUMNewUMServiceChildProcess.yaml': 'union',
  'Detections/SecurityEvent/gte_6_FailedLogons_10m.yaml': 'union',
  'Detections/SecurityNestedRecommendation/Log4jVulnerableMachines.yaml': 'arg_max',
  'Detections/SigninLogs/ExplicitMFADeny.yaml': 'union',
  'Hunting Queries/MultipleDataSources/AADPrivilegedAccountsFailedMFA.yaml': 'union',
  'Hunting Queries/SecurityEvent/PotentialImpacketExecution.yaml': 'union',
  'Solutions/FalconFriday/Analytic Rules/AzureADUserAgentOSmissmatch.yaml': 'union',
};

describe.skipIf(!corpusPresent)('the shared Sentinel rules (skipped where the corpus is absent)', () => {
  const rules = corpusPresent ? lowerCorpus() : [];

  test('nothing opaque but what is known', () => {
    const opaque = rules.filter((rule) => rule.opaque.length > 0);
    expect(Object.fromEntries(opaque.map((rule) => [rule.path, wordsOf(rule.opaque)]))).toEqual(OPAQUE);
    expect(opaque.filter((rule) => rule.isAnalytics)).toEqual([]);
  });

  // The binder takes its time: one rule in eight, and all of them where `EVERY_RULE` is set.
  test('columns as the binder has them', { timeout: 600_000 }, () => {
    const step = process.env['EVERY_RULE'] === undefined ? 8 : 1;
    const sample = rules.filter((_, index) => index % step === 0);
    const different: string[] = [];
    let compared = 0;
    for (const { path, query, lowered } of sample) {
      if (lowered.columns.open) continue;
      const expected = kustoColumns(query);
      if (expected === undefined) continue;
      compared++;
      if ([...lowered.columns.known.keys()].join() !== expected.join()) different.push(path);
    }
    expect(compared).toBeGreaterThan(0.8 * sample.length);
    const paths = new Set(sample.map(({ path }) => path));
    expect(different).toEqual(Object.keys(OTHER_COLUMNS).filter((path) => paths.has(path)));
  });

  test('the columns of a relation are those that lowering found', () => {
    for (const { path, lowered } of rules) {
      const derived = columnsOf(lowered.detection.query, schemaOf);
      const names = [...derived.known.keys()].sort();
      expect([path, derived.open, names]).toEqual([
        path,
        lowered.columns.open,
        [...lowered.columns.known.keys()].sort(),
      ]);
    }
  });
});

/** The first word of each text: the construct. */
function wordsOf(texts: readonly string[]): string {
  return [...new Set(texts.map((text) => /^[\w-]+/.exec(text)?.[0] ?? text))].join(' ');
}
