package notify

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
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

// resourceID is what a resource id is made of; anything else becomes no link.
var resourceID = regexp.MustCompile(`^/subscriptions(/[A-Za-z0-9._()-]+)+$`)

// Vault is the address of a vault in the portal, empty if id is no resource id.
func (l Links) Vault(id string) string {
	if !resourceID.MatchString(id) {
		return ""
	}
	return l.portal() + "/#@/resource" + id
}

// Logs is the address of the portal's log page of a vault with a query filled in, empty if id is no resource id.
func (l Links) Logs(id, kql string) string {
	if !resourceID.MatchString(id) {
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
// in a Log Analytics workspace in either of its tables. It holds ids and addresses only: no text of an attacker's
// choice comes near it.
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
	if list := kqlList(in.Vaults); list != "" {
		lines = append(lines, "| where tolower(_ResourceId) in ("+list+")"+kqlRest(in.Vaults))
	}
	if list := kqlList(marks); list != "" {
		// The two tables name the caller's columns differently, and one of them may not exist: search the whole row.
		lines = append(lines, "| where tostring(pack_all()) has_any ("+list+")"+kqlRest(marks))
	}
	return strings.Join(append(lines, "| sort by TimeGenerated asc"), "\n")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// askable is a value that a query may ask for: ids, addresses and resource ids are made of these characters. Whatever
// is not is left out rather than quoted: it would match nothing that is worth a line.
var askable = regexp.MustCompile(`^[A-Za-z0-9.:_@/()-]{1,300}$`)

func kqlList(values []string) string {
	var quoted []string
	for _, v := range values {
		if len(quoted) < maxQueried && askable.MatchString(v) && !strings.Contains(v, "//") {
			quoted = append(quoted, "'"+v+"'")
		}
	}
	return strings.Join(quoted, ", ")
}

// kqlRest is a comment that says how many values the clause leaves out.
func kqlRest(values []string) string {
	if more := len(values) - maxQueried; more > 0 {
		return fmt.Sprintf(" // and %d more", more)
	}
	return ""
}
