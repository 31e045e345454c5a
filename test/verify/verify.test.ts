/** Every example and its outputs, run on witnesses and on the example's own events. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileFile } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { readCases } from '../../src/verify/events.ts';
import { verifyRule } from '../../src/verify/index.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';

const FOLDER = join(import.meta.dirname, '../../examples');
const crosswalk = loadCrosswalk();

const RULE = (query: string): string => `name: Example\nkind: Hunting\nquery: |\n  ${query}\n`;

function verified(query: string, events?: string) {
  const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk } as const;
  const [rule] = compileFile(new SourceFile('rule.yaml', RULE(query)), options);
  if (rule?.detection === undefined) throw new Error('no detection');
  const cases = events === undefined ? [] : readCases(events).cases;
  return { rule, verification: verifyRule(rule.detection, rule.outputs, { crosswalk, cases }) };
}

describe('an output that is something else is found out', () => {
  test('another value in the text', () => {
    const { rule } = verified('SigninLogs | where UserPrincipalName == "jo@example.com"');
    if (rule.detection === undefined) throw new Error('no detection');
    const outputs = rule.outputs.map((output) => ({
      ...output,
      files: output.files.map((file) => ({ ...file, text: file.text.replaceAll('jo@example.com', 'mia@example.com') })),
    }));
    const { outputs: found } = verifyRule(rule.detection, outputs, { crosswalk });
    expect(found.map(({ target, status }) => [target, status])).toEqual([
      ['sigma', 'contradicted'],
      ['splunk', 'contradicted'],
      ['chronicle', 'contradicted'],
    ]);
  });
});

describe('rules without a schedule', () => {
  test('see events when they come, not those before the window of the query', () => {
    const event = (time: string, name: string) =>
      `{"Table":"SigninLogs","TimeGenerated":"${time}","UserPrincipalName":"${name}"}`;
    // When the rule runs, the event of its user is five days old: an earlier run has seen it.
    const events = [event('2026-01-10T10:00:00Z', 'jo'), event('2026-01-15T10:00:00Z', 'mia')];
    const { verification } = verified(
      'SigninLogs | where TimeGenerated > ago(1d) and UserPrincipalName =~ "jo"',
      `{"case":"both","events":[${events.join(',')}]}\n`,
    );
    const [sigma] = verification.outputs;
    expect([sigma?.target, sigma?.status, sigma?.disagreements]).toEqual(['sigma', 'verified', []]);
  });
});

describe('events of the user', () => {
  test('lines are events, or sets of events with a name', () => {
    const { cases } = readCases(
      '{"Table":"A","TimeGenerated":"2026-01-15T10:00:00Z"}\n\n{"case":"two","events":[{"Type":"A"},{"Type":"B"}]}\n',
    );
    expect(cases.map(({ purpose, events }) => [purpose, events.length])).toEqual([
      ['the event in line 1', 1],
      ['two', 2],
    ]);
    expect(cases[0]?.events[0]).toEqual({ Type: 'A', TimeGenerated: '2026-01-15T10:00:00Z' });
  });

  test.each(['nonsense', '[1]', '{"TimeGenerated":"2026-01-15T10:00:00Z"}'])('%s is refused', (line) => {
    expect(readCases(line).problem).toMatch(/line 1/);
  });
});

describe('examples', () => {
  const names = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  test.each(names.map((entry) => entry.name).sort())('%s: nothing is left out silently', (name) => {
    const file = new SourceFile('rule.yaml', readFileSync(join(FOLDER, name, 'rule.yaml'), 'utf8'));
    const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk } as const;
    const [rule] = compileFile(file, options);
    if (rule?.detection === undefined) throw new Error('no detection');
    const { outputs, witnesses } = verifyRule(rule.detection, rule.outputs, { crosswalk, most: 60 });
    expect(witnesses.witnesses.some(({ fires }) => fires)).toBe(true);
    expect(witnesses.witnesses.some(({ fires }) => !fires)).toBe(true);
    for (const output of outputs) {
      expect(output.compared > 0 || output.status === 'notRun').toBe(true);
    }
  });
});
