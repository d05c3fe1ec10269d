// Enrolment without policy: a diagnostic setting on each vault that was named. New vaults are not found by this; whoever
// creates one adds it to the list and deploys again.

targetScope = 'subscription'

@description('Required. Resource ids of vaults, all in one region.')
param vaultIds string[]

@description('Required. Rule of the namespace in that region.')
param authorizationRuleId string

@description('Required. Hub of the audit logs.')
param hubName string

@description('Required. Workspace that gets the logs as well; empty for none.')
param workspaceId string

module settings 'vault-diagnostics.bicep' = [for id in vaultIds: {
  name: 'vaultwatch-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    vaultName: last(split(id, '/'))
    authorizationRuleId: authorizationRuleId
    hubName: hubName
    workspaceId: workspaceId
  }
}]
