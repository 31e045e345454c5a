/** `ruleglot fmt`: lays out the queries of rules anew, in place. */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderDiagnostic } from '../report/code-frame.ts';
import { lineDiff } from '../report/line-diff.ts';
import { counted } from '../report/plural.ts';
import { formatRules } from '../rule/format.ts';
import { SourceFile } from '../source.ts';
import { usesColor } from './color.ts';
import { EXIT } from './exit.ts';
import { decode, findFiles, InputError, readStandardInput, readText } from './files.ts';
import { Progress } from './progress.ts';

export interface FmtFlags {
  /** Write nothing; list the files that would change. */
  readonly check?: boolean;
  /** Write nothing; show what would change. */
  readonly diff?: boolean;
  /** Columns a line of a query may have. */
  readonly width: number;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

/** Runs the command; the exit code. Wrong use throws an {@link InputError}. */
export async function runFmt(paths: readonly string[], flags: FmtFlags): Promise<number> {
  const files = findFiles(paths);
  const progress = new Progress('formatting', files.length, process.stderr, flags.quiet !== true);
  const color = usesColor(process.stderr, flags.color);
  const writes = flags.check !== true && flags.diff !== true;
  let changed = 0;
  let findings = 0;
  let left = 0;
  let rules = 0;

  for (const input of files) {
    progress.step(input.path);
    const read = input.standardInput ? { text: await readStandardInput() } : readText(input);
    if ('problem' in read) throw new InputError(`${input.path}: ${read.problem}`);
    const file = new SourceFile(input.path, read.text);
    const { text, queries, isNoRule, diagnostics } = formatRules(file, { width: flags.width });
    if (isNoRule && !input.named) continue;
    rules += 1;
    progress.clear();
    for (const diagnostic of diagnostics) {
      const isError = diagnostic.severity === 'error';
      if (isError) findings += 1;
      else left += 1;
      if (flags.quiet !== true || isError) {
        const rendered = renderDiagnostic(file, diagnostic, { color });
        process.stderr.write(`${flags.quiet === true ? (rendered.split('\n')[0] ?? '') : rendered}\n`);
      }
    }
    const differs = text !== file.text;
    if (differs) changed += 1;
    if (flags.diff === true && differs) {
      process.stdout.write(lineDiff(file.path, file.text, text, usesColor(process.stdout, flags.color)));
    } else if (flags.check === true && differs) {
      process.stdout.write(`${file.path}\n`);
    } else if (writes && input.standardInput) {
      // Also when nothing could be formatted: what comes in must come out.
      process.stdout.write(text);
    } else if (writes && differs && queries > 0) {
      write(input.absolute, file.text, text);
    }
  }
  progress.clear();
  if (rules === 0) throw new InputError(`no rules found in ${paths.join(', ')}`);
  const isStream = writes && files.every(({ standardInput }) => standardInput);
  if (flags.quiet !== true && !isStream) {
    const verb = writes ? 'formatted' : 'would format';
    const rest = left === 0 ? '' : `; ${counted(left, 'query', 'queries')} left as they are`;
    process.stderr.write(`${verb} ${changed} of ${counted(rules, 'file')}${rest}\n`);
  }
  return findings > 0 || (!writes && changed > 0) ? EXIT.findings : EXIT.fine;
}

/** In the file's own encoding; a file that was not read exactly is not written. */
function write(path: string, before: string, after: string): void {
  const bytes = readFileSync(path);
  if (decode(bytes) !== before) throw new InputError(`${path} has changed meanwhile; it is not written`);
  const marks = [bytes[0], bytes[1]];
  const isLittle = marks[0] === 0xff && marks[1] === 0xfe;
  if (marks[0] === 0xfe && marks[1] === 0xff) throw new InputError(`${path} is in UTF-16 with the high byte first`);
  const encoding = isLittle ? 'utf16le' : 'utf8';
  if (!Buffer.from(before, encoding).equals(bytes)) {
    throw new InputError(`${path} holds bytes that are no ${isLittle ? 'UTF-16' : 'UTF-8'}; it is not written`);
  }
  writeFileSync(path, Buffer.from(after, encoding));
}
