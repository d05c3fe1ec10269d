package detection

import (
	"errors"
	"fmt"
	"regexp"
)

// Detection is one kind of alert: its papers, its judgement and the stories that prove it. Package catalogue holds one
// file for each.
type Detection struct {
	Papers
	// Interest says which records Judge is asked about. Records without a known caller, and those that only look at
	// the vault's settings, are shown to Anonymous detections only.
	Interest  Interest
	Anonymous bool
	// Judge says whether a record, with what is remembered before it, decides an alert. Nil means no.
	Judge func(*Case) *Finding
	// Tick, if set, is asked once in TickEvery of event time about every vault that is silent in the sense of Silence: for
	// what shows in the absence of records. The case's record holds only time and vault, and there is no tuning.
	Tick    func(*Case) *Finding
	Silence Silence
	// Wait, if not 0, puts the verdict off: Judge is asked at the record and, if it found something, again by Confirm
	// once that much event time has passed.
	Wait Wait
	// Confirm is asked after Wait with the case of the deciding record and the memory of then.
	Confirm func(*Case, *Finding) *Finding
	// Fires and Silent are stories in the language of package scenario.
	Fires, Silent []string
}

// Silence is what keeps a detection from being asked about vaults that nothing is to be said of: nearly all.
type Silence struct {
	// Lasting is for how long the vault's own log must not have been heard, PerHour how often it speaks on average, at least.
	Lasting Wait
	PerHour float64
}

// Papers are what people read about a detection.
type Papers struct {
	ID       string
	Title    string
	Severity Severity
	Tactics  []string
	// Techniques are ATT&CK ids.
	Techniques []string
	// Meaning is what it means, in a paragraph.
	Meaning string
	// Harmless are causes that are no attack, Blind what the detection misses, Do what to do, in order.
	Harmless, Blind, Do []string
	// Family and Rank settle which of several findings on one principal is raised: of Identity and Behaviour the first,
	// and of those found at the same record the one with the lowest rank; what follows becomes its reasons. In the
	// families RuleLike and Spread only findings of the same detection fold.
	Family Family
	Rank   int
	// FoldsInto are ids of detections whose open alert on the same caller takes this one's reasons over.
	FoldsInto []string
}

// Family groups detections that look at the same side of a story.
type Family uint8

const (
	RuleLike Family = iota
	Spread
	Denied
	Identity
	Behaviour
)

func (f Family) String() string {
	return [...]string{"rule-like", "spread", "denied", "identity", "behaviour"}[f]
}

// Finding is a positive verdict, before it is made into an alert.
type Finding struct {
	// Reasons are sentences with numbers, the weightiest first.
	Reasons []string
	// Explain, if set, makes the reasons once it is settled that they are told. It is asked at once or never, and may ask the
	// case: most findings of a story say nothing that was not said, and what it takes to say it is not gathered for them.
	Explain func() []string `cbor:"-"`
	// Tell, if set, makes the reasons when somebody reads them: for detections that find something in each of the
	// thousands of records of a flood. It must hold what it tells by itself, and not ask the case.
	Tell func() []string `cbor:"-"`
	// Weight is how much was seen (objects, requests, vaults): of several findings of one detection in a story the
	// weightiest is told, the first of equals.
	Weight int
	// Number is the one that Weight stands for, where it was held against a past. The story adds who counted and where.
	Number Number
	// Severity overrides the papers' when not Informational.
	Severity   Severity
	Confidence string
	// Since is where the story starts; objects and operations are listed from there.
	Since Instant
	// Vaults, for findings that span vaults. Nil means the record's vault.
	Vaults []string
	// Rank overrides the papers' when not 0.
	Rank int
	// Key tells stories of one type, vault and principal apart (an application, an address).
	Key string
	// Nobody: the story is about the address, not about the record's caller.
	Nobody bool
}

var idPattern = regexp.MustCompile(`^(KVX?|Arm)_[A-Za-z_]+$`)

// Validate refuses a detection without its papers. It returns all that is missing at once.
func (d *Detection) Validate() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, fmt.Errorf("detection %s: %s", d.ID, what))
		}
	}
	need(idPattern.MatchString(d.ID), "the id must look like KV_Name, KVX_Name or Arm_Name")
	need(d.Title != "" && d.Meaning != "", "title and meaning are missing")
	need(d.Severity != Informational, "a severity is missing")
	need(len(d.Tactics) > 0 && len(d.Techniques) > 0, "tactics and techniques are missing")
	need(len(d.Harmless) > 0 && len(d.Blind) > 0 && len(d.Do) > 0, "harmless causes, blind spots or what to do are missing")
	need(d.Judge != nil || d.Tick != nil, "a judgement is missing")
	need((d.Wait == 0) == (d.Confirm == nil), "Wait and Confirm go together")
	need(len(d.Fires) > 0 && len(d.Silent) > 0, "stories that fire and stories that stay silent are missing")
	return errors.Join(errs...)
}
