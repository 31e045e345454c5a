/** A Sentinel rule as its file has it: the query with the way back to the file, and every setting with its place. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Comparison, DetectionSeverity } from '../ir/types.ts';
import type { EmbeddedText, SourceFile, Span } from '../source.ts';

/** A value and where it stands in the file. */
export interface Located<Value> {
  readonly value: Value;
  readonly span: Span;
}

export type RuleFormat = 'yaml' | 'json' | 'kql';

/** What a file turned out to hold: at least one entry, valid or not. */
export interface RuleFile {
  readonly file: SourceFile;
  readonly format: RuleFormat;
  readonly entries: readonly RuleEntry[];
  /** About parts of the file that are no rule: resources of a template that were skipped. Never errors. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * One rule of a file. `valid`: there is a query to convert, and the diagnostics are warnings and remarks about what
 * surrounds it. `invalid`: there is nothing to convert; at least one diagnostic is an error that says why.
 */
export type RuleEntry =
  | { readonly status: 'valid'; readonly rule: SentinelRule; readonly diagnostics: readonly Diagnostic[] }
  | { readonly status: 'invalid'; readonly rule: undefined; readonly diagnostics: readonly Diagnostic[] };

export type RuleKind = 'Scheduled' | 'NRT' | 'Hunting';

/** ATT&CK tactics as Sentinel writes them (`AttackTactic` in the Microsoft.SecurityInsights REST API). */
export type SentinelTactic =
  | 'Reconnaissance'
  | 'ResourceDevelopment'
  | 'InitialAccess'
  | 'Execution'
  | 'Persistence'
  | 'PrivilegeEscalation'
  | 'DefenseEvasion'
  | 'CredentialAccess'
  | 'Discovery'
  | 'LateralMovement'
  | 'Collection'
  | 'Exfiltration'
  | 'CommandAndControl'
  | 'Impact'
  | 'PreAttack'
  | 'ImpairProcessControl'
  | 'InhibitResponseFunction';

export interface RuleSchedule {
  /** `queryFrequency`, milliseconds. */
  readonly frequency: Located<number> | undefined;
  /** `queryPeriod`, milliseconds. */
  readonly period: Located<number> | undefined;
  readonly triggerOperator: Located<Comparison | '!='> | undefined;
  readonly triggerThreshold: Located<number> | undefined;
  readonly suppressionEnabled: Located<boolean> | undefined;
  /** Milliseconds. */
  readonly suppressionDuration: Located<number> | undefined;
  readonly aggregationKind: Located<'SingleAlert' | 'AlertPerResult'> | undefined;
}

export interface RuleEntityMapping {
  readonly entityType: Located<string>;
  readonly fieldMappings: readonly { readonly identifier: Located<string>; readonly columnName: Located<string> }[];
  readonly span: Span;
}

export interface NamedColumn {
  readonly name: Located<string>;
  readonly columnName: Located<string>;
}

export interface RuleAlertDetails {
  readonly displayNameFormat: Located<string> | undefined;
  readonly descriptionFormat: Located<string> | undefined;
  readonly severityColumnName: Located<string> | undefined;
  readonly tacticsColumnName: Located<string> | undefined;
  /** `alertDynamicProperties`: alert property and the column that fills it. */
  readonly dynamicProperties: readonly NamedColumn[];
}

export interface RuleIncidentGrouping {
  readonly enabled: boolean;
  readonly reopenClosedIncident: boolean;
  /** Milliseconds. */
  readonly lookback: number;
  readonly matchingMethod: 'AllEntities' | 'AnyAlert' | 'Selected';
  readonly entities: readonly string[];
  readonly alertDetails: readonly string[];
  readonly customDetails: readonly string[];
}

export interface RuleIncident {
  readonly createIncident: boolean;
  readonly grouping: RuleIncidentGrouping | undefined;
  readonly span: Span;
}

/** What the `metadata` block of a content template says beside the author. */
export interface RuleProvenance {
  readonly source: Located<string> | undefined;
  readonly support: Located<string> | undefined;
  readonly categories: readonly Located<string>[];
}

export interface SentinelRule {
  readonly kind: RuleKind;
  /** The KQL; `toFileOffset` leads from its offsets to the file's. */
  readonly query: EmbeddedText;
  /** Where the query's scalar stands, with its header or quotes. */
  readonly querySpan: Span;
  /** The whole rule. */
  readonly span: Span;

  /** A GUID, in lower case. */
  readonly id: Located<string> | undefined;
  /** The rule's name, else the file's. */
  readonly name: Located<string>;
  readonly description: Located<string> | undefined;
  readonly severity: Located<DetectionSeverity> | undefined;
  readonly status: Located<string> | undefined;
  readonly version: Located<string> | undefined;
  readonly author: Located<string> | undefined;
  /** As written. */
  readonly date: Located<string> | undefined;
  readonly enabled: Located<boolean> | undefined;
  /** Name of the template that the rule was made from. */
  readonly templateName: Located<string> | undefined;
  readonly tactics: readonly Located<SentinelTactic>[];
  /** Techniques and sub-techniques, `T1059` or `T1059.001`. */
  readonly techniques: readonly Located<string>[];
  readonly tags: readonly Located<string>[];
  readonly references: readonly Located<string>[];
  readonly falsePositives: readonly Located<string>[];
  readonly requiredDataConnectors: readonly {
    readonly connectorId: Located<string>;
    readonly dataTypes: readonly Located<string>[];
  }[];
  readonly provenance: RuleProvenance;

  readonly schedule: RuleSchedule;
  readonly entityMappings: readonly RuleEntityMapping[];
  /** `sentinelEntitiesMappings`: columns that hold ready-made Sentinel entities. */
  readonly sentinelEntities: readonly Located<string>[];
  readonly customDetails: readonly NamedColumn[];
  readonly alertDetails: RuleAlertDetails;
  readonly incident: RuleIncident | undefined;
}
