/**
 * The logic of a YARA-L rule, between its text and its Detection: event variables, what joins and groups them, what is
 * measured and asked of the groups. `toQuery` and `fromQuery` are each other's inverse; both ways of the target meet
 * here: `adapt` builds a logic and gives its query, `emit` finds the logic in the query and writes it, `raise` builds the
 * logic of a text and gives its query.
 *
 * The query of a rule
 * - on single events: filter, then `project` with the outcome;
 * - with a match section: the event variables, joined on their placeholders, then `aggregate` by the match variables
 *   (and `bin` of the event time where windows are tumbling), `extend` with the outcomes computed from measures, filter.
 *
 * Where there are several event variables, each is projected to columns `e1.<field>` and `e1.$<placeholder>`.
 */
import * as b from '../../src/ir/build.ts';
import { tidyPredicateTree } from '../../src/ir/normalise.ts';
import type { Field, Measure, NamedScalar, Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, predicatePart, scalarPart } from '../../src/ir/walk.ts';
import { NO_SPAN } from '../../src/source.ts';
import { withAbsence } from './absence.ts';
import { EVENT_TIME } from './udm.ts';
import { columnOf, fieldOfSegments, segmentsOfText, splitColumn, udmField } from './udm-path.ts';
import { wordPredicate, wordScalar } from './wording.ts';

/** The event time, by which windows are measured; seconds. */
const TIME_COLUMN = EVENT_TIME;
const EVENT_SOURCES: readonly EventSource[] = ['udm', 'graph', 'detection'];
/** The key that stands for a tumbling window. */
export const WINDOW_KEY = 'window_start';

/** Events, entities of the context graph, detections of other rules. */
export type EventSource = 'udm' | 'graph' | 'detection';

/** What the event variable of a rule with only one is called. */
export const ONLY_VARIABLE = 'e';

export interface EventVariable {
  readonly name: string;
  readonly source: EventSource;
  /** Over the event's fields. */
  readonly where: Predicate;
  /** `!$e`: no such event within the window. */
  readonly absent: boolean;
}

/** A placeholder that events are joined or grouped by, with the value that it has in each event variable. */
export interface Placeholder {
  readonly name: string;
  readonly values: readonly { readonly variable: string; readonly value: Scalar }[];
  /** Whether it is a match variable. */
  readonly grouped: boolean;
}

export interface Window {
  /** Overlapping (`over`), or one after the other (`by`). */
  readonly kind: 'hop' | 'tumbling';
  /** Milliseconds. */
  readonly size: number;
}

export interface Logic {
  readonly variables: readonly EventVariable[];
  readonly placeholders: readonly Placeholder[];
  /** Tests between event variables, over columns `e1.<field>`. */
  readonly across: Predicate;
  readonly window: Window | undefined;
  /**
   * Over the groups. `#e` counts events, `#user` values. Over fields where there is one event variable, else over columns.
   */
  readonly measures: readonly Measure[];
  /** Outcomes that are no measures: over fields (single events), measures and literals (groups). */
  readonly computed: readonly NamedScalar[];
  /** Over measures and outcomes. */
  readonly condition: Predicate;
}

/** The same logic in the one wording, with what absent values make of its tests. */
export function wordLogic(logic: Logic): Logic {
  const wordNamed = ({ name, value }: NamedScalar): NamedScalar => ({ name, value: wordScalar(value) });
  // What must not be there comes last, and gives no group its value.
  const variables = [...logic.variables].sort((x, y) => Number(x.absent) - Number(y.absent));
  const rank = (name: string): number => variables.findIndex((variable) => variable.name === name);
  return {
    ...logic,
    variables: variables.map((variable) => ({
      ...variable,
      where: withAbsence(wordPredicate(variable.where)),
    })),
    placeholders: logic.placeholders.map((placeholder) => ({
      ...placeholder,
      values: placeholder.values
        .map(({ variable, value }) => ({ variable, value: wordScalar(value) }))
        .sort((x, y) => rank(x.variable) - rank(y.variable)),
    })),
    across: wordPredicate(logic.across),
    measures: logic.measures.map((measure) => ({
      ...measure,
      args: measure.args.map(wordScalar),
      ...(measure.where === undefined ? {} : { where: withAbsence(wordPredicate(measure.where)) }),
    })),
    computed: logic.computed.map(wordNamed),
    condition: tidyPredicateTree(logic.condition),
  };
}

export const countName = (variable: string): string => `#${variable}`;

const keyColumn = (variable: string, key: string): string => columnOf(variable, `$${key}`);

// ---------------------------------------------------------------------------------------------- to the query

