/**
 * The syntax of Splunk's search processing language and of a savedsearches.conf stanza, as far as the product knows it.
 * Texts are kept unescaped and unquoted; how they are written is the printer's business (`quoting.ts`).
 */
import type { Json } from '../../src/ir/types.ts';
import type { Span } from '../../src/source.ts';

// ---------------------------------------------------------------------------------------------- eval expressions

export type BinaryOperator = 'XOR' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | '+' | '-' | '.' | '*' | '/' | '%';

/** What `eval`, `where` and the arguments of `stats` functions are made of. */
export type Expression = { readonly span: Span } & (
  | { readonly kind: 'text'; readonly value: string }
  /** As written: `5`, `0.5`. */
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'in'; readonly subject: Expression; readonly values: readonly Expression[] }
  /** `[search ... | return $x]`, replaced by its text before the search runs. */
  | { readonly kind: 'subsearch'; readonly search: Pipeline }
  | { readonly kind: 'macro'; readonly text: string }
);

// ---------------------------------------------------------------------------------------------- search expressions

export type SearchComparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A value of a comparison or a term: `*` is a wildcard whether quoted or not. */
export interface SearchValue {
  readonly text: string;
  readonly quoted: boolean;
}

/** What the `search` command is made of. OR binds more tightly than AND there. */
export type SearchExpression = { readonly span: Span } & (
  | { readonly kind: 'and' | 'or'; readonly of: readonly SearchExpression[] }
  | { readonly kind: 'not'; readonly of: SearchExpression }
  | {
      readonly kind: 'comparison';
      readonly field: string;
      readonly operator: SearchComparison;
      readonly value: SearchValue;
    }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly SearchValue[] }
  /** A word or phrase of the raw event. */
  | { readonly kind: 'term'; readonly value: SearchValue }
  /** `TERM(...)`, `CASE(...)`. */
  | { readonly kind: 'directive'; readonly name: string; readonly text: string }
  | { readonly kind: 'subsearch'; readonly search: Pipeline }
  | { readonly kind: 'macro'; readonly text: string }
);

// ---------------------------------------------------------------------------------------------- commands

/** `name=value` among a command's arguments. */
export interface Option {
  readonly name: string;
  readonly value: string;
}

/** `dc(user) AS users`: a statistical function, over a field (possibly with wildcards) or an `eval` expression. */
export interface Aggregation {
  readonly fn: string;
  readonly argument?:
    { readonly kind: 'field'; readonly name: string } | { readonly kind: 'eval'; readonly of: Expression };
  readonly as?: string;
  readonly span: Span;
}

export interface Renaming {
  readonly from: string;
  readonly to: string;
}

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
  /** `num(x)`, `str(x)`, `ip(x)`. */
  readonly cast?: string;
}

/** A key of `stats ... by`; the time span is that of `_time span=1h` in `tstats`. */
export interface GroupKey {
  readonly field: string;
  readonly span?: string;
}

export interface LookupField {
  readonly lookup: string;
  readonly event: string;
}

