// Every role that this deployment hands out, by name. No other file may carry a role's id: a check holds that.
// Ids are those of the built-in roles, equal in every tenant.

@export()
@description('Ids of the built-in roles that the detector and the policy identities get.')
var roles = {
  // Host locks, function keys, hub checkpoints and the deployment package, all blobs of the host storage.
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  // Queues that the host keeps for itself in the host storage.
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  // The memory of the detector, and the diagnostic tables of the host.
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  // Reading the hubs: trigger and scale controller.
  eventHubsDataReceiver: 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'
  // Sending rows through the data collection rule, and telemetry to Application Insights.
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  // Reading the mail key that an app setting refers to.
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  // Policy identity: writing diagnostic settings. Named by the built-in definitions.
  logAnalyticsContributor: '92aaf0da-9dab-42b6-94a3-d43ce8d16293'
  // Policy identity: listing the keys of the authorization rule that a setting names. Named by the built-in definition.
  eventHubsDataOwner: 'f526a384-b230-433a-b45c-95f59c4a2dec'
}
