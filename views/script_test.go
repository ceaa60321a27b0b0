package views

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// runScript runs a script of the folder testdata in node, which answers a question in
// JSON. Without node the test is skipped.
func runScript(t *testing.T, name string, question, answer any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("MUCKICK_REQUIRE_SERVERS") != "" {
			t.Fatal("MISSING: node, and MUCKICK_REQUIRE_SERVERS is set")
		}
		t.Skip("MISSING: node")
	}
	data, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/"+name)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stdin = bytes.NewReader(data)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, answer); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}
