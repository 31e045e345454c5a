/**
 * How fast rules run on events and how fast outputs are verified: `npm run bench:evaluate`. 100 rules of the shared corpus on
 * 100,000 events made from the rules' own witnesses, then `verify` on a sample of the corpus.
 */
import { alertRows, EvaluationUnsupported } from '../src/eval/index.ts';
import type { EventRecord } from '../src/eval/index.ts';
import { compileFile } from '../src/compile.ts';
import { SourceFile } from '../src/source.ts';
import { verifyRule } from '../src/verify/index.ts';
import { columnTypesOf, WITNESS_TIME, witnessesOf } from '../src/witness/index.ts';
import { loadCrosswalk } from '../targets/fields/index.ts';
import type { Relation } from '../src/ir/types.ts';
import { partsOf, relationPart, tablesOf } from '../src/ir/walk.ts';
import { corporaPresent, sentinelFiles } from '../test/oracles/corpora.ts';

const EVENTS = 100_000;
const RULES = 100;
/** Every so many rules of the corpus. */
const STEP = 10;

/** Events made of witnesses have few different keys: a join of them is a product, which measures nothing but memory. */
function joins(query: Relation): boolean {
  for (const { kind, node } of partsOf(relationPart(query))) if (kind === 'relation' && node.op === 'join') return true;
  return false;
}

const crosswalk = loadCrosswalk();
const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk } as const;

if (!corporaPresent) {
  console.log('no corpus: the third-party texts are absent');
} else {
  const rules = sentinelFiles()
    .filter((_, index) => index % STEP === 0)
    .flatMap(({ id, text }) => compileFile(new SourceFile(id, text), { ...options, targets: [] }))
    .flatMap(({ detection }) => (detection === undefined || joins(detection.query) ? [] : [detection]))
    .slice(0, RULES);
  const made = rules.flatMap((rule) => witnessesOf(rule, { most: 60 }).witnesses.flatMap(({ events }) => events));
  const events = Array.from(
    { length: EVENTS },
    (_, index): EventRecord => made[index % made.length] ?? { Type: 'none' },
  );
  const byTable = new Map<string, EventRecord[]>();
  for (const event of events) {
    const own = byTable.get(event.Type);
    if (own === undefined) byTable.set(event.Type, [event]);
    else own.push(event);
  }
  let seen = 0;
  let unsupported = 0;
  const start = performance.now();
  for (const rule of rules) {
    const own = tablesOf(rule.query).flatMap((table) => byTable.get(table) ?? []);
    seen += own.length;
    try {
      alertRows(rule, own, { now: WITNESS_TIME, columnTypes: columnTypesOf(rule) });
    } catch (error) {
      if (!(error instanceof EvaluationUnsupported)) throw error;
      unsupported++;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${rules.length} rules without joins on ${EVENTS} events: ${seconds.toFixed(1)} s (${unsupported} rules are not run)`,
  );
  console.log(`events of the rules' own tables: ${seen}, ${Math.round(seen / seconds)} a second`);

  const started = performance.now();
  let verified = 0;
  let cases = 0;
  for (const { id, text } of sentinelFiles().filter((_, index) => index % (STEP * 8) === 0)) {
    for (const { detection, outputs } of compileFile(new SourceFile(id, text), options)) {
      if (detection === undefined) continue;
      const result = verifyRule(detection, outputs, { crosswalk });
      verified++;
      cases += result.outputs.reduce((sum, { compared }) => sum + compared, 0);
    }
  }
  const spent = (performance.now() - started) / 1000;
  console.log(
    `verify: ${verified} rules, ${cases} comparisons in ${spent.toFixed(1)} s (${(spent / verified).toFixed(2)} s a rule)`,
  );
}
