/** Diagnostics and notes as text for people at a terminal. */
import pc from 'picocolors';
import type { Diagnostic, Effect, Note, Severity } from '../diagnostic.ts';
import { NO_SPAN } from '../source.ts';
import type { SourceFile, Span } from '../source.ts';
import { levelOf } from './findings.ts';
import { codeFrame } from './source-lines.ts';
import { escapeControls } from './terminal.ts';

export interface RenderOptions {
  readonly color: boolean;
  /** Terminal cells a line of source may take; 100 unless said otherwise. */
  readonly width?: number;
}

type Style = 'red' | 'yellow' | 'cyan' | 'blue';

const STYLES: Readonly<Record<Severity | Effect, Style>> = {
  error: 'red',
  warning: 'yellow',
  info: 'blue',
  refused: 'red',
  differs: 'red',
  narrower: 'yellow',
  wider: 'yellow',
  context: 'cyan',
};

/**
 * A diagnostic or a note as a heading (`path:line:column severity code message`), the source lines with the span
 * underlined, and the hint. Nothing of it that comes from the file can act on the terminal. No line break at the end.
 */
export function renderDiagnostic(file: SourceFile, diagnostic: Diagnostic | Note, options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  const lines = [renderHeading(file, diagnostic, options)];
  if (hasPlace(diagnostic.span, file)) {
    const width = options.width ?? 100;
    const marker = colors[STYLES[levelOf(diagnostic)]];
    lines.push(codeFrame(file, diagnostic.span, { width, gutter: colors.dim, marker }));
  }
  if (diagnostic.hint !== undefined) {
    lines.push(`${colors.dim('    =')} ${colors.cyan('hint:')} ${escapeControls(diagnostic.hint)}`);
  }
  return lines.join('\n');
}

/** The first line of {@link renderDiagnostic}. */
export function renderHeading(file: SourceFile, diagnostic: Diagnostic | Note, options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  const level = levelOf(diagnostic);
  const at = place(file, hasPlace(diagnostic.span, file) ? diagnostic.span : undefined);
  return `${at} ${colors[STYLES[level]](level)} ${colors.dim(diagnostic.code)} ${colors.bold(escapeControls(diagnostic.message))}`;
}

/** A file without text, or a span that was made and not read, leaves nothing to show. */
function hasPlace(span: Span, file: SourceFile): boolean {
  return file.text !== '' && !(span.start === NO_SPAN.start && span.end === NO_SPAN.end);
}

function place(file: SourceFile, span: Span | undefined): string {
  const path = escapeControls(file.path);
  if (span === undefined) return path;
  const { line, column } = file.positionAt(span.start);
  return `${path}:${line}:${column}`;
}
