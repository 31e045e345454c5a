/**
 * What is understood of rules. The expected texts are in `expected/`; `npm run update-examples` writes them anew: read
 * them before you commit them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import type { Explanation, Stage } from '../../src/explain/index.ts';
import { tablesOf } from '../../src/ir/walk.ts';
import type { Detection } from '../../src/ir/types.ts';
import { understandRule } from '../../src/compile.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { renderExplanation } from '../../src/report/explanation.ts';
import { jsonExplanation } from '../../src/report/explanation-json.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile } from '../../src/source.ts';
import type { Span } from '../../src/source.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const EXPECTED = join(import.meta.dirname, 'expected');
const CORPUS = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'corpus', 'sentinel');

interface Explained {
  readonly file: SourceFile;
  /** Where the query stands. */
  readonly within: Span;
  readonly detection: Detection;
  readonly explanation: Explanation;
}

function explainText(path: string, text: string): readonly Explained[] {
  const file = new SourceFile(path, text);
  return readRule(file).entries.flatMap(({ rule }) => {
    const detection = rule && understandRule(rule).detection;
    if (rule === undefined || detection === undefined) return [];
    return [{ file, within: rule.querySpan, detection, explanation: explain(detection, { schemaOf }) }];
  });
}

function explainKql(kql: string): Explanation {
  const [only] = explainText('query.kql', kql);
  if (only === undefined) throw new Error('not understood');
  return only.explanation;
}

describe('examples explained', () => {
  it.each(['union-of-tables', 'inner-join', 'count-threshold', 'first-seen-baseline', 'watchlist-of-admins'])(
    '%s',
    (name) => {
      const path = join(EXPECTED, `${name}.txt`);
      const [only] = explainText(`examples/${name}/rule.yaml`, readFileSync(join(EXAMPLES, name, 'rule.yaml'), 'utf8'));
      const text = only === undefined ? '' : renderExplanation(only.file, only.explanation, { color: false });
      if (process.env['UPDATE_EXAMPLES'] === '1') writeFileSync(path, text);
      expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    },
  );
});

describe('indicators', () => {
  it('are tests of stored fields, through what computes them', () => {
    const { indicators } = explainKql(
      'SecurityEvent | extend c = tolower(trim("x", CommandLine)) | project c, Account | where c !has "a" and Account in ("b", "c")',
    );
    expect(indicators).toMatchObject([
      {
        tables: ['SecurityEvent'],
        fields: ['CommandLine'],
        transforms: ['trim'],
        test: 'term',
        values: ['a'],
        isCaseSensitive: false,
        isNegated: true,
      },
      {
        fields: ['Account'],
        transforms: [],
        test: 'equals',
        values: ['b', 'c'],
        isCaseSensitive: true,
        isNegated: false,
      },
    ]);
  });

  it('name all tables of a union once', () => {
    const { indicators } = explainKql('union SigninLogs, AADNonInteractiveUserSignInLogs | where UserAgent has "curl"');
    expect(indicators).toMatchObject([{ tables: ['SigninLogs', 'AADNonInteractiveUserSignInLogs'], values: ['curl'] }]);
  });

  it('are found inside counts, where they do not decide alone', () => {
    const { indicators, conditions } = explainKql(
      'SecurityEvent | summarize Failed = countif(EventID == 4625), All = count() by Account | where Failed > All / 2',
    );
    expect(indicators).toMatchObject([{ fields: ['EventID'], values: ['4625'], isInsideValue: true }]);
    expect(conditions).toMatchObject([{ text: 'Failed > (All / 2)' }]);
  });

  it('stay under the names of the query above what has no shape', () => {
    const { indicators } = explainKql('SecurityEvent | evaluate basket() | where Account == "a"');
    expect(indicators).toMatchObject([{ tables: [], fields: ['Account'], values: ['a'] }]);
  });

  it('are found in queries inside expressions', () => {
    const { indicators, tables } = explainKql(
      'SigninLogs | where UserPrincipalName in ((SecurityEvent | where EventID == 1 | project Account))',
    );
    expect(indicators.map(({ text }) => text)).toEqual(['UserPrincipalName in (SecurityEvent | …)', 'EventID == 1']);
    expect(tables.map(({ table }) => table)).toEqual(['SigninLogs', 'SecurityEvent']);
  });

  it('leave comparisons with what other events give to the conditions', () => {
    const { indicators, conditions } = explainKql(
      'let most = toscalar(SecurityEvent | summarize max(Level)); SecurityEvent | where Level > most',
    );
    expect(indicators).toEqual([]);
    expect(conditions.map(({ text }) => text)).toEqual(['Level > toscalar(SecurityEvent | …)']);
  });

  it('keep all values, however many the text shows', () => {
    const values = Array.from({ length: 500 }, (_, at) => `v${at}`);
    const list = values.map((value) => `"${value}"`).join(', ');
    const { indicators } = explainKql(`SecurityEvent | where Account in (${list})`);
    expect(indicators[0]?.values).toEqual(values);
    expect(indicators[0]?.text).toContain('… 492 more');
  });
});

