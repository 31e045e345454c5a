/** Bundles `fuzz.ts` as the product is bundled, and runs it: loaders for development make every closure several times slower. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsdown';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'node_modules', '.cache', `ruleglot-fuzz-${process.pid}`);

mkdirSync(FOLDER, { recursive: true });
process.on('exit', () => {
  rmSync(FOLDER, { recursive: true, force: true });
});
await build({
  config: false,
  cwd: ROOT,
  entry: { fuzz: join(import.meta.dirname, 'fuzz.ts') },
  outDir: FOLDER,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  dts: false,
  fixedExtension: false,
  define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
  logLevel: 'error',
  report: false,
});
await import(pathToFileURL(join(FOLDER, 'fuzz.js')).href);
