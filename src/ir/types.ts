/**
 * The Detection: what a rule means, in no SIEM's words. A small relational algebra with a rich predicate language,
 * plus how often the rule runs and what its alert says.
 *
 * The same types carry a rule in every vocabulary: lowered from KQL, field names are Sentinel's; adapted to a target or
 * raised from one, they are the target's. Durations are milliseconds, instants milliseconds since 1970-01-01T00:00:00Z.
 *
 * Null and empty follow KQL: a text is never null (a missing one is `""`), everything else may be; a comparison with
 * null is null, and `filter` keeps a row only when its predicate is true. A language in which that is different says so
 * when it is raised, with explicit `missing` tests.
 */
import type { Span } from '../source.ts';

// ---------------------------------------------------------------------------------------------- values and scalars

export type ScalarType =
  'string' | 'long' | 'real' | 'decimal' | 'bool' | 'datetime' | 'timespan' | 'guid' | 'dynamic' | 'unknown';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Value =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'real' | 'decimal'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'datetime'; readonly value: number }
  | { readonly type: 'timespan'; readonly value: number }
  | { readonly type: 'guid'; readonly value: string }
  | { readonly type: 'dynamic'; readonly value: Json }
  | { readonly type: 'null'; readonly of: ScalarType };

/** One step below a structured column: a property name or an array position (negative counts from the end). */
export type PathStep = string | number;

/**
 * A column of the input, or a place inside it: `EventData.CommandLine` is name `EventData`, path `['CommandLine']`. Below
 * a text the path goes into the JSON that the text holds.
 */
export interface Field {
  readonly op: 'field';
  readonly name: string;
  readonly path: readonly PathStep[];
  readonly type: ScalarType;
  readonly span: Span;
}

export type Scalar =
  | Field
  | ({ readonly span: Span } & (
      | { readonly op: 'literal'; readonly value: Value }
      /** Any column of the row, as text: free-text search, Sigma keywords. Only as the subject of a `match`. */
      | { readonly op: 'anyField' }
      /** The time at which the rule runs, plus `offset` milliseconds. */
      | { readonly op: 'now'; readonly offset: number }
      | {
          readonly op: 'call';
          readonly fn: ScalarFunction;
          readonly args: readonly Scalar[];
          readonly type: ScalarType;
        }
      /** The first case whose predicate is true; else `otherwise`. */
      | {
          readonly op: 'choose';
          readonly cases: readonly { readonly when: Predicate; readonly then: Scalar }[];
          readonly otherwise: Scalar;
          readonly type: ScalarType;
        }
      /** A predicate used as a value of type bool. */
      | { readonly op: 'test'; readonly of: Predicate }
      /** The first column of the first row of a query: `toscalar`. */
      | { readonly op: 'query'; readonly query: Relation; readonly type: ScalarType }
      /** Understood as syntax, not as meaning. `reads` are the columns that it names. */
      | { readonly op: 'opaque'; readonly text: string; readonly reads: readonly string[] }
    ));

/**
 * Neutral names of scalar functions. Argument order and exact meaning: `src/ir/functions.ts`.
 * Comparison, logic, tests on text and conditionals are not functions: see {@link Predicate} and `choose`.
 */
