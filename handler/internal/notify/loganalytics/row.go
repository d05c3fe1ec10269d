package loganalytics

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Row is one alert in the columns of SecurityAlert. As there, Entities, ExtendedLinks, ExtendedProperties and
// RemediationSteps are text that holds JSON. Columns that have no meaning here are left out.
type Row struct {
	// TimeGenerated is when the alert was raised, since the service replaces times more than two days old; StartTime
	// and EndTime are event times.
	TimeGenerated     time.Time `json:"TimeGenerated"`
	StartTime         time.Time `json:"StartTime"`
	EndTime           time.Time `json:"EndTime"`
	ProcessingEndTime time.Time `json:"ProcessingEndTime"`

	// SystemAlertId is the alert's id, the same in every repetition of the row.
	SystemAlertId    string `json:"SystemAlertId"`
	VendorOriginalId string `json:"VendorOriginalId"`
	AlertType        string `json:"AlertType"`
	AlertName        string `json:"AlertName"`
	DisplayName      string `json:"DisplayName"`
	Description      string `json:"Description"`
	AlertSeverity    string `json:"AlertSeverity"`
	ConfidenceLevel  string `json:"ConfidenceLevel"`
	Status           string `json:"Status"`
	IsIncident       bool   `json:"IsIncident"`

	ProductName          string `json:"ProductName"`
	ProductComponentName string `json:"ProductComponentName"`
	ProviderName         string `json:"ProviderName"`
	VendorName           string `json:"VendorName"`

	ResourceId              string `json:"ResourceId"`
	CompromisedEntity       string `json:"CompromisedEntity"`
	WorkspaceSubscriptionId string `json:"WorkspaceSubscriptionId"`
	WorkspaceResourceGroup  string `json:"WorkspaceResourceGroup"`

	Tactics            string `json:"Tactics"`
	Techniques         string `json:"Techniques"`
	SubTechniques      string `json:"SubTechniques"`
	RemediationSteps   string `json:"RemediationSteps"`
	Entities           string `json:"Entities"`
	ExtendedProperties string `json:"ExtendedProperties"`
	ExtendedLinks      string `json:"ExtendedLinks"`
	AlertLink          string `json:"AlertLink"`
}

// maxColumn stays below the 64 KB at which the service cuts a column in the middle of its JSON.
const maxColumn = 60 << 10

// NewRow converts an alert; now stands in where the alert does not say when it was raised.
func NewRow(a detection.Alert, links notify.Links, now time.Time) Row {
	raised := a.Seen
	if raised.IsZero() {
		raised = now
	}
	row := Row{
		TimeGenerated: raised.UTC(), ProcessingEndTime: raised.UTC(), StartTime: a.Start.UTC(), EndTime: a.End.UTC(),
		SystemAlertId: a.ID, VendorOriginalId: a.ID, AlertType: a.Type, AlertName: a.Title, DisplayName: a.Title,
		Description: cut(strings.Join(a.Reasons, " "), maxColumn), AlertSeverity: a.Severity.String(), ConfidenceLevel: a.Confidence, Status: status(a),
		ProductName: "Vaultwatch", ProductComponentName: "KeyVault", ProviderName: "Vaultwatch", VendorName: "Vaultwatch",
		ResourceId: a.Vault, CompromisedEntity: notify.VaultName(a.Vault),
		Tactics: strings.Join(a.Tactics, ","), RemediationSteps: fitted(a.Remediation),
		Entities: fitted(entities(a)), ExtendedProperties: properties(a), AlertLink: links.Incident(notify.IncidentOf(a)),
	}
	row.WorkspaceSubscriptionId, row.WorkspaceResourceGroup = scope(a.Vault)
	row.Techniques, row.SubTechniques = techniques(a.Techniques)
	if link := links.Vault(a.Vault); link != "" {
		row.ExtendedLinks = fitted([]map[string]string{{"Href": link, "Category": "azure", "Label": "The vault in the portal"}})
	}
	return row
}

func status(a detection.Alert) string {
	if a.Suppressed != "" {
		return "Dismissed"
	}
	return "New"
}

func scope(vault string) (subscription, group string) {
	parts := strings.Split(vault, "/")
	for i := 1; i+1 < len(parts); i++ {
		switch strings.ToLower(parts[i]) {
		case "subscriptions":
			subscription = parts[i+1]
		case "resourcegroups":
			group = parts[i+1]
		}
	}
	return subscription, group
}

// techniques splits "T1555.006" as SecurityAlert does: the technique in one column, the sub-technique in the other.
func techniques(list []string) (whole, sub string) {
	var wholes, subs []string
	for _, t := range list {
		base, _, found := strings.Cut(t, ".")
		wholes = append(wholes, base)
		if found {
			subs = append(subs, t)
		}
	}
	return fitted(wholes), fitted(subs)
}

func entities(a detection.Alert) []map[string]any {
	var list []map[string]any
	add := func(e map[string]any) {
		e["$id"] = strconv.Itoa(len(list) + 2) // as Defender numbers them
		list = append(list, e)
	}
	vaults := a.Vaults
	if len(vaults) == 0 && a.Vault != "" {
		vaults = []string{a.Vault}
	}
	for _, v := range vaults[:min(len(vaults), 50)] {
		add(map[string]any{"Type": "azure-resource", "ResourceId": v, "ResourceType": "Key Vault", "ResourceName": notify.VaultName(v)})
	}
	if a.Caller != "" {
		add(map[string]any{"Type": "account", "AadUserId": a.Caller, "Name": a.CallerName})
	}
	if a.IP != "" {
		add(map[string]any{"Type": "ip", "Address": a.IP})
	}
	return list
}

// properties is the evidence under the names that Defender's alerts use, and ours for what they do not have. Touched
// objects that do not fit the column are counted.
func properties(a detection.Alert) string {
	p := map[string]any{
		"Start Time UTC": a.Start.UTC(), "End Time UTC": a.End.UTC(),
		"All vault operations in last 24 hours": a.Operations,
		"Attacker IP Address":                   a.IP, "Attacker Object ID": a.Caller, "Attacker Name": a.CallerName, "Attacker Kind": a.CallerKind,
		"Application ID": a.Application, "Client Information": a.ClientInfo, "Alert Reasons": a.Reasons,
		"EffectiveAzureResourceId": a.Vault, "resourceType": "Key Vault",
		"Incident": notify.IncidentOf(a), "Vaults": a.Vaults, "Sample": a.Sample, "Suppressed by": a.Suppressed,
	}
	for {
		p["Objects"], p["More objects"] = a.Objects, a.MoreObjects
		text := encode(p)
		if len(text) <= maxColumn || len(a.Objects) == 0 {
			return cut(text, maxColumn)
		}
		a = notify.FewerObjects(a)
	}
}

// fitted is a list as JSON that fits a column: the last elements go, the text stays JSON.
func fitted[T any](list []T) string {
	for {
		text := encode(list)
		if len(text) <= maxColumn || len(list) == 0 {
			return text
		}
		list = list[:len(list)/2]
	}
}

func encode(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // people read this column
	if err := enc.Encode(v); err != nil {
		return "{}" // strings, numbers and times always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
}
