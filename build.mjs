// Turns what people write (grammars, templates) into what programs load: Ohm grammar bundles with their types, and
// precompiled Handlebars templates. Runs before the tests, the type check and the build; its output is not in git.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

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