export type ScalarFunction =
  // text
  | 'lower'
  | 'upper'
  | 'concat'
  | 'concatWith'
  | 'joinText'
  | 'length'
  | 'byteLength'
  | 'substring'
  | 'indexOf'
  | 'indexOfRegex'
  | 'split'
  | 'trim'
  | 'trimStart'
  | 'trimEnd'
  | 'replaceText'
  | 'replaceRegex'
  | 'extract'
  | 'extractAll'
  | 'extractJson'
  | 'countMatches'
  | 'reverse'
  | 'translate'
  | 'repeat'
  | 'formatText'
  | 'compareText'
  | 'quoteRegex'
  | 'base64Decode'
  | 'base64DecodeToBytes'
  | 'base64Encode'
  | 'urlDecode'
  | 'urlEncode'
  | 'parseUrl'
  | 'parseUrlQuery'
  | 'parsePath'
  | 'parseCommandLine'
  | 'parseCsv'
  | 'parseJson'
  | 'parseXml'
  | 'parseUserAgent'
  | 'parseVersion'
  | 'hash'
  | 'toHex'
  | 'isAscii'
  | 'isUtf8'
  | 'toCodePoints'
  | 'fromCodePoints'
  // conversion
  | 'toText'
  | 'toLong'
  | 'toReal'
  | 'toDecimal'
  | 'toBool'
  | 'toDatetime'
  | 'toTimespan'
  | 'toGuid'
  | 'toDynamic'
  // arithmetic
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'modulo'
  | 'negate'
  | 'abs'
  | 'round'
  | 'floor'
  | 'ceiling'
  | 'log'
  | 'log2'
  | 'log10'
  | 'exp'
  | 'power'
  | 'sqrt'
  | 'sign'
  | 'maxOf'
  | 'minOf'
  | 'bin'
  | 'binAt'
  | 'bitAnd'
  | 'bitOr'
  | 'bitXor'
  | 'bitNot'
  | 'shiftLeft'
  | 'shiftRight'
  // time
  | 'startOf'
  | 'endOf'
  | 'datePart'
  | 'dateAdd'
  | 'dateDiff'
  | 'dayOfWeek'
  | 'dayOfMonth'
  | 'dayOfYear'
  | 'hourOfDay'
  | 'formatDatetime'
  | 'formatTimespan'
  | 'makeDatetime'
  | 'makeTimespan'
  | 'fromUnixSeconds'
  | 'fromUnixMillis'
  | 'ingestionTime'
  // lists and bags
  | 'element'
  | 'makeArray'
  | 'makeBag'
  | 'arrayLength'
  | 'arrayConcat'
  | 'arraySlice'
  | 'arrayIndexOf'
  | 'arraySort'
  | 'arraySum'
  | 'arrayReverse'
  | 'setUnion'
  | 'setDifference'
  | 'setIntersect'
  | 'setHas'
  | 'bagKeys'
  | 'bagMerge'
  | 'bagRemoveKeys'
  | 'bagHasKey'
  | 'packAll'
  | 'anyElement'
  | 'treePath'
  | 'zip'
  | 'range'
  // network
  | 'ipInRange'
  | 'ipCompare'
  | 'ipIsPrivate'
  | 'ipToLong'
  | 'ipFormat'
  | 'ipFormatMask'
  | 'ipNetmask'
  | 'ipv6Compare'
  | 'ipv6InRange'
  | 'hasIp'
  | 'hasIpPrefix'
  | 'geoFromIp'
  // choice, types, rows
  | 'coalesce'
  | 'typeName'
  | 'isNan'
  | 'isFinite'
  | 'previousRow'
  | 'nextRow'
  | 'rowNumber'
  | 'rowCumulativeSum'
  | 'rowRank'
  | 'rowWindowSession'
  | 'newGuid'
  | 'random'
  | 'columnNames'
  // series
  | 'seriesDecomposeAnomalies'
  | 'seriesDecompose'
  | 'seriesOutliers'
  | 'seriesStats'
  | 'seriesFitLine'
  | 'seriesFill'
  | 'seriesOther';

// ---------------------------------------------------------------------------------------------- predicates

/** What a text is tested for. `term*`: a run of letters and digits with anything else, or the text's end, around it. */
export type TextTest =
  'equals' | 'contains' | 'startsWith' | 'endsWith' | 'term' | 'termPrefix' | 'termSuffix' | 'regex' | 'wildcard';

export type Comparison = '==' | '<' | '<=' | '>' | '>=';

