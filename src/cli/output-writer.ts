/** Writes outputs below a folder. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import type { Output, OutputFile } from '../../targets/target.ts';
import { InputError } from './files.ts';
import type { InputFile } from './files.ts';

/** Two outputs never share a file: the second gets a number. */
export class OutputWriter {
  readonly #folder: string;
  readonly #taken = new Set<string>();
  #count = 0;

  /** Throws an {@link InputError} where `folder` cannot be one. */
  constructor(folder: string) {
    this.#folder = folder;
    for (let path = resolve(folder); path !== dirname(path); path = dirname(path)) {
      if (!existsSync(path)) continue;
      if (statSync(path).isDirectory()) return;
      throw new InputError(
        `cannot write to ${folder}: ${path === resolve(folder) ? 'it' : path} is a file, not a folder`,
      );
    }
  }

  /** How many files were written. */
  get count(): number {
    return this.#count;
  }

  /** The paths written, below the folder, for each output. */
  write(input: InputFile, outputs: readonly Output[]): ReadonlyMap<Output, readonly string[]> {
    return new Map(outputs.map((output) => [output, output.files.map((file) => this.#place(input, output, file))]));
  }

  #place(input: InputFile, output: Output, file: OutputFile): string {
    const folder = posix.join(output.target, posix.dirname(input.below));
    const dot = file.name.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [file.name.slice(0, dot), file.name.slice(dot)] : [file.name, ''];
    let path = posix.join(folder, file.name);
    // Compared without case: the output may be unpacked on a file system that does not tell a from A.
    for (let copy = 2; this.#taken.has(path.toLowerCase()); copy++)
      path = posix.join(folder, `${stem}-${copy}${ending}`);
    this.#taken.add(path.toLowerCase());
    const absolute = join(this.#folder, path);
    makeFolder(dirname(absolute));
    writeFileSync(absolute, file.text);
    this.#count += 1;
    return path;
  }
}

/** Makes a folder and those above it, one by one: Node's recursive `mkdir` never ends where a folder cannot be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`cannot make the folder ${path}: ${reason}`);
  }
}
