/**
 * Writes a saved search as a stanza of savedsearches.conf. Specification: savedsearches.conf.spec; a value goes on in
 * the next line behind a backslash ("About configuration files", Splunk Admin Manual).
 */
import { printer } from 'prettier/doc';
import type { ConversionOptions, OutputFile } from '../target.ts';
import { outputFileName } from '../file-name.ts';
import { printCommand, printPipeline } from './print-commands.ts';
import { printExpression } from './print-expression.ts';
import { printSearch } from './print-search.ts';
import template from './rule.hbs.js';
import type { Command, Expression, Pipeline, SavedSearch, SearchExpression } from './tree.ts';

const WIDTH = 100;

export function print(tree: SavedSearch, options: Pick<ConversionOptions, 'sourceName'>): readonly OutputFile[] {
  return [{ name: outputFileName(options.sourceName, '.conf'), text: printStanza(tree) }];
}

/** A search as it is typed into the search bar. */
export function printSearchText(search: Pipeline): string {
  const { formatted } = printer.printDocToString(printPipeline(search, 'outer'), {
    printWidth: WIDTH,
    tabWidth: 2,
    useTabs: false,
  });
  return formatted.replace(/[ \t]+$/gm, '');
}

export function printStanza(tree: SavedSearch): string {
  const { notable, trigger } = tree;
  const annotated = Object.keys(tree.annotations).length > 0;
  const described = Object.keys(tree.metadata).length > 0;
  return template({
    name: oneLine(tree.name).replaceAll('[', '(').replaceAll(']', ')'),
    description: oneLine(tree.description),
    search: printSearchText(tree.search).replaceAll('\n', ' \\\n'),
    earliest: oneLine(tree.earliest ?? ''),
    latest: oneLine(tree.latest ?? ''),
    cron: oneLine(tree.cron ?? ''),
    trigger: trigger === undefined ? undefined : { relation: trigger.relation, quantity: String(trigger.quantity) },
    digest: tree.digest ? '1' : '0',
    suppression: oneLine(tree.suppression ?? ''),
    suppressionFields: oneLine(tree.suppressionFields.join(', ')),
    severity: tree.severity === undefined ? '' : String(tree.severity),
    annotations: annotated ? asciiJson(tree.annotations) : '',
    metadata: described ? asciiJson(tree.metadata) : '',
    notable:
      notable === undefined
        ? []
        : (
            [
              { key: 'rule_title', value: notable.title },
              { key: 'rule_description', value: notable.description },
              { key: 'severity', value: notable.severity },
            ] as const
          ).flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value: oneLine(value) }])),
  });
}

/** A text that stands in one line and does not end in the backslash that would draw in the next. */
export function oneLine(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- line breaks and other control characters are what it looks for
      .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
      .trim()
      .replace(/[\\ ]+$/, '')
  );
}

/** JSON in one line; a value that would end in a backslash ends in a bracket. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** An expression in one line, for messages and for telling expressions apart. */
export function printFlat(expression: Expression): string {
  return printer.printDocToString(printExpression(expression), { printWidth: Infinity, tabWidth: 2, useTabs: false })
    .formatted;
}

/** A search expression in one line. */
export function printSearchFlat(expression: SearchExpression): string {
  return printer.printDocToString(printSearch(expression), { printWidth: Infinity, tabWidth: 2, useTabs: false })
    .formatted;
}

/** A command in one line. */
export function printCommandText(command: Command): string {
  const { formatted } = printer.printDocToString(printCommand(command), {
    printWidth: Infinity,
    tabWidth: 2,
    useTabs: false,
  });
  return formatted.replace(/\s*\n\s*/g, ' ');
}