export type Predicate = { readonly span: Span } & (
  | { readonly op: 'constant'; readonly value: boolean }
  | { readonly op: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly op: 'not'; readonly of: Predicate }
  /**
   * A text against literals: true when it passes the test for any, or all, of the values. A missing subject reads as
   * `""`; a structured one as its JSON text. In `regex` values RE2 syntax; in `wildcard` values `*` and `?` match, `\`
   * escapes.
   */
  | {
      readonly op: 'match';
      readonly subject: Scalar;
      readonly test: TextTest;
      readonly values: readonly string[];
      readonly quantifier: 'any' | 'all';
      readonly caseSensitive: boolean;
    }
  /** A text against another scalar (a column, an expression). */
  | {
      readonly op: 'matchScalar';
      readonly subject: Scalar;
      readonly test: TextTest;
      readonly value: Scalar;
      readonly caseSensitive: boolean;
    }
  /** Equality of something that is no text (number, bool, time) with any of the literals. */
  | { readonly op: 'oneOf'; readonly subject: Scalar; readonly values: readonly Value[] }
  /** Order, or equality of two scalars that are no text. */
  | { readonly op: 'compare'; readonly test: Comparison; readonly left: Scalar; readonly right: Scalar }
  /** Both ends included. */
  | { readonly op: 'between'; readonly subject: Scalar; readonly low: Scalar; readonly high: Scalar }
  /** An IP address within any of the CIDR ranges (`10.0.0.0/8`, `fe80::/10`). */
  | { readonly op: 'ipInRange'; readonly subject: Scalar; readonly ranges: readonly string[] }
  /**
   * `null`: not there, or null (never true of a text in KQL); `empty`: an empty text or null; `absent`: the event has no
   * such field at all (for languages that tell it from empty).
   */
  | { readonly op: 'missing'; readonly subject: Scalar; readonly counts: 'null' | 'empty' | 'absent' }
  /** The subject is among (or passes the test for any of) the values of a query's first column, or all of them. */
  | {
      readonly op: 'inQuery';
      readonly subject: Scalar;
      readonly test: TextTest;
      readonly query: Relation;
      readonly quantifier: 'any' | 'all';
      readonly caseSensitive: boolean;
    }
  /** A scalar of type bool (a column, a conversion, a `choose`). */
  | { readonly op: 'isTrue'; readonly of: Scalar }
  | { readonly op: 'opaque'; readonly text: string; readonly reads: readonly string[] }
);

// ---------------------------------------------------------------------------------------------- relations

export interface NamedScalar {
  readonly name: string;
  readonly value: Scalar;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: ScalarType;
}

/** Bounds on the event time, relative to the time the rule runs; milliseconds, negative is the past. */
export interface TimeWindow {
  /** `undefined`: as far back as the schedule's lookback reaches. */
  readonly from: number | undefined;
  /** `undefined`: until now. */
  readonly to: number | undefined;
  /** Whether the bound itself belongs to the window. */
  readonly includesFrom: boolean;
  readonly includesTo: boolean;
}

export type AggregateFunction =
  | 'count'
  | 'countDistinct'
  | 'sum'
  | 'average'
  | 'min'
  | 'max'
  | 'percentile'
  | 'standardDeviation'
  | 'variance'
  /** args: value, then the columns to return (none: all): the row at which the value is greatest or least. */
  | 'argMax'
  | 'argMin'
  | 'any'
  | 'list'
  | 'set'
  | 'bag'
  | 'binaryAnd'
  | 'binaryOr'
  | 'hll'
  | 'other';

export interface Measure {
  readonly name: string;
  readonly fn: AggregateFunction;
  readonly args: readonly Scalar[];
  /** Only rows for which this holds count: `countif`, `sumif`. */
  readonly where?: Predicate;
  /** For `percentile`: 0 to 100. For `list` and `set`: the most elements kept. */
  readonly parameter?: number;
  /** `other`: the function as written. */
  readonly text?: string;
  readonly span: Span;
}

