package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// TestExample reads the example as a configuration.
func TestExample(t *testing.T) {
	var written strings.Builder
	if err := WriteExample(&written); err != nil {
		t.Fatal(err)
	}
	got := written.String()
	var lines []string
	for line := range strings.Lines(got) {
		if text, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(text, " ") {
			lines = append(lines, text)
		}
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(strings.Join(lines, "")), &tree); err != nil {
		t.Fatalf("%v in\n%s", err, strings.Join(lines, ""))
	}
	flat := flatten("", tree)
	for _, k := range keys {
		value, ok := flat[k.name]
		if !ok {
			t.Errorf("%s is missing", k.name)
			continue
		}
		if _, err := k.texts(value); err != nil {
			t.Errorf("%s = %v: %v", k.name, value, err)
		}
		for _, text := range []string{k.environment(), "--" + k.name + "."} {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not explained", k.name, text)
			}
		}
	}
	if len(flat) != len(keys) {
		t.Errorf("got %d keys, want %d", len(flat), len(keys))
	}
	file := writeFile(t, "muckick.toml", got)
	cfg, err := load(t, []string{"--config", file}, required, allSections...)
	if err != nil || cfg.Listen != "127.0.0.1:8080" {
		t.Errorf("the file as it is has to change nothing, but: %+v, %v", cfg, err)
	}
}

// TestExampleHeader wants a header that no other file has.
func TestExampleHeader(t *testing.T) {
	var first, second strings.Builder
	if err := errors.Join(WriteExample(&first), WriteExample(&second)); err != nil {
		t.Fatal(err)
	}
	if first.String() == second.String() {
		t.Error("two examples have the same header")
	}
	if known := "dXNlcm5hbWU6cGFzc3dvcmQ="; strings.Contains(first.String(), known) {
		t.Errorf("the example shows the published %s", known)
	}
}
