package invoke

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The fixtures stand in two folders with the same names: invented ones in the repository, and golden ones read out of
// the host's source, which only the founders' machines have. Every test runs over both.
func eachFixtureFolder(t *testing.T, test func(t *testing.T, folder string)) {
	t.Helper()
	t.Run("own", func(t *testing.T) { test(t, filepath.Join("testdata", "host")) })
	t.Run("golden", func(t *testing.T) {
		shared := os.Getenv("VAULTWATCH_SHARED")
		if shared == "" {
			shared = filepath.Join("..", "..", "..", "..", "shared")
		}
		folder := filepath.Join(shared, "fixtures", "host")
		if _, err := os.Stat(folder); err != nil {
			t.Skip("the golden fixtures are not here; set VAULTWATCH_SHARED to the folder above fixtures/")
		}
		test(t, folder)
	})
}

func fixture(t testing.TB, folder, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fixtureJSON(t testing.TB, folder, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(fixture(t, folder, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
