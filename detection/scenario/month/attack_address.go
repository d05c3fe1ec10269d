package month

import "time"

// addresses are attacks from places with a name.
func addresses() []story {
	return []story{
		{"tor_read", "A person's token reads two secrets through TOR, changing the circuit in between.", Attack, torRead, need{}},
		{"tor_ipv6_denied", "A stranger is refused; he came through TOR over IPv6.", Attack, torDenied, need{}},
		{"listed_address", "A person's token reads from an address on the list of suspicious ones.", Attack, listedRead, need{}},
		{"listed_denied", "A stranger is refused; the address is on the list.", Attack, listedRefused, need{}},
		{"listed_then_in", "From a listed address: refused at first, let in a minute later.", Attack, listedIn, need{}},
	}
}

func torRead(s *scene) {
	p := s.victim(portalUser)
	t := s.as(&p.principal, p.tool, s.nets.exit(s.dice, false)).on(p.usual[0])
	t.signIn = p.home.address
	names := some(s.dice, p.usual[0].secrets, 2)
	t.read(names[0])
	s.require(t, torAccess)
	t.pause(3*time.Minute, 9*time.Minute)
	t.from = s.nets.exit(s.dice, true)
	t.read(names[1])
	s.may(outside, userApp)
	s.limit(1, torAccess)
}

func torDenied(s *scene) {
	v := s.place(anyVault)
	t := s.as(s.stranger(), browser(s.dice), s.nets.exit(s.dice, true)).on(v)
	t.deny("SecretList", "", byPolicy)
	s.require(t, torAccess, userDenied)
	t.deny("KeyList", "", byPolicy)
	s.may(userDenied)
	s.forbid(newUser, newApp, listGet)
}

func listedRead(s *scene) {
	p := s.victim(portalUser)
	t := s.as(&p.principal, p.tool, s.nets.suspicious(s.dice)).on(p.usual[0])
	t.signIn = p.home.address
	t.read(p.usual[0].secrets[0])
	s.require(t, listedAccess)
	t.open(some(s.dice, p.usual[0].secrets, 2)...)
	s.may(outside, pattern, userApp)
	s.limit(1, listedAccess)
}

func listedRefused(s *scene) {
	v := s.place(anyVault)
	t := s.as(s.stranger(), commandLine(s.dice), s.nets.suspicious(s.dice)).on(v)
	t.hello()
	t.deny("SecretList", "", byPolicy)
	s.require(t, listedDenied)
	t.deny("SecretGet", v.secrets[0], byPolicy)
	s.may(userDenied)
	s.forbid(listedAccess, newUser, newApp)
}

func listedIn(s *scene) {
	p := s.victim(portalUser)
	v := p.usual[0]
	t := s.as(&p.principal, commandLine(s.dice), s.nets.suspicious(s.dice)).on(v)
	t.deny("SecretGet", v.secrets[0], byPolicy)
	t.pause(30*time.Second, 90*time.Second)
	t.read(v.secrets[0])
	s.require(t, listedAccess)
	s.may(outside, userApp)
	s.forbid(userDenied)
}
