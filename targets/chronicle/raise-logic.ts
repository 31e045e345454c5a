/** The logic of a rule's text: which conjuncts define placeholders, which speak of one event, which join several. */
import * as b from '../../src/ir/build.ts';
import type { Measure, Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import { interpretPredicate, interpretScalar, type Names, operandsOf } from './interpret.ts';
import type { EventSource, EventVariable, Logic, Placeholder } from './logic.ts';
import { raiseCondition, raiseOutcome } from './raise-groups.ts';
import type { Expression, ExpressionOf, Rule } from './tree.ts';
import { EVENT_TIME, udmKind } from './udm.ts';
import { columnOf, fieldOfSegments, splitColumn, textOfField } from './udm-path.ts';

/** Where a placeholder has its value from. */
interface Definition {
  readonly name: string;
  readonly variable: string;
  readonly value: Expression;
}

/** `undefined` for a rule without events, or whose match section groups by something that is not defined. */
export function raiseLogic(rule: Rule): Logic | undefined {
  const conjuncts = rule.events.flatMap(operandsOfAnd);
  const variables = variablesOf(conjuncts);
  if (variables.length === 0) return undefined;
  const scope = new Scope(variables);
  const filters = conjuncts.filter((conjunct) => !scope.define(conjunct));
  const wheres = new Map<string, Predicate[]>(variables.map((name) => [name, []]));
  const across: Predicate[] = [];
  for (const filter of [...filters, ...scope.repeated]) {
    const [only, ...others] = scope.variablesIn(filter);
    if (only !== undefined && others.length > 0) across.push(interpretPredicate(filter, scope.columns()));
    else {
      const variable = only ?? variables[0] ?? '';
      wheres.get(variable)?.push(interpretPredicate(filter, scope.fields(variable)));
    }
  }
  const grouped = new Set(rule.match?.variables ?? []);
  const placeholders = scope.placeholders(grouped);
  if (rule.match !== undefined) {
    if ([...grouped].some((name) => !placeholders.some((placeholder) => placeholder.name === name))) return undefined;
    if (!allowsZeroValues(rule)) {
      for (const { variable, predicate } of nonZero(placeholders)) wheres.get(variable)?.push(predicate);
    }
    across.push(...slidingBounds(rule.match, variables));
  }
  const names = variables.length === 1 ? scope.fields(variables[0] ?? '') : scope.columns();
  const condition = raiseCondition(rule.condition, variables, names, scope);
  const outcome = raiseOutcome(rule, names, variables.length === 1);
  const measures = [...outcome.measures, ...condition.measures];
  const isKept = ({ name, grouped: groups, values }: Placeholder): boolean =>
    groups || (variables.length > 1 && (values.length > 1 || readsPlaceholder(name, measures, across)));
  return {
    variables: variables.map((name): EventVariable => ({
      name,
      source: scope.sourceOf(name),
      where: b.and(wheres.get(name) ?? []),
      absent: condition.absent.has(name),
    })),
    // Without a match section there are no groups: a placeholder is another name for a field.
    placeholders: rule.match === undefined ? [] : placeholders.filter(isKept),
    across: b.and(across),
    window:
      rule.match === undefined
        ? undefined
        : { kind: rule.match.window === 'by' ? 'tumbling' : 'hop', size: rule.match.duration },
    measures,
    computed: outcome.computed,
    condition: condition.condition,
  };
}

const operandsOfAnd = (expression: Expression): readonly Expression[] =>
  expression.kind === 'logic' && expression.operator === 'and' ? expression.of.flatMap(operandsOfAnd) : [expression];

/** Whether measures or tests between event variables speak of a placeholder's column. */
function readsPlaceholder(name: string, measures: readonly Measure[], across: readonly Predicate[]): boolean {
  const parts = [
    ...across.map(predicatePart),
    ...measures.flatMap((measure) => [
      ...measure.args.map(scalarPart),
      ...(measure.where === undefined ? [] : [predicatePart(measure.where)]),
    ]),
  ];
  return parts.some((part) => fieldsOf(part).some((field) => splitColumn(field.name)?.text === `$${name}`));
}

/** The event variables in the order of their first fields. */
function variablesOf(conjuncts: readonly Expression[]): readonly string[] {
  const found = new Set<string>();
  for (const conjunct of conjuncts) for (const field of fieldsIn(conjunct)) found.add(field.variable);
  return [...found];
}

function fieldsIn(expression: Expression): readonly ExpressionOf<'field'>[] {
  const found: ExpressionOf<'field'>[] = [];
  const waiting: Expression[] = [expression];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    if (node.kind === 'field') found.push(node);
    waiting.unshift(...operandsOf(node));
  }
  return found;
}

function namesIn(expression: Expression): readonly string[] {
  if (expression.kind === 'variable') return [expression.name];
  return operandsOf(expression).flatMap(namesIn);
}

/** What is known by name while a rule is raised. */
export class Scope {
  readonly #variables: readonly string[];
  readonly #definitions: Definition[] = [];
  readonly #sources = new Map<string, EventSource>();
  /** A second definition of a placeholder in the same event variable: both values must be equal. */
  readonly repeated: Expression[] = [];

  constructor(variables: readonly string[]) {
    this.#variables = variables;
  }

  sourceOf(variable: string): EventSource {
    return this.#sources.get(variable) ?? 'udm';
  }

  isEventVariable(name: string): boolean {
    return this.#variables.includes(name);
  }

