package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every setting that the deployment or the example gives to the program is one that it reads, and defaults alone work.
func TestSettingsAreThoseOfTheDeployment(t *testing.T) {
	known := map[string]bool{}
	for f := range fields() {
		known[f.Tag.Get("env")] = true
	}
	bicep, err := os.ReadFile(filepath.Join("..", "infra", "modules", "functionapp.bicep"))
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile(`(?s)var programSettings = \{(.*?)\n\}`).FindSubmatch(bicep)
	if program == nil {
		t.Fatal("functionapp.bicep has no programSettings any more")
	}
	given := regexp.MustCompile(`(?m)^  (VAULTWATCH_\w+):`).FindAllSubmatch(program[1], -1)
	if len(given) < 3 {
		t.Fatalf("only %d settings found in functionapp.bicep", len(given))
	}
	for _, m := range given {
		if name := string(m[1]); !known[name] {
			t.Errorf("functionapp.bicep gives %s, which the program does not read", name)
		}
	}
	example, err := os.ReadFile(filepath.Join("..", "local.settings.json.example"))
	if err != nil {
		t.Fatal(err)
	}
	var local struct{ Values map[string]string }
	if err := json.Unmarshal(example, &local); err != nil {
		t.Fatal(err)
	}
	for name, value := range local.Values {
		// The others are the host's: of the runtime, and of the triggers in the function.json files.
		if strings.HasPrefix(name, "VAULTWATCH_") && !known[name] && !asked(t, name) {
			t.Errorf("the example gives %s=%s, which nobody reads", name, value)
		}
	}
	if _, err := readSettings(local.Values); err != nil {
		t.Errorf("the example's settings are refused: %v", err)
	}
	if _, err := readSettings(nil); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// asked tells whether a function.json names a setting, itself or as a connection with parts.
func asked(t *testing.T, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "functions", "*", "function.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no function.json: %v", err)
	}
	connection, _, _ := strings.Cut(name, "__")
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "%"+name+"%") || strings.Contains(string(text), `"`+connection+`"`) {
			return true
		}
	}
	return false
}

// A wrong setting is named, with what it may hold; several are named at once; secrets are not shown.
func TestWrongSettingsAreNamed(t *testing.T) {
	for _, c := range []struct {
		given string
		says  []string
	}{
		{"VAULTWATCH_TOR=maybe", []string{"VAULTWATCH_TOR", "on or off"}},
		{"VAULTWATCH_FEEDS=drop=https://lists.example/drop,https://lists.example/secret", []string{"VAULTWATCH_FEEDS", "feed 2", "name=https"}},
		{"VAULTWATCH_MAIL_SEVERITY=loud VAULTWATCH_DIGEST_HOUR=noon", []string{"VAULTWATCH_MAIL_SEVERITY", "Low, Medium", "VAULTWATCH_DIGEST_HOUR", "0 to 23"}},
		{"VAULTWATCH_DIGEST_HOUR=24", []string{"VAULTWATCH_DIGEST_HOUR", "0 to 23"}},
		{"VAULTWATCH_MAIL_TO=a@example.com", []string{"VAULTWATCH_MAIL_FROM", "VAULTWATCH_SENDGRID_KEY or VAULTWATCH_SMTP_HOST"}},
		{"VAULTWATCH_MAIL_TO=a@example.com VAULTWATCH_MAIL_FROM=b@example.com VAULTWATCH_SENDGRID_KEY=SG.secret VAULTWATCH_SMTP_HOST=mail", []string{"not both"}},
		{"VAULTWATCH_MAIL_TO=a@example.com VAULTWATCH_MAIL_FROM=b@example.com VAULTWATCH_SENDGRID_KEY=@Microsoft.KeyVault(SecretUri=https://secret)", []string{"VAULTWATCH_SENDGRID", "Key Vault"}},
		{"VAULTWATCH_LOGS_RULE=dcr-1", []string{"VAULTWATCH_LOGS_ENDPOINT", "all three"}},
		{"VAULTWATCH_EXPORT_HUB=siem", []string{"VAULTWATCH_EXPORT_NAMESPACE"}},
		{"VAULTWATCH_KNOWN_NETWORKS=192.0.2.0/24,office", []string{"VAULTWATCH_KNOWN_NETWORKS", "office"}},
		{"VAULTWATCH_CANARIES=kv-pay/root,,x", []string{"VAULTWATCH_CANARIES", "want a vault and an object"}},
		{"VAULTWATCH_SETTINGS=/no/such/file", []string{"VAULTWATCH_SETTINGS", "/no/such/file"}},
		{`VAULTWATCH_SETTINGS={"severity":{"KV_Nothing":"High"}}`, []string{"VAULTWATCH_SETTINGS", "KV_Nothing"}},
		{"VAULTWATCH_WEBHOOK_URL=http://secret.example.com/x", []string{"VAULTWATCH_WEBHOOK", "https"}},
		{"VAULTWATCH_WEBHOOK_URL=https://hooks.example.com/secret VAULTWATCH_WEBHOOK_FORM=irc", []string{"json, slack or teams"}},
		{"VAULTWATCH_STORE=AccountKey=secret;", []string{"VAULTWATCH_STORE", "file:PATH"}},
		{"VAULTWATCH_STORE=file:/no/such/folder/x.db", []string{"VAULTWATCH_STORE", "/no/such/folder"}},
	} {
		t.Run(c.given, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := call(t, surroundings{Env: environment(strings.Fields(c.given))}, "serve", "--port", "1")
			if got.code == exitGood {
				t.Fatal("it was accepted")
			}
			for _, text := range c.says {
				if !strings.Contains(got.err, text) {
					t.Errorf("%q is not said:\n%s", text, got.err)
				}
			}
			if strings.Contains(got.err, "/secret") || strings.Contains(got.err, "SG.secret") || strings.Contains(got.err, "=secret") {
				t.Errorf("a secret is shown: %s", got.err)
			}
		})
	}
}
