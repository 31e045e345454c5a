import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import type { Detection, Predicate } from '../../src/ir/types.ts';
import type { ConversionOptions } from '../../targets/target.ts';
import { convert, detectionOf, detectionSections } from './convert.ts';

interface Example {
  readonly kql: string;
  readonly options?: Partial<ConversionOptions>;
  readonly trigger?: Detection['schedule']['trigger'];
  readonly notes?: readonly string[];
  /** The detection section without its name; the whole sections where there is more than one document. */
  readonly sigma: string;
}

/** Tests of columns of a table that no log source is known for: names stay, and only the logic is looked at. */
const predicates: readonly Example[] = [
  {
    kql: 'T_CL | where A == "x" and B !~ "y" and C in~ ("a","b") and D contains "q*" and E startswith_cs "Ab"',
    notes: ['wider case-ignored'],
    sigma: `
    selection:
        A: 'x'
        C:
            - 'a'
            - 'b'
        D|contains: 'q\\*'
        E|startswith: 'Ab'
    filter_main_b:
        B: 'y'
    condition: selection and not filter_main_b`,
  },
  {
    kql: 'T_CL | where A == "x" and E startswith_cs "Ab" and F != "y" and not (G in ("a.b","1"))',
    options: { letterCase: 'exact' },
    sigma: `
    selection:
        A|cased: 'x'
        E|startswith|cased: 'Ab'
    filter_main_f:
        F|cased: 'y'
    filter_main_g:
        G|cased:
            - 'a.b'
            - '1'
    condition: selection and not 1 of filter_main_*`,
  },
  {
    // Without letter case the negation would miss events: a regular expression heeds it, and all converters read it.
    kql: 'T_CL | where A == "1" and F != "y" and not (G in ("a.b","2")) and H !contains_cs "q" and I != "3"',
    sigma: `
    selection:
        A: '1'
    filter_main_f:
        F|re: '^y$'
    filter_main_g:
        G|re: '^a\\.b$'
    filter_main_g_2:
        G: '2'
    filter_main_h:
        H|re: 'q'
    filter_main_i:
        I: '3'
    condition: selection and not 1 of filter_main_*`,
  },
  {
    kql: 'T_CL | where A contains "a\\tb" and B == "1"',
    sigma: `
    selection:
        A|re|i: 'a\\x09b'
        B: '1'
    condition: selection`,
  },
  {
    // Sigma's `all` is for substrings: of other tests each is a search of its own.
    kql: 'T_CL | where A matches regex "b+" and A matches regex "c+"',
    sigma: `
    selection_a:
        A|re: 'b+'
    selection_a_2:
        A|re: 'c+'
    condition: all of selection_*`,
  },
  {
    kql: 'T_CL | where A == "1" and B != "2" and C endswith @"\\a.exe"',
    sigma: `
    selection:
        A: '1'
        C|endswith: '\\a.exe'
    filter_main_b:
        B: '2'
    condition: selection and not filter_main_b`,
  },
  {
    kql: 'T_CL | where (A == "1" or B == "2") and not(C has "foo" or D has "--b")',
    notes: ['wider term-ascii-boundaries'],
    sigma: `
    selection:
        - A: '1'
        - B: '2'
    filter_main_c:
        C|re|i: '(^|[ -/:-@\\[-\`{-~])foo([ -/:-@\\[-\`{-~]|$)'
    filter_main_d:
        D|re|i: '--b([ -/:-@\\[-\`{-~]|$)'
    condition: selection and not 1 of filter_main_*`,
  },
  {
    kql: 'T_CL | where (A == "1" and B != "2") or (C == 5 and not (D > 3))',
    sigma: `
    selection_a:
        A: '1'
    filter_main_b:
        B: '2'
    selection_c:
        C: 5
        D|lte: 3
    condition: (selection_a and not filter_main_b) or selection_c`,
  },
  {
    kql: 'T_CL | where (A == "1" and B == "2") or (A == "3" and B == "4")',
    sigma: `
    selection:
        - A: '1'
          B: '2'
        - A: '3'
          B: '4'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A has "x" and B has_any ("p", "--q--")',
    notes: ['wider term-as-contains'],
    sigma: `
    selection:
        A|contains: 'x'
        B|contains:
            - 'p'
            - '--q--'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A has_all ("x", "--y--") and B hasprefix "p"',
    options: { terms: 'exact' },
    notes: ['wider term-ascii-boundaries'],
    sigma: `
    selection:
        A|re|i: '(^|[^a-zA-Z0-9])x([^a-zA-Z0-9]|$)'
        A|contains: '--y--'
        B|re|i: '(^|[^a-zA-Z0-9])p'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A has "--y--"',
    sigma: `
    selection:
        A|contains: '--y--'
    condition: selection`,
  },
  {
    kql: 'T_CL | where isempty(A) and isnotempty(B) and tolower(C) == "abc"',
    sigma: `
    selection:
        A:
            - null
            - ''
        C: 'abc'
    filter_main_b:
        B:
            - null
            - ''
    condition: selection and not filter_main_b`,
  },
  {
    kql: 'T_CL | where A matches regex @"(?i)\\bfoo\\d+" and B matches regex "^x*$"',
    notes: ['context regex-beyond-subset'],
    sigma: `
    selection_a:
        A|re|i: '\\bfoo[0-9]+'
    selection_b:
        - B|re: '^x*$'
        - B|exists: false
    condition: all of selection_*`,
  },
  {
    kql: 'T_CL | where ipv4_is_private(A) and not(ipv4_is_in_range(B, "10.1.2.3/8"))',
    notes: ['wider address-parsing'],
    sigma: `
    selection:
        A|cidr:
            - '10.0.0.0/8'
            - '172.16.0.0/12'
            - '192.168.0.0/16'
    filter_main_b:
        B|cidr: '10.0.0.0/8'
    condition: selection and not filter_main_b`,
  },
  {
    kql: 'T_CL | where A =~ B and C != D',
    notes: ['narrower field-comparison', 'wider field-comparison'],
    sigma: `
    selection:
        A|fieldref: 'B'
    filter_main_c:
        C|fieldref: 'D'
    condition: selection and not filter_main_c`,
  },
  {
    kql: 'T_CL | where A == 1 and B != 2 and C between (3 .. 5) and D >= 1.5 and E == true',
    sigma: `
    selection:
        A: 1
        C|gte: 3
        C|lte: 5
        D|gte: 1.5
        E: true
    filter_main_b:
        B: 2
    condition: selection and not filter_main_b`,
  },
  {
    kql: 'T_CL | mv-expand X = L | where X.name == "1" and X.value == "2"',
    notes: ['wider list-elements'],
    sigma: `
    selection:
        L.name: '1'
        L.value: '2'
    condition: selection`,
  },
  {
    kql: 'T_CL',
    sigma: `
    keywords:
        - '*'
    condition: keywords`,
  },
  {
    kql: 'T_CL | where A == "1" and strlen(B) > 5',
    options: { bestEffort: true },
    notes: ['wider unsupported-predicate'],
    sigma: `
    selection:
        A: '1'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A == "1" or strlen(B) > 5',
    options: { bestEffort: true },
    notes: ['narrower unsupported-predicate'],
    sigma: `
    selection:
        A: '1'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A == "1" and (B == "2" or (C == "3" and strlen(D) > 5))',
    options: { bestEffort: true },
    notes: ['wider unsupported-predicate'],
    sigma: `
    selection_a:
        A: '1'
    selection_b:
        - B: '2'
        - C: '3'
    condition: all of selection_*`,
  },
  {
    kql: 'T_CL | where A == "1" | join kind=leftanti (U_CL | where B == "2") on K',
    options: { bestEffort: true },
    notes: ['wider unsupported-query'],
    sigma: `
    selection:
        A: '1'
    condition: selection`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize count() by B | top 10 by count_',
    notes: ['context grouping-lost', 'context row-limit-lost'],
    sigma: `
    selection:
        A: '1'
    condition: selection`,
  },
];

describe('predicates', () => {
  it.each(predicates)('$kql', ({ kql, options, notes, sigma }) => {
    const converted = convert(detectionOf(kql), options);
    const [, detection = ''] = converted.text.split('detection:');
    expect(detection.split(/^[a-z]/m)[0]?.trimEnd()).toBe(sigma);
    expect(converted.notes).toEqual(notes ?? []);
  });
});

const EVENTS = (number: number, service: string, detection: string) => `name: rule_events_${number}
logsource:
    product: sentinel
    service: ${service}
detection:
    selection:
        ${detection}
    condition: selection`;

const correlations: readonly Example[] = [
  {
    kql: 'T_CL | where A == "1" | summarize n = count() by B, bin(TimeGenerated, 5m) | where n > 10',
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
correlation:
    type: event_count
    rules:
        - rule_events_1
    group-by:
        - B
    timespan: 5m
    condition:
        gt: 10`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize dcount(U) by H | where dcount_U >= 3 and H == "2"',
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'\n        H: '2'")}
---
correlation:
    type: value_count
    rules:
        - rule_events_1
    group-by:
        - H
    timespan: 1h
    condition:
        field: U
        gte: 3`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize avg(N) by H | where avg_N > 2.5',
    notes: ['differs sliding-window', 'wider threshold-rounded'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
correlation:
    type: value_avg
    rules:
        - rule_events_1
    group-by:
        - H
    timespan: 1h
    condition:
        field: 'N'
        gt: 2`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize countif(B == 2) by U | where countif_ > 5',
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'\n        B: 2")}
---
correlation:
    type: event_count
    rules:
        - rule_events_1
    group-by:
        - U
    timespan: 1h
    condition:
        gt: 5`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize make_set(U) by H | where array_length(set_U) > 2',
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
correlation:
    type: value_count
    rules:
        - rule_events_1
    group-by:
        - H
    timespan: 1h
    condition:
        field: U
        gt: 2`,
  },
  {
    kql: 'T_CL | where A == "1"',
    trigger: { test: '>', threshold: 5 },
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
correlation:
    type: event_count
    rules:
        - rule_events_1
    group-by: []
    timespan: 1h
    condition:
        gt: 5`,
  },
  {
    kql: 'T_CL | where A == "1" | summarize count() by U',
    trigger: { test: '>=', threshold: 3 },
    notes: ['wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
correlation:
    type: value_count
    rules:
        - rule_events_1
    group-by: []
    timespan: 1h
    condition:
        field: U
        gte: 3`,
  },
  {
    kql: 'T_CL | where A == "1" | join kind=inner (U_CL | where B == "2") on $left.U == $right.V | where TimeGenerated1 > TimeGenerated and TimeGenerated1 - TimeGenerated < 10m',
    notes: ['context join-as-temporal', 'wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
${EVENTS(2, 'u_cl', "B: '2'")}
---
correlation:
    type: temporal_ordered
    rules:
        - rule_events_1
        - rule_events_2
    group-by:
        - U
    timespan: 10m
    aliases:
        U:
            rule_events_1: U
            rule_events_2: V`,
  },
  {
    // The events of the group may lie further apart than the last of them and the event of the other side.
    kql: 'T_CL | where A == "1" | summarize n = count(), Last = max(TimeGenerated) by U | where n > 5 | join kind=inner (U_CL | where B == "2" | project Then = TimeGenerated, U) on U | where Then between (Last .. Last + 10m)',
    notes: ['wider join-as-temporal', 'wider sliding-window', 'context join-as-temporal'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
name: rule_count_1
correlation:
    type: event_count
    rules:
        - rule_events_1
    group-by:
        - U
    timespan: 1h
    condition:
        gt: 5
---
${EVENTS(3, 'u_cl', "B: '2'")}
---
correlation:
    type: temporal_ordered
    rules:
        - rule_count_1
        - rule_events_3
    group-by:
        - U
    timespan: 1h`,
  },
  {
    kql: 'T_CL | where A == "1" | join kind=inner (union U_CL, V_CL | where B == "2") on K',
    notes: ['context join-as-temporal', 'wider sliding-window'],
    sigma: `${EVENTS(1, 't_cl', "A: '1'")}
---
${EVENTS(2, 'u_cl', "B: '2'")}
---
${EVENTS(3, 'v_cl', "B: '2'")}
---
name: rule_count_2
correlation:
    type: event_count
    rules:
        - rule_events_2
        - rule_events_3
    group-by:
        - K
    timespan: 1h
    condition:
        gte: 1
---
correlation:
    type: temporal
    rules:
        - rule_events_1
        - rule_count_2
    group-by:
        - K
    timespan: 1h`,
  },
];

describe('correlations', () => {
  it.each(correlations)('$kql', ({ kql, trigger, notes, sigma }) => {
    const detection = detectionOf(kql);
    const schedule = trigger === undefined ? detection.schedule : { ...detection.schedule, trigger };
    const converted = convert({ ...detection, schedule });
    expect(detectionSections(converted.text)).toBe(sigma);
    expect(converted.notes).toEqual(notes ?? []);
  });

  it('span from the beginning of the first window to the end of the last', () => {
    const before = 'T_CL | where TimeGenerated between (ago(1h) .. ago(30m)) and A == "1"';
    const after = 'U_CL | where TimeGenerated > ago(30m) and B == "2"';
    const { text, notes } = convert(detectionOf(`${before} | join kind=inner (${after}) on $left.U == $right.V`));
    expect(text).toContain('timespan: 1h');
    expect(notes).toContain('wider time-window-lost');
  });
});

/** What is refused, and the code that says why. */
const refused: readonly (readonly [string, string])[] = [
  ['T_CL | where strlen(A) > 5', 'unsupported-predicate'],
  ['T_CL | where A in~ ((U_CL | project K))', 'unsupported-predicate'],
  ['T_CL | where A < ago(1d)', 'unsupported-predicate'],
  ['T_CL | where A matches regex "a(?=b)"', 'unsupported-regex'],
  ['T_CL | where ["a|b"] == "1"', 'unsupported-field-name'],
  ['T_CL | join kind=leftanti (U_CL) on K', 'unsupported-query'],
  ['T_CL | summarize n = count() | where n == 0', 'unsupported-measure'],
  ['T_CL | summarize s = stdev(X) by K | where s > 1', 'unsupported-measure'],
  ['T_CL | make-series n = count() on TimeGenerated step 1h', 'unsupported-query'],
  ['T_CL | where A == "1" and A == "2" and false', 'unsupported-query'],
];

describe('what Sigma cannot say', () => {
  it.each(refused)('%s', (kql, code) => {
    const { text, notes } = convert(detectionOf(kql));
    expect(text).toBe('');
    expect(notes).toContain(`refused ${code}`);
  });

  it('is nested without end', () => {
    const nested = Array.from({ length: 200 }).reduce<Predicate>(
      (inner, _, index) => {
        const leaf = b.match(b.field(`F${index}`, [], 'string'), 'equals', '1');
        return { op: index % 2 === 0 ? 'and' : 'or', of: [inner, leaf], span: leaf.span };
      },
      b.match(b.field('F', [], 'string'), 'equals', '1'),
    );
    const { text, notes } = convert(b.detection('Rule', b.filter(b.source('T_CL'), nested)));
    expect(text).toBe('');
    expect(notes).toContain('refused too-deep');
  });

  it.each([
    { test: '==', threshold: 0 },
    { test: '<', threshold: 5 },
    { test: '!=', threshold: 3 },
  ] as const)('an alert when the number of rows is $test $threshold', (trigger) => {
    const detection = detectionOf('T_CL | where A == "1"');
    const { notes } = convert({ ...detection, schedule: { ...detection.schedule, trigger } }, { bestEffort: true });
    expect(notes).toContain('refused unsupported-trigger');
  });
});

describe('log sources and fields', () => {
  it('takes the closest log source and its names', () => {
    const kql =
      'SecurityEvent | where EventID == 4688 and Process =~ "cmd.exe" and CommandLine contains "whoami" | project Computer, CommandLine';
    expect(detectionSections(convert(detectionOf(kql)).text)).toBe(`logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\cmd.exe'
        CommandLine|contains: 'whoami'
    condition: selection
fields:
    - Computer
    - CommandLine`);
  });

  it('makes a rule of each table of a union', () => {
    const { text } = convert(detectionOf('union T_CL, U_CL | where A == "1"'));
    expect(text.match(/^title: .*$/gm)).toEqual(['title: Rule', 'title: Rule (sentinel u_cl)']);
    expect(new Set(text.match(/^id: .*$/gm)).size).toBe(2);
  });

  it('says so when a column of a known table has no known field', () => {
    const { notes, unmapped } = convert(detectionOf('SigninLogs | where NoSuchColumn_s == "1"'));
    expect(notes).toContain('context unmapped-field');
    expect(unmapped).toEqual(['SigninLogs.NoSuchColumn_s']);
  });

  it.each([
    // A column or field that is not known for certain does not stand beside names of a vocabulary of other sensors.
    ['DeviceProcessEvents | where FileName =~ "a.exe" and NoSuchColumn_s =~ "1"', 'service: deviceprocessevents'],
    // Defender records Linux and macOS, too: only what the tests show to be of Windows has the product.
    ['DeviceProcessEvents | where FileName =~ "a.exe" and AccountName =~ "x"', 'product: windows'],
    ['DeviceProcessEvents | where ProcessCommandLine contains @"\\temp\\x" or FileName =~ "y.dll"', 'product: windows'],
  ])('%s stands under %s', (kql, line) => {
    expect(convert(detectionOf(kql)).text).toContain(line);
  });

  it.each([
    'DeviceProcessEvents | where FileName =~ "curl"',
    'DeviceProcessEvents | where FileName =~ "a.exe" or ProcessCommandLine contains "x"',
    'DeviceProcessEvents | where FileName !~ "a.exe"',
  ])('%s is about every product', (kql) => {
    const { text } = convert(detectionOf(kql));
    expect(text).toContain('logsource:\n    category: process_creation\n');
    expect(text).toMatch(/'\/(curl|a\.exe)'/);
    expect(text).not.toContain('or not');
  });

  it('compares two columns under their own names where they are one field', () => {
    const { text } = convert(detectionOf('_Im_WebSession | where HttpHost != DstHostname'));
    expect(text).toContain(
      "service: _im_websession\ndetection:\n    filter_main_http_host:\n        HttpHost|fieldref: 'DstHostname'",
    );
  });

  it('makes a rule of each kind of events that the table holds', () => {
    const { text, notes } = convert(detectionOf('DeviceFileEvents | where FileName =~ "a.dat"'));
    expect(text.match(/category: \w+/g)).toEqual([
      'category: file_event',
      'category: file_delete',
      'category: file_rename',
    ]);
    expect(notes).toEqual(['narrower log-source-coverage', 'wider log-source-coverage']);
  });
});

describe('what cannot be said', () => {
  it.each<[string, string, readonly string[]]>([
    ['T_CL | where A == "~evil" and strlen(B) > 5', "A: '~evil'", ['wider unsupported-predicate']],
    ['T_CL | where A == "~evil" and (B == "1" or strlen(C) > 5)', "A: '~evil'", ['wider unsupported-predicate']],
    ['T_CL | where extract(@"user=(\\w+)", 1, A) == "evil"', "A|re: 'user=(evil)'", ['wider implied-test']],
    // The list of a watchlist is given on conversion; its case-sensitive exceptions except more.
    [
      'T_CL | where A == "~1" and B !in ((_GetWatchlist("Admins") | project Name))',
      "B|expand: '%Admins_Name%'",
      ['context list-as-placeholder', 'narrower case-ignored'],
    ],
    ['T_CL | where A has_any ((_GetWatchlist("Iocs") | project SearchKey))', "A|contains|expand: '%Iocs%'", []],
    ['T_CL | where A in ((U_CL | where B =~ "x" | project K))', 'type: temporal', ['context join-as-temporal']],
    [
      `Event | where Source == "Microsoft-Windows-Sysmon" and EventID == 10
        | parse EventData with * 'TargetImage">' TargetImage "<" * | where TargetImage endswith "lsass.exe"`,
      "TargetImage|endswith: 'lsass.exe'",
      ['wider implied-test'],
    ],
    ['T_CL | where tostring(parse_json(A)) contains "Admin"', "A|contains: 'Admin'", ['wider implied-test']],
    ['T_CL | summarize arg_max(TimeGenerated, *) by K | where A == "~evil"', "A: '~evil'", ['wider any-event']],
    [
      'T_CL | where A == "~evil" | summarize s = stdev(X) by K | where s > 1',
      "A: '~evil'",
      ['wider unsupported-measure'],
    ],
    ['T_CL | summarize n = count() by K | where n > 1 and n % 2 == 0', 'gt: 1', ['wider unsupported-measure']],
    [
      'T_CL | summarize a = dcount(X), n = count() by K | where a > 1 and n > 2',
      'gt: 2',
      ['wider unsupported-measure'],
    ],
    // Of several conditions the one that fires least.
    [
      'T_CL | summarize s = countif(A == "1"), f = countif(A == "2") by K | where s >= 1 and f >= 5',
      "A: '2'",
      ['wider unsupported-measure'],
    ],
    // When the group was last seen is which period the source looks at.
    ['T_CL | where A == "~evil" | summarize t = max(TimeGenerated) by K | where t > ago(1d)', "A: '~evil'", []],
    ['T_CL | where A == "~evil" | summarize t = min(TimeGenerated) by K | where t < ago(1d)', "A: '~evil'", []],
    ['T_CL | summarize n = count() by K | where n > 2 and n < 9', 'gt: 2', ['wider condition-range']],
    // The source counts the events without the field as one more value.
    ['SigninLogs | summarize n = dcount(IPAddress) by UserId | where n > 5', 'gte: 5', ['wider missing-values']],
    [
      'SigninLogs | where isnotempty(IPAddress) | summarize n = dcount(IPAddress) by UserId | where n > 5',
      'gt: 5',
      ['wider sliding-window'],
    ],
    ['SigninLogs | summarize n = dcount(IPAddress) by UserId | where n > 1', 'gt: 1', ['narrower missing-values']],
    [
      'DeviceRegistryEvents | where ActionType =~ "RegistryValueSet" and RegistryKey contains "Run"',
      "TargetObject|contains: 'Run'",
      ['wider field-values-differ'],
    ],
    ['DeviceFileEvents | where ActionType =~ "FileCreated" and SHA256 has "aa11"', "Hashes|contains: 'aa11'", []],
    ['T_CL | summarize n = count() by K, strlen(L) | where n > 2', '- K', ['wider unsupported-measure']],
    [
      'T_CL | join kind=inner (U_CL | summarize arg_max(TimeGenerated, *) by Id) on K | where X != X1',
      'type: temporal',
      ['wider unsupported-predicate', 'wider any-event'],
    ],
  ])('%s is said otherwise', (kql, line, notes) => {
    const converted = convert(detectionOf(kql));
    expect(converted.text).toContain(line);
    for (const note of notes) expect(converted.notes).toContain(note);
  });

  it.each([
    // Nothing that looks for something would remain.
    'T_CL | where EventID == 4625 and strlen(B) > 5',
    'T_CL | where Status == "Success" and A != "x" and strlen(B) > 5',
    'T_CL | where A == "~evil" or strlen(B) > 5',
    'T_CL | where strlen(B) > 5 | summarize n = count() by K | where n > 5',
    // Without what was seen before it would be another rule.
    'T_CL | where A == "~evil" and B !in ((U_CL | project K))',
    'T_CL | where A == "~evil" | join kind=leftanti (U_CL) on K',
    'T_CL | summarize n = count() by K | join kind=inner (U_CL | summarize m = count() by K) on K | where n > 2 * m',
    // What one event makes hold tells no group from its events.
    'T_CL | summarize s = countif(Status == "1"), f = countif(Status == "2") by K | where s >= 1 and f >= 1',
    // Where more events make it fire less, nothing is left out.
    'T_CL | where A == "~evil" and strlen(B) > 5 | summarize n = count() by K | where n < 5',
  ])('%s is refused', (kql) => {
    expect(convert(detectionOf(kql)).text).toBe('');
  });

  it.each([
    'Heartbeat | summarize t = max(TimeGenerated) by Computer | where t < ago(5m)',
    'Heartbeat | summarize t = max(TimeGenerated) by Computer | where now() - t > 5m',
    'Heartbeat | summarize t = max(TimeGenerated) by Computer | where datetime_diff("minute", now(), t) >= 5',
    'Heartbeat | summarize t = max(TimeGenerated) by Computer | where not(t > ago(5m))',
    'T_CL | where A == "~evil" | summarize t = max(TimeGenerated) by K | where t between (ago(2d) .. ago(1d))',
    'T_CL | where A == "~evil" | summarize arg_max(TimeGenerated, *) by K | where TimeGenerated < ago(1d)',
    'T_CL | where A == "~evil" | summarize arg_max(TimeGenerated, B) by K | where TimeGenerated < ago(1d)',
    'T_CL | where A == "~evil" | summarize n = count(), t = max(TimeGenerated) by K | where n > 5 and t < ago(1d)',
    'T_CL | where A == "~evil" | summarize t = min(TimeGenerated) by K | where t > ago(1d)',
  ])('%s asks for the absence of events and is refused even with best effort', (kql) => {
    const { text, notes } = convert(detectionOf(kql), { bestEffort: true });
    expect(text).toBe('');
    expect(notes).toContain('refused unsupported-measure');
  });

  it('is left out with best effort', () => {
    const { text, notes } = convert(detectionOf('T_CL | where EventID == 4625 and strlen(B) > 5'), {
      bestEffort: true,
    });
    expect(text).toContain('EventID: 4625');
    expect(notes).toEqual(['wider unsupported-predicate']);
  });
});

describe('keys of joins', () => {
  const join = (left: string, right: string) =>
    convert(
      detectionOf(`SigninLogs | where ${left} | join kind=inner (AuditLogs | where ${right} | extend U = Identity)
        on $left.UserPrincipalName == $right.U`),
    ).notes;

  it('that may be empty on both sides are joined by the source only', () => {
    expect(join('ResultType == "0"', 'OperationName == "x"')).toContain('narrower missing-values');
  });

  it.each([
    ['isnotempty(UserPrincipalName)', 'OperationName == "x"'],
    ['ResultType == "0"', 'Identity != ""'],
    ['UserPrincipalName contains "admin"', 'OperationName == "x"'],
    ['ResultType == "0"', '(Identity =~ "a" or Identity has "b")'],
  ])('are there where %s, %s', (left, right) => {
    expect(join(left, right)).not.toContain('narrower missing-values');
  });
});

describe('groups', () => {
  it.each([
    // A file name is the last part of the path that Sigma has: the groups are finer.
    [
      'DeviceProcessEvents | where FileName =~ "a.exe" | summarize n = count() by FileName | where n > 5',
      'narrower field-values-differ',
    ],
    [
      'DeviceProcessEvents | where DeviceName =~ "a" | summarize n = dcount(FileName) by DeviceName | where n > 5',
      'wider field-values-differ',
    ],
    ['T_CL | summarize n = count() by A, startofday(TimeGenerated) | where n > 5', 'wider sliding-window'],
  ])('%s', (kql, note) => {
    const { text, notes } = convert(detectionOf(kql));
    expect(text).not.toBe('');
    expect(notes).toContain(note);
  });

  it('cannot be made by what has no field', () => {
    expect(convert(detectionOf('T_CL | summarize n = count() by strlen(A) | where n > 5')).notes).toContain(
      'refused unsupported-measure',
    );
  });
});

describe('what the rule says of itself', () => {
  const meta = b.metadata('A title', {
    id: '0b9ae89d-8cad-461c-808f-0494f70ad5c4',
    description: 'First line. \n  second',
    severity: 'medium',
    status: 'Available',
    author: 'Someone',
    version: '1.0.0',
    date: '2024-05-06',
    tactics: ['privilege-escalation', 'pre-attack'],
    techniques: ['T1098.003'],
    tags: ['Solorigate', 'CVE-2021-44228'],
    references: ['https://example.com', 'https://example.com'],
    requires: [{ connector: 'X', tables: ['T_CL'] }],
  });

  it('stands in the form that the specification wants', () => {
    const { text, notes } = convert(detectionOf('T_CL | where A == "1"', { meta }));
    const [head] = text.split('logsource:');
    expect(head).toBe(`title: A title
id: dc9d320a-266d-508d-b6c4-3dedaa5452dd
related:
    - id: 0b9ae89d-8cad-461c-808f-0494f70ad5c4
      type: derived
status: test
description: |-
    First line.
      second
references:
    - https://example.com
author: Someone
date: '2024-05-06'
tags:
    - attack.privilege-escalation
    - attack.t1098.003
    - cve.2021-44228
`);
    expect(notes).toEqual(['context metadata-lost']);
    expect(text).toContain('falsepositives:\n    - Unknown\nlevel: medium\n');
  });

  it('has the same id every time, and another one for another rule', () => {
    const idOf = (of: typeof meta) => /^id: (.*)$/m.exec(convert(detectionOf('T_CL', { meta: of })).text)?.[1];
    expect(idOf(meta)).toBe(idOf(meta));
    expect(idOf({ ...meta, id: 'my-rule-7' })).not.toBe(idOf({ ...meta, id: 'my-rule-8' }));
    expect(idOf({ ...meta, id: 'my-rule-7' })).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('cuts what is too long for the schema', () => {
    const { text, notes } = convert(detectionOf('T_CL', { meta: b.metadata('x'.repeat(300)) }));
    expect(text).toContain(`title: ${'x'.repeat(256)}\n`);
    expect(notes).toEqual(['context metadata-lost']);
  });
});
