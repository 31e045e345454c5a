/** Entity mappings: which columns name the accounts, hosts, addresses ... of an alert. */
import type { Node } from './document.ts';
import { clip, MappingReader, report } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import { nearestName, sameName } from './nearest.ts';
import type { Located, RuleEntityMapping } from './types.ts';

/** Entity types and their identifiers (Microsoft Learn, "Microsoft Sentinel entity types reference"). */
const ENTITY_IDENTIFIERS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Account: [
      'Name',
      'FullName',
      'NTDomain',
      'DnsDomain',
      'UPNSuffix',
      'Sid',
      'AadTenantId',
      'AadUserId',
      'PUID',
      'IsDomainJoined',
      'DisplayName',
      'ObjectGuid',
      'CloudAppAccountId',
      'IsAnonymized',
    ],
    AzureResource: ['ResourceId'],
    CloudApplication: ['AppId', 'Name', 'InstanceName'],
    DNS: ['DomainName'],
    File: ['Directory', 'Name'],
    FileHash: ['Algorithm', 'Value'],
    Host: [
      'DnsDomain',
      'NTDomain',
      'HostName',
      'FullName',
      'NetBiosName',
      'AzureID',
      'OMSAgentID',
      'OSFamily',
      'OSVersion',
      'IsDomainJoined',
    ],
    IoTDevice: [
      'DeviceId',
      'DeviceName',
      'Manufacturer',
      'Model',
      'FirmwareVersion',
      'OperatingSystem',
      'MacAddress',
      'Protocols',
      'SerialNumber',
      'Source',
      'IoTSecurityAgentId',
      'DeviceType',
    ],
    IP: ['Address', 'AddressScope'],
    Mailbox: ['MailboxPrimaryAddress', 'DisplayName', 'Upn', 'ExternalDirectoryObjectId', 'RiskLevel'],
    MailCluster: [
      'NetworkMessageIds',
      'CountByDeliveryStatus',
      'CountByThreatType',
      'CountByProtectionStatus',
      'Threats',
      'Query',
      'QueryTime',
      'MailCount',
      'IsVolumeAnomaly',
      'Source',
      'ClusterSourceIdentifier',
      'ClusterSourceType',
      'ClusterQueryStartTime',
      'ClusterQueryEndTime',
      'ClusterGroup',
    ],
    MailMessage: [
      'Recipient',
      'Urls',
      'Threats',
      'Sender',
      'P1Sender',
      'P1SenderDisplayName',
      'P1SenderDomain',
      'SenderIP',
      'P2Sender',
      'P2SenderDisplayName',
      'P2SenderDomain',
      'ReceivedDate',
      'NetworkMessageId',
      'InternetMessageId',
      'Subject',
      'BodyFingerprintBin1',
      'BodyFingerprintBin2',
      'BodyFingerprintBin3',
      'BodyFingerprintBin4',
      'BodyFingerprintBin5',
      'AntispamDirection',
      'DeliveryAction',
      'DeliveryLocation',
      'Language',
      'ThreatDetectionMethods',
    ],
    Malware: ['Name', 'Category'],
    Process: ['ProcessId', 'CommandLine', 'ElevationToken', 'CreationTimeUtc'],
    RegistryKey: ['Hive', 'Key'],
    RegistryValue: ['Name', 'Value', 'ValueType'],
    SecurityGroup: ['DistinguishedName', 'SID', 'ObjectGuid'],
    SubmissionMail: [
      'NetworkMessageId',
      'Timestamp',
      'Recipient',
      'Sender',
      'SenderIp',
      'Subject',
      'ReportType',
      'SubmissionId',
      'SubmissionDate',
      'Submitter',
    ],
    URL: ['Url'],
  }),
);

export function readEntityMappings(reader: MappingReader, context: ReadContext): readonly RuleEntityMapping[] {
  return reader.list('entityMappings', (node) => readEntityMapping(node, context));
}

