/** The syntax tree of a YARA-L 2.0 rule: what the text says, in its order. */
import type { Span } from '../../src/source.ts';

/** A step of a field's path: `.name`, `["key"]`, `[0]`. */
export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number };

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export type Expression = { readonly span: Span } &
  /** `raw`: back-quoted. */
  (
    | { readonly kind: 'string'; readonly value: string; readonly raw: boolean }
    /** `/pattern/`; the pattern with `\/` for a slash, as written. */
    | { readonly kind: 'regex'; readonly pattern: string }
    /** The digits as written. */
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'null' }
    /** `$user`: a placeholder, an outcome or (in the condition) an event variable. */
    | { readonly kind: 'variable'; readonly name: string }
    /** `#e` */
    | { readonly kind: 'count'; readonly name: string }
    /** `$e.principal.ip`; without a variable in composite and search dialects. */
    | { readonly kind: 'field'; readonly variable: string; readonly path: readonly Segment[] }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
    /** `any $e.principal.ip`, `all ...` */
    | { readonly kind: 'quantified'; readonly quantifier: 'any' | 'all'; readonly of: Expression }
    | { readonly kind: 'not' | 'absent' | 'negative'; readonly of: Expression }
    | { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly of: readonly Expression[] }
    | {
        readonly kind: 'comparison';
        readonly operator: ComparisonOperator;
        readonly left: Expression;
        readonly right: Expression;
        readonly nocase: boolean;
      }
    | {
        readonly kind: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    /** A call used as a predicate, with `nocase` behind it. */
    | { readonly kind: 'nocase'; readonly of: Expression }
    /** `$e.f in %list`, `in regex %table.column`, `in cidr %list`. */
    | {
        readonly kind: 'in';
        readonly left: Expression;
        readonly list: string;
        readonly entries: 'text' | 'regex' | 'cidr';
        readonly nocase: boolean;
      }
  );

export type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

export interface MetaEntry {
  readonly key: string;
  readonly value: string;
}

export interface MatchSection {
  readonly variables: readonly string[];
  /** `over`: hop windows that overlap, or with a pivot windows that begin or end with it; `by`: tumbling. */
  readonly window: 'over' | 'by';
  /** Milliseconds. */
  readonly duration: number;
  readonly pivot?: { readonly side: 'before' | 'after'; readonly variable: string };
}

export interface Assignment {
  readonly name: string;
  readonly value: Expression;
  readonly span: Span;
}

export interface Rule {
  readonly name: string;
  readonly meta: readonly MetaEntry[];
  /** Joined by an unwritten `and`. */
  readonly events: readonly Expression[];
  readonly match?: MatchSection;
  readonly outcome: readonly Assignment[];
  readonly condition: Expression;
  readonly options: readonly MetaEntry[];
  readonly span: Span;
}
