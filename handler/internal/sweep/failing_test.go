package sweep_test

import (
	"context"
	"errors"
	"iter"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// failing is a store that fails to read one partition and panics at another, as a bug would.
type failing struct {
	store.Store
	fails, panics string
}

func (f *failing) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	if partition == f.panics && to == "" {
		panic(partition)
	}
	if partition == f.fails {
		return func(yield func(store.Row, error) bool) { yield(store.Row{}, errors.New("cannot be read")) }
	}
	return f.Store.Rows(ctx, partition, from, to)
}
