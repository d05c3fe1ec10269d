// The stamp of one region: everything that must stand where the vaults are. Stamps share nothing but the identity, the
// workspace and the mail key; a region that fails takes no other with it.

import { roles } from '../roles.bicep'

@description('Required. Region of the stamp.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Service name of azure.yaml that azd publishes to this stamp\'s app; empty for none.')
param azdService string

@description('Required. The identity of the detector.')
param identity { resourceId: string, principalId: string, clientId: string }

@description('Required. Workspace that gets the hub\'s metrics.')
param workspaceId string

@description('Required. Where alerts go in Log Analytics.')
param logs { endpoint: string, ruleId: string, stream: string }

@description('Required. Mail.')
param mail { to: string, from: string, keySecretUri: string }

@description('Required. Further settings of the program by their names; an empty object for none.')
param more object

@description('Required. Application Insights component.')
param insights { name: string, resourceGroup: string }

@description('Required. Size of the hub.')
param hubSize { sku: 'Standard' | 'Premium', partitionCount: int, maximumThroughputUnits: int, retentionHours: int }

@description('Required. Size and reach of the app.')
param scale { instanceMemoryMB: 512 | 2048 | 4096, maximumInstanceCount: int, alwaysReady: int }

@description('Required. Redundancy of the storage accounts.')
param storageSku string

@description('Required. Action group for the hub\'s own rule; empty for none.')
param actionGroupId string

var token = uniqueString(resourceGroup().id)
var packageContainer = 'packages'

module hostStorage 'storage.bicep' = {
  name: 'host-storage'
  params: {
    name: 'vwhost${token}'
    location: location
    tags: tags
    principalId: identity.principalId
    roleIds: [roles.storageBlobDataOwner, roles.storageQueueDataContributor, roles.storageTableDataContributor]
    containers: [packageContainer]
    sku: storageSku
  }
}

module memoryStorage 'storage.bicep' = {
  name: 'memory-storage'
  params: {
    name: 'vwmem${token}'
    location: location
    tags: tags
    principalId: identity.principalId
    roleIds: [roles.storageTableDataContributor]
    sku: storageSku
  }
}

module hub 'eventhub.bicep' = {
  name: 'event-hub'
  params: {
    name: 'vaultwatch-${token}'
    location: location
    tags: tags
    principalId: identity.principalId
    workspaceId: workspaceId
    sku: hubSize.sku
    partitionCount: hubSize.partitionCount
    maximumThroughputUnits: hubSize.maximumThroughputUnits
    retentionHours: hubSize.retentionHours
  }
}

module unread 'hub-alert.bicep' = {
  name: 'hub-alert'
  params: {
    namespaceId: hub.outputs.resourceId
    tags: tags
    actionGroupId: actionGroupId
  }
}

module app 'functionapp.bicep' = {
  name: 'function-app'
  params: {
    name: 'vaultwatch-${token}'
    location: location
    tags: tags
    azdService: azdService
    identity: { resourceId: identity.resourceId, clientId: identity.clientId }
    hostStorage: {
      blobEndpoint: hostStorage.outputs.blobEndpoint
      queueEndpoint: hostStorage.outputs.queueEndpoint
      tableEndpoint: hostStorage.outputs.tableEndpoint
      packageContainer: packageContainer
    }
    memoryAccountName: memoryStorage.outputs.name
    hub: {
      namespace: hub.outputs.name
      auditHub: hub.outputs.auditHub
      activityHub: hub.outputs.activityHub
      consumerGroup: hub.outputs.consumerGroup
    }
    logs: logs
    mail: mail
    more: more
    insights: insights
    scale: scale
  }
}

@description('App name, for make publish.')
output appName string = app.outputs.name

@description('Address of the page and the API.')
output appUrl string = app.outputs.url

@description('Namespace name.')
output namespaceName string = hub.outputs.name

@description('Resource id of the rule that diagnostic settings name.')
output authorizationRuleId string = hub.outputs.authorizationRuleId

@description('Hub of the vaults\' audit logs.')
output auditHub string = hub.outputs.auditHub

@description('Hub of the Activity Log.')
output activityHub string = hub.outputs.activityHub
