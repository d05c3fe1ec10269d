// The function app: Flex Consumption with our own Go binary as its handler. The settings stand first: they are the
// contract with the program, and a test compares them with it in both directions.

@description('Required. App name, unique in the cloud.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Service name of azure.yaml that azd publishes here; empty for none.')
param azdService string

@description('Required. The identity of the app.')
param identity { resourceId: string, clientId: string }

@description('Required. Host storage: endpoints with a slash at the end, and the container of the deployment package.')
param hostStorage { blobEndpoint: string, queueEndpoint: string, tableEndpoint: string, packageContainer: string }

@description('Required. Account that holds the memory.')
param memoryAccountName string

@description('Required. The hubs to read.')
param hub { namespace: string, auditHub: string, activityHub: string, consumerGroup: string }

@description('Required. Where alerts go in Log Analytics.')
param logs { endpoint: string, ruleId: string, stream: string }

@description('Required. Mail: empty addresses mean no mail. keySecretUri is the versionless URI of the secret, so that a rotated key is picked up.')
param mail { to: string, from: string, keySecretUri: string }

@description('Required. Further settings of the program by their names, as serve -h lists them; an empty object for none.')
param more object

@description('Required. Application Insights component.')
param insights { name: string, resourceGroup: string }

@description('Required. Size and reach of the app.')
param scale { instanceMemoryMB: 512 | 2048 | 4096, maximumInstanceCount: int, alwaysReady: int }

// Read by the program.
var programSettings = {
  VAULTWATCH_STORE: 'https://${memoryAccountName}.table.${environment().suffixes.storage}'
  VAULTWATCH_MAIL_TO: mail.to
  VAULTWATCH_MAIL_FROM: mail.from
  VAULTWATCH_SENDGRID_KEY: empty(mail.to) ? '' : '@Microsoft.KeyVault(SecretUri=${mail.keySecretUri})'
  VAULTWATCH_LOGS_ENDPOINT: logs.endpoint
  VAULTWATCH_LOGS_RULE: logs.ruleId
  VAULTWATCH_LOGS_STREAM: logs.stream
  // Whoever wants more says so in the parameter; an empty setting counts as not given.
  VAULTWATCH_CANARIES: contains(more, 'VAULTWATCH_CANARIES') ? more.VAULTWATCH_CANARIES : ''
  VAULTWATCH_KNOWN_NETWORKS: contains(more, 'VAULTWATCH_KNOWN_NETWORKS') ? more.VAULTWATCH_KNOWN_NETWORKS : ''
  VAULTWATCH_SETTINGS: contains(more, 'VAULTWATCH_SETTINGS') ? more.VAULTWATCH_SETTINGS : ''
  VAULTWATCH_TOR: contains(more, 'VAULTWATCH_TOR') ? more.VAULTWATCH_TOR : ''
  VAULTWATCH_FEEDS: contains(more, 'VAULTWATCH_FEEDS') ? more.VAULTWATCH_FEEDS : ''
  VAULTWATCH_MAIL_SEVERITY: contains(more, 'VAULTWATCH_MAIL_SEVERITY') ? more.VAULTWATCH_MAIL_SEVERITY : ''
  VAULTWATCH_DIGEST_HOUR: contains(more, 'VAULTWATCH_DIGEST_HOUR') ? more.VAULTWATCH_DIGEST_HOUR : ''
  VAULTWATCH_SENDGRID_HOST: contains(more, 'VAULTWATCH_SENDGRID_HOST') ? more.VAULTWATCH_SENDGRID_HOST : ''
  VAULTWATCH_SENDGRID_SANDBOX: contains(more, 'VAULTWATCH_SENDGRID_SANDBOX') ? more.VAULTWATCH_SENDGRID_SANDBOX : ''
  VAULTWATCH_SMTP_HOST: contains(more, 'VAULTWATCH_SMTP_HOST') ? more.VAULTWATCH_SMTP_HOST : ''
  VAULTWATCH_SMTP_PORT: contains(more, 'VAULTWATCH_SMTP_PORT') ? more.VAULTWATCH_SMTP_PORT : ''
  VAULTWATCH_SMTP_SECURITY: contains(more, 'VAULTWATCH_SMTP_SECURITY') ? more.VAULTWATCH_SMTP_SECURITY : ''
  VAULTWATCH_SMTP_USER: contains(more, 'VAULTWATCH_SMTP_USER') ? more.VAULTWATCH_SMTP_USER : ''
  VAULTWATCH_SMTP_PASSWORD: contains(more, 'VAULTWATCH_SMTP_PASSWORD') ? more.VAULTWATCH_SMTP_PASSWORD : ''
  VAULTWATCH_WEBHOOK_URL: contains(more, 'VAULTWATCH_WEBHOOK_URL') ? more.VAULTWATCH_WEBHOOK_URL : ''
  VAULTWATCH_WEBHOOK_FORM: contains(more, 'VAULTWATCH_WEBHOOK_FORM') ? more.VAULTWATCH_WEBHOOK_FORM : ''
  VAULTWATCH_WEBHOOK_SECRET: contains(more, 'VAULTWATCH_WEBHOOK_SECRET') ? more.VAULTWATCH_WEBHOOK_SECRET : ''
  VAULTWATCH_WEBHOOK_SEVERITY: contains(more, 'VAULTWATCH_WEBHOOK_SEVERITY') ? more.VAULTWATCH_WEBHOOK_SEVERITY : ''
  VAULTWATCH_EXPORT_NAMESPACE: contains(more, 'VAULTWATCH_EXPORT_NAMESPACE') ? more.VAULTWATCH_EXPORT_NAMESPACE : ''
  VAULTWATCH_EXPORT_HUB: contains(more, 'VAULTWATCH_EXPORT_HUB') ? more.VAULTWATCH_EXPORT_HUB : ''
  VAULTWATCH_EXPORT_FORM: contains(more, 'VAULTWATCH_EXPORT_FORM') ? more.VAULTWATCH_EXPORT_FORM : ''
  VAULTWATCH_PAGE: contains(more, 'VAULTWATCH_PAGE') ? more.VAULTWATCH_PAGE : ''
  VAULTWATCH_PORTAL: contains(more, 'VAULTWATCH_PORTAL') ? more.VAULTWATCH_PORTAL : ''
  AZURE_CLIENT_ID: identity.clientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
}