export function toQuery(logic: Logic): Relation {
  const { variables, window } = logic;
  const [first] = variables;
  if (first === undefined) throw new RangeError('A rule has at least one event variable.');
  if (window === undefined) {
    const events = eventsOf(first);
    const out = logic.computed.length === 0 ? events : b.project(events, logic.computed);
    return b.filter(out, logic.condition);
  }
  const rows = variables.length === 1 ? eventsOf(first) : joinedRows(logic);
  const by: NamedScalar[] = logic.placeholders
    .filter(({ grouped }) => grouped)
    .map((placeholder) => ({ name: placeholder.name, value: groupValue(placeholder, variables.length) }));
  if (window.kind === 'tumbling') by.push({ name: WINDOW_KEY, value: windowStart(window.size, variables) });
  const groups = b.aggregate(rows, by, logic.measures, NO_SPAN);
  return b.filter(b.extend(groups, logic.computed), logic.condition);
}

const eventsOf = ({ source, where }: EventVariable): Relation =>
  b.filter(b.source(source, { timeColumn: TIME_COLUMN }), where);

function groupValue({ name, values }: Placeholder, variables: number): Scalar {
  const [first] = values;
  if (first === undefined) throw new RangeError(`The placeholder ${name} has no value.`);
  return variables === 1 ? first.value : b.field(keyColumn(first.variable, name), [], 'unknown');
}

function windowStart(size: number, variables: readonly EventVariable[]): Scalar {
  const present = variables.find((variable) => !variable.absent);
  const time =
    variables.length === 1
      ? udmField(EVENT_TIME, [], NO_SPAN)
      : b.field(columnOf(present?.name ?? '', EVENT_TIME), [], 'long');
  return b.call('bin', [time, b.long(Math.round(size / 1000))], 'long');
}

/** The event variables in a row: those that must be there joined, those that must not be taken away. */
function joinedRows(logic: Logic): Relation {
  const [first, ...others] = [...logic.variables].sort((x, y) => Number(x.absent) - Number(y.absent));
  if (first === undefined) throw new RangeError('A rule has at least one event variable.');
  let rows: Relation = sideOf(logic, first);
  const seen = [first.name];
  for (const variable of others) {
    const on = logic.placeholders.flatMap(({ name, values }) => {
      const left = values.find((value) => seen.includes(value.variable));
      const right = values.find((value) => value.variable === variable.name);
      if (left === undefined || right === undefined) return [];
      return [
        {
          left: b.field(keyColumn(left.variable, name), [], 'unknown'),
          right: b.field(keyColumn(right.variable, name), [], 'unknown'),
        },
      ];
    });
    rows = b.join(variable.absent ? 'leftAnti' : 'inner', rows, sideOf(logic, variable), on, {}, NO_SPAN);
    seen.push(variable.name);
  }
  return b.filter(rows, logic.across);
}

function sideOf(logic: Logic, variable: EventVariable): Relation {
  const columns: NamedScalar[] = [];
  for (const { name, values } of logic.placeholders) {
    for (const { variable: of, value } of values) {
      if (of === variable.name) columns.push({ name: keyColumn(of, name), value });
    }
  }
  for (const column of fieldColumns(logic, variable.name)) {
    const text = splitColumn(column)?.text ?? '';
    columns.push({ name: column, value: fieldOfSegments(segmentsOfText(text), NO_SPAN) });
  }
  return b.project(eventsOf(variable), columns);
}

/** The columns of an event variable's fields that stand above its projection, in order. */
function fieldColumns(logic: Logic, variable: string): readonly string[] {
  const parts = [
    predicatePart(logic.across),
    ...logic.measures.flatMap((measure) => [
      ...measure.args.map(scalarPart),
      ...(measure.where === undefined ? [] : [predicatePart(measure.where)]),
    ]),
    ...(logic.window?.kind === 'tumbling' ? [scalarPart(windowStart(logic.window.size, logic.variables))] : []),
  ];
  const names = new Set<string>();
  for (const part of parts) {
    for (const { name } of fieldsOf(part)) {
      if (splitColumn(name)?.variable === variable && !isKeyColumn(name)) names.add(name);
    }
  }
  return [...names].sort();
}

const isKeyColumn = (column: string): boolean => splitColumn(column)?.text.startsWith('$') ?? false;

// ---------------------------------------------------------------------------------------------- from the query

