/** What conditions and columns read once commands have computed columns: the columns, not fields of the event. */
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/ir/normalise.ts';
import { SourceFile } from '../../src/source.ts';
import { raise } from '../../targets/splunk/raise.ts';
import { read } from '../../targets/splunk/read.ts';
import { convertQuery, searchOf } from './search-of.ts';

describe('conditions on columns that an earlier condition needed', () => {
  it('stand behind the extraction', () => {
    const search = searchOf(
      'T_CL | parse Message with * "for " User " from " * | extend Domain = extract("@([a-z]+)", 1, User) | where User != "root" and Domain !in ("corp", "")',
    );
    expect(search.indexOf('match(User')).toBeGreaterThan(search.indexOf('(?<User>'));
  });
});

describe('lists in JSON', () => {
  const cases: readonly { readonly kql: string; readonly parts: readonly string[] }[] = [
    {
      kql: 'AuditLogs | mv-expand TargetResources | where tostring(TargetResources.displayName) == "a"',
      parts: [
        '| eval TargetResources=json_array_to_mv(json_extract(_raw, "properties.targetResources")) | mvexpand TargetResources',
      ],
    },
    {
      kql: 'AuditLogs | extend P = parse_json(tostring(TargetResources[0].modifiedProperties)) | mv-expand P | where tostring(P.displayName) == "a"',
      parts: [
        '| eval P=json_array_to_mv(json_extract(_raw, "properties.targetResources{0}.modifiedProperties")) | mvexpand P',
      ],
    },
    {
      kql: 'T_CL | mv-expand L = todynamic(List_s) | where tostring(L.a) == "b"',
      parts: ['| eval L=json_array_to_mv(List_s) | mvexpand L'],
    },
    {
      kql: 'T_CL | where array_length(parse_json(List_s)) > 2',
      parts: ['| where mvcount(json_array_to_mv(List_s))>2'],
    },
    // A multivalue is one already.
    {
      kql: 'T_CL | summarize S = make_set(A) by B | mv-expand S | where tostring(S) == "x"',
      parts: ['| mvexpand S'],
    },
  ];
  it.each(cases)('$kql', ({ kql, parts }) => {
    const search = searchOf(kql);
    for (const part of parts) expect(search).toContain(part);
    expect(search).not.toContain('json_array_to_mv(S');
  });
});

describe('structures behind a union', () => {
  it('keep their place in the event', () => {
    const search = searchOf(
      'union (AuditLogs | where OperationName == "a" | extend X = "1" | where Result == "b"), (AuditLogs | where OperationName == "c" | summarize arg_max(TimeGenerated, *) by Id) | where tostring(InitiatedBy.user.userPrincipalName) == "d"',
    );
    expect(search).toMatch(
      /json_extract\(_raw, "properties\.initiatedBy"\)|properties\.initiatedBy\.user\.userPrincipalName/,
    );
    expect(search).not.toContain('json_extract(_raw, "user.');
  });
});

describe('columns that only one input of a union has', () => {
  it('are missing in events of the others', () => {
    const search = searchOf(
      'union (AWSCloudTrail | extend p = parse_json(RequestParameters) | evaluate bag_unpack(p)), (AWSCloudTrail | where EventName == "zz") | where bucketName == "b"',
    );
    expect(search).toContain("| eval bucketName='requestParameters.bucketName'");
    expect(search).toContain('| where bucketName=="b"');
  });
});

describe('sets whose size decides', () => {
  it('hold the empty text where the column is missing', () => {
    expect(searchOf('T_CL | summarize S = make_set(A) by B | where array_length(S) > 3')).toContain(
      'values(eval(if(isnull(A), "", A))) AS S',
    );
    expect(searchOf('T_CL | summarize S = make_set(A), n = count() by B | where n > 3')).toContain('values(A) AS S');
  });
});

describe('properties of an XML payload as columns', () => {
  it('are keys of a join', () => {
    const search = searchOf(
      'SecurityEvent | where EventID == 4656 | extend EventData = parse_xml(EventData).EventData.Data | mv-expand bagexpansion=array EventData | evaluate bag_unpack(EventData) | extend Key = tostring(["@Name"]), Value = ["#text"] | evaluate pivot(Key, any(Value), TimeGenerated, Computer, EventID) | join kind=inner (SecurityEvent | where EventID == 4624 | project SubjectLogonId) on SubjectLogonId | project Computer, SubjectLogonId, ObjectName',
    );
    expect(search).toContain('| join type=inner max=0 SubjectLogonId [');
    expect(search).toContain('| table Computer, SubjectLogonId, ObjectName');
    expect(search).not.toContain('null()');
  });
});

