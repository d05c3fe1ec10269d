package check

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

func options() Options {
	return Options{
		Infra:     filepath.Join(root, "infra"),
		Tools:     filepath.Join(root, "tools", "bicepcheck"),
		Example:   filepath.Join(root, "local.settings.json.example"),
		Functions: filepath.Join(root, "functions"),
	}
}

func load(t *testing.T) *Project {
	t.Helper()
	p, err := Load(options())
	if errors.Is(err, ErrNoParsers) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The infrastructure of this repository has no fault.
func TestInfra(t *testing.T) {
	p := load(t)
	if data, err := os.ReadFile(p.Example); err == nil && !strings.Contains(string(data), "VAULTWATCH_MAIL_TO") {
		t.Logf("%s does not list the program's settings yet: compared without it", p.Example)
		p.Example = ""
	}
	faults, err := p.Check()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// Every kind of mistake that the rules promise to catch, put into a real file one at a time.
var seeds = []struct{ name, file, old, new, want string }{
	{"a bracket is missing", "modules/identity.bicep", "  tags: tags\n}", "  tags: tags\n", "syntax error"},
	{"a quote is missing", "modules/export.bicep", "kind: 'Direct'", "kind: 'Direct", "syntax error"},
	{"a property is misspelt", "modules/storage.bicep", "allowBlobPublicAccess:", "allowBlobPublicAcces:", "has no property allowBlobPublicAcces"},
	{"a property has the wrong case", "modules/storage.bicep", "minimumTlsVersion:", "minimumTLSVersion:", "it is spelled minimumTlsVersion"},
	{"a deep property is misspelt", "modules/functionapp.bicep", "instanceMemoryMB: scale", "instanceMemory: scale", "has no property instanceMemory"},
	{"a property of a gap type is misspelt", "modules/export.bicep", "streamDeclarations:", "streamDeclaration:", "has no property streamDeclaration"},
	{"a property of the Activity Log setting is misspelt", "modules/activitylog.bicep", "category: 'Policy'", "categoryName: 'Policy'", "has no property categoryName"},
	{"a property in an array is misspelt", "modules/alerts.bicep", "failingPeriods:", "failingPeriod:", "has no property failingPeriod"},
	{"a required property is missing", "modules/storage.bicep", "  kind: 'StorageV2'\n", "", "required property kind is missing"},
	{"a read-only property is set", "modules/secrets.bicep", "sku: { family", "hsmPoolResourceId: ''\n    sku: { family", "is read-only"},
	{"a value is none of the choices", "modules/secrets.bicep", "name: 'standard'", "name: 'basic'", "wanted is one of standard, premium"},
	{"a string stands for a number", "modules/secrets.bicep", "softDeleteRetentionInDays: 7", "softDeleteRetentionInDays: '7'", "wanted is int"},
	{"a string stands for a bool", "modules/functionapp.bicep", "httpsOnly: true", "httpsOnly: 'true'", "wanted is bool"},
	{"a string stands for an array", "modules/export.bicep", "destinations: ['workspace']", "destinations: 'workspace'", "wanted is string[]"},
	{"a resource type is unknown", "modules/identity.bicep", "userAssignedIdentities@", "userAssignedIdentity@", "is not in schema/types.json"},
	{"an API version is not listed", "modules/eventhub.bicep", "namespaces@2024-01-01' = {", "namespaces@2024-01-02' = {", "is not the listed 2024-01-01"},
	{"a resource is at the wrong scope", "modules/storage.bicep", "\nresource account", "\nresource g 'Microsoft.Resources/resourceGroups@2025-04-01' = { name: 'x', location: location }\n\nresource account", "the file's scope is resourceGroup"},
	{"a module path is wrong", "main.bicep", "'modules/export.bicep'", "'modules/exports.bicep'", "does not exist"},
	{"a module parameter is missing", "main.bicep", ", email: operatorEmail }", " }", "parameter email is missing"},
	{"a module has no such parameter", "modules/region.bicep", "    sku: storageSku\n  }\n}\n\nmodule memory", "    skuName: storageSku\n  }\n}\n\nmodule memory", "has no parameter skuName"},
	{"a required module parameter is left out", "modules/region.bicep", "    memoryAccountName: memoryStorage.outputs.name\n", "", "parameter memoryAccountName is missing"},
	{"a module at another scope", "main.bicep", "name: 'vaultwatch-identity'\n  scope: shared", "name: 'vaultwatch-identity'", "needs a scope"},
	{"a field of an object parameter is missing", "main.bicep", "{ to: mailTo, from: mailFrom, ", "{ to: mailTo, ", "has the fields"},
	{"an object parameter handed on has other fields", "modules/region.bicep", "alwaysReady: int }", "warm: int }", "has the fields"},
	{"an output does not exist", "main.bicep", "stamps[i].outputs.auditHub", "stamps[i].outputs.hub", "has no output hub"},
	{"outputs is forgotten", "main.bicep", "identity.outputs.clientId", "identity.clientId", "has no property clientId"},
	{"a property of a resource is misread", "modules/storage.bicep", "primaryEndpoints.table", "primaryEndpoints.tables", "has no property tables"},
	{"a property of the rule is misread", "modules/export.bicep", "endpoints.logsIngestion", "endpoints.logIngestion", "has no property logIngestion"},
	{"a symbol is not declared", "modules/policy.bicep", "location: region", "location: regions", "regions is not declared"},
	{"a function is misspelt", "main.bicep", "uniqueString(", "uniquestring(", "unknown function uniquestring"},
	{"a decorator is misspelt", "modules/secrets.bicep", "@secure()", "@secured()", "unknown decorator secured"},
	{"a role has no such name", "modules/telemetry.bicep", "import { roles }", "import { role }", "exports no such name"},
	{"a parameter is unused", "modules/identity.bicep", "  tags: tags\n", "", "tags is never used"},
	{"a variable is unused", "main.bicep", "\nvar effect", "\nvar spare = 1\nvar effect", "spare is never used"},
	{"a name is declared twice", "main.bicep", "\nvar effect", "\nvar token = 'x'\nvar effect", "token is declared twice"},
	{"a role id stands outside the table", "modules/telemetry.bicep", "'Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher", "'Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb'", "belongs into roles.bicep"},
	{"a file to load is missing", "modules/alerts.bicep", "detector-lag.kql", "detector-lags.kql", "does not exist"},
	{"an output shows a secret", "modules/secrets.bicep", "output name string = vault.name", "output name string = sendGridKey", "shows the secret sendGridKey"},
	{"an output shows a connection string", "modules/telemetry.bicep", "= component.name", "= component.properties.ConnectionString", "shows a secret"},
	{"an output lists keys", "modules/storage.bicep", "output name string = account.name", "output name string = account.listKeys().keys[0].value", "shows a secret"},
	{"a secret has a default", "main.bicep", "param sendGridKey string = ''", "param sendGridKey string = 'SG.1'", "has a default"},
	{"a secret goes into an open parameter", "modules/secrets.bicep", "@secure()\nparam", "param", "which is not @secure"},
	{"a description says nothing about need", "modules/identity.bicep", "'Required. Region.'", "'Region.'", "must begin with"},
	{"a description lies about need", "modules/workspace.bicep", "'Optional. Days", "'Required. Days", "only for those"},
	{"a parameter file has a stray parameter", "main.bicepparam", "param mailFrom", "param mailSender", "has no parameter mailSender"},
	{"a parameter file lacks a parameter", "main.bicepparam", "param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')", "", "parameter location of main.bicep is missing"},
	{"a trigger's setting is not given", "modules/functionapp.bicep", "VAULTWATCH_CONSUMER_GROUP:", "VAULTWATCH_GROUP:", "app setting VAULTWATCH_CONSUMER_GROUP"},
	{"a stray setting is given", "modules/functionapp.bicep", "  VAULTWATCH_MAIL_TO:", "  VAULTWATCH_STRAY: 'x'\n  VAULTWATCH_MAIL_TO:", "app setting VAULTWATCH_STRAY"},
}

func TestSeededFaultsAreCaught(t *testing.T) {
	p := load(t)
	dir := t.TempDir()
	var paths []string
	for i, s := range seeds {
		text, err := os.ReadFile(filepath.Join(p.Infra, s.file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), s.old) == 0 {
			t.Fatalf("%s: %s does not contain %q", s.name, s.file, s.old)
		}
		path := filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26))+filepath.Ext(s.file))
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), s.old, s.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	trees, err := parseFiles(p.Tools, paths)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range seeds {
		t.Run(s.name, func(t *testing.T) {
			broken := *p
			broken.Files = maps.Clone(p.Files)
			broken.Files[s.file] = newFile(s.file, trees[i])
			broken.faults = nil
			broken.bicep()
			var said []string
			for _, f := range broken.faults {
				said = append(said, f.String())
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, s.want) || all == "" {
				t.Errorf("want a fault with %q, got\n%s", s.want, all)
			}
		})
	}
}

