package month

import "time"

// Labels say what happened in a stretch of records and what a judge should make of it. The JSON form is that of the
// labelled corpus: a scorer of one reads the other.
type Labels struct {
	Seed    uint64    `json:"seed"`
	Days    int       `json:"days"`
	Vaults  int       `json:"vaults"`
	Start   time.Time `json:"start"`
	Learned time.Time `json:"learned"`
	End     time.Time `json:"end"`
	// VaultMonths and VaultMonthsLearning are the exposure after and during the learning days, in vaults times 30 days.
	VaultMonths         float64   `json:"vault_months"`
	VaultMonthsLearning float64   `json:"vault_months_learning"`
	Episodes            []Episode `json:"episodes"`
}

// Classes of episodes.
const (
	// Attack is somebody doing harm, or trying the judge out.
	Attack = "attack"
	// Novel is new but legitimate: an alert of some types is understandable.
	Novel = "novel"
	// Routine deserves no word.
	Routine = "routine"
)

// Episode is one told story with its place, its people and what may be said about it.
type Episode struct {
	ID       string `json:"id"`
	Scenario string `json:"scenario"`
	// Class is Attack, Novel or Routine.
	Class string        `json:"cls"`
	Must  []Requirement `json:"must"`
	// May are types that are neither good nor bad here; Forbid are false even inside ("*": every type).
	May    []string `json:"may"`
	Forbid []string `json:"forbid"`
	Limits []Limit  `json:"limits"`

	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Grace is how many minutes after End alerts still belong here; nil means DefaultGrace.
	Grace *float64 `json:"grace_minutes,omitempty"`

	// Addresses were used by the attacker only.
	Addresses    []string `json:"ips"`
	Vaults       []string `json:"vaults"`
	Callers      []string `json:"callers"`
	Applications []string `json:"apps"`
	// Operations counts the story's records.
	Operations int `json:"operations"`
	// Objects are those whose content or use the story's callers obtained, changed or destroyed: the list to rotate.
	Objects []Object `json:"objects,omitempty"`
	// Stretch marks an episode beyond what the judge promises; it is counted apart.
	Stretch bool `json:"stretch,omitempty"`
}

// DefaultGrace is the time after an episode's end in which alerts still belong to it, in minutes.
const DefaultGrace = 45

// Object is a secret, key or certificate of a vault.
type Object struct {
	Vault string `json:"vault"` // resource id, lower-case
	Name  string `json:"name"`  // "secrets/db-password"
}

// Requirement is met by an alert of one of the types in Any, for one of Callers, on one of Vaults.
type Requirement struct {
	Any     []string `json:"any"`
	Callers []string `json:"callers"`
	// Vaults is nil where the requirement can be met anywhere.
	Vaults []string `json:"vaults,omitempty"`
	// Min asks for that many different vaults, all alerts together; 0 counts as 1.
	Min int `json:"min,omitempty"`
	// Decided is the first record at which one could know; By the time after which it is too late.
	Decided *time.Time `json:"decided,omitempty"`
	By      *time.Time `json:"by,omitempty"`
	// Extension marks what only a type of our own can meet; it is counted apart.
	Extension bool `json:"ext,omitempty"`
}

// Limit says how many alerts of Types an episode may hold; the rest is false.
type Limit struct {
	Types []string `json:"types"`
	Max   int      `json:"max"`
}
