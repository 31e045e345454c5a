#!/usr/bin/env node
/** The `ruleglot` command: declares the commands, loads the one that is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import type { ConvertFlags } from './convert.ts';
import type { ExplainFlags } from './explain.ts';
import type { VerifyFlags } from './verify.ts';
import type { WitnessFlags } from './witness.ts';
import { EXIT } from './exit.ts';
import type { FmtFlags } from './fmt.ts';

const program = new Command('ruleglot')
  .description(
    'Converts Microsoft Sentinel analytics rules (YAML around KQL) to Sigma, Splunk SPL and\nGoogle SecOps YARA-L, and says how faithful every output is.',
  )
  .version(packageFile.version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .showHelpAfterError('(run with --help for the options)')
  .configureHelp({ sortSubcommands: false })
  .configureOutput({ getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth })
  .exitOverride();

program
  .command('convert')
  .description('convert rules to other SIEMs')
  .argument('<path...>', 'files (.yaml, .yml, .json, .kql) or folders; - reads a rule or a query from standard input')
  .option('-t, --target <names>', 'targets, separated by commas: sigma, splunk, chronicle (default: all)', addNames)
  .option('-o, --output <folder>', 'write files to FOLDER/TARGET/... instead of standard output')
  .option('--json', 'print one JSON object for each rule and line (format: docs/json.md)')
  .addOption(
    new Option('--min-fidelity <verdict>', 'fail (exit code 1) when an output is less faithful than this').choices([
      'exact',
      'wider',
      'narrower',
      'differs',
    ]),
  )
  .option('--best-effort', 'convert what can be said even where something has to be left out; its effect is noted')
  .addOption(
    new Option(
      '--terms <form>',
      'where a language has no test for a word: a readable substring (wider) or a regular expression',
    )
      .choices(['contains', 'exact'])
      .default('contains'),
  )
  .addOption(
    new Option('--case <form>', 'where a language ignores letter case: leave it so (wider) or say the case')
      .choices(['ignore', 'exact'])
      .default('ignore'),
  )
  .option(
    '--fields <file>',
    'field mappings of your own (docs/fields.md), which win over the built-in ones; may be given several times',
    addFile,
  )
  .option('--color', 'colour even where the output is no terminal')
  .option('--no-color', 'no colour')
  .addOption(
    new Option('-q, --quiet', 'only the outputs; on standard error one line where there is none').conflicts('verbose'),
  )
  .option(
    '--verify',
    'run every output on events made from the rule, and fail (exit code 1) when its verdict does not hold',
  )
  .option('-v, --verbose', 'every note by itself with its source line; else notes are summarised')
  .addHelpText(
    'after',
    `
Verdicts, from most to least faithful:
  exact      fires on the same events
  wider      fires on all of them, and more
  narrower   misses some
  differs    both
  refused    cannot be said in that language: no output (see --best-effort)

Exit codes:
  0          fine; refused outputs too, unless --min-fidelity is given (standard error names them)
  1          findings: an invalid rule, an output below --min-fidelity, a verdict that does not
             hold (--verify)
  2          wrong use, no rules found, or an internal error

Examples:
  ruleglot convert rule.yaml                       all targets to standard output
  ruleglot convert rule.yaml -t sigma > rule.yml   one target, the report on the terminal
  ruleglot convert rules/ -o converted/            a folder
  ruleglot convert rules/ --min-fidelity wider     for continuous integration
  ruleglot convert - -t splunk < query.kql         a query or a rule from standard input`,
  )
  .action(async (paths: string[], flags: ConvertFlags) => {
    const { runConvert } = await import('./convert.ts');
    process.exitCode = await runConvert(paths, flags);
  });

program
  .command('explain')
  .description('say what was understood of rules: operators, tables, indicators, columns, entities')
  .argument('<path...>', 'rule files (.yaml, .yml, .json, .kql) or folders of them; - reads standard input')
  .option('--json', 'print one JSON object for each rule and line (format: docs/json.md)')
  .option('--color', 'colour even where the output is no terminal')
  .option('--no-color', 'no colour')
  .option('-q, --quiet', 'no findings on standard error')
  .action(async (paths: string[], flags: ExplainFlags) => {
    const { runExplain } = await import('./explain.ts');
    process.exitCode = await runExplain(paths, flags);
  });

program
  .command('verify')
  .description('run rules and their outputs on events: show that they alert alike, or on which events they do not')
  .argument('<path...>', 'rule files (.yaml, .yml, .json, .kql) or folders of them; - reads standard input')
  .option('-t, --target <names>', 'targets, separated by commas: sigma, splunk, chronicle (default: all)', addNames)
  .option('--events <file>', 'run them on these events, too: JSON, one event a line, with its table in Type', addFile)
  .option('--json', 'print one JSON object for each rule and line (format: docs/json.md)')
  .option('--best-effort', 'verify what --best-effort converts')
  .addOption(new Option('--terms <form>', 'as for convert').choices(['contains', 'exact']).default('contains'))
  .addOption(new Option('--case <form>', 'as for convert').choices(['ignore', 'exact']).default('ignore'))
  .option('--fields <file>', 'field mappings of your own; may be given several times', addFile)
  .option('--color', 'colour even where the output is no terminal')
  .option('--no-color', 'no colour')
  .option('-q, --quiet', 'only what contradicts a verdict, and the exit code')
  .addHelpText(
    'after',
    `
Events are made from the rule (see ruleglot witness): such that it alerts, and such that it just does not. Each
output is read back from its text and run on them with the meaning of its own language. Compared is whether
there is an alert.

Exit codes: 0 nothing contradicts a verdict, 1 an output does (an exact one that disagrees, a wider one that misses,
a narrower one that alerts on more) or a rule is invalid, 2 wrong use or an internal error.`,
  )
  .action(async (paths: string[], flags: VerifyFlags) => {
    const { runVerify } = await import('./verify.ts');
    process.exitCode = await runVerify(paths, flags);
  });

program
  .command('witness')
  .description('print events that make a rule fire, and events that just do not, one case a line')
  .argument('<path...>', 'rule files (.yaml, .yml, .json, .kql) or folders of them; - reads standard input')
  .addOption(
    new Option('--as <form>', 'events as a target has them, in the fields of its data').choices([
      'splunk',
      'sigma',
      'udm',
    ]),
  )
  .option('--fields <file>', 'field mappings of your own; may be given several times', addFile)
  .option('-q, --quiet', 'no summary on standard error')
  .addHelpText(
    'after',
    `
Each line is a JSON object: what the case shows, whether the rule fires on it, where in the rule its subject
stands, and the events. Rows of a watchlist have watchlist:NAME for their table.`,
  )
  .action(async (paths: string[], flags: WitnessFlags) => {
    const { runWitness } = await import('./witness.ts');
    process.exitCode = await runWitness(paths, flags);
  });

program
  .command('fmt')
  .description('lay out the queries of rules anew, in place; the file around them stays as it is')
  .argument('<path...>', 'files (.yaml, .yml, .json, .kql) or folders; - formats standard input to standard output')
  .option('--check', 'write nothing; list the files that would change, with exit code 1 when there are any')
  .option('--diff', 'write nothing; show what would change, with exit code 1 when something would')
  .option('--width <columns>', 'columns that a line of a query may have', readWidth, 120)
  .option('--color', 'colour even where the output is no terminal')
  .option('--no-color', 'no colour')
  .option('-q, --quiet', 'only errors on standard error')
  .addHelpText(
    'after',
    `
Only layout changes: words, their order and comments stay, each comment in its operator. A query
that cannot be laid out so is left as it is, with a warning. Queries in folded or quoted YAML become
literal blocks; in JSON they stay strings.

Exit codes: 0 fine, 1 a query that cannot be read (or, with --check or --diff, a file that would
change), 2 wrong use or an internal error.`,
  )
  .action(async (paths: string[], flags: FmtFlags) => {
    const { runFmt } = await import('./fmt.ts');
    process.exitCode = await runFmt(paths, flags);
  });

function readWidth(value: string): number {
  const width = Number(value);
  if (!Number.isInteger(width) || width < 20 || width > 1000)
    throw new InvalidArgumentError('Give a number from 20 to 1000.');
  return width;
}

/** Cells of the terminal, but no line longer than people like to read. */
function helpWidth(): number {
  return Math.min(process.stdout.columns || 100, 100);
}

function addNames(value: string, before: readonly string[] = []): readonly string[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Name at least one target.');
  return [...before, ...names];
}

function addFile(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

// `ruleglot ... | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.failure;
  } else {
    process.stderr.write(`ruleglot: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failure;
  }
}
