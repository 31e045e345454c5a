/** What the terminal says about one rule: its diagnostics, and for each target the verdict and its notes. */
import picocolors from 'picocolors';
import type { Output } from '../../targets/target.ts';
import type { CompiledRule } from '../compile.ts';
import type { Verdict } from '../diagnostic.ts';
import { renderDiagnostic } from './code-frame.ts';
import { escapeControls } from './terminal.ts';

export interface RuleReportOptions {
  readonly color: boolean;
  /** Where the outputs went, for those that were written to files. */
  readonly written: ReadonlyMap<Output, readonly string[]>;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Ends with a line break. Text of the rule never reaches the terminal with its control characters. */
export function renderRule(rule: CompiledRule, options: RuleReportOptions): string {
  const colors = picocolors.createColors(options.color);
  const lines = [colors.bold(escapeControls(`${rule.file.path}: ${rule.name}`))];
  for (const diagnostic of rule.diagnostics) lines.push(renderDiagnostic(rule.file, diagnostic, options));
  if (rule.status === 'invalid') lines.push(`${colors.red('invalid')}: nothing was converted`, '');
  for (const output of rule.outputs) {
    const files = (options.written.get(output) ?? []).map((path) => ` ${escapeControls(path)}`).join('');
    const verdict = colorOf(colors, output.verdict)(output.verdict);
    lines.push(`${colors.bold(output.target)}: ${verdict}${colors.dim(files)}`);
    for (const note of output.notes) lines.push(renderDiagnostic(rule.file, note, options));
    if (output.notes.length === 0) lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n\n`;
}

function colorOf(colors: Colors, verdict: Verdict): (text: string) => string {
  switch (verdict) {
    case 'exact':
      return colors.green;
    case 'wider':
      return colors.cyan;
    case 'narrower':
    case 'differs':
      return colors.yellow;
    case 'refused':
      return colors.red;
  }
}
