/** A Detection in YARA-L's vocabulary as a rule. Everything it says can be said: `adapt` saw to that. */
import * as b from '../../src/ir/build.ts';
import type { Detection, Field, Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import type { ConversionOptions } from '../target.ts';
import { withoutAbsence } from './absence.ts';
import { toIdentifier, writeDuration } from './lexical.ts';
import { fieldOfColumn, fromQuery, type Logic } from './logic.ts';
import { writeMeta } from './meta.ts';
import { callOf, type FieldPhrase, numberOf, phraseScalar } from './phrase-scalar.ts';
import { comparisonOf, logicOf, phrasePredicate } from './phrase.ts';
import type { Assignment, Expression, MatchSection, MetaEntry, Rule } from './tree.ts';
import { isRepeated } from './udm.ts';
import { segmentsOfText, splitColumn, textOfField } from './udm-path.ts';

/** Throws a `RangeError` for a Detection that `adapt` does not make. */
export function emit(adapted: Detection, options: ConversionOptions): Rule {
  const logic = fromQuery(adapted.query, adapted.schedule.lookback);
  if (logic === undefined) throw new RangeError('This Detection is not in the vocabulary of YARA-L.');
  return ruleOf(adapted, logic, ruleName(adapted.meta.name, options.sourceName));
}

/** The rule's name: its title in snake case; after the source file where nothing of the title can stand in a name. */
export function ruleName(title: string, sourceName: string): string {
  const hasTitle = /[A-Za-z0-9]/.test(title.normalize('NFKD'));
  // A file's name has no blanks to tell its words apart; a title's capitals are those of products.
  const words = hasTitle
    ? title.replace(/(\w)['’](?=\w)/g, '$1')
    : sourceName.replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3_$2$4');
  return toIdentifier(words, 'detection_rule').toLowerCase().slice(0, 120);
}

function ruleOf(adapted: Detection, logic: Logic, name: string): Rule {
  const match = matchOf(logic);
  return {
    name,
    meta: writeMeta(adapted.meta),
    events: eventLines(logic),
    ...(match === undefined ? {} : { match }),
    outcome: outcomeOf(logic),
    condition: conditionOf(logic),
    options: optionsOf(logic, adapted.schedule.suppression),
    span: NO_SPAN,
  };
}

/** Whether the logic has a phrase for everything; what has none, if it has not. */
export function unphrased(logic: Logic): readonly (Predicate | Scalar)[] {
  const found: (Predicate | Scalar)[] = [];
  const predicate = (part: Predicate, field: FieldPhrase): void => {
    const operands = part.op === 'and' ? part.of : [part];
    for (const operand of operands) {
      const isTrivial = operand.op === 'constant' && operand.value;
      if (!isTrivial && phrasePredicate(withoutAbsence(operand), field) === undefined) found.push(operand);
    }
  };
  const scalar = (part: Scalar, field: FieldPhrase): void => {
    if (phraseScalar(part, field) === undefined) found.push(part);
  };
  const columns = columnPhrase(logic);
  for (const variable of logic.variables) predicate(variable.where, eventPhrase(variable.name));
  predicate(logic.across, columns);
  for (const { values } of logic.placeholders) {
    for (const { variable, value } of values) scalar(value, eventPhrase(variable));
  }
  for (const measure of logic.measures) {
    if (!measure.name.startsWith('#') && phraseMeasure(measure, columns) === undefined) found.push(...measure.args);
    if (measure.fn === 'other') found.push(b.opaqueScalar(measure.text ?? ''));
  }
  for (const { value } of logic.computed) {
    if (phraseOutcome(value, outcomePhrase(logic)) === undefined) found.push(value);
  }
  predicate(logic.condition, namePhrase);
  return found;
}

// ---------------------------------------------------------------------------------------------- names

/** Fields of one event variable. */
function eventPhrase(variable: string): FieldPhrase {
  return (field) => ({ kind: 'field', variable, path: segmentsOfText(textOfField(field)), span: NO_SPAN });
}

/** What stands above the event variables: fields where there is one of them, else columns. */
function columnPhrase({ variables }: Logic): FieldPhrase {
  const [only] = variables;
  if (variables.length === 1 && only !== undefined) return eventPhrase(only.name);
  return (column) => {
    const text = splitColumn(column.name)?.text ?? '';
    if (text.startsWith('$')) return { kind: 'variable', name: text.slice(1), span: NO_SPAN };
    const found = fieldOfColumn(column);
    return found === undefined ? namePhrase(column) : eventPhrase(found.variable)(found.field);
  };
}

/** Measures and outcomes. */
const namePhrase: FieldPhrase = ({ name }: Field) =>
  name.startsWith('#')
    ? { kind: 'count', name: name.slice(1), span: NO_SPAN }
    : { kind: 'variable', name, span: NO_SPAN };

// ---------------------------------------------------------------------------------------------- sections

/** One line for each operand of the predicates; then the placeholders, then what joins the event variables. */
function eventLines(logic: Logic): readonly Expression[] {
  const lines: Expression[] = [];
  for (const variable of logic.variables) {
    const phrase = eventPhrase(variable.name);
    lines.push(...linesOf(variable.where, phrase));
    for (const { name, values } of logic.placeholders) {
      for (const { variable: of, value } of values) {
        if (of !== variable.name) continue;
        lines.push(comparisonOf({ kind: 'variable', name, span: NO_SPAN }, '=', phrased(phraseScalar(value, phrase))));
      }
    }
  }
  return [...lines, ...linesOf(logic.across, columnPhrase(logic))];
}

function linesOf(predicate: Predicate, field: FieldPhrase): readonly Expression[] {
  const plain = withoutAbsence(predicate);
  if (plain.op === 'constant' && plain.value) return [];
  const operands = plain.op === 'and' ? plain.of : [plain];
  return operands.flatMap((operand) => {
    const line = phrased(phrasePredicate(operand, field));
    return line.kind === 'logic' && line.operator === 'and' ? line.of : [line];
  });
}

function phrased(expression: Expression | undefined): Expression {
  if (expression === undefined) throw new RangeError('This Detection is not in the vocabulary of YARA-L.');
  return expression;
}

function matchOf({ window, placeholders }: Logic): MatchSection | undefined {
  if (window === undefined) return undefined;
  const variables = placeholders.filter(({ grouped }) => grouped).map(({ name }) => name);
  return { variables, window: window.kind === 'tumbling' ? 'by' : 'over', duration: window.size };
}

function outcomeOf(logic: Logic): readonly Assignment[] {
  const columns = columnPhrase(logic);
  const measures = logic.measures
    .filter(({ name }) => !name.startsWith('#'))
    .map((measure) => ({ name: measure.name, value: phrased(phraseMeasure(measure, columns)), span: NO_SPAN }));
  const field = outcomePhrase(logic);
  const computed = logic.computed.map(({ name, value }) => ({
    name,
    value: phrased(phraseOutcome(value, field)),
    span: NO_SPAN,
  }));
  return [...measures, ...computed];
}

function outcomePhrase(logic: Logic): FieldPhrase {
  return logic.window === undefined ? eventPhrase(logic.variables[0]?.name ?? 'e') : namePhrase;
}

/** An outcome that is no measure. One value is wanted, so the values of a list are collected. */
function phraseOutcome(value: Scalar, field: FieldPhrase): Expression | undefined {
  const expression = phraseValueOrChoice(value, field);
  const isList = value.op === 'field' && isRepeated(value.name, value.path[0]);
  return isList && expression !== undefined ? callOf('array_distinct', [expression]) : expression;
}

/** Only the outcome section knows `if`. */
function phraseValueOrChoice(value: Scalar, field: FieldPhrase): Expression | undefined {
  if (value.op !== 'choose') return phraseScalar(value, field);
  const [only] = value.cases;
  if (only === undefined || value.cases.length > 1) return undefined;
  const when = phrasePredicate(withoutAbsence(only.when), field);
  const then = phraseValueOrChoice(only.then, field);
  const otherwise = phraseValueOrChoice(value.otherwise, field);
  return when === undefined || then === undefined || otherwise === undefined
    ? undefined
    : callOf('if', [when, then, otherwise]);
}

/** YARA-L's name of the aggregates that take one value. */
export const AGGREGATES: Readonly<Partial<Record<Measure['fn'], string>>> = {
  countDistinct: 'count_distinct',
  sum: 'sum',
  min: 'min',
  max: 'max',
  average: 'window.avg',
  standardDeviation: 'window.stddev',
  variance: 'window.variance',
  set: 'array_distinct',
  list: 'array',
};

/** The field that is another for every event: distinct values of it are events, however lists multiply the rows. */
export const EVENT_ID = 'metadata.id';

export function phraseMeasure(measure: Measure, field: FieldPhrase): Expression | undefined {
  const [first] = measure.args;
  const value = first === undefined ? undefined : phraseValueOrChoice(first, field);
  if (measure.where !== undefined) {
    const when = phrasePredicate(withoutAbsence(measure.where), field);
    if (when === undefined) return undefined;
    if (measure.fn === 'count') return callOf('sum', [callOf('if', [when, numberOf('1'), numberOf('0')])]);
    if (measure.fn !== 'sum' || value === undefined) return undefined;
    return callOf('sum', [callOf('if', [when, value, numberOf('0')])]);
  }
  if (measure.fn === 'count') return callOf('count_distinct', [field(b.field(EVENT_ID))]);
  const name = AGGREGATES[measure.fn];
  return name === undefined || value === undefined || measure.args.length !== 1 ? undefined : callOf(name, [value]);
}

/** All event variables, each present or absent, and what is asked of the counts and outcomes. */
function conditionOf(logic: Logic): Expression {
  const asked = linesOf(logic.condition, namePhrase);
  const bounded = new Set(asked.flatMap(boundedCount));
  const present = logic.variables
    .filter(({ absent, name }) => !absent && !bounded.has(name))
    .map(({ name }): Expression => ({ kind: 'variable', name, span: NO_SPAN }));
  const absent = logic.variables
    .filter((variable) => variable.absent)
    .map(({ name }): Expression => ({
      kind: 'absent',
      of: { kind: 'variable', name, span: NO_SPAN },
      span: NO_SPAN,
    }));
  return logicOf('and', [...present, ...absent, ...asked]) ?? { kind: 'bool', value: true, span: NO_SPAN };
}

/** The event variable that a line forces to exist: `#e > 5`, `#e >= 1`. */
function boundedCount(line: Expression): readonly string[] {
  if (line.kind !== 'comparison' || line.left.kind !== 'count' || line.right.kind !== 'number') return [];
  const threshold = Number(line.right.text);
  const bounds = line.operator === '>' || ((line.operator === '>=' || line.operator === '=') && threshold > 0);
  return bounds ? [line.left.name] : [];
}

function optionsOf(logic: Logic, suppression: number | undefined): readonly MetaEntry[] {
  const options: MetaEntry[] = [];
  if (logic.window !== undefined) options.push({ key: 'allow_zero_values', value: 'true' });
  const window = suppression === undefined ? undefined : writeDuration(suppression);
  if (window !== undefined) options.push({ key: 'suppression_window', value: window });
  return options;
}
