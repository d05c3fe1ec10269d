package notify

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Links are the addresses a message may point to. The zero value gives the vault in the public Azure portal only.
type Links struct {
	// Page is the address of an incident in our own console, with {incident} where its id goes; empty for none.
	Page string
	// Portal is the Azure portal, empty for https://portal.azure.com.
	Portal string
}

// Incident is the address of an incident in the console, empty if there is no console.
func (l Links) Incident(id string) string {
	return strings.ReplaceAll(l.Page, "{incident}", url.QueryEscape(id))
}

// Vault is the address of a vault in the portal, empty if id is no resource id.
func (l Links) Vault(id string) string {
	if !strings.HasPrefix(id, "/subscriptions/") {
		return ""
	}
	return l.portal() + "/#@/resource" + (&url.URL{Path: id}).EscapedPath()
}

// Logs is the address of the portal's log page of a vault with a query filled in, empty if id is no resource id.
func (l Links) Logs(id, kql string) string {
	if !strings.HasPrefix(id, "/subscriptions/") {
		return ""
	}
	return l.portal() + "/#blade/Microsoft_OperationsManagementSuite_Workspace/Logs.ReactView/resourceId/" +
		url.PathEscape(id) + "/source/LogsBlade.AnalyticsShareLinkToQuery/query/" + url.PathEscape(kql)
}

func (l Links) portal() string {
	if l.Portal == "" {
		return "https://portal.azure.com"
	}
	return strings.TrimSuffix(l.Portal, "/")
}

// maxQueried bounds the values in one clause of a query: a portal address has limits of its own.
const maxQueried = 10

// KQL is a query that shows what the callers of an incident did on its vaults, an hour around it, from the audit log
// in a Log Analytics workspace in either of its tables. Values are quoted: no name of an attacker's choice can leave
// its string.
func (in Incident) KQL() string {
	var marks []string // what the callers are known by
	for _, p := range in.Principals {
		marks = appendNew(marks, p.ID)
	}
	for _, o := range in.Origins {
		marks = appendNew(marks, o.IP)
	}
	lines := []string{
		"union isfuzzy=true AZKVAuditLogs, (AzureDiagnostics | where ResourceProvider =~ 'MICROSOFT.KEYVAULT')",
		fmt.Sprintf("| where TimeGenerated between (datetime(%s) .. datetime(%s))", stamp(in.Start.Add(-time.Hour)), stamp(in.End.Add(time.Hour))),
	}
	if len(in.Vaults) > 0 {
		lines = append(lines, "| where tolower(_ResourceId) in ("+kqlList(in.Vaults)+")")
	}
	if len(marks) > 0 {
		// The two tables name the caller's columns differently, and one of them may not exist: search the whole row.
		lines = append(lines, "| where tostring(pack_all()) has_any ("+kqlList(marks)+")")
	}
	return strings.Join(append(lines, "| sort by TimeGenerated asc"), "\n")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func kqlList(values []string) string {
	quoted := make([]string, 0, maxQueried)
	for _, v := range values[:min(len(values), maxQueried)] {
		quoted = append(quoted, kqlString(v))
	}
	return strings.Join(quoted, ", ")
}

// kqlString quotes for KQL, whose backslash escapes are C's. Cleaning first leaves no line break that could end it.
func kqlString(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(clean.Strip(s, 300))
	return "'" + s + "'"
}
