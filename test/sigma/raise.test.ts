import { describe, expect, it } from 'vitest';
import { evaluatePredicate } from '../../src/eval/predicate.ts';
import type { Row } from '../../src/eval/value.ts';
import type { Predicate, Relation, Value } from '../../src/ir/types.ts';
import { SourceFile } from '../../src/source.ts';
import { raise } from '../../targets/sigma/raise.ts';
import { read } from '../../targets/sigma/read.ts';

function detectionOf(detection: string): Predicate {
  const indented = detection.replace(/^/gm, '    ');
  const text = `title: t\nlogsource:\n    product: p\ndetection:\n${indented}\n`;
  const { tree, diagnostics } = read(new SourceFile('rule.yml', text));
  expect(diagnostics).toEqual([]);
  if (tree === undefined) throw new Error('not read');
  const { query } = raise(tree);
  if (query.op !== 'filter') throw new Error(query.op);
  return query.where;
}

type Plain = string | number | boolean | null;

function rowOf(event: Readonly<Record<string, Plain>>): Row {
  return new Map(
    Object.entries(event).map(([name, value]): [string, Value] => {
      if (typeof value === 'string') return [name, { type: 'string', value }];
      if (typeof value === 'boolean') return [name, { type: 'bool', value }];
      if (value === null) return [name, { type: 'null', of: 'unknown' }];
      return [name, Number.isInteger(value) ? { type: 'long', value: BigInt(value) } : { type: 'real', value }];
    }),
  );
}

function fires(detection: string, event: Readonly<Record<string, Plain>>): boolean {
  return evaluatePredicate(detectionOf(detection), rowOf(event), { now: 0, firstColumn: () => [] }) === true;
}

const select = (item: string) => `selection:\n    ${item}\ncondition: selection`;
const without = (item: string) => `filter:\n    ${item}\ncondition: not filter`;

/** What an item means: events that it matches, events that it does not; the second kind includes one without the field. */
const items: readonly (readonly [string, readonly Plain[], readonly Plain[]])[] = [
  ["F: 'abc'", ['abc', 'ABC'], ['abcd', '', null]],
  ["F|cased: 'abc'", ['abc'], ['ABC']],
  ["F|contains: 'b'", ['abc', 'B'], ['x', '']],
  ["F|contains|cased: 'b'", ['abc'], ['B']],
  ["F|startswith: 'ab'", ['abc', 'AB'], ['xab']],
  ["F|endswith: '\\a.exe'", ['C:\\a.exe'], ['a.exe', 'b\\aXexe']],
  ["F|contains|all:\n        - 'a'\n        - 'b'", ['xbxa'], ['a', 'b']],
  ["F:\n        - 'a'\n        - 'b'", ['a', 'B'], ['ab']],
  ["F: 'a*c'", ['ac', 'abbc'], ['ab', 'xac']],
  ["F: 'a?c'", ['abc'], ['ac', 'abbc']],
  ["F: 'a\\*c'", ['a*c'], ['abc']],
  ["F: 'a\\\\*'", ['a\\', 'a\\b'], ['a', 'ab']],
  ["F: '*'", ['x'], []],
  ["F: ''", [''], ['x', null]],
  ['F: null', [null], ['x', 5]],
  ["F:\n        - null\n        - ''", [null, ''], ['x']],
  ["F:\n        - null\n        - 'x'", [null, 'X'], ['y']],
  ['F|exists: true', ['x', ''], []],
  ['F: 4688', [4688], [4689]],
  ['F:\n        - 1\n        - 2', [1, 2], [3]],
  ['F:\n        - 1\n        - null', [1, null], [2]],
  ['F: 1.5', [1.5], [1, 2]],
  ['F: true', [true], [false]],
  ['F|gt: 5', [6], [5, null]],
  ['F|gte: 5', [5], [4]],
  ['F|lt: 5', [4], [5, null]],
  ['F|lte: 5', [5], [6]],
  ["F|neq: 'a'", ['b', null], ['A']],
  ['F|neq: 5', [6, null], [5]],
  ["F|re: '^a.c$'", ['abc'], ['ABC', 'a\nc', 'xabc']],
  ["F|re|i: '^a.c$'", ['ABC'], ['ab']],
  ["F|re|s: '^a.c$'", ['a\nc'], ['ac']],
  ["F|re|m: '^b$'", ['a\nb'], ['ab']],
  ["F|re: 'x*'", ['', 'x'], []],
  ["F|cidr: '10.0.0.0/8'", ['10.1.2.3'], ['11.1.2.3', 'x', null]],
  ["F|cidr:\n        - '10.0.0.0/8'\n        - 'fe80::/10'", ['fe80::1'], ['::1']],
  ["F|base64: 'foo'", ['Zm9v'], ['foo']],
  ["F|base64offset|contains: 'foobar'", ['xxZm9vYmFyxx', 'aZvb2Jhc', 'xmb29iYX'], ['foobar']],
  ["F|wide|base64offset|contains: 'ping'", ['cABpAG4AZw', 'AAaQBuAGcA', 'wAGkAbgBnA'], ['ping', 'cABpAG4AZ']],
  ["F|windash|contains: ' -f '", ['x -f y', 'x /f y', 'x \u2013f y'], ['x f y']],
  ["F|windash|contains|all:\n        - ' -a'\n        - ' -b'", ['x /a -b'], ['x /a']],
  ["F|fieldref: 'G'", ['g'], ['x', null]],
  ['F|hour: 3', [], ['x']],
];

