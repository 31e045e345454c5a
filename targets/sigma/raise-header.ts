/** What a rule says about itself as the Detection's metadata. */
import * as build from '../../src/ir/build.ts';
import type { DetectionSeverity, Metadata } from '../../src/ir/types.ts';
import { sourceIdOf } from './identity.ts';
import type { SigmaHeader } from './tree.ts';

const SEVERITIES: ReadonlySet<string> = new Set<DetectionSeverity>([
  'informational',
  'low',
  'medium',
  'high',
  'critical',
]);

/** The tag of rules for hunting, which are no alerts by themselves. */
export const HUNTING_TAG = 'detection.threat-hunting';

/** Tags become tactics, techniques and the kind of the rule; what else there is stays a tag. */
export function raiseHeader(header: SigmaHeader): Metadata {
  const tactics: string[] = [];
  const techniques: string[] = [];
  const tags: string[] = [];
  for (const tag of header.tags) {
    const attack = /^attack\.(.+)$/i.exec(tag)?.[1]?.toLowerCase();
    if (attack !== undefined && /^t\d{4}(\.\d{3})?$/.test(attack)) techniques.push(attack.toUpperCase());
    // Groups, software, data sources, mitigations and assets have a number; tactics are words.
    else if (attack !== undefined && !/^(g|s|ds|m|a)\d{4}$/.test(attack)) tactics.push(attack.replaceAll('_', '-'));
    else if (tag !== HUNTING_TAG) tags.push(tag);
  }
  const id = sourceIdOf(header);
  return build.metadata(header.title, {
    description: header.description ?? '',
    kind: header.tags.includes(HUNTING_TAG) ? 'hunting' : 'scheduled',
    tactics,
    techniques,
    tags,
    references: header.references,
    falsePositives: header.falsePositives,
    ...(id === undefined ? {} : { id }),
    ...(isSeverity(header.level) ? { severity: header.level } : {}),
    ...(header.status === undefined ? {} : { status: header.status }),
    ...(header.author === undefined ? {} : { author: header.author }),
    ...(header.date === undefined ? {} : { date: header.date }),
  });
}

function isSeverity(level: string | undefined): level is DetectionSeverity {
  return level !== undefined && SEVERITIES.has(level);
}
