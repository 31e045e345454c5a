/** Expressions as scalars. */
import { anyField, call, field, opaqueScalar, scalarQuery, test, text } from '../../ir/build.ts';
import { scalarPart } from '../../ir/walk.ts';
import type { Field, PathStep, Scalar, ScalarFunction, ScalarType } from '../../ir/types.ts';
import type { Span } from '../../source.ts';
import type { Expression } from '../ast.ts';
import { spend } from './bindings.ts';
import { lowerCall } from './call.ts';
import type { Columns } from './columns.ts';
import { typeOfCall, typeOfScalar } from './columns.ts';
import { foldCall } from './constant.ts';
import type { Place } from './context.ts';
import { nested } from './context.ts';
import { lowerLiteral } from './literals.ts';
import { payloadField, xmlPartOf } from './payload.ts';
import { firstColumnOf, lowerPipeline } from './pipeline.ts';
import { lowerPredicate } from './predicate.ts';
import { declaredNames, lookUp } from './scope.ts';
import { tableOfExpression } from './sources.ts';
import { namesIn, writtenExpression } from './written.ts';

/** The scalar that an expression means; `opaque` where it is not understood, never an exception. */
export function lowerScalar(expression: Expression, place: Place): Scalar {
  return nested(
    place.run,
    expression.span,
    () => lowerAny(expression, place),
    () => opaque(expression),
  );
}

/** An expression as it is written, with the columns that it names. */
export function opaque(expression: Expression): Scalar {
  return opaqueScalar(writtenExpression(expression), namesIn(expression), expression.span);
}

function lowerAny(expression: Expression, place: Place): Scalar {
  let at = expression;
  while (at.kind === 'parenthesised') at = at.of;
  switch (at.kind) {
    case 'literal':
      return lowerLiteral(at.literal, at.span);
    case 'name':
      return lowerName(at.name, at, place);
    case 'star':
      return anyField(at.span);
    case 'member':
    case 'element':
      return lowerPath(at, place);
    case 'call':
      return lowerCall(at, place);
    case 'unary': {
      const operand = lowerScalar(at.operand, place);
      return at.operator === '+' ? operand : makeCall('negate', [operand], at.span);
    }
    case 'binary': {
      const arithmetic = ARITHMETIC.get(at.operator);
      return arithmetic === undefined ? test(lowerPredicate(at, place), at.span) : lowerArithmetic(at, place);
    }
    case 'between':
    case 'list':
      return test(lowerPredicate(at, place), at.span);
    case 'subquery':
      return queryAsScalar(lowerPipeline(at.query, { ...place, row: undefined }), at.span);
    case 'source':
      return queryAsScalar(tableOfExpression(at, { ...place, row: undefined }), at.span);
    case 'type':
      return opaque(at);
  }
}

/** The first column of the first row of a table. */
export function queryAsScalar(table: Parameters<typeof firstColumnOf>[0], span: Span): Scalar {
  const { relation, type } = firstColumnOf(table);
  return scalarQuery(relation, type, span);
}

/** A call, computed where all its arguments are constants. */
export function makeCall(fn: ScalarFunction, args: readonly Scalar[], span: Span, type?: ScalarType): Scalar {
  const [only] = args;
  // `tostring` of a text says nothing.
  if (fn === 'toText' && only !== undefined && typeOfScalar(only) === 'string') return only;
  const piece = fn === 'element' ? pieceOfSplit(args, span) : undefined;
  if (piece !== undefined) return piece;
  return foldCall(fn, args, span) ?? call(fn, args, type ?? typeOfCall(fn, args), span);
}

/** `split(x, d, n)[0]`: the array holds that piece alone, so it is `split(x, d)[n]`. */
function pieceOfSplit([pieces, position]: readonly Scalar[], span: Span): Scalar | undefined {
  if (pieces?.op !== 'call' || pieces.fn !== 'split') return undefined;
  const [subject, delimiter, piece] = pieces.args;
  const step = position === undefined ? undefined : pathStepOf(position);
  if (subject === undefined || delimiter === undefined || piece?.op !== 'literal' || (step !== 0 && step !== -1)) {
    return undefined;
  }
  return makeCall('element', [call('split', [subject, delimiter], 'dynamic', pieces.span), piece], span);
}

