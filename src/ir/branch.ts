/** Events of one table on their way through operators that look at one row at a time. */
import { call, constant, field, match, spanOf, text } from './build.ts';
import type { RelationOf } from './build.ts';
import {
  extendEnvironment,
  lookUp,
  OPEN,
  projectEnvironment,
  renameEnvironment,
  resolvePredicateIn,
  resolveScalarIn,
  selectEnvironment,
} from './environment.ts';
import type { Environment } from './environment.ts';
import { quoteRegex } from './regex-syntax.ts';
import type { Branch, Expansion } from './shape.ts';
import { junction } from './normalise-predicate.ts';
import type { Field, NamedScalar, ParsePart, Predicate, Scalar } from './types.ts';

/** A bag whose properties have become columns. */
interface Unpacked {
  readonly bag: Scalar;
  readonly prefix: string;
}

/** A branch under construction. */
export interface OpenBranch extends Branch {
  readonly unpacked: readonly Unpacked[];
}

/** Whether a table has a stored column; `undefined` where that is not known. */
export type StoredColumns = (table: string, column: string) => boolean | undefined;

export function branchOf(source: RelationOf<'source'>): OpenBranch {
  return {
    table: source.table,
    timeColumn: source.timeColumn,
    ...(source.window === undefined ? {} : { window: source.window }),
    where: constant(true, source.span),
    ...OPEN,
    expansions: [],
    unpacked: [],
    span: source.span,
  };
}

const withEnvironment = (branch: OpenBranch, environment: Environment): OpenBranch => ({
  ...branch,
  columns: environment.columns,
  open: environment.open,
  hidden: environment.hidden,
});

/**
 * The branch as names are looked up in it: those of unpacked bags included. Where all columns are listed, any other name
 * can only be a bag's.
 */
function environmentOf(branch: OpenBranch, fields: readonly Field[], stored: StoredColumns): Environment {
  const { open, hidden } = branch;
  if (branch.unpacked.length === 0) return branch;
  const columns = new Map(branch.columns);
  for (const { name } of fields) {
    if (columns.has(name) || hidden.has(name)) continue;
    if (open && (name === branch.timeColumn || stored(branch.table, name) === true)) continue;
    const place = propertyOf(branch.unpacked, name);
    if (place !== undefined) columns.set(name, place);
  }
  return { columns, open, hidden };
}

function propertyOf(unpacked: readonly Unpacked[], name: string): Scalar | undefined {
  const { bag, prefix } = unpacked.findLast((one) => name.startsWith(one.prefix)) ?? {};
  if (bag === undefined || prefix === undefined) return undefined;
  const key = name.slice(prefix.length);
  if (bag.op === 'field') return field(bag.name, [...bag.path, key], 'dynamic', bag.span);
  return call('element', [bag, text(key)], 'dynamic', bag.span);
}

/** The branch with those of the fields as columns of their own that an unpacked bag holds. */
export const branchWithNames = (branch: OpenBranch, fields: readonly Field[], stored: StoredColumns): OpenBranch =>
  withEnvironment(branch, environmentOf(branch, fields, stored));

/** A scalar over the branch's columns in terms of stored fields. */
export function scalarInBranch(
  branch: OpenBranch,
  scalar: Scalar,
  fields: readonly Field[],
  stored: StoredColumns,
): Scalar {
  return resolveScalarIn(environmentOf(branch, fields, stored), scalar);
}

/** Both of two tidy predicates. */
const both = (left: Predicate, right: Predicate): Predicate =>
  junction('and', [left, right], 'source', spanOf([left, right]));

export function filterBranch(
  branch: OpenBranch,
  where: Predicate,
  fields: readonly Field[],
  stored: StoredColumns,
): OpenBranch {
  const resolved = resolvePredicateIn(environmentOf(branch, fields, stored), where);
  return { ...branch, where: both(branch.where, resolved) };
}

export function extendBranch(
  branch: OpenBranch,
  columns: readonly NamedScalar[],
  fields: readonly Field[],
  stored: StoredColumns,
): OpenBranch {
  const environment = environmentOf(branch, fields, stored);
  return withEnvironment(branch, extendEnvironment(environment, columns));
}

export function projectBranch(
  branch: OpenBranch,
  columns: readonly NamedScalar[],
  fields: readonly Field[],
  stored: StoredColumns,
): OpenBranch {
  const environment = projectEnvironment(environmentOf(branch, fields, stored), columns);
  return { ...withEnvironment(branch, environment), unpacked: [] };
}

export function selectBranch(
  branch: OpenBranch,
  mode: 'drop' | 'keep',
  names: readonly string[],
  fieldOf: (name: string) => Field,
  stored: StoredColumns,
): OpenBranch {
  const exact = names.filter((name) => !name.includes('*')).map(fieldOf);
  const environment = environmentOf(branch, mode === 'keep' ? exact : [], stored);
  const selected = withEnvironment(branch, selectEnvironment(environment, mode, names, fieldOf));
  return mode === 'keep' && !selected.open ? { ...selected, unpacked: [] } : selected;
}

