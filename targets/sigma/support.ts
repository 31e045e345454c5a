/** What the Sigma language has: the value modifiers, what they may be combined with, and its limits. */

/**
 * Value modifiers of the specification 2.1 (appendix "Sigma Modifiers"), and `dotall`, `ignorecase`, `multiline`, the
 * long names that pySigma reads, too.
 */
export type Modifier =
  | 'all'
  | 'contains'
  | 'startswith'
  | 'endswith'
  | 'exists'
  | 'cased'
  | 'neq'
  | 'windash'
  | 're'
  | 'i'
  | 'm'
  | 's'
  | 'base64'
  | 'base64offset'
  | 'utf16'
  | 'utf16le'
  | 'utf16be'
  | 'wide'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'year'
  | 'cidr'
  | 'expand'
  | 'fieldref';

const MODIFIERS: ReadonlySet<string> = new Set<Modifier>([
  'all',
  'contains',
  'startswith',
  'endswith',
  'exists',
  'cased',
  'neq',
  'windash',
  're',
  'i',
  'm',
  's',
  'base64',
  'base64offset',
  'utf16',
  'utf16le',
  'utf16be',
  'wide',
  'lt',
  'lte',
  'gt',
  'gte',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'year',
  'cidr',
  'expand',
  'fieldref',
]);

const LONG_NAMES: Readonly<Record<string, Modifier>> = { dotall: 's', ignorecase: 'i', multiline: 'm' };

/** The modifier of that name in its usual spelling; `undefined` when there is none. */
export function modifierNamed(name: string): Modifier | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(LONG_NAMES, lower)) return LONG_NAMES[lower];
  return isModifier(lower) ? lower : undefined;
}

function isModifier(name: string): name is Modifier {
  return MODIFIERS.has(name);
}

/** Lengths that the official JSON schemas allow. */
export const LIMITS = { title: 256, description: 65_535, falsePositive: 2 };

/** Whether a text is a tag: the pattern of the official JSON schema. */
export function isTag(text: string): boolean {
  return /^[a-z0-9_-]+\.[a-z0-9._-]+$/.test(text);
}

/** Whether a text is a date as the official JSON schema wants it. */
export function isDate(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$/.test(text);
}

/** ATT&CK tactics that the specification lists (appendix "Sigma Tags"), and the two that stand before access. */
export const TACTICS: ReadonlySet<string> = new Set([
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'exfiltration',
  'command-and-control',
  'impact',
  // Since ATT&CK 19 in the place of defense-evasion.
  'stealth',
  'defense-impairment',
]);

/** Whether a column's name can stand as a field: `|` would begin a modifier, an empty name is a keyword search. */
export function isFieldName(name: string): boolean {
  return name !== '' && !name.includes('|');
}
