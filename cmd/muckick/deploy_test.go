package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"muckick/cmd/muckick/internal/app"
	"muckick/cmd/muckick/internal/config"
)

// TestDeployFiles sees to it that what the files for systemd and containers set
// are settings.
func TestDeployFiles(t *testing.T) {
	empty := writeFile(t, "muckick.toml", "")
	for _, file := range []string{"deploy/muckick.service", "deploy/Containerfile"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`(?m)^(?:Environment=|ENV )(MUCKICK_\S+)`).FindAllStringSubmatch(string(content), -1)
		if len(found) == 0 {
			t.Errorf("%s sets nothing", file)
		}
		for _, match := range found {
			env := []string{strings.Replace(match[1], "%d/muckick.toml", empty, 1)}
			cfg, err := config.Load(pflag.NewFlagSet(file, pflag.ContinueOnError), append([]string{"MUCKICK_CONFIG="}, env...))
			if err != nil || len(cfg.Warnings) > 0 {
				t.Errorf("%s: %+v, %v", file, cfg, err)
			}
		}
	}
}

// TestServiceWaitsForTheEnd compares how long systemd waits with how long an
// end in good order may take.
func TestServiceWaitsForTheEnd(t *testing.T) {
	content, err := os.ReadFile("deploy/muckick.service")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`(?m)^TimeoutStopSec=(\S+)$`).FindSubmatch(content)
	if match == nil {
		t.Fatal("no TimeoutStopSec")
	}
	if wait, err := time.ParseDuration(string(match[1])); err != nil || wait <= app.StopTimeout {
		t.Errorf("got %s, %v, want more than %v", match[1], err, app.StopTimeout)
	}
}