describe('columns of one pattern', () => {
  it('are extracted by one command, numbers as numbers', () => {
    const search = searchOf('T_CL | parse Version_s with "v" Major:long "." Rest | where Major > 3 and Rest != "0"');
    expect(search).toContain(
      '| eval Major=null(), Rest=null() | rex field=Version_s "(?s)^v(?<Major>[+-]?[0-9]+)\\\\.(?<Rest>.*)\\\\z"',
    );
    expect(search).toContain('Major=tonumber(Major)');
    expect(search).toContain('Major>3');
  });
});

describe('lists from another query', () => {
  it.each([
    ['a choice', 'iff(isempty(UserPrincipalName), "none", UserPrincipalName)'],
    ['the first that is there', 'coalesce(UserPrincipalName, Identity)'],
  ])('are asked for %s once', (_what, value) => {
    const search = searchOf(
      `SigninLogs | extend C = ${value} | where C in ((SigninLogs | summarize N = count() by AppId | where N > 25 | project AppId)) | project C`,
    );
    expect(search).toContain('| join type=inner max=1 list_value [');
    expect(search).toContain('| where N>25');
  });
});

describe('whole numbers in texts', () => {
  it('lose a fraction', () => {
    expect(searchOf('T_CL | where toint(Level_s) == 1')).toContain(
      'tonumber(replace(Level_s, "^([+-]?[0-9]+)\\\\.[0-9]+\\\\z", "\\\\1"))==1',
    );
  });
});

describe('two columns that are one field', () => {
  it('are not compared', () => {
    expect(convertQuery('_Im_WebSession | where SrcHostname != SrcIpAddr').search).toBeUndefined();
    expect(searchOf('SigninLogs | where UserPrincipalName != AlternateSignInName')).not.toBe('');
  });
});

describe('patterns that match the empty text', () => {
  const cases: readonly { readonly kql: string; readonly part: string }[] = [
    { kql: 'T_CL | where A matches regex ""', part: 'where match(coalesce(A, ""), "")' },
    { kql: 'T_CL | where A matches regex "^$"', part: 'where match(coalesce(A, ""), "^\\\\z")' },
    {
      kql: 'T_CL | where A matches regex "^(?:[a-z]{5}|)$"',
      part: 'where match(coalesce(A, ""), "^(?:[a-z]{5}|)\\\\z")',
    },
    { kql: 'T_CL | where A matches regex "(?i)^b?$"', part: 'where match(coalesce(A, ""), "(?i)^b?\\\\z")' },
    // Others do not, and a missing field is none of theirs.
    { kql: 'T_CL | where A matches regex "^a+$"', part: 'where match(A, "^a+\\\\z")' },
  ];
  it.each(cases)('hold where the column is missing: $kql', ({ kql, part }) => {
    expect(searchOf(kql)).toBe(`sourcetype="T_CL" | ${part}`);
  });

  it.each(['match(A, "^a*\\z")', 'like(A, "%")'])('are not true of a missing field when read: %s', (test) => {
    const { tree } = read(new SourceFile('x.conf', `[x]\nsearch = index=i | where ${test}\n`));
    if (tree === undefined) throw new Error('unread');
    expect(canonicalText(raise(tree))).toContain('"counts":"null"');
  });
});

describe('addresses outside of ranges', () => {
  const cases: readonly { readonly kql: string; readonly guard: string; readonly other?: string }[] = [
    { kql: 'T_CL | where ipv4_is_private(A) == false', guard: 'where cidrmatch("0.0.0.0/0", A) AND', other: '::/0' },
    {
      kql: 'T_CL | where not(ipv4_is_in_range(A, "10.0.0.0/8"))',
      guard: 'where cidrmatch("0.0.0.0/0", A) AND',
      other: '::/0',
    },
    {
      kql: 'T_CL | where not(ipv6_is_in_range(A, "10.0.0.0/8"))',
      guard: 'cidrmatch("::/0", A)) AND NOT (cidrmatch("10.0.0.0/8", A)',
    },
    {
      kql: 'T_CL | where not(ipv6_is_in_range(A, "fe80::/10"))',
      guard: '(cidrmatch("0.0.0.0/0", A) OR cidrmatch("::/0", A)) AND',
    },
  ];
  it.each(cases)('are of the versions that the function takes: $kql', ({ kql, guard, other }) => {
    const search = searchOf(kql);
    expect(search).toContain(guard);
    if (other !== undefined) expect(search).not.toContain(other);
  });
});

describe('queries that nothing can satisfy', () => {
  it.each(['T_CL | where false', 'T_CL | where 1 == 2 | extend A = 1', 'T_CL | where false | summarize count() by A'])(
    'are refused: %s',
    (kql) => {
      const { search, notes } = convertQuery(kql);
      expect(search).toBeUndefined();
      expect(notes.map(({ code }) => code)).toContain('splunk/never-fires');
    },
  );

  it('are not those of which something is left', () => {
    expect(searchOf('union (T_CL | where false), (S_CL | where A == "a")')).toContain('A="a"');
    expect(searchOf('T_CL | where false | summarize count()')).toContain('stats count');
  });
});
