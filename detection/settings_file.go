package detection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// The settings file, as it is written. See docs/settings.md for an example with every member.
type settingsFile struct {
	tuningFile
	Canaries      []string              `json:"canaries"`
	Subscriptions map[string]tuningFile `json:"subscriptions"`
	Vaults        map[string]tuningFile `json:"vaults"`
	Suppress      []suppressFile        `json:"suppress"`
}

type tuningFile struct {
	Alerts     string            `json:"alerts"`
	Budget     *float64          `json:"falseAlertsPerVaultMonth"`
	Severity   map[string]string `json:"severity"`
	Known      []string          `json:"knownNetworks"`
	BreakGlass bool              `json:"breakGlass"`
}

type suppressFile struct {
	AlertType string            `json:"alertType"`
	Reason    string            `json:"reason"`
	Comment   string            `json:"comment"`
	Expires   string            `json:"expirationDateUtc"`
	Scope     map[string]string `json:"scope"`
}

// ParseSettings reads a settings file (JSON). Types are the alert types that may be named. The error names every
// setting that is wrong and what it may hold.
func ParseSettings(data []byte, types []string) (*Settings, error) {
	var f settingsFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("settings file: %w", err)
	}
	r := settingsReader{types: map[string]bool{}}
	for _, t := range types {
		r.types[t] = true
	}
	s := &Settings{Canaries: r.canaries(f.Canaries), Everywhere: r.tuning("", f.tuningFile),
		Subscriptions: r.tunings("subscriptions", f.Subscriptions), Vaults: r.tunings("vaults", f.Vaults)}
	for i, x := range f.Suppress {
		s.Suppressions = append(s.Suppressions, r.suppression(fmt.Sprintf("suppress[%d]", i), x))
	}
	return s, errors.Join(r.errs...)
}

// settingsReader gathers what is wrong, so that people mend it in one go.
type settingsReader struct {
	types map[string]bool
	errs  []error
}

func (r *settingsReader) wrong(path, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("setting %s: %s", path, fmt.Sprintf(format, args...)))
}

func (r *settingsReader) canaries(lines []string) map[Canary]bool {
	out := map[Canary]bool{}
	for i, l := range lines {
		switch f := strings.Fields(strings.ToLower(l)); len(f) {
		case 1:
			out[Canary{Vault: f[0]}] = true
		case 2:
			out[Canary{f[0], f[1]}] = true
		default:
			r.wrong(fmt.Sprintf("canaries[%d]", i), "%q must be a vault's name, or a vault's and an object's name with a space between", l)
		}
	}
	return out
}

func (r *settingsReader) tunings(path string, in map[string]tuningFile) map[string]Tuning {
	out := map[string]Tuning{}
	for key, t := range in {
		out[strings.ToLower(key)] = r.tuning(path+"."+key+".", t)
	}
	return out
}

var modes = map[string]Mode{"": AsElsewhere, "on": On, "observe": Observe, "off": Off}

func (r *settingsReader) tuning(path string, f tuningFile) Tuning {
	t := Tuning{Severity: map[string]Severity{}, Silenced: map[string]bool{}, BreakGlass: f.BreakGlass}
	mode, ok := modes[f.Alerts]
	if t.Mode = mode; !ok {
		r.wrong(path+"alerts", "%q must be on, observe or off", f.Alerts)
	}
	if f.Budget != nil {
		if t.Budget = *f.Budget; t.Budget < 0.01 || t.Budget > 20 {
			r.wrong(path+"falseAlertsPerVaultMonth", "%g must be between 0.01 (only what is all but certain) and 20 (tell me everything)", t.Budget)
		}
	}
	for kind, word := range f.Severity {
		r.severity(path+"severity."+kind, kind, word, &t)
	}
	for i, text := range f.Known {
		t.Known = append(t.Known, r.prefix(fmt.Sprintf("%sknownNetworks[%d]", path, i), text))
	}
	return t
}

func (r *settingsReader) severity(path, kind, word string, t *Tuning) {
	if !r.types[kind] {
		r.wrong(path, "there is no alert type %q; `catalogue` lists them", kind)
	}
	var s Severity
	if word == "off" {
		t.Silenced[kind] = true
	} else if err := s.UnmarshalText([]byte(word)); err != nil {
		r.wrong(path, "%q must be Informational, Low, Medium, High or off", word)
	} else {
		t.Severity[kind] = s
	}
}

func (r *settingsReader) prefix(path, text string) netip.Prefix {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		r.wrong(path, "%q must be an address or a prefix like 203.0.113.0/24", text)
	}
	return p.Masked()
}

func (r *settingsReader) suppression(path string, f suppressFile) Suppression {
	s := Suppression{Type: f.AlertType, Reason: f.Reason, Comment: f.Comment}
	if f.AlertType != "*" && !r.types[f.AlertType] {
		r.wrong(path+".alertType", "%q must be an alert type or *", f.AlertType)
	}
	if strings.TrimSpace(f.Reason) == "" {
		r.wrong(path+".reason", "say why: whoever reads this in a year will ask")
	}
	var err error
	if s.Expires, err = time.Parse(time.RFC3339, f.Expires); err != nil {
		r.wrong(path+".expirationDateUtc", "%q must be a time like 2027-01-31T00:00:00Z; rules without an end are not taken", f.Expires)
	}
	if f.AlertType == "*" && len(f.Scope) == 0 {
		r.wrong(path+".scope", "a rule for all types needs at least one condition")
	}
	for field, value := range f.Scope {
		r.scope(path+".scope."+field, field, value, &s)
	}
	return s
}

func (r *settingsReader) scope(path, field, value string, s *Suppression) {
	value = strings.ToLower(value)
	switch field {
	case "vault":
		s.Vault = value
	case "caller":
		s.Caller = value
	case "application":
		s.Application = value
	case "ip":
		s.Network = r.prefix(path, value)
	default:
		r.wrong(path, "conditions are vault, caller, application and ip")
	}
}
