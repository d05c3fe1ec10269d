package tables

import (
	"encoding/json"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// A row is an entity with the properties Size (bytes of data) and Data00, Data01, ... of at most 64 KiB each, which is
// all that Azure allows in one property. Size tells a whole row from one that somebody edited.
const maxProperty = 64 << 10

func dataName(part int) string { return fmt.Sprintf("Data%02d", part) }

// encode makes the entity of a write; of a delete, only the keys.
func encode(partition string, w store.Write) ([]byte, error) {
	entity := aztables.EDMEntity{
		Entity:     aztables.Entity{PartitionKey: escape(partition), RowKey: escape(w.Key)},
		Properties: map[string]any{},
	}
	if !w.Delete {
		entity.Properties["Size"] = int32(len(w.Data))
		for part, rest := 0, w.Data; len(rest) > 0; part++ {
			cut := min(len(rest), maxProperty)
			entity.Properties[dataName(part)] = aztables.EDMBinary(rest[:cut])
			rest = rest[cut:]
		}
	}
	return json.Marshal(entity)
}

// decode is the inverse of encode for what the service returns, ETag included.
func decode(raw []byte) (store.Row, error) {
	var entity aztables.EDMEntity
	if err := json.Unmarshal(raw, &entity); err != nil {
		return store.Row{}, fmt.Errorf("decode a row: %w", err)
	}
	key, err := unescape(entity.RowKey)
	if err != nil {
		return store.Row{}, err
	}
	size, ok := entity.Properties["Size"].(int32)
	if !ok || size < 0 || size > store.MaxData || entity.ETag == "" {
		return store.Row{}, fmt.Errorf("row %q has no size or no version: %w", key, errNotOurs)
	}
	data := make([]byte, 0, size)
	for part := 0; len(data) < int(size); part++ {
		piece, ok := entity.Properties[dataName(part)].(aztables.EDMBinary)
		if !ok || len(piece) == 0 {
			return store.Row{}, fmt.Errorf("row %q has %d of its %d bytes: %w", key, len(data), size, errNotOurs)
		}
		data = append(data, piece...)
	}
	if len(data) != int(size) {
		return store.Row{}, fmt.Errorf("row %q has %d bytes, should have %d: %w", key, len(data), size, errNotOurs)
	}
	return store.Row{Key: key, Data: data, Version: store.Version(entity.ETag)}, nil
}

// decodeKey reads a row's key alone.
func decodeKey(raw []byte) (string, error) {
	var entity struct{ RowKey string }
	if err := json.Unmarshal(raw, &entity); err != nil {
		return "", fmt.Errorf("decode a row: %w", err)
	}
	return unescape(entity.RowKey)
}
