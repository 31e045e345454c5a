/**
 * Writes a syntax tree as KQL. {@link printKql} lays a query out anew: one operator a line, comments where they stood.
 * The other functions write a piece of a query on one line, for messages and for what is kept as it is written.
 */
import type { Doc } from 'prettier';
import { builders, printer } from 'prettier/doc';
import type { Expression, Operator, Pipeline, Query, Source, Statement } from './ast.ts';
import { wholeFile } from '../source.ts';
import { parseKql } from './parse.ts';
import { CommentCursor } from './print/comments.ts';
import { layOutExpression } from './print/expressions.ts';
import type { Layout } from './print/layout.ts';
import { layOutOperator } from './print/operators.ts';
import { layOutNestedPipeline, layOutSource } from './print/sources.ts';
import { layOutQuery, layOutStatement } from './print/statements.ts';

export interface PrintOptions {
  /** Columns a line may have before it is broken; 120 unless told. */
  readonly width?: number;
  /** Blanks per level; 4 unless told. */
  readonly indentation?: number;
  /** The text that the tree was read from: an empty line between statements is kept. */
  readonly text?: string;
}

function layOut(query: Query, options: PrintOptions): string {
  const { text } = options;
  const layout: Layout = {
    comments: new CommentCursor(query.comments),
    oneLine: false,
    ...(text === undefined ? {} : { hasBlankLineBefore: (offset) => isBlankLineBefore(text, offset) }),
  };
  return printer.printDocToString(layOutQuery(layout, query), {
    printWidth: options.width ?? 120,
    tabWidth: options.indentation ?? 4,
    useTabs: false,
  }).formatted;
}

/** Whether the line before the one in which the offset is the first thing is empty. */
function isBlankLineBefore(text: string, offset: number): boolean {
  return /(?:\n|\r(?!\n))[ \t]*\r?(?:\n|\r)[ \t]*$/.test(text.slice(Math.max(0, offset - 1_000), offset));
}

/** A comment inside an expression moves to the end of its line, and from there at most this often. */
const MAX_ROUNDS = 4;

/** The query in its canonical layout, with a line break at its end. Printing what it gives changes nothing. */
export function printKql(query: Query, options: PrintOptions = {}): string {
  let text = layOut(query, options);
  for (let round = 0; query.comments.length > 0 && round < MAX_ROUNDS; round++) {
    const { query: again } = parseKql(wholeFile(text));
    const next =
      again === undefined ? text : layOut(again, options.text === undefined ? options : { ...options, text });
    if (next === text) break;
    text = next;
  }
  return text;
}

function printOnOneLine<Part>(layOut: (layout: Layout, part: Part) => Doc, part: Part): string {
  const laid = layOut({ comments: new CommentCursor([]), oneLine: true }, part);
  return printer.printDocToString(builders.group(laid), { printWidth: Infinity, tabWidth: 4, useTabs: false })
    .formatted;
}

/** An expression on one line, without comments. A string literal that runs over several lines still does. */
export function printExpression(expression: Expression): string {
  return printOnOneLine(layOutExpression, expression);
}

/** An operator on one line, without its pipe. */
export function printOperator(operator: Operator): string {
  return printOnOneLine(layOutOperator, operator);
}

/** A pipeline on one line. */
export function printPipeline(pipeline: Pipeline): string {
  return printOnOneLine(layOutNestedPipeline, pipeline);
}

/** What a pipeline starts with, on one line. */
export function printSource(source: Source): string {
  return printOnOneLine(layOutSource, source);
}

/** A statement on one line, without the semicolon behind it. */
export function printStatement(statement: Statement): string {
  return printOnOneLine(layOutStatement, statement);
}
