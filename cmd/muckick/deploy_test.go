package main

import (
	"os"
	"regexp"
	"testing"
	"time"
)

// TestDeployFiles sees to it that what the files for systemd and containers set
// are settings.
func TestDeployFiles(t *testing.T) {
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
			if _, faults := readEnvironment(match[1:]); len(faults) > 0 {
				t.Errorf("%s: %v", file, faults)
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
	if wait, err := time.ParseDuration(string(match[1])); err != nil || wait <= stopTimeout {
		t.Errorf("got %s, %v, want more than %v", match[1], err, stopTimeout)
	}
}
