package detection

import (
	"math"
	"slices"
	"strings"
)

type reasons struct {
	id     string
	vault  string // that the sentences must name
	texts  []string
	tell   func() []string
	weight int
	number Number
}

// reason keeps the weightiest sentences of a detection on a vault, which they name if it is another than the story's.
func (s *story) reason(d *Detection, c *Case, f *Finding, elsewhere string) {
	i := slices.IndexFunc(s.reasons, func(r reasons) bool { return r.of(d, c.Record.Vault) })
	if i < 0 {
		i = len(s.reasons)
		s.reasons = append(s.reasons, reasons{id: d.ID + " " + c.Record.Vault, weight: math.MinInt})
	}
	if r := &s.reasons[i]; f.Weight > r.weight {
		f.explain()
		r.vault, r.texts, r.tell, r.weight, r.number = elsewhere, f.Reasons, f.Tell, f.Weight, f.numbered(d, c)
	}
}

func (f *Finding) explain() {
	if f.Explain != nil {
		f.Reasons, f.Explain = f.Explain(), nil
	}
}

// sentences are made when they are read.
func (r *reasons) sentences() []string {
	if r.tell != nil {
		r.texts, r.tell = r.tell(), nil
	}
	if r.vault == "" {
		return r.texts
	}
	texts := make([]string, len(r.texts))
	for i, t := range r.texts {
		texts[i] = r.vault + ": " + t
	}
	return texts
}

// numbered is the finding's number with who counted it, and where.
func (f *Finding) numbered(d *Detection, c *Case) Number {
	n := f.Number
	if n.What == "" {
		return n
	}
	n.Detection = d.ID
	if f.Vaults == nil {
		n.Vault = c.Record.Vault
	}
	return n
}

func (r *reasons) of(d *Detection, vault string) bool {
	return len(r.id) == len(d.ID)+1+len(vault) && strings.HasPrefix(r.id, d.ID) && strings.HasSuffix(r.id, vault)
}

// severity is a finding's own, or else the papers'.
func (d *Detection) severity(f *Finding) Severity {
	if f.Severity != Informational {
		return f.Severity
	}
	return d.Severity
}
