/**
 * What KQL means in the neutral form, case by case. The cases stand in `cases/*.txt`: a query on a line of its own, then
 * the relation (`=`, further lines begin with `|`) and the findings (`!`). Lines with `#` are headings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lowerQuery } from '../../../src/kql/lower/index.ts';
import { parseKql } from '../../../src/kql/parse.ts';
import { wholeFile } from '../../../src/source.ts';
import { showRelation } from './show.ts';
import { testSchema } from './tables.ts';

interface Case {
  readonly heading: string;
  readonly query: string;
  readonly expected: readonly string[];
}

function readCases(text: string): readonly Case[] {
  const cases: Case[] = [];
  let heading = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (line.startsWith('#')) heading = line.slice(1).trim();
    else if (line.startsWith(' ')) (cases[cases.length - 1]?.expected as string[] | undefined)?.push(line.trim());
    else cases.push({ heading, query: line, expected: [] });
  }
  return cases;
}

function lower(query: string): readonly string[] {
  const parsed = parseKql(wholeFile(query));
  if (parsed.query === undefined) return parsed.diagnostics.map((one) => `? ${one.message}`);
  const { relation, diagnostics } = lowerQuery(parsed.query, { schemaOf: testSchema });
  return [
    ...`= ${showRelation(relation)}`.split('\n'),
    ...diagnostics.map(
      (one) => `! ${one.severity} ${one.code}: ${one.message}${one.hint === undefined ? '' : ` ${one.hint}`}`,
    ),
  ];
}

const folder = join(import.meta.dirname, 'cases');

for (const file of readdirSync(folder).sort()) {
  const cases = readCases(readFileSync(join(folder, file), 'utf8'));
  describe(file.replace('.txt', ''), () => {
    test.each(cases.map((one) => [one.heading, one.query, one.expected] as const))(
      '%s: %s',
      (_heading, query, expected) => {
        expect(lower(query)).toEqual(expected);
      },
    );
  });
}
