using 'main.bicep'

// Values come from the environment, so that azd and a plain az deployment read the same file. Change the fallbacks for
// what rarely changes; keep the mail key out of this file.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'main')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// Comma-separated: every region that holds vaults.
param regions = split(readEnvironmentVariable('VAULTWATCH_REGIONS', readEnvironmentVariable('AZURE_LOCATION', 'westeurope')), ',')

// any(): the checker knows the environment only as a string, and the parameter allows three of them.
param enrolment = any(readEnvironmentVariable('VAULTWATCH_ENROLMENT', 'policy'))
param excludedScopes = filter(split(readEnvironmentVariable('VAULTWATCH_EXCLUDED_SCOPES', ''), ','), s => !empty(s))
// JSON: [{"resourceId": "...", "region": "..."}], for enrolment by list.
param vaults = json(readEnvironmentVariable('VAULTWATCH_VAULTS', '[]'))
param auditToWorkspace = bool(readEnvironmentVariable('VAULTWATCH_AUDIT_TO_WORKSPACE', 'false'))

param mailTo = readEnvironmentVariable('VAULTWATCH_MAIL_TO', '')
param mailFrom = readEnvironmentVariable('VAULTWATCH_MAIL_FROM', '')
param sendGridKey = readEnvironmentVariable('VAULTWATCH_SENDGRID_KEY', '')
param operatorEmail = readEnvironmentVariable('VAULTWATCH_OPERATOR_EMAIL', '')

// JSON: {"VAULTWATCH_CANARIES": "..."}, further app settings. A deployment sets all of them, so those left out here go.
param more = json(readEnvironmentVariable('VAULTWATCH_MORE', '{}'))

param workspaceResourceId = readEnvironmentVariable('VAULTWATCH_WORKSPACE_ID', '')
