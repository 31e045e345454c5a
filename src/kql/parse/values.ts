/** From the grammar's nodes to the tree: names and literals. */
import type { Node } from 'ohm-js';
import type { Expression, Json, Literal, Name } from '../ast.ts';
import { scalarLiteral, stringValue } from '../literals.ts';
import type { ScalarLiteralType } from '../literals.ts';
import type { Reading } from './reading.ts';
import { extentOf, firstTokenText, optional, report, spanOf, textOf } from './reading.ts';
import { buildTypeLiteral } from './types.ts';

interface Strings {
  readonly value: string;
  /** The literals as written, one blank between them. */
  readonly text: string;
}

export function buildStrings(reading: Reading, node: Node): Strings {
  const parts = node.child(0).children.map((part) => firstTokenText(reading, part));
  return { value: parts.map(stringValue).join(''), text: parts.join(' ') };
}

/** A name in any of its forms: a word, a reserved word where one may stand, a string in brackets. */
export function buildName(reading: Reading, node: Node): Name {
  if (node.ctorName === 'bracketed') {
    return { name: buildStrings(reading, node.child(1)).value, bracketed: true, span: spanOf(reading, node) };
  }
  const inner = node.isTerminal() ? undefined : node.child(0);
  if (inner !== undefined && !inner.isTerminal()) return buildName(reading, inner);
  return { name: firstTokenText(reading, node), bracketed: false, span: spanOf(reading, node) };
}

const TYPE_OF_KIND: Readonly<Record<string, ScalarLiteralType>> = {
  L: 'long',
  I: 'int',
  R: 'real',
  M: 'decimal',
  B: 'bool',
  D: 'datetime',
  T: 'timespan',
  G: 'guid',
};

const FORMAT_HINT: Readonly<Record<ScalarLiteralType, string>> = {
  long: 'Write a whole number.',
  int: 'Write a whole number.',
  real: 'Write a number.',
  decimal: 'Write a number.',
  bool: 'Write true or false.',
  datetime: 'Write it as datetime(2024-01-31) or datetime(2024-01-31T12:00:00Z).',
  timespan: 'Write it as 1d, 30m or timespan(1.12:30:00).',
  guid: 'Write it as guid(xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).',
};

function buildScalar(reading: Reading, node: Node, kind: string): Literal {
  const type = TYPE_OF_KIND[kind] ?? 'long';
  const text = textOf(reading, node);
  const literal = scalarLiteral(type, text);
  if (literal !== undefined) return literal;
  report(reading, 'bad-literal', node, `'${text}' is not a ${type}`, FORMAT_HINT[type]);
  return { type: 'null', of: type, text };
}

function buildJson(reading: Reading, node: Node): Json {
  switch (node.ctorName) {
    case 'json_array':
      return (
        optional(node.child(1)) === undefined ? [] : [node.child(1).child(0), ...node.child(3).child(0).children]
      ).map((item) => buildJson(reading, item));
    case 'json_object': {
      const pairs =
        optional(node.child(1)) === undefined ? [] : [node.child(1).child(0), ...node.child(3).child(0).children];
      // fromEntries defines own properties, so a key such as __proto__ is only a key.
      return Object.fromEntries(
        pairs.map((pair) => [stringValue(firstTokenText(reading, pair)), buildJson(reading, pair.child(2))]),
      );
    }
    case 'json_number':
      return Number(textOf(reading, node).replace(/\s/g, ''));
    case 'strings':
      return buildStrings(reading, node).value;
    case 'json':
      return buildJson(reading, node.child(0));
    case 'dynamic':
      return buildJson(reading, node.child(2));
    default:
      return jsonScalar(reading, node);
  }
}

function jsonScalar(reading: Reading, node: Node): Json {
  const kind = node.sourceString;
  if (kind === 'null ') return null;
  const literal = buildScalar(reading, node, kind);
  if (literal.type === 'bool') return literal.value;
  // The tree has no typed values inside dynamic ones: they stand there as they are written.
  return literal.text.replace(/^[a-z0-9]+\(([^]*)\)$/, '$1');
}

export function buildLiteral(reading: Reading, node: Node): Expression {
  const span = spanOf(reading, node);
  if (node.ctorName === 'signed') {
    const [start, end] = extentOf(reading, node);
    const kind = node.sourceString.slice(1);
    const text = reading.list.text.slice(start, end);
    const literal = scalarLiteral(TYPE_OF_KIND[kind] ?? 'long', text);
    if (literal !== undefined) return { kind: 'literal', literal, span };
    report(reading, 'bad-literal', node, `'${text}' is not a number`, 'Write the sign directly before the number.');
    return { kind: 'literal', literal: { type: 'null', of: 'long', text }, span };
  }
  const inner = node.child(0);
  switch (inner.ctorName) {
    case 'strings':
      return { kind: 'literal', literal: { type: 'string', ...buildStrings(reading, inner) }, span };
    case 'dynamic': {
      const text = textOf(reading, inner);
      const value = buildJson(reading, inner);
      const literal: Literal =
        value === null ? { type: 'null', of: 'dynamic', text } : { type: 'dynamic', value, text };
      return { kind: 'literal', literal, span };
    }
    case 'typeLiteral':
      return buildTypeLiteral(reading, inner);
    default:
      return (
        buildClockTime(reading, inner) ?? {
          kind: 'literal',
          literal: buildScalar(reading, inner, inner.sourceString),
          span,
        }
      );
  }
}

/**
 * `datetime("8:00 AM")` is that hour of the day the query runs, so it is no constant: it becomes a call of `datetime`
 * with the text as written.
 */
function buildClockTime(reading: Reading, node: Node): Expression | undefined {
  if (node.sourceString !== 'D') return undefined;
  const written = /^(\w+)\(\s*((["']?)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp][Mm])?)\3)\s*\)$/.exec(
    textOf(reading, node),
  );
  if (written === null) return undefined;
  const [, name = '', text = '', , value = ''] = written;
  const span = spanOf(reading, node);
  const argument: Expression = { kind: 'literal', literal: { type: 'string', value, text }, span };
  return { kind: 'call', name: { name, bracketed: false, span }, args: [{ value: argument, span }], span };
}
