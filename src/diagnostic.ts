/** What the tool has to say about a rule: diagnostics about the input, notes about the faithfulness of an output. */
import type { Span } from './source.ts';

/**
 * What a difference does to the alerts of the converted rule.
 *
 * `wider`: fires on everything the source fires on, and more. `narrower`: misses some of it. `differs`: both.
 * `context`: same alerts, less said about them. `refused`: cannot be said, so there is no output.
 */
export type Effect = 'context' | 'wider' | 'narrower' | 'differs' | 'refused';

/** How faithful an output is: the join of its notes' effects. */
export type Verdict = 'exact' | 'wider' | 'narrower' | 'differs' | 'refused';

export type Severity = 'error' | 'warning' | 'info';

/** A finding about the input. `code` is stable: it stands in configuration files and in people's notes. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  /** One sentence in words a rule author knows. */
  readonly message: string;
  readonly span: Span;
  /** How to mend it, where there is one likely way. */
  readonly hint?: string;
}

/** A difference between a source rule and an output. */
export interface Note {
  readonly code: string;
  readonly effect: Effect;
  readonly message: string;
  /** Where in the source file the construct stands that the output says differently. */
  readonly span: Span;
  readonly hint?: string;
}

/** One entry of a room's catalogue of codes. */
export interface CodeEntry {
  /** What it means, in one sentence, for the documentation. */
  readonly summary: string;
}

/** The codes of one area; a code without an entry does not compile. */
export interface Catalogue<Name extends string> {
  readonly area: string;
  readonly entries: Readonly<Record<Name, CodeEntry>>;
  diagnostic(name: Name, severity: Severity, span: Span, message: string, hint?: string): Diagnostic;
  note(name: Name, effect: Effect, span: Span, message: string, hint?: string): Note;
}

/** Declares the codes of an area (`kql`, `rule`, `sigma` ...). Each becomes `area/name`. */
export function defineCatalogue<Name extends string>(
  area: string,
  entries: Readonly<Record<Name, CodeEntry>>,
): Catalogue<Name> {
  return {
    area,
    entries,
    diagnostic: (name, severity, span, message, hint) => ({
      code: `${area}/${name}`,
      severity,
      message,
      span,
      ...(hint === undefined ? {} : { hint }),
    }),
    note: (name, effect, span, message, hint) => ({
      code: `${area}/${name}`,
      effect,
      message,
      span,
      ...(hint === undefined ? {} : { hint }),
    }),
  };
}
