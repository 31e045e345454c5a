/** Prints how much of the shared rules lowers without anything opaque, and what does not: `npx tsx test/kql/lower/measure.ts`. */
import { lowerCorpus } from './corpus.ts';

const started = performance.now();
const rules = lowerCorpus();
for (const [name, isAnalytics] of [
  ['analytics rules', true],
  ['hunting queries', false],
] as const) {
  const of = rules.filter((rule) => rule.isAnalytics === isAnalytics);
  const whole = of.filter((rule) => rule.opaque.length === 0).length;
  console.log(`${name}: ${whole} of ${of.length} without opaque (${((100 * whole) / of.length).toFixed(1)} %)`);
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s with reading and parsing`);

const constructs = new Map<string, number>();
const findings = new Map<string, number>();
for (const rule of rules) {
  for (const text of rule.opaque) {
    const construct = /^[\w-]+/.exec(text)?.[0] ?? text.slice(0, 20);
    constructs.set(construct, (constructs.get(construct) ?? 0) + 1);
  }
  for (const { code } of rule.lowered.diagnostics) findings.set(code, (findings.get(code) ?? 0) + 1);
}
const table = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .map(([name, count]) => `  ${count} ${name}`)
    .join('\n');
console.log(`opaque, by construct:\n${table(constructs)}\nfindings:\n${table(findings)}`);
