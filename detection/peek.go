package detection

// Peek returns the alerts that the records in the queue would raise or change if no earlier ones came any more. It
// changes nothing: the verdicts fall in [Engine.Settle]. Almost always they are the same; where an earlier record still
// comes, it has the last word.
func (e *Engine) Peek() ([]Alert, error) {
	if e.Queue.Len() == 0 {
		return nil, nil
	}
	data, err := e.State()
	if err != nil {
		return nil, err
	}
	ahead := NewEngine(Config{Catalogue: e.catalogue, Addresses: e.addresses, Settings: e.settings})
	if err := ahead.Restore(data); err != nil {
		return nil, err
	}
	ahead.Estate = e.Estate.Fork()
	ahead.stories.lessons = e.stories.lessons
	ahead.ticking = nil // silence is not looked for ahead of time
	for _, w := range e.Queue.waiting {
		ahead.step(w.record)
	}
	return ahead.report(), nil
}
