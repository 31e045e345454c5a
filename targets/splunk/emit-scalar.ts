/** Scalars as expressions of `eval`. What is written here was prepared by `adapt`; anything else is a bug of ours. */
import type { Field, PathStep, Scalar, ScalarFunction, Value } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { emitWhere } from './emit-where.ts';
import { isPathKey } from './json-places.ts';
import { FORMAT_PARTS, HASHES, INSTANT_FORMAT, INSTANT_LENGTH, rowOfFunction, UTC_OFFSET } from './support.ts';
import type { Expression } from './tree.ts';

/** Tells that `adapt` let through what cannot be said. */
export class NotExpressible extends Error {
  constructor(what: string) {
    super(`SPL has no words for ${what}`);
  }
}

export const textOf = (value: string): Expression => ({ kind: 'text', value, span: NO_SPAN });
export const call = (name: string, ...args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  span: NO_SPAN,
});
export const binary = (
  left: Expression,
  operator: Extract<Expression, { kind: 'binary' }>['operator'],
  right: Expression,
): Expression => ({ kind: 'binary', operator, left, right, span: NO_SPAN });
export const negation = (of: Expression): Expression => ({ kind: 'not', of, span: NO_SPAN });

/** A number as an expression; negatives have a sign of their own. */
export function numberOf(value: number | bigint): Expression {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotExpressible(`the number ${value}`);
  const isNegative = value < 0 || Object.is(value, -0);
  const digits = String(value).replace(/^-/, '');
  const positive: Expression = { kind: 'number', digits, span: NO_SPAN };
  return isNegative ? { kind: 'negative', of: positive, span: NO_SPAN } : positive;
}

/** The number in a literal; `undefined` when it is none. */
export function numberIn(value: Value): number | bigint | undefined {
  return value.type === 'long' || value.type === 'real' || value.type === 'decimal' ? value.value : undefined;
}

/** A scalar as it is: missing where a field is missing. */
export function emitScalar(node: Scalar): Expression {
  switch (node.op) {
    case 'field':
      return emitField(node);
    case 'literal':
      return emitLiteral(node.value);
    case 'now':
      if (node.offset === 0) return call('now');
      return binary(call('now'), node.offset < 0 ? '-' : '+', numberOf(Math.abs(node.offset) / 1000));
    case 'call':
      return emitCall(node);
    case 'choose':
      return emitChoice(node, emitScalar);
    case 'anyField':
    case 'test':
    case 'query':
    case 'opaque':
      throw new NotExpressible(`a scalar ${node.op}`);
  }
}

/** A scalar as a text that is never missing. */
export function emitText(node: Scalar): Expression {
  switch (node.op) {
    case 'literal':
      return node.value.type === 'null' ? textOf('') : emitLiteral(node.value);
    case 'choose':
      return emitChoice(node, emitText);
    case 'call': {
      if (node.fn === 'concat') return emitCall(node);
      const row = rowOfFunction(node.fn, node.args.length);
      const [first] = node.args;
      if (row?.keepsText === true && first !== undefined) return emitCall(node, emitText(first));
      return orEmpty(emitCall(node));
    }
    case 'field':
    case 'now':
      return orEmpty(emitScalar(node));
    case 'anyField':
    case 'test':
    case 'query':
    case 'opaque':
      throw new NotExpressible(`a scalar ${node.op}`);
  }
}

function orEmpty(of: Expression): Expression {
  return call('coalesce', of, textOf(''));
}

function emitField(node: Field): Expression {
  return emitPlace({ kind: 'field', name: node.name, span: NO_SPAN }, node.path);
}

/** A place inside JSON: `json_extract` with paths like `a.b{0}.c`. */
function emitPlace(base: Expression, path: readonly PathStep[]): Expression {
  let place = base;
  let written = '';
  const take = (): void => {
    if (written !== '') place = call('json_extract', place, textOf(written));
    written = '';
  };
  for (const step of path) {
    if (typeof step === 'number') written += `{${step}}`;
    else if (isPathKey(step)) written += written === '' ? step : `.${step}`;
    else {
      take();
      place = call('json_extract_exact', place, textOf(step));
    }
  }
  take();
  return place;
}

/** `container[key]`, chains of it included: an element of a multivalue, or a place inside a JSON text. */
function emitElement(node: Extract<Scalar, { op: 'call' }>): Expression | undefined {
  const path: PathStep[] = [];
  let base: Scalar = node;
  while (base.op === 'call' && base.fn === 'element') {
    const [container, key]: readonly (Scalar | undefined)[] = base.args;
    const step = key?.op === 'literal' ? stepOf(key.value) : undefined;
    if (container === undefined || step === undefined) return undefined;
    path.unshift(step);
    base = container;
  }
  const [json] = base.op === 'call' && base.fn === 'parseJson' ? base.args : [];
  return json === undefined ? undefined : emitPlace(emitScalar(json), path);
}

function stepOf(value: Value): PathStep | undefined {
  return value.type === 'string' ? value.value : value.type === 'long' ? Number(value.value) : undefined;
}

function emitLiteral(value: Value): Expression {
  if (value.type === 'string') return textOf(value.value);
  if (value.type === 'null') return call('null');
  const number = numberIn(value);
  if (number === undefined) throw new NotExpressible(`a literal ${value.type}`);
  return numberOf(number);
}

