// Sends the audit log of every key vault to the workspace as well, so that the saved queries and the workbook's panels
// about callers and failures have data. The detector does not need it.

targetScope = 'subscription'

import { roles } from '../roles.bicep'
import { definitions } from '../policies.bicep'

@description('Required. Region of the policy\'s identity.')
param location string

@description('Required. Workspace that gets the logs.')
param workspaceId string

@description('Required. DeployIfNotExists enrols; AuditIfNotExists only reports who would be.')
@allowed(['DeployIfNotExists', 'AuditIfNotExists'])
param effect string

@description('Required. Scopes that stay out, by resource id.')
param notScopes string[]

@description('Optional. Makes the remediation task\'s name new at every deployment: a finished task does not run again.')
param run string = utcNow('yyyyMMddHHmmss')

resource assignment 'Microsoft.Authorization/policyAssignments@2025-03-01' = {
  name: 'vw-workspace'
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    displayName: 'Vaultwatch: audit log of key vaults to Log Analytics'
    description: 'Gives the saved queries of Vaultwatch their data.'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', definitions.auditToWorkspace)
    definitionVersion: '1.*.*'
    enforcementMode: 'Default'
    notScopes: notScopes
    parameters: {
      effect: { value: effect }
      diagnosticSettingName: { value: 'vaultwatch-workspace' }
      categoryGroup: { value: 'audit' }
      logAnalytics: { value: workspaceId }
    }
    nonComplianceMessages: [{ message: 'The audit log of this vault is not in the Vaultwatch workspace.' }]
  }
}

// Subscription scope also covers a workspace in it; a workspace elsewhere needs this role there, by hand.
resource settingsWriter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, assignment.name, roles.logAnalyticsContributor)
  properties: {
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.logAnalyticsContributor)
  }
}

resource remediation 'Microsoft.PolicyInsights/remediations@2024-10-01' = if (effect == 'DeployIfNotExists') {
  name: 'vaultwatch-workspace-${run}'
  properties: {
    policyAssignmentId: assignment.id
    resourceDiscoveryMode: 'ReEvaluateCompliance'
    parallelDeployments: 10
  }
  dependsOn: [settingsWriter]
}

@description('Name of the assignment.')
output assignmentName string = assignment.name
