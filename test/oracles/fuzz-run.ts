/** One file through everything that reads it, and what went wrong. */
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { compileCodes, compileFile } from '../../src/compile.ts';
import { explain } from '../../src/explain/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { printKql } from '../../src/kql/print.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { renderExplanation } from '../../src/report/explanation.ts';
import { renderDiagnostic } from '../../src/report/code-frame.ts';
import { SourceFile, wholeFile } from '../../src/source.ts';
import type { FuzzInput } from './fuzz-inputs.ts';

export interface FuzzResult {
  /** What was thrown, or said to be a bug; `undefined` when nothing went wrong. */
  readonly crash: string | undefined;
  /** Of processor time: reading and converting the file, or reading and printing its query, whichever takes longer. */
  readonly milliseconds: number;
  readonly isValid: boolean;
}

const crosswalk = loadCrosswalk();

function cpuMilliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** `converts`: to all targets too, and printed and explained; else it is read and understood. */
export function runFuzz({ path, text }: FuzzInput, converts: boolean): FuzzResult {
  // The process's own time: other programs on a busy machine do not count.
  const start = process.cpuUsage();
  let milliseconds: number | undefined;
  let isValid = false;
  let crash: string | undefined;
  try {
    const file = new SourceFile(path, text);
    const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk } as const;
    for (const rule of compileFile(file, converts ? options : { ...options, targets: [] })) {
      isValid ||= rule.status === 'ok';
      const findings = [...rule.diagnostics, ...rule.outputs.flatMap(({ notes }) => notes)];
      crash ??= findings.find(({ code }) => code === `${compileCodes.area}/error`)?.message;
      if (!converts) continue;
      for (const finding of findings.slice(0, 5)) renderDiagnostic(file, finding, { color: false });
      if (rule.detection !== undefined) {
        renderExplanation(file, explain(rule.detection, { schemaOf }), { color: false });
      }
    }
    milliseconds = cpuMilliseconds(start);
    if (converts && path.endsWith('.kql')) {
      const restart = process.cpuUsage();
      const { query } = parseKql(wholeFile(text));
      const printed = query === undefined ? undefined : printKql(query);
      milliseconds = Math.max(milliseconds, cpuMilliseconds(restart));
      // Reading it again is our own check: it takes no user's time.
      if (printed !== undefined && parseKql(wholeFile(printed)).query === undefined) crash ??= 'printed wrongly';
    }
  } catch (error) {
    crash =
      error instanceof Error
        ? `${error.message}\n${(error.stack ?? '').split('\n').slice(1, 6).join('\n')}`
        : String(error);
  }
  return { crash, milliseconds: milliseconds ?? cpuMilliseconds(start), isValid };
}
