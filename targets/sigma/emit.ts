/**
 * An adapted Detection as a Sigma file: one rule per branch of a union, or the rules that a correlation is made of and
 * the correlation. Writes exactly what `adapt` returned and throws for anything else.
 */
import type { Detection, Metadata, Relation } from '../../src/ir/types.ts';
import { emitCorrelations } from './emit-correlation.ts';
import { emitHeader, emitSiblingHeader } from './emit-header.ts';
import { emitRule } from './emit-rule.ts';
import { LIMITS } from './support.ts';
import type { LogSource, SigmaFile } from './tree.ts';

export function emit(adapted: Detection): SigmaFile {
  const { query, meta } = adapted;
  const alerts = query.op === 'union' ? query.inputs : [query];
  if (alerts.some(isCorrelated)) return { documents: emitCorrelations(adapted) };
  const titles = new SiblingTitles(meta);
  return {
    documents: alerts.map((relation, index) => {
      const { events, fields } = withFields(relation);
      if (index === 0) return emitRule(events, emitHeader(meta), fields);
      return emitRule(
        events,
        (logSource) => emitSiblingHeader(meta, titles.titleFor(logSource), `rule ${index + 1}`),
        fields,
      );
    }),
  };
}

function isCorrelated(relation: Relation): boolean {
  const inner = relation.op === 'filter' ? relation.input : relation;
  return inner.op === 'aggregate' || inner.op === 'join';
}

function withFields(relation: Relation): { readonly events: Relation; readonly fields: readonly string[] } {
  return relation.op === 'select' && relation.mode === 'keep'
    ? { events: relation.input, fields: relation.names }
    : { events: relation, fields: [] };
}

/** Titles of the rules after the first: each names its log source. */
class SiblingTitles {
  readonly #meta: Metadata;
  readonly #taken: Set<string>;

  constructor(meta: Metadata) {
    this.#meta = meta;
    this.#taken = new Set([meta.name]);
  }

  titleFor({ category, product, service }: LogSource): string {
    const words = [product, category, service].filter((word) => word !== undefined).join(' ');
    for (let number = 1; ; number++) {
      const suffix = ` (${words}${number > 1 ? ` ${number}` : ''})`;
      const title = this.#meta.name.slice(0, Math.max(0, LIMITS.title - suffix.length)) + suffix;
      if (this.#taken.has(title)) continue;
      this.#taken.add(title);
      return title;
    }
  }
}
