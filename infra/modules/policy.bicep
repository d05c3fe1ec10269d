// Enrols every present and future key vault of one region: the built-in policy writes a diagnostic setting on each vault,
// and a remediation task reaches those that exist already.

targetScope = 'subscription'

import { roles } from '../roles.bicep'
import { definitions } from '../policies.bicep'

@description('Required. Region; the definition looks at one region at a time.')
param region string

@description('Required. Rule of the namespace in that region.')
param authorizationRuleId string

@description('Required. Hub of the audit logs.')
param hubName string

@description('Required. Resource group and name of the namespace, for the role on it.')
param namespace { resourceGroup: string, name: string }

@description('Required. DeployIfNotExists enrols; AuditIfNotExists only reports who would be.')
@allowed(['DeployIfNotExists', 'AuditIfNotExists'])
param effect string

@description('Required. Scopes that stay out: subscriptions\' resource groups or single vaults, by resource id.')
param notScopes string[]

@description('Optional. Makes the remediation task\'s name new at every deployment: a finished task does not run again.')
param run string = utcNow('yyyyMMddHHmmss')

resource assignment 'Microsoft.Authorization/policyAssignments@2025-03-01' = {
  // 24 characters are the limit at a management group; the longest region name has 18.
  name: 'vw-${region}'
  location: region
  identity: { type: 'SystemAssigned' }
  properties: {
    displayName: 'Vaultwatch: audit log of key vaults in ${region} to Event Hub'
    description: 'Sends the audit log of every key vault in ${region} to the detector. Exempt a vault by excluding its scope.'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', definitions.auditToEventHub)
    definitionVersion: '1.*.*'
    enforcementMode: 'Default'
    notScopes: notScopes
    parameters: {
      effect: { value: effect }
      diagnosticSettingName: { value: 'vaultwatch' }
      categoryGroup: { value: 'audit' }
      resourceLocation: { value: region }
      eventHubAuthorizationRuleId: { value: authorizationRuleId }
      eventHubName: { value: hubName }
    }
    nonComplianceMessages: [{ message: 'Vaultwatch does not see this vault: its audit log is not sent to ${hubName}.' }]
  }
}

// The definition names two roles. Writing settings on vaults needs the first everywhere; the second only lists the keys
// of our own rule, so it stays on our namespace.
resource settingsWriter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, assignment.name, roles.logAnalyticsContributor)
  properties: {
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.logAnalyticsContributor)
  }
}

module hubRole 'policy-hub-role.bicep' = {
  name: 'vaultwatch-policy-hub-role-${region}'
  scope: resourceGroup(namespace.resourceGroup)
  params: {
    namespaceName: namespace.name
    principalId: assignment.identity.principalId
    assignmentName: assignment.name
  }
}

resource remediation 'Microsoft.PolicyInsights/remediations@2024-10-01' = if (effect == 'DeployIfNotExists') {
  name: 'vaultwatch-${region}-${run}'
  properties: {
    policyAssignmentId: assignment.id
    resourceDiscoveryMode: 'ReEvaluateCompliance'
    parallelDeployments: 10
  }
  dependsOn: [settingsWriter, hubRole]
}

@description('Name of the assignment.')
output assignmentName string = assignment.name
