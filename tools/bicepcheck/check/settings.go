package check

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Settings are the app settings that modules/functionapp.bicep gives, by who reads them.
type Settings struct {
	Program []string // read by the Go program
	Trigger []string // read by the host on behalf of function.json files
	Host    []string // read by the host for itself
}

const appFile = "modules/functionapp.bicep"

// Settings lists the app settings in the order of the file.
func (p *Project) Settings() Settings {
	keys := func(name string) []string {
		f := p.Files[appFile]
		if f == nil {
			return nil
		}
		d, ok := find(f.Vars, name)
		if !ok || d.Value.Type != "object" {
			p.fault(appFile, 1, "var %s must be an object that lists app settings", name)
			return nil
		}
		var found []string
		for _, x := range d.Value.properties() {
			found = append(found, x.key)
		}
		return found
	}
	return Settings{Program: keys("programSettings"), Trigger: keys("triggerSettings"), Host: keys("hostSettings")}
}

// Settings that make sense on one side only, each with its reason.
var (
	// A laptop signs in as a person, and its host keeps its state in a local emulator.
	onlyInAzure = regexp.MustCompile(`^(AZURE_|APPLICATIONINSIGHTS_|AzureWebJobsStorage__|.*__(credential|clientId)$)`)
	// Flex Consumption takes the runtime from the plan and refuses the setting; the storage is the emulator's one.
	onlyLocal = []string{"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
)

// settings reports app settings that are in Bicep and not in the example of local settings or the other way round, and
// those that a function.json asks for in vain.
func (p *Project) settings() {
	all := p.Settings()
	given := slices.Concat(all.Program, all.Trigger, all.Host)
	if exists(p.Example) {
		p.compareExample(given)
	}
	for name, file := range asked(p.Functions) {
		if !slices.Contains(given, name) && !slices.Contains(given, name+"__fullyQualifiedNamespace") {
			p.fault(appFile, 1, "app setting %s is asked for by %s and not given", name, file)
		}
	}
}

func (p *Project) compareExample(given []string) {
	name := filepath.Base(p.Example)
	var example struct{ Values map[string]string }
	if err := readJSON(p.Example, &example); err != nil {
		p.fault(name, 1, "%v", err)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(example.Values)) {
		if !slices.Contains(given, key) && !slices.Contains(onlyLocal, key) {
			p.fault(appFile, 1, "app setting %s is in %s and not here", key, name)
		}
	}
	for _, key := range given {
		if _, ok := example.Values[key]; !ok && !onlyInAzure.MatchString(key) {
			p.fault(name, 1, "app setting %s is in %s and not here", key, appFile)
		}
	}
}

var placeholder = regexp.MustCompile(`%([^%\s]+)%`)

// asked finds the settings that function.json files name: %NAME% placeholders and connections, with the file that asks.
func asked(functions string) map[string]string {
	found := map[string]string{}
	paths, _ := filepath.Glob(filepath.Join(functions, "*", "function.json"))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		file := filepath.Base(filepath.Dir(path)) + "/function.json"
		for _, m := range placeholder.FindAllStringSubmatch(string(data), -1) {
			found[m[1]] = file
		}
		var function struct{ Bindings []struct{ Connection string } }
		if json.Unmarshal(data, &function) != nil {
			continue
		}
		for _, b := range function.Bindings {
			if b.Connection != "" && !strings.Contains(b.Connection, "%") {
				found[b.Connection] = file
			}
		}
	}
	return found
}
