// Rules on the detector itself: who watches the watcher. Alerts about vaults are not made here; the detector mails those.

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Workspace with the telemetry.')
param workspaceId string

@description('Required. Address that hears of trouble; empty leaves the rules visible in the portal only.')
param email string

var detectorRules = [
  {
    name: 'vaultwatch-silent'
    title: 'Vaultwatch: no invocation'
    description: 'The minute timer of the detector did not run for a quarter of an hour.'
    severity: 1
    query: loadTextContent('../queries/detector-silent.kql')
    window: 'PT15M'
    // The rule cuts what a query sees to the window, whatever its ago() says: a stamp that stopped beside others that run
    // would be in no row.
    seen: 'P1D'
  }
  {
    name: 'vaultwatch-failures'
    title: 'Vaultwatch: failing invocations'
    description: 'Invocations of the detector fail. The host repeats the same batch, so a partition stands still meanwhile.'
    severity: 2
    query: loadTextContent('../queries/detector-failures.kql')
    window: 'PT15M'
    seen: 'PT15M'
  }
  {
    name: 'vaultwatch-lag'
    title: 'Vaultwatch: lag'
    description: 'Over the last hour the hubs took in clearly more messages than were read.'
    severity: 2
    query: loadTextContent('../queries/detector-lag.kql')
    window: 'PT1H'
    seen: 'PT1H'
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'vaultwatch-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'vaultwatch'
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in detectorRules: {
  name: rule.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    description: rule.description
    severity: rule.severity
    enabled: true
    autoMitigate: true
    // A fresh workspace has no telemetry tables yet, and a query over a missing table would be refused.
    skipQueryValidation: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT15M'
    windowSize: rule.window
    overrideQueryTimeRange: rule.seen
    criteria: {
      allOf: [
        {
          // Every query answers with one row for each thing that is wrong.
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: empty(email) ? [] : [actionGroup.id] }
  }
}]

@description('Action group of the operators; empty without an address.')
output actionGroupId string = empty(email) ? '' : actionGroup.id
