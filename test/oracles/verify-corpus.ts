/**
 * Runs every analytics rule of the shared corpus and its outputs on witnesses, and prints what contradicts a verdict.
 *
 *     npm run verify:corpus -- [--every N] [--from N] [--target NAME] [--shown N]
 *
 * The exit code is 1 when an output contradicts its verdict.
 */
import { parseArgs } from 'node:util';
import { compileFile } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { verifyRule } from '../../src/verify/index.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { targetById, targets as allTargets } from '../../targets/index.ts';
import { sentinelFiles } from './corpora.ts';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    target: { type: 'string', multiple: true },
    shown: { type: 'string', default: '1' },
  },
});
const every = Number(values.every);
const crosswalk = loadCrosswalk();
const targets = values.target?.flatMap((id) => targetById(id) ?? []) ?? allTargets;
const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk, targets } as const;

const outputs = new Map<string, number>();
const problems = new Map<string, number>();
const total = { rules: 0, firing: 0, witnesses: 0, cut: 0, compared: 0, leaves: 0, decisive: 0, bothWays: 0 };
/** The same, of rules with an output. */
const converted = { rules: 0, firing: 0, leaves: 0, decisive: 0, bothWays: 0 };

const started = performance.now();
// Hunting queries are no analytics rules.
const rules = sentinelFiles().filter(({ text }) => /^kind:\s*['"]?(Scheduled|NRT)/im.test(text));
for (const { id: name, text } of rules.filter((_, index) => index % every === Number(values.from))) {
  const file = new SourceFile(name, text);
  for (const rule of compileFile(file, options)) {
    if (rule.detection === undefined) continue;
    const verification = verifyRule(rule.detection, rule.outputs, { crosswalk });
    const { witnesses, coverage, cut, problem } = verification.witnesses;
    const isFiring = witnesses.some(({ fires }) => fires);
    total.rules++;
    total.witnesses += witnesses.length;
    total.cut += cut;
    total.leaves += coverage.leaves;
    total.decisive += coverage.decisive;
    total.bothWays += coverage.bothWays;
    if (isFiring) total.firing++;
    else console.log(`${name}: nothing makes it fire${problem === undefined ? '' : ` (${problem})`}`);
    if (rule.outputs.some(({ files }) => files.length > 0)) {
      converted.rules++;
      if (isFiring) converted.firing++;
      converted.leaves += coverage.leaves;
      converted.decisive += coverage.decisive;
      converted.bothWays += coverage.bothWays;
    }
    for (const output of verification.outputs) {
      const key = `${output.target} ${output.verdict} ${output.status}`;
      outputs.set(key, (outputs.get(key) ?? 0) + 1);
      total.compared += output.compared;
      if (output.verdict !== 'refused' && output.reason !== undefined) {
        const reason = `${output.target}: ${output.reason.slice(0, 90)}`;
        problems.set(reason, (problems.get(reason) ?? 0) + 1);
      }
      const contradictions = output.disagreements.filter(({ contradicts }) => contradicts);
      if (output.status === 'contradicted') {
        console.log(
          `${output.target} ${output.verdict} ${name} (${output.agreeing}/${output.compared}) ${output.reason ?? ''}`,
        );
      }
      for (const { purpose, span, source, events } of contradictions.slice(0, Number(values.shown))) {
        const text = span === undefined ? '' : file.text.slice(span.start, span.end).replace(/\s+/g, ' ').slice(0, 120);
        console.log(
          `    ${purpose} | ${text} | ${source ? 'missed' : 'surplus'} ${JSON.stringify(events).slice(0, 400)}`,
        );
      }
    }
  }
}

const share = (part: number, of: number): string => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
console.log(Object.fromEntries([...outputs].sort()));
console.log(Object.fromEntries([...problems].sort(([, left], [, right]) => right - left).slice(0, 30)));
console.log({ ...total, seconds: Math.round((performance.now() - started) / 1000) });
for (const [what, of] of [
  ['all rules', total],
  ['rules with an output', converted],
] as const) {
  console.log(
    `${what}: ${of.firing} of ${of.rules} fire; tests both ways ${share(of.bothWays, of.leaves)}, decisive ${share(of.decisive, of.leaves)} of ${of.leaves}`,
  );
}
if ([...outputs.keys()].some((key) => key.endsWith('contradicted'))) process.exitCode = 1;
