/** What the tests of the YARA-L target share: a small crosswalk, and the way there and back. */
import { canonicalText, normaliseDetection } from '../../src/ir/normalise.ts';
import type { Detection } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { emit } from '../../targets/chronicle/emit.ts';
import { printRule } from '../../targets/chronicle/print.ts';
import { raise } from '../../targets/chronicle/raise.ts';
import { read } from '../../targets/chronicle/read.ts';
import type { Rule } from '../../targets/chronicle/tree.ts';
import type { Crosswalk, FieldMapping } from '../../targets/fields/types.ts';
import type { ConversionOptions } from '../../targets/target.ts';

const FIELDS: Readonly<Record<string, Partial<FieldMapping> & { readonly field: string }>> = {
  TimeGenerated: { field: 'metadata.event_timestamp' },
  Account: { field: 'target.user.userid' },
  Process: { field: 'principal.process.file.full_path' },
  CommandLine: { field: 'target.process.command_line' },
  EventID: { field: 'metadata.product_event_type' },
  Port: { field: 'target.port' },
  Flag: { field: 'network.dns.response' },
  Ip: { field: 'principal.ip' },
  Action: { field: 'security_result.action' },
  Score: { field: 'security_result.risk_score' },
  'Data.Properties.name': { field: 'additional.fields[name]' },
  Data: { field: 'additional.fields["da]ta"]' },
  Guessed: { field: 'target.application', confidence: 'low' },
  'Payload.line': { field: 'target.process.command_line' },
  Tagged: { field: 'principal.asset_id', relation: { kind: 'prefixed', prefix: 'tag:' } },
};

/** Every table is the log type of its name; columns as above, in all of them. */
export const CROSSWALK: Crosswalk = {
  knows: () => true,
  logSources: (_table, _vocabulary, constraints) => {
    const source = {
      logType: ['TEST_LOG'],
      eventType: [],
      productEventType: [],
      productName: [],
      vendorName: [],
    };
    const match = { source, constraints, implies: new Set<string>(), covers: 'same', confidence: 'high' } as const;
    // The one vocabulary that is asked for here is UDM's.
    return { whole: match, parts: [match], partsAreComplete: true } as never;
  },
  column: (_table, path) => {
    const found = FIELDS[path.filter((step) => typeof step === 'string').join('.')];
    if (found === undefined) return undefined;
    return { kind: 'mapped', mapping: { relation: { kind: 'same' }, confidence: 'high', ...found } };
  },
};

export const OPTIONS: ConversionOptions = {
  terms: 'contains',
  bestEffort: false,
  crosswalk: CROSSWALK,
  sourceName: 'test_rule',
};

export function readText(text: string): Rule {
  const { tree, diagnostics } = read(new SourceFile('rule.yaral', text));
  if (tree === undefined) throw new Error(`${JSON.stringify(diagnostics)}\n${text}`);
  return tree;
}

/** What there is to compare of an adapted Detection and of what its text says. */
export function thereAndBack(adapted: Detection): {
  readonly there: string;
  readonly back: string;
  readonly text: string;
} {
  const text = printRule(emit(adapted, OPTIONS));
  const raised = raise(readText(text));
  return {
    there: canonicalText(normaliseDetection(adapted)),
    back: canonicalText(normaliseDetection(raised)),
    text,
  };
}
