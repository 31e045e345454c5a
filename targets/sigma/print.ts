/** A Sigma file as YAML text: keys in the order of the specification, one document after the other. */
import type { ConversionOptions, OutputFile } from '../target.ts';
import { outputFileName } from '../file-name.ts';
import { keyOf } from './emit-search.ts';
import { printCondition } from './print-condition.ts';
import { list, map, printStream, prose, value } from './print-yaml.ts';
import type { YamlNode } from './print-yaml.ts';
import { formatTimespan } from './read-correlation.ts';
import type { SigmaCorrelation, SigmaFile, SigmaHeader, SigmaRule, SigmaSearch } from './tree.ts';

/** One file with all documents, named after the source, within the lengths that SigmaHQ asks for. */
export function print(file: SigmaFile, options: ConversionOptions): readonly OutputFile[] {
  const name = outputFileName(options.sourceName.slice(0, LONGEST_NAME), ENDING);
  return [{ name: name.length < SHORTEST_NAME ? `sigma_rule_${name}` : name, text: printFile(file) }];
}

const ENDING = '.yml';
/** Of a file's name, as rule checkers (pySigma's `filename_length`) ask for it. */
const SHORTEST_NAME = 10;
const LONGEST_NAME = 85;

export function printFile(file: SigmaFile): string {
  return printStream(
    file.documents.map((document) => (document.kind === 'rule' ? printRule(document) : printCorrelation(document))),
  );
}

type Entries = readonly (readonly [string, YamlNode | undefined])[];

function printRule(rule: SigmaRule) {
  const { header, logSource } = rule;
  const conditions = rule.conditions.map((condition) => prose(printCondition(condition)));
  return map([
    ...printIdentity(header),
    [
      'logsource',
      map([
        ['product', optional(logSource.product)],
        ['category', optional(logSource.category)],
        ['service', optional(logSource.service)],
        ['definition', optional(logSource.definition)],
      ]),
    ],
    [
      'detection',
      map([
        ...rule.searches.map(({ name, search }) => [name, printSearch(search)] as const),
        ['condition', conditions.length === 1 ? conditions[0] : list(conditions)],
      ]),
    ],
    ['fields', texts(rule.fields)],
    ...printAssessment(header),
  ]);
}

function printCorrelation(correlation: SigmaCorrelation) {
  const { header, condition } = correlation;
  return map([
    ...printIdentity(header),
    [
      'correlation',
      map([
        ['type', prose(correlation.type)],
        ['rules', list(correlation.rules.map(prose))],
        // The official schema wants it even where events are not grouped.
        ['group-by', list(correlation.groupBy.map(prose))],
        ['timespan', prose(formatTimespan(correlation.timespan))],
        [
          'aliases',
          correlation.aliases.length === 0
            ? undefined
            : map(
                correlation.aliases.map(({ alias, fields }) => [
                  alias,
                  map(fields.map(({ rule, field }) => [rule, prose(field)])),
                ]),
              ),
        ],
        ['generate', correlation.generate ? value(true) : undefined],
        ['condition', condition === undefined ? undefined : printBounds(condition)],
      ]),
    ],
    ...printAssessment(header),
  ]);
}

function printBounds(condition: NonNullable<SigmaCorrelation['condition']>) {
  const [field] = condition.fields;
  return map([
    ['field', condition.fields.length > 1 ? list(condition.fields.map(prose)) : optional(field)],
    ['percentile', condition.percentile === undefined ? undefined : number(condition.percentile)],
    ...condition.bounds.map(({ operator, value: bound }) => [operator, number(bound)] as const),
  ]);
}

const number = (of: number) => value(Number.isInteger(of) ? BigInt(of) : of);

/** What stands above the detection. */
function printIdentity(header: SigmaHeader): Entries {
  return [
    ['title', prose(header.title)],
    ['id', optional(header.id)],
    ['name', optional(header.name)],
    [
      'related',
      header.related.length === 0
        ? undefined
        : list(
            header.related.map(({ id, type }) =>
              map([
                ['id', prose(id)],
                ['type', prose(type)],
              ]),
            ),
          ),
    ],
    ['status', optional(header.status)],
    ['description', optional(header.description)],
    ['references', texts(header.references)],
    ['author', optional(header.author)],
    ['date', optional(header.date)],
    ['tags', texts(header.tags)],
  ];
}

/** What stands below it. */
function printAssessment(header: SigmaHeader): Entries {
  return [
    ['falsepositives', texts(header.falsePositives)],
    ['level', optional(header.level)],
  ];
}

const optional = (text: string | undefined) => (text === undefined ? undefined : prose(text));
const texts = (of: readonly string[]) => (of.length === 0 ? undefined : list(of.map(prose)));

function printSearch(search: SigmaSearch): YamlNode {
  switch (search.op) {
    case 'keywords':
      return list(search.values.map(value));
    case 'list':
      return list(
        search.of.flatMap((inner) => (inner.op === 'keywords' ? inner.values.map(value) : [printSearch(inner)])),
      );
    case 'map':
      return map(
        search.items.map((item) => {
          const [first = null] = item.values;
          return [keyOf(item), item.values.length === 1 ? value(first) : list(item.values.map(value))];
        }),
      );
  }
}
