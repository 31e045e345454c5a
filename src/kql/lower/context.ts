/** What lowering carries along: the findings, the schemas, the limits; and where in the query it stands. */
import type { Diagnostic, Severity } from '../../diagnostic.ts';
import type { Relation, ScalarType } from '../../ir/types.ts';
import { nearestName } from '../../rule/nearest.ts';
import type { Span } from '../../source.ts';
import { LOWER } from './codes.ts';
import type { Columns } from './columns.ts';
import type { Names } from './scope.ts';
import type { Expansion } from './payload.ts';

export interface KnownSchema {
  readonly columns: ReadonlyMap<string, ScalarType>;
}

export interface LoweringOptions {
  /** Columns of a table by its name (case-sensitive); `undefined` when no list has it. */
  readonly schemaOf: (table: string) => KnownSchema | undefined;
  /** The rule's lookback, milliseconds; what the query itself says about time is recorded beside it, not merged. */
  readonly lookback?: number;
  /** The most nodes a query may have once its `let` definitions are put in. */
  readonly sizeLimit?: number;
}

export type LowerCode = keyof typeof LOWER.entries;

/** One run over one query. */
export class Lowering {
  readonly diagnostics: Diagnostic[] = [];
  readonly schemaOf: LoweringOptions['schemaOf'];
  readonly sizeLimit: number;
  /** Nesting of expressions and queries at the moment. */
  depth = 0;
  /** Nodes put in for names so far, summed over all uses. */
  size = 0;
  readonly #namesWritten: () => ReadonlySet<string>;
  #names: ReadonlySet<string> | undefined;
  readonly #reported = new Set<string>();
  #compared = 0;

  constructor(options: LoweringOptions, namesWritten: () => ReadonlySet<string>) {
    this.#namesWritten = namesWritten;
    this.schemaOf = options.schemaOf;
    this.sizeLimit = options.sizeLimit ?? DEFAULT_SIZE_LIMIT;
  }

  /** Every name that the query writes. */
  get names(): ReadonlySet<string> {
    return (this.#names ??= this.#namesWritten());
  }

  /** Reports a finding; the same finding at the same place only once, for a `let` may be put in many times. */
  report(code: LowerCode, severity: Severity, span: Span, message: string, hint?: string): void {
    const key = `${code} ${span.start} ${span.end} ${message}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.diagnostics.push(LOWER.diagnostic(code, severity, span, message, hint));
  }

  /** The candidate nearest to a misspelt name; none once many have been looked for. Candidates are made only when needed. */
  nearestName(name: string, candidates: () => Iterable<string>, part?: number): string | undefined {
    if (this.#compared >= MAX_COMPARED) return undefined;
    const names = [...candidates()];
    this.#compared += names.length;
    return nearestName(name, names, part);
  }

  /** A hint with the candidate of {@link nearestName}. */
  didYouMean(name: string, candidates: () => Iterable<string>): string | undefined {
    const nearest = this.nearestName(name, candidates);
    return nearest === undefined || nearest === name ? undefined : `Did you mean \`${nearest}\`?`;
  }
}

/** How many names are compared with misspelt ones for one query: after dozens of findings nobody waits for a hint. */
const MAX_COMPARED = 20_000;

/** The largest public rules have less than a third of it. */
export const DEFAULT_SIZE_LIMIT = 60_000;
/** Nested expressions, queries and functions. The parser's own limit is lower for what is written in one piece. */
export const DEPTH_LIMIT = 300;

/** Where an expression stands. */
export interface Place {
  readonly run: Lowering;
  readonly scope: Names;
  /** The columns of the row at hand; `undefined` outside rows (`let` values, arguments of functions). */
  readonly row: Columns | undefined;
  /** Inside `search`, a bare text is a test of all columns, with or without regard to letter case. */
  readonly searching?: { readonly caseSensitive: boolean };
}

/** Runs `body` one level deeper; `otherwise` where that is too deep. */
export function nested<Result>(run: Lowering, span: Span, body: () => Result, otherwise: () => Result): Result {
  if (run.depth >= DEPTH_LIMIT) {
    run.report('too-deep', 'error', span, `Expressions and queries nest more than ${DEPTH_LIMIT} levels deep.`);
    return otherwise();
  }
  run.depth++;
  try {
    return body();
  } finally {
    run.depth--;
  }
}

/** A relation and what is known of its columns. */
export interface Table {
  readonly relation: Relation;
  readonly columns: Columns;
  /** Set while the rows are the elements of an event's XML payload; see `payload.ts`. */
  readonly expansion?: Expansion;
  /** `project` adds to the row instead: it stands inside an `mv-apply` whose rows are the outer ones. */
  readonly keepsRow?: boolean;
}