/** The logic of a query made by {@link toQuery}; `undefined` for any other query. `window`: see {@link Logic}. */
export function fromQuery(query: Relation, lookback: number | undefined): Logic | undefined {
  const { input, where: condition } = withoutFilter(query);
  if (input.op === 'project') return singleEvents(input.input, input.columns, condition);
  const computed = input.op === 'extend' ? input.columns : [];
  const groups = input.op === 'extend' ? input.input : input;
  if (groups.op === 'source') return singleEvents(query, [], b.constant(true));
  if (groups.op !== 'aggregate' || lookback === undefined) return undefined;
  const variables = readVariables(groups.input);
  if (variables === undefined) return undefined;
  const tumbles = groups.by.some(({ name, value }) => name === WINDOW_KEY && value.op === 'call' && value.fn === 'bin');
  const keys = tumbles ? groups.by.filter(({ name }) => name !== WINDOW_KEY) : groups.by;
  return {
    variables: variables.variables,
    placeholders: [...readPlaceholders(keys, variables), ...countedPlaceholders(groups.measures, keys, variables)],
    across: variables.across,
    window: { kind: tumbles ? 'tumbling' : 'hop', size: lookback },
    measures: groups.measures,
    computed,
    condition,
  };
}

function withoutFilter(relation: Relation): { readonly input: Relation; readonly where: Predicate } {
  return relation.op === 'filter' ? relation : { input: relation, where: b.constant(true) };
}

function singleEvents(events: Relation, computed: readonly NamedScalar[], condition: Predicate): Logic | undefined {
  const variable = readEvents(events, ONLY_VARIABLE, false);
  if (variable === undefined) return undefined;
  const across = b.constant(true);
  return { variables: [variable], placeholders: [], across, window: undefined, measures: [], computed, condition };
}

function readEvents(relation: Relation, name: string, absent: boolean): EventVariable | undefined {
  const { input, where } = withoutFilter(relation);
  const source = input.op === 'source' ? EVENT_SOURCES.find((one) => one === input.table) : undefined;
  return source === undefined ? undefined : { name, source, where, absent };
}

interface ReadVariables {
  readonly variables: readonly EventVariable[];
  readonly across: Predicate;
  /** Key columns of the projections, in the order in which they were found. */
  readonly keys: readonly { readonly variable: string; readonly key: string; readonly value: Scalar }[];
}

function readVariables(rows: Relation): ReadVariables | undefined {
  const single = readEvents(rows, ONLY_VARIABLE, false);
  if (single !== undefined) return { variables: [single], across: b.constant(true), keys: [] };
  const { input, where: across } = withoutFilter(rows);
  const sides: { readonly side: Relation; readonly absent: boolean }[] = [];
  let left = input;
  while (left.op === 'join') {
    sides.unshift({ side: left.right, absent: left.kind === 'leftAnti' });
    left = left.left;
  }
  sides.unshift({ side: left, absent: false });
  const variables: EventVariable[] = [];
  const keys: { readonly variable: string; readonly key: string; readonly value: Scalar }[] = [];
  for (const { side, absent } of sides) {
    if (side.op !== 'project') return undefined;
    const name = splitColumn(side.columns[0]?.name ?? '')?.variable;
    const variable = name === undefined ? undefined : readEvents(side.input, name, absent);
    if (variable === undefined) return undefined;
    variables.push(variable);
    for (const column of side.columns) {
      const text = splitColumn(column.name)?.text ?? '';
      if (text.startsWith('$')) keys.push({ variable: variable.name, key: text.slice(1), value: column.value });
    }
  }
  return { variables, across, keys };
}

function readPlaceholders(by: readonly NamedScalar[], { keys }: ReadVariables): readonly Placeholder[] {
  if (keys.length === 0) {
    return by.map(({ name, value }) => ({ name, values: [{ variable: ONLY_VARIABLE, value }], grouped: true }));
  }
  const grouped = new Set(by.map(({ name }) => name));
  const names = [...new Set(keys.map(({ key }) => key))];
  return names.map((name) => ({
    name,
    values: keys.filter(({ key }) => key === name).map(({ variable, value }) => ({ variable, value })),
    grouped: grouped.has(name),
  }));
}

/** With one event variable: what `#name` counts the values of, and nothing is grouped by. */
function countedPlaceholders(
  measures: readonly Measure[],
  keys: readonly NamedScalar[],
  { variables }: ReadVariables,
): readonly Placeholder[] {
  if (variables.length > 1) return [];
  return measures.flatMap(({ name, fn, args: [value] }) => {
    const isCounted = name.startsWith('#') && fn === 'countDistinct' && value !== undefined;
    const key = name.slice(1);
    if (!isCounted || keys.some((one) => one.name === key)) return [];
    return [{ name: key, values: [{ variable: ONLY_VARIABLE, value }], grouped: false }];
  });
}

/** The event variable and the field of a column; for single event variables see `emit.ts`. */
export function fieldOfColumn(column: Field): { readonly variable: string; readonly field: Field } | undefined {
  const split = splitColumn(column.name);
  if (split === undefined) return undefined;
  return { variable: split.variable, field: fieldOfSegments(segmentsOfText(split.text), column.span) };
}
