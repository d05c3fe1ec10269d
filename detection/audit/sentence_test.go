package audit_test

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// sentence tells a record the way a person would check it against the log.
func sentence(r audit.Record) string {
	who := r.Caller.Name
	if who == "" {
		who = r.Caller.ID
	}
	words := []string{fmt.Sprintf("%s (%s) %s (%s)", who, r.Caller.Kind, r.Operation, r.Class)}
	if r.Object.Name != "" {
		words = append(words, object(r.Object))
	}
	words = append(words, r.Vault[strings.LastIndexByte(r.Vault, '/')+1:], fmt.Sprintf("%s %d", r.Outcome, r.Status))
	if r.Denial != audit.NotDenied {
		words = append(words, r.Denial.String())
	}
	if r.Address.IsValid() {
		words = append(words, "from "+r.Address.String())
	}
	if r.Path != audit.PublicPath {
		words = append(words, [...]string{"", "subnet", "private", "trusted"}[r.Path])
	}
	if r.Change != nil {
		words = append(words, change(*r.Change)...)
	}
	return strings.Join(words, " ")
}

func object(o audit.Object) string {
	s := o.String()
	if o.Deleted {
		s = "deleted " + s
	}
	if o.Version != "" {
		s += "@" + o.Version
	}
	return s
}

func change(c audit.Change) []string {
	var words []string
	for _, g := range c.Grants {
		words = append(words, fmt.Sprintf("grant(%s %s data=%t)", g.Principal, g.Role[strings.LastIndexByte(g.Role, '/')+1:], g.Data))
	}
	for _, p := range c.Revokes {
		words = append(words, fmt.Sprintf("revoke(%s)", p))
	}
	if s := c.Settings; s != nil {
		var set []string
		for _, flag := range []struct {
			is   bool
			name string
		}{{s.RBAC, "rbac"}, {s.PurgeProtection, "purge-protection"}, {s.SoftDelete, "soft-delete"}, {s.Open, "open"}, {s.Rules != 0, "rules"}} {
			if flag.is {
				set = append(set, flag.name)
			}
		}
		words = append(words, "settings("+strings.Join(set, " ")+")")
	}
	return words
}
