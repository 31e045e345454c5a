/** The command as people run it: arguments in, streams and exit code out. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targets } from '../../targets/index.ts';
import { buildCommand, removeCommand, ROOT, run } from './run.ts';

const RULE = 'examples/has-all-shadow-copies/rule.yaml';

let folder = '';
beforeAll(async () => {
  await buildCommand();
  folder = mkdtempSync(join(tmpdir(), 'ruleglot-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeCommand();
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

  test('standard input may be a bare query', () => {
    const { status, stdout } = run(['convert', '-', '-t', 'sigma', '-q'], {
      input: '// Known bad program\nDeviceProcessEvents\n| where FileName =~ "evil.exe"\n',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('title: Known bad program');
  });

  test('what is refused is said even when quiet, and what would help', () => {
    const input = 'SigninLogs | where AppDisplayName has "x" and geo_distance(1, 2) > 5\n';
    const quiet = run(['convert', '-', '-t', 'splunk', '-q'], { input });
    expect(quiet.status).toBe(0);
    expect(quiet.stdout).toBe('');
    expect(quiet.stderr).toBe(
      'ruleglot: splunk: nothing was written, the rule is refused (splunk/unsupported-function)\n',
    );
    const { stderr } = run(['convert', '-', '-t', 'splunk'], { input });
    expect(stderr).toContain('splunk: refused, nothing was written\n');
    expect(stderr).toMatch(/hint: --best-effort leaves out what is refused, for an output that is wider/);
    expect(run(['convert', '-', '-t', 'splunk', '--min-fidelity', 'differs', '-q'], { input }).status).toBe(1);
  });

  test('several rules without a folder: that nothing was written is said even when quiet', () => {
    const { status, stdout, stderr } = run(['convert', 'examples/inner-join', 'examples/has-all-shadow-copies', '-q']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('Nothing was written: name a folder with -o, or print everything with --json.\n');
  });

  test.skipIf(process.platform !== 'linux')('a folder that cannot be made is wrong use', () => {
    const { status, stderr } = run(['convert', RULE, '-o', '/proc/none/below']);
    expect(status).toBe(2);
    expect(stderr).toContain('ruleglot: cannot make the folder /proc/none');
  });

  test('what is invalid is said even when quiet, in one line', () => {
    const { status, stderr } = run(['convert', '-', '-q'], { input: 'let words = dynamic(["a"]);\n' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'ruleglot: <stdin>:1:1 error lower/no-query The query returns no table: it has only statements.\n',
    );
  });

  test('rules of one title and files of one name keep files of their own', () => {
    const source = join(folder, 'same');
    const text = readFileSync(join(ROOT, RULE), 'utf8');
    for (const path of ['x', 'y']) {
      mkdirSync(join(source, path), { recursive: true });
      writeFileSync(join(source, path, 'rule.yaml'), text);
    }
    writeFileSync(join(source, 'x', 'rule.yml'), text);
    writeFileSync(join(source, 'x', 'Rule.json'), JSON.stringify({ name: 'Other', query: 'SigninLogs' }));
    const out = join(folder, 'same-out');
    const { stderr } = run(['convert', join(source, 'x'), join(source, 'y'), source, '-o', out, '-t', 'splunk']);
    expect(readdirSync(join(out, 'splunk')).sort()).toEqual(['Rule.conf', 'rule-2.conf', 'rule-3.conf', 'rule-4.conf']);
    expect(stderr).toContain('wrote 4 files to ');
    expect(stderr).toMatch(/^3 rules are called 'Shadow copies deleted from the command line': /m);
  });

  test('the rules of one file are told apart by their titles', () => {
    const rules = ['One thing', 'Another: thing'].map((name) => ({ name, query: 'SigninLogs' }));
    const { stdout } = run(['convert', '-', '--json', '-t', 'sigma,splunk'], { input: JSON.stringify(rules) });
    const files = stdout
      .trimEnd()
      .split('\n')
      .flatMap((line) => Object.values((JSON.parse(line) as { outputs: Record<string, { files: string[] }> }).outputs))
      .flatMap((output) => output.files);
    expect(files).toEqual([
      'stdin-one-thing.yml',
      'stdin-one-thing.conf',
      'stdin-another-thing.yml',
      'stdin-another-thing.conf',
    ]);
  });

  test('wrong use: folders without rules, and outputs where no folder can be', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(run(['convert', empty])).toMatchObject({ status: 2, stdout: '' });
    expect(run(['convert', empty]).stderr).toMatch(/^ruleglot: no rules found in \S+: it holds no file that ends with/);
    writeFileSync(join(empty, 'package.json'), '{"name": "x"}');
    expect(run(['convert', empty])).toMatchObject({
      status: 2,
      stderr: `ruleglot: no rules found in ${empty}: 1 file holds none\n`,
    });
    for (const path of [join(empty, 'package.json'), join(empty, 'package.json', 'below')]) {
      const { status, stderr } = run(['convert', RULE, '-o', path]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^ruleglot: cannot write to .* is a file, not a folder\n$/);
    }
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
      '--verbose',
      '--quiet',
      'refused',
      'Exit codes',
    ]) {
      expect(stdout).toContain(word);
    }
    for (const target of targets) expect(stdout).toContain(target.id);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
