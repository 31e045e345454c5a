/** Expressions of `eval` as scalars. */
import { call, choose, field, long, missing, now, nullOf, opaqueScalar, real, test, text } from '../../src/ir/build.ts';
import { resultTypeOf } from '../../src/ir/functions.ts';
import type { PathStep, Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { SNAPS } from './emit-scalar.ts';
import { printFlat } from './print.ts';
import { raiseTrue } from './raise-where.ts';
import { FORMAT_PARTS, HASHES, INSTANT_FORMAT, INSTANT_LENGTH, rowOfName, UTC_OFFSET } from './support.ts';
import type { Expression } from './tree.ts';

type CallExpression = Extract<Expression, { kind: 'call' }>;

export function make(fn: ScalarFunction, args: readonly Scalar[], span: Expression['span']): Scalar {
  return call(
    fn,
    args,
    resultTypeOf(
      fn,
      args.map(() => 'unknown' as const),
    ),
    span,
  );
}

/** What is understood as syntax only. */
export function opaqueOf(node: Expression): Scalar {
  return opaqueScalar(printFlat(node), [...fieldsIn(node)], node.span);
}

export function* fieldsIn(root: Expression): Generator<string> {
  const waiting: Expression[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    switch (node.kind) {
      case 'field':
        yield node.name;
        break;
      case 'call':
        waiting.push(...node.args);
        break;
      case 'and':
      case 'or':
        waiting.push(...node.of);
        break;
      case 'not':
      case 'negative':
        waiting.push(node.of);
        break;
      case 'binary':
        waiting.push(node.left, node.right);
        break;
      case 'in':
        waiting.push(node.subject, ...node.values);
        break;
      case 'text':
      case 'number':
      case 'subsearch':
      case 'macro':
        break;
    }
  }
}

/** The value of a number as written: an integer is a long. */
export function numberOf(digits: string, sign: 1 | -1 = 1): Scalar {
  return /^[0-9]+$/.test(digits) ? long(BigInt(digits) * BigInt(sign)) : real(Number(digits) * sign);
}

/** Whether an expression cannot be missing. */
export function isGuarded(node: Expression): boolean {
  switch (node.kind) {
    case 'text':
    case 'number':
      return true;
    case 'call': {
      const [first] = node.args;
      if (node.name === 'now' || node.name === 'time') return true;
      if (node.name === 'coalesce') return node.args.some(isGuarded);
      if (node.name === 'if') return node.args.slice(1).every(isGuarded);
      if (node.name === 'case')
        return isComplete(node) && node.args.every((arg, index) => index % 2 === 0 || isGuarded(arg));
      return first !== undefined && (rowOfName(node.name, node.args.length)?.keepsText ?? false) && isGuarded(first);
    }
    case 'binary':
      return node.operator === '.' && isGuarded(node.left) && isGuarded(node.right);
    case 'field':
    case 'and':
    case 'or':
    case 'not':
    case 'negative':
    case 'in':
    case 'subsearch':
    case 'macro':
      return false;
  }
}

/** Whether the last case is `true()`. */
function isComplete(node: CallExpression): boolean {
  const last = node.args.at(-2);
  return last?.kind === 'call' && last.name === 'true' && node.args.length % 2 === 0;
}

/** The expression inside `coalesce(x, "")`; `undefined` for any other. */
export function withoutEmpty(node: Expression): Expression | undefined {
  if (node.kind !== 'call' || node.name !== 'coalesce' || node.args.length !== 2) return undefined;
  const [inner, empty] = node.args;
  return empty?.kind === 'text' && empty.value === '' ? inner : undefined;
}

/** A text that reads as empty when it is missing: what `coalesce(x, "")` says of x. */
export function raiseText(node: Expression): Scalar {
  const bare = withoutEmpty(node);
  if (bare !== undefined) {
    const raised = raiseScalar(bare);
    return raised.op === 'field' ? { ...raised, type: 'string' } : raised;
  }
  if (node.kind === 'call') {
    const row = rowOfName(node.name, node.args.length);
    const [first] = node.args;
    if (row?.keepsText === true && first !== undefined) {
      return make(row.fn, [raiseText(first), ...node.args.slice(1).map(raiseScalar)], node.span);
    }
    if (node.name === 'if' || node.name === 'case') return raiseChoice(node, raiseText);
  }
  return raiseScalar(node);
}

export function raiseScalar(node: Expression): Scalar {
  switch (node.kind) {
    case 'text':
      return text(node.value, node.span);
    case 'number':
      return { ...numberOf(node.digits), span: node.span };
    case 'field':
      return field(node.name, [], 'unknown', node.span);
    case 'negative':
      if (node.of.kind === 'number') return { ...numberOf(node.of.digits, -1), span: node.span };
      return make('negate', [raiseScalar(node.of)], node.span);
    case 'binary':
      return raiseBinary(node);
    case 'call':
      return raiseCall(node);
    case 'and':
    case 'or':
    case 'not':
    case 'in':
      return test(raiseTrue(node), node.span);
    case 'subsearch':
    case 'macro':
      return opaqueOf(node);
  }
}

const OPERATORS = { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide', '%': 'modulo' } as const;

function raiseBinary(node: Extract<Expression, { kind: 'binary' }>): Scalar {
  const { left, right, operator, span } = node;
  switch (operator) {
    case '.':
      return raiseConcat(node);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return (
        raiseRunTime(node) ?? raiseBin(node) ?? make(OPERATORS[operator], [raiseScalar(left), raiseScalar(right)], span)
      );
    case 'XOR':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'LIKE':
      return test(raiseTrue(node), span);
  }
}

/** `a.b`: missing as soon as a part is. Parts that may be missing say so. */
function raiseConcat(node: Expression): Scalar {
  const parts: Expression[] = [];
  let at = node;
  while (at.kind === 'binary' && at.operator === '.') {
    parts.unshift(at.right);
    at = at.left;
  }
  parts.unshift(at);
  const joined = make('concat', parts.map(raiseText), node.span);
  const open = parts.filter((part) => !isGuarded(part));
  return whenPresent(open, joined);
}

/** The value, or nothing as soon as one of the expressions is missing. */
function whenPresent(open: readonly Expression[], value: Scalar): Scalar {
  return choose(
    open.map((part) => ({ when: missing(raiseScalar(part), 'null'), then: nullOf('unknown') })),
    value,
    'unknown',
    value.span,
  );
}

/** `now()-3600`. */
function raiseRunTime(node: Extract<Expression, { kind: 'binary' }>): Scalar | undefined {
  const { left, right, operator } = node;
  if (left.kind !== 'call' || left.name !== 'now' || right.kind !== 'number') return undefined;
  if (operator !== '-' && operator !== '+') return undefined;
  const offset = Number(right.digits) * 1000;
  return now(operator === '-' ? -offset : offset, node.span);
}

/** `floor(x/n)*n`. */
function raiseBin(node: Extract<Expression, { kind: 'binary' }>): Scalar | undefined {
  const { left, right, operator, span } = node;
  if (operator !== '*' || left.kind !== 'call' || left.name !== 'floor') return undefined;
  const [quotient] = left.args;
  if (quotient?.kind !== 'binary' || quotient.operator !== '/') return undefined;
  if (printFlat(quotient.right) !== printFlat(right)) return undefined;
  return make('bin', [raiseScalar(quotient.left), raiseScalar(right)], span);
}

function raiseChoice(node: CallExpression, raise: (of: Expression) => Scalar): Scalar {
  const { args, name, span } = node;
  if (name === 'if') {
    const [when, then, otherwise] = args;
    if (when === undefined || then === undefined || otherwise === undefined) return opaqueOf(node);
    return choose([{ when: raiseTrue(when), then: raise(then) }], raise(otherwise), 'unknown', span);
  }
  const complete = isComplete(node);
  const cases: { readonly when: ReturnType<typeof raiseTrue>; readonly then: Scalar }[] = [];
  for (let index = 0; index + 1 < args.length - (complete ? 2 : 0); index += 2) {
    const [when, then] = [args[index], args[index + 1]];
    if (when !== undefined && then !== undefined) cases.push({ when: raiseTrue(when), then: raise(then) });
  }
  const last = args.at(-1);
  const otherwise = complete && last !== undefined ? raise(last) : nullOf('unknown', span);
  return choose(cases, otherwise, 'unknown', span);
}

/** Functions that say whether something holds. */
const TESTS: ReadonlySet<string> = new Set([
  'match',
  'like',
  'isnull',
  'isnotnull',
  'cidrmatch',
  'true',
  'false',
  'searchmatch',
]);

function raiseCall(node: CallExpression): Scalar {
  const { name, args, span } = node;
  const [first, second] = args;
  if (TESTS.has(name)) return test(raiseTrue(node), span);
  if (name === 'if' || name === 'case') return raiseChoice(node, raiseScalar);
  if (name === 'null' && first === undefined) return nullOf('unknown', span);
  if ((name === 'now' || name === 'time') && first === undefined) return now(0, span);
  if (first !== undefined) {
    const special = raiseSpecial(node, first, second);
    if (special !== undefined) return special;
  }
  const row = rowOfName(name, args.length);
  if (row === undefined) return opaqueOf(node);
  const raised = args.map((arg, index) => {
    const kind = row.args[Math.min(index, row.args.length - 1)] ?? 'value';
    return kind === 'text' || (index === 0 && row.keepsText === true) ? raiseText(arg) : raiseScalar(arg);
  });
  const open = args.filter((arg, index) => row.args[index] === 'text' && !isGuarded(arg));
  return whenPresent(open, make(row.fn, raised, span));
}

/** Calls whose arguments stand otherwise on the other side. */
function raiseSpecial(node: CallExpression, first: Expression, second: Expression | undefined): Scalar | undefined {
  const { name, args, span } = node;
  if (HASHES.has(name) && args.length === 1) return make('hash', [raiseScalar(first), text(name)], span);
  switch (name) {
    case 'substr': {
      const start = second === undefined ? undefined : raiseScalar(second);
      if (start?.op !== 'literal' || start.value.type !== 'long' || start.value.value === 0n) return undefined;
      const { value } = start.value;
      return make(
        'substring',
        [raiseScalar(first), long(value > 0n ? value - 1n : value), ...args.slice(2).map(raiseScalar)],
        span,
      );
    }
    case 'log':
      if (second === undefined || (second.kind === 'number' && second.digits === '10')) {
        return make('log10', [raiseScalar(first)], span);
      }
      return second.kind === 'number' && second.digits === '2' ? make('log2', [raiseScalar(first)], span) : undefined;
    case 'json_extract':
    case 'json_extract_exact':
    case 'spath':
      return raisePlace(node);
    case 'strptime':
      return second?.kind === 'text' && second.value === INSTANT_FORMAT ? raiseInstant(first, span) : undefined;
    case 'strftime': {
      const format = second?.kind === 'text' ? readFormat(second.value) : undefined;
      return format === undefined ? undefined : make('formatDatetime', [raiseScalar(first), text(format)], span);
    }
    case 'relative_time':
      return raiseRelative(first, second, span);
    default:
      return undefined;
  }
}

/** A place inside JSON. What is taken out of something taken out is a text in the JSON that is JSON of its own. */
function raisePlace({ name, args, span }: CallExpression): Scalar | undefined {
  const [of, second, more] = args;
  if (of === undefined || second?.kind !== 'text' || more !== undefined) return undefined;
  const path = name === 'json_extract_exact' ? [second.value] : readPath(second.value);
  if (path === undefined) return undefined;
  if (of.kind === 'field') return field(of.name, path, 'dynamic', span);
  return path.reduce<Scalar>(
    (container, step) => make('element', [container, typeof step === 'number' ? long(step) : text(step)], span),
    make('parseJson', [raiseScalar(of)], span),
  );
}

/** `substr(x, 1, 19)."+0000"`: the instant that a text begins with. */
function raiseInstant(node: Expression, span: Expression['span']): Scalar | undefined {
  if (node.kind !== 'binary' || node.operator !== '.' || node.left.kind !== 'call') return undefined;
  const { left, right } = node;
  const [of, start, length] = left.args;
  const isWhole = start?.kind === 'number' && start.digits === '1' && length?.kind === 'number';
  if (of === undefined || left.name !== 'substr' || !isWhole || length.digits !== String(INSTANT_LENGTH))
    return undefined;
  return right.kind === 'text' && right.value === UTC_OFFSET ? make('toDatetime', [raiseScalar(of)], span) : undefined;
}

function raiseRelative(
  first: Expression,
  second: Expression | undefined,
  span: Expression['span'],
): Scalar | undefined {
  const unit = [...SNAPS].find(([, snap]) => second?.kind === 'text' && second.value === snap)?.[0];
  return unit === undefined ? undefined : make('startOf', [raiseScalar(first), text(unit)], span);
}

/** `a.b{0}` as steps; `undefined` for what names several places (`a{}`). */
function readPath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  const part = /(?:^|\.)([^.{}]+)|\{([0-9]+)\}/gy;
  let end = 0;
  for (let found = part.exec(path); found !== null; found = part.exec(path)) {
    end = part.lastIndex;
    if (found[1] !== undefined) steps.push(found[1]);
    else steps.push(Number(found[2]));
  }
  return end === path.length && steps.length > 0 ? steps : undefined;
}

/** `strftime`'s format in KQL's words. */
function readFormat(format: string): string | undefined {
  let written = '';
  for (let at = 0; at < format.length;) {
    const part = FORMAT_PARTS.find(([, splunk]) => format.startsWith(splunk, at));
    if (part !== undefined) {
      written += part[0];
      at += part[1].length;
      continue;
    }
    const character = format.charAt(at);
    if (!/[^A-Za-z%]|T|Z/.test(character)) return undefined;
    written += character;
    at++;
  }
  return written;
}
