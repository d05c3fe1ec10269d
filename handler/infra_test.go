package main

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every setting that the program reads stands in the Bicep and in the example of local settings, and the other way round.
func TestSettingsStandEverywhere(t *testing.T) {
	var read []string
	for i := range reflect.TypeFor[settings]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[settings]().Field(i).Tag.Get("env"), ",")
		if strings.HasPrefix(name, "VAULTWATCH_") {
			read = append(read, name)
		}
	}
	slices.Sort(read)
	for where, given := range map[string][]string{"infra/modules/functionapp.bicep": inBicep(t), "local.settings.json.example": inExample(t)} {
		for _, name := range read {
			if !slices.Contains(given, name) {
				t.Errorf("%s does not name %s", where, name)
			}
		}
		for _, name := range given {
			if !slices.Contains(read, name) {
				t.Errorf("%s names %s, which nothing reads", where, name)
			}
		}
	}
}

// ofTheHost are read by the host for the function.json files.
var ofTheHost = regexp.MustCompile(`^VAULTWATCH_(HUB__.*|AUDIT_HUB|ACTIVITY_HUB|CONSUMER_GROUP)$`)

func inBicep(t *testing.T) (out []string) {
	text, err := os.ReadFile("../infra/modules/functionapp.bicep")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^  (VAULTWATCH_\w+):`).FindAllStringSubmatch(string(text), -1) {
		if !ofTheHost.MatchString(m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

func inExample(t *testing.T) (out []string) {
	text, err := os.ReadFile("../local.settings.json.example")
	if err != nil {
		t.Fatal(err)
	}
	var example struct{ Values map[string]string }
	if err := json.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	for name := range example.Values {
		if strings.HasPrefix(name, "VAULTWATCH_") && !ofTheHost.MatchString(name) {
			out = append(out, name)
		}
	}
	return out
}
