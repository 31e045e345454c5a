/**
 * The meta section: `author`, `description`, `rule_id`, `tactic`, `technique`, `severity` ... with the keys that Google's
 * community rules use. Values are strings; lists stand in one string, their items parted by a comma or a bar.
 */
import type { DetectionSeverity, Metadata } from '../../src/ir/types.ts';
import type { MetaEntry } from './tree.ts';

const TACTICS: readonly (readonly [id: string, name: string])[] = [
  ['TA0043', 'reconnaissance'],
  ['TA0042', 'resource-development'],
  ['TA0001', 'initial-access'],
  ['TA0002', 'execution'],
  ['TA0003', 'persistence'],
  ['TA0004', 'privilege-escalation'],
  ['TA0005', 'defense-evasion'],
  ['TA0006', 'credential-access'],
  ['TA0007', 'discovery'],
  ['TA0008', 'lateral-movement'],
  ['TA0009', 'collection'],
  ['TA0011', 'command-and-control'],
  ['TA0010', 'exfiltration'],
  ['TA0040', 'impact'],
];

const SEVERITIES: Readonly<Record<DetectionSeverity, string>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

/**
 * Risk scores by severity, within the bands that Google recommends for the outcome `risk_score`: 90 and more is critical,
 * 80 high, 50 medium, 20 low, less an observation.
 */
export const RISK_SCORES: Readonly<Record<DetectionSeverity, number>> = {
  informational: 15,
  low: 35,
  medium: 65,
  high: 85,
  critical: 95,
};

const COMMA = ', ';
const BAR = ' | ';

/** One line: runs of blanks and control characters are one blank. */
function cleaned(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\s\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ').trim();
}

function listed(items: readonly string[], separator: string): string {
  const mark = separator.trim();
  const inner = separator === COMMA ? / *, +/g : / *\| */g;
  return items
    .map((item) => cleaned(item).replace(inner, separator === COMMA ? ',' : '/'))
    .map((item) => item.replace(new RegExp(`^[ \\${mark}]+|[ \\${mark}]+$`, 'g'), ''))
    .filter((item) => item !== '')
    .join(separator);
}

export function writeMeta(meta: Metadata): readonly MetaEntry[] {
  const entries: MetaEntry[] = [];
  const add = (key: string, value: string | undefined): void => {
    const text = cleaned(value ?? '');
    if (text !== '') entries.push({ key, value: text });
  };
  add('rule_name', meta.name);
  add('description', meta.description);
  add('author', meta.author);
  add('rule_id', meta.id);
  add('rule_version', meta.version);
  add('status', meta.status);
  add('created', meta.date);
  add('type', meta.kind === 'hunting' ? 'hunt' : 'alert');
  const severity = meta.severity === undefined ? undefined : SEVERITIES[meta.severity];
  add('severity', severity);
  add('priority', severity);
  add('tactic', listed(meta.tactics.map(tacticId), COMMA));
  add('technique', listed(meta.techniques, COMMA));
  add('references', listed(meta.references, COMMA));
  add('tags', listed(meta.tags, COMMA));
  add('false_positives', listed(meta.falsePositives, BAR));
  add('data_source', listed(meta.requires.map(writeRequirement), BAR));
  return entries;
}

const tacticId = (name: string): string => TACTICS.find(([, tactic]) => tactic === name)?.[0] ?? name;
const tacticName = (id: string): string =>
  TACTICS.find(([one]) => one === id)?.[1] ?? id.toLowerCase().replaceAll(/[ _]+/g, '-');

function writeRequirement({ connector, tables }: Metadata['requires'][number]): string {
  const plain = (text: string): string => cleaned(text.replaceAll(/[:|,]+/g, ' '));
  const list = listed(tables.map(plain), COMMA);
  const name = plain(connector);
  if (list === '' || name === '') return cleaned(`${name} ${tables.map(plain).join(' ')}`);
  return `${name}: ${list}`;
}

/** `name`: the rule's name, for a rule without `rule_name`. Keys are known in the variants that occur. */
export function readMeta(entries: readonly MetaEntry[], name: string): Metadata {
  const values = new Map(entries.map(({ key, value }) => [key.toLowerCase(), value]));
  const first = (...keys: readonly string[]): string | undefined => keys.map((key) => values.get(key)).find(Boolean);
  const list = (separator: string, ...keys: readonly string[]): readonly string[] =>
    (first(...keys) ?? '')
      .split(separator)
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const severityName = first('severity')?.toLowerCase();
  const severity = (Object.keys(SEVERITIES) as DetectionSeverity[]).find((one) => one === severityName);
  const mitre = list(',', 'mitre');
  const isTechnique = (item: string): boolean => /^t\d{4}/i.test(item);
  const optional = {
    id: first('rule_id', 'sigma_uuid'),
    author: first('author'),
    version: first('rule_version', 'version'),
    status: first('status', 'sigma_status'),
    date: first('created'),
    severity,
  };
  const present = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<
    Pick<Metadata, 'id' | 'author' | 'version' | 'status' | 'date' | 'severity'>
  >;
  return {
    ...present,
    name: first('rule_name') ?? name,
    description: first('description') ?? '',
    kind: first('type')?.toLowerCase() === 'hunt' ? 'hunting' : 'scheduled',
    tactics: [...list(',', 'tactic', 'mitre_attack_tactic'), ...mitre.filter((one) => !isTechnique(one))].map(
      tacticName,
    ),
    techniques: [
      ...list(',', 'technique', 'mitre_attack_technique_id', 'mitre_attack_technique'),
      ...mitre.filter(isTechnique).map((one) => one.toUpperCase()),
    ],
    tags: list(',', 'tags'),
    references: list(COMMA, 'references', 'reference'),
    falsePositives: list(BAR, 'false_positives', 'falsepositives'),
    requires: list(BAR, 'data_source').map(readRequirement),
  };
}

function readRequirement(text: string): Metadata['requires'][number] {
  const colon = text.indexOf(': ');
  if (colon < 0) return { connector: text, tables: [] };
  return { connector: text.slice(0, colon), tables: text.slice(colon + 2).split(COMMA) };
}