  isPlaceholder(name: string): boolean {
    return this.#definitions.some((definition) => definition.name === name);
  }

  /** Takes `$name = <expression of one event's fields>`, either way round; false for any other conjunct. */
  define(conjunct: Expression): boolean {
    this.#noteSources(conjunct);
    if (conjunct.kind !== 'comparison' || conjunct.operator !== '=' || conjunct.nocase) return false;
    const { left, right } = conjunct;
    const variable = left.kind === 'variable' ? left : right.kind === 'variable' ? right : undefined;
    if (variable === undefined || this.isEventVariable(variable.name)) return false;
    const value = variable === left ? right : left;
    const [of, ...others] = new Set(fieldsIn(value).map((field) => field.variable));
    if (of === undefined || others.length > 0) return false;
    const before = this.#definitions.find(
      (definition) => definition.name === variable.name && definition.variable === of,
    );
    if (before === undefined) this.#definitions.push({ name: variable.name, variable: of, value });
    else this.repeated.push({ ...conjunct, left: before.value, right: value });
    return true;
  }

  #noteSources(conjunct: Expression): void {
    for (const { variable, path } of fieldsIn(conjunct)) {
      const [first] = path;
      if (first?.kind !== 'name') continue;
      if (first.name === 'graph' || first.name === 'detection') this.#sources.set(variable, first.name);
    }
  }

  /** The event variables that a conjunct speaks of, itself or through placeholders. */
  variablesIn(conjunct: Expression): readonly string[] {
    const own = new Set(fieldsIn(conjunct).map((field) => field.variable));
    for (const name of namesIn(conjunct)) {
      const homes = this.#definitions.filter((definition) => definition.name === name).map(({ variable }) => variable);
      // A placeholder has one value in all events that it joins, so any of its events will do.
      if (homes.length > 0 && !homes.some((home) => own.has(home))) own.add(homes[0] ?? '');
    }
    return [...own];
  }

  /** Names within one event variable. */
  fields(variable: string): Names {
    const names: Names = {
      field: (expression) => fieldOfSegments(expression.path, expression.span),
      variable: ({ name }) => {
        const known = this.#definitions.filter((definition) => definition.name === name);
        const definition = known.find((one) => one.variable === variable) ?? known[0];
        return definition === undefined ? undefined : interpretScalar(definition.value, names);
      },
      count: () => undefined,
    };
    return names;
  }

  /** Names above the event variables, where their fields are columns. */
  columns(): Names {
    return {
      field: (expression) => {
        const field = fieldOfSegments(expression.path, expression.span);
        return b.field(columnOf(expression.variable, textOfField(field)), [], field.type, expression.span);
      },
      variable: ({ name, span }) => {
        const definition = this.#definitions.find((one) => one.name === name);
        if (definition === undefined) return undefined;
        const value = interpretScalar(definition.value, this.fields(definition.variable));
        const type = value?.op === 'field' ? value.type : 'unknown';
        return b.field(columnOf(definition.variable, `$${name}`), [], type, span);
      },
      count: () => undefined,
    };
  }

  placeholders(grouped: ReadonlySet<string>): readonly Placeholder[] {
    const names = [...new Set(this.#definitions.map(({ name }) => name))];
    return names.map((name) => ({
      name,
      grouped: grouped.has(name),
      values: this.#definitions
        .filter((definition) => definition.name === name)
        .map(({ variable, value }) => ({
          variable,
          value: interpretScalar(value, this.fields(variable)) ?? b.opaqueScalar(name, [], value.span),
        })),
    }));
  }
}

function allowsZeroValues(rule: Rule): boolean {
  return rule.options.some(({ key, value }) => key === 'allow_zero_values' && value.toLowerCase() === 'true');
}

/** What the engine adds for match variables: fields (not what functions give) must not have their zero value. */
function* nonZero(placeholders: readonly Placeholder[]): Generator<{ variable: string; predicate: Predicate }> {
  for (const { values, grouped } of placeholders) {
    if (!grouped) continue;
    for (const { variable, value } of values) {
      if (value.op === 'field') yield { variable, predicate: isNotZero(value) };
    }
  }
}

function isNotZero(value: Extract<Scalar, { readonly op: 'field' }>): Predicate {
  switch (udmKind(value.name, value.path[0])) {
    case 'integer':
      return b.not(b.oneOf(value, [{ type: 'long', value: 0n }]));
    case 'float':
      return b.not(b.oneOf(value, [{ type: 'real', value: 0 }]));
    case 'bool':
      return b.isTrue(value);
    case 'text':
    case 'enum':
    case 'timestamp':
    case 'map':
      return b.not(b.missing(value, 'empty'));
  }
}

/** `over 10m after $e1`: every other event lies within ten minutes from each event of the pivot. */
function slidingBounds(match: NonNullable<Rule['match']>, variables: readonly string[]): readonly Predicate[] {
  const { pivot, duration } = match;
  if (pivot === undefined) return [];
  const time = (variable: string): Scalar => b.field(columnOf(variable, EVENT_TIME), [], 'long');
  const seconds = b.long(Math.round(duration / 1000));
  return variables
    .filter((variable) => variable !== pivot.variable)
    .flatMap((variable) => {
      const [earlier, later] =
        pivot.side === 'after' ? [time(pivot.variable), time(variable)] : [time(variable), time(pivot.variable)];
      return [b.compare(earlier, '<=', later), b.compare(b.call('subtract', [later, earlier], 'long'), '<=', seconds)];
    });
}
