/**
 * `npm run fuzz`: many broken files through the whole way, looking for crashes and for runs that take too long. Options:
 * `--count N` (default 100,000), `--seed N`, `--only N` (that one file, printed), `--slow MS` (default 1,000), `--convert-every N`
 * (default 8: every file is read and understood, one in so many converted, explained and printed as well).
 */
import { parseArgs } from 'node:util';
import { fuzzInput, seedTexts } from './fuzz-inputs.ts';
import { runFuzz } from './fuzz-run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    slow: { type: 'string', default: '1000' },
    'convert-every': { type: 'string', default: '8' },
  },
});
const [seed, slow, every] = [Number(values.seed), Number(values.slow), Number(values['convert-every'])];
const seeds = seedTexts({ corpora: true });

if (values.only !== undefined) {
  const input = fuzzInput(Number(values.only), seed, seeds);
  console.log(`${input.kind}, ${input.text.length} characters\n${input.text.slice(0, 2000)}`);
  console.log(runFuzz(input, true));
} else {
  const from = Number(values.from);
  const count = Number(values.count);
  const kinds = new Map<string, { count: number; valid: number; slowest: number }>();
  const slowest: { readonly milliseconds: number; readonly number: number; readonly kind: string }[] = [];
  let crashes = 0;
  let tooSlow = 0;
  for (let number = from; number < from + count; number++) {
    const input = fuzzInput(number, seed, seeds);
    const { crash, milliseconds, isValid } = runFuzz(input, number % every === 0);
    const known = kinds.get(input.kind) ?? { count: 0, valid: 0, slowest: 0 };
    kinds.set(input.kind, {
      count: known.count + 1,
      valid: known.valid + (isValid ? 1 : 0),
      slowest: Math.max(known.slowest, milliseconds),
    });
    if (crash !== undefined) {
      crashes++;
      console.log(`crash: --only ${number} (${input.kind}) ${crash}`);
    }
    if (milliseconds > slow) {
      tooSlow++;
      console.log(`slow: --only ${number} (${input.kind}) ${milliseconds.toFixed(0)} ms`);
    }
    slowest.push({ milliseconds, number, kind: input.kind });
    if (slowest.length > 1000) slowest.sort((a, b) => b.milliseconds - a.milliseconds).splice(10);
  }
  console.log(`${count} files with seed ${seed}: ${crashes} crashes, ${tooSlow} runs above ${slow} ms`);
  for (const [kind, { count: files, valid, slowest: most }] of [...kinds].sort()) {
    console.log(`  ${kind}: ${files}, ${valid} of them valid, slowest ${most.toFixed(0)} ms`);
  }
  slowest.sort((a, b) => b.milliseconds - a.milliseconds);
  for (const { milliseconds, number, kind } of slowest.slice(0, 5)) {
    console.log(`  ${milliseconds.toFixed(0)} ms: --only ${number} (${kind})`);
  }
  process.exitCode = crashes + tooSlow > 0 ? 1 : 0;
}
