/** The third-party texts that tests and measurements read. They are not part of the project and may be absent. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { parse as parseYaml } from 'yaml';

const SHARED = resolve(import.meta.dirname, '..', '..', '..', 'shared');
const SENTINEL = join(SHARED, 'corpus', 'sentinel');
const TRAPS = join(SHARED, 'reference', 'kql-syntax-traps.json');
const DOC_BLOCKS = join(SHARED, 'reference', 'kusto-docs', 'syntax.json');

/** Whether the rule corpora and the reference files are there. */
export const corporaPresent = existsSync(SENTINEL) && existsSync(DOC_BLOCKS);

export interface CorpusQuery {
  readonly id: string;
  readonly query: string;
}

/** The files of the Sentinel rules as they are, sorted by path. */
export function sentinelFiles(): readonly { readonly id: string; readonly text: string }[] {
  return globSync('**/*.{yaml,yml}', { cwd: SENTINEL, absolute: true })
    .sort()
    .map((path) => ({ id: relative(SENTINEL, path), text: readFileSync(path, 'utf8') }));
}

/** The queries of the Sentinel rules, sorted by path. */
export function sentinelQueries(): readonly CorpusQuery[] {
  return globSync('**/*.{yaml,yml}', { cwd: SENTINEL, absolute: true })
    .sort()
    .flatMap((path) => {
      const rule: unknown = parseYaml(readFileSync(path, 'utf8'), { logLevel: 'silent' });
      const query = typeof rule === 'object' && rule !== null && 'query' in rule ? rule.query : undefined;
      return typeof query === 'string' ? [{ id: relative(SENTINEL, path), query }] : [];
    });
}

interface DocBlock extends CorpusQuery {
  readonly kind: string;
  readonly skip?: boolean;
}

/** The KQL blocks of Microsoft's documentation that are whole queries. */
export function documentationQueries(): readonly CorpusQuery[] {
  const blocks = JSON.parse(readFileSync(DOC_BLOCKS, 'utf8')) as readonly DocBlock[];
  return blocks.filter((block) => block.skip !== true && block.kind === 'query');
}

/** The paths of the public rules in which Microsoft's parser finds syntax errors; not all of them are at hand. */
export function brokenRules(): readonly string[] {
  const { syntaxErrors } = JSON.parse(readFileSync(TRAPS, 'utf8')) as {
    readonly syntaxErrors: readonly { readonly path: string }[];
  };
  return syntaxErrors.map(({ path }) => path);
}
