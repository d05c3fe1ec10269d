package eventhub

import (
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// The OCSF schema this follows: class 2004 Detection Finding of category 2 Findings, with the cloud profile.
const (
	schema   = "1.3.0"
	category = 2
	class    = 2004
	create   = 1
)

// Finding is an alert as an OCSF Detection Finding. Times are milliseconds since 1970.
type Finding struct {
	ActivityID   int    `json:"activity_id"`
	ActivityName string `json:"activity_name"`
	CategoryUID  int    `json:"category_uid"`
	CategoryName string `json:"category_name"`
	ClassUID     int    `json:"class_uid"`
	ClassName    string `json:"class_name"`
	TypeUID      int    `json:"type_uid"`
	TypeName     string `json:"type_name"`
	Time         int64  `json:"time"`
	StartTime    int64  `json:"start_time"`
	EndTime      int64  `json:"end_time"`
	SeverityID   int    `json:"severity_id"`
	Severity     string `json:"severity"`
	StatusID     int    `json:"status_id"`
	Status       string `json:"status"`
	ConfidenceID int    `json:"confidence_id"`
	Confidence   string `json:"confidence"`
	Message      string `json:"message"`

	Metadata    Metadata    `json:"metadata"`
	FindingInfo FindingInfo `json:"finding_info"`
	Cloud       Cloud       `json:"cloud"`
	Resources   []Resource  `json:"resources"`
	Evidences   []Evidence  `json:"evidences"`
	Remediation *Text       `json:"remediation,omitempty"`
	// Unmapped is what OCSF has no place for, under the names of our own JSON.
	Unmapped map[string]any `json:"unmapped"`
}

// Metadata says who speaks in which version of the schema.
type Metadata struct {
	Version  string   `json:"version"`
	Profiles []string `json:"profiles"`
	UID      string   `json:"uid"`
	Product  Product  `json:"product"`
	// CorrelationUID is the incident.
	CorrelationUID string `json:"correlation_uid"`
	LoggedTime     int64  `json:"logged_time,omitempty"`
}

// Product is this program.
type Product struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version,omitempty"`
}

// FindingInfo describes the alert.
type FindingInfo struct {
	UID       string   `json:"uid"`
	Title     string   `json:"title"`
	Desc      string   `json:"desc"`
	Types     []string `json:"types"`
	Created   int64    `json:"created_time"`
	FirstSeen int64    `json:"first_seen_time"`
	LastSeen  int64    `json:"last_seen_time"`
	Analytic  Analytic `json:"analytic"`
	Attacks   []Attack `json:"attacks,omitempty"`
}

