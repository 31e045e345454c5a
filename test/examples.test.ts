/**
 * Every folder of `examples/`: what it converts to, what is said about it, and on which events it fires.
 * `npm run update-examples` writes the expected files; read them before you commit them.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCrosswalk } from '../targets/fields/index.ts';
import { compileFile } from '../src/compile.ts';
import type { CompiledRule } from '../src/compile.ts';
import { fires } from '../src/eval/index.ts';
import type { Row, Tables } from '../src/eval/index.ts';
import { textValue } from '../src/eval/value.ts';
import { jsonNote } from '../src/report/json.ts';
import { SourceFile } from '../src/source.ts';

const FOLDER = join(import.meta.dirname, '..', 'examples');
const UPDATES = process.env['UPDATE_EXAMPLES'] === '1';
/** The rules of the examples run at this time. */
const NOW = Date.parse('2026-01-15T12:00:00Z');

interface ExampleCase {
  readonly case: string;
  readonly fires: boolean;
  /** Rows in Sentinel's columns; `Type` names the table. */
  readonly events: readonly ({ readonly Type: string } & Record<string, never>)[];
}

const crosswalk = loadCrosswalk();

function compileExample(name: string): CompiledRule {
  const path = join(FOLDER, name, 'rule.yaml');
  const file = new SourceFile(`examples/${name}/rule.yaml`, readFileSync(path, 'utf8'));
  const [rule, ...others] = compileFile(file, { terms: 'contains', bestEffort: false, crosswalk });
  if (rule === undefined || others.length > 0) throw new Error(`${name}: an example holds one rule`);
  return rule;
}

/** Compares with a file, or writes it; no text means that there must be no file. */
function expectFile(path: string, text: string | undefined): void {
  if (UPDATES) {
    if (text === undefined) rmSync(path, { force: true });
    else writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(text);
}

function notesOf(rule: CompiledRule): string {
  const outputs = rule.outputs.map((output) => [
    output.target,
    {
      verdict: output.verdict,
      unmapped: output.unmapped,
      notes: output.notes.map((note) => {
        const { code, effect, line, column, message } = jsonNote(rule.file, note);
        return { code, effect, at: `${line}:${column}`, message };
      }),
    },
  ]);
  return `${JSON.stringify(Object.fromEntries(outputs), undefined, 2)}\n`;
}

const ENDINGS: Readonly<Record<string, string>> = { sigma: '.yml', splunk: '.conf', chronicle: '.yaral' };

/** Rows of a watchlist have its name behind this in their `Type`. */
const WATCHLIST = 'watchlist:';

function eventsOf(rows: ExampleCase['events']): ExampleCase['events'] {
  return rows.filter((row) => !row.Type.startsWith(WATCHLIST));
}

function watchlistsOf(rows: ExampleCase['events']): Tables {
  const lists = new Map<string, Row[]>();
  for (const { Type: type, ...columns } of rows) {
    if (!type.startsWith(WATCHLIST)) continue;
    const name = type.slice(WATCHLIST.length);
    const row = new Map(Object.entries(columns).map(([column, text]) => [column, textValue(String(text))]));
    lists.set(name, [...(lists.get(name) ?? []), row]);
  }
  return lists;
}

const names = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(names.map((entry) => entry.name).sort())('%s', (name) => {
  const rule = compileExample(name);

  test('is a rule without errors or warnings', () => {
    expect(rule.status).toBe('ok');
    expect(rule.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test.each(rule.outputs.map((output) => [output.target, output] as const))('converts to %s', (target, output) => {
    expect(output.notes.filter((note) => note.code === 'internal/error')).toEqual([]);
    expect(output.files.length).toBe(output.verdict === 'refused' ? 0 : 1);
    const [file] = output.files;
    const ending = file === undefined ? ENDINGS[target] : extname(file.name);
    expect(ending).toBe(ENDINGS[target]);
    expectFile(join(FOLDER, name, `${target}${ending}`), file?.text);
  });

  test('says what the outputs say differently', () => {
    expectFile(join(FOLDER, name, 'notes.json'), notesOf(rule));
  });

  const lines = readFileSync(join(FOLDER, name, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  const cases = lines.map((line) => JSON.parse(line) as ExampleCase);

  test('has cases that must fire and cases that must not', () => {
    expect(new Set(cases.map((each) => each.fires))).toEqual(new Set([true, false]));
  });

  test.each(cases.map((each) => [each.case, each] as const))('events: %s', (_title, { events, fires: expected }) => {
    if (rule.detection === undefined) throw new Error('no detection');
    expect(fires(rule.detection, eventsOf(events), { now: NOW, references: watchlistsOf(events) })).toBe(expected);
  });
});
