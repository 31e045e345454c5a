/**
 * The syntax tree of a KQL query: what is written, not what it means. Spans are offsets in the file.
 * Specification: Kusto Query Language reference (Microsoft Learn).
 */
import type { Span } from '../source.ts';

interface Node {
  readonly span: Span;
}

// ---------------------------------------------------------------------------------------------- expressions

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** `text` is the literal as written, without which numbers and times could not be printed back. */
export type Literal =
  | { readonly type: 'string'; readonly value: string; readonly text: string }
  | { readonly type: 'long' | 'int'; readonly value: bigint; readonly text: string }
  | { readonly type: 'real' | 'decimal'; readonly value: number; readonly text: string }
  | { readonly type: 'bool'; readonly value: boolean; readonly text: string }
  /** Milliseconds since 1970-01-01T00:00:00Z; `now` is `datetime(now)`. */
  | { readonly type: 'datetime'; readonly value: number | 'now'; readonly text: string }
  /** Milliseconds; a tick is 0.0001. */
  | { readonly type: 'timespan'; readonly value: number; readonly text: string }
  | { readonly type: 'guid'; readonly value: string; readonly text: string }
  | { readonly type: 'dynamic'; readonly value: Json; readonly text: string }
  /** `long(null)`, `datetime(null)`, `dynamic(null)` ...: `of` is the type's name. */
  | { readonly type: 'null'; readonly of: string; readonly text: string };

/** The binary operators of one form `left OP right`; `in`, `has_any` and `between` have nodes of their own. */
export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<>'
  | '=~'
  | '!~'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | StringOperator;

export type StringOperator =
  | 'has'
  | '!has'
  | 'has_cs'
  | '!has_cs'
  | 'hasprefix'
  | '!hasprefix'
  | 'hasprefix_cs'
  | '!hasprefix_cs'
  | 'hassuffix'
  | '!hassuffix'
  | 'hassuffix_cs'
  | '!hassuffix_cs'
  | 'contains'
  | '!contains'
  | 'contains_cs'
  | '!contains_cs'
  | 'notcontains'
  | 'containscs'
  | 'notcontainscs'
  | 'startswith'
  | '!startswith'
  | 'startswith_cs'
  | '!startswith_cs'
  | 'endswith'
  | '!endswith'
  | 'endswith_cs'
  | '!endswith_cs'
  | 'matches regex'
  | 'like'
  | 'notlike'
  | 'likecs'
  | 'notlikecs'
  | ':';

export type ListOperator = 'in' | '!in' | 'in~' | '!in~' | 'has_any' | 'has_all';

/** A call's argument; `name` where it is written `name = value`. */
export interface Argument extends Node {
  readonly name?: Name;
  readonly value: Expression;
}

export interface Name extends Node {
  readonly name: string;
  /** Written `['name']` or `["name"]`. */
  readonly bracketed: boolean;
}

export type Expression = Node &
  (
    | { readonly kind: 'literal'; readonly literal: Literal }
    | { readonly kind: 'name'; readonly name: string; readonly bracketed: boolean }
    /** `*`: all columns. */
    | { readonly kind: 'star' }
    /** `of.member` */
    | { readonly kind: 'member'; readonly of: Expression; readonly member: Name }
    /** `of[index]`; `dotted` where it is written `of.[index]`. */
    | { readonly kind: 'element'; readonly of: Expression; readonly index: Expression; readonly dotted: boolean }
    /** `name(args)`; with `of` it is written `of.name(args)`: `cluster("c").database("d")`. */
    | { readonly kind: 'call'; readonly of?: Expression; readonly name: Name; readonly args: readonly Argument[] }
    | { readonly kind: 'unary'; readonly operator: '-' | '+'; readonly operand: Expression }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'between';
        readonly negated: boolean;
        readonly value: Expression;
        readonly low: Expression;
        readonly high: Expression;
      }
    /** `value in (items)`: an item may be a literal, a name, any expression, or a query in parentheses. */
    | {
        readonly kind: 'list';
        readonly operator: ListOperator;
        readonly value: Expression;
        readonly items: readonly Expression[];
      }
    /** A query where a value is expected: the argument of `toscalar`, `materialize`, an item of `in`. */
    | { readonly kind: 'subquery'; readonly query: Pipeline }
    /** `( of )`: kept, so that printing gives back what was written. */
    | { readonly kind: 'parenthesised'; readonly of: Expression }
    /**
     * `typeof(long)`, as `mv-expand x to typeof(string)` and plug-ins have it: columns, or the text between the
     * parentheses where it is a type's name or holds a `*`.
     */
    | { readonly kind: 'type'; readonly columns: readonly ColumnType[] | string }
    /** `datatable (...) [...]`, `externaldata (...) [...]`, `range x from a to b step c` and the like as a source. */
    | { readonly kind: 'source'; readonly source: Source }
  );

