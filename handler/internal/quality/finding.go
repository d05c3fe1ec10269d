package quality

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Finding is what the measure reads of an alert. Findings with one ID are an alert and its updates.
type Finding struct {
	ID   string
	Type string
	// Incident groups the findings of one story; empty where a judge does not group.
	Incident string
	// Also are further types the finding may stand for, for judges that do not tell them apart.
	Also []string
	// Time is the event time of the deciding record; Raised is when it was told where that is later by design (rules
	// that run once a day), else zero.
	Time, Raised time.Time
	// Vaults are resource ids in any case; empty for what spans vaults.
	Vaults []string
	// Caller and Application are ids, empty for what is about an address.
	Caller, Application string
	IP                  string
	// Objects is the list to rotate, if there is one.
	Objects []month.Object
}

// Findings are the findings of our own alerts.
func Findings(alerts []detection.Alert) []Finding {
	out := make([]Finding, 0, len(alerts))
	for _, a := range alerts {
		f := Finding{ID: a.ID, Type: a.Type, Incident: a.Incident, Also: a.Also, Time: a.Time, Caller: a.Caller, Application: a.Application, IP: a.IP, Vaults: a.Vaults}
		if a.Vault != "" {
			f.Vaults = append([]string{a.Vault}, a.Vaults...)
		}
		for _, o := range a.Objects {
			f.Objects = append(f.Objects, month.Object{Vault: strings.ToLower(o.Vault), Name: strings.ToLower(o.Name)})
		}
		out = append(out, f)
	}
	return out
}

// wire is a finding as a JSON line: the shape of our alerts, with what other judges may add.
type wire struct {
	ID          string              `json:"id"`
	Type        string              `json:"type"`
	Also        []string            `json:"also"`
	Time        time.Time           `json:"time"`
	Raised      time.Time           `json:"raised"`
	Vault       string              `json:"vault"`
	Vaults      []string            `json:"vaults"`
	Caller      string              `json:"caller"`
	Application string              `json:"application"`
	IP          string              `json:"ip"`
	Objects     []detection.Touched `json:"objects"`
}

// ReadFindings reads alerts from JSON lines; lines that do not begin with a brace are skipped, as a log may hold both.
func ReadFindings(from io.Reader) ([]Finding, error) {
	var out []Finding
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if !strings.HasPrefix(text, "{") {
			continue
		}
		var w wire
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return nil, fmt.Errorf("read alerts: line %d: %w", n, err)
		}
		if w.Type == "" || w.Time.IsZero() {
			return nil, fmt.Errorf("read alerts: line %d: an alert needs a type and a time", n)
		}
		if w.ID == "" {
			w.ID = fmt.Sprintf("line-%d", n-1)
		}
		alert := detection.Alert{ID: w.ID, Type: w.Type, Time: w.Time, Vault: w.Vault, Vaults: w.Vaults, Caller: w.Caller, Application: w.Application, IP: w.IP, Objects: w.Objects}
		f := Findings([]detection.Alert{alert})[0]
		f.Also, f.Raised = w.Also, w.Raised
		out = append(out, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	return out, nil
}

// ReadLabels reads a labels file.
func ReadLabels(from io.Reader) (month.Labels, error) {
	var l month.Labels
	if err := json.NewDecoder(from).Decode(&l); err != nil {
		return l, fmt.Errorf("read labels: %w", err)
	}
	return l, nil
}