describe('an item', () => {
  it.each(items)('%s', (item, matched, unmatched) => {
    for (const value of matched) {
      const event = value === null ? { G: 'g' } : { F: value, G: 'g' };
      expect(fires(select(item), event), `matches ${String(value)}`).toBe(true);
      expect(fires(without(item), event), `not: ${String(value)}`).toBe(false);
    }
    for (const value of unmatched) {
      const event = value === null ? { G: 'g' } : { F: value, G: 'g' };
      expect(fires(select(item), event), `misses ${String(value)}`).toBe(false);
      expect(fires(without(item), event), `not: ${String(value)}`).toBe(true);
    }
  });

  it.each(items.filter(([item]) => !/null|neq/.test(item)))('%s needs its field', (item) => {
    expect(fires(select(item), { Other: 'x' })).toBe(false);
    expect(fires(without(item), { Other: 'x' })).toBe(true);
  });
});

/** Conditions over three searches: which events fire, by the letters that they have. */
const searches = `sel_a:
    A: 1
sel_b:
    B: 1
filter_c:
    C: 1
_hidden:
    D: 1
`;
const conditions: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['sel_a or sel_b and filter_c', ['A', 'BC', 'AB'], ['B', 'C', '']],
  ['(sel_a or sel_b) and filter_c', ['AC', 'BC'], ['A', 'AB']],
  ['not sel_a', ['', 'B'], ['A', 'AB']],
  ['sel_a and not filter_c', ['A', 'AB'], ['AC', 'C']],
  ['not (sel_a and sel_b)', ['A', 'B', ''], ['AB', 'ABC']],
  ['1 of sel_*', ['A', 'B'], ['C', '']],
  ['all of sel_*', ['AB'], ['A', 'B']],
  ['1 of them', ['A', 'B', 'C'], ['D', '']],
  ['all of them', ['ABC'], ['AB', 'ABD']],
  ['any of sel*', ['A', 'B'], ['C']],
  ['1 of sel_* and not 1 of filter_*', ['A', 'AB'], ['AC', 'C']],
  ['not all of sel_*', ['A', ''], ['AB']],
  ['1 of _hid*', ['D'], ['A']],
  ['sel_a and not not sel_b', ['AB'], ['A']],
];

describe('a condition', () => {
  it.each(conditions)('%s', (condition, firing, silent) => {
    const detection = `${searches}condition: ${condition}`;
    const event = (letters: string) => Object.fromEntries(letters.split('').map((letter) => [letter, 1]));
    for (const letters of firing) expect(fires(detection, event(letters)), `fires on '${letters}'`).toBe(true);
    for (const letters of silent) expect(fires(detection, event(letters)), `silent on '${letters}'`).toBe(false);
  });

  it('may be one of several', () => {
    const detection = `${searches}condition:\n    - sel_a\n    - sel_b`;
    expect(fires(detection, { A: 1 })).toBe(true);
    expect(fires(detection, { B: 1 })).toBe(true);
    expect(fires(detection, { C: 1 })).toBe(false);
  });
});

