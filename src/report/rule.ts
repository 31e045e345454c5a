/** What the terminal says about one rule: its diagnostics, and for each target the verdict and its notes. */
import picocolors from 'picocolors';
import type { Output } from '../../targets/target.ts';
import type { CompiledRule } from '../compile.ts';
import type { Diagnostic, Note, Verdict } from '../diagnostic.ts';
import { renderDiagnostic, renderHeading } from './code-frame.ts';
import { groupFindings, levelOf, othersAsText, sortFindings } from './findings.ts';
import { counted } from './plural.ts';
import { escapeControls } from './terminal.ts';

export interface RuleReportOptions {
  readonly color: boolean;
  /** Every finding on its own, with its source line; else those that say the same are put together. */
  readonly verbose: boolean;
  /** Where the outputs went, for those that were written to files. */
  readonly written: ReadonlyMap<Output, readonly string[]>;
  /** What a refused output would be with `--best-effort`; `undefined` where that would not help or is not known. */
  readonly bestEffort: (output: Output) => Verdict | undefined;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Ends with an empty line. Text of the rule never reaches the terminal with its control characters. */
export function renderRule(rule: CompiledRule, options: RuleReportOptions): string {
  const colors = picocolors.createColors(options.color);
  const head = [colors.bold(escapeControls(`${rule.file.path}: ${rule.name}`))];
  head.push(...renderFindings(rule, rule.diagnostics, options, colors));
  if (rule.status === 'invalid') head.push(`${colors.red('invalid')}: nothing was converted`);
  const blocks = rule.outputs.map((output) => renderOutput(rule, output, options, colors));
  return `${[head, ...blocks].map((lines) => lines.join('\n')).join('\n')}\n\n`;
}

function renderOutput(
  rule: CompiledRule,
  output: Output,
  options: RuleReportOptions,
  colors: Colors,
): readonly string[] {
  const isRefused = output.verdict === 'refused';
  const files = (options.written.get(output) ?? []).map((path) => ` ${escapeControls(path)}`).join('');
  const verdict = colorOf(colors, output.verdict)(output.verdict);
  const lines = [`${colors.bold(output.target)}: ${verdict}${isRefused ? ', nothing was written' : colors.dim(files)}`];
  // What else an output would have said differently matters little when there is none.
  const shown =
    isRefused && !options.verbose ? output.notes.filter(({ effect }) => effect === 'refused') : output.notes;
  lines.push(...renderFindings(rule, shown, options, colors));
  const hidden = output.notes.length - shown.length;
  if (hidden > 0) lines.push(colors.dim(`    = ${counted(hidden, 'other note')}: --verbose shows them`));
  const instead = isRefused ? options.bestEffort(output) : undefined;
  if (instead !== undefined) {
    const then = instead === 'differs' ? 'that differs' : `that is ${instead}`;
    lines.push(
      `${colors.dim('    =')} ${colors.cyan('hint:')} --best-effort leaves out what is refused, for an output ${then}.`,
    );
  }
  return lines;
}

function renderFindings(
  rule: CompiledRule,
  findings: readonly (Diagnostic | Note)[],
  options: RuleReportOptions,
  colors: Colors,
): readonly string[] {
  const { file } = rule;
  const sorted = sortFindings(findings);
  if (options.verbose) return sorted.map((finding) => renderDiagnostic(file, finding, options));
  const loud = sorted.filter((finding) => !isQuiet(finding));
  const frames = groupFindings(loud, ({ code, message, hint }) => JSON.stringify([code, message, hint])).flatMap(
    ({ first, others }) => {
      const more = othersAsText(file, others, 'place', 'places');
      return [renderDiagnostic(file, first, options), ...(more === '' ? [] : [colors.dim(`    = ${more}`)])];
    },
  );
  const lines = groupFindings(sorted.filter(isQuiet), ({ code }) => code).map(({ first, others }) => {
    const same = others.every(({ message }) => message === first.message);
    const more = same
      ? othersAsText(file, others, 'place', 'places')
      : othersAsText(file, others, 'like it', 'like it');
    return `${renderHeading(file, first, options)}${more === '' ? '' : colors.dim(` ${more}`)}`;
  });
  return [...frames, ...lines];
}

/** What changes no alert is said in one line. */
function isQuiet(finding: Diagnostic | Note): boolean {
  const level = levelOf(finding);
  return level === 'context' || level === 'info';
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
