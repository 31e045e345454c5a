/** The neutral functions under their names in KQL. The way there is `functions.ts`; this is the way back. */
import type { Scalar, ScalarFunction } from '../../ir/types.ts';
import type { Expression } from '../ast.ts';
import { scalarFunction, scalarFunctionNames } from '../functions.ts';
import { printName } from '../print/written.ts';

/** Where several KQL functions mean the same, the first that is listed there is used, but for these. */
const PREFERRED: readonly (readonly [ScalarFunction, string])[] = [
  ['bin', 'bin'],
  ['toText', 'tostring'],
  ['toLong', 'tolong'],
  ['toDynamic', 'todynamic'],
  ['extract', 'extract'],
  ['extractAll', 'extract_all'],
  ['extractJson', 'extract_json'],
  ['split', 'split'],
  ['parseJson', 'parse_json'],
  ['packAll', 'pack_all'],
  ['datePart', 'datetime_part'],
  ['ipInRange', 'ipv4_is_in_range'],
  ['ipv6InRange', 'ipv6_is_in_range'],
  ['ipIsPrivate', 'ipv4_is_private'],
  ['hasIp', 'has_any_ipv4'],
  ['hasIpPrefix', 'has_any_ipv4_prefix'],
  ['makeBag', 'bag_pack'],
];

let names: ReadonlyMap<ScalarFunction, string> | undefined;

function namesOfCalls(): ReadonlyMap<ScalarFunction, string> {
  if (names !== undefined) return names;
  const found = new Map<ScalarFunction, string>();
  for (const name of scalarFunctionNames()) {
    const meaning = scalarFunction(name)?.meaning;
    if (meaning?.is === 'call' && meaning.order === undefined && !found.has(meaning.fn)) found.set(meaning.fn, name);
  }
  for (const [fn, name] of PREFERRED) found.set(fn, name);
  return (names = found);
}

/** Functions whose first or last argument is part of the name in KQL: `startOf(x, "day")` is `startofday(x)`. */
const NAMED_BY: Readonly<
  Partial<Record<ScalarFunction, { readonly at: number; readonly name: (word: string) => string }>>
> = {
  hash: { at: 1, name: (word) => `hash_${word}` },
  startOf: { at: 1, name: (word) => `startof${word}` },
  endOf: { at: 1, name: (word) => `endof${word}` },
  arraySort: { at: 1, name: (word) => `array_sort_${word}` },
  seriesFill: { at: 0, name: (word) => `series_fill_${word}` },
  seriesOther: { at: 0, name: (word) => word },
};

type Call = Extract<Scalar, { readonly op: 'call' }>;

/**
 * The name of a call and the arguments that it is written with. Functions that KQL has no word for (they are made by
 * lowering, or by another language) keep their neutral name.
 */
export function nameOfCall({ fn, args }: Call): { readonly name: string; readonly args: readonly Scalar[] } {
  const by = NAMED_BY[fn];
  const word = by === undefined ? undefined : args[by.at];
  if (by !== undefined && word?.op === 'literal' && word.value.type === 'string') {
    return { name: by.name(word.value.value), args: args.filter((_, index) => index !== by.at) };
  }
  const [regex, text, groups] = args;
  // KQL has the groups before the text.
  if (fn === 'extractAll' && regex !== undefined && text !== undefined && groups !== undefined) {
    return { name: 'extract_all', args: [regex, groups, text] };
  }
  return { name: namesOfCalls().get(fn) ?? fn, args };
}

/** The functions that are operators in KQL. */
export const ARITHMETIC: Readonly<Partial<Record<ScalarFunction, '+' | '-' | '*' | '/' | '%'>>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
};

export function callExpression(name: string, args: readonly Expression[], span: Expression['span']): Expression {
  return {
    kind: 'call',
    name: { name, bracketed: false, span },
    args: args.map((value) => ({ value, span: value.span })),
    span,
  };
}

/** A name as an expression has it: in brackets where it is not a plain word. */
export function nameText(name: string): string {
  return printName({ name, bracketed: false });
}
