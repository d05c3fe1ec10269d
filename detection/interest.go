package detection

import "github.com/vaultwatch/vaultwatch/detection/audit"

// Interest says which records a detection wants to see, so that it costs nothing on all others.
type Interest struct {
	Outcomes Outcomes
	// Classes: empty means all.
	Classes Classes
}

// Outcomes is a set of outcomes, Classes a set of operation classes.
type (
	Outcomes uint16
	Classes  uint16
)

// OutcomesOf and ClassesOf make sets.
func OutcomesOf(list ...audit.Outcome) (s Outcomes) {
	for _, o := range list {
		s |= 1 << o
	}
	return s
}

func ClassesOf(list ...audit.Class) (s Classes) {
	for _, c := range list {
		s |= 1 << c
	}
	return s
}

// Has tells whether a record is of interest.
func (i Interest) Has(rec *audit.Record) bool {
	return i.Outcomes>>rec.Outcome&1 == 1 && (i.Classes == 0 || i.Classes>>rec.Class&1 == 1)
}

// interests are the detections to be asked, by outcome and class of the record.
type interests [8][audit.Classes][]question

// question is a detection with its judgement beside it, so that asking a dozen reads one piece of memory.
type question struct {
	judge     func(*Case) *Finding
	detection *Detection
}

func (x *interests) enter(d *Detection) {
	for o := range x {
		for c := range x[o] {
			if d.Interest.Has(&audit.Record{Outcome: audit.Outcome(o), Class: audit.Class(c)}) {
				x[o][c] = append(x[o][c], question{d.Judge, d})
			}
		}
	}
}

// Sets that several detections share.
var (
	succeeded = OutcomesOf(audit.Success)
	accessed  = ClassesOf(audit.Other, audit.Value, audit.Read, audit.List, audit.Crypto, audit.Export, audit.Write, audit.Destroy, audit.Revive, audit.Policy)
	sensitive = ClassesOf(audit.Value, audit.Crypto, audit.Export, audit.Write, audit.Destroy, audit.Revive, audit.Policy)
)

// Access is interest in every success that counts as access.
func Access() Interest { return Interest{succeeded, accessed} }

// SensitiveAccess is interest in the successes that can harm.
func SensitiveAccess() Interest { return Interest{succeeded, sensitive} }

// Denials is interest in denied requests.
func Denials() Interest { return Interest{OutcomesOf(audit.Denied), accessed} }

// Success is interest in success of some classes.
func Success(classes ...audit.Class) Interest { return Interest{succeeded, ClassesOf(classes...)} }
