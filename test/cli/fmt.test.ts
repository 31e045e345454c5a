/** `ruleglot fmt` as people run it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildCommand, removeCommand, run } from './run.ts';

const MESSY = 'name: A\nquery: |\n  SigninLogs|where UserId=="a" // why\n  |take 5\nversion: 1\n';
const NEAT = 'name: A\nquery: |\n  SigninLogs\n  | where UserId == "a" // why\n  | take 5\nversion: 1\n';
const BROKEN = 'name: B\nquery: |\n  SigninLogs | where (UserId == "a"\n';

let folder = '';
beforeAll(async () => {
  await buildCommand();
  folder = mkdtempSync(join(tmpdir(), 'ruleglot-fmt-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeCommand();
});

const inFolder = (name: string): string => join(folder, name);

beforeEach(() => {
  rmSync(inFolder('rules'), { recursive: true, force: true });
  mkdirSync(inFolder('rules/sub'), { recursive: true });
  writeFileSync(inFolder('rules/messy.yaml'), MESSY);
  writeFileSync(inFolder('rules/sub/neat.yml'), NEAT);
  writeFileSync(inFolder('rules/package.json'), '{"name": "no rule"}');
});

describe('ruleglot fmt', () => {
  test('formats in place, and touches no file that has its layout', () => {
    const before = statSync(inFolder('rules/sub/neat.yml')).mtimeMs;
    expect(run(['fmt', 'rules'], { cwd: folder })).toEqual({
      status: 0,
      stdout: '',
      stderr: 'formatted 1 of 2 files\n',
    });
    expect(readFileSync(inFolder('rules/messy.yaml'), 'utf8')).toBe(NEAT);
    expect(statSync(inFolder('rules/sub/neat.yml')).mtimeMs).toBe(before);
    expect(run(['fmt', 'rules', '--check'], { cwd: folder }).status).toBe(0);
  });

  test('--check lists what would change and writes nothing', () => {
    expect(run(['fmt', 'rules', '--check'], { cwd: folder })).toEqual({
      status: 1,
      stdout: 'rules/messy.yaml\n',
      stderr: 'would format 1 of 2 files\n',
    });
    expect(readFileSync(inFolder('rules/messy.yaml'), 'utf8')).toBe(MESSY);
  });

  test('--diff shows what would change', () => {
    const { status, stdout } = run(['fmt', 'rules/messy.yaml', '--diff', '-q'], { cwd: folder });
    expect(status).toBe(1);
    expect(stdout).toBe(
      [
        '--- rules/messy.yaml',
        '+++ rules/messy.yaml',
        '@@ -1,6 +1,7 @@',
        ' name: A',
        ' query: |',
        '-  SigninLogs|where UserId=="a" // why',
        '-  |take 5',
        '+  SigninLogs',
        '+  | where UserId == "a" // why',
        '+  | take 5',
        ' version: 1',
        ' ',
        '',
      ].join('\n'),
    );
    expect(readFileSync(inFolder('rules/messy.yaml'), 'utf8')).toBe(MESSY);
  });

  test('standard input comes out formatted, rule or query', () => {
    expect(run(['fmt', '-'], { input: MESSY })).toEqual({ status: 0, stdout: NEAT, stderr: '' });
    expect(run(['fmt', '-'], { input: 'T|take 1' })).toEqual({ status: 0, stdout: 'T\n| take 1\n', stderr: '' });
  });

  test('a query that cannot be read is a finding; what comes in on standard input comes out', () => {
    writeFileSync(inFolder('rules/broken.yaml'), BROKEN);
    const { status, stderr } = run(['fmt', 'rules', '-q'], { cwd: folder });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^rules\/broken\.yaml:\d+:\d+ error kql\/unclosed-bracket .*\n$/);
    expect(readFileSync(inFolder('rules/broken.yaml'), 'utf8')).toBe(BROKEN);
    expect(readFileSync(inFolder('rules/messy.yaml'), 'utf8')).toBe(NEAT);
    expect(run(['fmt', '-', '-q'], { input: BROKEN })).toMatchObject({ status: 1, stdout: BROKEN });
  });

  test('keeps the encoding of a file, and writes none that it cannot give back', () => {
    const bytes = Buffer.from(`\ufeff${MESSY}`, 'utf16le');
    writeFileSync(inFolder('rules/messy.yaml'), bytes);
    expect(run(['fmt', 'rules/messy.yaml'], { cwd: folder }).status).toBe(0);
    expect(readFileSync(inFolder('rules/messy.yaml')).equals(Buffer.from(`\ufeff${NEAT}`, 'utf16le'))).toBe(true);
    const latin = Buffer.from(MESSY.replace('why', 'caf\u00e9'), 'latin1');
    writeFileSync(inFolder('rules/messy.yaml'), latin);
    const { status, stderr } = run(['fmt', 'rules/messy.yaml'], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toContain('holds bytes that are no UTF-8; it is not written');
    expect(readFileSync(inFolder('rules/messy.yaml')).equals(latin)).toBe(true);
  });

  test('wrong use', () => {
    expect(run(['fmt', 'rules', '--width', 'wide'], { cwd: folder }).status).toBe(2);
    expect(run(['fmt', 'rules/package.json', '--check'], { cwd: folder }).status).toBe(1);
    expect(run(['fmt', 'nowhere'], { cwd: folder }).stderr).toBe('ruleglot: no such file or folder: nowhere\n');
    for (const line of run(['fmt', '--help']).stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