// ---------------------------------------------------------------------------------------------- names

/** What a name means: a column of the row, then what `let` declares, then a column that is not known. */
function lowerName(name: string, expression: Expression, place: Place): Scalar {
  const { run, row, scope } = place;
  const { span } = expression;
  const column = row?.known.get(name);
  if (column !== undefined) return column.virtual ?? field(name, [], column.type, span);
  const binding = lookUp(scope, name);
  if (binding?.kind === 'value') {
    if (binding.ofRow === true && row !== undefined) {
      run.report(
        'unsupported-argument',
        'warning',
        span,
        `\`${name}\` is given a column of one row and used in the rows of another table.`,
      );
      return opaque(expression);
    }
    const value = binding.asScalar();
    if (value !== undefined) {
      if (value.op === 'literal' || value.op === 'now' || spend(run, scalarPart(value), span)) return value;
      return opaque(expression);
    }
    const table = binding.asTable();
    if (table !== undefined) return queryAsScalar(table, span);
  }
  if (row === undefined) {
    const hint = run.didYouMean(name, () => declaredNames(scope));
    run.report('unknown-name', 'warning', span, `Nothing declares \`${name}\`.`, hint);
    return opaque(expression);
  }
  const payload = payloadColumn(name, row, span);
  if (payload !== undefined) return payload;
  if (!row.open) {
    const hint = run.didYouMean(name, () => [...row.known.keys(), ...declaredNames(scope)]);
    run.report('unknown-column', 'warning', span, `There is no column \`${name}\` here.`, hint);
  }
  return field(name, [], 'unknown', span);
}

function payloadColumn(name: string, row: Columns, span: Span): Field | undefined {
  const { payload } = row;
  if (payload === undefined || !name.startsWith(payload.prefix)) return undefined;
  const { bag, prefix, type } = payload;
  return field(bag.name, [...bag.path, name.slice(prefix.length)], type, span);
}

// ---------------------------------------------------------------------------------------------- paths

type PathExpression = Extract<Expression, { readonly kind: 'member' | 'element' }>;

/** `a.b[0]["c"]`: a place below a column, or steps into a computed value. */
function lowerPath(expression: PathExpression, place: Place): Scalar {
  const steps: { readonly step: Scalar; readonly span: Span }[] = [];
  let base: Expression = expression;
  for (;;) {
    if (base.kind === 'parenthesised') base = base.of;
    else if (base.kind === 'member') {
      steps.push({ step: text(base.member.name, base.member.span), span: base.span });
      base = base.of;
    } else if (base.kind === 'element') {
      steps.push({ step: lowerScalar(base.index, place), span: base.span });
      base = base.of;
    } else break;
  }
  let value = hasNamedParts(base, place) ? field(base.name, [], 'dynamic', base.span) : lowerScalar(base, place);
  for (const { step, span } of steps.reverse()) value = stepInto(value, step, place, span);
  return value;
}

/** Whether an expression names a column whose parts are known by name: an element or the bag of an XML payload. */
function hasNamedParts(base: Expression, place: Place): base is Extract<Expression, { readonly kind: 'name' }> {
  const part = base.kind === 'name' ? place.row?.known.get(base.name)?.xml?.part : undefined;
  return part === 'element' || part === 'bag';
}

