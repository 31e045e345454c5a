/** The command as people run it: arguments in, streams and exit code out. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targets } from '../../targets/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULE = 'examples/has-all-shadow-copies/rule.yaml';

function run(args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) {
  const command = ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, FORCE_COLOR: '', NO_COLOR: '', ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ruleglot-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('ruleglot convert', () => {
  test('prints one target as it is, and the report beside it', () => {
    const { status, stdout, stderr } = run(['convert', RULE, '-t', 'sigma']);
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(ROOT, 'examples/has-all-shadow-copies/sigma.yml'), 'utf8'));
    expect(stderr).toContain('sigma: wider');
    expect(stderr).toMatch(/rule\.yaml:\d+:\d+ wider sigma\/term-as-contains/);
    expect(stderr).not.toContain('\u001b[');
  });

  test('prints several targets with a heading in the language of each', () => {
    const { stdout } = run(['convert', RULE, '-q']);
    expect(stdout).toMatch(/^# sigma: .*\(wider\)$/m);
    expect(stdout).toMatch(/^# splunk: .*\.conf \(\w+\)$/m);
    expect(stdout).toMatch(/^\/\/ chronicle: .*\.yaral \(\w+\)$/m);
  });

  test('reads standard input', () => {
    const { status, stdout } = run(['convert', '-', '-t', 'sigma', '-q'], {
      input: readFileSync(join(ROOT, RULE), 'utf8'),
    });
    expect(status).toBe(0);
    expect(stdout).toContain('title: Shadow copies deleted from the command line');
  });

  test('--json prints one object for each rule, as documented, and the counts beside it', () => {
    const { status, stdout, stderr } = run(['convert', 'examples/', '--json']);
    const rules = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).toBe(0);
    expect(rules).toHaveLength(
      readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).length,
    );
    for (const rule of rules) {
      expect(Object.keys(rule)).toEqual(['format', 'path', 'id', 'name', 'kind', 'status', 'diagnostics', 'outputs']);
      expect(rule['status']).toBe('ok');
      expect(Object.keys(rule['outputs'] as object)).toEqual(['sigma', 'splunk', 'chronicle']);
      for (const output of Object.values(rule['outputs'] as Record<string, Record<string, unknown>>)) {
        expect(Object.keys(output)).toEqual(['verdict', 'unmapped', 'notes', 'files', 'text']);
        expect(output['text'] === '').toBe(output['verdict'] === 'refused');
      }
    }
    expect(stderr).toMatch(/^\d+ rules: \d+ understood, 0 invalid/m);
  });

  test('writes files below a folder, one folder for each target, in the order of the source folders', () => {
    const out = join(folder, 'out');
    const { status, stdout } = run(['convert', 'examples/', '-o', out, '-t', 'sigma,splunk', '-q']);
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(readdirSync(out).sort()).toEqual(['sigma', 'splunk']);
    expect(existsSync(join(out, 'sigma', 'has-all-shadow-copies'))).toBe(true);
  });

  test('two rules never share a file', () => {
    const twice = join(folder, 'twice');
    mkdirSync(twice);
    const text = readFileSync(join(ROOT, RULE), 'utf8');
    writeFileSync(join(twice, 'rules.yaml'), `${text}---\n${text}`);
    const { status } = run(['convert', twice, '-o', join(folder, 'two'), '-t', 'sigma', '-q']);
    expect(status).toBe(0);
    expect(readdirSync(join(folder, 'two', 'sigma'))).toHaveLength(2);
  });

  test('--min-fidelity makes a less faithful output a finding', () => {
    expect(run(['convert', RULE, '-t', 'sigma', '--min-fidelity', 'exact', '-q']).status).toBe(1);
    expect(run(['convert', RULE, '-t', 'sigma', '--min-fidelity', 'wider', '-q']).status).toBe(0);
  });

  test('an invalid rule is a finding, with its place, and the others go on', () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'a.yaml'), 'name: A\nkind: Hunting\nquery: |\n  SigninLogs\n  | where (UserId == "a"\n');
    writeFileSync(join(broken, 'b.yaml'), readFileSync(join(ROOT, RULE), 'utf8'));
    const { status, stderr } = run(['convert', broken, '-t', 'sigma']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/a\.yaml:[45]:\d+ error kql\//);
    expect(stderr).toContain('2 rules: 1 understood, 1 invalid');
  });

  test.each([
    ['an unknown target', ['convert', RULE, '-t', 'sigam'], 'no such target: sigam'],
    ['a missing file', ['convert', 'no/such/rule.yaml'], 'no such file or folder: no/such/rule.yaml'],
    ['an unknown option', ['convert', RULE, '--jsno'], '--json'],
    ['no path', ['convert'], 'path'],
    ['a bad verdict', ['convert', RULE, '--min-fidelity', 'good'], 'exact, wider, narrower, differs'],
  ])('wrong use: %s', (_what, args, says) => {
    const { status, stderr, stdout } = run(args);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
  });

  test('help names every option and what the verdicts mean', () => {
    const { status, stdout } = run(['convert', '--help']);
    expect(status).toBe(0);
    for (const word of [
      '--target',
      '--output',
      '--json',
      '--min-fidelity',
      '--best-effort',
      '--terms',
      '--fields',
      'refused',
      'Exit codes',
    ]) {
      expect(stdout).toContain(word);
    }
    for (const target of targets) expect(stdout).toContain(target.id);
  });
});
