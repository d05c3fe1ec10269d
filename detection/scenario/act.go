package scenario

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// act turns what one line says into records and appends them.
func (p *parser) act(at time.Time, text string) error {
	base, words, err := scene(text)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return fmt.Errorf("wanted: WHO TOOL PLACE VAULT VERB [OBJECTS] [xN] [= OUTCOME]")
	}
	v, ok := verbs[words[0]]
	if !ok {
		return fmt.Errorf("verb %q: must be one of %s", words[0], strings.Join(names(verbs), ", "))
	}
	words, outcome, err := outcomeOf(words[1:])
	if err != nil {
		return err
	}
	words, pause, err := pauseOf(words)
	if err != nil {
		return err
	}
	words, times := timesOf(words)
	objects := objectsOf(words)
	for range times {
		for _, name := range objects {
			rec := base
			rec.Time = at
			v.apply(&rec, name)
			outcome(&rec)
			rec.Digest = digest(&rec, len(p.story.Records))
			p.story.Records = append(p.story.Records, rec)
			p.last = at
			at = at.Add(pause)
		}
	}
	return nil
}

// scene reads who, tool, place and vault.
func scene(text string) (audit.Record, []string, error) {
	w := strings.Fields(text)
	if len(w) < 4 {
		return audit.Record{}, nil, fmt.Errorf("wanted: WHO TOOL PLACE VAULT VERB …")
	}
	rec := audit.Record{Vault: VaultID(w[3]), Caller: caller(w[0])}
	if err := setTool(&rec, w[1]); err != nil {
		return rec, nil, err
	}
	if err := setPlace(&rec, w[2]); err != nil {
		return rec, nil, err
	}
	return rec, w[4:], nil
}

func outcomeOf(words []string) ([]string, func(*audit.Record), error) {
	n := len(words)
	if n < 2 || words[n-2] != "=" {
		return words, func(*audit.Record) {}, nil
	}
	set, ok := outcomes[words[n-1]]
	if !ok {
		return nil, nil, fmt.Errorf("outcome %q: must be one of %s", words[n-1], strings.Join(names(outcomes), ", "))
	}
	return words[:n-2], set, nil
}

// pauseOf reads "by 30s", the time between the requests of a line.
func pauseOf(words []string) ([]string, time.Duration, error) {
	n := len(words)
	if n < 2 || words[n-2] != "by" {
		return words, 2 * time.Second, nil
	}
	pause, err := time.ParseDuration(words[n-1])
	if err != nil || pause <= 0 {
		return nil, 0, fmt.Errorf("by %q: a pause like 30s is wanted", words[n-1])
	}
	return words[:n-2], pause, nil
}

func timesOf(words []string) ([]string, int) {
	if n := len(words); n > 0 && strings.HasPrefix(words[n-1], "x") {
		if times, err := strconv.Atoi(words[n-1][1:]); err == nil {
			return words[:n-1], times
		}
	}
	return words, 1
}

// objectsOf expands "a, b" and "s01..s28". No objects are one nameless one.
func objectsOf(words []string) (out []string) {
	for _, w := range words {
		w = strings.TrimSuffix(w, ",")
		from, to, ok := strings.Cut(w, "..")
		if !ok {
			out = append(out, w)
			continue
		}
		stem := strings.TrimRight(from, "0123456789")
		low, _ := strconv.Atoi(from[len(stem):])
		high, _ := strconv.Atoi(strings.TrimPrefix(to, stem))
		for i := low; i <= high; i++ {
			out = append(out, fmt.Sprintf("%s%0*d", stem, len(from)-len(stem), i))
		}
	}
	if len(out) == 0 {
		out = []string{""}
	}
	return out
}

func names[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// digest tells the story's records apart, the same on every run.
func digest(rec *audit.Record, n int) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, n, rec.Time.UnixNano(), rec.Vault, rec.Operation, rec.Caller.ID, rec.Object)
	return h.Sum64()
}
