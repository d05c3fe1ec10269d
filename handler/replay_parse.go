package main

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// readAhead is how many bodies may wait for the judge.
const readAhead = 16

// futureSkew is how far ahead of the clock a record's time may be; the handler has the same tolerance.
const futureSkew = time.Hour

// passage is a body on its way from the log to the judge.
type passage struct {
	text   *[]byte
	share  float64 // of all bytes read so far
	err    error
	parsed chan portion // takes one
}

// portions reads beside the judge, and parses on as many cores as there are, yet hands on in the order of the log. Its
// goroutines end before the sequence does.
func (s *source) portions(ctx context.Context) iter.Seq2[portion, error] {
	return func(yield func(portion, error) bool) {
		reading, stop := context.WithCancel(ctx)
		line, work := make(chan passage, readAhead), make(chan passage)
		var crew sync.WaitGroup
		crew.Go(func() { s.read(reading, line, work) })
		for range runtime.GOMAXPROCS(0) {
			crew.Go(func() { s.parse(work) })
		}
		defer crew.Wait()
		defer func() {
			stop()
			for range line { // until the reader has noticed and closed it
			}
		}()
		for p := range line {
			if p.err != nil {
				yield(portion{}, p.err)
				return
			}
			done := <-p.parsed
			s.counts.add(done)
			if !yield(done, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(portion{}, err)
		}
	}
}

// texts are the copies of bodies that parsers are done with.
type texts struct{ sync.Pool }

func (t *texts) copy(body []byte) *[]byte {
	text, ok := t.Get().(*[]byte)
	if !ok {
		text = new([]byte)
	}
	*text = append((*text)[:0], body...)
	return text
}

// read puts one body after the other in line, and gives it to whoever parses next.
func (s *source) read(ctx context.Context, line, work chan<- passage) {
	defer close(work)
	defer close(line)
	var total, before int64
	for i := range s.inputs {
		total += s.inputs[i].Size
	}
	for i := range s.inputs {
		in := &s.inputs[i]
		for body, err := range in.Bodies() {
			p := passage{err: err}
			if err == nil {
				p.text, p.parsed = s.texts.copy(body), make(chan portion, 1)
			}
			if in.Size > 0 {
				p.share = float64(before+in.Position()) / float64(total)
			}
			select {
			case line <- p:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			work <- p
		}
		before += in.Size
	}
}

func (s *source) parse(work <-chan passage) {
	parser := audit.NewParser(audit.Limits{NotAfter: s.now.Add(futureSkew)})
	for p := range work {
		done := s.portion(parser, *p.text)
		done.share = p.share
		s.texts.Put(p.text)
		p.parsed <- done
	}
}

func (s *source) portion(parser *audit.Parser, body []byte) (p portion) {
	p.records, p.tally = parser.Body(body, nil)
	p.records = slices.DeleteFunc(p.records, func(r audit.Record) bool { return s.scope.outside(&r) })
	p.outside = p.tally.Records - len(p.records)
	return p
}
