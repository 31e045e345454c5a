/** Finding and reading the files that a command is given. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';

/** A file to read, and where it stands below the path that led to it. */
export interface InputFile {
  /** As it is to be shown: relative to the working folder where it lies below it; always with `/`. */
  readonly path: string;
  readonly absolute: string;
  /** Below the folder given on the command line; just the file's name when the file itself was given. */
  readonly below: string;
  /** Whether the file was named, rather than found in a folder. */
  readonly named: boolean;
  readonly standardInput: boolean;
}

/** Files larger than this are not read: no rule comes near, and a mistaken path should not fill the memory. */
export const LARGEST_FILE = 8 * 1024 * 1024;

const EXTENSIONS = ['yaml', 'yml', 'json', 'kql'];

/** A path given on the command line that does not exist or cannot be read; the message says which. */
export class InputError extends Error {}

/**
 * All files for the given paths: folders are searched to their depth, in a stable order; no file comes twice. Throws an
 * {@link InputError} for a path that does not exist, and for a folder without any file that may hold `what`.
 */
export function findFiles(paths: readonly string[], what = 'rules'): readonly InputFile[] {
  const found = new Map<string, InputFile>();
  for (const path of paths) {
    if (path === '-') {
      const below = 'stdin.yaml';
      found.set(path, { path: '<stdin>', absolute: path, below, named: true, standardInput: true });
      continue;
    }
    const absolute = resolve(path);
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) throw new InputError(`no such file or folder: ${path}`);
    if (!stat.isDirectory()) {
      const below = basename(absolute);
      found.set(absolute, { path: shownPath(absolute), absolute, below, named: true, standardInput: false });
      continue;
    }
    const inside = filesBelow(absolute);
    if (inside.length === 0) {
      const endings = EXTENSIONS.map((ending) => `.${ending}`).join(', ');
      throw new InputError(`no ${what} found in ${path}: it holds no file that ends with ${endings}`);
    }
    for (const name of inside) {
      if (found.has(name)) continue;
      const below = slashes(relative(absolute, name));
      found.set(name, { path: shownPath(name), absolute: name, below, named: false, standardInput: false });
    }
  }
  return [...found.values()];
}

function isLinkToFile(entry: Dirent, path: string): boolean {
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Files with a known ending below a folder, sorted. Links to folders, hidden and installed things are not entered. */
function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(next, entry.name);
      const ending = entry.name.slice(entry.name.lastIndexOf('.') + 1).toLowerCase();
      if (entry.isDirectory()) pending.push(path);
      else if (EXTENSIONS.includes(ending) && (entry.isFile() || isLinkToFile(entry, path))) found.push(path);
    }
  }
  return found.sort();
}

/** The file's text, or why there is none. Bytes that are no UTF-8 become U+FFFD. */
export function readText(file: InputFile): { readonly text: string } | { readonly problem: string } {
  try {
    const size = statSync(file.absolute).size;
    if (size > LARGEST_FILE) return { problem: `the file has ${size} bytes; more than ${LARGEST_FILE} are not read` };
    return { text: decode(readFileSync(file.absolute)) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Everything on standard input. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return decode(Buffer.concat(chunks));
}

/** UTF-8, or UTF-16 where a byte order mark says so. The mark itself stays: offsets count from the file's start. */
export function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

function shownPath(absolute: string): string {
  const fromHere = relative(process.cwd(), absolute);
  return slashes(fromHere.startsWith(`..${sep}..${sep}..${sep}..`) ? absolute : fromHere);
}

function slashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