describe('tables', () => {
  it('come with what selects the sort of event, and nothing else', () => {
    const { tables } = explainKql(
      'Event | where Source == "Microsoft-Windows-Sysmon" and EventID in (1, 3) and Computer == "a" and not(EventLog == "b")',
    );
    expect(tables.map(({ table, selection }) => [table, selection.map(({ text }) => text)])).toEqual([
      ['Event', ['Source == "Microsoft-Windows-Sysmon"', 'EventID in (1, 3)', 'EventLog != "b"']],
    ]);
  });

  it('come once for each time that a function reads them under other conditions', () => {
    const { tables } = explainKql(
      'let f = (id: long) { SecurityEvent | where EventID == id }; f(1) | join kind=inner (f(2)) on Account',
    );
    expect(tables.map(({ selection }) => selection.map(({ text }) => text))).toEqual([
      ['EventID == 1'],
      ['EventID == 2'],
    ]);
  });

  it('are seen no further back than the rule looks', () => {
    const rule = (window: string): string =>
      `id: 4b2bbd2e-5b8c-4b86-9d5e-1d3f2f8c0a11\nname: x\nkind: Scheduled\nseverity: Low\nqueryFrequency: 1h\nqueryPeriod: 1d\ntriggerOperator: gt\ntriggerThreshold: 0\nquery: SecurityEvent ${window}\n`;
    const reach = (window: string) => explainText('rule.yaml', rule(window))[0]?.explanation.tables[0];
    const day = 86_400_000;
    expect(reach('')).toMatchObject({ reach: { from: day, to: 0 }, isCutShort: false });
    expect(reach('| where TimeGenerated > ago(6h)')).toMatchObject({
      reach: { from: day / 4, to: 0 },
      isCutShort: false,
    });
    expect(reach('| where TimeGenerated between (ago(14d) .. ago(1h))')).toMatchObject({
      reach: { from: day, to: day / 24 },
      isCutShort: true,
    });
  });
});

describe('columns', () => {
  it('name the operator that made them, behind renamings and joins', () => {
    const { columns } = explainKql(
      'SecurityEvent | summarize n = count() by Account, Host = Computer | join kind=inner (SigninLogs | project Account = UserPrincipalName, Location) on Account | project-rename m = n',
    );
    expect(columns.known.map(({ name, madeBy }) => [name, madeBy.map(({ step, text }) => `${step} ${text}`)])).toEqual([
      ['Account', ['source SecurityEvent']],
      ['Host', ['aggregate Computer']],
      ['m', ['rename n']],
      ['Account1', ['project UserPrincipalName']],
      ['Location', ['source SigninLogs']],
    ]);
    expect(columns.isOpen).toBe(false);
  });
});

it('says what is opaque, and what is known by name only', () => {
  const { opaque } = explainKql('SecurityEvent | evaluate autocluster() | summarize tdigest(EventID) by Account');
  expect(opaque.map(({ kind, text }) => [kind, text])).toEqual([
    ['relation', 'evaluate autocluster'],
    ['aggregate', 'tdigest(EventID)'],
  ]);
});

// ---------------------------------------------------------------------------------------------- laws

function laws({ within, detection, explanation, file }: Explained): void {
  const isInside = ({ start, end }: Span): boolean => within.start <= start && start <= end && end <= within.end;
  const { indicators, conditions, opaque, tables } = explanation;
  for (const { span, text } of [...indicators, ...conditions, ...opaque]) {
    expect(isInside(span), `${file.path}: ${text} stands outside the query`).toBe(true);
  }
  expect(new Set(tables.map(({ table }) => table))).toEqual(new Set(tablesOf(detection.query)));
  expect(new Set(sources(explanation.stages))).toEqual(new Set(tablesOf(detection.query)));
  const names = explanation.columns.known.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(explanation.columns.known.filter(({ madeBy }) => madeBy.length === 0)).toEqual([]);
  const lines = renderExplanation(file, explanation, { color: false });
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  expect(lines).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  expect(() => JSON.stringify(jsonExplanation(file, explanation))).not.toThrow();
}

function sources(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap(({ step, text, inputs }) => [
    ...(step === 'source' && text !== 'each element' ? [text.replace(/^\['(.*)'\]$/, '$1')] : []),
    ...inputs.flatMap((input) => sources(input.stages)),
  ]);
}

/** Names of known tables that begin a pipeline on a line of their own: they are read, whatever else is understood. */
function tablesWritten(query: string): readonly string[] {
  return [...query.matchAll(/^[ \t]*(\w+)[ \t]*\r?\n[ \t]*\|/gm)].flatMap(([, name = '']) =>
    schemaOf(name) !== undefined && !new RegExp(`\\b${name}\\s*=`).test(query) ? [name] : [],
  );
}

describe('laws', () => {
  it.each(readdirSync(EXAMPLES))('hold for the example %s', (name) => {
    for (const one of explainText('rule.yaml', readFileSync(join(EXAMPLES, name, 'rule.yaml'), 'utf8'))) laws(one);
  });

  describe.skipIf(!existsSync(CORPUS))('of the rule corpus (skipped where it is absent)', () => {
    it('hold for one rule in eight', () => {
      const paths = globSync('**/*.yaml', { cwd: CORPUS, absolute: true }).sort();
      for (const path of paths.filter((_, index) => index % 8 === 5)) {
        const text = readFileSync(path, 'utf8');
        for (const one of explainText(path, text)) {
          laws(one);
          const tables = new Set(one.explanation.tables.map(({ table }) => table));
          const { start, end } = one.within;
          const missing = tablesWritten(text.slice(start, end)).filter(
            (name) => !/^_?[iI]m/.test(name) && !tables.has(name),
          );
          expect(missing, path).toEqual([]);
        }
      }
    });
  });
});
