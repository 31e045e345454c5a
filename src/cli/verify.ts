/** `ruleglot verify`: rules and their outputs run on events; what disagrees is shown. */
import { compileFile } from '../compile.ts';
import type { CompiledRule } from '../compile.ts';
import { renderDiagnostic } from '../report/code-frame.ts';
import { counted } from '../report/plural.ts';
import { SourceFile } from '../source.ts';
import { readCases } from '../verify/events.ts';
import type { Case } from '../verify/index.ts';
import { verifyRule } from '../verify/index.ts';
import { verificationLine } from '../verify/json.ts';
import { renderVerification } from '../verify/render.ts';
import { usesColor } from './color.ts';
import { chosenTargets, print, readCrosswalk } from './convert.ts';
import { EXIT } from './exit.ts';
import { findFiles, InputError, readStandardInput, readText } from './files.ts';
import { Progress } from './progress.ts';

export interface VerifyFlags {
  /** Default: all. */
  readonly target?: readonly string[];
  readonly events?: readonly string[];
  readonly json?: boolean;
  readonly bestEffort?: boolean;
  readonly terms: 'contains' | 'exact';
  readonly case: 'ignore' | 'exact';
  readonly fields?: readonly string[];
  readonly color?: boolean;
  readonly quiet?: boolean;
}

/** Runs the command; the exit code. Wrong use throws {@link InputError}. */
export async function runVerify(paths: readonly string[], flags: VerifyFlags): Promise<number> {
  const color = usesColor(process.stdout, flags.color);
  const crosswalk = readCrosswalk(flags.fields ?? [], color);
  const targets = chosenTargets(flags.target);
  const cases = (flags.events ?? []).flatMap(eventsOf);
  const files = findFiles(paths);
  const progress = new Progress('verifying', files.length, process.stderr, flags.quiet !== true);
  const options = {
    terms: flags.terms,
    letterCase: flags.case,
    bestEffort: flags.bestEffort === true,
    crosswalk,
    targets,
  };
  const seen = { rules: 0, invalid: 0, outputs: 0, contradicted: 0, cases: 0 };
  for (const input of files) {
    progress.step(input.path);
    const read = input.standardInput ? { text: await readStandardInput() } : readText(input);
    if ('problem' in read) throw new InputError(`${input.path}: ${read.problem}`);
    for (const rule of compileFile(new SourceFile(input.path, read.text), options)) {
      if (rule.detection === undefined) {
        if (!input.named && rule.diagnostics.some(({ code }) => code === 'rule/no-rule')) continue;
        seen.invalid++;
        progress.clear();
        writeErrors(rule, usesColor(process.stderr, flags.color));
        continue;
      }
      const verification = verifyRule(rule.detection, rule.outputs, { crosswalk, cases });
      seen.rules++;
      seen.cases += verification.cases;
      seen.outputs += verification.outputs.filter(({ compared }) => compared > 0).length;
      const contradicted = verification.outputs.filter(({ status }) => status === 'contradicted').length;
      seen.contradicted += contradicted;
      progress.clear();
      if (flags.json === true) await print(verificationLine(rule, verification));
      else if (flags.quiet !== true || contradicted > 0) await print(renderVerification(rule, verification, { color }));
    }
  }
  progress.clear();
  if (seen.rules + seen.invalid === 0) throw new InputError(`no rules found in ${paths.join(', ')}`);
  if (flags.quiet !== true && flags.json !== true && seen.rules > 1) {
    const rules = `${counted(seen.rules, 'rule', 'rules')}, ${counted(seen.outputs, 'output', 'outputs')}`;
    process.stderr.write(
      `${rules}, ${counted(seen.cases, 'case', 'cases')}: ${counted(seen.contradicted, 'output contradicts its verdict', 'outputs contradict their verdicts')}\n`,
    );
  }
  return seen.contradicted > 0 || seen.invalid > 0 ? EXIT.findings : EXIT.fine;
}

function writeErrors(rule: CompiledRule, color: boolean): void {
  for (const each of rule.diagnostics.filter(({ severity }) => severity === 'error')) {
    process.stderr.write(`${renderDiagnostic(rule.file, each, { color })}\n`);
  }
}

/** The cases of a file of events: each line an event, or a set of events with a name. */
function eventsOf(path: string): readonly Case[] {
  const [input] = findFiles([path]);
  if (input === undefined) throw new InputError(`no such file: ${path}`);
  const read = readText(input);
  if ('problem' in read) throw new InputError(`${path}: ${read.problem}`);
  const { cases, problem } = readCases(read.text);
  if (problem !== undefined) throw new InputError(`${path}: ${problem}`);
  return cases;
}
