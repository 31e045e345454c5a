/** The Detection's metadata as what a rule says about itself: the inverse of `raise-header.ts`. */
import type { Metadata } from '../../src/ir/types.ts';
import { identityFor, isUuid, partIdFor } from './identity.ts';
import { HUNTING_TAG } from './raise-header.ts';
import type { SigmaHeader } from './tree.ts';

/** The header of the document that speaks for the Detection. */
export function emitHeader(meta: Metadata): SigmaHeader {
  const tags = [
    ...meta.tactics.map((tactic) => `attack.${tactic}`),
    ...meta.techniques.map((technique) => `attack.${technique.toLowerCase()}`),
    ...meta.tags,
    ...(meta.kind === 'hunting' ? [HUNTING_TAG] : []),
  ];
  return {
    title: meta.name,
    ...(meta.id === undefined || !isUuid(meta.id) ? { related: [] } : identityFor(meta.id)),
    ...(meta.status === undefined ? {} : { status: meta.status }),
    ...(meta.description === '' ? {} : { description: meta.description }),
    references: meta.references,
    ...(meta.author === undefined ? {} : { author: meta.author }),
    ...(meta.date === undefined ? {} : { date: meta.date }),
    tags,
    falsePositives: meta.falsePositives,
    ...(meta.severity === undefined ? {} : { level: meta.severity }),
  };
}

/** The header of another rule of the same Detection: it alerts, too. */
export function emitSiblingHeader(meta: Metadata, title: string, part: string): SigmaHeader {
  return { ...emitHeader(meta), title, ...(meta.id === undefined ? {} : { id: partIdFor(meta.id, part) }) };
}

/**
 * The header of a rule that only serves a correlation: the correlation has the metadata. Single events of it are worth no
 * alert by themselves, for which the correlation specification (section "Level") names this level.
 */
export function emitPartHeader(meta: Metadata, title: string, name: string): SigmaHeader {
  return {
    title,
    ...(meta.id === undefined ? {} : { id: partIdFor(meta.id, name) }),
    name,
    related: [],
    ...(meta.status === undefined ? {} : { status: meta.status }),
    references: [],
    tags: [],
    falsePositives: [],
    level: 'informational',
  };
}
