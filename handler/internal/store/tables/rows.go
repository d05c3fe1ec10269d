package tables

import (
	"context"
	"fmt"
	"iter"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Rows implements [store.Store]. It asks for a page at a time (at most 1,000 rows or 4 MiB, as the service decides) and
// tries a page again after any failure that may pass, for reading twice harms nobody.
func (s *Store) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		for raw, err := range s.entities(ctx, filter(partition, from, to), "") {
			row := store.Row{}
			if err == nil {
				row, err = decode(raw)
			}
			if err != nil {
				yield(store.Row{}, s.explain("read", err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// entities yields what a filter selects, as JSON; columns may narrow it.
func (s *Store) entities(ctx context.Context, filter, columns string) iter.Seq2[[]byte, error] {
	options := aztables.ListEntitiesOptions{
		Filter: &filter,
		Format: to.Ptr(aztables.MetadataFormatFull), // the lesser formats leave out the ETag
	}
	if columns != "" {
		options.Select = &columns
	}
	return func(yield func([]byte, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		for pager := s.client.NewListEntitiesPager(&options); pager.More(); {
			page, err := pager.NextPage(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, raw := range page.Entities {
				if !yield(raw, nil) {
					return
				}
			}
		}
	}
}

// filter selects from <= key < to of a partition. Escaped keys hold no quotes, so nothing can break out of the literals.
func filter(partition, from, to string) string {
	out := fmt.Sprintf("PartitionKey eq '%s'", escape(partition))
	if from != "" {
		out += fmt.Sprintf(" and RowKey ge '%s'", escape(from))
	}
	if to != "" {
		out += fmt.Sprintf(" and RowKey lt '%s'", escape(to))
	}
	return out
}
