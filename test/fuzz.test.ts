/** A few broken files through the whole way; `npm run fuzz` does a hundred thousand. */
import { describe, expect, it } from 'vitest';
import { fuzzInput, seedTexts } from './oracles/fuzz-inputs.ts';
import { runFuzz } from './oracles/fuzz-run.ts';

/** Processor time: generous, for here everything is compiled on the way. */
const LONGEST = 5000;
const COUNT = 300;

describe('broken files', () => {
  it(`${COUNT} of them crash nothing and take no time`, () => {
    const seeds = seedTexts({ corpora: false });
    const failures: string[] = [];
    for (let number = 0; number < COUNT; number++) {
      const { crash, milliseconds } = runFuzz(fuzzInput(number, 7, seeds), number % 4 === 0);
      if (crash !== undefined) failures.push(`${number}: ${crash}`);
      if (milliseconds > LONGEST) failures.push(`${number}: ${milliseconds.toFixed(0)} ms`);
    }
    expect(failures).toEqual([]);
  });
});
