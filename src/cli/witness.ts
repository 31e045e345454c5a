/** `ruleglot witness`: events that show what a rule means, as JSON. */
import { compileFile } from '../compile.ts';
import { renderDiagnostic } from '../report/code-frame.ts';
import { counted } from '../report/plural.ts';
import { SourceFile } from '../source.ts';
import { witnessLines } from '../verify/witness-lines.ts';
import { usesColor } from './color.ts';
import { print, readCrosswalk } from './convert.ts';
import { EXIT } from './exit.ts';
import { findFiles, InputError, readStandardInput, readText } from './files.ts';
import { Progress } from './progress.ts';

export interface WitnessFlags {
  readonly as?: 'splunk' | 'sigma' | 'udm';
  readonly fields?: readonly string[];
  readonly quiet?: boolean;
}

/** Runs the command; the exit code. Wrong use throws {@link InputError}. */
export async function runWitness(paths: readonly string[], flags: WitnessFlags): Promise<number> {
  const crosswalk = readCrosswalk(flags.fields ?? [], false);
  const files = findFiles(paths);
  const progress = new Progress('making witnesses', files.length, process.stderr, flags.quiet !== true);
  let invalid = 0;
  for (const input of files) {
    progress.step(input.path);
    const read = input.standardInput ? { text: await readStandardInput() } : readText(input);
    if ('problem' in read) throw new InputError(`${input.path}: ${read.problem}`);
    const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk, targets: [] } as const;
    for (const rule of compileFile(new SourceFile(input.path, read.text), options)) {
      progress.clear();
      if (rule.detection === undefined) {
        if (!input.named && rule.diagnostics.some(({ code }) => code === 'rule/no-rule')) continue;
        invalid++;
        for (const each of rule.diagnostics.filter(({ severity }) => severity === 'error')) {
          process.stderr.write(
            `${renderDiagnostic(rule.file, each, { color: usesColor(process.stderr, undefined) })}\n`,
          );
        }
        continue;
      }
      const { lines, witnesses } = witnessLines(rule.file, rule.detection, flags.as, crosswalk);
      for (const line of lines) await print(line);
      if (flags.quiet === true) continue;
      const { coverage, cut, problem } = witnesses;
      const left = cut > 0 ? `, ${cut} more left out` : '';
      process.stderr.write(
        problem === undefined
          ? `${rule.file.path}: ${counted(lines.length, 'witness', 'witnesses')}${left}; ${coverage.bothWays} of ${counted(coverage.leaves, 'test', 'tests')} both ways\n`
          : `${rule.file.path}: no witnesses, for the evaluator does not run ${problem}\n`,
      );
    }
  }
  progress.clear();
  return invalid > 0 ? EXIT.findings : EXIT.fine;
}
