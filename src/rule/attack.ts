/** MITRE ATT&CK tactics and techniques of a rule. */
import { clip, report } from './mapping-reader.ts';
import type { MappingReader, ReadContext } from './mapping-reader.ts';
import { nearestName, sameName } from './nearest.ts';
import type { Located, SentinelTactic } from './types.ts';

export const SENTINEL_TACTICS: readonly SentinelTactic[] = [
  'Reconnaissance',
  'ResourceDevelopment',
  'InitialAccess',
  'Execution',
  'Persistence',
  'PrivilegeEscalation',
  'DefenseEvasion',
  'CredentialAccess',
  'Discovery',
  'LateralMovement',
  'Collection',
  'Exfiltration',
  'CommandAndControl',
  'Impact',
  'PreAttack',
  'ImpairProcessControl',
  'InhibitResponseFunction',
];

/** Reads `tactics`; each is kept once. */
export function readTactics(reader: MappingReader, context: ReadContext): readonly Located<SentinelTactic>[] {
  return parseTactics(reader.texts('tactics'), context);
}

export function parseTactics(
  texts: readonly Located<string>[],
  context: ReadContext,
): readonly Located<SentinelTactic>[] {
  const tactics: Located<SentinelTactic>[] = [];
  for (const { value, span } of texts) {
    const tactic = sameName(value, SENTINEL_TACTICS) ?? nearestName(value, SENTINEL_TACTICS);
    if (tactic === undefined) {
      report(context, 'unknown-tactic', 'warning', span, `'${clip(value)}' is no ATT&CK tactic; it is left out.`);
      continue;
    }
    if (tactic !== value) {
      if (sameName(value, SENTINEL_TACTICS) === tactic) {
        report(context, 'tactic-spelling', 'info', span, `The tactic '${clip(value)}' is read as '${tactic}'.`);
      } else {
        const message = `'${clip(value)}' is no ATT&CK tactic; it is read as '${tactic}'.`;
        report(context, 'unknown-tactic', 'warning', span, message, `Write '${tactic}'.`);
      }
    }
    if (!tactics.some((other) => other.value === tactic)) tactics.push({ value: tactic, span });
  }
  return tactics;
}

/** Reads `relevantTechniques` (content), `techniques` and `subTechniques` (REST and ARM) into one list, each once. */
export function readTechniques(reader: MappingReader, context: ReadContext): readonly Located<string>[] {
  return parseTechniques(
    [...reader.texts('relevantTechniques'), ...reader.texts('techniques'), ...reader.texts('subTechniques')],
    context,
  );
}

export function parseTechniques(texts: readonly Located<string>[], context: ReadContext): readonly Located<string>[] {
  const techniques: Located<string>[] = [];
  for (const { value, span } of texts) {
    const technique = value.trim().toUpperCase();
    if (!/^T\d{4}(\.\d{3})?$/.test(technique)) {
      const message = `'${clip(value)}' is no ATT&CK technique; it is left out.`;
      report(context, 'invalid-technique', 'warning', span, message, 'Techniques look like T1059 or T1059.001.');
      continue;
    }
    if (technique !== value) {
      report(context, 'technique-spelling', 'info', span, `The technique '${clip(value)}' is read as '${technique}'.`);
    }
    if (!techniques.some((other) => other.value === technique)) techniques.push({ value: technique, span });
  }
  return techniques;
}
