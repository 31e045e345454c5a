/** `ruleglot convert`: files in, outputs and a report out. */
import { loadCrosswalk, readOverlay } from '../../targets/fields/index.ts';
import type { Crosswalk } from '../../targets/fields/index.ts';
import { targetById, targets as allTargets } from '../../targets/index.ts';
import type { Output, Target } from '../../targets/target.ts';
import { bestEffortVerdict, compileCodes, compileFile } from '../compile.ts';
import type { CompiledRule } from '../compile.ts';
import type { Verdict } from '../diagnostic.ts';
import { renderDiagnostic } from '../report/code-frame.ts';
import { jsonLine } from '../report/json.ts';
import { counted } from '../report/plural.ts';
import { Tally } from '../report/tally.ts';
import { renderRule } from '../report/rule.ts';
import { SourceFile } from '../source.ts';
import { verifyRule } from '../verify/index.ts';
import { renderVerification } from '../verify/render.ts';
import { EXIT } from './exit.ts';
import { findFiles, InputError, readStandardInput, readText } from './files.ts';
import type { InputFile } from './files.ts';
import { OutputWriter } from './output-writer.ts';
import { Progress } from './progress.ts';
import { RuleNames } from './rule-names.ts';
import { usesColor } from './color.ts';

export interface ConvertFlags {
  /** Default: all. */
  readonly target?: readonly string[];
  readonly output?: string;
  readonly json?: boolean;
  readonly minFidelity?: Exclude<Verdict, 'refused'>;
  readonly bestEffort?: boolean;
  readonly terms: 'contains' | 'exact';
  readonly case: 'ignore' | 'exact';
  readonly fields?: readonly string[];
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly verify?: boolean;
}

/** From the most to the least faithful: what alerts too often comes before what misses something. */
const NOTHING_WRITTEN = 'Nothing was written: name a folder with -o, or print everything with --json.\n';

const FAITHFULNESS: readonly Verdict[] = ['exact', 'wider', 'narrower', 'differs', 'refused'];

/** Whether the tool itself failed on a rule, or on one of its outputs. */
function hasBug(rule: CompiledRule): boolean {
  const findings = [...rule.diagnostics, ...rule.outputs.flatMap((output) => output.notes)];
  return findings.some((each) => each.code === `${compileCodes.area}/error`);
}

/** Whether a file turned out not to be a rule at all: no finding when it merely lay in a folder. */
function isNoRule(rule: CompiledRule): boolean {
  return rule.diagnostics.some((each) => each.code === 'rule/no-rule');
}

/** Runs the command; the exit code. Wrong use throws {@link InputError}. */
export async function runConvert(paths: readonly string[], flags: ConvertFlags): Promise<number> {
  const targets = chosenTargets(flags.target);
  const color = usesColor(process.stderr, flags.color);
  const crosswalk = readCrosswalk(flags.fields ?? [], color);
  const writer = flags.output === undefined ? undefined : new OutputWriter(flags.output);
  const files = findFiles(paths);
  const progress = new Progress('converting', files.length, process.stderr, flags.quiet !== true);
  const tally = new Tally(targets.map((target) => target.id));
  const names = new RuleNames();
  const single = files.length === 1 && files[0]?.named === true;
  const options = {
    terms: flags.terms,
    letterCase: flags.case,
    bestEffort: flags.bestEffort === true,
    crosswalk,
    targets,
  };
  const report = flags.json === true ? 'none' : flags.quiet === true ? 'short' : 'full';
  let failed = false;
  let contradicted = 0;

  for (const input of files) {
    progress.step(input.path);
    const file = sourceFile(input, input.standardInput ? { text: await readStandardInput() } : readText(input));
    const rules = compileFile(file, options);
    for (const rule of rules) {
      if (!input.named && rule.status === 'invalid' && isNoRule(rule)) {
        tally.skip();
        continue;
      }
      tally.add(rule);
      if (rule.status === 'ok') names.add(rule.name, rule.file.path);
      failed ||= hasBug(rule);
      const written = writer?.write(input, rule.outputs) ?? new Map<Output, readonly string[]>();
      if (flags.json === true) await print(jsonLine(rule, written));
      progress.clear();
      if (flags.json !== true && single && writer === undefined)
        for (const output of rule.outputs) await printOutput(output, targets);
      if (flags.verify === true && rule.detection !== undefined) {
        const verification = verifyRule(rule.detection, rule.outputs, { crosswalk });
        const isContradicted = verification.outputs.some(({ status }) => status === 'contradicted');
        if (isContradicted) contradicted++;
        if (isContradicted || report === 'full') {
          process.stderr.write(renderVerification(rule, verification, { color }));
        }
      }
      if (report === 'short') process.stderr.write(shortReport(rule, single));
      if (report === 'full') {
        const bestEffort = (output: Output): Verdict | undefined =>
          options.bestEffort ? undefined : bestEffortVerdict(rule, output, options);
        process.stderr.write(renderRule(rule, { color, verbose: flags.verbose === true, written, bestEffort }));
      }
    }
  }
  progress.clear();
  if (tally.rules === 0) {
    throw new InputError(
      `no rules found in ${paths.join(', ')}: ${counted(tally.skipped, 'file holds', 'files hold')} none`,
    );
  }
  const nothingShown = writer === undefined && !single && flags.json !== true;
  if (flags.quiet === true) {
    if (report === 'short' && !single) process.stderr.write(refusals(tally, targets));
    if (nothingShown && flags.minFidelity === undefined) process.stderr.write(NOTHING_WRITTEN);
  } else {
    if (!single || flags.json === true) process.stderr.write(tally.render());
    if (writer !== undefined) process.stderr.write(`wrote ${counted(writer.count, 'file')} to ${flags.output ?? ''}\n`);
    else if (nothingShown) process.stderr.write(NOTHING_WRITTEN);
    process.stderr.write(names.render());
  }
  if (failed) return EXIT.failure;
  const short = shortOf(tally, flags.minFidelity);
  if (short > 0 && flags.quiet !== true) {
    const outputs = counted(short, 'output is', 'outputs are');
    process.stderr.write(`${outputs} less faithful than ${flags.minFidelity ?? 'asked for'}.\n`);
  }
  return tally.invalid > 0 || short > 0 || contradicted > 0 ? EXIT.findings : EXIT.fine;
}

