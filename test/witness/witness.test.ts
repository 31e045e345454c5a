/** What witnesses show: every test on its own, values, bounds, groups, joins; the same ones every time. */
import { describe, expect, test } from 'vitest';
import { matchesRegex } from '../../src/eval/regex.ts';
import { compileFile } from '../../src/compile.ts';
import type { Detection } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { sampleRegex } from '../../src/witness/sample-regex.ts';
import { witnessesOf } from '../../src/witness/index.ts';
import type { Witness } from '../../src/witness/index.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';

const crosswalk = loadCrosswalk();

function detectionOf(
  query: string,
  schedule = 'queryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 0',
): Detection {
  const text = `id: 5b0f6a0e-6c57-4a7c-9f7e-0d6b7c1c1a11\nname: Example\nkind: Scheduled\nseverity: Low\n${schedule}\nquery: |\n  ${query}\n`;
  const options = { terms: 'contains', letterCase: 'ignore', bestEffort: false, crosswalk, targets: [] } as const;
  const [rule] = compileFile(new SourceFile('rule.yaml', text), options);
  if (rule?.detection === undefined) throw new Error(JSON.stringify(rule?.diagnostics));
  return rule.detection;
}

const answers = (witnesses: readonly Witness[], purpose: string): readonly boolean[] =>
  witnesses.filter((one) => one.purpose.endsWith(purpose)).map(({ fires }) => fires);

describe('texts that a regular expression matches', () => {
  const regexes = [
    'abc',
    'a|b',
    '(?i)^cmd\\.exe$',
    '[0-9]{1,3}\\.[0-9]{1,3}',
    '[^\\\\/]+\\.(?:exe|dll)',
    '\\bpowershell(?:\\.exe)?\\s+-e(?:nc)?\\b',
    '(?P<name>\\w+)=(\\d+)',
    '[[:alpha:]]+',
    '\\x41\\Q.*\\E',
    '[\\/\\=]x',
    'a{3}b*c+d?',
  ];
  test.each(regexes)('%s', (regex) => {
    for (const choice of [0, 1, 2, 5]) {
      const text = sampleRegex(regex, choice);
      expect(text).toBeDefined();
      expect(matchesRegex(text ?? '', regex)).toBe(true);
    }
  });

  test.each(['(', 'a**', '(?=x)', `${'('.repeat(100)}a${')'.repeat(100)}`, 'a{9999}'])('%s gives none', (regex) => {
    expect(sampleRegex(regex)).toBeUndefined();
  });
});

describe('single tests', () => {
  test('each decides on its own, both ways', () => {
    const query =
      'SigninLogs | where ResultType == "50126" and (AppDisplayName has "teams" or not(IPAddress startswith "10."))';
    const { witnesses, coverage } = witnessesOf(detectionOf(query));
    expect(coverage).toMatchObject({ leaves: 3, decisive: 3, bothWays: 3, open: [] });
    expect(answers(witnesses, 'this test fails, all else is the same')).toContain(false);
  });

  test('a term inside a longer word, next to an underscore, in the other case', () => {
    const { witnesses } = witnessesOf(detectionOf('SigninLogs | where AppDisplayName has "teams"'));
    expect(answers(witnesses, 'AppDisplayName: inside a longer word')).toEqual([false]);
    expect(answers(witnesses, 'AppDisplayName: next to an underscore')).toEqual([true]);
    expect(answers(witnesses, 'AppDisplayName: in the other case')).toEqual([true]);
    expect(answers(witnesses, 'AppDisplayName: the field is missing')).toEqual([false]);
  });

  test('each value of a list alone, and each of those that must all be there left out', () => {
    const any = witnessesOf(detectionOf('SigninLogs | where ResultType in ("1", "2", "3")')).witnesses;
    expect(answers(any, 'alone').filter(Boolean).length).toBeGreaterThanOrEqual(2);
    const all = witnessesOf(detectionOf('SigninLogs | where AppDisplayName has_all ("one", "two", "three")')).witnesses;
    const missing = all.filter(({ purpose }) => purpose.startsWith('all values but'));
    expect(missing.map(({ fires }) => fires)).toEqual([false, false, false]);
  });
});

describe('groups', () => {
  const query = 'SigninLogs | where ResultType == "50126" | summarize count() by UserPrincipalName | where count_ > 4';
  test('just below, at and above the bound', () => {
    const { witnesses } = witnessesOf(detectionOf(query));
    const sizes = witnesses
      .filter(({ purpose }) => purpose.includes('beside the bound'))
      .map(({ events, fires }) => [events.length, fires]);
    expect(sizes).toContainEqual([4, false]);
    expect(sizes.concat(witnesses.map(({ events, fires }) => [events.length, fires]))).toContainEqual([5, true]);
  });

  test('other keys in one event', () => {
    const { witnesses } = witnessesOf(detectionOf(query));
    expect(answers(witnesses, 'UserPrincipalName: another value in one event')).toContain(false);
  });

  test('the trigger asks for rows', () => {
    const trigger = 'queryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 3';
    const { witnesses } = witnessesOf(detectionOf('SigninLogs | where ResultType == "50126"', trigger));
    expect(witnesses[0]).toMatchObject({ fires: false });
    expect(witnesses.filter(({ fires }) => fires).every(({ events }) => events.length > 3)).toBe(true);
  });
});

describe('joins', () => {
  test('a matching pair, one side only, another key', () => {
    const query =
      'SigninLogs | where ResultType == "0" | join kind=inner (OfficeActivity | where Operation == "New-InboxRule") on $left.UserPrincipalName == $right.UserId';
    const { witnesses } = witnessesOf(detectionOf(query));
    expect(witnesses.some(({ events, fires }) => fires && events.length === 2)).toBe(true);
    expect(answers(witnesses, 'one event less')).toEqual([false, false]);
    expect(answers(witnesses, 'UserPrincipalName: inside a longer word')).not.toContain(true);
  });
});

describe('bounds', () => {
  const query = 'SigninLogs | where AppDisplayName has_any ("a1", "b2", "c3", "d4") or IPAddress contains "x"';
  test('no more than asked for, and how many were left out', () => {
    const { witnesses, cut } = witnessesOf(detectionOf(query), { most: 10 });
    expect(witnesses).toHaveLength(10);
    expect(cut).toBeGreaterThan(0);
  });

  test('the same every time', () => {
    expect(witnessesOf(detectionOf(query))).toEqual(witnessesOf(detectionOf(query)));
  });

  test('what the evaluator does not run has no witnesses, and is named', () => {
    const { witnesses, problem } = witnessesOf(
      detectionOf('SigninLogs | make-series count() on TimeGenerated step 1h'),
    );
    expect(witnesses).toEqual([]);
    expect(problem).toBe('make-series');
  });

  test('a rule of very many tests ends', () => {
    const many = Array.from({ length: 400 }, (_, index) => `CommandLine has "word${index}"`).join(' or ');
    const { witnesses } = witnessesOf(detectionOf(`SecurityEvent | where ${many}`), { most: 20 });
    expect(witnesses.length).toBeGreaterThan(1);
  }, 20_000);
});
