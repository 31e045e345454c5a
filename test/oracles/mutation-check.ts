/**
 * Whether `verify` finds wrong translations: outputs of rules that were changed in one place, verified against the
 * unchanged rule under the verdict `exact`.
 *
 *     npm run mutation-check -- [--count 200] [--seed 1]
 *
 * The rules are the examples and, where it is there, a sample of the shared corpus. Left out is what is no wrong
 * translation, provably: a change that leaves the rule's normal form or the output's text as it is, or whose
 * output is not `exact` (then its notes say so). Rules for which no events are found that make them fire are left out, too:
 * `verify` says that of them. The exit code is 1 when fewer than 99 % are found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileFile } from '../../src/compile.ts';
import type { CompiledRule } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { verifyOutput } from '../../src/verify/index.ts';
import { witnessesOf } from '../../src/witness/index.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { targets } from '../../targets/index.ts';
import { corporaPresent, sentinelFiles } from './corpora.ts';
import { mutantsOf } from './mutations.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const LEAST = 0.99;
const PER_RULE = 4;
const crosswalk = loadCrosswalk();
// Where a language has to be asked for exactness it is.
const options = { terms: 'exact', letterCase: 'exact', bestEffort: false, crosswalk } as const;

/** Numbers from a seed, the same everywhere (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

function exampleFiles(): readonly SourceFile[] {
  const folder = join(import.meta.dirname, '../../examples');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => new SourceFile(`examples/${name}`, readFileSync(join(folder, name, 'rule.yaml'), 'utf8')));
}

const random = randomFrom(Number(values.seed));
const corpus = corporaPresent ? sentinelFiles().map(({ id, text }) => new SourceFile(id, text)) : [];
const files = [...exampleFiles(), ...shuffled(corpus, random)];
const wanted = Number(values.count);
const found = new Map<string, { caught: number; made: number }>();
let made = 0;
let caught = 0;

function check(rule: CompiledRule): void {
  const { detection } = rule;
  if (detection === undefined || !rule.outputs.some(({ verdict }) => verdict === 'exact')) return;
  const { witnesses } = witnessesOf(detection);
  if (!witnesses.some(({ fires }) => fires)) return;
  let own = 0;
  // Rare kinds first, so that all are seen.
  const mutants = shuffled(mutantsOf(detection), random);
  const inOrder = [...mutants].sort((x, y) => (found.get(x.kind)?.made ?? 0) - (found.get(y.kind)?.made ?? 0));
  for (const mutant of inOrder) {
    const [target] = shuffled(targets, random);
    const before = rule.outputs.find((output) => output.target === target?.id);
    if (target === undefined || before?.verdict !== 'exact') continue;
    const output = target.convert(mutant.detection, { ...options, sourceName: 'rule' });
    const text = (files_: typeof output.files): string => files_.map((file) => file.text).join('\n');
    if (output.verdict !== 'exact' || text(output.files) === text(before.files)) continue;
    const { status, compared } = verifyOutput(detection, output, witnesses, { crosswalk });
    if (compared === 0) continue;
    const tally = found.get(mutant.kind) ?? { caught: 0, made: 0 };
    tally.made++;
    made++;
    if (status === 'contradicted') {
      tally.caught++;
      caught++;
    } else console.log(`not found: ${mutant.kind} in ${rule.file.path}, ${target.id}`);
    found.set(mutant.kind, tally);
    if (++own >= PER_RULE || made >= wanted) return;
  }
}

for (const file of files) {
  for (const rule of compileFile(file, options)) if (made < wanted) check(rule);
  if (made >= wanted) break;
}
for (const [kind, tally] of [...found].sort()) console.log(`${kind}: ${tally.caught} of ${tally.made}`);
console.log(`found ${caught} of ${made} wrong translations (${((100 * caught) / Math.max(1, made)).toFixed(1)} %)`);
if (caught < LEAST * made) process.exitCode = 1;
