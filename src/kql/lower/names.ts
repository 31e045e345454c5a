/**
 * The names of columns that have none of their own: `count_`, `dcount_X`, `TargetResources_0_displayName`, `Column1`.
 * Specification: "Naming conventions of columns" in the Kusto Query Language reference, by its examples.
 */
import type { Expression } from '../ast.ts';
import { aggregateFunction, scalarFunction } from '../functions.ts';

/** The name that an expression gives its column; `undefined` where it gets `Column1` and so on. */
export function implicitName(expression: Expression): string | undefined {
  let suffix = '';
  for (let at = expression; ;) {
    switch (at.kind) {
      case 'name':
        return at.name + suffix;
      case 'parenthesised':
        at = at.of;
        break;
      case 'member':
        suffix = `_${at.member.name}${suffix}`;
        at = at.of;
        break;
      case 'element': {
        const index = indexName(at.index);
        if (index === undefined) return undefined;
        suffix = `_${index}${suffix}`;
        at = at.of;
        break;
      }
      case 'call': {
        const name = callName(at);
        return name === undefined ? undefined : name + suffix;
      }
      case 'literal':
      case 'star':
      case 'unary':
      case 'binary':
      case 'between':
      case 'list':
      case 'subquery':
      case 'type':
      case 'source':
        return undefined;
    }
  }
}

function indexName(index: Expression): string | undefined {
  if (index.kind === 'literal') {
    if (index.literal.type === 'string') return index.literal.value;
    if (index.literal.type === 'long' || index.literal.type === 'int') return String(index.literal.value);
  }
  return undefined;
}

function callName(call: Extract<Expression, { readonly kind: 'call' }>): string | undefined {
  const first = call.args[0]?.value;
  const row = scalarFunction(call.name.name);
  switch (row?.names) {
    case 'first':
      return first === undefined ? undefined : implicitName(first);
    case 'column':
      return first?.kind === 'literal' && first.literal.type === 'string' ? first.literal.value : undefined;
    case 'call':
      return `${call.name.name}_${(first === undefined ? undefined : implicitName(first)) ?? ''}`;
    case 'none':
    case undefined:
      return undefined;
  }
}

/** The name of an aggregate's column: `count_`, `dcount_X`, `set_`; `arg_max` and `take_any` have their argument's. */
export function aggregateName(call: Extract<Expression, { readonly kind: 'call' }>): string | undefined {
  const row = aggregateFunction(call.name.name);
  if (row === undefined) return undefined;
  const first = call.args[row.condition === 0 ? 1 : 0]?.value;
  const argument = first === undefined ? undefined : implicitName(first);
  if (row.prefix === undefined) return argument;
  const percentile = row.fn === 'percentile' ? call.args[1]?.value : undefined;
  const suffix = percentile?.kind === 'literal' ? `_${percentile.literal.text.replace('.', '_')}` : '';
  return `${row.prefix}_${argument ?? ''}${suffix}`;
}

/** Gives out `Column1`, `Column2` ... for columns that nothing names. */
export function columnCounter(): () => string {
  let number = 0;
  return () => `Column${++number}`;
}
