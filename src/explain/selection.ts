/**
 * Which columns say what sort of event a row is, rather than what happened in it: what a log source is chosen by in other
 * SIEMs. Names from the table reference of Azure Monitor (Microsoft Learn) and the schemas of ASIM.
 */
import type { Predicate } from '../ir/types.ts';
import { columnsReadBy, opaquesOf, predicatePart } from '../ir/walk.ts';

const ANY_TABLE: ReadonlySet<string> = new Set([
  'ActionType',
  'Category',
  'CategoryValue',
  'Channel',
  'DeviceEventCategory',
  'DeviceEventClassID',
  'DeviceProduct',
  'DeviceVendor',
  'EventCategory',
  'EventID',
  'EventLog',
  'EventName',
  'EventOriginalType',
  'EventProduct',
  'EventSource',
  'EventSourceName',
  'EventSubType',
  'EventType',
  'EventVendor',
  'OfficeWorkload',
  'Operation',
  'OperationName',
  'OperationNameValue',
  'Provider',
  'ProviderName',
  'ProductName',
  'RecordType',
  'ResourceProvider',
  'ResourceProviderValue',
  'ResourceType',
  'Source',
  'Task',
]);

const OF_TABLE: Readonly<Record<string, ReadonlySet<string>>> = {
  Syslog: new Set(['Facility', 'ProcessName', 'SeverityLevel']),
  CommonSecurityLog: new Set(['Activity']),
  SecurityAlert: new Set(['AlertName', 'AlertType', 'VendorName']),
  AWSCloudTrail: new Set(['EventTypeName']),
  LAQueryLogs: new Set(['RequestClientApp']),
};

/** Whether a condition on the events of a table speaks only of what sort of event they are. */
export function isSelection(table: string, condition: Predicate): boolean {
  const part = predicatePart(condition);
  if (opaquesOf(part).length > 0) return false;
  const { names, all } = columnsReadBy(part);
  if (all || names.size === 0) return false;
  const own = OF_TABLE[table];
  return [...names].every((name) => ANY_TABLE.has(name) || own?.has(name) === true);
}
