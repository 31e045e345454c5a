/** `ruleglot explain`: files in, what was understood of each rule out. */
import { compileCodes, understandRule } from '../compile.ts';
import { explain } from '../explain/index.ts';
import { schemaOf } from '../kql/schema/schema.ts';
import { renderDiagnostic } from '../report/code-frame.ts';
import { renderExplanation } from '../report/explanation.ts';
import { explanationLine } from '../report/explanation-json.ts';
import type { ExplainedRule } from '../report/explanation-json.ts';
import { readRule } from '../rule/read.ts';
import { fileStem } from '../rule/rule-reader.ts';
import type { RuleEntry } from '../rule/types.ts';
import { SourceFile } from '../source.ts';
import { EXIT } from './exit.ts';
import { findFiles, InputError, readStandardInput, readText } from './files.ts';
import { Progress } from './progress.ts';
import { usesColor } from './color.ts';

export interface ExplainFlags {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly quiet?: boolean;
}

/** Runs the command; the exit code. Wrong use throws {@link InputError}. */
export async function runExplain(paths: readonly string[], flags: ExplainFlags): Promise<number> {
  const files = findFiles(paths);
  const progress = new Progress('explaining', files.length, process.stderr, flags.quiet !== true);
  const color = usesColor(process.stdout, flags.color);
  const seen = { invalid: 0, failed: false, printed: 0 };
  for (const input of files) {
    progress.step(input.path);
    const read = input.standardInput ? { text: await readStandardInput() } : readText(input);
    if ('problem' in read) throw new InputError(`${input.path}: ${read.problem}`);
    const file = new SourceFile(input.path, read.text);
    for (const entry of readRule(file).entries) {
      const isNoRule = entry.diagnostics.some(({ code }) => code === 'rule/no-rule');
      if (!input.named && isNoRule) continue;
      const rule = explainEntry(file, entry);
      if (rule.explanation === undefined) seen.invalid++;
      seen.failed ||= rule.diagnostics.some(({ code }) => code === `${compileCodes.area}/error`);
      progress.clear();
      if (flags.json === true) await print(explanationLine(rule));
      else if (rule.explanation !== undefined) {
        await print(`${seen.printed++ === 0 ? '' : '\n'}${renderExplanation(file, rule.explanation, { color })}`);
      }
      if (flags.quiet !== true && flags.json !== true) writeFindings(rule, usesColor(process.stderr, flags.color));
    }
  }
  progress.clear();
  if (seen.failed) return EXIT.failure;
  return seen.invalid > 0 ? EXIT.findings : EXIT.fine;
}

/** A rule with what was understood of it. Never throws for anything that a file may hold. */
export function explainEntry(file: SourceFile, entry: RuleEntry): ExplainedRule {
  const { rule, diagnostics } = entry;
  if (rule === undefined) {
    return {
      file,
      id: undefined,
      name: fileStem(file.path),
      kind: 'Scheduled',
      diagnostics,
      explanation: undefined,
    };
  }
  const head = { file, id: rule.id?.value, name: rule.name.value, kind: rule.kind };
  try {
    const understood = understandRule(rule);
    const found = [...diagnostics, ...understood.diagnostics];
    const { detection } = understood;
    return { ...head, diagnostics: found, explanation: detection && explain(detection, { schemaOf }) };
  } catch (error) {
    // A bug of ours must not end the batch.
    const cause = error instanceof Error ? error.message : String(error);
    const bug = compileCodes.diagnostic('error', 'error', rule.querySpan, `The explanation failed: ${cause}`);
    return { ...head, diagnostics: [...diagnostics, bug], explanation: undefined };
  }
}

function writeFindings({ file, diagnostics, explanation }: ExplainedRule, color: boolean): void {
  const shown = diagnostics.filter(({ severity }) => severity !== 'info');
  for (const diagnostic of shown) process.stderr.write(`${renderDiagnostic(file, diagnostic, { color })}\n`);
  if (explanation === undefined) process.stderr.write('invalid: nothing was understood\n');
}

/** Standard output, waiting where its reader is slower than we are. */
async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
