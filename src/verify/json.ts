/** A verification as a line of JSON; the format stands in docs/json.md. */
import type { CompiledRule } from '../compile.ts';
import { JSON_FORMAT } from '../report/json.ts';
import type { SourceFile, Span } from '../source.ts';
import type { Disagreement, RuleVerification, Verification } from './index.ts';

/** Disagreements that are written out for each output; all are counted. */
const MOST_WRITTEN = 20;

export function verificationLine(rule: CompiledRule, verification: RuleVerification): string {
  const { witnesses, cases, outputs } = verification;
  const { leaves, decisive, bothWays } = witnesses.coverage;
  const line = {
    format: JSON_FORMAT,
    path: rule.file.path,
    id: rule.id ?? null,
    name: rule.name,
    cases,
    witnesses: {
      count: witnesses.witnesses.length,
      firing: witnesses.witnesses.filter(({ fires }) => fires).length,
      cut: witnesses.cut,
      problem: witnesses.problem ?? null,
    },
    tests: { count: leaves, decisive, bothWays },
    outputs: Object.fromEntries(outputs.map((output) => [output.target, outputJson(rule.file, output)])),
  };
  return `${JSON.stringify(line)}\n`;
}

function outputJson(file: SourceFile, output: Verification): unknown {
  const { verdict, status, reason, compared, agreeing, disagreements } = output;
  return {
    verdict,
    status,
    reason: reason ?? null,
    compared,
    agreeing,
    disagreements: disagreements
      .toSorted((left, right) => Number(right.contradicts) - Number(left.contradicts))
      .slice(0, MOST_WRITTEN)
      .map((one) => disagreementJson(file, one)),
  };
}

function disagreementJson(file: SourceFile, one: Disagreement): unknown {
  const { purpose, span, source, output, contradicts, events } = one;
  return { contradicts, purpose, ...placeOf(file, span), source, output, events };
}

/** Line and column of a place; nulls where there is none. */
export function placeOf(
  file: SourceFile,
  span: Span | undefined,
): { readonly line: number | null; readonly column: number | null } {
  if (span === undefined || span.end === 0) return { line: null, column: null };
  return file.positionAt(span.start);
}
