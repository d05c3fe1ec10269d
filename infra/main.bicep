// Vaultwatch in one subscription: one stamp for each region that holds vaults, and beside them what the stamps share.
// Reads from top to bottom: what you decide, names, shared parts, stamps, enrolment of vaults, outputs.

targetScope = 'subscription'

import { vault } from 'types.bicep'

// ---- What you decide ------------------------------------------------------------------------------------------------

@description('Required. Short name of this installation, part of the resource groups\' names. One installation a subscription: the names of policies and settings are fixed.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('Required. Region of the shared parts: workspace, mail key, identity.')
param location string

@description('Optional. Regions that hold vaults; each gets a stamp. A vault can only write to a hub of its own region.')
@minLength(1)
param regions string[] = [location]

@description('Optional. How vaults are enrolled: policy (all present and future ones), dryRun (the policy only reports), list (the named vaults, for who may not assign policy).')
@allowed(['policy', 'dryRun', 'list'])
param enrolment string = 'policy'

@description('Optional. Scopes that the policy leaves out, as resource ids.')
param excludedScopes string[] = []

@description('Conditional. The vaults to enrol when enrolment is list.')
param vaults vault[] = []

@description('Optional. Sends the audit log to the workspace too, so that the saved queries about callers and failures have data. Costs ingestion.')
param auditToWorkspace bool = false

@description('Optional. Sends the subscription\'s Activity Log to the detector: deleted vaults, opened firewalls, given roles.')
param activityLog bool = true

@description('Optional. Who gets mail about alerts. Empty means no mail.')
param mailTo string = ''

@description('Conditional. Sender of the mail, verified with SendGrid. Required with mailTo.')
param mailFrom string = ''

@description('Optional. Further settings of the program by their names (VAULTWATCH_…), as serve -h lists them; secrets as Key Vault references.')
param more object = {}

@description('Optional. SendGrid key, kept in a key vault. Leave it empty to keep the one that is there, or to set it by hand.')
@secure()
param sendGridKey string = ''

@description('Optional. Who hears that the detector itself is in trouble.')
param operatorEmail string = ''

@description('Optional. Resource id of an existing Log Analytics workspace. Empty creates one.')
param workspaceResourceId string = ''

@description('Conditional. Region of the existing workspace. Required with workspaceResourceId when it differs from location.')
param workspaceLocation string = location

@description('Optional. Size of each region\'s hub. Partitions are fixed at creation on Standard.')
param hubSize { sku: 'Standard' | 'Premium', partitionCount: int, maximumThroughputUnits: int, retentionHours: int } = {
  sku: 'Standard'
  partitionCount: 4
  maximumThroughputUnits: 4
  retentionHours: 72
}

@description('Optional. Size and reach of each region\'s app. alwaysReady above 0 keeps instances warm for the audit batches, at a standing price.')
param scale { instanceMemoryMB: 512 | 2048 | 4096, maximumInstanceCount: int, alwaysReady: int } = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  alwaysReady: 0
}

@description('Optional. Redundancy of the storage accounts.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'

@description('Optional. Purge protection of the vault with the mail key. Cannot be undone, and keeps the vault\'s name taken after removal.')
param purgeProtection bool = false

@description('Optional. Tags of everything.')
param tags object = {}

// ---- Names ----------------------------------------------------------------------------------------------------------

var allTags = union(tags, { 'azd-env-name': environmentName, application: 'vaultwatch' })
var groupName = 'rg-vaultwatch-${environmentName}'
var token = uniqueString(subscription().id, environmentName)

// The same five parts whether the workspace is ours or was there before: /subscriptions/<id>/resourceGroups/<name>/...
var workspaceParts = split(empty(workspaceResourceId) ? '/subscriptions/${subscription().subscriptionId}/resourceGroups/${groupName}' : workspaceResourceId, '/')
var workspaceName = empty(workspaceResourceId) ? 'vaultwatch-${token}' : last(split(workspaceResourceId, '/'))
var effect = enrolment == 'dryRun' ? 'AuditIfNotExists' : 'DeployIfNotExists'

// ---- Shared parts ---------------------------------------------------------------------------------------------------

resource shared 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'vaultwatch-identity'
  scope: shared
  params: { name: 'vaultwatch-${token}', location: location, tags: allTags }
}

module workspace 'modules/workspace.bicep' = {
  name: 'vaultwatch-workspace'
  scope: shared
  params: { name: workspaceName, location: workspaceLocation, tags: allTags, existingResourceId: workspaceResourceId }
}

module telemetry 'modules/telemetry.bicep' = {
  name: 'vaultwatch-telemetry'
  scope: shared
  params: {
    name: 'vaultwatch-${token}'
    location: location
    tags: allTags
    workspaceId: workspace.outputs.resourceId
    principalId: identity.outputs.principalId
  }
}

