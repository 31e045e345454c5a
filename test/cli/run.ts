/** The command as people run it: built once, then arguments in, streams and exit code out. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'tsdown';

export const ROOT = join(import.meta.dirname, '../..');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What stands on standard input. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder; the repository's root unless given. */
  readonly cwd?: string;
}

/** Below the installed packages, so that the bundle finds those it leaves out. */
const FOLDER = join(ROOT, 'node_modules', '.cache', `ruleglot-test-${process.pid}`);

let built: Promise<unknown> | undefined;

/** Bundles the command; to be awaited before {@link run}. */
export async function buildCommand(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  built ??= build({
    config: false,
    cwd: ROOT,
    entry: { cli: join(ROOT, 'src/cli/main.ts') },
    outDir: FOLDER,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    dts: false,
    fixedExtension: false,
    logLevel: 'error',
    report: false,
  });
  await built;
}

/** Removes what {@link buildCommand} made. */
export function removeCommand(): void {
  rmSync(FOLDER, { recursive: true, force: true });
}

export function run(args: readonly string[], options: RunOptions = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(FOLDER, 'cli.js'), ...args], {
    cwd: options.cwd ?? ROOT,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, FORCE_COLOR: '', NO_COLOR: '', ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}
