/** Findings in the order in which people want them, with those that say the same put together. */
import type { Diagnostic, Effect, Note, Severity } from '../diagnostic.ts';
import type { SourceFile } from '../source.ts';

/** What is said once, and everywhere it holds. */
export interface FindingGroup<Finding extends Diagnostic | Note> {
  /** The first in the source. */
  readonly first: Finding;
  readonly others: readonly Finding[];
}

/** What costs most comes first. */
const RANKS: Readonly<Record<Severity | Effect, number>> = {
  refused: 0,
  differs: 1,
  narrower: 2,
  wider: 3,
  context: 4,
  error: 5,
  warning: 6,
  info: 7,
};

export function levelOf(finding: Diagnostic | Note): Severity | Effect {
  return 'severity' in finding ? finding.severity : finding.effect;
}

/** By level, what costs most first, and by place within one level. */
export function sortFindings<Finding extends Diagnostic | Note>(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => RANKS[levelOf(a)] - RANKS[levelOf(b)] || a.span.start - b.span.start);
}

/** Puts together those that `keyOf` gives the same key; groups and their members keep the order of the findings. */
export function groupFindings<Finding extends Diagnostic | Note>(
  findings: readonly Finding[],
  keyOf: (finding: Finding) => string,
): readonly FindingGroup<Finding>[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = keyOf(finding);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map(([first, ...others]) => ({ first, others }));
}

/** Lines that are named before the rest are only counted. */
const MAX_LINES = 8;

/** `and 3 more places (lines 5, 7, 9)`; empty for no findings. `one` and `many` name what is counted. */
export function othersAsText(
  file: SourceFile,
  others: readonly (Diagnostic | Note)[],
  one: string,
  many: string,
): string {
  if (others.length === 0) return '';
  const lines = [...new Set(others.map(({ span }) => file.positionAt(span.start).line))];
  const shown = lines.slice(0, MAX_LINES).join(', ');
  const more = lines.length > MAX_LINES ? `, and ${lines.length - MAX_LINES} more` : '';
  const counted = others.length === 1 ? `1 more ${one}` : `${others.length} more ${many}`;
  return `and ${counted} (${lines.length === 1 ? 'line' : 'lines'} ${shown}${more})`;
}
