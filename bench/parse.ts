/**
 * How fast we parse, against Microsoft's parser on the same queries in the same process: `npm run bench:parse`. Both turn
 * text into a syntax tree; rounds alternate after a warm-up, so that a busy machine slows both. The median round counts.
 */
import { parseKql } from '../src/kql/parse.ts';
import { wholeFile } from '../src/source.ts';
import { corporaPresent, sentinelQueries } from '../test/oracles/corpora.ts';
import { kustoLanguage } from '../test/oracles/kusto-language.ts';

const ROUNDS = 9;
/** Every so many queries of the corpus. */
const STEP = 8;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function timeRound(queries: readonly string[], parse: (query: string) => unknown): number {
  const start = performance.now();
  for (const query of queries) parse(query);
  return performance.now() - start;
}

if (!corporaPresent) {
  console.log('no corpus: the third-party texts are absent');
} else {
  const queries = sentinelQueries()
    .filter((_, index) => index % STEP === 0)
    .map(({ query }) => query);
  const megabytes = queries.reduce((sum, query) => sum + Buffer.byteLength(query), 0) / 1e6;
  const { KustoCode } = kustoLanguage();
  const ours = (query: string): unknown => parseKql(wholeFile(query));
  const theirs = (query: string): unknown => KustoCode.Parse(query);
  for (let round = 0; round < 3; round++) {
    timeRound(queries, ours);
    timeRound(queries, theirs);
  }
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.ours.push(timeRound(queries, ours));
    times.theirs.push(timeRound(queries, theirs));
  }
  const speed = (values: readonly number[]): number => megabytes / (median(values) / 1000);
  const [own, other] = [speed(times.ours), speed(times.theirs)];
  console.log(`${queries.length} queries, ${(megabytes * 1000).toFixed(0)} KB, median of ${ROUNDS} rounds`);
  console.log(`ruleglot   ${own.toFixed(2)} MB/s`);
  console.log(`Microsoft  ${other.toFixed(2)} MB/s`);
  console.log(`ratio      ${(own / other).toFixed(2)}`);
}