export type Command = { readonly span: Span } &
  /** Also what a pipeline begins with when it has no leading `|`. */
  (
    | { readonly command: 'search'; readonly where: SearchExpression | undefined }
    | { readonly command: 'where'; readonly where: Expression }
    | {
        readonly command: 'eval';
        readonly assignments: readonly { readonly field: string; readonly value: Expression }[];
      }
    | {
        readonly command: 'stats' | 'eventstats' | 'streamstats';
        readonly options: readonly Option[];
        readonly aggregations: readonly Aggregation[];
        readonly by: readonly GroupKey[];
      }
    | {
        readonly command: 'tstats';
        readonly options: readonly Option[];
        readonly aggregations: readonly Aggregation[];
        /** `datamodel=Endpoint.Processes`; `undefined`: the index itself. */
        readonly from: string | undefined;
        readonly where: SearchExpression | undefined;
        readonly by: readonly GroupKey[];
      }
    | { readonly command: 'fields'; readonly mode: 'keep' | 'drop'; readonly names: readonly string[] }
    | { readonly command: 'table'; readonly names: readonly string[] }
    | { readonly command: 'rename'; readonly columns: readonly Renaming[] }
    | {
        readonly command: 'dedup';
        readonly count: number;
        readonly fields: readonly string[];
        readonly options: readonly Option[];
        readonly sortBy: readonly SortKey[];
      }
    /** `count` 0: all rows. */
    | { readonly command: 'sort'; readonly count: number; readonly by: readonly SortKey[] }
    | { readonly command: 'head'; readonly count: number }
    | { readonly command: 'fillnull'; readonly value: string; readonly fields: readonly string[] }
    | { readonly command: 'bin'; readonly field: string; readonly width: string; readonly as?: string }
    | {
        readonly command: 'rex';
        readonly field: string;
        readonly pattern: string;
        readonly options: readonly Option[];
      }
    | { readonly command: 'regex'; readonly field: string; readonly negated: boolean; readonly pattern: string }
    | {
        readonly command: 'join';
        readonly options: readonly Option[];
        readonly on: readonly string[];
        readonly search: Pipeline;
      }
    /** Several searches beside each other; `append` adds one to what comes in. */
    | {
        readonly command: 'multisearch' | 'union' | 'append';
        readonly options: readonly Option[];
        readonly searches: readonly Pipeline[];
      }
    | { readonly command: 'mvexpand'; readonly field: string; readonly limit?: number }
    | {
        readonly command: 'lookup';
        readonly name: string;
        readonly options: readonly Option[];
        readonly inputs: readonly LookupField[];
        readonly outputs: readonly LookupField[];
        /** `OUTPUTNEW`: only where the event has no such field yet. */
        readonly outputNew: boolean;
      }
    | { readonly command: 'inputlookup'; readonly name: string; readonly options: readonly Option[] }
    | { readonly command: 'makeresults'; readonly options: readonly Option[] }
    | {
        readonly command: 'spath';
        readonly input?: string;
        readonly output?: string;
        readonly path?: string;
      }
    | { readonly command: 'format' }
    | { readonly command: 'return'; readonly count: number; readonly names: readonly string[] }
    | { readonly command: 'macro'; readonly text: string }
    /** A command whose arguments are kept as they stand; `searches` are the subsearches among them. */
    | {
        readonly command: 'other';
        readonly name: string;
        readonly text: string;
        readonly searches: readonly Pipeline[];
      }
  );

export interface Pipeline {
  readonly commands: readonly Command[];
  readonly span: Span;
}

// ---------------------------------------------------------------------------------------------- the saved search

export interface Trigger {
  readonly relation: 'greater than' | 'less than' | 'equal to' | 'not equal to';
  readonly quantity: number;
}

/** What Enterprise Security shows of an alert; texts with `$field$` places. */
export interface Notable {
  readonly title?: string;
  readonly description?: string;
  readonly severity?: string;
}

/** A stanza of savedsearches.conf. Specification: savedsearches.conf.spec of Splunk Enterprise. */
export interface SavedSearch {
  readonly name: string;
  readonly description: string;
  readonly search: Pipeline;
  /** `undefined`: it does not run on a schedule. */
  readonly cron: string | undefined;
  /** Relative times as written: `-24h`, `now`. */
  readonly earliest: string | undefined;
  readonly latest: string | undefined;
  readonly trigger: Trigger | undefined;
  /** Whether there is one alert for all results (`alert.digest_mode`). */
  readonly digest: boolean;
  /** A duration as written: `5h`. */
  readonly suppression: string | undefined;
  /** Fields whose values throttle results one by one. */
  readonly suppressionFields: readonly string[];
  /** 1 debug, 2 info, 3 warn, 4 error, 5 severe, 6 fatal. */
  readonly severity: number | undefined;
  readonly notable: Notable | undefined;
  /** ATT&CK techniques and the like, by framework. */
  readonly annotations: Readonly<Record<string, readonly string[]>>;
  /** What the stanza has no setting for; written as JSON. */
  readonly metadata: Readonly<Record<string, Json>>;
  readonly span: Span;
}
