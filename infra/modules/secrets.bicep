// The vault of our one secret, the SendGrid key. It is a vault like any other, so the detector watches it too.

import { roles } from '../roles.bicep'

@description('Required. Vault name, unique in the cloud.')
@maxLength(24)
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Object id of the identity that reads the secret.')
param principalId string

@description('Required. SendGrid key. Empty leaves an existing secret as it is, so that a later deployment needs no key.')
@secure()
param sendGridKey string

@description('Optional. Purge protection. Off by default: the vault holds one key that can be made anew in a minute, and protection cannot be undone, so removal would leave the vault\'s name taken for days.')
param purgeProtection bool = false

var secretName = 'sendgrid-key'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    // Azure refuses false here: unset means off.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: 'Enabled'
  }
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(sendGridKey)) {
  parent: vault
  name: secretName
  properties: {
    value: sendGridKey
    contentType: 'SendGrid API key'
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

@description('Vault name.')
output name string = vault.name

@description('URI of the secret without a version, so that a rotated key is picked up. Not the secret.')
output keySecretUri string = '${vault.properties.vaultUri}secrets/${secretName}'
