import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detectionParts } from '../../src/rule/detection-parts.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile, toFileOffset } from '../../src/source.ts';
import { findMismatch } from './faithful-mapping.ts';

const root = join(import.meta.dirname, '../../../shared/corpus/sentinel');
const present = existsSync(root);

const files = present
  ? readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => readRule(new SourceFile(relative(root, path), readFileSync(path, 'utf8'))))
  : [];

describe.skipIf(!present)('published Sentinel content (skipped: the corpus is absent)', () => {
  test('every file holds one rule that can be read', () => {
    expect(files.length).toBeGreaterThan(1_000);
    const unread = files.filter(({ entries }) => entries.length !== 1 || entries[0]?.status !== 'valid');
    expect(unread.map(({ file }) => file.path)).toEqual([]);
  });

  test('every character of every query leads to its place in the file', () => {
    const mismatches = files.flatMap(({ file, entries }) =>
      entries.flatMap(({ rule }) => {
        const mismatch = rule === undefined ? undefined : findMismatch(rule.query, file.text);
        return mismatch === undefined ? [] : [`${file.path}: ${mismatch}`];
      }),
    );
    expect(mismatches).toEqual([]);
  });

  test('every line of a query in a literal block scalar is the line of the file but for its indentation', () => {
    let lines = 0;
    for (const { file, entries } of files) {
      for (const { rule } of entries) {
        if (rule === undefined || file.text[rule.querySpan.start] !== '|') continue;
        let offset = 0;
        for (const line of rule.query.text.split('\n')) {
          const { line: number } = file.positionAt(toFileOffset(rule.query, offset));
          if (line !== '') expect(file.lineText(number).trimStart()).toBe(line.trimStart());
          offset += line.length + 1;
          lines++;
        }
      }
    }
    expect(lines).toBeGreaterThan(10_000);
  });

  test('what is said of them is about what they really hold', () => {
    const counts = new Map<string, number>();
    for (const { entries, diagnostics } of files) {
      const all = [...entries.flatMap((entry) => entry.diagnostics), ...diagnostics];
      for (const { code, severity } of all) {
        if (severity === 'info') continue;
        counts.set(code, (counts.get(code) ?? 0) + 1);
      }
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    // Published content was validated when it was merged: it warrants few warnings, most of them about tactics.
    expect(total).toBeLessThan(files.length / 10);
    expect(counts.get('rule/unknown-tactic')).toBeGreaterThan(total / 3);
    expect(counts.get('rule/unknown-key')).toBe(1);
  });

  test('every rule gives the parts of a Detection', () => {
    const kinds = new Map<string, number>();
    for (const { entries } of files) {
      for (const { rule } of entries) {
        if (rule === undefined) continue;
        const { meta, schedule } = detectionParts(rule);
        kinds.set(meta.kind, (kinds.get(meta.kind) ?? 0) + 1);
        expect(meta.name).not.toBe('');
        expect(schedule.frequency === undefined).toBe(
          rule.kind === 'Hunting' || (rule.schedule.frequency === undefined && rule.kind !== 'NRT'),
        );
      }
    }
    expect([...kinds.keys()].sort()).toEqual(['hunting', 'nearRealTime', 'scheduled']);
  });
});
