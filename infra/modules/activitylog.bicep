// The subscription's Activity Log: it shows a vault deleted or opened, a role given, and our own settings taken away.
// A setting of the same kind on the management group would send every event twice; keep one of the two.

targetScope = 'subscription'

@description('Required. Rule of a namespace. The Activity Log is global, so any region\'s will do.')
param authorizationRuleId string

@description('Required. Hub of the Activity Log.')
param hubName string

resource setting 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'vaultwatch'
  properties: {
    eventHubAuthorizationRuleId: authorizationRuleId
    eventHubName: hubName
    // Categories, not category groups: the Activity Log has none.
    logs: [
      { category: 'Administrative', enabled: true }
      { category: 'Policy', enabled: true }
      { category: 'Security', enabled: true }
    ]
  }
}