func TestSeededQueryFaultsAreCaught(t *testing.T) {
	p := load(t)
	texts, err := p.queryTexts()
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]struct{ text, want string }{
		"misspelt-column":   {"VaultwatchAudit | where CallerIpAddress == ''", "'CallerIpAddress' does not refer"}, // the function spells it CallerIPAddress
		"open-bracket":      {"VaultwatchAudit | summarize count( by Vault", "Expected: )"},
		"misspelt-table":    {"AZKVAuditLog | take 1", "'AZKVAuditLog' does not refer"},
		"wrong-types":       {"VaultwatchAlerts | where StartTime > 1", "not defined for the operand types"},
		"misspelt-function": {"VaultwatchAlerts | extend x = tolowercase('')", "'tolowercase' does not refer"},
	}
	for name, b := range broken {
		texts[name] = b.text
	}
	if err := p.analyse(texts); err != nil { // once, since the language service takes long to start
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, f := range p.faults {
		said[f.Path] += f.Message
	}
	for name, b := range broken {
		if got := said["queries/"+name+".kql"]; !strings.Contains(got, b.want) {
			t.Errorf("%s: want a fault with %q, got %q", b.text, b.want, got)
		}
	}
	if len(said) != len(broken) {
		t.Errorf("want faults in the %d broken queries only, got %v", len(broken), said)
	}
}

