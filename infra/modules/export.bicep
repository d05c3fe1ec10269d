// Alerts in Log Analytics: a table with the columns of SecurityAlert, so that queries written for Defender need only
// another table name, and the data collection rule through which the detector writes it.

import { roles } from '../roles.bicep'

@description('Required. Name of the existing workspace in this resource group.')
param workspaceName string

@description('Required. Region of the workspace; the rule must be in the same one.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Object id of the identity that writes.')
param principalId string

// The ingestion API cannot write to SecurityAlert itself. Type and TenantId of that table are reserved names.
var columns = loadJsonContent('../alert-columns.json')
var tableName = 'VaultwatchAlerts_CL'
var streamName = 'Custom-VaultwatchAlerts'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource table 'Microsoft.OperationalInsights/workspaces/tables@2025-02-01' = {
  parent: workspace
  name: tableName
  properties: {
    plan: 'Analytics'
    schema: {
      name: tableName
      columns: [for column in columns: { name: column.name, type: column.type == 'datetime' ? 'dateTime' : column.type }]
    }
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2024-03-11' = {
  name: 'vaultwatch-alerts'
  location: location
  tags: tags
  // Direct: the rule has its own ingestion endpoint. Endpoints cannot be added to an existing rule of another kind.
  kind: 'Direct'
  properties: {
    streamDeclarations: {
      '${streamName}': {
        columns: [for column in columns: { name: column.name, type: column.type }]
      }
    }
    destinations: {
      logAnalytics: [{ name: 'workspace', workspaceResourceId: workspace.id }]
    }
    dataFlows: [
      {
        streams: [streamName]
        destinations: ['workspace']
        transformKql: 'source'
        outputStream: 'Custom-${tableName}'
      }
    ]
  }
  dependsOn: [table]
}

resource writer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rule.id, principalId, roles.monitoringMetricsPublisher)
  scope: rule
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

@description('Ingestion endpoint of the rule.')
output endpoint string = rule.properties.endpoints.logsIngestion

@description('Immutable id of the rule, by which a writer names it.')
output ruleId string = rule.properties.immutableId

@description('Stream to write to.')
output stream string = streamName