describe('searches', () => {
  it('joins the items of a map by and, those of a list by or', () => {
    const detection = 'selection:\n    - A: 1\n      B: 2\n    - C: 3\ncondition: selection';
    expect(fires(detection, { A: 1, B: 2 })).toBe(true);
    expect(fires(detection, { A: 1 })).toBe(false);
    expect(fires(detection, { C: 3 })).toBe(true);
  });

  it('finds keywords anywhere in the event', () => {
    const detection = "keywords:\n    - 'evil'\n    - 'b?d'\ncondition: keywords";
    expect(fires(detection, { A: 'x', B: 'so EVIL!' })).toBe(true);
    expect(fires(detection, { A: 'a bad one' })).toBe(true);
    expect(fires(detection, { A: 'good' })).toBe(false);
  });

  it('finds all keywords where asked to', () => {
    const detection = "keywords:\n    '|all':\n        - 'a'\n        - 'b'\ncondition: keywords";
    expect(fires(detection, { A: 'xa', B: 'xb' })).toBe(true);
    expect(fires(detection, { A: 'xa' })).toBe(false);
  });

  it('takes the keyword * for every event', () => {
    expect(detectionOf("keywords:\n    - '*'\ncondition: not keywords")).toMatchObject({
      op: 'constant',
      value: false,
    });
  });

  it('takes a placeholder for a list that is kept elsewhere', () => {
    const list = { op: 'reference', kind: 'watchlist', name: 'admins' };
    expect(detectionOf("selection:\n    F|contains|expand: '%admins%'\ncondition: selection")).toMatchObject({
      op: 'inQuery',
      test: 'contains',
      query: list,
    });
    expect(detectionOf("selection:\n    F|expand: '%admins%'\ncondition: not selection")).toMatchObject({
      op: 'not',
      of: { op: 'inQuery', test: 'equals', query: list },
    });
  });

  it('says what it does not understand', () => {
    expect(detectionOf("selection:\n    F|expand: 'a%admins%'\ncondition: selection")).toMatchObject({ op: 'opaque' });
    expect(detectionOf("selection:\n    F|re: '(?=a)b'\ncondition: selection")).toMatchObject({ op: 'opaque' });
  });

  it('stops at a condition that multiplies long searches', () => {
    const values = Array.from({ length: 2000 }, (_, index) => `        - 'v${index}'`).join('\n');
    const condition = Array.from({ length: 1500 }, () => 'selection').join(' or ');
    const where = detectionOf(`selection:\n    F:\n${values}\ncondition: ${condition}`);
    expect(where).toMatchObject({ op: 'opaque' });
  });
});

function raised(text: string): ReturnType<typeof raise> {
  const { tree, diagnostics } = read(new SourceFile('rule.yml', text));
  if (tree === undefined) throw new Error(JSON.stringify(diagnostics));
  return raise(tree);
}

const rule = (name: string, field: string) =>
  `title: ${name}\nname: ${name}\nlogsource:\n    product: ${name}\ndetection:\n    s:\n        ${field}: 1\n    condition: s\n`;

function outline(relation: Relation): string {
  const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join();
  if (relation.op === 'source') {
    return relation.table + (relation.window === undefined ? '' : `[${String(relation.window.from)}]`);
  }
  if (relation.op === 'filter') return `${outline(relation.input)} | where`;
  if (relation.op === 'extend') return `${outline(relation.input)} | extend ${names(relation.columns)}`;
  if (relation.op === 'project') return `${outline(relation.input)} | project ${names(relation.columns)}`;
  if (relation.op === 'select') return `${outline(relation.input)} | keep ${relation.names.join()}`;
  if (relation.op === 'union') return `(${relation.inputs.map(outline).join(' ; ')})`;
  if (relation.op === 'join') return `(${outline(relation.left)} JOIN ${outline(relation.right)})`;
  if (relation.op !== 'aggregate') return relation.op;
  return `${outline(relation.input)} | ${relation.measures.map(({ fn }) => fn).join()} by ${names(relation.by)}`;
}

