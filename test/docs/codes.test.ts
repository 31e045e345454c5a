/** docs/codes.md lists every code. `UPDATE_DOCS=1 npx vitest run test/docs` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeAreas } from '../../src/codes.ts';

const PATH = join(import.meta.dirname, '../../docs/codes.md');

function page(): string {
  const areas = codeAreas().map(({ area, about, entries }) => {
    const rows = Object.entries(entries)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { summary }]) => `- \`${area}/${name}\`: ${summary}`);
    return `## ${area}\n\n${about}\n\n${rows.join('\n')}\n`;
  });
  return [
    '# Codes\n',
    'Every diagnostic and every note has one of these codes. They are stable: scripts and notes may rely on them.\n',
    ...areas,
  ].join('\n');
}

test('docs/codes.md lists every code', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PATH, page());
  expect(readFileSync(PATH, 'utf8')).toBe(page());
});
