/** Expressions of a Detection written as KQL again: what is read from that text means the same. */
import { describe, expect, it } from 'vitest';
import { detection, filter, source } from '../../src/ir/build.ts';
import { equalDetections } from '../../src/ir/normalise.ts';
import { recogniseShape } from '../../src/ir/recognise.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { partsOf, predicatePart } from '../../src/ir/walk.ts';
import type { Part } from '../../src/ir/walk.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { predicateText } from '../../src/kql/raise/expression.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { wholeFile } from '../../src/source.ts';
import { branchesIn } from '../../src/explain/parts.ts';
import { corpusPresent, lowerCorpus } from './lower/corpus.ts';

const stored = (table: string, column: string): boolean | undefined => schemaOf(table)?.columns.has(column);

function conditionOf(condition: string): Predicate {
  const { query } = parseKql(wholeFile(`SecurityEvent | where ${condition}`));
  if (query === undefined) throw new Error(`${condition}: does not parse`);
  const { relation } = lowerQuery(query, { schemaOf });
  if (relation.op !== 'filter') throw new Error(`${condition}: is no filter`);
  return relation.where;
}

/** A condition on a SecurityEvent, and how it is written again where that is not the same. */
const conditions: readonly (readonly [condition: string, again?: string])[] = [
  ['Account == "a" and Computer != "b"'],
  ['Account =~ "a" or Computer !~ "b"'],
  ['Account == "a" and (Computer == "b" or Computer == "c")'],
  ['Account in ("a", "b")'],
  ['Account !in~ ("a", "b")'],
  ['EventID in (1, 2)'],
  ['EventID !in (1, 2)'],
  ['EventID != 4688'],
  ['CommandLine has_any ("a", "b")'],
  ['not(CommandLine has_any ("a", "b"))'],
  ['CommandLine has_all ("a", "b")'],
  ['CommandLine !has_cs "a"'],
  ['CommandLine contains_cs @"c:\\windows\\""x"""'],
  ['CommandLine contains "line\\nbreak"'],
  ['CommandLine contains "\\u202e"'],
  ['CommandLine matches regex @"a\\b(c|d)+"'],
  ['not(CommandLine matches regex "a")'],
  ['CommandLine hasprefix "a" and CommandLine hassuffix_cs "b"'],
  ['CommandLine like "%a_b%"'],
  ['isempty(Account) or isnotnull(EventID)'],
  ['not(EventID > 5)'],
  ['EventID between (1 .. 5)'],
  ['EventID !between (1 .. 5)'],
  ['ipv4_is_in_range(IpAddress, "10.0.0.0/8")'],
  ['ipv4_is_private(IpAddress)', 'ipv4_is_in_any_range(IpAddress, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")'],
  ['tolower(trim("x", Account)) == "a"'],
  ['tostring(split(CommandLine, " ")[-1]) == "a"'],
  ['strlen(CommandLine) * 2 > (EventID + 3) % 7', '(strlen(CommandLine) * 2) > ((EventID + 3) % 7)'],
  ['iff(EventID == 1, "a", "b") == "a"'],
  ['parse_json(CommandLine).a["b c"][0] == "x"', `CommandLine.a.['b c'][0] == "x"`],
  ['TimeGenerated > datetime(2024-05-01T10:00:00Z)'],
  ['TimeGenerated - datetime(2024-05-01) > 36h', '(TimeGenerated - datetime(2024-05-01)) > 36h'],
  ['startofday(TimeGenerated) == datetime(2024-05-01)'],
  ['hash_sha256(CommandLine) == "ab"'],
  ['tostring(extract_all("(a)(b)", dynamic([1]), CommandLine)[0]) == "a"'],
  ['Account == Computer'],
  ['CommandLine has Account'],
];

describe('conditions written again', () => {
  it.each(conditions.map(([condition, again = condition]) => [condition, again] as const))('%s', (condition, again) => {
    const predicate = conditionOf(condition);
    const text = predicateText(predicate);
    expect(text).toBe(again);
    expect(sameMeaning('SecurityEvent', predicate, text)).toBe(true);
  });

  it('cuts lists where that is wanted', () => {
    const predicate = conditionOf('Account in ("a", "b", "c", "d")');
    expect(predicateText(predicate, { longestList: 2 })).toBe('Account in ("a", "b", … 2 more)');
  });

  it('leaves out what nests without end', () => {
    const nested = conditionOf(`${'strcat(Computer, '.repeat(60)}Account${')'.repeat(60)} == "a"`);
    expect(predicateText(nested)).toContain('…');
  });
});

function sameMeaning(table: string, predicate: Predicate, text: string): boolean {
  const { query } = parseKql(wholeFile(`${table} | where ${text}`));
  if (query === undefined) return false;
  const again = lowerQuery(query, { schemaOf }).relation;
  return equalDetections(detection('', filter(source(table), predicate)), detection('', again));
}

/** What no KQL over the table's rows can say, or what KQL cannot tell apart. */
function isBeyondKql({ kind, node }: Part): boolean {
  if (node.op === 'opaque') return true;
  if (kind === 'scalar') {
    return node.op === 'query' || node.op === 'anyField' || (node.op === 'call' && node.fn === 'anyElement');
  }
  return kind === 'predicate' && (node.op === 'inQuery' || (node.op === 'missing' && node.counts === 'absent'));
}

describe.skipIf(!corpusPresent)('conditions of the rule corpus (skipped where it is absent)', () => {
  it('mean the same when written again', () => {
    const differing: string[] = [];
    let count = 0;
    for (const { path, lowered } of lowerCorpus(12)) {
      const branches = branchesIn(recogniseShape(lowered.detection.query, { stored }));
      for (const { table, where } of branches) {
        if ([...partsOf(predicatePart(where))].some(isBeyondKql)) continue;
        count++;
        if (!sameMeaning(table, where, predicateText(where))) differing.push(path);
      }
    }
    expect(count).toBeGreaterThan(100);
    // Where a bound on the time is computed twice, or a column of one name is meant that another table has.
    expect(differing.length / count).toBeLessThan(0.01);
  });
});