// Analytic is the detection that fired; type 2 is behavioural.
type Analytic struct {
	UID    string `json:"uid"`
	Name   string `json:"name"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

// Attack is a pair of ATT&CK.
type Attack struct {
	Tactic    *Named `json:"tactic,omitempty"`
	Technique *Named `json:"technique,omitempty"`
}

// Named is an object known by name or uid.
type Named struct {
	Name string `json:"name,omitempty"`
	UID  string `json:"uid,omitempty"`
}

// Text is a description.
type Text struct {
	Desc string `json:"desc"`
}

// Cloud is where it happened.
type Cloud struct {
	Provider string `json:"provider"`
	Account  *Named `json:"account,omitempty"`
}

// Resource is a vault or an object in it.
type Resource struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// Evidence is who did it and from where.
type Evidence struct {
	Actor       *Actor    `json:"actor,omitempty"`
	SrcEndpoint *Endpoint `json:"src_endpoint,omitempty"`
	// Data is the histogram of operations and the client's own description of itself.
	Data map[string]any `json:"data,omitempty"`
}

// Actor is the caller.
type Actor struct {
	User   *User  `json:"user,omitempty"`
	AppUID string `json:"app_uid,omitempty"`
}

// User is the caller's identity.
type User struct {
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
}

// Endpoint is an address.
type Endpoint struct {
	IP string `json:"ip"`
}

// NewFinding converts an alert; version is this program's.
func NewFinding(a detection.Alert, version string) Finding {
	f := Finding{
		ActivityID: create, ActivityName: "Create", CategoryUID: category, CategoryName: "Findings",
		ClassUID: class, ClassName: "Detection Finding", TypeUID: class*100 + create, TypeName: "Detection Finding: Create",
		Time: millis(a.Time), StartTime: millis(a.Start), EndTime: millis(a.End),
		SeverityID: severity(a.Severity), Severity: a.Severity.String(), StatusID: 1, Status: "New", Message: a.Title,
		Metadata: Metadata{
			Version: schema, Profiles: []string{"cloud"}, UID: a.ID, CorrelationUID: notify.IncidentOf(a),
			Product: Product{Name: "Vaultwatch", VendorName: "Vaultwatch", Version: version},
		},
		FindingInfo: info(a), Cloud: Cloud{Provider: "Azure"}, Resources: resources(a), Evidences: evidences(a),
		Unmapped: map[string]any{"objects": a.Objects, "moreObjects": a.MoreObjects, "reasons": a.Reasons, "sample": a.Sample},
	}
	f.ConfidenceID, f.Confidence = confidence(a.Confidence)
	if !a.Seen.IsZero() {
		f.Metadata.LoggedTime = millis(a.Seen)
	}
	if a.Suppressed != "" {
		f.StatusID, f.Status = 3, "Suppressed"
		f.Unmapped["suppressed"] = a.Suppressed
	}
	if parts := strings.Split(a.Vault, "/"); len(parts) > 2 && parts[1] == "subscriptions" {
		f.Cloud.Account = &Named{UID: parts[2]}
	}
	if len(a.Remediation) > 0 {
		f.Remediation = &Text{strings.Join(a.Remediation, "\n")}
	}
	return f
}

func info(a detection.Alert) FindingInfo {
	i := FindingInfo{
		UID: a.ID, Title: a.Title, Desc: strings.Join(a.Reasons, " "), Types: []string{a.Type},
		Created: millis(a.Time), FirstSeen: millis(a.Start), LastSeen: millis(a.End),
		Analytic: Analytic{UID: a.Type, Name: a.Title, TypeID: 2, Type: "Behavioral"},
	}
	for _, t := range a.Tactics {
		i.Attacks = append(i.Attacks, Attack{Tactic: &Named{Name: t}})
	}
	for _, t := range a.Techniques {
		i.Attacks = append(i.Attacks, Attack{Technique: &Named{UID: t}})
	}
	return i
}

func resources(a detection.Alert) []Resource {
	vaults := a.Vaults
	if len(vaults) == 0 && a.Vault != "" {
		vaults = []string{a.Vault}
	}
	list := []Resource{}
	for _, v := range vaults {
		list = append(list, Resource{UID: v, Name: notify.VaultName(v), Type: "Key Vault"})
	}
	return list
}

func evidences(a detection.Alert) []Evidence {
	e := Evidence{Data: map[string]any{"operations": a.Operations, "client": a.ClientInfo}}
	if a.Caller != "" || a.Application != "" {
		e.Actor = &Actor{AppUID: a.Application}
	}
	if a.Caller != "" {
		e.Actor.User = &User{UID: a.Caller, Name: a.CallerName, Type: a.CallerKind}
	}
	if a.IP != "" {
		e.SrcEndpoint = &Endpoint{a.IP}
	}
	return []Evidence{e}
}

func severity(s detection.Severity) int {
	return int(s) + 1 // OCSF counts from 1 Informational to 4 High
}

func confidence(word string) (int, string) {
	switch word {
	case "low":
		return 1, "Low"
	case "medium":
		return 2, "Medium"
	case "high":
		return 3, "High"
	}
	return 0, "Unknown"
}

func millis(t time.Time) int64 { return t.UnixMilli() }
