package tables

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// absenceRounds is how often Commit leaves out deletes of rows that turn out to be gone. Another round is needed only
// when somebody else removes one of the rows in between.
const absenceRounds = 3

// Commit implements [store.Store].
func (s *Store) Commit(ctx context.Context, partition string, writes []store.Write) error {
	if err := ctx.Err(); err != nil {
		return s.explain("commit to", err)
	}
	if err := store.Check(partition, writes); err != nil {
		return err
	}
	for range absenceRounds {
		if len(writes) == 0 {
			return nil
		}
		err := s.submit(ctx, partition, writes)
		if !isGone(err) {
			return err
		}
		// Azure refuses a transaction that deletes what is not there; under Any that is no error.
		left, readErr := s.withoutAbsent(ctx, partition, writes)
		if readErr != nil {
			return s.explain("commit to", readErr)
		}
		if len(left) == len(writes) {
			return err
		}
		writes = left
	}
	return fmt.Errorf("commit to table %s: rows to delete come and go: %w", s.table, store.ErrConflict)
}

// submit sends one entity-group transaction and reads the verdict.
func (s *Store) submit(ctx context.Context, partition string, writes []store.Write) error {
	actions := make([]aztables.TransactionAction, len(writes))
	for i, w := range writes {
		entity, err := encode(partition, w)
		if err != nil {
			return fmt.Errorf("encode row %q: %w", w.Key, err)
		}
		actions[i] = action(w, entity)
	}
	unsure := false // a try before the last may have been written
	ctx = policy.WithRetryOptions(context.WithValue(ctx, writesKey{}, len(writes)), s.retryRule(&unsure))
	_, err := s.client.SubmitTransaction(ctx, actions, nil)
	if unsure && errors.Is(err, store.ErrConflict) {
		// The row may have changed through our own earlier try; ErrConflict would promise that nothing was written.
		return fmt.Errorf("commit to table %s: refused after a try whose end is unknown: %v", s.table, err)
	}
	if err != nil {
		return s.explain("commit to", err)
	}
	return nil
}

// action translates a write's condition into Azure's words.
func action(w store.Write, entity []byte) aztables.TransactionAction {
	out := aztables.TransactionAction{Entity: entity, ActionType: aztables.TransactionTypeUpdateReplace}
	switch {
	case w.Delete:
		out.ActionType = aztables.TransactionTypeDelete
	case w.If == store.Absent:
		out.ActionType = aztables.TransactionTypeAdd
	case w.If == store.Any:
		out.ActionType = aztables.TransactionTypeInsertReplace
	}
	if w.If != store.Absent && w.If != store.Any {
		etag := azcore.ETag(w.If)
		out.IfMatch = &etag
	}
	return out
}

// retryRule lets a transaction be tried again only when the last try surely wrote nothing (no connection, 429), or when
// the service was busy (503), which is as sure as Azure says; then unsure is set. A lost answer is not tried again: the
// try may have been written, and a second one could undo what others wrote since.
func (s *Store) retryRule(unsure *bool) policy.RetryOptions {
	rule := s.retry
	rule.ShouldRetry = func(answer *http.Response, err error) bool {
		if err != nil {
			var network *net.OpError
			return errors.As(err, &network) && network.Op == "dial"
		}
		busy := answer.StatusCode == http.StatusServiceUnavailable
		*unsure = *unsure || busy
		return busy || answer.StatusCode == http.StatusTooManyRequests
	}
	return rule
}

// withoutAbsent leaves out the unconditional deletes of rows that are not there.
func (s *Store) withoutAbsent(ctx context.Context, partition string, writes []store.Write) ([]store.Write, error) {
	var deletes []string
	for _, w := range writes {
		if w.Delete && w.If == store.Any {
			deletes = append(deletes, w.Key)
		}
	}
	if len(deletes) == 0 {
		return writes, nil
	}
	there := map[string]bool{}
	within := filter(partition, slices.Min(deletes), slices.Max(deletes)+"\x00")
	for raw, err := range s.entities(ctx, within, "RowKey") {
		if err != nil {
			return nil, err
		}
		key, err := decodeKey(raw)
		if err != nil {
			return nil, err
		}
		there[key] = true
	}
	return slices.DeleteFunc(slices.Clone(writes), func(w store.Write) bool {
		return w.Delete && w.If == store.Any && !there[w.Key]
	}), nil
}
