/** What the README shows is what comes out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const EXAMPLE = join(ROOT, 'examples/has-all-shadow-copies');

/** The code blocks of one language, in order; `''` for those without one. */
function blocks(language: string): readonly string[] {
  return [...README.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text ?? '');
}

test.each([
  ['yaml', 'sigma.yml'],
  ['ini', 'splunk.conf'],
  ['', 'chronicle.yaral'],
])('the %j block stands in %s', (language, file) => {
  const [block] = blocks(language);
  expect(block).toBeTruthy();
  expect(readFileSync(join(EXAMPLE, file), 'utf8')).toContain(block);
});

test('the query is the one of the example', () => {
  const rule = readFileSync(join(EXAMPLE, 'rule.yaml'), 'utf8');
  const [query] = blocks('kql');
  for (const line of (query ?? '').trimEnd().split('\n')) expect(rule).toContain(`  ${line}\n`);
});
