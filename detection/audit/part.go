package audit

// part is one of the two objects of a record that return word for word, and what it said before.
type part[T any] struct {
	met recall[T]
	// said is what it says, if it was read before; told is its text, if that says all there is of the matter and is worth
	// being remembered. at is where it stands.
	said *T
	told []byte
	hash uint64 // of told
	at   int
}

func newPart[T any]() part[T] { return part[T]{met: newRecall[T]()} }

func (p *part[T]) clear() { p.said, p.told = nil, nil }

// pass goes past the object at i if it was read before, else into it, and returns where it ends.
func (p *part[T]) pass(q *quick, i int, into *level) int {
	said, length, hash := p.met.find(q.text[i:])
	p.said, p.hash, p.at = said, hash, i
	if said != nil {
		return i + length
	}
	end := q.members(i+1, into)
	if end > 0 && end-i <= maxTold {
		p.told = q.text[i:end]
	}
	return end
}

// mistrust is for records that speak of the matter in other places, too: the object is gone into after all, and what it
// says is not remembered.
func (p *part[T]) mistrust(q *quick, into *level) {
	if p.said != nil {
		q.members(p.at+1, into)
	}
	p.clear()
}

// learn remembers what was read, if it is to be.
func (p *part[T]) learn(said T) {
	if p.told != nil {
		p.met.keep(p.hash, p.told, said)
	}
}

// doubt holds the whole record against what its parts are recalled by.
func (q *quick) doubt() {
	told := &q.view.told
	outside := told[q.envelope.rank]
	inside := told[q.properties.rank] | told[q.settings.rank] | told[q.vault.rank]
	if (outside|inside)&claimFields != 0 {
		q.who.mistrust(q, &q.identity)
	}
	if outside&requestFields != 0 || inside&^requestFields != 0 {
		q.asked.mistrust(q, &q.properties)
	}
}
