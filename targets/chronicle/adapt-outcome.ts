/** What the alert says: entity mappings, custom details and the columns of its texts, as outcome variables. */
import * as b from '../../src/ir/build.ts';
import { canonicalTextOfScalar } from '../../src/ir/canonical.ts';
import { resolveScalarIn } from '../../src/ir/environment.ts';
import type { Branch, Grouping } from '../../src/ir/shape.ts';
import type { Detection, Measure, NamedScalar, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, scalarPart, substituteInScalar } from '../../src/ir/walk.ts';
import { NO_SPAN, type Span } from '../../src/source.ts';
import type { AdaptedBranch } from './adapt-branch.ts';
import { adaptScalar, type Place, type Use } from './adapt-scalar.ts';
import { type Adapting, addNote, attempt } from './adapting.ts';
import { freeName, toIdentifier } from './lexical.ts';
import { RISK_SCORES } from './meta.ts';

/** A YARA-L rule has at most so many outcome variables. */
export const MOST_OUTCOMES = 20;

/** A column that the alert speaks of, and where. */
export interface WantedColumn {
  readonly column: string;
  readonly use: string;
  readonly span: Span;
}

/** The columns that the alert speaks of, each once. */
export function wantedColumns(detection: Detection): readonly WantedColumn[] {
  const { alert, entities } = detection;
  const wanted: WantedColumn[] = [];
  for (const { entity, identifiers, span } of entities) {
    for (const { column } of identifiers) wanted.push({ column, use: `the entity ${entity}`, span });
  }
  for (const { name, column } of alert.customDetails) {
    wanted.push({ column, use: `the custom detail ${name}`, span: alert.span });
  }
  const unique = new Map<string, WantedColumn>();
  for (const one of wanted) if (one.column !== '' && !unique.has(one.column)) unique.set(one.column, one);
  return [...unique.values()];
}

/** Parts of the alert that have no home at all. */
export function noteAlert(adapting: Adapting, { alert }: Detection): void {
  const say = (message: string): void => addNote(adapting, 'alert-context', 'context', alert.span, message);
  if (alert.titleFormat !== undefined || alert.descriptionFormat !== undefined) {
    say('Alerts of a YARA-L rule have the rule’s title and description, without the values of columns.');
  }
  if (alert.severityColumn !== undefined || alert.tacticsColumn !== undefined || alert.dynamicProperties.length > 0) {
    say('Severity, tactics and other properties that columns give the alert are those of the rule in YARA-L.');
  }
  if (alert.incident !== undefined && (!alert.incident.create || alert.incident.grouping?.enabled === true)) {
    say('How alerts become incidents is not said in a YARA-L rule.');
  }
}

export function riskScore(detection: Detection): readonly NamedScalar[] {
  const { severity } = detection.meta;
  return severity === undefined ? [] : [{ name: 'risk_score', value: b.long(RISK_SCORES[severity]) }];
}

/** A column's value below a grouping: that of a key, or of the events that a measure sums up. */
function belowGrouping(grouping: Grouping, scalar: Scalar): Scalar | undefined {
  const unknown: string[] = [];
  const upper = substituteInScalar(scalar, (field) => grouping.columns.get(field.name));
  const lower = substituteInScalar(upper, (field) => {
    const key = grouping.by.find(({ name }) => name === field.name);
    if (key !== undefined) return key.value;
    const measure = grouping.measures.find(({ name }) => name === field.name);
    const value = measure === undefined ? undefined : summedUp(measure);
    if (measure !== undefined && value === undefined) unknown.push(measure.name);
    return value;
  });
  return unknown.length > 0 ? undefined : lower;
}

/** The value that a measure is made of, where its elements are values of that kind. */
export function summedUp({ fn, args }: Measure): Scalar | undefined {
  switch (fn) {
    case 'min':
    case 'max':
    case 'any':
    case 'list':
    case 'set':
      return args[0];
    case 'count':
    case 'countDistinct':
    case 'sum':
    case 'average':
    case 'percentile':
    case 'standardDeviation':
    case 'variance':
    case 'argMax':
    case 'argMin':
    case 'bag':
    case 'binaryAnd':
    case 'binaryOr':
    case 'hll':
    case 'other':
      return undefined;
  }
}

