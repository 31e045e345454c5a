/**
 * Random Detections for properties. What may occur is a {@link Vocabulary}: a target's tests restrict it to what the
 * target can say, and supply fields of their own.
 *
 * Every generated part is well formed: columns exist where they are read, types fit, regexes are valid RE2.
 */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import * as b from '../../src/ir/build.ts';
import type { Detection, Relation } from '../../src/ir/types.ts';
import { relationArbitrary } from './arbitrary-relation.ts';
import { DEFAULT_VOCABULARY } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

export { predicateArbitrary, valueArbitrary } from './arbitrary-predicate.ts';
export { aggregateArbitrary, relationArbitrary } from './arbitrary-relation.ts';
export { DEFAULT_VOCABULARY, HOSTILE_TEXTS, vocabulary } from './vocabulary.ts';
export type { OperatorName, PredicateName, Vocabulary } from './vocabulary.ts';

/** Detections whose query is a random relation, or the given one; metadata with hostile texts. */
export function detectionArbitrary(
  words: Vocabulary = DEFAULT_VOCABULARY,
  query: Arbitrary<Relation> = relationArbitrary(words),
): Arbitrary<Detection> {
  return fc
    .record({
      name: words.texts,
      description: words.texts,
      severity: fc.constantFrom('informational', 'low', 'medium', 'high'),
      techniques: fc.subarray(['T1059', 'T1098.003', 'T1110']),
      query,
      frequency: fc.constantFrom(300_000, 3_600_000, 86_400_000),
      lookback: fc.constantFrom(300_000, 3_600_000, 86_400_000, 1_209_600_000),
      threshold: fc.constantFrom(0, 0, 0, 5),
    })
    .map((parts) =>
      b.detection(parts.name, parts.query, {
        meta: b.metadata(parts.name, {
          description: parts.description,
          severity: parts.severity,
          techniques: parts.techniques,
        }),
        schedule: b.schedule({
          frequency: parts.frequency,
          lookback: parts.lookback,
          trigger: { test: '>', threshold: parts.threshold },
        }),
      }),
    );
}
