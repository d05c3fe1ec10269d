package audit_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// A parser that has read much reads a record as a fresh one does, whatever of it came before and with what else: tokens of the
// same claims in other words, requests around which vault and operation change.
func TestWhatWasReadBeforeChangesNothing(t *testing.T) {
	seasoned, rng := audit.NewParser(audit.Limits{}), rand.New(rand.NewPCG(3, 5))
	callers := map[audit.Caller]bool{}
	for range 5000 {
		body := []byte(anyEvent(rng))
		got, _ := seasoned.Body(body, nil)
		want := parse(t, body)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\nis read as %+v\nand by a fresh parser as %+v", body, got, want)
		}
		for _, r := range got {
			callers[r.Caller] = true
		}
	}
	if len(callers) < 300 {
		t.Errorf("only %d callers", len(callers))
	}
}

func anyEvent(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var claims []string
	for _, name := range []string{"oid", "appid", "upn", "unique_name", "name", "idtyp", "appidacr", "ipaddr", "tid", "xms_mirid", "scp"} {
		if value := pick("", "", `"a"`, `"B"`, `"app"`, `"1"`, `1`, `null`, `""`, `"\u0061"`, `{"value":"a"}`, `"203.0.113.7"`); value != "" {
			claims = append(claims, fmt.Sprintf("%q:%s", name, value))
		}
	}
	claims = append(claims, fmt.Sprintf(`"uti":"%d"`, rng.IntN(1000)))
	properties := `"httpStatusCode":200,"clientInfo":"curl/8","id":"https://kv.vault.azure.net/secrets/` + pick("a", "b") + `"`
	body := event(pick("SecretGet", "SECRETGET", "SecretList", "VaultPut", "Unheard"), strings.Join(claims, ","), properties, "")
	return strings.Replace(body, "KV-EXAMPLE", pick("KV-ONE", "kv-one", "KV-TWO/", "KV-TWO"), 1)
}