func TestWorkbookFaultsAreCaught(t *testing.T) {
	p := load(t)
	texts, err := p.queryTexts()
	if err != nil {
		t.Fatal(err)
	}
	texts["incidents"] += "| take 1\n"
	if err := p.workbook(texts); err != nil {
		t.Fatal(err)
	}
	if len(p.faults) != 1 || !strings.Contains(p.faults[0].Message, "panel incidents differs") {
		t.Errorf("want one fault about the panel, got %v", p.faults)
	}
}

// The list of SecurityAlert's columns is what the table, the stream and the queries share; a reserved name in it would
// only be refused by Azure.
func TestAlertColumns(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "infra", "alert-columns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var columns []struct{ Name, Type string }
	if err := json.Unmarshal(data, &columns); err != nil {
		t.Fatal(err)
	}
	reserved := "id _ResourceId _SubscriptionId TenantId Type UniqueId Title"
	types := "string int long real boolean datetime dynamic"
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] || len(c.Name) > 45 || contains(reserved, c.Name) || !contains(types, c.Type) {
			t.Errorf("column %s of type %s is not possible", c.Name, c.Type)
		}
		seen[c.Name] = true
	}
	if !seen["TimeGenerated"] {
		t.Error("a table must have the column TimeGenerated")
	}
}

// The rows that the detector sends, the table they go to and the queries over it are three files that must agree: a
// column that the stream does not declare is dropped without an error.
func TestRowsAndQueriesAgree(t *testing.T) {
	row, err := os.ReadFile(filepath.Join(root, "handler", "internal", "notify", "loganalytics", "row.go"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the Log Analytics channel is not there")
	}
	columns, err2 := os.ReadFile(filepath.Join(root, "infra", "alert-columns.json"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile("`json:\"(\\w+)\"`").FindAllStringSubmatch(string(row), -1)
	if len(tags) == 0 {
		t.Fatal("no column found in row.go")
	}
	for _, tag := range tags {
		if !strings.Contains(string(columns), `"`+tag[1]+`"`) {
			t.Errorf("row.go writes the column %s, alert-columns.json has none", tag[1])
		}
	}
	p := Project{Options: options()}
	texts, err := p.queryTexts()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, read := range regexp.MustCompile(`Properties\["([^"]+)"\]`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(row), `"`+read[1]+`"`) {
				t.Errorf("%s.kql reads the property %q, row.go writes none", name, read[1])
			}
		}
	}
}

func contains(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}
