/**
 * What starting the tool costs: the wall time of `ruleglot convert` on one small rule, from `dist`, against a program
 * that does nothing. `npm run bench:start` builds and measures; both run in turn, so that a busy machine slows both.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const ROOT = join(import.meta.dirname, '..');
const CLI = join(ROOT, 'dist', 'cli.js');
const RULE = join(ROOT, 'examples', 'has-all-shadow-copies', 'rule.yaml');
const RUNS = Number(process.argv[2] ?? 15);
/** The goal, in milliseconds, on a quiet machine. */
const GOAL = 250;

/** Milliseconds of wall time. */
function timeOf(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return time;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['node -e 0', ['-e', '0']],
  ['ruleglot --version', [CLI, '--version']],
  ['ruleglot convert, one target', [CLI, 'convert', RULE, '-t', 'sigma']],
  ['ruleglot convert, all targets', [CLI, 'convert', RULE]],
]);

const times = new Map([...COMMANDS.keys()].map((name) => [name, [] as number[]]));
for (let run = -1; run < RUNS; run++) {
  for (const [name, args] of COMMANDS) {
    const time = timeOf(args);
    // The first round fills the caches of the file system.
    if (run >= 0) times.get(name)?.push(time);
  }
}
const baseline = median(times.get('node -e 0') ?? []);
for (const [name, measured] of times) {
  const middle = median(measured);
  const least = Math.min(...measured);
  const over = name === 'node -e 0' ? '' : `, ${(middle - baseline).toFixed(0)} ms over node -e 0`;
  console.log(`${name.padEnd(30)} median ${middle.toFixed(0)} ms, least ${least.toFixed(0)} ms${over}`);
}
console.log(`median of ${RUNS} runs each, in turn; the goal is under ${GOAL} ms on a quiet machine`);
