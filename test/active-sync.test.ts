/**
 * A real rule, end to end: a union of four sensors (security log, forwarded events, Defender, Sysmon through `Event`)
 * with `has_all` over a `let` list, a one-day window, and Account and Host entities.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compileFile } from '../src/compile.ts';
import type { CompiledRule } from '../src/compile.ts';
import { SourceFile } from '../src/source.ts';
import { loadCrosswalk } from '../targets/fields/index.ts';
import type { Output } from '../targets/target.ts';

const PATH = join(
  import.meta.dirname,
  '../../shared/corpus/sentinel/Detections/MultipleDataSources/EmailAccessviaActiveSync.yaml',
);
const WORDS = ['Set-CASMailbox', 'ActiveSyncAllowedDeviceIDs', 'add'];

function compile(): CompiledRule {
  const file = new SourceFile('rule.yaml', readFileSync(PATH, 'utf8'));
  const [rule] = compileFile(file, { terms: 'contains', bestEffort: false, crosswalk: loadCrosswalk() });
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

function outputOf(rule: CompiledRule, target: string): Output {
  const output = rule.outputs.find((each) => each.target === target);
  if (output === undefined) throw new Error(`no output for ${target}`);
  return output;
}

function textOf(output: Output): string {
  return output.files.map((file) => file.text).join('');
}

describe.skipIf(!existsSync(PATH))('Active Sync rule of the shared corpus (skipped where ../shared is absent)', () => {
  test('is understood whole', () => {
    const rule = compile();
    expect(rule.status).toBe('ok');
    const text = JSON.stringify(rule.detection, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(text).not.toContain('"opaque"');
    for (const table of ['SecurityEvent', 'WindowsEvent', 'DeviceProcessEvents', 'Event']) {
      expect(text).toContain(`"op":"source","table":"${table}"`);
    }
    expect(rule.detection?.schedule).toMatchObject({ frequency: 86_400_000, lookback: 86_400_000 });
    expect(rule.detection?.entities.map((each) => each.entity)).toEqual(['Account', 'Host']);
  });

  test('becomes four Sigma rules, one for each sensor', () => {
    const output = outputOf(compile(), 'sigma');
    expect(output.verdict).toBe('wider');
    const rules = parseAllDocuments(textOf(output)).map((document) => document.toJS() as Record<string, unknown>);
    expect(rules).toHaveLength(4);
    expect(new Set(rules.map((rule) => rule['id'])).size).toBe(4);
    // Defender also watches other systems, and nothing that this rule looks for is of Windows alone.
    const products = rules.map((rule) => (rule['logsource'] as Record<string, unknown>)['product']);
    expect(products).toEqual(['windows', 'windows', undefined, 'windows']);
    for (const rule of rules) {
      expect(rule).toMatchObject({ level: 'medium', logsource: { category: 'process_creation' } });
      const tests = JSON.stringify(rule['detection']);
      expect(tests).toContain('|contains|all');
      for (const word of WORDS) expect(tests).toContain(word);
      expect(rule['tags']).toEqual(
        expect.arrayContaining(['attack.privilege-escalation', 'attack.t1068', 'attack.t1078']),
      );
    }
  });

  test('becomes one saved search', () => {
    const output = outputOf(compile(), 'splunk');
    expect(['exact', 'wider', 'differs']).toContain(output.verdict);
    expect(output.files).toHaveLength(1);
    const text = textOf(output);
    expect(text).toMatch(/dispatch\.earliest_time\s*=\s*-(1d|24h|86400s)/);
    expect(text).toMatch(/cron_schedule\s*=/);
    for (const word of WORDS) expect(text).toContain(word);
  });

  test('becomes a YARA-L rule', () => {
    const output = outputOf(compile(), 'chronicle');
    expect(output.verdict).not.toBe('refused');
    const text = textOf(output);
    for (const section of ['meta:', 'events:', 'condition:']) expect(text).toContain(section);
  });

  test('has a note, with its place, for everything that is said differently', () => {
    const rule = compile();
    for (const output of rule.outputs) {
      if (output.verdict !== 'exact') expect(output.notes.length).toBeGreaterThan(0);
      for (const note of output.notes) expect(note.span.end).toBeGreaterThanOrEqual(note.span.start);
    }
    // Sigma has neither a schedule nor entities, and no test for a term.
    const codes = outputOf(rule, 'sigma').notes.map((note) => note.code);
    expect(codes).toEqual(expect.arrayContaining(['sigma/term-as-contains', 'sigma/schedule-lost']));
  });
});
