#!/bin/sh
# Takes Vaultwatch out of a subscription: first the policy, so that it puts nothing back, then the diagnostic settings on
# vaults and Activity Log, then the resource groups, and last what Azure only marks as deleted.
#
#   infra/remove.sh [--dry-run] [--keep-groups]
#
# AZURE_ENV_NAME names the installation (default: main). --dry-run prints what would be deleted. --keep-groups leaves the
# resource groups to azd down. An existing workspace (VAULTWATCH_WORKSPACE_ID) keeps the table of alerts.
set -eu

env="${AZURE_ENV_NAME:-main}"
dry=""
groups=yes
for option in "$@"; do
  case "$option" in
    --dry-run) dry=yes ;;
    --keep-groups) groups="" ;;
    *) echo "unknown option $option; the options are --dry-run and --keep-groups" >&2; exit 2 ;;
  esac
done

# change runs a command that deletes, or only prints it.
change() {
  echo "az $*"
  if [ -z "$dry" ]; then az "$@" >/dev/null; fi
}

setting_version='api-version=2021-05-01-preview'
subscription=$(az account show --query id --output tsv)
echo "# Removing Vaultwatch ($env) from subscription $subscription"

for remediation in $(az policy remediation list --query "[?starts_with(name, 'vaultwatch-')].name" --output tsv); do
  change policy remediation delete --name "$remediation"
done
for assignment in $(az policy assignment list --query "[?starts_with(displayName, 'Vaultwatch: ')].name" --output tsv); do
  # A role assignment outlives its identity and would block the next installation, whose assignments have the same names.
  principal=$(az policy assignment show --name "$assignment" --query identity.principalId --output tsv)
  for role in $(az role assignment list --all --assignee "$principal" --query '[].id' --output tsv); do
    change role assignment delete --ids "$role"
  done
  change policy assignment delete --name "$assignment"
done

# A vault that is deleted and made anew would inherit a setting that stays. Deleting one that is not there is no error.
for vault in $(az keyvault list --query '[].id' --output tsv); do
  for setting in vaultwatch vaultwatch-workspace; do
    change rest --method delete --url "$vault/providers/Microsoft.Insights/diagnosticSettings/$setting?$setting_version"
  done
done
change rest --method delete --url "/subscriptions/$subscription/providers/Microsoft.Insights/diagnosticSettings/vaultwatch?$setting_version"

if [ -n "${VAULTWATCH_WORKSPACE_ID:-}" ]; then
  for search in $(az rest --method get --url "$VAULTWATCH_WORKSPACE_ID/savedSearches?api-version=2025-02-01" --query "value[?properties.category=='Vaultwatch'].id" --output tsv); do
    change rest --method delete --url "$search?api-version=2025-02-01"
  done
  change rest --method delete --url "${VAULTWATCH_WORKSPACE_ID%%/providers/*}/providers/Microsoft.Insights/dataCollectionRules/vaultwatch-alerts?api-version=2024-03-11"
  echo "# Kept: the table VaultwatchAlerts_CL with your alerts, in $VAULTWATCH_WORKSPACE_ID"
fi

if [ -z "$groups" ]; then exit 0; fi
for group in $(az group list --tag "azd-env-name=$env" --query "[?tags.application=='vaultwatch'].name" --output tsv); do
  vaults=$(az keyvault list --resource-group "$group" --query '[].name' --output tsv)
  # Without --force a workspace stays recoverable, and its name taken, for two weeks.
  for workspace in $(az monitor log-analytics workspace list --resource-group "$group" --query '[].name' --output tsv); do
    change monitor log-analytics workspace delete --resource-group "$group" --workspace-name "$workspace" --force --yes
  done
  change group delete --name "$group" --yes
  for vault in $vaults; do
    change keyvault purge --name "$vault" || echo "# $vault has purge protection: its name is free when its retention ends" >&2
  done
done
