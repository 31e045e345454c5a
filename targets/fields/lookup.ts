/** How the entries of a mapping answer under constraints: which log sources hold, which column entry applies. */
import type { PathStep } from '../../src/ir/types.ts';
import { constraintValue } from './constraints.ts';
import type { ColumnEntry, Condition, Conditions, LogSourceEntry } from './mapping.ts';
import type { ColumnLookup, Constraints, FieldMapping, LogSourceMatch, LogSources } from './types.ts';

const isPattern = (value: string): boolean => value.endsWith('*');

function allows(allowed: readonly string[], value: string): boolean {
  const text = constraintValue(value);
  return allowed.some((one) => (isPattern(one) ? text.startsWith(one.slice(0, -1)) : text === one));
}

/** Whether every event within the constraints satisfies the condition. */
function holds(condition: Condition, constraints: Constraints): boolean {
  return [...condition].every(([column, allowed]) => {
    const values = constraints.get(column);
    return values !== undefined && [...values].every((value) => allows(allowed, value));
  });
}

const always = (when: Conditions): boolean => when.length === 0;
const allHold = (when: Conditions, constraints: Constraints): boolean =>
  always(when) || when.some((condition) => holds(condition, constraints));

/** The constraints together with the condition; `undefined` when no event can satisfy both. */
function narrow(constraints: Constraints, condition: Condition): Constraints | undefined {
  const narrowed = new Map(constraints);
  for (const [column, allowed] of condition) {
    const values = constraints.get(column);
    const left =
      values === undefined
        ? allowed.filter((one) => !isPattern(one))
        : [...values].filter((value) => allows(allowed, value));
    if (left.length > 0) narrowed.set(column, new Set(left));
    else if (values !== undefined || !allowed.some(isPattern)) return undefined;
  }
  return narrowed;
}

const mayHold = (when: Conditions, constraints: Constraints): boolean =>
  always(when) || when.some((condition) => narrow(constraints, condition) !== undefined);

/** Events that are still to be given to a log source. `isWhole`: nothing has been given away of them. */
interface Rest {
  readonly constraints: Constraints;
  readonly isWhole: boolean;
}

/**
 * The constraints without the condition, as disjoint pieces: one for each column that takes events away. Columns that the
 * constraints leave open cannot be cut: then the piece stays, and is no longer whole.
 */
function subtract(constraints: Constraints, condition: Condition): readonly Rest[] {
  const pieces: Rest[] = [];
  let inside = new Map(constraints);
  for (const [column, allowed] of condition) {
    const values = inside.get(column);
    if (values === undefined) return [...pieces, { constraints: inside, isWhole: false }];
    const outside = [...values].filter((value) => !allows(allowed, value));
    if (outside.length > 0)
      pieces.push({ constraints: new Map([...inside, [column, new Set(outside)]]), isWhole: true });
    inside = new Map([...inside, [column, new Set([...values].filter((value) => allows(allowed, value)))]]);
  }
  return pieces;
}

/** Whether some column keeps the two apart. */
function areDisjoint(first: Constraints, second: Constraints): boolean {
  return [...first].some(([column, values]) => {
    const others = second.get(column);
    return others !== undefined && ![...values].some((value) => others.has(value));
  });
}

/** Whether what holds within the log source can agree with the constraints. */
function agrees(entry: LogSourceEntry<unknown>, constraints: Constraints): boolean {
  return [...entry.implies].every(([column, inside]) => {
    const values = constraints.get(column);
    return values === undefined || [...values].some((value) => allows(inside, value));
  });
}

function matchOf<Source>(entry: LogSourceEntry<Source>, constraints: Constraints): LogSourceMatch<Source> {
  const { source, covers, confidence, note } = entry;
  const implied = [...entry.implies].filter(([column, inside]) => {
    const values = constraints.get(column);
    return values !== undefined && inside.every((value) => values.has(value));
  });
  const implies = new Set(implied.map(([column]) => column));
  return { source, constraints, implies, covers, confidence, ...(note === undefined ? {} : { note }) };
}

/** Whether the log source guarantees what the condition asks of columns that the constraints leave open. */
function isImplied(condition: Condition, entry: LogSourceEntry<unknown>, constraints: Constraints): boolean {
  return [...condition].every(
    ([column, allowed]) => constraints.has(column) || (entry.implies.has(column) && !allowed.some(isPattern)),
  );
}

