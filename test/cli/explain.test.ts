/** `ruleglot explain` as people run it: arguments in, streams and exit code out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCommand, removeCommand, run } from './run.ts';

beforeAll(async () => {
  await buildCommand();
});
afterAll(() => {
  removeCommand();
});

describe('ruleglot explain', () => {
  test('prints what was understood of each rule', () => {
    const { status, stdout, stderr } = run(['explain', 'examples/count-threshold', 'examples/inner-join']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('examples/count-threshold/rule.yaml: Many failed logons of one account');
    expect(stdout).toContain('SecurityEvent where EventID == 4625, last 1h');
    expect(stdout).toContain('\n\nexamples/inner-join/rule.yaml: ');
  });

  test('--json prints one object for each rule, as documented', () => {
    const { stdout } = run(['explain', 'examples/union-of-tables/rule.yaml', '--json']);
    const rule = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(Object.keys(rule)).toEqual(['format', 'path', 'id', 'name', 'kind', 'status', 'diagnostics', 'explanation']);
    expect(Object.keys(rule['explanation'] ?? {})).toEqual([
      'schedule',
      'shape',
      'stages',
      'tables',
      'lists',
      'indicators',
      'conditions',
      'columns',
      'moreColumns',
      'entities',
      'opaque',
    ]);
    expect(rule['explanation']?.['indicators']).toContainEqual(
      expect.objectContaining({ tables: ['SecurityEvent'], fields: ['EventID'], values: ['4688'], negated: false }),
    );
  });

  test('says why a rule is not understood, and fails', () => {
    const { status, stdout, stderr } = run(['explain', '-'], { input: 'SecurityEvent | wher EventID == 1' });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('invalid');
  });
});