export function renameBranch(
  branch: OpenBranch,
  renamed: readonly { readonly from: string; readonly to: string }[],
  fieldOf: (name: string) => Field,
  stored: StoredColumns,
): OpenBranch {
  const environment = environmentOf(
    branch,
    renamed.map(({ from }) => fieldOf(from)),
    stored,
  );
  return withEnvironment(branch, renameEnvironment(environment, renamed, fieldOf));
}

export function unpackBranch(branch: OpenBranch, node: RelationOf<'unpack'>): OpenBranch {
  const bag = lookUp(branch, node.bag) ?? node.bag;
  const resolved = resolveScalarIn(branch, { ...node.bag, name: node.bag.name });
  const columns = new Map(branch.columns);
  columns.delete(node.bag.name);
  // The operator takes the bag's own column away.
  const hidden = node.bag.path.length === 0 ? new Set([...branch.hidden, node.bag.name]) : branch.hidden;
  return {
    ...branch,
    columns,
    hidden,
    unpacked: [...branch.unpacked, { bag: node.bag.path.length === 0 ? bag : resolved, prefix: node.prefix }],
  };
}

// ---------------------------------------------------------------------------------------------- lists

/**
 * One row for each element: the columns become `anyElement(list, id)`. Several columns expand side by side, which the
 * common id says.
 */
export function expandBranch(
  branch: OpenBranch,
  node: RelationOf<'expand' | 'apply'>,
  id: string,
  fields: readonly Field[],
  stored: StoredColumns,
): OpenBranch {
  const environment = environmentOf(branch, fields, stored);
  const columns = new Map(environment.columns);
  const expansions: Expansion[] = [...branch.expansions];
  for (const { name, value, type } of node.columns) {
    const of = resolveScalarIn(environment, value);
    expansions.push({ id, of, span: node.span });
    const element = call('anyElement', [of, text(id)], 'dynamic', node.span);
    columns.set(name, type === 'string' ? call('toText', [element], 'string', node.span) : element);
  }
  return { ...withEnvironment(branch, { ...environment, columns }), expansions };
}

// ---------------------------------------------------------------------------------------------- parse

/** A pattern as a regex with a group for each column; `undefined` where a regex does not say the same. */
function parseRegex(node: RelationOf<'parse'>): string | undefined {
  if (node.mode === 'relaxed' || node.flags !== '') return undefined;
  let regex = '';
  for (const [index, part] of node.parts.entries()) {
    const isLast = index === node.parts.length - 1;
    const piece = parsePiece(part, isLast, node.mode);
    if (piece === undefined) return undefined;
    regex += piece;
  }
  return node.mode === 'regex' ? regex : `(?s)^${regex}$`;
}

function parsePiece(part: ParsePart, isLast: boolean, mode: 'simple' | 'regex'): string | undefined {
  switch (part.part) {
    case 'any':
      return isLast ? '.*' : '.*?';
    case 'text':
      return mode === 'regex' ? undefined : quoteRegex(part.text);
    case 'column':
      // A column of another type takes part in deciding whether the pattern fits at all.
      if (part.type !== 'string') return undefined;
      return isLast ? '(.*)' : '(.*?)';
  }
}

/** The columns of `parse` as capture groups; where a regex does not say the same, as calls that nothing can see into. */
export function parseBranch(
  branch: OpenBranch,
  node: RelationOf<'parse'>,
  fields: readonly Field[],
  stored: StoredColumns,
): OpenBranch | undefined {
  const regex = parseRegex(node);
  if (regex === undefined && node.dropsUnmatched) return undefined;
  const subject = scalarInBranch(branch, node.subject, fields, stored);
  const columns = new Map(branch.columns);
  let group = 0n;
  for (const part of node.parts) {
    if (part.part !== 'column') continue;
    group += 1n;
    columns.set(part.name, parsedColumn(regex, group, subject, node));
  }
  const parsed = { ...branch, columns };
  if (!node.dropsUnmatched || regex === undefined) return parsed;
  const fits = match(subject, 'regex', regex, { caseSensitive: true }, node.span);
  return { ...parsed, where: both(parsed.where, fits) };
}

function parsedColumn(regex: string | undefined, group: bigint, subject: Scalar, node: RelationOf<'parse'>): Scalar {
  if (regex === undefined) {
    const reads = subject.op === 'field' ? [subject.name] : [];
    return { op: 'opaque', text: 'parse', reads, span: node.span };
  }
  const number: Scalar = { op: 'literal', value: { type: 'long', value: group }, span: node.span };
  return call('extract', [text(regex, node.span), number, subject], 'string', node.span);
}