// Read by the host on behalf of the function.json files. A connection by user-assigned identity needs all three parts.
var triggerSettings = {
  VAULTWATCH_HUB__fullyQualifiedNamespace: '${hub.namespace}.${serviceBusSuffix}'
  VAULTWATCH_HUB__credential: 'managedidentity'
  VAULTWATCH_HUB__clientId: identity.clientId
  VAULTWATCH_AUDIT_HUB: hub.auditHub
  VAULTWATCH_ACTIVITY_HUB: hub.activityHub
  VAULTWATCH_CONSUMER_GROUP: hub.consumerGroup
}

// Read by the host for itself. The runtime is no setting on Flex Consumption: FUNCTIONS_WORKER_RUNTIME is refused there.
var hostSettings = {
  AzureWebJobsStorage__blobServiceUri: hostStorage.blobEndpoint
  AzureWebJobsStorage__queueServiceUri: hostStorage.queueEndpoint
  AzureWebJobsStorage__tableServiceUri: hostStorage.tableEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
}

// environment() has no suffix for Event Hubs; these are the clouds that have Functions.
var serviceBusSuffix = environment().name == 'AzureUSGovernment' ? 'servicebus.usgovcloudapi.net' : environment().name == 'AzureChinaCloud' ? 'servicebus.chinacloudapi.cn' : 'servicebus.windows.net'

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights.name
  scope: resourceGroup(insights.resourceGroup)
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: '${name}-plan'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: empty(azdService) ? tags : union(tags, { 'azd-service-name': azdService })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.resourceId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identity.resourceId
    functionAppConfig: {
      runtime: { name: 'custom', version: '1.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.blobEndpoint}${hostStorage.packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.resourceId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: scale.instanceMemoryMB
        maximumInstanceCount: scale.maximumInstanceCount
        // Each function scales by itself; only the audit batches are worth a warm instance.
        alwaysReady: scale.alwaysReady > 0 ? [{ name: 'function:AuditBatch', instanceCount: scale.alwaysReady }] : []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // map and not a loop: one value is known only while deploying.
      appSettings: map(items(union(programSettings, triggerSettings, hostSettings)), setting => {
        name: setting.key
        value: setting.value
      })
    }
  }
}

// Publishing goes through Entra; user name and password stay off.
resource ftpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('App name, for make publish.')
output name string = app.name

@description('Address of the page and the API.')
output url string = 'https://${app.properties.defaultHostName}/api/'