describe('a file', () => {
  it('of several rules is their union', () => {
    const detection = raised(`${rule('a', 'A')}fields:\n    - A\n    - B\n---\n${rule('b', 'B')}`);
    expect(outline(detection.query)).toBe('(product=a | where | keep A,B ; product=b | where)');
    expect(detection.meta.name).toBe('a');
    expect(detection.schedule).toMatchObject({ trigger: { test: '>', threshold: 0 }, alertPer: 'row' });
  });

  it('with a counting correlation is an aggregate', () => {
    const correlation = `title: c\ncorrelation:\n    type: value_count\n    rules:\n        - a\n        - b\n    group-by:\n        - host\n    aliases:\n        host:\n            a: HostA\n            b: host\n    timespan: 90m\n    condition:\n        field: User\n        gte: 3\n`;
    const detection = raised(`${rule('a', 'A')}---\n${rule('b', 'B')}---\n${correlation}`);
    expect(outline(detection.query)).toBe(
      '(product=a | where | extend host ; product=b | where) | countDistinct by host | where',
    );
    expect(detection.schedule.lookback).toBe(5_400_000);
    expect(detection.meta.name).toBe('c');
  });

  it('with an ordered correlation of a count is a join', () => {
    const inner = `title: many\nname: many\ncorrelation:\n    type: event_count\n    rules:\n        - a\n    group-by:\n        - User\n    timespan: 5m\n    condition:\n        gte: 10\n`;
    const outer = `title: c\ncorrelation:\n    type: temporal_ordered\n    rules:\n        - many\n        - b\n    group-by:\n        - User\n    timespan: 1h\n`;
    const detection = raised(`${rule('a', 'A')}---\n${rule('b', 'B')}---\n${inner}---\n${outer}`);
    expect(outline(detection.query)).toBe(
      '(product=a[-300000] | where | count,max by User | where | project User,@timestamp JOIN product=b | where | project User,@timestamp) | where',
    );
  });

  it('generates the rules of a correlation, too, when it asks for that', () => {
    const correlation = `title: c\ncorrelation:\n    type: event_count\n    rules:\n        - a\n    group-by: []\n    timespan: 1h\n    generate: true\n    condition:\n        gt: 1\n`;
    const detection = raised(`${rule('a', 'A')}---\n${correlation}`);
    expect(outline(detection.query)).toBe('(product=a | where ; product=a | where | count by  | where)');
  });

  it('does not follow correlations in a circle', () => {
    const circle = (name: string, of: string) =>
      `title: ${name}\nname: ${name}\ncorrelation:\n    type: temporal\n    rules:\n        - ${of}\n    group-by:\n        - X\n    timespan: 1h\n`;
    expect(outline(raised(`${circle('a', 'b')}---\n${circle('b', 'a')}`).query)).toContain('opaque');
  });

  it('has what the rule says of itself', () => {
    const text = `title: T\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nstatus: test\ndescription: D\nauthor: me\ndate: 2024-01-31\nlevel: high\nreferences:\n    - https://example.com\ntags:\n    - attack.privilege-escalation\n    - attack.credential_access\n    - attack.t1098.003\n    - attack.g0016\n    - cve.2021-44228\n    - detection.threat-hunting\nfalsepositives:\n    - none known\nlogsource:\n    category: process_creation\n    product: windows\n    definition: x\ndetection:\n    s:\n        A: 1\n    condition: s\n`;
    const { meta, query } = raised(text);
    expect(meta).toEqual({
      id: '929a690e-bef0-4204-a928-ef5e620d6fcc',
      name: 'T',
      description: 'D',
      kind: 'hunting',
      severity: 'high',
      status: 'test',
      author: 'me',
      date: '2024-01-31',
      tactics: ['privilege-escalation', 'credential-access'],
      techniques: ['T1098.003'],
      tags: ['attack.g0016', 'cve.2021-44228'],
      references: ['https://example.com'],
      falsePositives: ['none known'],
      requires: [],
    });
    expect(outline(query)).toBe('category=process_creation product=windows | where');
  });
});