function emitChoice(node: Extract<Scalar, { op: 'choose' }>, emit: (of: Scalar) => Expression): Expression {
  const [first, ...others] = node.cases;
  if (first !== undefined && others.length === 0) {
    return call('if', emitWhere(first.when), emit(first.then), emit(node.otherwise));
  }
  return call(
    'case',
    ...node.cases.flatMap(({ when, then }) => [emitWhere(when), emit(then)]),
    call('true'),
    emit(node.otherwise),
  );
}

const OPERATORS: ReadonlyMap<string, '+' | '-' | '*' | '/' | '%'> = new Map([
  ['add', '+'],
  ['subtract', '-'],
  ['multiply', '*'],
  ['divide', '/'],
  ['modulo', '%'],
]);

type ArgumentAt = (index: number) => Scalar;

/** Functions whose arguments stand otherwise in SPL, or that are written with operators. */
const SPECIAL: ReadonlyMap<ScalarFunction, (args: readonly Scalar[], at: ArgumentAt) => Expression | undefined> =
  new Map<ScalarFunction, (args: readonly Scalar[], at: ArgumentAt) => Expression | undefined>([
    ['concat', (args, at) => args.slice(1).reduce((left, part) => binary(left, '.', emitText(part)), emitText(at(0)))],
    ['negate', (_, at) => ({ kind: 'negative', of: emitScalar(at(0)), span: NO_SPAN })],
    [
      'bin',
      (_, at) => binary(call('floor', binary(emitScalar(at(0)), '/', emitScalar(at(1)))), '*', emitScalar(at(1))),
    ],
    [
      'substring',
      (args, at) => {
        const start = literalNumber(at(1));
        // Positions count from 1; those from the end are negative on both sides.
        const position = numberOf(start < 0 ? start : start + 1);
        return call('substr', emitScalar(at(0)), position, ...args.slice(2).map(emitScalar));
      },
    ],
    ['log10', (_, at) => call('log', emitScalar(at(0)), numberOf(10))],
    ['log2', (_, at) => call('log', emitScalar(at(0)), numberOf(2))],
    [
      'hash',
      (_, at) => {
        const algorithm = literalText(at(1));
        return HASHES.has(algorithm) ? call(algorithm, emitScalar(at(0))) : undefined;
      },
    ],
    [
      'toDatetime',
      (_, at) => {
        const instant = call('substr', emitScalar(at(0)), numberOf(1), numberOf(INSTANT_LENGTH));
        return call('strptime', binary(instant, '.', textOf(UTC_OFFSET)), textOf(INSTANT_FORMAT));
      },
    ],
    ['formatDatetime', (_, at) => call('strftime', emitScalar(at(0)), textOf(writeFormat(literalText(at(1)))))],
    [
      'startOf',
      (_, at) => {
        const unit = SNAPS.get(literalText(at(1)));
        return unit === undefined ? undefined : call('relative_time', emitScalar(at(0)), textOf(unit));
      },
    ],
  ]);

/** Units of `startOf` that `relative_time` snaps to. */
export const SNAPS: ReadonlyMap<string, string> = new Map([
  ['month', '@mon'],
  ['year', '@y'],
]);

/** A call; `first` is written in the place of the first argument. */
function emitCall(node: Extract<Scalar, { op: 'call' }>, first?: Expression): Expression {
  const { fn, args } = node;
  const at = (index: number): Scalar => {
    const arg = args[index];
    if (arg === undefined) throw new NotExpressible(`${fn} with ${args.length} arguments`);
    return arg;
  };
  const operator = OPERATORS.get(fn);
  if (operator !== undefined) return binary(emitScalar(at(0)), operator, emitScalar(at(1)));
  const special = fn === 'element' ? emitElement(node) : SPECIAL.get(fn)?.(args, at);
  if (special !== undefined) return special;
  const row = rowOfFunction(fn, args.length);
  if (row === undefined) throw new NotExpressible(`the function ${fn}`);
  const written = args.map((arg, index) => {
    if (index === 0 && first !== undefined) return first;
    const kind = row.args[Math.min(index, row.args.length - 1)] ?? 'value';
    if (kind === 'literal') return textOf(literalText(arg));
    return kind === 'text' ? emitText(arg) : emitScalar(arg);
  });
  return call(row.name, ...written);
}

function literalText(node: Scalar): string {
  if (node.op === 'literal' && node.value.type === 'string') return node.value.value;
  throw new NotExpressible('an argument that is no literal text');
}

function literalNumber(node: Scalar): number {
  const value = node.op === 'literal' ? numberIn(node.value) : undefined;
  if (value === undefined) throw new NotExpressible('an argument that is no literal number');
  return Number(value);
}

/** KQL's format in `strftime`'s words. */
function writeFormat(format: string): string {
  let written = '';
  for (let at = 0; at < format.length;) {
    const part = FORMAT_PARTS.find(([kql]) => format.startsWith(kql, at));
    if (part !== undefined) {
      written += part[1];
      at += part[0].length;
      continue;
    }
    const character = format.charAt(at);
    if (!/[^A-Za-z%]|T|Z/.test(character)) throw new NotExpressible(`the datetime format '${format}'`);
    written += character;
    at++;
  }
  return written;
}

/** Whether a KQL format can be written. */
export function isWritableFormat(format: string): boolean {
  try {
    writeFormat(format);
    return true;
  } catch {
    return false;
  }
}