module alertLog 'modules/export.bicep' = {
  name: 'vaultwatch-export'
  scope: resourceGroup(workspaceParts[2], workspaceParts[4])
  params: {
    workspaceName: workspaceName
    location: workspaceLocation
    tags: allTags
    principalId: identity.outputs.principalId
  }
  dependsOn: [workspace]
}

module secrets 'modules/secrets.bicep' = {
  name: 'vaultwatch-secrets'
  scope: shared
  params: {
    name: 'vw-${token}'
    location: location
    tags: allTags
    principalId: identity.outputs.principalId
    sendGridKey: sendGridKey
    purgeProtection: purgeProtection
  }
}

module queries 'modules/queries.bicep' = {
  name: 'vaultwatch-queries'
  scope: resourceGroup(workspaceParts[2], workspaceParts[4])
  params: { workspaceName: workspaceName }
  dependsOn: [alertLog]
}

module workbook 'modules/workbook.bicep' = {
  name: 'vaultwatch-workbook'
  scope: shared
  params: { location: location, tags: allTags, workspaceId: workspace.outputs.resourceId }
}

module alerts 'modules/alerts.bicep' = {
  name: 'vaultwatch-alerts'
  scope: shared
  params: { location: workspaceLocation, tags: allTags, workspaceId: workspace.outputs.resourceId, email: operatorEmail }
}

// ---- Stamps ---------------------------------------------------------------------------------------------------------

resource groups 'Microsoft.Resources/resourceGroups@2025-04-01' = [for region in regions: {
  name: '${groupName}-${region}'
  location: region
  tags: allTags
}]

module stamps 'modules/region.bicep' = [for (region, i) in regions: {
  name: 'vaultwatch-region-${region}'
  scope: groups[i]
  params: {
    location: region
    // azd publishes to exactly one app by its tag: the first region's. make publish reaches the others.
    azdService: i == 0 ? 'detector' : ''
    tags: allTags
    identity: {
      resourceId: identity.outputs.resourceId
      principalId: identity.outputs.principalId
      clientId: identity.outputs.clientId
    }
    workspaceId: workspace.outputs.resourceId
    logs: { endpoint: alertLog.outputs.endpoint, ruleId: alertLog.outputs.ruleId, stream: alertLog.outputs.stream }
    mail: { to: mailTo, from: mailFrom, keySecretUri: secrets.outputs.keySecretUri }
    more: more
    insights: { name: telemetry.outputs.name, resourceGroup: groupName }
    hubSize: hubSize
    scale: scale
    storageSku: storageSku
    actionGroupId: alerts.outputs.actionGroupId
  }
}]

// ---- Enrolment ------------------------------------------------------------------------------------------------------

module policies 'modules/policy.bicep' = [for (region, i) in regions: if (enrolment != 'list') {
  name: 'vaultwatch-policy-${region}'
  params: {
    region: region
    authorizationRuleId: stamps[i].outputs.authorizationRuleId
    hubName: stamps[i].outputs.auditHub
    namespace: { resourceGroup: '${groupName}-${region}', name: stamps[i].outputs.namespaceName }
    effect: effect
    notScopes: excludedScopes
  }
}]

module workspacePolicy 'modules/policy-workspace.bicep' = if (enrolment != 'list' && auditToWorkspace) {
  name: 'vaultwatch-policy-workspace'
  params: {
    location: location
    workspaceId: workspace.outputs.resourceId
    effect: effect
    notScopes: excludedScopes
  }
}

module listedVaults 'modules/vaults.bicep' = [for (region, i) in regions: if (enrolment == 'list') {
  name: 'vaultwatch-vaults-${region}'
  params: {
    vaultIds: map(filter(vaults, v => v.region == region), v => v.resourceId)
    authorizationRuleId: stamps[i].outputs.authorizationRuleId
    hubName: stamps[i].outputs.auditHub
    workspaceId: auditToWorkspace ? workspace.outputs.resourceId : ''
  }
}]

module activity 'modules/activitylog.bicep' = if (activityLog) {
  name: 'vaultwatch-activity-log'
  params: {
    authorizationRuleId: stamps[0].outputs.authorizationRuleId
    hubName: stamps[0].outputs.activityHub
  }
}

// ---- Outputs --------------------------------------------------------------------------------------------------------

@description('Apps to publish to, one a region.')
output VAULTWATCH_APPS string[] = [for (region, i) in regions: stamps[i].outputs.appName]

@description('Page and API of each region.')
output VAULTWATCH_URLS string[] = [for (region, i) in regions: stamps[i].outputs.appUrl]

@description('Vault that holds the mail key.')
output VAULTWATCH_SECRETS_VAULT string = secrets.outputs.name

@description('Workspace with alerts, saved queries and workbook.')
output VAULTWATCH_WORKSPACE_ID string = workspace.outputs.resourceId

@description('Resource group of the shared parts; the stamps\' groups add the region to its name.')
output AZURE_RESOURCE_GROUP string = groupName
