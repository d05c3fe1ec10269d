package baseline

import (
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Change is a success of an operation that changes rights on the vault.
type Change struct {
	At      Instant       `cbor:"1,keyasint"`
	Actor   string        `cbor:"2,keyasint"`
	Name    string        `cbor:"3,keyasint,omitempty"`
	Grants  []audit.Grant `cbor:"4,keyasint,omitempty"`
	Revokes []string      `cbor:"5,keyasint,omitempty"`
	// Known: the record says which rights changed. Otherwise any could have.
	Known bool `cbor:"6,keyasint,omitempty"`
	// Opened: the firewall's default went from deny to allow; Weakened: another guard was taken off.
	Opened    bool   `cbor:"7,keyasint,omitempty"`
	Weakened  bool   `cbor:"8,keyasint,omitempty"`
	Operation string `cbor:"9,keyasint,omitempty"`
}

// learnSettings keeps the vault's settings and the changes of rights.
func (v *Vault) learnSettings(rec *audit.Record, at Instant) {
	if rec.Outcome != audit.Success {
		return
	}
	if rec.Class == audit.Policy {
		v.learnChange(rec, at)
	}
	if rec.Scoped {
		return // what is said of a subscription are no settings of a vault
	}
	if rec.Operation == "VaultDelete" {
		v.Deleted, v.DeletedBy = at, rec.Caller.ID
	}
	if rec.Change != nil && rec.Change.Settings != nil {
		v.Settings = rec.Change.Settings
	}
}

func (v *Vault) learnChange(rec *audit.Record, at Instant) {
	if v.Born == 0 && v.Lived.First == at && rec.Operation == "VaultPut" {
		v.Born, v.Creator = at, rec.Caller.ID
	}
	if strings.HasSuffix(strings.ToLower(rec.Operation), "diagnosticsettings/delete") {
		v.LogOff = at
	}
	if len(v.Changes) == maxChanges {
		v.Changes = append(v.Changes[:0], v.Changes[maxChanges/4:]...)
	}
	v.Changes = append(v.Changes, v.ChangeOf(rec, at))
}

// ChangeOf is the change a policy record makes, held against the settings known so far.
func (v *Vault) ChangeOf(rec *audit.Record, at Instant) Change {
	c := Change{At: at, Actor: rec.Caller.ID, Name: rec.Caller.Name, Operation: rec.Operation}
	if rec.Change == nil {
		return c
	}
	c.Grants, c.Revokes = rec.Change.Grants, rec.Change.Revokes
	c.Known = len(c.Grants) > 0 || len(c.Revokes) > 0
	if now, before := rec.Change.Settings, v.Settings; now != nil && before != nil {
		c.Opened = now.Open && !before.Open
		c.Weakened = before.PurgeProtection && !now.PurgeProtection || before.RBAC != now.RBAC
	}
	return c
}
