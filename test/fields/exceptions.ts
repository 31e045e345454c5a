/** What the tests of the mapping files let pass, and why. */

/** Columns in mapping files that no list of the table's columns has. */
export const UNLISTED_COLUMNS: Readonly<Record<string, { readonly why: string; readonly columns: readonly string[] }>> =
  {
    AzureDiagnostics: { why: 'Its columns come with the data.', columns: ['identity_claim_oid_g'] },
    OktaSSO: {
      why: "The list is of the parser function; these are columns of the custom table, which Okta's system log defines.",
      columns: [
        'actor_displayName_s',
        'actor_id_s',
        'actor_type_s',
        'client_device_s',
        'client_geographicalContext_state_s',
        'client_userAgent_browser_s',
        'client_userAgent_os_s',
        'client_userAgent_rawUserAgent_s',
        'debugContext_debugData_requestUri_s',
        'displayMessage_s',
        'securityContext_isProxy_b',
        'severity_s',
        'target_s',
        'transaction_id_s',
        'uuid_g',
      ],
    },
  };

/**
 * UDM log types that no page or rule of the reference data has. The mapping files that name them say that they are of
 * low confidence.
 */
export const UNCHECKED_LOG_TYPES: readonly string[] = [
  'APACHE',
  'ATLASSIAN_JIRA',
  'AWS_VPC_FLOW',
  'BLUECOAT_WEBPROXY',
  'BOX',
  'CISCO_AMP',
  'CISCO_EMAIL_SECURITY',
  'CISCO_ISE',
  'CISCO_WSA',
  'CLOUDFLARE',
  'CORELIGHT',
  'CS_STREAM',
  'DUO_ADMIN',
  'DUO_AUTH',
  'GCP_DNS',
  'GITHUB',
  'GUARDDUTY',
  'IMPERVA_WAF',
  'MCAFEE_EPO',
  'NGINX',
  'OCI_AUDIT',
  'ORACLE_DB',
  'PING_FEDERATE',
  'PROOFPOINT_ON_DEMAND',
  'SENTINEL_EDR',
  'SEP',
  'SLACK_AUDIT',
  'SNOWFLAKE',
  'SOPHOS_FIREWALL',
  'TOMCAT',
  'TRENDMICRO_APEX_ONE',
  'UMBRELLA_DNS',
  'UMBRELLA_FIREWALL',
  'UMBRELLA_IP',
  'UMBRELLA_WEBPROXY',
  'VMWARE_ESX',
  'WORKSPACE_ACTIVITY',
  'ZSCALER_ZPA',
];
