/** Finds what a misspelt name most likely means. */

/** A hint with the nearest candidate, if one is near. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const nearest = nearestName(name, candidates);
  return nearest === undefined || nearest === name ? undefined : `Did you mean \`${nearest}\`?`;
}

/**
 * The candidate that needs the fewest edits (insertions, deletions, substitutions), when that is at most a third of the
 * name's length, or another `part` of it; letter case and everything but letters and digits do not count.
 */
export function nearestName<Name extends string>(
  name: string,
  candidates: readonly Name[],
  part = 3,
): Name | undefined {
  const wanted = squeeze(name);
  // A long text is no misspelt name, and comparing it would take time.
  if (wanted === '' || wanted.length > 60) return undefined;
  let best: Name | undefined;
  let bestDistance = Math.floor(wanted.length / part) + 1;
  for (const candidate of candidates) {
    const squeezed = squeeze(candidate);
    // The lengths' difference alone is a lower bound.
    if (Math.abs(squeezed.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, squeezed, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The candidate that is the same but for letter case, spaces and punctuation. */
export function sameName<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  const wanted = squeeze(name);
  return candidates.find((candidate) => squeeze(candidate) === wanted);
}

function squeeze(name: string): string {
  const lower = name.toLowerCase();
  // Most names have nothing to take out, and to see that is much faster.
  return /[^a-z0-9]/.test(lower) ? lower.replace(/[^\p{L}\p{N}]/gu, '') : lower;
}

/** The edits that make one text of the other; any number from `enough` on when it is at least that. */
function editDistance(left: string, right: string, enough: number): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    // The distance is never less than the least of a row.
    if (Math.min(...current) >= enough) return enough;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
