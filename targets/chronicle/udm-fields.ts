/**
 * Types of the fields of Google's Unified Data Model, as names: what the language needs to know of a field to test it.
 * After "Unified Data Model field list" and the REST reference of `UDM`, `Noun` and `SecurityResult`; a test holds the
 * lists against the schema. An entry is a field's last name, or its last two where the name alone does not decide.
 */

const names = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

export const INTEGER_FIELDS = names(`
  access_mask acroform autoaction benign_count class code confidence_score cpu_clock_speed cpu_max_clock_speed
  cpu_number_cores day_count day_max day_max_sub_domains embedded_file encrypted endobj_count endstream_count
  entry_point entry_point_exiftool expire flags flash global_customer_count global_hits_count hlen hops htype
  iana_registrar_id integrity_level_rid javascript jbig2_compression js last_http_response_code
  last_http_response_content_length launch_action_count lease_time_seconds malicious_count minimum nanos nat_port
  obj_count object_stream_count openaction page_count port priority ram rank received_bytes received_packets
  refresh response_code response_count retry rolling_max rolling_max_sub_domains seconds sent_bytes sent_packets
  session_duration severity_score size source_count startxref stat_dev stat_flags stat_inode stat_mode stat_nlink
  stream_count suspicious_colors trailer transaction_id ttl xfa xref artifact.asn ip_geo_artifact.asn dns.id
  dns.opcode investigation.risk_score last_dns_records.serial additional.type answers.type authority.type
  questions.type
`);

export const FLOAT_FIELDS = names(`
  cvss_base_score latitude longitude region_latitude region_longitude risk_score security_result.confidence_score
`);

export const BOOL_FIELDS = names(`
  authoritative ca established is_tls is_webmail netscape_certificate old_authority_key_id pe_logotype
  private_registration pwn rbac_enabled recursion_available recursion_desired response resumed truncated verified
`);

/** Messages of `seconds` and `nanos`. */
export const TIMESTAMP_FIELDS = names(`
  account_expiration_time account_lockout_time audit_update_time collected_timestamp compilation_exiftool_time
  compilation_time creation_time event_timestamp expiration_time expiry_time first_discover_time
  first_discovered_time first_found first_reference_time first_seen_time first_submission_time hire_date
  ingested_timestamp ingestion_time issue_time last_analysis_time last_bad_password_attempt_time last_boot_time
  last_discover_time last_discovered_time last_dns_records_time last_found last_https_certificate_date
  last_https_certificate_time last_login_time last_modification_time last_password_change_time last_reference_time
  last_seen_time last_submission_time last_update_time last_updated_time not_after not_before
  password_expiration_time pwn_first_tagged_time scan_end_time scan_start_time system_last_update_time
  termination_date timestamp update_time verdict_time whois_date whois_time
`);

/** Maps from a key to a text: labels, and structures with free keys. */
export const MAP_FIELDS = names(`
  cert_extensions detection_fields fields html_meta ingestion_labels labels last_http_response_cookies
  last_http_response_headers outcomes resources_language_count_str resources_type_count_str rule_labels
  udm.additional
`);

/** Lists: a test without `any` or `all` speaks of one element at a time. */
export const REPEATED_FIELDS = names(`
  about intermediary security_result process_ancestors resource_ancestors user_management_chain ip nat_ip mac
  ip_geo_artifact ip_location labels email_addresses phone_numbers group_identifiers department managers time_off
  roles permissions hardware software vulnerabilities platform_software names capabilities_tags tags embedded_urls
  embedded_domains embedded_ips command_line_history action security_result.category category_details detection_fields rule_labels
  outcomes associations campaigns reports tactics techniques questions answers authority supported_ciphers to cc
  bcc rcpt_to server_response mechanism ingestion_labels base_labels log_types namespaces email.subject
  dns.additional
`);

