/** What conditions and columns read once commands have computed columns: the columns, not fields of the event. */
import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import { lowerQuery } from '../../src/kql/lower/index.ts';
import { parseKql } from '../../src/kql/parse.ts';
import { schemaOf } from '../../src/kql/schema/schema.ts';
import { wholeFile } from '../../src/source.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import { splunk } from '../../targets/splunk/index.ts';
import type { ConversionOptions } from '../../targets/target.ts';

const HOUR = 3_600_000;
const crosswalk = loadCrosswalk();

/** The search of a rule around a query, on one line. */
function searchOf(kql: string): string {
  const { query } = parseKql(wholeFile(kql));
  if (query === undefined) throw new Error(kql);
  const { relation } = lowerQuery(query, { schemaOf, lookback: HOUR });
  const detection = b.detection('Rule', relation, { schedule: b.schedule({ frequency: HOUR, lookback: HOUR }) });
  const options: ConversionOptions = { terms: 'contains', bestEffort: false, crosswalk, sourceName: 'rule' };
  const { adapted } = splunk.adapt(detection, options);
  const [file] = adapted === undefined ? [] : splunk.print(splunk.emit(adapted, options), options);
  const lines = (file?.text ?? '').split('\n');
  const from = lines.findIndex((line) => line.startsWith('search = '));
  const to = lines.findIndex((line) => line.startsWith('dispatch.earliest_time'));
  return lines
    .slice(from, to)
    .map((line) => line.replace(/\\$/, '').trim())
    .join(' ')
    .replace(/([([]) /g, '$1')
    .replace(/ ([)\]])/g, '$1');
}

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

describe('sets whose size decides', () => {
  it('hold the empty text where the column is missing', () => {
    expect(searchOf('T_CL | summarize S = make_set(A) by B | where array_length(S) > 3')).toContain(
      'values(eval(if(isnull(A), "", A))) AS S',
    );
    expect(searchOf('T_CL | summarize S = make_set(A), n = count() by B | where n > 3')).toContain('values(A) AS S');
  });
});
