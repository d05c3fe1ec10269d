package month

import (
	"time"
)

// call is one thing that happened, before it is written down as the service would.
type call struct {
	at time.Time
	// operation is the name in the log; an activity-log operation is told by its slashes.
	operation string
	vault     *vault
	// object is the name without its type; empty for lists.
	object string
	status int
	refuse refusal
	who    *principal
	tool   tool
	from   origin
	// signIn is the address the token was issued to, where it differs.
	signIn string
	change *change
}

// refusal is why a call came back with 403.
type refusal uint8

const (
	byPolicy refusal = iota
	byFirewall
	byClosedDoor
)

// change is what a write to a vault itself did.
type change struct {
	// grant is the object id that an access policy or a role assignment was given to.
	grant string
	// role is the role definition of an assignment.
	role string
	// rights of an access policy.
	rights []string
	// asked is when an activity-log operation began; its records share a correlation id.
	asked time.Time
}

// session is one caller at work: the words in which all stories and all everyday life are told.
type session struct {
	emit  func(call)
	dice  dice
	at    time.Time
	who   *principal
	tool  tool
	from  origin
	vault *vault
	// signIn is set where a token is used elsewhere than it was issued.
	signIn string
	// hurried is the longest pause in seconds; 0 takes the tool's.
	hurried float64
}

func (s *session) pause(low, high time.Duration) { s.at = s.at.Add(s.dice.span(low, high)) }

func (s *session) think() {
	slow := s.tool.slow
	if s.hurried > 0 {
		slow = s.hurried
	}
	s.at = s.at.Add(time.Duration((0.05 + s.dice.Float64()*s.dice.Float64()) * slow * float64(time.Second)))
}

// send writes down one call and lets a moment pass.
func (s *session) send(operation, object string, status int) *call {
	c := call{at: s.at, operation: operation, vault: s.vault, object: object, status: status,
		who: s.who, tool: s.tool, from: s.from, signIn: s.signIn}
	s.emit(c)
	s.think()
	return &c
}

func (s *session) do(operation, object string) { s.send(operation, object, 200) }

// read gets the values of secrets, one after the other.
func (s *session) read(names ...string) {
	for _, name := range names {
		s.do("SecretGet", name)
	}
}

// deny is a call that came back with 403.
func (s *session) deny(operation, object string, why refusal) {
	s.emit(call{at: s.at, operation: operation, vault: s.vault, object: object, status: 403, refuse: why,
		who: s.who, tool: s.tool, from: s.from, signIn: s.signIn})
	s.think()
}

// alter is a write to the vault itself, seen in the vault's own log.
func (s *session) alter(operation string, c *change) {
	t := s.tool
	if t.application == portalBlade {
		t.application = portalShell
	}
	s.emit(call{at: s.at, operation: operation, vault: s.vault, status: 200, who: s.who, tool: t, from: s.from, change: c})
	s.think()
}

// hello is the request without a token by which a library learns the tenant; the service answers 401 and logs it.
func (s *session) hello() {
	if s.tool.silent {
		return
	}
	s.emit(call{at: s.at, operation: "Authentication", vault: s.vault, status: 401, tool: s.tool, from: s.from})
	s.at = s.at.Add(time.Duration(20+s.dice.IntN(180)) * time.Millisecond)
}

// open looks around in the portal: the blade lists what the visitor clicks on, page by page.
func (s *session) open(names ...string) {
	s.do("SecretList", "")
	for _, name := range names {
		s.do("SecretListVersions", name)
		s.do("SecretGet", name)
	}
}

// dump lists everything and reads every value, as the public tools do.
func (s *session) dump(names []string) {
	s.hello()
	s.do("SecretList", "")
	s.read(names...)
}

// on moves the session to another vault.
func (s *session) on(v *vault) *session {
	s.vault = v
	return s
}
