/** Short ways for the tests to read a rule and name what was found about it. */
import { readRule } from '../../src/rule/read.ts';
import type { RuleEntry, RuleFile, SentinelRule } from '../../src/rule/types.ts';
import { SourceFile } from '../../src/source.ts';

export function readText(text: string, path = 'Detections/rule.yaml'): RuleFile {
  return readRule(new SourceFile(path, text));
}

/** The only entry of a file. */
export function readOne(text: string, path?: string): RuleEntry {
  const { entries } = readText(text, path);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) throw new Error(`expected one rule, got ${entries.length}`);
  return entry;
}

/** The only rule of a file that holds a valid one. */
export function readValid(text: string, path?: string): SentinelRule {
  const entry = readOne(text, path);
  if (entry.status === 'invalid') throw new Error(entry.diagnostics.map(({ message }) => message).join('\n'));
  return entry.rule;
}

/** Findings as `severity code "text of the span"`, without the area of the code. */
export function findings(file: RuleFile): readonly string[] {
  const all = [...file.entries.flatMap((entry) => entry.diagnostics), ...file.diagnostics];
  return all.map(({ severity, code, span }) => {
    const text = file.file.text.slice(span.start, span.end);
    return `${severity} ${code.replace('rule/', '')} ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)}`;
  });
}

/** A complete scheduled rule about which there is nothing to say; `changes` replace or (undefined) remove keys. */
export function scheduledRule(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const keys: Record<string, string | undefined> = {
    id: '6f0c1f3e-27f4-4a3b-9a52-1d7e2b5c8a90',
    kind: 'Scheduled',
    name: 'Many failed sign-ins',
    description: 'Someone guesses passwords.',
    severity: 'Medium',
    tactics: '[CredentialAccess]',
    relevantTechniques: '[T1110]',
    query: 'SigninLogs | where ResultType == "50126"',
    queryFrequency: '1h',
    queryPeriod: '1h',
    triggerOperator: 'gt',
    triggerThreshold: '0',
    version: '1.0.0',
    ...changes,
  };
  const lines = Object.entries(keys).map(([key, value]) => (value === undefined ? '' : `${key}: ${value}\n`));
  return lines.join('');
}
