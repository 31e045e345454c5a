/**
 * How often our KQL parser and Microsoft's agree on whether a text is a query. `npm run agreement` prints the share per
 * corpus and every disagreement; `npm run agreement -- FILE` does so for one query file.
 */
import { readFileSync } from 'node:fs';
import { parseKql } from '../../src/kql/parse.ts';
import { wholeFile } from '../../src/source.ts';
import type { CorpusQuery } from './corpora.ts';
import { corporaPresent, documentationQueries, sentinelQueries } from './corpora.ts';
import { kustoSyntaxErrors } from './kusto-language.ts';

export interface Disagreement {
  readonly id: string;
  readonly ours: string;
  readonly theirs: string;
}

/** `undefined` where both accept or both refuse. */
export function findDisagreement({ id, query }: CorpusQuery): Disagreement | undefined {
  const { query: tree, diagnostics } = parseKql(wholeFile(query));
  const errors = kustoSyntaxErrors(query);
  if ((tree !== undefined) === (errors.length === 0)) return undefined;
  const [own] = diagnostics;
  const [theirs] = errors;
  return {
    id,
    ours: own === undefined ? 'accepts' : `${own.span.start}: ${own.message}`,
    theirs: theirs === undefined ? 'accepts' : `${theirs.start}: ${theirs.message}`,
  };
}

function report(name: string, queries: readonly CorpusQuery[]): void {
  const disagreements = queries.map(findDisagreement).filter((found) => found !== undefined);
  const agreed = queries.length - disagreements.length;
  const share = ((100 * agreed) / queries.length).toFixed(2);
  console.log(`${name}: ${agreed} of ${queries.length} agree (${share} %)`);
  for (const { id, ours, theirs } of disagreements) console.log(`  ${id}\n    ours   ${ours}\n    theirs ${theirs}`);
}

if (process.argv[1] === import.meta.filename) {
  const files = process.argv.slice(2);
  if (files.length > 0) {
    report(
      'files',
      files.map((path) => ({ id: path, query: readFileSync(path, 'utf8') })),
    );
  } else if (corporaPresent) {
    report('Sentinel rules', sentinelQueries());
    report('documentation', documentationQueries());
  } else {
    console.log('no corpus: the third-party texts are absent');
  }
}
