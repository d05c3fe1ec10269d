// The built-in policy definitions that this deployment assigns, by name. Ids are equal in every tenant.

@export()
@description('Ids of built-in policy definitions.')
var definitions = {
  // Enable logging by category group for Key vaults (microsoft.keyvault/vaults) to Event Hub.
  auditToEventHub: '71153be3-4742-4aae-9aec-150f7589311b'
  // Enable logging by category group for Key vaults (microsoft.keyvault/vaults) to Log Analytics.
  auditToWorkspace: '6b359d8f-f88d-4052-aa7c-32015963ecc1'
}
