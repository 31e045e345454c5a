/** The JSON of `explain --json`: an interface, described in docs/json.md. */
import type { Explanation, Stage } from '../explain/types.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { RuleKind } from '../rule/types.ts';
import type { SourceFile, Span } from '../source.ts';
import { JSON_FORMAT, jsonDiagnostic, jsonPlace } from './json.ts';

export interface ExplainedRule {
  readonly file: SourceFile;
  readonly id: string | undefined;
  readonly name: string;
  readonly kind: RuleKind;
  readonly diagnostics: readonly Diagnostic[];
  /** `undefined`: nothing was understood, the diagnostics say why. */
  readonly explanation: Explanation | undefined;
}

/** One rule as one line. */
export function explanationLine(rule: ExplainedRule): string {
  const line = {
    format: JSON_FORMAT,
    path: rule.file.path,
    id: rule.id ?? null,
    name: rule.name,
    kind: rule.kind,
    status: rule.explanation === undefined ? 'invalid' : 'ok',
    diagnostics: rule.diagnostics.map((diagnostic) => jsonDiagnostic(rule.file, diagnostic)),
    explanation: rule.explanation === undefined ? null : jsonExplanation(rule.file, rule.explanation),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Durations are milliseconds; spans become lines and columns. */
export function jsonExplanation(file: SourceFile, explanation: Explanation): object {
  const at = (span: Span) => jsonPlace(file, span);
  const { schedule, shape } = explanation;
  return {
    schedule: {
      frequency: schedule.frequency ?? null,
      lookback: schedule.lookback ?? null,
      trigger: schedule.trigger,
      suppression: schedule.suppression ?? null,
      alertPer: schedule.alertPer,
    },
    shape,
    stages: explanation.stages.map((stage) => jsonStage(file, stage)),
    tables: explanation.tables.map(({ table, selection, reach, isCutShort, span }) => ({
      table,
      selection: selection.map((condition) => ({ text: condition.text, ...at(condition.span) })),
      from: reach.from ?? null,
      to: reach.to,
      cutShort: isCutShort,
      ...at(span),
    })),
    lists: explanation.lists.map(({ kind, name, span }) => ({ kind, name, ...at(span) })),
    indicators: explanation.indicators.map((one) => ({
      tables: one.tables,
      fields: one.fields,
      transforms: one.transforms,
      test: one.test,
      values: one.values,
      quantifier: one.quantifier,
      caseSensitive: one.isCaseSensitive,
      negated: one.isNegated,
      insideValue: one.isInsideValue,
      text: one.text,
      ...at(one.span),
    })),
    conditions: explanation.conditions.map(({ text, span }) => ({ text, ...at(span) })),
    columns: explanation.columns.known.map(({ name, type, madeBy }) => ({
      name,
      type,
      madeBy: madeBy.map(({ step, text, span }) => ({ step, text, ...at(span) })),
    })),
    moreColumns: explanation.columns.isOpen,
    entities: explanation.entities.map(({ entity, identifiers, span }) => ({ entity, identifiers, ...at(span) })),
    opaque: explanation.opaque.map(({ kind, text, span }) => ({ kind, text, ...at(span) })),
  };
}

function jsonStage(file: SourceFile, stage: Stage): object {
  const { step, text, window, inputs, span } = stage;
  return {
    step,
    text,
    ...(window === undefined ? {} : { window: { from: window.from ?? null, to: window.to ?? null } }),
    ...(inputs.length === 0
      ? {}
      : {
          inputs: inputs.map(({ role, stages }) => ({ role, stages: stages.map((inner) => jsonStage(file, inner)) })),
        }),
    ...jsonPlace(file, span),
  };
}
