// Lets a policy's identity name our authorization rule in the settings it writes.

import { roles } from '../roles.bicep'

@description('Required. Namespace name.')
param namespaceName string

@description('Required. Object id of the policy\'s identity.')
param principalId string

@description('Required. Name of the assignment; the object id is not known early enough to name a resource.')
param assignmentName string

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource keyLister 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace.id, assignmentName, roles.eventHubsDataOwner)
  scope: namespace
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataOwner)
  }
}
