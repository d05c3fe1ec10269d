// The Log Analytics workspace: a new one, or one that the organisation has already.

@description('Required. Name of a new workspace.')
param name string

@description('Required. Region of a new workspace.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Resource id of an existing workspace; empty creates one.')
param existingResourceId string

@description('Optional. Days that a new workspace keeps its tables.')
@minValue(30)
@maxValue(730)
param retentionInDays int = 90

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = if (empty(existingResourceId)) {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    features: { disableLocalAuth: true }
  }
}

@description('Resource id of the workspace in use.')
output resourceId string = empty(existingResourceId) ? workspace.id : existingResourceId
