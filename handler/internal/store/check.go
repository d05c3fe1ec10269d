package store

import "fmt"

// Check says whether a commit keeps to the rules every adapter shares: the limits, distinct keys, sensible conditions.
// Adapters call it first. The error wraps [ErrTooLarge] and names the rule and the row.
func Check(partition string, writes []Write) error {
	if err := checkKey("partition", partition); err != nil {
		return err
	}
	if len(writes) > MaxWrites {
		return fmt.Errorf("commit to %q: %d writes, at most %d: %w", partition, len(writes), MaxWrites, ErrTooLarge)
	}
	total, seen := 0, make(map[string]bool, len(writes))
	for _, w := range writes {
		if err := w.check(); err != nil {
			return fmt.Errorf("commit to %q: %w", partition, err)
		}
		if seen[w.Key] {
			return fmt.Errorf("commit to %q: key %q twice: %w", partition, w.Key, ErrTooLarge)
		}
		seen[w.Key] = true
		total += len(w.Key) + len(w.Data)
	}
	if total > MaxCommit {
		return fmt.Errorf("commit to %q: %d bytes, at most %d: %w", partition, total, MaxCommit, ErrTooLarge)
	}
	return nil
}

func (w Write) check() error {
	if err := checkKey("key", w.Key); err != nil {
		return err
	}
	switch {
	case len(w.Data) > MaxData:
		return fmt.Errorf("row %q: %d bytes, at most %d: %w", w.Key, len(w.Data), MaxData, ErrTooLarge)
	case w.Delete && w.If == Absent:
		return fmt.Errorf("row %q: delete under Absent; use Any or a version: %w", w.Key, ErrTooLarge)
	case w.Delete && len(w.Data) > 0:
		return fmt.Errorf("row %q: delete with data: %w", w.Key, ErrTooLarge)
	}
	return nil
}

func checkKey(what, key string) error {
	if key == "" {
		return fmt.Errorf("empty %s: %w", what, ErrTooLarge)
	}
	if len(key) > MaxKey {
		return fmt.Errorf("%s of %d bytes, at most %d: %w", what, len(key), MaxKey, ErrTooLarge)
	}
	return nil
}
