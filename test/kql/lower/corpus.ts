/** The shared Sentinel rules, lowered: what is left opaque, and which columns come out. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { opaquesOf, relationPart } from '../../../src/ir/walk.ts';
import { lowerRule } from '../../../src/kql/lower/index.ts';
import type { LoweredRule } from '../../../src/kql/lower/detection.ts';
import { parseKql } from '../../../src/kql/parse.ts';
import { schemaOf } from '../../../src/kql/schema/schema.ts';
import { detectionParts } from '../../../src/rule/detection-parts.ts';
import { readRule } from '../../../src/rule/read.ts';
import { SourceFile } from '../../../src/source.ts';

const FOLDER = resolve(import.meta.dirname, '..', '..', '..', '..', 'shared', 'corpus', 'sentinel');

export const corpusPresent = existsSync(FOLDER);

export interface CorpusRule {
  readonly path: string;
  /** A rule that alerts, not a hunting query. */
  readonly isAnalytics: boolean;
  readonly query: string;
  readonly lowered: LoweredRule;
  /** What is opaque in it, as written. */
  readonly opaque: readonly string[];
}

/** All rules whose query parses, by path; or one in so many files. */
export function lowerCorpus(every = 1): readonly CorpusRule[] {
  const rules: CorpusRule[] = [];
  for (const [index, path] of globSync(['**/*.yaml', '**/*.yml'], { cwd: FOLDER }).sort().entries()) {
    if (index % every !== 0) continue;
    const file = new SourceFile(path, readFileSync(join(FOLDER, path), 'utf8'));
    for (const { status, rule } of readRule(file).entries) {
      if (status !== 'valid') continue;
      const { query } = parseKql(rule.query);
      if (query === undefined) continue;
      const lowered = lowerRule(detectionParts(rule), query, { schemaOf });
      rules.push({
        path,
        isAnalytics: rule.kind !== 'Hunting' && !path.includes('Hunting Queries'),
        query: rule.query.text,
        lowered,
        opaque: opaquesOf(relationPart(lowered.detection.query)).map(({ text }) => text.replace(/\s+/g, ' ')),
      });
    }
  }
  return rules;
}
