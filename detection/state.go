package detection

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// stateVersion is written in front of an encoded state; a state of another version is refused.
const stateVersion = 2

// state is what an engine knows besides the estate and the queue, as it is written down.
type state struct {
	Version int             `cbor:"0,keyasint"`
	Settled Instant         `cbor:"1,keyasint"`
	Counts  Counts          `cbor:"2,keyasint"`
	Stories []storyState    `cbor:"3,keyasint"`
	PutOff  []putOffState   `cbor:"4,keyasint"`
	Estate  baseline.Common `cbor:"5,keyasint"`
	Ticked  Instant         `cbor:"6,keyasint"`
}

type storyState struct {
	Alert        Alert          `cbor:"1,keyasint"`
	Detection    string         `cbor:"2,keyasint"`
	Key          string         `cbor:"3,keyasint"`
	Reasons      []reasonState  `cbor:"4,keyasint"`
	Networks     []netip.Prefix `cbor:"5,keyasint"`
	Applications []string       `cbor:"6,keyasint"`
	Touched      []Touched      `cbor:"7,keyasint"`
	Last         Instant        `cbor:"8,keyasint"`
	Opened       Instant        `cbor:"9,keyasint"`
	Outside      bool           `cbor:"10,keyasint"`
	Home         string         `cbor:"11,keyasint"`
	By           string         `cbor:"12,keyasint"`
}

type reasonState struct {
	ID     string   `cbor:"1,keyasint"`
	Texts  []string `cbor:"2,keyasint"`
	Weight int      `cbor:"3,keyasint,omitempty"`
	Number Number   `cbor:"4,keyasint,omitzero"`
}

type putOffState struct {
	Due       Instant      `cbor:"1,keyasint"`
	Detection string       `cbor:"2,keyasint"`
	Record    audit.Record `cbor:"3,keyasint"`
	Finding   Finding      `cbor:"4,keyasint"`
}

// State encodes what the engine knows besides the estate's vaults and principals and the queue: the horizon, open
// alerts, verdicts put off.
func (e *Engine) State() ([]byte, error) {
	s := state{Version: stateVersion, Settled: e.Settled, Counts: e.counts, Estate: e.Estate.Common, Ticked: e.ticked}
	for _, x := range e.stories.inLine {
		s.Stories = append(s.Stories, x.state())
	}
	for _, p := range e.deferred.waiting {
		s.PutOff = append(s.PutOff, putOffState{p.Due, p.detection.ID, p.Record, p.Finding})
	}
	return encoding().Marshal(s)
}

// Restore takes an encoded state into an engine that has judged nothing yet. Open alerts and put-off verdicts of
// detections that are no longer in the catalogue are dropped.
func (e *Engine) Restore(data []byte) error {
	var s state
	if err := cbor.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("engine state: %w", err)
	}
	if s.Version != stateVersion {
		return fmt.Errorf("engine state has version %d, this program reads version %d: use the program that wrote it, or start with an empty store", s.Version, stateVersion)
	}
	e.Settled, e.counts, e.Estate.Common, e.ticked = s.Settled, s.Counts, s.Estate, s.Ticked
	for _, x := range s.Stories {
		if d := e.deferred.byID[x.Detection]; d != nil {
			e.stories.add(x.story(d), x.By)
		}
	}
	for _, p := range s.PutOff {
		if d := e.deferred.byID[p.Detection]; d != nil {
			p.Record.Family = audit.AgentFamily(p.Record.Agent) // which a state of before does not hold
			e.deferred.insert(&putOff{p.Due, p.Record, p.Finding, d})
		}
	}
	return nil
}

func (s *story) state() storyState {
	out := storyState{Alert: s.alert, Detection: s.detection.ID, Key: s.key, Last: s.last, Opened: s.opened, Outside: s.outside, Home: s.home, By: s.by}
	for i := range s.reasons {
		r := &s.reasons[i]
		out.Reasons = append(out.Reasons, reasonState{r.id, r.sentences(), r.weight, r.number})
	}
	out.Networks = s.networks.sortedBy(func(a, b netip.Prefix) int { return cmp.Compare(a.String(), b.String()) })
	out.Applications = s.applications.sortedBy(strings.Compare)
	out.Touched = s.objects()
	return out
}

func (x storyState) story(d *Detection) *story {
	s := &story{alert: x.Alert, detection: d, key: x.Key, last: x.Last, opened: x.Opened, outside: x.Outside, home: x.Home,
		touched: map[touchedKey]*Touched{}}
	for _, r := range x.Reasons {
		s.reasons = append(s.reasons, reasons{id: r.ID, texts: r.Texts, weight: r.Weight, number: r.Number})
	}
	for _, n := range x.Networks {
		s.networks.add(n)
	}
	for _, a := range x.Applications {
		s.applications.add(a)
	}
	for i, t := range x.Touched {
		s.touched[touchedKey{t.Vault, t.Name, t.Operation}] = &x.Touched[i]
	}
	return s
}

// encoding writes equal states as equal bytes, and times with all their digits.
func encoding() cbor.EncMode {
	mode, err := cbor.EncOptions{Sort: cbor.SortCoreDeterministic, Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}
