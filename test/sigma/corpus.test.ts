import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { canonicalText, normaliseDetection } from '../../src/ir/normalise.ts';
import { opaquesOf, relationPart } from '../../src/ir/walk.ts';
import { lowerRule } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { detectionParts } from '../../src/rule/detection-parts.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { adapt } from '../../targets/sigma/adapt.ts';
import { emit } from '../../targets/sigma/emit.ts';
import { printFile } from '../../targets/sigma/print.ts';
import { raise } from '../../targets/sigma/raise.ts';
import { read } from '../../targets/sigma/read.ts';
import type { SigmaFile } from '../../targets/sigma/tree.ts';

const SIGMA_CORPUS = '../shared/corpus/sigma';
const SENTINEL_CORPUS = '../shared/corpus/sentinel';
const SCHEMAS = '../shared/reference/sigma';

function filesIn(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => new SourceFile(name, readFileSync(join(folder, name), 'utf8')));
}

function withoutSpans(tree: SigmaFile | undefined): string {
  return JSON.stringify(tree, (key, value: unknown) =>
    key === 'span' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  );
}

describe.skipIf(!existsSync(SIGMA_CORPUS))('public Sigma rules (skipped without ../shared/corpus/sigma)', () => {
  it('are all read, printed and understood, but for placeholders', { timeout: 300_000 }, () => {
    const files = filesIn(SIGMA_CORPUS);
    expect(files.length).toBeGreaterThan(2500);
    for (const file of files) {
      const { tree, diagnostics } = read(file);
      expect(diagnostics, file.path).toEqual([]);
      if (tree === undefined) throw new Error(file.path);
      const text = printFile(tree);
      const again = read(new SourceFile(file.path, text));
      expect(withoutSpans(again.tree), file.path).toBe(withoutSpans(tree));
      const detection = raise(tree);
      const unknown = opaquesOf(relationPart(detection.query)).filter((place) => !place.text.startsWith('expand: '));
      expect(unknown, file.path).toEqual([]);
    }
  });

  it('are the same when they are written anew (each fifth)', { timeout: 300_000 }, () => {
    for (const file of filesIn(SIGMA_CORPUS).filter((_, index) => index % 5 === 0)) {
      const { tree } = read(file);
      if (tree === undefined) throw new Error(file.path);
      const detection = raise(tree);
      const written = read(new SourceFile(file.path, printFile(emit(detection)))).tree;
      if (written === undefined) throw new Error(file.path);
      expect(canonicalText(normaliseDetection(raise(written))), file.path).toBe(
        canonicalText(normaliseDetection(detection)),
      );
    }
  });
});

const present = existsSync(SENTINEL_CORPUS) && existsSync(SCHEMAS);

describe.skipIf(!present)(
  'public Sentinel rules (skipped without ../shared/corpus/sentinel and reference/sigma)',
  () => {
    const ajv = new Ajv2020.default({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const schema = (name: string) => ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8')) as object);

    it('become valid Sigma that says what was adapted', { timeout: 300_000 }, () => {
      const isRule = schema('sigma-detection-rule-schema.json');
      const isCorrelation = schema('sigma-correlation-rules-schema.json');
      const crosswalk = loadCrosswalk();
      let rules = 0;
      let converted = 0;
      for (const file of filesIn(SENTINEL_CORPUS)) {
        for (const entry of readRule(file).entries) {
          if (entry.status === 'invalid') continue;
          const { query } = parseKql(entry.rule.query);
          if (query === undefined) continue;
          rules++;
          const { detection } = lowerRule(detectionParts(entry.rule), query, { schemaOf });
          const options = { terms: 'contains', bestEffort: false, crosswalk, sourceName: 'rule' } as const;
          const { adapted } = adapt(detection, options);
          if (adapted === undefined) continue;
          converted++;
          const text = printFile(emit(adapted));
          const { tree } = read(new SourceFile('rule.yml', text));
          if (tree === undefined) throw new Error(file.path);
          expect(canonicalText(normaliseDetection(raise(tree))), file.path).toBe(
            canonicalText(normaliseDetection(adapted)),
          );
          for (const document of parseAllDocuments(text, { version: '1.1' })) {
            const data = document.toJS() as object;
            const validate = 'correlation' in data ? isCorrelation : isRule;
            expect(validate(data), `${file.path}: ${JSON.stringify(validate.errors)}`).toBe(true);
          }
        }
      }
      expect(converted / rules).toBeGreaterThan(0.5);
    });
  },
);