function readEntityMapping(node: Node, context: ReadContext): RuleEntityMapping | undefined {
  if (node.type !== 'mapping') {
    const message = 'An entity mapping is no mapping of entityType and fieldMappings; it is left out.';
    report(context, 'entity-mapping-malformed', 'warning', node.span, message);
    return undefined;
  }
  const reader = new MappingReader(node, 'entity mapping', context);
  const type = readEntityType(reader, context);
  const identifiers = type === undefined ? undefined : ENTITY_IDENTIFIERS.get(type.value);
  const fieldMappings = reader.list('fieldMappings', (item) =>
    readFieldMapping(item, type?.value, identifiers, context),
  );
  reader.finish();
  if (type === undefined || fieldMappings.length === 0) {
    const missing = type === undefined ? 'entityType' : 'fieldMappings';
    const message = `An entity mapping has no usable '${missing}'; it is left out.`;
    report(context, 'entity-mapping-malformed', 'warning', reader.head, message);
    return undefined;
  }
  return { entityType: type, fieldMappings, span: node.span };
}

function readEntityType(reader: MappingReader, context: ReadContext): Located<string> | undefined {
  const text = reader.text('entityType');
  if (text === undefined || text.value.trim() === '') return undefined;
  const names = [...ENTITY_IDENTIFIERS.keys()];
  const known = sameName(text.value, names);
  if (known !== undefined) return { value: known, span: text.span };
  const near = nearestName(text.value, names);
  const message = `'${clip(text.value)}' is no entity type of Sentinel.`;
  report(
    context,
    'unknown-entity-type',
    'warning',
    text.span,
    message,
    near === undefined ? undefined : `Did you mean ${near}?`,
  );
  return { value: clip(text.value), span: text.span };
}

function readFieldMapping(
  node: Node,
  entity: string | undefined,
  identifiers: readonly string[] | undefined,
  context: ReadContext,
): RuleEntityMapping['fieldMappings'][number] | undefined {
  if (node.type !== 'mapping') {
    const message = 'A field mapping is no mapping of identifier and columnName; it is left out.';
    report(context, 'entity-mapping-malformed', 'warning', node.span, message);
    return undefined;
  }
  const reader = new MappingReader(node, 'field mapping', context);
  const identifier = reader.text('identifier');
  const columnName = reader.text('columnName');
  reader.finish();
  if (identifier === undefined || columnName === undefined) {
    const missing = identifier === undefined ? 'identifier' : 'columnName';
    const message = `A field mapping has no usable '${missing}'; it is left out.`;
    report(context, 'entity-mapping-malformed', 'warning', reader.head, message);
    return undefined;
  }
  const known = identifiers === undefined ? identifier.value : sameName(identifier.value, identifiers);
  if (known === undefined && entity !== undefined) {
    const near = nearestName(identifier.value, identifiers ?? []);
    const message = `The entity type ${entity} has no identifier '${clip(identifier.value)}'.`;
    const hint = near === undefined ? undefined : `Did you mean ${near}?`;
    report(context, 'unknown-identifier', 'warning', identifier.span, message, hint);
  }
  return { identifier: { value: known ?? clip(identifier.value), span: identifier.span }, columnName };
}

/** Reads `sentinelEntitiesMappings`: columns that already hold entities as Sentinel writes them. */
export function readSentinelEntities(reader: MappingReader, context: ReadContext): readonly Located<string>[] {
  return reader.list('sentinelEntitiesMappings', (node, what) => {
    if (node.type !== 'mapping') {
      report(
        context,
        'entity-mapping-malformed',
        'warning',
        node.span,
        `${what} is no mapping with a columnName; it is left out.`,
      );
      return undefined;
    }
    const item = new MappingReader(node, 'sentinel entities mapping', context);
    const column = item.text('columnName');
    item.finish();
    if (column === undefined) {
      report(context, 'entity-mapping-malformed', 'warning', item.head, `${what} has no 'columnName'; it is left out.`);
    }
    return column;
  });
}
