package bench

import "fmt"

// wholeJob is the whole job on an estate's bodies.
type wholeJob struct {
	poster
	take   func([]byte) (int, error)
	failed error
}

func (e Estate) job() (*wholeJob, error) {
	take, err := open(nil)
	return &wholeJob{poster: poster{writer: newWriter(e)}, take: take}, err
}

// next makes a body and returns the work on it.
func (w *wholeJob) next() func() {
	body := w.poster.next(chunk)
	return func() {
		if n, err := w.take(body); err != nil {
			w.failed = err
		} else if n != chunk {
			w.failed = fmt.Errorf("%d of %d records were found", n, chunk)
		}
	}
}

// Walk builds an estate up and makes the bodies of [Measured] records more, on which it does the whole job unless it is idle:
// for whoever counts what that takes.
func (e Estate) Walk(idle bool) error {
	w, err := e.job()
	if err != nil {
		return err
	}
	e.grow(w.next)
	for range Measured / chunk {
		if work := w.next(); !idle {
			work()
		}
	}
	return w.failed
}
