/**
 * What others make of the Sigma that we emit: the official JSON schemas, and pySigma (its parser, its core validators, its
 * Splunk backend). `npm run oracle:sigma` converts the shared rules, or the examples where those are absent;
 * `npm run oracle:sigma -- FOLDER` judges the Sigma files below a folder. `--exact` converts with the exact forms of
 * text tests, `--every N` takes each Nth rule only. Exit code 1 on a failure.
 *
 * pySigma runs in a virtual environment of its own, made on the first run. Without Python, or without the packages, this
 * says so and judges by the schemas only.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { globSync } from 'tinyglobby';
import { parseAllDocuments } from 'yaml';
import { compileFile } from '../../src/compile.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { targetById } from '../../targets/index.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SHARED = resolve(ROOT, '..', 'shared');
const SENTINEL = join(SHARED, 'corpus', 'sentinel');
const SCHEMAS = join(SHARED, 'reference', 'sigma');
const CACHE = join(ROOT, 'node_modules', '.cache', 'pysigma');
const REQUIREMENTS = join(import.meta.dirname, 'pysigma-requirements.txt');
const CHECK = join(import.meta.dirname, 'pysigma_check.py');

/** What is judged: one source rule, or one file, with the Sigma files made of it. */
interface Subject {
  readonly path: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

interface Failure {
  readonly path: string;
  readonly check: string;
  readonly message: string;
}

interface Judgement {
  readonly output: string;
  readonly parse: string | null;
  readonly issues: readonly string[];
  readonly convert: string | null;
  readonly queries: number;
}

/**
 * What pySigma's Splunk backend does not have, whoever writes the rule: these are counted apart. By what its message
 * begins with; each with the construct that the specification defines.
 */
const BACKEND_LACKS: readonly { readonly message: RegExp; readonly construct: string }[] = [
  {
    message: /^NotImplementedError: Correlation type '\w+' is not supported by backend/,
    construct: 'the type of correlation',
  },
  {
    message: /^SigmaFeatureNotSupportedByBackendError: ORing FieldRef matching/,
    construct: 'comparisons of fields among alternatives',
  },
];

function convertRules(every: number, exact: boolean): readonly Subject[] {
  const sigma = targetById('sigma');
  if (sigma === undefined) throw new Error('no target sigma');
  const crosswalk = loadCrosswalk();
  const folder = existsSync(SENTINEL) ? SENTINEL : join(ROOT, 'examples');
  const paths = globSync('**/*.{yaml,yml}', { cwd: folder, expandDirectories: false, ignore: ['**/expected*'] }).sort();
  const taken = paths.filter((_, index) => index % every === 0);
  return taken.flatMap((path) =>
    compileFile(new SourceFile(path, readFileSync(join(folder, path), 'utf8')), {
      terms: exact ? 'exact' : 'contains',
      letterCase: exact ? 'exact' : 'ignore',
      bestEffort: false,
      crosswalk,
      targets: [sigma],
    }).flatMap(({ outputs }) =>
      outputs.filter(({ files }) => files.length > 0).map(({ files }): Subject => ({ path, files })),
    ),
  );
}

function readRules(folder: string): readonly Subject[] {
  return globSync('**/*.{yaml,yml}', { cwd: folder })
    .sort()
    .map((path) => ({
      path,
      files: [{ name: path.replaceAll('/', '_'), text: readFileSync(join(folder, path), 'utf8') }],
    }));
}

// ---------------------------------------------------------------------------------------------- schemas

function judgeBySchemas(subjects: readonly Subject[]): readonly Failure[] {
  const ajv = new Ajv2020.default({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const schema = (name: string) => ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8')) as object);
  const isRule = schema('sigma-detection-rule-schema.json');
  const isCorrelation = schema('sigma-correlation-rules-schema.json');
  return subjects.flatMap(({ path, files }) =>
    files.flatMap(({ text }) =>
      parseAllDocuments(text, { version: '1.1' }).flatMap((document): readonly Failure[] => {
        const data: unknown = document.toJS();
        const validate = typeof data === 'object' && data !== null && 'correlation' in data ? isCorrelation : isRule;
        return validate(data) ? [] : [{ path, check: 'schema', message: ajv.errorsText(validate.errors) }];
      }),
    ),
  );
}

// ---------------------------------------------------------------------------------------------- pySigma

/** The Python of an environment with the pinned packages; or why there is none. */
function preparePython(): { readonly python: string } | { readonly missing: string } {
  const environment = join(CACHE, 'venv');
  const stamp = join(CACHE, 'requirements.txt');
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === wanted) return { python };
  const system = ['python3', 'python'].find(
    (name) => spawnSync(name, ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']).status === 0,
  );
  if (system === undefined) return { missing: 'there is no Python 3.10 or later with the module venv' };
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const steps = [
    [system, ['-m', 'venv', environment]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]],
  ] as const;
  for (const [command, args] of steps) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0)
      return { missing: `'${command} ${args.join(' ')}' failed: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  }
  writeFileSync(stamp, wanted);
  return { python };
}

function judgeByPySigma(python: string, subjects: readonly Subject[]): readonly Judgement[] {
  const folder = join(CACHE, 'rules');
  rmSync(folder, { recursive: true, force: true });
  for (const [index, { files }] of subjects.entries()) {
    for (const { name, text } of files) {
      const path = join(folder, String(index).padStart(5, '0'), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  const printed = execFileSync(python, [CHECK, folder], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Judgement);
}

// ---------------------------------------------------------------------------------------------- report

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { every: { type: 'string', default: '1' }, exact: { type: 'boolean', default: false } },
  });
  const [folder] = positionals;
  const subjects = folder === undefined ? convertRules(Number(values.every), values.exact) : readRules(resolve(folder));
  const failures: Failure[] = [];
  const rows: [string, number, number][] = [];
  const count = (check: string, found: readonly Failure[]): void => {
    failures.push(...found);
    rows.push([check, subjects.length - new Set(found.map(({ path }) => path)).size, subjects.length]);
  };
  console.log(`Sigma outputs judged: ${subjects.length}`);
  if (existsSync(SCHEMAS)) count('official JSON schemas', judgeBySchemas(subjects));
  else console.log('SKIPPED: official JSON schemas (no ../shared/reference/sigma)');
  const prepared = preparePython();
  const lacking = new Map<string, number>();
  if ('missing' in prepared) console.log(`SKIPPED: pySigma (${prepared.missing})`);
  else {
    const judgements = judgeByPySigma(prepared.python, subjects);
    const found = (check: string, messages: (judgement: Judgement) => readonly string[]): readonly Failure[] =>
      judgements.flatMap((judgement, index) =>
        messages(judgement).map((message) => ({ path: subjects[index]?.path ?? judgement.output, check, message })),
      );
    count(
      'pySigma parses',
      found('parse', ({ parse }) => (parse === null ? [] : [parse])),
    );
    count(
      'pySigma core validators',
      found('validators', ({ issues }) => issues),
    );
    const conversion = found('splunk', ({ convert, queries }) => {
      if (convert === null) return queries === 0 ? ['no query came out'] : [];
      const known = BACKEND_LACKS.find(({ message }) => message.test(convert));
      if (known === undefined) return [convert];
      lacking.set(known.construct, (lacking.get(known.construct) ?? 0) + 1);
      return [];
    });
    count('pySigma converts to Splunk', conversion);
    const [, converted] = rows.at(-1) ?? ['', 0];
    const lacked = [...lacking.values()].reduce((sum, times) => sum + times, 0);
    rows[rows.length - 1] = ['pySigma converts to Splunk', converted - lacked, subjects.length];
  }
  const width = Math.max(...rows.map(([check]) => check.length));
  for (const [check, passed, of] of rows) {
    const share = of === 0 ? '' : ` (${((100 * passed) / of).toFixed(1)} %)`;
    console.log(`  ${check.padEnd(width)}  ${passed} of ${of}${share}`);
  }
  for (const [construct, times] of lacking)
    console.log(`  pySigma's Splunk backend does not have ${construct}: ${times}`);
  for (const { path, check, message } of failures) console.log(`${check}: ${path}\n  ${message}`);
  return failures.length === 0 ? 0 : 1;
}

process.exitCode = main();
