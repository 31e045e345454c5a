/**
 * The syntax tree of a Sigma file: the documents of one YAML stream, as the Sigma specification 2.1 defines them.
 *
 * Values stand as they do in the YAML, with Sigma's own escapes (`\*`, `\?`, `\\`) untouched: `pattern.ts` reads and
 * writes those. Spans are offsets in the file; in a tree that was made, not read, they are `NO_SPAN`.
 */
import type { Span } from '../../src/source.ts';
import type { Modifier } from './support.ts';

export interface SigmaFile {
  readonly documents: readonly SigmaDocument[];
}

export type SigmaDocument = SigmaRule | SigmaCorrelation;

/** What a rule and a correlation rule have in common. */
export interface SigmaHeader {
  readonly title: string;
  readonly id?: string;
  /** By which correlation rules refer to this one. */
  readonly name?: string;
  readonly related: readonly SigmaRelation[];
  readonly status?: string;
  readonly description?: string;
  readonly references: readonly string[];
  readonly author?: string;
  /** `YYYY-MM-DD`. */
  readonly date?: string;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly level?: string;
}

export interface SigmaRelation {
  readonly id: string;
  /** `derived`, `obsolete`, `merged`, `renamed`, `similar`. */
  readonly type: string;
}

export interface SigmaRule {
  readonly kind: 'rule';
  readonly header: SigmaHeader;
  readonly logSource: LogSource;
  /** In the order of the file. */
  readonly searches: readonly NamedSearch[];
  /** Several conditions: any of them fires the rule. */
  readonly conditions: readonly SigmaCondition[];
  /** Fields to show to the analyst; they do not take part in the detection. */
  readonly fields: readonly string[];
  readonly span: Span;
}

export interface LogSource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
  /** For people: how to get these logs. */
  readonly definition?: string;
}

/** A search identifier and what it stands for. */
export interface NamedSearch {
  readonly name: string;
  readonly search: SigmaSearch;
}

export type SigmaSearch = { readonly span: Span } &
  /** All items hold. */
  (
    | { readonly op: 'map'; readonly items: readonly SigmaItem[] }
    /** Any of them holds. */
    | { readonly op: 'list'; readonly of: readonly SigmaSearch[] }
    /** Any of the values stands somewhere in the event. */
    | { readonly op: 'keywords'; readonly values: readonly SigmaValue[] }
  );

/** `Field|modifier|modifier: values`. */
export interface SigmaItem {
  /** `undefined`: anywhere in the event (a key that has modifiers only: `'|all'`). */
  readonly field: string | undefined;
  /** In the order of the file, in their usual spelling. */
  readonly modifiers: readonly Modifier[];
  /** At least one. */
  readonly values: readonly SigmaValue[];
  readonly span: Span;
}

/** An integer is a bigint, any other number a number. */
export type SigmaValue = string | bigint | number | boolean | null;

export type SigmaCondition = { readonly span: Span } & (
  | { readonly op: 'and' | 'or'; readonly of: readonly SigmaCondition[] }
  | { readonly op: 'not'; readonly of: SigmaCondition }
  | { readonly op: 'identifier'; readonly name: string }
  /** `1 of selection_*`, `all of them`. In the pattern `*` stands for any characters. */
  | { readonly op: 'of'; readonly quantifier: 'any' | 'all'; readonly pattern: string }
);

export type CorrelationType =
  | 'event_count'
  | 'value_count'
  | 'value_sum'
  | 'value_avg'
  | 'value_percentile'
  | 'value_median'
  | 'temporal'
  | 'temporal_ordered';

export type BoundOperator = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

export interface SigmaCorrelation {
  readonly kind: 'correlation';
  readonly header: SigmaHeader;
  readonly type: CorrelationType;
  /** Names or ids of the rules that it correlates. */
  readonly rules: readonly string[];
  /** Fields or aliases. */
  readonly groupBy: readonly string[];
  readonly aliases: readonly FieldAlias[];
  /** Milliseconds. */
  readonly timespan: number;
  /** Absent for a temporal correlation of all the rules. */
  readonly condition?: CorrelationCondition;
  /** Whether the correlated rules alert on their own, too. */
  readonly generate: boolean;
  readonly span: Span;
}

/** One name for what the correlated rules call differently. */
export interface FieldAlias {
  readonly alias: string;
  readonly fields: readonly { readonly rule: string; readonly field: string }[];
}

/** All bounds hold. */
export interface CorrelationCondition {
  readonly bounds: readonly { readonly operator: BoundOperator; readonly value: number }[];
  /** Whose values are counted, summed ...; empty for `event_count` and temporal correlations. */
  readonly fields: readonly string[];
  /** For `value_percentile`: 0 to 100. */
  readonly percentile?: number;
}
