// Saved queries of the workspace, each a file of its own, and two functions that the others are written over.

@description('Required. Name of the existing workspace in this resource group.')
param workspaceName string

var savedQueries = [
  // A function is called by its alias; the others appear under the category in the portal's query list.
  { name: 'VaultwatchAudit', title: 'Vaultwatch: audit records', alias: 'VaultwatchAudit', query: loadTextContent('../queries/VaultwatchAudit.kql') }
  { name: 'VaultwatchAlerts', title: 'Vaultwatch: alerts, ours and Defender\'s', alias: 'VaultwatchAlerts', query: loadTextContent('../queries/VaultwatchAlerts.kql') }
  { name: 'vaultwatch-alerts-latest', title: 'Vaultwatch: latest alerts', alias: '', query: loadTextContent('../queries/alerts-latest.kql') }
  { name: 'vaultwatch-alerts-by-severity', title: 'Vaultwatch: alerts by severity', alias: '', query: loadTextContent('../queries/alerts-by-severity.kql') }
  { name: 'vaultwatch-incidents', title: 'Vaultwatch: incidents', alias: '', query: loadTextContent('../queries/incidents.kql') }
  { name: 'vaultwatch-callers-by-address', title: 'Vaultwatch: callers by address and vault', alias: '', query: loadTextContent('../queries/callers-by-address.kql') }
  { name: 'vaultwatch-failures', title: 'Vaultwatch: failures by request, result and vault', alias: '', query: loadTextContent('../queries/failures.kql') }
  { name: 'vaultwatch-vault-trend', title: 'Vaultwatch: requests per vault', alias: '', query: loadTextContent('../queries/vault-trend.kql') }
  { name: 'vaultwatch-detector-health', title: 'Vaultwatch: health of the detector', alias: '', query: loadTextContent('../queries/detector-health.kql') }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

// One at a time: the workspace refuses concurrent writes to its saved searches.
@batchSize(1)
resource searches 'Microsoft.OperationalInsights/workspaces/savedSearches@2025-02-01' = [for saved in savedQueries: {
  parent: workspace
  name: saved.name
  properties: {
    category: 'Vaultwatch'
    displayName: saved.title
    query: saved.query
    functionAlias: empty(saved.alias) ? null : saved.alias
    version: 2
  }
}]
