/** Comparing rows with the results that Microsoft's KQL documentation prints. */
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import { evaluateRelation, EvaluationUnsupported } from '../../src/eval/index.ts';
import type { Row } from '../../src/eval/index.ts';
import { parseDatetime, parseTimespan } from '../../src/eval/instants.ts';
import { isNull, textOf } from '../../src/eval/value.ts';
import type { Value } from '../../src/ir/types.ts';
import { opaquesOf, relationPart } from '../../src/ir/walk.ts';

export interface DocumentedCase {
  readonly id: string;
  readonly form: 'query' | 'expression' | 'lines';
  readonly query: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly truncated: boolean;
  readonly suspect: boolean;
  readonly sorted: boolean;
  readonly requires?: readonly string[];
}

export type Outcome =
  | { readonly result: 'agrees' | 'unsupported' | 'not understood'; readonly detail: string }
  | { readonly result: 'disagrees'; readonly detail: string };

/** Runs one documented query. */
export function runCase(documented: DocumentedCase): Outcome {
  if (documented.form === 'lines') {
    const outcomes = documented.rows.map(([expression = '', result = '']) =>
      runCase({ ...documented, form: 'expression', query: expression, columns: ['result'], rows: [[result]] }),
    );
    return (
      outcomes.find(({ result }) => result === 'disagrees') ??
      outcomes.find(({ result }) => result !== 'agrees') ?? { result: 'agrees', detail: '' }
    );
  }
  const text = documented.form === 'expression' ? `print ${documented.query}` : documented.query;
  const parsed = parseKql(wholeFile(text));
  if (parsed.query === undefined)
    return { result: 'not understood', detail: parsed.diagnostics[0]?.message ?? 'no query' };
  const { relation } = lowerQuery(parsed.query, { schemaOf: () => undefined });
  const [opaque] = opaquesOf(relationPart(relation));
  if (opaque !== undefined) return { result: 'not understood', detail: opaque.text.slice(0, 80) };
  try {
    const rows = evaluateRelation(relation, new Map(), { now: Date.UTC(2024, 0, 1) });
    return compareRows(rows, documented);
  } catch (error) {
    if (error instanceof EvaluationUnsupported) return { result: 'unsupported', detail: error.construct };
    throw error;
  }
}

function compareRows(rows: readonly Row[], documented: DocumentedCase): Outcome {
  const width = documented.columns.length;
  // Column names are not what is asked here: some pages print other ones.
  const named = documented.columns.every((name) => rows.some((row) => row.has(name)));
  const cells = rows.map((row) =>
    named ? documented.columns.map((name) => row.get(name)) : [...row.values()].slice(0, width),
  );
  if (cells.length !== documented.rows.length) {
    return { result: 'disagrees', detail: `${cells.length} rows instead of ${documented.rows.length}` };
  }
  const left = [...cells];
  for (const expected of documented.rows) {
    const at = documented.sorted
      ? left.findIndex((_, index) => index === 0)
      : left.findIndex((found) => fitsRow(found, expected));
    const found = left[at];
    if (found === undefined || !fitsRow(found, expected)) {
      return {
        result: 'disagrees',
        detail:
          `no row [${expected.join(' | ')}] in [${left.map((row) => row.map((cell) => (cell === undefined ? '' : textOf(cell))).join(' | ')).join('] [')}]`.slice(
            0,
            600,
          ),
      };
    }
    left.splice(at, 1);
  }
  return { result: 'agrees', detail: '' };
}

function fitsRow(found: readonly (Value | undefined)[], expected: readonly string[]): boolean {
  return expected.every((cell, index) => fitsCell(found[index], cell.trim()));
}

/** Whether a value is printed so. Pages print the same value in several ways. */
export function fitsCell(value: Value | undefined, printed: string): boolean {
  if (value === undefined || isNull(value)) return printed === '' || /^\(?null\)?$/i.test(printed);
  const text = textOf(value);
  if (text.trim() === printed) return true;
  switch (value.type) {
    case 'bool':
      return (value.value ? ['true', '1'] : ['false', '0']).includes(printed.toLowerCase());
    case 'long':
      return Number(value.value) === Number(printed) && printed !== '';
    case 'real':
    case 'decimal':
      return closeTo(value.value, Number(printed.replaceAll(',', '').replace('∞', 'Infinity'))) && printed !== '';
    case 'datetime': {
      const instant = parseDatetime(printed);
      return instant !== undefined && Math.abs(instant - value.value) < 0.001;
    }
    case 'timespan': {
      const duration = parseTimespan(printed);
      return duration !== undefined && Math.abs(duration - value.value) < 0.001;
    }
    case 'dynamic':
      try {
        return fitsJson(value.value, JSON.parse(printed) as unknown);
      } catch {
        return false;
      }
    case 'string':
    case 'guid':
    case 'null':
      return false;
  }
}

function closeTo(left: number, right: number): boolean {
  if (Number.isNaN(left)) return Number.isNaN(right);
  return left === right || Math.abs(left - right) <= 1e-6 * Math.max(1, Math.abs(left));
}

function fitsJson(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return closeTo(left, right);
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null)
    return String(left) === String(right);
  const [a, b] = [Object.entries(left), Object.entries(right)];
  const other = new Map(b);
  return a.length === b.length && a.every(([key, item]) => other.has(key) && fitsJson(item, other.get(key)));
}
