/** Other names of the same table: the ASIM functions with all their prefixes, and tables behind a parser function. */

const OTHER_NAMES: Readonly<Record<string, string>> = {
  OfficeActivity: 'OfficeActivity_CL',
  OktaSSO: 'Okta_CL OktaV2_CL',
  imAlertEvent: 'ASimAlertEvent _ASim_AlertEvent _Im_AlertEvent',
  imAuditEvent: 'ASimAuditEvent _ASim_AuditEvent _Im_AuditEvent',
  imAuthentication: 'ASimAuthentication _ASim_Authentication _Im_Authentication',
  imDhcpEvent: 'ASimDhcpEvent _ASim_DhcpEvent _Im_DhcpEvent',
  imDns: 'ASimDns _ASim_Dns _Im_Dns imDNS',
  imFileEvent: 'ASimFileEvent _ASim_FileEvent _Im_FileEvent',
  imNetworkSession: 'ASimNetworkSession _ASim_NetworkSession _Im_NetworkSession',
  imProcessCreate: 'ASimProcessEventCreate _ASim_ProcessEvent_Create _Im_ProcessCreate imProcessEventCreate',
  imProcessEvent: 'ASimProcessEvent _ASim_ProcessEvent _Im_ProcessEvent imProcess',
  imProcessTerminate: 'ASimProcessEventTerminate _ASim_ProcessEvent_Terminate _Im_ProcessTerminate',
  imRegistry: 'ASimRegistry ASimRegistryEvent _ASim_RegistryEvent _Im_RegistryEvent imRegistryEvent',
  imUserManagement: 'ASimUserManagement _ASim_UserManagement _Im_UserManagement',
  imWebSession: 'ASimWebSession _ASim_WebSession _Im_WebSession',
};

const TABLE_OF_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([table, names]) => names.split(' ').map((name) => [name, table] as const)),
);

/** The name under which the schema and the crosswalk keep a table; a name without aliases is its own. */
export function tableNameOf(name: string): string {
  return TABLE_OF_NAME.get(name) ?? name;
}