/** Enumerations: their values by field, the first the zero value. No values: the field is one, its values are not kept. */
export const ENUM_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    account_type: `
      ACCOUNT_TYPE_UNSPECIFIED DOMAIN_ACCOUNT_TYPE LOCAL_ACCOUNT_TYPE CLOUD_ACCOUNT_TYPE SERVICE_ACCOUNT_TYPE
      DEFAULT_ACCOUNT_TYPE
    `,
    action: 'UNKNOWN_ACTION ALLOW BLOCK ALLOW_WITH_MODIFICATION QUARANTINE FAIL CHALLENGE',
    alert_state: 'UNSPECIFIED NOT_ALERTING ALERTING',
    application_protocol: `
      UNKNOWN_APPLICATION_PROTOCOL AFP APPC AMQP ATOM BEEP BITCOIN BIT_TORRENT CFDP CIP COAP COTP DCERPC DDS
      DEVICE_NET DHCP DICOM DNP3 DNS E_DONKEY ENRP FAST_TRACK FINGER FREENET FTAM GOOSE GOPHER GRPC HL7 H323 HTTP
      HTTPS IEC104 IRCP KADEMLIA KRB5 LDAP LPD MIME MMS MODBUS MQTT NETCONF NFS NIS NNTP NTCIP NTP OSCAR PNRP PTP
      QUIC RDP RELP RIP RLOGIN RPC RTMP RTP RTPS RTSP SAP SDP SIP SLP SMB SMTP SNMP SNTP SSH SSMS STYX SV TCAP TDS
      TOR TSP VTP WHOIS WEB_DAV X400 X500 XMPP
    `,
    confidence: 'UNKNOWN_CONFIDENCE LOW_CONFIDENCE MEDIUM_CONFIDENCE HIGH_CONFIDENCE',
    quality: 'UNKNOWN_CONFIDENCE LOW_CONFIDENCE MEDIUM_CONFIDENCE HIGH_CONFIDENCE',
    deployment_status: 'DEPLOYMENT_STATUS_UNSPECIFIED ACTIVE PENDING_DECOMMISSION DECOMMISSIONED',
    direction: 'UNKNOWN_DIRECTION INBOUND OUTBOUND BROADCAST',
    enrichment_state: 'ENRICHMENT_STATE_UNSPECIFIED ENRICHED UNENRICHED',
    environment: `
      UNSPECIFIED_CLOUD_ENVIRONMENT GOOGLE_CLOUD_PLATFORM AMAZON_WEB_SERVICES MICROSOFT_AZURE
    `,
    event_type: `
      EVENTTYPE_UNSPECIFIED PROCESS_UNCATEGORIZED PROCESS_LAUNCH PROCESS_INJECTION PROCESS_PRIVILEGE_ESCALATION
      PROCESS_TERMINATION PROCESS_OPEN PROCESS_MODULE_LOAD REGISTRY_UNCATEGORIZED REGISTRY_CREATION
      REGISTRY_MODIFICATION REGISTRY_DELETION SETTING_UNCATEGORIZED SETTING_CREATION SETTING_MODIFICATION
      SETTING_DELETION MUTEX_UNCATEGORIZED MUTEX_CREATION FILE_UNCATEGORIZED FILE_CREATION FILE_DELETION
      FILE_MODIFICATION FILE_READ FILE_COPY FILE_OPEN FILE_MOVE FILE_SYNC USER_UNCATEGORIZED USER_LOGIN
      USER_LOGOUT USER_CREATION USER_CHANGE_PASSWORD USER_CHANGE_PERMISSIONS USER_STATS USER_BADGE_IN
      USER_DELETION USER_RESOURCE_CREATION USER_RESOURCE_UPDATE_CONTENT USER_RESOURCE_UPDATE_PERMISSIONS
      USER_COMMUNICATION USER_RESOURCE_ACCESS USER_RESOURCE_DELETION GROUP_UNCATEGORIZED GROUP_CREATION
      GROUP_DELETION GROUP_MODIFICATION EMAIL_UNCATEGORIZED EMAIL_TRANSACTION EMAIL_URL_CLICK
      NETWORK_UNCATEGORIZED NETWORK_FLOW NETWORK_CONNECTION NETWORK_FTP NETWORK_DHCP NETWORK_DNS NETWORK_HTTP
      NETWORK_SMTP STATUS_UNCATEGORIZED STATUS_HEARTBEAT STATUS_STARTUP STATUS_SHUTDOWN STATUS_UPDATE
      SCAN_UNCATEGORIZED SCAN_FILE SCAN_PROCESS_BEHAVIORS SCAN_PROCESS SCAN_HOST SCAN_VULN_HOST SCAN_VULN_NETWORK
      SCAN_NETWORK SCHEDULED_TASK_UNCATEGORIZED SCHEDULED_TASK_CREATION SCHEDULED_TASK_DELETION
      SCHEDULED_TASK_ENABLE SCHEDULED_TASK_DISABLE SCHEDULED_TASK_MODIFICATION SYSTEM_AUDIT_LOG_UNCATEGORIZED
      SYSTEM_AUDIT_LOG_WIPE SERVICE_UNSPECIFIED SERVICE_CREATION SERVICE_DELETION SERVICE_START SERVICE_STOP
      SERVICE_MODIFICATION GENERIC_EVENT RESOURCE_CREATION RESOURCE_DELETION RESOURCE_PERMISSIONS_CHANGE
      RESOURCE_READ RESOURCE_WRITTEN DEVICE_FIRMWARE_UPDATE DEVICE_CONFIG_UPDATE DEVICE_PROGRAM_UPLOAD
      DEVICE_PROGRAM_DOWNLOAD ANALYST_UPDATE_VERDICT ANALYST_UPDATE_REPUTATION ANALYST_UPDATE_SEVERITY_SCORE
      ANALYST_UPDATE_STATUS ANALYST_ADD_COMMENT ANALYST_UPDATE_PRIORITY ANALYST_UPDATE_ROOT_CAUSE
      ANALYST_UPDATE_REASON ANALYST_UPDATE_RISK_SCORE
    `,
    file_type: '',
    ioc_stats_type: '',
    ip_protocol: `
      UNKNOWN_IP_PROTOCOL ICMP IGMP TCP UDP IP6IN4 GRE ESP ICMP6 EIGRP ETHERIP PIM VRRP SCTP
    `,
    mechanism: `
      MECHANISM_UNSPECIFIED USERNAME_PASSWORD OTP HARDWARE_KEY LOCAL REMOTE REMOTE_INTERACTIVE MECHANISM_OTHER
      BADGE_READER NETWORK BATCH SERVICE UNLOCK NETWORK_CLEAR_TEXT NEW_CREDENTIALS INTERACTIVE CACHED_INTERACTIVE
      CACHED_REMOTE_INTERACTIVE CACHED_UNLOCK
    `,
    opcode: 'UNKNOWN_OPCODE BOOTREQUEST BOOTREPLY',
    platform: 'UNKNOWN_PLATFORM WINDOWS MAC LINUX Google Cloud AWS AZURE IOS ANDROID CHROME_OS',
    reason: 'REASON_UNSPECIFIED REASON_NOT_MALICIOUS REASON_MALICIOUS REASON_MAINTENANCE',
    reputation: 'REPUTATION_UNSPECIFIED USEFUL NOT_USEFUL',
    resource_type: `
      UNSPECIFIED MUTEX TASK PIPE DEVICE FIREWALL_RULE MAILBOX_FOLDER VPC_NETWORK VIRTUAL_MACHINE STORAGE_BUCKET
      STORAGE_OBJECT DATABASE TABLE CLOUD_PROJECT CLOUD_ORGANIZATION SERVICE_ACCOUNT ACCESS_POLICY CLUSTER SETTING
      DATASET BACKEND_SERVICE POD CONTAINER FUNCTION RUNTIME IP_ADDRESS DISK VOLUME IMAGE SNAPSHOT REPOSITORY
      CREDENTIAL LOAD_BALANCER GATEWAY SUBNET USER
    `,
    severity: 'UNKNOWN_SEVERITY LOW MEDIUM HIGH CRITICAL',
    threat_id_namespace: '',
    threat_status: 'THREAT_STATUS_UNSPECIFIED ACTIVE CLEARED FALSE_POSITIVE',
    threat_verdict: 'THREAT_VERDICT_UNSPECIFIED UNDETECTED SUSPICIOUS MALICIOUS',
    token_elevation_type: 'UNKNOWN TYPE_1 TYPE_2 TYPE_3',
    user_authentication_status: 'UNKNOWN_AUTHENTICATION_STATUS ACTIVE SUSPENDED NO_ACTIVE_CREDENTIALS DELETED',
    user_role: 'UNKNOWN_ROLE ADMINISTRATOR SERVICE_ACCOUNT',
    verdict_response: 'VERDICT_RESPONSE_UNSPECIFIED MALICIOUS BENIGN',
    verdict_type: 'VERDICT_TYPE_UNSPECIFIED PROVIDER_ML_VERDICT ANALYST_VERDICT',
    'security_result.category': `
      UNKNOWN_CATEGORY SOFTWARE_MALICIOUS SOFTWARE_SUSPICIOUS SOFTWARE_PUA NETWORK_MALICIOUS NETWORK_SUSPICIOUS
      NETWORK_CATEGORIZED_CONTENT NETWORK_DENIAL_OF_SERVICE NETWORK_RECON NETWORK_COMMAND_AND_CONTROL
      ACL_VIOLATION AUTH_VIOLATION EXPLOIT DATA_EXFILTRATION DATA_AT_REST DATA_DESTRUCTION TOR_EXIT_NODE MAIL_SPAM
      MAIL_PHISHING MAIL_SPOOFING POLICY_VIOLATION SOCIAL_ENGINEERING PHISHING
    `,
    'object_reference.namespace': '',
    'investigation.priority': `
      PRIORITY_UNSPECIFIED PRIORITY_INFO PRIORITY_LOW PRIORITY_MEDIUM PRIORITY_HIGH PRIORITY_CRITICAL
    `,
    'security_result.priority': 'UNKNOWN_PRIORITY LOW_PRIORITY MEDIUM_PRIORITY HIGH_PRIORITY',
    'security_result.severity': 'UNKNOWN_SEVERITY INFORMATIONAL ERROR NONE LOW MEDIUM HIGH CRITICAL',
    'investigation.status': 'STATUS_UNSPECIFIED NEW REVIEWED CLOSED OPEN',
    'asset.type': `
      ROLE_UNSPECIFIED WORKSTATION LAPTOP IOT NETWORK_ATTACHED_STORAGE PRINTER SCANNER SERVER TAPE_LIBRARY MOBILE
    `,
    'associations.type': '',
    'auth.type': 'AUTHTYPE_UNSPECIFIED MACHINE SSO VPN PHYSICAL TACACS',
    'dhcp.type': `
      UNKNOWN_MESSAGE_TYPE DISCOVER OFFER REQUEST DECLINE ACK NAK RELEASE INFORM WIN_DELETED WIN_EXPIRED
    `,
    'permissions.type': 'UNKNOWN_PERMISSION_TYPE ADMIN_WRITE ADMIN_READ DATA_WRITE DATA_READ',
    'roles.type': 'TYPE_UNSPECIFIED ADMINISTRATOR SERVICE_ACCOUNT',
    'investigation.verdict': 'VERDICT_UNSPECIFIED TRUE_POSITIVE FALSE_POSITIVE',
  }).map(([field, values]) => [field, values === '' ? [] : values.trim().split(/\s+/)]),
);