/** `a = expression`, `(a, b) = expression`, or the bare expression. */
export interface NamedExpression extends Node {
  readonly names: readonly Name[];
  /** Whether the names stand in parentheses: `(a, b) = ...`. */
  readonly tuple: boolean;
  readonly value: Expression;
}

export interface ColumnType extends Node {
  readonly name: Name;
  readonly type: string;
}

/** `name = value` after an operator: `kind=inner`, `hint.strategy = shuffle`, `isfuzzy=true`. */
export interface Parameter extends Node {
  readonly name: string;
  readonly value: Expression;
}

// ---------------------------------------------------------------------------------------------- sources and operators

/** What stands before the first pipe. */
export type Source = Node &
  /** A table, a `let` name, or a function without parentheses; `*` wildcards only inside `union` and `find`. */
  (
    | { readonly source: 'table'; readonly name: Name; readonly wildcard: boolean }
    /** `cluster("c").database("d").T`, `workspace("w").T`, `T@...` and the like. */
    | { readonly source: 'expression'; readonly expression: Expression }
    | { readonly source: 'parenthesised'; readonly query: Pipeline }
    | { readonly source: 'datatable'; readonly columns: readonly ColumnType[]; readonly values: readonly Expression[] }
    | {
        readonly source: 'externaldata';
        readonly columns: readonly ColumnType[];
        readonly uris: readonly Expression[];
        readonly properties: readonly Parameter[];
      }
    | {
        readonly source: 'range';
        readonly column: Name;
        readonly from: Expression;
        readonly to: Expression;
        readonly step: Expression;
      }
    | { readonly source: 'print'; readonly columns: readonly NamedExpression[] }
    /** An operator that starts the pipeline without an input: `union A, B`, `search "x"`, `find`, `evaluate`. */
    | { readonly source: 'operator'; readonly operator: Operator }
  );

export interface Pipeline extends Node {
  readonly source: Source;
  readonly operators: readonly Operator[];
}

export interface SortKey extends Node {
  readonly value: Expression;
  readonly order?: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
}

export type ParseItem = Node &
  (
    | { readonly item: 'star' }
    | { readonly item: 'text'; readonly value: Expression }
    | { readonly item: 'column'; readonly name: Name; readonly type?: string }
  );

export type JoinCondition = Node & { readonly value: Expression };

/** `: (*, a: long)` after `evaluate f()`; `rest` is the `*`: the input's columns as well. */
export interface EvaluateSchema extends Node {
  readonly rest: boolean;
  readonly columns: readonly ColumnType[];
}