/** One step into a value; along a stored field it stays a field. */
export function stepInto(value: Scalar, step: Scalar, place: Place, span: Span): Scalar {
  const columns = place.row;
  const key = pathStepOf(step);
  if (key !== undefined) {
    const container = columns === undefined ? undefined : containerOf(value, columns);
    if (columns !== undefined) {
      const part = xmlPartOf(call('element', [value, step], 'dynamic', span), columns);
      if (part?.part === 'value' && part.name !== undefined) return payloadField(part.of, part.name, span);
      if (part?.part === 'name' && part.name !== undefined) return text(part.name, span);
      // What stands in an XML text is no path below the field: the text is parsed first.
      if (part?.part === 'node') {
        if (typeof key === 'number') {
          place.run.report(
            'payload-by-position',
            'info',
            span,
            'A part of the XML payload is taken by its position, which depends on the kind and version of the event.',
          );
        }
        return call('element', [value, step], 'dynamic', span);
      }
    }
    if (container !== undefined) return field(container.name, [...container.path, key], 'dynamic', span);
  }
  return makeCall('element', [value, step], span);
}

function pathStepOf(step: Scalar): PathStep | undefined {
  if (step.op !== 'literal') return undefined;
  if (step.value.type === 'string') return step.value.value;
  if (step.value.type !== 'long') return undefined;
  const position = Number(step.value.value);
  return Number.isSafeInteger(position) ? position : undefined;
}

/** The field whose structure a value is: itself, the field that its column copies, or the one whose JSON it reads. */
function containerOf(value: Scalar, columns: Columns): Field | undefined {
  if (value.op === 'field') {
    const alias = value.path.length === 0 ? columns.known.get(value.name)?.alias : undefined;
    return alias === undefined || alias.as === 'text' ? value : alias.of;
  }
  if (value.op === 'call' && (value.fn === 'parseJson' || value.fn === 'toDynamic')) {
    const [source] = value.args;
    return source === undefined ? undefined : textSource(source, columns);
  }
  return undefined;
}

/** The field whose text a value is. */
export function textSource(value: Scalar, columns: Columns | undefined): Field | undefined {
  if (value.op === 'field') {
    const alias = value.path.length === 0 ? columns?.known.get(value.name)?.alias : undefined;
    return alias === undefined || alias.as === 'json' ? value : alias.of;
  }
  if (value.op === 'call' && value.fn === 'toText') {
    const [inner] = value.args;
    const type = inner === undefined ? 'unknown' : typeOfScalar(inner);
    const keepsText = type === 'string' || type === 'dynamic' || type === 'unknown';
    return inner === undefined || !keepsText ? undefined : textSource(inner, columns);
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------- arithmetic

const ARITHMETIC: ReadonlyMap<string, ScalarFunction> = new Map([
  ['+', 'add'],
  ['-', 'subtract'],
  ['*', 'multiply'],
  ['/', 'divide'],
  ['%', 'modulo'],
]);

/** Sums and the like; long ones lean to the left and are taken from there, without nesting. */
function lowerArithmetic(expression: Extract<Expression, { readonly kind: 'binary' }>, place: Place): Scalar {
  const chain: (typeof expression)[] = [];
  let at: Expression = expression;
  while (at.kind === 'binary' && ARITHMETIC.has(at.operator)) {
    chain.push(at);
    at = at.left;
  }
  let value = lowerScalar(at, place);
  for (const link of chain.reverse()) {
    const fn = ARITHMETIC.get(link.operator);
    if (fn === undefined) return opaque(expression);
    const right = lowerScalar(link.right, place);
    reportTextOperand(link.operator, value, right, link.span, place);
    value = makeCall(fn, [value, right], link.span);
  }
  return value;
}

/**
 * Arithmetic and order are defined for no text: KQL refuses such a query, whatever the other operand is. The types of
 * columns that a vendor's parser makes are not certain: of those it is only remarked.
 */
export function reportTextOperand(operator: string, left: Scalar, right: Scalar, span: Span, place: Place): void {
  const types = [typeOfScalar(left), typeOfScalar(right)];
  if (!types.includes('string') || types.includes('unknown')) return;
  place.run.report(
    'operand-types',
    [left, right].some((side, index) => types[index] === 'string' && side.op !== 'field') ? 'warning' : 'info',
    span,
    `KQL refuses \`${operator}\` between values of type ${types.join(' and ')}.`,
  );
}
