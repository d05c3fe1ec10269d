package infra_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A stand-in for the az command: it answers the questions of remove.sh and writes down every call.
const az = `#!/bin/sh
echo "$*" >> "$AZ_CALLS"
case "$*" in
  "account show"*) echo 00000000-0000-0000-0000-000000000001 ;;
  "policy remediation list"*) echo vaultwatch-westeurope-1 ;;
  "policy assignment list"*) echo vw-westeurope ;;
  "policy assignment show"*) echo 00000000-0000-0000-0000-000000000002 ;;
  "role assignment list"*) printf '/role/1\n/role/2\n' ;;
  "keyvault list --resource-group rg-vaultwatch-main"*) echo vw-own ;;
  "keyvault list --query"*) printf '/vault/a\n/vault/b\n' ;;
  "group list"*) echo rg-vaultwatch-main ;;
  "monitor log-analytics workspace list"*) echo vaultwatch-ws ;;
  "rest --method get"*) echo /search/1 ;;
esac
`

func remove(t *testing.T, env []string, options ...string) []string {
	t.Helper()
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(az), 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("sh", append([]string{"./remove.sh"}, options...)...)
	command.Env = append(env, "AZ_CALLS="+calls, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// changes keeps the calls that change something.
func changes(calls []string) []string {
	return slices.DeleteFunc(calls, func(call string) bool {
		return !strings.Contains(call, "delete") && !strings.Contains(call, "purge")
	})
}

// The order matters: a policy that outlives its settings writes them again, and a group deleted too early takes along
// what is needed to find the rest.
func TestRemoveTakesEverythingInOrder(t *testing.T) {
	setting := "/providers/Microsoft.Insights/diagnosticSettings/"
	version := "?api-version=2021-05-01-preview"
	want := []string{
		"policy remediation delete --name vaultwatch-westeurope-1",
		"role assignment delete --ids /role/1",
		"role assignment delete --ids /role/2",
		"policy assignment delete --name vw-westeurope",
		"rest --method delete --url /vault/a" + setting + "vaultwatch" + version,
		"rest --method delete --url /vault/a" + setting + "vaultwatch-workspace" + version,
		"rest --method delete --url /vault/b" + setting + "vaultwatch" + version,
		"rest --method delete --url /vault/b" + setting + "vaultwatch-workspace" + version,
		"rest --method delete --url /subscriptions/00000000-0000-0000-0000-000000000001" + setting + "vaultwatch" + version,
		"monitor log-analytics workspace delete --resource-group rg-vaultwatch-main --workspace-name vaultwatch-ws --force --yes",
		"group delete --name rg-vaultwatch-main --yes",
		"keyvault purge --name vw-own",
	}
	if got := changes(remove(t, nil)); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRemoveDryRunChangesNothing(t *testing.T) {
	if got := changes(remove(t, nil, "--dry-run")); len(got) > 0 {
		t.Errorf("changed: %v", got)
	}
}

func TestRemoveKeepsGroupsForAzd(t *testing.T) {
	got := changes(remove(t, nil, "--keep-groups"))
	for _, call := range got {
		if strings.Contains(call, "group delete") || strings.Contains(call, "purge") {
			t.Errorf("touched a group: %s", call)
		}
	}
	if len(got) != 9 {
		t.Errorf("want the nine deletions outside the groups, got %v", got)
	}
}

func TestRemoveLeavesAnExistingWorkspaceItsAlerts(t *testing.T) {
	id := "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
	got := changes(remove(t, []string{"VAULTWATCH_WORKSPACE_ID=" + id}, "--keep-groups"))
	want := []string{
		"rest --method delete --url /search/1?api-version=2025-02-01",
		"rest --method delete --url /subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/vaultwatch-alerts?api-version=2024-03-11",
	}
	if tail := got[len(got)-2:]; !slices.Equal(tail, want) {
		t.Errorf("got %v, want %v", tail, want)
	}
	for _, call := range got {
		if strings.Contains(call, "tables") {
			t.Errorf("touched the table: %s", call)
		}
	}
}

func TestRemoveRefusesUnknownOptions(t *testing.T) {
	out, err := exec.Command("sh", "./remove.sh", "--all").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the options are") {
		t.Errorf("want a refusal that names the options, got %v: %s", err, out)
	}
}
