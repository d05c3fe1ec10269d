package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// alertsView is the list of alerts, filtered and paged.
type alertsView struct {
	Filter   filter
	Severity string
	Rows     []alertRow
	Total    int
	Next     string
	CSV      string
	Types    []string
	Hidden   []pair
	Chosen   []chosen
	Reset    string
}

// chosen is one condition that came by a link and has no field in the form.
type chosen struct{ Name, Value string }

type alertRow struct {
	Severity string
	Early    bool // to be confirmed or taken back within minutes
	Title    ref
	Type     string
	Vaults   []ref
	More     int
	Who      ref
	IP       string
	Time     time.Time
	Objects  int
	State    string
	Reason   string
}

func (c *console) alertList(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return answer{}, err
	}
	page, total, next := f.choose(k.alerts)
	view := alertsView{Filter: f, Rows: alertRows(page, v.links), Total: total, CSV: v.links.to("alerts.csv", f.pairs()...), Hidden: v.links.hidden(), Reset: v.links.to("alerts"), Types: typesOf(k.alerts)}
	if f.Severity != nil {
		view.Severity = f.Severity.String()
	}
	if next != "" {
		view.Next = v.links.to("alerts", append(f.pairs(), "before", next)...)
	}
	for _, p := range []pair{{"vault", f.Vault}, {"caller", f.Caller}, {"ip", f.IP}, {"application", f.Application}} {
		if p.Value != "" {
			view.Chosen = append(view.Chosen, chosen(p))
			view.Hidden = append(view.Hidden, p)
		}
	}
	return answer{page: "alerts", title: "Alerts", view: view}, nil
}

func typesOf(list []judged) []string {
	var types []string
	seen := map[string]bool{}
	for _, j := range list {
		if !seen[j.Type] {
			seen[j.Type] = true
			types = append(types, j.Type)
		}
	}
	return types
}

func alertRows(list []judged, l links) []alertRow {
	var rows []alertRow
	for _, j := range list {
		row := alertRow{Severity: j.Severity.String(), Early: j.Early, Title: ref{j.Title, l.to("alert", "id", j.ID)}, Type: j.Type, IP: j.IP, Time: j.Time, Objects: j.objects, State: j.word(), Who: l.caller(j.Caller, j.CallerName, j.CallerKind)}
		row.Vaults = l.vaults(j.Vaults[:min(len(j.Vaults), 2)])
		row.More = len(j.Vaults) - len(row.Vaults)
		if len(j.Reasons) > 0 {
			row.Reason = j.Reasons[0]
		}
		rows = append(rows, row)
	}
	return rows
}

// maxExport bounds the rows of one CSV file.
const maxExport = 20_000

func (c *console) alertsCSV(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return answer{}, err
	}
	f.Limit = maxExport
	page, _, _ := f.choose(k.alerts)
	return answer{kind: "text/csv; charset=utf-8", file: "alerts.csv", body: alertsAsCSV(page)}, nil
}

func alertsAsCSV(list []judged) []byte {
	rows := [][]string{{"time", "severity", "type", "title", "status", "confidence", "vaults", "caller", "callerName", "callerKind", "application", "ip", "clientInfo", "objects", "reason", "incident", "id", "start", "end", "seen"}}
	for _, j := range list {
		rows = append(rows, []string{stampOf(j.Time), j.Severity.String(), j.Type, j.Title, j.word(), j.Confidence, spaced(j.Vaults), j.Caller, j.CallerName, j.CallerKind,
			j.Application, j.IP, j.ClientInfo, fmt.Sprint(j.objects), firstOf(j.Alert), j.Incident, j.ID, stampOf(j.Start), stampOf(j.End), stampOf(j.Seen)})
	}
	return writeCSV(rows)
}

func firstOf(a detection.Alert) string {
	if len(a.Reasons) == 0 {
		return ""
	}
	return a.Reasons[0]
}

func spaced(list []string) string { return strings.Join(list, " ") }

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// className names the classes of operations for people.
func className(c audit.Class) string {
	return [audit.Classes]string{"other operations", "reading secrets", "reading keys and certificates", "listing", "using keys", "exporting", "writing", "deleting", "reviving", "changing rights", "looking at the vault", "background work"}[c]
}
