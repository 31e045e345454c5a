/** The JSON of `--json`: an interface, described in docs/json.md. Change {@link JSON_FORMAT} with what it promises. */
import type { Output } from '../../targets/target.ts';
import type { CompiledRule } from '../compile.ts';
import type { Diagnostic, Effect, Note, Severity } from '../diagnostic.ts';
import type { SourceFile } from '../source.ts';

/** The number of the format; a reader that knows it can rely on docs/json.md. */
export const JSON_FORMAT = 1;

interface JsonFinding {
  readonly code: string;
  /** `null` for a diagnostic. */
  readonly effect: Effect | null;
  readonly severity?: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One rule as one line. `written`: where the outputs went, for those that were written to files. */
export function jsonLine(rule: CompiledRule, written: ReadonlyMap<Output, readonly string[]>): string {
  const outputs = rule.outputs.map((output) => [
    output.target,
    {
      verdict: output.verdict,
      unmapped: output.unmapped,
      notes: output.notes.map((note) => jsonNote(rule.file, note)),
      files: written.get(output) ?? output.files.map((file) => file.name),
      text: output.files.map((file) => file.text).join(''),
    },
  ]);
  const line = {
    format: JSON_FORMAT,
    path: rule.file.path,
    id: rule.id ?? null,
    name: rule.name,
    kind: rule.kind,
    status: rule.status,
    diagnostics: rule.diagnostics.map((diagnostic) => jsonDiagnostic(rule.file, diagnostic)),
    outputs: Object.fromEntries(outputs) as Record<string, unknown>,
  };
  return `${JSON.stringify(line)}\n`;
}

/** A diagnostic with its place as lines and columns. */
export function jsonDiagnostic(file: SourceFile, diagnostic: Diagnostic): JsonFinding {
  const { code, severity, message, hint, span } = diagnostic;
  return { code, effect: null, severity, message, ...(hint === undefined ? {} : { hint }), ...jsonPlace(file, span) };
}

/** A note with its place as lines and columns. */
export function jsonNote(file: SourceFile, note: Note): JsonFinding {
  const { code, effect, message, hint, span } = note;
  return { code, effect, message, ...(hint === undefined ? {} : { hint }), ...jsonPlace(file, span) };
}

/** A span as lines and columns, from 1; the end is the first position behind it. */
export function jsonPlace(file: SourceFile, span: Note['span']) {
  const start = file.positionAt(span.start);
  const end = file.positionAt(span.end);
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
