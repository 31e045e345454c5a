/** Scalars of a Detection as YARA-L expressions. What has no phrase is `undefined`; `support.ts` says why. */
import type { Field, Scalar, ScalarFunction, Value } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { writeNumber } from './lexical.ts';
import type { ArithmeticOperator, Expression } from './tree.ts';

/** How a field is written: behind which event variable, as a placeholder. */
export type FieldPhrase = (field: Field) => Expression;

export const stringOf = (value: string, raw = false): Expression => ({ kind: 'string', value, raw, span: NO_SPAN });
export const numberOf = (text: string): Expression => ({ kind: 'number', text, span: NO_SPAN });
export const callOf = (name: string, args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  span: NO_SPAN,
});

/** Functions whose arguments have the same order in YARA-L. `dividesReals`... are told apart below. */
const SAME_ORDER: Readonly<Partial<Record<ScalarFunction, string>>> = {
  lower: 'strings.to_lower',
  upper: 'strings.to_upper',
  concat: 'strings.concat',
  coalesce: 'strings.coalesce',
  reverse: 'strings.reverse',
  base64Decode: 'strings.base64_decode',
  urlDecode: 'strings.url_decode',
  replaceRegex: 're.replace',
  toText: 'cast.as_string',
  toLong: 'cast.as_int',
  toReal: 'cast.as_float',
  abs: 'math.abs',
  ceiling: 'math.ceil',
  floor: 'math.floor',
  power: 'math.pow',
  sqrt: 'math.sqrt',
  log: 'math.log',
};

/** YARA-L name -> neutral name, for reading. */
export const FUNCTION_OF_NAME: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries(SAME_ORDER).map(([fn, name]) => [name, fn as ScalarFunction]),
);

export const ARITHMETIC: Readonly<Partial<Record<ScalarFunction, ArithmeticOperator>>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
};

export function phraseScalar(scalar: Scalar, field: FieldPhrase): Expression | undefined {
  switch (scalar.op) {
    case 'field':
      return field(scalar);
    case 'literal':
      return phraseValue(scalar.value);
    case 'call':
      return phraseCall(scalar, field);
    case 'anyField':
    case 'now':
    case 'choose':
    case 'test':
    case 'query':
    case 'opaque':
      return undefined;
  }
}

/** Literals. The language has no negative numbers: they are a difference from 0 ("YARA-L 2.0 language syntax"). */
export function phraseValue(value: Value): Expression | undefined {
  switch (value.type) {
    case 'string':
      return stringOf(value.value);
    case 'long':
      return value.value < 0n ? negative(String(-value.value)) : numberOf(String(value.value));
    case 'real':
    case 'decimal':
      if (!Number.isFinite(value.value)) return undefined;
      return value.value < 0 ? negative(writeNumber(-value.value)) : numberOf(writeNumber(value.value));
    case 'bool':
      return { kind: 'bool', value: value.value, span: NO_SPAN };
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'dynamic':
    case 'null':
      return undefined;
  }
}

const negative = (digits: string): Expression => ({
  kind: 'arithmetic',
  operator: '-',
  left: numberOf('0'),
  right: numberOf(digits),
  span: NO_SPAN,
});

type Call = Extract<Scalar, { readonly op: 'call' }>;

function phraseCall(node: Call, field: FieldPhrase): Expression | undefined {
  const operator = ARITHMETIC[node.fn];
  if (operator !== undefined) return phraseArithmetic(operator, node, field);
  const special = SPECIAL[node.fn];
  if (special !== undefined) return special(node, field);
  const name = SAME_ORDER[node.fn];
  const args = phraseArguments(node.args, field);
  if (name === undefined || args === undefined) return undefined;
  return callOf(name, node.fn === 'replaceRegex' ? rawSecond(args) : args);
}

/** Functions that YARA-L has in another form. */
const SPECIAL: Readonly<Partial<Record<ScalarFunction, (node: Call, field: FieldPhrase) => Expression | undefined>>> = {
  extract({ args: [regex, group, of] }, field) {
    const subject = of === undefined ? undefined : phraseScalar(of, field);
    const pattern = regex?.op === 'literal' && regex.value.type === 'string' ? regex.value.value : undefined;
    if (subject === undefined || pattern === undefined || !isGroupOf(pattern, group)) return undefined;
    return callOf('re.capture', [subject, stringOf(pattern, true)]);
  },
  element({ args: [split, position] }, field) {
    if (split?.op !== 'call' || split.fn !== 'split' || split.args.length !== 2 || position === undefined) {
      return undefined;
    }
    const pieces = phraseArguments(split.args, field);
    const index = phraseScalar(position, field);
    if (pieces === undefined || index === undefined) return undefined;
    return callOf('arrays.index_to_str', [callOf('strings.split', pieces), index]);
  },
  hourOfDay({ args: [time] }, field) {
    const seconds = time === undefined ? undefined : phraseSeconds(time, field);
    return seconds === undefined ? undefined : callOf('timestamp.get_hour', [seconds, stringOf('UTC')]);
  },
};

const rawSecond = (args: readonly Expression[]): readonly Expression[] =>
  args.map((arg, index) => (index === 1 && arg.kind === 'string' ? { ...arg, raw: true } : arg));

/** `re.capture` gives the one group there is, or the whole match when there is none. */
function isGroupOf(pattern: string, group: Scalar | undefined): boolean {
  if (group?.op !== 'literal' || group.value.type !== 'long') return false;
  return Number(group.value.value) === capturingGroups(pattern);
}

/** How many groups capture; brackets in classes and escaped parentheses are none. */
export function capturingGroups(pattern: string): number {
  const bare = pattern.replace(/\\[^]/g, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  return [...bare.matchAll(/\((?!\?)|\(\?P?</g)].length;
}

function phraseArguments(args: readonly Scalar[], field: FieldPhrase): readonly Expression[] | undefined {
  const phrased = args.map((arg) => phraseScalar(arg, field));
  const found = phrased.filter((arg) => arg !== undefined);
  return found.length === phrased.length ? found : undefined;
}

/** An instant as seconds since 1970: the only instants there are come from a field of seconds. */
function phraseSeconds(scalar: Scalar, field: FieldPhrase): Expression | undefined {
  if (scalar.op !== 'call' || scalar.fn !== 'fromUnixSeconds') return undefined;
  const [seconds] = scalar.args;
  return seconds === undefined ? undefined : phraseScalar(seconds, field);
}

function phraseArithmetic(operator: ArithmeticOperator, node: Call, field: FieldPhrase): Expression | undefined {
  const [left, right] = phraseArguments(node.args, field) ?? [];
  if (left === undefined || right === undefined || node.args.length !== 2) return undefined;
  return { kind: 'arithmetic', operator, left, right, span: NO_SPAN };
}