/** See {@link LogSources}. `entries` in the order in which they are tried. */
export function findLogSources<Source>(
  entries: readonly LogSourceEntry<Source>[],
  constraints: Constraints,
): LogSources<Source> | undefined {
  const agreeing = entries.filter((entry) => agrees(entry, constraints));
  const whole = agreeing.find((entry) => allHold(entry.when, constraints));
  const parts: LogSourceMatch<Source>[] = [];
  let rests: readonly Rest[] = [{ constraints, isWhole: true }];
  let areComplete = true;
  for (const entry of agreeing) {
    const left: Rest[] = [];
    for (const rest of rests) {
      if (allHold(entry.when, rest.constraints)) {
        if (rest.isWhole) parts.push(matchOf(entry, rest.constraints));
        else areComplete = false;
        continue;
      }
      left.push(...takeParts(entry, rest, parts));
    }
    rests = left;
  }
  const wholeMatch = whole === undefined ? undefined : matchOf(whole, constraints);
  if (wholeMatch !== undefined && parts.length === 0)
    return { whole: wholeMatch, parts: [wholeMatch], partsAreComplete: true };
  if (parts.length === 0) return undefined;
  return { whole: wholeMatch, parts, partsAreComplete: areComplete && rests.length === 0 };
}

/** Adds to `parts` what of the rest the log source holds; returns what is left. */
function takeParts<Source>(
  entry: LogSourceEntry<Source>,
  rest: Rest,
  parts: LogSourceMatch<Source>[],
): readonly Rest[] {
  let pieces: readonly Rest[] = [rest];
  // Prefer the conditions that ask for what is known: others add columns that the rule does not test.
  const known = entry.when.filter((condition) => [...condition.keys()].every((column) => rest.constraints.has(column)));
  const open = entry.when.filter((condition) => isImplied(condition, entry, rest.constraints));
  for (const condition of known.length > 0 ? known : open) {
    pieces = pieces.flatMap((piece) => {
      const part = narrow(piece.constraints, condition);
      const isNew = part !== undefined && parts.every((other) => areDisjoint(other.constraints, part));
      if (part === undefined || !isNew) return [piece];
      parts.push(matchOf(entry, part));
      return subtract(piece.constraints, condition).map((left) => ({
        ...left,
        isWhole: left.isWhole && piece.isWhole,
      }));
    });
  }
  return pieces;
}

const EMPTY: Constraints = new Map();

function sameMapping(first: FieldMapping | undefined, second: FieldMapping | undefined): boolean {
  if (first === undefined || second === undefined) return first === second;
  return (
    first.field === second.field &&
    first.json === second.json &&
    JSON.stringify(first.relation) === JSON.stringify(second.relation) &&
    JSON.stringify([...(first.values ?? [])]) === JSON.stringify([...(second.values ?? [])]) &&
    JSON.stringify([...(first.rewrites ?? [])]) === JSON.stringify([...(second.rewrites ?? [])])
  );
}

/** What is left to ask of an event within the constraints; the shortest of several ways to ask it. */
function openConditions(when: Conditions, constraints: Constraints): readonly Constraints[] {
  if (always(when)) return [EMPTY];
  const open = when.flatMap((condition) => {
    const narrowed = narrow(constraints, condition);
    if (narrowed === undefined) return [];
    const asked = [...condition.keys()].filter(
      (column) => narrowed.get(column)?.size !== constraints.get(column)?.size,
    );
    return [new Map(asked.map((column) => [column, narrowed.get(column) ?? new Set<string>()]))];
  });
  const fewest = Math.min(...open.map((condition) => condition.size));
  return open.filter((condition) => condition.size === fewest);
}

/** See {@link ColumnLookup}. */
export function findColumn(entries: readonly ColumnEntry[], constraints: Constraints): ColumnLookup | undefined {
  const possible: ColumnEntry[] = [];
  for (const entry of entries) {
    if (allHold(entry.when, constraints)) {
      possible.push(entry);
      break;
    }
    if (!entry.strict && mayHold(entry.when, constraints)) possible.push(entry);
  }
  const [first] = possible;
  if (first === undefined) return undefined;
  if (possible.every((entry) => sameMapping(entry.mapping, first.mapping))) {
    return first.mapping === undefined ? undefined : { kind: 'mapped', mapping: first.mapping };
  }
  const candidates = possible.flatMap((entry) => {
    const { mapping } = entry;
    return mapping === undefined ? [] : openConditions(entry.when, constraints).map((when) => ({ when, mapping }));
  });
  return { kind: 'ambiguous', candidates, complete: possible.every((entry) => entry.mapping !== undefined) };
}

/** The crosswalk's name of a column or place in it; see `Crosswalk.column`. */
export function columnPath(path: readonly PathStep[]): string {
  return path.filter((step) => typeof step === 'string').join('.');
}
