/** A fourth target costs a folder and a line in the registry: here it is, in its smallest form. */
import { describe, expect, test } from 'vitest';
import { defineCatalogue } from '../../src/diagnostic.ts';
import { compileFile } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { defineTarget, targetById, targets } from '../../targets/index.ts';
import type { TargetRooms } from '../../targets/target.ts';

const codes = defineCatalogue('titles', {
  'query-lost': { summary: 'A list of titles says nothing about the query.' },
});

/** A "language" that has nothing but titles, one a line. */
const titles: TargetRooms<string> = {
  id: 'titles',
  title: 'Titles',
  codes: codes.entries,
  comment: '#',
  adapt(detection, { bestEffort }) {
    const { span } = detection.query;
    const note = codes.note('query-lost', bestEffort ? 'differs' : 'refused', span, 'The query is lost.');
    const schedule = codes.note('query-lost', 'context', { start: 1, end: 2 }, 'The schedule is lost.');
    return { adapted: bestEffort ? detection : undefined, notes: [note, schedule, note], unmapped: [] };
  },
  emit: (adapted) => adapted.meta.name,
  print: (tree, { sourceName }) => [{ name: `${sourceName}.txt`, text: `${tree}\n` }],
  read: () => ({ tree: undefined, diagnostics: [] }),
  raise: () => {
    throw new Error('nothing is read');
  },
};

const RULE = 'name: Example\nkind: Hunting\nquery: |\n  SigninLogs\n  | where UserPrincipalName == "jo@example.com"\n';

function convert(bestEffort: boolean) {
  const options = {
    terms: 'contains',
    bestEffort,
    crosswalk: loadCrosswalk(),
    targets: [defineTarget(titles)],
  } as const;
  const [rule] = compileFile(new SourceFile('folder/a rule.yaml', RULE), options);
  const [output] = rule?.outputs ?? [];
  if (output === undefined) throw new Error('no output');
  return output;
}

describe('a target', () => {
  test('has an id of its own in the registry', () => {
    const ids = targets.map((target) => target.id);
    expect(ids).toEqual(['sigma', 'splunk', 'chronicle']);
    for (const id of ids) expect(targetById(id)?.id).toBe(id);
    expect(targetById('titles')).toBeUndefined();
  });

  test('refuses: no file, verdict refused, and the notes that say why', () => {
    const output = convert(false);
    expect(output).toMatchObject({ target: 'titles', verdict: 'refused', files: [] });
    expect(output.notes.map((note) => note.effect)).toEqual(['context', 'refused']);
  });

  test('converts: notes in the order of the source, each once, and their join as the verdict', () => {
    const output = convert(true);
    expect(output.verdict).toBe('differs');
    expect(output.notes.map((note) => note.code)).toEqual(['titles/query-lost', 'titles/query-lost']);
    expect(output.files).toEqual([{ name: 'a rule.txt', text: 'Example\n' }]);
  });
});