/** The tabular operators. `name` is the operator as written where it has several spellings. */
export type Operator = Node &
  (
    | {
        readonly op: 'where';
        readonly spelling: 'where' | 'filter';
        readonly parameters: readonly Parameter[];
        readonly predicate: Expression;
      }
    | { readonly op: 'extend'; readonly columns: readonly NamedExpression[] }
    | {
        readonly op: 'project';
        readonly mode:
          'project' | 'project-away' | 'project-keep' | 'project-rename' | 'project-reorder' | 'project-smart';
        readonly columns: readonly (NamedExpression & { readonly order?: string })[];
      }
    | {
        readonly op: 'summarize';
        readonly parameters: readonly Parameter[];
        readonly measures: readonly NamedExpression[];
        /** `undefined` where there is no `by`. */
        readonly by: readonly NamedExpression[] | undefined;
      }
    | {
        readonly op: 'join';
        readonly spelling: 'join' | 'lookup';
        readonly parameters: readonly Parameter[];
        readonly right: Pipeline;
        readonly on: readonly Expression[];
      }
    | { readonly op: 'union'; readonly parameters: readonly Parameter[]; readonly inputs: readonly Pipeline[] }
    | {
        readonly op: 'mv-expand';
        readonly spelling: 'mv-expand' | 'mvexpand';
        readonly parameters: readonly Parameter[];
        readonly columns: readonly (NamedExpression & { readonly toType?: string })[];
        readonly limit?: Expression;
      }
    | {
        readonly op: 'mv-apply';
        readonly spelling: 'mv-apply' | 'mvapply';
        readonly parameters: readonly Parameter[];
        readonly columns: readonly (NamedExpression & { readonly toType?: string })[];
        readonly limit?: Expression;
        readonly id?: Expression;
        readonly operators: readonly Operator[];
      }
    | {
        readonly op: 'evaluate';
        readonly parameters: readonly Parameter[];
        readonly call: Expression;
        readonly schema?: EvaluateSchema;
      }
    | {
        readonly op: 'parse';
        readonly spelling: 'parse' | 'parse-where';
        readonly parameters: readonly Parameter[];
        readonly subject: Expression;
        readonly items: readonly ParseItem[];
      }
    | {
        readonly op: 'parse-kv';
        readonly subject: Expression;
        readonly columns: readonly ColumnType[];
        readonly properties: readonly Parameter[];
      }
    | {
        readonly op: 'sort';
        readonly spelling: 'sort' | 'order';
        readonly parameters: readonly Parameter[];
        readonly by: readonly SortKey[];
      }
    | {
        readonly op: 'top';
        readonly parameters: readonly Parameter[];
        readonly count: Expression;
        readonly by: readonly SortKey[];
      }
    | {
        readonly op: 'take';
        readonly spelling: 'take' | 'limit';
        readonly parameters: readonly Parameter[];
        readonly count: Expression;
      }
    | {
        readonly op: 'distinct';
        readonly parameters: readonly Parameter[];
        readonly columns: readonly NamedExpression[];
      }
    | { readonly op: 'count'; readonly as?: Name }
    | { readonly op: 'sample'; readonly count: Expression }
    | { readonly op: 'sample-distinct' | 'top-nested'; readonly text: string }
    | {
        readonly op: 'make-series';
        readonly parameters: readonly Parameter[];
        readonly measures: readonly (NamedExpression & { readonly default?: Expression })[];
        readonly on: Expression;
        readonly from?: Expression;
        readonly to?: Expression;
        readonly step?: Expression;
        /** Written `in range(from, to, step)`, whose end counts; `to` does not. */
        readonly inRange: boolean;
        readonly by: readonly NamedExpression[];
      }
    | { readonly op: 'serialize'; readonly columns: readonly NamedExpression[] }
    | { readonly op: 'invoke'; readonly call: Expression }
    | { readonly op: 'as'; readonly parameters: readonly Parameter[]; readonly name: Name }
    | { readonly op: 'getschema' | 'consume' }
    | { readonly op: 'render'; readonly chart: string; readonly properties: readonly Parameter[] }
    | {
        readonly op: 'search';
        readonly parameters: readonly Parameter[];
        readonly tables: readonly Source[];
        readonly predicate: Expression;
      }
    | { readonly op: 'find'; readonly text: string }
    /** Understood as an operator with a name, not as more: `scan`, `partition`, `reduce`, `fork`, `facet`, `graph-match` ... */
    | { readonly op: 'other'; readonly name: string; readonly text: string }
  );

// ---------------------------------------------------------------------------------------------- statements

export interface FunctionParameter extends Node {
  readonly name: Name;
  /** A scalar type's name, or the columns of a table (`*` for any). */
  readonly type: string | { readonly columns: readonly ColumnType[] | '*' };
  readonly default?: Expression;
}

export type LetValue = Node &
  (
    | { readonly value: 'expression'; readonly expression: Expression }
    | { readonly value: 'query'; readonly query: Pipeline }
    | {
        readonly value: 'function';
        readonly view: boolean;
        readonly parameters: readonly FunctionParameter[];
        readonly statements: readonly Statement[];
        /** The body's last part: a query or a scalar. */
        readonly body: Pipeline | Expression | undefined;
      }
  );

export type Statement = Node &
  (
    | { readonly statement: 'let'; readonly name: Name; readonly value: LetValue }
    | { readonly statement: 'query'; readonly query: Pipeline }
    | { readonly statement: 'declare'; readonly parameters: readonly FunctionParameter[] }
    | { readonly statement: 'set'; readonly name: string; readonly value?: Expression }
    | { readonly statement: 'alias' | 'pattern' | 'restrict' | 'entity-group'; readonly text: string }
  );

/** A comment with its two slashes, without the line's end. */
export interface Comment extends Node {
  readonly text: string;
  /** Whether nothing but blanks stands before it on its line. */
  readonly ownLine: boolean;
}

export interface Query extends Node {
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
}
