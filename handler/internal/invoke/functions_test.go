package invoke

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// These tests hold what the host is told in host.json and functions/ to what this package does.

const root = "../../.."

type binding struct {
	Type, Direction, Name, EventHubName, ConsumerGroup, Connection, Cardinality, DataType string
	Schedule, AuthLevel, Route                                                            string
}

type function struct {
	Bindings []binding
	Retry    *struct {
		Strategy, MinimumInterval, MaximumInterval string
		MaxRetryCount                              int
	}
}

// functions reads every folder, which must hold function.json and nothing else: the host takes no more from it.
func functions(t *testing.T) map[string]function {
	t.Helper()
	folders, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]function{}
	for _, folder := range folders {
		files, err := os.ReadDir(filepath.Join(root, "functions", folder.Name()))
		if err != nil || len(files) != 1 {
			t.Fatalf("functions/%s: want one file, got %v (%v)", folder.Name(), files, err)
		}
		var f function
		fixtureJSON(t, filepath.Join(root, "functions", folder.Name()), "function.json", &f)
		out[folder.Name()] = f
	}
	return out
}

func TestEveryFunctionHasOneTriggerWithTheNameWeDecode(t *testing.T) {
	bindingNames := map[string]string{"eventHubTrigger": "events", "timerTrigger": "timer", "httpTrigger": "req"}
	want := map[string]string{"AuditBatch": "eventHubTrigger", "ActivityBatch": "eventHubTrigger", "Sweep": "timerTrigger", "Console": "httpTrigger"}
	got := functions(t)
	if len(got) != len(want) {
		t.Errorf("%d functions, want %d", len(got), len(want))
	}
	for name, f := range got {
		triggers := 0
		for _, b := range f.Bindings {
			if strings.HasSuffix(b.Type, "Trigger") {
				triggers++
				if b.Type != want[name] || b.Name != bindingNames[b.Type] || b.Direction != "in" {
					t.Errorf("%s: trigger %+v", name, b)
				}
			}
		}
		if triggers != 1 || !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`).MatchString(name) {
			t.Errorf("%s: %d triggers", name, triggers)
		}
	}
}

func TestEventHubFunctionsLoseNothing(t *testing.T) {
	for name, f := range functions(t) {
		b := f.Bindings[0]
		if b.Type != "eventHubTrigger" {
			continue
		}
		if b.Cardinality != "many" || b.DataType != "binary" {
			t.Errorf("%s: %s and %s: other shapes are slow, lossy, or let one message block a partition", name, b.Cardinality, b.DataType)
		}
		r := f.Retry
		if r == nil || r.MaxRetryCount != -1 || r.Strategy != "exponentialBackoff" || r.MinimumInterval == "" || r.MaximumInterval == "" {
			t.Errorf("%s: retry %+v: without an endless retry the host drops what failed", name, r)
		}
	}
}

func TestConsoleIsForwardedUnderThePrefix(t *testing.T) {
	bindings := functions(t)["Console"].Bindings
	// The host forwards only functions with exactly one http input and one http output.
	if len(bindings) != 2 || bindings[0].AuthLevel != "function" || bindings[0].Route != "{*path}" ||
		bindings[1].Type != "http" || bindings[1].Direction != "out" || bindings[1].Name != OutputName {
		t.Errorf("got %+v", bindings)
	}
	host := hostSettings(t)
	if !host.CustomHandler.EnableForwardingHTTPRequest || "/"+host.Extensions.HTTP.RoutePrefix+"/" != DefaultPrefix {
		t.Errorf("forwarding %v below %q", host.CustomHandler.EnableForwardingHTTPRequest, host.Extensions.HTTP.RoutePrefix)
	}
}

func TestEverySettingIsInTheExample(t *testing.T) {
	var example struct{ Values map[string]string }
	fixtureJSON(t, root, "local.settings.json.example", &example)
	reference := regexp.MustCompile(`%([^%]+)%`)
	for name, f := range functions(t) {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reference.FindAllStringSubmatch(string(raw), -1) {
			if example.Values[match[1]] == "" {
				t.Errorf("%s asks for %s, which the example does not have", name, match[1])
			}
		}
		for _, b := range f.Bindings {
			if b.Connection != "" && example.Values[b.Connection+"__fullyQualifiedNamespace"] == "" {
				t.Errorf("%s: the connection %s is not in the example", name, b.Connection)
			}
		}
	}
	for _, needed := range []string{"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "VAULTWATCH_STORE"} {
		if example.Values[needed] == "" {
			t.Errorf("the example lacks %s", needed)
		}
	}
}

type hostJSON struct {
	Version, FunctionTimeout string
	ExtensionBundle          struct{ Version string }
	CustomHandler            struct {
		Description struct {
			DefaultExecutablePath string
			Arguments             []string
		}
		EnableForwardingHTTPRequest bool `json:"enableForwardingHttpRequest"`
	}
	Extensions struct {
		EventHubs struct{ MaxEventBatchSize, BatchCheckpointFrequency int }
		HTTP      struct{ RoutePrefix string }
	}
}

func hostSettings(t *testing.T) hostJSON {
	t.Helper()
	var h hostJSON
	fixtureJSON(t, root, "host.json", &h)
	return h
}

func TestHostSettingsFitTheHandler(t *testing.T) {
	h := hostSettings(t)
	// Publishing marks only the file executable whose path is exactly this string, so no "./".
	if h.Version != "2.0" || h.CustomHandler.Description.DefaultExecutablePath != "handler" ||
		len(h.CustomHandler.Description.Arguments) != 1 || h.CustomHandler.Description.Arguments[0] != "serve" {
		t.Errorf("got %+v", h)
	}
	const largestEvent, metadataPerEvent = 1 << 20, 1 << 10 // the hub's limit; the metadata of one event is a few hundred bytes
	worst := h.Extensions.EventHubs.MaxEventBatchSize * (largestEvent*4/3 + metadataPerEvent)
	if worst == 0 || worst > DefaultMaxBody {
		t.Errorf("a batch may have %d bytes, the handler reads %d", worst, DefaultMaxBody)
	}
	if h.Extensions.EventHubs.BatchCheckpointFrequency != 1 {
		t.Error("every batch is to be checkpointed, or restarts repeat many")
	}
	limit, err := time.Parse("15:04:05", h.FunctionTimeout)
	if err != nil {
		t.Fatal(err)
	}
	if killed := limit.Sub(limit.Truncate(24 * time.Hour)); killed < 2*DefaultTimeout {
		t.Errorf("the host kills the handler after %v, an invocation may take %v", killed, DefaultTimeout)
	}
}
