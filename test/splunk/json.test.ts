/** Places inside JSON: structures of the event, and texts that hold JSON of their own. */
import { describe, expect, it } from 'vitest';
import { differencesOf, searchOf } from './search-of.ts';

describe('texts that hold JSON inside the JSON of an event', () => {
  const cases: readonly { readonly kql: string; readonly parts: readonly string[]; readonly not?: string }[] = [
    // The text is "Member" with its quotes; parse_json takes them off.
    {
      kql: 'AuditLogs | mv-expand p = TargetResources[0].modifiedProperties | where tostring(parse_json(tostring(p.newValue))) == "Member"',
      parts: ['| where replace(json_extract(p, "newValue"), "(?s)^\\"(.*)\\"\\\\z", "\\\\1")=="Member"'],
    },
    {
      kql: 'AuditLogs | where tostring(parse_json(tostring(TargetResources[0].modifiedProperties[0].newValue))) startswith "Mem"',
      parts: ['replace(json_extract(_raw, "properties.targetResources{0}.modifiedProperties{0}.newValue")'],
      not: '.newValue="Mem*"',
    },
    // Quotes bound a term and are part of no word: the text is tested as it stands.
    {
      kql: 'AuditLogs | mv-expand p = TargetResources[0].modifiedProperties | where tostring(parse_json(tostring(p.newValue))) has "Member"',
      parts: ['| where match(json_extract(p, "newValue"), '],
    },
    // Below the text JSON begins anew.
    {
      kql: 'AuditLogs | mv-expand p = TargetResources[0].modifiedProperties | where tostring(parse_json(tostring(p.newValue))[0]) == "Member"',
      parts: ['| where json_extract(json_extract(p, "newValue"), "{0}")=="Member"'],
    },
    {
      kql: 'AuditLogs | where tostring(parse_json(tostring(TargetResources[0].modifiedProperties[1].newValue))[0].a.b) == "x"',
      parts: [
        'json_extract(json_extract(_raw, "properties.targetResources{0}.modifiedProperties{1}.newValue"), "{0}.a")',
      ],
    },
    {
      kql: 'T_CL | where tostring(parse_json(Text_s).a[0].b) == "x"',
      parts: ['json_extract(json_extract(Text_s, "a"), "{0}.b")=="x"'],
    },
    {
      kql: 'SecurityAlert | where tostring(parse_json(ExtendedProperties).Kind) == "x"',
      parts: ['json_extract(ExtendedProperties, "Kind")=="x"'],
    },
    // A name with a dot in it is one name.
    {
      kql: 'T_CL | where tostring(parse_json(Text_s).a["b.c"].d) == "x"',
      parts: ['json_extract(json_extract_exact(json_extract(Text_s, "a"), "b.c"), "d")=="x"'],
    },
    // `split` with a position gives a list of one piece.
    {
      kql: 'T_CL | extend X = tostring(split(A_s, ":", 1)[0]) | summarize by X',
      parts: ['X=mvindex(split(A_s, ":"), 1)'],
    },
    // Taken out of a computed text.
    {
      kql: 'T_CL | where tostring(parse_json(strcat("[", A_s, "]"))[0]) == "x"',
      parts: ['json_extract("[".coalesce(A_s, "")."]", "{0}")=="x"'],
    },
  ];
  it.each(cases)('$kql', ({ kql, parts, not }) => {
    const search = searchOf(kql);
    for (const part of parts) expect(search).toContain(part);
    if (not !== undefined) expect(search).not.toContain(not);
  });

  it('lose their escapes where they may have some', () => {
    const kql =
      "AuditLogs | mv-expand p = TargetResources[0].modifiedProperties | where tostring(parse_json(tostring(p.newValue))) == 'a\\\\b'";
    expect(searchOf(kql)).toContain(
      'coalesce(json_extract("{\\"value\\":".coalesce(json_extract(p, "newValue"), "")."}", "value"),',
    );
    expect(differencesOf(kql)).toEqual([]);
  });
});

describe('structures of an event', () => {
  it('are taken out of it', () => {
    const search = searchOf('AuditLogs | where TargetResources has "Member"');
    expect(search).toContain('_raw="*Member*"');
    expect(search).toContain('match(json_extract(_raw, "properties.targetResources"), ');
    expect(differencesOf('AuditLogs | where TargetResources has "Member"')).toEqual([]);
  });

  it('hold places that no mapping names', () => {
    const kql = 'AuditLogs | where tostring(TargetResources[0].groupType) == "Unified"';
    expect(searchOf(kql)).toContain('json_extract(_raw, "properties.targetResources{0}.groupType")=="Unified"');
    expect(searchOf(kql)).toContain('_raw="*Unified*"');
    expect(differencesOf(kql)).toEqual([]);
  });

  it('are looked for in the whole event before only where the text must stand in it', () => {
    expect(searchOf('AuditLogs | where tostring(TargetResources) contains "a\\"b"')).not.toContain('_raw="');
    expect(searchOf('AuditLogs | where tostring(TargetResources[0].groupType) == "a/b"')).not.toContain('_raw="');
  });
});

describe('what is known of an event only as its text', () => {
  it('has no places', () => {
    const kql =
      'union (CommonSecurityLog | where Activity == "a" | extend X = 1), (CommonSecurityLog | where Activity == "b" | take 5) | where tostring(parse_json(AdditionalExtensions).a) == "d"';
    expect(searchOf(kql)).not.toContain('json_extract(_raw, "a")');
  });
});
