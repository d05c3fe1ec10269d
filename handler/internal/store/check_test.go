package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Check's errors name the rule and the row. The limits themselves are tried on real stores, in storetest.
func TestCheckExplains(t *testing.T) {
	long := strings.Repeat("k", store.MaxKey+1)
	any := func(key string) store.Write { return store.Write{Key: key, If: store.Any} }
	for words, writes := range map[string][]store.Write{
		"empty key":             {any("")},
		"key of 257 bytes":      {any(long)},
		"101 writes":            make([]store.Write, store.MaxWrites+1),
		`key "a" twice`:         {any("a"), any("b"), any("a")},
		"delete under Absent":   {{Key: "a", Delete: true}},
		"delete with data":      {{Key: "a", Delete: true, If: store.Any, Data: []byte("x")}},
		`row "a": 720897 bytes`: {{Key: "a", Data: make([]byte, store.MaxData+1)}},
		"at most 2621440": { // each row is within the limits, all together are not
			{Key: "a", Data: make([]byte, store.MaxData)}, {Key: "b", Data: make([]byte, store.MaxData)},
			{Key: "c", Data: make([]byte, store.MaxData)}, {Key: "d", Data: make([]byte, store.MaxData)},
		},
	} {
		err := store.Check("p", writes)
		if !errors.Is(err, store.ErrTooLarge) || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want ErrTooLarge with words %q", err, words)
		}
	}
	if err := store.Check("", nil); !errors.Is(err, store.ErrTooLarge) || !strings.Contains(err.Error(), "empty partition") {
		t.Errorf("an empty partition: %v", err)
	}
	if err := store.Check("p", []store.Write{any("a"), {Key: "b"}, {Key: "c", Delete: true, If: "1"}}); err != nil {
		t.Errorf("a good commit: %v", err)
	}
}
