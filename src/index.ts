/**
 * The public library. Everything is pure: texts in, texts out, no file system, no network, no clock.
 *
 * ```ts
 * const crosswalk = loadCrosswalk();
 * const file = new SourceFile('rule.yaml', text);
 * for (const rule of compileFile(file, { terms: 'contains', bestEffort: false, crosswalk })) {
 *   for (const output of rule.outputs) console.log(output.target, output.verdict, output.files);
 * }
 * ```
 */
export { compileFile, understandRule } from './compile.ts';
export type { CompiledRule, CompileOptions } from './compile.ts';
export { SourceFile, wholeFile } from './source.ts';
export type { EmbeddedText, Position, Span } from './source.ts';
export type { Diagnostic, Effect, Note, Severity, Verdict } from './diagnostic.ts';
export { readRule } from './rule/read.ts';
export type { RuleEntry, RuleFile, SentinelRule } from './rule/types.ts';
export { parseKql } from './kql/parse.ts';
export { printKql } from './kql/print.ts';
export { formatRules } from './rule/format.ts';
export type { FormattedFile } from './rule/format.ts';
export type * as kql from './kql/ast.ts';
export type * from './ir/types.ts';
export type * from './ir/shape.ts';
export { normaliseDetection, equalDetections } from './ir/normalise.ts';
export { recogniseShape } from './ir/recognise.ts';
export { explain } from './explain/index.ts';
export type * from './explain/types.ts';
export { schemaOf } from './kql/schema/schema.ts';
export { renderDiagnostic } from './report/code-frame.ts';
export { jsonLine, JSON_FORMAT } from './report/json.ts';
export { targets, targetById } from '../targets/index.ts';
export type { ConversionOptions, Output, OutputFile, Target } from '../targets/target.ts';
export { loadCrosswalk, readOverlay } from '../targets/fields/index.ts';
export type { Crosswalk } from '../targets/fields/index.ts';
