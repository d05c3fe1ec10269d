// The Event Hubs namespace of one region, with the hubs that Azure Monitor writes and the detector reads.

import { roles } from '../roles.bicep'

@description('Required. Namespace name, unique in the cloud.')
param name string

@description('Required. Region. A vault can only write to a namespace of its own region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Object id of the identity that reads the hubs.')
param principalId string

@description('Required. Workspace that gets the metrics of the namespace, for the lag rule.')
param workspaceId string

@description('Optional. Standard has auto-inflate; Premium has more partitions and longer retention.')
@allowed(['Standard', 'Premium'])
param sku string = 'Standard'

@description('Optional. Upper bound of auto-inflate, in throughput units (Standard only).')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int = 4

@description('Optional. Partitions of the audit hub. Standard fixes them at creation: raising it later needs a new hub.')
@minValue(1)
@maxValue(32)
param partitionCount int = 4

@description('Optional. How long the hubs keep messages, in hours: the outage that loses nothing. Standard allows up to 168.')
@minValue(24)
@maxValue(168)
param retentionHours int = 72

var auditHub = 'keyvault-logs'
var activityHub = 'activity-logs'
// Our own group leaves $Default to people and to other readers.
var consumerGroup = 'vaultwatch'

var hubs = [
  { name: auditHub, partitions: partitionCount }
  // One subscription's Activity Log is a trickle beside the audit logs of its vaults.
  { name: activityHub, partitions: min(partitionCount, 2) }
]

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: sku, capacity: 1 }
  properties: {
    // Keys must stay allowed, for Azure Monitor alone: a diagnostic setting names an authorization rule and Azure Monitor
    // writes with that rule's key; there is no Entra way. Turning this on silently stops every export. Everything of
    // ours comes in with its identity.
    disableLocalAuth: false
    isAutoInflateEnabled: sku == 'Standard'
    maximumThroughputUnits: sku == 'Standard' ? maximumThroughputUnits : 0
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource network 'Microsoft.EventHub/namespaces/networkRuleSets@2024-01-01' = {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Enabled'
    defaultAction: 'Allow'
    // Who closes the network later must not shut out Azure Monitor.
    trustedServiceAccessEnabled: true
  }
}

// On the namespace, since a diagnostic setting accepts no rule of a single hub. Send alone may be enough when the setting
// names its hub, but the documentation asks for all three.
resource exportRule 'Microsoft.EventHub/namespaces/authorizationRules@2024-01-01' = {
  parent: namespace
  name: 'azure-monitor-export'
  properties: { rights: ['Listen', 'Manage', 'Send'] }
}

resource eventHubs 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = [for hub in hubs: {
  parent: namespace
  name: hub.name
  properties: {
    partitionCount: hub.partitions
    // A compacted hub is no valid destination.
    retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionHours }
  }
}]

resource groups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [for (hub, i) in hubs: {
  parent: eventHubs[i]
  name: consumerGroup
}]

resource receiver 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (hub, i) in hubs: {
  name: guid(eventHubs[i].id, principalId, roles.eventHubsDataReceiver)
  scope: eventHubs[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataReceiver)
  }
}]

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'vaultwatch-metrics'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Namespace name.')
output name string = namespace.name

@description('Resource id of the namespace.')
output resourceId string = namespace.id

@description('Resource id of the rule that diagnostic settings name. The id is no secret; the key behind it is never read here.')
output authorizationRuleId string = exportRule.id

@description('Hub of the vaults\' audit logs.')
output auditHub string = auditHub

@description('Hub of the Activity Log.')
output activityHub string = activityHub

@description('Consumer group of the detector on both hubs.')
output consumerGroup string = consumerGroup
