// A rule on the hub itself, so that a detector which is altogether dead is noticed without its help.

@description('Required. Resource id of the namespace.')
param namespaceId string

@description('Required. Tags.')
param tags object

@description('Required. Action group; empty for none.')
param actionGroupId string

resource unread 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'vaultwatch-unread'
  location: 'global'
  tags: tags
  properties: {
    description: 'Messages arrived in the hubs and nobody read any for half an hour: the detector is blind.'
    severity: 1
    enabled: true
    autoMitigate: true
    scopes: [namespaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT30M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'arriving'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'IncomingMessages'
          metricNamespace: 'Microsoft.EventHub/namespaces'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
        {
          name: 'unread'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'OutgoingMessages'
          metricNamespace: 'Microsoft.EventHub/namespaces'
          timeAggregation: 'Total'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: empty(actionGroupId) ? [] : [{ actionGroupId: actionGroupId }]
  }
}
