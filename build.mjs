// Turns what people write (grammars, templates, field mappings) into what programs load: Ohm grammar bundles with their
// types, precompiled Handlebars templates, and the crosswalk as one module. Runs before the tests, the type check and the build; its output is not in git.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const Handlebars = require('handlebars');

const isStale = (output, ...inputs) => {
  try {
    const made = statSync(output).mtimeMs;
    return inputs.some((input) => statSync(input).mtimeMs > made);
  } catch {
    return true;
  }
};

const grammars = readdirSync('grammar')
  .filter((name) => name.endsWith('.ohm'))
  .map((name) => join('grammar', name))
  .filter((path) => isStale(`${path}-bundle.js`, path, 'package-lock.json'));
if (grammars.length > 0) {
  const ohm = join('node_modules', '@ohm-js', 'cli', 'index.js');
  execFileSync(process.execPath, [ohm, 'generateBundles', '--withTypes', '--esm', ...grammars], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

for (const target of readdirSync('targets', { withFileTypes: true })) {
  if (!target.isDirectory()) continue;
  const folder = join('targets', target.name);
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.hbs')) continue;
    const path = join(folder, name);
    if (!isStale(`${path}.js`, path, 'package-lock.json', 'build.mjs')) continue;
    const compiled = Handlebars.precompile(readFileSync(path, 'utf8'), { strict: true, noEscape: true });
    const code = [
      "import Handlebars from 'handlebars/runtime.js';",
      `const template = Handlebars.template(${compiled});`,
      '/** The rendered template; throws when a name it uses is missing. */',
      'export default (context) => template(context, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });',
      '',
    ].join('\n');
    writeFileSync(`${path}.js`, code);
  }
}

// The crosswalk: every mapping file as one line of JSON in a string, so that a table costs nothing until it is asked for.
const fields = join('targets', 'fields');
const yamlFiles = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name));
const tableFiles = yamlFiles(fields);
const sharedFiles = yamlFiles(join(fields, 'shared'));
const crosswalk = join(fields, 'crosswalk.generated.js');
if (isStale(crosswalk, fields, join(fields, 'shared'), ...tableFiles, ...sharedFiles, 'build.mjs')) {
  const entries = (paths) =>
    paths
      .map((path) => {
        const content = parse(readFileSync(path, 'utf8'));
        return `  [${JSON.stringify(basename(path, '.yaml'))}, ${JSON.stringify(JSON.stringify(content))}],\n`;
      })
      .join('');
  const code = `export const TABLES = new Map([\n${entries(tableFiles)}]);\nexport const SHARED_SETS = new Map([\n${entries(sharedFiles)}]);\n`;
  writeFileSync(crosswalk, code);
  const types = ['TABLES', 'SHARED_SETS'].map((name) => `export declare const ${name}: ReadonlyMap<string, string>;\n`);
  writeFileSync(crosswalk.replace(/\.js$/, '.d.ts'), types.join(''));
}