/** A column above groupings, in terms of the columns below them. */
export function belowGroupings(groupings: readonly Grouping[], name: string): Scalar | undefined {
  let scalar: Scalar | undefined = b.field(name);
  for (const grouping of [...groupings].reverse()) {
    if (scalar !== undefined) scalar = belowGrouping(grouping, scalar);
  }
  return scalar;
}

/** Whether a column above groupings is one value of several events, not a key that they share. */
export function isMeasured(groupings: readonly Grouping[], name: string): boolean {
  const [outermost, ...inner] = [...groupings].reverse();
  if (outermost === undefined) return false;
  const column = outermost.columns.get(name) ?? b.field(name);
  return fieldsOf(scalarPart(column)).some((field) => {
    if (outermost.measures.some((measure) => measure.name === field.name)) return true;
    const key = outermost.by.find((one) => one.name === field.name)?.value;
    const below = key === undefined ? [] : fieldsOf(scalarPart(key));
    return below.some((one) => isMeasured([...inner].reverse(), one.name));
  });
}

/** The UDM value of a scalar over the branches' columns, when it is the same in all of them. */
export function valueInBranches(
  branches: readonly { readonly branch: Branch; readonly adapted: AdaptedBranch }[],
  scalar: Scalar,
  use: Use = 'value',
): Scalar | string {
  let common: Scalar | undefined;
  for (const { branch, adapted } of branches) {
    const stored = resolveScalarIn(branch, scalar);
    for (const place of adapted.places) {
      const value = adaptScalar(place, stored, use);
      if (typeof value === 'string') return value;
      if (common !== undefined && canonicalTextOfScalar(common) !== canonicalTextOfScalar(value)) {
        return 'It is another UDM field in another table.';
      }
      common = value;
    }
  }
  return common ?? 'There are no events that have it.';
}

/** Like `valueInBranches`, with notes that are thrown away: for what only adds to the alert. */
export function quietly<Result>(adapting: Adapting, run: (quiet: Adapting) => Result): Result {
  const own = attempt(adapting);
  const result = run(own);
  for (const name of own.unmapped) adapting.unmapped.add(name);
  return result;
}

/** The places of a branch with other notes. */
export const withAdapting = (adapted: AdaptedBranch, adapting: Adapting): AdaptedBranch => ({
  ...adapted,
  places: adapted.places.map((place): Place => ({ ...place, adapting })),
});

/** Whether a value says something of an event: it reads a field. */
export const readsField = (scalar: Scalar): boolean => fieldsOf(scalarPart(scalar)).length > 0;

export function noteLost(adapting: Adapting, { column, use, span }: WantedColumn, reason: string): void {
  addNote(adapting, 'alert-context', 'context', span, `${column}, for ${use}, is not in the detection: ${reason}`);
}

/** Names for outcome variables, none twice and none of what a rule has already. */
export function outcomeNames(taken: readonly string[]): (column: string) => string {
  const used = new Set(['risk_score', 'e', 'e1', 'e2', ...taken]);
  return (column) => {
    const name = freeName(toIdentifier(column, 'column'), (one) => used.has(one));
    used.add(name);
    return name;
  };
}

/** Only as many as there is room for. */
export function limitOutcomes<Item extends { readonly name: string }>(
  adapting: Adapting,
  items: readonly Item[],
  room: number,
): readonly Item[] {
  if (items.length <= room) return items;
  const names = items.slice(room).map(({ name }) => name);
  const message = `A YARA-L rule has at most ${MOST_OUTCOMES} outcome variables; left out: ${names.join(', ')}.`;
  addNote(adapting, 'too-many-outcomes', 'context', NO_SPAN, message);
  return items.slice(0, room);
}
