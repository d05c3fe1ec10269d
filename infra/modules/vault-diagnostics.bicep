// The diagnostic setting of one vault, the same one that the policy would write.

@description('Required. Vault name in this resource group.')
param vaultName string

@description('Required. Rule of the namespace in the vault\'s region.')
param authorizationRuleId string

@description('Required. Hub of the audit logs.')
param hubName string

@description('Required. Workspace that gets the logs as well; empty for none.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource toHub 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'vaultwatch'
  scope: vault
  properties: {
    eventHubAuthorizationRuleId: authorizationRuleId
    eventHubName: hubName
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

resource toWorkspace 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(workspaceId)) {
  name: 'vaultwatch-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