/** What is said even with `--quiet`: why there is nothing of a rule, or, when it is the only one, of one target. */
function shortReport(rule: CompiledRule, single: boolean): string {
  const lines: string[] = [];
  if (rule.status === 'invalid') {
    const [error] = rule.diagnostics.filter(({ severity }) => severity === 'error');
    if (error !== undefined) lines.push(renderDiagnostic(rule.file, error, { color: false }).split('\n')[0] ?? '');
  }
  for (const { target, verdict, notes } of single ? rule.outputs : []) {
    if (verdict !== 'refused') continue;
    const codes = notes.filter(({ effect }) => effect === 'refused').map(({ code }) => code);
    lines.push(`${target}: nothing was written, the rule is refused (${[...new Set(codes)].join(', ')})`);
  }
  return lines.map((line) => `ruleglot: ${line}\n`).join('');
}

/** For many rules: how many outputs there are not, one line for each target. */
function refusals(tally: Tally, targets: readonly Target[]): string {
  return targets
    .map(({ id }) => ({ id, count: tally.countOf(id, 'refused') }))
    .filter(({ count }) => count > 0)
    .map(({ id, count }) => `ruleglot: ${id}: nothing was written for ${counted(count, 'rule')} (refused)\n`)
    .join('');
}

/** Standard output, waiting where its reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** With several outputs each begins with a comment in its own language that says what it is. */
async function printOutput(output: Output, targets: readonly Target[]): Promise<void> {
  for (const file of output.files) {
    const comment = targets.find((target) => target.id === output.target)?.comment ?? '#';
    const head = targets.length > 1 ? `${comment} ${output.target}: ${file.name} (${output.verdict})\n` : '';
    await print(`${head}${file.text}${targets.length > 1 ? '\n' : ''}`);
  }
}

/** The built-in crosswalk with the user's files on top; the first named wins. */
export function readCrosswalk(paths: readonly string[], color: boolean): Crosswalk {
  const overlays = findFiles(paths, 'field mappings').map((input) => {
    const file = sourceFile(input, readText(input));
    const { overlay, diagnostics } = readOverlay({ path: file.path, text: file.text });
    if (overlay !== undefined) return overlay;
    const findings = diagnostics.map((each) => renderDiagnostic(file, each, { color }));
    throw new InputError(`the field mappings in ${file.path} cannot be used\n${findings.join('')}`);
  });
  return loadCrosswalk(overlays);
}

export function chosenTargets(names: readonly string[] | undefined): readonly Target[] {
  if (names === undefined) return allTargets;
  return [...new Set(names)].map((name) => {
    const target = targetById(name);
    if (target !== undefined) return target;
    throw new InputError(`no such target: ${name} (there are: ${allTargets.map((each) => each.id).join(', ')})`);
  });
}

function sourceFile(input: InputFile, read: ReturnType<typeof readText>): SourceFile {
  if ('problem' in read) throw new InputError(`${input.path}: ${read.problem}`);
  return new SourceFile(input.path, read.text);
}

/** How many outputs are less faithful than asked for. */
function shortOf(tally: Tally, least: Verdict | undefined): number {
  if (least === undefined) return 0;
  return FAITHFULNESS.slice(FAITHFULNESS.indexOf(least) + 1).reduce((sum, verdict) => sum + tally.count(verdict), 0);
}
