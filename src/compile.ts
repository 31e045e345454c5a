/** The whole way in one function: the text of a file in, its rules and their outputs out. */
import { targets as allTargets } from '../targets/index.ts';
import type { ConversionOptions, Output, Target } from '../targets/target.ts';
import { defineCatalogue } from './diagnostic.ts';
import type { Diagnostic, Note, Verdict } from './diagnostic.ts';
import type { Detection } from './ir/types.ts';
import { lowerRule } from './kql/lower/index.ts';
import { parseKql } from './kql/parse.ts';
import { schemaOf } from './kql/schema/schema.ts';
import { detectionParts } from './rule/detection-parts.ts';
import { readRule } from './rule/read.ts';
import { fileStem } from './rule/rule-reader.ts';
import type { RuleEntry, RuleKind, SentinelRule } from './rule/types.ts';
import type { SourceFile, Span } from './source.ts';

/** One rule of a file, with what was understood and what became of it. */
export interface CompiledRule {
  readonly file: SourceFile;
  readonly id: string | undefined;
  readonly name: string;
  readonly kind: RuleKind;
  readonly status: 'ok' | 'invalid';
  readonly diagnostics: readonly Diagnostic[];
  /** `undefined` when invalid. */
  readonly detection: Detection | undefined;
  /** One for each target asked for, in that order; empty when invalid. */
  readonly outputs: readonly Output[];
}

export interface CompileOptions extends Omit<ConversionOptions, 'sourceName'> {
  /** Default: all. */
  readonly targets?: readonly Target[];
}

export const compileCodes = defineCatalogue('internal', {
  error: {
    summary: 'The tool failed on this rule: a bug of the tool, please report it. Other rules are not affected.',
  },
});

/** The rules of a file, each with its outputs. Never throws for anything that a file may hold. */
export function compileFile(file: SourceFile, options: CompileOptions): readonly CompiledRule[] {
  const { entries, diagnostics } = readRule(file);
  const isOnly = entries.length === 1;
  return entries.map((entry, index) => {
    const sourceName = outputStem(file.path, entry, isOnly);
    return compileEntry(file, entry, index === 0 ? diagnostics : [], { ...options, sourceName });
  });
}

/** What the outputs of a rule are called: like its file; one of several in a file by its title, too. */
function outputStem(path: string, entry: RuleEntry, isOnly: boolean): string {
  const stem = fileStem(path);
  if (isOnly || entry.status === 'invalid') return stem;
  const title = entry.rule.name.value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  return `${stem}-${title}`;
}

/** A rule as a Detection, without outputs: parsed and lowered. There is none where the query cannot be run. */
export function understandRule(rule: SentinelRule): {
  readonly detection: Detection | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parsed = parseKql(rule.query);
  if (parsed.query === undefined) return { detection: undefined, diagnostics: parsed.diagnostics };
  const { detection, diagnostics: found } = lowerRule(detectionParts(rule), parsed.query, { schemaOf });
  // What the parser has said of an operator is not said again.
  const isSaid = ({ code, span }: Diagnostic): boolean =>
    code === 'lower/unsupported-operator' && parsed.diagnostics.some((each) => contains(span, each.span));
  const diagnostics = [...parsed.diagnostics, ...found.filter((each) => !isSaid(each))];
  const isUnusable = diagnostics.some(({ severity }) => severity === 'error');
  return { detection: isUnusable ? undefined : detection, diagnostics };
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function compileEntry(
  file: SourceFile,
  entry: RuleEntry,
  aboutTheFile: readonly Diagnostic[],
  options: CompileOptions & ConversionOptions,
): CompiledRule {
  const diagnostics = [...aboutTheFile, ...entry.diagnostics];
  if (entry.status === 'invalid') {
    const name = fileStem(file.path);
    return {
      file,
      id: undefined,
      name,
      kind: 'Scheduled',
      status: 'invalid',
      diagnostics,
      detection: undefined,
      outputs: [],
    };
  }
  const { rule } = entry;
  const head = { file, id: rule.id?.value, name: rule.name.value, kind: rule.kind };
  const invalid = (found: readonly Diagnostic[]): CompiledRule => ({
    ...head,
    status: 'invalid',
    diagnostics: [...diagnostics, ...found],
    detection: undefined,
    outputs: [],
  });
  const understood = orBug(rule.querySpan, () => understandRule(rule));
  if ('bug' in understood) return invalid([understood.bug]);
  const { detection } = understood;
  if (detection === undefined) return invalid(understood.diagnostics);
  return {
    ...head,
    status: 'ok',
    diagnostics: [...diagnostics, ...understood.diagnostics],
    detection,
    outputs: (options.targets ?? allTargets).map((target) => convertRule(target, detection, options, rule.querySpan)),
  };
}

/** What an output would be with `bestEffort`; `undefined` where there would be none all the same. */
export function bestEffortVerdict(rule: CompiledRule, output: Output, options: CompileOptions): Verdict | undefined {
  const target = (options.targets ?? allTargets).find(({ id }) => id === output.target);
  if (target === undefined || rule.detection === undefined) return undefined;
  const conversion = { ...options, sourceName: '', bestEffort: true };
  const { verdict } = convertRule(target, rule.detection, conversion, rule.detection.query.span);
  return verdict === 'refused' ? undefined : verdict;
}

function convertRule(target: Target, detection: Detection, options: ConversionOptions, span: Span): Output {
  const output = orBug(span, () => target.convert(detection, options));
  if (!('bug' in output)) return output;
  const { code, message } = output.bug;
  const note: Note = { code, effect: 'refused', message, span };
  return { target: target.id, verdict: 'refused', notes: [note], unmapped: [], files: [] };
}

/** A bug of ours must not end the batch; nor may it look like an output. */
function orBug<Result extends object>(span: Span, run: () => Result): Result | { readonly bug: Diagnostic } {
  try {
    return run();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { bug: compileCodes.diagnostic('error', 'error', span, `The conversion failed: ${cause}`) };
  }
}
