/** Keys that belong to a rule's file but say nothing about what it detects, each with the reason it is not used. */

export const UNUSED_RULE_KEYS: Readonly<Record<string, string>> = {
  templateVersion: 'it is the version of the template that the rule was made from',
  lastModifiedUtc: 'it is set by Sentinel when the rule is saved',
  createdTimeUtc: 'it is set by Sentinel when the rule is saved',
  lastUpdatedDateUTC: 'it is set by Sentinel when the template is published',
  createdDateUTC: 'it is set by Sentinel when the template is published',
  etag: 'it only guards against concurrent changes of the resource',
  startTimeUtc: 'it only says when the rule runs first',
  alertRulesCreatedByTemplateCount: 'it counts the rules made from a template',
  isPreview: 'it only marks the content as a preview',
  'description-detailed': 'it repeats the description at greater length',
  parentId: 'it only names the template in the content hub',
  contentId: 'it only names the template in the content hub',
};

/** Keys around the properties of a rule that is an Azure resource. */
export const UNUSED_RESOURCE_KEYS: Readonly<Record<string, string>> = {
  apiVersion: 'it names the version of the interface that deploys the rule',
  etag: 'it only guards against concurrent changes of the resource',
  dependsOn: 'it only orders the deployment',
  location: 'it only says where the resource is deployed',
  scope: 'it only says where the resource is deployed',
  condition: 'it only says whether the resource is deployed',
  comments: 'it is a remark for people',
  copy: 'it only repeats the deployment',
  systemData: 'it is set by Azure when the resource is saved',
};

/** Keys that only a rule has: any of them tells a rule without a query from a file that is something else. */
export const RULE_MARKS: readonly string[] = [
  'queryFrequency',
  'queryPeriod',
  'triggerOperator',
  'triggerThreshold',
  'requiredDataConnectors',
  'relevantTechniques',
  'entityMappings',
  'alertDetailsOverride',
  'eventGroupingSettings',
];

/** Kinds of analytics rules that are built into the product and have no query of their own. */
export const KINDS_WITHOUT_QUERY: readonly string[] = [
  'Fusion',
  'MLBehaviorAnalytics',
  'MicrosoftSecurityIncidentCreation',
  'ThreatIntelligence',
  'Anomaly',
];
