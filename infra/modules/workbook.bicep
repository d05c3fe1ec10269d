// The workbook: alerts, incidents, callers, failures, trends and the detector's health on one page. Its file can also be
// pasted into the portal's advanced editor.

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Workspace that the workbook asks.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // A workbook's name must be a GUID; a stable one makes the next deployment update the same workbook.
  name: guid(resourceGroup().id, 'vaultwatch')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Vaultwatch'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook.json')
  }
}