export interface SortKey {
  readonly value: Scalar;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type JoinKind =
  | 'inner'
  | 'innerUnique'
  | 'leftOuter'
  | 'rightOuter'
  | 'fullOuter'
  | 'leftAnti'
  | 'rightAnti'
  | 'leftSemi'
  | 'rightSemi';

/** Equality of a left and a right column; further conditions stand in a filter above the join. */
export interface JoinKey {
  readonly left: Scalar;
  readonly right: Scalar;
}

export type ParsePart =
  | { readonly part: 'any' }
  | { readonly part: 'text'; readonly text: string }
  | { readonly part: 'column'; readonly name: string; readonly type: ScalarType };

export type Relation = { readonly span: Span } &
  /**
   * The events of a table. `window` is what the query itself says about their time; the schedule's lookback bounds it
   * further. `timeColumn` is the column that the window speaks of.
   */
  (
    | { readonly op: 'source'; readonly table: string; readonly timeColumn: string; readonly window?: TimeWindow }
    /** A table written in the query: `datatable`, `print`, `range`, a list. */
    | {
        readonly op: 'literal';
        readonly columns: readonly ColumnDefinition[];
        readonly rows: readonly (readonly Value[])[];
      }
    /** A list kept outside the query: a watchlist, a file. `name` is the watchlist's alias or the address. */
    | {
        readonly op: 'reference';
        readonly kind: 'watchlist' | 'external';
        readonly name: string;
        readonly columns: readonly ColumnDefinition[];
      }
    | { readonly op: 'filter'; readonly input: Relation; readonly where: Predicate }
    | { readonly op: 'extend'; readonly input: Relation; readonly columns: readonly NamedScalar[] }
    /** Only these columns, in this order. */
    | { readonly op: 'project'; readonly input: Relation; readonly columns: readonly NamedScalar[] }
    /** `drop`: all but these; `keep`: only these (names may hold `*`). Neither computes anything. */
    | {
        readonly op: 'select';
        readonly input: Relation;
        readonly mode: 'drop' | 'keep';
        readonly names: readonly string[];
      }
    | {
        readonly op: 'rename';
        readonly input: Relation;
        readonly columns: readonly { readonly from: string; readonly to: string }[];
      }
    /** No `by`: one row for all. No measures: the distinct keys. */
    | {
        readonly op: 'aggregate';
        readonly input: Relation;
        readonly by: readonly NamedScalar[];
        readonly measures: readonly Measure[];
      }
    /**
     * `renamed`: right columns that come out under another name because the left side has theirs (KQL appends `1`).
     * `lookup`: the right side is a small reference table (KQL `lookup`): its key columns do not come out.
     */
    | {
        readonly op: 'join';
        readonly kind: JoinKind;
        readonly left: Relation;
        readonly right: Relation;
        readonly on: readonly JoinKey[];
        readonly renamed: readonly { readonly from: string; readonly to: string }[];
        readonly lookup: boolean;
      }
    /** All columns of all inputs (`outer`) or those they share (`inner`). `sourceColumn` holds the input's name. */
    | {
        readonly op: 'union';
        readonly inputs: readonly Relation[];
        readonly kind: 'outer' | 'inner';
        readonly sourceColumn?: string;
        /** `isfuzzy`: inputs that do not exist are left out. */
        readonly fuzzy: boolean;
      }
    /** One row for each element of a list (or property of a bag). */
    | {
        readonly op: 'expand';
        readonly input: Relation;
        readonly columns: readonly { readonly name: string; readonly value: Scalar; readonly type: ScalarType }[];
        readonly indexColumn?: string;
        readonly limit?: number;
        /** Property bags become `[key, value]` arrays instead of one-property bags. */
        readonly bagsAsArrays: boolean;
      }
    /** For each row: its list as a table (`columns`), put through `query` whose innermost source is {@link APPLY_INPUT}. */
    | {
        readonly op: 'apply';
        readonly input: Relation;
        readonly columns: readonly { readonly name: string; readonly value: Scalar; readonly type: ScalarType }[];
        readonly query: Relation;
      }
    /** Each property of a bag becomes a column (`bag_unpack`, and the XML-to-columns idioms for event payloads). */
    | { readonly op: 'unpack'; readonly input: Relation; readonly bag: Field; readonly prefix: string }
    | {
        readonly op: 'parse';
        readonly input: Relation;
        readonly subject: Scalar;
        readonly mode: 'simple' | 'relaxed' | 'regex';
        readonly flags: string;
        readonly parts: readonly ParsePart[];
        /** `parse-where`: rows that do not fit are dropped. */
        readonly dropsUnmatched: boolean;
      }
    | { readonly op: 'sort'; readonly input: Relation; readonly by: readonly SortKey[] }
    | { readonly op: 'top'; readonly input: Relation; readonly count: number; readonly by: readonly SortKey[] }
    | { readonly op: 'take'; readonly input: Relation; readonly count: number; readonly random: boolean }
    /** Regular time series of aggregates: `make-series`. Step in milliseconds (or plain units where `on` is a number). */
    | {
        readonly op: 'series';
        readonly input: Relation;
        readonly measures: readonly (Measure & { readonly fill: Value })[];
        readonly on: Scalar;
        readonly from?: Scalar;
        readonly to?: Scalar;
        readonly step: Scalar;
        readonly by: readonly NamedScalar[];
      }
    /** A plug-in whose meaning is known by name only: `basket`, `autocluster`, `sequence_detect`, `pivot`, `ipv4_lookup`. */
    | {
        readonly op: 'plugin';
        readonly input: Relation;
        readonly name: string;
        readonly args: readonly Scalar[];
        readonly tables: readonly Relation[];
      }
    /** Understood as syntax, not as meaning: never dropped, always visible. */
    | { readonly op: 'opaque'; readonly text: string; readonly input?: Relation }
  );

/** The table name that stands for the expanded elements inside the query of an `apply`. */
export const APPLY_INPUT = '$elements';

// ---------------------------------------------------------------------------------------------- the detection

export type DetectionSeverity = 'informational' | 'low' | 'medium' | 'high' | 'critical';

export interface Metadata {
  readonly id?: string;
  readonly name: string;
  readonly description: string;
  readonly kind: 'scheduled' | 'nearRealTime' | 'hunting';
  readonly severity?: DetectionSeverity;
  readonly status?: string;
  readonly author?: string;
  readonly version?: string;
  /** ISO date, from the rule itself; never the clock. */
  readonly date?: string;
  /** ATT&CK tactics in kebab case: `privilege-escalation`. */
  readonly tactics: readonly string[];
  /** ATT&CK techniques and sub-techniques: `T1068`, `T1098.003`. */
  readonly techniques: readonly string[];
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  /** Data connectors and the tables they bring: what the rule needs to be fed. */
  readonly requires: readonly { readonly connector: string; readonly tables: readonly string[] }[];
}

export interface Schedule {
  /** How often the rule runs; milliseconds. Absent for a hunting query. */
  readonly frequency?: number;
  /** How far back the data reaches that it sees; milliseconds. */
  readonly lookback?: number;
  /** It alerts when the number of result rows compares so with `threshold`. */
  readonly trigger: { readonly test: Comparison | '!='; readonly threshold: number };
  /** After an alert it keeps quiet for so long; milliseconds. */
  readonly suppression?: number;
  /** One alert for each result row, or one for all. */
  readonly alertPer: 'run' | 'row';
  readonly span: Span;
}

export interface EntityMapping {
  /** `Account`, `Host`, `IP`, `URL`, `File`, `FileHash`, `Process`, `MailMessage` ... */
  readonly entity: string;
  readonly identifiers: readonly { readonly identifier: string; readonly column: string }[];
  readonly span: Span;
}

export interface AlertDetails {
  /** Title and description with `{{column}}` places. */
  readonly titleFormat?: string;
  readonly descriptionFormat?: string;
  readonly severityColumn?: string;
  readonly tacticsColumn?: string;
  readonly dynamicProperties: readonly { readonly property: string; readonly column: string }[];
  readonly customDetails: readonly { readonly name: string; readonly column: string }[];
  readonly incident?: {
    readonly create: boolean;
    readonly grouping?: {
      readonly enabled: boolean;
      readonly reopen: boolean;
      /** Milliseconds. */
      readonly lookback: number;
      readonly matching: 'all' | 'any' | 'selected';
      readonly entities: readonly string[];
      readonly alertDetails: readonly string[];
      readonly customDetails: readonly string[];
    };
  };
  readonly span: Span;
}

export interface Detection {
  readonly meta: Metadata;
  readonly schedule: Schedule;
  /** The rows to alert on. */
  readonly query: Relation;
  readonly entities: readonly EntityMapping[];
  readonly alert: AlertDetails;
}
